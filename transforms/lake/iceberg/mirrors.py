"""Other catalogs that follow a lake's Iceberg tables: REST, SQL, Glue or Hive, by pyiceberg.

A mirror's table names the same manifests and the same files. It is registered from the lake's own
metadata once, and then given the difference: snapshots, columns and properties that it lacks, and
snapshots that the lake has let go. So one that was down for a while is brought up to date in one
step, and doing so twice changes nothing. Passwords are in pyiceberg's configuration, never in the
lake.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

from pyiceberg.catalog import Catalog, load_catalog
from pyiceberg.exceptions import NoSuchNamespaceError, NoSuchTableError
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.table.update import (
    AddSchemaUpdate,
    AddSnapshotUpdate,
    AssertRefSnapshotId,
    AssertTableUUID,
    RemoveSnapshotsUpdate,
    SetCurrentSchemaUpdate,
    SetPropertiesUpdate,
    SetSnapshotRefUpdate,
    TableUpdate,
)

from warta.transforms.core.errors import LakeError, LakeWriteError, UsageError
from warta.transforms.core.storage import one_line
from warta.transforms.lake.iceberg.settings import FOLDER, Mirror, metadata_path
from warta.transforms.lake.iceberg.tables import read_metadata
from warta.transforms.lake.storage import Lake

_MAIN = "main"
_PATH = "write.metadata.path"
TIMEOUT_S = 60.0
"""Longest wait for a catalog: pyiceberg's clients set no limit."""


def check_mirror(mirror: Mirror) -> None:
    """Refuse a catalog that cannot be remembered as it is named.

    Raises:
      UsageError: Its URI holds a password.

    Example:
      >>> check_mirror(Mirror("http://catalog.example/iceberg"))
    """
    if mirror.is_uri and urlsplit(mirror.catalog).password is not None:
        raise UsageError(
            "a lake keeps no passwords: write the catalog into ~/.pyiceberg.yaml, or into "
            "PYICEBERG_CATALOG__NAME__URI in the environment, and give its name"
        )


@contextmanager
def _opened(lake: Lake, mirror: Mirror) -> Iterator[Catalog]:
    """Open a catalog; whatever its library raises is one error.

    Raises:
      LakeWriteError: It does not answer, or refuses.
    """
    try:
        if mirror.is_uri:
            # Its name is in tables of an SQL catalog: one name for all who write there.
            catalog = load_catalog("warta", uri=mirror.catalog)
        else:
            catalog = load_catalog(mirror.catalog)
        try:
            yield catalog
        finally:
            catalog.close()
    except LakeError:
        raise
    except ModuleNotFoundError as error:
        raise LakeError(
            f"the catalog {mirror.catalog} needs {error.name}: pip install 'pyiceberg[...]' with "
            "the extra of its kind"
        ) from error
    except Exception as error:
        raise LakeWriteError(
            f"the catalog {mirror.catalog} cannot be brought to {lake}: {one_line(error)}"
        ) from error


def update(
    lake: Lake, mirror: Mirror, versions: Mapping[str, int], *, rebuilt: bool = False
) -> None:
    """Bring the tables of another catalog to the lake's.

    Args:
      lake: The lake.
      mirror: The catalog.
      versions: Table -> the version that the lake's readers see.
      rebuilt: Register the tables again: those that are there may name what is gone.

    Raises:
      LakeWriteError: The catalog does not answer.
      LakeError: It has another table under the same name.
    """
    _within(lake, mirror, lambda: _update(lake, mirror, versions, rebuilt=rebuilt))


def check_answers(lake: Lake, mirror: Mirror) -> None:
    """Ask a catalog for something small.

    Raises:
      LakeWriteError: It does not answer.
    """

    def ask() -> None:
        with _opened(lake, mirror) as catalog:
            catalog.list_namespaces()

    _within(lake, mirror, ask)


