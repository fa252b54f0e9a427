"""A feed (RSS, Atom, RDF or JSON Feed) -> its entries."""

import io
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import chain, islice
from typing import Any, NamedTuple
from urllib.parse import urljoin

from transforms.core.records import Limits, Reject, RejectedRecord, Source, SourceItem, reject
from transforms.core.storage import one_line, public_uri
from transforms.sources.jsonl import content_type_of
from transforms.sources.markup_guard import check_xml
from transforms.sources.streams import is_web

MAX_ENTRIES = 10_000
"""Entries taken of one feed. Real ones hold 10 to 1,000."""

_ENTRY_TAG = re.compile(rb"<(?:[\w.-]{1,40}:)?(?:item|entry)[\s/>]", re.I)

_PARSER_FAULTS = (LookupError, RuntimeError, TypeError, ValueError)
"""What feedparser lets out on mangled feeds: KeyError, TypeError and ValueError (seen on 60 of
16,000 mutated ones), and its SGMLParseError, which is a RuntimeError."""


class Origin(NamedTuple):
    """Where a feed came from, for its entries to carry."""

    source: Source
    uri: str
    http_status: int | None = None
    date_fetched: datetime | None = None


def parse_feed(data: bytes, origin: Origin, limits: Limits) -> Iterator[SourceItem | Reject]:
    """A feed's bytes -> its entries, in order, each with its dates as written.

    Args:
      data: the whole feed, of at most `limits.max_record_bytes`.
      origin: whence; its URI is the `feed_url` where it is one of the web.
      limits: for depth, and for what a reject keeps.

    Returns:
      One item an entry. Behind MAX_ENTRIES one reject stands for the rest.

    Raises:
      RejectedRecord: "bad_feed" for what is no feed; "too_deep", "too_large" for one that no
        parser should see.
    """
    yield from read_feed(data, origin, limits).records


class Feed(NamedTuple):
    """A feed's entries, and what it says of its own updates, as written."""

    records: Iterator[SourceItem | Reject]
    ttl: str | None = None
    """RSS: minutes."""
    update_period: str | None = None
    update_frequency: str | None = None
    """sy:updatePeriod, sy:updateFrequency (RSS 1.0's module syndication)."""


