"""The commands. Each one's work stands in a module of its own, imported when it is called for.

So `warta --help` and `warta try` start without Beam, and an error of the user is one line.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any

import click

from pipeline.cli_engines import engines
from pipeline.cli_feeds import feeds
from pipeline.cli_gazetteer import gazetteer
from pipeline.cli_options import (
    CONFIG,
    EXTRACTION,
    GAZETTEERS,
    IPTC,
    KIND,
    NER,
    TOPIC_MODEL,
    TOPICS,
    BeamCommand,
    run_options,
)
from pipeline.cli_rules import rules
from pipeline.cli_stream import stream
from pipeline.cli_upkeep import compact, verify
from pipeline.cli_watch import watch
from pipeline.options import RunError, Settings, UsageError
from transforms.records import REASONS, ChosenRejects, Limits, Source, Tables

DONE, FAILED, WRONG_USAGE, TOO_MANY_REJECTS, INTERRUPTED = 0, 1, 2, 3, 130
"""Exit status. 130 is what shells give a process that SIGINT ended."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; errors of the user, the machine and the network come as one line.

    Args:
      arguments: words behind `warta`; None: those that the process was started with.

    Returns:
      The exit status. A defect of ours is no error of the user and is raised.
    """
    try:
        return int(cli.main(arguments, prog_name="warta", standalone_mode=False) or DONE)
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "warta"
        return _complain(f"{error.format_message()} ({command} --help tells more)", WRONG_USAGE)
    except UsageError as error:
        return _complain(str(error), WRONG_USAGE)
    except RunError as error:
        return _complain(str(error), FAILED)
    except OSError as error:
        return _complain(_describe(error), FAILED)
    except click.Abort:
        return _complain("stopped", INTERRUPTED)
    except _location_errors() as error:
        return _complain(_describe(error), FAILED if _is_busy(error) else WRONG_USAGE)


def _location_errors() -> tuple[type[Exception], ...]:
    """What storage and lake raise; an except clause asks only when something was raised."""
    # Brings pyarrow: a tenth of a second that a good command does without.
    from transforms.lake.layout import LakeError
    from transforms.storage import StorageError

    return StorageError, LakeError


def _is_busy(error: Exception) -> bool:
    """Whether the lake is being written: nothing was said wrong, and later it may be free."""
    from transforms.lake.layout import LakeBusyError

    return isinstance(error, LakeBusyError)


def _complain(message: str, status: int) -> int:
    click.echo(f"warta: {message}", err=True)
    return status


def _describe(error: Exception) -> str:
    """The error in one line, its number left out where its words say it."""
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror}"
    return " ".join(str(error).split())


def _show_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        click.echo(f"warta {version('warta')}")
        ctx.exit()


_HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(context_settings=_HELP, epilog="\b\nExample:\n  warta try article.txt")
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_show_version,
    help="Show the version and exit.",
)
def cli() -> None:
    """News sources in; cleaned, tagged, deduplicated Parquet out."""


@cli.command(
    cls=BeamCommand,
    epilog="""\b
Examples:
  warta run 'dumps/*.jsonl.gz' pages/ --lake lake
  warta run --config sources.toml --lake s3://bucket/news
  warta run https://news.example/rss.xml --lake lake --quiet

Options of Apache Beam pass through, such as --runner or --temp_location.

