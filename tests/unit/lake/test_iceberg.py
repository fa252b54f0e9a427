"""Iceberg tables follow the commits of their lake, whatever happens to either."""

import json
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.support.lakes import article, bad, table_of, write_plainly
from tests.support.waiting import free_port
from warta.pipeline.maintenance import planned_repair, repair_lake
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

from pyiceberg.schema import Schema
from pyiceberg.table import StaticTable

from warta.transforms.lake.iceberg import tables

LATER = datetime.now(UTC) + timedelta(hours=2)


class KilledError(Exception):
    """Stands for SIGKILL."""


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake with Iceberg tables and one commit."""
    made = Lake(str(tmp_path / "lake"))
    write_plainly(made, [article("a"), article("b", day="unknown"), bad("x")], "t1")
    assert maintenance.enable(made)
    return made


def open_table(lake: Lake, table: str = "articles") -> StaticTable:
    """Open a table as a reader does: by the hint."""
    return StaticTable.from_metadata(lake.path("_iceberg", table))


def rows_of(rows: pa.Table) -> list[str]:
    return sorted(json.dumps(row, default=repr, sort_keys=True) for row in rows.to_pylist())


def check_agrees(lake: Lake) -> None:
    """Every table has the rows of the commits, nested ones too, and verify finds no fault."""
    for table in TABLES:
        seen = open_table(lake, table).scan().to_arrow()
        assert rows_of(seen.select(TABLES[table].schema.names)) == rows_of(table_of(lake, table))
    assert verify(lake).faults == ()


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
    with pytest.raises(LakeError, match=r"`warta catalog rebuild .*moved` makes them anew"):
        write_plainly(moved, [article("c")], "t2")
    assert any("rebuild" in fault.what for fault in verify(moved).faults)
    recover(moved)
    before = versions_of(moved)
    maintenance.rebuild(moved)
    assert versions_of(moved) == [number + 1 for number in before]
    write_plainly(moved, [article("c")], "t2")
    check_agrees(moved)


def test_a_lake_of_an_older_layout_has_to_be_rewritten_first(tmp_path: Path) -> None:
    """Its files have neither ids nor one partition key: readers would take them for damage."""
    old = Lake(str(shutil.copytree("tests/lakes/v2", tmp_path / "old")))
    with pytest.raises(LakeError, match=r"`warta compact .* --rewrite` first"):
        maintenance.enable(old)
    assert not old.exists("_iceberg")


def test_without_pyiceberg_a_writer_says_what_to_type(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tables must not fall behind without a word; a lake without them needs no pyiceberg."""
    for name in [name for name in sys.modules if name.startswith("pyiceberg")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "warta.transforms.lake.iceberg.tables")
    monkeypatch.delattr("warta.transforms.lake.iceberg.tables", raising=False)
    monkeypatch.setitem(sys.modules, "pyiceberg", None)
    with pytest.raises(LakeError, match=r"pip install 'warta\[iceberg\]'"):
        protocol.check_writable(lake)
    plain = Lake(f"{lake.uri}-plain")
    write_plainly(plain, [article("a")], "t1")
    assert verify(plain).faults == ()


