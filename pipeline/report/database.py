"""DuckDB over the live files of a lake: within a bound of memory, and without a network of its own.

Local files are read by DuckDB itself. Those of an object store are read by pyarrow, with the
credentials and options that every other command uses.
"""

import errno
import os
import re
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warta.pipeline.report.scope import quoted
from warta.transforms.core.errors import LakeError, RunError
from warta.transforms.core.storage import is_local
from warta.transforms.lake.catalog import DataFile, Snapshot
from warta.transforms.lake.reading import dataset_of_files
from warta.transforms.lake.storage import Lake

_MEMORY = "320MB"
"""Of DuckDB; what needs more goes to a temporary folder."""
_THREADS = 2
_MANY_FILES = 1000
"""Live files of a table that DuckDB is given as they are: it holds 130 KB of each, beside the bound
of its memory, and opens all for each query."""
_FILES_AT_ONCE = 500
_GATHERED = "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 16384"
_OF_SYSTEM = tuple(
    map(os.strerror, (errno.EMFILE, errno.ENFILE, errno.ENOSPC, errno.EDQUOT, errno.EACCES))
)
"""What the system says where it, and not the lake, is at fault."""
_GLOB = re.compile(r"[*?\[\]{}]")
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a query."""

    columns: tuple[str, ...]
    rows: list[Row]

    def dicts(self) -> list[dict[str, Any]]:
        """Return the rows by column name."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


class Database:
    """A connection whose queries read one snapshot of a lake."""

    def __init__(self, lake: Lake, snapshot: Snapshot, connection: Any, folder: Path) -> None:
        self._lake = lake
        self._snapshot = snapshot
        self._connection = connection
        self._folder = folder

    def source(
        self, table: str, *, without: Collection[str] = (), condition: str = ""
    ) -> str | None:
        """Return what the live files of a table are read from, in SQL; None where it has none.

        Args:
          table: Its name.
          without: Columns that no query reads.
          condition: What holds for every row that a query reads, in SQL, with columns that files
            of all versions have. Other rows may be left out, or not.
        """
        files = self._snapshot.files(table)
        if len(files) > _MANY_FILES:
            return self._gather(table, files, without, condition)
        return self._files(table, files, f"files_of_{table}") if files else None

    def _files(self, table: str, files: Sequence[DataFile], name: str) -> str:
        paths = [self._lake.path(file.path) for file in files]
        if is_local(self._lake.uri) and not any(map(_GLOB.search, paths)):
            return _read_parquet("[" + ", ".join(map(quoted, paths)) + "]")
        self._connection.register(name, dataset_of_files(self._lake, table, files))
        return name

    def _gather(
        self, table: str, files: Sequence[DataFile], without: Collection[str], condition: str
    ) -> str:
        """Copy what queries read of many files into a few, in the folder of the report."""
        folder = Path(tempfile.mkdtemp(prefix=f"{table}-", dir=self._folder))
        where = f" WHERE {condition}" if condition else ""
        for start in range(0, len(files), _FILES_AT_ONCE):
            source = self._files(table, files[start : start + _FILES_AT_ONCE], "files_to_gather")
            columns = ", ".join(sorted(self.columns(source).difference(without)))
            target = quoted(str(folder / f"{start:08}.parquet"))
            self.run(f"COPY (SELECT {columns} FROM {source}{where}) TO {target} ({_GATHERED})")
        return _read_parquet(quoted(f"{folder}/*.parquet"))

    def columns(self, source: str) -> set[str]:
        """Return the names of a source's columns."""
        return {row[0] for row in self.query(f"DESCRIBE SELECT * FROM {source}").rows}

    def run(self, statement: str) -> None:
        """Run a statement that has no result."""
        self.query(statement)

    def query(self, sql: str) -> Result:
        """Return what comes of a query.

        Raises:
          FileNotFoundError: A file was replaced since the snapshot was taken.
          LakeError: A file is damaged.
          RunError: The query needs more memory or disk than there is, or the store is gone.
        """
        import duckdb

        try:
            answer = self._connection.execute(sql)
            columns = tuple(column[0] for column in answer.description or ())
            return Result(columns, answer.fetchall())
        except duckdb.IOException as error:
            if "No files found" in str(error) or "No such file" in str(error):
                raise FileNotFoundError(_line(error)) from error
            if any(words in str(error) for words in _OF_SYSTEM):
                raise RunError(f"the lake cannot be read now: {_line(error)}") from error
            raise LakeError(
                f"{_line(error)}; `warta verify {self._lake}` looks for more"
            ) from error
        except duckdb.OutOfMemoryException as error:
            raise RunError(f"the report needs more memory or disk: {_line(error)}") from error
        except duckdb.Error as error:
            if not is_local(self._lake.uri) and "IOError" in str(error):
                raise RunError(f"the lake cannot be read now: {_line(error)}") from error
            # What DuckDB says of damaged bytes is of many kinds, also of its own defects.
            raise LakeError(
                f"{_line(error)}; `warta verify {self._lake}` looks for more"
            ) from error


@contextmanager
def open_database(lake: Lake, snapshot: Snapshot) -> Iterator[Database]:
    """Open DuckDB over a lake while the block runs.

    Raises:
      RunError: DuckDB is not installed.
    """
    try:
        import duckdb
    except ImportError as error:
        raise missing_extra() from error
    with tempfile.TemporaryDirectory(prefix="warta-report-") as folder:
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": _MEMORY,
            "threads": _THREADS,
            "preserve_insertion_order": False,
            "temp_directory": str(Path(folder) / "spill"),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        with duckdb.connect(config=config) as connection:
            connection.execute("SET TimeZone = 'UTC'").fetchall()
            yield Database(lake, snapshot, connection, Path(folder))


def missing_extra() -> RunError:
    """Return the error that says what to install."""
    return RunError("a report needs the extra report: pip install 'warta[report]'")


def reader_source(uri: str, table: str) -> str:
    """Return what a reader of the page reads a table from, in SQL: by the folder's pattern.

    Example:
      >>> reader_source("lake", "articles")
      "read_parquet('lake/articles/**/*.parquet', union_by_name = true, hive_partitioning = false)"
    """
    return _read_parquet(quoted(f"{without_options(uri).rstrip('/')}/{table}/**/*.parquet"))


def without_options(uri: str) -> str:
    """Return where a lake is, without how this machine connects to it: readers have their own way.

    Example:
      >>> without_options("s3://news/lake?region=us-east-1"), without_options("what?")
      ('s3://news/lake', 'what?')
    """
    return uri.partition("?")[0] if "://" in uri else uri


def add_missing(source: str, have: set[str], wanted: Sequence[tuple[str, str]]) -> str:
    """Return a source with the columns that its files lack, as nulls.

    Args:
      source: In SQL.
      have: Its columns.
      wanted: Names and types of SQL.

    Example:
      >>> add_missing("t", {"a"}, [("a", "BIGINT"), ("b", "VARCHAR")])
      '(SELECT *, CAST(NULL AS VARCHAR) AS b FROM t)'
      >>> add_missing("t", {"a"}, [("a", "BIGINT")])
      't'
    """
    missing = [f"CAST(NULL AS {kind}) AS {name}" for name, kind in wanted if name not in have]
    return f"(SELECT *, {', '.join(missing)} FROM {source})" if missing else source


def _read_parquet(files: str) -> str:
    return f"read_parquet({files}, union_by_name = true, hive_partitioning = false)"


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
