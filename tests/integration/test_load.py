"""`warta load`: a copy in PostgreSQL and DuckDB is the lake, whatever happens on the way."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from tests.support.commands import warta
from tests.support.lakes import NOW, article, bad, table_of, write_plainly
from tests.support.postgres import (
    PASSWORD,
    QUOTED_PASSWORD,
    find_binaries,
    postgres_server,
)
from tests.support.waiting import PATIENCE_S
from warta.pipeline.loading.database import Database
from warta.pipeline.loading.duckdb_file import DuckDb
from warta.pipeline.loading.load import load_lake, open_database
from warta.pipeline.maintenance import compact_lake
from warta.transforms.core.errors import LakeError, LoadError, UsageError
from warta.transforms.core.records import Entity
from warta.transforms.core.schema import TABLES
from warta.transforms.lake.checkpoints import checkpoint_commits
from warta.transforms.lake.storage import Lake

Open = Callable[[], Database]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A PostgreSQL server for the module."""
    binaries = find_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server: apt-get install postgresql")
    pytest.importorskip("adbc_driver_postgresql", reason="pip install 'warta[postgres]'")
    with postgres_server(binaries) as uri:
        yield uri


@pytest.fixture
def uri(server: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database of the test's own; its password is in the environment."""
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    from adbc_driver_postgresql import dbapi

    name = f"t{abs(hash(request.node.nodeid)):d}"
    with (
        dbapi.connect(f"{server}/postgres", autocommit=True) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(f"CREATE DATABASE {name}")
    return f"{server}/{name}"


@pytest.fixture(params=["postgres", "duckdb"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """What `warta load` is given."""
    if request.param == "duckdb":
        return f"duckdb:{tmp_path / 'news.duckdb'}"
    return str(request.getfixturevalue("uri"))


def _load(target: str, lake: Lake) -> list[str]:
    lines: list[str] = []
    database = open_database(target, "public")
    try:
        load_lake(lake.uri, database, lines.append)
    finally:
        database.close()
    return lines


def _query(target: str, query: str) -> list[Any]:
    database = open_database(target, "public")
    try:
        return database.query(query)
    finally:
        database.close()


def _copied(target: str, table: str) -> list[str]:
    """Return the rows of a copy, each as text that both sides share."""
    names = TABLES[table].schema.names
    listed = '", "'.join(names)
    rows = _query(target, f'SELECT "{listed}" FROM {table}')  # noqa: S608
    return sorted(_text(table, dict(zip(names, row, strict=True))) for row in rows)


def _expected(lake: Lake, table: str) -> list[str]:
    rows = table_of(lake, table).to_pylist()
    if TABLES[table].is_replaced:
        rows.sort(key=lambda row: row[TABLES[table].ordered_by or TABLES[table].arrived])
        rows = list({tuple(row[n] for n in TABLES[table].key): row for row in rows}.values())
    return sorted(
        _text(table, {name: row.get(name) for name in TABLES[table].schema.names}) for row in rows
    )


def _text(table: str, row: dict[str, Any]) -> str:
    for one in TABLES[table].schema:
        value = row[one.name]
        if pa.types.is_nested(one.type) and isinstance(value, str):
            row[one.name] = json.loads(value)
        elif pa.types.is_timestamp(one.type) and value is not None:
            row[one.name] = value.timestamp()
        elif isinstance(value, float):
            row[one.name] = round(value, 5)
    return json.dumps(row, sort_keys=True, default=lambda value: bytes(value).hex())


def _run(lake: Lake, number: int, rows: list[Any], small_files: int = 0) -> None:
    at = NOW + timedelta(hours=number)
    write_plainly(lake, rows, f"t{number}", started_at=at, small_files=small_files)


def _check(target: str, lake: Lake) -> None:
    for table in TABLES:
        assert _copied(target, table) == _expected(lake, table), table


def test_a_copy_is_the_lake(target: str, lake: Lake) -> None:
    """After each load, with merges, versions, replays and a checkpoint in between."""
    _run(lake, 1, [article("a"), article("b", day="unknown"), bad("x"), bad("y")])
    assert len(_load(target, lake)) == 1
    _check(target, lake)
    (reject, *_) = table_of(lake, "rejects").to_pylist()
    _run(lake, 2, [article("a", "isi baru " * 20), bad("z")])
    _run(lake, 3, [replace(article("c"), replay_of=reject["reject_id"])], small_files=2)
    _load(target, lake)
    _check(target, lake)
    ((replayed,),) = _query(target, "SELECT count(*) FROM rejects WHERE replayed_by = 'run-t3'")
    assert replayed == 1
    _run(lake, 4, [article("d"), article("d-copy", article("d").article_body)])
    _load(target, lake)
    ((story, version),) = _query(target, "SELECT story_id, version FROM stories")
    assert (story, version) == (article("d").article_id, 1)
    _run(lake, 5, [article("e"), article("d-again", article("d").article_body)])
    compact_lake(lake.uri, target_mb=128, grace_s=0, wait_s=0, report=lambda _: None)
    assert checkpoint_commits(lake, 3)
    lines = _load(target, lake)
    assert "everything is loaded again" in lines[0]
    assert _query(target, "SELECT version, articles FROM stories") == [(2, 3)]
    _check(target, lake)
    assert _load(target, lake) == []


def test_hostile_text_arrives(target: str, lake: Lake) -> None:
    """Quotes, half an escape, what no text of PostgreSQL may hold, and a text of a megabyte."""
    nasty = 'it\'s "q" \\u0000 \\ % {} $$ \u202e ; DROP TABLE articles; --'
    long = " ".join(f"kata{number}" for number in range(150_000))
    _run(
        lake,
        1,
        [
            article("a", headline=nasty, entities=(Entity("e", None, nasty, "person", 1),)),
            article("b", long),
        ],
    )
    _load(target, lake)
    ((headline,),) = _query(target, "SELECT headline FROM articles WHERE headline LIKE 'it%'")
    assert headline == nasty
    assert _query(target, "SELECT max(length(article_body)) FROM articles") == [(len(long),)]


def test_a_load_that_fails_half_way_leaves_whole_commits(target: str, lake: Lake) -> None:
    """And the next one goes on: the position is written with the rows."""
    for number in range(1, 4):
        _run(lake, number, [article(f"a{number}"), bad(f"b{number}")])
    (path,) = (path for path in lake.files("mentions", recursive=True) if "t2" in path)
    data = Path(lake.path(path)).read_bytes()
    Path(lake.path(path)).write_bytes(data[:50])
    with pytest.raises(LakeError, match="is damaged"):
        _load(target, lake)
    assert _query(target, "SELECT sequence FROM warta_position") == [(1,)]
    assert _query(target, "SELECT count(*) FROM articles") == [(1,)]
    Path(lake.path(path)).write_bytes(data)
    assert len(_load(target, lake)) == 2
    _check(target, lake)


def test_another_lake_is_refused(target: str, lake: Lake, tmp_path: Path) -> None:
    _run(lake, 1, [article("a")])
    _load(target, lake)
    other = Lake(str(tmp_path / "other"))
    _run(other, 2, [article("b")])
    with pytest.raises(LoadError, match="the database holds another lake"):
        _load(target, other)


def test_a_copy_of_an_older_version_gets_the_columns_that_it_lacks(target: str, lake: Lake) -> None:
    _run(lake, 1, [article("a")])
    _load(target, lake)
    database = open_database(target, "public")
    with database.transaction():
        database.execute("ALTER TABLE articles DROP COLUMN record_hash")
    database.close()
    _run(lake, 2, [article("b", record_hash=7)])
    _load(target, lake)
    assert set(_query(target, "SELECT record_hash FROM articles")) == {(None,), (7,)}


def test_text_is_found_by_its_stem_in_the_language_of_the_article(uri: str, lake: Lake) -> None:
    rows = [
        article("a", "Warga menanam padi di ladang.", in_language="id"),
        article("b", "Farmers were harvesting the rice.", in_language="en"),
    ]
    _run(lake, 1, rows)
    _load(uri, lake)
    query = "SELECT in_language FROM articles WHERE search @@ to_tsquery('{}', '{}')"
    assert _query(uri, query.format("indonesian", "ladangnya")) == [("id",)]
    assert _query(uri, query.format("english", "harvests & farmer")) == [("en",)]
    query = """SELECT count(*) FROM articles WHERE topics @> '[{"qcode": "medtop:11000000"}]'"""
    assert _query(uri, query) == [(2,)]
    indexes = {name for (name,) in _query(uri, "SELECT indexname FROM pg_indexes")}
    assert {"warta_articles_search", "warta_articles_topics"} <= indexes


def test_one_load_at_a_time(uri: str) -> None:
    """And the lock is gone with the connection."""
    database = open_database(uri, "public")
    with pytest.raises(LoadError, match="another `warta load`"):
        open_database(uri, "public")
    open_database(uri, "of_another").close()
    database.close()
    open_database(uri, "public").close()


def test_a_schema_with_an_odd_name(uri: str, lake: Lake) -> None:
    _run(lake, 1, [article("a")])
    database = open_database(uri, 'be"rita; --')
    load_lake(lake.uri, database, lambda _: None)
    assert database.query('SELECT count(*) FROM "be""rita; --".articles') == [(1,)]
    database.close()


def test_no_password_is_shown(server: str, lake: Lake) -> None:
    """Not in progress, not in an error of the server, and not where the URI cannot be read."""
    _run(lake, 1, [article("a")])
    host = server.partition("@")[2]
    for password in (QUOTED_PASSWORD, "salah-4711", PASSWORD):
        done = warta("load", f"postgres://desk:{password}@{host}/postgres", lake.uri)
        shown = done.stdout + done.stderr
        assert password not in shown
        assert PASSWORD not in shown
        assert "kita" not in shown
        assert (done.returncode == 0) == (password == QUOTED_PASSWORD), shown
        assert "Traceback" not in shown


@pytest.mark.parametrize("target", ["lake", "mysql://host/db", "duckdb:", "postgres:"])
def test_what_names_no_database_is_wrong_usage(target: str) -> None:
    with pytest.raises(UsageError, match="name a database"):
        open_database(target, "public")


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "news.duckdb"
    path.write_text("not one" * 1000)
    with pytest.raises(LoadError, match=r"news\.duckdb"):
        DuckDb(str(path))
    duckdb.connect(str(tmp_path / "own.duckdb")).close()


def test_a_killed_load_goes_on(uri: str, lake: Lake, tmp_path: Path) -> None:
    """Killed by force after its first commit: the next load brings the rest, once."""
    for number in range(1, 6):
        _run(lake, number, [article(f"a{number}-{n}") for n in range(3)])
    program = (
        "import os, signal, sys\n"
        "from warta.pipeline.loading.load import load_lake, open_database\n"
        "def report(line):\n"
        "    if line.startswith('commit 2'):\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "load_lake(sys.argv[2], open_database(sys.argv[1], 'public'), report)\n"
    )
    words = [sys.executable, "-c", program, uri, lake.uri]
    done = subprocess.run(
        words, check=False, capture_output=True, env=os.environ, timeout=3 * PATIENCE_S
    )
    assert done.returncode == -9, done.stderr
    assert _query(uri, "SELECT sequence FROM warta_position") == [(2,)]
    assert len(_load(uri, lake)) == 3
    _check(uri, lake)
