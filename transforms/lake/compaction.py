"""Published files -> fewer, larger ones of the same rows, or the same with a mark.

A lake that takes in a handful of articles every few minutes would soon hold thousands of small
files. They are merged by partition, and committed as a run's files are: a reader sees the rows
once, in the old files or in the new one.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from transforms.core.schema import TABLES, conform_to_schema
from transforms.lake.files import FinalFile, sorted_chunks
from transforms.lake.layout import Lake, PublishedFile, Run
from transforms.lake.publishing import PublishTask
from transforms.lake.rows import reject_ids
from transforms.lake.scan import open_rejects

_SMALL = 0.5
"""A file is small below this share of the target size."""


@dataclass(frozen=True, slots=True)
class CompactionPolicy:
    """When the files of a partition are merged."""

    small_files: int
    """So many small files, at least two, and they are merged; 0: never."""
    target_bytes: int
    """Size that files aim at."""


@dataclass(frozen=True, slots=True)
class CompactionTask:
    """Files of one partition that become one. `number` is unique in the run."""

    table: str
    partition: str
    number: int
    paths: tuple[str, ...]
    replayed: frozenset[str] = frozenset()
    """Ids of rejects that have been read again and moved on."""


def plan_compaction(
    lake: Lake, places: Iterable[tuple[str, str]], policy: CompactionPolicy, first_number: int = 0
) -> list[CompactionTask]:
    """Partitions, as (table, partition) -> what is to be merged in them.

    The same files give the same tasks in the same order.
    """
    numbers = count(first_number)
    return [
        CompactionTask(table, partition, next(numbers), paths)
        for table, partition in sorted(set(places))
        for paths in _groups(lake, table, partition, policy)
    ]


def affected_partitions(tasks: Iterable[PublishTask]) -> set[tuple[str, str]]:
    """The partitions that a run adds a file to."""
    places = {(task.table, task.partition) for task in tasks}
    return places | {("mentions", day) for table, day in places if table == "articles"}


def mark_replayed(
    lake: Lake, merges: Sequence[CompactionTask], replayed: Collection[str], first_number: int
) -> list[CompactionTask]:
    """Merges of a run that has read rejects again -> the same, and those that mark the rejects.

    Args:
      lake: where.
      merges: what is merged anyway.
      replayed: ids of the rejects that moved on.
      first_number: of the tasks that are added.
    """
    ids = frozenset(replayed)
    if not ids:
        return list(merges)
    marking = [replace(task, replayed=ids) if task.table == "rejects" else task for task in merges]
    merged = {path for task in merges for path in task.paths}
    numbers = count(first_number)
    marking += [
        CompactionTask("rejects", partition, next(numbers), (path,), ids)
        for partition in lake.partitions("rejects")
        for path in lake.table_files("rejects", partition)
        if path not in merged and not ids.isdisjoint(open_rejects(lake, path))
    ]
    return marking


def compact(lake: Lake, run: Run, task: CompactionTask) -> PublishedFile:
    """Writes the rows of a task's files as one file in staging, in today's schema."""
    file = FinalFile(lake, run, task.table, task.partition, task.number)
    for rows in sorted_chunks(task.table, _parts(lake, run, task)):
        file.write(rows)
    written = file.close(replaces=task.paths)
    if written is None:
        raise ValueError(f"files without rows: {', '.join(task.paths)}")
    return written


def _groups(
    lake: Lake, table: str, partition: str, policy: CompactionPolicy
) -> Iterator[tuple[str, ...]]:
    """Small files that together stay below the target size, where there are enough of them."""
    if not policy.small_files:
        return
    sizes = {path: lake.size(path) or 0 for path in lake.table_files(table, partition)}
    small = [path for path, size in sizes.items() if size < _SMALL * policy.target_bytes]
    if len(small) < max(2, policy.small_files):
        return
    group: list[str] = []
    for path in small:
        if group and sum(sizes[one] for one in group) + sizes[path] > policy.target_bytes:
            if len(group) > 1:
                yield tuple(group)
            group = []
        group.append(path)
    if len(group) > 1:
        yield tuple(group)


def _parts(lake: Lake, run: Run, task: CompactionTask) -> Iterator[pa.Table]:
    schema = TABLES[task.table][0]
    for path in task.paths:
        with pq.ParquetFile(lake.path(path), filesystem=lake.filesystem) as file:
            for group in range(file.num_row_groups):
                rows = conform_to_schema(file.read_row_group(group), schema)
                yield _with_marks(rows, run, task.replayed) if task.table == "rejects" else rows


def _with_marks(rows: pa.Table, run: Run, replayed: frozenset[str]) -> pa.Table:
    """Rejects with the ids that older ones lack, and the run that took them further."""
    ids = pc.coalesce(rows["reject_id"], pa.chunked_array([reject_ids(rows)]))
    passed = pc.is_in(ids, pa.array(sorted(replayed), pa.string()))
    by = pc.if_else(passed, pa.scalar(run.invocation_id), pa.scalar(None, pa.string()))
    by = pc.coalesce(rows["replayed_by"], by)
    for name, values in (("reject_id", ids), ("replayed_by", by)):
        rows = rows.set_column(rows.schema.get_field_index(name), rows.schema.field(name), values)
    return rows
