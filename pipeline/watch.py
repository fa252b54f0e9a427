"""`warta watch`: epoch after epoch, until it is told to end.

SIGTERM and Ctrl-C end the polling, commit what has come, and end with status 0. SIGKILL costs
nothing: what was polled and not committed is polled again.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from types import FrameType

from pipeline.following import Epoch, Following, Graph, Watcher, follow_once
from pipeline.options import RunError
from transforms.lake.layout import Lake, LakeBusyError, LakeError
from transforms.lake.lock import hold
from transforms.storage import one_line

MAX_FAILURES = 5
"""Epochs that fail in a row before the watch gives up, for a supervisor to see."""
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@dataclass(slots=True)
class Stop:
    """A wish to end, by a signal or by a test."""

    _event: threading.Event = field(default_factory=threading.Event)

    def __call__(self) -> bool:
        """Whether to end."""
        return self._event.is_set()

    def set(self) -> None:
        """Asks to end."""
        self._event.set()

    def wait(self, seconds: float) -> None:
        """Waits so long, or until it is to end."""
        self._event.wait(seconds)


@contextmanager
def stopping(tell: Callable[[], None]) -> Iterator[Stop]:
    """A `Stop` that SIGTERM and SIGINT set, for as long as the block runs."""
    stop = Stop()

    def ask(_number: int, _frame: FrameType | None) -> None:
        if not stop():
            tell()
        stop.set()

    before = [signal.signal(number, ask) for number in _SIGNALS]
    try:
        yield stop
    finally:
        for number, handler in zip(_SIGNALS, before, strict=True):
            signal.signal(number, handler)


@contextmanager
def sheltered() -> Iterator[None]:
    """Processes that are started in the block are not reached by what ends the watch.

    Ctrl-C goes to all processes of a terminal, and a supervisor's SIGTERM to all of a service; the
    workers of the epoch under way must live to its end. Signals meant for us arrive behind the
    block.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def watch(
    following: Following,
    graph: Graph,
    watcher: Watcher,
    stop: Stop,
    *,
    every_s: float,
    once: bool,
) -> None:
    """Follows the news until `stop`, or, `once`, for one epoch.

    Args:
      following: which feeds, and how.
      graph: runs the graph.
      watcher: is told what happens.
      stop: asks to end.
      every_s: from the start of one epoch to the next.
      once: one epoch, and whatever it raises.

    Raises:
      LakeError: the lake cannot be used at all, or for one epoch is held by another.
      RunError: the only epoch failed, or `MAX_FAILURES` in a row.
    """
    lake = Lake(following.settings.lake)
    lake.create()
    failures = 0
    while True:
        next_at = following.clock() + timedelta(seconds=every_s)
        epoch: Epoch | None = None
        try:
            with hold(lake, following.settings.wait_s) as writer:
                epoch = follow_once(following, lake, writer, graph, watcher, stop)
            failures = 0
        except LakeBusyError as error:
            # Another command writes it for a while: no fault of ours, nor a reason to end.
            if once:
                raise
            watcher.epoch_failed(one_line(error))
        except (LakeError, RunError, OSError) as error:
            failures += 1
            if once or failures >= MAX_FAILURES:
                raise RunError(one_line(error)) from error
            watcher.epoch_failed(one_line(error))
        if once or stop():
            return
        if epoch is None or not epoch.is_full:
            watcher.waiting(next_at)
            stop.wait((next_at - following.clock()).total_seconds())
        if stop():
            return
