"""Checkpoints: one commit file in place of many, so that a lake of years is quick to read.

The newest commits are left alone: their ids keep a run from being done twice. Of the others one
file, the checkpoint, lists what is still live; should one of their runs come again, its articles
are known. In commit files it is called `rolled_up`.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from warta.transforms.core.schema import SCHEMA_VERSION
from warta.transforms.lake.catalog import read_snapshot
from warta.transforms.lake.commit import carry_out
from warta.transforms.lake.layout import COMMITS, Lake

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
    names = list(lake.files(COMMITS))
    paths = [path for path in names if path.endswith(".json")]
    # A plan that waits for another catalog needs its commit file.
    if len(paths) < 2 * keep or any(path.endswith(".pending") for path in names):
        return 0
    commits = [
        (commit.path, lake.read_json(commit.path) | {"sequence": commit.sequence})
        for commit in read_snapshot(lake).commits
    ]
    replaced = {path for _, document in commits for path in document.get("replaced", ())}
    old = commits[: len(commits) - keep]
    commit_id = hashlib.sha256("\n".join(path for path, _ in old).encode()).hexdigest()[:20]
    kept = {file["path"] for _, document in commits[len(old) :] for file in document["files"]}
    checkpoint = _checkpoint(commit_id, [document for _, document in old], replaced)
    checkpoint["covers"] = old[-1][0]
    # With a clock that was set back, a file may be listed by a commit that stays.
    checkpoint["replaced"] = sorted(replaced & kept)
    # Oldest first: a file leaves the lists before the note that it was replaced.
    carry_out(lake, {"commit": checkpoint, "moves": {}, "rolled_up": [path for path, _ in old]})
    return len(old)


def _checkpoint(
    commit_id: str, documents: Sequence[Mapping[str, Any]], replaced: set[str]
) -> dict[str, Any]:
    first, last = documents[0], documents[-1]
    counts = {
        name: sum(document["counts"][name] for document in documents) for name in last["counts"]
    }
    passed_over: Counter[str] = Counter()
    for document in documents:
        passed_over.update(document.get("passed_over", {}))
    files = {
        file["path"]: file
        for document in documents
        for file in document["files"]
        if file["path"] not in replaced
    }
    return {
        "token": commit_id,
        "run_id": last["run_id"],
        "schema_version": SCHEMA_VERSION,
        "started_at": first["started_at"],
        "committed_at": last["committed_at"],
        "sequence": last["sequence"],
        "rolled_up": sum(document.get("rolled_up", 1) for document in documents),
        "counts": counts,
        **({"passed_over": dict(sorted(passed_over.items()))} if passed_over else {}),
        "files": [files[path] for path in sorted(files)],
        "replaced": [],
    }
