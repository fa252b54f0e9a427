"""Pairs that wait to be joined: in order, and only those that nothing was joined to."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from warta.transforms.stories.pair_queue import PairQueue

_PAIRS = st.lists(
    st.tuples(st.sampled_from((0.3, 0.5, 0.9)), st.integers(0, 9), st.integers(10, 19)),
    max_size=200,
)


@given(_PAIRS, st.sets(st.integers(0, 19)))
def test_pairs_come_in_order_and_stale_ones_never(
    pairs: list[tuple[float, int, int]], joined: set[int]
) -> None:
    """The most alike first, then by number; what was joined since is passed over."""
    columns = np.array(pairs).reshape(-1, 3)
    lower, upper = columns[:, 1].astype(np.int64), columns[:, 2].astype(np.int64)
    counts = np.ones(20, dtype=np.int64)
    queue = PairQueue(columns[:, 0], lower, upper, counts)
    counts[list(joined)] += 1
    found = []
    while (entry := queue.next(counts)) is not None:
        found.append(entry)
    live = [(value, one, two) for value, one, two in pairs if not joined & {one, two}]
    assert found == sorted((-value, one, two, 1, 1) for value, one, two in live)
