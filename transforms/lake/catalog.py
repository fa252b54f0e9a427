"""Which files of a lake are live: the one answer that every reader uses.

A file is live if a commit file lists it and no commit file says that it was replaced. What else
is in a table's folders (a run that was ended in its moves, files that somebody has put there) is
not part of the lake. Commit files are read once in a process and remembered: with thousands of them
a look at a lake costs a listing of one folder.
"""

import functools
import os
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import msgspec
from pyarrow import fs

from warta.transforms.core.errors import LakeError
from warta.transforms.core.schema import LAYOUT_VERSION, TABLES
from warta.transforms.core.storage import is_local
from warta.transforms.lake.checksums import KEY, parse_document
from warta.transforms.lake.layout import COMMITS, has_layout
from warta.transforms.lake.storage import Lake

_TRIES = 8
"""Looks at a lake that changes meanwhile. Commits are seconds apart, a look takes less."""
_PARALLEL_READS = 16
"""Requests at once to an object store: a commit file is small, its latency is not."""
_SETTLED_S = 2.0
"""Files younger than this are read again: their time and size may stay when they change."""
_T = TypeVar("_T")
_COUNTS = ("read", "published", "duplicates", "rejected")


class DataFile(msgspec.Struct, frozen=True, gc=False):
    """A published file, as its commit lists it: small, as a lake may have hundreds of thousands."""

    path: str
    """Relative to the lake."""
    table: str
    partition: str
    """Empty for tables without partitions."""
    rows: int
    bytes: int
    checksum: str | None = None
    """XXH3 of the file's bytes; None in commits of older versions."""
    merged: bool = False
    """Whether it holds rows of files that it replaced."""


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit file."""

    path: str
    """Relative to the lake."""
    committed_at: str
    counts: Mapping[str, int]
    files: tuple[DataFile, ...]
    replaced: tuple[str, ...]
    """Paths of files whose rows are in others from this commit on."""
    passed_over: Any
    """What was read and is not a record: reason -> how many; checked by `verify`."""
    is_checkpoint: bool
    """Whether it stands for several older commits (see checkpoints.py)."""
    is_rebuilt: bool
    """Whether a repair made it again from the files: its counts are not those of the run."""
    commit_id: str = ""
    invocation_id: str = ""
    """The command it belongs to: `run_id` of its rows."""
    started_at: str = ""
    """When its run began: `ingested_at` and `failed_at` of its rows."""
    stands_for: int = 1
    """How many commits a checkpoint has taken the place of."""
    replayed: int = 0
    """Rejects of earlier commits that it has marked as read again."""
    sequence: int = 0
    """Its number among the commits of the lake, from 1, higher than those of all before it; 0 in a
    commit file of schema version 1 or 2: `in_sequence` gives it one."""
    covers: str = ""
    """Of a checkpoint: the path of the last commit file whose place it takes."""
    layout_version: int | None = None
    """Of a rewrite: the layout of all files from this commit on."""


def in_sequence(commits: Iterable[Commit]) -> tuple[Commit, ...]:
    """Return commits in the order in which they were made, each with its number.

    Those of schema version 1 and 2 have none of their own. They are counted by their time, on from
    the checkpoint that has taken the place of the oldest of them. Numbers rise, and may have gaps.
    """
    numbered = [commit for commit in commits if commit.sequence]
    older = sorted((commit for commit in commits if not commit.sequence), key=_age)
    checkpoint = max((one for one in numbered if one.covers), key=_number, default=None)
    last = 0
    if checkpoint is not None:
        end = checkpoint.committed_at, False, checkpoint.covers
        # Listed twice as long as a checkpoint is being made: the numbers are as they were before.
        listed_twice = [commit for commit in older if _age(commit) <= end]
        last = checkpoint.sequence - len(listed_twice)
    for commit in older:
        # A checkpoint stands for all that came before it, also while their files are still there.
        last = commit.stands_for if commit.is_checkpoint else last + 1
        numbered.append(replace(commit, sequence=last))
    return tuple(sorted(numbered, key=lambda one: (one.sequence, one.is_checkpoint, one.path)))


def _age(commit: Commit) -> tuple[str, bool, str]:
    return commit.committed_at, commit.is_checkpoint, commit.path


def _number(commit: Commit) -> int:
    return commit.sequence


class Snapshot:
    """The live files of a lake at one moment."""

    def __init__(self, commits: Iterable[Commit]) -> None:
        """Find out what is live.

        Args:
          commits: All of a lake, in any order.
        """
        self.commits = in_sequence(tuple(commits))

    # A caller that asks for the commits alone does not pay for the files of thousands.
    @functools.cached_property
    def _by_path(self) -> dict[str, DataFile]:
        live = {file.path: file for commit in self.commits for file in commit.files}
        for commit in self.commits:
            for path in commit.replaced:
                live.pop(path, None)
        return live

    @functools.cached_property
    def _tables(self) -> dict[str, dict[str, list[DataFile]]]:
        tables: dict[str, dict[str, list[DataFile]]] = {}
        for path in sorted(self._by_path):
            file = self._by_path[path]
            partitions = tables.setdefault(file.table, {})
            partitions.setdefault(file.partition, []).append(file)
        return tables

    def __contains__(self, path: str) -> bool:
        """Return whether a path is that of a live file."""
        return path in self._by_path

    @property
    def last_sequence(self) -> int:
        """Return the number of the last commit; 0 without one."""
        return self.commits[-1].sequence if self.commits else 0

    def layouts(self) -> set[int]:
        """Return the layout versions that paths of live files have: one, or none without files."""
        return {
            LAYOUT_VERSION
            if has_layout(file.path, file.table, file.partition, LAYOUT_VERSION)
            else LAYOUT_VERSION - 1
            for file in self._by_path.values()
            if file.table in TABLES
        }

    def all_files(self) -> list[DataFile]:
        """Return the live files of all tables, by path."""
        return list(self._by_path.values())

    def partitions(self, table: str) -> list[str]:
        """Return the partitions of a table that hold rows, sorted."""
        return sorted(self._tables.get(table, ()))

    def files(self, table: str, days: Collection[str] | None = None) -> list[DataFile]:
        """Return the live files of a table, by partition and path.

        Args:
          table: One of `ALL_TABLES`, or ids, the article index.
          days: Partitions to look at; None: all.
        """
        partitions = self._tables.get(table, {})
        chosen = sorted(partitions if days is None else partitions.keys() & set(days))
        return [file for day in chosen for file in partitions[day]]

    def paths(self, table: str, days: Collection[str] | None = None) -> list[str]:
        """Return the paths of a table's live files, relative to the lake (see `files`)."""
        return [file.path for file in self.files(table, days)]


