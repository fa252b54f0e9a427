"""What a watch tells of itself: lines to read, or lines of JSON for a log collector."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, TextIO

from pipeline.polling.cycle import PollCycle, Watcher
from transforms.core.redaction import displayable
from transforms.polling.poller import Outcome
from transforms.polling.state import FeedState

LOGS = ("text", "json")


class Watchers:
    """Several watchers as one."""

    def __init__(self, watchers: Sequence[Watcher]) -> None:
        self._watchers = watchers

    def cycle_started(self, due: int, feeds: int, next_due_at: datetime | None) -> None:
        """Tells all."""
        for watcher in self._watchers:
            watcher.cycle_started(due, feeds, next_due_at)

    def polled(self, outcome: Outcome) -> None:
        """Tells all."""
        for watcher in self._watchers:
            watcher.polled(outcome)

    def cycle_committed(self, cycle: PollCycle, states: Sequence[FeedState]) -> None:
        """Tells all."""
        for watcher in self._watchers:
            watcher.cycle_committed(cycle, states)

    def cycle_failed(self, error: str) -> None:
        """Tells all."""
        for watcher in self._watchers:
            watcher.cycle_failed(error)

    def waiting(self, until: datetime) -> None:
        """Tells all."""
        for watcher in self._watchers:
            watcher.waiting(until)


class Told:
    """Says on a stream what happens; feeds that are as they were are passed over."""

    def __init__(self, stream: TextIO | None = None, *, quiet: bool = False) -> None:
        self._stream = stream or sys.stderr
        self._quiet = quiet

    def cycle_started(self, due: int, feeds: int, next_due_at: datetime | None) -> None:
        """Says how many feeds are polled, or when the next one will be."""
        line = f"{due:,} of {feeds:,} feeds are due"
        if not due and next_due_at is not None:
            line += f", next due at {_local(next_due_at)}"
        self._say("epoch_started", line, due=due, feeds=feeds, next_due_at=next_due_at)

    def polled(self, outcome: Outcome) -> None:
        """Says what a feed brought, or why it failed."""
        state = outcome.state
        name = displayable(state.name or state.feed_url)
        fields: dict[str, Any] = {
            "feed": name,
            "url": displayable(state.feed_url),
            "result": outcome.result,
            "status": state.http_status,
            "new_entries": outcome.new,
            "pages": dict(outcome.pages),
            "seconds": round(outcome.seconds, 3),
            "next_poll_at": state.next_poll_at,
        }
        if outcome.result in ("failed", "refused"):
            line = f"{name}: {state.error}"
            if state.error_streak > 1:
                line += f" ({state.error_streak} times in a row)"
            if state.next_poll_at is not None and state.stopped_at is None:
                line += f"; next due at {_local(state.next_poll_at)}"
            fields |= {"error": state.error, "streak": state.error_streak}
            self._say("feed_polled", line, grave=outcome.is_first_failure, **fields)
        elif outcome.new:
            self._say("feed_polled", f"{name}: {outcome.new:,} new", **fields)
        else:
            self._say("feed_polled", "", **fields)

    def cycle_committed(self, cycle: PollCycle, states: Sequence[FeedState]) -> None:
        """Says what the poll cycle brought."""
        counts = cycle.counts
        results = ", ".join(f"{count:,} {name}" for name, count in sorted(cycle.results.items()))
        line = (
            f"committed in {cycle.seconds:.1f} s; feeds: {results}; records: "
            f"{counts.published:,} published, {counts.duplicates:,} duplicates, "
            f"{counts.rejected:,} rejected"
        )
        self._say(
            "epoch_committed",
            line,
            token=cycle.commit_id,
            seconds=round(cycle.seconds, 3),
            feeds=dict(cycle.results),
            pages=dict(cycle.pages),
            records=asdict(counts),
        )

    def cycle_failed(self, error: str) -> None:
        """Says why nothing was committed."""
        line = f"this poll cycle failed, the next tries again: {error}"
        self._say("epoch_failed", line, grave=True, error=error)

    def waiting(self, until: datetime) -> None:
        """Says when it goes on."""
        line = f"waiting until {_local(until)}"
        self._say("waiting", line, until=until)

    def _say(self, event: str, line: str, *, grave: bool = False, **fields: Any) -> None:
        """Writes a line; with `quiet` only what is grave."""
        if line and (grave or not self._quiet):
            stamp = datetime.now().astimezone().isoformat(timespec="seconds")
            print(f"{stamp} {line}", file=self._stream, flush=True)


class Logged(Told):
    """The same as one JSON object a line, every feed included."""

    def _say(self, event: str, line: str, *, grave: bool = False, **fields: Any) -> None:
        if self._quiet and not grave:
            return
        head = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "level": "warning" if grave else "info",
            "event": event,
        }
        told = json.dumps(head | fields, default=str, ensure_ascii=False)
        print(told.encode("utf-8", "replace").decode(), file=self._stream, flush=True)


def _local(at: datetime) -> str:
    """Return a time as a reader's clock shows it, with its day where that is not today."""
    shown = at.astimezone()
    same_day = shown.date() == datetime.now().astimezone().date()
    return f"{shown:%H:%M:%S}" if same_day else f"{shown:%Y-%m-%d %H:%M}"
