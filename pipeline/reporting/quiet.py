"""What Beam logs of errors that warta reports itself, in one line.

An error of the disk or of the lake is the user's to mend; tracebacks of Beam and of every worker
would bury the line that says how. Defects keep theirs.
"""

import builtins
import logging
import re
import threading

from warta.transforms.core.errors import LakeError

_LOGGERS = (
    "apache_beam.runners.common",
    "apache_beam.runners.worker.data_plane",
    "apache_beam.runners.worker.sdk_worker",
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
_STEP = re.compile(r"\s*\[while running '[^']*'\]")


def hush_reported_errors() -> None:
    """Keep tracebacks of errors that warta reports itself out of what Beam logs here."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(is_defect)
    # A job server's messages are logged without a logger of their own.
    logging.getLogger().addFilter(is_defect)
    threading.excepthook = _report_thread


def without_step(message: str) -> str:
    """Return an error's words without the step that Beam adds to them."""
    return _STEP.sub("", message)


def is_defect(record: logging.LogRecord) -> bool:
    """Return whether a record is of anything but an error of a disk or a lake."""
    error = record.exc_info[1] if record.exc_info else None
    while error is not None:
        if isinstance(error, LakeError | OSError) or _is_lost_engine(error):
            return False
        error = error.__cause__
    # A worker's error reaches the launcher as text.
    return not _ERRORS.search(record.getMessage())


def _is_lost_engine(error: BaseException | None) -> bool:
    """Return whether an error says that the other end is gone: the job's end reports it."""
    import grpc

    return isinstance(error, grpc.RpcError)


def _report_thread(about: threading.ExceptHookArgs) -> None:
    """Report an error of a thread, but not each of Beam's that listened to an engine."""
    if not _is_lost_engine(about.exc_value):
        threading.__excepthook__(about)


def show_own_warnings() -> None:
    """Print warnings of warta's own loggers as its other lines, without a logger's name."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("warta: %(message)s"))
    logger = logging.getLogger("warta")
    logger.addHandler(handler)
    logger.propagate = False


def drop_printed_tracebacks() -> None:
    """Keep a worker of Beam from printing what it logs as well, in this process. Imports Beam."""
    from apache_beam.runners.worker import sdk_worker

    # The only print in that module, of a traceback, passes the filters of its log by.
    vars(sdk_worker)["print"] = _print_nothing


def _print_nothing(*words: object, file: object) -> None:
    """Take the place of `print`."""