def read_snapshot(lake: Lake) -> Snapshot:
    """Return the live files of a lake at this moment.

    Safe beside a writer: every commit is seen whole or not at all, and none without those that
    came before it.

    Args:
      lake: Which.

    Raises:
      LakeError: A commit file is damaged; names the way out.
    """
    return _catalog(lake, os.getpid()).snapshot()


def live_files(lake: Lake, table: str, days: Collection[str] | None = None) -> list[DataFile]:
    """Return the live files of a table at this moment, by partition and path.

    Args:
      lake: Which.
      table: One of `ALL_TABLES`, or ids, the article index.
      days: Partitions to look at; None: all.

    Raises:
      LakeError: A commit file is damaged; names the way out.

    Example:
      >>> [file.rows for file in live_files(Lake("tests/lakes/v1"), "articles")]
      [2, 2]
    """
    return read_snapshot(lake).files(table, days)


def parse_commit(path: str, document: Mapping[str, Any]) -> Commit:
    """Return what a commit file says.

    Args:
      path: Of the commit file, relative to the lake.
      document: Its content; its files may be there as `DataFile`.

    Raises:
      ValueError: It is not a commit file, or something in it is missing or of the wrong kind.
    """
    try:
        counts = {name: _checked(document["counts"][name], int) for name in _COUNTS}
        return Commit(
            path=path,
            committed_at=_checked(document["committed_at"], str),
            counts=counts,
            files=tuple(
                one if isinstance(one, DataFile) else _data_file(one)
                for one in _checked(document["files"], list)
            ),
            # Commits of schema version 1 replace nothing.
            replaced=tuple(
                _checked(name, str) for name in _checked(document.get("replaced", []), list)
            ),
            passed_over=document.get("passed_over", {}),
            is_checkpoint="rolled_up" in document,
            is_rebuilt="rebuilt" in document,
            commit_id=_checked(document.get("token", ""), str),
            invocation_id=_checked(document.get("run_id", ""), str),
            started_at=_checked(document.get("started_at", ""), str),
            stands_for=_checked(document.get("rolled_up", 1), int),
            replayed=_checked(document.get("rejects_replayed", 0), int),
            sequence=_checked(document.get("sequence", 0), int),
            covers=_checked(document.get("covers", ""), str),
            layout_version=document.get("layout_version"),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"it is not a commit file: {error!r}") from error


