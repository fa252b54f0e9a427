"""`warta compact` and `warta verify`: a lake kept in shape, looked through, repaired."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count

from warta.pipeline.console.messages import in_bytes
from warta.transforms.core.counts import Counts
from warta.transforms.core.errors import LakeError
from warta.transforms.core.schema import LAYOUT_VERSION, TABLES
from warta.transforms.lake.catalog import Snapshot, read_snapshot
from warta.transforms.lake.checkpoints import checkpoint_commits
from warta.transforms.lake.commit import commit, next_sequence, recover
from warta.transforms.lake.compaction import (
    CompactionPolicy,
    CompactionTask,
    compact,
    plan_compaction,
)
from warta.transforms.lake.iceberg import protocol as iceberg
from warta.transforms.lake.iceberg.maintenance import expire_metadata
from warta.transforms.lake.layout import PublishedFile, Run, new_invocation_id
from warta.transforms.lake.locking import hold
from warta.transforms.lake.replaced_files import expire_replaced_files
from warta.transforms.lake.rewriting import plan_rewrite
from warta.transforms.lake.rewriting import rewrite as rewrite_files
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.verify.lake import Verified, verify
from warta.transforms.lake.verify.repair import plan_repair
from warta.transforms.lake.verify.steps import Step, carry_out_repair


@dataclass(frozen=True, slots=True)
class Compacted:
    """What a compaction has done."""

    merged_files: int
    into_files: int
    bytes_before: int
    bytes_after: int
    expired: int
    """Runs whose replaced files were deleted for good."""
    checkpointed: int
    """Commit files of which one was made."""


def compact_lake(
    uri: str,
    *,
    target_mb: int,
    grace_s: float,
    wait_s: float,
    report: Callable[[str], None],
    rewrite: bool = False,
) -> Compacted:
    """Merge small files, partition by partition, each with a commit of its own.

    Args:
      uri: Of the lake.
      target_mb: Size that files aim at.
      grace_s: How long replaced files are kept before they are deleted.
      wait_s: How long to wait for a run that writes the lake.
      report: Called with every partition that was done.
      rewrite: First bring all files of a lake of an older layout to today's, in one commit.

    Raises:
      LakeError: No lake, one that is being written, or one that cannot be.
    """
    lake = Lake(uri)
    lake.check()
    compaction = CompactionPolicy(2, target_mb << 20)
    files: list[PublishedFile] = []
    before = 0
    with hold(lake, wait_s) as writer:
        iceberg.check_writable(lake)
        lake.create()
        recover(lake)
        expire_metadata(lake, datetime.now(UTC))
        invocation_id = new_invocation_id()
        # A partition is changed by its own compaction only: one look is enough for all.
        live = read_snapshot(lake)
        if rewrite and lake.layout_version() < LAYOUT_VERSION:
            before = sum(file.bytes for table in TABLES for file in live.files(table))
            files = _rewrite(lake, target_mb << 20, invocation_id, writer, report)
            live = read_snapshot(lake)
        for merged, bytes_before in _merge_partitions(
            lake, live, compaction, invocation_id, writer, report
        ):
            files += merged
            before += bytes_before
        expired = expire_replaced_files(lake, datetime.now(UTC), grace_s)
        checkpointed = checkpoint_commits(lake)
    return Compacted(
        merged_files=sum(len(file.replaces) for file in files),
        into_files=len(files),
        bytes_before=before,
        bytes_after=sum(file.bytes for file in files),
        expired=expired,
        checkpointed=checkpointed,
    )


def _merge_partitions(
    lake: Lake,
    live: Snapshot,
    compaction: CompactionPolicy,
    invocation_id: str,
    writer: str,
    report: Callable[[str], None],
) -> Iterator[tuple[list[PublishedFile], int]]:
    """Merge the small files of each partition in a commit of its own.

    Yields:
      The files that a commit brings, and the bytes of those that they replace.
    """
    # Nobody else commits while the lake is held: a look at all commits before each partition's
    # would cost the square of the days.
    sequences = count(next_sequence(lake))
    for table in TABLES:
        for partition in live.partitions(table):
            tasks = plan_compaction(live, [(table, partition)], compaction)
            if tasks:
                _check_mirrors(lake)
                before = _size(lake, [path for task in tasks for path in task.paths])
                run = _run_of(tasks, invocation_id, writer)
                yield _merge_partition(lake, run, tasks, next(sequences)), before
                report(f"{table} {partition}")


def _check_mirrors(lake: Lake) -> None:
    """Refuse to merge files that could not leave their places.

    Raises:
      LakeError: A catalog that follows the lake is down.
    """
    if not iceberg.may_replace_files(lake):
        raise LakeError(
            f"a catalog that follows {lake} is down, and its readers need the files as they are: "
            f"`warta catalog sync {lake}` says which; what was merged before is committed"
        )


def _run_of(tasks: Sequence[CompactionTask], invocation_id: str, writer: str) -> Run:
    names = "\n".join(path for task in tasks for path in task.paths)
    commit_id = hashlib.sha256(names.encode()).hexdigest()[:20]
    return Run(commit_id, invocation_id, datetime.now(UTC), writer)


def _merge_partition(
    lake: Lake, run: Run, tasks: Sequence[CompactionTask], sequence: int
) -> list[PublishedFile]:
    with lake.writing():
        files = [compact(lake, run, task) for task in tasks]
    details = {"compacted": sum(len(file.replaces) for file in files)}
    commit(lake, run, Counts(), files, details, sequence=sequence)
    return files


def _rewrite(
    lake: Lake,
    target_bytes: int,
    invocation_id: str,
    writer: str,
    report: Callable[[str], None],
) -> list[PublishedFile]:
    live = read_snapshot(lake)
    tasks = plan_rewrite(live, target_bytes)
    run = Run(f"rewrite-{invocation_id.lower()}", invocation_id, datetime.now(UTC), writer)
    files = []
    for task in tasks:
        with lake.writing():
            files.append(rewrite_files(lake, run, live, task))
        report(f"{task.table} {task.partition}")
    details = {"compacted": sum(len(file.replaces) for file in files)}
    commit(lake, run, Counts(), files, details, layout_version=LAYOUT_VERSION)
    return files


def _size(lake: Lake, paths: Sequence[str]) -> int:
    return sum(lake.size(path) or 0 for path in paths)


def summarize_compaction(done: Compacted) -> str:
    """Return what a compaction has done, in a line or two."""
    lines = ["nothing to merge: no partition holds two small files of one table"]
    if done.into_files:
        sizes = f"{in_bytes(done.bytes_before)} -> {in_bytes(done.bytes_after)}"
        lines = [f"{done.merged_files:,} files merged into {done.into_files:,}, {sizes}"]
    if done.expired:
        lines.append(f"files that {done.expired:,} earlier merges had replaced were deleted")
    if done.checkpointed:
        lines.append(f"{done.checkpointed:,} old commits were merged into one checkpoint")
    return "\n".join(lines)


def verify_lake(uri: str) -> Verified:
    """Return what was looked at in a lake, and what was found.

    Raises:
      LakeError: No lake, or one of a newer version.
    """
    return verify(Lake(uri))


def planned_repair(uri: str, found: Verified) -> list[Step]:
    """Return what a repair would do about what `verify_lake` has found; nothing is changed."""
    return plan_repair(Lake(uri), found.faults, datetime.now(UTC))


def repair_lake(uri: str, wait_s: float) -> tuple[list[Step], Verified]:
    """Repair a lake, then look through it again.

    Args:
      uri: Of the lake.
      wait_s: How long to wait for a run that writes it.

    Returns:
      What was done, and what is wrong with the lake after it.

    Raises:
      LakeError: No lake, one that is being written, or one that cannot be.
    """
    lake = Lake(uri)
    with hold(lake, wait_s):
        found = verify(lake)
        steps = plan_repair(lake, found.faults, datetime.now(UTC))
        carry_out_repair(lake, steps)
    return steps, verify(lake)


def render_steps(steps: Sequence[Step], *, done: bool) -> str:
    """Return a line for each step of a repair, and one that says what to do next."""
    lines = [f"{step.location}: {step.why}\n  {step.action}" for step in steps]
    if not steps:
        return "nothing to repair"
    last = "nothing was changed: add --yes to do it"
    return "\n".join([*lines, "done; what was set aside is in _damaged" if done else last])


def render_verified(found: Verified) -> str:
    """Return a line for each fault, and one that sums up."""
    lines = [f"{fault.location}: {fault.what}" for fault in found.faults]
    rows = ", ".join(f"{count:,} {table}" for table, count in found.rows.items())
    summary = f"{len(found.faults):,} faults" if found.faults else "no fault"
    looked = f"{found.commits:,} commits, {found.files:,} files: {rows}"
    return "\n".join([*lines, f"{summary} in {looked}"])
