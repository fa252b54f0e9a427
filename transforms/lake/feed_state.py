"""The table `feeds`: one row a feed, replaced as a whole by every poll cycle.

It holds kilobytes a feed, is written with the articles that the polls brought, and committed with
them: what is remembered of a feed and what the lake has of it cannot part.
"""

import json
import uuid
from collections.abc import Iterable, Mapping
from contextlib import closing
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from warta.transforms.core.schema import FEEDS, SCHEMA_VERSION, conform_to_schema
from warta.transforms.core.storage import to_json
from warta.transforms.lake.catalog import read_snapshot
from warta.transforms.lake.failpoints import failpoint
from warta.transforms.lake.layout import PublishedFile, Run, staging_path
from warta.transforms.lake.reading import open_parquet
from warta.transforms.lake.storage import Lake

TABLE = "feeds"
_HASHES = b"warta.source_hashes"
"""In the file's metadata, since there is no column: JSON, feed_url -> hash of its config."""


def read_feeds(lake: Lake) -> list[dict[str, Any]]:
    """Return the rows of the table, by column name, sorted by feed_url.

    Args:
      lake: Which.

    Returns:
      One row a feed, with `source_hash`, the hash of its config; none if no feed was ever polled.

    Raises:
      LakeError: A commit file or the table's file is damaged or missing.
    """
    rows: list[dict[str, Any]] = []
    for path in _files(lake):
        with open_parquet(lake, path) as file:
            hashes = _hashes_in(file.schema_arrow.metadata)
            found = conform_to_schema(file.read(), FEEDS.schema).to_pylist()
        rows += [{**row, "source_hash": hashes.get(row["feed_url"])} for row in found]
    return sorted(rows, key=lambda row: str(row["feed_url"]))


def stage_feeds(lake: Lake, run: Run, rows: Iterable[Mapping[str, Any]]) -> PublishedFile:
    """Write all feeds' rows to staging, to be committed in place of the file that is live.

    Args:
      lake: Which.
      run: Whose commit it will be part of.
      rows: One a feed, by column name.

    Returns:
      The finished file.

    Raises:
      LakeError: The disk or store refuses it.
    """
    signed = {"run_id": run.invocation_id, "schema_version": SCHEMA_VERSION}
    ordered = sorted((dict(row) | signed for row in rows), key=lambda row: str(row["feed_url"]))
    hashes = {row["feed_url"]: row["source_hash"] for row in ordered if row.get("source_hash")}
    noted = FEEDS.schema.with_metadata({_HASHES: to_json(hashes)})
    table = pa.Table.from_pylist(ordered, schema=noted)
    name = f"{run.commit_id}-{uuid.uuid4().hex[:8]}.parquet"
    staged = staging_path(run.commit_id, f"feeds-{name}")
    with lake.writing():
        lake.make_folder(staging_path(run.commit_id))
        with closing(lake.open_checked(staged)) as stream:
            pq.write_table(table, stream, compression="zstd", write_page_checksum=True)
        size = lake.written_size(staged)
    failpoint("feeds.staged")
    path, replaces = f"{TABLE}/{name}", _files(lake)
    return PublishedFile(TABLE, "", path, staged, len(table), size, replaces, stream.checksum)


def _hashes_in(metadata: Mapping[bytes, bytes] | None) -> dict[str, str]:
    """Return the hashes of sources that a file notes; none where an older version wrote it."""
    try:
        hashes = json.loads((metadata or {}).get(_HASHES, b"{}"))
    except ValueError:
        return {}
    return hashes if isinstance(hashes, dict) else {}


def _files(lake: Lake) -> tuple[str, ...]:
    return tuple(read_snapshot(lake).paths(TABLE))
