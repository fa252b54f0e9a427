"""What a watch counts, for Prometheus to fetch: `warta watch --metrics-port`."""

import socket
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, cast
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, make_wsgi_app
from structlog.typing import EventDict, WrappedLogger

from warta.transforms.core.errors import UsageError
from warta.transforms.core.redaction import mask_secrets
from warta.transforms.polling.state import FeedState

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_CYCLE_S = (1, 5, 15, 30, 60, 120, 300, 600, 1_800)
_REQUEST_S = 10.0
_POLL_S = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """A processor of the log that counts what passes."""

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

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        """Count an event of the log, and pass it on."""
        match event["event"]:
            case "cycle_started":
                self._due.set(event["due"])
            case "feed_polled":
                self._count_poll(event)
            case "cycle_committed":
                self._cycles.labels("committed").inc()
                self._cycle_s.observe(event["seconds"])
                self._committed_at.set_to_current_time()
                for kind in ("published", "duplicates", "rejected"):
                    self._records.labels(kind).inc(event[kind])
            case "feed_states":
                self._show_states(event["states"], datetime.now(UTC))
            case "cycle_failed":
                self._cycles.labels("failed").inc()
        return event

    def _count_poll(self, event: EventDict) -> None:
        self._polls.labels(event["result"]).inc()
        self._poll_s.observe(event["seconds"])
        self._entries.inc(event["new_entries"])
        for result, count in event["pages"].items():
            self._pages.labels(result).inc(count)

    def _show_states(self, states: Sequence[FeedState], now: datetime) -> None:
        self._stopped.set(sum(state.stopped_at is not None for state in states))
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


@contextmanager
def serve_metrics(registry: CollectorRegistry, address: str, port: int) -> Iterator[int]:
    """Answer at http://ADDRESS:PORT/metrics, and nowhere else, while the block runs.

    Args:
      registry: Holds the figures.
      address: To listen at; an IPv6 address or a host name will do.
      port: 0 takes one that is free.

    Yields:
      The port.

    Raises:
      UsageError: The address or the port cannot be had.
    """
    metrics = make_wsgi_app(registry)

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/metrics":
            return cast("Iterable[bytes]", metrics(environ, start_response))
        start_response("404 Not Found", [("Content-Type", "text/plain; charset=utf-8")])
        return [b"the figures are at /metrics\n"]

    try:
        family, *_, where = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
        server_class: type[WSGIServer] = type("_Server", (_Server,), {"address_family": family})
        server: WSGIServer = make_server(str(where[0]), port, answer, server_class, _SilentHandler)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"metrics at {address} port {port}: {reason}") from error
    thread = threading.Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _SilentHandler(WSGIRequestHandler):
    timeout = _REQUEST_S
    """Of silence, after which a connection is closed."""

    def log_message(self, format: str, *args: object) -> None:
        """Log no requests."""
