"""Rows into the lake: staged where they were made, published by partition, committed by batch.

Neither articles nor rejects cross a shuffle: what does are descriptors of row groups and files.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import PCollection
from apache_beam.utils.windowed_value import WindowedValue

from warta.transforms.core.counts import ReadCount, add_counts
from warta.transforms.core.records import Article, Reject
from warta.transforms.dedup.signatures import MINHASH_SCHEME, sign
from warta.transforms.find_duplicates import FindDuplicates
from warta.transforms.lake.compaction import CompactionTask
from warta.transforms.lake.decisions import Policy
from warta.transforms.lake.layout import PublishedFile, Run, StagedRows
from warta.transforms.lake.open_files import OpenFiles
from warta.transforms.lake.opening import LakeWriter
from warta.transforms.lake.publish_files import PublishTask
from warta.transforms.lake.publish_run import commit_run, write_task
from warta.transforms.lake.staging import MAX_BUFFER_BYTES, Stager
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.tally import passed_over_details
from warta.transforms.lake.versions import versions
from warta.transforms.lake.windows import Stream, window_start


class _StageFn(beam.DoFn):
    """Stage the rows of a bundle; put out their descriptors when it ends."""

    def __init__(self, lake: Lake, run: Run | Stream, max_buffer_bytes: int) -> None:
        self._lake, self._run, self._max_buffer_bytes = lake, run, max_buffer_bytes

    def start_bundle(self) -> None:
        self._stagers: dict[Any, Stager] = {}

    def process(self, element: Article | Reject, window: Any = beam.DoFn.WindowParam) -> None:
        if window not in self._stagers:
            self._stagers[window] = self._stager_of(window)
        self._stagers[window].add(element)

    def finish_bundle(self) -> Iterator[WindowedValue]:
        for window, stager in self._stagers.items():
            for rows in stager.close():
                yield WindowedValue(rows, window.max_timestamp(), (window,))

    def _stager_of(self, window: Any) -> Stager:
        run = self._run
        if isinstance(run, Stream):
            run = run.staging_run(window_start(window))
        return Stager(self._lake, run, sign, MINHASH_SCHEME, self._max_buffer_bytes)


class StageRows(beam.PTransform[PCollection[Article | Reject], PCollection[StagedRows]]):
    """Stage articles and rejects; put out one small descriptor for each row group.

    Args:
      lake: The lake.
      run: What rows are signed with; of a stream, each window is a run.
      max_buffer_bytes: Most bytes of rows held in memory.

    Returns:
      Descriptors of the staged row groups.
    """

    def __init__(
        self, lake: Lake, run: Run | Stream, max_buffer_bytes: int = MAX_BUFFER_BYTES
    ) -> None:
        super().__init__()
        self._fn = _StageFn(lake, run, max_buffer_bytes)

    def expand(self, rows: PCollection[Article | Reject]) -> PCollection[StagedRows]:
        """Build the transform."""
        return rows | "Stage" >> beam.ParDo(self._fn).with_output_types(StagedRows)


class _PublishFn(beam.DoFn):
    """Write the final files of a task; the tasks of a bundle share open staged files."""

    def __init__(self, lake: Lake, run: Run) -> None:
        self._lake, self._run = lake, run

    def start_bundle(self) -> None:
        self._staged = OpenFiles(self._lake)

    def process(self, element: PublishTask | CompactionTask) -> Iterator[PublishedFile]:
        yield from write_task(self._lake, self._run, element, self._staged)

    def finish_bundle(self) -> None:
        self._staged.close()


class PublishRows(
    beam.PTransform[PCollection[PublishTask | CompactionTask], PCollection[PublishedFile]]
):
    """Write final files, still in staging; tasks are spread over all workers.

    Args:
      lake: The lake.
      run: The batch.

    Returns:
      The finished files.
    """

    def __init__(self, lake: Lake, run: Run) -> None:
        super().__init__()
        self._lake, self._run = lake, run

    def expand(
        self, tasks: PCollection[PublishTask | CompactionTask]
    ) -> PCollection[PublishedFile]:
        """Build the transform."""
        return (
            tasks
            | "SpreadTasks" >> beam.Reshuffle()
            | "Publish"
            >> beam.ParDo(_PublishFn(self._lake, self._run)).with_output_types(PublishedFile)
        )


class _CommitFn(beam.DoFn):
    """Commit a batch of which all parts are here; put out its commit file's content."""

    def __init__(
        self, lake: Lake, run: Run, details: dict[str, Any], more: Sequence[PublishedFile]
    ) -> None:
        self._lake, self._run, self._details, self._more = lake, run, details, more

    def process(self, element: tuple[str, dict[str, Iterable[Any]]]) -> Iterator[dict[str, Any]]:
        _, parts = element
        read = add_counts(parts["read"])
        yield commit_run(
            self._lake,
            self._run,
            [*parts["files"], *self._more],
            next(iter(parts["decisions"]), None),
            read=read.records,
            known=sum(parts["known"]),
            details=self._details | passed_over_details(read),
        )


