"""What is remembered of a feed from one poll to the next, and how a poll changes it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec

from warta.transforms.core.records import Source
from warta.transforms.core.storage import public_uri
from warta.transforms.polling.schedule import (
    PollSchedule,
    backoff,
    interval,
    next_poll,
    observed_gap,
)

MAX_ENTRIES = 300
"""Entries remembered of one feed, newest first; what it shows is always remembered."""
MAX_TRIES = 3
"""Failures of one page before it is given up."""
_MOVED_BACK = 3
"""Failures in a row at the place a feed moved to, and it is asked at its old place again."""


_CLOCK_SLACK = timedelta(hours=1)
"""Clocks are set back by so much without a feed being polled before its time."""


@dataclass(frozen=True, slots=True)
class SeenEntry:
    """One entry that a feed has shown."""

    key: int
    """64 bits of what names it: its canonical link, else its id, else its words."""
    words: int
    """64 bits of its words: others mean that it was changed."""
    page_tries: int = 0
    has_page: bool = False
    """Its page was fetched, by this feed or another, or was given up."""


@dataclass(frozen=True, slots=True)
class FeedState:
    """A feed as the polls so far have shown it: a row of the lake's table `feeds`."""

    feed_url: str
    """As the user named it, without user name and password."""
    name: str = ""
    moved_to: str | None = None
    """Where it moved for good."""
    etag: str | None = None
    last_modified: str | None = None
    body_sha256: str | None = None
    """Of its last answer that was taken whole."""
    first_polled_at: datetime | None = None
    polled_at: datetime | None = None
    succeeded_at: datetime | None = None
    new_entry_at: datetime | None = None
    """When a poll last brought an entry that was not known."""
    next_poll_at: datetime | None = None
    """None: at once."""
    stopped_at: datetime | None = None
    """When its server said that it is gone for good (410)."""
    http_status: int | None = None
    error: str | None = None
    """Why the last poll failed; None: it did not."""
    error_streak: int = 0
    entry_gap_s: float | None = None
    """Mean time between two new entries."""
    interval_s: float = 0.0
    """Least time to the next poll, as it was after the last one."""
    period_s: float | None = None
    """Time between updates that the feed itself states."""
    wish_s: float | None = None
    """Least time between polls that feed and server state."""
    host_retry_at: datetime | None = None
    """Until when its host wants no request at all (Retry-After)."""
    polls: int = 0
    entries: int = 0
    """New entries in all."""
    seen: tuple[SeenEntry, ...] = ()
    source_hash: str | None = None
    """Of what its config says of requests (see `hash_source`); another means it was changed."""

    def is_due(self, now: datetime) -> bool:
        """Return whether it may be polled."""
        return self.stopped_at is None and (self.next_poll_at is None or self.next_poll_at <= now)


@dataclass(frozen=True, slots=True)
class Taken:
    """A poll that succeeded: an answer that was taken, or none where nothing has changed."""

    http_status: int
    fresh_s: float | None = None
    """How long the answer is fresh by its headers."""
    period_s: float | None = None
    """What the feed says of its updates."""
    etag: str | None = None
    last_modified: str | None = None
    body_sha256: str | None = None
    moved_to: str | None = None
    shown: tuple[SeenEntry, ...] = ()
    """What the answer showed; empty where nothing has changed."""
    new: int = 0
    whole: bool = True
    """False: some entries are left for the next poll, which must get the same answer again."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A poll that failed."""

    reason: str
    http_status: int | None = None
    retry_s: float | None = None
    """The server's Retry-After."""
    gone: bool = False
    """For good: 410."""
    host_wide: bool = False
    """The server asks for patience with all of it (429, 503), not with this feed."""
    by_rule: bool = False
    """Refused by a rule of warta's: the server has done nothing wrong."""


def after_success(
    state: FeedState, taken: Taken, now: datetime, schedule: PollSchedule, chance: float
) -> FeedState:
    """Return the state of a feed after a poll that succeeded.

    Args:
      state: Before.
      taken: What the poll brought.
      now: When.
      schedule: The limits of polling.
      chance: A random number of [0, 1).
    """
    since = state.polled_at or now
    quiet_since = state.new_entry_at or state.first_polled_at or now
    gap_s = state.entry_gap_s
    if state.succeeded_at is not None:
        gap_s = observed_gap(
            gap_s,
            elapsed_s=(now - since).total_seconds(),
            new=taken.new,
            quiet_s=(now - quiet_since).total_seconds(),
            schedule=schedule,
        )
    period_s = taken.period_s if taken.shown else state.period_s
    wish_s = max((one for one in (taken.fresh_s, period_s) if one is not None), default=None)
    interval_s = interval(gap_s, wish_s, schedule)
    if not taken.whole:
        interval_s = max(schedule.min_interval_s, wish_s or 0.0)
    return replace(
        state,
        moved_to=taken.moved_to or state.moved_to,
        etag=taken.etag if taken.whole else None,
        last_modified=taken.last_modified if taken.whole else None,
        body_sha256=taken.body_sha256 if taken.whole else None,
        first_polled_at=state.first_polled_at or now,
        polled_at=now,
        succeeded_at=now,
        new_entry_at=now if taken.new else state.new_entry_at,
        next_poll_at=next_poll(now, interval_s, schedule, chance),
        stopped_at=None,
        http_status=taken.http_status,
        error=None,
        error_streak=0,
        entry_gap_s=gap_s,
        interval_s=interval_s,
        period_s=period_s,
        wish_s=wish_s,
        host_retry_at=None,
        polls=state.polls + 1,
        entries=state.entries + taken.new,
        seen=remember(taken.shown, state.seen) if taken.shown else state.seen,
    )


