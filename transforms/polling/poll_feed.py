"""One feed, asked once: what its server answers, what of it is new, what is remembered."""

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Reject, Source, SourceItem
from warta.transforms.core.rejections import RejectedRecord
from warta.transforms.core.storage import public_uri
from warta.transforms.polling.robots import is_reserved
from warta.transforms.polling.schedule import freshness, retry_after, stated_period
from warta.transforms.polling.sitemap import read_sitemap
from warta.transforms.polling.state import (
    Failed,
    FeedState,
    SeenEntry,
    Taken,
    digest,
    hash_source,
    renew,
)
from warta.transforms.sources.feeds.entries import Feed, Origin
from warta.transforms.sources.feeds.feed import read_feed
from warta.transforms.sources.http.addresses import RefusedByRule
from warta.transforms.sources.http.client import Answer, Client, with_password_of

SITEMAP = "sitemap"
"""A source of this kind is a news sitemap; any other that is followed is a feed."""
_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)
_NO_FEED = ("image/", "audio/", "video/", "font/")
_NO_FEEDS = ("application/pdf", "application/zip", "application/javascript", "text/css")
_PATIENCE = (429, 503)

Key = Callable[[str], str | None]
"""Returns the canonical form of a URL; None where it has none."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A record that a feed shows and that was not known, or not with these words."""

    record: SourceItem | Reject
    seen: SeenEntry
    known: SeenEntry | None = None
    """As it was remembered: the same entry with other words, or one whose page is still missing."""


@dataclass(frozen=True, slots=True)
class Polled:
    """What came of one poll."""

    source: Source
    state: FeedState
    """As it was before."""
    taken: Taken | None
    """None: it failed."""
    failed: Failed | None = None
    fresh: tuple[Entry, ...] = ()
    known: tuple[SeenEntry, ...] = ()
    """Entries shown that are remembered with the same words."""
    repeated: int = 0
    """Entries that the answer shows more than once."""
    is_empty: bool = False
    """The answer is a feed without an entry."""


@dataclass(slots=True)
class Poller:
    """Polls feeds.

    Args:
      client: Asks.
      limits: Of a feed.
      key: Names an entry by its link.
      clock: The time.
    """

    client: Client
    limits: InputLimits
    key: Key
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    _parser: ThreadPoolExecutor = field(
        # Parsing takes a hostile feed seconds, in which the others must be heard. One thread: two
        # would be no faster.
        default_factory=lambda: ThreadPoolExecutor(1, "parse")
    )

    async def poll(self, source: Source, state: FeedState) -> Polled:
        """Ask for a feed, unless it is as it was; whatever goes wrong is the poll's outcome."""
        try:
            answer = await self._ask(source, state)
            status = answer.status
            if status == 304 or (200 <= status < 300 and self._is_same(answer, state)):
                return Polled(source, state, self._unchanged(answer, state))
            if not 200 <= status < 300:
                return Polled(source, state, None, self._refusal(answer))
            if source.obey_reservations and is_reserved(answer.headers, b""):
                detail = (
                    "reserved from text and data mining (tdm-reservation); "
                    "obey_reservations = false in its [[source]] reads it"
                )
                raise RefusedByRule("fetch_refused", detail)
            if not answer.body:
                raise RejectedRecord("empty", "an answer without a body")
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._parser, self._take, source, state, answer)
        except RejectedRecord as rejection:
            failed = Failed(str(rejection), by_rule=isinstance(rejection, RefusedByRule))
            return Polled(source, state, None, failed)

    def close(self) -> None:
        """End the parser's thread."""
        self._parser.shutdown(wait=True)

    async def _ask(self, source: Source, state: FeedState) -> Answer:
        url = source.location
        if state.moved_to:
            url = with_password_of(state.moved_to, source.location)
        asked = {"If-None-Match": state.etag, "If-Modified-Since": state.last_modified}
        return await self.client.get(
            url,
            accept=_ACCEPT,
            allow_private=source.allow_private,
            headers={name: value for name, value in asked.items() if value},
            wanted=_may_be_a_feed,
            max_bytes=self.limits.max_record_bytes,
        )

    def _is_same(self, answer: Answer, state: FeedState) -> bool:
        return bool(answer.body) and _sha(answer.body) == state.body_sha256

    def _unchanged(self, answer: Answer, state: FeedState) -> Taken:
        return Taken(
            answer.status,
            freshness(answer.headers, self.clock()),
            etag=_header(answer, "etag") or state.etag,
            last_modified=_header(answer, "last-modified") or state.last_modified,
            body_sha256=state.body_sha256,
            moved_to=answer.moved_to and public_uri(answer.moved_to),
        )

    def _refusal(self, answer: Answer) -> Failed:
        retry_s = retry_after(answer.headers.get("retry-after"), self.clock())
        return Failed(
            f"http_error: status {answer.status}",
            answer.status,
            retry_s,
            gone=answer.status == 410,
            host_wide=answer.status in _PATIENCE and retry_s is not None,
        )

    def _take(self, source: Source, state: FeedState, answer: Answer) -> Polled:
        """Parse an answer, and separate its entries into known ones and others."""
        origin = Origin(
            source,
            state.feed_url,
            answer.status,
            answer.fetched_at,
            answer.charset,
            answer.url,
        )
        read = read_sitemap if source.kind == SITEMAP else read_feed
        feed: Feed = read(answer.body, origin, self.limits)
        remembered = {(entry.key, entry.words): entry for entry in state.seen}
        by_key = {entry.key: entry for entry in state.seen}
        fresh: list[Entry] = []
        known: list[SeenEntry] = []
        shown: set[tuple[int, int]] = set()
        repeated = 0
        for record in feed.records:
            seen = self._name(record)
            if (seen.key, seen.words) in shown:
                repeated += 1
                continue
            shown.add((seen.key, seen.words))
            same = remembered.get((seen.key, seen.words))
            if same is not None and (same.has_page or not same.page_tries):
                known.append(same)
            else:
                fresh.append(Entry(record, seen, same or by_key.get(seen.key)))
        taken = Taken(
            answer.status,
            freshness(answer.headers, self.clock()),
            period_s=stated_period(feed.ttl, feed.update_period, feed.update_frequency),
            etag=_header(answer, "etag"),
            last_modified=_header(answer, "last-modified"),
            body_sha256=_sha(answer.body),
            moved_to=answer.moved_to and public_uri(answer.moved_to),
        )
        is_empty = not shown
        return Polled(source, state, taken, None, tuple(fresh), tuple(known), repeated, is_empty)

    def _name(self, record: SourceItem | Reject) -> SeenEntry:
        """Return the names of an entry and of its words, without id and date, which change."""
        if isinstance(record, Reject):
            text = record.raw.decode("utf-8", "replace")
            return SeenEntry(digest("reject", record.source_record_id), digest(text))
        content = record.content if isinstance(record.content, str) else ""
        changed = "" if content else record.date_modified or ""
        words = (record.headline or "", record.description or "", content, changed)
        link = record.url and (self.key(record.url) or record.url)
        if link:
            # http and https of one page are one page.
            page = link.partition("://")[2] or link
            named = ("entry", page, record.identity) if record.identity else ("link", page)
            return SeenEntry(digest(*named), digest(*words))
        return SeenEntry(digest("words", *words), digest(*words))


