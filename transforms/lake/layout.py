"""The layout of a lake: its paths, and the small records that describe its files.

    LAKE/articles/day=2026-03-24/<commit_id>-<n>-<random>.parquet
    LAKE/mentions/day=...   LAKE/rejects/day=...   LAKE/stories/day=...
    LAKE/feeds/<commit_id>-<random>.parquet   one row a feed that is followed
    LAKE/_commits/<commit_id>.json            what a run published
    LAKE/_staging/<commit_id>/                a run's files before its commit
    LAKE/_replaced/<time>-<commit_id>/        files that compaction replaced, kept for a while
    LAKE/_ids/<commit_id>-<random>.parquet    which article is on which day
    LAKE/_lake.json                           marks the folder as a lake, with its versions

Lakes that were made before layout version 3 have the partition column in place of `day`.

Paths in records are relative to the lake, so that a lake can be moved.
"""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from warta.transforms.core.schema import LAYOUT_VERSION, TABLES

COMMITS = "_commits"
STAGING = "_staging"
REPLACED = "_replaced"
"""Files whose rows are in others now, kept for a while for those who read them."""
ARTICLE_INDEX = "_ids"
"""Which article is on which day (see article_index.py)."""
DAMAGED = "_damaged"
"""What a repair has set aside."""
MARKER = "_lake.json"
UNKNOWN_DAY = "unknown"
"""The partition of articles without a date: in the column, and in commits."""
DAY_KEY = "day"
"""The key in paths. No column has its name: readers take a key for a column of its own."""
_UNDATED = "1970-01-01"
"""What the key is of articles without a date: a day, so that readers give the key one type whatever
comes, and before 1990, so that no article has it. Hive's word for null would be more honest, but
pyarrow and pandas cannot open a folder with it, and other readers take it for a text."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one run (a batch, a poll cycle, a window) signs its rows with."""

    commit_id: str
    """Names the run's files; the same inputs and versions give the same one."""
    invocation_id: str
    """Names the command that the run belongs to; batches of one command share it."""
    started_at: datetime
    """Aware, UTC: ingested_at and failed_at of its rows."""
    writer: str = ""
    """Who holds the lake's lock for it (see locking.py): a run that has lost it cannot commit."""


@dataclass(frozen=True, slots=True)
class StagedRows:
    """One row group in staging: what crosses the shuffle in place of its rows."""

    table: str
    partition: str
    path: str
    row_group: int
    rows: int
    raw_bytes: int
    """In memory, as Arrow."""


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """A finished file that is still in staging, and where it belongs."""

    table: str
    partition: str
    path: str
    """Final place."""
    staged_path: str
    rows: int
    bytes: int
    replaces: tuple[str, ...] = ()
    """Published files whose rows it holds from now on."""
    checksum: str = ""
    """XXH3 of its bytes (see checksums.py)."""


def new_invocation_id() -> str:
    """Return a name for a command: when it began, and eight random digits."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:8]}"


def partition_path(
    table: str, partition: str, name: str = "", layout_version: int = LAYOUT_VERSION
) -> str:
    """Return the path of a partition, or of a file in it, relative to the lake.

    Args:
      table: One of `TABLES`.
      partition: A day, or "unknown".
      name: Of a file.
      layout_version: That of the lake.

    Example:
      >>> partition_path("articles", "2026-11-09")
      'articles/day=2026-11-09'
      >>> partition_path("articles", "unknown", layout_version=2)
      'articles/published_date=unknown'
    """
    if layout_version < LAYOUT_VERSION:
        folder = f"{table}/{TABLES[table].partition}={partition}"
    else:
        folder = f"{table}/{DAY_KEY}={_UNDATED if partition == UNKNOWN_DAY else partition}"
    return f"{folder}/{name}" if name else folder


def partition_of(path: str) -> str:
    """Return the partition that the path of a file names, whatever its layout.

    Example:
      >>> partition_of("articles/day=1970-01-01/a.parquet")
      'unknown'
      >>> partition_of("articles/published_date=2026-11-09/a.parquet")
      '2026-11-09'
    """
    value = path.rpartition("/")[0].partition("=")[2]
    return UNKNOWN_DAY if value == _UNDATED else value


def has_layout(path: str, table: str, partition: str, layout_version: int) -> bool:
    """Return whether a file of a partition has the path that a layout gives it.

    Example:
      >>> has_layout("rejects/day=2026-11-09/a.parquet", "rejects", "2026-11-09", 2)
      False
    """
    folder, _, name = path.rpartition("/")
    return bool(name) and folder == partition_path(table, partition, "", layout_version)


def staging_path(commit_id: str, *parts: str) -> str:
    """Return a path in the staging of one run, relative to the lake."""
    return "/".join([STAGING, commit_id, *parts])
