"""A window of a stream: from staged rows to its commit.

A window is published by `publish_run`, all of it in one place: it is small, so either
all of it is done or it is done again.

Its commit id names the stream and the window, and its commit file lists the parts that it was made
of: what each bundle has staged and counted. An engine that goes back to a checkpoint may bring a
window again. Then the commit is there, and parts that it lists are done; others, of rows that were
read again or came late, are committed under the same id with a number after it. What the lake has
by then is known in these rows as in any: every article is published once, whatever is done twice.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from warta.transforms.core.counts import ReadCount, add_counts
from warta.transforms.lake.checkpoints import checkpoint_commits
from warta.transforms.lake.commit import finish, read_commit
from warta.transforms.lake.commit_paths import commit_path, list_commits
from warta.transforms.lake.decisions import Policy
from warta.transforms.lake.layout import STAGING, Run, StagedRows
from warta.transforms.lake.publish_run import publish_run
from warta.transforms.lake.replaced_files import expire_replaced_files
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.tally import passed_over_details

ROWS = ".rows"
"""Staged rows of a window are beside what its commit makes, which clears its own place away: rows
that come late must outlive it."""
KEEP_ROWS = timedelta(hours=1)
"""How long what is left of a committed window's staging stays: bundles may still write there."""
_LOOK_BACK = 100
"""Commits of a stream that are looked through for messages committed before earlier ones."""
_STAMP = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class Stream:
    """An endless run: what its windows' runs have in common."""

    name: str
    """Stays the same when the stream is started again."""
    invocation_id: str
    window_s: float
    writer: str = ""

    def run_of(self, window_start: datetime) -> Run:
        """Return the run of a window; its time is the window's: done again, it is the same."""
        return Run(
            f"{self.name}-{window_start:{_STAMP}}", self.invocation_id, window_start, self.writer
        )

    def staging_run(self, window_start: datetime) -> Run:
        """Return the run that a window's rows are staged by."""
        run = self.run_of(window_start)
        return replace(run, commit_id=run.commit_id + ROWS)


def window_start(window: Any) -> datetime:
    """Return when a window of Beam begins, in UTC."""
    start: datetime = window.start.to_utc_datetime(has_tz=True)
    return start.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Part:
    """What a bundle has done for a window: records read, known records, or rows staged."""

    id: str
    """Names it in the commit; of rows, their location."""
    read: int = 0
    known: int = 0
    rows: StagedRows | None = None
    passed_over: tuple[tuple[str, int], ...] = ()
    """(reason, how many) of what is not a record."""
    offsets: tuple[str, int, int] | None = None
    """Of a topic: its partition as sources/queues/queue.py names it, first offset, last + 1."""


def part_of_rows(rows: StagedRows) -> Part:
    """Return a staged row group as a part of its window."""
    return Part(f"{rows.path}#{rows.row_group}", rows=rows)


def part_of_count(count: ReadCount) -> Part:
    """Return what a reader has counted as a part of its window.

    It has another name each time: a bundle that is done again is another part.
    """
    offsets = None if count.offsets is None else (count.uri, *count.offsets)
    name = f"read-{uuid.uuid4().hex}"
    return Part(name, read=count.records, offsets=offsets, passed_over=count.passed_over)


def part_of_known(known: int) -> Part:
    """Return a number of known records as a part of its window."""
    return Part(f"known-{uuid.uuid4().hex}", known=known)


def offset_ranges(parts: Iterable[Part]) -> dict[str, list[tuple[int, int]]]:
    """Return the ranges of messages that parts have brought, by partition of a topic.

    Example:
      >>> offset_ranges([Part("a", offsets=("news/0", 5, 9)), Part("b", known=1)])
      {'news/0': [(5, 9)]}
    """
    ranges: dict[str, list[tuple[int, int]]] = {}
    for name, start, end in (part.offsets for part in parts if part.offsets):
        ranges.setdefault(name, []).append((start, end))
    return ranges


