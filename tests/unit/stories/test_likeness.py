"""Which pairs of articles are looked at: the strongest, whatever the order of rows."""

from collections.abc import Sequence

import numpy as np
import pytest

from warta.transforms.stories.candidates import candidate_blocks
from warta.transforms.stories.likeness import (
    MOST_PAIRS,
    NO_DAY,
    ClusterRows,
    Likeness,
    strongest,
    sum_articles,
)
from warta.transforms.stories.vector_rows import Ints, vector_rows
from warta.transforms.stories.vectors import SCALE


@pytest.mark.parametrize(
    ("pairs", "values", "most", "kept"),
    [
        ([(0, 1), (0, 2)], [0.9, 0.4], 2, [True, True]),
        # The only one of its other end.
        ([(0, 1), (0, 2)], [0.9, 0.4], 1, [True, True]),
        ([(0, 1), (0, 2), (1, 2)], [0.9, 0.4, 0.5], 1, [True, False, True]),
        # Equally strong: the least id.
        ([(0, 1), (0, 2), (1, 2)], [0.5, 0.5, 0.5], 1, [True, True, False]),
    ],
)
def test_pairs_are_kept_that_are_strongest_of_one_end(
    pairs: list[tuple[int, int]], values: list[float], most: int, kept: list[bool]
) -> None:
    rows = np.array(pairs)
    ends = np.concatenate([rows[:, 0], rows[:, 1]])

    found = strongest(ends, np.array(values), lambda ends: [f"id{end}" for end in ends], most)

    assert found.tolist() == kept


def _crowd(count: int) -> tuple[list[str], ClusterRows]:
    """Return rows in the same words, each with one of its own that is shared with few."""
    vectors = [
        ([1, 2, 100 + number // 7], [SCALE // 2, SCALE // 2 - number % 5, SCALE // 3])
        for number in range(count)
    ]
    days = np.full(count, NO_DAY, dtype=np.int32)
    rows = ClusterRows(vector_rows(vectors), np.ones(count, dtype=np.int32), days, days, days)
    return [f"{number:05}" for number in range(count)], rows


def _alike(ids: Sequence[str], rows: ClusterRows, blocks: int) -> set[frozenset[str]]:
    every = np.stack(np.triu_indices(len(ids), 1), axis=1)

    def names(chosen: Ints) -> list[str]:
        return [ids[row] for row in chosen.tolist()]

    pairs, products = Likeness(rows, rows, 1, 14).alike(np.array_split(every, blocks), 0.1, names)
    assert len(pairs) == len(products)
    return {frozenset({ids[one], ids[other]}) for one, other in pairs.tolist()}


def test_a_crowd_of_like_reports_is_bounded_and_its_order_decides_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ids, rows = _crowd(300)
    found = _alike(ids, rows, 1)
    order = np.random.default_rng(3).permutation(300)
    # Weak pairs are dropped in between as well.
    monkeypatch.setattr("warta.transforms.stories.likeness._WAITING", 2_000)
    monkeypatch.setattr("warta.transforms.stories.likeness._PAIRS_AT_ONCE", 1_000)
    shuffled = _alike([ids[row] for row in order.tolist()], rows.take(order), 9)

    assert shuffled == found
    assert 300 * MOST_PAIRS / 2 <= len(found) <= 300 * MOST_PAIRS
    assert {frozenset({"00000", f"{other:05}"}) for other in range(1, 7)} <= found


def test_candidates_come_in_bounded_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = _crowd(300)[1].vectors
    whole = np.concatenate(list(candidate_blocks(vectors, vectors)))
    assert len(whole) == 300 * 300
    monkeypatch.setattr("warta.transforms.stories.candidates._BLOCK_PAIRS", 1_000)
    blocks = list(candidate_blocks(vectors, vectors))
    assert max(map(len, blocks)) < 1_000 + 300
    assert np.array_equal(np.concatenate(blocks), whole)


def test_clusters_are_the_sums_of_their_articles() -> None:
    """An article without a date says nothing of when its cluster was; a cluster may be empty."""
    vectors = vector_rows([([1, 2], [9, 3]), ([2], [8]), ([3], [5]), ([4], [7])])
    days = np.array([30, NO_DAY, NO_DAY, 20], dtype=np.int32)

    found = sum_articles(vectors, days, np.array([0, 0, 1, 0]), 3)

    assert [found.vectors.row(row) for row in range(3)] == [
        ([2, 1, 4], [11, 9, 7]),
        ([3], [5]),
        ([], []),
    ]
    assert found.counts.tolist() == [3, 1, 0]
    assert found.first.tolist() == [20, NO_DAY, NO_DAY]
    assert found.last.tolist() == found.arrived.tolist() == [30, NO_DAY, NO_DAY]
