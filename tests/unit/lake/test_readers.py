"""Readers beside a writer: by the commits' lists they see whole runs, and never a row twice."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.lakes import article, write_plainly
from tests.support.waiting import PATIENCE_S
from warta.transforms.core.schema import TABLES
from warta.transforms.lake.files import FinalFile
from warta.transforms.lake.layout import Run
from warta.transforms.lake.storage import Lake

RUNS = 20
LIST = (Path(__file__).parent.parent.parent.parent / "docs" / "lake.md").read_text(encoding="utf-8")
LIST = LIST[LIST.index("SET VARIABLE files") :].split("```")[0]


@pytest.fixture
def lake(lake: Lake) -> Lake:
    write_plainly(lake, [article("first")], "first")
    return lake


def test_a_reader_by_lists_sees_whole_runs_only(lake: Lake) -> None:
    """While runs publish and merge, every count read is one that was between two commits.

    A file that was replaced since it was listed is an error that names it, never a wrong count.
    """
    counts: list[int] = []
    errors: list[str] = []
    done = threading.Event()

    def read() -> None:
        connection = duckdb.connect()
        query = duckdb.extract_statements(LIST.replace("lake/", f"{lake.uri}/"))
        while not done.is_set():
            try:
                for statement in query:
                    found = connection.execute(statement)
                counts.append(found.fetchall()[0][0])
            except (duckdb.IOException, duckdb.InvalidInputException) as error:
                errors.append(str(error))

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(RUNS):
        rows = [article(f"a{number}-{n}", day=f"2026-11-1{n}") for n in range(3)]
        write_plainly(lake, rows, f"t{number}", small_files=3)
    done.set()
    reader.join(PATIENCE_S)
    assert set(counts) <= {1 + 3 * number for number in range(RUNS + 1)}
    assert counts == sorted(counts)
    assert len(set(counts)) > 1
    assert all(".parquet" in error or "_commits" in error for error in errors)


def test_an_open_file_stays_readable_while_it_is_replaced(lake: Lake) -> None:
    """A reader that has begun goes on, also when the file has left the table."""
    (path,) = lake.files("articles", recursive=True)
    with pq.ParquetFile(lake.path(path)) as file:
        for number in range(3):
            write_plainly(lake, [article(f"a{number}")], f"t{number}", small_files=2)
        assert not lake.exists(path)
        assert file.read()["canonical_url"].to_pylist() == ["https://berita.example/first"]


def _some(column: pa.Field) -> object:
    if column.nullable:
        return None
    if pa.types.is_timestamp(column.type):
        return datetime(2026, 11, 16, tzinfo=UTC)
    return "x" if pa.types.is_string(column.type) else [] if pa.types.is_list(column.type) else 0


@pytest.mark.parametrize("name", list(TABLES))
def test_one_text_among_nulls_is_found(lake: Lake, name: str) -> None:
    """DuckDB 2.0.0 takes all rows for null where such a column has no dictionary."""
    schema = TABLES[name].schema
    day = "2026-11-16" if TABLES[name].partition else ""
    filled = {one.name: pa.array([_some(one)] * 3, one.type) for one in schema}
    texts = [one.name for one in schema if one.nullable and pa.types.is_string(one.type)]
    rows = pa.table(filled | {one: pa.array([None, "only", None]) for one in texts})
    file = FinalFile(lake, Run("c", "run", datetime(2026, 11, 16, tzinfo=UTC)), name, day, 1)
    file.write(rows)
    written = file.close()
    assert written is not None
    path = lake.path(written.staged_path)
    for text in texts:
        for question, expected in (("IS NULL", 2), ("IS NOT NULL", 1)):
            query = f"SELECT count(*) FROM read_parquet('{path}') WHERE {text} {question}"  # noqa: S608
            assert duckdb.connect().execute(query).fetchall() == [(expected,)], (text, question)
