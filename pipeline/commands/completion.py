"""`warta completion`: what a shell needs to complete commands and options."""

import click
from click.shell_completion import get_completion_class

_SHELLS = ("bash", "zsh", "fish")


@click.command(
    help="""\
Print a script that lets a shell complete warta's commands and options.

Load it in the start-up file of the shell, as the examples do.""",
    epilog="""\b
Examples:
  echo 'eval "$(warta completion bash)"' >> ~/.bashrc
  echo 'eval "$(warta completion zsh)"' >> ~/.zshrc
  warta completion fish > ~/.config/fish/completions/warta.fish""",
)
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> int:
    """Run `warta completion`."""
    found = get_completion_class(shell)
    assert found is not None  # noqa: S101  click knows the shells of the choice
    click.echo(found(ctx.find_root().command, {}, "warta", "_WARTA_COMPLETE").source())
    return 0
