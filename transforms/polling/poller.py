"""All feeds that are due, polled side by side, a host's one after the other."""

import asyncio
import logging
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Reject, Source, SourceItem
from warta.transforms.core.storage import one_line
from warta.transforms.polling.pages import Finished, Pages
from warta.transforms.polling.poll_feed import Key, Polled, Poller, host_of
from warta.transforms.polling.schedule import PollSchedule
from warta.transforms.polling.state import (
    Failed,
    FeedState,
    SeenEntry,
    after_failure,
    after_success,
)
from warta.transforms.sources.http.client import Client, RequestPolicy

_log = logging.getLogger(__name__)

Due = tuple[Source, FeedState]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of polling one feed, and of its pages."""

    source: Source
    state: FeedState
    """As it is from now on."""
    result: str
    """new, unchanged, failed, or refused by a rule of warta's."""
    new: int = 0
    """Entries that were not known."""
    handed_on: int = 0
    """Records given to the graph."""
    known: int = 0
    """Entries shown that need nothing more."""
    pages: Counter[str] = field(default_factory=Counter)
    """By what came of them: fetched, failed, refused, known."""
    seconds: float = 0.0
    is_empty: bool = False
    """The feed has no entry."""
    is_first_failure: bool = False
    """It failed, and not for the same reason the time before."""


@dataclass(frozen=True, slots=True)
class PollConfig:
    """How feeds are polled."""

    policy: RequestPolicy
    limits: InputLimits
    key: Key
    """Returns a link's canonical form, by which an entry is known again."""
    schedule: PollSchedule = field(default_factory=PollSchedule)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    max_bytes: int = 96 << 20
    """Of records: when so much was taken, what is left waits for the next cycle."""
    strict: bool = False
    """Raise defects."""


async def poll_all(
    due: Sequence[Due],
    states: Sequence[FeedState],
    config: PollConfig,
    take: Callable[[SourceItem | Reject], None],
    report: Callable[[Outcome], None],
    may_go_on: Callable[[], bool],
) -> list[Outcome]:
    """Poll feeds and fetches the pages of what is new in them.

    Args:
      due: The feeds to poll, in this order as far as their hosts allow.
      states: All feeds that are known: an entry whose page one of them has is not fetched again.
      config: How.
      take: Is given every record that is new.
      report: Called with every feed that was polled.
      may_go_on: False ends it early: what is under way is finished, and nothing more is started.

    Returns:
      One outcome a feed that was polled.
    """
    async with Client(config.policy) as client:
        work = _Work(client, config, take, report, may_go_on, _paged(states))
        by_host: dict[str, list[Due]] = defaultdict(list)
        for source, state in due:
            by_host[host_of(state.moved_to or state.feed_url)].append((source, state))
        tasks = [asyncio.create_task(work.follow(host, feeds)) for host, feeds in by_host.items()]
        try:
            await asyncio.gather(*tasks)
        finally:
            # One that fails, as on a full disk, stops the others.
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            work.poller.close()
        return work.outcomes


def _paged(states: Sequence[FeedState]) -> set[int]:
    return {entry.key for state in states for entry in state.seen if entry.has_page}


class _Work:
    """One poll cycle."""

    def __init__(
        self,
        client: Client,
        config: PollConfig,
        take: Callable[[SourceItem | Reject], None],
        report: Callable[[Outcome], None],
        may_go_on: Callable[[], bool],
        paged: set[int],
    ) -> None:
        self._client, self._config, self._take, self._report = client, config, take, report
        self._goes_on = may_go_on
        self._bytes = 0
        self._taking = False
        # A feed in hand is asked for, or waits to be parsed: its bytes are in memory.
        self._in_hand = asyncio.Semaphore(config.policy.connections)
        self.poller = Poller(client, config.limits, config.key, config.clock)
        self._pages = Pages(client, config.limits, self._may_go_on, paged.__contains__)
        self.outcomes: list[Outcome] = []

    def _may_go_on(self) -> bool:
        return self._bytes < self._config.max_bytes and self._goes_on()

    async def follow(self, host: str, feeds: Sequence[Due]) -> None:
        """Poll the feeds of one host, one after the other."""
        blocked_until: datetime | None = None
        for source, state in feeds:
            await self._client.hosts.pause(host)
            if not self._may_go_on() or blocked_until is not None:
                # They stay due; a host that wants patience has said to one of its feeds until when.
                return
            outcome = await self._poll(source, state)
            blocked_until = outcome.state.host_retry_at
            self.outcomes.append(outcome)
            self._report(outcome)

    async def _poll(self, source: Source, state: FeedState) -> Outcome:
        started = time.monotonic()
        try:
            async with self._in_hand:
                polled = await self.poller.poll(source, state)
            outcome = await self._finish(source, state, polled)
        except Exception as bug:
            if self._config.strict or self._taking:
                raise
            # One feed must not stop all others for months.
            _log.error("a defect in polling %s", state.feed_url, exc_info=bug)
            failed = Failed(f"internal_error: {type(bug).__name__}: {one_line(bug)}")
            outcome = self._failed(source, state, failed)
        return replace(outcome, seconds=time.monotonic() - started)

    def _failed(self, source: Source, state: FeedState, failed: Failed) -> Outcome:
        now = self._config.clock()
        after = after_failure(state, failed, now, self._config.schedule, _chance())
        result = "refused" if failed.by_rule else "failed"
        return Outcome(source, after, result, is_first_failure=state.error != after.error)

    async def _finish(self, source: Source, state: FeedState, polled: Polled) -> Outcome:
        if polled.taken is None:
            failed = polled.failed or Failed("internal_error: a poll without an outcome")
            return self._failed(source, state, failed)
        pages: Counter[str] = Counter()
        shown: list[SeenEntry] = []
        new = handed_on = 0
        known = len(polled.known) + polled.repeated
        whole = True
        # What waits for its page is in memory too.
        waiting = sum(_size(entry.record) for entry in polled.fresh)
        self._bytes += waiting
        for entry in polled.fresh:
            done = await self._pages.finish(source, entry)
            self._bytes -= _size(entry.record)
            if done.record is not None:
                self._hand_on(done)
                handed_on += 1
            known += done.page == "known"
            pages[done.page] += bool(done.page)
            whole = whole and done.is_whole
            if done.seen is not None:
                shown.append(done.seen)
                new += entry.known is None
        taken = replace(polled.taken, shown=(*shown, *polled.known), new=new, whole=whole)
        now = self._config.clock()
        after = after_success(state, taken, now, self._config.schedule, _chance())
        result = "new" if handed_on else "unchanged"
        counts = (new, handed_on, known, +pages)
        return Outcome(source, after, result, *counts, is_empty=polled.is_empty)

    def _hand_on(self, done: Finished) -> None:
        if done.record is not None:
            # What fails here is the sink, and not this feed.
            self._taking = True
            self._take(done.record)
            self._taking = False
            self._bytes += _size(done.record)


def _size(record: SourceItem | Reject) -> int:
    """Return the bytes that a record holds, roughly."""
    if isinstance(record, Reject):
        return len(record.raw)
    return len(record.raw) + len(record.content) + (len(record.page.content) if record.page else 0)


def _chance() -> float:
    return random.random()  # noqa: S311  jitter
