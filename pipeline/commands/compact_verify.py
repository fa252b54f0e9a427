"""The commands that keep a lake in shape and look through it."""

import click

from warta.pipeline.commands.shared_options import DEFAULTS, LAKE_ARGUMENT, WAIT
from warta.pipeline.commands.values import Amount, Count


@click.command(
    help="""\
Merge a lake's small files into large ones, partition by partition.

The rows stay the same. Each partition is a commit of its own: ended at any moment, the next run
or compaction goes on. Files that were replaced leave the tables at once and the disk later.

A lake that was made before schema version 3 keeps the paths and types of its files. With --rewrite
all of them are rewritten in today's layout, in one commit, which every reader opens as it is. It
takes the space of the lake once more, until the replaced files are deleted.""",
    epilog="""\b
Examples:
  warta compact lake
  warta compact s3://bucket/news --grace 0
  warta compact lake --rewrite""",
)
@LAKE_ARGUMENT
@click.option(
    "--target-mb",
    type=Count(1, 1 << 20),
    default=DEFAULTS["target_file_mb"],
    show_default=True,
    metavar="N",
    help="Target size of files; below half of it they are small.",
)
@click.option(
    "--grace",
    "grace_s",
    type=Amount(min=0),
    default=3600,
    show_default=True,
    metavar="SECONDS",
    help="How long files that were replaced are kept in _replaced.",
)
@click.option(
    "--rewrite",
    is_flag=True,
    help="Bring all files of a lake of an older layout to today's first.",
)
@WAIT
@click.option("--quiet", is_flag=True, help="Report nothing but errors.")
def compact(
    lake: str, target_mb: int, grace_s: float, rewrite: bool, wait_s: float, quiet: bool
) -> int:
    """Run `warta compact`."""
    from warta.pipeline import maintenance

    def report(partition: str) -> None:
        if not quiet:
            click.echo(partition)

    done = maintenance.compact_lake(
        lake,
        target_mb=target_mb,
        grace_s=grace_s,
        wait_s=wait_s,
        report=report,
        rewrite=rewrite,
    )
    if not quiet:
        click.echo(maintenance.summarize_compaction(done))
    return 0


@click.command(
    help="""\
Look through a lake: every file, every count, every row's place. Exit status 1 with faults.

Reads all of it, changes nothing, and may run beside a writer. With --repair it shows what can
be done about damaged plans, commit files and data files; with --yes as well it does that, as
the lake's one writer. Nothing is deleted: what leaves its place goes to _damaged.""",
    epilog="""\b
Examples:
  warta verify lake
  warta verify lake || mail -s "the lake has faults" desk@news.example
  warta verify --repair lake
  warta verify --repair --yes lake""",
)
@LAKE_ARGUMENT
@click.option("--repair", is_flag=True, help="Show how damage that stops runs would be repaired.")
@click.option("--yes", is_flag=True, help="With --repair: do it.")
@WAIT
def verify(lake: str, repair: bool, yes: bool, wait_s: float) -> int:
    """Run `warta verify`."""
    from warta.pipeline import maintenance

    if yes and not repair:
        raise click.UsageError("--yes goes with --repair")
    if yes:
        steps, found = maintenance.repair_lake(lake, wait_s)
        click.echo(maintenance.render_steps(steps, done=True))
    else:
        found = maintenance.verify_lake(lake)
    click.echo(maintenance.render_verified(found))
    if repair and not yes:
        steps = maintenance.planned_repair(lake, found)
        click.echo(maintenance.render_steps(steps, done=False))
    return int(bool(found.faults))
