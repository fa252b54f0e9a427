"""What `warta verify` says of files that are whole, but not as readers are promised."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.lakes import article, write_plainly
from warta.transforms.core.schema import ARTICLES
from warta.transforms.lake.catalog import live_files
from warta.transforms.lake.contract import broken_promises
from warta.transforms.lake.storage import Lake


@pytest.fixture
def rows(lake: Lake) -> pa.Table:
    """An article as it is published."""
    write_plainly(lake, [article("a")], "t1")
    (file,) = live_files(lake, "articles")
    with pq.ParquetFile(lake.path(file.path)) as parquet:
        read = parquet.read()
        assert list(broken_promises("articles", "2026-11-10", parquet, 3)) == []
    return read


def _faults(folder: Path, rows: pa.Table, schema: pa.Schema, layout: int = 3) -> list[str]:
    path = folder / "file.parquet"
    pq.write_table(
        pa.table(rows.columns, schema=schema),
        path,
        write_statistics=list(ARTICLES.statistics),
        store_schema=False,
    )
    with pq.ParquetFile(path) as parquet:
        return list(broken_promises("articles", "2026-11-10", parquet, layout))


def test_a_column_without_its_id_is_named(tmp_path: Path, rows: pa.Table) -> None:
    """By name Iceberg finds nothing in a file with ids; older layouts have none."""
    at = ARTICLES.schema.get_field_index("headline")
    schema = ARTICLES.schema.set(at, ARTICLES.schema.field(at).remove_metadata())
    assert _faults(tmp_path, rows, schema) == ["field headline has the id none, not 7"]
    assert _faults(tmp_path, rows, schema, layout=2) == []


def test_a_nested_field_with_the_id_of_another_is_named(tmp_path: Path, rows: pa.Table) -> None:
    """It would be read as the other one."""
    at = ARTICLES.schema.get_field_index("keywords")
    element = pa.field("element", pa.string(), metadata={"PARQUET:field_id": "50"})
    schema = ARTICLES.schema.set(at, ARTICLES.schema.field(at).with_type(pa.list_(element)))
    assert _faults(tmp_path, rows, schema) == ["field keywords.element has the id 50, not 53"]


def test_another_type_is_named(tmp_path: Path, rows: pa.Table) -> None:
    """The unsigned bands of older layouts, which Spark cannot read."""
    at = ARTICLES.schema.get_field_index("minhash_bands")
    element = pa.field("element", pa.uint64(), metadata={"PARQUET:field_id": "66"})
    field = ARTICLES.schema.field(at).with_type(pa.list_(element))
    bands = rows["minhash_bands"].cast(field.type)
    faults = _faults(tmp_path, rows.set_column(at, field, bands), ARTICLES.schema.set(at, field))
    assert faults == ["field minhash_bands.element has the type uint64, not int64"]


def test_missing_and_wrong_statistics_are_named(tmp_path: Path, rows: pa.Table) -> None:
    """Readers leave files out by what they say."""
    path = tmp_path / "file.parquet"
    pq.write_table(rows, path, write_statistics=["published_date"], store_schema=False)
    with pq.ParquetFile(path) as parquet:
        faults = list(broken_promises("articles", "2026-11-11", parquet, 3))
    assert "has no statistics of article_id in row group 0" in faults
    said = "statistics of published_date in row group 0 say ['2026-11-10']"
    assert said in faults
