"""Which articles are on which days, for all of the lake and in a few bytes each.

History is compared within a horizon of days, but an article must stay the same article however far
its date moves: a page that comes back with another body is its next version, also after years. So
every commit adds a file to `_ids/` (see index_files.py). A run looks its own ids up there, and the
days that come out are compared too. A run's file is made of the keys of its articles while they are
at hand; where the index is missing, it is rebuilt from the articles of the lake.
"""

import hashlib
import re
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from warta.transforms.lake.catalog import DataFile, read_snapshot
from warta.transforms.lake.index_files import (
    IDS_SCHEMA,
    Words,
    find_days,
    is_coarse,
    merge_sorted,
    sort_rows,
    write_sorted,
)
from warta.transforms.lake.layout import (
    ARTICLE_INDEX,
    UNKNOWN_DAY,
    PublishedFile,
    Run,
    staging_path,
)
from warta.transforms.lake.reading import open_parquet
from warta.transforms.lake.storage import Lake

MAX_FILES = 16
"""So many files of ids, and the next commit merges the smaller ones of them."""
_UNKNOWN = -(2**31)
_EPOCH = date(1970, 1, 1)
_HEX = re.compile(r"[0-9a-f]+")


def hex_words(digests: pa.ChunkedArray, words: int) -> Words:
    """Return the first words, of 64 bits, of hexadecimal digests.

    Args:
      digests: n texts; one that is not a digest of 32 or 64 digits counts by its own hash.
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
    """Return sixteen bytes: of a digest of warta's the first, of any other id those of its hash."""
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
    files = _files(lake)
    if not files:
        rows = sort_rows(_of_lake(lake))
        kept = np.isin(rows["article"].to_numpy(), wanted)
        days.update(rows["day"].to_numpy()[kept].tolist())
    for file in files:
        days |= find_days(lake, file.path, wanted)
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

    It takes in the smaller of the older parts where there are many, and all articles of the lake
    where there are none.

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
    merged = _to_merge(lake, older)
    parts = [new] if older else [new, *_of_lake(lake)]
    sorted_new = sort_rows(parts)
    name = f"{run.commit_id}-{uuid.uuid4().hex[:8]}.parquet"
    staged = staging_path(run.commit_id, f"ids-{name}")
    with lake.writing():
        # The rows of a stream's window are staged in another folder.
        lake.make_folder(staging_path(run.commit_id))
        with closing(lake.open_checked(staged)) as stream:
            total = len(sorted_new) + sum(file.rows for file in merged)
            paths = tuple(file.path for file in merged)
            rows = write_sorted(stream, merge_sorted(lake, paths, sorted_new), total)
        size = lake.written_size(staged)
    path = f"{ARTICLE_INDEX}/{name}"
    return PublishedFile("ids", "", path, staged, rows, size, paths, stream.checksum)


def missing_ids(lake: Lake) -> int:
    """Return how many rows of articles the index does not name; 0 where there is no index."""
    there = sort_rows(_of_lake(lake))
    files = _files(lake)
    known = sort_rows(_read(lake, file.path) for file in files) if files else there
    both = pa.concat_tables([known, there])
    articles, days = both["article"].to_numpy(), both["day"].to_numpy()
    order = np.lexsort((days, articles))
    articles, days = articles[order], days[order]
    # Each side has a row once: two that are equal are one of each.
    named = (articles[1:] == articles[:-1]) & (days[1:] == days[:-1])
    return len(there) - int(np.count_nonzero(named))


def files_to_merge(files: Sequence[DataFile]) -> list[DataFile]:
    """Return which files of the index the next one takes in.

    Half of them at least, the smallest; then larger ones, as long as each has no more rows than all
    before it. So a row is merged a few times while the lake grows tenfold, and files stay few.

    Args:
      files: All of them.

    Returns:
      None of them while they are fewer than `MAX_FILES`.
    """
    if len(files) < MAX_FILES:
        return []
    ordered = sorted(files, key=lambda file: (file.rows, file.path))
    taken = ordered[: MAX_FILES // 2]
    rows = sum(file.rows for file in taken)
    for file in ordered[len(taken) :]:
        if file.rows > rows:
            break
        taken.append(file)
        rows += file.rows
    return taken


def _to_merge(lake: Lake, files: Sequence[DataFile]) -> list[DataFile]:
    merged = files_to_merge(files)
    if not merged:
        return []
    # Files of older versions are read whole by every run: they are written again once.
    return [*merged, *(one for one in files if one not in merged and is_coarse(lake, one.path))]


def _files(lake: Lake) -> list[DataFile]:
    # The folder may be removed: it is rebuilt, though commits still list its files.
    there = set(lake.files(ARTICLE_INDEX))
    return [file for file in read_snapshot(lake).files("ids") if file.path in there]


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


def _day(partition: str) -> int:
    """Return the days since 1970 of a partition."""
    return _UNKNOWN if partition == UNKNOWN_DAY else (date.fromisoformat(partition) - _EPOCH).days


def _partition(day: int) -> str:
    return UNKNOWN_DAY if day == _UNKNOWN else str(_EPOCH + timedelta(days=day))
