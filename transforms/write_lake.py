"""Rows into the lake: staged where they were made, published by partition, committed by run.

Neither articles nor rejects cross a shuffle: what does are descriptors of row groups and files.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import apache_beam as beam
import pyarrow as pa
from apache_beam.pvalue import PCollection
from apache_beam.utils.windowed_value import WindowedValue

from transforms.core.records import Article, Reject
from transforms.dedup.signatures import MINHASH_SCHEME, sign
from transforms.lake.article_index import write_ids
from transforms.lake.commit import Decision, commit, finish, tally
from transforms.lake.compaction import CompactionTask, compact
from transforms.lake.layout import Lake, PublishedFile, Run, StagedRows
from transforms.lake.publishing import PublishTask, publish
from transforms.lake.staging import MAX_BUFFER_BYTES, Stager
from transforms.lake.windows import Stream, window_start


class _StageFn(beam.DoFn):
    """Article | Reject -> StagedRows, when the bundle ends."""

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
    """Article | Reject -> StagedRows: one small descriptor a row group in staging.

    Args:
      lake: whose staging.
      run: what rows are signed with; of a stream, each window is a run.
      max_buffer_bytes: of rows held in memory.
    """

    def __init__(
        self, lake: Lake, run: Run | Stream, max_buffer_bytes: int = MAX_BUFFER_BYTES
    ) -> None:
        super().__init__()
        self._fn = _StageFn(lake, run, max_buffer_bytes)

    def expand(self, rows: PCollection[Article | Reject]) -> PCollection[StagedRows]:
        """See the class."""
        return rows | "Stage" >> beam.ParDo(self._fn).with_output_types(StagedRows)


class _PublishFn(beam.DoFn):
    """PublishTask | MergeTask -> PublishedFile."""

    def __init__(self, lake: Lake, run: Run) -> None:
        self._lake, self._run = lake, run

    def process(self, element: PublishTask | CompactionTask) -> Iterator[PublishedFile]:
        if isinstance(element, CompactionTask):
            files = [compact(self._lake, self._run, element)]
        else:
            files = publish(self._lake, self._run, element)
        # A worker publishes one partition after another: their peaks must not add up.
        pa.default_memory_pool().release_unused()
        yield from files


class PublishRows(
    beam.PTransform[PCollection[PublishTask | CompactionTask], PCollection[PublishedFile]]
):
    """PublishTask | MergeTask -> PublishedFile: final files, still in staging."""

    def __init__(self, lake: Lake, run: Run) -> None:
        super().__init__()
        self._lake, self._run = lake, run

    def expand(
        self, tasks: PCollection[PublishTask | CompactionTask]
    ) -> PCollection[PublishedFile]:
        """See the class."""
        return (
            tasks
            | "SpreadTasks" >> beam.Reshuffle()
            | "Publish"
            >> beam.ParDo(_PublishFn(self._lake, self._run)).with_output_types(PublishedFile)
        )


class _CommitFn(beam.DoFn):
    """All that is known of a run -> its commit file's content."""

    def __init__(
        self, lake: Lake, run: Run, details: dict[str, Any], more: Sequence[PublishedFile]
    ) -> None:
        self._lake, self._run, self._details, self._more = lake, run, details, more

    def process(self, element: tuple[str, dict[str, Iterable[Any]]]) -> Iterator[dict[str, Any]]:
        commit_id, parts = element
        if (done := finish(self._lake, commit_id)) is not None:
            yield done
            return
        files = list(parts["files"])
        decisions = list(parts["decisions"])
        recognised = sum(parts["known"])
        counts = tally(sum(parts["read"]), recognised, files, decisions)
        details = self._details | {"recognised": recognised} | Decision.details(decisions)
        files += [*write_ids(self._lake, self._run, files), *self._more]
        yield commit(self._lake, self._run, counts, files, details)


class CommitRun(beam.PTransform[Any, PCollection[dict[str, Any]]]):
    """(ReadCount, int, PublishedFile, Decision) -> the run's commit file, as a dict.

    The numbers are of records that were recognised before they were staged.

    Args:
      lake: where.
      run: whose.
      details: what else the commit file tells.
      more: finished files that are committed with the run's own.
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
        """See the class."""
        read, known, files, decisions = parts
        # A run that read nothing is committed too: its zero opens the group.
        zero = read.pipeline | "Zero" >> beam.Create([(self._commit_id, 0)])
        counted = read | "Counts" >> beam.Map(
            lambda count, commit_id: (commit_id, count.records), self._commit_id
        )
        total = (counted, zero) | "AllCounts" >> beam.Flatten() | "Sum" >> beam.CombinePerKey(sum)
        return (
            {
                "read": total,
                "known": known | "KeyKnown" >> beam.WithKeys(self._commit_id),
                "files": files | "KeyFiles" >> beam.WithKeys(self._commit_id),
                "decisions": decisions | "KeyDecisions" >> beam.WithKeys(self._commit_id),
            }
            | "GatherCommit" >> beam.CoGroupByKey()
            | "Commit" >> beam.ParDo(self._commit)
        )
