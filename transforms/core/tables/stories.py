"""The table `stories`: a row each time a run changes one, of which the highest version counts."""

import pyarrow as pa

from warta.transforms.core.tables.fields import UTC, field, list_of
from warta.transforms.core.tables.table import Table

PUBLISHER = pa.struct([field(27, "name", pa.string()), field(28, "articles", pa.int32())])
LANGUAGE = pa.struct([field(30, "in_language", pa.string()), field(31, "articles", pa.int32())])
ENTITY = pa.struct(
    [
        field(33, "entity_id", pa.string()),
        field(34, "wikidata_id", pa.string()),
        field(35, "name", pa.string()),
        field(36, "type", pa.string()),
        field(37, "articles", pa.int32()),
    ]
)
TOPIC = pa.struct(
    [
        field(39, "scheme", pa.string()),
        field(40, "qcode", pa.string()),
        field(41, "name", pa.string()),
        field(42, "articles", pa.int32()),
    ]
)
PLACE = pa.struct(
    [
        field(44, "name", pa.string()),
        field(45, "wikidata_id", pa.string()),
        field(46, "articles", pa.int32()),
    ]
)
DAY = pa.struct(
    [
        field(48, "day", pa.string()),
        field(49, "articles", pa.int32()),
        field(50, "article_id", pa.string()),
    ]
)
STORIES_SINCE = 5
"""The schema version since which a story that gets a second article has a row."""

STORIES = Table(
    name="stories",
    schema=pa.schema(
        [
            field(1, "story_id", pa.string(), nullable=False),
            field(2, "version", pa.int32(), nullable=False),
            field(3, "current_id", pa.string(), nullable=False),
            field(4, "continues", list_of(25, pa.string())),
            field(5, "title", pa.string()),
            field(6, "title_of", pa.string()),
            field(7, "first_seen", UTC),
            field(8, "last_seen", UTC),
            field(9, "articles", pa.int32(), nullable=False),
            field(10, "copies", pa.int32(), nullable=False),
            field(11, "publishers", list_of(26, PUBLISHER)),
            field(12, "languages", list_of(29, LANGUAGE)),
            field(13, "entities", list_of(32, ENTITY)),
            field(14, "topics", list_of(38, TOPIC)),
            field(15, "places", list_of(43, PLACE)),
            field(16, "timeline", list_of(47, DAY)),
            field(17, "story_scheme", pa.string()),
            field(18, "story_terms", list_of(51, pa.int32())),
            field(19, "story_weights", list_of(52, pa.int32())),
            field(20, "vectors", pa.int32(), nullable=False),
            field(21, "run_id", pa.string(), nullable=False),
            field(22, "updated_at", UTC, nullable=False),
            field(23, "schema_version", pa.int32(), nullable=False),
            field(24, "story_date", pa.string(), nullable=False),
        ]
    ),
    key=("story_id",),
    partition="story_date",
    time="updated_at",
    arrived="updated_at",
    is_replaced=True,
    ordered_by="version",
    sort=("story_id", "version"),
    statistics=(
        "story_id",
        "version",
        "current_id",
        "first_seen",
        "last_seen",
        "articles",
        "updated_at",
        "story_date",
    ),
    dictionary=(
        "story_scheme",
        "run_id",
        "story_date",
        "publishers.list.element.name",
        "languages.list.element.in_language",
        "entities.list.element.type",
        "topics.list.element.scheme",
        "topics.list.element.qcode",
        "topics.list.element.name",
    ),
)
