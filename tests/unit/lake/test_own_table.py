"""A table and a column that are defined once, and are then everywhere.

The toy table `quotes` holds what people say in an article; the toy column counts its questions.
Nothing but their definitions, and the fields of the records that fill them, is added.
"""

from dataclasses import dataclass, fields, replace
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.lakes import article, bad, publish_table, write_plainly
from warta.pipeline.inspection.tryout import make_row
from warta.pipeline.loading.load import load_lake, open_database
from warta.pipeline.loading.warehouses.script import render
from warta.transforms.core.records import Article
from warta.transforms.core.schema import ALL_TABLES, ARTICLES, TABLES
from warta.transforms.core.tables.fields import UTC, field
from warta.transforms.core.tables.table import Table
from warta.transforms.lake.changes import read_changes
from warta.transforms.lake.reading import open_dataset
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.verify.lake import verify

QUOTES = Table(
    name="quotes",
    schema=pa.schema(
        [
            field(1, "article_id", pa.string(), nullable=False),
            field(2, "version", pa.int32(), nullable=False),
            field(3, "published_date", pa.string(), nullable=False),
            field(4, "ingested_at", UTC),
            field(5, "speaker", pa.string()),
            field(6, "words", pa.string()),
        ]
    ),
    key=("article_id", "version"),
    partition="published_date",
    parent="articles",
    from_parent=("article_id", "version", "published_date", "ingested_at"),
    sort=("article_id", "version", "speaker"),
    statistics=("article_id", "published_date", "speaker"),
    dictionary=("article_id", "speaker"),
)


@dataclass(frozen=True, slots=True)
class Quote:
    """What somebody says in an article."""

    speaker: str
    words: str


@dataclass(frozen=True, slots=True)
class QuotingArticle(Article):
    """An article with the fields that the table and the column are filled from."""

    quotes: tuple[Quote, ...] = ()
    questions: int | None = None


@pytest.fixture
def _defined(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table is listed, the column is the last one of its table."""
    counted = ARTICLES.schema.append(field(900, "questions", pa.int32()))
    for tables in (ALL_TABLES, TABLES):
        monkeypatch.setitem(tables, "quotes", QUOTES)
        monkeypatch.setitem(
            tables, "articles", replace(ARTICLES, schema=counted, statistics=("questions",))
        )


def quoting(name: str, *quotes: Quote, questions: int | None = None) -> QuotingArticle:
    """Return an article in which people speak."""
    made = article(name)
    given = {one.name: getattr(made, one.name) for one in fields(made)}
    return QuotingArticle(**given, quotes=quotes, questions=questions)


SALT = Quote("Ketua koperasi", "Garam tahun ini lebih putih.")
BOATS = Quote("Nelayan", "Perahu kami belum kembali.")


@pytest.fixture
def lake(lake: Lake, _defined: None) -> Lake:
    """Two runs, and a third that merges their small files; a copy keeps what it quotes."""
    first = quoting("garam", SALT, BOATS, questions=2)
    write_plainly(lake, [first, quoting("pasar"), bad("x")], "t1")
    copy = replace(first, article_id="c" * 32, canonical_url="https://lain.example/garam")
    write_plainly(lake, [quoting("perahu", BOATS), copy, first], "t2")
    write_plainly(lake, [quoting("dermaga")], "t3", small_files=2)
    return lake


def test_its_rows_are_filed_read_and_verified(lake: Lake) -> None:
    """Each quote is there once for each article, sorted, with statistics; merges keep them."""
    rows = open_dataset(lake, "quotes").to_table()
    assert sorted(rows["words"].to_pylist()) == sorted([SALT.words] * 2 + [BOATS.words] * 3)
    (path,) = lake.files("quotes", recursive=True)
    chunk = pq.ParquetFile(lake.path(path)).metadata.row_group(0)
    found = {
        chunk.column(n).path_in_schema: chunk.column(n).is_stats_set
        for n in range(chunk.num_columns)
    }
    assert found["speaker"]
    assert not found["words"]
    checked = verify(lake)
    assert checked.faults == ()
    assert checked.rows["quotes"] == 5
    lake.discard(path)
    assert [fault.location for fault in verify(lake).faults] == [path]


def test_rows_without_their_article_are_a_fault(lake: Lake) -> None:
    """What belongs to articles is checked against them."""
    strange = {"article_id": "f" * 32, "version": 1, "published_date": "2026-11-10"}
    rows = pa.Table.from_pylist([strange], QUOTES.schema)
    publish_table(lake, "quotes", "2026-11-10", rows)
    said = f"article {'f' * 32} version 1 has quotes, but is not an article"
    assert said in [fault.what for fault in verify(lake).faults]


def test_its_rows_are_changes_and_are_loaded(lake: Lake, tmp_path: Path) -> None:
    """Every commit brings its own, found again in merged files; a database takes them."""
    brought = [
        (one.sequence, one.reader("quotes").read_all().num_rows)
        for one in read_changes(lake, tables=["quotes"])
    ]
    assert brought == [(1, 2), (2, 3)]
    target = tmp_path / "copy.duckdb"
    copy = open_database(f"duckdb:{target}", "main")
    load_lake(lake.uri, copy, lambda _: None)
    copy.close()
    with duckdb.connect(str(target), read_only=True) as database:
        counted = database.execute("SELECT count(*), count(DISTINCT article_id) FROM quotes")
        assert counted.fetchall() == [(5, 3)]
        asked = database.execute("SELECT questions FROM articles ORDER BY 1 NULLS LAST")
        assert asked.fetchall() == [(2,), (2,), (None,), (None,), (None,)]


def test_scripts_for_warehouses_have_it(lake: Lake) -> None:
    """DDL, load and merge of the table, and the column in that of articles."""
    for warehouse in ("bigquery", "clickhouse", "duckdb", "snowflake", "spark"):
        location = {"bigquery": "gs://bucket", "snowflake": "s3://bucket"}.get(warehouse)
        script = render(warehouse, lake.uri, 0, location).lower()
        assert all(name in script for name in ("quotes", "speaker", "questions")), warehouse


def test_iceberg_has_it(lake: Lake) -> None:
    """The table is one of the catalog's, with the ids that its definition gives."""
    pytest.importorskip("pyiceberg", reason="Iceberg tables need pip install 'warta[iceberg]'")
    from pyiceberg.table import StaticTable

    from warta.transforms.lake.iceberg import maintenance

    assert maintenance.enable(lake)
    table = StaticTable.from_metadata(lake.path("_iceberg", "quotes"))
    assert table.schema().find_field("words").field_id == 6
    assert table.scan().to_arrow().num_rows == 5
    articles = StaticTable.from_metadata(lake.path("_iceberg", "articles"))
    assert articles.scan().to_arrow()["questions"].null_count == 3
    write_plainly(lake, [quoting("karang", SALT)], "t4")
    assert (
        StaticTable.from_metadata(lake.path("_iceberg", "quotes")).scan().to_arrow().num_rows == 6
    )
    assert verify(lake).faults == ()


@pytest.mark.usefixtures("_defined")
def test_a_trial_shows_both() -> None:
    """`warta try --json` has the column, and the rows of the table."""
    row = make_row(quoting("garam", SALT, questions=1))
    assert row["questions"] == 1
    assert [(one["article_id"], one["words"]) for one in row["quotes"]] == [
        (row["article_id"], SALT.words)
    ]
