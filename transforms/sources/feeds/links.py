"""Where the entries of a feed lead, and which of them are articles of their own."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import cast
from urllib.parse import urljoin, urlsplit

from warta.transforms.core.ids import hash_words, normalise
from warta.transforms.core.records import Reject, SourceItem
from warta.transforms.core.urls import canonical_url
from warta.transforms.sources.streams import is_web

_HOST_FIRST = re.compile(r"([a-z0-9-]+(?:\.[a-z0-9-]+)+)(?::\d{1,5})?(?=[/?#]|\Z)", re.I)


def feed_base(*addresses: str | None) -> str | None:
    """Return the address that the links of a feed are relative to.

    Args:
      addresses: From the weakest to the strongest: where it was fetched, what it calls itself,
        the site that it speaks for. Each may be relative to those before it; None: not known.

    Example:
      >>> feed_base("https://umpan.example/kabar.xml", None, "https://kabar.example/berita/")
      'https://kabar.example/berita/'
    """
    base: str | None = None
    for address in addresses:
        joined = absolute_link(address, base)
        base = joined or base
    return base


def absolute_link(link: str | None, base: str | None) -> str | None:
    """Return a link as an address of the web; None for anything else.

    Args:
      link: As the feed has it, maybe relative, or a host without its scheme.
      base: What it is relative to.

    Example:
      >>> absolute_link("/berita/1", "https://kabar.example/umpan/rss.xml")
      'https://kabar.example/berita/1'
      >>> absolute_link("urn:uuid:6e8bc430", "https://kabar.example/")
    """
    link = (link or "").strip()
    if not link:
        return None
    try:
        return _joined(link, base)
    except ValueError:
        # What urllib says of brackets and ports that are none.
        return None


def _joined(link: str, base: str | None) -> str | None:
    parts, root = urlsplit(link), urlsplit(base or "")
    if is_web(link):
        return link
    if link.startswith("//"):
        return f"{root.scheme or 'https'}:{link}"
    host = _HOST_FIRST.match(link)
    if host and host[1].lower().removeprefix("www.") == (root.hostname or "").removeprefix("www."):
        return f"https://{link}"
    if host and host[1].lower().startswith("www."):
        return f"https://{link}"
    joined = urljoin(base, link) if base and not parts.scheme else ""
    return joined if is_web(joined) else None


def identify_entries(
    records: Iterable[SourceItem | Reject], home: str | None
) -> list[SourceItem | Reject]:
    """Return the entries of a feed, with an identity where a link does not name one article.

    An address distinguishes articles unless it is the site's front page, or several entries have it
    that are different ones by their ids or fragments, or without these by their headlines. Two
    with one headline at the same place are versions of one article.

    Args:
      records: All entries of the feed, in its order.
      home: The site's address: a link to it names no article.
    """
    found = list(records)
    front = _page(home or "")
    by_page: dict[str, list[int]] = defaultdict(list)
    for number, record in enumerate(found):
        if isinstance(record, SourceItem) and (page := _page(record.url or "")):
            by_page[page].append(number)
    for page, numbers in by_page.items():
        at_front = _is_front_page(page, front)
        if len(numbers) < 2 and not at_front:
            continue
        items = [cast(SourceItem, found[number]) for number in numbers]
        names = _names(items, page)
        if at_front or len(set(names)) > 1:
            for number, item, name in zip(numbers, items, names, strict=True):
                found[number] = replace(item, identity=name)
    return found


def is_front(url: str, home: str | None) -> bool:
    """Return whether an address is a site's front page, or the one that a feed names as its site.

    Example:
      >>> is_front("https://kabar.example/?utm_source=rss", None)
      True
      >>> is_front("https://kabar.example/?p=12", "https://kabar.example/")
      False
    """
    page = _page(url)
    return page is not None and _is_front_page(page, _page(home or ""))


def _is_front_page(page: str, front: str | None) -> bool:
    return page == front or (not urlsplit(page).path.strip("/") and "?" not in page)


def _page(url: str) -> str | None:
    return canonical_url(url) if url else None


def _names(items: Sequence[SourceItem], page: str) -> list[str]:
    """Return what names each of the entries that lead to one page."""
    by_headline: dict[tuple[str, str], str] = {}
    names = []
    for item in items:
        fragment = (item.url or "").partition("#")[2]
        name = item.source_record_id
        if not name or ("#" not in name and _page(absolute_link(name, item.url) or "") == page):
            # An id that is the link itself, or none.
            content = item.content if isinstance(item.content, str) else ""
            name = fragment or item.headline or hash_words(normalise(content))
        if item.headline:
            name = by_headline.setdefault((fragment, item.headline.casefold()), name)
        names.append(name)
    return names