def after_failure(
    state: FeedState, failed: Failed, now: datetime, schedule: PollSchedule, chance: float
) -> FeedState:
    """Return the state of a feed after a poll that failed.

    Args:
      state: Before.
      failed: Why, and what the server says of the next one.
      now: When.
      schedule: The limits of polling.
      chance: A random number of [0, 1).
    """
    usual_s = interval(state.entry_gap_s, state.wish_s, schedule)
    streak, wait_s = 0, usual_s
    if not failed.by_rule:
        streak = state.error_streak + 1
        wait_s = max(backoff(usual_s, streak, schedule), failed.retry_s or 0.0)
    until = now + timedelta(seconds=failed.retry_s) if failed.retry_s else None
    return replace(
        state,
        moved_to=None if streak >= _MOVED_BACK else state.moved_to,
        first_polled_at=state.first_polled_at or now,
        polled_at=now,
        next_poll_at=next_poll(now, wait_s, schedule, chance),
        stopped_at=now if failed.gone else None,
        http_status=failed.http_status,
        error=failed.reason,
        error_streak=streak,
        interval_s=wait_s,
        host_retry_at=until if failed.host_wide else state.host_retry_at,
        polls=state.polls + 1,
    )


def hash_source(source: Source) -> str:
    """Return a hash of what a config says of a feed's requests.

    Of a user name and password it holds 16 bits: enough to see a change, too few to guess by.
    """
    credentials = urlsplit(source.location).netloc.rpartition("@")[0]
    stated = (
        public_uri(source.location),
        source.kind,
        source.allow_private,
        source.fetch_pages,
        source.obey_reservations,
    )
    hashed = hashlib.blake2b(repr(stated).encode("utf-8", "surrogatepass"), digest_size=8)
    secret = hashlib.blake2b(credentials.encode("utf-8", "surrogatepass"), digest_size=2)
    return hashed.hexdigest() + secret.hexdigest()


def renew(state: FeedState) -> FeedState:
    """Return a feed whose config was changed: due at once, and read as if it had changed.

    Its failures are forgotten. What it has shown is not: only pages that were given up are asked
    for again.
    """
    seen = tuple(
        replace(entry, page_tries=1, has_page=False) if entry.page_tries >= MAX_TRIES else entry
        for entry in state.seen
    )
    return replace(
        state,
        moved_to=None,
        etag=None,
        last_modified=None,
        body_sha256=None,
        next_poll_at=None,
        stopped_at=None,
        error_streak=0,
        seen=seen,
    )


def forget_future(state: FeedState, now: datetime) -> FeedState:
    """Return a feed without times that a wrong clock set: polled in the future, it is due at once.

    A machine whose clock was years ahead for a moment would else not poll it for years.
    """
    if state.polled_at is None or state.polled_at <= now + _CLOCK_SLACK:
        return state
    return replace(state, polled_at=None, succeeded_at=None, next_poll_at=None, host_retry_at=None)


def remember(shown: tuple[SeenEntry, ...], before: tuple[SeenEntry, ...]) -> tuple[SeenEntry, ...]:
    """Return what a feed shows, then what it showed before, as far as that is kept."""
    now = {(entry.key, entry.words): entry for entry in shown}
    keys = {entry.key for entry in shown}
    older = [entry for entry in before if entry.key not in keys]
    return (*now.values(), *older[: max(0, MAX_ENTRIES - len(now))])


def digest(*parts: str) -> int:
    """Return 64 signed bits of texts, the same on every machine."""
    hashed = hashlib.blake2b(digest_size=8)
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")
        hashed.update(len(encoded).to_bytes(8, "big"))
        hashed.update(encoded)
    return int.from_bytes(hashed.digest(), "big", signed=True)


def to_row(state: FeedState) -> dict[str, Any]:
    """Return a state as a row of the table `feeds`."""
    row: dict[str, Any] = msgspec.to_builtins(state, builtin_types=(datetime,))
    return row


def from_row(row: Mapping[str, Any]) -> FeedState:
    """Return the state of a row of `feeds`; what it does not have keeps its default."""
    known = {name: value for name, value in row.items() if value is not None}
    return msgspec.convert(known, FeedState)
