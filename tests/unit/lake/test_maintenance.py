"""Merging small files, by runs and by command; a lake that is not as it should be is reported."""

import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from tests.support.lakes import article, bad, snapshot, table_of, words, write_plainly
from warta.pipeline.cli import cli
from warta.pipeline.maintenance import Compacted, compact_lake
from warta.transforms.core.errors import LakeError
from warta.transforms.core.schema import TABLES
from warta.transforms.lake.catalog import read_snapshot
from warta.transforms.lake.locking import hold
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.verify.files import WordsOfFiles
from warta.transforms.lake.verify.lake import verify


def _fill(lake: Lake, runs: int) -> None:
    for number in range(runs):
        rows = [article(f"a{number}-{n}", day=f"2026-11-1{n}") for n in range(2)]
        write_plainly(lake, [*rows, bad(f"b{number}")], f"t{number}")


def _rows(lake: Lake) -> dict[str, list[dict[str, object]]]:
    return {
        table: sorted(table_of(lake, table).to_pylist(), key=lambda row: repr(sorted(row.items())))
        for table in TABLES
    }


def _compact(lake: Lake, grace_s: float = 3600) -> Compacted:
    return compact_lake(
        lake.uri, target_mb=128, grace_s=grace_s, wait_s=0, report=lambda partition: None
    )


def _files_by_partition(lake: Lake) -> Counter[str]:
    files = [path for table in TABLES for path in lake.files(table, recursive=True)]
    return Counter(path.rpartition("/")[0] for path in files)


def test_compaction_leaves_the_rows_and_one_file_a_partition(lake: Lake) -> None:
    """The same rows in fewer files, sorted; the replaced ones go when their grace is over."""
    _fill(lake, 3)
    before = _rows(lake)
    done = _compact(lake)
    assert (done.merged_files, done.into_files) == (15, 5)
    assert _rows(lake) == before
    assert set(_files_by_partition(lake).values()) == {1}
    ids = table_of(lake, "articles")["article_id"].to_pylist()
    assert ids[:3] == sorted(ids[:3])
    assert verify(lake).faults == ()
    assert len(list(lake.files("_replaced", recursive=True))) == 15
    assert _compact(lake, grace_s=0).expired == 5
    assert list(lake.files("_replaced", recursive=True)) == []


