"""Warehouses in clouds: their statements follow their documentation; none of them was run here."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from warta.pipeline.loading.warehouses.base import STAGE, LakeFiles, Warehouse
from warta.pipeline.loading.warehouses.engines import Spark
from warta.transforms.core.schema import TABLES
from warta.transforms.lake.catalog import DataFile

_NOT_RUN = "Written by the vendor's documentation and parsed; not run by warta's tests."


class BigQuery(Warehouse):
    """BigQuery: load jobs from Cloud Storage."""

    name = "bigquery"
    schemes = ("gs://",)
    demands = (
        _NOT_RUN,
        "Set a default dataset for the session; bucket and dataset share a location.",
        "enable_list_inference: without it arrays arrive empty, and no error says so.",
    )

    def load(self, table: str, files: Sequence[DataFile], lake: LakeFiles) -> Iterator[str]:
        """Yield load statements by lists of files: wildcards want files of one schema."""
        stage = self.table(STAGE + table)
        yield self.create(table, stage, temporary="CREATE OR REPLACE TABLE")
        columns = ", ".join(self.column(one) for one in TABLES[table].schema)
        for some in self.batched(files):
            uris = ",\n    ".join(self.dialect.text(lake.uri(file.path)) for file in some)
            yield (
                f"LOAD DATA INTO {stage} ({columns})\nFROM FILES (\n  format = 'PARQUET',\n"
                f"  enable_list_inference = true,\n  uris = [\n    {uris}\n  ]\n)"
            )

    def table_options(self, table: str) -> str:
        """Return partitions, by which queries cost less, and clusters."""
        keys = ", ".join(self.keys(table))
        return f"PARTITION BY DATE({self.dialect.ident(TABLES[table].time)})\nCLUSTER BY {keys}"


class Snowflake(Warehouse):
    """Snowflake: COPY INTO from an external stage."""

    name = "snowflake"
    schemes = ("s3://", "gcs://", "azure://", "gs://")
    demands = (
        _NOT_RUN,
        "A storage integration WARTA must allow the bucket: CREATE STORAGE INTEGRATION, once.",
        "TIMEZONE: else times are taken for local ones. BINARY_AS_TEXT: else bytes break.",
    )

    def setup(self, lake: LakeFiles) -> Iterator[str]:
        """Yield the session's zone, the file format and the stage."""
        yield "ALTER SESSION SET TIMEZONE = 'UTC'"
        yield (
            "CREATE FILE FORMAT IF NOT EXISTS WARTA_PARQUET TYPE = PARQUET "
            "BINARY_AS_TEXT = FALSE USE_LOGICAL_TYPE = TRUE"
        )
        yield (
            f"CREATE STAGE IF NOT EXISTS WARTA_LAKE URL = {self.dialect.text(lake.location + '/')} "
            "STORAGE_INTEGRATION = WARTA FILE_FORMAT = (FORMAT_NAME = 'WARTA_PARQUET')"
        )

    def load(self, table: str, files: Sequence[DataFile], lake: LakeFiles) -> Iterator[str]:
        """Yield copies by lists of files, with columns matched by name."""
        stage = self.table(STAGE + table)
        yield self.create(table, stage, temporary="CREATE OR REPLACE TEMPORARY TABLE")
        for some in self.batched(files):
            paths = ",\n  ".join(self.dialect.text(file.path) for file in some)
            yield (
                f"COPY INTO {stage} FROM @WARTA_LAKE\nFILES = (\n  {paths}\n)\n"
                "FILE_FORMAT = (FORMAT_NAME = 'WARTA_PARQUET')\n"
                "MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE"
            )

    def rewritten(self, uri: str) -> str:
        """Return Snowflake's name for Cloud Storage."""
        return uri.replace("gs://", "gcs://", 1) if uri.startswith("gs://") else uri


class Redshift(Warehouse):
    """Redshift: COPY file by file, by position."""

    name = "redshift"
    schemes = ("s3://",)
    demands = (
        _NOT_RUN,
        "COPY goes by the position of columns; FILLRECORD fills those that older files lack.",
        "A VARCHAR holds 65,535 bytes: COPY fails at a longer article_body. Over an Iceberg",
        "table Redshift cuts texts at 16,384 bytes instead, and no error says so.",
        "The cluster's default IAM role must read the bucket, in the cluster's own region.",
    )

    def script(self, lake: LakeFiles) -> Iterator[str]:
        """Yield everything in one transaction."""
        yield "BEGIN"
        yield from super().script(lake)
        yield "COMMIT"

    def load(self, table: str, files: Sequence[DataFile], lake: LakeFiles) -> Iterator[str]:
        """Yield a copy for each file; lists and structs become SUPER."""
        stage = self.table(STAGE + table)
        yield f"DROP TABLE IF EXISTS {stage}"
        yield self.create(table, stage, temporary="CREATE TEMPORARY TABLE")
        for file in files:
            yield (
                f"COPY {stage} FROM {self.dialect.text(lake.uri(file.path))}\n"
                "IAM_ROLE default FORMAT AS PARQUET SERIALIZETOJSON FILLRECORD"
            )

    def merge(self, table: str) -> Iterator[str]:
        """Yield a deletion and an insertion where rows are replaced: MERGE takes no subquery."""
        if not TABLES[table].is_replaced:
            yield from super().merge(table)
            return
        stage, names = self.table(STAGE + table), ", ".join(self.columns(table))
        on = " AND ".join(
            f"{self.table(table)}.{name} = {stage}.{name}" for name in self.keys(table)
        )
        last = self.last_rows(table, stage)
        if by := TABLES[table].ordered_by and self.dialect.ident(TABLES[table].ordered_by):
            same = " AND ".join(f"t.{name} = s.{name}" for name in self.keys(table))
            there = f"SELECT 1 FROM {self.table(table)} AS t WHERE {same}"  # noqa: S608
            last = f"SELECT {names} FROM ({last}) AS s WHERE NOT EXISTS ({there})"  # noqa: S608
            on += f" AND {self.table(table)}.{by} <= {stage}.{by}"
        yield f"DELETE FROM {self.table(table)} USING {stage} WHERE {on}"  # noqa: S608
        yield f"INSERT INTO {self.table(table)} ({names})\n{last}"


