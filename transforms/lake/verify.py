"""A lake, looked through: everything that a commit promises, file by file and row by row.

Needs no lock and changes nothing.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from transforms.core.schema import FEEDS, TABLES, conform_to_schema
from transforms.core.storage import one_line
from transforms.lake.article_index import Words, hex_words, missing_ids
from transforms.lake.feed_state import TABLE as FEEDS_TABLE
from transforms.lake.layout import (
    COMMITS,
    IDS,
    MARKER,
    STAGING,
    Lake,
    LakeError,
    partition_path,
)
from transforms.lake.locking import is_held
from transforms.lake.rows import reject_ids

_EXAMPLES = 5
"""Faults of one kind that are named one by one, rows of one file."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as a commit promises."""

    place: str
    """A file or folder of the lake."""
    what: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What was looked at, and what was found wrong with it."""

    commits: int
    files: int
    rows: dict[str, int]
    """By table."""
    faults: tuple[Fault, ...]


@dataclass(slots=True)
class _Seen:
    """What the files hold, for what must hold across them: (rows, 3) words of id and version."""

    articles: list[Words] = field(default_factory=list)
    mentions: list[Words] = field(default_factory=list)
    originals: list[Words] = field(default_factory=list)
    """(rows, 2) words of `duplicate_of`."""
    firsthand: list[Words] = field(default_factory=list)
    """(rows, 2) words of the ids of articles that are no copies."""
    rejects: list[Words] = field(default_factory=list)
    """(rows, 2) words of the ids of open rejects."""
    rows: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TABLES, 0))


def verify(lake: Lake) -> Verified:
    """Opens every file and compares it with the commits, and the tables with each other.

    A run that commits meanwhile is waited out by looking again.

    Raises:
      LakeError: no lake, or one of a newer version.
    """
    lake.check()
    for _ in range(3):
        before = list(lake.files(COMMITS))
        found = _look_through(lake, before)
        if not found.faults or before == list(lake.files(COMMITS)):
            break
    return found


def _look_through(lake: Lake, commits: Sequence[str]) -> Verified:
    faults: list[Fault] = []
    busy = is_held(lake)
    documents = list(_documents(lake, commits, faults))
    coming = _plans(lake, commits, faults, busy=busy)
    live = _live_files(documents)
    faults += _check_commits(documents)
    faults += _listed_twice(documents)
    seen = _Seen()
    for path, listed in sorted(live.items()):
        faults += _check_file(lake, path, listed, seen)
    faults += _strays(lake, {*live, *coming}, busy=busy)
    if not faults:
        # Where files are missing, what holds across them cannot hold either.
        faults += _check_rows(lake, seen)
    return Verified(len(documents), len(live), seen.rows, tuple(faults))


def _documents(
    lake: Lake, commits: Sequence[str], faults: list[Fault]
) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in commits:
        if path.endswith(".json"):
            try:
                document = lake.read_json(path)
            except (LakeError, OSError) as error:
                faults.append(Fault(path, one_line(error)))
                continue
            if {"counts", "files", "committed_at"} <= document.keys():
                yield path, document
            else:
                faults.append(Fault(path, "is no commit file"))


def _plans(lake: Lake, commits: Sequence[str], faults: list[Fault], *, busy: bool) -> set[str]:
    """Files that plans under way will publish; without a run at work, the plans are faults."""
    coming: set[str] = set()
    for path in commits:
        if path.endswith(".pending"):
            try:
                coming.update(lake.read_json(path)["moves"])
            except (LakeError, OSError, KeyError) as error:
                faults.append(Fault(path, one_line(error)))
            if not busy:
                what = "a run was ended while it published; the next finishes it"
                faults.append(Fault(path, what))
        elif not path.endswith((".json", ".writing")) or (path.endswith(".writing") and not busy):
            faults.append(Fault(path, "is none of warta's files"))
    return coming


def _live_files(documents: Sequence[tuple[str, Mapping[str, Any]]]) -> dict[str, Any]:
    """Commit files -> the files that stand, by path, as their commit lists them."""
    files = {one["path"]: one for _, document in documents for one in document["files"]}
    for _, document in documents:
        for path in document.get("replaced", ()):
            files.pop(path, None)
    return files


def _listed_twice(documents: Sequence[tuple[str, Mapping[str, Any]]]) -> Iterator[Fault]:
    times = Counter(one["path"] for _, document in documents for one in document["files"])
    for path, count in times.items():
        if count > 1:
            yield Fault(path, "is listed by two commits")


def _check_commits(documents: Sequence[tuple[str, Mapping[str, Any]]]) -> Iterator[Fault]:
    for path, document in documents:
        counts = document["counts"]
        parts = [counts[name] for name in ("published", "duplicates", "rejected")]
        if counts["read"] != sum(parts):
            told = " + ".join(map(str, parts))
            yield Fault(path, f"read {counts['read']} is not published + ... = {told}")
        passed_over = document.get("passed_over", {})
        if not isinstance(passed_over, dict) or not all(
            isinstance(number, int) and number > 0 for number in passed_over.values()
        ):
            yield Fault(path, f"passed_over is {passed_over!r:.80}, not a number for each reason")
        rows = sum(
            one["rows"]
            for one in document["files"]
            if one["table"] == "articles" and not one.get("merged")
        )
        if rows != counts["published"] and "rolled_up" not in document:
            yield Fault(path, f"{counts['published']} published, but its files hold {rows}")


def _check_file(lake: Lake, path: str, listed: Mapping[str, Any], seen: _Seen) -> Iterator[Fault]:
    size = lake.size(path)
    if size is None:
        # The files of ids may be removed: they are made anew.
        if listed["table"] in (*TABLES, FEEDS_TABLE):
            yield Fault(path, "is missing")
        return
    if size != listed["bytes"]:
        yield Fault(path, f"has {size} bytes, its commit says {listed['bytes']}")
    if listed["table"] == FEEDS_TABLE:
        yield from _check_feeds(lake, path, listed)
    if listed["table"] not in TABLES:
        return
    try:
        with pq.ParquetFile(
            lake.path(path), filesystem=lake.filesystem, page_checksum_verification=True
        ) as file:
            yield from _check_schema(path, TABLES[listed["table"]][0], file.schema_arrow)
            for group in range(file.num_row_groups):
                yield from _check_group(path, listed, file.read_row_group(group), seen)
            rows = file.metadata.num_rows
    except (pa.ArrowException, OSError, KeyError) as error:
        yield Fault(path, f"cannot be read: {one_line(error)}")
        return
    seen.rows[listed["table"]] += rows
    if rows != listed["rows"]:
        yield Fault(path, f"has {rows} rows, its commit says {listed['rows']}")


def _check_feeds(lake: Lake, path: str, listed: Mapping[str, Any]) -> Iterator[Fault]:
    """The state of feeds: one row each."""
    try:
        with pq.ParquetFile(
            lake.path(path), filesystem=lake.filesystem, page_checksum_verification=True
        ) as file:
            yield from _check_schema(path, FEEDS, file.schema_arrow)
            rows = file.read()
            urls = rows["feed_url"]
    except (pa.ArrowException, OSError, KeyError) as error:
        yield Fault(path, f"cannot be read: {one_line(error)}")
        return
    if len(rows) != listed["rows"]:
        yield Fault(path, f"has {len(rows)} rows, its commit says {listed['rows']}")
    if len(pc.unique(urls)) != len(rows):
        yield Fault(path, "names a feed twice")


def _check_schema(path: str, wanted: pa.Schema, schema: pa.Schema) -> Iterator[Fault]:
    """Columns may be missing in older files, if they may be null; none may be unknown."""
    for column in wanted:
        if column.name not in schema.names:
            if not column.nullable:
                yield Fault(path, f"lacks the column {column.name}")
        elif not _may_be_read_as(schema.field(column.name).type, column.type):
            kind = schema.field(column.name).type
            yield Fault(path, f"column {column.name} is {kind}, not {column.type}")
    for name in sorted(set(schema.names) - set(wanted.names)):
        yield Fault(path, f"has an unknown column {name}")


def _may_be_read_as(kind: pa.DataType, wanted: pa.DataType) -> bool:
    try:
        pa.nulls(0, kind).cast(wanted)
    except pa.ArrowException:
        return False
    return True


def _check_group(
    path: str, listed: Mapping[str, Any], rows: pa.Table, seen: _Seen
) -> Iterator[Fault]:
    table, partition = listed["table"], listed["partition"]
    column = TABLES[table][1]
    strangers = pc.unique(rows[column]).to_pylist()
    if strangers != [partition]:
        yield Fault(path, f"column {column} holds {strangers[:_EXAMPLES]}")
    if not path.startswith(partition_path(table, partition) + "/"):
        yield Fault(path, f"stands outside its partition {partition}")
    if table == "rejects":
        rows = conform_to_schema(rows, TABLES[table][0])
        ids = pc.coalesce(rows["reject_id"], pa.chunked_array([reject_ids(rows)]))
        seen.rejects.append(hex_words(ids.filter(pc.is_null(rows["replayed_by"])), 2))
        return
    versions = rows["version"].to_numpy().astype(np.uint64)
    ids = hex_words(rows["article_id"], 2)
    keys = np.column_stack([ids, versions])
    if table == "mentions":
        seen.mentions.append(np.unique(keys, axis=0))
        return
    seen.articles.append(keys)
    seen.originals.append(hex_words(rows["duplicate_of"].drop_null(), 2))
    seen.firsthand.append(ids[rows["duplicate_of"].is_null().to_numpy()])
    days = pc.unique(pc.strftime(rows["date_published"].drop_null(), "%Y-%m-%d")).to_pylist()
    for day in days:
        if day != partition:
            yield Fault(path, f"holds articles published on another day: {day}")


def _strays(lake: Lake, known: Set[str], *, busy: bool) -> Iterator[Fault]:
    for table in (*TABLES, FEEDS_TABLE, IDS):
        for path in lake.files(table, recursive=True):
            if path not in known:
                yield Fault(path, "stands in no commit")
    left = list(lake.files(STAGING, recursive=True))
    if left and not busy:
        what = f"holds {len(left)} files of a run that has not ended well; the next clears it"
        yield Fault(STAGING, what)
    for path in lake.files():
        if path not in (MARKER, "_lock", "_lock.json") and not (busy and path.endswith(".writing")):
            yield Fault(path, "is none of warta's files")


def _check_rows(lake: Lake, seen: _Seen) -> Iterator[Fault]:
    """What must hold across files."""
    articles = _joined(seen.articles, 3)
    keys, counts = np.unique(articles, axis=0, return_counts=True)
    yield from _named("articles", keys[counts > 1], "stands more than once")
    known = _bytes(keys)
    mentions = np.unique(_joined(seen.mentions, 3), axis=0)
    orphans = mentions[~np.isin(_bytes(mentions), known)]
    yield from _named("mentions", orphans, "is mentioned, but is no article")
    yield from _check_versions(keys)
    originals = np.unique(_joined(seen.originals, 2), axis=0)
    lost = originals[~np.isin(_bytes(originals), _bytes(keys[:, :2]))]
    yield from _named("articles", lost, "is an original, but is no article")
    there = originals[np.isin(_bytes(originals), _bytes(keys[:, :2]))]
    copies = there[~np.isin(_bytes(there), _bytes(_joined(seen.firsthand, 2)))]
    yield from _named("articles", copies, "is an original, but a copy itself")
    rejects, counts = np.unique(_joined(seen.rejects, 2), axis=0, return_counts=True)
    yield from _named("rejects", rejects[counts > 1], "stands open more than once")
    missing = missing_ids(lake)
    if missing:
        yield Fault(IDS, f"lacks {missing} articles; remove the folder, and it is made anew")


def _check_versions(keys: Words) -> Iterator[Fault]:
    """Versions of an article are 1, 2, 3 ...: the highest is their number."""
    ids, first, count = np.unique(keys[:, :2], axis=0, return_index=True, return_counts=True)
    highest = np.maximum.reduceat(keys[:, 2], first) if len(first) else first
    yield from _named("articles", ids[highest != count], "lacks one of its versions")


def _named(table: str, keys: Words, what: str) -> Iterator[Fault]:
    for key in keys[:_EXAMPLES]:
        version = f" version {key[2]}" if len(key) > 2 else ""
        yield Fault(table, f"{table[:-1]} {int(key[0]):016x}{int(key[1]):016x}{version} {what}")
    if len(keys) > _EXAMPLES:
        yield Fault(table, f"and {len(keys) - _EXAMPLES} more: {what}")


def _joined(parts: Sequence[Words], width: int) -> Words:
    return np.concatenate([np.empty((0, width), dtype=np.uint64), *parts])


def _bytes(keys: Words) -> npt.NDArray[np.void]:
    """Rows of words as values that can be looked up."""
    rows = np.ascontiguousarray(keys)
    return rows.view(f"V{rows.shape[1] * 8}").reshape(len(rows))
