"""Changes of a lake: a copy that applies them has the lake, whatever merges have done meanwhile."""

import shutil
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.lakes import NOW, article, bad, table_of, write_plainly
from warta.pipeline.maintenance import compact_lake, repair_lake
from warta.transforms.core.errors import LoadAnewError, UsageError
from warta.transforms.core.schema import TABLES
from warta.transforms.lake.changes import read_changes
from warta.transforms.lake.checkpoints import checkpoint_commits
from warta.transforms.lake.rows import REJECT_KEYS, reject_ids
from warta.transforms.lake.storage import Lake

Rows = dict[str, dict[tuple[Any, ...], list[str]]]
"""Table -> key -> its rows, each as text."""


class Copy:
    """What a consumer holds: rows by key, and the number of the last commit."""

    def __init__(self) -> None:
        self.rows: Rows = {table: {} for table in TABLES}
        self.sequence = 0

    def apply(self, lake: Lake) -> list[tuple[int, Rows]]:
        """Take up what is new; return what there was after each commit."""
        changes = read_changes(lake, self.sequence)
        states = []
        for commit in changes:
            for table in commit.tables:
                defined = TABLES[table]
                fresh: dict[tuple[Any, ...], list[str]] = {}
                for row in ordered(table, commit.reader(table).read_all().to_pylist()):
                    name = tuple(row[column] for column in defined.key)
                    rows = fresh.setdefault(name, [])
                    if defined.is_replaced:
                        rows.clear()
                    rows.append(_text(row))
                if not defined.is_replaced:
                    assert not fresh.keys() & self.rows[table].keys(), "inserted twice"
                self.rows[table] |= fresh
            states.append((commit.sequence, _copied(self.rows)))
        self.sequence = changes.until
        return states