def read_feed(data: bytes, origin: Origin, limits: Limits) -> Feed:
    """As `parse_feed`, with what the feed says of itself."""
    if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{":
        return Feed(_parse_json_feed(data, origin, limits))
    return _parse_xml_feed(data, origin, limits)


def _parse_xml_feed(data: bytes, origin: Origin, limits: Limits) -> Feed:
    data = check_xml(data, limits)
    # Here because it takes 0.06 s to import, and only feeds need it.
    import feedparser

    # Parsing stops at the entry over the limit: feedparser reads a feed without its end as well.
    surplus = next(islice(_ENTRY_TAG.finditer(data), MAX_ENTRIES, None), None)
    taken = data if surplus is None else data[: surplus.start()]
    try:
        # From bytes in a file object: a str would be taken for a URL or a path, and opened.
        feed = feedparser.parse(io.BytesIO(taken), sanitize_html=False, resolve_relative_uris=False)
    except _PARSER_FAULTS as error:
        raise RejectedRecord("bad_feed", f"the parser failed: {one_line(error)}") from error
    if not feed.entries and not feed.get("version"):
        cause = feed.get("bozo_exception")
        raise RejectedRecord("bad_feed", one_line(cause) if cause else "no feed element")
    channel = dict(feed.feed)
    records: Iterator[SourceItem | Reject] = (
        # Plain dicts: feedparser's own look for older names of a field at every access.
        _xml_item(dict(entry), channel, origin)
        for entry in feed.entries
    )
    if surplus is not None:
        records = chain(records, (_surplus(data[surplus.start() :], origin, limits),))
    told = (_words(channel.get(n)) for n in ("ttl", "sy_updateperiod", "sy_updatefrequency"))
    return Feed(records, *told)


def _xml_item(entry: Mapping[str, Any], channel: Mapping[str, Any], origin: Origin) -> SourceItem:
    body = _longest_body(entry)
    content = _words(body.get("value")) or ""
    content_type = content_type_of(content)
    if content_type == "text" and body.get("type") != "text/plain":
        # Without a tag, but its entities are still HTML's.
        content_type = "fragment"
    summary = _words(entry.get("summary"))
    updated = _words(entry.get("updated"))
    published = _words(entry.get("published"))
    tags = (
        _words(tag.get("label")) or _words(tag.get("term")) for tag in _dicts(entry.get("tags"))
    )
    return SourceItem(
        source=origin.source,
        source_uri=origin.uri,
        source_record_id=_words(entry.get("id")) or _words(entry.get("link")) or "",
        kind="feed",
        raw=content.encode("utf-8", "surrogatepass"),
        content=content,
        content_type=content_type,
        url=_absolute(_words(entry.get("link")), origin),
        headline=_words(entry.get("title")),
        description=summary if summary and summary != content else None,
        authors=_xml_authors(entry),
        # feedparser calls RDF's dc:date `updated`, and Atom entries need have no other date.
        date_published=published or updated,
        date_modified=updated if published else None,
        keywords=tuple(dict.fromkeys(tag for tag in tags if tag)),
        in_language=_words(body.get("language")) or _words(channel.get("language")),
        publisher_name=_words(channel.get("title")),
        feed_url=_feed_url(origin, _self_link(channel)),
        http_status=origin.http_status,
        date_fetched=origin.date_fetched,
    )


def _words(value: object) -> str | None:
    """A text that says something; None for any other: an element may stand in a text's place."""
    return value if isinstance(value, str) and value else None


def _dicts(value: object) -> list[Mapping[str, Any]]:
    """The objects in what should be a list of them: an element <tags> puts a text in its place."""
    members = value if isinstance(value, list) else []
    return [dict(member) for member in members if isinstance(member, Mapping)]


def _longest_body(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """Content or summary, whichever says more: many feeds put the article in either."""
    bodies = _dicts(entry.get("content"))
    if entry.get("summary"):
        bodies += _dicts([entry.get("summary_detail")]) or [{"value": entry["summary"]}]
    return max(bodies, key=lambda body: len(_words(body.get("value")) or ""), default={})


def _xml_authors(entry: Mapping[str, Any]) -> tuple[str, ...]:
    names = [_words(author.get("name")) for author in _dicts(entry.get("authors"))]
    names.append(_words(entry.get("author")))
    return tuple(dict.fromkeys(name for name in names if name))


def _self_link(channel: Mapping[str, Any]) -> str | None:
    links = _dicts(channel.get("links"))
    return next((link.get("href") for link in links if link.get("rel") == "self"), None)


def _absolute(link: str | None, origin: Origin) -> str | None:
    """A link as a feed of the web means it: some give the path alone."""
    if not link or is_web(link) or not is_web(origin.uri):
        return link
    try:
        return urljoin(origin.uri, link)
    except ValueError:
        return link


def _feed_url(origin: Origin, stated: object) -> str | None:
    if is_web(origin.uri):
        return origin.uri
    return public_uri(stated) if isinstance(stated, str) and stated else None


def _parse_json_feed(data: bytes, origin: Origin, limits: Limits) -> Iterator[SourceItem | Reject]:
    # Here because only feeds and JSONL need it.
    import orjson

    try:
        feed = orjson.loads(data.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise RejectedRecord("bad_feed", f"not JSON: {error}") from error
    entries = feed.get("items")
    if "jsonfeed.org/version" not in str(feed.get("version")) or not isinstance(entries, list):
        raise RejectedRecord("bad_feed", "a JSON object, but not a JSON Feed")
    for number, entry in enumerate(entries[:MAX_ENTRIES]):
        raw = orjson.dumps(entry)
        if isinstance(entry, dict):
            yield _json_item(entry, raw, feed, origin)
        else:
            verdict = RejectedRecord("not_an_object", "an entry without fields")
            yield reject("read", verdict, origin.uri, f"item {number + 1}", raw, limits)
    if len(entries) > MAX_ENTRIES:
        yield _surplus(orjson.dumps(entries[MAX_ENTRIES:]), origin, limits)


def _json_item(
    entry: dict[str, Any], raw: bytes, feed: dict[str, Any], origin: Origin
) -> SourceItem:
    """An entry by the names of jsonfeed.org/version/1.1, and 1.0's `author`."""
    bodies = {name: _string(entry, name) for name in ("content_html", "content_text", "summary")}
    name, content = max(bodies.items(), key=lambda body: len(body[1] or ""))
    people = entry.get("authors") or [entry.get("author")]
    if people == [None]:
        people = feed.get("authors") or [feed.get("author")]
    return SourceItem(
        source=origin.source,
        source_uri=origin.uri,
        source_record_id=_string(entry, "id") or _string(entry, "url") or "",
        kind="feed",
        raw=raw,
        content=content or "",
        content_type="fragment" if name == "content_html" else content_type_of(content or ""),
        url=_absolute(_string(entry, "url") or _string(entry, "external_url"), origin),
        headline=_string(entry, "title"),
        description=None if name == "summary" else bodies["summary"],
        authors=_json_names(people),
        date_published=_string(entry, "date_published"),
        date_modified=_string(entry, "date_modified"),
        keywords=tuple(tag for tag in _members(entry.get("tags")) if isinstance(tag, str)),
        in_language=_string(entry, "language") or _string(feed, "language"),
        publisher_name=_string(feed, "title"),
        feed_url=_feed_url(origin, feed.get("feed_url")),
        http_status=origin.http_status,
        date_fetched=origin.date_fetched,
    )


def _members(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _string(fields: Mapping[str, Any], name: str) -> str | None:
    value = fields.get(name)
    if isinstance(value, str):
        return value or None
    # Ids are strings by the standard, and numbers in the wild.
    return str(value) if isinstance(value, int | float) else None


def _json_names(people: object) -> tuple[str, ...]:
    names = (_string(member, "name") for member in _dicts(people))
    return tuple(dict.fromkeys(name for name in names if name))


def _surplus(raw: bytes, origin: Origin, limits: Limits) -> Reject:
    verdict = RejectedRecord("too_large", f"entries behind the first {MAX_ENTRIES} of the feed")
    return reject("read", verdict, origin.uri, f"item {MAX_ENTRIES + 1}", raw, limits)
