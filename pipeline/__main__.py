"""`warta`, or `python -m pipeline`: signals are listened to before anything is imported."""

import atexit
import gc
import os
import signal
import sys

_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _Process:
    """What becomes of this process where no command runs: as it starts, and as it ends."""

    status: int | None = None
    """Of the command, when it has ended."""


def main(arguments: "list[str] | None" = None) -> int:
    """Run one command and return its exit status.

    Args:
      arguments: The words after `warta`; None: those that the process was started with.
    """
    if arguments is None:
        for number in _STOPPING:
            # One that is ignored stays ignored, as `nohup` wants it.
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, _end_at_once)
        # Tables of a hundred thousand objects are built, and no garbage: collections find none.
        gc.set_threshold(100_000, 50, 50)
        # Arrow's own allocator keeps what threads that have ended had, and each batch has threads
        # of its own: a run of a thousand batches would hold 300 MB that nothing uses.
        os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
        # Registered first, it is called last.
        atexit.register(_ignore_signals)
    _Process.status = _run(arguments)
    if arguments is None:
        _end_if_stopped(_Process.status)
    return _Process.status


def _end_if_stopped(status: int) -> None:
    """End a process that a signal has stopped: all is unwound, and libraries need not be told.

    At the interpreter's end DuckDB's would list each object that the signal left it with.
    """
    from warta.pipeline.commands.exit_status import flush_output
    from warta.pipeline.signals import is_stopping

    if is_stopping():
        os._exit(flush_output(status))


def _run(arguments: "list[str] | None") -> int:
    from warta.pipeline.signals import Stopped, stop_on_signals

    with stop_on_signals(to_the_end=arguments is None):
        try:
            from warta.pipeline.cli import main as run
            from warta.pipeline.console.beam_noise import show_own_warnings

            show_own_warnings()
            return run(arguments)
        except Stopped as stopped:
            print(f"warta: {stopped}", file=sys.stderr)
            return stopped.exit_status


def _end_at_once(number: int, _: object) -> None:
    """End a process that is starting, or one that is ending with what its command has come to."""
    if _Process.status is not None:
        os._exit(_Process.status)
    os.write(2, f"warta: stopped by {signal.Signals(number).name}\n".encode())
    os._exit(128 + number)


def _ignore_signals() -> None:
    """Ignore signals from here on: the interpreter would give them their defaults back."""
    for number in _STOPPING:
        signal.signal(number, signal.SIG_IGN)


if __name__ == "__main__":
    sys.exit(main())
