"""All engines, and what each is asked with."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from warta.pipeline.engines.dataflow import DATAFLOW, SAID_ON_THE_LINE
from warta.pipeline.engines.engine import Engine, Given
from warta.pipeline.engines.flink import FLINK
from warta.pipeline.engines.local import LOCAL
from warta.pipeline.engines.prism import PRISM
from warta.pipeline.engines.spark import SPARK
from warta.pipeline.options import RunOptions
from warta.transforms.core.errors import UsageError

if TYPE_CHECKING:
    from apache_beam.options.pipeline_options import PipelineOptions

ENGINES: dict[str, Engine] = {
    "local": LOCAL,
    "prism": PRISM,
    "flink": FLINK,
    "spark": SPARK,
    "dataflow": DATAFLOW,
}
"""By the name that `--engine` takes. One more is a line here, and its module."""
LOCAL_RUNNERS = ("directrunner", "fnapirunner")
"""What Beam calls its own runners, in small letters."""


def names_of(has: Callable[[Engine], bool]) -> list[str]:
    """Return the names of the engines that can do something.

    Example:
      >>> names_of(lambda engine: engine.forks_workers)
      ['local']
    """
    return [name for name, engine in ENGINES.items() if has(engine)]


def engine_options(settings: RunOptions, *, streaming: bool = False) -> "PipelineOptions":
    """Return Beam's options for the engine of a run.

    A `--runner` among Beam's own options wins over the engine. `DirectRunner` is Beam's switch
    between runners, which first looks for a Prism binary on the network: it is taken for what it
    ends in for a bounded run, the local engine.

    Args:
      settings: Name the engine.
      streaming: Sources never end.

    Raises:
      UsageError: The engine is unknown, lacks a part, or cannot do what is asked.
    """
    from warta.pipeline.beam_cache import RememberingOptions, remember_arguments

    remember_arguments()
    given = list(settings.beam_options)
    named = _given(given)
    runner = named.get("runner", "").lower()
    if runner and runner not in LOCAL_RUNNERS:
        return RememberingOptions([*given, *(["--streaming"] if streaming else [])])
    engine = engine_of(settings.engine)
    if streaming and not engine.streams:
        able = ", ".join(names_of(lambda one: one.streams))
        raise UsageError(f"the engine {settings.engine} does not stream: choose from {able}")
    for lack in engine.missing(settings, named):
        raise UsageError(f"the engine {settings.engine} {lack}")
    # The last of two wins.
    asked = [*engine.options(settings), *given]
    if streaming:
        defaults = engine.stream_defaults.items()
        asked += [f"--{name}={value}" for name, value in defaults if name not in named]
    return RememberingOptions([*asked, *(["--streaming"] if streaming else [])])


def engine_of(name: str) -> Engine:
    """Return the engine of a name.

    Raises:
      UsageError: There is none of that name.
    """
    if name not in ENGINES:
        raise UsageError(f"unknown engine {name!r}: choose from {', '.join(ENGINES)}")
    return ENGINES[name]


def lacks(name: str) -> list[str]:
    """Return what an engine lacks on this machine, apart from what a command line would say."""
    settings = RunOptions(sources=(), lake="gs://lake", engine=name)
    return list(ENGINES[name].missing(settings, dict.fromkeys(SAID_ON_THE_LINE, "given")))


def _given(options: Sequence[str]) -> Given:
    pairs = (option.partition("=") for option in options)
    return {name.removeprefix("--"): value for name, _, value in pairs}
