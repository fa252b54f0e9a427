"""The report of a lake that `warta watch` fills, rebuilt while it goes on."""

import os
import subprocess  # warta itself, under its own interpreter
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Self

from structlog.typing import EventDict, WrappedLogger

REFRESH_S = 900.0
"""Least time between two reports."""
_NICENESS = 10
_COMMITTED = ("cycle_committed", "batch_committed")


class ReportRefresher:
    """A processor that has a report made after a commit, in a process of its own.

    A cycle never waits for it: where one report is still being made, or is young, the next commit
    asks again. At the end the last commit is reported on.

    Args:
      uri: Of the lake.
      output: What to write.
      every_s: Least time between two.
      start: Starts the process; for tests.
    """

    def __init__(
        self,
        uri: str,
        output: str,
        every_s: float = REFRESH_S,
        start: Callable[[list[str]], "subprocess.Popen[bytes]"] | None = None,
    ) -> None:
        self._words = [sys.executable, "-m", "warta", "report", uri, "-o", output, "--quiet"]
        self._every_s = every_s
        self._start = start or _start
        self._process: subprocess.Popen[bytes] | None = None
        self._started_s = -every_s
        self._is_stale = False

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        """See the class."""
        if event["event"] in _COMMITTED:
            self._is_stale = True
            is_busy = self._process is not None and self._process.poll() is None
            if not is_busy and time.monotonic() - self._started_s >= self._every_s:
                self._begin()
        return event

    def __enter__(self) -> Self:
        """Begin to listen."""
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for the report under way, and make the last one."""
        if self._process is not None:
            self._process.wait()
        if self._is_stale:
            self._begin()
        if self._process is not None:
            self._process.wait()

    def _begin(self) -> None:
        self._is_stale = False
        self._started_s = time.monotonic()
        self._process = self._start(self._words)


def _start(words: list[str]) -> "subprocess.Popen[bytes]":
    # In a session of its own: Ctrl-C ends the watch, not the report. Its errors go where ours do.
    process = subprocess.Popen(words, start_new_session=True)  # noqa: S603
    # A cycle that runs at the same time has the processors first.
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, process.pid, _NICENESS)
    return process
