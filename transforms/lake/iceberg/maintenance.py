"""Iceberg tables of a lake: made, looked at, made anew, taken away, and kept small."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from pyarrow import fs

from warta.transforms.core.errors import LakeError
from warta.transforms.core.schema import LAYOUT_VERSION, TABLES
from warta.transforms.lake.catalog import Snapshot, read_snapshot
from warta.transforms.lake.iceberg.protocol import (
    SYNC,
    apply_commits,
    difference,
    library,
    make_table,
    read_table,
    update_mirror,
    update_mirrors,
)
from warta.transforms.lake.iceberg.settings import (
    FOLDER,
    HINT,
    SETTINGS,
    CatalogSettings,
    Mirror,
    check_location,
    location_of,
    metadata_folder,
    metadata_path,
    read_settings,
    read_version,
    version_of,
    write_settings,
)
from warta.transforms.lake.layout import COMMITS, Lake, staging_path

GRACE = timedelta(hours=1)
"""How long old metadata is kept for whoever reads it still, as replaced files are."""


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
      LakeError: It has none, or is no lake.
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


def check_mirrors(lake: Lake, mirrors: Sequence[Mirror]) -> None:
    """Refuse catalogs that cannot be remembered as they are named.

    Raises:
      UsageError: A URI holds a password.
      LakeError: pyiceberg is missing.
    """
    library(lake)
    from warta.transforms.lake.iceberg.mirrors import check_mirror

    for mirror in mirrors:
        check_mirror(mirror)


def enable(lake: Lake, mirrors: Sequence[Mirror] = ()) -> bool:
    """Make Iceberg tables of all that is in a lake, and let every later writer keep them.

    Only for the one writer of a lake.

    Args:
      lake: Which.
      mirrors: Other catalogs that follow, beside those that do already.

    Returns:
      Whether anything changed.

    Raises:
      LakeError: The lake has an older layout or was moved, or a catalog does not answer.
    """
    library(lake)
    if lake.layout_version() < LAYOUT_VERSION:
        raise LakeError(
            f"{lake} has files of an older layout, which Iceberg's readers cannot use: "
            f"`warta compact {lake} --rewrite` first"
        )
    settings = read_settings(lake)
    is_new = settings is None
    settings = settings or CatalogSettings(location_of(lake))
    check_location(lake, settings)
    new = [one for one in mirrors if one not in settings.mirrors]
    if is_new:
        _make_tables(lake, settings.location)
    for mirror in new:
        update_mirror(lake, mirror)
    if is_new or new:
        write_settings(lake, replace(settings, mirrors=(*settings.mirrors, *new)))
    return bool(is_new or new)


def sync(lake: Lake) -> list[str]:
    """Bring the Iceberg tables and their mirrors to the commits; return the tables that changed.

    Only for the one writer of a lake.

    Raises:
      LakeError: The lake was moved, its tables are damaged, or a catalog does not answer.
    """
    settings = settings_of(lake)
    check_location(lake, settings)
    changed = apply_commits(lake)
    for mirror in settings.mirrors:
        update_mirror(lake, mirror)
    return changed


def has_mirrors(lake: Lake) -> bool:
    """Return whether other catalogs follow a lake's commits."""
    settings = read_settings(lake)
    return settings is not None and bool(settings.mirrors)


def compare_all(lake: Lake) -> None:
    """Bring the tables to the commits whatever they hold: after a repair numbers say nothing.

    Only for the one writer of a lake; without Iceberg tables nothing is done.

    Raises:
      LakeError: The lake was moved, its tables are damaged, or a catalog does not answer.
    """
    settings = read_settings(lake)
    if settings is not None:
        check_location(lake, settings)
        apply_commits(lake, compare=True)
        update_mirrors(lake)


