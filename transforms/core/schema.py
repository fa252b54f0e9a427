"""The Arrow schemas of the lake's tables: the contract with readers.

Columns are only ever added; `SCHEMA_VERSION` counts the additions. What each column means is
in transforms/data/columns.toml, from which docs/reference/tables.md is made. tests/lakes holds a
small lake of every version that was ever released.
"""

from dataclasses import dataclass

import pyarrow as pa

SCHEMA_VERSION = 2

_UTC = pa.timestamp("us", tz="UTC")

AUTHOR = pa.struct([("name", pa.string()), ("role", pa.string())])
PLACE = pa.struct([("name", pa.string()), ("wikidata_id", pa.string())])
TOPIC = pa.struct(
    [
        ("scheme", pa.string()),
        ("qcode", pa.string()),
        ("name", pa.string()),
        ("confidence", pa.float32()),
        ("name_local", pa.string()),
    ]
)
ENTITY = pa.struct(
    [
        ("entity_id", pa.string()),
        ("wikidata_id", pa.string()),
        ("name", pa.string()),
        ("type", pa.string()),
        ("mentions", pa.int32()),
    ]
)
REMOVED_SPAN = pa.struct(
    [("start", pa.int32()), ("end", pa.int32()), ("rule", pa.string()), ("text", pa.string())]
)
MENTION = pa.struct(
    [
        ("entity_id", pa.string()),
        ("wikidata_id", pa.string()),
        ("surface", pa.string()),
        ("type", pa.string()),
        ("field", pa.string()),
        ("start", pa.int32()),
        ("end", pa.int32()),
        ("score", pa.float32()),
        ("method", pa.string()),
    ]
)

ARTICLES = pa.schema(
    [
        pa.field("article_id", pa.string(), nullable=False),
        pa.field("version", pa.int32(), nullable=False),
        ("url", pa.string()),
        ("canonical_url", pa.string()),
        ("canonical_domain", pa.string()),
        ("publisher_name", pa.string()),
        ("headline", pa.string()),
        ("description", pa.string()),
        pa.field("article_body", pa.string(), nullable=False),
        pa.field("word_count", pa.int32(), nullable=False),
        ("in_language", pa.string()),
        ("language_confidence", pa.float32()),
        ("authors", pa.list_(AUTHOR)),
        ("info_sources", pa.list_(pa.string())),
        ("dateline", pa.string()),
        ("location_created", PLACE),
        ("date_published", _UTC),
        ("date_published_precision", pa.string()),
        ("date_published_source", pa.string()),
        ("date_published_raw", pa.string()),
        ("date_modified", _UTC),
        ("date_fetched", _UTC),
        ("article_section", pa.string()),
        ("keywords", pa.list_(pa.string())),
        ("topics", pa.list_(TOPIC)),
        ("entities", pa.list_(ENTITY)),
        pa.field("content_sha256", pa.string(), nullable=False),
        ("minhash", pa.binary()),
        ("minhash_bands", pa.list_(pa.uint64())),
        ("minhash_scheme", pa.string()),
        ("duplicate_of", pa.string()),
        ("duplicate_kind", pa.string()),
        ("similarity", pa.float32()),
        ("removed_spans", pa.list_(REMOVED_SPAN)),
        pa.field("source_uri", pa.string(), nullable=False),
        ("source_record_id", pa.string()),
        ("feed_url", pa.string()),
        ("http_status", pa.int32()),
        ("extraction_method", pa.string()),
        ("tagger_versions", pa.string()),
        pa.field("run_id", pa.string(), nullable=False),
        pa.field("ingested_at", _UTC, nullable=False),
        pa.field("schema_version", pa.int32(), nullable=False),
        pa.field("published_date", pa.string(), nullable=False),
        # since version 2
        ("record_hash", pa.int64()),
        ("replay_of", pa.string()),
    ]
)

MENTIONS = pa.schema(
    [
        pa.field("article_id", pa.string(), nullable=False),
        pa.field("version", pa.int32(), nullable=False),
        pa.field("published_date", pa.string(), nullable=False),
        *MENTION,
    ]
)

REJECTS = pa.schema(
    [
        pa.field("stage", pa.string(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        ("error", pa.string()),
        pa.field("source_uri", pa.string(), nullable=False),
        ("source_record_id", pa.string()),
        ("raw", pa.binary()),
        ("raw_length", pa.int64()),
        pa.field("run_id", pa.string(), nullable=False),
        pa.field("failed_at", _UTC, nullable=False),
        pa.field("rejected_date", pa.string(), nullable=False),
        # since version 2
        ("reject_id", pa.string()),
        ("context", pa.string()),
        ("replayed_by", pa.string()),
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
