"""The sink from finished rows to committed files: every file is read back.

What Beam does to rows is tested on Beam; what the steps do with them is tested without it.
"""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from tests.support.lakes import (
    NOW,
    article,
    bad,
    snapshot,
    table_of,
    words,
    write_plainly,
    write_run,
)
from warta.transforms.core.errors import LakeError
from warta.transforms.core.records import Article, Reject
from warta.transforms.core.schema import TABLES, field_ids
from warta.transforms.dedup.signatures import MINHASH_SCHEME, sign
from warta.transforms.lake.catalog import read_snapshot
from warta.transforms.lake.commit import read_commit
from warta.transforms.lake.files import ROW_GROUP_ROWS
from warta.transforms.lake.layout import Run, partition_path
from warta.transforms.lake.open_files import OpenFiles
from warta.transforms.lake.publish_files import RowSelection, plan_tasks, publish
from warta.transforms.lake.staging import Stager
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.verify.lake import verify


def test_rows_arrive_whole_and_by_partition(lake: Lake) -> None:
    """Every article, mention and reject is read back, in the partition of its day."""
    rows = [article(f"a{i}", day=f"2026-11-{10 + i % 3}") for i in range(30)]
    rows += [article("nodate", day="unknown")]
    write_run(lake, [*rows, bad("b1"), bad("b2")], "t1")

    articles = table_of(lake, "articles").to_pylist()
    assert {row["article_id"] for row in articles} == {row.article_id for row in rows}
    assert read_snapshot(lake).partitions("articles") == [
        "2026-11-10",
        "2026-11-11",
        "2026-11-12",
        "unknown",
    ]
    mine = next(row for row in articles if row["article_id"] == rows[3].article_id)
    assert mine["article_body"] == rows[3].article_body
    assert mine["topics"] == [
        {
            "scheme": "medtop",
            "qcode": "medtop:11000000",
            "name": "politics",
            "confidence": pytest.approx(0.8),
            "name_local": "politik",
        }
    ]
    assert mine["removed_spans"] == [{"start": 0, "end": 4, "rule": "example", "text": "baca"}]
    assert mine["location_created"] is None
    assert (mine["version"], mine["duplicate_of"], mine["run_id"]) == (1, None, "run-t1")
    assert mine["ingested_at"] == NOW
    assert len(mine["minhash"]) == 4 * 128
    assert table_of(lake, "mentions").num_rows == 31
    assert sorted(table_of(lake, "rejects")["source_uri"].to_pylist()) == [
        "file:///b1.jsonl",
        "file:///b2.jsonl",
    ]
    counts = {"read": 33, "published": 31, "duplicates": 0, "rejected": 2}
    commit = read_commit(lake, "t1")
    assert commit is not None
    assert commit["counts"] == counts
    assert commit["reject_reasons"] == {"bad_json": 2}


def test_files_have_the_contracts_schema_and_stand_in_their_partition(lake: Lake) -> None:
    """Each file opens alone, has the table's schema and ids, and its column says its folder."""
    copy = article("copy", article("a").article_body)
    write_plainly(lake, [article("a"), copy, article("b", day="unknown"), bad("c")], "t1")
    for table, defined in TABLES.items():
        files = list(lake.files(table, recursive=True))
        assert files
        for path in files:
            rows = pq.ParquetFile(lake.path(path)).read()
            assert rows.schema.equals(defined.schema)
            assert field_ids(rows.schema) == field_ids(defined.schema)
            days = {partition_path(table, value) for value in rows[defined.partition].to_pylist()}
            assert days == {path.rpartition("/")[0]}


def test_the_same_rows_again_change_nothing(lake: Lake, tmp_path: Path) -> None:
    """A second run over known rows counts them as duplicates and leaves every table as it was."""
    rows: list[Article | Reject] = [*(article(f"a{i}") for i in range(5)), bad("b")]
    write_run(lake, rows, "t1")
    before = {t: snapshot(tmp_path / "lake" / t) for t in TABLES}
    write_run(lake, rows, "t2")
    assert {t: snapshot(tmp_path / "lake" / t) for t in TABLES} == before
    commit = read_commit(lake, "t2")
    assert commit is not None
    assert commit["counts"] == {"read": 6, "published": 0, "duplicates": 5, "rejected": 1}
    assert commit["rejects_known"] == 1


