"""How the Iceberg tables of a lake are: shown to users, and compared with the commits."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from warta.transforms.core.errors import LakeError
from warta.transforms.core.schema import TABLES
from warta.transforms.lake.catalog import Snapshot, read_snapshot
from warta.transforms.lake.commit_paths import list_plans
from warta.transforms.lake.iceberg.settings import (
    SETTINGS,
    CatalogSettings,
    check_location,
    hint_path,
    is_of_store,
    location_of,
    metadata_folder,
    metadata_path,
    read_settings,
    read_version,
    version_of,
)
from warta.transforms.lake.iceberg.versions import difference, library, read_table
from warta.transforms.lake.storage import Lake


@dataclass(frozen=True, slots=True)
class TableStatus:
    """How a table is."""

    table: str
    version: int
    files: int
    rows: int
    updated_at: datetime
    missing: int
    """Files that the commits list and the table does not."""
    extra: int
    """Files that the table lists and no commit does."""
    metadata_location: str


def settings_of(lake: Lake) -> CatalogSettings:
    """Return how a lake's Iceberg tables are kept.

    Raises:
      LakeError: It has none, or is not a lake.
    """
    lake.check()
    settings = read_settings(lake)
    if settings is None:
        raise LakeError(f"{lake} has no Iceberg tables: `warta catalog enable {lake}` makes them")
    return settings


def status(lake: Lake) -> list[TableStatus]:
    """Return how the Iceberg tables of a lake are.

    Raises:
      LakeError: It has none, or they are damaged.
    """
    settings = settings_of(lake)
    tables = library(lake)
    found = []
    live = read_snapshot(lake)
    for table in TABLES:
        version = read_version(lake, table)
        if not version:
            # Of a newer version of warta: the next commit makes it.
            continue
        metadata = read_table(lake, table, version)
        change = difference(lake, table, metadata, live)
        files = tables.files_of(lake, metadata).values()
        found.append(
            TableStatus(
                table,
                version,
                len(files),
                sum(file.rows for file in files),
                datetime.fromtimestamp(metadata.last_updated_ms / 1000, UTC),
                len(change.added),
                len(change.removed),
                f"{settings.location}/{metadata_path(table, version)}",
            )
        )
    return found


def has_mirrors(lake: Lake) -> bool:
    """Return whether other catalogs follow a lake's commits."""
    settings = read_settings(lake)
    return settings is not None and bool(settings.mirrors)


def highest_version(lake: Lake, table: str) -> int:
    """Return the last version of a table that was ever written; a damaged hint does not matter."""
    return max(map(version_of, lake.files(metadata_folder(table))), default=0)


def faults(lake: Lake, live: Snapshot, known: Collection[str] = ()) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the Iceberg tables of a lake, as (location, what).

    Args:
      lake: The lake; without Iceberg tables nothing is wrong.
      live: Its live files.
      known: Files that no commit lists any more and that stay in place for a while.
    """
    try:
        settings = read_settings(lake)
        if settings is None:
            return
        check_location(lake, settings)
        library(lake)
    except LakeError as error:
        yield SETTINGS, str(error)
        return
    for table in TABLES:
        hint = hint_path(table)
        try:
            version = _readable_version(lake, table)
            if not version and not live.files(table):
                continue
            change = difference(lake, table, read_table(lake, table, version), live)
        except (LakeError, OSError, ValueError) as error:
            yield hint, str(error)
            continue
        for file in change.added:
            yield file.path, f"is in a commit and not in version {version} of the Iceberg table"
        for file in change.removed:
            if file.path not in known:
                what = f"is in version {version} of the Iceberg table and in no commit"
                yield file.path, what
        newer = highest_version(lake, table)
        if newer > version:
            yield hint, f"points at version {version}, and there is a version {newer}"


def damage(lake: Lake) -> tuple[str, str] | None:
    """Return the first thing that keeps writers from a lake's Iceberg tables, as (location, what).

    Unlike `faults` it needs no commit: whatever they say, such tables can only be rebuilt. None
    where they can be read, where there are none, and where the lake was moved: a copy must not
    take the catalogs of its original.

    Raises:
      OSError: The object store does not answer.
    """
    try:
        settings = read_settings(lake)
    except LakeError as error:
        return SETTINGS, str(error)
    if settings is None or settings.location != location_of(lake):
        return None
    library(lake)
    # A run that was killed left a newer version, and its plan brings it to its place.
    is_waiting = bool(list_plans(lake))
    for table in TABLES:
        hint = hint_path(table)
        try:
            version = _readable_version(lake, table)
        except (LakeError, OSError, ValueError) as error:
            if is_of_store(lake, error):
                raise
            return hint, str(error)
        newer = highest_version(lake, table)
        if newer > version and not is_waiting:
            return hint, f"points at version {version}, and there is a version {newer}"
    return None


def _readable_version(lake: Lake, table: str) -> int:
    """Return the version of a table that readers see, once all that it names was read; 0: none.

    Raises:
      LakeError: The hint, the metadata or a manifest is damaged, or a column has another id.
      FileNotFoundError: A manifest is missing.
    """
    version = read_version(lake, table)
    if not version and highest_version(lake, table) == 0:
        return 0
    metadata = read_table(lake, table, version)
    tables = library(lake)
    tables.evolve(lake, table, metadata)
    tables.files_of(lake, metadata)
    return version
