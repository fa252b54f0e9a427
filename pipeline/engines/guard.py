"""Run an engine's server, and end it when the process that started it is gone.

A program of its own, which imports the standard library alone:

    python guard.py COMMAND ... < pipe

The launcher holds the other end of the pipe. It is closed when the launcher stops the engine, and
by the kernel when the launcher dies in whatever way, also by SIGKILL.
"""

import signal
import subprocess
import sys
import threading

_GRACE_S = 5.0
"""What an engine has to end by itself, before it is killed."""


def main(command: list[str]) -> int:
    """Run the command until it ends, or until standard input does.

    Returns:
      The status of the command: negative if a signal ended it.
    """
    # A launcher may ignore or block them, and children inherit that.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603  the launcher's own
    threading.Thread(target=_end_with_launcher, args=(process,), daemon=True).start()
    return process.wait()


def _end_with_launcher(process: "subprocess.Popen[bytes]") -> None:
    sys.stdin.buffer.read()
    process.terminate()
    try:
        process.wait(_GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