def test_a_changed_body_is_a_new_version(lake: Lake) -> None:
    """The same article with another body is version 2 beside version 1, which stays known."""
    first = article("a")
    second = article("a", body=words(120, "changed"))
    write_plainly(lake, [first], "t1")
    write_plainly(lake, [second], "t2")
    write_plainly(lake, [first, second], "t3")
    versions = table_of(lake, "articles").select(["version", "article_body"]).to_pylist()
    assert sorted((row["version"], row["article_body"]) for row in versions) == [
        (1, first.article_body),
        (2, second.article_body),
    ]
    assert sorted(table_of(lake, "mentions")["version"].to_pylist()) == [1, 2]


def test_versions_within_a_run_follow_the_time_of_change(lake: Lake) -> None:
    """Two bodies of one article in one run are versions in the order of their modification."""
    new = article("a", body=words(80, "new"), date_modified=NOW)
    old = article("a", body=words(90, "old"), date_modified=NOW.replace(hour=1))
    write_run(lake, [new, old, replace(old, source_uri="file:///again.txt")], "t1")
    rows = table_of(lake, "articles").to_pylist()
    assert {row["version"]: row["article_body"] for row in rows} == {
        1: old.article_body,
        2: new.article_body,
    }
    commit = read_commit(lake, "t1")
    assert commit is not None
    assert commit["counts"]["duplicates"] == 1


def test_copies_are_published_and_name_their_original(lake: Lake) -> None:
    """Exact, near and contained copies point at the earliest article; a retelling does not."""
    body = words(200, "story")
    original = article("original", body=body, day="2026-11-09")
    exact = article("exact", body=body)
    sentences = body.split(". ")
    near = article("near", body=". ".join(sentences[:4] + sentences[5:]))
    contained = article("contained", body=". ".join(sentences[:9]) + ". " + words(20, "tail"))
    other = article("other", body=words(200, "another story"))
    write_run(lake, [other, contained, near, exact, original], "t1")
    found = {
        row["canonical_url"].rpartition("/")[2]: (row["duplicate_of"], row["duplicate_kind"])
        for row in table_of(lake, "articles").to_pylist()
    }
    assert found == {
        "original": (None, None),
        "other": (None, None),
        "exact": (original.article_id, "exact"),
        "near": (original.article_id, "near"),
        "contained": (original.article_id, "contained"),
    }


@pytest.mark.parametrize("days_apart", [0, 29, 31])
def test_copies_of_what_the_lake_has_are_found_within_the_horizon(
    lake: Lake, days_apart: int
) -> None:
    """A copy of a published article is marked when its day is within the horizon."""
    body = words(200, "story")
    original = article("original", body=body, day="2026-10-01")
    write_plainly(lake, [original], "t1")
    day = f"2026-{10 + (days_apart + 1) // 32}-{days_apart % 31 + 1:02}"
    copy = article("copy", body=body + " " + words(12, "tail"), day=day)
    write_plainly(lake, [copy], "t2")
    row = next(
        row
        for row in table_of(lake, "articles").to_pylist()
        if row["article_id"] == copy.article_id
    )
    assert row["duplicate_of"] == (original.article_id if days_apart <= 30 else None)


def test_the_answer_does_not_depend_on_the_order(lake: Lake, tmp_path: Path) -> None:
    """A chain of near copies gives the same originals whatever order it is read in."""
    body = words(300, "chain").split(". ")
    chain = [article(f"c{i}", body=". ".join(body[i : i + 20])) for i in range(6)]
    found = []
    for number, rows in enumerate([chain, chain[::-1], chain[3:] + chain[:3]]):
        one = Lake(str(tmp_path / f"lake{number}"))
        write_plainly(one, rows, "t")
        found.append(
            {r["article_id"]: r["duplicate_of"] for r in table_of(one, "articles").to_pylist()}
        )
    assert found[0] == found[1] == found[2]
    assert any(found[0].values())


def test_counts_that_do_not_meet_publish_nothing(lake: Lake) -> None:
    """A run that lost a record fails, and its tables stay empty."""
    with pytest.raises(Exception, match="counts do not add up"):
        write_run(lake, [article("a")], "t1", read=2)
    assert table_of(lake, "articles").num_rows == 0
    assert read_commit(lake, "t1") is None


def test_repeated_bundles_are_counted_once(lake: Lake) -> None:
    """A runner that does every bundle again leaves each row once, and the staging empty."""
    rows = [article(f"a{i}") for i in range(10)]
    write_run(lake, [*rows, bad("b")], "t1", options=["--direct_runner_bundle_repeat=2"])
    assert sorted(table_of(lake, "articles")["article_id"].to_pylist()) == sorted(
        row.article_id for row in rows
    )
    assert list(lake.files("_staging", recursive=True)) == []


