"""Find the feeds and news sitemaps of a site that can be followed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import islice
from urllib.parse import urljoin, urlsplit

from protego import Protego

from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Reject, Source, SourceItem
from warta.transforms.core.rejections import RejectedRecord
from warta.transforms.polling.sitemap import parse_sitemap, read_sitemap, sitemaps_in
from warta.transforms.sources.feeds.entries import Origin
from warta.transforms.sources.feeds.feed import read_feed
from warta.transforms.sources.feeds.links import absolute_link
from warta.transforms.sources.http.client import Answer, Client
from warta.transforms.sources.streams import is_web

MAX_TRIED = 20
"""Places that are asked on behalf of one address."""
_PAGE_CHARS = 2_000_000
_FEED_TYPES = re.compile(r"application/(?:rss|atom|rdf|feed)\+(?:xml|json)")
_FEED_PATH = re.compile(r"(?:^|[/._-])(?:rss|feed|feeds|atom)(?:$|[/._?-])", re.I)
_USUAL = ("/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/feed.json")
_ACCEPT = "text/html, application/xml;q=0.9, */*;q=0.8"


@dataclass(frozen=True, slots=True)
class FoundFeed:
    """A place that can be followed."""

    url: str
    kind: str
    """feed or sitemap."""
    title: str | None
    entries: int
    with_text: int
    """Entries that bring 100 words or more: the others want fetch_pages."""
    newest: str | None
    """The first entry's date, as written."""


_FULL_WORDS = 100


async def discover(
    client: Client, url: str, limits: InputLimits, *, allow_private: bool
) -> list[FoundFeed]:
    """Look at an address, and where it is a page, at what the page and robots.txt name.

    Args:
      client: Asks for addresses.
      url: The address to look at.
      limits: Bounds for what is read.
      allow_private: Allow private and loopback addresses.

    Returns:
      The feeds that were found; of an address that is a feed, that one.

    Raises:
      RejectedRecord: The address itself cannot be had.
    """
    answer = await client.get(url, accept=_ACCEPT, allow_private=allow_private)
    if answer.status >= 400:
        raise RejectedRecord("http_error", f"status {answer.status}")
    own = _look(answer, limits)
    if own is not None:
        return [own]
    links = list(feed_links(answer.body.decode("utf-8", "replace"), answer.url))
    sitemaps = await _sitemaps(client, answer.url, limits, allow_private)
    places = dict.fromkeys([*links, *sitemaps])
    found = await _look_at(client, islice(places, MAX_TRIED), limits, allow_private)
    if not any(one.kind == "feed" for one in found):
        usual = (urljoin(answer.url, path) for path in _USUAL)
        untried = (place for place in usual if place not in places)
        found = [*await _look_at(client, untried, limits, allow_private, first=True), *found]
    return found


def feed_links(page: str, base: str) -> Iterator[str]:
    """Return the addresses that a page declares as feeds, then links that look like some.

    Args:
      page: HTML.
      base: Its address; its own `<base>` takes precedence.
    """
    reader = _Links()
    reader.feed(page[:_PAGE_CHARS])
    # Of several only the first counts, and none that leads out of the web (HTML, 4.2.3).
    base = absolute_link(reader.base, base) or base
    for link in dict.fromkeys([*reader.declared, *reader.candidates]):
        if place := absolute_link(link, base):
            yield place


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.declared: list[str] = []
        self.candidates: list[str] = []
        self.base: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        link = attributes.get("href", "")
        if tag == "base" and self.base is None and link.strip():
            self.base = link
        elif tag == "link" and "alternate" in attributes.get("rel", "").lower().split():
            if _FEED_TYPES.match(attributes.get("type", "").lower()):
                self.declared.append(link)
        elif tag == "a" and _FEED_PATH.search(_path_of(link)):
            self.candidates.append(link)


def _path_of(link: str) -> str:
    """Return the path of a link; "" for what is not a path."""
    try:
        return urlsplit(link).path
    except ValueError:
        return ""


async def _sitemaps(
    client: Client, url: str, limits: InputLimits, allow_private: bool
) -> list[str]:
    """Sitemaps that robots.txt names, and those that they name, of news first."""
    try:
        answer = await client.get(
            urljoin(url, "/robots.txt"), accept="text/plain", allow_private=allow_private
        )
    except RejectedRecord:
        return []
    if answer.status != 200:
        return []
    named = list(Protego.parse(answer.body.decode("utf-8", "replace")).sitemaps)
    named = _news_first([place for place in named if is_web(place)])[:5]
    found: list[str] = []
    for place in named:
        try:
            index = await client.get(place, accept=_ACCEPT, allow_private=allow_private)
            inner = sitemaps_in(parse_sitemap(index.body, limits))
        except RejectedRecord:
            continue
        found += _news_first(inner)[:3] or [place]
    return found


def _news_first(places: list[str]) -> list[str]:
    return sorted(places, key=lambda place: "news" not in place.lower())


async def _look_at(
    client: Client,
    places: Iterator[str],
    limits: InputLimits,
    allow_private: bool,
    *,
    first: bool = False,
) -> list[FoundFeed]:
    found = []
    for place in places:
        try:
            answer = await client.get(place, accept=_ACCEPT, allow_private=allow_private)
        except RejectedRecord:
            continue
        one = _look(answer, limits) if answer.status == 200 else None
        if one is not None:
            found.append(one)
            if first:
                break
    return found


def _look(answer: Answer, limits: InputLimits) -> FoundFeed | None:
    """Return the feed or news sitemap that an answer is; None for anything else."""
    origin = Origin(Source(answer.url), answer.url)
    for kind, read in (("sitemap", read_sitemap), ("feed", read_feed)):
        try:
            items = _items(read(answer.body, origin, limits).records)
        except RejectedRecord:
            continue
        first = items[0] if items else None
        return FoundFeed(
            answer.url,
            kind,
            first.publisher_name if first else None,
            len(items),
            sum(len(str(item.content).split()) >= _FULL_WORDS for item in items),
            first.date_published if first else None,
        )
    return None


def _items(records: Iterator[SourceItem | Reject]) -> list[SourceItem]:
    return [record for record in records if isinstance(record, SourceItem)]
