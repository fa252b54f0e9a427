"""The readers, each as its documentation says that a folder of Parquet or a table is read.

    python -m benchmarks.warehouse.readers NAME plain|iceberg LAKE KINDS

Runs in the readers' own environment, without warta, and prints JSON: the reader's version, and of
each table its rows, their checksum, and the type that the key `day` has. KINDS is a JSON file:
table -> column -> type.
"""

import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from benchmarks.warehouse.checksums import digest

STORE = "WAREHOUSE_STORE"
"""Variable with what pyiceberg has to know of an object store, as JSON."""
Rows = tuple[Iterable[Sequence[Any]], str]
"""The values of each row, in the order of the columns asked for, and the type of `day`."""
Read = Callable[[str, list[str]], Rows]
"""Reads a folder of Parquet, or a table of Iceberg."""


@dataclass(frozen=True, slots=True)
class Reader:
    """How one engine reads a lake."""

    title: str
    package: str
    plain: Read | None = None
    iceberg: Read | None = None
    needs_store: bool = False
    """Whether it reads Iceberg tables in buckets alone, and takes no path for a location."""


def _arrow(table: Any, columns: list[str], kind: object = "") -> Rows:
    """Return the rows of an Arrow table."""
    values = [table.column(name).to_pylist() for name in columns]
    return zip(*values, strict=True), str(kind)


def _quoted(columns: list[str]) -> str:
    """Return names for a query: `end` is a word of SQL."""
    return ", ".join(f'"{name}"' for name in columns)


def duckdb_plain(folder: str, columns: list[str]) -> Rows:
    import duckdb

    connection: Any = duckdb.connect()
    source = f"read_parquet('{folder}/**/*.parquet')"
    kinds = connection.sql(f"SELECT DISTINCT typeof(day) FROM {source}").fetchall()  # noqa: S608
    rows = connection.sql(f"SELECT {_quoted(columns)} FROM {source}")  # noqa: S608
    return _arrow(rows.to_arrow_table(), columns, kinds[0][0])


def duckdb_iceberg(table: str, columns: list[str]) -> Rows:
    import duckdb

    connection: Any = duckdb.connect()
    for name in ("avro", "iceberg"):
        # From wheels: DuckDB's own way is a download.
        root = files(f"duckdb_extension_{name}") / "extensions" / f"v{duckdb.__version__}"
        connection.load_extension(str(root / f"{name}.duckdb_extension"))
    rows = connection.sql(f"SELECT {_quoted(columns)} FROM iceberg_scan('{table}')")  # noqa: S608
    return _arrow(rows.to_arrow_table(), columns)


def polars_plain(folder: str, columns: list[str]) -> Rows:
    import polars

    frame = polars.scan_parquet(folder)
    return _arrow(
        frame.select(columns).collect().to_arrow(), columns, frame.collect_schema()["day"]
    )


def polars_iceberg(table: str, columns: list[str]) -> Rows:
    import polars

    return _arrow(
        polars.scan_iceberg(_metadata(table)).select(columns).collect().to_arrow(), columns
    )


def pandas_plain(folder: str, columns: list[str]) -> Rows:
    import pandas

    frame = pandas.read_parquet(folder)
    values = (frame[name] for name in columns)
    return zip(*values, strict=True), str(frame["day"].dtype)


def pandas_iceberg(table: str, columns: list[str]) -> Rows:
    frame = _static_table(table).scan().to_pandas()
    return zip(*(frame[name] for name in columns), strict=True), ""


def pyarrow_plain(folder: str, columns: list[str]) -> Rows:
    import pyarrow.parquet as pq

    table = pq.read_table(folder)
    kind = table.schema.field("day").type
    return _arrow(table, columns, f"dictionary of {kind.value_type}")


def pyiceberg_iceberg(table: str, columns: list[str]) -> Rows:
    return _arrow(_static_table(table).scan().to_arrow(), columns)


def datafusion_plain(folder: str, columns: list[str]) -> Rows:
    import datafusion
    import pyarrow as pa

    context = datafusion.SessionContext()
    context.register_parquet("t", f"{folder}/", table_partition_cols=[("day", pa.date32())])
    rows = context.table("t").select(*columns, "day").to_arrow_table()
    return _arrow(rows, columns, rows.schema.field("day").type)


def datafusion_iceberg(table: str, columns: list[str]) -> Rows:
    import datafusion

    context = datafusion.SessionContext()
    # pyiceberg hands on where the metadata is; it is read by pyiceberg-core, in Rust.
    context.register_table("t", _static_table(table))
    return _arrow(context.table("t").select(*columns).to_arrow_table(), columns)


