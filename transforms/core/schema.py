"""The tables of the lake: the contract with readers.

Columns are only ever added; `SCHEMA_VERSION` counts the additions. Version 3 alone has changed
something: the name of the key in paths, and the type of `minhash_bands`; `LAYOUT_VERSION` counts
such changes. What each column means is in transforms/data/columns.toml, from which
docs/reference/tables.md is made. tests/lakes holds a small lake of every version that was ever
released.

The number before each field is its id in Parquet files, by which Iceberg's readers find a column
whatever its name. Ids are given as Iceberg gives them: in version 3 to the columns of a table
first, then to what is nested in them, column by column. A column of a later version is the last of
its table and takes the next free number, what is nested in it those after that. An id is never used
again, and never changed: a reader that finds another column under it reads wrong values.
tests/unit/core/test_schema.py holds this, and names what was added.

Each table has a module in transforms/core/tables, with all that is said of it: see `Table`.
"""

import pyarrow as pa

from warta.transforms.core.tables.articles import ARTICLES
from warta.transforms.core.tables.feeds import FEEDS
from warta.transforms.core.tables.fields import (
    conform_to_schema,
    field_ids,
    fields_by_path,
    leaf_paths,
)
from warta.transforms.core.tables.mentions import MENTIONS
from warta.transforms.core.tables.rejects import REJECTS
from warta.transforms.core.tables.stories import STORIES, STORIES_SINCE
from warta.transforms.core.tables.table import Table

__all__ = [
    "ALL_TABLES",
    "ARTICLES",
    "FEEDS",
    "LAYOUT_VERSION",
    "MENTIONS",
    "REJECTS",
    "SCHEMA_VERSION",
    "STAGED_REJECTS",
    "STORIES",
    "STORIES_SINCE",
    "TABLES",
    "Table",
    "children_of",
    "conform_to_schema",
    "field_ids",
    "fields_by_path",
    "leaf_paths",
    "schema_of_files",
    "staged_articles",
]

SCHEMA_VERSION = 5
LAYOUT_VERSION = 3
"""The last schema version that changed the paths of files or the type of a column. A lake's files
have all the layout of one version: that of the version that made it, until
`warta compact --rewrite`."""

ALL_TABLES = {table.name: table for table in (ARTICLES, MENTIONS, REJECTS, STORIES, FEEDS)}
"""Every table that can be read."""
TABLES = {name: table for name, table in ALL_TABLES.items() if table.partition}
"""The tables of records: with partitions, and in catalogs, changes and loaders."""

STAGED_REJECTS = REJECTS.schema.append(pa.field("replay_of", pa.string()))
"""How rejects wait in staging: with the reject that they were before, where they are read again."""


def children_of(table: str) -> list[Table]:
    """Return the tables whose rows belong to those of a table.

    Example:
      >>> [child.name for child in children_of("articles")]
      ['mentions']
    """
    return [child for child in TABLES.values() if child.parent == table]


def staged_articles() -> pa.Schema:
    """Return how articles wait in staging: with the rows that belong to them inside.

    An article that turns out to be a duplicate takes its mentions with it.
    """
    schema = TABLES["articles"].schema
    for child in children_of("articles"):
        schema = schema.append(pa.field(child.name, pa.list_(child.element)))
    return schema


def schema_of_files(table: str, layout_version: int) -> pa.Schema:
    """Return the schema that a table's new files have in a lake.

    Args:
      table: One of `TABLES`.
      layout_version: That of the lake: its columns keep the types of its other files.

    Example:
      >>> schema_of_files("articles", 2).field("minhash_bands").type.value_type
      DataType(uint64)
    """
    schema = TABLES[table].schema
    if layout_version < LAYOUT_VERSION:
        for name, kind in TABLES[table].types_before_3.items():
            at = schema.get_field_index(name)
            schema = schema.set(at, schema.field(at).with_type(kind))
    return schema
