"""The commands about cleaning rules."""

import click

from warta.pipeline.commands.shared_options import LAKE_ARGUMENT
from warta.pipeline.commands.values import Count


@click.group(
    help="Cleaning rules: what a lake's own articles suggest.",
    epilog="\b\nExample:\n  warta rules suggest lake",
)
def rules() -> None:
    """Hold the commands of `warta rules`."""


@rules.command(
    help="""\
Propose short lines that publishers repeat as rules, with counts and examples.

Prints TOML for transforms/data/rules. Nothing is cut: read the examples, keep what is not a
sentence of an article, and add a line that must stay.""",
    epilog="""\b
Examples:
  warta rules suggest lake
  warta rules suggest lake --min-articles 20 > suggestions.toml""",
)
@LAKE_ARGUMENT
@click.option(
    "--min-articles",
    type=Count(2),
    default=5,
    show_default=True,
    metavar="N",
    help="Propose only lines in at least this many articles of a publisher.",
)
def suggest(lake: str, min_articles: int) -> int:
    """Run `warta rules suggest`."""
    from warta.pipeline.inspection import rule_suggestions
    from warta.transforms.core.redaction import printable

    found = rule_suggestions.suggest_rules(lake, min_articles=min_articles)
    if not found:
        click.echo(
            f"warta: no publisher repeats a short line in {min_articles} of its articles: "
            "nothing to suggest",
            err=True,
        )
        return 0
    for line in rule_suggestions.render(found).split("\n"):
        click.echo(printable(line))
    return 0
