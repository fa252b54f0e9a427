"""`warta verify --repair`: a way out of every state in which a damaged lake stops its writers."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from tests.support.lakes import article, bad, snapshot, table_of, undo, write_plainly
from warta.pipeline.cli import cli
from warta.pipeline.maintenance import compact_lake, planned_repair, repair_lake, verify_lake
from warta.transforms.core.errors import LakeError
from warta.transforms.core.schema import TABLES
from warta.transforms.lake.article_index import days_of
from warta.transforms.lake.catalog import live_files
from warta.transforms.lake.checkpoints import checkpoint_commits
from warta.transforms.lake.commit import read_commit, recover
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.verify.lake import verify


@pytest.fixture
def lake(lake: Lake) -> Lake:
    """Two runs of two articles and a reject each."""
    for number in range(2):
        articles = [article(f"a{number}"), article(f"b{number}", day="unknown")]
        write_plainly(lake, [*articles, bad(f"c{number}")], f"t{number}")
    return lake


def _rows(lake: Lake) -> dict[str, int]:
    """Rows of each table that commits list."""
    return {table: sum(file.rows for file in live_files(lake, table)) for table in TABLES}


def _write(lake: Lake, name: str, data: bytes) -> None:
    Path(lake.path(name)).write_bytes(data)


def _undo(lake: Lake, moved: int) -> dict[str, Any]:
    """Put t1 back to where `moved` of its files were moved -> its plan, which is written."""
    plan = undo(lake, "t1", moved)
    lake.write_json("_commits/t1.pending", plan, sealed=True)
    return plan


def _repair(lake: Lake) -> list[str]:
    """Repair, and return what it shows: before it nothing is changed, after it all is well."""
    before = snapshot(Path(lake.uri))
    planned = planned_repair(lake.uri, verify_lake(lake.uri))
    assert snapshot(Path(lake.uri)) == before
    steps, found = repair_lake(lake.uri, 0)
    assert [step.action for step in steps] == [step.action for step in planned]
    assert found.faults == ()
    after = set(snapshot(Path(lake.uri)).values())
    # Locks aside, nothing that was there is gone.
    gone = [name for name, data in before.items() if data not in after]
    assert [name for name in gone if name not in ("_lock", "_lock.json")] == []
    recover(lake)
    assert planned_repair(lake.uri, verify_lake(lake.uri)) == []
    return [step.action for step in steps]


def test_a_sound_lake_needs_no_repair(lake: Lake) -> None:
    """And is not changed by one."""
    assert _repair(lake) == []
    assert not lake.exists("_damaged")


@pytest.mark.parametrize("data", [b"", b'{"commit": {"tok', b"\xff\x00"])
@pytest.mark.parametrize("moved", [0, 2, 99])
def test_a_damaged_plan_is_taken_back(lake: Lake, moved: int, data: bytes) -> None:
    """Before, within and after its moves: what it had moved leaves, and its input comes again."""
    _undo(lake, moved)
    _write(lake, "_commits/t1.pending", data)
    with pytest.raises(LakeError, match=r"t1\.pending is damaged: .*`warta verify --repair"):
        recover(lake)
    (action,) = _repair(lake)
    assert "take it back" in action
    assert _rows(lake) == {"articles": 2, "mentions": 2, "rejects": 1, "stories": 0}
    articles = [article("a1"), article("b1", day="unknown")]
    write_plainly(lake, [*articles, bad("c1")], "t1")
    assert _rows(lake) == {"articles": 4, "mentions": 4, "rejects": 2, "stories": 0}
    assert verify(lake).faults == ()


@pytest.mark.parametrize("done", [1, 4])
def test_a_repair_that_was_ended_goes_on(lake: Lake, done: int) -> None:
    """The plan leaves last: what is left of the run is found again by its commit id."""
    _undo(lake, 99)
    _write(lake, "_commits/t1.pending", b"")
    (step,) = planned_repair(lake.uri, verify_lake(lake.uri))
    assert step.moves[-1][0] == "_commits/t1.pending"
    for source, target in step.moves[:done]:
        lake.move(source, target)
    assert len(_repair(lake)) == 1
    assert _rows(lake) == {"articles": 2, "mentions": 2, "rejects": 1, "stories": 0}


def test_a_changed_plan_is_not_carried_out(lake: Lake) -> None:
    """One letter of a path would put a file where it does not belong."""
    _undo(lake, 1)
    plan = Path(lake.path("_commits/t1.pending"))
    plan.write_bytes(plan.read_bytes().replace(b"=1970-01-01/", b"=1970-01-02/"))
    with pytest.raises(LakeError, match="does not match its checksum"):
        recover(lake)
    _repair(lake)
    assert not lake.exists("articles/day=1970-01-02")


def test_a_plan_that_has_lost_a_file_is_taken_back(lake: Lake) -> None:
    """After others were moved: they leave again."""
    plan = _undo(lake, 2)
    lake.discard(list(plan["moves"].values())[-1])
    with pytest.raises(LakeError, match=r"neither .*`warta verify --repair"):
        recover(lake)
    (action,) = _repair(lake)
    assert "5 files that it had moved" in action
    assert _rows(lake)["articles"] == 2


def test_a_damaged_plan_of_a_committed_run_loses_nothing(lake: Lake) -> None:
    """What was left to do is done: replaced files leave their tables."""
    write_plainly(lake, [article("a2")], "t2", small_files=2)
    before = _rows(lake)
    for kept in list(lake.files("_replaced", recursive=True)):
        lake.move(kept, kept.split("/", 2)[2])
    _write(lake, "_commits/t2.pending", b"{")
    (action,) = _repair(lake)
    assert action.startswith("its run is committed: set the plan aside, move 4 replaced files")
    assert _rows(lake) == before
    assert table_of(lake, "articles").num_rows == before["articles"]


def test_a_damaged_plan_of_a_checkpoint_loses_nothing(lake: Lake) -> None:
    """The old commit files that it stands for are set aside."""
    for number in range(2, 6):
        write_plainly(lake, [article(f"a{number}")], f"t{number}", small_files=3)
    before = _rows(lake)
    old = {path: lake.read_json(path) for path in lake.files("_commits")}
    assert checkpoint_commits(lake, keep=3) == 3
    for path, document in list(old.items())[1:]:
        lake.write_json(path, document)
    (checkpoint,) = set(lake.files("_commits")) - set(old)
    _write(lake, checkpoint.replace(".json", ".pending"), b"")
    (action,) = _repair(lake)
    assert "2 old commit files" in action
    assert _rows(lake) == before


@pytest.mark.parametrize("data", [b"", b"{", b'{"files": []}', None])
def test_a_damaged_commit_file_is_made_anew_from_its_files(lake: Lake, data: bytes | None) -> None:
    """Its rows are in the lake as before; the figures that only it had are lost."""
    before = _rows(lake)
    files = {file.path: file for file in live_files(lake, "articles")}
    path = Path(lake.path("_commits/t1.json"))
    forged = path.read_bytes().replace(b'"read": 3', b'"read": 4')
    path.write_bytes(forged if data is None else data)
    with pytest.raises(LakeError, match="`warta verify --repair"):
        recover(lake)
    (action,) = _repair(lake)
    assert "write it again from its 6 files in place, 9 rows" in action or "rows" in action
    assert _rows(lake) == before
    assert {file.path: file for file in live_files(lake, "articles")} == files
    document = read_commit(lake, "t1")
    assert document is not None
    assert document["counts"] == {"read": 3, "published": 2, "duplicates": 0, "rejected": 1}


def test_a_damaged_commit_file_of_a_merge_is_made_anew(lake: Lake) -> None:
    """What it had replaced stays replaced, while it is kept and after its grace time."""
    write_plainly(lake, [article("a2"), article("b2", day="unknown")], "t2", small_files=2)
    compact_lake(lake.uri, target_mb=128, grace_s=3600, wait_s=0, report=lambda partition: None)
    before = _rows(lake)
    commits = [path for path in lake.files("_commits") if lake.read_json(path)["replaced"]]
    for number, path in enumerate(commits):
        _write(lake, path, b"")
        if number % 2:
            lake.remove("_replaced")
        assert len(_repair(lake)) == 1
        assert _rows(lake) == before
    assert len(commits) > 1


def test_a_damaged_checkpoint_is_made_anew(lake: Lake) -> None:
    """Its files carry the commit ids of the runs that it stands for."""
    for number in range(2, 6):
        write_plainly(lake, [article(f"a{number}")], f"t{number}", small_files=3)
    before = _rows(lake)
    old = set(lake.files("_commits"))
    assert checkpoint_commits(lake, keep=3) == 3
    (checkpoint,) = set(lake.files("_commits")) - old
    _write(lake, checkpoint, b"")
    assert len(_repair(lake)) == 1
    assert _rows(lake) == before


def test_a_commit_file_without_files_is_set_aside(lake: Lake) -> None:
    """A run that published nothing: should its input come again, its articles are known."""
    write_plainly(lake, [article("a0")], "t2")
    before = _rows(lake)
    _write(lake, "_commits/t2.json", b"")
    (action,) = _repair(lake)
    assert "none of its files is in place" in action
    assert _rows(lake) == before


def test_a_damaged_commit_file_with_its_plan_comes_from_the_plan(lake: Lake) -> None:
    """A run that was killed between its commit file and the end, on a disk that lost the file."""
    before = _rows(lake), read_commit(lake, "t1")
    document = before[1]
    assert document is not None
    moves = {file["path"]: f"_staging/t1/{n}.parquet" for n, file in enumerate(document["files"])}
    plan = {"commit": document, "moves": moves}
    lake.write_json("_commits/t1.pending", plan, sealed=True)
    _write(lake, "_commits/t1.json", b"")
    (step,) = planned_repair(lake.uri, verify_lake(lake.uri))
    assert "write it again from the plan" in step.action
    assert recover(lake) == ["t1"]
    assert (_rows(lake), read_commit(lake, "t1")) == before


def test_a_damaged_plan_and_commit_file_of_one_run_are_taken_back(lake: Lake) -> None:
    """Files that it had begun to replace return to their table, so that no row is there twice."""
    before = _rows(lake)
    write_plainly(lake, [article("a2")], "t2", small_files=2)
    kept = list(lake.files("_replaced", recursive=True))
    for path in kept[1:]:
        lake.move(path, path.split("/", 2)[2])
    _write(lake, "_commits/t2.pending", b"")
    _write(lake, "_commits/t2.json", b"")
    (action,) = _repair(lake)
    assert "return 1 files" in action
    assert _rows(lake) == before


def _spoil(lake: Lake) -> None:
    path = Path(lake.path(live_files(lake, "rejects")[0].path))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _lose(lake: Lake) -> None:
    Path(lake.path(live_files(lake, "rejects")[0].path)).unlink()


@pytest.mark.parametrize("harm", [_spoil, _lose])
def test_a_data_file_that_is_lost_is_committed_as_lost(
    lake: Lake, harm: Callable[[Lake], None]
) -> None:
    """The lake goes on without its rows, and says so."""
    harm(lake)
    (action,) = _repair(lake)
    assert action.endswith("commit that its 1 rows are gone")
    assert _rows(lake) == {"articles": 4, "mentions": 4, "rejects": 1, "stories": 0}


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def _flip(path: Path) -> None:
    """Spoil what the footer says; its length and the mark at the end stay."""
    data = path.read_bytes()
    path.write_bytes(data[:100] + b"\xff" * (len(data) - 108) + data[-8:])


@pytest.mark.parametrize("harm", [_cut, _flip])
def test_a_damaged_article_index_is_named_set_aside_and_made_anew(
    lake: Lake, harm: Callable[[Path], None]
) -> None:
    """It stops a writer in one line; a gap in it would be believed, so all of it goes."""
    index = sorted(Path(lake.path("_ids")).iterdir())
    assert len(index) == 2
    harm(index[0])
    with pytest.raises(LakeError, match=rf"{index[0].name} is damaged: .*`warta verify --repair"):
        days_of(lake, pa.chunked_array([["0" * 32]]))
    (action,) = _repair(lake)
    assert action == "set aside all 2 files of the article index: it is rebuilt"
    write_plainly(lake, [article("a0", body="kata lain " * 40)], "t9")
    assert verify(lake).faults == ()
    assert sorted(table_of(lake, "articles")["version"].to_pylist()) == [1, 1, 1, 1, 2]


def test_a_file_of_another_schema_stops_a_merge_in_one_line(lake: Lake) -> None:
    """A foreign table under the name of ours is named, not merged."""
    (first, _) = [file.path for file in live_files(lake, "articles", {"unknown"})]
    pq.write_table(pa.table({"x": [1]}), lake.path(first))
    with pytest.raises(LakeError, match=r"is damaged: it lacks the column article_id; `warta"):
        compact_lake(lake.uri, target_mb=128, grace_s=3600, wait_s=0, report=print)


def test_a_damaged_marker_is_written_again(lake: Lake) -> None:
    """A lake is known by its commits, too."""
    _write(lake, "_lake.json", b"")
    with pytest.raises(LakeError, match=r"_lake\.json is damaged: it is empty; `warta verify"):
        lake.check()
    (action,) = _repair(lake)
    assert action == "write it again, with schema version 5"
    assert (lake.check(), lake.layout_version()) == (5, 3)


def test_a_damaged_marker_of_an_older_lake_keeps_its_layout(tmp_path: Path) -> None:
    """What the paths say is what the lake is."""
    shutil.copytree(Path(__file__).parents[2] / "lakes" / "v2", tmp_path / "lake")
    lake = Lake(str(tmp_path / "lake"))
    _write(lake, "_lake.json", b"")
    _repair(lake)
    assert (lake.check(), lake.layout_version()) == (5, 2)
    assert verify(lake).faults == ()


def test_the_command_shows_first_and_does_it_when_asked(lake: Lake) -> None:
    """Exit status 1 while there are faults, 0 when there are none any more."""
    _write(lake, "_commits/t9.pending", b"")
    shown = CliRunner().invoke(cli, ["verify", "--repair", lake.uri], standalone_mode=False)
    assert shown.return_value == 1
    assert "_commits/t9.pending: is damaged: it is empty" in shown.output
    assert "_commits/t9.pending: it is empty\n  its run never committed: take it" in shown.output
    assert shown.output.endswith("nothing was changed: add --yes to do it\n")
    done = CliRunner().invoke(cli, ["verify", "--repair", "--yes", lake.uri], standalone_mode=False)
    assert done.return_value == 0
    assert "done; what was set aside is in _damaged\nno fault in 2 commits" in done.output
    wrong = CliRunner().invoke(cli, ["verify", "--yes", lake.uri])
    assert "--yes goes with --repair" in wrong.output
