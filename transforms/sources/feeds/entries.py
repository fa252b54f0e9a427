"""What feeds of every kind have in common: where they came from, their entries, their texts."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Reject, Source, SourceItem
from warta.transforms.core.rejections import RejectedRecord, reject
from warta.transforms.core.storage import public_uri
from warta.transforms.sources.streams import is_web

MAX_ENTRIES = 10_000
"""Entries taken of one feed. Real ones hold 10 to 1,000."""
_NEAR_SHARE = 0.9
"""HTML with so much of the longest text's letters is taken in its place: it has paragraphs."""
_TAG = re.compile(r"<[^<>]{0,2000}>")


class Origin(NamedTuple):
    """Where a feed came from, for its entries to carry."""

    source: Source
    uri: str
    http_status: int | None = None
    date_fetched: datetime | None = None
    charset: str | None = None
    """What the server says of the encoding."""
    address: str | None = None
    """Where redirects led, if it was fetched."""

    @property
    def fetched_from(self) -> str | None:
        """Return the address that the feed's own is relative to; None for a file."""
        return self.address or (self.uri if is_web(self.uri) else None)


class Feed(NamedTuple):
    """A feed's entries, and what it says of its own updates, as written."""

    records: Iterator[SourceItem | Reject]
    ttl: str | None = None
    """RSS: minutes."""
    update_period: str | None = None
    update_frequency: str | None = None
    """sy:updatePeriod, sy:updateFrequency (RSS 1.0's module syndication)."""


class Body(NamedTuple):
    """One of the texts that an entry brings."""

    value: str
    is_html: bool


def fullest(bodies: Sequence[Body]) -> int:
    """Return the index of the text with most to read; HTML where it has nearly as much.

    Letters are counted without markup and blanks, of which a plain text may be full.

    Example:
      >>> fullest([Body("Panen raya." + " " * 99, False), Body("<p>Panen raya.</p>", True)])
      1
    """
    if len(bodies) == 1:
        return 0
    letters = [len("".join(_TAG.sub("", body.value).split())) for body in bodies]
    most = max(letters)
    for number, body in enumerate(bodies):
        if body.is_html and letters[number] >= _NEAR_SHARE * most:
            return number
    return letters.index(most)


def feed_url(origin: Origin, stated: object) -> str | None:
    """Return the feed's address: where it was fetched, else what it calls itself."""
    if is_web(origin.uri):
        return origin.uri
    return public_uri(stated) if isinstance(stated, str) and stated else None


def surplus_entries(raw: bytes, origin: Origin, limits: InputLimits) -> Reject:
    """Return the reject for all entries after the first MAX_ENTRIES."""
    rejection = RejectedRecord("too_large", f"entries after the first {MAX_ENTRIES} of the feed")
    return reject("read", rejection, origin.uri, f"item {MAX_ENTRIES + 1}", raw, limits)
