"""The table `mentions`: one row for each place where an article names an entity."""

import pyarrow as pa

from warta.transforms.core.tables.fields import UTC, field
from warta.transforms.core.tables.table import Table

MENTIONS = Table(
    name="mentions",
    schema=pa.schema(
        [
            field(1, "article_id", pa.string(), nullable=False),
            field(2, "version", pa.int32(), nullable=False),
            field(3, "published_date", pa.string(), nullable=False),
            field(4, "entity_id", pa.string()),
            field(5, "wikidata_id", pa.string()),
            field(6, "surface", pa.string()),
            field(7, "type", pa.string()),
            field(8, "field", pa.string()),
            field(9, "start", pa.int32()),
            field(10, "end", pa.int32()),
            field(11, "score", pa.float32()),
            field(12, "method", pa.string()),
            # since version 3
            field(13, "ingested_at", UTC),
        ]
    ),
    key=("article_id", "version"),
    partition="published_date",
    parent="articles",
    from_parent=("article_id", "version", "published_date", "ingested_at"),
    sort=(
        "article_id",
        "version",
        "field",
        "start",
    ),
    statistics=(
        "article_id",
        "published_date",
        "entity_id",
        "wikidata_id",
        "type",
        "ingested_at",
    ),
    dictionary=(
        "article_id",
        "published_date",
        "entity_id",
        "wikidata_id",
        "surface",
        "type",
        "field",
        "method",
    ),
)
