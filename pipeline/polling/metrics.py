"""What a watch counts, for Prometheus to fetch: `warta watch --metrics-port`."""

from collections.abc import Sequence
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from pipeline.polling.cycle import PollCycle
from transforms.core.errors import UsageError
from transforms.core.redaction import mask_secrets
from transforms.polling.poller import Outcome
from transforms.polling.state import FeedState

_CYCLE_S = (1, 5, 15, 30, 60, 120, 300, 600, 1_800)
_POLL_S = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """A watcher that counts."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self._polls = Counter(
            "warta_feed_polls", "Polls of feeds, by result", ["result"], registry=registry
        )
        self._poll_s = Histogram(
            "warta_feed_poll_seconds",
            "Time that a poll took, with the pages of its entries",
            buckets=_POLL_S,
            registry=registry,
        )
        self._entries = Counter(
            "warta_entries", "Entries of feeds that were new", registry=registry
        )
        self._pages = Counter(
            "warta_pages", "Pages of entries, by result", ["result"], registry=registry
        )
        self._records = Counter(
            "warta_records", "Records committed, by what became of them", ["kind"],
            registry=registry,
        )  # fmt: skip
        self._cycles = Counter(
            "warta_epochs", "Poll cycles, by result", ["result"], registry=registry
        )
        self._cycle_s = Histogram(
            "warta_epoch_seconds",
            "Time from the start of a poll cycle to its commit",
            buckets=_CYCLE_S,
            registry=registry,
        )
        self._committed_at = Gauge(
            "warta_last_commit_timestamp_seconds",
            "When a poll cycle was committed",
            registry=registry,
        )
        self._due = Gauge(
            "warta_feeds_due", "Feeds due when the poll cycle began", registry=registry
        )
        self._lag_s = Gauge(
            "warta_feed_lag_seconds",
            "How long the longest overdue feed has been due",
            registry=registry,
        )
        self._stopped = Gauge(
            "warta_feeds_stopped", "Feeds whose server says they are gone", registry=registry
        )
        self._success_at = Gauge(
            "warta_feed_last_success_timestamp_seconds", "Last poll that succeeded", ["feed"],
            registry=registry,
        )  # fmt: skip
        self._new_at = Gauge(
            "warta_feed_last_entry_timestamp_seconds", "Last poll with a new entry", ["feed"],
            registry=registry,
        )  # fmt: skip
        self._streak = Gauge(
            "warta_feed_error_streak", "Polls failed in a row", ["feed"], registry=registry
        )
        for result in ("new", "unchanged", "failed"):
            self._polls.labels(result)

    def serve(self, port: int) -> None:
        """Answers at http://HOST:port/metrics from a thread.

        Raises:
          UsageError: the port cannot be had.
        """
        try:
            start_http_server(port, registry=self.registry)
        except OSError as error:
            raise UsageError(f"--metrics-port {port}: {error.strerror}") from error

    def cycle_started(self, due: int, feeds: int, next_due_at: datetime | None) -> None:
        """See Watcher."""
        self._due.set(due)

    def polled(self, outcome: Outcome) -> None:
        """See Watcher."""
        self._polls.labels(outcome.result).inc()
        self._poll_s.observe(outcome.seconds)
        self._entries.inc(outcome.new)
        for result, count in outcome.pages.items():
            self._pages.labels(result).inc(count)

    def cycle_committed(self, cycle: PollCycle, states: Sequence[FeedState]) -> None:
        """See Watcher."""
        self._cycles.labels("committed").inc()
        self._cycle_s.observe(cycle.seconds)
        self._committed_at.set_to_current_time()
        for kind in ("published", "duplicates", "rejected"):
            self._records.labels(kind).inc(getattr(cycle.counts, kind))
        self._stopped.set(sum(state.stopped_at is not None for state in states))
        now = datetime.now(UTC)
        overdue = [
            (now - state.next_poll_at).total_seconds()
            for state in states
            if state.next_poll_at is not None and state.stopped_at is None
        ]
        self._lag_s.set(max(0.0, *overdue) if overdue else 0.0)
        for state in states:
            name = mask_secrets(state.name or state.feed_url)
            self._streak.labels(name).set(state.error_streak)
            if state.succeeded_at is not None:
                self._success_at.labels(name).set(state.succeeded_at.timestamp())
            if state.new_entry_at is not None:
                self._new_at.labels(name).set(state.new_entry_at.timestamp())

    def cycle_failed(self, error: str) -> None:
        """See Watcher."""
        self._cycles.labels("failed").inc()

    def waiting(self, until: datetime) -> None:
        """See Watcher."""
