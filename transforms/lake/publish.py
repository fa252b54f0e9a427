"""Staged row groups of one partition -> final files, still in staging until the commit."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from transforms.lake.layout import (
    Lake,
    PublishedFile,
    Run,
    StagedRows,
    partition_path,
    staging_path,
)
from transforms.schema import ARTICLES, MENTIONS, TABLES

ROW_GROUP_ROWS = 10_000
"""Fewest rows of a row group where the partition has as many."""
MAX_CHUNK_BYTES = 96 << 20
"""Most Arrow memory sorted at once: a row group of long articles stops here below 10,000 rows."""
_ZSTD_LEVEL = 1
_SORT = {
    "articles": ["date_published", "article_id", "version"],
    "mentions": ["article_id", "version", "field", "start"],
    "rejects": ["source_uri", "source_record_id", "reason"],
}
_STATISTICS = {
    "articles": ["article_id", "version", "canonical_domain", "in_language", "date_published"],
    "mentions": ["article_id", "entity_id", "wikidata_id", "type"],
    "rejects": ["stage", "reason", "source_uri"],
}
_DICTIONARY = {
    "articles": [
        "canonical_domain",
        "publisher_name",
        "in_language",
        "date_published_precision",
        "date_published_source",
        "article_section",
        "minhash_scheme",
        "duplicate_kind",
        "feed_url",
        "extraction_method",
        "tagger_versions",
        "run_id",
        "published_date",
        "topics.list.element.scheme",
        "topics.list.element.qcode",
        "topics.list.element.name",
        "entities.list.element.type",
        "entities.list.element.wikidata_id",
        "removed_spans.list.element.rule",
    ],
    "mentions": [
        "article_id",
        "published_date",
        "entity_id",
        "wikidata_id",
        "surface",
        "type",
        "field",
        "method",
    ],
    "rejects": ["stage", "reason", "source_uri", "run_id", "rejected_date"],
}


@dataclass(frozen=True, slots=True)
class Mark:
    """What was found out about one staged row that is not simply new."""

    row: int
    version: int = 1
    duplicate_of: str | None = None
    duplicate_kind: str | None = None
    similarity: float | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """The rows of one staged row group that are to be published."""

    staged: StagedRows
    dropped: tuple[int, ...] = ()
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class PublishTask:
    """One file's worth of a partition. `number` is unique in the run."""

    table: str
    partition: str
    number: int
    pieces: tuple[Piece, ...]


def plan_tasks(pieces: Sequence[Piece], max_raw_bytes: int) -> list[PublishTask]:
    """Pieces of a run -> tasks by partition, none above `max_raw_bytes` of Arrow memory if it can.

    The same pieces give the same tasks in the same order.
    """
    by_partition: dict[tuple[str, str], list[Piece]] = {}
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
    writers = {task.table: _Writer(lake, run, task, task.table)}
    if task.table == "articles":
        writers["mentions"] = _Writer(lake, run, task, "mentions")
    for rows in _chunks(lake, task):
        if task.table == "articles":
            writers["articles"].write(rows.select(ARTICLES.names).cast(ARTICLES))
            writers["mentions"].write(_mentions(rows))
        else:
            writers[task.table].write(rows)
    files = [writer.close() for writer in writers.values()]
    return [file for file in files if file is not None]


def _slices(pieces: list[Piece], max_raw_bytes: int) -> Iterator[list[Piece]]:
    part: list[Piece] = []
    size = 0
    for piece in sorted(pieces, key=lambda piece: (piece.staged.path, piece.staged.row_group)):
        if part and size + piece.staged.raw_bytes > max_raw_bytes:
            yield part
            part, size = [], 0
        part.append(piece)
        size += piece.staged.raw_bytes
    if part:
        yield part


def _chunks(lake: Lake, task: PublishTask) -> Iterator[pa.Table]:
    """The task's rows in tables of a row group's size, each sorted."""
    waiting: list[pa.Table] = []
    rows = size = 0
    for piece in task.pieces:
        table = _read(lake, piece)
        if waiting and (rows >= ROW_GROUP_ROWS or size + table.nbytes > MAX_CHUNK_BYTES):
            chunk = _sorted(task.table, waiting)
            waiting, rows, size = [], 0, 0
            yield chunk
            del chunk
        waiting.append(table)
        rows += len(table)
        size += table.nbytes
    if waiting:
        yield _sorted(task.table, waiting)


def _sorted(name: str, tables: list[pa.Table]) -> pa.Table:
    rows = pa.concat_tables(tables)
    return rows.take(pc.sort_indices(rows, [(column, "ascending") for column in _SORT[name]]))


def _read(lake: Lake, piece: Piece) -> pa.Table:
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


def _marked(rows: pa.Table, marks: Sequence[Mark]) -> pa.Table:
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
    keys = [(column, "ascending") for column in _SORT["mentions"]]
    return table.take(pc.sort_indices(table, keys))


_PARENT_COLUMNS = ("article_id", "version", "published_date")


class _Writer:
    """One final file, opened with its first row: an empty table leaves no file."""

    def __init__(self, lake: Lake, run: Run, task: PublishTask, table: str) -> None:
        self._lake = lake
        self._table = table
        self._partition = task.partition
        name = f"{run.token}-{task.number}.parquet"
        self._path = partition_path(table, task.partition, name)
        # A repeated bundle writes beside the first one, never into it.
        self._staged_path = staging_path(run.token, f"final-{uuid.uuid4().hex}.parquet")
        self._writer: pq.ParquetWriter | None = None
        self._rows = 0

    def write(self, rows: pa.Table) -> None:
        if not len(rows):
            return
        if self._writer is None:
            self._writer = pq.ParquetWriter(
                self._lake.path(self._staged_path),
                TABLES[self._table][0],
                filesystem=self._lake.filesystem,
                compression="zstd",
                compression_level=_ZSTD_LEVEL,
                use_dictionary=_DICTIONARY[self._table],
                write_statistics=_STATISTICS[self._table],
            )
        self._writer.write_table(rows, row_group_size=len(rows))
        self._rows += len(rows)

    def close(self) -> PublishedFile | None:
        if self._writer is None:
            return None
        self._writer.close()
        size = self._lake.size(self._staged_path)
        if size is None:
            raise FileNotFoundError(f"{self._staged_path} is gone while it was written")
        return PublishedFile(
            self._table, self._partition, self._path, self._staged_path, self._rows, size
        )
