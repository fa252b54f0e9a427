"""Readers of Iceberg tables, as tests need them."""

import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from pyiceberg.table import StaticTable

    from warta.transforms.lake.storage import Lake


def open_by_hint(lake: str, table: str) -> Any:
    """Open a table of a lake as a reader does that follows the hint, on a disk or a store."""
    from pyiceberg.catalog.noop import NoopCatalog
    from pyiceberg.table import Table

    from warta.transforms.lake.iceberg.data_files import LakeIO
    from warta.transforms.lake.iceberg.settings import metadata_path, read_version
    from warta.transforms.lake.iceberg.tables import read_metadata
    from warta.transforms.lake.storage import Lake

    there = Lake(lake)
    version = read_version(there, table)
    metadata = read_metadata(there, table, version)
    path = metadata_path(table, version)
    return Table((table,), metadata, path, LakeIO(there), NoopCatalog("lake"))


def read_by_hint(lake: str, volatile: frozenset[str] = frozenset()) -> dict[str, list[str]]:
    """Return the rows of every table that has a hint, sorted, without volatile columns."""
    from warta.transforms.core.schema import TABLES
    from warta.transforms.lake.iceberg.settings import read_version
    from warta.transforms.lake.storage import Lake

    return {
        table: rows_of(open_by_hint(lake, table).scan().to_arrow(), volatile)
        for table in TABLES
        if read_version(Lake(lake), table)
    }


def rows_of(rows: pa.Table, volatile: frozenset[str] = frozenset()) -> list[str]:
    """Return rows as sorted JSON, without volatile columns."""
    kept = [{name: row[name] for name in row if name not in volatile} for row in rows.to_pylist()]
    return sorted(json.dumps(row, default=repr, sort_keys=True) for row in kept)


def open_table(lake: "Lake", table: str = "articles") -> "StaticTable":
    """Open a table as a reader does: by the hint."""
    from pyiceberg.table import StaticTable

    return StaticTable.from_metadata(lake.path("_iceberg", table))


def check_agrees(lake: "Lake") -> None:
    """Check that tables have the rows of the commits, nested ones too, and verify finds no fault.

    Raises:
      AssertionError: says what is not so.
    """
    from tests.support.lakes import table_of
    from warta.transforms.core.schema import TABLES
    from warta.transforms.lake.verify.lake import verify

    for table in TABLES:
        seen = open_table(lake, table).scan().to_arrow()
        assert rows_of(seen.select(TABLES[table].schema.names)) == rows_of(table_of(lake, table))
    assert verify(lake).faults == ()
