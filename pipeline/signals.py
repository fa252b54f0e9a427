"""Signals in one place: what SIGINT, SIGTERM and SIGHUP do to a command.

A bounded command is unwound by `Stopped`, so that locks and temporary folders are given back; a
second signal, or an unwinding that takes too long, ends the process at once. That is safe: a lake
is whole whatever ends its writer. Commands without an end count signals instead and drain.
"""

import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import ClassVar

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
UNWIND_S = 10.0
"""Engines wait for their workers when they are unwound; none may keep the process longer."""


class Stopped(KeyboardInterrupt):
    """A signal asked the command to end.

    Attributes:
      number: The signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(f"stopped by {signal.Signals(number).name}")
        self.number = number

    @property
    def exit_status(self) -> int:
        """Return what shells give a process that this signal ended: 130 or 143."""
        return 128 + self.number


class _Received:
    """The first signal of a command, while it is unwound, and what it must end."""

    first: Stopped | None = None
    hook: Callable[[threading.ExceptHookArgs], object] = threading.__excepthook__
    """What reported errors of threads before it."""
    ends: ClassVar[list[Callable[[], object]]] = []


def raise_if_stopped(error: BaseException) -> None:
    """Raise `Stopped` in place of an error that only followed from the signal.

    Engines wrap what is raised in their steps into errors of their own.

    Args:
      error: What was raised; it becomes the cause.

    Raises:
      Stopped: A signal came before.
    """
    if _Received.first is not None:
        raise _Received.first from error


@contextmanager
def ended_by_signals(end: Callable[[], object]) -> Iterator[None]:
    """Call `end` as soon as a signal comes within the block, before anything is unwound.

    An engine that waits for its workers is not unwound until they are gone.
    """
    _Received.ends.append(end)
    try:
        yield
    finally:
        _Received.ends.remove(end)


def is_stopping() -> bool:
    """Return whether a signal has come: errors from here on are its echo."""
    return first_signal() is not None


def first_signal() -> Stopped | None:
    """Return the first signal that has come, if one has."""
    return _Received.first


@contextmanager
def kept_handlers() -> Iterator[None]:
    """Give the signals that ask to end their handlers back after the block.

    Outside the main thread, which alone may set handlers, nothing is changed.
    """
    before = {number: signal.getsignal(number) for number in STOPPING}
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            for number, handler in before.items():
                signal.signal(number, handler)


def _set_unless_ignored(handler: Callable[[int, FrameType | None], None]) -> None:
    """Set the handler of the signals that ask to end; one that is ignored stays so, for `nohup`."""
    for number in STOPPING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, handler)


@contextmanager
def stop_on_signals(*, to_the_end: bool = False) -> Iterator[None]:
    """Raise `Stopped` in the main thread at the first SIGINT, SIGTERM or SIGHUP in the block.

    A signal that is ignored stays ignored, as `nohup` wants it. Outside the main thread the block
    runs as it is.

    Args:
      to_the_end: The process ends after the block: nothing is heard of threads that a signal has
        left without what they work on.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    with kept_handlers():
        _Received.first = None
        _set_unless_ignored(_stop)
        try:
            yield
        finally:
            if _Received.first is not None and not to_the_end:
                logging.disable(logging.NOTSET)
                threading.excepthook = _Received.hook


def _stop(number: int, frame: FrameType | None) -> None:
    if _Received.first is not None:
        os._exit(_Received.first.exit_status)
    _Received.first = Stopped(number)
    # What engines log and threads raise from here on is the echo of the end.
    logging.disable(logging.CRITICAL)
    _Received.hook, threading.excepthook = threading.excepthook, _ignore
    for end in reversed(_Received.ends):
        end()
    guard = threading.Timer(UNWIND_S, _end_at_once, [_Received.first])
    guard.daemon = True
    guard.start()
    raise _Received.first


def _ignore(_: threading.ExceptHookArgs) -> None:
    """Take an error of a thread that was ended."""


def _end_at_once(stopped: Stopped) -> None:
    os.write(2, f"warta: {stopped}\n".encode())
    os._exit(stopped.exit_status)


class SignalCounter:
    """Counts signals that ask for the end: the first drains a stream, the second cancels it."""

    def __init__(self) -> None:
        self.count = 0
        # One that is ignored stays ignored, as `nohup` wants it.
        self._names = [one for one in STOPPING if signal.getsignal(one) is not signal.SIG_IGN]

    def listen(self) -> None:
        """Set the handlers, again where an engine has set its own since."""
        for name in self._names:
            signal.signal(name, self._note)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.count += 1


@contextmanager
def count_signals() -> Iterator[SignalCounter]:
    """Count SIGINT, SIGTERM and SIGHUP in the block, instead of raising `Stopped`.

    Yields:
      The counter; call its `listen` when the engine runs.

    Raises:
      RuntimeError: In another thread than the main one, which alone may handle signals.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("signals are counted only in the main thread")
    with kept_handlers():
        counter = SignalCounter()
        counter.listen()
        yield counter


@dataclass(slots=True)
class StopRequest:
    """A wish to end after the work in hand, made by a signal or by a test."""

    _event: threading.Event = field(default_factory=threading.Event)

    def __call__(self) -> bool:
        """Return whether to end."""
        return self._event.is_set()

    def set(self) -> None:
        """Ask to end."""
        self._event.set()

    def wait(self, seconds: float) -> None:
        """Wait so long, or until it is to end."""
        self._event.wait(seconds)


@contextmanager
def request_stop_on_signals(report: Callable[[], None]) -> Iterator[StopRequest]:
    """Set a request at SIGINT, SIGTERM or SIGHUP in the block, in place of `Stopped`.

    A signal that is ignored stays ignored, as `nohup` wants it.

    Args:
      report: Is called once, at the first signal.

    Yields:
      The request.
    """
    request = StopRequest()

    def ask(number: int, frame: FrameType | None) -> None:
        if not request():
            report()
        request.set()

    with kept_handlers():
        _set_unless_ignored(ask)
        yield request


@contextmanager
def blocked_signals() -> Iterator[None]:
    """Keep what asks to end away from processes that are started in the block.

    Ctrl-C goes to all processes of a terminal, and a supervisor's SIGTERM to all of a service; the
    workers of the cycle under way must live to its end. Signals to this process arrive after the
    block.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def ignored_by_children() -> Iterator[None]:
    """Let processes that are started in the block ignore what asks this one to end, for good.

    A terminal or a supervisor signals them all, and programs such as Java unblock them.
    The signals wait meanwhile, and reach this process after the block. Outside the main thread the
    block runs as it is.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    with blocked_signals(), kept_handlers():
        for number in STOPPING:
            signal.signal(number, signal.SIG_IGN)
        yield
