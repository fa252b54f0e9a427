"""Named points of the protocol at which a test may end or halt a run.

WARTA_FAULT=POINT[:PASS[:ACTION]] names one: at the PASS-th time (1 by default) that a process comes
by, the whole process group is killed (ACTION kill, the default: as when the machine dies) or halted
(stop: for a test to take the disk away meanwhile). Without the variable a point costs a look at the
environment; all of them are outside the loops over rows.
"""

import os
import signal
from collections import Counter

VARIABLE = "WARTA_FAULT"
POINTS: dict[str, str] = {
    "lock.held": "the lock is ours, nothing was looked at",
    "recover.begun": "before the first look at plans",
    "recover.cleared": "plans are finished, staging is empty",
    "stage.opened": "the staging folder exists, no row in it",
    "stage.written": "a row group was staged",
    "stage.closed": "a bundle's staged files have their footers",
    "find.decided": "duplicates are known, nothing is published",
    "publish.opened": "a final file was opened in staging",
    "publish.closed": "a final file is whole, in staging",
    "commit.checked": "the counts met, no plan yet",
    "commit.planned": "the plan is written, no file moved",
    "commit.moved": "a file was moved",
    "commit.moves_made": "all files are in their places, no commit file",
    "commit.committed": "the commit file exists, replaced files too",
    "commit.retired": "a replaced file was taken out of its table",
    "commit.plan_removed": "the plan is gone, staging is not",
    "commit.done": "nothing is left to do",
    "expire.deleted": "a folder of replaced files was deleted",
}
"""Every failpoint, with what has happened by then."""
CATALOG_POINTS: dict[str, str] = {
    "catalog.staged": "the next versions of the Iceberg tables are in staging, no plan yet",
    "catalog.published": "a version is in its place, and no hint points at it",
    "catalog.flipped": "readers see a version, replaced files are in their tables",
    "catalog.mirrored": "another catalog points at the new versions",
}
"""Failpoints that only lakes with Iceberg tables pass."""
REWRITE_POINTS: dict[str, str] = {
    "commit.marked": "the lake's layout is the new one, files of the old one are in their tables",
}
"""Failpoints that only `warta compact --rewrite` passes."""
REBUILD_POINTS: dict[str, str] = {
    "rebuild.planned": "it is known how stories change, nothing is staged",
}
"""Failpoints that only `warta stories rebuild` passes."""
POLLING_POINTS: dict[str, str] = {
    "feeds.staged": "what was polled and the state of feeds are in staging",
}
"""Failpoints that only poll cycles of `warta watch` pass."""

_ACTIONS = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP}
_passes: Counter[str] = Counter()


def failpoint(name: str) -> None:
    """End or halt the process group here, if the environment asks for it.

    Args:
      name: One of `POINTS`, `CATALOG_POINTS`, `REWRITE_POINTS`, `REBUILD_POINTS` or
        `POLLING_POINTS`.
    """
    asked = os.environ.get(VARIABLE)
    if not asked:
        return
    wanted, _, rest = asked.partition(":")
    if name != wanted:
        return
    passes, _, action = rest.partition(":")
    _passes[name] += 1
    if _passes[name] == int(passes or 1):
        os.killpg(os.getpgrp(), _ACTIONS[action or "kill"])
