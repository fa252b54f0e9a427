"""Which rejects of a run add nothing, found in columns."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from warta.transforms.lake.scan import repeated_rejects

_ROWS = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from([None, *"abc"])), max_size=12)


@given(rows=_ROWS, cut=st.integers(0, 12), in_lake=st.sets(st.sampled_from("abcdef"), max_size=2))
def test_a_reject_adds_nothing_where_it_is_known(
    rows: list[tuple[str, str | None]], cut: int, in_lake: set[str]
) -> None:
    """In the lake, earlier in the run, or read again and the same: as a loop over rows says."""
    seen, expected = set(in_lake), []
    for reject_id, replay_of in rows:
        expected.append(reject_id in seen or reject_id == replay_of)
        seen.add(reject_id)
    parts = [
        pa.table(
            {
                "reject_id": pa.array([row[0] for row in part], pa.string()),
                "replay_of": pa.array([row[1] for row in part], pa.string()),
            }
        )
        for part in (rows[:cut], rows[cut:])
    ]
    stored = pa.chunked_array([sorted(in_lake)], pa.string())
    assert repeated_rejects(pa.concat_tables(parts), stored).tolist() == expected
