"""One writer a lake. Readers need no lock.

On a local disk the operating system holds the lock, so that it dies with its holder, however that
ends. Object stores have none: there a schedule must see to it that runs do not overlap.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from filelock import FileLock, Timeout

from transforms.lake.layout import Lake, LakeError
from transforms.storage import is_local

_LOCK = "_lock"
_HOLDER = "_lock.json"


@contextmanager
def hold(lake: Lake) -> Iterator[None]:
    """Holds the lake's lock while the block runs.

    Raises:
      LakeError: another run holds it; names the holder.
    """
    if not is_local(lake.uri):
        yield
        return
    lock = FileLock(lake.path(_LOCK))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise LakeError(f"{lake} is being written by {_holder(lake)}") from None
    try:
        lake.write_json(
            _HOLDER,
            {
                "host": socket.gethostname(),
                "pid": os.getpid(),
                "since": datetime.now(UTC).isoformat(timespec="seconds"),
            },
        )
        yield
    finally:
        lock.release()


def _holder(lake: Lake) -> str:
    try:
        holder = lake.read_json(_HOLDER)
    except (FileNotFoundError, LakeError):
        return "another run"
    return f"process {holder['pid']} on {holder['host']} since {holder['since']}"
