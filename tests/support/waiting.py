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
) -> Found:
    """Return the first true answer to a question that is asked again and again.

    Args:
      what: Is asked.
      patience_s: How long.
      process: Whoever is waited for: once it has ended, nobody waits any more.

    Raises:
      AssertionError: There is none in time, or the process has ended.
    """
    deadline = time.monotonic() + patience_s
    while not (found := what()):
        assert process is None or process.poll() is None, f"ended with status {process.poll()}"
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.05)
    return found


def free_port() -> int:
    """Return a port of this machine on which nothing listens.

    It stays free for whoever asked: no connection is given it, and no other process of tests gets
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
