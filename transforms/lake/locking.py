"""One writer a lake. Readers need no lock.

On a local disk the operating system holds the lock, so that it dies with its holder, however that
ends. An object store has no locks, but what is written there is listed at once: a writer puts its
claim into `_locks/`, then looks; it holds the lake if there is no other claim, and else takes its
own back. Of two that come together at least one sees the other, so they never both hold it. A claim
that its holder has not renewed for LEASE_S is dead, and taken away by the next writer; on the
holder's own machine as soon as its process has ended.

The holder of a lake has a name, the writer, which its runs carry: a run whose writer has lost
the lake cannot commit (`check_writer`).
"""

import logging
import os
import random
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from warta.transforms.core.errors import LakeBusyError, LakeError
from warta.transforms.core.storage import is_local, one_line
from warta.transforms.lake.failpoints import failpoint
from warta.transforms.lake.storage import Lake

LEASE_S = 60.0
"""Age at which an unrenewed claim on an object store is dead."""
_RENEWALS = 4
"""In one lease: three may fail."""
_RETRY_S = 1.0
_POLL_S = 0.2

_log = logging.getLogger(__name__)

_LOCK = "_lock"
_HOLDER = "_lock.json"
_CLAIMS = "_locks"
_WORTH_A_LINE = 2
"""Renewals that fail in a row: of a store that is gone for good the commit reports."""


@contextmanager
def hold(lake: Lake, wait_s: float = 0.0, lease_s: float = LEASE_S) -> Iterator[str]:
    """Hold the lake's lock while the block runs.

    Args:
      lake: Which.
      wait_s: How long to wait for another writer, in seconds; 0: not at all.
      lease_s: Age at which an unrenewed claim on an object store is dead, in seconds.

    Yields:
      The writer's name, for `Run.writer`.

    Raises:
      LakeBusyError: Another run holds it, and did not let go in time; names the holder.
    """
    writer = uuid.uuid4().hex
    if is_local(lake.uri):
        held = _hold_disk(lake, writer, wait_s)
    else:
        held = _hold_store(lake, writer, wait_s, lease_s)
    with held:
        failpoint("lock.held")
        yield writer


def is_held(lake: Lake) -> bool:
    """Return whether a run seems to write the lake, as far as can be seen without the lock."""
    claims = [_HOLDER] if is_local(lake.uri) else list(lake.files(_CLAIMS))
    holders = [_read_claim(lake, claim) for claim in claims]
    return any(holder and not _is_dead(holder) for holder in holders)


def check_writer(lake: Lake, writer: str) -> None:
    """Refuse a writer that has lost the lake to another.

    Args:
      lake: Which.
      writer: The name that `hold` gave; empty: not checked.

    Raises:
      LakeError: Its claim is gone.
    """
    if not writer:
        return
    if is_local(lake.uri):
        is_held_by_it = lake.exists(_HOLDER) and lake.read_json(_HOLDER).get("writer") == writer
    else:
        is_held_by_it = lake.exists(_claim(writer))
    if not is_held_by_it:
        raise LakeError(f"{lake} was taken over by another run; this one published nothing")


@contextmanager
def _hold_disk(lake: Lake, writer: str, wait_s: float) -> Iterator[None]:
    lock = FileLock(lake.path(_LOCK))
    with lake.writing():
        try:
            lock.acquire(timeout=wait_s, poll_interval=_POLL_S)
        except Timeout:
            raise _refusal(lake, _read_claim(lake, _HOLDER), wait_s) from None
    try:
        with lake.writing():
            lake.write_json(_HOLDER, _describe(writer))
        yield
    finally:
        try:
            lake.discard(_HOLDER)
        finally:
            lock.release()


