"""One temporary folder a process, gone with it; what killed processes left is removed.

Engines and libraries ask `tempfile` for folders and leave some when they are killed. They
all get theirs inside one folder, whose lock file is locked by a living process.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

PREFIX = "warta-"
_LOCK = "in-use.lock"
_SETTLED_S = 60.0
"""A folder that is younger may not be locked yet."""


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Give the block, its libraries and its child processes one temporary folder.

    Folders of processes that were killed are removed first.

    Yields:
      The folder; it is removed with the block.
    """
    base = Path(tempfile.gettempdir())
    remove_leftovers(base)
    before, variable = tempfile.tempdir, os.environ.get("TMPDIR")
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))
    # Inherited by forked children: the folder is in use while one of them lives.
    lock = FileLock(folder / _LOCK)
    lock.acquire()
    tempfile.tempdir = os.environ["TMPDIR"] = str(folder)
    try:
        yield folder
    finally:
        tempfile.tempdir = before
        if variable is None:
            del os.environ["TMPDIR"]
        else:
            os.environ["TMPDIR"] = variable
        lock.release()
        shutil.rmtree(folder, ignore_errors=True)


def remove_leftovers(base: Path) -> None:
    """Remove the folders of processes that have ended without doing so.

    Args:
      base: Where temporary folders are. Only this user's own are looked at.
    """
    for folder in base.glob(f"{PREFIX}*"):
        try:
            about = folder.lstat()
            if about.st_uid != os.getuid() or time.time() - about.st_mtime < _SETTLED_S:
                continue
            if folder.is_symlink() or not (folder / _LOCK).is_file():
                continue
            with FileLock(folder / _LOCK, timeout=0):
                shutil.rmtree(folder, ignore_errors=True)
        except (Timeout, OSError):
            # In use, or gone by now: another process removes it.
            continue
