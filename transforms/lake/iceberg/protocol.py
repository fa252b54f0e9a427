"""How Iceberg tables follow the commits of their lake.

A commit takes its tables with it, in these steps (see commit.py for the others):

1. `prepare`: the next version of each table is written to staging, where nobody looks: engines that
   list a table's metadata, or go on from the hint, find a newer version by themselves.
2. The plan names the versions. Files move, the commit file is written.
3. `publish`: each version moves to its place and the hint points at it, before any replaced file
   leaves its place: a reader that follows the hint never misses a file.
4. `update_mirrors`: other catalogs follow. Where one does not answer the plan stays, and no file
   is retired, until a later writer has reached it.

Every step may be done again. What a version holds is a function of the commits, and it names the
last of them: the same commit is never applied twice.
"""

import logging
from collections.abc import Mapping
from typing import Any

from warta.transforms.core.errors import LakeWriteError
from warta.transforms.core.schema import TABLES
from warta.transforms.lake.catalog import (
    parse_commit,
    read_snapshot,
)
from warta.transforms.lake.commit_paths import list_plans
from warta.transforms.lake.failpoints import failpoint
from warta.transforms.lake.iceberg.settings import (
    Mirror,
    check_location,
    metadata_path,
    read_settings,
    read_version,
    write_version,
)
from warta.transforms.lake.iceberg.versions import (
    SYNC,
    flip,
    library,
    stage_version,
    staged_path,
)
from warta.transforms.lake.layout import staging_path
from warta.transforms.lake.storage import Lake

KEY = "iceberg"
"""Of a plan: table -> the version that its commit makes."""
_log = logging.getLogger(__name__)
_warned: set[tuple[str, Mirror]] = set()
"""Mirrors that this process has reported as down."""


def check_writable(lake: Lake) -> None:
    """Refuse to begin a run whose commit could not take the lake's Iceberg tables with it.

    Raises:
      LakeError: The lake was moved, pyiceberg is missing, or the tables are damaged.
    """
    settings = read_settings(lake)
    if settings is not None:
        library(lake)
        check_location(lake, settings)


def prepare(lake: Lake, plan: Mapping[str, Any]) -> dict[str, Any]:
    """Return a plan with the versions of the Iceberg tables that its commit makes.

    Args:
      lake: The lake; without Iceberg tables the plan stays as it is.
      plan: What is about to be published.

    Raises:
      LakeError: A file does not fit its table, or the lake was moved.
    """
    settings = read_settings(lake)
    # A checkpoint lists files that are in the tables already.
    if settings is None or "rolled_up" in plan:
        return dict(plan)
    check_location(lake, settings)
    document = plan["commit"]
    commits = [*read_snapshot(lake).commits, parse_commit("", document)]
    versions = {}
    with lake.writing():
        for table in TABLES:
            version = stage_version(lake, table, commits, document["token"], plan["moves"])
            if version:
                versions[table] = version
    failpoint("catalog.staged")
    return {**plan, KEY: versions}


def publish(lake: Lake, plan: Mapping[str, Any]) -> None:
    """Point readers at the versions that a plan names; its commit file is there already.

    Raises:
      LakeError: A table is damaged.
    """
    versions = plan.get(KEY, {})
    commit_id = plan["commit"]["token"]
    lagging = False
    for table, version in versions.items():
        current = read_version(lake, table)
        if current == version - 1:
            staged = staged_path(commit_id, table)
            lake.move(staged, metadata_path(table, version))
            failpoint("catalog.published")
            if _is_of(lake, table, version, commit_id):
                write_version(lake, table, version)
                failpoint("catalog.flipped")
                continue
        # Another commit was quicker, as windows of a stream may be, or the tables were rebuilt.
        lagging = lagging or not _is_of(lake, table, version, commit_id)
    if lagging and read_settings(lake) is not None:
        # What came in between has the higher number: only the files say what is missing.
        apply_commits(lake, compare=True)


def _is_of(lake: Lake, table: str, version: int, commit_id: str) -> bool:
    tables = library(lake)
    try:
        metadata = tables.read_metadata(lake, table, version)
    except FileNotFoundError:
        return False
    return metadata.properties.get(tables.COMMIT_ID) == commit_id


def update_mirrors(lake: Lake) -> bool:
    """Bring the other catalogs to the tables' versions; return whether all of them are there.

    One that does not answer is reported once a process.

    Raises:
      LakeError: A catalog has another table under the same name.
    """
    settings = read_settings(lake)
    done = True
    for mirror in settings.mirrors if settings else ():
        try:
            update_mirror(lake, mirror)
        except LakeWriteError as error:
            done = False
            if (lake.uri, mirror) not in _warned:
                _warned.add((lake.uri, mirror))
                _log.warning(
                    "%s; the run is committed, the files that it replaced stay in their tables, "
                    "and a later run, or `warta catalog sync %s`, reports it to the catalog",
                    error,
                    lake,
                )
    return done


def may_replace_files(lake: Lake) -> bool:
    """Return whether files that are replaced now leave their places with the commit.

    They do not while another catalog that follows the lake is down: its readers need them. Readers
    of folders would see the rows of merged files twice, so nothing is merged meanwhile.

    Raises:
      LakeError: A catalog needs a library that is missing.
    """
    settings = read_settings(lake)
    if settings is None or not settings.mirrors:
        return True
    if list_plans(lake):
        return False
    library(lake)
    from warta.transforms.lake.iceberg import mirrors

    try:
        for mirror in settings.mirrors:
            mirrors.check_answers(lake, mirror)
    except LakeWriteError:
        # The commit reports it.
        return False
    return True


def update_mirror(lake: Lake, mirror: Mirror, *, rebuilt: bool = False) -> None:
    """Bring one other catalog to the tables' versions.

    Args:
      lake: The lake.
      mirror: The catalog.
      rebuilt: Whether the lake's tables were rebuilt, so that the catalog's are of no use.

    Raises:
      LakeWriteError: It does not answer.
      LakeError: It has another table under the same name.
    """
    library(lake)
    from warta.transforms.lake.iceberg import mirrors

    versions = {table: read_version(lake, table) for table in TABLES}
    mirrors.update(
        lake, mirror, {table: one for table, one in versions.items() if one}, rebuilt=rebuilt
    )
    failpoint("catalog.mirrored")


def apply_commits(lake: Lake, *, compare: bool = False) -> list[str]:
    """Bring the tables to the commits; return those that changed.

    Only for the one writer of a lake.

    Args:
      lake: Which.
      compare: Compare all files, and do not only add up the commits since the last one.

    Raises:
      LakeError: A table is missing or damaged, or the disk or store refuses it.
    """
    commits = read_snapshot(lake).commits
    changed = []
    with lake.writing():
        for table in TABLES:
            version = (
                stage_version(lake, table, commits, SYNC, {}, compare=compare) if commits else 0
            )
            if version:
                flip(lake, table, version)
                changed.append(table)
        lake.remove(staging_path(SYNC))
    return changed
