"""`warta engines`: what can run the graph here."""

import click


@click.command(
    help="""\
List the engines, whether they stream, and what each lacks on this machine.

Project, region and other things that a command line says are taken as given.""",
    epilog="\b\nExample:\n  warta engines",
)
def engines() -> int:
    """Run `warta engines`."""
    from warta.pipeline.engines.registry import ENGINES, lacks

    for name, engine in ENGINES.items():
        lacking = lacks(name)
        state = "needs more" if lacking else "ready"
        does = "batch, streams" if engine.streams else "batch"
        click.echo(f"{name:<9} {state:<11} {does:<15} {engine.what}")
        for line in lacking:
            click.echo(f"{'':<9} {line}")
    return 0
