"""The one moment at which a run becomes true.

1. The plan is written to `_commits/<commit_id>.pending`: every move, and the commit file's content.
2. Finished files move from staging to their places. A move that was made is not made again.
3. `_commits/<commit_id>.json` is written. From here the run is in the lake.
4. Where the lake has Iceberg tables, they point at the run's version of them, which was written
   before the plan; other catalogs follow (see iceberg/protocol.py).
5. Files whose rows are in new ones are moved to `_replaced/`, out of the readers' way. They are
   deleted later (see replaced_files.py), so that what is being read stays readable for a while.
6. The plan and the staging folder go.

Killed before 1, a run leaves only staging, which the next start takes away. Killed later, the next
start finds the plan and goes on where it stopped. A plan of which nothing was moved and not all can
be, since its writer had lost the lake, is taken back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from warta.transforms.core.counts import Counts
from warta.transforms.core.errors import LakeError
from warta.transforms.core.redaction import storable_items
from warta.transforms.core.schema import SCHEMA_VERSION, TABLES
from warta.transforms.lake.catalog import read_snapshot
from warta.transforms.lake.checksums import KEY as CHECKSUM
from warta.transforms.lake.commit_paths import commit_path, list_plans, plan_path
from warta.transforms.lake.failpoints import failpoint
from warta.transforms.lake.iceberg import protocol as iceberg
from warta.transforms.lake.layout import (
    COMMITS,
    MARKER,
    STAGING,
    PublishedFile,
    Run,
    has_layout,
    staging_path,
)
from warta.transforms.lake.locking import check_writer
from warta.transforms.lake.marker import marker_document
from warta.transforms.lake.plans import read_plan
from warta.transforms.lake.replaced_files import replaced_folder
from warta.transforms.lake.storage import Lake

_OF_USERS = {"inputs", "passed_over_sources"}
"""Details that hold URIs and words of others."""


def commit(
    lake: Lake,
    run: Run,
    counts: Counts,
    files: Sequence[PublishedFile],
    details: Mapping[str, object],
    *,
    layout_version: int | None = None,
    sequence: int = 0,
) -> dict[str, Any]:
    """Publish a run's files, once: a run that is in the lake is left as it is.

    Args:
      lake: The lake.
      run: The run.
      counts: Of its records; they must add up.
      files: Its finished files in staging.
      details: What else the commit file says: versions, inputs, reject_reasons, ...
      layout_version: Of a rewrite: what the lake's layout is from this commit on.
      sequence: The commit's number, of a writer that has counted on from `next_sequence` since it
        holds the lake; 0: the commits of the lake are looked at.

    Returns:
      The commit file's content.

    Raises:
      LakeError: The counts do not add up, the lake was taken over by another run, its layout is
        another than that of the files, or a file of the plan is gone.
    """
    done = read_commit(lake, run.commit_id)
    if done is not None:
        return done
    counts.check()
    check_writer(lake, run.writer)
    _check_layout(lake, files, layout_version or lake.layout_version())
    if layout_version is not None:
        details = {"layout_version": layout_version, **details}
    document = _document(run, sequence or next_sequence(lake), counts, files, details)
    moves = {file.path: file.staged_path for file in files}
    failpoint("commit.checked")
    carry_out(lake, {"commit": document, "moves": moves})
    return document


def next_sequence(lake: Lake) -> int:
    """Return the number of the next commit. Only for the one writer of a lake.

    Raises:
      LakeError: A commit file or a plan is damaged.
    """
    last = read_snapshot(lake).last_sequence
    # A window of a stream whose commit failed at the disk is finished later.
    for path in list_plans(lake):
        last = max(last, read_plan(lake, path)["commit"].get("sequence", 0))
    return last + 1


def _check_layout(lake: Lake, files: Sequence[PublishedFile], wanted: int) -> None:
    """Refuse to mix paths of two layouts: readers take them for two tables.

    Raises:
      LakeError: A file has the other layout.
    """
    for file in files:
        if file.partition and not has_layout(file.path, file.table, file.partition, wanted):
            raise LakeError(
                f"{file.path} has another layout than the lake {lake}, which was rewritten "
                "meanwhile; nothing was published: start the run again"
            )


def carry_out(lake: Lake, plan: Mapping[str, Any]) -> None:
    """Write a plan, then do what it says.

    Args:
      lake: Where.
      plan: `commit`, the commit file's content; `moves`, final path -> path in staging; and maybe
        `rolled_up`, commit files whose place it takes.

    Raises:
      LakeError: The disk or store refuses it, or a file of the plan is gone.
    """
    plan = iceberg.prepare(lake, plan)
    with lake.writing():
        lake.make_durable(plan["moves"].values())
        lake.write_json(plan_path(plan["commit"]["token"]), dict(plan), sealed=True)
        failpoint("commit.planned")
        _finish(lake, plan)


def _document(
    run: Run,
    sequence: int,
    counts: Counts,
    files: Sequence[PublishedFile],
    details: Mapping[str, object],
) -> dict[str, Any]:
    committed_at = datetime.now(UTC)
    return {
        "token": run.commit_id,
        "sequence": sequence,
        "run_id": run.invocation_id,
        "schema_version": SCHEMA_VERSION,
        "started_at": run.started_at.isoformat(),
        "committed_at": committed_at.isoformat(),
        "seconds": round((committed_at - run.started_at).total_seconds(), 3),
        "counts": asdict(counts),
        # What was read is stored as it may be shown; requests were made with what was given.
        **details,
        **{name: storable_items(details[name]) for name in _OF_USERS & details.keys()},
        "files": [
            {
                "path": file.path,
                "table": file.table,
                "partition": file.partition,
                "rows": file.rows,
                "bytes": file.bytes,
                **({CHECKSUM: file.checksum} if file.checksum else {}),
                **({"merged": True} if file.replaces else {}),
            }
            for file in sorted(files, key=lambda file: file.path)
        ],
        "replaced": sorted(path for file in files for path in file.replaces),
    }


def finish(lake: Lake, commit_id: str) -> dict[str, Any] | None:
    """Return what a run has committed, or None; a plan that it left is carried out first.

    For a step that an engine does again.
    """
    if lake.exists(plan_path(commit_id)):
        with lake.writing():
            _finish(lake, read_plan(lake, plan_path(commit_id)))
    return read_commit(lake, commit_id)


def recover(lake: Lake) -> list[str]:
    """Finish what a killed run had started to publish, and delete the rest.

    Only for the one writer of a lake.

    Returns:
      Commit ids of the runs that were finished.

    Raises:
      LakeError: A plan or a commit file is damaged, or a file of a plan is gone; names the way
        out.
    """
    failpoint("recover.begun")
    finished = []
    with lake.writing():
        for path in list_plans(lake):
            plan = read_plan(lake, path)
            if _never_began(lake, plan):
                lake.discard(path)
                continue
            _finish(lake, plan)
            finished.append(str(plan["commit"]["token"]))
        for path in [*lake.files(), *lake.files(COMMITS)]:
            if path.endswith(".writing"):
                lake.discard(path)
        lake.remove(STAGING)
        lake.filesystem.create_dir(lake.path(STAGING))
    # A commit file that is empty or damaged stops a writer before it works, not after.
    read_snapshot(lake)
    failpoint("recover.cleared")
    return finished


def read_commit(lake: Lake, commit_id: str) -> dict[str, Any] | None:
    """Return the content of a run's commit file; None where there is none."""
    try:
        return lake.read_json(commit_path(commit_id))
    except FileNotFoundError:
        return None