def parse_commit_file(path: str, data: bytes) -> Commit:
    """Return what the bytes of a commit file say: a list of files takes little memory meanwhile.

    Args:
      path: Of the commit file, relative to the lake.
      data: Its bytes.

    Raises:
      ValueError: It is damaged, or no commit file (see `parse_document` and `parse_commit`).
    """
    try:
        document = parse_document(data, {"files": _data_file})
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"it is not a commit file: {error!r}") from error
    return parse_commit(path, document)


def _data_file(listed: Mapping[str, Any]) -> DataFile:
    return DataFile(
        path=_checked(listed["path"], str),
        # The same few texts again and again.
        table=sys.intern(_checked(listed["table"], str)),
        partition=sys.intern(_checked(listed["partition"], str)),
        rows=_checked(listed["rows"], int),
        bytes=_checked(listed["bytes"], int),
        checksum=listed.get(KEY),
        merged=bool(listed.get("merged")),
    )


def _checked(value: Any, kind: type[_T]) -> _T:
    if not isinstance(value, kind):
        raise TypeError(f"{value!r} is not of type {kind.__name__}")
    return value


_Stamp = tuple[str, int, int]
"""A commit file's path, size and time in nanoseconds."""


class _Catalog:
    """Reads the commit files of one lake, each once."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._known: dict[_Stamp, Commit] = {}
        self._last: tuple[list[_Stamp], Snapshot] | None = None
        # The threads of a process share it.
        self._lock = threading.Lock()

    def snapshot(self) -> Snapshot:
        with self._lock:
            stamps = self._list()
            for _ in range(_TRIES):
                found = self._read(stamps)
                before, stamps = stamps, self._list()
                # A listing takes time: it may hold a commit without the one before it.
                if found is not None and before == stamps:
                    return found
        raise LakeError(f"{self._lake} changes faster than it can be read; try again")

    def _list(self) -> list[_Stamp]:
        selector = fs.FileSelector(self._lake.path(COMMITS), allow_not_found=True)
        return sorted(
            (f"{COMMITS}/{info.base_name}", info.size or 0, info.mtime_ns or 0)
            for info in self._lake.filesystem.get_file_info(selector)
            if info.type == fs.FileType.File and info.base_name.endswith(".json")
        )

    def _read(self, stamps: list[_Stamp]) -> Snapshot | None:
        """Return what the commit files say; None if one is gone since it was listed."""
        if self._last is not None and self._last[0] == stamps:
            return self._last[1]
        oldest = (time.time() - _SETTLED_S) * 1e9
        known = {
            stamp: self._known[stamp]
            for stamp in stamps
            if stamp in self._known and stamp[2] < oldest
        }
        new = [stamp for stamp in stamps if stamp not in known]
        try:
            commits = self._map(self._read_commit, [path for path, _, _ in new])
        except FileNotFoundError:
            return None
        self._known = known | dict(zip(new, commits, strict=True))
        snapshot = Snapshot(self._known[stamp] for stamp in stamps)
        # The newest may change once more.
        if all(mtime_ns < oldest for _, _, mtime_ns in stamps):
            self._last = stamps, snapshot
        return snapshot

    def _read_commit(self, path: str) -> Commit:
        try:
            return parse_commit_file(path, self._lake.read_bytes(path))
        except ValueError as error:
            raise self._lake.damaged(path, str(error)) from error

    def _map(self, read: Callable[[str], Commit], paths: Sequence[str]) -> list[Commit]:
        if is_local(self._lake.uri) or len(paths) < 2:
            return [read(path) for path in paths]
        with ThreadPoolExecutor(min(_PARALLEL_READS, len(paths))) as pool:
            return list(pool.map(read, paths))


@functools.lru_cache(maxsize=8)
def _catalog(lake: Lake, _process: int) -> _Catalog:
    """Return the reader of a lake's commit files; a forked process has its own."""
    return _Catalog(lake)