\b
Exit status: 0 done, 1 failed, 2 wrong usage,
3 done, but more rejects than --max-reject-ratio allows.""",
)
@click.argument("inputs", nargs=-1, metavar="[INPUT]...")
@click.option("--lake", required=True, metavar="DIR", help="Folder or URI that the tables go to.")
@CONFIG
@KIND
@run_options(max_reject_ratio=0.5)
@click.pass_context
def run(
    ctx: click.Context,
    /,
    inputs: tuple[str, ...],
    config: str | None,
    kind: str | None,
    **options: Any,
) -> int:
    """Read news sources into a lake of Parquet.

    INPUT is a file, glob, folder or URI (s3://, gs://, or http(s):// of a feed). The same inputs
    run twice leave the lake as it was.
    """
    from pipeline.config import check_location, read_config

    # What the config says of a file goes before what is guessed, where both lead to it.
    sources = read_config(config) if config else ()
    sources += tuple(Source(location, kind=kind) for location in inputs)
    if not sources:
        raise click.UsageError("Name an INPUT, or a --config that does.", ctx)
    for source in sources:
        check_location(source.location)
    if not options["quiet"] and any(source.fetch_pages for source in sources):
        click.echo("warta: run reads feeds as they are; warta watch heeds fetch_pages", err=True)
    return _run(sources, ctx.obj, **options)


@cli.command(
    cls=BeamCommand,
    epilog="""\b
Examples:
  warta replay lake
  warta replay lake --reason too_short --min-words 3
  warta replay lake --reason no_body --config sources.toml

Exit status and the options of Apache Beam are those of `warta run`.""",
)
@click.argument("lake")
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
@run_options(max_reject_ratio=1.0)
@click.pass_context
def replay(
    ctx: click.Context,
    /,
    reasons: tuple[str, ...],
    since: datetime | None,
    config: str | None,
    **options: Any,
) -> int:
    """Read a lake's rejects again, under today's rules and options.

    What passes is published, and names the reject that it was in replay_of; the reject names the
    run in replayed_by. What fails as before stays as it is. Sources in --config go before what the
    rejects remember of theirs.
    """
    from pipeline.config import read_config

    chosen = ChosenRejects(reasons, since.date() if since else None)
    return _run(read_config(config) if config else (), ctx.obj, replay=chosen, **options)


def _run(
    sources: tuple[Source, ...],
    beam_options: tuple[str, ...],
    *,
    max_reject_ratio: float,
    min_words: int,
    extraction: str,
    keep_bad_dates: bool,
    quiet: bool,
    **options: Any,
) -> int:
    """Runs the graph as the command line says, and tells what came of it: the exit status."""
    settings = Settings(
        sources=sources,
        limits=Limits(min_words=min_words, extraction=extraction, keep_bad_dates=keep_bad_dates),
        beam_options=beam_options,
        **{name: value for name, value in options.items() if value is not None},
    )
    return _execute(settings, max_reject_ratio=max_reject_ratio, quiet=quiet)


def _execute(settings: Settings, *, max_reject_ratio: float, quiet: bool) -> int:
    """Runs and tells what came of it: the exit status."""
    from pipeline import progress
    from pipeline.beam_options import hushed
    from pipeline.worker import nursery

    told: tuple[type[Exception], ...] = (OSError, *_location_errors())
    several = settings.workers > 1
    workers: AbstractContextManager[list[str]] = nursery() if several else nullcontext([])
    with progress.open_listener(quiet=quiet) as listener, workers as worker:
        # Beam takes seconds to import: the live line stands by then.
        with hushed():
            from pipeline import epochs
        try:
            report = epochs.run(settings, listener, worker)
        except told as error:
            failed = listener.begun or _is_busy(error)
            return _complain(_describe(error), FAILED if failed else WRONG_USAGE)
    if not quiet:
        click.echo(progress.summarize(report))
    counts = report.counts
    if counts.rejected <= max_reject_ratio * counts.read:
        return DONE
    share = f"{counts.rejected:,} of {counts.read:,} records were rejected"
    return _complain(f"{share}, more than --max-reject-ratio allows", TOO_MANY_REJECTS)


@cli.command(
    "try",
    epilog="""\b
Examples:
  warta try article.txt page.html
  warta try --json dump.jsonl.gz | jq .headline
  pbpaste | warta try -

\b
Exit status: 0 done, 1 failed, 2 wrong usage, 3 something was rejected.""",
)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="One line per article: the columns of the lake, and its mentions. Rejects go to stderr.",
)
@KIND
@click.option("--language", metavar="TAG", help="Language that the input is said to be in: id, en.")
@EXTRACTION
@GAZETTEERS
@NER
@TOPICS
@IPTC
@TOPIC_MODEL
@click.option("--explain", is_flag=True, help="Show what made each topic, mention and removal.")
def try_(
    files: tuple[str, ...],
    as_json: bool,
    kind: str | None,
    language: str | None,
    extraction: str,
    gazetteers: tuple[str, ...],
    ner: str | None,
    topics: tuple[str, ...],
    iptc: bool,
    topic_model: str | None,
    explain: bool,
) -> int:
    """Show what the pipeline makes of a file, without a lake.

    FILE is what INPUT is to `run`; - is standard input, a text unless --kind says otherwise.
    """
    from pipeline import pages, tryout

    sources = tuple(Source(file, kind=kind, language=language) for file in files)
    tables = Tables(gazetteers, topics, iptc, ner, topic_model)
    printer: tryout.Printer = pages.TextPrinter(tables if explain else None)
    if as_json:
        printer = tryout.JsonPrinter()
    rejects = tryout.try_sources(sources, tables, printer, Limits(extraction=extraction))
    return TOO_MANY_REJECTS if rejects else DONE


@cli.command(
    epilog="""\b
Examples:
  warta inspect lake
  warta inspect s3://bucket/news --json | jq .rejects"""
)
@click.argument("lake")
@click.option("--json", "as_json", is_flag=True, help="Everything, as one JSON object.")
def inspect(lake: str, as_json: bool) -> int:
    """Show what a lake holds: tables, days, publishers, topics, entities, rejects, commits."""
    from pipeline import inspection

    found = inspection.inspect_lake(lake)
    click.echo(inspection.to_json(found) if as_json else inspection.render(found), nl=False)
    return DONE


cli.add_command(compact)
cli.add_command(engines)
cli.add_command(feeds)
cli.add_command(gazetteer)
cli.add_command(rules)
cli.add_command(stream)
cli.add_command(verify)
cli.add_command(watch)
