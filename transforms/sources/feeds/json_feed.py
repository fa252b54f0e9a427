"""A JSON Feed (jsonfeed.org, 1.0 and 1.1) as its entries."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from warta.transforms.core.lenient_json import loads
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Reject, SourceItem
from warta.transforms.core.rejections import RejectedRecord, reject
from warta.transforms.sources.feeds.entries import (
    MAX_ENTRIES,
    Body,
    Origin,
    feed_url,
    fullest,
    surplus_entries,
)
from warta.transforms.sources.feeds.links import (
    absolute_link,
    feed_base,
    identify_entries,
    is_front,
)
from warta.transforms.sources.json.head import plain_head
from warta.transforms.sources.json.jsonl import content_type_of
from warta.transforms.sources.streams import is_web

_VERSION = re.compile(
    r"\s*(?:(?:https?:)?//)?(?:www\.)?(?:jsonfeed\.org/version/?)?v?1?(?:\.\d)?\s*", re.I
)
"""What feeds state: the address, a part of it, or the bare number."""
_FEED_ADDRESSES = frozenset({"home_page_url", "feed_url"})
_TEXTS = frozenset({"content_html", "content_text", "summary"})
_ENTRY_IDS = frozenset({"id", "url", "external_url"})
_ITEMS = re.compile(rb"\"items\"\s*:\s*\[")
_BEFORE = re.compile(rb"\"(?:home_page_url|feed_url)\"\s*:|jsonfeed\.org/version")
_WITHIN = re.compile(rb"\"content_(?:html|text)\"\s*:|jsonfeed\.org/version")


def looks_like_json_feed(head: bytes) -> bool:
    """Return whether the first bytes of a JSON document are those of a JSON Feed.

    Example:
      >>> looks_like_json_feed(b'{"version": "https://jsonfeed.org/version/1.1", "items": []}')
      True
      >>> looks_like_json_feed(b'{"title": "Pasar", "text": "Harga naik."}')
      False
    """
    items = _ITEMS.search(head)
    if items is None:
        return b"jsonfeed.org/version" in head[:4_096]
    return bool(_BEFORE.search(head, 0, items.start()) or _WITHIN.search(head, items.end()))


def parse_json_feed(
    data: bytes, origin: Origin, limits: InputLimits
) -> Iterator[SourceItem | Reject]:
    """Return a JSON Feed's entries.

    Args:
      data: The whole feed, decoded by its byte order mark where it has one.
      origin: Where it came from.
      limits: For what a reject keeps.

    Returns:
      One item or reject an entry. After MAX_ENTRIES one reject stands for the rest.

    Raises:
      RejectedRecord: "bad_feed": it is not JSON, or not a JSON Feed.
    """
    try:
        feed = loads(plain_head(data))
    except ValueError as error:
        raise RejectedRecord("bad_feed", f"not JSON: {error}") from error
    if not _is_feed(feed):
        raise RejectedRecord("bad_feed", "a JSON object, but not a JSON Feed")
    entries = feed["items"]
    base = feed_base(origin.fetched_from, _string(feed, "feed_url"), _string(feed, "home_page_url"))
    home = absolute_link(_string(feed, "home_page_url"), base)
    rows: list[SourceItem | Reject] = []
    for number, entry in enumerate(entries[:MAX_ENTRIES]):
        raw = _encode(entry)
        if isinstance(entry, dict):
            rows.append(_item(entry, raw, feed, (base, home), origin))
        else:
            rejection = RejectedRecord("not_an_object", "an entry without fields")
            rows.append(reject("read", rejection, origin.uri, f"item {number + 1}", raw, limits))
    yield from identify_entries(rows, home)
    if len(entries) > MAX_ENTRIES:
        yield surplus_entries(_encode(entries[MAX_ENTRIES:]), origin, limits)


def _encode(value: object) -> bytes:
    """Return a part of a feed as JSON."""
    # Not orjson: it has no integers over 64 bits, which feeds hold as ids.
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def _is_feed(feed: object) -> bool:
    """Return whether a document is a JSON Feed, by its version, or without one by its fields."""
    if not isinstance(feed, dict) or not isinstance(feed.get("items"), list):
        return False
    version = feed.get("version")
    if version is not None and _VERSION.fullmatch(str(version)):
        return True
    if _FEED_ADDRESSES & feed.keys():
        return True
    return any(
        isinstance(entry, dict) and _ENTRY_IDS & entry.keys() and _TEXTS & entry.keys()
        for entry in feed["items"]
    )


def _item(
    entry: dict[str, Any],
    raw: bytes,
    feed: dict[str, Any],
    addresses: tuple[str | None, str | None],
    origin: Origin,
) -> SourceItem:
    """Return an entry by the names of version 1.1, and 1.0's `author`."""
    texts = {name: _string(entry, name) for name in ("content_html", "content_text", "summary")}
    names = [name for name, text in texts.items() if text]
    bodies = [Body(str(texts[name]), name == "content_html") for name in names]
    name = names[fullest(bodies)] if bodies else ""
    content = texts.get(name) or ""
    people = entry.get("authors") or entry.get("author") or feed.get("authors")
    return SourceItem(
        source=origin.source,
        source_uri=origin.uri,
        source_record_id=_string(entry, "id") or _string(entry, "url") or "",
        kind="feed",
        raw=raw,
        content=content,
        content_type="fragment" if name == "content_html" else content_type_of(content),
        url=_link(entry, *addresses),
        headline=_string(entry, "title"),
        description=None if name == "summary" else texts["summary"],
        authors=_names(people or feed.get("author")),
        date_published=_string(entry, "date_published") or _string(entry, "date_modified"),
        date_modified=_string(entry, "date_modified") if entry.get("date_published") else None,
        other_dates=_other_dates(entry),
        keywords=_tags(entry.get("tags")),
        in_language=_string(entry, "language") or _string(feed, "language"),
        publisher_name=_string(feed, "title"),
        feed_url=feed_url(origin, feed.get("feed_url")),
        http_status=origin.http_status,
        date_fetched=origin.date_fetched,
    )


def _link(entry: Mapping[str, Any], base: str | None, home: str | None) -> str | None:
    """Return the entry's own address: its url, an id that is one, or what it is about."""
    name = _string(entry, "id") or ""
    found = absolute_link(_string(entry, "url"), base)
    if is_web(name) and (found is None or is_front(found, home)):
        return name
    return found or absolute_link(_string(entry, "external_url"), base)


def _other_dates(entry: Mapping[str, Any]) -> tuple[str, ...]:
    modified = _string(entry, "date_modified")
    return (modified,) if modified and entry.get("date_published") else ()


def _string(fields: Mapping[str, Any], name: str) -> str | None:
    value = fields.get(name)
    if isinstance(value, str):
        return value or None
    # Ids are strings by the standard, and numbers in the wild.
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _tags(tags: object) -> tuple[str, ...]:
    members = tags.split(",") if isinstance(tags, str) else tags
    stated = members if isinstance(members, list) else []
    return tuple(tag.strip() for tag in stated if isinstance(tag, str) and tag.strip())


def _names(people: object) -> tuple[str, ...]:
    """Return names of people given as objects, texts, or a list of either."""
    members = people if isinstance(people, list) else [people]
    names = (
        member if isinstance(member, str) else _string(member, "name")
        for member in members
        if isinstance(member, str | dict)
    )
    return tuple(dict.fromkeys(name for name in names if name))