def finish_window(
    lake: Lake, run: Run, parts: Iterable[Part], policy: Policy, details: Mapping[str, Any]
) -> dict[str, Any]:
    """Publish what of a window is not published yet.

    Args:
      lake: The lake.
      run: The window's run.
      parts: All parts of it that have come so far.
      policy: How rows are compared, and files kept.
      details: What the commit file says beside the counts.

    Returns:
      The content of its last commit file.

    Raises:
      LakeError: The counts do not add up, or the lake was lost to another run.
    """
    left, commit_id, document = _not_committed(lake, run.commit_id, list(parts))
    if left or document is None:
        document = _publish(lake, replace(run, commit_id=commit_id), left, policy, details)
        for path in sorted({part.rows.path for part in left if part.rows}):
            lake.discard(path)
    return document


def committed_upto(
    lake: Lake,
    stream: Stream,
    commit_id: str,
    partition: str,
    position: int,
    here: Iterable[tuple[int, int]],
) -> int:
    """Return how far without a gap the lake has the messages of a partition of a topic.

    Windows may be committed in another order than that of their messages: an offset must not be
    committed to the broker while an earlier message is only in the engine.

    Args:
      lake: The lake.
      stream: The stream.
      commit_id: The window that was committed just now.
      partition: The partition.
      position: The lake is known to have what is before this offset.
      here: Ranges that the window has brought.
    """
    paths = list_commits(lake, f"{stream.name}-")
    # Later windows, if they were committed before their turn.
    ranges = [
        *here,
        *_ranges(lake, partition, [path for path in paths if path > commit_path(commit_id)]),
    ]
    position = _advance(position, ranges)
    if any(start > position for start, _ in ranges):
        ranges += _ranges(lake, partition, paths[-_LOOK_BACK:])
    return _advance(position, ranges)


def _advance(position: int, ranges: Iterable[tuple[int, int]]) -> int:
    for start, end in sorted(ranges):
        if start <= position:
            position = max(position, end)
    return position


def _ranges(lake: Lake, partition: str, paths: Iterable[str]) -> list[tuple[int, int]]:
    """Return the ranges of a partition that the windows of some commit files have brought."""
    listed = (one for path in paths for one in lake.read_json(path).get("offsets", ()))
    return [(start, end) for name, start, end in listed if name == partition]


def keep_in_shape(lake: Lake, stream: Stream, window_start: datetime) -> None:
    """Delete, once an hour of a stream, what committed windows and compactions have left."""
    since_hour = window_start - window_start.replace(minute=0, second=0, microsecond=0)
    if since_hour.total_seconds() >= stream.window_s:
        return
    for folder in lake.folders(STAGING):
        commit_id = folder.removesuffix(ROWS)
        began = _window_of(commit_id, stream.name)
        old = commit_id != folder and began is not None and began < window_start - KEEP_ROWS
        # Rows of one that is not committed are waited for.
        if old and read_commit(lake, commit_id) is not None:
            lake.remove(STAGING, folder)
    expire_replaced_files(lake, datetime.now(UTC))
    checkpoint_commits(lake)


def _window_of(commit_id: str, name: str) -> datetime | None:
    try:
        return datetime.strptime(commit_id.removeprefix(f"{name}-"), _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def _not_committed(
    lake: Lake, commit_id: str, parts: list[Part]
) -> tuple[list[Part], str, dict[str, Any] | None]:
    """Return the parts that no commit of a window lists, the next commit id, the last commit."""
    last: dict[str, Any] | None = None
    for number in count(1):
        name = commit_id if number == 1 else f"{commit_id}-{number}"
        document = finish(lake, name)
        if document is None:
            return parts, name, last
        done = set(document.get("parts", ()))
        parts = [part for part in parts if part.id not in done]
        last = document
    raise AssertionError("count() does not end")


def _publish(
    lake: Lake, run: Run, parts: Sequence[Part], policy: Policy, details: Mapping[str, Any]
) -> dict[str, Any]:
    read = add_counts(ReadCount("", part.read, passed_over=part.passed_over) for part in parts)
    own: dict[str, Any] = passed_over_details(read)
    own["parts"] = sorted(part.id for part in parts)
    if ranges := sorted(part.offsets for part in parts if part.offsets):
        own["offsets"] = [list(one) for one in ranges]
    return publish_run(
        lake,
        run,
        [part.rows for part in parts if part.rows],
        policy,
        read=read.records,
        known=sum(part.known for part in parts),
        details={**details, **own},
    )
