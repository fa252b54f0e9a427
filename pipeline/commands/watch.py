"""`warta watch`: feeds followed for months."""

import re
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from warta.pipeline.commands.exit_status import DONE, complain, say
from warta.pipeline.commands.run_options import run_options, settings_of
from warta.pipeline.commands.shared_options import LAKE, BeamCommand, max_messages, span_option
from warta.pipeline.options import RunOptions
from warta.transforms.core.errors import UsageError
from warta.transforms.core.records import Source

if TYPE_CHECKING:
    import apache_beam as beam
    from structlog.typing import Processor

    from warta.pipeline.options import TopicOptions, WatchOptions
    from warta.pipeline.spark.cluster import SparkCluster


def user_agent(contact: str | None) -> str:
    """Return what requests call themselves, with whom publishers may write to.

    Raises:
      UsageError: nobody, or nobody that can be written to.
    """
    from warta.transforms.sources.http.client import user_agent as agent_of

    if not contact:
        raise UsageError(
            'publishers must be able to reach you: put contact = "you@example.org" (or a page\'s '
            "URL) at the top of the config, or give --contact"
        )
    if not re.fullmatch(r"[\x21-\x7e]{1,200}", contact) or not re.search(
        r".@.|^https?://", contact
    ):
        raise UsageError(f"the contact {contact!r} is neither a mail address nor a page's URL")
    return agent_of(contact)


@click.command(
    help="""\
Follow feeds, news sitemaps and topics of Kafka, commit what is new, for months.

Each poll cycle asks the feeds that are due, by their own pace and their servers' wishes,
fetches the pages of new entries where a source says fetch_pages, and commits all of it with
the feeds' state. `warta feeds status LAKE` shows how they fare.""",
    cls=BeamCommand,
    epilog="""\b
Examples:
  warta watch --config sources.toml --lake lake
  warta watch --config sources.toml --lake lake --every 5m --metrics-port 9464 --log json
  warta watch --config sources.toml --lake lake --once --quiet

\b
SIGTERM, SIGHUP and Ctrl-C finish the poll cycle under way and end with status 0.
SIGKILL costs nothing.""",
)
@click.option(
    "--config",
    required=True,
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False),
    help="TOML file that names sources: feeds, sitemaps and topics of Kafka are followed.",
)
@LAKE
@span_option(
    *("--every", "every_s"),
    default="15m",
    text="Time from one poll cycle to the next. A feed is polled in those in which it is due.",
)
@click.option(
    "--dry-run", is_flag=True, help="List the feeds and when they are due; ask and write nothing."
)
@click.option("--once", is_flag=True, help="One poll cycle over the feeds that are due, then exit.")
@click.option(
    "--now",
    is_flag=True,
    help="Poll every feed in the first cycle, due or not; a server's Retry-After still holds.",
)
@click.option(
    "--contact", metavar="ADDRESS", help="Mail address or URL, sent to servers.  [default: config]"
)
@span_option(
    *("--host-delay", "host_delay_s"),
    default="1s",
    may_be_zero=True,
    text="Pause between two requests to a host; one at a time is made.",
)
@click.option(
    "--connections",
    type=click.IntRange(1, 512),
    default=64,
    show_default=True,
    metavar="N",
    help="Requests under way at once, to all hosts together.",
)
@span_option(
    "--min-interval",
    "min_interval_s",
    default="5m",
    text="Shortest time between two polls of a feed.",
)
@span_option(
    *("--max-interval", "max_interval_s"),
    default="1d",
    text="Longest time between two polls of a feed, unless its server asks for more.",
)
@span_option(
    *("--look-every", "look_every_s"),
    default="10s",
    text="Time between two looks at topics of Kafka; what has come since is one commit.",
)
@max_messages(10_000)
@click.option(
    "--metrics-port",
    type=click.IntRange(0, 65_535),
    metavar="PORT",
    help="Serve metrics for Prometheus at http://127.0.0.1:PORT/metrics.",
)
@click.option(
    "--metrics-address",
    default="127.0.0.1",
    show_default=True,
    metavar="ADDRESS",
    help="Serve them at this address; 0.0.0.0 lets other machines connect.",
)
@click.option(
    "--report",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="Keep a report (see warta report) up to date here, rebuilt every 15 minutes at most.",
)
@click.option(
    "--log",
    type=click.Choice(("text", "json")),
    default="text",
    show_default=True,
    help="How events are reported on standard error.",
)
@run_options(max_reject_ratio=None, batches="cycle")
@click.pass_context
def watch(
    ctx: click.Context,
    /,
    config: str,
    lake: str,
    every_s: float,
    dry_run: bool,
    once: bool,
    now: bool,
    contact: str | None,
    host_delay_s: float,
    connections: int,
    min_interval_s: float,
    max_interval_s: float,
    look_every_s: float,
    max_messages: int,
    metrics_port: int | None,
    metrics_address: str,
    report: str | None,
    log: str,
    quiet: bool,
    **options: Any,
) -> int:
    """Run `warta watch`."""
    from warta.pipeline.config import read_contact
    from warta.pipeline.options import TopicOptions, WatchOptions
    from warta.transforms.polling.schedule import PollSchedule
    from warta.transforms.sources.http.client import RequestPolicy

    if min_interval_s > max_interval_s:
        raise click.UsageError("--min-interval is longer than --max-interval", ctx)
    sources, topics, not_followed = followed(config)
    settings = settings_of(sources, ctx.obj, {"lake": lake, **options})
    # Nobody is asked for but brokers where there is no feed.
    agent = user_agent(contact or read_contact(config)) if sources else ""
    topic_options = TopicOptions(topics, look_every_s, max_messages) if topics else None
    watch_options = WatchOptions(
        settings,
        RequestPolicy(agent, host_delay_s, connections),
        PollSchedule(
            min_interval_s, max_interval_s, min(max(1_800.0, min_interval_s), max_interval_s)
        ),
        page_s=every_s,
    )
    if dry_run:
        return _dry_run(settings)
    if not_followed and not quiet:
        say(f"warta: not followed, since they are not feeds: {', '.join(not_followed)}", err=True)
    from warta.pipeline.console.log import open_log

    with ExitStack() as stack:
        readers: list[Processor] = []
        if metrics_port is not None:
            from warta.pipeline.polling.metrics import Metrics, serve_metrics

            metrics = Metrics()
            stack.enter_context(serve_metrics(metrics.registry, metrics_address, metrics_port))
            readers.append(metrics)
        if report is not None:
            from warta.pipeline.report.refresher import ReportRefresher

            readers.append(stack.enter_context(ReportRefresher(lake, report)))
        stack.enter_context(open_log(log, quiet=quiet, readers=readers))
        _watch(watch_options, topic_options, every_s=every_s, once=once, at_once=now, quiet=quiet)
    return 0


