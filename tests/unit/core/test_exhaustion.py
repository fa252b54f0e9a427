"""Too little memory and too few threads are one line, before or after a library fails for want."""

import errno
import re
import subprocess
import sys
import threading

import pytest

from tests.support.waiting import PATIENCE_S
from warta.transforms.core.errors import RunError
from warta.transforms.core.exhaustion import (
    check_address_space,
    check_threads,
    exhausted,
    is_exhausted,
)

_ASK = (
    "from warta.transforms.core.exhaustion import check_address_space as c; "
    "c({}, 'a look', 'look elsewhere')"
)


def test_no_limit_is_enough() -> None:
    """Where nothing is limited, nothing is refused."""
    check_address_space(1, "a look", "look elsewhere")


@pytest.mark.parametrize(("needed", "is_refused"), [(3_000_000_000, True), (1_000_000_000, False)])
def test_too_small_an_address_space_is_refused(needed: int, *, is_refused: bool) -> None:
    """The line says what is needed, what there is, and what to do."""
    command = ["prlimit", "--as=2000000000", sys.executable, "-c", _ASK.format(needed)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    line = "a look needs 3.0 GB of address space, and may have 2.0 GB: look elsewhere"
    assert (line in done.stderr) is is_refused
    assert done.returncode == is_refused


def test_too_few_threads_are_refused() -> None:
    """Each asks for address space for its stack, so a limit of that bounds them here."""
    ask = (
        "from warta.transforms.core.exhaustion import check_threads as c; "
        "import threading; threading.stack_size(64 << 20); c({}, 'a look', 'look elsewhere')"
    )
    for needed, is_refused in ((300, True), (2, False)):
        command = ["prlimit", "--as=2000000000", sys.executable, "-c", ask.format(needed)]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=PATIENCE_S
        )
        assert done.returncode == is_refused, done.stderr
        said = re.search(r"not enough threads: a look needs 300, and can start \d+ \(", done.stderr)
        assert (said is not None) is is_refused
    before = threading.active_count()
    check_threads(50, "a look", "look elsewhere")
    assert threading.active_count() == before


def _caused(cause: Exception) -> RunError:
    error = RunError("the work failed")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MemoryError(), True),
        (RuntimeError("can't start new thread"), True),
        (RuntimeError("can't allocate lock"), True),
        (RuntimeError("something else"), False),
        (ImportError("stats.so: failed to map segment from shared object"), True),
        (ImportError("No module named 'anjungan'"), False),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), True),
        (OSError(errno.ENOSPC, "No space left on device"), False),
        (_caused(MemoryError()), True),
        (_caused(ValueError("Unable to read")), False),
        (exhausted("can't start new thread"), True),
        (None, False),
    ],
)
def test_what_counts_as_exhaustion(error: Exception | None, *, expected: bool) -> None:
    """Also what caused an error counts."""
    assert is_exhausted(error) is expected
