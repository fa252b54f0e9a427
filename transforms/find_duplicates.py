"""Staged rows -> what of them is to be published; all of it is worked out in decisions.py.

The lake's history is scanned in place, one task a file, with the run's keys as the small side: only
descriptors and the keys of rows that met cross the shuffles here.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam
import pyarrow as pa
from apache_beam.pvalue import PCollection

from transforms.dedup import candidates
from transforms.lake.commit import Decision
from transforms.lake.compaction import CompactionTask
from transforms.lake.decisions import (
    Policy,
    ScanTask,
    Staging,
    decide,
    gather,
    plan_scan,
    read_keys,
    scan,
)
from transforms.lake.layout import Lake, Run, StagedRows
from transforms.lake.publishing import PublishTask

SCANS = "scans"
DECISIONS = "decisions"


class _PlanFn(beam.DoFn):
    """A run's row groups -> what is staged, and a task for each file of the lake to scan."""

    def __init__(self, lake: Lake, run: Run, dedup_days: int) -> None:
        self._lake, self._run, self._dedup_days = lake, run, dedup_days

    def process(self, element: tuple[str, Iterable[StagedRows]]) -> Iterator[object]:
        commit_id, groups = element
        staging = gather(groups)
        for task in plan_scan(self._lake, self._run, staging, self._dedup_days):
            yield beam.pvalue.TaggedOutput(SCANS, task)
        yield commit_id, staging


class _ScanFn(beam.DoFn):
    """A file of the lake -> its rows that a run must be compared with."""

    def __init__(self, lake: Lake, commit_id: str) -> None:
        self._lake, self._commit_id = lake, commit_id

    def start_bundle(self) -> None:
        self._keys: candidates.RunKeys | None = None

    def process(self, element: ScanTask) -> Iterator[tuple[str, pa.Table]]:
        if self._keys is None:
            self._keys = read_keys(self._lake, element.keys_path)
        found = scan(self._lake, element, self._keys)
        if found is not None:
            yield self._commit_id, found

    def finish_bundle(self) -> None:
        # The worker has memory for one step at a time, and goes on to publish.
        self._keys = None
        pa.default_memory_pool().release_unused()


class _DecideFn(beam.DoFn):
    """A run's staging and its matches -> what to write, and the decision's counts."""

    def __init__(self, lake: Lake, policy: Policy) -> None:
        self._lake, self._policy = lake, policy

    def process(
        self, element: tuple[str, tuple[Iterable[Staging], Iterable[pa.Table]]]
    ) -> Iterator[object]:
        _, (stagings, matches) = element
        for staging in stagings:
            tasks, decision = decide(self._lake, staging, matches, self._policy)
            pa.default_memory_pool().release_unused()
            yield beam.pvalue.TaggedOutput(DECISIONS, decision)
            yield from tasks


class FindDuplicates(beam.PTransform[PCollection[StagedRows], Any]):
    """StagedRows -> (PublishTask | MergeTask, Decision): what to write of a run, and its counts."""

    def __init__(self, lake: Lake, run: Run, policy: Policy) -> None:
        super().__init__()
        self._lake, self._run, self._policy = lake, run, policy

    def expand(self, staged: PCollection[StagedRows]) -> Any:
        """See the class."""
        commit_id = self._run.commit_id
        plan = (
            staged
            | "KeyByRun" >> beam.WithKeys(commit_id)
            | "GatherRun" >> beam.GroupByKey()
            | "PlanScan"
            >> beam.ParDo(_PlanFn(self._lake, self._run, self._policy.dedup_days))
            .with_output_types(tuple[str, Staging], **{SCANS: ScanTask})
            .with_outputs(SCANS, main="staging")
        )
        matches = (
            plan[SCANS]
            | "SpreadScans" >> beam.Reshuffle()
            | "ScanHistory"
            >> beam.ParDo(_ScanFn(self._lake, commit_id)).with_output_types(tuple[str, pa.Table])
        )
        decided = (
            (plan["staging"], matches)
            | "GatherMatches" >> beam.CoGroupByKey()
            | "Decide"
            >> beam.ParDo(_DecideFn(self._lake, self._policy))
            .with_output_types(PublishTask | CompactionTask, **{DECISIONS: Decision})
            .with_outputs(DECISIONS, main="tasks")
        )
        return decided["tasks"], decided[DECISIONS]
