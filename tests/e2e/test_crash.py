"""The short form of `make crash`: a run may be ended anywhere, and the lake is never wrong."""

import subprocess
import sys

import pytest


def crash(part: str) -> None:
    command = [sys.executable, "-m", "benchmarks.crash", "--short", "--random", "2", "--part", part]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("every promise was kept\n")


def test_a_run_killed_while_it_commits_is_finished_by_the_next() -> None:
    """SIGKILL amid the moves, and again amid the recovery: rows as of an undisturbed run."""
    crash("quick")


@pytest.mark.long
@pytest.mark.parametrize(
    "part", ["disk", "trouble", "rewrite", "catalog", "store", "store-catalog"]
)
def test_a_run_may_be_ended_anywhere(part: str) -> None:
    """SIGKILL at points and at random, full and lost disks, an object store: rows as ever."""
    crash(part)
