"""Which vectors meet: those that share two of their heaviest terms."""

import random

import numpy as np
import pytest

from warta.transforms.stories.candidates import RunTerms, meet_runs, seen_by, vector_rows


@pytest.mark.parametrize("sizes", [(12, 12), (3, 12), (1, 9), (30, 30)])
def test_runs_that_are_looked_up_together_meet_what_each_meets_alone(
    sizes: tuple[int, int],
) -> None:
    """Long vectors, short ones and both: one look-up of terms serves all runs."""
    chance = random.Random(5)  # noqa: S311  no secret
    vectors = [chance.sample(range(90), chance.randint(*sizes)) for _ in range(60)]
    rows = vector_rows([(terms, [1] * len(terms)) for terms in vectors])
    runs = [RunTerms(rows.take(np.arange(first, 20, 2)), np.arange(10)) for first in (0, 1)]
    others = rows.take(np.arange(20, 60))
    together = meet_runs(runs, others, seen_by(runs))
    assert together.tolist() == [pair for run in runs for pair in run.meet(others).tolist()]
    expected = [
        [row, other]
        for first in (0, 1)
        for other in range(40)
        for row in range(10)
        if len({*vectors[first + 2 * row][:12]} & {*vectors[20 + other][:12]}) >= 2
    ]
    assert together.tolist() == expected
