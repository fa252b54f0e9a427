"""Which articles are on which days, for all of the lake and in a few bytes each.

History is compared within a horizon of days, but an article must stay the same article however far
its date moves: a page that comes back with another body is its next version, also after years. So
every commit adds a file to `_ids/`, twelve bytes a row: the first 64 bits of article_id, sorted,
and the day. A run looks its own ids up there, and the days that come out are compared too. A run's
file is made of the keys of its articles while they are at hand; where the index is missing, it is
made anew from the articles of the lake.
"""

import hashlib
import re
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from warta.transforms.lake.catalog import read_snapshot
from warta.transforms.lake.layout import (
    ARTICLE_INDEX,
    UNKNOWN_DAY,
    Lake,
    PublishedFile,
    Run,
    staging_path,
)
from warta.transforms.lake.table import open_parquet

IDS_SCHEMA = pa.schema(
    [pa.field("article", pa.uint64(), nullable=False), pa.field("day", pa.int32(), nullable=False)]
)
MAX_FILES = 16
"""So many files of ids, and the next commit makes one of them."""
_UNKNOWN = -(2**31)
_ROW_GROUP_ROWS = 1 << 20
_EPOCH = date(1970, 1, 1)
_HEX = re.compile(r"[0-9a-f]+")

Words = npt.NDArray[np.uint64]


def hex_words(digests: pa.ChunkedArray, words: int) -> Words:
    """Return the first words, of 64 bits, of hexadecimal digests.

    Args:
      digests: n texts; one that is no digest of 32 or 64 digits counts by its own hash.
      words: Words of each, from the left.

    Returns:
      An array of shape (n, words).

    Example:
      >>> hex_words(pa.chunked_array([["00000000000000ff" + "0" * 16]]), 1).tolist()
      [[255]]
    """
    texts = digests.to_pylist()
    if not texts:
        return np.empty((0, words), dtype=np.uint64)
    joined = "".join(texts)
    if set(map(len, texts)) in ({32}, {64}) and _HEX.fullmatch(joined):
        data = bytes.fromhex(joined)
    else:
        data = b"".join(map(_digest, texts))
    return np.frombuffer(data, dtype=">u8").reshape(len(texts), -1)[:, :words].astype(np.uint64)


def _digest(text: str) -> bytes:
    """Return sixteen bytes: the first of a digest of ours, of anything else those of its hash."""
    if len(text) in (32, 64) and _HEX.fullmatch(text):
        return bytes.fromhex(text[:32])
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()


def days_of(lake: Lake, article_ids: pa.ChunkedArray) -> set[str]:
    """Return the partitions in which one of these articles may be already.

    Raises:
      LakeError: A file of the index is damaged; names it.
    """
    wanted = np.unique(hex_words(article_ids, 1)[:, 0])
    days: set[int] = set()
    for rows in _parts(lake):
        found = _members(rows["article"].to_numpy(), wanted)
        days.update(rows["day"].to_numpy()[found].tolist())
    return {_partition(day) for day in days}


def index_rows(article_ids: pa.ChunkedArray, partitions: Sequence[str]) -> pa.Table:
    """Return articles as rows of the index.

    Args:
      article_ids: The id of each article.
      partitions: The day of each.

    Returns:
      A table of `IDS_SCHEMA`, in the same order.

    Example:
      >>> ids = pa.chunked_array([["00000000000000ff" + "0" * 16]])
      >>> index_rows(ids, ["1970-01-02"]).to_pylist()
      [{'article': 255, 'day': 1}]
    """
    numbers = {partition: _day(partition) for partition in set(partitions)}
    days = np.array([numbers[partition] for partition in partitions], dtype=np.int32)
    return pa.table([hex_words(article_ids, 1)[:, 0], days], schema=IDS_SCHEMA)


