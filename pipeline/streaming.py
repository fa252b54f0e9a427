"""`warta stream`: the graph runs once and without end, and each window of arrival is a commit.

Ended by SIGTERM or Ctrl-C, a stream drains: a file in staging shows the watching steps that no more
comes, the windows that are open close, and the engine ends by itself. A second signal cancels: then
windows that are not committed are as if they had never been, and the next start finds their sources
again.
"""

import logging
import threading
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import apache_beam as beam

from warta.pipeline.batch import report_of, run_error
from warta.pipeline.console.beam_noise import drop_printed_tracebacks, hush_reported_errors
from warta.pipeline.console.log import log
from warta.pipeline.console.results import BatchReport, RunReport
from warta.pipeline.engines.dataflow_job import check_job
from warta.pipeline.engines.registry import engine_options
from warta.pipeline.engines.runner import runner_of
from warta.pipeline.graph import build_stream
from warta.pipeline.inputs import STRIPES
from warta.pipeline.options import RunOptions, StreamOptions
from warta.pipeline.signals import SignalCounter, count_signals
from warta.transforms.core.counts import Counts
from warta.transforms.core.errors import QueueError, RunError
from warta.transforms.core.storage import public_uri
from warta.transforms.lake.commit import read_commit, recover
from warta.transforms.lake.commit_paths import commit_id_of, list_commits
from warta.transforms.lake.layout import STAGING, new_invocation_id
from warta.transforms.lake.locking import hold
from warta.transforms.lake.opening import mend, open_lake
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.versions import versions
from warta.transforms.lake.windows import Stream
from warta.transforms.sources.queues.registry import is_subscription
from warta.transforms.watch_sources import Poll, WatchSources

_LOOK_EVERY_S = 0.5
_SETTLE_S = 2.0
_SPLIT_BYTES = 8 << 20
"""Larger files are read in pieces, by several workers, and within a window."""

_log = logging.getLogger(__name__)


def run_stream(settings: RunOptions, stream_options: StreamOptions) -> RunReport:
    """Stream until a signal asks for the end.

    Raises:
      UsageError: an engine that is not there, or does not stream.
      LakeError: a lake that cannot be used.
      RunError: whatever ended it before.
    """
    started = time.monotonic()
    options = engine_options(settings, streaming=True)
    if not settings.strict:
        hush_reported_errors()
        drop_printed_tracebacks()
    lake = open_lake(settings.lake, force=settings.force)
    with count_signals() as came, hold(lake, settings.wait_s) as writer:
        mend(lake, settings.catalog)
        stream = Stream(stream_options.name, new_invocation_id(), stream_options.window_s, writer)
        stop = f"{STAGING}/stop-{writer}"
        pipeline = beam.Pipeline(runner_of(options, ()), options)
        poll = Poll(lake, stop, _SPLIT_BYTES, STRIPES, _SETTLE_S)
        subscriptions = [one for one in settings.sources if is_subscription(one.location)]
        watched = [one for one in settings.sources if one not in subscriptions]
        limits_of_polls = (
            stream_options.every_s,
            stream_options.window_s,
            stream_options.max_messages,
        )
        watch = WatchSources(watched, poll, *limits_of_polls) if watched else None
        details = {
            "warta_version": versions()["warta"],
            "versions": versions(),
            "inputs": [[public_uri(source.location), 1] for source in settings.sources],
            "stream": stream_options.name,
        }
        try:
            build_stream(pipeline, watch, subscriptions, settings, stream, details)
        except QueueError as error:
            raise RunError(str(error)) from error
        log.info(
            "stream_started",
            sources=[public_uri(source.location) for source in settings.sources],
            every_s=stream_options.every_s,
            window_s=stream_options.window_s,
            lake=str(lake),
        )
        windows = _Windows(lake, stream)
        stopper = _Stop(lake, stop, pubsub=bool(subscriptions))
        _carry_on(pipeline, came, stopper, stream_options.until_s, windows, strict=settings.strict)
        windows.look(now=True)
        # All windows are committed, and nobody writes any more.
        recover(lake)
    return RunReport(settings.lake, (windows.total,), time.monotonic() - started, ())


class _Windows:
    """The windows that a stream has committed since its start: logged one by one, kept as a sum."""

    def __init__(self, lake: Lake, stream: Stream) -> None:
        self._lake, self._prefix = lake, f"{stream.name}-"
        self._known = set(list_commits(self._lake, self._prefix))
        self._every_s = max(_LOOK_EVERY_S, stream.window_s / 4)
        self._next_s = 0.0
        self._reasons: Counter[str] = Counter()
        self._passed_over: Counter[str] = Counter()
        self.total = BatchReport(stream.name, Counts(), {}, 0, 0.0, known=False)

    def look(self, *, now: bool = False) -> None:
        """Log those that are new, when it is time: an object store is paid for each look."""
        if not now and time.monotonic() < self._next_s:
            return
        self._next_s = time.monotonic() + self._every_s
        paths = list_commits(self._lake, self._prefix)
        for path in paths:
            known = path in self._known
            document = None if known else read_commit(self._lake, commit_id_of(path))
            if document is not None:
                self._add(report_of(document, document["seconds"], known=False))
        self._known = set(paths)

    def _add(self, report: BatchReport) -> None:
        self._reasons.update(report.reject_reasons)
        self._passed_over.update(report.passed_over)
        self.total = replace(
            self.total,
            counts=self.total.counts + report.counts,
            reject_reasons=dict(self._reasons),
            passed_over=dict(self._passed_over),
            files=self.total.files + report.files,
            seconds=self.total.seconds + report.seconds,
        )
        log.info("window_committed", **report.fields())


class _Stop:
    """The file that makes watching steps end.

    Beam's source of Pub/Sub does not see it.
    """

    def __init__(self, lake: Lake, path: str, *, pubsub: bool) -> None:
        self._lake, self._path, self._pubsub = lake, path, pubsub
        self.asked = False

    def ask(self) -> None:
        """Write it, once."""
        if not self.asked:
            self.asked = True
            if self._pubsub:
                _log.warning("messages of Pub/Sub still come: drain the job, which ends warta too")
            with self._lake.writing():
                self._lake.write_json(self._path, {"asked_at": datetime.now(UTC).isoformat()})


def _carry_on(
    pipeline: beam.Pipeline,
    came: SignalCounter,
    stop: _Stop,
    until_s: float | None,
    windows: _Windows,
    *,
    strict: bool,
) -> None:
    """Run the graph until it has ended, in this thread only what must be: signals.

    Raises:
      RunError: it failed, or was cancelled.
    """
    ended: list[Any] = []
    check_job(pipeline, streaming=True)
    result = pipeline.run()
    came.listen()
    waiter = threading.Thread(target=_wait, args=(result, ended), daemon=True)
    waiter.start()
    deadline = None if until_s is None else time.monotonic() + until_s
    while waiter.is_alive():
        waiter.join(_LOOK_EVERY_S)
        windows.look()
        if came.count or (deadline is not None and time.monotonic() >= deadline):
            stop.ask()
        if came.count > 1:
            result.cancel()
            raise RunError("cancelled: windows that were open are read again by the next start")
    (outcome,) = ended
    if isinstance(outcome, Exception):
        if strict:
            raise outcome
        raise run_error(outcome) from outcome
    if outcome not in (None, "DONE"):
        raise RunError(f"the engine ended with state {outcome}")


def _wait(result: Any, ended: list[Any]) -> None:
    try:
        ended.append(result.wait_until_finish())
    except Exception as error:  # noqa: BLE001  raised again in the main thread
        ended.append(error)
