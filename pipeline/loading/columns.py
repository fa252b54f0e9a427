"""Names, texts and types of the lake's columns in the SQL of databases and warehouses."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.types as types

from warta.transforms.core.schema import TABLES


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one engine writes names, texts and types."""

    name: str
    """As sqlglot calls it."""
    plain: dict[str, str]
    """Arrow's type -> the engine's, for types that hold no others."""
    list_of: Callable[[str], str]
    struct_of: Callable[[list[tuple[str, str]]], str]
    """Names, quoted, and types of its fields."""
    quote: str = '"'
    """Around names."""
    backslash: bool = False
    """Whether a backslash in a text escapes."""
    is_upper: bool = False
    """Whether names that are not quoted mean those in capitals."""
    nullable: Callable[[str], str] = field(default=lambda kind: kind)
    """Makes a plain type take null, where that has to be said."""

    def ident(self, name: str) -> str:
        """Return a name as an identifier.

        Example:
          >>> DIALECTS["postgres"].ident('a"b')
          '"a""b"'
        """
        name = name.upper() if self.is_upper else name
        return f"{self.quote}{name.replace(self.quote, self.quote * 2)}{self.quote}"

    def text(self, value: str) -> str:
        """Return a value as a literal.

        Example:
          >>> DIALECTS["duckdb"].text("it's")
          "'it''s'"
        """
        if self.backslash:
            value = (
                value.replace("\\", "\\\\")
                .replace("'", "\\'")
                .replace("\n", "\\n")
                .replace("\r", "\\r")
            )
            return f"'{value}'"
        return "'" + value.replace("'", "''") + "'"

    def type(self, kind: pa.DataType) -> str:
        """Return the type of a column."""
        if types.is_list(kind):
            return self.list_of(self.type(kind.value_type))
        if types.is_struct(kind):
            return self.struct_of([(self.ident(one.name), self.type(one.type)) for one in kind])
        if types.is_timestamp(kind):
            return self.nullable(self.plain["timestamp"])
        # Bands of older lakes are unsigned and have 48 bits.
        return self.nullable(self.plain["int64" if kind == pa.uint64() else str(kind)])

    def columns(self, table: str) -> list[str]:
        """Return the names of a table's columns, quoted."""
        return [self.ident(name) for name in TABLES[table].schema.names]


def _angles(kind: str) -> str:
    return f"ARRAY<{kind}>"


def _json(kind: str) -> tuple[Callable[[str], str], Callable[[list[tuple[str, str]]], str]]:
    """Return how lists and structs are written where both are one type."""
    return (lambda _: kind), (lambda _: kind)


def _fields(
    opening: str, between: str, closing: str = ""
) -> Callable[[list[tuple[str, str]]], str]:
    def written(fields: list[tuple[str, str]]) -> str:
        inside = ", ".join(f"{name}{between}{kind}" for name, kind in fields)
        return f"{opening}{inside}{closing}"

    return written


_NAMES = ("string", "int32", "int64", "float", "double", "bool", "binary", "timestamp")


def _plain(*kinds: str) -> dict[str, str]:
    return dict(zip(_NAMES, kinds, strict=True))


_SPARK = Dialect(
    "spark",
    _plain("STRING", "INT", "BIGINT", "FLOAT", "DOUBLE", "BOOLEAN", "BINARY", "TIMESTAMP"),
    _angles,
    _fields("STRUCT<", ": ", ">"),
    quote="`",
    backslash=True,
)

DIALECTS: dict[str, Dialect] = {
    "postgres": Dialect(
        "postgres",
        _plain(
            *("text", "integer", "bigint", "real", "double precision", "boolean", "bytea"),
            "timestamptz",
        ),
        *_json("jsonb"),
    ),
    "duckdb": Dialect(
        "duckdb",
        _plain(
            *("VARCHAR", "INTEGER", "BIGINT", "FLOAT", "DOUBLE", "BOOLEAN", "BLOB", "TIMESTAMPTZ")
        ),
        lambda kind: f"{kind}[]",
        _fields("STRUCT(", " ", ")"),
    ),
    "bigquery": Dialect(
        "bigquery",
        _plain(*("STRING", "INT64", "INT64", "FLOAT64", "FLOAT64", "BOOL", "BYTES", "TIMESTAMP")),
        _angles,
        _fields("STRUCT<", " ", ">"),
        quote="`",
        backslash=True,
    ),
    "snowflake": Dialect(
        "snowflake",
        _plain(
            *("VARCHAR", "INTEGER", "BIGINT", "FLOAT", "DOUBLE", "BOOLEAN", "BINARY"),
            "TIMESTAMP_LTZ(6)",
        ),
        *_json("VARIANT"),
        is_upper=True,
        backslash=True,
    ),
    "redshift": Dialect(
        "redshift",
        _plain(
            *("VARCHAR(65535)", "INTEGER", "BIGINT", "REAL", "DOUBLE PRECISION", "BOOLEAN"),
            *("VARBYTE(1024000)", "TIMESTAMP"),
        ),
        *_json("SUPER"),
        backslash=True,
    ),
    "clickhouse": Dialect(
        "clickhouse",
        _plain(
            *("String", "Int32", "Int64", "Float32", "Float64", "Bool", "String"),
            "DateTime64(6, 'UTC')",
        ),
        lambda kind: f"Array({kind})",
        _fields("Tuple(", " ", ")"),
        quote="`",
        backslash=True,
        nullable=lambda kind: f"Nullable({kind})",
    ),
    "spark": _SPARK,
    "databricks": _SPARK,
    "athena": Dialect(
        "athena",
        _plain("string", "int", "bigint", "float", "double", "boolean", "binary", "timestamp"),
        lambda kind: f"array<{kind}>",
        _fields("struct<", ":", ">"),
        quote="`",
        backslash=True,
    ),
}
"""The engines that warta writes SQL for, by name."""
