"""Staged rows of one partition as final files, still in staging until the commit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warta.transforms.core.schema import TABLES, Table, children_of
from warta.transforms.lake.files import FinalFile, sort_rows, sorted_chunks
from warta.transforms.lake.layout import PublishedFile, Run, StagedRows
from warta.transforms.lake.open_files import OpenFiles
from warta.transforms.lake.storage import Lake

_UPDATED_COLUMNS = ("version", "duplicate_of", "duplicate_kind", "similarity")
_STORY_COLUMNS = ("story_id", "story_relation", "story_of", "story_similarity")
"""As staged, each article is its own story: they change where it is in another's."""


@dataclass(frozen=True, slots=True)
class RowUpdate:
    """What was found out about one staged row that is not simply new."""

    row: int
    """Its position in the row group."""
    version: int = 1
    duplicate_of: str | None = None
    duplicate_kind: str | None = None
    similarity: float | None = None
    story_id: str | None = None
    """None: the article is a story of its own."""
    story_relation: str | None = None
    story_of: str | None = None
    story_similarity: float | None = None


@dataclass(frozen=True, slots=True)
class RowSelection:
    """The rows of one staged row group that are published."""

    staged: StagedRows
    dropped: tuple[int, ...] = ()
    """Positions of the rows that are not."""
    updates: tuple[RowUpdate, ...] = ()


@dataclass(frozen=True, slots=True)
class PublishTask:
    """One file of a partition, to be written."""

    table: str
    partition: str
    number: int
    """Unique in the run."""
    selections: tuple[RowSelection, ...]


def plan_tasks(selections: Sequence[RowSelection], max_raw_bytes: int) -> list[PublishTask]:
    """Return the files to write, by partition.

    Args:
      selections: The rows of a run that are published.
      max_raw_bytes: Most Arrow memory of a file's rows; a row group that is larger has a file of
        its own.

    Returns:
      Tasks; the same selections give the same tasks in the same order.
    """
    by_partition: dict[tuple[str, str], list[RowSelection]] = {}
    for selection in selections:
        if len(selection.dropped) < selection.staged.rows:
            key = (selection.staged.table, selection.staged.partition)
            by_partition.setdefault(key, []).append(selection)
    parts = [
        (key, tuple(part))
        for key in sorted(by_partition)
        for part in _split(by_partition[key], max_raw_bytes)
    ]
    return [
        PublishTask(table, partition, number, part)
        for number, ((table, partition), part) in enumerate(parts)
    ]


def publish(lake: Lake, run: Run, task: PublishTask, staged: OpenFiles) -> list[PublishedFile]:
    """Write a task's rows, sorted, as final files in staging.

    Args:
      lake: The lake.
      run: The run.
      task: What to write.
      staged: Opens the staged files.

    Returns:
      The file of the task's table, and those of the tables whose rows belong to its rows.

    Raises:
      LakeError: The disk or store refuses them.
    """
    children = children_of(task.table)
    names = (task.table, *(child.name for child in children))
    files = {name: FinalFile(lake, run, name, task.partition, task.number) for name in names}
    schema = TABLES[task.table].schema
    parts = (_read(staged, selection) for selection in task.selections)
    for rows in sorted_chunks(task.table, parts):
        files[task.table].write(rows.select(schema.names).cast(schema))
        for child in children:
            files[child.name].write(_children(child, rows))
    written = [file.close() for file in files.values()]
    return [file for file in written if file is not None]


def _split(selections: Sequence[RowSelection], max_raw_bytes: int) -> Iterator[list[RowSelection]]:
    part: list[RowSelection] = []
    size = 0
    for selection in sorted(selections, key=lambda one: (one.staged.path, one.staged.row_group)):
        if part and size + selection.staged.raw_bytes > max_raw_bytes:
            yield part
            part, size = [], 0
        part.append(selection)
        size += selection.staged.raw_bytes
    if part:
        yield part


def _read(staged: OpenFiles, selection: RowSelection) -> pa.Table:
    rows = staged.read(selection.staged.path, selection.staged.row_group)
    if selection.updates:
        rows = _updated(rows, selection.updates)
    if selection.dropped:
        keep = np.ones(len(rows), dtype=bool)
        keep[list(selection.dropped)] = False
        rows = rows.filter(pa.array(keep))
    return rows


def _updated(rows: pa.Table, updates: Sequence[RowUpdate]) -> pa.Table:
    joining = [update for update in updates if update.story_id is not None]
    for name in (*_UPDATED_COLUMNS, *(_STORY_COLUMNS if joining else ())):
        values = rows[name].to_pylist()
        for update in joining if name in _STORY_COLUMNS else updates:
            values[update.row] = getattr(update, name)
        at = rows.schema.get_field_index(name)
        field = rows.schema.field(name)
        rows = rows.set_column(at, field, pa.array(values, field.type))
    return rows


def _children(child: Table, rows: pa.Table) -> pa.Table:
    """Return the rows of a table that staged rows of its parent carry."""
    lists = rows[child.name].combine_chunks()
    parents = pc.list_parent_indices(lists)
    flat = pc.list_flatten(lists)
    columns = {name: pc.take(rows[name], parents) for name in child.from_parent}
    columns |= {one.name: pc.struct_field(flat, one.name) for one in flat.type}
    table = pa.table([columns[one.name] for one in child.schema], schema=child.schema)
    return sort_rows(child.name, table)
