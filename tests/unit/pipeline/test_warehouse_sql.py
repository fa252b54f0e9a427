"""`warta sql`: statements that each engine's parser takes; DuckDB's and ClickHouse's are run."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlglot
from click.testing import CliRunner
from sqlglot import exp

from tests.support.lakes import NOW, article, bad, table_of, write_plainly
from warta.pipeline.cli import cli
from warta.pipeline.loading.warehouses.script import WAREHOUSES, _files, render, statements
from warta.pipeline.maintenance import compact_lake
from warta.transforms.core.errors import LoadAnewError, UsageError
from warta.transforms.core.schema import TABLES
from warta.transforms.lake.storage import Lake

HOSTILE = ["it's", 'a"b', "back\\slash", "tick`", "semi; DROP TABLE articles; --", "new\nline", "ü"]

BODY = article("s").article_body


@pytest.fixture
def lake(lake: Lake) -> Lake:
    """Two commits: a story has a row of each."""
    rows = [article("a"), article("s"), article("s1", BODY), article("b", day="unknown")]
    _run(lake, 1, [*rows, bad("x"), bad("y")])
    _run(lake, 2, [article("a", "isi baru " * 20), article("s2", BODY), bad("z")])
    return lake


def _run(lake: Lake, number: int, rows: list[Any], small_files: int = 0) -> None:
    at = NOW + timedelta(hours=number)
    write_plainly(lake, rows, f"t{number}", started_at=at, small_files=small_files)


def _locations(name: str, inside: str = "news") -> str:
    schemes = WAREHOUSES[name].schemes or ("s3://",)
    return f"{schemes[0]}bucket/{inside}"


@pytest.mark.parametrize("name", WAREHOUSES)
@pytest.mark.parametrize("folder", ["news", *HOSTILE])
def test_statements_are_parsed_in_their_dialect(name: str, folder: str, lake: Lake) -> None:
    """None is left unparsed, and a path is one literal, whatever is in it."""
    location = _locations(name, folder)
    if name == "clickhouse" and "\\" in folder:
        with pytest.raises(UsageError, match="for patterns"):
            render(name, lake.uri, location=location)
        return
    made = list(statements(name, lake.uri, location=location))
    literals = []
    for statement in made:
        parsed = sqlglot.parse(statement, dialect=name)
        assert len(parsed) == 1
        assert parsed[0] is not None
        assert not isinstance(parsed[0], exp.Command), statement
        literals += [one.this for one in parsed[0].find_all(exp.Literal) if one.is_string]
    if name not in ("snowflake", "spark"):
        assert any(location.removeprefix("s3a") in literal for literal in literals)
    assert len(made) >= 6


@pytest.mark.parametrize("name", WAREHOUSES)
def test_only_files_of_later_commits_are_loaded(name: str, lake: Lake) -> None:
    first = "\n".join(statements(name, lake.uri, 1, _locations(name)))
    assert ("day=2026-11-10/" if name == "athena" else "/t2-") in first
    assert "/t1-" not in first
    assert "day=1970-01-01" not in first
    assert "/t2-" not in "\n".join(statements(name, lake.uri, 2, _locations(name)))


@pytest.mark.parametrize(
    ("name", "demand"),
    [
        ("bigquery", "enable_list_inference = true"),
        ("snowflake", "ALTER SESSION SET TIMEZONE = 'UTC'"),
        ("snowflake", "BINARY_AS_TEXT = FALSE"),
        ("redshift", "FILLRECORD"),
        ("redshift", "cuts texts at 16,384 bytes"),
        ("databricks", "'force' = 'true'"),
        ("athena", "'table_type' = 'ICEBERG'"),
        ("clickhouse", "DateTime64(6, \\'UTC\\')"),
    ],
)
def test_what_a_vendor_demands_is_in_the_script(name: str, demand: str, lake: Lake) -> None:
    assert demand in render(name, lake.uri, location=_locations(name))


def test_many_files_are_named_by_several_statements(lake: Lake) -> None:
    for number in range(3, 6):
        _run(lake, number, [article(f"m{number}")])
    one = WAREHOUSES["bigquery"]
    made = type("Few", (type(one),), {"files_at_once": 2})()
    loads = [s for s in made.script(_files("bigquery", lake.uri, 0, "gs://b")) if "LOAD" in s]
    assert len(loads) > 6


def test_a_lake_that_the_warehouse_cannot_see_is_wrong_usage(lake: Lake) -> None:
    with pytest.raises(UsageError, match="copy the lake there, and give --location gs://"):
        render("bigquery", lake.uri)
    with pytest.raises(UsageError, match="no statements for 'oracle'"):
        render("oracle", lake.uri)
    with pytest.raises(LoadAnewError):
        render("duckdb", lake.uri, "another")


def test_keys_of_the_lakes_uri_are_not_shown(lake: Lake) -> None:
    located = WAREHOUSES["duckdb"].located("s3://AKIA1:s3cret@bucket/news?region=x", None)
    assert located == "s3://bucket/news"


def test_the_command_prints_the_script(lake: Lake) -> None:
    done = CliRunner().invoke(cli, ["sql", "duckdb", lake.uri, "--since", "t1"])
    assert done.exit_code == 0
    assert done.output.startswith("-- After it the tables are at commit 2: --since 2\n")


@pytest.mark.parametrize("folder", ["lake", "it's [odd] * {a,b}"])
def test_duckdb_runs_the_script_and_has_the_lake(folder: str, lake: Lake, tmp_path: Path) -> None:
    """All at once, then what is new, then the same again; also for files that were merged."""
    moved = tmp_path / "moved" / folder
    shutil.copytree(lake.uri, moved)
    here = Lake(str(moved))
    connection = duckdb.connect()

    def run(since: int) -> None:
        connection.execute(render("duckdb", here.uri, since))
        for table in TABLES:
            assert _count(connection, table) == _expected(here, table)

    run(0)
    (reject, *_) = table_of(here, "rejects").to_pylist()
    _run(here, 3, [replace(article("c"), replay_of=reject["reject_id"])], small_files=2)
    run(2)
    compact_lake(here.uri, target_mb=128, grace_s=0, wait_s=0, report=lambda _: None)
    run(3)
    assert connection.execute("SELECT version FROM stories").fetchall() == [(2,)]
    run(0)
    topics = connection.execute("SELECT t.qcode FROM articles, unnest(topics) AS u(t) LIMIT 1")
    assert topics.fetchall() == [("medtop:11000000",)]


def test_duckdb_reads_lakes_of_version_1(tmp_path: Path) -> None:
    shutil.copytree(Path(__file__).parents[2] / "lakes" / "v1", tmp_path / "lake")
    connection = duckdb.connect()
    connection.execute(render("duckdb", str(tmp_path / "lake")))
    assert connection.execute("SELECT count(*) FROM articles").fetchall() == [(4,)]


@pytest.fixture
def clickhouse(tmp_path: Path) -> Iterator[Any]:
    """ClickHouse inside this process."""
    session = pytest.importorskip("chdb.session", reason="pip install chdb")
    with session.Session(str(tmp_path / "clickhouse")) as open_session:
        yield open_session


def test_clickhouse_runs_the_script_and_has_the_lake(clickhouse: Any, lake: Lake) -> None:
    clickhouse.query("CREATE DATABASE news ENGINE = Atomic")
    clickhouse.query("USE news")

    def run(since: int) -> None:
        for statement in statements("clickhouse", lake.uri, since):
            clickhouse.query(statement)
        for table in TABLES:
            final = " FINAL" if TABLES[table].is_replaced else ""
            found = clickhouse.query(f"SELECT count() FROM {table}{final}", "CSV").bytes()  # noqa: S608
            assert int(found) == _expected(lake, table)[0]

    run(0)
    (reject, *_) = table_of(lake, "rejects").to_pylist()
    _run(lake, 3, [replace(article("c"), replay_of=reject["reject_id"])], small_files=2)
    run(2)
    run(0)
    query = "SELECT topics[1].qcode, toString(ingested_at) FROM articles LIMIT 1"
    assert b"medtop:11000000" in clickhouse.query(query, "CSV").bytes()
    replayed = clickhouse.query("SELECT count() FROM rejects FINAL WHERE replayed_by != ''", "CSV")
    assert int(replayed.bytes()) == 1


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> list[int]:
    marked = TABLES[table].marked_by
    more = f", count({marked})" if marked else ""
    if TABLES[table].ordered_by:
        more = f", sum({TABLES[table].ordered_by})"
    rows = connection.execute(f"SELECT count(*){more} FROM {table}").fetchall()  # noqa: S608
    return list(rows[0])


def _expected(lake: Lake, table: str) -> list[int]:
    rows = table_of(lake, table).to_pylist()
    defined, marked = TABLES[table], TABLES[table].marked_by
    if defined.ordered_by:
        rows.sort(key=lambda row: row[defined.ordered_by])
        rows = list({row[defined.key[0]]: row for row in rows}.values())
        return [len(rows), sum(row[defined.ordered_by] for row in rows)]
    return [len(rows), sum(row[marked] is not None for row in rows)] if marked else [len(rows)]
