"""Where things stand in a lake, and the small records that speak of its files.

    LAKE/articles/published_date=2026-03-24/<token>-<n>.parquet
    LAKE/mentions/published_date=...   LAKE/rejects/rejected_date=...
    LAKE/_commits/<token>.json         what a run published
    LAKE/_staging/<token>/             a run's files before its commit
    LAKE/_lake.json                    marks the folder as a lake, with its schema version

Paths in records are relative to the lake, so that a lake can be moved.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from pyarrow import fs

from transforms.schema import SCHEMA_VERSION, TABLES
from transforms.storage import join, one_line, public_uri, resolve

COMMITS = "_commits"
STAGING = "_staging"
MARKER = "_lake.json"
UNKNOWN_DAY = "unknown"


class LakeError(Exception):
    """A lake that cannot be used as it is, said in one line."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one run (an epoch, a window) signs its rows with."""

    token: str
    """Names the run's files; the same inputs and versions give the same token."""
    run_id: str
    """Names the command that the run belongs to; epochs of one command share it."""
    started_at: datetime
    """Aware, UTC: ingested_at and failed_at of its rows."""


@dataclass(frozen=True, slots=True)
class StagedRows:
    """One row group in staging: what crosses the shuffle in the place of its rows."""

    table: str
    partition: str
    path: str
    row_group: int
    rows: int
    raw_bytes: int
    """In memory, as Arrow."""


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """A finished file that still lies in staging, and where it belongs."""

    table: str
    partition: str
    path: str
    """Final place."""
    staged_path: str
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Lake:
    """A lake by its URI: joins paths, reads and writes small files. Cheap to make, safe to send."""

    uri: str

    def __str__(self) -> str:
        """The URI as it may be shown."""
        return public_uri(self.uri)

    @property
    def filesystem(self) -> fs.FileSystem:
        """The file system that the URI names."""
        return resolve(self.uri)[0]

    def path(self, *parts: str) -> str:
        """Absolute path, inside the file system, of a place in the lake."""
        return join(resolve(self.uri)[1], *parts)

    def create(self) -> None:
        """Makes the folder a lake where it is none yet.

        Raises:
          LakeError: it cannot be written, or was written by a newer warta.
        """
        try:
            self.filesystem.create_dir(self.path(COMMITS))
            self.filesystem.create_dir(self.path(STAGING))
            if self.exists(MARKER):
                self.check()
            # Also raises the version of an older lake: from here on its files may have new columns.
            self.write_json(MARKER, {"format": "warta", "schema_version": SCHEMA_VERSION})
        except OSError as error:
            raise LakeError(f"cannot write to the lake {self}: {one_line(error)}") from error

    def check(self) -> None:
        """Refuses a folder that is no lake, or one from the future.

        Raises:
          LakeError: with what to do.
        """
        try:
            marker = self.read_json(MARKER)
        except FileNotFoundError:
            raise LakeError(f"{self} is not a lake: it has no {MARKER}") from None
        version = marker.get("schema_version", 0)
        if version > SCHEMA_VERSION:
            raise LakeError(
                f"{self} was written with schema version {version}; this warta knows "
                f"{SCHEMA_VERSION}: upgrade warta"
            )

    def exists(self, *parts: str) -> bool:
        """Whether a file or folder stands there."""
        return bool(self.filesystem.get_file_info(self.path(*parts)).type != fs.FileType.NotFound)

    def size(self, *parts: str) -> int | None:
        """Bytes of a file; None where none is."""
        info = self.filesystem.get_file_info(self.path(*parts))
        return info.size if info.type == fs.FileType.File else None

    def files(self, *parts: str, recursive: bool = False) -> Iterator[str]:
        """Files in a folder of the lake, relative to the lake, sorted; none where it is missing."""
        root = resolve(self.uri)[1].rstrip("/") + "/"
        selector = fs.FileSelector(self.path(*parts), allow_not_found=True, recursive=recursive)
        infos = self.filesystem.get_file_info(selector)
        names = (info.path for info in infos if info.type == fs.FileType.File)
        return iter(sorted(name.removeprefix(root) for name in names))

    def partitions(self, table: str) -> list[str]:
        """Values of a table's partition column that have a folder, sorted."""
        prefix = f"{TABLES[table][1]}="
        selector = fs.FileSelector(self.path(table), allow_not_found=True)
        names = (info.base_name for info in self.filesystem.get_file_info(selector))
        return sorted(name.removeprefix(prefix) for name in names if name.startswith(prefix))

    def read_json(self, *parts: str) -> dict[str, Any]:
        """A JSON file of the lake.

        Raises:
          LakeError: it is not a JSON object.
          FileNotFoundError: it is not there.
        """
        with self.filesystem.open_input_stream(self.path(*parts)) as stream:
            data = stream.read()
        try:
            document = orjson.loads(data)
        except orjson.JSONDecodeError as error:
            raise LakeError(f"{self.path(*parts)} is damaged: {error}") from error
        if not isinstance(document, dict):
            raise LakeError(f"{self.path(*parts)} is damaged: not a JSON object")
        return document

    def write_json(self, name: str, document: dict[str, Any]) -> None:
        """Writes a JSON file whole or not at all: under another name first, then renamed."""
        beside = self.path(f"{name}.writing")
        with self.filesystem.open_output_stream(beside) as stream:
            stream.write(orjson.dumps(document, option=orjson.OPT_INDENT_2))
        self.filesystem.move(beside, self.path(name))

    def remove(self, *parts: str) -> None:
        """Takes a folder away with all that is in it; nothing where it is missing."""
        if self.exists(*parts):
            self.filesystem.delete_dir(self.path(*parts))


def partition_path(table: str, partition: str, name: str = "") -> str:
    """Folder (or file) of a partition, relative to the lake."""
    folder = f"{table}/{TABLES[table][1]}={partition}"
    return f"{folder}/{name}" if name else folder


def staging_path(token: str, *parts: str) -> str:
    """A place in the staging of one run, relative to the lake."""
    return "/".join([STAGING, token, *parts])
