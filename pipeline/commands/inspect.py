"""`warta try` and `warta inspect`: what becomes of a file; what a lake holds."""

import click

from warta.pipeline.commands.exit_status import DONE, TOO_MANY_REJECTS
from warta.pipeline.commands.shared_options import EXTRACTION, KIND, LAKE_ARGUMENT
from warta.pipeline.commands.tagging_options import GAZETTEERS, IPTC, NER, TOPIC_MODEL, TOPICS
from warta.transforms.core.options import STORY_DAYS, CleaningOptions, TaggingOptions
from warta.transforms.core.records import Source


@click.command(
    "try",
    help="""\
Show what the pipeline makes of a file, without a lake.

FILE is what INPUT is to `run`; - is standard input. Of several articles it says at the end which
report the same story, and why.""",
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
@click.option(
    "--html",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="Write a page to look at as well: names marked, removed text struck out.",
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
    html: str | None,
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
    """Run `warta try`."""
    from warta.pipeline.inspection import pages, tryout

    if "" in files:
        raise click.UsageError('a FILE is empty: name a file, folder or URI ("." is this folder)')
    sources = tuple(Source(file, kind=kind, language=language) for file in files)
    tables = TaggingOptions(gazetteers, topics, iptc, ner, topic_model)
    printer: tryout.Printer = pages.TextPrinter(tables if explain else None)
    if as_json:
        printer = tryout.JsonPrinter()
    kept = tryout.RememberingPrinter(printer)
    rejects = tryout.try_sources(sources, tables, kept, CleaningOptions(extraction=extraction))
    if len(kept.articles) > 1 and not as_json:
        from warta.pipeline.inspection.stories import echo_tried

        echo_tried(kept.articles, STORY_DAYS)
    if html:
        from warta.pipeline.output_file import write_file
        from warta.pipeline.report.article import make_article, render_articles

        rows = map(tryout.make_row, kept.articles)
        write_file(html, render_articles([make_article(row, row["mentions"]) for row in rows]))
    return TOO_MANY_REJECTS if rejects else DONE


@click.command(
    help="""\
Show what a lake holds: tables, days, publishers, topics, entities, rejects, commits.

Of a sample of the newest articles it says by publisher how many have glued words ("naik.Pedagang")
or lost letters ("di Bandun."), with an example: faults of a scraper.""",
    epilog="""\b
Examples:
  warta inspect lake
  warta inspect s3://bucket/news --json | jq .rejects""",
)
@LAKE_ARGUMENT
@click.option("--json", "as_json", is_flag=True, help="Everything, as one JSON object.")
def inspect(lake: str, as_json: bool) -> int:
    """Run `warta inspect`."""
    from warta.pipeline.inspection import lake as inspection

    found = inspection.inspect_lake(lake)
    click.echo(inspection.to_json(found) if as_json else inspection.render(found), nl=False)
    return DONE
