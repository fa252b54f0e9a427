"""The runner behind `--engine spark`, on a cluster that is this process."""

from collections.abc import Iterator, Sequence
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.transforms import userstate
from apache_beam.transforms.timeutil import TimeDomain
from apache_beam.transforms.window import FixedWindows
from apache_beam.utils.windowed_value import WindowedValue

from warta.pipeline.spark.bundle import run_task
from warta.pipeline.spark.runner import StageRunner
from warta.transforms.core.errors import UsageError


class Here:
    """A cluster of two cores that does every task twice, and takes the second attempt."""

    cores = 2

    def __init__(self) -> None:
        self.jobs: list[tuple[str, int]] = []

    def run(self, name: str, stage: bytes, tasks: Sequence[bytes]) -> list[bytes]:
        """Do every task, and note the job."""
        self.jobs.append((name, len(tasks)))
        for task in tasks:
            run_task(stage, task)
        return [run_task(stage, task) for task in tasks]


def _weigh(element: Any) -> int:
    return 1 << 20


class Collected:
    """What a graph left, in this process: its last step runs in the driver."""

    def __init__(self) -> None:
        self.values: list[Any] = []


_COLLECTED = Collected()


def _collect(element: Any) -> None:
    _COLLECTED.values.append(element)


def run(build: Any) -> tuple[list[Any], Here]:
    """Run a graph; return what it ends in, gathered by one key, and the cluster."""
    _COLLECTED.values = []
    cluster = Here()
    root = beam.Pipeline(StageRunner(cluster, _weigh))
    gathered = build(root) | "K" >> beam.WithKeys(0) | "G" >> beam.GroupByKey()
    _ = gathered | "Collect" >> beam.Map(_collect)
    root.run().wait_until_finish()
    return sorted(value for _, values in _COLLECTED.values for value in values), cluster


class _Bundles(beam.DoFn):
    """Counts its bundle's elements, and puts the count out at its end, beside the odd ones."""

    def setup(self) -> None:
        self.ready = True

    def start_bundle(self) -> None:
        self.count = 0

    def process(self, element: int, window: Any = beam.DoFn.WindowParam) -> Iterator[Any]:
        assert self.ready
        self.count += 1
        self.window = window
        yield beam.pvalue.TaggedOutput("unread", element)
        yield beam.pvalue.TaggedOutput("odd", element) if element % 2 else element

    def finish_bundle(self) -> Iterator[Any]:
        ended = WindowedValue(self.count, self.window.max_timestamp(), (self.window,))
        yield beam.pvalue.TaggedOutput("counts", ended)


def test_tags_bundles_and_flattened_collections() -> None:
    """Every element arrives once, though every task was done twice."""

    def build(root: beam.Pipeline) -> Any:
        made = root | beam.Create(list(range(7)))
        split = made | beam.ParDo(_BUNDLES()).with_outputs("odd", "counts", main="even")
        hundreds = split["even"] | "Hundreds" >> beam.Map(lambda one: one + 100)
        negative = split.odd | "Negative" >> beam.Map(lambda one: -one)
        total = split.counts | "Key" >> beam.WithKeys("n") | beam.CombinePerKey(sum)
        return (hundreds, negative, total | beam.Values()) | beam.Flatten()

    values, cluster = run(build)
    assert values == [-5, -3, -1, 7, 100, 102, 104, 106]
    assert cluster.jobs == [("Create", 6)]


def test_only_what_follows_a_reshuffle_leaves_this_process() -> None:
    """The graph says what is worth spreading."""

    def build(root: beam.Pipeline) -> Any:
        made = root | beam.Create([1, 2, 3], reshuffle=False) | beam.Map(lambda one: one * 2)
        return made | "Spread" >> beam.Reshuffle() | "Add" >> beam.Map(lambda one: one + 1)

    values, cluster = run(build)
    assert values == [3, 5, 7]
    assert cluster.jobs == [("Add", 3)]


def test_groups_of_several_collections_and_of_none() -> None:
    """CoGroupByKey is made of what the runner knows; nothing runs where nothing is."""

    def build(root: beam.Pipeline) -> Any:
        left = root | "L" >> beam.Create([("a", 1), ("b", 2), ("a", 3)], reshuffle=False)
        right = root | "R" >> beam.Create([("a", 9)], reshuffle=False)
        none = root | "N" >> beam.Create([]) | "Ignored" >> beam.Map(lambda one: one)
        joined = {"l": left, "r": right, "n": none} | beam.CoGroupByKey()
        return joined | beam.MapTuple(lambda key, all: (key, sorted(all["l"]), all["r"], all["n"]))

    values, cluster = run(build)
    assert values == [("a", [1, 3], [9], []), ("b", [2], [], [])]
    assert cluster.jobs == []


_STATE = beam.DoFn.StateParam(userstate.CombiningValueStateSpec("n", combine_fn=sum))
_TIMER_SPEC = userstate.TimerSpec("t", TimeDomain.WATERMARK)
_TIMER = beam.DoFn.TimerParam(_TIMER_SPEC)


class _Counting(beam.DoFn):
    """Keeps state."""

    def process(self, element: Any, state: Any = _STATE) -> Iterator[Any]:
        yield element


class _Timing(beam.DoFn):
    """Sets timers."""

    def process(self, element: Any, timer: Any = _TIMER) -> Iterator[Any]:
        yield element

    @userstate.on_timer(_TIMER_SPEC)
    def ring(self) -> Iterator[Any]:
        """Put nothing out."""
        yield from ()


_BUNDLES: Any = _Bundles
_STATEFUL: Any = _Counting
_TIMED: Any = _Timing


def _windows(made: Any) -> Any:
    return made | "Hourly" >> beam.WindowInto(FixedWindows(3600))


def _side(made: Any) -> Any:
    return made | "Beside" >> beam.Map(lambda one, rest: one, beam.pvalue.AsList(made))


@pytest.mark.parametrize(
    ("step", "what", "label"),
    [
        (_side, "side inputs", "Beside"),
        (_windows, "windows", "Hourly"),
        (lambda made: made | "Count" >> beam.ParDo(_STATEFUL()), "state", "Count"),
        (lambda made: made | "Ring" >> beam.ParDo(_TIMED()), "timers", "Ring"),
        (
            lambda made: made.pipeline | "Text" >> beam.io.ReadFromText(__file__),
            "a splittable DoFn",
            "Text",
        ),
    ],
)
def test_what_the_runner_does_not_know_is_refused_by_name(step: Any, what: str, label: str) -> None:
    """Before anything runs: the step, and what of it."""
    cluster = Here()
    root = beam.Pipeline(StageRunner(cluster, _weigh))
    made = root | beam.Create([("a", 1)]) | "First" >> beam.Map(lambda one: one)
    _ = step(made)
    with pytest.raises(UsageError, match=rf"the engine spark does not run .*{what}.*{label}"):
        root.run()
    assert cluster.jobs == []


def test_a_defect_fails_the_graph_and_names_its_step() -> None:
    """As on other engines."""

    def build(root: beam.Pipeline) -> Any:
        return root | beam.Create([1]) | "Divide" >> beam.Map(lambda one: one / 0)

    with pytest.raises(ZeroDivisionError, match=r"while running 'Divide'"):
        run(build)
