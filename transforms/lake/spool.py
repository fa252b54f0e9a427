"""Rows that are sorted out by commit, in temporary files: one for each commit and table."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pyarrow as pa


class RowSpool:
    """Temporary files of rows, deleted at the end of the block.

    Example:
      >>> rows = pa.table({"a": [1, 2]})
      >>> with RowSpool() as spool:
      ...     spool.add(3, "articles", rows)
      ...     sum(len(batch) for batch in spool.batches(3, "articles"))
      2
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="warta-changes-")
        self._writers: dict[tuple[int, str], pa.ipc.RecordBatchFileWriter] = {}

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Delete the files."""
        self._close()
        self._folder.cleanup()

    def add(self, sequence: int, table: str, rows: pa.Table) -> None:
        """Add rows of a commit; none once rows were read."""
        key = (sequence, table)
        if key not in self._writers:
            options = pa.ipc.IpcWriteOptions(compression="zstd")
            path = str(self._path(key))
            self._writers[key] = pa.ipc.new_file(path, rows.schema, options=options)
        self._writers[key].write_table(rows)

    def has(self, sequence: int, table: str) -> bool:
        """Return whether there are rows of a commit."""
        return (sequence, table) in self._writers

    def batches(self, sequence: int, table: str) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a commit in the order in which they were added."""
        if not self.has(sequence, table):
            return
        self._close()
        with pa.ipc.open_file(str(self._path((sequence, table)))) as reader:
            for number in range(reader.num_record_batches):
                yield reader.get_batch(number)

    def _path(self, key: tuple[int, str]) -> Path:
        return Path(self._folder.name) / f"{key[0]}-{key[1]}.arrow"

    def _close(self) -> None:
        for writer in self._writers.values():
            writer.close()