def test_compaction_looks_at_no_commit_again_for_each_partition(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its commits are numbered on; what it has committed is not read back before the next."""
    _fill(lake, 2)
    read: Counter[str] = Counter()
    read_bytes = Lake.read_bytes

    def note(lake: Lake, name: str) -> bytes:
        read[name] += name.endswith(".json") and name.startswith("_commits/")
        return read_bytes(lake, name)

    monkeypatch.setattr(Lake, "read_bytes", note)
    _compact(lake)
    monkeypatch.undo()
    made = {one.path for one in read_snapshot(lake).commits if one.sequence > 2}
    # Looked for twice before it is written, never after.
    assert {path: count for path, count in read.items() if path in made} == dict.fromkeys(made, 2)
    assert [one.sequence for one in read_snapshot(lake).commits] == list(range(1, 8))
    write_plainly(lake, [article("later")], "t9")
    assert read_snapshot(lake).last_sequence == 8


def test_compaction_of_a_tidy_lake_changes_nothing(lake: Lake, tmp_path: Path) -> None:
    """Without small files there is no commit."""
    _fill(lake, 1)
    before = snapshot(tmp_path / "lake")
    assert _compact(lake).into_files == 0
    after = snapshot(tmp_path / "lake")
    assert {name for name in after if after[name] != before.get(name)} <= {"_lock.json", "_lock"}


def test_runs_merge_the_partitions_they_add_to(lake: Lake) -> None:
    """A schedule of small runs never leaves more files than asked for, and no row is lost."""
    for number in range(12):
        write_plainly(lake, [article(f"a{number}"), bad(f"b{number}")], f"t{number}", small_files=4)
        assert max(_files_by_partition(lake).values()) <= 5
    assert table_of(lake, "articles").num_rows == table_of(lake, "mentions").num_rows == 12
    assert table_of(lake, "rejects").num_rows == 12
    assert verify(lake).faults == ()


def test_large_files_are_left_and_groups_stay_under_the_target(lake: Lake) -> None:
    """Only files below half the target are merged, into files that stay below it."""
    for number in range(6):
        write_plainly(lake, [article(f"a{number}", body=words(4000, number))], f"t{number}")
    sizes = [lake.size(path) or 0 for path in lake.files("articles", recursive=True)]
    write_plainly(lake, [article("last")], "last", small_files=2, target=int(2.5 * max(sizes)))
    merged = [lake.size(path) or 0 for path in lake.files("articles", recursive=True)]
    assert len(merged) == 4
    assert max(merged) <= 2.5 * max(sizes)
    write_plainly(lake, [article("again")], "again", small_files=2, target=max(sizes))
    large = [size for size in merged if size > max(sizes) / 2]
    sizes = [lake.size(path) or 0 for path in lake.files("articles", recursive=True)]
    assert Counter(large) <= Counter(sizes)
    # Beside a file of a little over half the target there is room for those that are merged.
    write_plainly(lake, [article("more")], "more", small_files=2, target=int(1.8 * max(merged)))
    sizes = [lake.size(path) or 0 for path in lake.files("articles", recursive=True)]
    assert len(sizes) == 5
    assert Counter(sorted(merged)[-3:]) <= Counter(sizes)


def test_compaction_of_a_lake_that_is_written_is_refused(lake: Lake) -> None:
    """One writer at a time: that holds for maintenance too."""
    _fill(lake, 1)
    with hold(lake), pytest.raises(LakeError, match="is being written by process"):
        _compact(lake)


def test_a_writer_at_work_is_no_fault(lake: Lake) -> None:
    """Staging, and a plan under way, belong to the run that holds the lake; without it they are."""
    write_plainly(lake, [article("a")], "t1")
    with hold(lake):
        _leave_staging(lake)
        target = "articles/day=2026-11-10/half.parquet"
        shutil.copy(_path(lake), lake.path(target))
        commit = {"token": "t2", "files": [{"path": target, "bytes": 9}]}
        plan = {"commit": commit, "moves": {target: "_staging/t2/final.parquet"}}
        lake.write_json("_commits/t2.pending", plan)
        assert verify(lake).faults == ()
    assert {fault.location for fault in verify(lake).faults} == {"_staging", "_commits/t2.pending"}


def test_commands_show_what_they_did(lake: Lake) -> None:
    """`warta compact` and `warta verify` as their users read them."""
    _fill(lake, 2)
    shown = CliRunner().invoke(cli, ["compact", lake.uri], standalone_mode=False)
    assert shown.output.splitlines()[0] == "articles 2026-11-10"
    assert "10 files merged into 5" in shown.output
    shown = CliRunner().invoke(cli, ["verify", lake.uri], standalone_mode=False)
    assert shown.return_value == 0
    found = "4 articles, 4 mentions, 2 rejects, 0 stories"
    assert shown.output == f"no fault in 7 commits, 7 files: {found}\n"


def _path(lake: Lake, table: str = "articles") -> Path:
    return Path(lake.path(next(lake.files(table, recursive=True))))


def _cut(lake: Lake) -> None:
    _path(lake).write_bytes(_path(lake).read_bytes()[:-10])


def _damage(lake: Lake) -> None:
    data = bytearray(_path(lake).read_bytes())
    data[200:300] = bytes(100)
    _path(lake).write_bytes(data)


def _remove(lake: Lake) -> None:
    _path(lake, "mentions").unlink()


def _add_stray(lake: Lake) -> None:
    shutil.copy(_path(lake), _path(lake).with_name("stray.parquet"))


def _forge(lake: Lake, change: Callable[[dict[str, Any]], object]) -> None:
    """Changes the commit file, as one that was written so."""
    path = next(lake.files("_commits"))
    document = lake.read_json(path)
    change(document)
    lake.write_json(path, document)


def _forge_counts(lake: Lake) -> None:
    _forge(lake, lambda commit: commit["counts"].update(read=99))


def _list_twice(lake: Lake) -> None:
    """The same rows under two names that commits know."""
    copy = _path(lake).with_name("again.parquet")
    shutil.copy(_path(lake), copy)

    def change(commit: dict[str, Any]) -> None:
        files = commit["files"]
        first = next(file for file in files if file["table"] == "articles")
        name = f"{first['path'].rpartition('/')[0]}/again.parquet"
        files.append(first | {"path": name, "merged": True})

    _forge(lake, change)


def _put_elsewhere(lake: Lake) -> None:
    """A file in another partition than its rows."""
    path = _path(lake)
    location = path.parent.with_name("day=2020-01-01")
    location.mkdir()
    path.rename(location / path.name)

    def change(commit: dict[str, Any]) -> None:
        files = commit["files"]
        for file in files:
            if file["path"].endswith(f"{path.parent.name}/{path.name}") and (
                file["table"] == "articles"
            ):
                file["path"] = f"articles/{location.name}/{path.name}"
                file["partition"] = "2020-01-01"

    _forge(lake, change)


def _lose_ids(lake: Lake) -> None:
    """One of two files of ids."""
    write_plainly(lake, [article("another")], "t0")
    Path(lake.path(list(lake.files("_ids"))[-1])).unlink()


def _flip_a_bit(lake: Lake) -> None:
    """In the middle of a column's values, where nothing but a checksum tells."""
    data = bytearray(_path(lake).read_bytes())
    with pq.ParquetFile(_path(lake)) as file:
        names = [file.metadata.row_group(0).column(i).path_in_schema for i in range(50)]
        column = file.metadata.row_group(0).column(names.index("minhash"))
    data[column.data_page_offset + column.total_compressed_size - 20] ^= 1
    _path(lake).write_bytes(data)


def _add_a_note(lake: Lake) -> None:
    Path(lake.path("_commits/note.json")).write_text("{}")


def _list_in_two_commits(lake: Lake) -> None:
    path = Path(lake.path(next(lake.files("_commits"))))
    shutil.copy(path, path.with_name("t9.json"))


def _double_a_reject(lake: Lake) -> None:
    """The same row in two files that a commit lists."""
    path = _path(lake, "rejects")
    shutil.copy(path, path.with_name("again.parquet"))

    def change(commit: dict[str, Any]) -> None:
        file = next(file for file in commit["files"] if file["table"] == "rejects")
        name = f"{file['path'].rpartition('/')[0]}/again.parquet"
        commit["files"].append(file | {"path": name})

    _forge(lake, change)


def _leave_staging(lake: Lake) -> None:
    (Path(lake.path("_staging")) / "left.parquet").touch()


@pytest.mark.parametrize(
    ("harm", "location", "says"),
    [
        (_cut, "articles/", "bytes, its commit says"),
        (_damage, "articles/", "is damaged: its checksum is"),
        (_remove, "mentions/", "is missing"),
        (_add_stray, "stray.parquet", "is in no commit"),
        (_forge_counts, "_commits/", "read 99 is not published"),
        (_list_twice, "articles", "is there more than once"),
        (_put_elsewhere, "articles/", "published_date holds ['2026-11-10']"),
        (_lose_ids, "_ids", "lacks 1 articles"),
        (_leave_staging, "_staging", "has not ended well"),
        (_flip_a_bit, "articles/", "is damaged: its checksum is"),
        (_add_a_note, "_commits/note.json", "is damaged: it is not a commit file"),
        (_list_in_two_commits, "articles/", "is listed by two commits"),
        (_double_a_reject, "rejects", "is open more than once"),
    ],
)
def test_each_fault_is_named(
    lake: Lake, harm: Callable[[Lake], None], location: str, says: str
) -> None:
    """What was done to the lake is reported with its place, and the exit status is 1."""
    write_plainly(lake, [article("a"), bad("b")], "t1")
    assert verify(lake).faults == ()
    harm(lake)
    shown = CliRunner().invoke(cli, ["verify", lake.uri], standalone_mode=False)
    assert shown.return_value == 1
    assert any(location in line and says in line for line in shown.output.splitlines()), (
        shown.output
    )


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("version", 2, "lacks one of its versions"),
        ("duplicate_of", "0" * 32, "is an original, but is not an article"),
        ("duplicate_of", article("a").article_id, "is an original, but a copy itself"),
        ("date_published", datetime(2026, 11, 9, tzinfo=UTC), "another day: 2026-11-09"),
    ],
)
def test_what_must_hold_between_rows_is_checked(
    lake: Lake, column: str, value: object, says: str
) -> None:
    """A second version without its first, a copy of nothing."""
    write_plainly(lake, [replace(article("a"), mentions=(), entities=())], "t1")
    rows = pq.read_table(_path(lake), partitioning=None)
    field = rows.schema.field(column)
    changed = rows.set_column(
        rows.schema.get_field_index(column), field, pa.array([value], field.type)
    )
    pq.write_table(changed, _path(lake))
    size = _path(lake).stat().st_size

    def change(commit: dict[str, Any]) -> None:
        for file in commit["files"]:
            if file["table"] == "articles":
                file["bytes"] = size
                del file["xxh3"]

    _forge(lake, change)
    (fault,) = verify(lake).faults
    assert fault.what.endswith(says)


def test_what_files_hold_is_joined_as_it_comes() -> None:
    """An array for each of 300,000 files takes more memory than their rows."""
    held = WordsOfFiles()
    for number in range(2000):
        held.append(np.full((1, 3), number, dtype=np.uint64))
    parts = list(held)
    assert len(parts) < 300
    assert np.concatenate(parts)[:, 2].tolist() == list(range(2000))
