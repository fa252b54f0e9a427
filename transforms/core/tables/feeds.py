"""The table `feeds`: the state of feeds that are followed, one row a feed.

It is in files without partitions, each of which replaces the one before (lake/feed_state.py).
"""

import pyarrow as pa

from warta.transforms.core.tables.fields import UTC
from warta.transforms.core.tables.table import Table

SEEN_ENTRY = pa.struct(
    [
        ("key", pa.int64()),
        ("words", pa.int64()),
        ("page_tries", pa.int32()),
        ("has_page", pa.bool_()),
    ]
)


FEEDS = Table(
    name="feeds",
    schema=pa.schema(
        [
            pa.field("feed_url", pa.string(), nullable=False),
            ("name", pa.string()),
            ("moved_to", pa.string()),
            ("etag", pa.string()),
            ("last_modified", pa.string()),
            ("body_sha256", pa.string()),
            ("first_polled_at", UTC),
            ("polled_at", UTC),
            ("succeeded_at", UTC),
            ("new_entry_at", UTC),
            ("next_poll_at", UTC),
            ("stopped_at", UTC),
            ("http_status", pa.int32()),
            ("error", pa.string()),
            ("error_streak", pa.int32()),
            ("entry_gap_s", pa.float64()),
            ("interval_s", pa.float64()),
            ("period_s", pa.float64()),
            ("wish_s", pa.float64()),
            ("host_retry_at", UTC),
            ("polls", pa.int64()),
            ("entries", pa.int64()),
            ("seen", pa.list_(SEEN_ENTRY)),
            pa.field("run_id", pa.string(), nullable=False),
            pa.field("schema_version", pa.int32(), nullable=False),
        ]
    ),
    key=("feed_url",),
)
