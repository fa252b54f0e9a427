"""`warta sql`: statements that bring a warehouse up to a lake."""

import sys

import click

from warta.pipeline.commands.exit_status import DONE
from warta.pipeline.commands.shared_options import LAKE_ARGUMENT, since_option

_NAMES = (
    *("bigquery", "snowflake", "redshift", "clickhouse", "databricks", "athena", "spark"),
    "duckdb",
)


@click.command(
    help="""\
Print the SQL that brings a warehouse up to a lake as it is: tables, loads and merges.

The files are those of the commits after --since. What is there already is left out or replaced
under its key, so the same script may run twice. Comments at the head say what the warehouse
requires; its last line gives the number for the next --since.""",
    epilog="""\b
Examples:
  warta sql duckdb lake | duckdb news.duckdb
  warta sql bigquery gs://bucket/news --since 12
  warta sql snowflake lake --location s3://bucket/news

\b
Exit status: 0 done, 1 failed, 2 wrong usage, 4 the commit is part of a checkpoint: use 0.""",
)
@click.argument("warehouse", type=click.Choice(_NAMES), metavar="|".join(_NAMES))
@LAKE_ARGUMENT
@since_option("Last commit that the warehouse has; 0: none.")
@click.option(
    "--location",
    metavar="URI",
    help="Where the warehouse finds the lake, if not at its own URI: a copy in a bucket.",
)
def sql(warehouse: str, lake: str, since: str, location: str | None) -> int:
    """Run `warta sql`."""
    from warta.pipeline.loading.warehouses.script import render

    sys.stdout.write(render(warehouse, lake, since, location))
    return DONE
