"""The ids of columns in Parquet files: once given, they are what Iceberg's readers go by."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from warta.transforms.core.schema import TABLES, field_ids

LAKES = Path(__file__).parents[2] / "lakes"
ADDED: dict[str, list[str]] = {
    "articles": [
        "story_id",
        "story_relation",
        "story_of",
        "story_similarity",
        "story_scheme",
        "story_terms",
        "story_weights",
    ],
    "mentions": [],
    "rejects": [],
    "stories": [],
}
"""Columns, and fields inside structs, that came after version 3, or after the table, in the order
in which they came. A new one has its path added here, and nothing else: `topics.element.code`,
say."""


def _numbered(fields: Iterable[pa.Field], added: list[str]) -> Iterator[str]:
    """Yield the paths of fields in the order in which Iceberg gives them their ids."""
    by_path = dict(_walk("", fields))
    yield from (path for path in by_path if not _came_later(path, added))
    for one in added:
        yield from (path for path in by_path if path == one or path.startswith(f"{one}."))


def _came_later(path: str, added: list[str]) -> bool:
    return any(path == one or path.startswith(f"{one}.") for one in added)


def _walk(path: str, fields: Iterable[pa.Field]) -> Iterator[tuple[str, pa.Field]]:
    """Yield all fields of a level, then what is nested in each of them."""
    fields = list(fields)
    yield from ((path + field.name, field) for field in fields)
    for field in fields:
        if pa.types.is_list(field.type):
            yield from _walk(f"{path}{field.name}.", [field.type.value_field.with_name("element")])
        elif pa.types.is_struct(field.type):
            yield from _walk(f"{path}{field.name}.", field.type)


@pytest.mark.parametrize("table", TABLES)
def test_ids_are_given_as_iceberg_gives_them(table: str) -> None:
    """In version 3 columns first, then what is nested; what came later has the next numbers."""
    schema = TABLES[table].schema
    paths = _numbered(schema, ADDED[table])
    assert field_ids(schema) == {path: number for number, path in enumerate(paths, 1)}


@pytest.mark.parametrize("table", TABLES)
def test_ids_of_written_files_never_change(table: str) -> None:
    """Those of version 3, or of the first that had the table, are in the files of its lake."""
    since = "v5" if table == "stories" else "v3"
    path = next((LAKES / since / table).rglob("*.parquet"))
    written = field_ids(pq.read_schema(path))
    now = field_ids(TABLES[table].schema)
    assert {name: now[name] for name in written} == written
