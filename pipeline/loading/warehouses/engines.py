"""Engines that read files where they are: DuckDB, ClickHouse, Spark."""

import re
from collections.abc import Iterator, Sequence
from typing import ClassVar

import pyarrow as pa

from warta.pipeline.loading.warehouses.base import STAGE, LakeFiles, Warehouse
from warta.transforms.core.errors import UsageError
from warta.transforms.core.schema import TABLES
from warta.transforms.lake.catalog import DataFile

_GLOB = re.compile(r"[*?\[\]{},\\]")


class DuckDb(Warehouse):
    """DuckDB; `warta load duckdb:FILE` does the same and remembers the commit."""

    name = "duckdb"

    def load(self, table: str, files: Sequence[DataFile], lake: LakeFiles) -> Iterator[str]:
        """Yield inserts by name: older files lack columns."""
        stage = self.table(STAGE + table)
        yield self.create(table, stage, temporary="CREATE OR REPLACE TEMPORARY TABLE")
        for some in self.batched(files):
            paths = ",\n  ".join(self.dialect.text(_bracketed(lake.uri(f.path))) for f in some)
            yield (
                f"INSERT INTO {stage} BY NAME SELECT * FROM read_parquet([\n  {paths}\n], "  # noqa: S608
                "union_by_name = true, hive_partitioning = false)"
            )


class ClickHouse(Warehouse):
    """ClickHouse: the files are read by table functions, and rows that are known left out."""

    name = "clickhouse"
    demands = (
        "A server reads local files below its user_files_path alone; buckets with its own keys.",
        "Read rejects and stories with FINAL: of rows with one id the last counts.",
    )
    files_at_once = 200

    def load(self, table: str, files: Sequence[DataFile], lake: LakeFiles) -> Iterator[str]:
        """Yield inserts straight from the files: they need no staging.

        Raises:
          UsageError: The lake's path has characters that ClickHouse takes for patterns.
        """
        if _GLOB.search(lake.location):
            raise UsageError("ClickHouse takes * ? [ ] { } , and \\ in a path for patterns")
        names, keys = ", ".join(self.columns(table)), ", ".join(self.keys(table))
        structure = ", ".join(self.column(one) for one in TABLES[table].schema)
        for some in self.batched(files):
            pattern = lake.uri(table + "/" + _braces([f.path for f in some], table))
            source = f"{self._function(pattern)}, {self.dialect.text(structure)})"
            where = f"WHERE ({keys}) NOT IN (SELECT {keys} FROM {self.table(table)})"  # noqa: S608
            if TABLES[table].is_replaced:
                where = ""
            query = f"SELECT {names}\nFROM {source}\n{where}"
            yield f"INSERT INTO {self.table(table)} ({names})\n{query}".strip()

    def merge(self, table: str) -> Iterator[str]:
        """Yield nothing: loading has left out what is known."""
        yield from ()

    def clean_up(self, table: str) -> Iterator[str]:
        """Yield nothing: there is no staging."""
        yield from ()

    def column(self, one: pa.Field) -> str:
        """Return a column; those of keys take no null."""
        kind = self.dialect.type(one.type)
        is_key = any(one.name in table.key for table in TABLES.values())
        if (not one.nullable or is_key) and kind.startswith("Nullable("):
            kind = kind.removeprefix("Nullable(")[:-1]
        return f"{self.dialect.ident(one.name)} {kind}"

    def table_options(self, table: str) -> str:
        """Return the engine: rows that are replaced go when parts are merged."""
        engine = "ReplacingMergeTree" if TABLES[table].is_replaced else "MergeTree"
        if TABLES[table].ordered_by:
            engine += f"({self.dialect.ident(TABLES[table].ordered_by)})"
        return f"ENGINE = {engine}\nORDER BY ({', '.join(self.keys(table))})"

    def _function(self, pattern: str) -> str:
        """Return the beginning of the call that reads files."""
        path = self.dialect.text(pattern)
        return f"file({path}, 'Parquet'" if "://" not in pattern else f"s3({path}, 'Parquet'"


class Spark(Warehouse):
    """Spark, with tables of Iceberg: plain tables take no MERGE."""

    name = "spark"
    demands: ClassVar[tuple[str, ...]] = (
        "Tables are Iceberg's: Spark needs its runtime and SQL extensions for MERGE.",
        "SET spark.sql.session.timeZone=UTC shows times as the lake has them.",
    )
    files_at_once = 500

    def load(self, table: str, files: Sequence[DataFile], lake: LakeFiles) -> Iterator[str]:
        """Yield a view over the files, with its columns named: older files lack some."""
        columns = ", ".join(self.column(one) for one in TABLES[table].schema)
        names = ", ".join(self.columns(table))
        views = []
        for number, some in enumerate(self.batched(files)):
            views.append(self.table(f"{STAGE}{table}_{number}"))
            paths = _braces([file.path for file in some], table)
            folder = _GLOB.sub(lambda found: "\\" + found[0], lake.uri(table))
            pattern = f"{folder}/{paths}"
            yield (
                f"CREATE OR REPLACE TEMPORARY VIEW {views[-1]} ({columns})\n"
                f"USING parquet OPTIONS (path {self.dialect.text(pattern)})"
            )
        union = "\nUNION ALL ".join(f"SELECT {names} FROM {view}" for view in views)  # noqa: S608
        yield f"CREATE OR REPLACE TEMPORARY VIEW {self.table(STAGE + table)} AS {union}"

    def clean_up(self, table: str) -> Iterator[str]:
        """Yield what takes the view away."""
        yield f"DROP VIEW IF EXISTS {self.table(STAGE + table)}"

    def table_options(self, table: str) -> str:
        """Return the format."""
        return "USING iceberg"

    def rewritten(self, uri: str) -> str:
        """Return Hadoop's name for S3."""
        return uri.replace("s3://", "s3a://", 1) if uri.startswith("s3://") else uri


def _bracketed(path: str) -> str:
    """Return a path that DuckDB takes as it is, and not for a pattern."""
    return re.sub(r"[*?\[]", r"[\g<0>]", path)


def _braces(paths: Sequence[str], table: str) -> str:
    """Return one pattern for files of a table, relative to its folder."""
    names = [path.removeprefix(f"{table}/") for path in paths]
    return "{" + ",".join(names) + "}" if len(names) > 1 else names[0]
