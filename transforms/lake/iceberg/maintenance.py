"""Iceberg tables of a lake: made, looked at, rebuilt, taken away, and kept small."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from pyarrow import fs

from warta.transforms.core.errors import LakeError
from warta.transforms.core.schema import LAYOUT_VERSION, TABLES
from warta.transforms.lake.commit_paths import list_plans
from warta.transforms.lake.iceberg.protocol import apply_commits, update_mirror, update_mirrors
from warta.transforms.lake.iceberg.settings import (
    FOLDER,
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
from warta.transforms.lake.iceberg.status import highest_version, settings_of
from warta.transforms.lake.iceberg.versions import SYNC, library, make_table, read_table
from warta.transforms.lake.layout import staging_path
from warta.transforms.lake.storage import Lake

GRACE = timedelta(hours=1)
"""How long old metadata is kept for those who still read it, as replaced files are."""


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
    """Rebuild the Iceberg tables at the place where the lake is now.

    Only for the one writer of a lake.

    Raises:
      LakeError: A catalog does not answer, or the disk or store refuses it.
    """
    lake.check()
    library(lake)
    settings = replace(_readable_settings(lake), location=location_of(lake))
    _make_tables(lake, settings.location)
    for mirror in settings.mirrors:
        update_mirror(lake, mirror, rebuilt=True)
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
            make_table(lake, table, location, 1 + highest_version(lake, table))
        lake.remove(staging_path(SYNC))


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

    Returns:
      How many files were deleted.

    Raises:
      LakeError: The tables are damaged.
    """
    settings = read_settings(lake)
    # A mirror that has not followed yet reads older metadata.
    waiting = bool(list_plans(lake))
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