@contextmanager
def _hold_store(lake: Lake, writer: str, wait_s: float, lease_s: float) -> Iterator[None]:
    deadline = time.monotonic() + wait_s
    while (other := _try_claim(lake, writer, lease_s)) is not None:
        if time.monotonic() >= deadline:
            raise _refusal(lake, other, wait_s)
        # Two that met back off for times of their own, so that one of them is first.
        time.sleep(_RETRY_S * random.uniform(0.5, 1.5))  # noqa: S311  not a secret
    released = threading.Event()
    renewer = threading.Thread(
        target=_renew, args=(lake, writer, lease_s / _RENEWALS, released), daemon=True
    )
    renewer.start()
    try:
        yield
    finally:
        released.set()
        renewer.join()
        with lake.writing():
            lake.discard(_claim(writer))


def _try_claim(lake: Lake, writer: str, lease_s: float) -> dict[str, Any] | None:
    """Claim the lake; return who else claims it, and then without a claim of ours, or None."""
    holds = False
    with lake.writing():
        lake.write_json(_claim(writer), _describe(writer))
        try:
            other = _other_claim(lake, writer, lease_s)
            holds = other is None
        finally:
            if not holds:
                lake.discard(_claim(writer))
    return other


def _other_claim(lake: Lake, writer: str, lease_s: float) -> dict[str, Any] | None:
    """Return a living claim beside ours, or None; delete dead ones."""
    # Times of the store itself: clocks of writers may differ.
    times = {path: lake.modified_at(path) for path in lake.files(_CLAIMS)}
    now = times.pop(_claim(writer), None)
    for path, renewed_at in sorted(times.items()):
        if renewed_at is None:
            continue  # let go meanwhile
        other = _read_claim(lake, path)
        expired = now is not None and (now - renewed_at).total_seconds() > lease_s
        if not expired and not _is_dead(other):
            return other
        lake.discard(path)
    return None


def _renew(lake: Lake, writer: str, every_s: float, released: threading.Event) -> None:
    """Renew the claim again and again, as long as it is there.

    A renewal that fails is tried again at the next turn: a commit asks for the claim anyway. A
    process that was halted for longer than a lease may have lost the lake, and leaves it.
    """
    since = _describe(writer)
    renewed_s = time.monotonic()
    failures = 0
    while not released.wait(every_s):
        try:
            halted = time.monotonic() - renewed_s >= every_s * _RENEWALS
            if halted or not lake.exists(_claim(writer)):
                return
            lake.write_json(_claim(writer), since | {"renewed": _now()})
            renewed_s = time.monotonic()
            failures = 0
        except OSError as error:
            failures += 1
            if failures < _WORTH_A_LINE or released.is_set():
                continue
            _log.warning("the claim on %s was not renewed: %s", lake, one_line(error))


def _claim(writer: str) -> str:
    return f"{_CLAIMS}/{writer}.json"


def _describe(writer: str) -> dict[str, Any]:
    return {
        "writer": writer,
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "since": _now(),
        "pids_of": _pids_of(),
    }


def _pids_of() -> str:
    """Return a name for the space of our process number; empty if the system has none.

    Containers may share a host's name, and have each a process of the same number.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}/{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return ""


def _is_dead(holder: dict[str, Any]) -> bool:
    """Return whether a holder's process can be seen from here to have ended."""
    space, pid = _pids_of(), holder.get("pid")
    if not space or holder.get("pids_of") != space or not isinstance(pid, int):
        return False
    return not _runs(pid)


def _runs(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _read_claim(lake: Lake, name: str) -> dict[str, Any]:
    """Return what a claim says; empty if it cannot be read: it may be written just now."""
    try:
        return lake.read_json(name)
    except (OSError, LakeError):
        return {}


def _refusal(lake: Lake, holder: dict[str, Any], wait_s: float) -> LakeBusyError:
    who = "another run"
    if {"pid", "host", "since"} <= holder.keys():
        who = f"process {holder['pid']} on {holder['host']} since {holder['since']}"
    waited = f", still after {wait_s:g} s" if wait_s else "; --wait SECONDS waits for it"
    return LakeBusyError(f"{lake} is being written by {who}{waited}")
