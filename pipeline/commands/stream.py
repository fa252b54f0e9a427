"""`warta stream`: sources watched without end."""

from typing import Any

import click

from warta.pipeline.commands.exit_status import end_of, print_summary
from warta.pipeline.commands.run_options import run_options, settings_of
from warta.pipeline.commands.shared_options import (
    CONFIG,
    KIND,
    LAKE,
    BeamCommand,
    max_messages,
    span_option,
)
from warta.pipeline.options import StreamOptions
from warta.transforms.core.errors import UsageError
from warta.transforms.core.records import Source
from warta.transforms.sources.pipes import is_pipe
from warta.transforms.sources.queues.registry import check_queue, queue_of


@click.command(
    help="""\
Watch folders and feeds, and commit what is new, window by window.

INPUT is a file, glob, folder or URI, as for `run`, or a queue of JSON messages: a topic of
Kafka, kafka://host:port/topic, or on Dataflow a subscription of Pub/Sub,
pubsub://project/subscription. It needs an engine that streams: prism, flink or dataflow.""",
    cls=BeamCommand,
    epilog="""\b
Examples:
  warta stream inbox/ --lake lake --engine prism
  warta stream --config sources.toml --lake s3://bucket/news --engine flink --window 5m

SIGTERM and Ctrl-C drain: what was found is committed, then the stream ends. A second one cancels.

\b
Exit status: 0 drained, 1 failed, 2 wrong usage, 3 drained, but more was rejected than
--max-reject-ratio allows.""",
)
@click.argument("inputs", nargs=-1, metavar="[INPUT]...")
@LAKE
@CONFIG
@KIND
@span_option(
    "--window", default="60s", text="Length of a window; what arrives within it is one commit."
)
@span_option("--every", default="30s", text="How often folders and feeds are looked at.")
@max_messages(2_000)
@span_option("--until", text="Drain this long after the start.  [default: never]")
@click.option(
    "--name",
    default="stream",
    show_default=True,
    metavar="NAME",
    help="Name of the stream in its commits; reuse it on restart.",
)
@run_options(max_reject_ratio=1.0, batches=None, engine="prism")
@click.pass_context
def stream(
    ctx: click.Context,
    /,
    inputs: tuple[str, ...],
    config: str | None,
    kind: str | None,
    window: float,
    every: float,
    max_messages: int,
    until: float | None,
    name: str,
    max_reject_ratio: float,
    quiet: bool,
    **options: Any,
) -> int:
    """Run `warta stream`."""
    from warta.pipeline.beam_options import hushed
    from warta.pipeline.config import read_config
    from warta.pipeline.engines.runner import check_memory

    stream_options = StreamOptions(name, window, every, max_messages, until)
    sources = read_config(config) if config else ()
    sources += tuple(Source(location, kind=kind) for location in inputs)
    if not sources:
        raise click.UsageError("Name an INPUT, or a --config that does.", ctx)
    for source in sources:
        _check_queue(source.location, options["engine"])
    settings = settings_of(sources, ctx.obj, options)
    check_memory(settings)
    with hushed():
        from warta.pipeline import streaming
        from warta.pipeline.console.log import open_log
        from warta.pipeline.console.summary import summarize
        from warta.pipeline.temporary import temporary_folder

    with temporary_folder(), open_log(quiet=quiet):
        report = streaming.run_stream(settings, stream_options)
    if not quiet:
        print_summary(summarize(report))
    return end_of(report.counts.rejected, report.counts.read, max_reject_ratio)


def _check_queue(location: str, engine: str) -> None:
    """Raise UsageError for a queue that cannot be read, and for a pipe, which has an end."""
    from warta.pipeline.engines.registry import ENGINES, engine_of

    if is_pipe(location):
        raise UsageError(f"{location} is a pipe: warta run reads it")
    queue = queue_of(location)
    if queue is None:
        return
    check_queue(queue, location)
    if queue.offsets is None and queue.name not in engine_of(engine).reads_queues:
        able = " or ".join(name for name, one in ENGINES.items() if queue.name in one.reads_queues)
        raise UsageError(f"{location} is read only by the engine {able}, not by {engine}")