def _dry_run(settings: RunOptions) -> int:
    """List the feeds of a config, and return the exit status."""
    from datetime import UTC, datetime

    from warta.pipeline.dry_run import describe_feeds
    from warta.transforms.lake.feed_state import read_feeds
    from warta.transforms.lake.layout import MARKER
    from warta.transforms.lake.opening import check_folder
    from warta.transforms.lake.storage import Lake
    from warta.transforms.polling.state import forget_future, from_row

    lake = Lake(settings.lake)
    check_folder(lake, force=settings.force)
    rows = read_feeds(lake) if lake.exists(MARKER) and lake.check() else []
    now = datetime.now(UTC)
    states = {row["feed_url"]: forget_future(from_row(row), now) for row in rows}
    for line in describe_feeds(settings.sources, states, now):
        say(line)
    return 0


def followed(config: str) -> tuple[tuple[Source, ...], tuple[Source, ...], list[str]]:
    """Return the feeds of a config, its topics of Kafka, and the names of the others.

    Raises:
      UsageError: none is, or two are the same.
    """
    from warta.pipeline.config import read_config
    from warta.transforms.core.storage import public_uri
    from warta.transforms.sources.queues.registry import check_queue, is_topic, queue_of
    from warta.transforms.sources.registry import reader_of
    from warta.transforms.sources.streams import is_web

    sources = read_config(config)
    taken: dict[str, Source] = {}
    not_followed = []
    for source in sources:
        url = public_uri(source.location)
        is_followed = source.kind is None or reader_of(source.kind).is_followed
        queue = queue_of(url)
        if queue is not None and queue.offsets is not None and url not in taken:
            check_queue(queue, url)
            taken[url] = source
        elif not is_followed or not (is_web(url) or is_topic(url)):
            not_followed.append(source.name or url)
        elif url in taken:
            raise UsageError(f"{config}: {url} is named twice")
        else:
            taken[url] = source
    if not taken:
        raise UsageError(
            f"{config} names no feed or sitemap at an http or https URL, and no topic of Kafka"
        )
    topics = tuple(source for source in taken.values() if is_topic(source.location))
    feeds = tuple(source for source in taken.values() if source not in topics)
    return feeds, topics, not_followed


