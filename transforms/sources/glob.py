"""List the files that a path, glob, folder or URI names."""

import errno
import os
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from warta.transforms.core.errors import StorageError, UnreadableError
from warta.transforms.core.redaction import displayable
from warta.transforms.core.storage import one_line, resolve
from warta.transforms.sources.pipes import is_of_kernel
from warta.transforms.sources.streams import local_path

if TYPE_CHECKING:
    from pyarrow import fs

_WILDCARD = re.compile(r"[*?\[]")

MAX_PATTERN_PARTS = 64
"""Of a pattern, from its first wildcard on: pathlib goes a call deeper for each of them."""
_HIDDEN = (".", "_")
_NO_FILE = "it is a pipe, a device, a broken link or a file of the kernel"


class FoundFile(NamedTuple):
    """A file before it is known what it holds."""

    uri: str
    size: int
    stamp: str
    """Changes when the file changes."""
    named: bool
    """The user named this very file: it is read whatever it is."""


class Skipped(NamedTuple):
    """A file, folder or source that is not read, and why."""

    uri: str
    why: str

    def __str__(self) -> str:
        """Return both in one line, and the name once."""
        return self.why if self.uri in self.why else f"{self.uri}: {self.why}"


class FoundFiles(NamedTuple):
    """What a location holds."""

    files: list[FoundFile]
    """Each once, by path."""
    unreadable: list[Skipped]
    """Folders and files that the system refuses, by path."""


def find_files(location: str) -> FoundFiles:
    """Return the files of a location; of folders all below, without hidden names.

    Raises:
      UnreadableError: It cannot be listed, or holds no file.
      StorageError: Nothing is there.
    """
    path = local_path(location)
    refused: list[OSError] = []
    try:
        found = _find_remote(location) if path is None else _find_local(path, refused.append)
        files = sorted(set(found))
    except OSError as error:
        name = displayable(location)
        raise UnreadableError(f"cannot list {name}: {one_line(error)}") from error
    unreadable = sorted(
        Skipped(displayable(str(error.filename)), error.strerror or one_line(error))
        for error in refused
    )
    if not files and unreadable:
        raise UnreadableError(f"cannot read {unreadable[0].uri}: {unreadable[0].why}")
    if not files:
        raise UnreadableError(f"no files in {displayable(location)}")
    return FoundFiles(files, unreadable)


def changed_at(stamp: str) -> datetime:
    """Return when a file was last changed, UTC, by its `stamp`."""
    return datetime.fromtimestamp(int(stamp.rpartition("-")[2]) / 1e9, UTC)


Refused = Callable[[OSError], None]
"""Takes note of what the system does not let us read."""


def _find_local(path: Path, refused: Refused) -> Iterator[FoundFile]:
    path = path.expanduser().absolute()
    if path.is_dir():
        yield from _walk(path, refused)
    elif path.exists():
        yield _local_file(path, named=True)
    elif _WILDCARD.search(str(path)):
        fixed, pattern = _split_pattern(path.parts)
        if len(pattern) > MAX_PATTERN_PARTS:
            name = displayable(str(path))[:200]
            raise StorageError(f"a pattern of over {MAX_PATTERN_PARTS} parts: {name}")
        for match in Path(*fixed).glob("/".join(pattern)):
            if _is_hidden(match.parts[len(fixed) :], pattern):
                continue
            try:
                if match.is_dir():
                    yield from _walk(match, refused)
                else:
                    yield _regular_file(match)
            except OSError as error:
                refused(error)
    else:
        raise StorageError(f"{displayable(str(path))} does not exist")


def _walk(folder: Path, refused: Refused) -> Iterator[FoundFile]:
    for parent, folders, names in os.walk(folder, onerror=refused):
        folders[:] = [name for name in folders if not name.startswith(_HIDDEN)]
        for name in names:
            file = Path(parent, name)
            if name.startswith(_HIDDEN):
                continue
            try:
                yield _regular_file(file)
            except OSError as error:
                # Gone since it was listed, or in a folder that may be listed and not entered.
                refused(error)


def _regular_file(path: Path) -> FoundFile:
    """Return a file that was found, not named.

    Raises:
      OSError: Reading it may never end, or it is not there.
    """
    found = _local_file(path, named=False) if path.is_file() else None
    if found is None or (not found.size and is_of_kernel(path)):
        raise OSError(errno.EINVAL, _NO_FILE, str(path))
    return found


def _local_file(path: Path, *, named: bool) -> FoundFile:
    stat = path.stat()
    return FoundFile(str(path), stat.st_size, f"{stat.st_size}-{stat.st_mtime_ns}", named)


def _split_pattern(parts: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Return the parts of a path before the first with a wildcard, and from it on."""
    at = next((n for n, part in enumerate(parts) if _WILDCARD.search(part)), len(parts))
    return parts[:at], parts[at:]


def _is_hidden(parts: Sequence[str], pattern: Sequence[str] = ()) -> bool:
    """Return whether a name begins with "." or "_", unless the pattern itself names such ones."""
    asked = bool(pattern) and pattern[-1].startswith(_HIDDEN)
    return any(part.startswith(_HIDDEN) for part in (parts[:-1] if asked else parts))


def _find_remote(location: str) -> Iterator[FoundFile]:
    from pyarrow import fs

    try:
        filesystem, path = resolve(location)
    except StorageError as error:
        # Raised again in other words: its own may hold the password, also in a traceback.
        raise StorageError(one_line(error)) from None
    info = filesystem.get_file_info(path)
    if info.type == fs.FileType.File:
        yield _remote_file(location, info, named=True)
        return
    if info.type == fs.FileType.NotFound and not _WILDCARD.search(path):
        raise StorageError(f"{displayable(location)} does not exist")
    fixed, pattern = _split_pattern(path.rstrip("/").split("/"))
    folder = "/".join(fixed)
    selector = fs.FileSelector(folder, recursive=True, allow_not_found=True)
    for info in filesystem.get_file_info(selector):
        parts = info.path.split("/")[len(fixed) :]
        if (
            info.type == fs.FileType.File
            and not _is_hidden(parts, pattern)
            and _is_within(parts, pattern)
        ):
            yield _remote_file(_uri_below(location, path, info.path), info, named=False)


def _remote_file(uri: str, info: "fs.FileInfo", *, named: bool) -> FoundFile:
    return FoundFile(uri, info.size, f"{info.size}-{info.mtime_ns}", named)


def _uri_below(location: str, path: str, inner: str) -> str:
    """URI of the file `inner`, found through `location`, which is `path` in its file system."""
    # In a query of pyarrow's there is a "="; else the "?" is a wildcard.
    before, mark, query = location.rpartition("?")
    if not mark or "=" not in query:
        before, mark, query = location, "", ""
    return before.rstrip("/").removesuffix(path.rstrip("/")) + inner + mark + query


def _is_within(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    """Return whether a path matches, or is in a folder that does."""
    if not pattern:
        return True
    if pattern[0] == "**":
        return any(_is_within(parts[n:], pattern[1:]) for n in range(len(parts)))
    return bool(parts) and fnmatchcase(parts[0], pattern[0]) and _is_within(parts[1:], pattern[1:])
