"""Options that several commands share, with their defaults from `RunOptions`."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import click

from warta.pipeline.commands.values import Amount, Count, Span
from warta.pipeline.options import RunOptions
from warta.transforms.core.errors import UnknownKindError
from warta.transforms.core.options import EXTRACTIONS, CleaningOptions, DedupOptions
from warta.transforms.sources.registry import builtin_readers, reader_of

DEFAULTS: dict[str, Any] = {
    **{field.name: field.default for field in fields(RunOptions)},
    "dedup_days": DedupOptions().days,
    "near_threshold": DedupOptions().near_threshold,
}


class BeamCommand(click.Command):
    """A command that passes options of Beam on, in `ctx.obj`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep the options of Beam apart, and parse the others."""
        from warta.pipeline.beam_options import split

        options = {
            name: not (option.is_flag or option.count)
            for option in self.get_params(ctx)
            if isinstance(option, click.Option)
            for name in (*option.opts, *option.secondary_opts)
        }
        words_of_warta, ctx.obj = split(args, options)
        return super().parse_args(ctx, words_of_warta)


def _positive(ctx: click.Context, param: click.Parameter, seconds: float | None) -> float | None:
    if seconds is not None and seconds <= 0:
        raise click.BadParameter("must be more than 0", ctx, param)
    return seconds


def span_option(
    *names: str, text: str, default: str | None = None, may_be_zero: bool = False
) -> Callable[..., Any]:
    """Return an option for a span of time.

    Args:
      names: Of the option, and of the parameter if that is another.
      text: Its help.
      default: As it is typed; None: the option may be left out.
      may_be_zero: Whether 0 is taken.
    """
    return click.option(
        *names,
        type=Span(),
        default=default,
        show_default=default is not None,
        metavar="SPAN",
        callback=None if may_be_zero else _positive,
        help=text,
    )


def max_messages(default: int) -> Callable[..., Any]:
    """Return the option for how much of a topic is read at once."""
    return click.option(
        "--max-messages",
        type=Count(1),
        default=default,
        show_default=True,
        metavar="N",
        help="Most messages of a topic's partition that are read at once.",
    )


def since_option(text: str) -> Callable[..., Any]:
    """Return the option for the commit after which changes are read."""
    return click.option(
        "--since",
        default="0",
        show_default=True,
        metavar="SEQUENCE|COMMIT",
        help=text,
    )


def _check_kind(ctx: click.Context, param: click.Parameter, kind: str | None) -> str | None:
    """Refuse a kind that no reader has, warta's own or another package's."""
    if kind is not None:
        try:
            readable = reader_of(kind).is_read
        except UnknownKindError as error:
            raise click.BadParameter(str(error), ctx, param) from error
        if not readable:
            raise click.BadParameter(f"{kind} is only followed, by warta watch", ctx, param)
    return kind


_FILE_KINDS = ", ".join(reader.name for reader in builtin_readers() if reader.is_read)

KIND = click.option(
    "--kind",
    callback=_check_kind,
    metavar="KIND",
    help=f"What the input is: {_FILE_KINDS}.  [default: by extension and content]",
)


def _check_extraction(ctx: click.Context, _: click.Parameter, extraction: str) -> str:
    if extraction == "accurate":
        from warta.transforms.cleaning.html.accurate_extraction import is_installed

        if not is_installed():
            raise click.UsageError(
                "--extraction accurate needs trafilatura: pip install 'warta[accurate]'", ctx
            )
    return extraction


EXTRACTION = click.option(
    "--extraction",
    type=click.Choice(EXTRACTIONS),
    default=CleaningOptions().extraction,
    show_default=True,
    callback=_check_extraction,
    help="How the text of pages is found; accurate is five times as slow, little better at best.",
)


def _check_catalog(ctx: click.Context, _: click.Parameter, catalog: str | None) -> str | None:
    if catalog:
        from importlib.util import find_spec

        if find_spec("pyiceberg") is None:
            raise click.UsageError(
                "--catalog iceberg needs pyiceberg: pip install 'warta[iceberg]'", ctx
            )
    return catalog


CATALOG = click.option(
    "--catalog",
    type=click.Choice(["iceberg"]),
    callback=_check_catalog,
    help="Also maintain Iceberg tables of this lake, in this and every later run.",
)

WAIT = click.option(
    "--wait",
    "wait_s",
    type=Amount(min=0),
    default=DEFAULTS["wait_s"],
    metavar="SECONDS",
    help="Wait this long for another writer of the lake.  [default: do not wait]",
)


class LakeUri(click.ParamType[str]):
    """The folder or URI of a lake."""

    name = "lake"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Convert the value, or fail with a usage error."""
        if not value.strip():
            # As a path it would be the folder that the command runs in.
            self.fail("it is empty: name the lake's folder or URI", param, ctx)
        return value


LAKE = click.option(
    "--lake",
    required=True,
    type=LakeUri(),
    metavar="DIR",
    help="Folder or URI that the tables go to.",
)
LAKE_ARGUMENT = click.argument("lake", type=LakeUri(), metavar="LAKE")

CONFIG = click.option(
    "--config",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False),
    help="TOML file that names sources.",
)
