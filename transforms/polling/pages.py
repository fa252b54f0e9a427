"""The pages that a feed's entries lead to, fetched as far as their publishers allow it.

An entry's page is fetched once, and again when its words in the feed change; one that fails for the
moment is tried again when the feed is polled next, three times in all. What the feed says itself is
kept in any case.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import (
    FetchedPage,
    Reject,
    Source,
    SourceItem,
    page_alone,
)
from warta.transforms.core.rejections import RejectedRecord, reject
from warta.transforms.polling.poll_feed import SITEMAP, Entry
from warta.transforms.polling.robots import Robots, is_reserved
from warta.transforms.polling.state import MAX_TRIES, SeenEntry
from warta.transforms.sources.http.client import Answer, Client

MAX_FETCHES = 4
"""Requests for the page of one entry, however often its words change."""
_ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"
_PAGE_TYPES = ("", "text/html", "application/xhtml+xml")
_FOR_NOW = (408, 425, 429)
"""Statuses below 500 that pass (RFC 9110, 15.5; RFC 8470; RFC 6585)."""


@dataclass(frozen=True, slots=True)
class PageFailed:
    """Why a page is not there."""

    reason: str
    detail: str
    for_now: bool
    """It may pass: to be tried again."""


@dataclass(frozen=True, slots=True)
class Finished:
    """What becomes of an entry in this cycle."""

    record: SourceItem | Reject | None
    """What is handed on; None: nothing new."""
    seen: SeenEntry | None
    """How it is remembered; None: not at all, so that it comes again with the next poll."""
    page: str = ""
    """What came of its page: fetched, failed, refused, known; "" where none was wanted."""

    @property
    def is_whole(self) -> bool:
        """Return whether nothing of it is left for the next poll."""
        seen = self.seen
        return seen is not None and (seen.has_page or not 0 < seen.page_tries < MAX_TRIES)


@dataclass(slots=True)
class Pages:
    """Fetches pages for entries.

    Args:
      client: Asks.
      limits: Of a page, and of what a reject keeps.
      may_go_on: False: no further page is asked for, since the cycle is full or is to end.
      is_known: Whether the entry with this key has its page by another feed.
    """

    client: Client
    limits: InputLimits
    may_go_on: Callable[[], bool]
    is_known: Callable[[int], bool]
    _robots: Robots = field(init=False)
    _begun: set[int] = field(default_factory=set)
    """Keys of entries whose pages are fetched, or were, in this cycle."""

    def __post_init__(self) -> None:
        """Prepare the rules of sites, which are fetched once a poll cycle."""
        self._robots = Robots(self.client)

    async def finish(self, source: Source, entry: Entry) -> Finished:
        """Return what becomes of an entry, with its page where one is wanted and had."""
        record, known = entry.record, entry.known
        if isinstance(record, Reject) or not wants_page(source, record):
            return Finished(record, entry.seen)
        if self.is_known(entry.seen.key) and known is None:
            return Finished(None, replace(entry.seen, has_page=True), "known")
        tries = known.page_tries if known else 0
        if tries >= MAX_FETCHES:
            often = PageFailed("fetch_refused", f"asked for {tries} times already", False)
            return _without_page(entry, often, tries, self.limits)
        if not self.may_go_on():
            return Finished(None, known)
        if entry.seen.key in self._begun:
            # By another feed, which hands it on; or comes again if it fails.
            return Finished(None, known)
        self._begun.add(entry.seen.key)
        outcome = await self._fetch(source, str(record.url))
        if isinstance(outcome, PageFailed):
            return self._end(entry, outcome, tries)
        seen = replace(entry.seen, page_tries=tries + 1, has_page=True)
        return Finished(with_page(record, outcome), seen, "fetched")

    def _end(self, entry: Entry, failed: PageFailed, tries: int) -> Finished:
        if failed.for_now and tries + 1 < MAX_TRIES:
            seen = replace(entry.seen, page_tries=tries + 1)
            record = entry.record
            has_text = isinstance(record, SourceItem) and bool(record.content)
            is_new = entry.known is None or entry.known.words != entry.seen.words
            return Finished(record if has_text and is_new else None, seen, "failed")
        return _without_page(entry, failed, tries + 1, self.limits)

    async def _fetch(self, source: Source, url: str) -> FetchedPage | PageFailed:
        try:
            rules = await self._robots.rules(
                url,
                allow_private=source.allow_private,
                obey_reservations=source.obey_reservations,
            )
            forbidden = rules.refusal(url, obey_reservations=source.obey_reservations)
            if forbidden:
                return PageFailed("fetch_refused", forbidden, not rules.reachable)
            answer = await self.client.get(
                url,
                accept=_ACCEPT,
                allow_private=source.allow_private,
                wanted=_PAGE_TYPES.__contains__,
                max_bytes=self.limits.max_record_bytes,
            )
            return self._judge(source, answer)
        except RejectedRecord as rejection:
            for_now = rejection.reason in ("timeout", "http_error", "truncated")
            return PageFailed(rejection.reason, rejection.detail, for_now)
        except ValueError as error:
            # What urllib says of a link that only looks like one.
            return PageFailed("fetch_refused", str(error), False)

    def _judge(self, source: Source, answer: Answer) -> FetchedPage | PageFailed:
        if not 200 <= answer.status < 300:
            for_now = answer.status >= 500 or answer.status in _FOR_NOW
            return PageFailed("http_error", f"status {answer.status}", for_now)
        body = answer.body
        if source.obey_reservations and is_reserved(answer.headers, body):
            detail = "reserved from text and data mining (tdm-reservation)"
            return PageFailed("fetch_refused", detail, False)
        if not body:
            return PageFailed("empty", "a page without a body", True)
        return FetchedPage(body, answer.url, answer.charset, answer.status, answer.fetched_at)


def wants_page(source: Source, item: SourceItem) -> bool:
    """Return whether to fetch an entry's page: as the source says, or because it has no text."""
    if not item.url or item.identity:
        # What several entries lead to, or the front page, is the page of none of them.
        return False
    return source.fetch_pages or source.kind == SITEMAP


def with_page(item: SourceItem, page: FetchedPage) -> SourceItem:
    """Return an entry with its page; without a text of its own, the page is its text."""
    joined = replace(item, page=page)
    return joined if item.content else page_alone(joined)


def _without_page(entry: Entry, failed: PageFailed, tries: int, limits: InputLimits) -> Finished:
    """Return an entry without its page: with the feed's own text, if it has not come before."""
    seen = replace(entry.seen, page_tries=max(tries, MAX_TRIES), has_page=True)
    record = entry.record
    page = "refused"
    if not isinstance(record, SourceItem):
        return Finished(record, seen, page)
    if not record.content:
        rejection = RejectedRecord(failed.reason, f"its page: {failed.detail}")
        row = reject(
            "read", rejection, record.source_uri, record.source_record_id, record.raw, limits
        )
        return Finished(row, seen, page)
    is_new = entry.known is None or entry.known.words != entry.seen.words
    return Finished(record if is_new else None, seen, page)