def host_of(url: str) -> str:
    """Return the host of a URL, in lower case; "" where it has none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def due(
    sources: Sequence[Source],
    states: Mapping[str, FeedState],
    now: datetime,
    *,
    at_once: bool = False,
) -> list[tuple[Source, FeedState]]:
    """Return the feeds that may be polled now, the longest overdue first, each with its state.

    A feed whose config was changed since its last poll is due; nobody asks a host that wants no
    request for now (Retry-After).

    Args:
      sources: The feeds that are followed.
      states: By feed_url; a feed without one was never polled.
      now: Aware.
      at_once: Every feed is due, whenever it was polled.
    """
    waiting = _waiting_hosts(states, now)
    found = []
    for source in sources:
        state = state_of(source, states)
        if at_once:
            state = replace(state, next_poll_at=None, stopped_at=None)
        if state.is_due(now) and host_of(state.moved_to or state.feed_url) not in waiting:
            found.append((source, state))
    return sorted(found, key=lambda one: one[1].next_poll_at or _NEVER)


def state_of(source: Source, states: Mapping[str, FeedState]) -> FeedState:
    """Return the state of a feed, renewed where its config was changed since its last poll."""
    url = public_uri(source.location)
    state = states.get(url) or FeedState(url)
    stated = hash_source(source)
    if state.source_hash not in (None, stated):
        state = renew(state)
    return replace(state, name=source.name, source_hash=stated)


def next_due_at(
    sources: Sequence[Source], states: Mapping[str, FeedState], now: datetime
) -> datetime | None:
    """Return when the first feed is due.

    Args:
      sources: The feeds that are followed.
      states: What is known of them, by URL.
      now: Of the poll cycle.

    Returns:
      `now` or the past where one is due; None where none ever will be.
    """
    waiting = _waiting_hosts(states, now)
    times = []
    for source in sources:
        state = state_of(source, states)
        if state.stopped_at is None:
            host = host_of(state.moved_to or state.feed_url)
            times.append(max(state.next_poll_at or now, waiting.get(host, now)))
    return min(times, default=None)


def _waiting_hosts(states: Mapping[str, FeedState], now: datetime) -> dict[str, datetime]:
    """Return the hosts that want no request for now, and until when."""
    waiting: dict[str, datetime] = {}
    for state in states.values():
        until = state.host_retry_at
        if until is not None and until > now:
            host = host_of(state.moved_to or state.feed_url)
            waiting[host] = max(until, waiting.get(host, until))
    return waiting


_NEVER = datetime.min.replace(tzinfo=UTC)


def _may_be_a_feed(media_type: str) -> bool:
    return not media_type.startswith(_NO_FEED) and media_type not in _NO_FEEDS


def _header(answer: Answer, name: str) -> str | None:
    """Return a validator of at most the length that one is remembered with."""
    value = answer.headers.get(name, "")
    return value if value and len(value) <= 1_000 and value.isprintable() else None


def _sha(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
