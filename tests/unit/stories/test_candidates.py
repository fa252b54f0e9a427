"""Which vectors meet: those that share two of their heaviest terms."""

import random

import numpy as np
import pytest

from warta.transforms.stories.candidates import RunTerms, met_by_runs, owner_pairs
from warta.transforms.stories.vector_rows import VectorRows, vector_rows


def _made(sizes: tuple[int, int]) -> tuple[VectorRows, list[list[int]]]:
    """Return 60 vectors, and for each of the last 40 which of the first 20 it meets."""
    chance = random.Random(5)  # noqa: S311  no secret
    vectors = [chance.sample(range(90), chance.randint(*sizes)) for _ in range(60)]
    heads = [{*terms[:12]} for terms in vectors]
    met = [[row for row in range(20) if len(heads[row] & other) >= 2] for other in heads[20:]]
    return vector_rows([(terms, [1] * len(terms)) for terms in vectors]), met


SIZES = [(12, 12), (3, 12), (1, 9), (30, 30)]


@pytest.mark.parametrize("sizes", SIZES)
def test_runs_that_are_looked_up_together_meet_what_each_meets_alone(
    sizes: tuple[int, int],
) -> None:
    """Long vectors, short ones and both: one look-up of terms serves all runs."""
    rows, met = _made(sizes)
    runs = [
        RunTerms(rows.take(np.arange(first, 20, 2)), np.arange(first, 20, 2)) for first in (0, 1)
    ]
    others = rows.take(np.arange(20, 60))
    together = met_by_runs(runs, others)
    for first, run in enumerate(runs):
        pairs = run.meet(others).tolist()
        assert pairs == [
            [row, other] for other in range(40) for row in met[other] if row % 2 == first
        ]
        assert together[first].tolist() == sorted({other for _, other in pairs})


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("chunk", [1, 7, 250])
def test_pairs_with_owners_come_once_however_their_vectors_are_cut(
    monkeypatch: pytest.MonkeyPatch, chunk: int, sizes: tuple[int, int]
) -> None:
    """An owner's vectors lie apart, and are looked up in several blocks."""
    monkeypatch.setattr("warta.transforms.stories.candidates._MIN_CHUNK", chunk)
    monkeypatch.setattr("warta.transforms.stories.candidates._MAX_CHUNK", chunk)
    rows, met = _made(sizes)
    some = np.arange(20, 60)[::-1]
    owners = some % 9
    blocks = list(
        owner_pairs(RunTerms(rows.take(np.arange(20)), np.arange(20)), rows, some, owners)
    )

    expected = {
        (row, int(owner))
        for other, owner in zip(some, owners, strict=True)
        for row in met[other - 20]
    }
    pairs = [tuple(pair) for block in blocks for pair in block.tolist()]
    assert len(pairs) == len(set(pairs))
    assert set(pairs) == expected
    assert [owner for _, owner in pairs] == sorted(owner for _, owner in pairs)
    assert len(blocks) == -(-40 // chunk)
