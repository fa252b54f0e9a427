"""Iceberg's metadata of one table: the one module that makes it, with pyiceberg.

What is used of pyiceberg beyond its public functions, the producer of a snapshot that adds and
removes files at once, is here and nowhere else: that is why its version has an upper bound.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pyiceberg.catalog.noop import NoopCatalog
from pyiceberg.exceptions import ValidationError
from pyiceberg.io.pyarrow import (
    pyarrow_to_schema,
)
from pyiceberg.manifest import ManifestFile
from pyiceberg.partitioning import PARTITION_FIELD_ID_START, PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.serializers import FromByteStream
from pyiceberg.table import Table, Transaction
from pyiceberg.table.metadata import TableMetadata, TableMetadataV2
from pyiceberg.table.sorting import UNSORTED_SORT_ORDER
from pyiceberg.table.update import (
    AddSchemaUpdate,
    RemoveSnapshotsUpdate,
    SetCurrentSchemaUpdate,
    SetPropertiesUpdate,
    TableUpdate,
    update_table_metadata,
)
from pyiceberg.table.update.snapshot import _ManifestMergeManager, _OverwriteFiles
from pyiceberg.transforms import IdentityTransform

from warta.transforms.core.errors import LakeError
from warta.transforms.core.schema import TABLES
from warta.transforms.lake.catalog import DataFile
from warta.transforms.lake.iceberg.data_files import LakeIO, file_maker, reading_manifests
from warta.transforms.lake.iceberg.data_files import files_of as files_of
from warta.transforms.lake.iceberg.data_files import manifests_of as manifests_of
from warta.transforms.lake.iceberg.settings import FOLDER, metadata_path
from warta.transforms.lake.storage import Lake

SEQUENCE = "warta.sequence"
"""Property of a table: the last commit that is in it."""
COMMIT_ID = "warta.commit-id"
"""Property of a table and of a snapshot: the commit that made it."""
KEEP_SNAPSHOTS = 10
"""Newest snapshots that stay readable, as long as all of their files are in place."""
_MANIFEST_BYTES = 256 << 10
"""Manifests are merged up to this size, some 1,500 files. A merge rewrites what it touches."""
_MANIFESTS = 50
"""From how many manifests on the newest are merged: a commit reads the list of all of them."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a snapshot adds to a table and removes from it."""

    added: tuple[DataFile, ...] = ()
    removed: tuple[DataFile, ...] = ()

    def __bool__(self) -> bool:
        """Return whether there is anything to do."""
        return bool(self.added or self.removed)


def schema_of(table: str, schema_id: int = 0) -> Schema:
    """Return the Iceberg schema of a table, with the field ids of its definition.

    Example:
      >>> schema_of("rejects").find_field("reject_id").field_id
      11
    """
    schema = pyarrow_to_schema(TABLES[table].schema)
    return Schema(*schema.fields, schema_id=schema_id)


def new_metadata(location: str, table: str) -> TableMetadata:
    """Return the metadata of a table without rows.

    Args:
      location: Of the lake, as readers name it.
      table: Its name.
    """
    schema = schema_of(table)
    column = TABLES[table].partition
    spec = PartitionSpec(
        PartitionField(
            source_id=schema.find_field(column).field_id,
            field_id=PARTITION_FIELD_ID_START,
            transform=IdentityTransform(),
            name=column,
        )
    )
    return TableMetadataV2(
        location=f"{location}/{FOLDER}/{table}",
        table_uuid=uuid.uuid4(),
        last_column_id=schema.highest_field_id,
        schemas=[schema],
        current_schema_id=schema.schema_id,
        partition_specs=[spec],
        default_spec_id=spec.spec_id,
        last_partition_id=spec.last_assigned_field_id,
        sort_orders=[UNSORTED_SORT_ORDER],
        default_sort_order_id=UNSORTED_SORT_ORDER.order_id,
        properties=_properties(table),
    )


def _properties(table: str) -> dict[str, str]:
    metrics = {
        f"write.metadata.metrics.column.{name}": "truncate(16)" for name in TABLES[table].statistics
    }
    return {
        # Other engines must not delete the lake's files.
        "gc.enabled": "false",
        "write.metadata.metrics.default": "none",
        # What other catalogs write about the table, they clear away.
        "write.metadata.delete-after-commit.enabled": "true",
        "write.metadata.previous-versions-max": "10",
        **metrics,
    }


def read_metadata(lake: Lake, table: str, version: int) -> TableMetadata:
    """Return a version of a table.

    Raises:
      FileNotFoundError: It is not there.
      LakeError: It is damaged.
    """
    name = metadata_path(table, version)
    with lake.filesystem.open_input_stream(lake.path(name)) as stream:
        try:
            return FromByteStream.table_metadata(stream)
        except (ValueError, ValidationError) as error:
            raise LakeError(
                f"{lake}/{name} is damaged; `warta catalog rebuild {lake}` rebuilds the tables"
            ) from error


def write_metadata(lake: Lake, name: str, metadata: TableMetadata) -> None:
    """Write a version of a table under a name of its own."""
    with lake.filesystem.open_output_stream(lake.path(name)) as stream:
        stream.write(metadata.model_dump_json(exclude_none=True).encode())


def sequence_of(metadata: TableMetadata) -> int:
    """Return the number of the last commit that is in a table."""
    return int(metadata.properties.get(SEQUENCE, "0"))


