"""The table `articles`: one row for each version of an article."""

import pyarrow as pa

from warta.transforms.core.tables.fields import UTC, field, list_of
from warta.transforms.core.tables.table import Table

AUTHOR = pa.struct([field(48, "name", pa.string()), field(49, "role", pa.string())])
PLACE = pa.struct([field(51, "name", pa.string()), field(52, "wikidata_id", pa.string())])
TOPIC = pa.struct(
    [
        field(55, "scheme", pa.string()),
        field(56, "qcode", pa.string()),
        field(57, "name", pa.string()),
        field(58, "confidence", pa.float32()),
        field(59, "name_local", pa.string()),
    ]
)
ENTITY = pa.struct(
    [
        field(61, "entity_id", pa.string()),
        field(62, "wikidata_id", pa.string()),
        field(63, "name", pa.string()),
        field(64, "type", pa.string()),
        field(65, "mentions", pa.int32()),
    ]
)
REMOVED_SPAN = pa.struct(
    [
        field(68, "start", pa.int32()),
        field(69, "end", pa.int32()),
        field(70, "rule", pa.string()),
        field(71, "text", pa.string()),
    ]
)

ARTICLES = Table(
    name="articles",
    schema=pa.schema(
        [
            field(1, "article_id", pa.string(), nullable=False),
            field(2, "version", pa.int32(), nullable=False),
            field(3, "url", pa.string()),
            field(4, "canonical_url", pa.string()),
            field(5, "canonical_domain", pa.string()),
            field(6, "publisher_name", pa.string()),
            field(7, "headline", pa.string()),
            field(8, "description", pa.string()),
            field(9, "article_body", pa.string(), nullable=False),
            field(10, "word_count", pa.int32(), nullable=False),
            field(11, "in_language", pa.string()),
            field(12, "language_confidence", pa.float32()),
            field(13, "authors", list_of(47, AUTHOR)),
            field(14, "info_sources", list_of(50, pa.string())),
            field(15, "dateline", pa.string()),
            field(16, "location_created", PLACE),
            field(17, "date_published", UTC),
            field(18, "date_published_precision", pa.string()),
            field(19, "date_published_source", pa.string()),
            field(20, "date_published_raw", pa.string()),
            field(21, "date_modified", UTC),
            field(22, "date_fetched", UTC),
            field(23, "article_section", pa.string()),
            field(24, "keywords", list_of(53, pa.string())),
            field(25, "topics", list_of(54, TOPIC)),
            field(26, "entities", list_of(60, ENTITY)),
            field(27, "content_sha256", pa.string(), nullable=False),
            field(28, "minhash", pa.binary()),
            field(29, "minhash_bands", list_of(66, pa.int64())),
            field(30, "minhash_scheme", pa.string()),
            field(31, "duplicate_of", pa.string()),
            field(32, "duplicate_kind", pa.string()),
            field(33, "similarity", pa.float32()),
            field(34, "removed_spans", list_of(67, REMOVED_SPAN)),
            field(35, "source_uri", pa.string(), nullable=False),
            field(36, "source_record_id", pa.string()),
            field(37, "feed_url", pa.string()),
            field(38, "http_status", pa.int32()),
            field(39, "extraction_method", pa.string()),
            field(40, "tagger_versions", pa.string()),
            field(41, "run_id", pa.string(), nullable=False),
            field(42, "ingested_at", UTC, nullable=False),
            field(43, "schema_version", pa.int32(), nullable=False),
            field(44, "published_date", pa.string(), nullable=False),
            # since version 2
            field(45, "record_hash", pa.int64()),
            field(46, "replay_of", pa.string()),
            # since version 4
            field(72, "story_id", pa.string()),
            field(73, "story_relation", pa.string()),
            field(74, "story_of", pa.string()),
            field(75, "story_similarity", pa.float32()),
            field(76, "story_scheme", pa.string()),
            field(77, "story_terms", list_of(78, pa.int32())),
            field(79, "story_weights", list_of(80, pa.int32())),
        ]
    ),
    key=("article_id", "version"),
    partition="published_date",
    time="date_published",
    sort=(
        "date_published",
        "article_id",
        "version",
    ),
    statistics=(
        "article_id",
        "version",
        "canonical_domain",
        "publisher_name",
        "in_language",
        "date_published",
        "duplicate_of",
        "ingested_at",
        "published_date",
        "story_id",
    ),
    dictionary=(
        "canonical_domain",
        "publisher_name",
        "in_language",
        "date_published_precision",
        "date_published_source",
        "article_section",
        "minhash_scheme",
        "duplicate_kind",
        "feed_url",
        "extraction_method",
        "tagger_versions",
        "run_id",
        "published_date",
        "story_relation",
        "story_scheme",
        "topics.list.element.scheme",
        "topics.list.element.qcode",
        "topics.list.element.name",
        "topics.list.element.name_local",
        "entities.list.element.type",
        "entities.list.element.wikidata_id",
        "removed_spans.list.element.rule",
    ),
    uncompressed=("minhash", "minhash_bands.list.element", "story_terms.list.element"),
    types_before_3={"minhash_bands": pa.list_(pa.uint64())},
)
