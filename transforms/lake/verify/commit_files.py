"""What a commit file said, found again in the run's files."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from warta.transforms.lake.catalog import DataFile
from warta.transforms.lake.checksums import KEY, checksum_of_file
from warta.transforms.lake.file_names import location_of
from warta.transforms.lake.storage import Lake


def describe_file(lake: Lake, path: str) -> dict[str, Any] | None:
    """Return how a commit lists a file; None if it cannot be read."""
    table, partition = location_of(path)
    try:
        with pq.ParquetFile(lake.path(path), filesystem=lake.filesystem) as parquet:
            rows = parquet.metadata.num_rows
    except (pa.ArrowException, OSError, UnicodeDecodeError):
        return None
    return {
        "path": path,
        "table": table,
        "partition": partition,
        "rows": rows,
        "bytes": lake.size(path),
        KEY: checksum_of_file(lake.filesystem, lake.path(path)),
    }


def mark_merged(
    listed: Sequence[dict[str, Any]], known: Mapping[str, DataFile], gone: Iterable[str]
) -> None:
    """Mark the files that hold as many rows as the replaced files of their partition.

    Args:
      listed: Files of the run, by `describe_file`.
      known: Path -> files that other commits list.
      gone: Paths of files that the run replaced.
    """
    rows: dict[tuple[str, str], int] = {}
    for file in (known[path] for path in gone if path in known):
        location = file.table, file.partition
        rows[location] = rows.get(location, 0) + file.rows
    for one in listed:
        if one["rows"] == rows.get((one["table"], one["partition"]), 0):
            one["merged"] = True


def new_rows(listed: Iterable[Mapping[str, Any]], table: str) -> int:
    """Return how many rows of a table came with the run: those of its files that are not merged."""
    return sum(one["rows"] for one in listed if one["table"] == table and "merged" not in one)