class Databricks(Spark):
    """Databricks: COPY INTO tables of Delta."""

    name = "databricks"
    schemes = ("s3://", "gs://", "abfss://", "/Volumes/")
    demands: ClassVar[tuple[str, ...]] = (
        _NOT_RUN,
        "An external location or a volume must allow the lake's folder.",
        "force: the staging table is new each time; COPY INTO would skip files it has seen.",
    )
    files_at_once = 1000

    def load(self, table: str, files: Sequence[DataFile], lake: LakeFiles) -> Iterator[str]:
        """Yield copies by lists of at most 1,000 files."""
        stage = self.table(STAGE + table)
        yield self.create(table, stage, temporary="CREATE OR REPLACE TABLE")
        for some in self.batched(files):
            names = ",\n  ".join(
                self.dialect.text(file.path.removeprefix(f"{table}/")) for file in some
            )
            yield (
                f"COPY INTO {stage}\nFROM {self.dialect.text(lake.uri(table))}\n"
                f"FILEFORMAT = PARQUET\nFILES = (\n  {names}\n)\n"
                "FORMAT_OPTIONS ('mergeSchema' = 'true')\n"
                "COPY_OPTIONS ('mergeSchema' = 'true', 'force' = 'true')"
            )

    def clean_up(self, table: str) -> Iterator[str]:
        """Yield what takes the staging table away."""
        yield f"DROP TABLE IF EXISTS {self.table(STAGE + table)}"

    def table_options(self, table: str) -> str:
        """Return the format."""
        return "USING delta"

    def rewritten(self, uri: str) -> str:
        """Return the URI as it is."""
        return uri


class Athena(Warehouse):
    """Athena: an external table over folders, merged into tables of Iceberg."""

    name = "athena"
    schemes = ("s3://",)
    demands = (
        _NOT_RUN,
        "Athena reads folders, not lists of files: run this while no run commits.",
        "The tables are Iceberg's, beside the lake; engine version 3.",
    )
    files_at_once = 100

    def load(self, table: str, files: Sequence[DataFile], lake: LakeFiles) -> Iterator[str]:
        """Yield the external table and its partitions, each with its folder."""
        stage = self.table(STAGE + table)
        columns = ",\n  ".join(
            f"{self.dialect.ident(one.name)} {self.dialect.type(one.type)}"
            for one in TABLES[table].schema
        )
        folder = self.dialect.text(lake.uri(table) + "/")
        yield from self.clean_up(table)
        yield (
            f"CREATE EXTERNAL TABLE {stage} (\n  {columns}\n)\n"
            f"PARTITIONED BY (`warta_day` string)\nSTORED AS PARQUET\nLOCATION {folder}"
        )
        folders = dict.fromkeys((f.partition, f.path.rpartition("/")[0]) for f in files)
        for partition, path in folders:
            yield (
                f"ALTER TABLE {stage} ADD IF NOT EXISTS "
                f"PARTITION (`warta_day` = {self.dialect.text(partition)}) "
                f"LOCATION {self.dialect.text(lake.uri(path) + '/')}"
            )

    def merge(self, table: str) -> Iterator[str]:
        """Yield DML, which quotes names as Trino does, and not as Hive's DDL."""
        for statement in super().merge(table):
            yield statement.replace("`", '"')

    def clean_up(self, table: str) -> Iterator[str]:
        """Yield what takes the external table away; its files stay."""
        yield f"DROP TABLE IF EXISTS {STAGE}{table}"

    def script(self, lake: LakeFiles) -> Iterator[str]:
        """Yield the script; tables lie in a folder of their own beside the lake."""
        self._beside = f"{lake.location}-athena"
        yield from super().script(lake)

    def table_options(self, table: str) -> str:
        """Return where the table lies, and its format."""
        folder = self.dialect.text(f"{self._beside}/{table}/")
        return f"LOCATION {folder}\nTBLPROPERTIES ('table_type' = 'ICEBERG')"