def write_index(lake: Lake, run: Run, new: pa.Table) -> PublishedFile | None:
    """Write a run's part of the index to staging, to be committed with its files.

    It takes in the older parts where there are many, and all articles of the lake where there are
    none.

    Args:
      lake: The lake.
      run: The run.
      new: Rows of the articles that it publishes, from `index_rows`.

    Returns:
      The finished file; None where no article is new.

    Raises:
      LakeError: The disk or store refuses it, or a file of the index is damaged.
    """
    if not len(new):
        return None
    older = _files(lake)
    merged = tuple(older) if len(older) >= MAX_FILES else ()
    parts = [_read(lake, path) for path in merged]
    parts.append(new)
    if not older:
        parts += _of_lake(lake)
    rows = _sorted(parts)
    name = f"{run.commit_id}-{uuid.uuid4().hex[:8]}.parquet"
    staged = staging_path(run.commit_id, f"ids-{name}")
    with lake.writing():
        # The rows of a stream's window are staged in another folder.
        lake.make_folder(staging_path(run.commit_id))
        with closing(lake.open_checked(staged)) as stream:
            pq.write_table(
                rows,
                stream,
                row_group_size=_ROW_GROUP_ROWS,
                compression="zstd",
                use_dictionary=False,
            )
        size = lake.written_size(staged)
    path = f"{ARTICLE_INDEX}/{name}"
    return PublishedFile("ids", "", path, staged, len(rows), size, merged, stream.checksum)


def missing_ids(lake: Lake) -> int:
    """Return how many rows of articles the index does not name; 0 where there is no index."""
    known = _sorted(_parts(lake))
    there = _sorted(_of_lake(lake))
    both = pa.concat_tables([known, there])
    articles, days = both["article"].to_numpy(), both["day"].to_numpy()
    order = np.lexsort((days, articles))
    articles, days = articles[order], days[order]
    # Each side has a row once: two that are equal are one of each.
    named = (articles[1:] == articles[:-1]) & (days[1:] == days[:-1])
    return len(there) - int(np.count_nonzero(named))


def _parts(lake: Lake) -> Iterator[pa.Table]:
    """Yield the index, sorted within each table; without an index, that of the articles."""
    files = _files(lake)
    if not files:
        yield _sorted(_of_lake(lake))
    for path in files:
        with open_parquet(lake, path) as file:
            for group in range(file.num_row_groups):
                yield file.read_row_group(group)


def _files(lake: Lake) -> list[str]:
    # The folder may be removed: it is made anew, though commits still list its files.
    there = set(lake.files(ARTICLE_INDEX))
    return [path for path in read_snapshot(lake).paths("ids") if path in there]


def _members(values: Words, wanted: Words) -> npt.NDArray[np.intp]:
    """Return the positions of the sorted `wanted` in the sorted `values`, all of equal ones."""
    first = np.searchsorted(values, wanted, side="left")
    last = np.searchsorted(values, wanted, side="right")
    hits = np.flatnonzero(last > first)
    spans = [np.arange(first[hit], last[hit]) for hit in hits]
    return np.concatenate(spans) if spans else np.empty(0, dtype=np.intp)


def _read(lake: Lake, path: str) -> pa.Table:
    with open_parquet(lake, path) as file:
        return file.read()


def _of_file(lake: Lake, path: str, partition: str) -> pa.Table:
    with open_parquet(lake, path) as file:
        ids = file.read(columns=["article_id"])["article_id"]
    return index_rows(ids, [partition] * len(ids))


def _of_lake(lake: Lake) -> Iterator[pa.Table]:
    for file in read_snapshot(lake).files("articles"):
        yield _of_file(lake, file.path, file.partition)


def _sorted(parts: Iterable[pa.Table]) -> pa.Table:
    """Return rows sorted by article and day, each once."""
    rows = pa.concat_tables([IDS_SCHEMA.empty_table(), *parts])
    articles, days = rows["article"].to_numpy(), rows["day"].to_numpy()
    order = np.lexsort((days, articles))
    articles, days = articles[order], days[order]
    new = np.ones(len(articles), dtype=bool)
    new[1:] = (articles[1:] != articles[:-1]) | (days[1:] != days[:-1])
    return pa.table([articles[new], days[new]], schema=IDS_SCHEMA)


def _day(partition: str) -> int:
    """Return the days since 1970 of a partition."""
    return _UNKNOWN if partition == UNKNOWN_DAY else (date.fromisoformat(partition) - _EPOCH).days


def _partition(day: int) -> str:
    return UNKNOWN_DAY if day == _UNKNOWN else str(_EPOCH + timedelta(days=day))