class CommitRun(beam.PTransform[Any, PCollection[dict[str, Any]]]):
    """Commit a batch from its ReadCounts, known records, PublishedFiles and Decision.

    Args:
      lake: The lake.
      run: The batch.
      details: What else the commit file says.
      more: Finished files that are committed with the batch's own.

    Returns:
      The content of the commit file, as a dict.
    """

    def __init__(
        self,
        lake: Lake,
        run: Run,
        details: dict[str, Any],
        more: Sequence[PublishedFile] = (),
    ) -> None:
        super().__init__()
        self._commit = _CommitFn(lake, run, details, more)
        self._commit_id = run.commit_id

    def expand(self, parts: Any) -> PCollection[dict[str, Any]]:
        """Build the transform."""
        read, known, files, decisions = parts
        # A run that read nothing is committed too: its zero opens the group.
        zero = read.pipeline | "Zero" >> beam.Create([(self._commit_id, ReadCount("", 0))])
        counted = read | "Counts" >> beam.WithKeys(self._commit_id)
        total = (
            (counted, zero)
            | "AllCounts" >> beam.Flatten()
            | "Sum" >> beam.CombinePerKey(add_counts)
        )
        return (
            {
                "read": total,
                "known": known | "KeyKnown" >> beam.WithKeys(self._commit_id),
                "files": files | "KeyFiles" >> beam.WithKeys(self._commit_id),
                "decisions": decisions | "KeyDecisions" >> beam.WithKeys(self._commit_id),
            }
            | "GatherCommit" >> beam.CoGroupByKey()
            | "Commit" >> beam.ParDo(self._commit).with_output_types(dict[str, Any])
        )


COUNTS, KNOWN = "counts", "known"
"""Inputs of `WriteLake` that are not rows."""
_POLICY = Policy()


class WriteLake(beam.PTransform[Any, PCollection[dict[str, Any]]]):
    """Write articles and rejects into a lake: compared with it, published, in one commit.

    The rows are staged by the worker that has them. Then copies and known articles are found, final
    files are written by all workers, and one worker commits: either all rows are in the lake, or
    none is. The input must be bounded, and only one pipeline may use a writer.

    Input: one PCollection, or a dict of them. Under any key: rows, `Article` or `Reject`; several
    PCollections under keys of their own are written without being shuffled into one. Two keys are
    not rows:

      counts: `ReadCount`s of readers. Given, the commit fails unless every record that was read
        arrives as an article or a reject, or is counted as known. Left out: what arrives counts.
      known: Numbers of records that were left out because the lake has them; needs `counts`.

    Args:
      writer: Of `open_writer`, which holds the lake's lock and cleans up.
      policy: How rows are compared, and files kept.
      details: What else the commit file says.
      more: Finished files that are committed with the rows.

    Returns:
      The content of the commit file, as a dict, once: `counts` says what was read, published,
      rejected and dropped as a duplicate.

    Raises:
      ValueError: When the graph is built: no rows, or `known` without `counts`.
      LakeError: When it runs: the disk or store refuses, or the lake is damaged.

    Example:
      >>> import tempfile
      >>> from warta.transforms.core.records import Source, SourceItem
      >>> from warta.transforms.clean_articles import CleanArticles
      >>> from warta.transforms.lake.opening import open_writer
      >>> from warta.transforms.lake.reading import open_dataset
      >>> text = "Nelayan Teluk Sagara kembali melaut sesudah badai reda."
      >>> item = SourceItem(Source("note"), "note", "", "text", b"", text, "text")
      >>> with tempfile.TemporaryDirectory() as folder:
      ...     with open_writer(folder) as writer, beam.Pipeline("FnApiRunner") as root:
      ...         cleaned = root | beam.Create([item]) | CleanArticles()
      ...         rows = {"articles": cleaned.articles, "rejects": cleaned.rejects}
      ...         committed = rows | WriteLake(writer)
      ...     open_dataset(folder).count_rows()
      1
    """

    def __init__(
        self,
        writer: LakeWriter,
        *,
        policy: Policy = _POLICY,
        details: Mapping[str, Any] | None = None,
        more: Sequence[PublishedFile] = (),
    ) -> None:
        super().__init__()
        self._writer, self._policy, self._more = writer, policy, more
        made_by = {"warta_version": versions()["warta"], "versions": versions(), "inputs": []}
        self._details = made_by | dict(details or {})

    def expand(self, inputs: Any) -> PCollection[dict[str, Any]]:
        """Build the transform."""
        parts = dict(inputs) if isinstance(inputs, Mapping) else {"rows": inputs}
        counts, known = parts.pop(COUNTS, None), parts.pop(KNOWN, None)
        if not parts:
            raise ValueError("WriteLake needs articles or rejects beside counts")
        if known is not None and counts is None:
            raise ValueError("WriteLake: `known` requires `counts`")
        lake, run = self._writer.lake, self._writer.run
        staged = stage_all(parts, lake, run)
        if counts is None:
            counted = beam.Map(_count_of_rows).with_output_types(ReadCount)
            counts = staged | "CountRows" >> counted
        if known is None:
            known = staged.pipeline | "NoneKnown" >> beam.Create([0], reshuffle=False)
        plan = staged | "FindDuplicates" >> FindDuplicates(lake, run, self._policy)
        files = plan.tasks | "PublishRows" >> PublishRows(lake, run)
        return (counts, known, files, plan.decisions) | "CommitRun" >> CommitRun(
            lake, run, self._details, self._more
        )


def stage_all(
    rows: Mapping[str, PCollection[Article | Reject]], lake: Lake, run: Run | Stream
) -> PCollection[StagedRows]:
    """Stage several collections of rows, each under a label of its own.

    Each has a sink, since runners write what they flatten to a buffer, and rows would cross it.

    Args:
      rows: Articles and rejects, by label.
      lake: The lake.
      run: What rows are signed with; of a stream, each window is a run.

    Returns:
      Descriptors of the staged row groups.
    """
    staged = [one | f"Stage{label}" >> StageRows(lake, run) for label, one in rows.items()]
    return staged | "AllStaged" >> beam.Flatten()


def _count_of_rows(staged: StagedRows) -> ReadCount:
    return ReadCount("", staged.rows)
