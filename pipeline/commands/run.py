"""`warta run` and `warta replay`: the graph over inputs, or over a lake's own rejects."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from warta.pipeline.commands.exit_status import (
    DONE,
    FAILED,
    TOO_MANY_REJECTS,
    WRONG_USAGE,
    complain,
    describe,
    end_of,
    print_summary,
    say,
)
from warta.pipeline.commands.run_options import run_options, settings_of
from warta.pipeline.commands.shared_options import (
    CONFIG,
    KIND,
    LAKE,
    LAKE_ARGUMENT,
    BeamCommand,
    span_option,
)
from warta.pipeline.commands.values import Count
from warta.pipeline.options import RunOptions
from warta.pipeline.signals import Stopped
from warta.transforms.core.errors import LakeError, StorageError, WartaError
from warta.transforms.core.records import ChosenRejects, Source
from warta.transforms.core.rejections import REASONS

if TYPE_CHECKING:
    from warta.pipeline.console.published_counts import Figures
    from warta.pipeline.console.results import RunReport


@click.command(
    help="""\
Read news sources into a lake of Parquet.

INPUT is a file, glob, folder or URI (s3://, gs://, or http(s):// of a feed), a pipe, or - for
standard input. The same inputs run twice leave the lake as it was.

A source without a readable file is reported and passed over, unless it is the only one.""",
    cls=BeamCommand,
    epilog="""\b
Examples:
  warta run 'dumps/*.jsonl.gz' pages/ --lake lake
  warta run --config sources.toml --lake s3://bucket/news
  warta run https://news.example/rss.xml --lake lake --quiet
  zcat dump.jsonl.gz | warta run - --lake lake
  warta run --config sources.toml --lake lake --dry-run

Options of Apache Beam pass through, such as --runner or --temp_location.

\b
Exit status: 0 done, 1 failed, 2 wrong usage, 3 done, but more was rejected than
--max-reject-ratio allows, or under --strict-sources a source was passed over.""",
)
@click.argument("inputs", nargs=-1, metavar="[INPUT]...")
@LAKE
@CONFIG
@KIND
@click.option(
    "--dry-run",
    is_flag=True,
    help="List the files that would be read, with kinds and sizes; read and write nothing.",
)
@click.option(
    "--limit",
    type=Count(1),
    metavar="N",
    help="For a trial: read the first N records, and no more.",
)
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DAY",
    help="Publish articles of this day (UTC) and later; count the others as passed over.",
)
@click.option(
    "--strict-sources",
    is_flag=True,
    help="End with status 3 where a source has no readable file, or a file cannot be read.",
)
@span_option(
    *("--input-timeout", "silence_s"),
    default="5m",
    text="Give up on a pipe that sends nothing for this long.",
)
@run_options(max_reject_ratio=0.5)
@click.pass_context
def run(
    ctx: click.Context,
    /,
    inputs: tuple[str, ...],
    config: str | None,
    kind: str | None,
    dry_run: bool,
    since: datetime | None,
    **options: Any,
) -> int:
    """Run `warta run`."""
    from warta.pipeline.config import check_location, read_config

    # What the config says of a file takes precedence over what is guessed.
    sources = read_config(config) if config else ()
    sources += tuple(Source(location, kind=kind) for location in inputs)
    if not sources:
        raise click.UsageError("Name an INPUT, or a --config that does.", ctx)
    for location in inputs:
        check_location(location)
    options |= {"typed": inputs, "since": since.date() if since else None}
    if dry_run:
        return _dry_run(sources, ctx.obj, **options)
    if not options["quiet"] and any(source.fetch_pages for source in sources):
        click.echo("warta: run reads feeds as they are; warta watch follows fetch_pages", err=True)
    return _run(sources, ctx.obj, **options)


@click.command(
    help="""\
Read a lake's rejects again, under today's rules and options.

What passes is published, and names the reject that it was in replay_of; the reject names the
run in replayed_by. What fails as before stays as it is. Sources in --config take precedence over
what the rejects remember of theirs.""",
    cls=BeamCommand,
    epilog="""\b
Examples:
  warta replay lake
  warta replay lake --reason too_short --min-words 3
  warta replay lake --reason no_body --config sources.toml

Exit status and the options of Apache Beam are those of `warta run`.""",
)
@LAKE_ARGUMENT
@click.option(
    "--reason",
    "reasons",
    multiple=True,
    metavar="CODE",
    type=click.Choice(sorted(REASONS)),
    help="Only rejects with this reason. May be repeated.",
)
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DAY",
    help="Only rejects of this day and later.",
)
@CONFIG
@run_options(max_reject_ratio=1.0, batches=None)
@click.pass_context
def replay(
    ctx: click.Context,
    /,
    reasons: tuple[str, ...],
    since: datetime | None,
    config: str | None,
    **options: Any,
) -> int:
    """Run `warta replay`."""
    from warta.pipeline.config import read_config

    chosen = ChosenRejects(reasons, since.date() if since else None)
    return _run(read_config(config) if config else (), ctx.obj, replay=chosen, **options)


def _dry_run(
    sources: tuple[Source, ...],
    beam_options: tuple[str, ...],
    *,
    max_reject_ratio: float,
    quiet: bool,
    strict_sources: bool,
    **options: Any,
) -> int:
    """List what would be read, and return the exit status."""
    from warta.pipeline.dry_run import describe_inputs
    from warta.pipeline.inputs import list_inputs

    settings = settings_of(sources, beam_options, options)
    inputs = list_inputs(settings, None)
    for line in describe_inputs(inputs, settings):
        if not quiet:
            say(line)
    return TOO_MANY_REJECTS if strict_sources and inputs.unreadable else DONE


def _run(
    sources: tuple[Source, ...],
    beam_options: tuple[str, ...],
    *,
    max_reject_ratio: float,
    quiet: bool,
    strict_sources: bool = False,
    **options: Any,
) -> int:
    """Run the graph as the command line says, report what came of it, and return the status."""
    # Help does without what lists inputs.
    from warta.pipeline.engines.registry import engine_of
    from warta.pipeline.inputs import is_little

    settings = settings_of(sources, beam_options, options)
    if (
        options["workers"] is None
        and engine_of(settings.engine).forks_workers
        and is_little(settings)
    ):
        settings = replace(settings, workers=1)
    report = _execute(settings, quiet=quiet)
    if isinstance(report, int):
        return report
    counts = report.counts
    if status := end_of(counts.rejected, counts.read, max_reject_ratio):
        return status
    unreadable = sum(batch.reject_reasons.get("unreadable", 0) for batch in report.batches)
    if strict_sources and unreadable:
        return complain(
            f"{unreadable:,} inputs cannot be read, which --strict-sources does not allow",
            TOO_MANY_REJECTS,
        )
    if strict_sources and report.unreadable:
        return complain(
            f"{len(report.unreadable):,} passed over, which --strict-sources does not allow: "
            f"{report.unreadable[0]}",
            TOO_MANY_REJECTS,
        )
    return DONE


def _execute(settings: RunOptions, *, quiet: bool) -> "RunReport | int":
    """Run, and return what came of it, or the exit status of a run that failed."""
    from warta.pipeline.beam_options import hushed
    from warta.pipeline.console.log import open_log
    from warta.pipeline.console.summary import summarize
    from warta.pipeline.engines.registry import engine_of
    from warta.pipeline.engines.runner import check_memory
    from warta.pipeline.temporary import temporary_folder
    from warta.pipeline.worker import fork_server, tune_gc

    check_memory(settings)
    several = settings.workers > 1 and engine_of(settings.engine).forks_workers
    workers: AbstractContextManager[list[str]] = fork_server() if several else nullcontext([])
    with (
        temporary_folder(),
        open_log(quiet=quiet, progress=True) as journal,
        workers as worker,
    ):
        # Beam takes seconds to import: the live line is shown by then.
        with hushed():
            from warta.pipeline import batch
        if not several:
            tune_gc()
        try:
            report: RunReport = batch.run(settings, worker)
        except Stopped as stopped:
            return complain(f"{stopped}{journal.left_over()}", stopped.exit_status)
        except (OSError, StorageError, LakeError) as error:
            # A place that may not be written to is named wrongly; a disk that fails is not.
            wrong = WRONG_USAGE if isinstance(error, PermissionError) else FAILED
            status = error.exit_status if isinstance(error, WartaError) else wrong
            return complain(describe(error), FAILED if journal.started else status)
    if not quiet:
        print_summary(summarize(report, _figures_of(report)))
    return report


def _figures_of(report: "RunReport") -> "Figures | None":
    """Count what a run has published; the run is done, also where that cannot be read now."""
    from warta.pipeline.console.published_counts import count_published
    from warta.transforms.lake.storage import Lake

    committed = [batch.commit_id for batch in report.batches if not batch.known]
    try:
        return count_published(Lake(report.lake), committed, report.sources)
    except (LakeError, OSError) as error:
        complain(f"committed, but its articles cannot be counted: {describe(error)}", DONE)
        return None
