"""The storage of a lake: small files, folders and moves, on a disk or an object store.

Paths are relative to the lake (see layout.py). A small file is written whole or not at all, and is
read with a bound; what has to outlive a power cut is made durable.
"""

import errno
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pyarrow import fs

from warta.transforms.core.errors import LakeError, LakeWriteError
from warta.transforms.core.redaction import displayable
from warta.transforms.core.schema import LAYOUT_VERSION, SCHEMA_VERSION
from warta.transforms.core.storage import is_local, join, one_line, resolve, to_json
from warta.transforms.lake.checksums import ChecksumStream, parse_document, seal
from warta.transforms.lake.layout import COMMITS, MARKER, STAGING
from warta.transforms.lake.marker import Marker, marker_document, parse_marker

MAX_SMALL_BYTES = 1 << 28
"""Largest commit file or plan that is read: one that lists a million files has 200 MB."""
_USUAL_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Lake:
    """A lake by its URI: joins paths, reads and writes small files. Cheap to make, picklable."""

    uri: str

    def __post_init__(self) -> None:
        """Refuse a name that no file system of Parquet readers can open.

        Raises:
          LakeError: It is not UTF-8, or a URI that names no folder.
        """
        if self.uri.partition("?")[0].endswith("://"):
            raise LakeError(f"cannot use {self} as a lake: it names no bucket or folder")
        if not self.uri.isascii() and any("\ud800" <= one <= "\udfff" for one in self.uri):
            raise LakeError(f"cannot use {self} as a lake: its name is not UTF-8")

    def __str__(self) -> str:
        """Return the URI as it may be shown."""
        return displayable(self.uri)

    @property
    def filesystem(self) -> fs.FileSystem:
        """Return the file system that the URI names."""
        return resolve(self.uri)[0]

    def path(self, *parts: str) -> str:
        """Return the path, in the file system, of a file or folder of the lake."""
        return join(resolve(self.uri)[1], *parts)

    def create(self) -> None:
        """Make the folder a lake if it is not one yet.

        Raises:
          LakeError: It cannot be written, or was written by a newer warta.
        """
        with self.writing(), self.expecting_folder():
            self.filesystem.create_dir(self.path(COMMITS))
            self.filesystem.create_dir(self.path(STAGING))
            if not self.exists(MARKER):
                self.write_json(MARKER, marker_document(LAYOUT_VERSION))
            # An older lake's version is raised: from here on its files may have new columns.
            elif self.check() < SCHEMA_VERSION:
                self.write_json(MARKER, marker_document(self.layout_version()))

    def check(self) -> int:
        """Refuse a folder that is not a lake, or a lake of a newer version.

        Returns:
          The schema version that the lake was last written with.

        Raises:
          LakeError: Says what to do.
        """
        version = self._marker().schema_version
        if version > SCHEMA_VERSION:
            raise LakeError(
                f"{self} was written with schema version {version}; this warta knows "
                f"{SCHEMA_VERSION}: upgrade warta"
            )
        return version

    def layout_version(self) -> int:
        """Return the schema version whose paths and types all files of the lake have.

        Raises:
          LakeError: It is not a lake, or its marker is damaged.
        """
        return self._marker().layout_version

    def _marker(self) -> Marker:
        try:
            return parse_marker(self.read_bytes(MARKER))
        except FileNotFoundError:
            raise LakeError(f"{self} is not a lake: it has no {MARKER}") from None
        except ValueError as error:
            raise self.damaged(MARKER, str(error)) from error

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Name the lake in an error of the disk or store.

        Raises:
          LakeWriteError: In place of an OSError.
        """
        try:
            yield
        except OSError as error:
            # pyarrow wraps the system's words in its own, twice.
            why = os.strerror(error.errno) if error.errno else one_line(error)
            raise LakeWriteError(
                f"cannot write to the lake {self}: {why}; what was committed is safe, and the next "
                "run finishes this one or starts it again"
            ) from error

    @contextmanager
    def expecting_folder(self) -> Iterator[None]:
        """Say of a lake that is a file, or would be in one, that it cannot be.

        Raises:
          LakeError: In place of the system's error.
        """
        try:
            yield
        except OSError as error:
            if error.errno not in (errno.ENOTDIR, errno.EEXIST):
                raise
            raise LakeError(f"{self} is a file, or in one: name a folder") from error

    def make_folder(self, *parts: str) -> None:
        """Make a folder in one that exists: a lake that is gone is not made again by its run."""
        self.filesystem.create_dir(self.path(*parts), recursive=not is_local(self.uri))

    def exists(self, *parts: str) -> bool:
        """Return whether there is a file or folder."""
        return bool(self.filesystem.get_file_info(self.path(*parts)).type != fs.FileType.NotFound)

    def size(self, *parts: str) -> int | None:
        """Return the bytes of a file; None if there is none."""
        info = self.filesystem.get_file_info(self.path(*parts))
        return info.size if info.type == fs.FileType.File else None

    def modified_at(self, *parts: str) -> datetime | None:
        """Return when a file was written, by the clock of its store; None if there is none."""
        info = self.filesystem.get_file_info(self.path(*parts))
        return info.mtime if info.type == fs.FileType.File else None

    def files(self, *parts: str, recursive: bool = False) -> Iterator[str]:
        """Return the files in a folder, relative to the lake, sorted; none if it is missing."""
        root = resolve(self.uri)[1].rstrip("/") + "/"
        selector = fs.FileSelector(self.path(*parts), allow_not_found=True, recursive=recursive)
        infos = self.filesystem.get_file_info(selector)
        paths = (_path_of(info) for info in infos if info.type == fs.FileType.File)
        return iter(sorted(path.removeprefix(root) for path in paths if path is not None))

    def folders(self, *parts: str) -> list[str]:
        """Return the names of the folders in a folder, sorted; none if it is missing."""
        selector = fs.FileSelector(self.path(*parts), allow_not_found=True)
        infos = self.filesystem.get_file_info(selector)
        paths = (_path_of(info) for info in infos if info.type == fs.FileType.Directory)
        return sorted(path.rpartition("/")[2] for path in paths if path is not None)

    def open_checked(self, name: str) -> ChecksumStream:
        """Open a new file for writing; the stream adds up its checksum."""
        return ChecksumStream(self.filesystem.open_output_stream(self.path(name)))

    def written_size(self, name: str) -> int:
        """Return the bytes of a file that was written just now.

        Raises:
          FileNotFoundError: It is gone.
        """
        size = self.size(name)
        if size is None:
            raise FileNotFoundError(errno.ENOENT, "gone while it was written", self.path(name))
        return size

    def read_bytes(self, name: str) -> bytes:
        """Return the content of a small file.

        Args:
          name: Its path, relative to the lake.

        Raises:
          FileNotFoundError: It is not there.
          ValueError: It cannot be one of a lake's: a pipe, a device, or far too large.
        """
        path = self.path(name)
        if is_local(self.uri) and not (Path(path).is_file() or Path(path).is_dir()):
            # Opening a pipe waits for its writer.
            Path(path).stat()
            raise ValueError("it is not a regular file")
        with self.filesystem.open_input_stream(path) as stream:
            data = bytes(stream.read(_USUAL_BYTES))
            # As much memory as is asked for is taken, before anything is read.
            if len(data) == _USUAL_BYTES:
                data += bytes(stream.read(MAX_SMALL_BYTES + 1 - _USUAL_BYTES))
        if len(data) > MAX_SMALL_BYTES:
            raise ValueError(f"it has more than {MAX_SMALL_BYTES:,} bytes")
        return data

    def read_json(
        self, *parts: str, converters: Mapping[str, Callable[[Any], object]] | None = None
    ) -> dict[str, Any]:
        """Return the content of a JSON file of the lake, checked by its checksum if it has one.

        Args:
          parts: Its path, relative to the lake.
          converters: Of its long lists, what is kept of their members (see `parse_document`).

        Raises:
          LakeError: It is damaged; names the way out.
          FileNotFoundError: It is not there.
        """
        name = "/".join(parts)
        try:
            return parse_document(self.read_bytes(name), converters)
        except ValueError as error:
            raise self.damaged(name, str(error)) from error

    def damaged(self, name: str, why: str) -> LakeError:
        """Return the error that says of a small file that it is damaged, and what to do."""
        return LakeError(
            f"{self}/{name} is damaged: {why}; "
            f"`warta verify --repair {self}` shows how to repair it"
        )

    def write_json(
        self, name: str, document: dict[str, Any], *, durable: bool = True, sealed: bool = False
    ) -> None:
        """Write a JSON file whole or not at all.

        On a disk under another name first, then renamed; an object appears when it is complete.

        Args:
          name: Its path, relative to the lake.
          document: Its content.
          durable: Whether it outlives a power cut.
          sealed: Whether it carries a checksum of its content, which `read_json` looks at.
        """
        if sealed:
            document = seal(document)
        local = is_local(self.uri)
        path = self.path(f"{name}.writing" if local else name)
        try:
            with self.filesystem.open_output_stream(path) as stream:
                stream.write(to_json(document))
            if local and durable:
                _sync(path)
        except OSError:
            # On a full disk its space is wanted; what was half written is not a file of the lake.
            if local:
                Path(path).unlink(missing_ok=True)
            raise
        if local:
            self.filesystem.move(path, self.path(name))
            if durable:
                _sync(self.path(name).rpartition("/")[0])

    def make_durable(self, names: Iterable[str]) -> None:
        """Make files outlive a power cut: disks keep writes and renames in memory for a while."""
        if is_local(self.uri):
            paths = {self.path(name) for name in names}
            # A new partition's folder is an entry of its table's folder.
            folders = {path.rpartition("/")[0] for path in paths}
            folders |= {folder.rpartition("/")[0] for folder in folders}
            for path in sorted(paths) + sorted(folders):
                _sync(path)

    def move(self, source: str, target: str) -> None:
        """Move a file inside the lake; do nothing if it was moved already.

        On an object store this is a copy, then a deletion: for a moment there may be both.
        """
        if self.exists(source):
            self.filesystem.create_dir(self.path(target).rpartition("/")[0])
            try:
                self.filesystem.move(self.path(source), self.path(target))
            except FileNotFoundError:
                # The last process of a killed run may have made the same move just now.
                if not self.exists(target):
                    raise

    def copy(self, source: str, target: str) -> None:
        """Copy a file inside the lake."""
        self.filesystem.create_dir(self.path(target).rpartition("/")[0])
        self.filesystem.copy_file(self.path(source), self.path(target))

    def discard(self, name: str) -> None:
        """Delete a file; do nothing if it is missing."""
        if self.exists(name):
            try:
                self.filesystem.delete_file(self.path(name))
            except FileNotFoundError:
                return  # the last process of a killed run was quicker

    def remove(self, *parts: str) -> None:
        """Delete a folder with all that is in it; do nothing if it is missing."""
        if self.exists(*parts):
            self.filesystem.delete_dir(self.path(*parts))


def _path_of(info: fs.FileInfo) -> str | None:
    """Return a path; None if it is not UTF-8: none that warta writes is, and `verify` names it."""
    try:
        return str(info.path)
    except UnicodeDecodeError:
        return None


def _sync(path: str) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