def test_a_reject_is_kept_once_as_long_as_it_is_one(lake: Lake) -> None:
    """The same bytes at the same place are one; others are another; a closed one is open again."""
    write_plainly(lake, [bad("b"), replace(bad("b"), raw=b"[")], "t1")
    assert table_of(lake, "rejects").num_rows == 2
    first = next(row for row in table_of(lake, "rejects").to_pylist() if row["raw"] == b"{")
    again = replace(bad("b"), replay_of=first["reject_id"])
    later = NOW + timedelta(days=90)
    write_plainly(lake, [again], "t2", started_at=later)
    assert table_of(lake, "rejects").num_rows == 2
    write_plainly(lake, [article("a", replay_of=first["reject_id"])], "t3", started_at=later)
    write_plainly(lake, [bad("b")], "t4", started_at=later)
    write_plainly(lake, [bad("b")], "t5", started_at=later)
    rows = [row for row in table_of(lake, "rejects").to_pylist() if row["raw"] == b"{"]
    assert sorted(row["replayed_by"] or "" for row in rows) == ["", "run-t3"]
    assert verify(lake).faults == ()


def test_a_run_of_nothing_is_committed(lake: Lake) -> None:
    """No rows: no files, but a commit that says so."""
    write_run(lake, [], "t1")
    commit = read_commit(lake, "t1")
    assert commit is not None
    assert commit["counts"] == {"read": 0, "published": 0, "duplicates": 0, "rejected": 0}
    assert commit["files"] == []


def test_large_partitions_are_cut_into_files(lake: Lake) -> None:
    """Row groups are staged with bounded size, files stop near the target, all rows arrive."""
    rows = [article(f"a{i}", body=words(3000, i)) for i in range(40)]
    write_plainly(lake, rows, "t1", max_buffer_bytes=200_000, target=90_000)
    files = list(lake.files("articles", recursive=True))
    assert 2 < len(files) < 40
    assert sorted(table_of(lake, "articles")["article_id"].to_pylist()) == sorted(
        row.article_id for row in rows
    )


def test_row_groups_are_large_where_there_are_rows(lake: Lake) -> None:
    """Many staged row groups become few of at least 10,000 rows, the last one aside."""
    lake.create()
    run = Run("t1", "r", NOW)
    stager = Stager(lake, run, sign, MINHASH_SCHEME, 1_000_000)
    body = words(12, "short")
    for number in range(23_000):
        stager.add(article(f"a{number}", body=body))
    staged = stager.close()
    assert len(staged) > 10
    (task,) = plan_tasks([RowSelection(rows) for rows in staged], 1 << 30)
    with OpenFiles(lake) as opened:
        articles, mentions = publish(lake, run, task, opened)
    with pq.ParquetFile(lake.path(articles.staged_path)) as file:
        groups = [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)]
    assert sum(groups) == articles.rows == mentions.rows == 23_000
    assert min(groups[:-1]) >= ROW_GROUP_ROWS


def test_files_are_sorted(lake: Lake) -> None:
    """Rows of a file are sorted by date, then by id."""
    dates = [NOW.replace(day=10, hour=hour) for hour in (9, 3, 7)]
    write_plainly(lake, [article(f"a{d.hour}", date_published=d) for d in dates], "t1")
    assert table_of(lake, "articles")["date_published"].to_pylist() == sorted(dates)


def test_duckdb_reads_the_tables_both_ways(lake: Lake) -> None:
    """With or without Hive partitions, DuckDB reads articles and joins their mentions."""
    write_plainly(lake, [article("a"), article("b", day="unknown")], "t1")
    for hive in ("true", "false"):
        rows = (
            duckdb.connect()
            .execute(
                f"""
            SELECT a.published_date, count(*) FROM
              read_parquet('{lake.uri}/articles/**/*.parquet', hive_partitioning = {hive}) a
              JOIN read_parquet('{lake.uri}/mentions/**/*.parquet', hive_partitioning = {hive}) m
              USING (article_id, version)
            GROUP BY 1 ORDER BY 1
            """  # noqa: S608
            )
            .fetchall()
        )
        assert rows == [("2026-11-10", 1), ("unknown", 1)]


def test_a_lake_from_the_future_is_refused(lake: Lake) -> None:
    """A lake of a newer schema is left alone, with a line that says what to do."""
    lake.create()
    lake.write_json("_lake.json", {"format": "warta", "schema_version": 99})
    with pytest.raises(LakeError, match="upgrade warta"):
        lake.create()