def _within(lake: Lake, mirror: Mirror, work: Callable[[], None]) -> None:
    """Do something with a catalog, for so long as a run may wait for it."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001  raised again in the thread that waits
            raised.append(error)

    # One that never answers must not keep the process from its end either.
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(TIMEOUT_S)
    if raised:
        raise raised[0]
    if thread.is_alive():
        raise LakeWriteError(
            f"the catalog {mirror.catalog} cannot be brought to {lake}: it does not answer within "
            f"{TIMEOUT_S:.0f} s"
        )


def _update(lake: Lake, mirror: Mirror, versions: Mapping[str, int], *, rebuilt: bool) -> None:
    with _opened(lake, mirror) as catalog:
        catalog.create_namespace_if_not_exists(mirror.namespace)
        for table, version in versions.items():
            if rebuilt:
                _drop(catalog, (mirror.namespace, table))
            wanted = read_metadata(lake, table, version)
            location = wanted.location.removesuffix(f"/{FOLDER}/{table}")
            _update_table(
                catalog,
                (mirror.namespace, table),
                wanted,
                f"{location}/{metadata_path(table, version)}",
                f"{wanted.location}/mirrors/{mirror.folder}",
            )


def _update_table(
    catalog: Catalog,
    identifier: tuple[str, str],
    wanted: TableMetadata,
    metadata_location: str,
    folder: str,
) -> None:
    try:
        theirs = catalog.load_table(identifier)
    except NoSuchTableError:
        theirs = catalog.register_table(identifier, metadata_location)
    if theirs.metadata.table_uuid != wanted.table_uuid:
        if "warta.sequence" not in theirs.metadata.properties:
            raise LakeError(
                f"the catalog {catalog.name} has a table {'.'.join(identifier)} that is not one of "
                "this lake's: name another namespace, or drop it there"
            )
        # The tables were rebuilt: rows are as they were, ids are not.
        catalog.drop_table(identifier)
        theirs = catalog.register_table(identifier, metadata_location)
    updates = tuple(_updates(theirs.metadata, wanted, {**wanted.properties, _PATH: folder}))
    if updates:
        head = theirs.metadata.current_snapshot_id
        requirements = (
            AssertTableUUID(uuid=wanted.table_uuid),
            AssertRefSnapshotId(ref=_MAIN, snapshot_id=head),
        )
        theirs._do_commit(updates, requirements)


def _updates(
    theirs: TableMetadata, wanted: TableMetadata, properties: Mapping[str, str]
) -> Iterator[TableUpdate]:
    """Yield what makes their table equal to the lake's."""
    known_schemas = {one.schema_id for one in theirs.schemas}
    for schema in wanted.schemas:
        if schema.schema_id not in known_schemas:
            yield AddSchemaUpdate(schema=schema)
    if theirs.current_schema_id != wanted.current_schema_id:
        yield SetCurrentSchemaUpdate(schema_id=wanted.current_schema_id)
    changed = {name: one for name, one in properties.items() if theirs.properties.get(name) != one}
    if changed:
        yield SetPropertiesUpdate(updates=changed)
    there = {one.snapshot_id for one in theirs.snapshots}
    kept = {one.snapshot_id for one in wanted.snapshots}
    for snapshot in sorted(wanted.snapshots, key=lambda one: one.sequence_number or 0):
        if snapshot.snapshot_id not in there:
            yield AddSnapshotUpdate(snapshot=snapshot)
    if wanted.current_snapshot_id not in (None, theirs.current_snapshot_id):
        yield SetSnapshotRefUpdate(
            ref_name=_MAIN, type="branch", snapshot_id=wanted.current_snapshot_id
        )
    if there - kept:
        yield RemoveSnapshotsUpdate(snapshot_ids=sorted(there - kept))


def remove(lake: Lake, mirror: Mirror, tables: tuple[str, ...]) -> None:
    """Take a lake's tables out of another catalog; no file is deleted.

    Raises:
      LakeWriteError: The catalog does not answer.
    """
    _within(lake, mirror, lambda: _remove(lake, mirror, tables))


def _remove(lake: Lake, mirror: Mirror, tables: tuple[str, ...]) -> None:
    with _opened(lake, mirror) as catalog:
        for table in tables:
            _drop(catalog, (mirror.namespace, table))


def _drop(catalog: Catalog, identifier: tuple[str, str]) -> None:
    with suppress(NoSuchTableError, NoSuchNamespaceError):
        catalog.drop_table(identifier)
