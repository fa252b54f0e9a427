"""Which of what engines log is kept from the user: what warta reports itself, in one line."""

import logging
import subprocess
import sys

import pytest

from tests.support.waiting import PATIENCE_S
from warta.pipeline.console.beam_noise import is_defect
from warta.transforms.core.errors import LakeWriteError

_HEAD = 'Traceback (most recent call last):\n  File "x.py", line 1, in f\n'


def _record(message: str, error: BaseException | None = None) -> logging.LogRecord:
    about = (type(error), error, None) if error else None
    return logging.LogRecord("a", logging.ERROR, __file__, 1, message, None, about)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (f"{_HEAD}warta.transforms.core.errors.LakeWriteError: full", False),
        (f"{_HEAD}OSError: When reading a key: NETWORK_CONNECTION [while running 'Read']", False),
        (f"{_HEAD}PermissionError: [Errno 13]", False),
        # As a worker's record reaches the launcher: as text of a message, escaped.
        (repr(f"{_HEAD}ConnectionResetError: gone")[1:-1], False),
        (f"{_HEAD}grpc._E: <_E of RPC that terminated with:\n\tstatus = UNAVAILABLE\n>\n", False),
        (f"{_HEAD}KeyError: 'OSError: no'", True),
        (f"{_HEAD}ZeroDivisionError: division by zero", True),
    ],
)
def test_a_traceback_as_text_is_known_by_its_last_line(message: str, expected: bool) -> None:
    """An error of the disk, the store or the lake is reported by the command; defects are shown."""
    assert is_defect(_record(message)) is expected


def test_an_error_is_known_by_its_cause() -> None:
    """Also where an engine has wrapped it."""
    outer = RuntimeError("step failed")
    outer.__cause__ = LakeWriteError("full")
    assert not is_defect(_record("failed", outer))
    assert is_defect(_record("failed", RuntimeError("a defect")))


def test_hushing_does_without_beam() -> None:
    """A watch whose feeds have nothing new imports no engine: that takes a second, and warns."""
    program = (
        "import sys\n"
        "from warta.pipeline.console.beam_noise import hush_reported_errors\n"
        "hush_reported_errors()\n"
        "sys.exit('apache_beam' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=False, timeout=PATIENCE_S
    )
    assert (done.returncode, done.stderr) == (0, b"")
