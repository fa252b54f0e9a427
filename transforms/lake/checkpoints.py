"""Checkpoints: one commit file in place of many, so that a lake of years is quick to read.

The newest commits are left alone: their ids keep a run from being done twice. Of the others one
file, the checkpoint, lists what is still live; should one of their runs come again, its articles
are known. In commit files it is called `rolled_up`.
"""

import hashlib
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from warta.transforms.core.schema import SCHEMA_VERSION
from warta.transforms.lake.catalog import Commit, read_snapshot
from warta.transforms.lake.commit import carry_out
from warta.transforms.lake.commit_paths import list_commits, list_plans
from warta.transforms.lake.storage import Lake

KEEP = 1000
"""Newest commit files that stay: ten days of a run every 15 minutes."""


def checkpoint_commits(lake: Lake, keep: int = KEEP) -> int:
    """Replace the oldest commit files by one, if they are as many as those that stay.

    Only for the one writer of a lake. It is a commit like any other, finished by the next start if
    it was ended; until then some files are listed twice.

    Args:
      lake: Held by the caller.
      keep: Newest commit files that stay.

    Returns:
      How many commit files were replaced.

    Raises:
      LakeError: The disk or store refuses it, or a commit file is damaged.
    """
    # A plan that waits for another catalog needs its commit file.
    if len(list_commits(lake)) < 2 * keep or list_plans(lake):
        return 0
    commits = read_snapshot(lake).commits
    old, kept = commits[: len(commits) - keep], commits[len(commits) - keep :]
    replaced = {path for commit in commits for path in commit.replaced}
    checkpoint = _checkpoint(lake, old, replaced)
    # With a clock that was set back, a file may be listed by a commit that stays.
    checkpoint["replaced"] = sorted(
        {file.path for commit in kept for file in commit.files if file.path in replaced}
    )
    # Oldest first: a file leaves the lists before the note that it was replaced.
    rolled_up = [commit.path for commit in old]
    carry_out(lake, {"commit": checkpoint, "moves": {}, "rolled_up": rolled_up})
    return len(old)


def _checkpoint(lake: Lake, commits: Sequence[Commit], replaced: set[str]) -> dict[str, Any]:
    """Return the commit file that stands for others, of which one at a time is in memory."""
    counts: Counter[str] = Counter()
    passed_over: Counter[str] = Counter()
    files: dict[str, Mapping[str, Any]] = {}
    rolled_up = 0

    def keep(file: dict[str, Any]) -> None:
        if file["path"] not in replaced:
            # Hundreds of thousands, of the same few tables and partitions.
            file["table"], file["partition"] = map(sys.intern, (file["table"], file["partition"]))
            files[file["path"]] = file

    for commit in commits:
        last = lake.read_json(commit.path, converters={"files": keep})
        counts.update(last["counts"])
        passed_over.update(last.get("passed_over", {}))
        rolled_up += last.get("rolled_up", 1)
    names = "\n".join(commit.path for commit in commits)
    return {
        "token": hashlib.sha256(names.encode()).hexdigest()[:20],
        "run_id": last["run_id"],
        "schema_version": SCHEMA_VERSION,
        "started_at": commits[0].started_at,
        "committed_at": last["committed_at"],
        "sequence": commits[-1].sequence,
        "rolled_up": rolled_up,
        "covers": commits[-1].path,
        "counts": {name: counts[name] for name in last["counts"]},
        **({"passed_over": dict(sorted(passed_over.items()))} if passed_over else {}),
        "files": [files[path] for path in sorted(files)],
        "replaced": [],
    }