def chdb_plain(folder: str, columns: list[str]) -> Rows:
    source = f"file('{folder}/*/*.parquet')"
    kind = _chdb(f"SELECT toTypeName(any(day)) AS k FROM {source}")["k"][0].as_py()  # noqa: S608
    rows = _chdb(f"SELECT {_quoted(columns)} FROM {source}")  # noqa: S608
    return _arrow(rows, columns, kind.decode())


def chdb_iceberg(table: str, columns: list[str]) -> Rows:
    # ClickHouse reads tables below its folder of user files, which of chdb is where it begins.
    os.chdir(Path(table).parents[1])
    rows = _chdb(f"SELECT {_quoted(columns)} FROM icebergLocal('{table}/')")  # noqa: S608
    return _arrow(rows, columns)


def _chdb(query: str) -> Any:
    import chdb
    import pyarrow as pa

    # Without this, texts and bytes are one type, and bytes are not UTF-8.
    settings = " SETTINGS output_format_arrow_string_as_string = 0"
    query_with: Any = chdb.query
    answer = query_with(query + settings, "ArrowStream").bytes()
    return pa.ipc.open_stream(answer).read_all()


def spark_plain(folder: str, columns: list[str]) -> Rows:
    frame = _spark().read.parquet(folder)
    kind = frame.schema["day"].dataType.simpleString()
    return _spark_rows(frame, columns, kind)


def spark_iceberg(table: str, columns: list[str]) -> Rows:
    root, _, name = table.rpartition("/")
    session = _spark(
        {
            "spark.jars": str(next(Path(".engines").glob("iceberg-spark-runtime-*.jar"))),
            "spark.sql.catalog.lake": "org.apache.iceberg.spark.SparkCatalog",
            "spark.sql.catalog.lake.type": "hadoop",
            "spark.sql.catalog.lake.warehouse": root,
        }
    )
    return _spark_rows(session.table(f"lake.{name}"), columns, "")


def _spark(config: dict[str, str] | None = None) -> Any:
    from pyspark.sql import SparkSession

    wanted = {"spark.ui.enabled": "false", "spark.sql.session.timeZone": "UTC"} | (config or {})
    builder = SparkSession.builder.master("local[1]")
    for name, value in wanted.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def _spark_rows(frame: Any, columns: list[str], kind: str) -> Rows:
    return _arrow(frame.select(*columns).toArrow(), columns, kind)


def _metadata(table: str) -> str:
    """Return the metadata file that a table's hint names."""
    folder = Path(table) / "metadata"
    number = (folder / "version-hint.text").read_text(encoding="utf-8").strip()
    return str(folder / f"v{number}.metadata.json")


def _static_table(table: str) -> Any:
    from pyiceberg.table import StaticTable

    return StaticTable.from_metadata(table, json.loads(os.environ.get(STORE, "{}")))


READERS = {
    "duckdb": Reader("DuckDB", "duckdb", duckdb_plain, duckdb_iceberg),
    "polars": Reader("Polars", "polars", polars_plain, polars_iceberg),
    "pandas": Reader("pandas", "pandas", pandas_plain, pandas_iceberg),
    "pyarrow": Reader("pyarrow", "pyarrow", pyarrow_plain),
    "datafusion": Reader("DataFusion", "datafusion", datafusion_plain, datafusion_iceberg, True),
    "pyiceberg": Reader("pyiceberg", "pyiceberg", None, pyiceberg_iceberg),
    "clickhouse": Reader("ClickHouse (chdb)", "chdb-core", chdb_plain, chdb_iceberg),
    "spark": Reader("Spark", "pyspark", spark_plain, spark_iceberg),
}


def run(name: str, mode: str, lake: str, kinds: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Read all tables of a lake by one reader.

    Args:
      name: One of `READERS`.
      mode: plain or iceberg.
      lake: Its folder.
      kinds: Table -> column -> type.
    """
    reader = READERS[name]
    read = reader.plain if mode == "plain" else reader.iceberg
    assert read is not None
    tables = {}
    for table, columns in kinds.items():
        where = f"{lake}/{table}" if mode == "plain" else f"{lake}/_iceberg/{table}"
        rows, kind = read(where, list(columns))
        tables[table] = {"day": kind, **asdict(digest(rows, list(columns.values())))}
    return {"version": version(reader.package), "tables": tables}


def main() -> None:
    """Read as the command line says, and print what was read."""
    name, mode, lake, path = sys.argv[1:]
    kinds = json.loads(Path(path).read_text(encoding="utf-8"))
    print(json.dumps(run(name, mode, lake, kinds)))


if __name__ == "__main__":
    main()
