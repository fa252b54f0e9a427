"""Too few descriptors are one line, before a library fails for want of them."""

import subprocess
import sys

import pytest

from tests.support.waiting import PATIENCE_S
from warta.transforms.core.file_descriptors import check_descriptors

_ASK = "from warta.transforms.core.file_descriptors import check_descriptors as c; c({}, 'a look')"


def test_enough_descriptors_are_no_error() -> None:
    """And all that were opened to see it are closed again."""
    for _ in range(300):
        check_descriptors(10, "a look")


@pytest.mark.parametrize(("limit", "count", "is_refused"), [(9, 8, True), (64, 8, False)])
def test_too_few_descriptors_are_refused(limit: int, count: int, *, is_refused: bool) -> None:
    """A process that may open nine files has three open, and more while it starts."""
    command = ["prlimit", f"--nofile={limit}", sys.executable, "-c", _ASK.format(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    line = "Too many open files: a look needs 8 (see `ulimit -n`)"
    assert (line in done.stderr) is is_refused
    assert done.returncode == is_refused
