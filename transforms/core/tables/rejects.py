"""The table `rejects`: one row for each record that was not published, with its reason."""

import pyarrow as pa

from warta.transforms.core.tables.fields import UTC, field
from warta.transforms.core.tables.table import Table

REJECTS = Table(
    name="rejects",
    schema=pa.schema(
        [
            field(1, "stage", pa.string(), nullable=False),
            field(2, "reason", pa.string(), nullable=False),
            field(3, "error", pa.string()),
            field(4, "source_uri", pa.string(), nullable=False),
            field(5, "source_record_id", pa.string()),
            field(6, "raw", pa.binary()),
            field(7, "raw_length", pa.int64()),
            field(8, "run_id", pa.string(), nullable=False),
            field(9, "failed_at", UTC, nullable=False),
            field(10, "rejected_date", pa.string(), nullable=False),
            # since version 2
            field(11, "reject_id", pa.string()),
            field(12, "context", pa.string()),
            field(13, "replayed_by", pa.string()),
        ]
    ),
    key=("reject_id",),
    partition="rejected_date",
    time="failed_at",
    arrived="failed_at",
    is_replaced=True,
    marked_by="replayed_by",
    sort=(
        "source_uri",
        "source_record_id",
        "reason",
    ),
    statistics=(
        "stage",
        "reason",
        "source_uri",
        "failed_at",
        "rejected_date",
        "reject_id",
        "replayed_by",
    ),
    dictionary=(
        "stage",
        "reason",
        "source_uri",
        "run_id",
        "rejected_date",
    ),
)
