"""Staged row groups of one partition -> final files, still in staging until the commit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from transforms.core.schema import MENTIONS, TABLES
from transforms.lake.files import FinalFile, sort_rows, sorted_chunks
from transforms.lake.layout import Lake, PublishedFile, Run, StagedRows


@dataclass(frozen=True, slots=True)
class RowUpdate:
    """What was found out about one staged row that is not simply new."""

    row: int
    version: int = 1
    duplicate_of: str | None = None
    duplicate_kind: str | None = None
    similarity: float | None = None


@dataclass(frozen=True, slots=True)
class RowSelection:
    """The rows of one staged row group that are to be published."""

    staged: StagedRows
    dropped: tuple[int, ...] = ()
    marks: tuple[RowUpdate, ...] = ()


@dataclass(frozen=True, slots=True)
class PublishTask:
    """One file's worth of a partition. `number` is unique in the run."""

    table: str
    partition: str
    number: int
    pieces: tuple[RowSelection, ...]


def plan_tasks(pieces: Sequence[RowSelection], max_raw_bytes: int) -> list[PublishTask]:
    """Pieces of a run -> tasks by partition, none above `max_raw_bytes` of Arrow memory if it can.

    The same pieces give the same tasks in the same order.
    """
    by_partition: dict[tuple[str, str], list[RowSelection]] = {}
    for piece in pieces:
        if len(piece.dropped) < piece.staged.rows:
            key = (piece.staged.table, piece.staged.partition)
            by_partition.setdefault(key, []).append(piece)
    slices = [
        (key, tuple(part))
        for key in sorted(by_partition)
        for part in _slices(by_partition[key], max_raw_bytes)
    ]
    return [
        PublishTask(table, partition, number, part)
        for number, ((table, partition), part) in enumerate(slices)
    ]


def publish(lake: Lake, run: Run, task: PublishTask) -> list[PublishedFile]:
    """Writes a task's rows, sorted, as final files in staging.

    Returns:
      The file of the task's table and, for articles, the file of their mentions where there are.
    """
    names = (task.table, "mentions") if task.table == "articles" else (task.table,)
    files = {name: FinalFile(lake, run, name, task.partition, task.number) for name in names}
    schema = TABLES[task.table][0]
    for rows in sorted_chunks(task.table, (_read(lake, piece) for piece in task.pieces)):
        files[task.table].write(rows.select(schema.names).cast(schema))
        if task.table == "articles":
            files["mentions"].write(_mentions(rows))
    written = [file.close() for file in files.values()]
    return [file for file in written if file is not None]


def _slices(pieces: list[RowSelection], max_raw_bytes: int) -> Iterator[list[RowSelection]]:
    part: list[RowSelection] = []
    size = 0
    for piece in sorted(pieces, key=lambda piece: (piece.staged.path, piece.staged.row_group)):
        if part and size + piece.staged.raw_bytes > max_raw_bytes:
            yield part
            part, size = [], 0
        part.append(piece)
        size += piece.staged.raw_bytes
    if part:
        yield part


def _read(lake: Lake, piece: RowSelection) -> pa.Table:
    path = lake.path(piece.staged.path)
    with pq.ParquetFile(path, filesystem=lake.filesystem) as file:
        rows = file.read_row_group(piece.staged.row_group)
    if piece.marks:
        rows = _marked(rows, piece.marks)
    if piece.dropped:
        keep = np.ones(len(rows), dtype=bool)
        keep[list(piece.dropped)] = False
        rows = rows.filter(pa.array(keep))
    return rows


def _marked(rows: pa.Table, marks: Sequence[RowUpdate]) -> pa.Table:
    for name in ("version", "duplicate_of", "duplicate_kind", "similarity"):
        values = rows[name].to_pylist()
        for mark in marks:
            values[mark.row] = getattr(mark, name)
        at = rows.schema.get_field_index(name)
        field = rows.schema.field(name)
        rows = rows.set_column(at, field, pa.array(values, field.type))
    return rows


def _mentions(rows: pa.Table) -> pa.Table:
    """Staged articles -> one row a mention."""
    lists = rows["mentions"].combine_chunks()
    parents = pc.list_parent_indices(lists)
    flat = pc.list_flatten(lists)
    columns = {name: pc.take(rows[name], parents) for name in _PARENT_COLUMNS}
    columns |= {field.name: pc.struct_field(flat, field.name) for field in flat.type}
    table = pa.table([columns[field.name] for field in MENTIONS], schema=MENTIONS)
    return sort_rows("mentions", table)


_PARENT_COLUMNS = ("article_id", "version", "published_date")
