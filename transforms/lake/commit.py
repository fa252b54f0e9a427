"""The one moment at which a run becomes true.

1. The plan, every move and the commit file's own content, is written to `_commits/<token>.pending`.
2. Finished files move from staging to their places. A move that was made is not made again.
3. `_commits/<token>.json` is written. From here the run stands.
4. The plan and the staging folder go.

Killed before 1, a run leaves only staging, which the next start takes away. Killed later, the next
start finds the plan and goes on where it stopped.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from transforms.lake.layout import (
    COMMITS,
    STAGING,
    Lake,
    LakeError,
    PublishedFile,
    Run,
    staging_path,
)
from transforms.schema import SCHEMA_VERSION
from transforms.storage import is_local


@dataclass(frozen=True, slots=True)
class Decision:
    """Counts of what was decided about a run's rows before they were published."""

    duplicates: int
    """Articles dropped: the lake, or the run, has them with the same content."""
    rejected: int
    rejects_known: int
    """Of these, how many stand in rejects already and are not written again."""
    reject_reasons: Mapping[str, int]
    copies: Mapping[str, int]
    """Articles published and marked as a copy, by kind."""
    new_versions: int

    @staticmethod
    def details(decisions: Sequence["Decision"]) -> dict[str, Any]:
        """What the commit file tells of the decisions; at most one a run."""
        if not decisions:
            return {"rejects_known": 0, "reject_reasons": {}, "copies": {}, "new_versions": 0}
        (decision,) = decisions
        return {
            "rejects_known": decision.rejects_known,
            "reject_reasons": dict(sorted(decision.reject_reasons.items())),
            "copies": dict(decision.copies),
            "new_versions": decision.new_versions,
        }


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of a run. read comes from the readers, the rest from the sink: they must meet."""

    read: int = 0
    published: int = 0
    duplicates: int = 0
    rejected: int = 0

    def check(self) -> None:
        """Refuses to commit a run that lost or doubled a record.

        Raises:
          LakeError: read is not published + duplicates + rejected.
        """
        if self.read != self.published + self.duplicates + self.rejected:
            raise LakeError(
                f"the counts do not meet: read {self.read}, but published {self.published} + "
                f"duplicates {self.duplicates} + rejected {self.rejected}; nothing was published"
            )


def tally(read: int, files: Sequence[PublishedFile], decisions: Sequence[Decision]) -> Tally:
    """The readers' count, the rows in finished files and the decisions -> the run's counts."""
    return Tally(
        read=read,
        published=sum(file.rows for file in files if file.table == "articles"),
        duplicates=sum(decision.duplicates for decision in decisions),
        rejected=sum(decision.rejected for decision in decisions),
    )


def commit(
    lake: Lake,
    run: Run,
    tally: Tally,
    files: Sequence[PublishedFile],
    details: Mapping[str, object],
) -> dict[str, Any]:
    """Publishes a run's files, once: a run that stands already is left as it is.

    Args:
      lake: where.
      run: whose.
      tally: must meet.
      files: finished files in staging.
      details: what else the commit file tells: versions, inputs, reject_reasons, ...

    Returns:
      The commit file's content.

    Raises:
      LakeError: the counts do not meet, or a file of the plan is gone.
    """
    done = read_commit(lake, run.token)
    if done is not None:
        return done
    tally.check()
    committed_at = datetime.now(UTC)
    document: dict[str, Any] = {
        "token": run.token,
        "run_id": run.run_id,
        "schema_version": SCHEMA_VERSION,
        "started_at": run.started_at.isoformat(),
        "committed_at": committed_at.isoformat(),
        "seconds": round((committed_at - run.started_at).total_seconds(), 3),
        "counts": {
            "read": tally.read,
            "published": tally.published,
            "duplicates": tally.duplicates,
            "rejected": tally.rejected,
        },
        **details,
        "files": [
            {
                "path": file.path,
                "table": file.table,
                "partition": file.partition,
                "rows": file.rows,
                "bytes": file.bytes,
            }
            for file in sorted(files, key=lambda file: file.path)
        ],
    }
    moves = {file.path: file.staged_path for file in files}
    plan = _pending(run.token)
    lake.write_json(plan, {"commit": document, "moves": moves})
    _finish(lake, plan, document, moves)
    return document


def recover(lake: Lake) -> list[str]:
    """Finishes what a killed run had begun to publish, and takes away what it had not.

    Only for the one writer of a lake.

    Returns:
      Tokens of the runs that were finished.

    Raises:
      LakeError: a file of a plan is gone.
    """
    finished = []
    for path in lake.files(COMMITS):
        if path.endswith(".pending"):
            plan = lake.read_json(path)
            document: Any = plan["commit"]
            moves: Any = plan["moves"]
            _finish(lake, path, document, moves)
            finished.append(str(document["token"]))
        elif path.endswith(".writing"):
            lake.filesystem.delete_file(lake.path(path))
    lake.remove(STAGING)
    lake.filesystem.create_dir(lake.path(STAGING))
    return finished


def read_commit(lake: Lake, token: str) -> dict[str, Any] | None:
    """The commit file of a run; None where it does not stand."""
    try:
        return lake.read_json(_committed(token))
    except FileNotFoundError:
        return None


def _pending(token: str) -> str:
    return f"{COMMITS}/{token}.pending"


def _committed(token: str) -> str:
    return f"{COMMITS}/{token}.json"


def _finish(lake: Lake, plan: str, document: Mapping[str, Any], moves: Mapping[str, str]) -> None:
    sizes = {file["path"]: file["bytes"] for file in document["files"]}
    for target, source in moves.items():
        if not _move(lake, source, target, sizes[target]):
            raise LakeError(
                f"{lake} was changed while a run was published: neither {target} nor its "
                f"source {source} is there; to give that run up, remove {lake.path(plan)}"
            )
    _make_durable(lake, moves)
    lake.write_json(_committed(document["token"]), dict(document))
    _make_durable(lake, [_committed(document["token"])])
    lake.filesystem.delete_file(lake.path(plan))
    lake.remove(staging_path(document["token"]))


def _move(lake: Lake, source: str, target: str, size: int) -> bool:
    """Whether the file stands at its target, whole. A copy cut short is made again."""
    if lake.exists(source):
        lake.filesystem.create_dir(lake.path(target).rpartition("/")[0])
        lake.filesystem.move(lake.path(source), lake.path(target))
    return lake.size(target) == size


def _make_durable(lake: Lake, paths: Iterable[str]) -> None:
    """Local disks keep renames in memory for a while: what is true must outlive a power cut."""
    if not is_local(lake.uri):
        return
    files = [Path(lake.path(path)) for path in paths]
    for place in [*files, *{file.parent for file in files}]:
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
