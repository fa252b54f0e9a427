"""From staged rows to a commit: what is opened, how often, and what becomes of trouble."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.lakes import NOW, article, bad, write_plainly
from warta.transforms.core.errors import LakeError
from warta.transforms.core.records import Article, Reject
from warta.transforms.dedup.signatures import MINHASH_SCHEME, sign
from warta.transforms.lake import article_index
from warta.transforms.lake.article_index import index_rows, write_index
from warta.transforms.lake.compaction import CompactionPolicy
from warta.transforms.lake.decisions import Policy
from warta.transforms.lake.known_records import add_sorted
from warta.transforms.lake.layout import Run, StagedRows
from warta.transforms.lake.open_files import OpenFiles
from warta.transforms.lake.publish_run import publish_run
from warta.transforms.lake.staging import (
    MAX_BUFFER_BYTES,
    MAX_ROW_GROUPS,
    Signatures,
    Stager,
    split_by_partition,
)
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.verify.lake import verify

RUN = Run("t1", "run-t1", NOW)
POLICY = Policy(30, 0.8, CompactionPolicy(0, 128 << 20))


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each file was opened to read row groups, by its kind."""
    times: Counter[str] = Counter()
    real = pq.ParquetFile

    def count(path: str, **options: Any) -> pq.ParquetFile:
        times[path.partition("/_staging/")[2].partition("-")[0] or path] += 1
        return real(path, **options)

    monkeypatch.setattr("warta.transforms.lake.open_files.pq.ParquetFile", count)
    return times


def _stage(lake: Lake, rows: Sequence[Article | Reject]) -> list[StagedRows]:
    stager = Stager(lake, RUN, sign, MINHASH_SCHEME, MAX_BUFFER_BYTES)
    for row in rows:
        stager.add(row)
    return stager.close()


def _days(count: int) -> list[str]:
    return [str(date(2024, 1, 1) + timedelta(days=number)) for number in range(count)]


def test_a_staged_file_is_opened_once_to_decide_and_once_to_write(
    lake: Lake, opened: Counter[str]
) -> None:
    """However many days it holds, and although two of its articles must be compared by body."""
    rows = [article(f"a{day}", day=day) for day in _days(40)]
    rows.append(article("copy", body=rows[0].article_body + " Tamat."))
    document = publish_run(lake, RUN, _stage(lake, rows), POLICY, read=len(rows), details={})
    assert document["copies"] == {"near": 1}
    assert opened == {f"{RUN.commit_id}/articles": 2}


def test_a_staged_file_has_a_bounded_number_of_row_groups(lake: Lake) -> None:
    """A reader of one of them parses little, even for one row group of many."""
    days = _days(MAX_ROW_GROUPS + 10)
    staged = _stage(lake, [article(day, day=day) for day in days])
    assert [group.partition for group in staged] == days
    groups = Counter(group.path for group in staged)
    assert sorted(groups.values()) == [10, MAX_ROW_GROUPS]
    with OpenFiles(lake, max_open=1) as files:
        for group in staged:
            (row,) = files.read(group.path, group.row_group, ["published_date"]).to_pylist()
            assert row["published_date"] == group.partition


@pytest.mark.parametrize(
    ("days", "parts"),
    [
        ([], {}),
        (["b"], {"b": [0]}),
        (["b", "b"], {"b": [0, 1]}),
        (["b", "a", "b", "unknown", "a"], {"a": [1, 4], "b": [0, 2], "unknown": [3]}),
    ],
)
def test_rows_are_split_by_day(days: list[str], parts: dict[str, list[int]]) -> None:
    """In the order of days; the rows of a day keep theirs, over the chunks of a table."""
    table = pa.table({"published_date": pa.array(days, pa.string()), "n": range(len(days))})
    chunked = pa.concat_tables([table.slice(0, 1), table.slice(1)])
    found = {day: rows["n"].to_pylist() for day, rows in split_by_partition(chunked)}
    assert found == parts
    assert list(found) == sorted(found)


