"""Options that several commands share, with their defaults from `RunOptions`."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import click

from warta.pipeline.commands.values import Amount, Count, Span
from warta.pipeline.options import RunOptions
from warta.transforms.core.errors import DataError, UnknownKindError
from warta.transforms.core.options import EXTRACTIONS, CleaningOptions, DedupOptions, TaggingOptions
from warta.transforms.core.records import Source
from warta.transforms.sources.kinds import builtin_readers, reader_of

DEFAULTS: dict[str, Any] = {
    **{field.name: field.default for field in fields(RunOptions)},
    "dedup_days": DedupOptions().days,
    "near_threshold": DedupOptions().near_threshold,
}


class BeamCommand(click.Command):
    """A command that passes options of Beam on, in `ctx.obj`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """See the class."""
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
        help="Messages of a topic's partition taken at one look.",
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


Loader = Callable[[str], object]


def _checked_by(load: Loader) -> Callable[..., Any]:
    """Return a callback that loads what an option names, once.

    What is wrong with it is reported before anything else is read.
    """

    def check(ctx: click.Context, _: click.Parameter, given: Any) -> Any:
        try:
            for one in (given,) if isinstance(given, str) else given or ():
                load(one)
        except DataError as error:
            raise click.UsageError(" ".join(str(error).split()), ctx) from error
        return given

    return check


def _load_gazetteer(file: str) -> None:
    from warta.transforms.tagging.ner.gazetteer import read_users_table

    for _ in read_users_table(file):
        # A wrong row is reported before anything begins.
        continue


def _load_topics(file: str) -> None:
    from warta.transforms.tagging.topics.custom import read_custom_taxonomy

    read_custom_taxonomy(file)


def _load_recogniser(model: str) -> None:
    from warta.transforms.tagging.ner.recognisers import load_recogniser

    load_recogniser(model)


def _load_topic_model(model: str) -> None:
    from warta.transforms.tagging.topics.model import load_topic_model

    load_topic_model(model)


GAZETTEERS = click.option(
    "--gazetteer",
    "gazetteers",
    multiple=True,
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False),
    callback=_checked_by(_load_gazetteer),
    help="Names of your own (TSV), which win over ours. May be repeated.",
)
TOPICS = click.option(
    "--topics",
    multiple=True,
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False),
    callback=_checked_by(_load_topics),
    help="Custom topics (TSV: code, name, terms), assigned beside IPTC's. May be repeated.",
)
IPTC = click.option(
    "--iptc/--no-iptc",
    default=True,
    help="Tell IPTC Media Topics.  [default: --iptc]",
)


TOPIC_MODEL = click.option(
    "--topic-model",
    metavar="hf:PATH",
    callback=_checked_by(_load_topic_model),
    help="A text classifier of your own (ONNX or PyTorch), in the place of the lexicon.",
)
NER = click.option(
    "--ner",
    metavar="MODEL",
    callback=_checked_by(_load_recogniser),
    help="Find names with a model of your own: spacy:MODEL, or hf:PATH (ONNX or PyTorch).",
)


def _check_extraction(ctx: click.Context, _: click.Parameter, extraction: str) -> str:
    if extraction == "accurate":
        from warta.transforms.cleaning.html.vote import is_installed

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
    help="How the text of pages is found: accurate is better, and six times as slow.",
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
    help="Keep Iceberg tables of the lake as well, from now on, whoever writes it.",
)

WAIT = click.option(
    "--wait",
    "wait_s",
    type=Amount(min=0),
    default=DEFAULTS["wait_s"],
    metavar="SECONDS",
    help="Wait so long for another run that writes the lake.  [default: do not wait]",
)


class LakeUri(click.ParamType[str]):
    """The folder or URI of a lake."""

    name = "lake"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """See the class."""
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


def _setting(name: str, metavar: str, text: str) -> Callable[..., Any]:
    """Return an option for a field of `RunOptions`, with its name, type and default."""
    default = DEFAULTS[name]
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
      sources: what is read.
      beam_options: options of Beam, as given.
      options: by name, also those of the objects that `RunOptions` holds.
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


def run_options(max_reject_ratio: float | None) -> Callable[..., Any]:
    """Return the options of every command that runs the graph.

    Args:
      max_reject_ratio: default of the option with that name; None: without it.
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
        _setting("engine", "NAME", "What runs the graph; `warta engines` lists them."),
        click.option(
            "--workers", type=int, metavar="N", help="Worker processes.  [default: one a core]"
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
        _setting("epoch_mb", "N", "Input between two commits, in MB."),
        _setting("epoch_files", "N", "Files between two commits."),
        _setting("dedup_days", "N", "Days of the lake searched for duplicates."),
        _setting("near_threshold", "X", "Similarity of near duplicates."),
        _setting("story_days", "N", "Days between a story and what joins it; 0: no stories."),
        ratio,
        click.option(
            "--min-words",
            type=Count(),
            metavar="N",
            default=CleaningOptions().min_words,
            show_default=True,
            help="Shortest article published.",
        ),
        EXTRACTION,
        click.option(
            "--keep-bad-dates",
            is_flag=True,
            help="Publish articles whose only date is impossible without a date, not as a reject.",
        ),
        GAZETTEERS,
        NER,
        TOPICS,
        IPTC,
        TOPIC_MODEL,
        _setting("compact", "auto|off", "Merge small files of the partitions a run adds to."),
        _setting("small_files", "N", "From how many small files a partition is merged."),
        CATALOG,
        WAIT,
        click.option(
            "--force", is_flag=True, help="Write to a folder that is no lake and holds other files."
        ),
        click.option("--strict", is_flag=True, help="Let a defect in warta fail the run."),
        click.option("--quiet", is_flag=True, help="Say nothing but errors."),
    ]

    if max_reject_ratio is None:
        options = [one for one in options if one is not ratio]

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate
