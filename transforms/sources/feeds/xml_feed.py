"""A feed in XML (RSS, Atom or RDF) as its entries."""

import re
from collections.abc import Iterator, Mapping
from itertools import chain, islice
from typing import Any

from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Reject, SourceItem
from warta.transforms.core.rejections import RejectedRecord
from warta.transforms.core.storage import one_line
from warta.transforms.sources.feeds.entries import (
    MAX_ENTRIES,
    Body,
    Feed,
    Origin,
    feed_url,
    fullest,
    surplus_entries,
)
from warta.transforms.sources.feeds.fields import AUTHORS, DATES, ENTRY_TEXT, PERMALINK
from warta.transforms.sources.feeds.links import (
    absolute_link,
    feed_base,
    identify_entries,
    is_front,
)
from warta.transforms.sources.feeds.markup_guard import check_xml
from warta.transforms.sources.json.jsonl import content_type_of
from warta.transforms.sources.streams import is_web

MAX_DATES = 8
"""Dates of one entry that are tried."""

_ENTRY_TAG = re.compile(rb"<(?:[\w.-]{1,40}:)?(?:item|entry)[\s/>]", re.I)

_PARSER_FAULTS = (LookupError, RuntimeError, TypeError, ValueError)
"""What feedparser lets out on mangled feeds: KeyError, TypeError and ValueError (seen on 60 of
16,000 mutated ones), and its SGMLParseError, which is a RuntimeError."""

_PUBLISHER_END = re.compile(r"\s+[-–—|]\s+((?:(?!\s[-–—|]\s).)+)\Z", re.DOTALL)
"""After a headline of an aggregator: the publisher of the entry."""


def parse_xml(data: bytes, origin: Origin, limits: InputLimits) -> Feed:
    """Return the entries of a feed in XML (RSS, Atom, RDF).

    Args:
      data: The whole feed.
      origin: Where it came from, and the charset that its server stated.
      limits: For depth, and for what a reject keeps.

    Returns:
      Its entries, as `feed.parse_feed` gives them, and what it says of its updates.

    Raises:
      RejectedRecord: "bad_feed" for what is not a feed; "too_deep", "too_large" for one that no
        parser should see.
    """
    data = check_xml(data, limits, origin.charset)
    # Here because it takes 0.06 s to import, and only feeds need it.
    from warta.transforms.sources.feeds.parser import parse_xml_feed

    # Parsing stops at the entry over the limit: feedparser reads a feed without its end as well.
    surplus = next(islice(_ENTRY_TAG.finditer(data), MAX_ENTRIES, None), None)
    try:
        feed = parse_xml_feed(data if surplus is None else data[: surplus.start()])
    except _PARSER_FAULTS as error:
        raise RejectedRecord("bad_feed", f"the parser failed: {one_line(error)}") from error
    if not feed.entries and not feed.version:
        raise RejectedRecord("bad_feed", one_line(feed.error) if feed.error else "no feed element")
    channel = feed.channel
    base, home = _addresses(channel, origin, is_atom=feed.version.startswith("atom"))
    items = (_xml_item(entry, channel, base, home, origin) for entry in feed.entries)
    records: Iterator[SourceItem | Reject] = iter(identify_entries(items, home))
    if surplus is not None:
        records = chain(records, (surplus_entries(data[surplus.start() :], origin, limits),))
    stated = (_words(channel.get(n)) for n in ("ttl", "sy_updateperiod", "sy_updatefrequency"))
    return Feed(records, *stated)


def _addresses(
    channel: Mapping[str, Any], origin: Origin, *, is_atom: bool
) -> tuple[str | None, str | None]:
    """Return what links are relative to, and the site's address.

    RSS names the site, which its links are relative to. Atom's are relative to the feed itself
    (RFC 4287, 2), unless another host gives it out.
    """
    itself = feed_base(origin.fetched_from, _self_link(channel))
    home = absolute_link(_words(channel.get("link")), itself)
    if is_atom and itself and home and _host(itself) == _host(home):
        return itself, home
    return home or itself, home


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0].lower().removeprefix("www.")


def _xml_item(
    entry: Mapping[str, Any],
    channel: Mapping[str, Any],
    base: str | None,
    home: str | None,
    origin: Origin,
) -> SourceItem:
    body, details = _xml_body(entry)
    content_type = content_type_of(body.value)
    if content_type == "text" and body.is_html:
        # Without a tag, but its entities are still HTML's.
        content_type = "fragment"
    summary = _words(entry.get("summary"))
    published, modified, others = _xml_dates(entry)
    tags = (
        _words(tag.get("label")) or _words(tag.get("term")) for tag in _dicts(entry.get("tags"))
    )
    publisher = _entry_publisher(entry)
    return SourceItem(
        source=origin.source,
        source_uri=origin.uri,
        source_record_id=_words(entry.get("id")) or _words(entry.get("link")) or "",
        kind="feed",
        raw=body.value.encode("utf-8", "surrogatepass"),
        content=body.value,
        content_type=content_type,
        url=_xml_link(entry, base, home),
        headline=_without_publisher(_words(entry.get("title")), publisher),
        description=summary if summary and summary != body.value else None,
        authors=_xml_authors(entry),
        date_published=published,
        date_modified=modified,
        other_dates=others,
        keywords=tuple(dict.fromkeys(tag for tag in tags if tag)),
        in_language=details.get("language")
        or _words(entry.get("language"))
        or _words(channel.get("language")),
        publisher_name=publisher or _words(channel.get("title")),
        feed_url=feed_url(origin, _self_link(channel)),
        http_status=origin.http_status,
        date_fetched=origin.date_fetched,
    )


def _words(value: object) -> str | None:
    """Return a text that says something; None for any other: an element may be in its place."""
    return value if isinstance(value, str) and value else None


def _dicts(value: object) -> list[Mapping[str, Any]]:
    """Return the objects in what should be a list of them: an element <tags> puts a text there."""
    members = value if isinstance(value, list) else []
    return [dict(member) for member in members if isinstance(member, Mapping)]


def _xml_body(entry: Mapping[str, Any]) -> tuple[Body, Mapping[str, str]]:
    """Return the entry's text, with what feedparser says of it.

    Many feeds put the article in either of content and summary. What is said of a picture is
    neither; what media:description says of the entry counts where nothing else is.
    """
    details = _dicts(entry.get("content"))
    if summary := _words(entry.get("summary")):
        detail = _dicts([entry.get("summary_detail")])
        # An element within a picture overwrites the detail alone.
        same = bool(detail) and detail[0].get("value") == summary
        details += detail if same else [{"value": summary}]
    texts = [one for one in details if _words(one.get("value")) and _is_text(one.get("type"))]
    if not texts and (said := _words(entry.get(ENTRY_TEXT))):
        texts = [{"value": said}]
    bodies = [Body(str(one["value"]), one.get("type") != "text/plain") for one in texts]
    if not bodies:
        return Body("", True), {}
    chosen = fullest(bodies)
    language = _words(texts[chosen].get("language"))
    return bodies[chosen], {"language": language} if language else {}


def _is_text(media_type: object) -> bool:
    """Return whether content is words: Atom's may be an image in base64."""
    stated = str(media_type or "text")
    return stated.startswith("text") or stated.endswith(("html", "xml"))


def _xml_link(entry: Mapping[str, Any], base: str | None, home: str | None) -> str | None:
    """Return the article's address: the original of a redirecting service's, else the link.

    A guid serves as the link only where it is a whole address, and the link is missing or leads to
    the front page.
    """
    original = entry.get("feedburner_origlink") or entry.get("pheedo_origlink")
    if original := absolute_link(_words(original), None):
        return original
    link, name = _words(entry.get("link")), _words(entry.get("id"))
    is_name = bool(entry.get("guidislink")) and link == name
    if not link or is_name:
        links = [one for one in _dicts(entry.get("links")) if one.get("rel") == "alternate"]
        stated = next((href for one in links if (href := _words(one.get("href")))), None)
        link, is_name = stated or link, is_name and not stated
    # RDF's rdf:about says nothing of being a link, and is one.
    serves = name if name and entry.get(PERMALINK, True) and is_web(name) else None
    found = absolute_link(link, base) if link and not is_name else None
    if found and serves and is_front(found, home):
        return serves
    return found or serves


def _xml_dates(entry: Mapping[str, Any]) -> tuple[str | None, str | None, tuple[str, ...]]:
    """Return the dates of publication and of modification, and others to try, as written."""
    published = _words(entry.get("published"))
    updated = _words(entry.get("updated"))
    found = [pair for pair in entry.get(DATES) or () if pair[1]]
    # First what speaks of publication, "updated" last.
    found.sort(key=lambda pair: pair[0] == "updated")
    others = dict.fromkeys(text for _, text in found)
    # feedparser calls RDF's dc:date `updated`, and Atom entries need have no other date.
    first = published or next((text for name, text in found if name != "updated"), None) or updated
    modified = updated if published or first != updated else None
    rest = tuple(text for text in others if text != first)[:MAX_DATES]
    return first, modified, rest


def _xml_authors(entry: Mapping[str, Any]) -> tuple[str, ...]:
    names = [_words(name) for name in entry.get(AUTHORS) or ()]
    return tuple(dict.fromkeys(name for name in names if name))


def _entry_publisher(entry: Mapping[str, Any]) -> str | None:
    """Return who published an entry that an aggregator carries."""
    source = entry.get("source")
    title = source.get("title") if isinstance(source, Mapping) else source
    names = (title, entry.get("news_source"), entry.get("publisher"), entry.get("dc_source"))
    stated = (name.strip() for name in names if isinstance(name, str))
    return next((name for name in stated if name and "/" not in name and "@" not in name), None)


def _without_publisher(headline: str | None, publisher: str | None) -> str | None:
    """Return a headline without the publisher's name that aggregators put at its end."""
    if headline and publisher:
        end = _PUBLISHER_END.search(headline)
        if end and end[1].strip().casefold() == publisher.casefold():
            return headline[: end.start()]
    return headline


def _self_link(channel: Mapping[str, Any]) -> str | None:
    links = _dicts(channel.get("links"))
    return next((_words(link.get("href")) for link in links if link.get("rel") == "self"), None)
