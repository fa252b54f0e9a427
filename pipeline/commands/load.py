"""`warta load`: a lake into a database."""

import click

from warta.pipeline.commands.exit_status import DONE, say
from warta.pipeline.commands.shared_options import LAKE_ARGUMENT


@click.command(
    help="""\
Bring a database up to a lake: what its commits have brought since the last load.

TARGET is postgres://USER@HOST:PORT/DATABASE or duckdb:FILE. The tables are those of the lake;
in PostgreSQL lists and structs are jsonb, and articles have a column `search` for full text in
Indonesian and English. Each commit is one transaction, with its number: a load that is killed
goes on where it was. Leave a password to PGPASSWORD or ~/.pgpass.""",
    epilog="""\b
Examples:
  warta load postgres://desk@db.example/news lake
  warta load duckdb:news.duckdb s3://bucket/news""",
)
@click.argument("target", metavar="TARGET")
@LAKE_ARGUMENT
@click.option(
    "--schema",
    default="public",
    show_default=True,
    metavar="NAME",
    help="Schema of the tables in PostgreSQL, made if it is missing.",
)
@click.option("--quiet", is_flag=True, help="Report nothing but errors.")
def load(target: str, lake: str, schema: str, quiet: bool) -> int:
    """Run `warta load`."""
    from warta.pipeline.loading.load import load_lake, open_database

    database = open_database(target, schema)
    try:
        done = load_lake(lake, database, (lambda _: None) if quiet else say)
    finally:
        database.close()
    if not quiet:
        say(f"{done.commits:,} commits loaded; the database is at commit {done.until}")
    return DONE