def _watch(
    watch_options: "WatchOptions",
    topic_options: "TopicOptions | None",
    *,
    every_s: float,
    once: bool,
    at_once: bool,
    quiet: bool,
) -> None:
    """Watch until it is asked to end."""
    from warta.pipeline.console.beam_noise import hush_reported_errors
    from warta.pipeline.engines.registry import engine_of
    from warta.pipeline.engines.runner import check_memory
    from warta.pipeline.engines.spark import spark_of
    from warta.pipeline.polling.cycle import run_graph
    from warta.pipeline.polling.loop import forked, watch
    from warta.pipeline.polling.topics import Topics, topics_graph
    from warta.pipeline.signals import blocked_signals, request_stop_on_signals
    from warta.pipeline.temporary import temporary_folder
    from warta.pipeline.worker import fork_server

    settings = watch_options.settings
    check_memory(settings)

    def report_stop() -> None:
        if not quiet:
            complain("ending; what was polled is committed first", DONE)

    several = settings.workers > 1 and engine_of(settings.engine).forks_workers
    with ExitStack() as stack:
        stop = stack.enter_context(request_stop_on_signals(report_stop))
        stack.enter_context(temporary_folder())
        cluster = stack.enter_context(spark_of(settings))
        with blocked_signals():
            worker = stack.enter_context(fork_server()) if several else []

        def pipeline_of() -> Any:
            return _pipeline(settings, worker, cluster)

        run = run_graph(watch_options, pipeline_of)
        read = topics_graph(settings, pipeline_of)
        is_named = any(option.startswith("--runner") for option in settings.beam_options)
        # Spark's process is one for all cycles, and belongs to this one.
        if not is_named and cluster is None:
            prepare = partial(_import_graph, tables=not several)
            run, read = forked(run, prepare), forked(read, prepare)
        if not settings.strict:
            hush_reported_errors()

        def cores() -> int:
            return cluster.cores if cluster else settings.workers

        topics = Topics(topic_options, settings, read, cores) if topic_options else None
        watch(
            watch_options,
            run,
            stop,
            every_s=every_s,
            once=once,
            at_once=at_once,
            topics=topics,
        )


def _import_graph(*, tables: bool) -> None:
    """Import what a graph needs, since a cycle without news does without.

    Args:
      tables: Load the tables of tagging too: no other process does.
    """
    from warta.pipeline.beam_options import hushed

    with hushed():
        import apache_beam  # noqa: F401

        from warta.pipeline import (
            batch,  # noqa: F401
            graph,  # noqa: F401
        )
    if tables:
        from warta.transforms.tagging.tag_or_reject import warm_up

        warm_up()


def _pipeline(
    settings: "RunOptions", worker: Sequence[str], cluster: "SparkCluster | None"
) -> "beam.Pipeline":
    """Return an empty pipeline of a cycle's own.

    Args:
      settings: On which engine, and how.
      worker: The command that starts workers; empty: Beam's own way.
      cluster: Of Spark; a context that has ended since is started again.
    """
    import apache_beam as beam

    from warta.pipeline.console.beam_noise import drop_printed_tracebacks
    from warta.pipeline.engines.registry import engine_options
    from warta.pipeline.engines.runner import runner_of
    from warta.transforms.core.storage import is_local

    if not settings.strict:
        drop_printed_tracebacks()
    options = engine_options(settings)
    if cluster:
        cluster.check([settings.lake] if is_local(settings.lake) else [])
    return beam.Pipeline(runner_of(options, worker, cluster), options)
