"""`warta feeds`: which feeds there are, and how they fare."""

import asyncio
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from warta.pipeline.commands.exit_status import say
from warta.pipeline.commands.shared_options import LAKE_ARGUMENT
from warta.transforms.core.errors import RunError, UsageError
from warta.transforms.core.options import InputLimits
from warta.transforms.core.rejections import RejectedRecord

if TYPE_CHECKING:
    from warta.transforms.polling.discovery import FoundFeed

CHECK_DELAY_S = 0.5
"""Between two requests of one look at a site."""
_MAX_OPML_BYTES = 50_000_000


@click.group(
    help="Find, list and look after the feeds that `warta watch` follows.",
    epilog="""\b
Examples:
  warta feeds check https://news.example
  warta feeds status lake""",
)
def feeds() -> None:
    """Hold the commands of `warta feeds`."""


@feeds.command(
    "import",
    help="Turn a list of subscriptions (OPML) into [[source]] tables, on standard output.",
    epilog="""\b
Example:
  warta feeds import subscriptions.opml >> sources.toml""",
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--fetch-pages", is_flag=True, help="Set fetch_pages = true for each.")
def import_(file: str, fetch_pages: bool) -> int:
    """Run `warta feeds import`."""
    from warta.transforms.polling.opml import parse_opml

    with Path(file).open("rb") as stream:
        # A device has no size, and no end.
        data = stream.read(_MAX_OPML_BYTES + 1)
    if len(data) > _MAX_OPML_BYTES:
        raise UsageError(f"{file} is not a list of feeds: over {_MAX_OPML_BYTES // 1_000_000} MB")
    try:
        found, odd = parse_opml(data, InputLimits())
    except RejectedRecord as rejection:
        raise UsageError(f"{file}: {rejection.detail}") from rejection
    if not found:
        raise UsageError(f"{file} names no feed at an http or https URL")
    names: set[str] = set()
    for one in found:
        table = {"name": _name(one.title or one.url, names), "kind": "feed", "location": one.url}
        if one.language and re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", one.language):
            table["language"] = one.language
        click.echo(_table(table, fetch_pages))
    for url in odd:
        say(f"warta: left out, not an http or https URL: {url[:200]}", err=True)
    return 0


def _name(title: str, taken: set[str]) -> str:
    """Return a name of a title that no other source of the list has."""
    base = re.sub(r"[\W_]+", "-", title.casefold()).strip("-")[:60] or "feed"
    name, number = base, 2
    while name in taken:
        name, number = f"{base}-{number}", number + 1
    taken.add(name)
    return name


def _table(fields: dict[str, str], fetch_pages: bool, allow_private: bool = False) -> str:
    lines = ["[[source]]", *(f"{name} = {_quoted(value)}" for name, value in fields.items())]
    flags = {"fetch_pages": fetch_pages, "allow_private": allow_private}
    return "\n".join([*lines, *(f"{name} = true" for name, is_set in flags.items() if is_set), ""])


def _quoted(value: str) -> str:
    """Return a string as TOML writes it: as JSON does, once what neither may hold is gone."""
    sound = "".join(char for char in value if char.isprintable())
    return json.dumps(sound.encode("utf-8", "replace").decode(), ensure_ascii=False)


@feeds.command(
    "list",
    help="List the feeds of a config that `warta watch` follows: name, kind, URL, and its polls.",
    epilog="""\b
Examples:
  warta feeds list --config sources.toml
  warta feeds list --config sources.toml --lake lake""",
)
@click.option(
    "--config",
    required=True,
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False),
    help="TOML file that names sources.",
)
@click.option("--lake", metavar="DIR", help="Also show when each was last polled and is next due.")
def list_(config: str, lake: str | None) -> int:
    """Run `warta feeds list`."""
    from warta.pipeline.commands.watch import followed
    from warta.transforms.core.storage import public_uri

    sources, _, _ = followed(config)
    states = {}
    if lake:
        from warta.transforms.lake.feed_state import read_feeds
        from warta.transforms.lake.storage import Lake

        Lake(lake).check()
        states = {row["feed_url"]: row for row in read_feeds(Lake(lake))}
    for source in sources:
        url = public_uri(source.location)
        cells = [source.name, source.web_kind, url]
        if lake:
            row = states.get(url, {})
            cells += [
                f"{row[at]:%Y-%m-%dT%H:%M:%SZ}" if row.get(at) else "-"
                for at in ("polled_at", "next_poll_at")
            ]
            cells.append(row.get("error") or "")
        say("\t".join(cells))
    return 0


