"""The commit: killed anywhere it is finished or taken away, and half of it is never there."""

from datetime import timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.lakes import NOW, article, bad, snapshot, table_of, undo, write_plainly
from warta.transforms.core.counts import Counts
from warta.transforms.core.errors import LakeError
from warta.transforms.core.records import Article, Reject
from warta.transforms.core.schema import TABLES
from warta.transforms.lake.checkpoints import checkpoint_commits
from warta.transforms.lake.commit import commit, finish, read_commit, recover
from warta.transforms.lake.layout import PublishedFile, Run
from warta.transforms.lake.locking import hold
from warta.transforms.lake.replaced_files import expire_replaced_files
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.verify.lake import verify

ROWS: list[Article | Reject] = [article("a"), article("b", day="2026-11-11"), bad("c")]


def _undo(lake: Lake, moved: int) -> None:
    """Puts a committed run back to where `moved` files were moved and no commit file existed."""
    lake.write_json("_commits/t1.pending", undo(lake, "t1", moved))


@pytest.mark.parametrize("moved", [0, 1, 3, 6])
def test_a_run_killed_while_it_publishes_is_finished(lake: Lake, moved: int) -> None:
    """With the plan written and any number of files moved, recovery completes the commit."""
    write_plainly(lake, ROWS, "t1")
    before = read_commit(lake, "t1")
    tables = {t: table_of(lake, t).num_rows for t in TABLES}
    _undo(lake, moved)
    assert verify(lake).faults
    assert recover(lake) == ["t1"]
    assert read_commit(lake, "t1") == before
    assert {t: table_of(lake, t).num_rows for t in TABLES} == tables
    assert verify(lake).faults == ()


def test_a_step_that_is_done_again_finishes_its_own_plan(lake: Lake) -> None:
    """An engine that repeats the commit after half of it gets the same commit file."""
    write_plainly(lake, ROWS, "t1")
    before = read_commit(lake, "t1")
    _undo(lake, moved=2)
    assert finish(lake, "t1") == before == finish(lake, "t1")
    assert verify(lake).faults == ()


def test_a_plan_of_which_nothing_can_be_done_is_taken_back(lake: Lake) -> None:
    """Its writer had lost the lake, its staging is gone, nothing of it was seen: it never was."""
    lake.create()
    file = {"path": "articles/day=1970-01-01/t1-0.parquet", "bytes": 10}
    plan = {"commit": {"token": "t1", "files": [file]}, "moves": {file["path"]: "_staging/x"}}
    lake.write_json("_commits/t1.pending", plan)
    assert recover(lake) == []
    assert list(lake.files("_commits")) == []


def test_a_plan_half_of_which_is_lost_is_named(lake: Lake) -> None:
    """A file lost after others were published stops the next start with one clear line."""
    write_plainly(lake, ROWS, "t1")
    _undo(lake, moved=1)
    lake.discard("_staging/t1/final-2.parquet")
    with pytest.raises(LakeError, match=r"neither articles/.* nor its source .* is there"):
        recover(lake)


def test_a_writer_that_lost_the_lake_cannot_commit(lake: Lake) -> None:
    """A run halted while another took the lake over publishes nothing."""
    lake.create()
    with hold(lake) as writer:
        late = Run("late", "r", NOW, writer)
    with hold(lake), pytest.raises(LakeError, match="taken over by another run"):
        commit(lake, late, Counts(), [], {})
    assert read_commit(lake, "late") is None


def test_replaced_files_leave_the_table_with_the_commit_and_the_disk_later(lake: Lake) -> None:
    """Readers see the new file only; the old ones can be had until the grace time is over."""
    write_plainly(lake, [article("a")], "t1")
    (old,) = lake.files("articles", recursive=True)
    rows = pq.read_table(lake.path(old), partitioning=None)
    staged = "_staging/t2/final-0.parquet"
    lake.filesystem.create_dir(lake.path("_staging/t2"))
    pq.write_table(rows, lake.path(staged), filesystem=lake.filesystem)
    target = "articles/day=2026-11-10/t2-0.parquet"
    size = lake.size(staged) or 0
    file = PublishedFile("articles", "2026-11-10", target, staged, 1, size, (old,))
    document = commit(lake, Run("t2", "r", NOW), Counts(), [file], {})
    assert document["replaced"] == [old]
    assert list(lake.files("articles", recursive=True)) == [target]
    (kept,) = lake.files("_replaced", recursive=True)
    assert pq.read_table(lake.path(kept), partitioning=None).equals(rows)
    assert verify(lake).faults == ()

    committed = NOW.fromisoformat(document["committed_at"])
    assert expire_replaced_files(lake, committed + timedelta(minutes=59)) == 0
    assert expire_replaced_files(lake, committed + timedelta(minutes=61)) == 1
    assert list(lake.files("_replaced", recursive=True)) == []


def test_a_reader_by_file_list_sees_each_row_once(lake: Lake) -> None:
    """The query of docs/lake.md leaves out what was replaced, and what no commit names."""
    for number in range(4):
        write_plainly(lake, [article(f"a{number}")], f"t{number}", small_files=2)
    query = (Path(__file__).parent.parent.parent.parent / "docs" / "lake.md").read_text(
        encoding="utf-8"
    )
    query = (
        query[query.index("SET VARIABLE files") :].split("```")[0].replace("lake/", lake.uri + "/")
    )
    assert sum("replaced" in path for path in snapshot(Path(lake.uri))) > 0
    # A run that was ended in its moves has left a file that no commit names.
    stray = Path(lake.uri) / "articles" / "day=2026-11-10" / "half-0.parquet"
    pq.write_table(table_of(lake, "articles"), stray)
    connection = duckdb.connect()
    for statement in filter(str.strip, query.split(";")):
        result = connection.execute(statement).fetchall()
    assert result == [(4,)]


