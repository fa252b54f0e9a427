"""Iceberg tables follow the commits of their lake, wherever a writer dies."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.support.iceberg import check_agrees, open_table, rows_of
from tests.support.lakes import article, bad, table_of, write_plainly
from warta.transforms.core.errors import LakeError
from warta.transforms.core.schema import TABLES
from warta.transforms.lake import commit as commits
from warta.transforms.lake.catalog import Commit, DataFile, read_snapshot
from warta.transforms.lake.commit import recover
from warta.transforms.lake.iceberg import maintenance, protocol, status
from warta.transforms.lake.iceberg.settings import read_version
from warta.transforms.lake.iceberg.versions import changes_since, read_table
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.verify.lake import verify

pytest.importorskip("pyiceberg", reason="Iceberg tables need pip install 'warta[iceberg]'")


from warta.transforms.lake.iceberg import tables


class KilledError(Exception):
    """Stands for SIGKILL."""


def versions_of(lake: Lake) -> list[int]:
    return [read_version(lake, table) for table in TABLES]


def test_tables_follow_commits_and_merges(lake: Lake) -> None:
    """Rows of every column are those of the commits; a merge is one snapshot, and the only one."""
    check_agrees(lake)
    for number in range(3):
        write_plainly(lake, [article(f"c{number}")], f"c{number}")
    assert len(open_table(lake).snapshots()) == 4
    write_plainly(lake, [article("d"), bad("y")], "merging", small_files=3)
    check_agrees(lake)
    (snapshot,) = open_table(lake).snapshots()
    summary = snapshot.summary
    assert summary is not None
    assert summary["warta.commit-id"] == "merging"
    assert int(summary["deleted-data-files"]) >= 3


def test_files_are_pruned_by_partition_and_by_statistics(lake: Lake) -> None:
    """Readers skip files by the day, and by the bounds of what they filter by."""
    write_plainly(lake, [article("c", day="2026-11-12")], "t2")
    scan = open_table(lake).scan(row_filter="published_date == 'unknown'")
    assert len(list(scan.plan_files())) == 1
    scan = open_table(lake).scan(row_filter="date_published >= '2026-11-12T00:00:00+00:00'")
    assert len(list(scan.plan_files())) == 1


def test_a_second_sync_writes_nothing(lake: Lake) -> None:
    """Commits that another version made without the tables are added, once."""
    hidden = lake.path("hidden")
    shutil.move(lake.path("_iceberg"), hidden)
    write_plainly(lake, [article("c")], "t2")
    write_plainly(lake, [article("d"), bad("y")], "t3", small_files=2)
    shutil.move(hidden, lake.path("_iceberg"))
    missing = {one.table: one.missing > 0 for one in status.status(lake)}
    assert missing == {"articles": True, "mentions": True, "rejects": True, "stories": False}
    assert {fault.what.split(" ")[0] for fault in verify(lake).faults} == {"is"}
    assert maintenance.sync(lake) == ["articles", "mentions", "rejects"]
    check_agrees(lake)
    before = sorted(lake.files("_iceberg", recursive=True))
    assert maintenance.sync(lake) == []
    assert sorted(lake.files("_iceberg", recursive=True)) == before


@pytest.mark.parametrize(
    ("point", "passes"),
    [
        ("catalog.staged", 1),
        ("commit.planned", 1),
        ("commit.moves_made", 1),
        ("catalog.published", 1),
        ("catalog.flipped", 1),
        ("catalog.flipped", 2),
        ("commit.retired", 1),
    ],
)
def test_a_reader_sees_whole_commits_wherever_a_writer_dies(
    lake: Lake, point: str, passes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed in a run that merges: the hint names files that are there; then all is one."""
    write_plainly(lake, [article("c")], "t2")
    before = rows_of(open_table(lake).scan().to_arrow())
    _kill_at(monkeypatch, point, passes)
    with pytest.raises(KilledError):
        write_plainly(lake, [article("d"), article("e", day="unknown")], "t3", small_files=2)
    monkeypatch.undo()
    rows = rows_of(open_table(lake).scan().to_arrow())
    assert rows == before or len(rows) == len(before) + 2
    recover(lake)
    write_plainly(lake, [article("d"), article("e", day="unknown")], "t3", small_files=2)
    recover(lake)
    check_agrees(lake)
    assert len(rows_of(table_of(lake, "articles"))) == len(before) + 2
    assert maintenance.sync(lake) == []


