"""What Dataflow takes, held against a job before it is sent there.

The service refuses a job minutes after it was sent, in words of its own; what can be known here is
said here. Limits: https://cloud.google.com/dataflow/docs/request-quotas and, on what its runner
knows, https://beam.apache.org/documentation/runners/capability-matrix/.
"""

from collections.abc import Iterator

import apache_beam as beam
from apache_beam.portability import common_urns
from apache_beam.portability.api import beam_runner_api_pb2 as api

from warta.transforms.core.errors import UsageError

LARGEST_GRAPH = 10_000_000
"""Bytes. A graph holds the list of its inputs, which the first step is made of."""
_KNOWN_REQUIREMENTS = {
    common_urns.requirements.REQUIRES_STATEFUL_PROCESSING.urn,
    common_urns.requirements.REQUIRES_SPLITTABLE_DOFN.urn,
}
"""Of those that Beam's graphs can state, the ones that this graph has need of."""


def check_job(pipeline: beam.Pipeline, *, streaming: bool = False) -> None:
    """Raise if the pipeline goes to Dataflow, which would refuse it.

    Args:
      pipeline: With its runner, and not yet run.
      streaming: As a stream, which alone may have sources without an end.

    Raises:
      UsageError: What is wrong, and what to do about it.
    """
    if type(pipeline.runner).__name__ != "DataflowRunner":
        return
    for fault in faults_of(pipeline.to_runner_api(), streaming=streaming):
        raise UsageError(f"Dataflow would refuse this job: {fault}")


def faults_of(graph: api.Pipeline, *, streaming: bool) -> Iterator[str]:
    """Yield what Dataflow does not take of a graph.

    Args:
      graph: In Beam's portable form.
      streaming: Whether the job is a stream.

    Example:
      >>> list(faults_of(api.Pipeline(requirements=["beam:requirement:x:v1"]), streaming=False))
      ['it needs beam:requirement:x:v1']
    """
    size = graph.ByteSize()
    if size > LARGEST_GRAPH:
        yield (
            f"its graph has {size:,} bytes, and {LARGEST_GRAPH:,} are taken: give smaller commits "
            "with --epoch-mb or --epoch-files"
        )
    for requirement in graph.requirements:
        if requirement not in _KNOWN_REQUIREMENTS:
            yield f"it needs {requirement}"
    parts = graph.components
    if not streaming and (source := _endless(graph)):
        yield f"{source} has no end: read it with warta stream"
    for step in parts.transforms.values():
        yield from _faults_of_step(graph, step)


def _faults_of_step(graph: api.Pipeline, step: api.PTransform) -> Iterator[str]:
    if step.spec.urn != common_urns.primitives.PAR_DO.urn:
        return
    payload = api.ParDoPayload.FromString(step.spec.payload)
    if payload.requires_time_sorted_input:
        yield f"{step.unique_name} wants its input by time"
    if payload.state_specs or payload.timer_family_specs:
        for name in step.inputs.values():
            collection = graph.components.pcollections[name]
            windows = graph.components.windowing_strategies[collection.windowing_strategy_id]
            if windows.merge_status == api.MergeStatus.NEEDS_MERGE:
                yield f"{step.unique_name} keeps state in windows that merge"


def _endless(graph: api.Pipeline) -> str | None:
    """Return the name of the first step that makes something without an end."""
    collections = graph.components.pcollections

    def is_endless(name: str) -> bool:
        return bool(collections[name].is_bounded == api.IsBounded.UNBOUNDED)

    sources = [
        step.unique_name
        for step in graph.components.transforms.values()
        if any(map(is_endless, step.outputs.values()))
        and not any(map(is_endless, step.inputs.values()))
    ]
    return min(sources, key=len, default=None)
