"""What a run needs to know of rows already written: keys by column, bodies by row.

Keys are the few columns by which articles are compared. They are read in place, row group by row
group, from staging and from the lake's recent partitions; nothing of them is ever shuffled.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from transforms.lake.layout import (
    UNKNOWN_DAY,
    Lake,
    StagedRows,
    partition_path,
)

KEY_COLUMNS = [
    "article_id",
    "version",
    "content_sha256",
    "date_published",
    "minhash_bands",
    "minhash_scheme",
    "duplicate_of",
    "duplicate_kind",
    "similarity",
]
_ORDER_COLUMNS = ["date_modified", "word_count", "source_uri", "source_record_id"]
REJECT_KEYS = ["source_uri", "source_record_id", "stage", "reason", "raw_length"]


@dataclass(frozen=True, slots=True)
class RowPlace:
    """One row of one file of the lake or of staging."""

    path: str
    row_group: int
    row: int


def staged_keys(lake: Lake, groups: Sequence[StagedRows]) -> pa.Table:
    """Staged row groups -> the keys of their rows, with `group` (index into groups) and `row`."""
    columns = KEY_COLUMNS + _ORDER_COLUMNS
    return _keys(lake, [(group.path, group.row_group) for group in groups], columns)


def file_keys(lake: Lake, path: str) -> Iterator[pa.Table]:
    """A published file -> the keys of its rows, a table a row group, with `group` and `row`."""
    with pq.ParquetFile(lake.path(path), filesystem=lake.filesystem) as file:
        for group in range(file.num_row_groups):
            yield _placed(file.read_row_group(group, columns=KEY_COLUMNS), group)


def recent_files(lake: Lake, days: Iterable[str], horizon_days: int, today: date) -> list[str]:
    """Files of `articles` that may hold what a run has read.

    Args:
      lake: where.
      days: the run's partitions; an unknown day stands for `today`.
      horizon_days: how far around each of them to look.
      today: the day of the run.

    Returns:
      Paths in partitions within the horizon, and all in the partition of unknown days.
    """
    wanted = {UNKNOWN_DAY}
    for day in set(days):
        middle = today if day == UNKNOWN_DAY else date.fromisoformat(day)
        around = range(-horizon_days, horizon_days + 1)
        wanted.update(str(middle + timedelta(days=offset)) for offset in around)
    return [
        path
        for partition in lake.partitions("articles")
        if partition in wanted
        for path in lake.files(partition_path("articles", partition))
    ]


def read_cells(
    lake: Lake, places: Iterable[RowPlace], column: str
) -> Iterator[tuple[RowPlace, Any]]:
    """Rows -> what stands in one column of each; each row group is opened once."""
    by_group: dict[tuple[str, int], list[RowPlace]] = {}
    for place in places:
        by_group.setdefault((place.path, place.row_group), []).append(place)
    for (path, group), rows in sorted(by_group.items()):
        with pq.ParquetFile(lake.path(path), filesystem=lake.filesystem) as file:
            cells = file.read_row_group(group, columns=[column])[column]
        for place in rows:
            yield place, cells[place.row].as_py()


def known_rejects(lake: Lake, groups: Sequence[StagedRows], horizon_days: int) -> list[list[int]]:
    """Staged rejects -> for each row group the rows that add nothing.

    A record that fails again at the same place for the same reason, or twice in one run, is
    counted, but stands in rejects once.
    """
    if not groups:
        return []
    day = date.fromisoformat(groups[0].partition)
    seen: set[tuple[object, ...]] = set()
    for partition in lake.partitions("rejects"):
        if abs((date.fromisoformat(partition) - day).days) <= horizon_days:
            for path in lake.files(partition_path("rejects", partition)):
                seen.update(_reject_keys(lake, path, None))
    known = []
    for group in groups:
        repeated = []
        for row, key in enumerate(_reject_keys(lake, group.path, group.row_group)):
            if key in seen:
                repeated.append(row)
            seen.add(key)
        known.append(repeated)
    return known


def count_reasons(lake: Lake, groups: Sequence[StagedRows]) -> dict[str, int]:
    """Staged rejects -> how many there are for each reason."""
    counts: dict[str, int] = {}
    for group in groups:
        for key in _reject_keys(lake, group.path, group.row_group):
            reason = str(key[REJECT_KEYS.index("reason")])
            counts[reason] = counts.get(reason, 0) + 1
    return counts


def _reject_keys(lake: Lake, path: str, group: int | None) -> Iterator[tuple[object, ...]]:
    with pq.ParquetFile(lake.path(path), filesystem=lake.filesystem) as file:
        groups = range(file.num_row_groups) if group is None else [group]
        rows = file.read_row_groups(groups, columns=REJECT_KEYS)
    return zip(*(rows[name].to_pylist() for name in REJECT_KEYS), strict=True)


def _keys(lake: Lake, groups: Sequence[tuple[str, int]], columns: list[str]) -> pa.Table:
    tables = []
    for index, (path, row_group) in enumerate(groups):
        with pq.ParquetFile(lake.path(path), filesystem=lake.filesystem) as file:
            tables.append(_placed(file.read_row_group(row_group, columns=columns), index))
    return pa.concat_tables(tables).combine_chunks()


def _placed(rows: pa.Table, group: int) -> pa.Table:
    """Rows of a file -> the same with their place, lists free of null."""
    count = len(rows)
    rows = rows.append_column("group", pa.repeat(pa.scalar(group, pa.int32()), count))
    return rows.append_column("row", pa.array(range(count), pa.int32()))
