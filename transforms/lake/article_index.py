"""Which articles stand on which days, for all of the lake and in a few bytes each.

History is compared within a horizon of days, but an article must stay the same article however far
its date moves: a page that comes back with another body is its next version, also after years. So
every commit adds a file to `_ids/`, twelve bytes a row: the first 64 bits of article_id, sorted,
and the day. A run looks its own ids up there, and the days that come out are compared too. The
files are made of the articles alone, and made anew from them where they are missing.
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
import pyarrow.compute as pc
import pyarrow.parquet as pq

from transforms.lake.layout import (
    IDS,
    UNKNOWN_DAY,
    Lake,
    PublishedFile,
    Run,
    staging_path,
)

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
    """Hexadecimal digests, n rows -> (n, words): 64 bits each, from the left.

    Ids that are none, as others may have given, count by a digest of theirs.
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
    """Sixteen bytes: the first of a digest of ours, of anything else those of its hash."""
    if len(text) in (32, 64) and _HEX.fullmatch(text):
        return bytes.fromhex(text[:32])
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()


def days_of(lake: Lake, article_ids: pa.ChunkedArray) -> set[str]:
    """Articles -> the partitions in which one of them may stand already."""
    wanted = np.unique(hex_words(article_ids, 1)[:, 0])
    days: set[int] = set()
    for rows in _parts(lake):
        found = _members(rows["article"].to_numpy(), wanted)
        days.update(rows["day"].to_numpy()[found].tolist())
    return {_partition(day) for day in days}


def write_ids(lake: Lake, run: Run, files: Sequence[PublishedFile]) -> list[PublishedFile]:
    """Finished files of a run -> the file of ids to be committed with them, if articles are new.

    It takes in the older files where there are many, and all articles of the lake where there are
    none.
    """
    new = [file for file in files if file.table == "articles" and not file.replaces]
    if not new:
        return []
    older = _files(lake)
    merged = tuple(older) if len(older) >= MAX_FILES else ()
    parts = [_read(lake, path) for path in merged]
    parts += [_of_articles(lake, file.staged_path, file.partition) for file in new]
    if not older:
        parts += _of_lake(lake)
    rows = _sorted(parts)
    name = f"{run.commit_id}-{uuid.uuid4().hex[:8]}.parquet"
    staged = staging_path(run.commit_id, f"ids-{name}")
    with lake.writing():
        with closing(lake.open_checked(staged)) as stream:
            pq.write_table(
                rows,
                stream,
                row_group_size=_ROW_GROUP_ROWS,
                compression="zstd",
                use_dictionary=False,
            )
        size = lake.written_size(staged)
    path = f"{IDS}/{name}"
    return [PublishedFile("ids", "", path, staged, len(rows), size, merged, stream.checksum)]


def missing_ids(lake: Lake) -> int:
    """Rows of articles that the files of ids do not name; none are missing where no file is."""
    known = _sorted(_parts(lake))
    there = _sorted(_of_lake(lake))
    missing = 0
    for day in pc.unique(there["day"]).to_pylist():
        ids = there.filter(pc.equal(there["day"], day))["article"].to_numpy()
        listed = known.filter(pc.equal(known["day"], day))["article"].to_numpy()
        missing += int(np.count_nonzero(~np.isin(ids, listed)))
    return missing


def _parts(lake: Lake) -> Iterator[pa.Table]:
    """What the files of ids hold, sorted, a row group at a time; without them, the articles'."""
    files = _files(lake)
    if not files:
        yield _sorted(_of_lake(lake))
    for path in files:
        with pq.ParquetFile(lake.path(path), filesystem=lake.filesystem) as file:
            for group in range(file.num_row_groups):
                yield file.read_row_group(group)


def _files(lake: Lake) -> list[str]:
    return list(lake.files(IDS))


def _members(values: Words, wanted: Words) -> npt.NDArray[np.intp]:
    """Places of the sorted `wanted` in the sorted `values`, all of equal ones."""
    first = np.searchsorted(values, wanted, side="left")
    last = np.searchsorted(values, wanted, side="right")
    hits = np.flatnonzero(last > first)
    spans = [np.arange(first[hit], last[hit]) for hit in hits]
    return np.concatenate(spans) if spans else np.empty(0, dtype=np.intp)


def _read(lake: Lake, path: str) -> pa.Table:
    return pq.read_table(lake.path(path), filesystem=lake.filesystem, schema=IDS_SCHEMA)


def _of_articles(lake: Lake, path: str, partition: str) -> pa.Table:
    with pq.ParquetFile(lake.path(path), filesystem=lake.filesystem) as file:
        ids = file.read(columns=["article_id"])["article_id"]
    articles = hex_words(ids, 1)[:, 0]
    day = np.full(len(articles), _day(partition), dtype=np.int32)
    return pa.table([articles, day], schema=IDS_SCHEMA)


def _of_lake(lake: Lake) -> Iterator[pa.Table]:
    for partition in lake.partitions("articles"):
        for path in lake.table_files("articles", partition):
            yield _of_articles(lake, path, partition)


def _sorted(parts: Iterable[pa.Table]) -> pa.Table:
    """Rows sorted by article and day, each once."""
    rows = pa.concat_tables([IDS_SCHEMA.empty_table(), *parts])
    articles, days = rows["article"].to_numpy(), rows["day"].to_numpy()
    order = np.lexsort((days, articles))
    articles, days = articles[order], days[order]
    new = np.ones(len(articles), dtype=bool)
    new[1:] = (articles[1:] != articles[:-1]) | (days[1:] != days[:-1])
    return pa.table([articles[new], days[new]], schema=IDS_SCHEMA)


def _day(partition: str) -> int:
    """The partition of a day -> days since 1970."""
    return _UNKNOWN if partition == UNKNOWN_DAY else (date.fromisoformat(partition) - _EPOCH).days


def _partition(day: int) -> str:
    return UNKNOWN_DAY if day == _UNKNOWN else str(_EPOCH + timedelta(days=day))
