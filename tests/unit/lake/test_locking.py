"""One writer a lake: who comes second waits or is refused, and the dead hold nothing."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from tests.support.waiting import PATIENCE_S
from warta.transforms.core.errors import LakeError
from warta.transforms.lake.locking import check_writer, hold
from warta.transforms.lake.storage import Lake

_HOLD = """
import sys
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.locking import hold
with hold(Lake(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def _holder(lake: Lake) -> "subprocess.Popen[str]":
    """A process that holds the lake until its standard input ends, once it does."""
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLD, lake.uri],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_the_second_writer_is_refused_and_reported_of_the_first(lake: Lake) -> None:
    """One line names process, host and time, and the way to wait."""
    with _holder(lake) as first:
        with pytest.raises(LakeError, match=f"written by process {first.pid} on .*--wait"):
            hold(lake).__enter__()
        first.kill()


def test_the_second_writer_waits_if_it_may(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """It gets the lake when the first lets go, and gives up when its time is over."""
    with _holder(lake) as first:
        with pytest.raises(LakeError, match=r"still after 0\.1 s"):
            hold(lake, wait_s=0.1).__enter__()
        assert first.stdin is not None
        let_go = first.stdin.close

        def wait(_: float) -> None:
            let_go()
            first.wait()  # with a limit it would sleep, which is this

        monkeypatch.setattr("time.sleep", wait)
        with hold(lake, wait_s=30) as writer:
            check_writer(lake, writer)
        assert first.returncode == 0


def test_a_dead_holders_lock_is_free(lake: Lake) -> None:
    """SIGKILL leaves no lock: the next writer has the lake at once."""
    with _holder(lake) as first:
        os.kill(first.pid, signal.SIGKILL)
        first.wait(PATIENCE_S)
    with hold(lake) as writer:
        check_writer(lake, writer)


def test_threads_take_turns(lake: Lake) -> None:
    """Of many that want the lake one has it at a time, and in the end all had it."""
    inside = []
    turns = []

    def work() -> None:
        with hold(lake, wait_s=60):
            inside.append(1)
            turns.append(len(inside))
            with pytest.raises(LakeError, match="is being written"):
                hold(lake).__enter__()
            inside.pop()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert turns == [1] * 6
