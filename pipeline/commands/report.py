"""`warta report`: a lake as a page to look at."""

from datetime import date, datetime
from pathlib import Path

import click

from warta.pipeline.commands.exit_status import DONE, say
from warta.pipeline.commands.shared_options import LAKE_ARGUMENT

_DAY = click.DateTime(("%Y-%m-%d",))


@click.command(
    help="""\
Make one HTML file that shows what a lake holds, for a person to look at.

The file opens anywhere: it holds its charts, and asks the network for nothing. Charts are drawn by
the extra report: pip install 'warta[report]'.""",
    epilog="""\b
Examples:
  warta report lake
  warta report lake --since 2026-11-01 --publisher "Kabar Nusantara" -o kabar.html --open
  warta report lake --article 3f2c9a0d5b7e41c68f0a9d2e7b13c455 -o article.html""",
)
@LAKE_ARGUMENT
@click.option(
    "--output",
    "-o",
    default="report.html",
    show_default=True,
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="What to write.",
)
@click.option("--since", type=_DAY, metavar="DAY", help="Only articles of this day and later.")
@click.option("--until", type=_DAY, metavar="DAY", help="Only articles of this day and earlier.")
@click.option("--publisher", metavar="NAME", help="Only articles of this publisher.")
@click.option("--article", metavar="ID", help="Show one article of the lake, by its article_id.")
@click.option("--open", "opens", is_flag=True, help="Open the file in the browser.")
@click.option("--quiet", is_flag=True, help="Report nothing but errors.")
def report(
    lake: str,
    output: str,
    since: datetime | None,
    until: datetime | None,
    publisher: str | None,
    article: str | None,
    opens: bool,
    quiet: bool,
) -> int:
    """Run `warta report`."""
    from warta.pipeline.output_file import write_file
    from warta.pipeline.report.scope import Scope
    from warta.pipeline.report.write import show_progress, write_report

    first, last = _date(since), _date(until)
    if first and last and first > last:
        raise click.UsageError("--since is later than --until")
    if article is not None and (first or last or publisher is not None):
        raise click.UsageError("--article takes no --since, --until or --publisher")
    with show_progress(quiet=quiet) as step:
        if article is not None:
            from warta.pipeline.report.article import article_page

            write_file(output, article_page(lake, article))
        else:
            write_report(lake, Scope(first, last, publisher), output, step)
    if not quiet:
        say(f"{output}: {Path(output).stat().st_size / 1_000:,.0f} kB")
    if opens:
        import webbrowser

        webbrowser.open(Path(output).resolve().as_uri())
    return DONE


def _date(moment: datetime | None) -> date | None:
    return moment.date() if moment else None
