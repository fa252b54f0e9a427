"""One structured log for what commands report while they work.

Code says what happened, `log.info("batch_committed", seconds=1.5, ...)`; where it goes is decided
once a command, by `open_log`: sentences for people, JSON for collectors, or a progress bar. More
readers, such as metrics, are processors of structlog in front of these. Outside `open_log` events
go nowhere, so that a library user hears nothing that was not asked for.
"""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import Any, TextIO

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from warta.pipeline.console.messages import local_time, sentence

PROGRESS_EVERY_S = 10.0
"""Between two lines on the progress of a batch; a bar moves with every look."""
_PROGRESS = ("batch_progress", "tasks_progress")
_WARNINGS = ("warning", "error", "critical")


class _Output:
    """What events go through, innermost last; empty: nowhere."""

    processors: Sequence[Processor] = ()


def _dispatch(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    for processor in _Output.processors:
        event = processor(logger, method, event)  # type: ignore[assignment]  # as structlog does
    raise structlog.DropEvent


log: structlog.typing.FilteringBoundLogger = structlog.wrap_logger(
    None, processors=[_dispatch], wrapper_class=structlog.make_filtering_bound_logger(0)
)


class Journal:
    """A processor that remembers how far a run has come, for its last words."""

    def __init__(self) -> None:
        self.started, self.committed, self.of = False, 0, 0

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        """See the class."""
        if event["event"] == "batch_started":
            self.started, self.of = True, event["of"]
        self.committed += event["event"] == "batch_committed"
        return event

    def left_over(self) -> str:
        """Return what to say after "stopped": what is in the lake, and how to go on.

        Example:
          >>> Journal().left_over()
          '; nothing was written'
        """
        if not self.started:
            return "; nothing was written"
        done = f"; {self.committed:,} of {self.of:,} batches are committed"
        return f"{done}, the same command again does the rest"


@contextmanager
def open_log(
    format: str = "text",
    *,
    quiet: bool = False,
    progress: bool = False,
    readers: Sequence[Processor] = (),
    stream: TextIO | None = None,
) -> Iterator[Journal]:
    """Send events to standard error while the block runs.

    Args:
      format: "text" for sentences, "json" for one object a line.
      quiet: Only warnings.
      progress: On a terminal, show one line that is drawn again in place of sentences.
      readers: Processors that see every event first.
      stream: In place of standard error.

    Yields:
      A journal of the run.
    """
    out, journal = stream or sys.stderr, Journal()
    before = _Output.processors
    with ExitStack() as stack:
        chain: list[Processor] = [journal, *readers, _drop_debug]
        if quiet:
            chain.append(_drop_but_warnings)
        if format == "json":
            chain += [_Throttle(), _JsonLines(out)]
        elif progress and not quiet and out.isatty():
            from warta.pipeline.console.progress import ProgressBar

            chain.append(stack.enter_context(ProgressBar()))
        else:
            chain += [_Throttle(), _Lines(out)]
        _Output.processors = chain
        try:
            yield journal
        finally:
            _Output.processors = before


@contextmanager
def collect_events() -> Iterator[list[dict[str, Any]]]:
    """Collect events while the block runs; for tests.

    Yields:
      The events, as they come.
    """
    events: list[dict[str, Any]] = []

    def keep(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        events.append(dict(event))
        return event

    before, _Output.processors = _Output.processors, [keep]
    try:
        yield events
    finally:
        _Output.processors = before


def _drop_debug(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Keep what is meant for readers alone, such as the state of all feeds, out of the output."""
    if method == "debug":
        raise structlog.DropEvent
    return event


def _drop_but_warnings(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    if method in _WARNINGS:
        return event
    raise structlog.DropEvent


class _Throttle:
    """Lets progress through when the last line of its kind, or any other, is old enough."""

    def __init__(self) -> None:
        self._said_s = dict.fromkeys(_PROGRESS, time.monotonic())

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        now_s, name = time.monotonic(), event["event"]
        if name not in _PROGRESS:
            self._said_s = dict.fromkeys(_PROGRESS, now_s)
        elif now_s - self._said_s[name] < PROGRESS_EVERY_S:
            raise structlog.DropEvent
        else:
            self._said_s[name] = now_s
        return event


class _Lines:
    """Writes sentences with the time of day."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        if line := sentence(event):
            _write(self._stream, f"{local_time().isoformat(timespec='seconds')} {line}")
        return event


class _JsonLines:
    """Writes an object a line: time, level, event, and the event's own fields."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        head = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "level": method,
            "event": event["event"],
        }
        rest = {name: value for name, value in event.items() if name != "event"}
        try:
            line = orjson.dumps(head | rest, default=str).decode()
        except orjson.JSONEncodeError:
            # Half a surrogate pair, which UTF-8 has no bytes for.
            line = json.dumps(head | rest, default=str)
        _write(self._stream, line)
        return event


def _write(stream: TextIO, line: str) -> None:
    """Write a line; a standard error that is closed or full does not end the work."""
    try:
        print(line, file=stream, flush=True)
    except OSError:
        # There is nowhere left to say it.
        return
