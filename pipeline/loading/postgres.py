"""A copy of a lake in PostgreSQL, by ADBC. Lists and structs are `jsonb`."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from warta.pipeline.loading.columns import DIALECTS, Dialect
from warta.pipeline.loading.database import Database, keeping_errors, numbered
from warta.transforms.core.errors import LoadError, UsageError
from warta.transforms.core.schema import TABLES
from warta.transforms.core.storage import one_line

_SEARCHED_CHARS = 100_000
"""A tsvector takes a megabyte: of a longer body the beginning is searched."""
_NUL = "\x00"
_REPLACEMENT = "\ufffd"


class Postgres(Database):
    """A PostgreSQL database.

    Args:
      uri: As libpq takes it; what it leaves out comes from PGPASSWORD, ~/.pgpass and the like.
      schema: The schema of the tables, made if it is missing.

    Raises:
      LoadError: No connection, no driver, or another load is under way.
      UsageError: The URI cannot be read.
    """

    dialect: ClassVar[Dialect] = DIALECTS["postgres"]
    stage_columns: ClassVar[str] = "text"

    def __init__(self, uri: str, schema: str = "public") -> None:
        try:
            from adbc_driver_postgresql import dbapi
        except ImportError as error:
            raise LoadError(
                "loading PostgreSQL needs its driver: pip install 'warta[postgres]'"
            ) from error
        self._secrets, self._schema = _secrets_of(uri), schema
        self._errors = dbapi.Error
        with self._reporting():
            self._connection = dbapi.connect(uri)
            self._cursor = self._connection.cursor()
            # Held until the connection ends, however it ends.
            free = self.query(f"SELECT pg_try_advisory_lock(hashtext({self._lock()}))")[0][0]
        if not free:
            self.close()
            raise LoadError("another `warta load` is loading this database: wait until it ends")

    def name(self, table: str) -> str:
        """Return a table's name with its schema, quoted."""
        return f"{self.dialect.ident(self._schema)}.{self.dialect.ident(table)}"

    def execute(self, statement: str) -> None:
        """Run a statement that gives no rows."""
        self._cursor.execute(statement)

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with self._reporting():
            self._cursor.execute(statement)
            return list(self._cursor.fetchall())

    def stage(self, stage: str, table: str, batches: Iterator[pa.RecordBatch]) -> None:
        """Fill a temporary table with rows, numbered in their order."""
        schema = _staged_schema(TABLES[table].schema)
        with keeping_errors(map(_as_staged, batches)) as kept:
            reader = pa.RecordBatchReader.from_batches(schema, numbered(kept))
            self._cursor.adbc_ingest(stage, reader, mode="append", temporary=True)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what is done within, or take all of it back."""
        try:
            with self._reporting():
                yield
                self._connection.commit()
        except BaseException:
            self._roll_back()
            raise

    def close(self) -> None:
        """Close the connection, and give the lock back."""
        self._cursor.close()
        self._connection.close()

    def more_ddl(self) -> Sequence[str]:
        """Return the statement for the column that full-text search goes by."""
        return (
            f"ALTER TABLE {self.name('articles')} ADD COLUMN IF NOT EXISTS search tsvector "
            f"GENERATED ALWAYS AS ({_search_expression()}) STORED",
        )

    def index_ddl(self) -> Sequence[str]:
        """Return the indexes: by text, by day, by publisher, by entity, topic and copy."""
        return [
            f"CREATE INDEX IF NOT EXISTS {self.dialect.ident('warta_' + name)} "
            f"ON {self.name(table)} {columns}"
            for name, table, columns in (*_INDEXES, *_child_indexes())
        ]

    def prepare(self) -> Any:
        """Make the schema as well as the tables."""
        with self.transaction():
            self.execute(f"CREATE SCHEMA IF NOT EXISTS {self.dialect.ident(self._schema)}")
        return super().prepare()

    def _roll_back(self) -> None:
        try:
            self._connection.rollback()
        except self._errors:
            # A connection that is gone has nothing to roll back: the server does it.
            return

    def _lock(self) -> str:
        return self.dialect.text(f"warta load {self._schema}")

    @contextmanager
    def _reporting(self) -> Iterator[None]:
        """Raise the driver's errors as one line without the password.

        Raises:
          LoadError: In place of an error of the driver.
        """
        try:
            yield
        except self._errors as error:
            words = one_line(error)
            for secret in self._secrets:
                words = words.replace(secret, "***")
            raise LoadError(
                f"PostgreSQL: {words}; what was loaded is committed, and the next load goes on"
            ) from None


_INDEXES = (
    ("articles_search", "articles", "USING gin (search)"),
    ("articles_topics", "articles", "USING gin (topics jsonb_path_ops)"),
    ("articles_entities", "articles", "USING gin (entities jsonb_path_ops)"),
    ("articles_published", "articles", "(published_date, canonical_domain)"),
    ("articles_domain", "articles", "(canonical_domain, date_published)"),
    ("articles_ingested", "articles", "(ingested_at)"),
    ("articles_duplicate_of", "articles", "(duplicate_of) WHERE duplicate_of IS NOT NULL"),
    ("mentions_wikidata", "mentions", "(wikidata_id, published_date)"),
    ("rejects_reason", "rejects", "(reason, failed_at)"),
)


def _child_indexes() -> Iterator[tuple[str, str, str]]:
    """Yield an index by their parents' rows for the tables that have parents."""
    for table in TABLES.values():
        if table.parent:
            name = f"{table.name}_{table.parent.removesuffix('s')}"
            yield name, table.name, f"({', '.join(table.key)})"


