"""A copy of a lake in a file of DuckDB; lists and structs stay what they are."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import pyarrow as pa

from warta.pipeline.loading.columns import DIALECTS, Dialect
from warta.pipeline.loading.database import Database, keeping_errors, numbered
from warta.transforms.core.errors import LoadError
from warta.transforms.core.exhaustion import check_address_space
from warta.transforms.core.schema import TABLES
from warta.transforms.core.storage import one_line

_ADDRESS_SPACE = 2_500_000_000
"""Bytes; with 1 GB it ends the process by chance, without a word."""


class DuckDb(Database):
    """A file of DuckDB.

    Args:
      path: Of the file; made if it is missing.

    Raises:
      LoadError: It cannot be opened or written, or DuckDB is not installed.
      ExhaustedError: The process may not use enough address space for it.
    """

    dialect: ClassVar[Dialect] = DIALECTS["duckdb"]

    def __init__(self, path: str) -> None:
        try:
            import duckdb
        except ImportError as error:
            raise LoadError("loading DuckDB needs it: pip install 'warta[duckdb]'") from error
        check_address_space(_ADDRESS_SPACE, "DuckDB", "raise the limit (ulimit -v)")
        self._path, self._errors = path, duckdb.Error
        with self._reporting():
            self._connection = duckdb.connect(path)

    def execute(self, statement: str) -> None:
        """Run a statement that gives no rows."""
        self._connection.execute(statement)

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with self._reporting():
            return list(self._connection.execute(statement).fetchall())

    def stage(self, stage: str, table: str, batches: Iterator[pa.RecordBatch]) -> None:
        """Fill a staging table with rows, numbered in their order."""
        schema = TABLES[table].schema.append(pa.field("warta_row", pa.int64()))
        with keeping_errors(numbered(batches)) as kept:
            reader = pa.RecordBatchReader.from_batches(schema, kept)
            self._connection.register("warta_batches", reader)
            name = self.dialect.ident(stage)
            self._connection.execute(f"INSERT INTO {name} SELECT * FROM warta_batches")  # noqa: S608
            self._connection.unregister("warta_batches")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what is done within, or take all of it back."""
        with self._reporting():
            self._connection.begin()
            try:
                yield
            except BaseException:
                self._connection.rollback()
                raise
            self._connection.commit()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    @contextmanager
    def _reporting(self) -> Iterator[None]:
        """Raise DuckDB's errors as one line.

        Raises:
          LoadError: In place of an error of DuckDB.
        """
        try:
            yield
        except self._errors as error:
            raise LoadError(f"{self._path}: {one_line(error)}") from error
