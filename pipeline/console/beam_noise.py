"""What Beam logs of errors that warta reports itself, in one line.

An error of the disk or of the lake is the user's to mend; tracebacks of Beam and of every worker
would bury the line that says how. Defects keep theirs.
"""

import builtins
import logging
import os
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from warta.transforms.core.errors import LakeError
from warta.transforms.core.exhaustion import exhausted, is_exhausted, shows_exhaustion

_LOGGERS = (
    "apache_beam.runners.common",
    "apache_beam.runners.worker.data_plane",
    "apache_beam.runners.worker.sdk_worker",
    "apache_beam.runners.worker.sdk_worker_main",
    "apache_beam.runners.portability.fn_api_runner.worker_handlers",
    "apache_beam.runners.portability.local_job_service",
)
_SYSTEM = "|".join(
    name
    for name, one in vars(builtins).items()
    if isinstance(one, type) and issubclass(one, OSError)
)
_ERRORS = re.compile(
    rf"\b{re.escape(LakeError.__module__)}\.Lake\w*Error\b|(?:^|\\n)(?:{_SYSTEM}): ", re.MULTILINE
)
"""In a traceback that comes as text, its line ends as they are or escaped."""
_LOST_ENGINE = "of RPC that terminated with"
"""In what gRPC says of a call whose other end is gone."""
_WORKER_ENDED = "Worker subprocess exited"
_STEP = re.compile(r"\s*\[while running '[^']*'\]")


WORKER_LOST = (
    "a worker process has ended, maybe because memory ran out; what was committed is safe: start "
    "again for the rest, with fewer --workers if it ends again"
)
_GRACE_S = 20.0
"""In which a job ends by itself whose worker has ended: one that was not heard of yet is waited for
forever."""


class _Process:
    """What this process is."""

    is_worker = False
    """Its end is reported by the launcher."""
    jobs = 0
    """That were begun."""
    is_in_job = False


@contextmanager
def job_under_way() -> Iterator[None]:
    """Let the end of a worker be the end of this process, while the block runs a job."""
    _Process.jobs += 1
    _Process.is_in_job = True
    try:
        yield
    finally:
        _Process.is_in_job = False


def hush_reported_errors(*, is_worker: bool = False) -> None:
    """Keep tracebacks of errors that warta reports itself out of what Beam logs here.

    Args:
      is_worker: The launcher reports the end of this process.
    """
    _Process.is_worker = is_worker
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(is_defect)
    # A job server's messages are logged without a logger of their own.
    logging.getLogger().addFilter(is_defect)
    threading.excepthook = _report_thread
    sys.unraisablehook = _report_unraisable


def without_step(message: str) -> str:
    """Return an error's words without the step that Beam adds to them."""
    return _STEP.sub("", message)


def is_defect(record: logging.LogRecord) -> bool:
    """Return whether a record is of anything but an error of a disk, a lake or a lost engine."""
    error = record.exc_info[1] if record.exc_info else None
    while error is not None:
        if isinstance(error, LakeError | OSError) or _is_lost_engine(error) or is_exhausted(error):
            return False
        error = error.__cause__
    # A worker's error reaches the launcher as text.
    message = record.getMessage()
    reported = _ERRORS.search(message) or _LOST_ENGINE in message or shows_exhaustion(message)
    return not reported


def _is_lost_engine(error: BaseException | None) -> bool:
    """Return whether an error says that the other end is gone: the job's end reports it."""
    import grpc

    return isinstance(error, grpc.RpcError)


def _report_thread(about: threading.ExceptHookArgs) -> None:
    """Report an error of a thread, but not each of Beam's that listened to an engine."""
    if is_exhausted(about.exc_value):
        _end_exhausted(about.exc_value)
    if _WORKER_ENDED in str(about.exc_value):
        timer = threading.Timer(_GRACE_S, _end_without_worker, [_Process.jobs])
        timer.daemon = True
        timer.start()
    elif not _is_lost_engine(about.exc_value):
        threading.__excepthook__(about)


def _end_without_worker(job: int) -> None:
    """End the process if a job that has lost a worker is still under way."""
    if _Process.is_in_job and _Process.jobs == job:
        os.write(2, f"warta: {WORKER_LOST}\n".encode())
        os._exit(1)


def _report_unraisable(about: "sys.UnraisableHookArgs") -> None:
    """Report an error that nobody can catch, such as one of a thread that did not come to life."""
    if is_exhausted(about.exc_value):
        _end_exhausted(about.exc_value)
    sys.__unraisablehook__(about)


def _end_exhausted(error: BaseException | None) -> None:
    """End the process: others would wait forever for what the thread was to do."""
    if not _Process.is_worker:
        os.write(2, f"warta: {exhausted(str(error) or repr(error))}\n".encode())
    os._exit(1)


def show_own_warnings() -> None:
    """Print warnings of warta's own loggers as its other lines, without a logger's name."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("warta: %(message)s"))
    logger = logging.getLogger("warta")
    logger.addHandler(handler)
    logger.propagate = False


def drop_printed_tracebacks() -> None:
    """Keep a worker of Beam from printing what it logs as well, in this process. Imports Beam."""
    from apache_beam.runners.worker import log_handler, sdk_worker

    # The only prints in these modules pass the filters of its log by: a traceback, and a line for
    # each second in which the launcher, which has ended, does not answer.
    for module in (log_handler, sdk_worker):
        vars(module)["print"] = _print_nothing


def _print_nothing(*words: object, file: object) -> None:
    """Take the place of `print`."""
