"""`warta stories`: which articles of a lake tell the same story."""

import click

from warta.pipeline.commands.common import LAKE_ARGUMENT
from warta.pipeline.commands.status import DONE


@click.command(
    help="""\
List the largest stories of a lake, or show one as a timeline.

STORY is a story_id, or the beginning of one.""",
    epilog="""\b
Examples:
  warta stories lake
  warta stories lake 4ce02f
  warta stories lake --days 7 --json | jq .""",
)
@LAKE_ARGUMENT
@click.argument("story", required=False)
@click.option(
    "--days",
    type=click.IntRange(min=0),
    metavar="N",
    default=30,
    show_default=True,
    help="Stories whose last article is of the lake's last N days.",
)
@click.option(
    "--limit", type=click.IntRange(min=1), metavar="N", default=20, show_default=True, help="Most."
)
@click.option("--json", "as_json", is_flag=True, help="A line of JSON a story.")
def stories(lake: str, story: str | None, days: int, limit: int, as_json: bool) -> int:
    """Run `warta stories`."""
    import orjson

    from warta.pipeline.inspection import stories as inspection
    from warta.transforms.lake.layout import Lake

    where = Lake(lake)
    where.check()
    if story is not None:
        shown = inspection.read_story(where, story)
        documents = [inspection.story_document(shown)]
        text = inspection.render_story(shown)
    else:
        documents = inspection.largest_stories(where, days, limit)
        text = inspection.render_list(documents)
    if as_json:
        text = "".join(orjson.dumps(one).decode() + "\n" for one in documents)
    click.echo(text, nl=False)
    return DONE
