"""The Arrow schemas of the lake's tables: the contract with readers.

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
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa

SCHEMA_VERSION = 4
LAYOUT_VERSION = 3
"""The last schema version that changed the paths of files or the type of a column. A lake's files
have all the layout of one version: that of the version that made it, until
`warta compact --rewrite`."""

_UTC = pa.timestamp("us", tz="UTC")


def _field(number: int, name: str, kind: pa.DataType, *, nullable: bool = True) -> pa.Field:
    """Return a field with its id in Parquet files."""
    return pa.field(name, kind, nullable, {"PARQUET:field_id": str(number)})


def _list(number: int, kind: pa.DataType) -> pa.ListType:
    """Return a list type whose elements have an id."""
    return pa.list_(_field(number, "element", kind))


AUTHOR = pa.struct([_field(48, "name", pa.string()), _field(49, "role", pa.string())])
PLACE = pa.struct([_field(51, "name", pa.string()), _field(52, "wikidata_id", pa.string())])
TOPIC = pa.struct(
    [
        _field(55, "scheme", pa.string()),
        _field(56, "qcode", pa.string()),
        _field(57, "name", pa.string()),
        _field(58, "confidence", pa.float32()),
        _field(59, "name_local", pa.string()),
    ]
)
ENTITY = pa.struct(
    [
        _field(61, "entity_id", pa.string()),
        _field(62, "wikidata_id", pa.string()),
        _field(63, "name", pa.string()),
        _field(64, "type", pa.string()),
        _field(65, "mentions", pa.int32()),
    ]
)
REMOVED_SPAN = pa.struct(
    [
        _field(68, "start", pa.int32()),
        _field(69, "end", pa.int32()),
        _field(70, "rule", pa.string()),
        _field(71, "text", pa.string()),
    ]
)
MENTION = pa.struct(
    [
        _field(4, "entity_id", pa.string()),
        _field(5, "wikidata_id", pa.string()),
        _field(6, "surface", pa.string()),
        _field(7, "type", pa.string()),
        _field(8, "field", pa.string()),
        _field(9, "start", pa.int32()),
        _field(10, "end", pa.int32()),
        _field(11, "score", pa.float32()),
        _field(12, "method", pa.string()),
    ]
)

ARTICLES = pa.schema(
    [
        _field(1, "article_id", pa.string(), nullable=False),
        _field(2, "version", pa.int32(), nullable=False),
        _field(3, "url", pa.string()),
        _field(4, "canonical_url", pa.string()),
        _field(5, "canonical_domain", pa.string()),
        _field(6, "publisher_name", pa.string()),
        _field(7, "headline", pa.string()),
        _field(8, "description", pa.string()),
        _field(9, "article_body", pa.string(), nullable=False),
        _field(10, "word_count", pa.int32(), nullable=False),
        _field(11, "in_language", pa.string()),
        _field(12, "language_confidence", pa.float32()),
        _field(13, "authors", _list(47, AUTHOR)),
        _field(14, "info_sources", _list(50, pa.string())),
        _field(15, "dateline", pa.string()),
        _field(16, "location_created", PLACE),
        _field(17, "date_published", _UTC),
        _field(18, "date_published_precision", pa.string()),
        _field(19, "date_published_source", pa.string()),
        _field(20, "date_published_raw", pa.string()),
        _field(21, "date_modified", _UTC),
        _field(22, "date_fetched", _UTC),
        _field(23, "article_section", pa.string()),
        _field(24, "keywords", _list(53, pa.string())),
        _field(25, "topics", _list(54, TOPIC)),
        _field(26, "entities", _list(60, ENTITY)),
        _field(27, "content_sha256", pa.string(), nullable=False),
        _field(28, "minhash", pa.binary()),
        _field(29, "minhash_bands", _list(66, pa.int64())),
        _field(30, "minhash_scheme", pa.string()),
        _field(31, "duplicate_of", pa.string()),
        _field(32, "duplicate_kind", pa.string()),
        _field(33, "similarity", pa.float32()),
        _field(34, "removed_spans", _list(67, REMOVED_SPAN)),
        _field(35, "source_uri", pa.string(), nullable=False),
        _field(36, "source_record_id", pa.string()),
        _field(37, "feed_url", pa.string()),
        _field(38, "http_status", pa.int32()),
        _field(39, "extraction_method", pa.string()),
        _field(40, "tagger_versions", pa.string()),
        _field(41, "run_id", pa.string(), nullable=False),
        _field(42, "ingested_at", _UTC, nullable=False),
        _field(43, "schema_version", pa.int32(), nullable=False),
        _field(44, "published_date", pa.string(), nullable=False),
        # since version 2
        _field(45, "record_hash", pa.int64()),
        _field(46, "replay_of", pa.string()),
        # since version 4
        _field(72, "story_id", pa.string()),
        _field(73, "story_relation", pa.string()),
        _field(74, "story_of", pa.string()),
        _field(75, "story_similarity", pa.float32()),
        _field(76, "story_scheme", pa.string()),
        _field(77, "story_terms", _list(78, pa.int32())),
        _field(79, "story_weights", _list(80, pa.int32())),
    ]
)

MENTIONS = pa.schema(
    [
        _field(1, "article_id", pa.string(), nullable=False),
        _field(2, "version", pa.int32(), nullable=False),
        _field(3, "published_date", pa.string(), nullable=False),
        *MENTION,
        # since version 3
        _field(13, "ingested_at", _UTC),
    ]
)

REJECTS = pa.schema(
    [
        _field(1, "stage", pa.string(), nullable=False),
        _field(2, "reason", pa.string(), nullable=False),
        _field(3, "error", pa.string()),
        _field(4, "source_uri", pa.string(), nullable=False),
        _field(5, "source_record_id", pa.string()),
        _field(6, "raw", pa.binary()),
        _field(7, "raw_length", pa.int64()),
        _field(8, "run_id", pa.string(), nullable=False),
        _field(9, "failed_at", _UTC, nullable=False),
        _field(10, "rejected_date", pa.string(), nullable=False),
        # since version 2
        _field(11, "reject_id", pa.string()),
        _field(12, "context", pa.string()),
        _field(13, "replayed_by", pa.string()),
    ]
)

SEEN_ENTRY = pa.struct(
    [
        ("key", pa.int64()),
        ("words", pa.int64()),
        ("page_tries", pa.int32()),
        ("has_page", pa.bool_()),
    ]
)

FEEDS = pa.schema(
    [
        pa.field("feed_url", pa.string(), nullable=False),
        ("name", pa.string()),
        ("moved_to", pa.string()),
        ("etag", pa.string()),
        ("last_modified", pa.string()),
        ("body_sha256", pa.string()),
        ("first_polled_at", _UTC),
        ("polled_at", _UTC),
        ("succeeded_at", _UTC),
        ("new_entry_at", _UTC),
        ("next_poll_at", _UTC),
        ("stopped_at", _UTC),
        ("http_status", pa.int32()),
        ("error", pa.string()),
        ("error_streak", pa.int32()),
        ("entry_gap_s", pa.float64()),
        ("interval_s", pa.float64()),
        ("period_s", pa.float64()),
        ("wish_s", pa.float64()),
        ("host_retry_at", _UTC),
        ("polls", pa.int64()),
        ("entries", pa.int64()),
        ("seen", pa.list_(SEEN_ENTRY)),
        pa.field("run_id", pa.string(), nullable=False),
        pa.field("schema_version", pa.int32(), nullable=False),
    ]
)
"""The state of feeds that are followed: one row a feed, in files without partitions, each of which
replaces the one before (see lake/feeds.py)."""

TABLES: dict[str, tuple[pa.Schema, str]] = {
    "articles": (ARTICLES, "published_date"),
    "mentions": (MENTIONS, "published_date"),
    "rejects": (REJECTS, "rejected_date"),
}
"""Table of records -> (schema, partition column). Partition columns are also inside the files."""

_BEFORE_3 = {"articles": {"minhash_bands": pa.list_(pa.uint64())}}
"""Types of columns in files of lakes that were made before layout version 3."""


@dataclass(frozen=True, slots=True)
class TableKey:
    """How the rows of a table are known again: what changes, loaders and merges go by."""

    columns: tuple[str, ...]
    """What a row is known by; of a table with a parent, the rows of one parent share it."""
    arrived: str = "ingested_at"
    """Column that holds when the run began that brought the row; its run is in `run_id`."""
    parent: str = ""
    """Table whose rows bring those of this one with them, under the same columns."""
    is_replaced: bool = False
    """Whether a later row takes the place of an earlier one with the same key."""
    marked_by: str = ""
    """Column that names the run that has changed a row since it came."""


KEYS: dict[str, TableKey] = {
    "articles": TableKey(("article_id", "version")),
    "mentions": TableKey(("article_id", "version"), parent="articles"),
    "rejects": TableKey(
        ("reject_id",), arrived="failed_at", is_replaced=True, marked_by="replayed_by"
    ),
}
"""The key of each table of `TABLES`."""

STAGED_REJECTS = REJECTS.append(pa.field("replay_of", pa.string()))
"""How rejects wait in staging: with the reject that they were before, where they are read again."""

STAGED_ARTICLES = ARTICLES.append(pa.field("mentions", pa.list_(MENTION)))
"""How articles wait in staging: their mentions are still inside the row, so that an article that
turns out to be a duplicate takes its mentions with it."""


def field_ids(schema: pa.Schema) -> dict[str, int | None]:
    """Return the id of every field, also of nested ones, by its path; None where it has none.

    Example:
      >>> ids = field_ids(ARTICLES)
      >>> ids["version"], ids["topics"], ids["topics.element"], ids["topics.element.qcode"]
      (2, 25, 54, 56)
    """
    ids = {
        path: (field.metadata or {}).get(b"PARQUET:field_id")
        for path, field in fields_by_path(schema).items()
    }
    return {path: None if number is None else int(number) for path, number in ids.items()}


def fields_by_path(schema: pa.Schema) -> dict[str, pa.Field]:
    """Return every field, also nested ones, by its path.

    Example:
      >>> list(fields_by_path(pa.schema([("a", pa.list_(pa.int64()))])))
      ['a', 'a.element']
    """
    return dict(_fields_below("", schema))


def _fields_below(path: str, fields: Iterable[pa.Field]) -> Iterator[tuple[str, pa.Field]]:
    for field in fields:
        here = path + field.name
        yield here, field
        if pa.types.is_struct(field.type):
            yield from _fields_below(f"{here}.", field.type)
        elif pa.types.is_list(field.type):
            yield from _fields_below(f"{here}.", [field.type.value_field.with_name("element")])


def schema_of_files(table: str, layout_version: int) -> pa.Schema:
    """Return the schema that a table's new files have in a lake.

    Args:
      table: articles, mentions or rejects.
      layout_version: That of the lake: its columns keep the types of its other files.

    Example:
      >>> schema_of_files("articles", 2).field("minhash_bands").type.value_type
      DataType(uint64)
    """
    schema = TABLES[table][0]
    if layout_version < LAYOUT_VERSION:
        for name, kind in _BEFORE_3.get(table, {}).items():
            at = schema.get_field_index(name)
            schema = schema.set(at, schema.field(at).with_type(kind))
    return schema


def conform_to_schema(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return rows of an older version with the columns of `schema`, new ones null.

    Raises:
      ArrowInvalid: A column is missing that every version has, or has another type.

    Example:
      >>> old = pa.table({"a": pa.array([1], pa.int32())})
      >>> conform_to_schema(old, pa.schema([("a", pa.int64()), ("b", pa.string())])).to_pylist()
      [{'a': 1, 'b': None}]
    """
    return pa.table([_column_as(rows, field) for field in schema], schema=schema)


def _column_as(rows: pa.Table, field: pa.Field) -> pa.ChunkedArray | pa.Array:
    if field.name not in rows.column_names:
        if not field.nullable:
            raise pa.ArrowInvalid(f"it lacks the column {field.name}")
        return pa.nulls(len(rows), field.type)
    column = rows[field.name]
    # A cast to the same type costs ten microseconds, for each column of each row group.
    return column if column.type.equals(field.type) else column.cast(field.type)
