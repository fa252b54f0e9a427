"""The next version of an Iceberg table, as a function of its lake's commits."""

from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING

from warta.transforms.core.errors import LakeError
from warta.transforms.lake.catalog import Commit, DataFile, Snapshot, read_snapshot
from warta.transforms.lake.iceberg.settings import (
    location_of,
    metadata_folder,
    metadata_path,
    read_settings,
    read_version,
    write_version,
)
from warta.transforms.lake.layout import staging_path
from warta.transforms.lake.storage import Lake

if TYPE_CHECKING:
    from pyiceberg.table.metadata import TableMetadata

    from warta.transforms.lake.iceberg.tables import Change

SYNC = "catalog-sync"
"""The staging of what is written without a commit."""


def library(lake: Lake) -> ModuleType:
    """Return the module that makes tables; it needs pyiceberg.

    Raises:
      LakeError: pyiceberg is missing; says what to type.
    """
    try:
        from warta.transforms.lake.iceberg import tables
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("pyiceberg"):
            raise
        raise LakeError(
            f"the Iceberg tables of {lake} are kept with pyiceberg: pip install 'warta[iceberg]'"
        ) from error
    return tables


def read_table(lake: Lake, table: str, version: int) -> "TableMetadata":
    """Return a version of a table that has to be there.

    Raises:
      LakeError: It is missing or damaged; names the way out.
    """
    try:
        return library(lake).read_metadata(lake, table, version)
    except FileNotFoundError:
        raise LakeError(
            f"{lake}/{metadata_path(table, version)} is missing: `warta catalog rebuild {lake}` "
            "rebuilds the Iceberg tables"
        ) from None


def stage_version(
    lake: Lake,
    table: str,
    commits: Sequence[Commit],
    commit_id: str,
    moves: Mapping[str, str],
    *,
    compare: bool = False,
) -> int:
    """Write the next version of a table to staging and return its number; 0: none is needed."""
    version = read_version(lake, table)
    if version:
        metadata = read_table(lake, table, version)
    else:
        # A table that older versions of warta did not have.
        metadata = library(lake).new_metadata(_location(lake), table)
    change: Change | None
    if compare or not version:
        change = difference(lake, table, metadata, Snapshot(commits))
        change = change if change or not version else None
    else:
        change = _change_of(lake, table, metadata, commits)
    if change is None:
        return 0
    _write(lake, table, metadata, change, commit_id, commits[-1].sequence, moves)
    return version + 1


def _location(lake: Lake) -> str:
    settings = read_settings(lake)
    return settings.location if settings else location_of(lake)


def _write(
    lake: Lake,
    table: str,
    metadata: "TableMetadata",
    change: "Change",
    commit_id: str,
    sequence: int,
    moves: Mapping[str, str],
) -> None:
    tables = library(lake)
    lake.filesystem.create_dir(lake.path(metadata_folder(table)))
    lake.filesystem.create_dir(lake.path(staging_path(commit_id)))
    newer, written = tables.apply_change(
        lake,
        table,
        metadata,
        change,
        commit_id=commit_id,
        sequence=max(sequence, tables.sequence_of(metadata)),
        staged=moves,
    )
    staged = staged_path(commit_id, table)
    tables.write_metadata(lake, staged, newer)
    names = [location.rpartition("/")[2] for location in written]
    lake.make_durable([staged, *(f"{metadata_folder(table)}/{name}" for name in names)])


def staged_path(commit_id: str, table: str) -> str:
    """Return where the next version of a table waits for its commit."""
    return staging_path(commit_id, f"{table}.metadata.json")


def changes_since(
    sequence: int, commits: Sequence[Commit], table: str
) -> "tuple[list[DataFile], list[DataFile]] | None":
    """Return what commits after a number have added to a table and removed from it.

    Args:
      sequence: The last commit that is known.
      commits: All of a lake, in order.
      table: Its name.

    Returns:
      (added, removed); None where the commits do not say, since a checkpoint took their place.
    """
    newer = [commit for commit in commits if commit.sequence > sequence]
    if any(commit.is_checkpoint for commit in newer):
        return None
    listed = {file.path: file for commit in commits for file in commit.files}
    gone = [path for commit in newer for path in commit.replaced]
    added = {file.path: file for one in newer for file in one.files if file.table == table}
    removed = []
    for path in gone:
        if path.startswith(f"{table}/") and added.pop(path, None) is None:
            if path not in listed:
                return None
            removed.append(listed[path])
    return list(added.values()), removed


def _change_of(
    lake: Lake, table: str, metadata: "TableMetadata", commits: Sequence[Commit]
) -> "Change | None":
    """Return what brings a table to its commits; None where it is there."""
    tables = library(lake)
    found = changes_since(tables.sequence_of(metadata), commits, table)
    if found is not None:
        change = tables.Change(*map(tuple, found))
        return change or (None if tables.evolve(lake, table, metadata) is metadata else change)
    # Even without a difference the table has to know that it has come so far.
    return difference(lake, table, metadata, Snapshot(commits))


def difference(lake: Lake, table: str, metadata: "TableMetadata", live: Snapshot) -> "Change":
    """Return what brings a table to a lake's live files, by comparing all of them.

    Raises:
      FileNotFoundError: A manifest is missing.
    """
    tables = library(lake)
    there = tables.files_of(lake, metadata)
    wanted = {file.path: file for file in live.files(table)}
    return tables.Change(
        tuple(file for path, file in wanted.items() if path not in there),
        tuple(file for path, file in there.items() if path not in wanted),
    )


def make_table(lake: Lake, table: str, location: str, version: int) -> None:
    """Write a table of all live files of a lake, as a version that nothing comes before.

    Args:
      lake: Which.
      table: Its name.
      location: Of the lake, as readers name it.
      version: Its number.
    """
    live = read_snapshot(lake)
    metadata = library(lake).new_metadata(location, table)
    change = difference(lake, table, metadata, live)
    _write(lake, table, metadata, change, SYNC, live.last_sequence, {})
    flip(lake, table, version)


def flip(lake: Lake, table: str, version: int) -> None:
    """Put a version that was made for no commit in its place."""
    target = metadata_path(table, version)
    # What a killed writer had put there without pointing at it.
    lake.discard(target)
    lake.move(staged_path(SYNC, table), target)
    write_version(lake, table, version)
