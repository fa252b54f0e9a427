"""The files that Iceberg tables name: entries made from footers, and read back from manifests."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
from pyiceberg.io.pyarrow import (
    PyArrowFileIO,
    compute_statistics_plan,
    data_file_statistics_from_parquet_metadata,
    parquet_path_to_id_mapping,
    pyarrow_to_schema,
)
from pyiceberg.manifest import DataFile as IcebergFile
from pyiceberg.manifest import DataFileContent, FileFormat
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.typedef import Record

from warta.transforms.core.errors import LakeError
from warta.transforms.lake.catalog import DataFile
from warta.transforms.lake.iceberg.settings import FOLDER
from warta.transforms.lake.reading import open_parquet
from warta.transforms.lake.storage import Lake


class LakeIO(PyArrowFileIO):
    """Files of a lake, by the lake's own connection."""

    def __init__(self, lake: Lake) -> None:
        super().__init__()
        filesystem = lake.filesystem
        self.fs_by_scheme = lambda _scheme, _netloc: filesystem


def file_maker(
    lake: Lake, table: str, metadata: TableMetadata, location: str, staged: Mapping[str, str]
) -> Callable[..., IcebergFile]:
    """Return a function that makes Iceberg's entry of a file, with the figures of its footer.

    Args:
      lake: The lake.
      table: The table's name.
      metadata: Its version.
      location: Of the lake, as readers name it.
      staged: Files that are not in their places yet: path -> where they are.
    """
    schema = metadata.schema()
    plan = compute_statistics_plan(schema, metadata.properties)
    ids = parquet_path_to_id_mapping(schema)
    checked: list[pa.Schema] = []

    def make(file: DataFile, *, with_footer: bool) -> IcebergFile:
        figures: dict[str, Any] = {"record_count": file.rows}
        if with_footer:
            with open_parquet(lake, staged.get(file.path, file.path)) as opened:
                footer = opened.metadata
            arrow = footer.schema.to_arrow_schema()
            if not any(arrow.equals(one, check_metadata=True) for one in checked):
                _check_ids(lake, table, file.path, arrow, ids)
                checked.append(arrow)
            found = data_file_statistics_from_parquet_metadata(footer, plan, ids)
            figures = found.to_serialized_dict()
        made = IcebergFile.from_args(
            content=DataFileContent.DATA,
            file_path=f"{location}/{file.path}",
            file_format=FileFormat.PARQUET,
            partition=Record(file.partition),
            file_size_in_bytes=file.bytes,
            sort_order_id=None,
            equality_ids=None,
            key_metadata=None,
            **figures,
        )
        made.spec_id = metadata.default_spec_id
        return made

    return make


def files_of(lake: Lake, metadata: TableMetadata) -> dict[str, DataFile]:
    """Return the files that a table's current snapshot names, by path relative to the lake.

    A file outside the lake has its whole location for a path.

    Raises:
      FileNotFoundError: A manifest is missing.
      LakeError: One is damaged.
    """
    snapshot = metadata.current_snapshot()
    if snapshot is None:
        return {}
    io = LakeIO(lake)
    head, _, table = metadata.location.rpartition(f"/{FOLDER}/")
    with reading_manifests(lake):
        entries = [
            entry.data_file
            for manifest in snapshot.manifests(io)
            for entry in manifest.fetch_manifest_entry(io, discard_deleted=True)
        ]
    files = {}
    for one in entries:
        path = one.file_path.removeprefix(f"{head}/")
        day = str(one.partition[0])
        files[path] = DataFile(path, table, day, one.record_count, one.file_size_in_bytes)
    return files


def manifests_of(lake: Lake, metadata: TableMetadata) -> set[str]:
    """Return the names of all manifests and lists of manifests that a version of a table needs."""
    io = LakeIO(lake)
    names = {one.manifest_list.rpartition("/")[2] for one in metadata.snapshots}
    with reading_manifests(lake):
        for snapshot in metadata.snapshots:
            names.update(one.manifest_path.rpartition("/")[2] for one in snapshot.manifests(io))
    return names


@contextmanager
def reading_manifests(lake: Lake) -> Iterator[None]:
    """Name the way out where a manifest is damaged: its decoder raises whatever the bytes lead to.

    Raises:
      LakeError: In place of the decoder's error.
    """
    try:
        yield
    except (OSError, LakeError):
        raise
    except Exception as error:
        raise LakeError(
            f"a manifest in {lake}/{FOLDER} is damaged; `warta catalog rebuild {lake}` rebuilds "
            "the tables"
        ) from error


def _check_ids(
    lake: Lake, table: str, path: str, schema: pa.Schema, wanted: Mapping[str, int]
) -> None:
    found = dict(parquet_path_to_id_mapping(pyarrow_to_schema(schema))) if _has_ids(schema) else {}
    wrong = [name for name in found if wanted.get(name) != found[name]]
    if wrong or not found:
        what = f"column {wrong[0]} has the id {found[wrong[0]]}" if wrong else "no column has an id"
        raise LakeError(
            f"{lake}/{path} does not fit the Iceberg table {table}: {what}; "
            f"`warta compact {lake} --rewrite` rewrites its files"
        )


def _has_ids(schema: pa.Schema) -> bool:
    return all((field.metadata or {}).get(b"PARQUET:field_id") for field in schema)
