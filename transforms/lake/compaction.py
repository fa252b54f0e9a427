"""Compaction: small files of a partition become larger ones with the same rows.

A lake that takes in a handful of articles every few minutes would soon hold thousands of small
files. They are compacted by partition, and committed as a run's files are: a reader sees the rows
once, in the old files or in the new one. Rejects that a replay has taken further are marked on the
same way.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count

import pyarrow as pa
import pyarrow.compute as pc

from warta.transforms.core.schema import TABLES, children_of, conform_to_schema
from warta.transforms.lake.catalog import DataFile, Snapshot
from warta.transforms.lake.files import FinalFile, sorted_chunks
from warta.transforms.lake.layout import PublishedFile, Run
from warta.transforms.lake.publish_files import PublishTask
from warta.transforms.lake.reading import open_parquet
from warta.transforms.lake.rows import reject_ids
from warta.transforms.lake.scan import open_rejects
from warta.transforms.lake.storage import Lake

_SMALL = 0.5
"""A file is small below this share of the target size."""


@dataclass(frozen=True, slots=True)
class CompactionPolicy:
    """When the files of a partition are compacted.

    Example:
      >>> CompactionPolicy(small_files=0).target_bytes >> 20
      128
    """

    small_files: int = 8
    """Fewest small files that are compacted, at least two; 0: never."""
    target_bytes: int = 128 << 20
    """Size that files aim at."""


@dataclass(frozen=True, slots=True)
class CompactionTask:
    """Files of one partition that become one."""

    table: str
    partition: str
    number: int
    """Unique in the run."""
    paths: tuple[str, ...]
    replayed: frozenset[str] = frozenset()
    """Ids of rejects that have been read again and did not come back the same."""


def plan_compaction(
    live: Snapshot,
    partitions: Iterable[tuple[str, str]],
    policy: CompactionPolicy,
    first_number: int = 0,
) -> list[CompactionTask]:
    """Return what to compact in these partitions.

    Args:
      live: The lake's live files; others are never merged.
      partitions: Pairs of table and partition.
      policy: When files are compacted.
      first_number: Number of the first task.

    Returns:
      Tasks; the same files give the same tasks in the same order.
    """
    numbers = count(first_number)
    return [
        CompactionTask(table, partition, next(numbers), paths)
        for table, partition in sorted(set(partitions))
        for paths in _groups(live.files(table, {partition}), policy)
    ]


def affected_partitions(tasks: Iterable[PublishTask]) -> set[tuple[str, str]]:
    """Return the pairs of table and partition that a run adds a file to."""
    direct = {(task.table, task.partition) for task in tasks}
    return direct | {(child.name, day) for table, day in direct for child in children_of(table)}


def mark_replayed(
    lake: Lake,
    live: Snapshot,
    tasks: Sequence[CompactionTask],
    replayed: Collection[str],
    first_number: int,
) -> list[CompactionTask]:
    """Return a run's compactions with those that mark the rejects it has read again.

    Args:
      lake: The lake.
      live: Its live files.
      tasks: What is compacted anyway.
      replayed: Ids of the rejects that did not come back the same.
      first_number: Number of the first task that is added.
    """
    ids = frozenset(replayed)
    if not ids:
        return list(tasks)
    marking = [replace(task, replayed=ids) if task.table == "rejects" else task for task in tasks]
    merged = {path for task in tasks for path in task.paths}
    numbers = count(first_number)
    marking += [
        CompactionTask("rejects", file.partition, next(numbers), (file.path,), ids)
        for file in live.files("rejects")
        if file.path not in merged and not ids.isdisjoint(open_rejects(lake, file.path))
    ]
    return marking


def compact(lake: Lake, run: Run, task: CompactionTask) -> PublishedFile:
    """Write the rows of a task's files as one file in staging, in today's schema.

    Args:
      lake: The lake.
      run: The run that commits the file.
      task: What to compact.

    Returns:
      The finished file.

    Raises:
      LakeError: The disk or store refuses it.
      ValueError: The files hold no row.
    """
    file = FinalFile(lake, run, task.table, task.partition, task.number)
    return write_merged(file, task, _parts(lake, run, task))


def write_merged(file: FinalFile, task: CompactionTask, parts: Iterable[pa.Table]) -> PublishedFile:
    """Write rows, sorted, as the file that replaces those of a task.

    Args:
      file: The new file, without a row yet.
      task: Names the files that it replaces.
      parts: Their rows.

    Returns:
      The finished file, in staging.

    Raises:
      LakeError: The disk or store refuses it.
      ValueError: There is no row.
    """
    for rows in sorted_chunks(task.table, parts):
        file.write(rows)
    written = file.close(replaces=task.paths)
    if written is None:
        raise ValueError(f"files without rows: {', '.join(task.paths)}")
    return written


def _groups(files: Sequence[DataFile], policy: CompactionPolicy) -> Iterator[tuple[str, ...]]:
    """Yield small files that stay below the target size together, if they are enough."""
    if not policy.small_files:
        return
    sizes = {file.path: file.bytes for file in files}
    small = [path for path, size in sizes.items() if size < _SMALL * policy.target_bytes]
    if len(small) < max(2, policy.small_files):
        return
    group: list[str] = []
    total = 0
    for path in small:
        if group and total + sizes[path] > policy.target_bytes:
            if len(group) > 1:
                yield tuple(group)
            group, total = [], 0
        group.append(path)
        total += sizes[path]
    if len(group) > 1:
        yield tuple(group)


def _parts(lake: Lake, run: Run, task: CompactionTask) -> Iterator[pa.Table]:
    schema = TABLES[task.table].schema
    for path in task.paths:
        with open_parquet(lake, path) as file:
            for group in range(file.num_row_groups):
                rows = conform_to_schema(file.read_row_group(group), schema)
                yield _mark_replayed(rows, run, task.replayed) if task.table == "rejects" else rows


def _mark_replayed(rows: pa.Table, run: Run, replayed: frozenset[str]) -> pa.Table:
    """Return rejects with the ids that older ones lack, and the run that took them further."""
    ids = pc.coalesce(rows["reject_id"], pa.chunked_array([reject_ids(rows)]))
    passed = pc.is_in(ids, pa.array(sorted(replayed), pa.string()))
    by = pc.if_else(passed, pa.scalar(run.invocation_id), pa.scalar(None, pa.string()))
    by = pc.coalesce(rows["replayed_by"], by)
    for name, values in (("reject_id", ids), ("replayed_by", by)):
        rows = rows.set_column(rows.schema.get_field_index(name), rows.schema.field(name), values)
    return rows