def rebuild(lake: Lake) -> None:
    """Make the Iceberg tables anew, at the place where the lake is now.

    Only for the one writer of a lake.

    Raises:
      LakeError: A catalog does not answer, or the disk or store refuses it.
    """
    lake.check()
    library(lake)
    settings = replace(_readable_settings(lake), location=location_of(lake))
    _make_tables(lake, settings.location)
    for mirror in settings.mirrors:
        update_mirror(lake, mirror, anew=True)
    # Last: until then the lake counts as moved.
    write_settings(lake, settings)


def _readable_settings(lake: Lake) -> CatalogSettings:
    """Return the settings; of damaged ones, those of a lake that no other catalog mirrors."""
    try:
        return settings_of(lake)
    except LakeError:
        if not lake.exists(SETTINGS):
            raise
        return CatalogSettings("")


def _make_tables(lake: Lake, location: str) -> None:
    with lake.writing():
        for table in TABLES:
            make_table(lake, table, location, 1 + _highest_version(lake, table))
        lake.remove(staging_path(SYNC))


def _highest_version(lake: Lake, table: str) -> int:
    """Return the last version of a table that was ever written; a damaged hint is no matter."""
    return max(map(version_of, lake.files(metadata_folder(table))), default=0)


def disable(lake: Lake) -> None:
    """Take a lake's Iceberg tables away, also from other catalogs; no file of data is touched.

    Only for the one writer of a lake.

    Raises:
      LakeError: It has none, or a catalog does not answer.
    """
    settings = settings_of(lake)
    if settings.mirrors:
        library(lake)
        from warta.transforms.lake.iceberg import mirrors

        for mirror in settings.mirrors:
            mirrors.remove(lake, mirror, tuple(TABLES))
    with lake.writing():
        # First: a writer that is killed here leaves tables that nobody keeps, and no half ones.
        lake.discard(SETTINGS)
        lake.remove(FOLDER)


def expire_metadata(lake: Lake, now: datetime) -> int:
    """Delete metadata that no reader can need any more; return how many files.

    Only for the one writer of a lake.

    Args:
      lake: The lake; without Iceberg tables nothing is done.
      now: Files younger than an hour stay.

    Raises:
      LakeError: The tables are damaged.
    """
    settings = read_settings(lake)
    # A mirror that has not followed yet reads older metadata.
    waiting = any(path.endswith(".pending") for path in lake.files(COMMITS))
    if settings is None or waiting or settings.location != location_of(lake):
        return 0
    deleted = 0
    with lake.writing():
        for table in TABLES:
            old = list(_old_metadata(lake, table, now))
            if old:
                metadata = read_table(lake, table, read_version(lake, table))
                needed = library(lake).manifests_of(lake, metadata)
                for path in old:
                    if path.rpartition("/")[2] not in needed:
                        lake.discard(path)
                        deleted += 1
    return deleted


def _old_metadata(lake: Lake, table: str, now: datetime) -> Iterator[str]:
    current = metadata_path(table, read_version(lake, table))
    # One listing with the times of all: a store answers each question by a request.
    selector = fs.FileSelector(lake.path(metadata_folder(table)), allow_not_found=True)
    for info in lake.filesystem.get_file_info(selector):
        path = f"{metadata_folder(table)}/{info.base_name}"
        is_known = path.endswith(".avro") or version_of(path)
        if is_known and path != current and info.mtime and now - info.mtime >= GRACE:
            yield path


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
        hint = f"{metadata_folder(table)}/{HINT}"
        try:
            version = read_version(lake, table)
            if not version and _highest_version(lake, table) == 0 and not live.files(table):
                continue
            metadata = read_table(lake, table, version)
            library(lake).evolve(lake, table, metadata)
            change = difference(lake, table, metadata, live)
        except (LakeError, OSError, ValueError) as error:
            yield hint, str(error)
            continue
        for file in change.added:
            yield file.path, f"is in a commit and not in version {version} of the Iceberg table"
        for file in change.removed:
            if file.path not in known:
                what = f"is in version {version} of the Iceberg table and in no commit"
                yield file.path, what
        newer = _highest_version(lake, table)
        if newer > version:
            yield hint, f"points at version {version}, and there is a version {newer}"
