"""What the scripts for all warehouses share: tables, staging, merges."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa

from warta.pipeline.loading.columns import DIALECTS, Dialect
from warta.transforms.core.errors import UsageError
from warta.transforms.core.schema import TABLES
from warta.transforms.core.storage import is_local, join, public_uri
from warta.transforms.lake.catalog import DataFile

STAGE = "warta_stage_"
"""Begins the names of staging tables."""


@dataclass(frozen=True, slots=True)
class LakeFiles:
    """The files that a script loads."""

    location: str
    """The folder or bucket, as the warehouse sees it."""
    files: tuple[DataFile, ...]
    until: int
    """Number of the lake's last commit."""

    def of(self, table: str) -> list[DataFile]:
        """Return the files of a table."""
        return [file for file in self.files if file.table == table]

    def uri(self, path: str) -> str:
        """Return where the warehouse sees a file of the lake."""
        return join(self.location, path)


class Warehouse:
    """A warehouse whose tables are made, staged and merged as most do it."""

    name: ClassVar[str]
    schemes: ClassVar[tuple[str, ...]] = ()
    """URIs that it reads; empty: also plain paths."""
    demands: ClassVar[tuple[str, ...]] = ()
    """What its documentation says of such a load: comments at the head of the script."""
    files_at_once: ClassVar[int] = 1000
    """Files that one statement may name."""

    @property
    def dialect(self) -> Dialect:
        """Return how it writes names and types."""
        return DIALECTS[self.name]

    def script(self, lake: LakeFiles) -> Iterator[str]:
        """Yield the statements that bring its tables up to a lake."""
        yield from self.setup(lake)
        for table in TABLES:
            yield self.create(table, self.table(table))
        for table in TABLES:
            if files := lake.of(table):
                yield from self.load(table, files, lake)
                yield from self.merge(table)
                yield from self.clean_up(table)

    def setup(self, lake: LakeFiles) -> Iterator[str]:
        """Yield what comes first."""
        yield from ()

    def load(self, table: str, files: Sequence[DataFile], lake: LakeFiles) -> Iterator[str]:
        """Yield what puts the rows of files into the staging table.

        Args:
          table: Name of the table.
          files: Live files of it, at least one.
          lake: Gives their URIs as the warehouse reads them.

        Yields:
          Statements, without a semicolon.

        Raises:
          UsageError: The warehouse cannot read files of such a path.
        """
        raise NotImplementedError

    def merge(self, table: str) -> Iterator[str]:
        """Yield what brings staged rows into their table; staged twice, they are there once."""
        key = TABLES[table]
        names = ", ".join(self.columns(table))
        stage = self.table(STAGE + table)
        if not key.is_replaced:
            on = " AND ".join(f"t.{name} = s.{name}" for name in self.keys(table))
            selected = ", ".join(f"s.{name}" for name in self.columns(table))
            yield (
                f"INSERT INTO {self.table(table)} ({names})\n"  # noqa: S608
                f"SELECT {selected}\nFROM {stage} AS s\n"
                f"WHERE NOT EXISTS (SELECT 1 FROM {self.table(table)} AS t WHERE {on})"
            )
            return
        on = " AND ".join(f"t.{name} = s.{name}" for name in self.keys(table))
        others = [name for name in self.columns(table) if name not in self.keys(table)]
        update = ", ".join(f"{name} = s.{name}" for name in others)
        values = ", ".join(f"s.{name}" for name in self.columns(table))
        by = self.dialect.ident(key.ordered_by)
        newer = f" AND s.{by} >= t.{by}" if key.ordered_by else ""
        yield (
            f"MERGE INTO {self.table(table)} AS t\n"  # noqa: S608
            f"USING ({self.last_rows(table, stage)}) AS s\nON {on}\n"
            f"WHEN MATCHED{newer} THEN UPDATE SET {update}\n"
            f"WHEN NOT MATCHED THEN INSERT ({names}) VALUES ({values})"
        )

    def clean_up(self, table: str) -> Iterator[str]:
        """Yield what takes the staging table away."""
        yield f"DROP TABLE IF EXISTS {self.table(STAGE + table)}"

    def create(self, table: str, name: str, *, temporary: str = "") -> str:
        """Return the DDL of a table, or of its staging table."""
        schema = TABLES[table].schema
        columns = ",\n  ".join(self.column(one) for one in schema)
        tail = "" if temporary or name != self.table(table) else self.table_options(table)
        head = temporary or "CREATE TABLE IF NOT EXISTS"
        return f"{head} {name} (\n  {columns}\n)" + (f"\n{tail}" if tail else "")

    def column(self, one: pa.Field) -> str:
        """Return the DDL of a column."""
        return f"{self.dialect.ident(one.name)} {self.dialect.type(one.type)}"

    def table_options(self, table: str) -> str:
        """Return what follows the columns in the DDL of a table."""
        return ""

    def last_rows(self, table: str, source: str) -> str:
        """Return a query for the row of each key that counts: the last, or the highest version."""
        names = ", ".join(self.columns(table))
        keys = ", ".join(self.keys(table))
        last = self.dialect.ident(TABLES[table].ordered_by or TABLES[table].arrived)
        return (
            f"SELECT {names} FROM (SELECT {names}, row_number() OVER "  # noqa: S608
            f"(PARTITION BY {keys} ORDER BY {last} DESC) AS warta_rank FROM {source}) AS ranked "
            "WHERE warta_rank = 1"
        )

    def table(self, name: str) -> str:
        """Return the name of a table, quoted."""
        return self.dialect.ident(name)

    def columns(self, table: str) -> list[str]:
        """Return the names of a table's columns, quoted."""
        return self.dialect.columns(table)

    def keys(self, table: str) -> list[str]:
        """Return the names of a table's key columns, quoted."""
        return [self.dialect.ident(name) for name in TABLES[table].key]

    def batched(self, files: Sequence[DataFile]) -> Iterator[Sequence[DataFile]]:
        """Yield as many files as one statement may name."""
        for first in range(0, len(files), self.files_at_once):
            yield files[first : first + self.files_at_once]

    def located(self, lake_uri: str, location: str | None) -> str:
        """Return the lake's URI for this warehouse: without keys and options.

        Raises:
          UsageError: It cannot read there.
        """
        uri = location or public_uri(lake_uri).partition("?")[0]
        if location is None and is_local(uri) and not self.schemes:
            from warta.transforms.core.storage import resolve

            uri = resolve(uri)[1]
        if self.schemes and not uri.startswith(self.schemes):
            raise UsageError(
                f"{self.name} reads only {' and '.join(self.schemes)}: copy the lake there, and "
                f"give --location {self.schemes[0]}BUCKET/FOLDER"
            )
        return self.rewritten(uri.rstrip("/"))

    def rewritten(self, uri: str) -> str:
        """Return a URI as the engine spells it."""
        return uri
