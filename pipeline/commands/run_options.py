"""Options of the commands that run the graph, and the `RunOptions` that they give."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import click

from warta.pipeline.commands.shared_options import CATALOG, DEFAULTS, EXTRACTION, WAIT
from warta.pipeline.commands.tagging_options import GAZETTEERS, IPTC, NER, TOPIC_MODEL, TOPICS
from warta.pipeline.commands.values import Amount, Count
from warta.pipeline.options import RunOptions
from warta.transforms.core.options import CleaningOptions, DedupOptions, TaggingOptions
from warta.transforms.core.records import Source


def _setting(name: str, metavar: str, text: str, default: Any = None) -> Callable[..., Any]:
    """Return an option for a field of `RunOptions`, with its name, type and default."""
    default = DEFAULTS[name] if default is None else default
    return click.option(
        f"--{name.replace('_', '-')}",
        type=type(default),
        default=default,
        show_default=True,
        metavar=metavar,
        help=text,
    )


def settings_of(
    sources: tuple[Source, ...], beam_options: tuple[str, ...], options: dict[str, Any]
) -> RunOptions:
    """Return the options that a command line gives; what it leaves out keeps its default.

    Args:
      sources: What is read.
      beam_options: Options of Beam, as given.
      options: By name, also those of the objects that `RunOptions` holds.
    """
    given = {name: value for name, value in options.items() if value is not None}
    cleaning, tagging, dedup = (
        {field: given.pop(name) for name, field in names.items() if name in given}
        for names in (_OF_CLEANING, _OF_TAGGING, _OF_DEDUP)
    )
    return RunOptions(
        sources=sources,
        cleaning=CleaningOptions(**cleaning),
        tagging=TaggingOptions(**tagging),
        dedup=DedupOptions(**dedup),
        beam_options=beam_options,
        **given,
    )


_OF_CLEANING = {name: name for name in ("min_words", "extraction", "keep_bad_dates")}
_OF_TAGGING = {field.name: field.name for field in fields(TaggingOptions)}
_OF_DEDUP = {"dedup_days": "days", "near_threshold": "near_threshold"}


_BOUNDED = {
    "batch": "Input between two commits, in MB.",
    "cycle": "MB of records after which a poll cycle begins no further poll and no further page.",
}
"""What bounds the work of a commit -> the help of --epoch-mb."""


def _without_effect(name: str) -> Callable[..., Any]:
    """Return an option that a command took once and does nothing with: scripts may still name it.

    It is in no help, and gives a warning.
    """

    def warn(ctx: click.Context, param: click.Parameter, value: int | None) -> None:
        if value is not None:
            click.echo(f"warta: {name} has no effect on `{ctx.command_path}`", err=True)

    return click.option(name, type=int, hidden=True, expose_value=False, callback=warn)


def _batch_options(bounded: str | None) -> list[Callable[..., Any]]:
    """Return --epoch-mb and --epoch-files, hidden where they do nothing."""
    return [
        _setting("epoch_mb", "N", _BOUNDED[bounded]) if bounded else _without_effect("--epoch-mb"),
        _setting("epoch_files", "N", "Files between two commits.")
        if bounded == "batch"
        else _without_effect("--epoch-files"),
    ]


def run_options(
    max_reject_ratio: float | None,
    batches: str | None = "batch",
    engine: str | None = None,
) -> Callable[..., Any]:
    """Return the options of every command that runs the graph.

    Args:
      max_reject_ratio: Default of the option with that name; None: without it.
      batches: What --epoch-mb bounds, "batch" or "cycle"; None: nothing.
      engine: Default of --engine; None: that of `RunOptions`.
    """
    ratio = click.option(
        "--max-reject-ratio",
        type=Amount(0, 1),
        metavar="R",
        default=max_reject_ratio,
        show_default=True,
        help="Share of rejects above which the exit status is 3.",
    )
    options = [
        _setting("engine", "NAME", "What runs the graph; `warta engines` lists them.", engine),
        click.option(
            "--workers", type=int, metavar="N", help="Worker processes.  [default: one per core]"
        ),
        click.option(
            "--spark-master",
            metavar="URL",
            help="With --engine spark: local[N], spark://HOST:PORT, yarn or k8s://URL.",
        ),
        click.option(
            "--spark-conf",
            multiple=True,
            metavar="KEY=VALUE",
            help="A setting of Spark's. May be repeated.",
        ),
        *_batch_options(batches),
        _setting("dedup_days", "N", "Days before and after an article's date searched for copies."),
        _setting("near_threshold", "X", "Lowest similarity of near duplicates, 0.5 to 1."),
        _setting(
            "story_days",
            "N",
            "Maximum days between a story and an article that joins it; 0: no stories.",
        ),
        ratio,
        click.option(
            "--min-words",
            type=Count(),
            metavar="N",
            default=CleaningOptions().min_words,
            show_default=True,
            help="Reject articles with fewer words.",
        ),
        EXTRACTION,
        click.option(
            "--keep-bad-dates",
            is_flag=True,
            help="Publish articles whose only date is impossible, without it; do not reject them.",
        ),
        GAZETTEERS,
        NER,
        TOPICS,
        IPTC,
        TOPIC_MODEL,
        _setting("compact", "auto|off", "Merge small files of the partitions a run adds to."),
        _setting("small_files", "N", "Merge a partition once it has N small files."),
        CATALOG,
        WAIT,
        click.option(
            "--force",
            is_flag=True,
            help="Write to a folder that is not a lake and holds other files.",
        ),
        click.option("--strict", is_flag=True, help="Let a defect in warta fail the run."),
        click.option("--quiet", is_flag=True, help="Report nothing but errors."),
    ]

    if max_reject_ratio is None:
        options = [one for one in options if one is not ratio]

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate
