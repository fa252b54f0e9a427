"""Requests to end by signals, as `warta watch` takes them."""

import os
import signal
import subprocess
import sys

import pytest

from tests.support.waiting import PATIENCE_S
from warta.pipeline.signals import (
    blocked_signals,
    ignored_by_children,
    kept_handlers,
    request_stop_on_signals,
)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_is_a_request_that_is_reported_once(name: str) -> None:
    """The work in hand goes on; the handlers are as before after the block."""
    number = signal.Signals[name]
    before = signal.getsignal(number)
    reports: list[str] = []
    with request_stop_on_signals(lambda: reports.append("ending")) as request:
        assert not request()
        for _ in range(2):
            os.kill(os.getpid(), number)
        assert request()
    assert reports == ["ending"]
    assert signal.getsignal(number) == before


def test_an_ignored_signal_stays_ignored() -> None:
    """As `nohup` starts a command."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with request_stop_on_signals(lambda: None) as request:
            os.kill(os.getpid(), signal.SIGHUP)
            assert not request()
    finally:
        signal.signal(signal.SIGHUP, before)


def test_processes_started_in_the_block_do_not_get_the_signals() -> None:
    """They live to the end of their work."""
    code = "import os, signal; os.kill(os.getpid(), signal.SIGTERM); print('alive')"
    with blocked_signals():
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, check=True, timeout=PATIENCE_S
        )
    assert done.stdout == b"alive\n"


def test_a_process_that_unblocks_signals_can_be_made_to_ignore_them() -> None:
    """As Java does; here they are handled as before, and one that came meanwhile arrives."""
    heard: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))
    code = (
        "import os, signal\n"
        "signal.pthread_sigmask(signal.SIG_SETMASK, ())\n"
        "os.kill(os.getpid(), signal.SIGTERM)\n"
        "print('alive')"
    )
    try:
        with ignored_by_children():
            done = subprocess.run(
                [sys.executable, "-c", code], capture_output=True, check=True, timeout=PATIENCE_S
            )
        assert done.stdout == b"alive\n"
        os.kill(os.getpid(), signal.SIGTERM)
        assert heard == [signal.SIGTERM]
    finally:
        signal.signal(signal.SIGTERM, before)


def test_handlers_that_a_library_sets_are_taken_back() -> None:
    """Spark sets one for Ctrl-C."""
    before = signal.getsignal(signal.SIGINT)
    with kept_handlers():
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    assert signal.getsignal(signal.SIGINT) == before