def test_the_index_of_a_run_names_what_it_publishes_and_no_more(lake: Lake) -> None:
    """Not what is dropped: the same article again, on another day."""
    first = article("a", day="2026-11-10")
    undated = article("b", day="unknown")
    rows: list[Article | Reject] = [first, undated, article("a", day="2026-11-12"), bad("c")]
    publish_run(lake, RUN, _stage(lake, rows), POLICY, read=4, details={})
    ids = pa.chunked_array([[first.article_id, undated.article_id]])
    (path,) = lake.files("_ids")
    wanted = index_rows(ids, ["2026-11-10", "unknown"]).sort_by("article")
    assert pq.read_table(lake.path(path)).equals(wanted)
    assert verify(lake).faults == ()


def test_an_index_that_is_gone_is_made_of_the_whole_lake(lake: Lake) -> None:
    """Articles of earlier runs are named again by the next one's file."""
    write_plainly(lake, [article("a"), article("b", day="2026-11-12")], "t0")
    lake.remove("_ids")
    write_plainly(lake, [article("c")], "t2")
    (path,) = lake.files("_ids")
    assert pq.read_metadata(lake.path(path)).num_rows == 3
    assert article_index.missing_ids(lake) == 0


def test_articles_that_the_index_lacks_are_counted(lake: Lake) -> None:
    """Those of the same day as one that is named, and those of other days."""
    write_plainly(lake, [article("a")], "t1")
    (kept,) = lake.files("_ids")
    write_plainly(lake, [article("b"), article("c", day="unknown")], "t2")
    (lost,) = set(lake.files("_ids")) - {kept}
    lake.filesystem.delete_file(lake.path(lost))
    assert article_index.missing_ids(lake) == 2


def test_an_index_that_cannot_be_written_is_said_in_one_line(tmp_path: Path) -> None:
    """As any other file of a run: with the lake's name, and what to expect."""
    lake = Lake(str(tmp_path / "lake"))
    lake.create()
    (tmp_path / "lake" / "_staging").rmdir()
    (tmp_path / "lake" / "_staging").write_text("no folder")
    new = index_rows(pa.chunked_array([["0" * 32]]), ["2026-11-10"])
    with pytest.raises(LakeError, match=r"cannot write to the lake .*lake: "):
        write_index(lake, RUN, new)


def test_hashes_of_many_days_are_kept_sorted_in_few_arrays() -> None:
    """A day that is added moves few of the others' values."""
    arrays: tuple[Any, ...] = ()
    for number in range(1000):
        arrays = add_sorted(arrays, pa.array([number * 7919 % 1000]).to_numpy())
    assert len(arrays) <= 10
    assert sorted(value for one in arrays for value in one.tolist()) == list(range(1000))
    assert all(one.tolist() == sorted(one.tolist()) for one in arrays)
    assert add_sorted(arrays, pa.array([], pa.int64()).to_numpy()) == arrays


def test_tiny_rejects_are_written_before_they_are_many(lake: Lake) -> None:
    """What a reject takes besides its bytes counts too: a file may be millions of `{}`."""
    lake.create()
    stager = Stager(lake, RUN, sign, MINHASH_SCHEME, 1 << 20)
    for number in range(4_000):
        stager.add(replace(bad(f"b{number}"), raw=b"{}"))
    groups = [one for one in stager.close() if one.table == "rejects"]
    assert sum(one.rows for one in groups) == 4_000
    assert max(one.rows for one in groups) <= 1_024


def test_articles_of_very_many_mentions_become_rows_before_they_are_many(lake: Lake) -> None:
    """Mentions as objects outweigh the texts: they are counted before they are held."""
    lake.create()
    bodies: list[int] = []

    def count(texts: Sequence[str]) -> Signatures:
        bodies.append(len(texts))
        return sign(texts)

    stager = Stager(lake, RUN, count, MINHASH_SCHEME, 1 << 20)
    for number in range(9):
        one = article(f"m{number}")
        stager.add(replace(one, mentions=one.mentions * 400))
    assert sum(one.rows for one in stager.close() if one.table == "articles") == 9
    assert bodies == [2, 2, 2, 2, 1]
