"""What of a batch's staged rows is published; decided in lake/decisions.py."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam.pvalue import PCollection

from warta.transforms.lake.compaction import CompactionTask
from warta.transforms.lake.decisions import Policy, decide
from warta.transforms.lake.layout import Run, StagedRows
from warta.transforms.lake.publish_files import PublishTask
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.tally import Decision

DECISIONS = "decisions"


class _DecideFn(beam.DoFn):
    """Decide what to write of all row groups of a batch; put out the decision's counts too."""

    def __init__(self, lake: Lake, run: Run, policy: Policy) -> None:
        self._lake, self._run, self._policy = lake, run, policy

    def process(self, element: tuple[str, Iterable[StagedRows]]) -> Iterator[object]:
        plan = decide(self._lake, self._run, element[1], self._policy)
        yield beam.pvalue.TaggedOutput(DECISIONS, plan.decision)
        yield from plan.tasks


class PlanOutputs(NamedTuple):
    """What to write, each task by any worker, and what was decided."""

    tasks: PCollection[PublishTask | CompactionTask]
    decisions: PCollection[Decision]


class FindDuplicates(beam.PTransform[PCollection[StagedRows], PlanOutputs]):
    """Decide which staged rows are new, known, or copies of others.

    Descriptors alone cross the shuffle: one worker reads keys from staging and compares them with
    the lake.

    Args:
      lake: The lake.
      run: The batch.
      policy: How rows are compared, and files kept.

    Returns:
      Two collections: what to write (PublishTask | CompactionTask), and its Decision.
    """

    def __init__(self, lake: Lake, run: Run, policy: Policy) -> None:
        super().__init__()
        self._commit_id = run.commit_id
        self._fn = _DecideFn(lake, run, policy)

    def expand(self, staged: PCollection[StagedRows]) -> Any:
        """Build the transform."""
        decided = (
            staged
            | "KeyByRun" >> beam.WithKeys(self._commit_id)
            | "GatherRun" >> beam.GroupByKey()
            | "Decide"
            >> beam.ParDo(self._fn)
            .with_output_types(PublishTask | CompactionTask, **{DECISIONS: Decision})
            .with_outputs(DECISIONS, main="tasks")
        )
        return PlanOutputs(decided["tasks"], decided[DECISIONS])