def _search_expression() -> str:
    """Return the text of an article as a tsvector, stemmed as its language wants it.

    Malay is close enough to Indonesian for the same stems. The names of configurations are
    constants, so that the expression never changes its value, which a stored column must not.
    """
    parts = " || ".join(
        f"setweight(to_tsvector('{{0}}', coalesce({text}, '')), '{weight}')"
        for text, weight in (
            ("left(headline, 1000)", "A"),
            ("left(description, 10000)", "B"),
            (f"left(article_body, {_SEARCHED_CHARS})", "C"),
        )
    )
    named = {
        name: parts.replace("{0}", f"pg_catalog.{name}")
        for name in ("indonesian", "english", "simple")
    }
    return (
        f"CASE WHEN in_language ~ '^(id|ms)(-|$)' THEN {named['indonesian']} "
        f"WHEN in_language ~ '^en(-|$)' THEN {named['english']} ELSE {named['simple']} END"
    )


def _staged_schema(schema: pa.Schema) -> pa.Schema:
    """Return the schema that rows have on their way: nested columns as text, rows numbered."""
    fields = [
        pa.field(one.name, pa.string() if pa.types.is_nested(one.type) else one.type)
        for one in schema
    ]
    return pa.schema([*fields, ("warta_row", pa.int64())])


def _as_staged(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return rows with nested columns as JSON, and without NUL, which no text may hold here."""
    columns = []
    for one in batch.schema:
        column = batch.column(one.name)
        if pa.types.is_nested(one.type):
            column = pa.array([_json_of(value) for value in column.to_pylist()], pa.string())
        elif pa.types.is_string(one.type):
            column = pc.replace_substring(column, _NUL, _REPLACEMENT)
        columns.append(column)
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _json_of(value: Any) -> str | None:
    if value is None:
        return None
    text = orjson.dumps(value).decode()
    return orjson.dumps(_without_nul(value)).decode() if "\\u0000" in text else text


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace(_NUL, _REPLACEMENT)
    if isinstance(value, list):
        return [_without_nul(one) for one in value]
    if isinstance(value, dict):
        return {key: _without_nul(one) for key, one in value.items()}
    return value


def _secrets_of(uri: str) -> list[str]:
    """Return what an error's words must not show, longest first.

    Raises:
      UsageError: The URI cannot be read; without its words, which may be a password's.
    """
    wrong = UsageError(
        "the URI of the database cannot be read: write postgres://USER@HOST:PORT/DATABASE, with "
        "%40 for @, %2F for / and %3A for : in a password; better, leave the password to "
        "PGPASSWORD or ~/.pgpass"
    )
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        raise wrong from None
    if parts.netloc.count("@") > 1 or "@" in parts.path or "@" in parts.fragment or parts.fragment:
        raise wrong
    found = {parts.password or ""}
    found |= set(re.findall(r"(?:^|&)(?:password|sslpassword)=([^&]*)", parts.query))
    found |= {unquote(one) for one in found}
    return sorted(filter(None, found), key=len, reverse=True)
