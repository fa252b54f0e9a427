"""Many commit files -> one, so that years of small runs stay quick to list and to read.

The newest are left alone: their tokens keep a run from being done twice. Of the others one file
tells what still stands of theirs; should one of their runs come again, its articles are known.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from transforms.core.schema import SCHEMA_VERSION
from transforms.lake.commit import carry_out
from transforms.lake.layout import COMMITS, Lake

KEEP = 1000
"""Newest commit files that stay: ten days of a run every 15 minutes."""


def roll_up(lake: Lake, keep: int = KEEP) -> int:
    """Rolls the oldest commits into one, where they are as many as those that stay.

    Only for the one writer of a lake; it is a commit like any other, and finished if it was ended.
    Until then some files are listed twice.

    Returns:
      How many were rolled up.
    """
    paths = [path for path in lake.files(COMMITS) if path.endswith(".json")]
    if len(paths) < 2 * keep:
        return 0
    commits = sorted(
        ((path, lake.read_json(path)) for path in paths),
        key=lambda commit: (commit[1]["committed_at"], commit[0]),
    )
    replaced = {path for _, document in commits for path in document.get("replaced", ())}
    old = commits[: len(commits) - keep]
    commit_id = hashlib.sha256("\n".join(path for path, _ in old).encode()).hexdigest()[:20]
    kept = {file["path"] for _, document in commits[len(old) :] for file in document["files"]}
    rolled = _roll(commit_id, [document for _, document in old], replaced)
    # With a clock that was set back, a file may be listed by a commit that stays.
    rolled["replaced"] = sorted(replaced & kept)
    # Oldest first: who lists a file goes before who says that it was replaced.
    carry_out(lake, {"commit": rolled, "moves": {}, "rolled_up": [path for path, _ in old]})
    return len(old)


def _roll(
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
        "rolled_up": sum(document.get("rolled_up", 1) for document in documents),
        "counts": counts,
        **({"passed_over": dict(sorted(passed_over.items()))} if passed_over else {}),
        "files": [files[path] for path in sorted(files)],
        "replaced": [],
    }
