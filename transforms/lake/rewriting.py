"""A lake of an older layout with all of its files in today's: `warta compact --rewrite`.

Lakes that were made before schema version 3 keep their paths and types, since readers take files of
two layouts in one folder for damage. A rewrite writes every file of every table again, in one
commit: a reader by the commits sees the one layout or the other, and a rewrite that is killed
is taken back or finished by the next start, as any run is. For as long as it takes the lake needs
its space twice.
"""

from collections.abc import Iterator, Sequence
from itertools import count

import pyarrow as pa
import pyarrow.compute as pc

from warta.transforms.core.schema import LAYOUT_VERSION, TABLES, conform_to_schema
from warta.transforms.lake.catalog import DataFile, Snapshot
from warta.transforms.lake.compaction import CompactionTask, write_merged
from warta.transforms.lake.files import FinalFile
from warta.transforms.lake.layout import PublishedFile, Run
from warta.transforms.lake.reading import open_parquet
from warta.transforms.lake.storage import Lake

_KEY = ["article_id", "version"]


def plan_rewrite(live: Snapshot, target_bytes: int) -> list[CompactionTask]:
    """Return tasks that write all rows of all tables again.

    Args:
      live: The lake's live files.
      target_bytes: Size up to which files of a partition become one.
    """
    numbers = count()
    return [
        CompactionTask(table, partition, next(numbers), paths)
        for table in TABLES
        for partition in live.partitions(table)
        for paths in _groups(live.files(table, {partition}), target_bytes)
    ]


def rewrite(lake: Lake, run: Run, live: Snapshot, task: CompactionTask) -> PublishedFile:
    """Write the rows of a task's files as one file of today's layout, in staging.

    Mentions of older versions do not say when they came into the lake: that is taken from their
    articles, which are in the same partition.

    Args:
      lake: The lake.
      run: The run that commits the file.
      live: The lake's live files.
      task: What to write.

    Raises:
      LakeError: The disk or store refuses it, or a file cannot be read.
      ValueError: The files hold no row.
    """
    file = FinalFile(lake, run, task.table, task.partition, task.number, LAYOUT_VERSION)
    parts = _parts(lake, task)
    if parent := TABLES[task.table].parent:
        parents = _ingested(lake, live.paths(parent, {task.partition}))
        parts = (_with_ingested_at(rows, parents) for rows in parts)
    return write_merged(file, task, parts)


def _groups(files: Sequence[DataFile], target_bytes: int) -> Iterator[tuple[str, ...]]:
    group: list[str] = []
    size = 0
    for file in files:
        if group and size + file.bytes > target_bytes:
            yield tuple(group)
            group, size = [], 0
        group.append(file.path)
        size += file.bytes
    if group:
        yield tuple(group)


def _parts(lake: Lake, task: CompactionTask) -> Iterator[pa.Table]:
    for path in task.paths:
        with open_parquet(lake, path) as file:
            for group in range(file.num_row_groups):
                yield conform_to_schema(file.read_row_group(group), TABLES[task.table].schema)


def _ingested(lake: Lake, paths: Sequence[str]) -> pa.Table:
    """Return the keys of articles, with when they came into the lake."""
    parts = []
    for path in paths:
        with open_parquet(lake, path) as file:
            parts.append(file.read(columns=[*_KEY, "ingested_at"]))
    return pa.concat_tables(parts)


def _with_ingested_at(children: pa.Table, parents: pa.Table) -> pa.Table:
    found = pc.index_in(_keys(children), value_set=_keys(parents).combine_chunks())
    times = pc.coalesce(children["ingested_at"], parents["ingested_at"].take(found))
    at = children.schema.get_field_index("ingested_at")
    return children.set_column(at, children.schema.field(at), times)


def _keys(rows: pa.Table) -> pa.ChunkedArray:
    version = rows["version"].cast(pa.string())
    return pc.binary_join_element_wise(rows["article_id"], version, "/")
