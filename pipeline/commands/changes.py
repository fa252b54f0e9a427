"""`warta changes`: what the commits of a lake have brought."""

import sys

import click

from warta.pipeline.commands.exit_status import DONE
from warta.pipeline.commands.shared_options import LAKE_ARGUMENT, since_option


@click.command(
    help="""\
Print what the commits of a lake have brought since one of them, oldest first.

Articles and mentions are inserted under (article_id, version). Rejects are upserted by
reject_id: one comes again with `replayed_by` when a replay has taken it further. Merges of files
bring nothing. A line with "end" closes each commit: give its number as the next --since.

\b
--format ndjson: a line of JSON for each row, bytes in base64
--format arrow:  a stream of Arrow of one --table, with the number in the column _sequence
--format files:  a line for each file to read; a merged one holds rows of older commits as well,
                 so insert from it what is missing under its key""",
    epilog="""\b
Examples:
  warta changes lake --since 12
  warta changes lake --since 12 --table rejects | jq -r .row.reason
  warta changes s3://bucket/news --since 12 --format files

\b
Exit status: 0 done, 1 failed, 2 wrong usage, 4 the commit is part of a checkpoint: load again
with --since 0.""",
)
@LAKE_ARGUMENT
@since_option("Last commit that you have, by its number or its id; 0: from the beginning.")
@click.option(
    "--table",
    "tables",
    multiple=True,
    metavar="NAME",
    help="Only this table, such as articles. May be repeated.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["ndjson", "arrow", "files"]),
    default="ndjson",
    show_default=True,
    help="What is printed.",
)
def changes(lake: str, since: str, tables: tuple[str, ...], form: str) -> int:
    """Run `warta changes`."""
    from warta.pipeline.loading.change_feed import write_changes
    from warta.transforms.lake.changes import read_changes

    found = read_changes(lake, since, tables or None)
    write_changes(found, sys.stdout.buffer, form)
    return DONE
