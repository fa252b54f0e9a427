"""`warta watch`: one poll cycle after another, until it is asked to end.

SIGTERM, SIGHUP and Ctrl-C end the polling, commit what has come, and end with status 0. SIGKILL
costs nothing: what was polled and not committed is polled again.
"""

import os
import sys
import traceback
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import ParamSpec

from warta.pipeline.console.log import log
from warta.pipeline.options import WatchOptions
from warta.pipeline.polling.cycle import Graph, PollCycle, run_cycle
from warta.pipeline.polling.topics import Topics
from warta.pipeline.signals import StopRequest, blocked_signals
from warta.transforms.core.errors import LakeBusyError, LakeError, RunError
from warta.transforms.core.exhaustion import is_exhausted
from warta.transforms.core.redaction import displayable
from warta.transforms.core.storage import one_line
from warta.transforms.lake.locking import hold
from warta.transforms.lake.opening import open_lake
from warta.transforms.lake.storage import Lake

Words = ParamSpec("Words")

MAX_FAILURES = 5
"""Cycles that fail in a row before the watch gives up, for a supervisor to see."""


def forked(graph: Callable[Words, None], prepare: Callable[[], None]) -> Callable[Words, None]:
    """Return a graph that runs in a process of its own, which ends with it.

    Beam keeps a little of every pipeline that it has run, which adds up over months: measured .2 MB
    a cycle. The process that watches runs none, and is forked with all that is loaded. The forked
    one holds the lake's lock too: should the watch be killed alone, it ends its cycle undisturbed.

    Args:
      graph: What to run.
      prepare: Loads what it needs, before the fork.

    Returns:
      A graph that raises RunError for whatever the other process failed with.
    """

    def run_forked(*words: Words.args, **named: Words.kwargs) -> None:
        prepare()
        from_child, to_parent = os.pipe()
        with blocked_signals():
            child = os.fork()
            if not child:
                os.close(from_child)
                _run_in_child(lambda: graph(*words, **named), to_parent)
        os.close(to_parent)
        with os.fdopen(from_child, encoding="utf-8") as pipe:
            reason = pipe.read()
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status:
            raise RunError(reason or f"the process of the poll cycle was ended by signal {-status}")

    return run_forked


def _run_in_child(work: Callable[[], None], to_parent: int) -> None:
    """Do the work in this process, report what failed, and end it."""
    status = 1
    failure: BaseException | None = None
    try:
        work()
        status = 0
    except (LakeError, RunError, OSError) as error:
        # To let go of it may be to wait for a server that got no thread.
        failure = error
        os.write(to_parent, one_line(error).encode("utf-8", "replace"))
    except BaseException as error:  # noqa: BLE001  shown with its traceback; the watch decides
        failure = error
        if not is_exhausted(failure):
            traceback.print_exc()
        os.write(to_parent, f"{type(error).__name__}: {error}"[:1_000].encode("utf-8", "replace"))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def watch(
    options: WatchOptions,
    graph: Graph,
    stop: StopRequest,
    *,
    every_s: float,
    once: bool,
    at_once: bool = False,
    topics: Topics | None = None,
) -> None:
    """Follow the news until `stop`, or, with `once`, for one cycle.

    What happens is reported through `warta.pipeline.console.log`.

    Args:
      options: Which feeds, and how.
      graph: Runs the graph.
      stop: Asks to end.
      every_s: Seconds from the start of one cycle to the next.
      once: One cycle, and whatever it raises.
      at_once: Poll every feed in the first cycle, also those that are not due.
      topics: What is read of Kafka between the cycles.

    Raises:
      LakeError: The lake cannot be used at all, or for one cycle is held by another.
      RunError: The only cycle failed, or `MAX_FAILURES` in a row.
    """
    settings = options.settings
    lake = open_lake(settings.lake, force=settings.force)
    trials = _Trials(lake, settings.wait_s, once=once)
    feeds, cycle_at = bool(settings.sources), options.clock()
    turn = timedelta(seconds=every_s)
    while True:
        began_at = options.clock()
        # Further away than a turn only where the clock was set back meanwhile.
        is_due = began_at >= cycle_at or cycle_at - began_at > turn
        if feeds and is_due:
            cycle_at = began_at + turn
            cycle = trials.run(
                partial(_poll, options, lake, graph=graph, stop=stop, at_once=at_once)
            )
            at_once = at_once and cycle is _FAILED
            if isinstance(cycle, PollCycle) and cycle.is_full:
                cycle_at = began_at
        is_full = topics is not None and trials.run(partial(topics.run_batch, lake)) is True
        if stop() or (once and not is_full):
            return
        next_at = cycle_at
        if topics is not None:
            look_at = began_at + timedelta(seconds=0 if is_full else topics.options.look_every_s)
            next_at = min(cycle_at, look_at) if feeds else look_at
        elif cycle_at > began_at:
            log.info("waiting", until=cycle_at)
        # No longer than a turn, though the clock was set back by days meanwhile.
        stop.wait(max(0.0, min(every_s, (next_at - options.clock()).total_seconds())))
        if stop():
            return


_FAILED = object()


def _poll(
    options: WatchOptions,
    lake: Lake,
    writer: str,
    *,
    graph: Graph,
    stop: StopRequest,
    at_once: bool,
) -> PollCycle | None:
    return run_cycle(options, lake, writer, graph, stop, at_once=at_once)


class _Trials:
    """Works on the lake one after the other, each with the lake held; counts failures in a row."""

    def __init__(self, lake: Lake, wait_s: float, *, once: bool) -> None:
        self._lake, self._wait_s, self._once = lake, wait_s, once
        self._failures = 0

    def run(self, work: Callable[[str], object]) -> object:
        """Return what a work returns, or `_FAILED`.

        Raises:
          LakeBusyError: With `once`, another holds the lake.
          RunError: With `once` it failed; or it is the last of MAX_FAILURES in a row.
        """
        try:
            with hold(self._lake, self._wait_s) as writer:
                done = work(writer)
        except LakeBusyError as error:
            # Another command writes it for a while: not a fault here, nor a reason to end.
            if self._once:
                raise
            log.warning("cycle_failed", error=displayable(one_line(error)))
        except (LakeError, RunError, OSError) as error:
            self._failures += 1
            if self._once or self._failures >= MAX_FAILURES:
                raise RunError(one_line(error)) from error
            log.warning("cycle_failed", error=displayable(one_line(error)))
        else:
            self._failures = 0
            return done
        return _FAILED