def ordered(table: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows so that the last with a key counts: rejects as they came, stories by version."""
    by = TABLES[table].ordered_by
    return sorted(rows, key=lambda row: row[by]) if by else rows


def _text(row: dict[str, Any]) -> str:
    return repr(sorted(row.items()))


def _copied(rows: Rows) -> Rows:
    return {t: {k: sorted(v) for k, v in keyed.items()} for t, keyed in rows.items()}


def _lake_rows(lake: Lake) -> Rows:
    """The lake's rows by key; of those with one id, the one that counts."""
    state: Rows = {table: {} for table in TABLES}
    for table in TABLES:
        rows = table_of(lake, table).to_pylist() if lake.exists(table) else []
        rows.sort(key=lambda row: row.get("failed_at") or NOW)
        for row in ordered(table, rows):
            name = tuple(row[column] for column in TABLES[table].key)
            if TABLES[table].is_replaced:
                state[table][name] = []
            state[table].setdefault(name, []).append(_text(row))
    return _copied(state)


_RUN = st.tuples(
    st.just("run"),
    st.lists(st.integers(0, 5), max_size=3),  # articles; a number again is another version
    st.lists(st.integers(0, 3), max_size=2),  # rejects
    st.lists(st.integers(0, 3), max_size=2),  # rejects that are replayed
    st.sampled_from([0, 2]),  # small files from which partitions are merged
)
_STEPS = st.lists(
    st.one_of(_RUN, _RUN, st.just(("compact",)), st.just(("read",))), min_size=1, max_size=6
)


def _run(lake: Lake, number: int, step: Any) -> None:
    _, articles, rejects, replayed, small_files = step
    at = NOW + timedelta(hours=number)
    rows: list[Any] = [
        article(f"a{one}", f"isi {number} {one} " * 9) for one in dict.fromkeys(articles)
    ]
    rows += [bad(f"b{one}") for one in dict.fromkeys(rejects)]
    ids = _ids_of([bad(f"b{one}") for one in dict.fromkeys(replayed) if one not in rejects])
    rows += [replace(article(f"r{number}-{one}"), replay_of=one) for one in ids]
    write_plainly(lake, rows, f"t{number}", small_files=small_files, started_at=at)


def _ids_of(rejects: list[Any]) -> list[str]:
    columns = {name: [getattr(one, name) for one in rejects] for name in REJECT_KEYS}
    return list(reject_ids(pa.table(columns)).to_pylist()) if rejects else []


def _compact(lake: Lake) -> None:
    compact_lake(lake.uri, target_mb=128, grace_s=0, wait_s=0, report=lambda _: None)


@settings(max_examples=12, deadline=None)
@given(_STEPS)
def test_any_prefix_of_changes_adds_up_to_the_lake(steps: list[Any]) -> None:
    """Read now and then, or all at once at the end: after each commit, the lake as of then."""
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake(f"{folder}/lake")
        lake.create()
        now_and_then, lake_after = Copy(), {}
        for number, step in enumerate(steps):
            if step[0] == "run":
                _run(lake, number, step)
            elif step[0] == "compact":
                _compact(lake)
            else:
                now_and_then.apply(lake)
                assert now_and_then.rows.keys() == TABLES.keys()
                assert _copied(now_and_then.rows) == _lake_rows(lake)
            lake_after[read_changes(lake).until] = _lake_rows(lake)
        now_and_then.apply(lake)
        assert _copied(now_and_then.rows) == _lake_rows(lake)
        for sequence, rows in Copy().apply(lake):
            if sequence in lake_after:
                assert rows == lake_after[sequence]


def test_a_checkpoint_comes_as_one_commit_from_0_and_else_wants_all_anew(lake: Lake) -> None:
    """Numbers stay the same when older commits become a checkpoint."""
    for number in range(4):
        _run(lake, number, ("run", [number], [number % 2], [], 0))
    before = Copy()
    before.apply(lake)
    assert before.sequence == 4
    _compact(lake)
    assert checkpoint_commits(lake, 2) > 0
    after = Copy()
    states = after.apply(lake)
    (checkpoint,) = {sequence for sequence, _ in states}
    assert 4 < checkpoint < after.sequence
    assert after.rows == before.rows
    with pytest.raises(LoadAnewError, match="is part of a checkpoint") as error:
        read_changes(lake, 1)
    assert error.value.exit_status == 4
    assert list(read_changes(lake, after.sequence)) == []


def test_stories_come_each_time_that_they_change(lake: Lake) -> None:
    """Also out of merged files, and as one commit with a checkpoint: the highest version counts."""
    text = "Banjir rob menggenangi pasar ikan di Muara Lintang sejak pagi. " * 8
    versions = []
    for number in range(6):
        rows = [
            article(f"s{number}", text, day=f"2026-11-{10 + number % 2}"),
            article(f"t{number}"),
        ]
        at = NOW + timedelta(hours=number)
        write_plainly(lake, rows, f"s{number}", small_files=2, started_at=at)
    for commit in read_changes(lake, 0, ["stories"]):
        (row,) = commit.reader("stories").read_all().to_pylist()
        versions.append((row["version"], row["articles"], row["run_id"]))
    assert versions == [(n, n + 1, f"run-s{n}") for n in range(1, 6)]
    copy = Copy()
    copy.apply(lake)
    _compact(lake)
    assert checkpoint_commits(lake, 2)
    fresh = Copy()
    fresh.apply(lake)
    assert fresh.rows == _lake_rows(lake)
    assert copy.rows["stories"] == fresh.rows["stories"]
    assert len(fresh.rows["stories"]) == 1


def test_a_commit_is_named_by_its_number_or_its_id(lake: Lake) -> None:
    write_plainly(lake, [article("a")], "first")
    write_plainly(lake, [article("b"), bad("b")], "second")
    for since in (1, "1", "first"):
        (commit,) = read_changes(lake, since)
        assert (commit.sequence, commit.commit_id) == (2, "second")
        assert commit.tables == ("articles", "mentions", "rejects")
    (commit,) = read_changes(lake, 1, ["rejects"])
    assert commit.tables == ("rejects",)
    with pytest.raises(LoadAnewError, match="no commit third"):
        read_changes(lake, "third")
    with pytest.raises(UsageError, match="the lake's last one has number 2"):
        read_changes(lake, 3)
    with pytest.raises(UsageError, match="no changes of themes"):
        read_changes(lake, 0, ["themes"])


def test_rows_that_a_repair_lost_want_all_anew(lake: Lake) -> None:
    """Nothing is left out without a word."""
    write_plainly(lake, [article("a")], "first")
    write_plainly(lake, [article("b")], "second")
    for path in lake.files("mentions", recursive=True):
        if "second" in path:
            Path(lake.path(path)).unlink()
    repair_lake(lake.uri, 0)
    with pytest.raises(LoadAnewError, match="brought 1 mentions, and 0 of them are found"):
        list(read_changes(lake, 1))
    copy = Copy()
    copy.apply(lake)
    assert _copied(copy.rows) == _lake_rows(lake)


@pytest.mark.parametrize("name", ["v1", "plain-commits"])
def test_lakes_of_older_versions_have_changes(name: str, tmp_path: Path) -> None:
    """Merged or not, their rows are found by commit; rejects of version 1 get their ids."""
    shutil.copytree(Path(__file__).parents[2] / "lakes" / name, tmp_path / "lake")
    lake, plain, merged = Lake(str(tmp_path / "lake")), Copy(), Copy()
    plain.apply(lake)
    write_plainly(lake, [article("new")], "new", small_files=2)
    _compact(lake)
    merged.apply(lake)
    plain.apply(lake)
    assert merged.rows == plain.rows
    counts = {table: table_of(lake, table).num_rows for table in TABLES}
    assert {t: sum(map(len, rows.values())) for t, rows in merged.rows.items()} == counts


def test_a_reject_comes_again_when_a_replay_has_taken_it_further(lake: Lake) -> None:
    """As it failed at first; with the run that replayed it from that commit on."""
    _run(lake, 1, ("run", [], [1, 2], [], 0))
    _run(lake, 2, ("run", [], [], [1], 0))
    for _ in range(2):
        first, second = (
            [row["replayed_by"] for row in commit.reader("rejects").read_all().to_pylist()]
            for commit in read_changes(lake)
        )
        assert (first, second) == ([None, None], ["run-t2"])
        _compact(lake)
