"""Fields of the lake's tables: made with their ids in Parquet files, listed, conformed to."""

from collections.abc import Collection, Iterable, Iterator

import pyarrow as pa

UTC = pa.timestamp("us", tz="UTC")


def field(number: int, name: str, kind: pa.DataType, *, nullable: bool = True) -> pa.Field:
    """Return a field with its id in Parquet files.

    Args:
      number: The id; unique in the table, also among nested fields, and never given again.
      name: Of the column, or of the field in a struct.
      kind: Its type.
      nullable: Whether a row may lack it.
    """
    return pa.field(name, kind, nullable, {"PARQUET:field_id": str(number)})


def list_of(number: int, kind: pa.DataType) -> pa.ListType:
    """Return a list type whose elements have an id."""
    return pa.list_(field(number, "element", kind))


def field_ids(schema: pa.Schema) -> dict[str, int | None]:
    """Return the id of every field, also of nested ones, by its path; None where it has none.

    Example:
      >>> from warta.transforms.core.schema import ARTICLES
      >>> ids = field_ids(ARTICLES.schema)
      >>> ids["version"], ids["topics"], ids["topics.element"], ids["topics.element.qcode"]
      (2, 25, 54, 56)
    """
    ids = {
        path: (one.metadata or {}).get(b"PARQUET:field_id")
        for path, one in fields_by_path(schema).items()
    }
    return {path: None if number is None else int(number) for path, number in ids.items()}


def fields_by_path(schema: pa.Schema) -> dict[str, pa.Field]:
    """Return every field, also nested ones, by its path.

    Example:
      >>> list(fields_by_path(pa.schema([("a", pa.list_(pa.int64()))])))
      ['a', 'a.element']
    """
    return dict(_fields_below("", schema))


def _fields_below(path: str, fields: Iterable[pa.Field]) -> Iterator[tuple[str, pa.Field]]:
    for one in fields:
        here = path + one.name
        yield here, one
        if pa.types.is_struct(one.type):
            yield from _fields_below(f"{here}.", one.type)
        elif pa.types.is_list(one.type):
            yield from _fields_below(f"{here}.", [one.type.value_field.with_name("element")])


def leaf_paths(schema: pa.Schema) -> list[str]:
    """Return the columns of a schema as Parquet has them, by their paths there.

    Example:
      >>> inner = pa.struct([("b", pa.int64())])
      >>> leaf_paths(pa.schema([("a", pa.list_(inner)), ("c", pa.bool_())]))
      ['a.list.element.b', 'c']
    """
    return list(_leaves_below("", schema))


def _leaves_below(path: str, fields: Iterable[pa.Field]) -> Iterator[str]:
    for one in fields:
        here = path + one.name
        if pa.types.is_struct(one.type):
            yield from _leaves_below(f"{here}.", one.type)
        elif pa.types.is_list(one.type):
            yield from _leaves_below(f"{here}.list.", [one.type.value_field.with_name("element")])
        else:
            yield here


def conform_to_schema(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return rows of an older version with the columns of `schema`, new ones null.

    Raises:
      ArrowInvalid: A column is missing that every version has, or has another type.

    Example:
      >>> old = pa.table({"a": pa.array([1], pa.int32())})
      >>> conform_to_schema(old, pa.schema([("a", pa.int64()), ("b", pa.string())])).to_pylist()
      [{'a': 1, 'b': None}]
    """
    there = set(rows.column_names)
    return pa.table([_column_as(rows, there, one) for one in schema], schema=schema)


def _column_as(
    rows: pa.Table, there: Collection[str], wanted: pa.Field
) -> pa.ChunkedArray | pa.Array:
    if wanted.name not in there:
        if not wanted.nullable:
            raise pa.ArrowInvalid(f"it lacks the column {wanted.name}")
        return pa.nulls(len(rows), wanted.type)
    column = rows[wanted.name]
    # A cast to the same type costs ten microseconds, for each column of each row group.
    return column if column.type.equals(wanted.type) else column.cast(wanted.type)
