"""`warta catalog`: Iceberg tables over a lake's own files."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from warta.pipeline.commands.shared_options import LAKE_ARGUMENT, WAIT

if TYPE_CHECKING:
    from warta.transforms.lake.storage import Lake


@click.group(
    help="""\
Keep a lake's tables as Iceberg tables as well: no server, no copy of the data.

The lake is its own catalog, in LAKE/_iceberg. Once enabled, every command that writes the lake
keeps the tables: they change with its commits. Needs pip install 'warta[iceberg]'.""",
    epilog="\b\nExample:\n  warta catalog enable lake",
)
def catalog() -> None:
    """Hold the commands of `warta catalog`."""


def _hold(lake: str, wait_s: float, work: "Callable[[Lake], None]") -> None:
    """Do something as the one writer of a lake, after what a killed run has left."""
    from warta.transforms.lake.commit import recover
    from warta.transforms.lake.locking import hold
    from warta.transforms.lake.storage import Lake

    opened = Lake(lake)
    opened.check()
    with hold(opened, wait_s):
        recover(opened)
        work(opened)


@catalog.command(
    help="""\
Make Iceberg tables of all that is in a lake, and keep them from now on.

With --to another catalog follows every commit: a REST, SQL, Glue or Hive catalog, by its name
in ~/.pyiceberg.yaml (or PYICEBERG_CATALOG__NAME__URI in the environment), or by a URI without a
password. One that is down does not hold up a run: a later run reports what it has missed.""",
    epilog="""\b
Examples:
  warta catalog enable lake
  warta catalog enable s3://bucket/news --to prod --namespace news""",
)
@LAKE_ARGUMENT
@click.option("--to", "names", multiple=True, metavar="CATALOG", help="Mirror; may be repeated.")
@click.option(
    "--namespace",
    default="warta",
    show_default=True,
    metavar="NAME",
    help="Where the tables are in the catalogs of --to.",
)
@WAIT
def enable(lake: str, names: tuple[str, ...], namespace: str, wait_s: float) -> int:
    """Run `warta catalog enable`."""
    from warta.transforms.lake.iceberg import maintenance
    from warta.transforms.lake.iceberg.settings import Mirror

    mirrors = [Mirror(name, namespace) for name in names]

    def work(opened: "Lake") -> None:
        maintenance.check_mirrors(opened, mirrors)
        changed = maintenance.enable(opened, mirrors)
        click.echo("enabled" if changed else "nothing to do: they are kept already")

    _hold(lake, wait_s, work)
    _show(lake)
    return 0


@catalog.command(
    help="Bring the Iceberg tables and the catalogs of --to up to date with the commits."
)
@LAKE_ARGUMENT
@WAIT
def sync(lake: str, wait_s: float) -> int:
    """Run `warta catalog sync`."""
    from warta.transforms.lake.iceberg import maintenance

    def work(opened: "Lake") -> None:
        changed = maintenance.sync(opened)
        click.echo(f"changed: {', '.join(changed)}" if changed else "nothing to do")

    _hold(lake, wait_s, work)
    return 0


@catalog.command(
    help="Show the Iceberg tables: version, files, rows, where. Status 1: not as the commits say."
)
@LAKE_ARGUMENT
def status(lake: str) -> int:
    """Run `warta catalog status`."""
    return _show(lake)


def _show(lake: str) -> int:
    from warta.transforms.lake.iceberg.status import settings_of
    from warta.transforms.lake.iceberg.status import status as statuses
    from warta.transforms.lake.storage import Lake

    opened = Lake(lake)
    differing = 0
    for one in statuses(opened):
        state = "as committed"
        if one.missing or one.extra:
            differing += 1
            state = f"{one.missing} files are missing, {one.extra} are no longer in the lake"
        click.echo(
            f"{one.table}: version {one.version}, {one.files:,} files, {one.rows:,} rows, {state}\n"
            f"  {one.metadata_location}"
        )
    for mirror in settings_of(opened).mirrors:
        click.echo(f"also in the catalog {mirror.catalog}, namespace {mirror.namespace}")
    if differing:
        click.echo(f"`warta catalog sync {lake}` brings them to the commits")
    return int(bool(differing))


@catalog.command(
    help="""\
Rebuild the Iceberg tables after a lake was moved or copied, or its metadata was damaged.

Iceberg names files by absolute paths: a lake that was moved is refused until then."""
)
@LAKE_ARGUMENT
@WAIT
def rebuild(lake: str, wait_s: float) -> int:
    """Run `warta catalog rebuild`."""
    from warta.transforms.lake.iceberg import maintenance

    _hold(lake, wait_s, maintenance.rebuild)
    return _show(lake)


@catalog.command(
    help="Take the Iceberg tables away, also from other catalogs; no file of data is touched."
)
@LAKE_ARGUMENT
@WAIT
def disable(lake: str, wait_s: float) -> int:
    """Run `warta catalog disable`."""
    from warta.transforms.lake.iceberg import maintenance

    _hold(lake, wait_s, maintenance.disable)
    click.echo(f"{lake} has no Iceberg tables any more; its files are as they were")
    return 0
