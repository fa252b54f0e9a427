"""The one way from staged rows to a commit: decide, write, commit.

`publish_run` takes the steps one after the other, for a window of a stream and for tests. A batch
takes the same steps in its graph, where many workers share the second:

    decide       one worker, since every row may be a copy of every other
    write_task   any number of workers, a partition's files each
    commit_run   one worker, since a batch is in the lake whole or not at all
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from warta.transforms.core.memory import release_memory
from warta.transforms.lake.commit import commit, finish
from warta.transforms.lake.compaction import CompactionTask, compact
from warta.transforms.lake.decisions import Policy, decide
from warta.transforms.lake.layout import PublishedFile, Run, StagedRows
from warta.transforms.lake.open_files import OpenFiles
from warta.transforms.lake.publish_files import PublishTask, publish
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.tally import Decision, tally


def write_task(
    lake: Lake, run: Run, task: PublishTask | CompactionTask, files: OpenFiles
) -> list[PublishedFile]:
    """Write the final files of one task, still in staging.

    Args:
      lake: The lake.
      run: The batch.
      task: What to write.
      files: Opens staged files; tasks that share it share open files.

    Returns:
      The finished files.

    Raises:
      LakeError: The disk or store refuses them.
    """
    if isinstance(task, CompactionTask):
        written = [compact(lake, run, task)]
    else:
        written = publish(lake, run, task, files)
    # A worker writes one partition after another: their peaks must not add up.
    release_memory()
    return written


def commit_run(
    lake: Lake,
    run: Run,
    files: Sequence[PublishedFile],
    decision: Decision | None,
    *,
    read: int,
    known: int,
    details: Mapping[str, Any],
) -> dict[str, Any]:
    """Commit a batch's files, once: a batch that is in the lake is left as it is.

    Args:
      lake: The lake.
      run: The batch.
      files: Its finished files in staging.
      decision: What was decided about its staged rows; None where nothing was staged.
      read: Records that its readers have seen.
      known: Of these, records that were known before they were staged.
      details: What else the commit file says: versions, inputs.

    Returns:
      The content of the commit file.

    Raises:
      LakeError: The counts do not add up, or the lake was taken over by another run.
    """
    # An engine may do this step again.
    if (done := finish(lake, run.commit_id)) is not None:
        return done
    decision = decision or Decision()
    counts = tally(read, known, files, decision)
    index = [decision.index] if decision.index else []
    details = {**details, "recognised": known, **decision.details()}
    return commit(lake, run, counts, [*files, *index, *decision.stories], details)


def publish_run(
    lake: Lake,
    run: Run,
    staged: Iterable[StagedRows],
    policy: Policy,
    *,
    read: int,
    known: int = 0,
    details: Mapping[str, Any],
    more: Sequence[PublishedFile] = (),
) -> dict[str, Any]:
    """Publish and commit a batch's staged rows, all of it here and now.

    Args:
      lake: The lake; only its one writer may call this.
      run: The batch.
      staged: Its staged row groups.
      policy: How rows are compared, and files kept.
      read: Records that its readers have seen.
      known: Of these, records that were known before they were staged.
      details: What else the commit file says.
      more: Finished files that are committed with the batch's own.

    Returns:
      The content of the commit file.

    Raises:
      LakeError: The counts do not add up, or the lake cannot be written.
    """
    plan = decide(lake, run, staged, policy)
    with OpenFiles(lake) as files:
        written = [file for task in plan.tasks for file in write_task(lake, run, task, files)]
    written += more
    return commit_run(lake, run, written, plan.decision, read=read, known=known, details=details)
