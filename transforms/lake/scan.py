"""What a run needs to know of rows already written: keys by column, bodies by row.

Keys are the few columns by which articles are compared. They are read in place, row group by row
group, from staging and from the lake's recent partitions; nothing of them is ever shuffled.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warta.transforms.core.records import Reject, StoredReject
from warta.transforms.core.schema import REJECTS, STAGED_REJECTS, conform_to_schema, staged_articles
from warta.transforms.lake.catalog import read_snapshot
from warta.transforms.lake.layout import UNKNOWN_DAY, StagedRows
from warta.transforms.lake.open_files import OpenFiles
from warta.transforms.lake.reading import open_parquet
from warta.transforms.lake.rows import REJECT_KEYS, reject_ids
from warta.transforms.lake.storage import Lake

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


@dataclass(frozen=True, slots=True)
class RowLocation:
    """One row of one file of the lake or of staging."""

    path: str
    row_group: int
    row: int


def staged_keys(files: OpenFiles, groups: Sequence[StagedRows]) -> pa.Table:
    """Return the keys of staged articles.

    Args:
      files: Opens the staged files.
      groups: Row groups of staged articles.

    Returns:
      `KEY_COLUMNS` and the columns that put rows in order, with the columns `group` (position in
      `groups`) and `row` (position in the row group).
    """
    columns = KEY_COLUMNS + _ORDER_COLUMNS
    tables = [_located(staged_articles().empty_table().select(columns), 0)]
    tables += [
        _located(files.read(group.path, group.row_group, columns), index)
        for index, group in enumerate(groups)
    ]
    return pa.concat_tables(tables).combine_chunks()


def file_keys(lake: Lake, path: str) -> Iterator[pa.Table]:
    """Yield the keys of a published file, a table for each row group.

    Args:
      lake: The lake.
      path: A file of articles, relative to the lake.

    Yields:
      `KEY_COLUMNS`, with the columns `group` (the row group) and `row` (position in it).
    """
    with open_parquet(lake, path) as file:
        for group in range(file.num_row_groups):
            yield _located(file.read_row_group(group, columns=KEY_COLUMNS), group)


def recent_days(days: Iterable[str], horizon_days: int, today: date) -> set[str]:
    """Return the partitions in which copies of a run's articles are looked for.

    Args:
      days: The run's partitions; an unknown day means `today`.
      horizon_days: Days around each of them to look at.
      today: The day of the run.

    Returns:
      The days within the horizon, and the partition of unknown days.

    Example:
      >>> sorted(recent_days(["2026-11-10"], 1, date(2026, 11, 16)))
      ['2026-11-09', '2026-11-10', '2026-11-11', 'unknown']
    """
    wanted = {UNKNOWN_DAY}
    around = range(-horizon_days, horizon_days + 1)
    for day in set(days):
        middle = today if day == UNKNOWN_DAY else date.fromisoformat(day)
        wanted.update(str(middle + timedelta(days=offset)) for offset in around)
    return wanted


def read_cells(
    files: OpenFiles, locations: Iterable[RowLocation], column: str
) -> Iterator[tuple[RowLocation, Any]]:
    """Yield the values of one column for single rows; each row group is read once.

    Args:
      files: Opens the files.
      locations: Rows, in any order.
      column: A column of theirs.

    Yields:
      Each row with its value; None where the file is older than the column.
    """
    by_group: dict[tuple[str, int], list[RowLocation]] = {}
    for location in locations:
        by_group.setdefault((location.path, location.row_group), []).append(location)
    for (path, group), rows in sorted(by_group.items()):
        read = files.read(path, group, [column])
        for location in rows:
            yield location, read[column][location.row].as_py() if read.column_names else None


def staged_reject_keys(files: OpenFiles, groups: Sequence[StagedRows]) -> pa.Table:
    """Return what staged rejects are known by.

    They stay columns: a run of broken input has millions of them.

    Args:
      files: Opens the staged files.
      groups: Row groups of staged rejects.

    Returns:
      `reject_id`, `replay_of` and `reason`, with the columns `group` (position in `groups`) and
      `row` (position in the row group).
    """
    columns = ["reject_id", "replay_of", "reason"]
    schema = pa.schema([STAGED_REJECTS.field(name) for name in columns])
    schema = schema.set(2, schema.field("reason").with_type(pa.dictionary(pa.int32(), pa.string())))
    tables = [_located(schema.empty_table(), 0)]
    tables += [
        _located(
            files.read(group.path, group.row_group, columns).select(columns).cast(schema), index
        )
        for index, group in enumerate(groups)
    ]
    return pa.concat_tables(tables).unify_dictionaries()


def known_rejects(
    lake: Lake, groups: Sequence[StagedRows], keys: pa.Table, horizon_days: int
) -> list[list[int]]:
    """Return the rows of staged rejects that add nothing, for each row group.

    A record that fails again as before is counted, but is in rejects once: where it was read
    again to no effect, where it failed twice in this run, or within the horizon.

    Args:
      lake: The lake.
      groups: Row groups of staged rejects.
      keys: What their rows are known by, from `staged_reject_keys`.
      horizon_days: Days around the run's day in which the same reject is looked for.
    """
    if not groups:
        return []
    day = date.fromisoformat(groups[0].partition)
    live = read_snapshot(lake)
    in_lake = [
        pa.array(open_rejects(lake, path), pa.string())
        for partition in live.partitions("rejects")
        if abs((date.fromisoformat(partition) - day).days) <= horizon_days
        for path in live.paths("rejects", {partition})
    ]
    repeated = repeated_rejects(keys, pa.chunked_array(in_lake, pa.string()))
    rows, ends = keys["row"].to_numpy(), np.cumsum([group.rows for group in groups])
    parts = zip(np.split(rows, ends[:-1]), np.split(repeated, ends[:-1]), strict=True)
    return [numbers[known].tolist() for numbers, known in parts]


def repeated_rejects(keys: pa.Table, in_lake: pa.ChunkedArray) -> np.ndarray:
    """Return of each staged reject whether it adds nothing.

    Args:
      keys: From `staged_reject_keys`.
      in_lake: Ids of the lake's rejects.

    Example:
      >>> keys = pa.table({"reject_id": ["a", "b", "a", "c"], "replay_of": ["x", None, None, "c"]})
      >>> repeated_rejects(keys, pa.chunked_array([["b"]])).tolist()
      [False, True, True, True]
    """
    ids = keys["reject_id"]
    known = pc.or_(pc.is_in(ids, value_set=in_lake), _read_to_no_effect(keys)).to_numpy()
    return np.asarray(known | _came_before(ids))


def _came_before(ids: pa.ChunkedArray) -> np.ndarray:
    """Return of each id whether it is the same as an earlier one.

    Only those with the hash of another are compared as text: a dictionary of all would take ten
    times the memory.
    """
    hashes = [
        np.fromiter(map(hash, part.to_pylist()), np.int64, len(part)) for part in ids.iterchunks()
    ]
    numbers = np.concatenate([np.empty(0, np.int64), *hashes])
    order = np.argsort(numbers)
    is_next = numbers[order[1:]] == numbers[order[:-1]]
    rows = np.unique(np.concatenate((order[1:][is_next], order[:-1][is_next])))
    again = np.zeros(len(numbers), dtype=bool)
    seen: set[str] = set()
    for row, one in zip(rows.tolist(), ids.take(pa.array(rows)).to_pylist(), strict=True):
        again[row] = one in seen
        seen.add(one)
    return again


def resolved_rejects(articles: pa.ChunkedArray, rejects: pa.Table) -> set[str]:
    """Return the rejects that a run has read again and that did not come back the same.

    Args:
      articles: The reject that each staged article was before, if any.
      rejects: What the run's staged rejects are known by, from `staged_reject_keys`.

    Returns:
      Ids of rejects.

    Example:
      >>> again = pa.table({"reject_id": ["r1", "r3"], "replay_of": ["r1", "r2"]})
      >>> sorted(resolved_rejects(pa.chunked_array([["r0", None]]), again))
      ['r0', 'r2']
    """
    read_again = {*articles.drop_null().to_pylist(), *rejects["replay_of"].drop_null().to_pylist()}
    return read_again - set(rejects["reject_id"].filter(_read_to_no_effect(rejects)).to_pylist())


def _read_to_no_effect(keys: pa.Table) -> pa.ChunkedArray:
    """Return of each staged reject whether it was read again, and came back the same."""
    return pc.fill_null(pc.equal(keys["reject_id"], keys["replay_of"]), fill_value=False)


def open_rejects(lake: Lake, path: str) -> list[str]:
    """Return the ids of a published file's rejects that no replay has taken further."""
    with open_parquet(lake, path) as file:
        if "reject_id" not in file.schema_arrow.names:
            return list(reject_ids(file.read(columns=REJECT_KEYS)).to_pylist())
        rows = file.read(columns=["reject_id", "replayed_by"])
        open_ids = rows.filter(pc.is_null(rows["replayed_by"]))["reject_id"].to_pylist()
        if None not in open_ids:
            return list(open_ids)
        # A merge of the first schema version's rows, which have no ids, with newer ones.
        rows = conform_to_schema(file.read(), REJECTS.schema)
    ids = pc.coalesce(rows["reject_id"], pa.chunked_array([reject_ids(rows)]))
    return list(ids.filter(pc.is_null(rows["replayed_by"])).to_pylist())


def stored_rejects(lake: Lake, path: str, reasons: Collection[str]) -> Iterator[StoredReject]:
    """Yield the rejects of a published file that no replay has taken further.

    Args:
      lake: The lake.
      path: A file of rejects, relative to the lake.
      reasons: Reasons to choose by; empty takes all.
    """
    with open_parquet(lake, path) as file:
        for group in range(file.num_row_groups):
            rows = conform_to_schema(file.read_row_group(group), REJECTS.schema)
            ids = pc.coalesce(rows["reject_id"], pa.chunked_array([reject_ids(rows)]))
            for reject_id, row in zip(ids.to_pylist(), rows.to_pylist(), strict=True):
                if row["replayed_by"] is None and (not reasons or row["reason"] in reasons):
                    yield StoredReject(reject_id, _reject(row))


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


def _located(rows: pa.Table, group: int) -> pa.Table:
    """Return rows of a row group with where they are: `group` as given, and `row`."""
    count = len(rows)
    rows = rows.append_column("group", pa.repeat(pa.scalar(group, pa.int32()), count))
    return rows.append_column("row", pa.array(np.arange(count, dtype=np.int32)))
