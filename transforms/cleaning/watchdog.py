"""Records that may take forever are cleaned in a process of their own, which can be ended.

Parsers are native code: no signal and no exception gets them out of a page that their time grows
quadratically with (400,000 <option> in one <select> take minutes). The guards of markup.py keep
out the shapes that are known; this keeps out the rest. The process is started when it is first
needed, serves one page after the other, and ends with its owner, by the end of its input.

What is counted is the time of the processor: on a busy machine, or one that slept meanwhile, an
honest page takes as much of it as ever.
"""

import math
import os
import pickle
import resource
import signal
import subprocess
import sys
import threading
import time
import traceback
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from warta.transforms.cleaning.clean import clean_article, identifier
from warta.transforms.core.options import DEFAULT_CLEANING, CleaningOptions, InputLimits
from warta.transforms.core.records import Article, SourceItem
from warta.transforms.core.rejections import RejectedRecord

RISKY_CHARS = 1_000_000
"""Larger records go to the process; the largest of 248 news pages has 1.1 MB."""
RISKY_TAGS = 10_000
"""The same for more tags than that; below, the worst shape known takes .4 s."""
START_SECONDS = 120.0
"""How long the process may take to load; it takes half a second where nothing else runs."""

HALTED_FACTOR = 30
"""How many times its limit a process may wait without work, before it is ended."""

_ENDING_S = 5.0
_READY = b"ready"
_COMMAND = "from warta.transforms.cleaning.watchdog import serve; serve()"


def clean_bounded(
    item: SourceItem,
    limits: InputLimits,
    now: datetime,
    options: CleaningOptions = DEFAULT_CLEANING,
) -> Article:
    """Run `clean_article` within `options.max_seconds` of the processor.

    Args:
      item: The record.
      limits: Bounds of size and depth.
      now: Later dates are not believed, aware.
      options: How it is cleaned, and for how long.

    Returns:
      Its article.

    Raises:
      RejectedRecord: What `clean_article` raises; "timeout" when the time was over; "bad_markup"
        when the process died of the record.
    """
    if not is_risky(item.content):
        return clean_article(item, limits, now, options)
    return _own_helper().clean(item, limits, now, options)


def is_risky(content: bytes | str) -> bool:
    """Return whether a record is so large or full of tags that its time must be watched."""
    mark = b"<" if isinstance(content, bytes) else "<"
    return len(content) > RISKY_CHARS or content.count(mark) > RISKY_TAGS  # type: ignore[arg-type]


class _Helper:
    """The process, and the pipe to it."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self._process: subprocess.Popen[bytes] | None = None

    def clean(
        self, item: SourceItem, limits: InputLimits, now: datetime, options: CleaningOptions
    ) -> Article:
        if self._process is None and self._ask(None, START_SECONDS) != _READY:
            self._process = None
            raise RuntimeError("the process that cleans large pages does not start")
        reply = self._ask((item, limits, now, options), options.max_seconds, HALTED_FACTOR)
        if isinstance(reply, Article):
            return reply
        if isinstance(reply, RuntimeError):
            raise reply
        raise RejectedRecord(*reply)

    def _ask(self, work: Any, seconds: float, factor: int = 1) -> Any:
        """Send `work`, or start the process for None; return its answer, or a rejection.

        The process ends itself after `seconds` of work, and is ended when `factor` times that has
        passed by the clock.
        """
        if self._process is None:
            self._process = _start()
        process, is_late = self._process, threading.Event()

        def end() -> None:
            is_late.set()
            process.kill()

        timer = threading.Timer(seconds * factor, end)
        timer.start()
        try:
            if work is not None:
                _send(work, process.stdin)
            return _receive(process.stdout)
        except (EOFError, OSError, pickle.UnpicklingError):
            self._process = None
            # Its pipe closes a moment before it can be waited for: how it ended is not ours to say.
            try:
                process.wait(_ENDING_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if is_late.is_set() or process.returncode == -signal.SIGXCPU:
                return "timeout", f"took over {seconds:g} s"
            return "bad_markup", f"the parser died of it (exit status {process.returncode})"
        finally:
            timer.cancel()
            # After this line no late timer can end the process under the next record.
            timer.join()
            if is_late.is_set():
                self._process = None


def _start() -> subprocess.Popen[bytes]:
    paths = os.pathsep.join(path or str(Path.cwd()) for path in sys.path)
    return subprocess.Popen(  # noqa: S603  the interpreter that runs us, with a constant command
        [sys.executable, "-c", _COMMAND],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": paths},
    )


_local = threading.local()


def _own_helper() -> _Helper:
    """Return the helper of a thread; a process that was forked makes its own."""
    helper: _Helper | None = getattr(_local, "helper", None)
    if helper is None or helper.owner != os.getpid():
        helper = _local.helper = _Helper()
    return helper


def _send(message: Any, into: IO[bytes] | None) -> None:
    assert into is not None  # noqa: S101  Popen was told to make the pipe
    pickle.dump(message, into, protocol=pickle.HIGHEST_PROTOCOL)
    into.flush()


def _receive(source: IO[bytes] | None) -> Any:
    assert source is not None  # noqa: S101  the same
    return pickle.load(source)  # noqa: S301  written by the process at the other end, which is ours


def serve() -> None:
    """Run as the process that cleans what comes in on its standard input, until that ends."""
    answers = os.fdopen(os.dup(1), "wb")
    # What a library prints must not come between the answers.
    os.dup2(2, 1)
    identifier()
    # Those that the user has set stay.
    limits = resource.getrlimit(resource.RLIMIT_CPU)
    _send(_READY, answers)
    while True:
        try:
            work = _receive(sys.stdin.buffer)
        except EOFError:
            return
        _limit_work(work[-1].max_seconds, limits)
        _send(_answer(*work), answers)


def _limit_work(seconds: float, limits: tuple[int, int]) -> None:
    """Let the system end this process after so much work, counted in whole seconds from now."""
    soft = math.ceil(time.process_time() + seconds)
    for limit in limits:
        soft = soft if limit == resource.RLIM_INFINITY else min(soft, limit)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, limits[1]))


def _answer(
    item: SourceItem, limits: InputLimits, now: datetime, options: CleaningOptions
) -> object:
    try:
        return clean_article(item, limits, now, options)
    except RejectedRecord as rejection:
        return rejection.reason, rejection.detail
    except Exception:  # noqa: BLE001  raised again where the record came from
        return RuntimeError(traceback.format_exc(limit=-3))