def _is_committed(lake: Lake, commit_id: str) -> bool:
    """Return whether a run's commit file is there and sound: a damaged one is written again."""
    try:
        return read_commit(lake, commit_id) is not None
    except LakeError:
        return False


def _never_began(lake: Lake, plan: Mapping[str, Any]) -> bool:
    """Return whether a plan left nothing that readers see, and cannot be carried out."""
    moves = plan["moves"]
    if lake.exists(commit_path(plan["commit"]["token"])):
        return False
    nothing_moved = not any(lake.exists(target) for target in moves)
    return nothing_moved and not all(lake.exists(source) for source in moves.values())


def _finish(lake: Lake, plan: Mapping[str, Any]) -> None:
    """Carry a plan out, from wherever it was left to its end or to a catalog that is down."""
    document = plan["commit"]
    commit_id = document["token"]
    if not _is_committed(lake, commit_id):
        _make_moves(lake, document, plan["moves"])
        lake.make_durable(plan["moves"])
        failpoint("commit.moves_made")
        lake.write_json(commit_path(commit_id), dict(document), sealed=True)
    failpoint("commit.committed")
    if "layout_version" in document:
        lake.write_json(MARKER, marker_document(document["layout_version"]))
        failpoint("commit.marked")
    iceberg.publish(lake, plan)
    is_mirrored = iceberg.update_mirrors(lake)
    retired = replaced_folder(datetime.fromisoformat(document["committed_at"]), commit_id)
    # Plans of schema version 1 replace nothing.
    for path in document.get("replaced", ()):
        if is_mirrored or path.partition("/")[0] not in TABLES:
            lake.move(path, f"{retired}/{path}")
            failpoint("commit.retired")
    if not is_mirrored:
        # The plan stays, and with it what the mirror's readers see.
        lake.remove(staging_path(commit_id))
        return
    for path in plan.get("rolled_up", ()):
        lake.discard(path)
    lake.discard(plan_path(commit_id))
    failpoint("commit.plan_removed")
    lake.remove(staging_path(commit_id))
    failpoint("commit.done")


def _make_moves(lake: Lake, document: Mapping[str, Any], moves: Mapping[str, str]) -> None:
    sizes = {file["path"]: file["bytes"] for file in document["files"]}
    for target, source in moves.items():
        if lake.exists(source) and lake.size(target) not in (None, sizes[target]):
            raise LakeError(f"{lake} already holds another file {target}; nothing was replaced")
        # A copy of which the source was not deleted yet is made again.
        lake.move(source, target)
        if lake.size(target) != sizes[target]:
            raise LakeError(
                f"{lake} was changed while a run was published: neither {target} nor its "
                f"source {source} is there; `warta verify --repair {lake}` shows how to take that "
                "run back"
            )
        failpoint("commit.moved")
