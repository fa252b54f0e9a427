"""`warta stories`: which articles of a lake tell the same story."""

from datetime import datetime

import click

from warta.pipeline.commands.exit_status import DONE
from warta.pipeline.commands.shared_options import DEFAULTS, LAKE_ARGUMENT, WAIT
from warta.pipeline.commands.values import Count


class _ListOrCommand(click.Group):
    """A group whose first word may also be a lake: then its stories are listed."""

    default = "list"

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the default before what names no command."""
        if args and args[0] not in (*self.commands, *ctx.help_option_names):
            args = [self.default, *args]
        return super().parse_args(ctx, args)


@click.group(
    cls=_ListOrCommand,
    help="""\
List the largest stories of a lake, show one as a timeline, or rebuild all of them.

`warta stories LAKE [STORY]` is `warta stories list LAKE [STORY]`.""",
    epilog="""\b
Examples:
  warta stories lake
  warta stories lake 4ce02f
  warta stories rebuild lake --dry-run""",
)
def stories() -> None:
    """Hold the commands of `warta stories`."""


@stories.command(
    name="list",
    help="""\
List the largest stories of a lake, or show one as a timeline.

STORY is a story_id, or the beginning of one.""",
    epilog="""\b
Examples:
  warta stories lake
  warta stories lake 4ce02f
  warta stories lake --days 7 --json | jq .
  warta stories lake --days 7 --until 2026-11-15""",
)
@LAKE_ARGUMENT
@click.argument("story", required=False)
@click.option(
    "--days",
    type=Count(),
    metavar="N",
    default=30,
    show_default=True,
    help="Stories with articles in the last N days of the lake, or of --until.",
)
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DAY",
    help="Last day of the span, such as 2026-11-09.",
)
@click.option(
    "--limit", type=Count(1), metavar="N", default=20, show_default=True, help="Show at most N."
)
@click.option("--json", "as_json", is_flag=True, help="One line of JSON per story.")
def list_(
    lake: str,
    story: str | None,
    days: int,
    until: datetime | None,
    limit: int,
    as_json: bool,
) -> int:
    """Run `warta stories list`."""
    import orjson

    from warta.pipeline.inspection import stories as inspection
    from warta.pipeline.inspection.lake_stories import largest_stories, read_story
    from warta.transforms.lake.storage import Lake

    where = Lake(lake)
    where.check()
    if story is not None:
        shown = read_story(where, story)
        documents = [inspection.story_document(shown)]
        text = inspection.render_story(shown)
    else:
        documents = largest_stories(where, days, limit, until and until.date())
        text = inspection.render_list(documents)
    if as_json:
        text = "".join(orjson.dumps(one).decode() + "\n" for one in documents)
    click.echo(text, nl=False)
    return DONE


@stories.command(
    help="""\
Rebuild the stories of a lake from its columns, in one commit.

All articles are grouped again in the order of their days, whatever order they came in. Rows
that were published stay as they are: a story moves whole, and `current_id` in the table
`stories` says where it is from then on. Articles of versions that knew no stories get one.
If it is ended at any moment, the lake is as it was before, or as it is after.""",
    epilog="""\b
Examples:
  warta stories rebuild lake --dry-run
  warta stories rebuild lake""",
)
@LAKE_ARGUMENT
@click.option(
    "--story-days",
    type=Count(1),
    metavar="N",
    default=DEFAULTS["story_days"],
    show_default=True,
    help="Maximum days between a story and an article that joins it.",
)
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@WAIT
@click.option("--quiet", is_flag=True, help="Report nothing but errors.")
def rebuild(lake: str, story_days: int, dry_run: bool, wait_s: float, quiet: bool) -> int:
    """Run `warta stories rebuild`."""
    from warta.pipeline import story_rebuild

    done = story_rebuild.rebuild_stories(
        lake, story_days=story_days, wait_s=wait_s, dry_run=dry_run
    )
    if not quiet:
        click.echo(story_rebuild.summarize_rebuild(done, dry_run=dry_run))
    return DONE
