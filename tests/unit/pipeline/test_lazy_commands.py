"""Help of all commands without importing one."""

import subprocess
import sys

import click

from tests.support.waiting import PATIENCE_S
from warta.pipeline.cli import cli
from warta.pipeline.commands.lazy import summaries


def test_each_command_is_summed_up_as_its_own_help_begins() -> None:
    """The table of summaries says of each command what the command says, and forgets none."""
    own = {name: command.get_short_help_str(1_000) for name, command in cli.commands.items()}
    assert own == summaries()


def test_help_imports_no_command() -> None:
    """What a command needs is imported with it: the list of commands is there at once."""
    asked = (
        "import sys; from warta.pipeline.cli import main; main(['--help']); "
        "print([name for name in sys.modules if name.startswith(('warta.transforms.sources', "
        "'warta.pipeline.commands.run', 'warta.pipeline.options', 'numpy', 'pyarrow'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", asked],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_S,
    )
    assert "Commands:" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_group_takes_commands_of_others() -> None:
    """A command that is added is listed beside those of the table, and can be taken out again."""
    cli.add_command(click.Command("extra"))
    assert "extra" in cli.commands
    assert len(cli.commands) == len(summaries()) + 1
    del cli.commands["extra"]
    assert set(cli.commands) == set(summaries())
