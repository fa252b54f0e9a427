"""What a worker remembers of the lake, so that what was read before costs next to nothing again.

Most of what a scheduled run reads is in the lake already. An article that comes out of cleaning
with an id and a content that its day's partition has is known, and need not be tagged. That
partition's rows also say by `record_hash` which records made them: the next record of those, and
news of a day come together, is known before it is cleaned.

This only saves work. What is missed here, since a worker's memory is bounded and as old as its
first look, is found when the run's rows are compared with the lake.
"""

import math
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from warta.transforms.lake.article_index import hex_words
from warta.transforms.lake.catalog import Snapshot, read_snapshot
from warta.transforms.lake.index_files import Words
from warta.transforms.lake.reading import open_parquet
from warta.transforms.lake.storage import Lake

MAX_ROWS = 2_000_000
"""Rows remembered at once, 24 bytes each; a partition that has more is not looked at."""
_MAX_AGE_S = 5.0
"""A list of the lake's files this old is good enough: a day costs no listing of its own."""
_COLUMNS = ["article_id", "content_sha256", "record_hash"]


@dataclass(frozen=True, slots=True)
class _Day:
    """The rows of one partition."""

    articles: Words
    """First half of the id xor first word of the content, sorted."""
    contents: Words
    """Second word of the content, in the order of `articles`."""
    records: npt.NDArray[np.int64]
    """Hashes of the records, sorted."""


class KnownArticles:
    """The articles of a lake on the days that were asked for; threads share it.

    Args:
      lake: The lake.
      max_rows: Most rows remembered at once. A day that has more is not looked at; where another
        day needs their room, all others are forgotten.
    """

    def __init__(self, lake: Lake, max_rows: int = MAX_ROWS) -> None:
        self._lake = lake
        self._max_rows = max_rows
        self._days: dict[str, _Day] = {}
        self._rows = 0
        # Sorted arrays, each longer than the next: a day that is added costs little on average.
        self._records: tuple[npt.NDArray[np.int64], ...] = ()
        self._live = Snapshot(())
        self._listed_s = -math.inf
        # The threads of a process share it.
        self._lock = threading.Lock()

    def has_record(self, record_hash: int) -> bool:
        """Return whether a record made a row of the days that were looked at."""
        return any(_contains(records, record_hash) for records in self._records)

    def has_article(self, article_id: str, content_sha256: str, day: str) -> bool:
        """Return whether the partition of `day` has the article with this content."""
        known = self._days.get(day)
        if known is None:
            known = self._look_at(day)
        article = int(article_id[:16], 16) ^ int(content_sha256[:16], 16)
        content = int(content_sha256[16:32], 16)
        first = int(np.searchsorted(known.articles, np.uint64(article), side="left"))
        while first < len(known.articles) and int(known.articles[first]) == article:
            if int(known.contents[first]) == content:
                return True
            first += 1
        return False

    def _look_at(self, day: str) -> _Day:
        with self._lock:
            return self._days.get(day) or self._read_in(day)

    def _read(self, day: str) -> _Day:
        if time.monotonic() - self._listed_s > _MAX_AGE_S:
            self._live = read_snapshot(self._lake)
            self._listed_s = time.monotonic()
        return _read(self._lake, self._live.paths("articles", {day}), self._max_rows)

    def _read_in(self, day: str) -> _Day:
        read = self._read(day)
        if self._rows + len(read.articles) > self._max_rows:
            self._days.clear()
            self._rows = 0
            self._records = ()
        self._days[day] = read
        self._rows += len(read.articles)
        self._records = add_sorted(self._records, read.records)
        return read


def add_sorted(
    arrays: tuple[npt.NDArray[np.int64], ...], values: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], ...]:
    """Return sorted arrays that hold these values too.

    Arrays are joined as long as the last is no longer than what comes: n values are in at most
    log2(n) + 1 arrays, and each is moved as often.

    Args:
      arrays: Sorted arrays, each longer than the next.
      values: Sorted values to add.

    Example:
      >>> from_two = add_sorted((np.array([2, 5]),), np.array([1]))
      >>> [part.tolist() for part in add_sorted(from_two, np.array([3]))]
      [[1, 2, 3, 5]]
    """
    kept = list(arrays)
    while kept and len(kept[-1]) <= len(values):
        values = np.sort(np.concatenate([kept.pop(), values]), kind="stable")
    return (*kept, values) if len(values) else tuple(kept)


def _contains(values: npt.NDArray[np.int64], wanted: int) -> bool:
    position = int(np.searchsorted(values, wanted))
    return position < len(values) and int(values[position]) == wanted


def _read(lake: Lake, paths: Sequence[str], max_rows: int) -> _Day:
    """Return the rows of a partition's files; nothing if there are too many."""
    tables: list[pa.Table] = []
    rows = 0
    for path in paths:
        with open_parquet(lake, path) as file:
            rows += file.metadata.num_rows
            if rows > max_rows:
                tables.clear()
                break
            # Older files have no hashes of records.
            columns = [name for name in _COLUMNS if name in file.schema_arrow.names]
            tables.append(file.read(columns=columns))
    nothing = np.empty(0, dtype=np.int64)
    if not tables:
        return _Day(nothing.view(np.uint64), nothing.view(np.uint64), nothing)
    keys = pa.concat_tables(tables, promote_options="default")
    contents = hex_words(keys["content_sha256"], 2)
    articles = hex_words(keys["article_id"], 1)[:, 0] ^ contents[:, 0]
    order = np.argsort(articles, kind="stable")
    records = nothing
    if "record_hash" in keys.column_names:
        records = np.sort(keys["record_hash"].drop_null().to_numpy())
    return _Day(articles[order], contents[order, 1], records)
