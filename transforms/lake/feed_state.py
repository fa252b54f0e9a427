"""The table `feeds`: one row a feed, replaced as a whole by every epoch that polls.

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

from transforms.core.schema import FEEDS, SCHEMA_VERSION, conform_to_schema
from transforms.core.storage import to_json
from transforms.lake.failpoints import point
from transforms.lake.layout import Lake, PublishedFile, Run, staging_path

TABLE = "feeds"
_HASHES = b"warta.source_hashes"
"""In the file's metadata, for want of a column: JSON, feed_url -> hash of its config."""


def read_feeds(lake: Lake) -> list[dict[str, Any]]:
    """Rows of the table, by column name, sorted by feed_url; none where no feed was ever polled.

    Beside a writer that is just committing, two files may stand: the newer row of a feed counts.
    """
    newest: dict[str, dict[str, Any]] = {}
    for path in _files(lake):
        try:
            with pq.ParquetFile(lake.path(path), filesystem=lake.filesystem) as file:
                hashes = _hashes_in(file.schema_arrow.metadata)
                rows = conform_to_schema(file.read(), FEEDS).to_pylist()
        except FileNotFoundError:
            # Replaced since it was listed: the other file has its rows.
            continue
        for row in rows:
            row["source_hash"] = hashes.get(row["feed_url"])
            known = newest.get(row["feed_url"])
            if known is None or (row["polls"] or 0) >= (known["polls"] or 0):
                newest[row["feed_url"]] = row
    return [newest[url] for url in sorted(newest)]


def stage_feeds(lake: Lake, run: Run, rows: Iterable[Mapping[str, Any]]) -> PublishedFile:
    """All feeds' rows -> the file to be committed in the place of the one that stands.

    Raises:
      LakeError: the disk or store refuses it.
    """
    signed = {"run_id": run.invocation_id, "schema_version": SCHEMA_VERSION}
    ordered = sorted((dict(row) | signed for row in rows), key=lambda row: str(row["feed_url"]))
    hashes = {row["feed_url"]: row["source_hash"] for row in ordered if row.get("source_hash")}
    noted = FEEDS.with_metadata({_HASHES: to_json(hashes)})
    table = pa.Table.from_pylist(ordered, schema=noted)
    name = f"{run.commit_id}-{uuid.uuid4().hex[:8]}.parquet"
    staged = staging_path(run.commit_id, f"feeds-{name}")
    with lake.writing():
        lake.make_folder(staging_path(run.commit_id))
        with closing(lake.open_checked(staged)) as stream:
            pq.write_table(table, stream, compression="zstd", write_page_checksum=True)
        size = lake.written_size(staged)
    point("feeds.staged")
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
    return tuple(path for path in lake.files(TABLE) if path.endswith(".parquet"))
