"""Files of the article index: rows sorted by id, in small row groups that a look-up can leave out.

A row is the first 64 bits of an article_id, and the day: some eight bytes in a file. The ids are
hashes, so that those of a run are spread evenly over a sorted file, and each falls into one row
group. The footer says of each group which ids it spans; the others are not read. Small groups make
a large footer, large ones are more to read: both together are fewest bytes where a group has some
part of the square root of all rows; a sixteenth suits runs of thousands of articles.

Files of older versions have groups of a million rows: they are read in the same way, nearly whole.
"""

import functools
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import pairwise
from math import isqrt
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from warta.transforms.core.storage import is_local
from warta.transforms.lake.checksums import ChecksumStream
from warta.transforms.lake.reading import open_parquet
from warta.transforms.lake.storage import Lake

IDS_SCHEMA = pa.schema(
    [pa.field("article", pa.uint64(), nullable=False), pa.field("day", pa.int32(), nullable=False)]
)
_FEWEST_ROWS = 1024
"""Of a row group: five kilobytes of ids, one read of a disk."""
_ROWS_AT_ONCE = 1 << 20
"""Rows in memory while files are read or merged, 12 bytes each and some copies."""
_HOLE_BYTES = 512 << 10
"""A request to a store takes as long as so much: nearer chunks are read in one, all at once."""

Words = npt.NDArray[np.uint64]
_Groups = npt.NDArray[np.intp]


def rows_of_group(rows: int) -> int:
    """Return how many rows a row group has, of a file with so many.

    Example:
      >>> [rows_of_group(rows) for rows in (500, 10_000_000, 1_000_000_000)]
      [1024, 1024, 2048]
    """
    return max(_FEWEST_ROWS, 1 << (isqrt(rows) // 16).bit_length())


def is_coarse(lake: Lake, path: str) -> bool:
    """Return whether a file has much larger row groups than it would be given today."""
    with open_parquet(lake, path) as file:
        rows: int = file.metadata.num_rows
        groups: int = file.metadata.num_row_groups
    return rows > 2 * groups * rows_of_group(rows)


def find_days(lake: Lake, path: str, wanted: Words) -> set[int]:
    """Return the days that a file has for some ids.

    Args:
      lake: The lake.
      path: A file of the index.
      wanted: Ids, sorted, each once.

    Raises:
      LakeError: The file is damaged; names it.
    """
    days: set[int] = set()
    with open_parquet(lake, path) as file:
        low, high = _spans(file.metadata)
        held = np.searchsorted(wanted, high, "right") > np.searchsorted(wanted, low, "left")
        for groups in _pieces(file.metadata, np.flatnonzero(held)):
            articles = _read(lake, path, file, groups, "article")
            position = np.searchsorted(wanted, articles)
            position[position == len(wanted)] = 0
            found = np.flatnonzero(wanted[position] == articles)
            if len(found):
                # Most ids of a run are new: few groups have a day to read.
                days |= _days_at(lake, path, file, groups, found)
    return days


def _days_at(
    lake: Lake, path: str, file: pq.ParquetFile, groups: _Groups, rows: _Groups
) -> set[int]:
    """Return the days of rows, by their position in these row groups."""
    sizes = [file.metadata.row_group(group).num_rows for group in groups.tolist()]
    ends = np.cumsum(sizes)
    number = np.searchsorted(ends, rows, "right")
    needed = np.unique(number)
    starts = np.zeros(len(groups), dtype=np.intp)
    starts[needed] = np.cumsum([0, *np.array(sizes)[needed]])[:-1]
    days = _read(lake, path, file, groups[needed], "day")
    return set(days[rows - (ends - sizes)[number] + starts[number]].tolist())


def sort_rows(parts: Iterable[pa.Table]) -> pa.Table:
    """Return rows sorted by article and day, each once."""
    rows = pa.concat_tables([IDS_SCHEMA.empty_table(), *parts])
    articles, days = rows["article"].to_numpy(), rows["day"].to_numpy()
    order = np.lexsort((days, articles))
    articles, days = articles[order], days[order]
    new = np.ones(len(articles), dtype=bool)
    new[1:] = (articles[1:] != articles[:-1]) | (days[1:] != days[:-1])
    return pa.table([articles[new], days[new]], schema=IDS_SCHEMA)


def merge_sorted(lake: Lake, paths: Sequence[str], new: pa.Table) -> Iterator[pa.Table]:
    """Yield the rows of files and of a table, sorted, each once.

    They are merged by ranges of ids: about a million rows are in memory, however many there are.

    Args:
      lake: The lake.
      paths: Files of the index.
      new: Sorted rows.

    Yields:
      Tables, each sorted, and after those before it.

    Raises:
      LakeError: A file is damaged; names it.
    """
    with ExitStack() as stack:
        files = [(path, stack.enter_context(open_parquet(lake, path))) for path in paths]
        spans = [_spans(file.metadata) for _, file in files]
        total = len(new) + sum(file.metadata.num_rows for _, file in files)
        count = 1 + total // _ROWS_AT_ONCE
        bounds = [number * ((1 << 64) - 1) // count for number in range(1, count)]
        added = new["article"].to_numpy()
        for start, end in pairwise([None, *bounds, None]):
            parts = [
                _within(lake, path, file, span, start, end)
                for (path, file), span in zip(files, spans, strict=True)
            ]
            first, last = _positions(added, start, end)
            yield sort_rows([*parts, new.slice(first, last - first)])


def _within(
    lake: Lake,
    path: str,
    file: pq.ParquetFile,
    spans: tuple[Words, Words],
    start: int | None,
    end: int | None,
) -> pa.Table:
    """Return the rows of a file whose ids are in a range, its end not included."""
    low, high = spans
    held = np.ones(len(low), dtype=bool)
    if start is not None:
        held &= high >= np.uint64(start)
    if end is not None:
        held &= low < np.uint64(end)
    groups = np.flatnonzero(held)
    rows = pa.table(
        [_read(lake, path, file, groups, name) for name in IDS_SCHEMA.names], schema=IDS_SCHEMA
    )
    articles = rows["article"].to_numpy()
    kept = np.ones(len(articles), dtype=bool)
    if start is not None:
        kept &= articles >= np.uint64(start)
    if end is not None:
        kept &= articles < np.uint64(end)
    return rows.filter(pa.array(kept))


def _positions(articles: Words, start: int | None, end: int | None) -> tuple[int, int]:
    """Return from where to where sorted ids are in a range."""
    first = 0 if start is None else int(np.searchsorted(articles, np.uint64(start)))
    last = len(articles) if end is None else int(np.searchsorted(articles, np.uint64(end)))
    return first, last


def write_sorted(stream: ChecksumStream, parts: Iterable[pa.Table], total: int) -> int:
    """Write sorted rows as a file of the index; return how many there are.

    Args:
      stream: Takes the file's bytes.
      parts: The rows.
      total: About how many they are.
    """
    written = 0
    with pq.ParquetWriter(
        stream,
        IDS_SCHEMA,
        compression="zstd",
        use_dictionary=False,
        # Sorted hashes are near each other.
        column_encoding={"article": "DELTA_BINARY_PACKED", "day": "PLAIN"},
        write_statistics=["article"],
    ) as writer:
        for rows in parts:
            writer.write_table(rows, row_group_size=rows_of_group(total))
            written += len(rows)
    return written


def _spans(metadata: pq.FileMetaData) -> tuple[Words, Words]:
    """Return the lowest and the highest id of each row group; all there are where it is unknown."""
    low = np.zeros(metadata.num_row_groups, dtype=np.uint64)
    high = np.full(metadata.num_row_groups, np.iinfo(np.uint64).max, dtype=np.uint64)
    for group in range(metadata.num_row_groups):
        statistics = metadata.row_group(group).column(0).statistics
        if statistics is not None and statistics.has_min_max:
            low[group], high[group] = statistics.min, statistics.max
    return low, high


def _pieces(metadata: pq.FileMetaData, groups: _Groups) -> Iterator[_Groups]:
    """Yield row groups in chunks of about a million rows."""
    start, rows = 0, 0
    for end, group in enumerate(groups.tolist()):
        rows += metadata.row_group(group).num_rows
        if rows >= _ROWS_AT_ONCE:
            yield groups[start : end + 1]
            start, rows = end + 1, 0
    if start < len(groups):
        yield groups[start:]


def _read(
    lake: Lake, path: str, file: pq.ParquetFile, groups: _Groups, column: str
) -> npt.NDArray[Any]:
    """Return a column of some row groups, one after the other."""
    if is_local(lake.uri):
        rows = file.read_row_groups(groups.tolist(), columns=[column], use_threads=False)
    else:
        rows = _read_remote(lake, path, groups, column)
    values: npt.NDArray[Any] = rows[column].to_numpy()
    return values


def _read_remote(lake: Lake, path: str, groups: _Groups, column: str) -> pa.Table:
    """Return a column of some row groups from an object store, with requests side by side."""
    if not len(groups):
        return pa.table({column: pa.array([], IDS_SCHEMA.field(column).type)})
    fragment = _remote_format().make_fragment(
        lake.path(path), lake.filesystem, row_groups=groups.tolist()
    )
    return fragment.to_table(columns=[column])


@functools.cache
def _remote_format() -> Any:
    # It brings pandas with it, where that is installed: runs on disks start without.
    import pyarrow.dataset as ds

    options = pa.CacheOptions(hole_size_limit=_HOLE_BYTES, lazy=False)
    return ds.ParquetFileFormat(
        default_fragment_scan_options=ds.ParquetFragmentScanOptions(cache_options=options)
    )
