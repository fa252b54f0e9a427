"""Options that several commands share, with their defaults from `Settings`."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import click

from pipeline.options import Settings
from transforms.reading.kinds import KINDS
from transforms.records import Limits

DEFAULTS: dict[str, Any] = {field.name: field.default for field in fields(Settings)}


class BeamCommand(click.Command):
    """A command that passes options of Beam on, in `ctx.obj`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """See the class."""
        from pipeline.beam_options import split

        own = {
            name: not (option.is_flag or option.count)
            for option in self.get_params(ctx)
            if isinstance(option, click.Option)
            for name in (*option.opts, *option.secondary_opts)
        }
        ours, ctx.obj = split(args, own)
        return super().parse_args(ctx, ours)


KIND = click.option(
    "--kind",
    type=click.Choice(KINDS),
    metavar="KIND",
    help=f"What the input is: {', '.join(KINDS)}.  [default: by extension and content]",
)
GAZETTEERS = click.option(
    "--gazetteer",
    "gazetteers",
    multiple=True,
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False),
    help="Names of your own (TSV), which win over ours. May be repeated.",
)


WAIT = click.option(
    "--wait",
    "wait_s",
    type=click.FloatRange(min=0),
    default=DEFAULTS["wait_s"],
    metavar="SECONDS",
    help="Wait so long for another run that writes the lake.  [default: do not wait]",
)


CONFIG = click.option(
    "--config",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False),
    help="TOML file that names sources.",
)


def _setting(name: str, metavar: str, text: str) -> Callable[..., Any]:
    """An option for the field of `Settings` that has its name, type and default from there."""
    default = DEFAULTS[name]
    return click.option(
        f"--{name.replace('_', '-')}",
        type=type(default),
        default=default,
        show_default=True,
        metavar=metavar,
        help=text,
    )


def run_options(max_reject_ratio: float) -> Callable[..., Any]:
    """The options of every command that runs the graph.

    Args:
      max_reject_ratio: default of the option with that name.
    """
    options = [
        _setting("engine", "NAME", "What runs the graph."),
        click.option(
            "--workers", type=int, metavar="N", help="Worker processes.  [default: one a core]"
        ),
        _setting("epoch_mb", "N", "Input between two commits, in MB."),
        _setting("dedup_days", "N", "Days of the lake searched for duplicates."),
        _setting("near_threshold", "X", "Similarity of near duplicates."),
        click.option(
            "--max-reject-ratio",
            type=click.FloatRange(0, 1),
            metavar="R",
            default=max_reject_ratio,
            show_default=True,
            help="Share of rejects above which the exit status is 3.",
        ),
        click.option(
            "--min-words",
            type=click.IntRange(min=0),
            metavar="N",
            default=Limits().min_words,
            show_default=True,
            help="Shortest article published.",
        ),
        click.option(
            "--keep-bad-dates",
            is_flag=True,
            help="Publish articles whose only date is impossible without a date, not as a reject.",
        ),
        GAZETTEERS,
        _setting("compact", "auto|off", "Merge small files of the partitions a run adds to."),
        _setting("small_files", "N", "From how many small files a partition is merged."),
        WAIT,
        click.option("--strict", is_flag=True, help="Let a defect in warta fail the run."),
        click.option("--quiet", is_flag=True, help="Say nothing but errors."),
    ]

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate
