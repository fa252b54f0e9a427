"""Run `warta` in tests as its users run it, but from a process that has everything imported.

A command of its own imports for some four seconds. A server, one for each process of pytest,
imports once and forks a child for every command: it has its own folder, environment, standard
streams and process group, and ends as the command ends. (pytest's own process has threads of
servers and of pyarrow, and must not be forked.)
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import IO, Any

from tests.support.waiting import PATIENCE_S

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "sample_data"


def warta(
    *arguments: object,
    given: str = "",
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout_s: float = PATIENCE_S,
) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end.

    Args:
      arguments: The words after `warta`.
      given: Its standard input.
      cwd: Its folder; this process's by default.
      env: Variables that it has besides those of this process.
      timeout_s: It is killed if it takes longer.

    Raises:
      TimeoutError: It did; the message holds what it said until then.
    """
    words = [str(word) for word in arguments]
    with ExitStack() as stack:
        files = [stack.enter_context(tempfile.NamedTemporaryFile()) for _ in range(3)]
        files[0].write(given.encode())
        files[0].flush()
        status = _server().run(
            {
                "arguments": words,
                "cwd": str(cwd or Path.cwd()),
                "env": {**os.environ, **(env or {})},
                "streams": [file.name for file in files],
                "timeout_s": timeout_s,
            }
        )
        out, errors = (Path(file.name).read_text(encoding="utf-8") for file in files[1:])
    if status is None:
        raise TimeoutError(f"warta {' '.join(words)} took over {timeout_s} s: {out}{errors}")
    return subprocess.CompletedProcess(words, status, out, errors)


def run(lake: Path, *arguments: object, workers: int = 1) -> "subprocess.CompletedProcess[str]":
    """`warta run` that must succeed."""
    done = warta("run", *arguments, "--lake", lake, "--workers", workers, "--strict")
    assert done.returncode == 0, done.stderr
    return done


class _Server:
    """The process that forks commands; it ends when its input closes, with this process."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.support.commands"]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)

    def run(self, request: dict[str, Any]) -> int | None:
        requests, replies = self._process.stdin, self._process.stdout
        assert requests is not None
        assert replies is not None
        requests.write(json.dumps(request) + "\n")
        requests.flush()
        reply = replies.readline()
        assert reply, "the server of commands has ended"
        status: int | None = json.loads(reply)
        return status


@cache
def _server() -> _Server:
    return _Server()


def _serve(requests: IO[str], replies: IO[str]) -> None:
    """Answer each request, a line of JSON, with the exit status of its command; null: too late."""
    for line in requests:
        request = json.loads(line)
        child = os.fork()
        if not child:
            _be_the_command(request)
        replies.write(json.dumps(_wait(child, request["timeout_s"])) + "\n")
        replies.flush()


def _wait(child: int, timeout_s: float) -> int | None:
    """Return how a child ended; kill its group and return None if it takes too long."""
    signal.alarm(int(timeout_s))
    try:
        _, status = os.waitpid(child, 0)
    except InterruptedError:
        os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return None
    finally:
        signal.alarm(0)
    return os.waitstatus_to_exitcode(status)


def _be_the_command(request: dict[str, Any]) -> None:
    """Become the command, and end with its status."""
    status = 1
    try:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.setpgid(0, 0)
        for number, path in enumerate(request["streams"]):
            file = os.open(path, os.O_RDWR)
            os.dup2(file, number)
            os.close(file)
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        os.chdir(request["cwd"])
        os.environ.clear()
        os.environ.update(request["env"])
        from warta.pipeline.__main__ import main

        status = main(request["arguments"])
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else 1
    except BaseException:  # noqa: BLE001  a command of its own shows it in the same way
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _too_late(*_: object) -> None:
    raise InterruptedError


if __name__ == "__main__":
    from tests.support.jobs import warm_up

    warm_up()
    signal.signal(signal.SIGALRM, _too_late)
    # The terminal's Ctrl-C is pytest's, which then closes the input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _serve(sys.stdin, sys.stdout)
