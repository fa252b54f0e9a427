"""A fused stage over one task's elements, as one bundle: what runs on the executors.

Elements go straight from step to step, so that an article is held once. Only what leaves the stage
is kept, which in this graph are descriptors and counts.
"""

import pickle
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apache_beam.internal import pickler
from apache_beam.runners.common import DoFnRunner, Receiver
from apache_beam.transforms import core
from apache_beam.transforms.window import GlobalWindows
from apache_beam.utils.windowed_value import WindowedValue

Kept = dict[int, list[Any]]
"""Collection -> its elements."""


@dataclass(frozen=True, slots=True)
class Step:
    """A ParDo of a stage."""

    label: str
    fn: Any
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    input: int
    """The collection that it reads."""
    outputs: Mapping[str | None, int]
    """Tag -> the collection that it goes to; None is the main output."""


def packed(steps: Sequence[Step], outputs: Sequence[int]) -> bytes:
    """Return a stage as bytes for `run_task`."""
    stage: bytes = pickler.dumps((tuple(steps), tuple(outputs)))
    return stage


def run_task(stage: bytes, task: bytes) -> bytes:
    """Run a stage over one task.

    Args:
      stage: Of `packed`.
      task: Pickled elements.

    Returns:
      What leaves the stage: pickled `Kept`.
    """
    steps, outputs = pickler.loads(stage)
    kept = run_bundle(steps, outputs, pickle.loads(task))  # noqa: S301  our driver's
    return pickle.dumps(kept, pickle.HIGHEST_PROTOCOL)


def run_bundle(steps: Sequence[Step], outputs: Sequence[int], elements: Iterable[Any]) -> Kept:
    """Run a stage's steps over elements: set up, started, finished and torn down once each.

    Args:
      steps: Each after the one that it reads from; the first reads the elements.
      outputs: Collections that are kept.
      elements: Of the collection that the first step reads.

    Returns:
      What the kept collections hold.
    """
    kept: Kept = {one: [] for one in outputs}
    receivers: dict[int, _Fan] = {}
    runners: list[DoFnRunner] = []
    # From the last step: a step needs its receivers when it is made.
    for step in reversed(steps):
        for collection in step.outputs.values():
            receivers.setdefault(collection, _Fan()).keep = kept.get(collection)
        tagged = _Tagged({tag: receivers[one] for tag, one in step.outputs.items()})
        tagged.setdefault(None, _NOBODY)
        runner = DoFnRunner(
            step.fn,
            list(step.args),
            dict(step.kwargs),
            [],
            _WINDOWING,
            tagged,
            step_name=step.label,
        )
        # Readers of a collection are served in the order of the graph.
        receivers.setdefault(step.input, _Fan()).runners.insert(0, runner)
        runners.insert(0, runner)
    first = receivers[steps[0].input]
    _run(runners, first, elements)
    return kept


def _run(runners: Sequence[DoFnRunner], first: "_Fan", elements: Iterable[Any]) -> None:
    try:
        for runner in runners:
            runner.setup()
        for runner in runners:
            runner.start()
        for element in elements:
            first.receive(WindowedValue(element, 0, _GLOBAL))
        for runner in runners:
            runner.finish()
    finally:
        for runner in runners:
            runner.teardown()


_GLOBAL = (GlobalWindows().get_window_coder().decode(b""),)
_WINDOWING = core.Windowing(GlobalWindows())


class _Fan(Receiver):
    """Hands an element to every step that reads its collection, and keeps it where it is wanted."""

    def __init__(self) -> None:
        self.runners: list[DoFnRunner] = []
        self.keep: list[Any] | None = None

    def receive(self, windowed_value: WindowedValue) -> None:
        """Hand an element to every step that reads its collection."""
        for runner in self.runners:
            runner.process(windowed_value)
        if self.keep is not None:
            self.keep.append(windowed_value.value)


_NOBODY = _Fan()


class _Tagged(dict[str | None, Receiver]):
    """Receivers by tag; what is put out under a tag that nobody reads goes nowhere."""

    def __missing__(self, tag: str | None) -> Receiver:
        return _NOBODY
