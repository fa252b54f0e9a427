"""`warta watch`: poll cycle after poll cycle, until it is told to end.

SIGTERM and Ctrl-C end the polling, commit what has come, and end with status 0. SIGKILL costs
nothing: what was polled and not committed is polled again.
"""

import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from types import FrameType
from typing import Any

from pipeline.lake_folder import open_lake
from pipeline.polling.cycle import Graph, PollCycle, Watcher, WatchOptions, follow_once
from transforms.core.errors import LakeBusyError, LakeError, RunError
from transforms.core.storage import one_line
from transforms.lake.layout import Lake, Run
from transforms.lake.locking import hold
from transforms.read_polled import FeedsRead, Spool

MAX_FAILURES = 5
"""Poll cycles that fail in a row before the watch gives up, for a supervisor to see."""
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
    workers of the poll cycle under way must live to its end. Signals meant for us arrive after the
    block.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def forked(graph: Graph, prepare: Callable[[], None]) -> Graph:
    """A graph that runs in a process of its own, which ends with it.

    Beam keeps a little of every pipeline that it has run, which adds up over months: measured .2 MB
    a poll cycle. The process that watches runs none, and is forked with all that is loaded. The
    forked one holds the lake's lock too: should the watch be killed alone, it ends its poll cycle
    undisturbed.

    Args:
      graph: what to run.
      prepare: loads what it needs, before the fork.

    Returns:
      A graph that raises RunError for whatever the other process failed with.
    """

    def run_forked(
        lake: Lake, run: Run, spool: Spool, details: dict[str, Any], read: FeedsRead
    ) -> None:
        prepare()
        told, tell = os.pipe()
        with sheltered():
            child = os.fork()
            if not child:
                os.close(told)
                _be_the_cycle(lambda: graph(lake, run, spool, details, read), tell)
        os.close(tell)
        with os.fdopen(told, encoding="utf-8") as pipe:
            words = pipe.read()
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status:
            raise RunError(words or f"the process of the poll cycle was ended by signal {-status}")

    return run_forked


def _be_the_cycle(work: Callable[[], None], tell: int) -> None:
    """Does the work in this process, says what failed, and ends it."""
    status = 1
    try:
        work()
        status = 0
    except (LakeError, RunError, OSError) as error:
        os.write(tell, one_line(error).encode("utf-8", "replace"))
    except BaseException as error:  # noqa: BLE001  told with its traceback; the watch decides
        traceback.print_exc()
        os.write(tell, f"{type(error).__name__}: {error}"[:1_000].encode("utf-8", "replace"))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def watch(
    following: WatchOptions,
    graph: Graph,
    watcher: Watcher,
    stop: Stop,
    *,
    every_s: float,
    once: bool,
    at_once: bool = False,
) -> None:
    """Follows the news until `stop`, or, `once`, for one cycle.

    Args:
      following: which feeds, and how.
      graph: runs the graph.
      watcher: is told what happens.
      stop: asks to end.
      every_s: from the start of one poll cycle to the next.
      once: one cycle, and whatever it raises.
      at_once: poll every feed in the first cycle, also those that are not due.

    Raises:
      LakeError: the lake cannot be used at all, or for one cycle is held by another.
      RunError: the only poll cycle failed, or `MAX_FAILURES` in a row.
    """
    settings = following.settings
    lake = open_lake(settings.lake, force=settings.force)
    failures = 0
    while True:
        next_at = following.clock() + timedelta(seconds=every_s)
        cycle: PollCycle | None = None
        try:
            with hold(lake, settings.wait_s) as writer:
                cycle = follow_once(following, lake, writer, graph, watcher, stop, at_once=at_once)
            at_once = False
            failures = 0
        except LakeBusyError as error:
            # Another command writes it for a while: no fault of ours, nor a reason to end.
            if once:
                raise
            watcher.cycle_failed(one_line(error))
        except (LakeError, RunError, OSError) as error:
            failures += 1
            if once or failures >= MAX_FAILURES:
                raise RunError(one_line(error)) from error
            watcher.cycle_failed(one_line(error))
        if once or stop():
            return
        if cycle is None or not cycle.is_full:
            watcher.waiting(next_at)
            stop.wait((next_at - following.clock()).total_seconds())
        if stop():
            return
