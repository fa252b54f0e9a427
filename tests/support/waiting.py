"""Wait for what other processes do, and find free ports."""

import fcntl
import random
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, TypeVar

Found = TypeVar("Found")

PATIENCE_S = 180.0
"""How long tests wait for what takes seconds: a busy machine is not a fault."""
_PORTS = range(15_000, 32_000)
"""Below those that the system gives to connections of its own accord."""
_held: list[IO[str]] = []


def wait_for(
    what: Callable[[], Found | None],
    patience_s: float = PATIENCE_S,
    process: "subprocess.Popen[Any] | None" = None,
    *,
    log: Path | None = None,
    every_s: float = 0.05,
) -> Found:
    """Return the first true answer to a question that is asked again and again.

    Args:
      what: Is asked.
      patience_s: How long.
      process: What is waited for: once it has ended, nobody waits any more.
      log: A file of what it says, for the error.
      every_s: How often it is asked: less often what takes long to answer.

    Raises:
      AssertionError: There is none in time, or the process has ended.
    """

    def said() -> str:
        return log.read_text(encoding="utf-8", errors="replace") if log else ""

    deadline = time.monotonic() + patience_s
    while not (found := what()):
        status = process.poll() if process else None
        assert status is None, f"ended with status {status}: {said()}"
        assert time.monotonic() < deadline, f"it did not come: {said()}"
        time.sleep(every_s)
    return found


def free_port() -> int:
    """Return a port of this machine on which nothing listens.

    It stays free for the caller: no connection is given it, and no other process of tests gets
    it for as long as this one lives.
    """
    folder = Path(tempfile.gettempdir()) / "warta-test-ports"
    folder.mkdir(exist_ok=True)
    for port in random.sample(_PORTS, len(_PORTS)):
        claim = (folder / str(port)).open("w")
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            claim.close()
            continue
        _held.append(claim)
        return port
    raise AssertionError("no port is free")
