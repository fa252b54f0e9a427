"""A Beam graph as a list of works: which ParDos run together, and where.

ParDos that follow each other are fused into one stage. A stage that reads from a Reshuffle is
spread over the executors, as the graph asks for; every other one reads few, small elements and
runs in the driver's process, and so exactly once. What the runner does not know is refused here,
by name, before anything runs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import apache_beam as beam
from apache_beam.pipeline import AppliedPTransform, Pipeline, PipelineVisitor
from apache_beam.pvalue import PCollection
from apache_beam.runners.common import DoFnSignature
from apache_beam.transforms import core
from apache_beam.transforms.window import GlobalWindows

from warta.pipeline.spark.bundle import Step
from warta.transforms.core.errors import UsageError


@dataclass(frozen=True, slots=True)
class Given:
    """A collection of one empty element, from which Create makes its own."""

    output: int


@dataclass(frozen=True, slots=True)
class Joined:
    """Several collections as one."""

    inputs: tuple[int, ...]
    output: int


@dataclass(frozen=True, slots=True)
class Grouped:
    """Pairs by their keys."""

    input: int
    output: int


@dataclass(frozen=True, slots=True)
class Stage:
    """Fused ParDos over one collection."""

    name: str
    input: int
    is_spread: bool
    """Over the executors."""
    steps: tuple[Step, ...]
    """Each after the one that it reads from; those that read the stage's input come first."""
    outputs: tuple[int, ...]
    """Collections that later works read."""


Work = Given | Joined | Grouped | Stage


@dataclass(frozen=True, slots=True)
class Plan:
    """Works in an order in which each finds its inputs."""

    works: tuple[Work, ...]
    last_use: Mapping[int, int]
    """Collection -> the position of the work after which nobody needs it."""


def inputs_of(work: Work) -> tuple[int, ...]:
    """Return the collections that a work reads."""
    match work:
        case Given():
            return ()
        case Joined():
            return work.inputs
        case _:
            return (work.input,)


def plan_of(pipeline: Pipeline) -> Plan:
    """Return the plan of a graph.

    Raises:
      UsageError: The graph uses what this runner does not know; names the step.
    """
    visitor = _Visitor()
    pipeline.visit(visitor)
    graph = visitor.graph
    works: list[Work] = []
    fused: set[int] = set()
    for number, node in enumerate(graph.nodes):
        transform = node.transform
        if isinstance(transform, core.ParDo):
            if number not in fused:
                stage, members = _stage(graph, graph.input_of(node))
                works.append(stage)
                fused |= members
        elif isinstance(transform, core.Impulse):
            works.append(Given(graph.output_of(node)))
        elif isinstance(transform, core.GroupByKey):
            works.append(Grouped(graph.input_of(node), graph.output_of(node)))
        else:
            inputs = tuple(graph.numbers[one] for one in node.inputs)
            works.append(Joined(inputs, graph.output_of(node)))
    last_use = {one: at for at, work in enumerate(works) for one in inputs_of(work)}
    return Plan(tuple(works), last_use)


@dataclass(slots=True)
class _Graph:
    """The transforms that the runner knows, and their collections by number."""

    nodes: list[AppliedPTransform] = field(default_factory=list)
    numbers: dict[Any, int] = field(default_factory=dict)
    readers: dict[int, list[int]] = field(default_factory=dict)
    """Collection -> positions of the nodes that read it."""
    spread: set[int] = field(default_factory=set)
    """Collections that come out of a Reshuffle."""

    def add(self, node: AppliedPTransform) -> None:
        for one in node.inputs:
            if isinstance(one, PCollection):
                self.readers.setdefault(self.numbers[one], []).append(len(self.nodes))
        for one in node.outputs.values():
            self.numbers[one] = len(self.numbers)
        self.nodes.append(node)

    def input_of(self, node: AppliedPTransform) -> int:
        return self.numbers[node.inputs[0]]

    def output_of(self, node: AppliedPTransform) -> int:
        (output,) = node.outputs.values()
        return self.numbers[output]

    def outputs_of(self, node: AppliedPTransform) -> Iterator[tuple[str | None, int]]:
        """Yield a ParDo's collections by the tag that elements bear, None for the main one."""
        for one in node.outputs.values():
            yield one.tag, self.numbers[one]


class _Visitor(PipelineVisitor):
    """Collects what the runner knows, and refuses the rest; a Reshuffle counts as one transform."""

    def __init__(self) -> None:
        self.graph = _Graph()
        self._inside: AppliedPTransform | None = None
        """The Reshuffle whose parts are passed over."""

    def enter_composite_transform(self, transform_node: AppliedPTransform) -> None:
        """Note a Reshuffle, whose parts are passed over."""
        if self._inside is None and isinstance(transform_node.transform, beam.Reshuffle):
            self._inside = transform_node
            self.graph.add(transform_node)
            self.graph.spread.add(self.graph.output_of(transform_node))

    def leave_composite_transform(self, transform_node: AppliedPTransform) -> None:
        """Leave the Reshuffle that was entered."""
        if self._inside is transform_node:
            self._inside = None

    def visit_transform(self, transform_node: AppliedPTransform) -> None:
        """Check a transform, and add it to the graph."""
        if self._inside is None:
            _check(transform_node)
            self.graph.add(transform_node)


def _check(node: AppliedPTransform) -> None:
    """Refuse a transform that the runner does not know.

    Raises:
      UsageError: Names it.
    """
    outputs: list[Any] = list(node.outputs.values())
    for one in outputs:
        if not one.is_bounded:
            raise _unknown("an unbounded source", node)
        if not isinstance(one.windowing.windowfn, GlobalWindows):
            raise _unknown("windows", node)
    transform = node.transform
    if not isinstance(transform, core.ParDo):
        if not isinstance(transform, core.Impulse | core.GroupByKey | core.Flatten):
            raise _unknown(f"the transform {type(transform).__name__}", node)
        return
    signature = DoFnSignature(transform.fn)
    if isinstance(transform, core.WindowInto):
        raise _unknown("windows", node)
    if transform.side_inputs:
        raise _unknown("side inputs", node)
    if signature.has_timers():
        raise _unknown("timers", node)
    if signature.is_stateful_dofn():
        raise _unknown("state", node)
    if signature.is_splittable_dofn():
        raise _unknown("a splittable DoFn", node)


def _unknown(what: str, node: AppliedPTransform) -> UsageError:
    return UsageError(
        f"the engine spark does not run {what} (step {node.full_label}): use another engine"
    )


def _stage(graph: _Graph, collection: int) -> tuple[Stage, set[int]]:
    """Return the stage of all ParDos that follow from a collection, and the nodes that it fuses."""
    members: list[int] = []
    made: set[int] = {collection}
    for number, node in enumerate(graph.nodes):
        if isinstance(node.transform, core.ParDo) and graph.input_of(node) in made:
            members.append(number)
            made |= {one for _, one in graph.outputs_of(node)}
    inside = set(members)
    steps, outputs = [], []
    for number in members:
        node = graph.nodes[number]
        transform: Any = node.transform
        tagged = dict(graph.outputs_of(node))
        args = tuple(transform.args), dict(transform.kwargs)
        steps.append(Step(node.full_label, transform.fn, *args, graph.input_of(node), tagged))
        outputs += [
            one for one in tagged.values() if not inside.issuperset(graph.readers.get(one, ()))
        ]
    name = steps[0].label.partition("/")[0]
    is_spread = collection in graph.spread
    return Stage(name, collection, is_spread, tuple(steps), tuple(outputs)), inside
