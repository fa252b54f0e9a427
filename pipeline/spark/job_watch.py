"""A watch over a Spark job: logs how far it is, and ends it if nothing goes on."""

import threading
import time
from collections.abc import Mapping
from typing import Any

from warta.pipeline.console.log import log

_LOOK_EVERY_S = 1.0


class JobWatch:
    """Looks at a job about once a second, from a thread; cancels it after a long silence."""

    def __init__(self, context: Any, group: str, name: str, silence_s: float) -> None:
        self._context, self._group, self._name = context, group, name
        self._silence_s = silence_s
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="spark jobs", daemon=True)
        self.gave_up = ""
        """Why the job was cancelled."""

    def __enter__(self) -> "JobWatch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        from py4j.protocol import Py4JError

        seen: dict[str, int] = {}
        failed = 0
        moved_s = time.monotonic()
        while not self._done.wait(_LOOK_EVERY_S):
            try:
                figures = self._figures()
            except (Py4JError, OSError):
                # The job's own call fails too, and says more.
                return
            if figures != seen:
                seen, moved_s = figures, time.monotonic()
                log.info("tasks_progress", step=self._name, **figures)
            if figures["failed"] > failed:
                log.warning(
                    "tasks_repeated", step=self._name, count=figures["failed"] - failed, **figures
                )
                failed = figures["failed"]
            if time.monotonic() - moved_s > self._silence_s:
                self.gave_up = _silent(self._name, figures, self._silence_s)
                self._context.cancelJobGroup(self._group)
                return

    def _figures(self) -> dict[str, int]:
        tracker = self._context.statusTracker()
        figures = {"done": 0, "tasks": 0, "running": 0, "failed": 0}
        for job in tracker.getJobIdsForGroup(self._group):
            about = tracker.getJobInfo(job)
            for stage in about.stageIds if about else ():
                if found := tracker.getStageInfo(stage):
                    figures["done"] += found.numCompletedTasks
                    figures["tasks"] += found.numTasks
                    figures["running"] += found.numActiveTasks
                    figures["failed"] += found.numFailedTasks
        return figures


def _silent(name: str, figures: Mapping[str, int], silence_s: float) -> str:
    if figures["running"]:
        why = "its executors may hang"
    else:
        why = "the cluster may have no executor that is free or large enough"
    return (
        f"Spark's job {name!r} was cancelled: no task began or ended for {silence_s:g} s; {why} "
        "(--spark-conf spark.warta.silence=SPAN waits longer)"
    )
