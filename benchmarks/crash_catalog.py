"""Runs over lakes with Iceberg tables that are ended at every step: a part of `make crash`.

After each end a reader follows the hint of every table, and reads all of its rows: they are those
of before or those of after the run, and no file is missing. On a disk the same for a reader of a
mirror in SQLite. Then the job runs again, and hint, commits, files and mirror agree; a second sync
writes nothing.
"""

import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.crash_ground import VOLATILE, Ground, compare, copied, look, say
from tests.support.iceberg import read_by_hint, rows_of
from tests.support.jobs import in_child, run_job
from warta.transforms.lake import failpoints

POINTS = (
    "publish.closed",
    "catalog.staged",
    "commit.planned",
    "commit.moved",
    "commit.moves_made",
    "commit.committed",
    "catalog.published",
    "catalog.published:3",
    "catalog.flipped",
    "catalog.flipped:2",
    "catalog.flipped:3",
    "catalog.mirrored",
    "commit.retired",
    "commit.retired:4",
    "commit.plan_removed",
    "commit.done",
)
PAIRS = (
    ("commit.planned", "catalog.published"),
    ("catalog.published", "catalog.flipped"),
    ("catalog.flipped:2", "catalog.mirrored"),
    ("catalog.flipped", "commit.retired:2"),
    ("commit.retired", "catalog.mirrored"),
)
SHORT_POINTS = ("catalog.staged", "catalog.published", "catalog.flipped:2", "commit.retired")
_VOLATILE = frozenset(VOLATILE)


def kill_with_catalog(
    ground: Ground, folder: Path, points: Sequence[str], pairs: Sequence[Sequence[str]]
) -> None:
    """End runs over lakes with Iceberg tables at points and at pairs of them.

    Args:
      ground: A lake with a history, and what the run makes of it.
      folder: For the mirrors; on an object store there are none.
      points: Failpoints.
      pairs: The same, of a run and of the run that recovers it.
    """
    assert set(failpoints.CATALOG_POINTS) <= {point.partition(":")[0] for point in POINTS}
    import_library()
    has_mirror = "://" not in ground.history
    names = [point for point in points if has_mirror or point != "catalog.mirrored"]
    groups: list[tuple[str, ...]] = [(point,) for point in names]
    groups += [tuple(pair) for pair in pairs if has_mirror or "catalog.mirrored" not in pair]
    for number, points_ in enumerate(groups):
        mirror = f"sqlite:///{folder}/mirror-{number}.db" if has_mirror else ""
        with copied(ground) as lake:
            _kill(ground, lake, mirror, points_)
    twice = len(groups) - len(names)
    say(f"  killed at {len(names)} points and {twice} pairs: hints as undisturbed")


def import_library() -> None:
    """Import what keeps and reads tables, before processes are forked: each takes seconds."""
    import pyiceberg.catalog.sql  # noqa: F401

    from warta.transforms.lake.iceberg import maintenance, mirrors, tables  # noqa: F401


def _kill(ground: Ground, lake: str, mirror: str, points: Sequence[str]) -> None:
    before = in_child(lambda: [_enable(lake, mirror), read_by_hint(lake, _VOLATILE)])[1]
    after = ground.wanted["rows"]
    for point in points:
        ended = run_job(ground.job(lake), point)
        assert ended.status == -signal.SIGKILL, f"{point} was not passed: {ended}"
        for reader, rows in in_child(lambda: _read(lake, mirror)).items():
            for table in before:
                is_whole = rows[table] in (before[table], after[table])
                assert is_whole, f"ended at {point}: {reader} finds half of {table}"
    ended = run_job(ground.job(lake))
    assert ended.status == 0, f"after {points}: {ended}"
    found = in_child(lambda: [look(lake), _read(lake, mirror), _sync(lake)])
    compare(" and ".join(points), found[0], ground.wanted)
    for reader, rows in found[1].items():
        assert rows == after, f"after {points}: {reader} finds other rows"
    assert found[2] == [], f"after {points}: a sync had something to do"


def _enable(lake: str, mirror: str) -> bool:
    from warta.transforms.lake.iceberg.maintenance import enable
    from warta.transforms.lake.iceberg.settings import Mirror
    from warta.transforms.lake.storage import Lake

    return enable(Lake(lake), [Mirror(mirror)] if mirror else [])


def _read(lake: str, mirror: str) -> dict[str, dict[str, list[str]]]:
    found = {"a reader of the hint": read_by_hint(lake, _VOLATILE)}
    if mirror:
        from pyiceberg.catalog import load_catalog

        catalog = load_catalog("warta", uri=mirror)
        found["a reader of the mirror"] = {
            name: rows_of(catalog.load_table(("warta", name)).scan().to_arrow(), _VOLATILE)
            for _, name in catalog.list_tables("warta")
        }
    return found


def _sync(lake: str) -> Any:
    from warta.transforms.lake.iceberg.maintenance import sync
    from warta.transforms.lake.storage import Lake

    there = Lake(lake)
    before = sorted(there.files("_iceberg", recursive=True))
    return [*sync(there), *(set(there.files("_iceberg", recursive=True)) ^ set(before))]
