"""A runner of Beam's for one graph: stages go to a cluster, what crosses between them is here.

Each spread stage is one Spark job with a single stage of its own, whose results come straight back
to the driver. Spark takes the result of one attempt for each task and drops those of all others, so
that only descriptors of one attempt reach what follows; and since no result is kept on executors,
none has to be computed again when one is lost.
"""

import pickle
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.pipeline import Pipeline
from apache_beam.runners.runner import PipelineResult, PipelineRunner, PipelineState

from warta.pipeline.spark.bundle import Kept, packed, run_task
from warta.pipeline.spark.plan import Given, Grouped, Joined, Stage, inputs_of, plan_of
from warta.pipeline.spark.spread import spread


class Cluster(Protocol):
    """What runs the tasks of a stage."""

    @property
    def cores(self) -> int:
        """Return how many tasks run at once."""

    def run(self, name: str, stage: bytes, tasks: Sequence[bytes]) -> list[bytes]:
        """Do every task by `run_task`, and return their results in the order of the tasks."""


class StageRunner(PipelineRunner):
    """Runs a graph of Create, ParDo, GroupByKey and what is made of it, Flatten and Reshuffle.

    Elements that cross between stages are held in this process, by reference: they must be small.

    Args:
      cluster: Runs the stages that follow a Reshuffle; all others run here.
      weigh: Bytes of work that an element stands for.
    """

    def __init__(self, cluster: Cluster, weigh: Callable[[Any], int]) -> None:
        super().__init__()
        self._cluster, self._weigh = cluster, weigh

    def run_pipeline(self, pipeline: Pipeline, options: PipelineOptions) -> PipelineResult:
        """Run the graph to its end.

        Raises:
          UsageError: It uses what this runner does not know.
        """
        plan = plan_of(pipeline)
        values: Kept = {}
        for at, work in enumerate(plan.works):
            match work:
                case Given():
                    values[work.output] = [b""]
                case Joined():
                    values[work.output] = [one for name in work.inputs for one in values[name]]
                case Grouped():
                    groups = defaultdict(list)
                    for key, value in values[work.input]:
                        groups[key].append(value)
                    values[work.output] = list(groups.items())
                case Stage():
                    values |= self._run_stage(work, values[work.input])
            # What nobody needs any more is let go: the driver's memory is bounded by one stage.
            for name in inputs_of(work):
                if plan.last_use[name] == at:
                    values.pop(name, None)
        return _Done(PipelineState.DONE)  # type: ignore[no-untyped-call]  # Beam's

    def _run_stage(self, stage: Stage, elements: list[Any]) -> Kept:
        kept: Kept = {one: [] for one in stage.outputs}
        if not elements:
            return kept
        steps = packed(stage.steps, stage.outputs)
        if stage.is_spread:
            deals = spread([self._weigh(one) for one in elements], self._cluster.cores)
            tasks = [_pickled([elements[at] for at in positions]) for positions in deals]
            results = self._cluster.run(stage.name, steps, tasks)
        else:
            results = [run_task(steps, _pickled(elements))]
        for result in results:
            for name, part in pickle.loads(result).items():  # noqa: S301  our own workers'
                kept[name] += part
        return kept


def _pickled(elements: list[Any]) -> bytes:
    return pickle.dumps(elements, pickle.HIGHEST_PROTOCOL)


class _Done(PipelineResult):
    """The result of a graph that has run."""

    def wait_until_finish(self, duration: int | None = None) -> str:
        """Return at once."""
        return str(PipelineState.DONE)