def evolve(lake: Lake, table: str, metadata: TableMetadata) -> TableMetadata:
    """Return a table's metadata with the columns of today's schema.

    Raises:
      LakeError: A column has another id, name or type than its definition says: readers would take
        one column for another.
    """
    today, there = schema_of(table), metadata.schema()
    wanted, had = _outline(today), _outline(there)
    for number, column in had.items():
        if wanted.get(number) != column:
            raise LakeError(
                f"the Iceberg table {table} of {lake} has {column} under the id {number}, and this "
                f"warta {wanted.get(number, 'nothing')}; `warta catalog rebuild {lake}` rebuilds it"
            )
    if wanted == had:
        return metadata
    newer = schema_of(table, 1 + max(one.schema_id for one in metadata.schemas))
    updates = (AddSchemaUpdate(schema=newer), SetCurrentSchemaUpdate(schema_id=-1))
    return update_table_metadata(metadata, updates)


def _outline(schema: Schema) -> dict[int, str]:
    """Return the full name and type of every field by its id; of what is nested, the kind."""
    outline = {}
    for number in schema.field_ids:
        kind = schema.find_field(number).field_type
        shown = str(kind) if kind.is_primitive else type(kind).__name__
        outline[number] = f"{schema.find_column_name(number)}: {shown}"
    return outline


class _Producer(_OverwriteFiles):
    """A snapshot that adds and removes files, and keeps the number of manifests bounded."""

    def _build_delete_files_partition_predicate(self) -> None:
        # Thousands of partitions would be as many nested expressions: see the next method.
        self._days = sorted({str(file.partition[0]) for file in self._deleted_data_files})

    def _build_manifest_evaluator(self, spec_id: int) -> Callable[[ManifestFile], bool]:
        def may_hold(manifest: ManifestFile) -> bool:
            if not self._days or not manifest.partitions:
                return bool(self._days)
            field = manifest.partitions[0]
            if field.lower_bound is None or field.upper_bound is None:
                return True
            first, last = field.lower_bound.decode(), field.upper_bound.decode()
            return any(first <= day <= last for day in self._days)

        return may_hold

    def _process_manifests(self, manifests: list[ManifestFile]) -> list[ManifestFile]:
        useful = [
            one
            for one in manifests
            if one.added_snapshot_id == self._snapshot_id
            or one.has_added_files()
            or one.has_existing_files()
        ]
        merging = _ManifestMergeManager(_MANIFEST_BYTES, _MANIFESTS, True, self)
        return merging.merge_manifests(useful)

    def written(self) -> list[str]:
        """Return the locations of the files that were written."""
        return [*self._written_manifests, *self._written_manifest_lists]


def apply_change(
    lake: Lake,
    table: str,
    metadata: TableMetadata,
    change: Change,
    *,
    commit_id: str,
    sequence: int,
    staged: Mapping[str, str],
) -> tuple[TableMetadata, list[str]]:
    """Write the manifests of one more snapshot, and return the metadata that names it.

    Nobody sees it until that metadata is in its place and the hint points at it.

    Args:
      lake: The lake.
      table: The table's name.
      metadata: Its version so far.
      change: What the snapshot adds and removes; nothing: a version without a snapshot of its own.
      commit_id: The commit that it belongs to.
      sequence: The number of the last commit that is in it.
      staged: Files that are not in their places yet: path -> where they are.

    Returns:
      The metadata, and the locations of the manifests that were written.

    Raises:
      LakeError: A file has not the field ids of the table.
    """
    # The library copies metadata at each look: one base, one transaction.
    base = evolve(lake, table, metadata)
    io = LakeIO(lake)
    location = base.location.removesuffix(f"/{FOLDER}/{table}")
    marks = {COMMIT_ID: commit_id, SEQUENCE: str(sequence)}
    updates: list[TableUpdate] = [SetPropertiesUpdate(updates=marks)]
    written: list[str] = []
    if change:
        files = file_maker(lake, table, base, location, staged)
        transaction = Transaction(Table((table,), base, "", io, NoopCatalog("lake")))
        producer = _Producer(
            operation=_operation(base, change),
            transaction=transaction,
            io=io,
            snapshot_properties=marks,
        )
        for file in change.added:
            producer.append_data_file(files(file, with_footer=True))
        for file in change.removed:
            producer.delete_data_file(files(file, with_footer=False))
        with reading_manifests(lake):
            made, _ = producer._commit()
        written = producer.written()
        updates += made
        base = update_table_metadata(base, tuple(updates))
        updates = _expired(base, change)
    return update_table_metadata(base, tuple(updates)), written


def _operation(metadata: TableMetadata, change: Change) -> Any:
    from pyiceberg.table.snapshots import Operation

    if not change.removed:
        return Operation.APPEND
    return Operation.OVERWRITE if change.added else Operation.DELETE


def _expired(metadata: TableMetadata, change: Change) -> list[TableUpdate]:
    """Return what removes snapshots that are old, or of which a file is about to be retired."""
    others = [one for one in metadata.snapshots if one.snapshot_id != metadata.current_snapshot_id]
    keep = 0 if change.removed else KEEP_SNAPSHOTS - 1
    ids = [one.snapshot_id for one in others[: max(0, len(others) - keep)]]
    return [RemoveSnapshotsUpdate(snapshot_ids=ids)] if ids else []