def _kill_at(monkeypatch: pytest.MonkeyPatch, point: str, passes: int) -> None:
    seen: list[str] = []

    def failpoint(name: str) -> None:
        seen.append(name)
        if name == point and seen.count(name) == passes:
            raise KilledError(name)

    for module in (protocol, commits):
        monkeypatch.setattr(module, "failpoint", failpoint)


def test_a_plan_that_is_finished_late_is_not_lost(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A window of a stream failed in its moves, the next one committed: both are in the tables."""
    _kill_at(monkeypatch, "commit.planned", 1)
    with pytest.raises(KilledError):
        write_plainly(lake, [article("c")], "t2")
    monkeypatch.undo()
    write_plainly(lake, [article("d")], "t3")
    recover(lake)
    check_agrees(lake)
    assert len(table_of(lake, "articles")) == 4


def test_a_lake_that_was_moved_is_refused_until_its_tables_are_made_anew(
    lake: Lake, tmp_path: Path
) -> None:
    """Iceberg's paths are absolute: no commit may add to tables that name another place."""
    moved = Lake(str(shutil.move(lake.uri, tmp_path / "moved")))
    with pytest.raises(LakeError, match=r"`warta catalog rebuild .*moved` rebuilds them"):
        write_plainly(moved, [article("c")], "t2")
    assert any("rebuild" in fault.what for fault in verify(moved).faults)
    recover(moved)
    before = versions_of(moved)
    maintenance.rebuild(moved)
    assert versions_of(moved) == [number + 1 for number in before]
    write_plainly(moved, [article("c")], "t2")
    check_agrees(moved)


def _commit(sequence: int, files: str, replaced: str = "", **more: Any) -> Commit:
    listed = tuple(
        DataFile(f"articles/day=2026-11-10/{name}", "articles", "2026-11-10", 1, 1)
        for name in files.split()
    )
    gone = tuple(f"articles/day=2026-11-10/{name}" for name in replaced.split())
    return Commit(
        path=f"_commits/{sequence}.json",
        committed_at="",
        counts={},
        files=listed,
        replaced=gone,
        passed_over={},
        is_checkpoint=more.get("is_checkpoint", False),
        is_rebuilt=False,
        sequence=sequence,
    )


@pytest.mark.parametrize(
    ("since", "history", "added", "removed"),
    [
        (0, [_commit(1, "a b")], "a b", ""),
        (1, [_commit(1, "a b")], "", ""),
        (1, [_commit(1, "a b"), _commit(2, "c", "a b")], "c", "a b"),
        (0, [_commit(1, "a b"), _commit(2, "c", "a b")], "c", ""),
        (1, [_commit(1, "a"), _commit(2, "b"), _commit(3, "c", "a b")], "c", "a"),
    ],
)
def test_changes_are_added_up(since: int, history: list[Commit], added: str, removed: str) -> None:
    """What came and went since is neither added nor removed."""
    found = changes_since(since, history, "articles")
    assert found is not None
    names = [" ".join(file.path.rpartition("/")[2] for file in files) for files in found]
    assert names == [added, removed]


@pytest.mark.parametrize(
    "history",
    [
        [_commit(2, "a b", is_checkpoint=True)],
        [_commit(1, "a", is_checkpoint=True), _commit(2, "c", "gone")],
    ],
)
def test_after_a_checkpoint_all_files_are_compared(history: list[Commit]) -> None:
    """It says what is live, and not what came since."""
    assert changes_since(1, history, "articles") is None


def test_tables_agree_after_a_checkpoint(lake: Lake) -> None:
    """Rolled-up commits cost a quiet table one comparison, and no row."""
    from warta.transforms.lake.checkpoints import checkpoint_commits

    for number in range(5):
        write_plainly(lake, [article(f"c{number}")], f"c{number}")
    assert checkpoint_commits(lake, keep=2) == 4
    write_plainly(lake, [article("d"), bad("z")], "t9", small_files=2)
    check_agrees(lake)
    assert maintenance.sync(lake) == []
    assert read_snapshot(lake).last_sequence == tables.sequence_of(
        read_table(lake, "articles", read_version(lake, "articles"))
    )
