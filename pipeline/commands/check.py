"""`warta check`: whether a config can be used, and what its sources hold."""

import click

from warta.pipeline.commands.exit_status import DONE, FAILED, say


@click.command(
    help="""\
Check a config: every key, every value, and what each source holds now.

Nothing is read or written, and no feed is asked for.""",
    epilog="""\b
Example:
  warta check sources.toml

\b
Exit status: 0 all can be read, 1 a source has nothing to read, 2 wrong usage.""",
)
@click.argument("config", type=click.Path(exists=True, dir_okay=False))
def check(config: str) -> int:
    """Run `warta check`."""
    from warta.pipeline.config import read_config
    from warta.pipeline.dry_run import check_sources

    checked = list(check_sources(read_config(config)))
    for one in checked:
        say(one.line)
    faults = sum(not one.is_good for one in checked)
    if faults:
        click.echo(f"warta: {faults} of {len(checked)} sources have nothing to read", err=True)
    return FAILED if faults else DONE
