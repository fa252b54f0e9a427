"""Which commit brought a row that is in a merged file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warta.transforms.core.schema import TABLES
from warta.transforms.lake.catalog import DataFile, Snapshot
from warta.transforms.lake.history import NumberedCommit
from warta.transforms.lake.reading import file_batches
from warta.transforms.lake.rows import reject_ids
from warta.transforms.lake.storage import Lake

_Owners = np.ndarray[Any, np.dtype[np.int64]]
_OTHER = -1
"""Brought by a commit that is not asked for."""


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of a file that one commit brought, or changed."""

    sequence: int
    rows: pa.Table
    is_update: bool


class Origins:
    """Sorts rows of merged files by the commits that brought them.

    Args:
      lake: The lake.
      live: Its live files.
      history: All its commits.
      commits: Those whose rows are wanted.
      since: The commit after which changes are read; at 0, rows of which no commit is known any
        more belong to the first one.
    """

    def __init__(
        self,
        lake: Lake,
        live: Snapshot,
        history: Sequence[NumberedCommit],
        commits: Sequence[NumberedCommit],
        since: int,
    ) -> None:
        self._lake, self._live = lake, live
        self._first = commits[0].sequence
        self._wanted = {one.sequence for one in commits}
        self._listed = {f.path: one.sequence for one in history for f in one.commit.files}
        self._checkpoints = {one.sequence for one in history if one.commit.is_checkpoint}
        known = [one for one in history if one.sequence not in self._checkpoints]
        self._runs = pa.array([_run_key(one) for one in known], pa.string())
        self._sequences = np.array([*(one.sequence for one in known), _OTHER], np.int64)
        self._rest = history[0].sequence if not since else _OTHER
        self._marks = {
            one.commit.invocation_id: one.sequence for one in known if one.commit.replayed
        }
        self._parents: tuple[tuple[str, str], pa.Array, _Owners] | None = None

    def may_hold(self, file: DataFile) -> bool:
        """Return whether a live file is merged, and may hold rows of the wanted commits.

        Those that a checkpoint lists hold nothing but the checkpoint's.
        """
        listed = self._listed[file.path]
        return file.merged and listed >= self._first and listed not in self._checkpoints

    def sort_out(self, file: DataFile) -> Iterator[Part]:
        """Yield a file's rows that the wanted commits brought or changed, each with its commit."""
        marked_by = TABLES[file.table].marked_by
        for rows in rows_of_file(self._lake, file):
            owners = self._owners(file, rows)
            if marked_by:
                marks = self._marks_of(rows[marked_by])
                yield from self._parts(rows, marks, is_update=True)
                # As it came: the mark is a later commit's.
                rows = _blank(rows, marked_by, marks > owners)
            yield from self._parts(rows, owners, is_update=False)

    def _parts(self, rows: pa.Table, owners: _Owners, *, is_update: bool) -> Iterator[Part]:
        for sequence in np.unique(owners).tolist():
            if sequence in self._wanted:
                yield Part(sequence, rows.filter(pa.array(owners == sequence)), is_update)

    def _owners(self, file: DataFile, rows: pa.Table) -> _Owners:
        """Return the number of the commit that brought each row."""
        parent = TABLES[file.table].parent
        if not parent:
            return self._owners_by_run(rows, TABLES[file.table].arrived)
        keys, owners = self._owners_of_parents(parent, file.partition)
        found = pc.index_in(_key(rows, TABLES[parent].key), keys)
        return owners[pc.fill_null(found, len(keys)).to_numpy()]

    def _owners_by_run(self, rows: pa.Table, arrived: str) -> _Owners:
        at = rows[arrived].cast(pa.int64()).cast(pa.string())
        keys = pc.binary_join_element_wise(at, rows["run_id"], " ")
        found = pc.fill_null(pc.index_in(keys, self._runs), len(self._runs)).to_numpy()
        owners = self._sequences[found]
        return np.where(owners == _OTHER, self._rest, owners)

    def _owners_of_parents(self, table: str, partition: str) -> tuple[pa.Array, _Owners]:
        """Return the keys of a partition's rows, and the number of the commit of each."""
        if self._parents is None or self._parents[0] != (table, partition):
            parent = TABLES[table]
            names = [*parent.key, parent.arrived, "run_id"]
            schema = pa.schema([parent.schema.field(name) for name in names])
            keys, owners = [pa.array([], pa.string())], [np.array([], np.int64)]
            for file in self._live.files(table, {partition}):
                for batch in file_batches(self._lake, file, schema):
                    rows = pa.Table.from_batches([batch])
                    keys.append(_key(rows, parent.key))
                    owners.append(self._owners_by_run(rows, parent.arrived))
            owners.append(np.array([self._rest], np.int64))
            self._parents = (table, partition), pa.concat_arrays(keys), np.concatenate(owners)
        return self._parents[1:]

    def _marks_of(self, run_ids: pa.ChunkedArray) -> _Owners:
        """Return the number of the commit that marked each row: 0 for none, or one of long ago."""
        marks = [self._marks.get(run_id, 0) for run_id in run_ids.to_pylist()]
        return np.array(marks, np.int64)


def rows_of_file(lake: Lake, file: DataFile) -> Iterator[pa.Table]:
    """Yield a live file's rows in its table's schema of today; rejects with their ids."""
    schema = TABLES[file.table].schema
    for batch in file_batches(lake, file, schema):
        rows = pa.Table.from_batches([batch])
        if file.table == "rejects" and rows["reject_id"].null_count:
            # Rows of schema version 1.
            ids = pc.coalesce(rows["reject_id"], pa.chunked_array([reject_ids(rows)]))
            rows = _with_column(rows, "reject_id", ids)
        yield rows


def _run_key(numbered: NumberedCommit) -> str:
    commit = numbered.commit
    started_at = pa.scalar(datetime.fromisoformat(commit.started_at), pa.timestamp("us", tz="UTC"))
    return f"{started_at.value} {commit.invocation_id}"


def _key(rows: pa.Table, columns: Sequence[str]) -> pa.Array:
    parts = [rows[name].cast(pa.string()) for name in columns]
    return pc.binary_join_element_wise(*parts, " ").combine_chunks()


def _blank(rows: pa.Table, name: str, where: np.ndarray[Any, np.dtype[np.bool_]]) -> pa.Table:
    nothing = pa.scalar(None, rows.schema.field(name).type)
    return _with_column(rows, name, pc.if_else(pa.array(where), nothing, rows[name]))


def _with_column(rows: pa.Table, name: str, values: pa.ChunkedArray) -> pa.Table:
    return rows.set_column(rows.schema.get_field_index(name), rows.schema.field(name), values)
