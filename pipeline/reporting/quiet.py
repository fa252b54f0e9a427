"""What Beam logs of errors that warta reports itself, in one line.

An error of the disk or of the lake is the user's to mend; tracebacks of Beam and of every worker
would bury the line that says how. Defects keep theirs.
"""

import logging
import re

from warta.transforms.core.errors import LakeError

_LOGGERS = (
    "apache_beam.runners.common",
    "apache_beam.runners.worker.sdk_worker",
    "apache_beam.runners.portability.fn_api_runner.worker_handlers",
    "apache_beam.runners.portability.local_job_service",
)
_ERRORS = re.compile(rf"\b{re.escape(LakeError.__module__)}\.Lake\w*Error\b")
_STEP = re.compile(r"\s*\[while running '[^']*'\]")


def hush_reported_errors() -> None:
    """Keep tracebacks of lake and disk errors out of Beam's logs in this process."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_is_defect)


def without_step(message: str) -> str:
    """Return an error's words without the step that Beam adds to them."""
    return _STEP.sub("", message)


def _is_defect(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    while error is not None:
        if isinstance(error, LakeError | OSError):
            return False
        error = error.__cause__
    # A worker's error reaches the launcher as text.
    return not _ERRORS.search(record.getMessage())


def show_own_warnings() -> None:
    """Print warnings of warta's own loggers as its other lines, without a logger's name."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("warta: %(message)s"))
    logger = logging.getLogger("warta")
    logger.addHandler(handler)
    logger.propagate = False


def drop_printed_tracebacks() -> None:
    """Keep a worker of Beam from printing what it logs as well, in this process."""
    from apache_beam.runners.worker import sdk_worker

    # The only print in that module, of a traceback, passes the filters of its log by.
    vars(sdk_worker)["print"] = _print_nothing


def _print_nothing(*words: object, file: object) -> None:
    """Take the place of `print`."""