@feeds.command(
    help="""\
Find the feeds and news sitemaps of a site, by its page, its robots.txt and usual places.

Prints them as [[source]] tables, the likeliest first. Status 1 where there is none.""",
    epilog="""\b
Example:
  warta feeds check https://news.example""",
)
@click.argument("url")
@click.option("--contact", metavar="ADDRESS", help="Mail address or URL, sent to the server.")
@click.option("--allow-private", is_flag=True, help="Reach private and loopback addresses.")
def check(url: str, contact: str | None, allow_private: bool) -> int:
    """Run `warta feeds check`."""
    from warta.pipeline.commands.watch import user_agent
    from warta.transforms.core.file_descriptors import FOR_POLLING, check_descriptors
    from warta.transforms.polling.discovery import discover
    from warta.transforms.sources.http.addresses import RefusedByRule
    from warta.transforms.sources.http.client import Client, RequestPolicy
    from warta.transforms.sources.http.client import user_agent as agent_of

    # One look on behalf of the person at the keyboard: a contact is welcome, not needed.
    agent = user_agent(contact) if contact else agent_of()
    address = url if "://" in url else f"https://{url}"

    async def look() -> list["FoundFeed"]:
        async with Client(RequestPolicy(agent, host_delay_s=CHECK_DELAY_S)) as client:
            return await discover(client, address, InputLimits(), allow_private=allow_private)

    check_descriptors(FOR_POLLING, "a request")
    try:
        found = asyncio.run(look())
    except RefusedByRule as refusal:
        hint = "" if allow_private else " (here: --allow-private)"
        raise RunError(f"{address}: {refusal}{hint}") from refusal
    except RejectedRecord as rejection:
        raise RunError(f"{address}: {rejection}") from rejection
    if not found:
        raise RunError(f"{address} names no feed and no news sitemap")
    names: set[str] = set()
    for one in found:
        click.echo(_found(one, names, allow_private))
    return 0


def _found(one: "FoundFeed", names: set[str], allow_private: bool) -> str:
    about = f"# {one.entries:,} entries, {one.with_text:,} of them with their text"
    newest = f"; the first of {one.newest}" if one.newest else ""
    fields = {"name": _name(one.title or one.url, names), "kind": one.kind, "location": one.url}
    wants_pages = one.kind == "feed" and one.with_text * 2 < one.entries
    return f"{_one_line(about + newest)}\n{_table(fields, wants_pages, allow_private)}"


def _one_line(text: str) -> str:
    return "".join(char for char in text if char.isprintable())


@feeds.command(
    help="Show how the feeds of a lake fare against their own past. "
    "Status 1 with something to mend.",
    epilog="""\b
Examples:
  warta feeds status lake
  warta feeds status lake --json | jq '.[] | select(.remarks != [])'""",
)
@LAKE_ARGUMENT
@click.option("--json", "as_json", is_flag=True, help="Everything, as one JSON list.")
def status(lake: str, as_json: bool) -> int:
    """Run `warta feeds status`."""
    from warta.pipeline.polling import health
    from warta.transforms.lake.storage import Lake

    now = health.utc_now()
    found = health.feed_health(Lake(lake), now)
    click.echo(health.to_json(found) if as_json else health.render(found, now), nl=False)
    return int(any(one.remarks for one in found))
