"""What a run needs to know of rows already written: keys by column, bodies by row.

Keys are the few columns by which articles are compared. They are read in place, row group by row
group, from staging and from the lake's recent partitions; nothing of them is ever shuffled.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from transforms.core.records import Reject, StoredReject
from transforms.core.schema import REJECTS, STAGED_ARTICLES, conform_to_schema
from transforms.lake.layout import (
    UNKNOWN_DAY,
    Lake,
    StagedRows,
)
from transforms.lake.rows import REJECT_KEYS, reject_ids

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
_ORDER_COLUMNS = ["date_modified", "word_count", "source_uri", "source_record_id", "replay_of"]

_STAGED = STAGED_ARTICLES.empty_table()


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


def recent_days(days: Iterable[str], horizon_days: int, today: date) -> set[str]:
    """The partitions in which copies of a run's articles are looked for.

    Args:
      days: the run's partitions; an unknown day stands for `today`.
      horizon_days: how far around each of them to look.
      today: the day of the run.

    Returns:
      The days within the horizon, and the partition of unknown days.
    """
    wanted = {UNKNOWN_DAY}
    around = range(-horizon_days, horizon_days + 1)
    for day in set(days):
        middle = today if day == UNKNOWN_DAY else date.fromisoformat(day)
        wanted.update(str(middle + timedelta(days=offset)) for offset in around)
    return wanted


def files_of(lake: Lake, days: set[str]) -> list[str]:
    """Files of `articles` in these partitions."""
    return [
        path
        for partition in lake.partitions("articles")
        if partition in days
        for path in lake.table_files("articles", partition)
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

    A record that fails again as before is counted, but stands in rejects once: where it was read
    again to no effect, where it failed twice in this run, or within the horizon.
    """
    if not groups:
        return []
    day = date.fromisoformat(groups[0].partition)
    seen: set[str] = set()
    for partition in lake.partitions("rejects"):
        if abs((date.fromisoformat(partition) - day).days) <= horizon_days:
            for path in lake.table_files("rejects", partition):
                seen.update(open_rejects(lake, path))
    known = []
    for group in groups:
        repeated = []
        for row, (now, before) in enumerate(_staged_rejects(lake, group)):
            if now in seen or now == before:
                repeated.append(row)
            seen.add(now)
        known.append(repeated)
    return known


def open_rejects(lake: Lake, path: str) -> list[str]:
    """A published file of rejects -> the ids of those that have not moved on."""
    with pq.ParquetFile(lake.path(path), filesystem=lake.filesystem) as file:
        if "reject_id" not in file.schema_arrow.names:
            return list(reject_ids(file.read(columns=REJECT_KEYS)).to_pylist())
        rows = file.read(columns=["reject_id", "replayed_by"])
        standing = rows.filter(pc.is_null(rows["replayed_by"]))["reject_id"].to_pylist()
        if None not in standing:
            return list(standing)
        # A merge of the first schema version's rows, which have no ids, with newer ones.
        rows = conform_to_schema(file.read(), REJECTS)
    ids = pc.coalesce(rows["reject_id"], pa.chunked_array([reject_ids(rows)]))
    return list(ids.filter(pc.is_null(rows["replayed_by"])).to_pylist())


def count_reasons(lake: Lake, groups: Sequence[StagedRows]) -> dict[str, int]:
    """Staged rejects -> how many there are for each reason."""
    counts: Counter[str] = Counter()
    for group in groups:
        with pq.ParquetFile(lake.path(group.path), filesystem=lake.filesystem) as file:
            rows = file.read_row_group(group.row_group, columns=["reason"])
        counts.update(rows["reason"].to_pylist())
    return dict(counts)


def stored_rejects(lake: Lake, path: str, reasons: Collection[str]) -> Iterator[StoredReject]:
    """A published file of rejects -> those with one of these reasons (none: any) that stand still.

    Rows that an earlier replay has taken further are passed over.
    """
    with pq.ParquetFile(lake.path(path), filesystem=lake.filesystem) as file:
        for group in range(file.num_row_groups):
            rows = conform_to_schema(file.read_row_group(group), REJECTS)
            ids = pc.coalesce(rows["reject_id"], pa.chunked_array([reject_ids(rows)]))
            for reject_id, row in zip(ids.to_pylist(), rows.to_pylist(), strict=True):
                if row["replayed_by"] is None and (not reasons or row["reason"] in reasons):
                    yield StoredReject(reject_id, _reject(row))


def resolved_rejects(lake: Lake, articles: pa.Table, groups: Sequence[StagedRows]) -> set[str]:
    """Of the rejects that a run has read again, those that did not come back the same.

    Args:
      lake: where.
      articles: keys of the run's articles.
      groups: its staged rejects.
    """
    ids = set(articles["replay_of"].to_pylist())
    stayed = set()
    for group in groups:
        for now, before in _staged_rejects(lake, group):
            ids.add(before)
            if now == before:
                stayed.add(before)
    return ids - stayed - {None}


def _staged_rejects(lake: Lake, group: StagedRows) -> list[tuple[str, str | None]]:
    """A row group of staged rejects -> (id, the reject that it was before) of each."""
    with pq.ParquetFile(lake.path(group.path), filesystem=lake.filesystem) as file:
        rows = file.read_row_group(group.row_group, columns=["reject_id", "replay_of"])
    return list(zip(rows["reject_id"].to_pylist(), rows["replay_of"].to_pylist(), strict=True))


def _reject(row: Mapping[str, Any]) -> Reject:
    return Reject(
        stage=row["stage"],
        reason=row["reason"],
        error=row["error"] or "",
        source_uri=row["source_uri"],
        source_record_id=row["source_record_id"] or "",
        raw=row["raw"] or b"",
        raw_length=row["raw_length"] or 0,
        context=row["context"] or "",
    )


def _keys(lake: Lake, groups: Sequence[tuple[str, int]], columns: list[str]) -> pa.Table:
    tables = [_placed(_STAGED.select(columns), 0)]
    for index, (path, row_group) in enumerate(groups):
        with pq.ParquetFile(lake.path(path), filesystem=lake.filesystem) as file:
            tables.append(_placed(file.read_row_group(row_group, columns=columns), index))
    return pa.concat_tables(tables).combine_chunks()


def _placed(rows: pa.Table, group: int) -> pa.Table:
    """Rows of a file -> the same with their place, lists free of null."""
    count = len(rows)
    rows = rows.append_column("group", pa.repeat(pa.scalar(group, pa.int32()), count))
    return rows.append_column("row", pa.array(np.arange(count, dtype=np.int32)))