def test_old_metadata_is_expired(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """What no version needs goes after an hour; the table stays readable."""
    monkeypatch.setattr(tables, "KEEP_SNAPSHOTS", 3)
    for number in range(4):
        write_plainly(lake, [article(f"c{number}")], f"c{number}")
        assert len(open_table(lake).snapshots()) == min(number + 2, 3)
    write_plainly(lake, [article("d")], "merging", small_files=3)
    assert maintenance.expire_metadata(lake, datetime.now(UTC)) == 0
    assert maintenance.expire_metadata(lake, LATER) > 20
    check_agrees(lake)
    left = list(lake.files("_iceberg/articles/metadata"))
    assert len(left) <= 6, left


def _damage_hint(lake: Lake) -> None:
    Path(lake.path("_iceberg/articles/metadata/version-hint.text")).write_text("x\n")


def _lose_version(lake: Lake) -> None:
    Path(lake.path("_iceberg/articles/metadata/v1.metadata.json")).unlink()


def _cut_version(lake: Lake) -> None:
    Path(lake.path("_iceberg/articles/metadata/v1.metadata.json")).write_text("{")


def _lose_manifest(lake: Lake) -> None:
    next(Path(lake.path("_iceberg/articles/metadata")).glob("*-m0.avro")).unlink()


def _garble_manifest(lake: Lake) -> None:
    for manifest in Path(lake.path("_iceberg/articles/metadata")).glob("*.avro"):
        data = bytearray(manifest.read_bytes())
        # Its header: no UTF-8, and a length that cannot be.
        data[8:60] = b"\xf0" * 52
        manifest.write_bytes(data)


def _point_back(lake: Lake) -> None:
    write_plainly(lake, [article("c")], "t2")
    Path(lake.path("_iceberg/articles/metadata/version-hint.text")).write_text("1")


@pytest.mark.parametrize(
    "damage",
    [_damage_hint, _lose_version, _cut_version, _lose_manifest, _garble_manifest, _point_back],
)
def test_verify_names_damage_and_rebuild_mends_it(
    lake: Lake, damage: Callable[[Lake], None]
) -> None:
    """Hint, metadata and commits are compared with each other."""
    damage(lake)
    faults = verify(lake).faults
    assert faults
    assert all("_iceberg" in fault.location or "Iceberg" in fault.what for fault in faults)
    maintenance.rebuild(lake)
    check_agrees(lake)


def _hint_of_many_digits(lake: Lake) -> None:
    Path(lake.path("_iceberg/articles/metadata/version-hint.text")).write_text("9" * 5000)


def _hint_is_a_pipe(lake: Lake) -> None:
    hint = Path(lake.path("_iceberg/articles/metadata/version-hint.text"))
    hint.unlink()
    os.mkfifo(hint)


def _hint_is_a_folder(lake: Lake) -> None:
    hint = Path(lake.path("_iceberg/articles/metadata/version-hint.text"))
    hint.unlink()
    hint.mkdir()


def _garble_settings(lake: Lake) -> None:
    Path(lake.path("_iceberg/catalog.json")).write_bytes(b"\xff{")


@pytest.mark.parametrize(
    "damage",
    [
        _damage_hint,
        _hint_of_many_digits,
        _hint_is_a_pipe,
        _hint_is_a_folder,
        _garble_settings,
        _lose_version,
        _cut_version,
        _lose_manifest,
        _garble_manifest,
        _point_back,
    ],
)
def test_a_repair_makes_damaged_tables_anew(lake: Lake, damage: Callable[[Lake], None]) -> None:
    """In one step with all else, and the lake is written again after it."""
    damage(lake)
    assert [step.makes_tables_anew for step in planned_repair(lake.uri, verify(lake))] == [True]
    _, found = repair_lake(lake.uri, 0)
    assert found.faults == ()
    write_plainly(lake, [article("z")], "after")
    check_agrees(lake)


def test_a_repair_takes_no_catalog_from_the_original(lake: Lake) -> None:
    """The tables of a lake that was copied name files elsewhere: that is for its owner to say."""
    copy = Lake(f"{lake.uri}-copy")
    shutil.copytree(lake.uri, copy.uri)
    _damage_hint(copy)
    assert planned_repair(copy.uri, verify(copy)) == []
    with pytest.raises(LakeError, match="moved or copied, `warta catalog rebuild"):
        repair_lake(copy.uri, 0)


def test_a_damaged_manifest_is_one_line(lake: Lake) -> None:
    """For whoever looks at the tables, and for whoever writes."""
    _garble_manifest(lake)
    with pytest.raises(LakeError, match="`warta catalog rebuild"):
        status.status(lake)


def test_a_damaged_file_is_named_when_tables_are_made_anew(lake: Lake) -> None:
    """Its footer cannot be read: one line, and the way out."""
    (path,) = read_snapshot(lake).paths("rejects")
    Path(lake.path(path)).write_bytes(b"")
    with pytest.raises(LakeError, match=r"is damaged: .*`warta verify --repair"):
        maintenance.rebuild(lake)


def test_tables_take_new_columns_and_refuse_other_ids(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A column that a definition adds is added; an id that means another column is never read."""
    metadata = read_table(lake, "rejects", 1)
    rejects = TABLES["rejects"]
    schema = rejects.schema
    newer = pa.field("severity", pa.string(), metadata={"PARQUET:field_id": "14"})
    monkeypatch.setitem(TABLES, "rejects", replace(rejects, schema=schema.append(newer)))
    evolved = tables.evolve(lake, "rejects", metadata)
    assert evolved.schema().find_field("severity").field_id == 14
    assert evolved.last_column_id == 14
    assert tables.evolve(lake, "rejects", evolved) is evolved
    wrong = schema.field("context").with_metadata({"PARQUET:field_id": "13"})
    other = schema.field("replayed_by").with_metadata({"PARQUET:field_id": "12"})
    fields = [*list(schema)[:-2], wrong, other]
    monkeypatch.setitem(TABLES, "rejects", replace(rejects, schema=pa.schema(fields)))
    with pytest.raises(LakeError, match="has context: string under the id 12"):
        tables.evolve(lake, "rejects", metadata)


def test_ids_are_those_of_the_schema() -> None:
    """Every id of a definition, nested ones too, is an id of the table; none is used twice."""
    for table, defined in TABLES.items():
        made: Schema = tables.schema_of(table)
        assert len(set(made.field_ids)) == len(made.field_ids)
        for field in defined.schema:
            number = int(field.metadata[b"PARQUET:field_id"])
            assert made.find_field(field.name).field_id == number


def test_disabling_leaves_no_trace(lake: Lake) -> None:
    """The data is as it was, and writers do without."""
    maintenance.disable(lake)
    assert not lake.exists("_iceberg")
    write_plainly(lake, [article("c")], "t2")
    assert verify(lake).faults == ()
    with pytest.raises(LakeError, match="has no Iceberg tables: `warta catalog enable"):
        status.status(lake)


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


def test_a_store_that_does_not_answer_is_no_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tables may well be sound: a repair would make them anew."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    away = Lake(f"s3://news/lake?scheme=http&endpoint_override=127.0.0.1:{free_port()}")
    with pytest.raises(OSError, match="news"):
        read_version(away, "articles")
    with pytest.raises(OSError, match="news"):
        status.damage(away)


def test_a_folder_in_the_place_of_the_pointer_is_damage(lake: Lake) -> None:
    """Of a disk, an error is of the file."""
    hint = Path(lake.path("_iceberg", "articles", "metadata", "version-hint.text"))
    hint.unlink()
    hint.mkdir()
    with pytest.raises(LakeError, match=r"version-hint\.text is damaged"):
        read_version(lake, "articles")
    assert status.damage(lake) is not None
