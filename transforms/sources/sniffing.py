"""Recognise what a file holds by its first unpacked bytes."""

import re

from warta.transforms.sources.feeds.json_feed import looks_like_json_feed
from warta.transforms.sources.json.head import looks_like_json, plain_head

HEAD_BYTES = 65_536
"""Unpacked bytes that are looked at."""

_FIRST_ELEMENT = re.compile(rb"<([a-z][a-z0-9]{0,20}:)?([a-z][a-z0-9]{0,20})[\s/>]", re.I)

_FEED_ELEMENTS = frozenset({b"rss", b"feed", b"rdf"})

_PAGE_ELEMENTS = frozenset({b"html", b"head", b"body"})

_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f]")


def is_warc(head: bytes) -> bool:
    """Return whether a WARC record begins here."""
    return _start(head)[:5].upper() == b"WARC/"


def is_feed(head: bytes) -> bool:
    """Return whether a feed begins here: RSS, Atom, RDF or JSON Feed."""
    if looks_like_json(head):
        start = plain_head(head).lstrip()
        return start.startswith(b"{") and looks_like_json_feed(start)
    return _first_element(head) in _FEED_ELEMENTS


def is_jsonl(head: bytes) -> bool:
    """Return whether objects of JSON begin here, or an array of them."""
    return looks_like_json(head)


def is_html(head: bytes) -> bool:
    """Return whether a page begins here."""
    is_declared = _start(head)[:14].lower() == b"<!doctype html"
    return is_declared or _first_element(head) in _PAGE_ELEMENTS


def is_text(head: bytes) -> bool:
    """Return whether this is UTF-8 without control characters, and neither markup nor code."""
    if _start(head)[:1] in (b"<", b"{"):
        # Also RTF and templates.
        return False
    # The last character may be cut in two.
    text = head.decode("utf-8", "ignore")
    is_readable = len(head) - len(text.encode()) <= 3
    return is_readable and _CONTROLS.search(text) is None


def _start(head: bytes) -> bytes:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()


def _first_element(head: bytes) -> bytes:
    start = _start(head)
    element = _FIRST_ELEMENT.search(start) if start.startswith(b"<") else None
    return element[2].lower() if element is not None else b""
