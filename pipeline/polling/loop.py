"""`warta watch`: one poll cycle after another, until it is asked to end.

SIGTERM, SIGHUP and Ctrl-C end the polling, commit what has come, and end with status 0. SIGKILL
costs nothing: what was polled and not committed is polled again.
"""

import os
import sys
import traceback
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from warta.pipeline.options import WatchOptions
from warta.pipeline.polling.cycle import Graph, PollCycle, run_cycle
from warta.pipeline.reporting.log import log
from warta.pipeline.signals import StopRequest, blocked_signals
from warta.transforms.core.errors import LakeBusyError, LakeError, RunError
from warta.transforms.core.redaction import displayable
from warta.transforms.core.storage import one_line
from warta.transforms.lake.layout import Lake, Run
from warta.transforms.lake.locking import hold
from warta.transforms.lake.opening import open_lake
from warta.transforms.read_polled import FeedsRead, Spool

MAX_FAILURES = 5
"""Cycles that fail in a row before the watch gives up, for a supervisor to see."""


def forked(graph: Graph, prepare: Callable[[], None]) -> Graph:
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

    def run_forked(
        lake: Lake, run: Run, spool: Spool, details: dict[str, Any], read: FeedsRead
    ) -> None:
        prepare()
        from_child, to_parent = os.pipe()
        with blocked_signals():
            child = os.fork()
            if not child:
                os.close(from_child)
                _run_in_child(lambda: graph(lake, run, spool, details, read), to_parent)
        os.close(to_parent)
        with os.fdopen(from_child, encoding="utf-8") as pipe:
            words = pipe.read()
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status:
            raise RunError(words or f"the process of the poll cycle was ended by signal {-status}")

    return run_forked


def _run_in_child(work: Callable[[], None], to_parent: int) -> None:
    """Do the work in this process, report what failed, and end it."""
    status = 1
    try:
        work()
        status = 0
    except (LakeError, RunError, OSError) as error:
        os.write(to_parent, one_line(error).encode("utf-8", "replace"))
    except BaseException as error:  # noqa: BLE001  shown with its traceback; the watch decides
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
) -> None:
    """Follow the news until `stop`, or, with `once`, for one cycle.

    What happens is reported through `warta.pipeline.reporting.log`.

    Args:
      options: Which feeds, and how.
      graph: Runs the graph.
      stop: Asks to end.
      every_s: Seconds from the start of one cycle to the next.
      once: One cycle, and whatever it raises.
      at_once: Poll every feed in the first cycle, also those that are not due.

    Raises:
      LakeError: The lake cannot be used at all, or for one cycle is held by another.
      RunError: The only cycle failed, or `MAX_FAILURES` in a row.
    """
    settings = options.settings
    lake = open_lake(settings.lake, force=settings.force)
    failures = 0
    while True:
        next_at = options.clock() + timedelta(seconds=every_s)
        cycle: PollCycle | None = None
        try:
            with hold(lake, settings.wait_s) as writer:
                cycle = run_cycle(options, lake, writer, graph, stop, at_once=at_once)
            at_once = False
            failures = 0
        except LakeBusyError as error:
            # Another command writes it for a while: no fault of ours, nor a reason to end.
            if once:
                raise
            log.warning("cycle_failed", error=displayable(one_line(error)))
        except (LakeError, RunError, OSError) as error:
            failures += 1
            if once or failures >= MAX_FAILURES:
                raise RunError(one_line(error)) from error
            log.warning("cycle_failed", error=displayable(one_line(error)))
        if once or stop():
            return
        if cycle is None or not cycle.is_full:
            log.info("waiting", until=next_at)
            # No longer than a turn, though the clock was set back by days meanwhile.
            stop.wait(min(every_s, (next_at - options.clock()).total_seconds()))
        if stop():
            return
