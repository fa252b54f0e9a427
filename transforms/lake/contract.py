"""What is expected of every data file: its columns, their types and ids, and its statistics.

Of files in the layout of version 3 all of it is expected. Files of older lakes have other types and
no ids; they need only be readable as today's columns.
"""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from warta.transforms.core.schema import LAYOUT_VERSION, TABLES, fields_by_path


def broken_promises(
    table: str, partition: str, file: pq.ParquetFile, layout_version: int
) -> Iterator[str]:
    """Yield what is not as expected of a file of a table with partitions.

    Args:
      table: One of `TABLES`.
      partition: Its partition.
      file: The open file.
      layout_version: That of the lake.
    """
    wanted, column = TABLES[table].schema, TABLES[table].partition
    yield from broken_columns(wanted, file.schema_arrow)
    if layout_version >= LAYOUT_VERSION:
        yield from _broken_fields(wanted, file.schema_arrow)
        yield from _broken_statistics(table, column, partition, file.metadata)


def broken_columns(wanted: pa.Schema, schema: pa.Schema) -> Iterator[str]:
    """Yield the columns that cannot be read as those of today.

    Columns may be missing in older files, if they may be null; none may be unknown.
    """
    for column in wanted:
        if column.name not in schema.names:
            if not column.nullable:
                yield f"lacks the column {column.name}"
        elif not _may_be_read_as(schema.field(column.name).type, column.type):
            yield f"column {column.name} is {schema.field(column.name).type}, not {column.type}"
    for name in sorted(set(schema.names) - set(wanted.names)):
        yield f"has an unknown column {name}"


def _may_be_read_as(kind: pa.DataType, wanted: pa.DataType) -> bool:
    try:
        pa.nulls(0, kind).cast(wanted)
    except pa.ArrowException:
        return False
    return True


def _broken_fields(wanted: pa.Schema, schema: pa.Schema) -> Iterator[str]:
    """Yield fields, also nested ones, with another type or id than is written down."""
    known = fields_by_path(wanted)
    for path, field in fields_by_path(schema).items():
        expected = known.get(path)
        if expected is None:
            if "." in path:
                yield f"has an unknown field {path}"
            continue
        if not _same_kind(field.type, expected.type):
            yield f"field {path} has the type {field.type}, not {expected.type}"
        if _id(field) != _id(expected):
            yield f"field {path} has the id {_id(field)}, not {_id(expected)}"


def _same_kind(kind: pa.DataType, wanted: pa.DataType) -> bool:
    """Return whether types are equal; what is nested in them is compared by itself."""
    return bool(kind.id == wanted.id if pa.types.is_nested(wanted) else kind.equals(wanted))


def _id(field: pa.Field) -> str:
    number = (field.metadata or {}).get(b"PARQUET:field_id", b"none")
    return str(number, "ascii", "replace")


def _broken_statistics(
    table: str, column: str, partition: str, metadata: pq.FileMetaData
) -> Iterator[str]:
    for group in range(metadata.num_row_groups):
        chunks = metadata.row_group(group)
        for number in range(chunks.num_columns):
            chunk = chunks.column(number)
            if chunk.path_in_schema not in TABLES[table].statistics:
                continue
            if not chunk.is_stats_set:
                yield f"has no statistics of {chunk.path_in_schema} in row group {group}"
            elif chunk.path_in_schema == column:
                found = {chunk.statistics.min, chunk.statistics.max}
                if found != {partition}:
                    yield f"statistics of {column} in row group {group} say {sorted(found)}"
