"""The short form of `make crash`: a run may be ended anywhere, and the lake is never wrong."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("part", ["disk", "trouble", pytest.param("store", marks=pytest.mark.long)])
def test_a_run_may_be_ended_anywhere(part: str) -> None:
    """SIGKILL at points and at random, full and lost disks, an object store: rows as ever."""
    command = [sys.executable, "-m", "benchmarks.crash", "--short", "--random", "2", "--part", part]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("every promise was kept\n")