@pytest.mark.parametrize("ended_before", [None, 0, 2])
def test_old_commits_are_rolled_up_into_one(lake: Lake, ended_before: int | None) -> None:
    """One file says what many said; ended half-way it is finished, and nothing is lost."""
    for number in range(6):
        write_plainly(lake, [article(f"a{number}")], f"t{number}", small_files=3)
    before = table_of(lake, "articles")
    totals = [read_commit(lake, f"t{number}") for number in range(6)]
    assert checkpoint_commits(lake, keep=4) == 0
    kept = {path: lake.read_json(path) for path in lake.files("_commits")}
    assert checkpoint_commits(lake, keep=3) == 3
    if ended_before is not None:
        # As it was when its plan was written, and then some of the old ones were taken away.
        (rolled,) = set(lake.files("_commits")) - set(kept)
        old = [f"_commits/t{number}.json" for number in range(3)]
        for path in old[ended_before:]:
            lake.write_json(path, kept[path])
        plan = {"commit": lake.read_json(rolled), "moves": {}, "rolled_up": old}
        lake.write_json(rolled.replace(".json", ".pending"), plan)
        recover(lake)
    assert len(list(lake.files("_commits"))) == 4
    assert verify(lake).faults == ()
    assert table_of(lake, "articles").equals(before)
    documents = [lake.read_json(path) for path in lake.files("_commits")]
    (checkpointed,) = [document for document in documents if "rolled_up" in document]
    assert checkpointed["counts"]["published"] == 3
    assert sum(document["counts"]["published"] for document in documents) == len(totals)
    # What a later commit has replaced is not listed any more, and the next one goes on.
    write_plainly(lake, [article("next")], "t6", small_files=3)
    assert verify(lake).faults == ()
    assert checkpoint_commits(lake, keep=2) == 3


def test_a_token_that_was_rolled_up_comes_again(lake: Lake) -> None:
    """Its new rows are beside its old ones: no file takes the name of another."""
    for number in range(4):
        write_plainly(lake, [article(f"a{number}"), bad(f"b{number}")], f"t{number}")
    assert checkpoint_commits(lake, keep=2) == 2
    write_plainly(lake, [article("a0"), article("late")], "t0")
    urls = table_of(lake, "articles")["canonical_url"].to_pylist()
    assert sorted(url[-4:] for url in urls) == ["e/a0", "e/a1", "e/a2", "e/a3", "late"]
    assert verify(lake).faults == ()


def test_a_move_never_takes_a_live_files_place(lake: Lake) -> None:
    """A plan whose target is another file is refused, and that file stays."""
    write_plainly(lake, [article("a")], "t1")
    (path,) = lake.files("articles", recursive=True)
    before = Path(lake.path(path)).read_bytes()
    lake.filesystem.create_dir(lake.path("_staging/t2"))
    Path(lake.path("_staging/t2/x.parquet")).write_bytes(b"other")
    file = PublishedFile("articles", "2026-11-10", path, "_staging/t2/x.parquet", 0, 5)
    with pytest.raises(LakeError, match="already holds another file"):
        commit(lake, Run("t2", "r", NOW), Counts(), [file], {})
    assert Path(lake.path(path)).read_bytes() == before


def test_a_clock_set_back_loses_no_file_to_a_checkpoint(lake: Lake) -> None:
    """What a rolled-up commit has replaced stays replaced, also where a later one lists it."""
    for number in range(6):
        write_plainly(lake, [article(f"a{number}")], f"t{number}", small_files=3)
    replacing = [path for path in lake.files("_commits") if lake.read_json(path)["replaced"]]
    for path in replacing:
        document = lake.read_json(path) | {"committed_at": "2020-01-01T00:00:00+00:00"}
        lake.write_json(path, document)
    assert checkpoint_commits(lake, keep=3) == 3
    assert verify(lake).faults == ()


def test_hashes_alone_are_not_compressed(lake: Lake) -> None:
    """What every run reads of the lake is read as it is; all else is packed."""
    write_plainly(lake, ROWS, "t1")
    codecs: dict[str, set[str]] = {"articles": set(), "mentions": set(), "rejects": set()}
    for table, plain in codecs.items():
        for path in lake.files(table, recursive=True):
            group = pq.read_metadata(lake.path(path)).row_group(0)
            columns = [group.column(number) for number in range(group.num_columns)]
            assert {one.compression for one in columns} <= {"ZSTD", "UNCOMPRESSED"}
            plain |= {one.path_in_schema for one in columns if one.compression != "ZSTD"}
    hashes = {"minhash", "minhash_bands.list.element", "story_terms.list.element"}
    assert codecs == {"articles": hashes, "mentions": set(), "rejects": set()}


def test_published_files_are_as_small_as_one_write_of_their_rows(lake: Lake) -> None:
    """Within a tenth of what pyarrow alone makes of the same rows."""
    write_plainly(lake, [article(f"a{n}", day=f"2026-11-{10 + n % 3}") for n in range(600)], "t1")
    alone = Path(lake.uri).parent / "alone.parquet"
    bytes_of_lake = sum(lake.size(path) or 0 for path in lake.files("articles", recursive=True))
    pq.write_table(table_of(lake, "articles"), alone, compression="zstd")
    assert bytes_of_lake <= 1.1 * alone.stat().st_size
    assert pa.Table.equals(
        pq.read_table(alone).sort_by("article_id"), table_of(lake, "articles").sort_by("article_id")
    )
