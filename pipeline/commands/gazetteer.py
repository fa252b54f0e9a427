"""The commands that make tables of known names."""

import click

from warta.pipeline.commands.values import Count
from warta.transforms.core.errors import UsageError
from warta.transforms.tagging.entity_types import TYPES_IN_WORDS


@click.group(
    help="Make tables of known names, for --gazetteer.",
    epilog="\b\nExample:\n  warta gazetteer build latest-all.json.bz2 --output known.tsv",
)
def gazetteer() -> None:
    """Hold the commands of `warta gazetteer`."""


@gazetteer.command(
    help="""\
Make a table from a Wikidata JSON dump (.bz2, .gz, .zst or plain), read once as a stream.

An item counts by its own classes ("instance of"); classes below those are not followed.""",
    epilog="""\b
Examples:
  warta gazetteer build latest-all.json.bz2 --output known.tsv
  warta gazetteer build dump.json.gz --language fr --language en --class Q5=person""",
)
@click.argument("dump")
@click.option("--output", metavar="FILE", default="gazetteer.tsv", show_default=True)
@click.option(
    "--language",
    "languages",
    multiple=True,
    metavar="TAG",
    default=("id", "en"),
    show_default=True,
    help="Language whose names are taken; the first one's label is the main name. May be repeated.",
)
@click.option(
    "--class",
    "classes",
    multiple=True,
    metavar="QID=TYPE",
    help=f"Items of this class, as {TYPES_IN_WORDS}. May be repeated.  "
    "[default: people, countries, cities, parties, companies, clubs, ...]",
)
@click.option(
    "--min-sitelinks",
    type=Count(),
    default=5,
    show_default=True,
    metavar="N",
    help="Number of wikis in which an item must have a page, at least.",
)
@click.option(
    "--limit",
    type=Count(1),
    default=200_000,
    show_default=True,
    metavar="N",
    help="Write at most N rows, the best known first.",
)
@click.option("--quiet", is_flag=True, help="Report nothing but errors.")
def build(
    dump: str,
    output: str,
    languages: tuple[str, ...],
    classes: tuple[str, ...],
    min_sitelinks: int,
    limit: int,
    quiet: bool,
) -> int:
    """Run `warta gazetteer build`."""
    from warta.pipeline import gazetteer_build

    try:
        chosen = gazetteer_build.parse_classes(classes)
    except ValueError as error:
        raise UsageError(str(error)) from error
    wanted = gazetteer_build.Wanted(languages, chosen, min_sitelinks, limit)

    def report(lines: int) -> None:
        if not quiet:
            click.echo(f"{lines:,} lines", err=True)

    built = gazetteer_build.build(dump, output, wanted, report)
    if not quiet:
        click.echo(
            f"{built.lines:,} lines, {built.items:,} wanted, {built.no_items:,} unreadable; "
            f"{built.rows:,} rows in {output}"
        )
    return 0
