"""A database that holds a copy of a lake: one transaction for each commit of the lake.

The tables are those of the lake. `warta_position` holds the number and the id of the last commit
that was loaded, written in the same transaction as its rows: a load that is killed goes on where
it was, and rows that come twice change nothing.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

import pyarrow as pa

from warta.pipeline.loading.columns import Dialect
from warta.transforms.core.schema import TABLES
from warta.transforms.lake.changes import CommitChanges

POSITION = "warta_position"
"""The table that holds the last commit that was loaded."""
_STAGE = "warta_stage"
_ROW = "warta_row"


@dataclass(frozen=True, slots=True)
class Position:
    """The last commit of a lake that a copy has."""

    sequence: int
    commit_id: str


class Database(ABC):
    """What the databases share: the tables, and how rows get into them."""

    dialect: ClassVar[Dialect]
    stage_columns: ClassVar[str] = ""
    """Type of nested columns while they are staged; empty: their own."""

    @abstractmethod
    def execute(self, statement: str) -> None:
        """Run one statement."""

    @abstractmethod
    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """Return the rows of one query."""

    @abstractmethod
    def stage(self, stage: str, table: str, batches: Iterator[pa.RecordBatch]) -> None:
        """Put rows into an empty staging table, with their order in the column `warta_row`.

        Args:
          stage: Name of the staging table.
          table: The table of the lake whose columns it has.
          batches: The rows, in the order in which they apply.
        """

    @abstractmethod
    def transaction(self) -> Any:
        """Return a context in which all happens, or nothing."""

    @abstractmethod
    def close(self) -> None:
        """Close the connection."""

    def more_ddl(self) -> Sequence[str]:
        """Return further statements that make tables, each of which may be run again."""
        return ()

    def index_ddl(self) -> Sequence[str]:
        """Return statements that make indexes, each of which may be run again."""
        return ()

    def name(self, table: str) -> str:
        """Return the name of a table, quoted."""
        return self.dialect.ident(table)

    def prepare(self) -> Position | None:
        """Make the tables, add columns that they lack, and return what is loaded already."""
        with self.transaction():
            for statement in (*self._table_ddl(), *self.more_ddl()):
                self.execute(statement)
        rows = self.query(f"SELECT sequence, commit_id FROM {self.name(POSITION)}")  # noqa: S608
        return Position(int(rows[0][0]), str(rows[0][1])) if rows else None

    def finish(self) -> None:
        """Make what readers want and loading does not need."""
        for statement in self.index_ddl():
            with self.transaction():
                self.execute(statement)

    def load(self, changes: CommitChanges) -> None:
        """Load what one commit brought, in one transaction with the position.

        Raises:
          LakeError: The lake cannot be read.
          LoadError: The database refuses it.
        """
        with self.transaction():
            for table in changes.tables:
                self._merge(table, changes.batches(table))
            self._move(Position(changes.sequence, changes.commit_id))

    def move(self, position: Position) -> None:
        """Remember the last commit of the lake, where the last ones changed nothing."""
        with self.transaction():
            self._move(position)

    def _move(self, position: Position) -> None:
        name, commit_id = self.name(POSITION), self.dialect.text(position.commit_id)
        self.execute(f"DELETE FROM {name}")  # noqa: S608
        self.execute(
            f"INSERT INTO {name} (sequence, commit_id, loaded_at) "  # noqa: S608
            f"VALUES ({position.sequence:d}, {commit_id}, now())"
        )

    def _table_ddl(self) -> Iterator[str]:
        kinds = self.dialect.plain
        yield (
            f"CREATE TABLE IF NOT EXISTS {self.name(POSITION)} (sequence {kinds['int64']} "
            f"NOT NULL, commit_id {kinds['string']} NOT NULL, loaded_at {kinds['timestamp']})"
        )
        for table, defined in TABLES.items():
            parts = [
                f"{self.dialect.ident(one.name)} {self.dialect.type(one.type)}"
                + ("" if one.nullable else " NOT NULL")
                for one in defined.schema
            ]
            if not defined.parent:
                parts.append(f"PRIMARY KEY ({self._key(table)})")
            yield f"CREATE TABLE IF NOT EXISTS {self.name(table)} ({', '.join(parts)})"
            # A copy that an older warta has made.
            for one in defined.schema:
                if one.nullable and one.name not in defined.key:
                    yield (
                        f"ALTER TABLE {self.name(table)} ADD COLUMN IF NOT EXISTS "
                        f"{self.dialect.ident(one.name)} {self.dialect.type(one.type)}"
                    )

    def _merge(self, table: str, batches: Iterator[pa.RecordBatch]) -> None:
        stage = self.dialect.ident(f"{_STAGE}_{table}")
        self.execute(f"CREATE TEMPORARY TABLE {stage} ({', '.join(self._stage_columns(table))})")
        self.stage(f"{_STAGE}_{table}", table, batches)
        for statement in self._merge_statements(table, stage):
            self.execute(statement)
        self.execute(f"DROP TABLE {stage}")

    def _stage_columns(self, table: str) -> Iterator[str]:
        for one in TABLES[table].schema:
            nested = pa.types.is_nested(one.type) and self.stage_columns
            yield f"{self.dialect.ident(one.name)} {nested or self.dialect.type(one.type)}"
        yield f"{_ROW} {self.dialect.plain['int64']}"

    def _merge_statements(self, table: str, stage: str) -> Iterator[str]:
        """Yield what brings staged rows into their table."""
        key, target = TABLES[table], self.name(table)
        names = self.dialect.columns(table)
        insert = f"INSERT INTO {target} ({', '.join(names)})"
        select = ", ".join(self._selected(table))
        if key.parent:
            # Rows of one parent come together.
            same = " AND ".join(f"t.{name} = s.{name}" for name in self._key_names(table))
            yield f"DELETE FROM {target} AS t USING {stage} AS s WHERE {same}"  # noqa: S608
            yield f"{insert} SELECT {select} FROM {stage} ORDER BY {_ROW}"  # noqa: S608
            return
        on = self._key(table)
        order = [self.dialect.ident(key.ordered_by)] if key.ordered_by else []
        order = [f"{name} DESC" for name in (*order, _ROW)]
        last = (
            f"SELECT DISTINCT ON ({on}) {select} FROM {stage} "  # noqa: S608
            f"ORDER BY {on}, {', '.join(order)}"
        )
        others = [name for name in names if name not in self._key_names(table)]
        update = ", ".join(f"{name} = excluded.{name}" for name in others)
        action = f"UPDATE SET {update}" if key.is_replaced else "NOTHING"
        if key.ordered_by:
            by = self.dialect.ident(key.ordered_by)
            action += f" WHERE excluded.{by} >= {self.dialect.ident(table)}.{by}"
        yield f"{insert} {last} ON CONFLICT ({on}) DO {action}"

    def _selected(self, table: str) -> Iterator[str]:
        for one in TABLES[table].schema:
            nested = pa.types.is_nested(one.type) and self.stage_columns
            name = self.dialect.ident(one.name)
            yield f"CAST({name} AS {self.dialect.type(one.type)})" if nested else name

    def _key_names(self, table: str) -> list[str]:
        return [self.dialect.ident(name) for name in TABLES[table].key]

    def _key(self, table: str) -> str:
        return ", ".join(self._key_names(table))


@contextmanager
def keeping_errors(batches: Iterator[pa.RecordBatch]) -> Iterator[Iterator[pa.RecordBatch]]:
    """Give a driver batches, and raise what reading them raised in place of the driver's words.

    Raises:
      Exception: What the iterator raised.
    """
    raised: list[Exception] = []

    def read() -> Iterator[pa.RecordBatch]:
        try:
            yield from batches
        except Exception as error:
            raised.append(error)
            raise

    try:
        yield read()
    except Exception as error:
        if raised and raised[0] is not error:
            raise raised[0] from error
        raise


def numbered(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield batches with the number of each row as their last column."""
    first = 0
    for batch in batches:
        rows = pa.array(range(first, first + len(batch)), pa.int64())
        first += len(batch)
        yield batch.append_column(_ROW, rows)
