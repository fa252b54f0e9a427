"""Standard input, pipes and FIFOs as files: readers seek in their input, and ask for its size."""

import errno
import hashlib
import os
import select
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from warta.transforms.core.errors import StorageError
from warta.transforms.sources.streams import local_path

STANDARD_INPUT = "-"
SILENCE_S = 300.0
"""A pipe that says nothing for so long is given up: its writer hangs, or never began."""
_CHUNK_BYTES = 1 << 20
_KERNELS = (("proc",), ("sys",))
"""Folders of files that the kernel makes."""
_FREE_BYTES = 256 << 20
"""Left free on the disk of temporary files: a pipe may have no end."""
_CHECK_BYTES = 64 << 20


class PipeCopy(NamedTuple):
    """What a pipe said, in a file."""

    path: str
    size: int
    stamp: str
    """The same bytes give the same again."""


def is_pipe(location: str) -> bool:
    """Return whether a location is read once, from its beginning to its end, and has no size."""
    if location == STANDARD_INPUT:
        return True
    path = local_path(location)
    if path is None:
        return False
    try:
        found = path.expanduser().stat()
    except (OSError, ValueError):
        return False
    if stat.S_ISREG(found.st_mode):
        return not found.st_size and is_of_kernel(path.expanduser())
    return not stat.S_ISDIR(found.st_mode)


def is_of_kernel(path: Path) -> bool:
    """Return whether the kernel makes a file while it is read: it has no size, and maybe no end.

    Example:
      >>> is_of_kernel(Path("/proc/kmsg")), is_of_kernel(Path("/srv/proc/a.txt"))
      (True, False)
    """
    return Path(os.path.realpath(path)).parts[1:2] in _KERNELS


@contextmanager
def copy_pipes(
    locations: Iterable[str], silence_s: float = SILENCE_S
) -> Iterator[dict[str, PipeCopy]]:
    """Copy pipes to temporary files, which are deleted with the block.

    Args:
      locations: Pipes and others.
      silence_s: Longest wait for the next byte of a pipe.

    Yields:
      What each pipe said, by its location; nothing for the others.

    Raises:
      StorageError: A pipe says nothing, cannot be read, or fills the disk.
    """
    pipes = [location for location in dict.fromkeys(locations) if is_pipe(location)]
    if not pipes:
        yield {}
        return
    with tempfile.TemporaryDirectory(prefix="warta-") as folder:
        yield {
            location: _copy(location, Path(folder, f"input-{number}"), silence_s)
            for number, location in enumerate(pipes)
        }


def _copy(location: str, path: Path, silence_s: float) -> PipeCopy:
    name = "standard input" if location == STANDARD_INPUT else location
    try:
        handle = _open(location)
    except OSError as error:
        raise StorageError(f"cannot read {name}: {error.strerror}") from error
    try:
        with path.open("wb") as file:
            return _copy_all(handle, file, name, silence_s)
    finally:
        if location != STANDARD_INPUT:
            os.close(handle)


def _open(location: str) -> int:
    """Return a descriptor; opening a FIFO does not wait for one who writes to it."""
    if location == STANDARD_INPUT:
        if sys.stdin is None:
            raise OSError(errno.EBADF, "it is closed")
        return sys.stdin.fileno()
    path = (local_path(location) or Path(location)).expanduser()
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    mode = os.fstat(handle).st_mode
    is_device = stat.S_ISCHR(mode) or stat.S_ISBLK(mode)
    if is_device and not os.isatty(handle) and str(path) != os.devnull:
        os.close(handle)
        raise OSError(errno.EINVAL, "it is a device")
    return handle


def _copy_all(handle: int, file: BinaryIO, name: str, silence_s: float) -> PipeCopy:
    digest = hashlib.sha256()
    size = unchecked = 0
    poll = select.poll()
    poll.register(handle, select.POLLIN | select.POLLHUP | select.POLLERR)
    while True:
        if not poll.poll(silence_s * 1_000):
            raise StorageError(
                f"{name} has said nothing for {silence_s:g} seconds: is anything writing to it?"
            )
        try:
            chunk = os.read(handle, _CHUNK_BYTES)
        except BlockingIOError:
            continue
        if not chunk:
            return PipeCopy(file.name, size, f"{size}-{digest.hexdigest()[:16]}")
        file.write(chunk)
        digest.update(chunk)
        size += len(chunk)
        unchecked += len(chunk)
        if unchecked >= _CHECK_BYTES:
            unchecked = 0
            if shutil.disk_usage(Path(file.name).parent).free < _FREE_BYTES:
                raise StorageError(
                    f"{name} fills the disk of {tempfile.gettempdir()} after {size >> 20:,} MB: "
                    "write it to a file, and read that"
                )
