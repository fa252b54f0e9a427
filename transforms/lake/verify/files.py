"""One published file, looked through: its bytes, its schema, its rows.

Whatever is damaged becomes a `Fault` that names the file; nothing here raises.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import fs

from warta.transforms.core.schema import ALL_TABLES, STORIES_SINCE, TABLES, conform_to_schema
from warta.transforms.core.storage import one_line
from warta.transforms.lake.article_index import hex_words
from warta.transforms.lake.catalog import DataFile
from warta.transforms.lake.checksums import checksum_of_file
from warta.transforms.lake.contract import broken_columns, broken_promises
from warta.transforms.lake.index_files import IDS_SCHEMA, Words
from warta.transforms.lake.layout import has_layout, partition_path
from warta.transforms.lake.rows import reject_ids
from warta.transforms.lake.storage import Lake

_EXAMPLES = 5
_FILES_JOINED = 256


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as a commit promises."""

    location: str
    """A file or folder of the lake."""
    what: str
    is_lost: bool = False
    """Whether the place is a data file whose rows cannot be had."""


class WordsOfFiles:
    """Arrays of words of many files, joined as they come: one a file takes more than its rows."""

    def __init__(self) -> None:
        self._joined: list[Words] = []
        self._latest: list[Words] = []

    def append(self, words: Words) -> None:
        """Add those of a file."""
        self._latest.append(words)
        if len(self._latest) == _FILES_JOINED:
            self._joined.append(np.concatenate(self._latest))
            self._latest.clear()

    def __iter__(self) -> Iterator[Words]:
        """Yield all of them, in the order in which they came."""
        return iter((*self._joined, *self._latest))


@dataclass(slots=True)
class SeenRows:
    """What the files hold, for what must hold across them: (rows, 3) words of id and version."""

    articles: WordsOfFiles = field(default_factory=WordsOfFiles)
    children: dict[str, WordsOfFiles] = field(default_factory=dict)
    """Of each table whose rows belong to articles."""
    originals: WordsOfFiles = field(default_factory=WordsOfFiles)
    """(rows, 2) words of `duplicate_of`."""
    firsthand: WordsOfFiles = field(default_factory=WordsOfFiles)
    """(rows, 2) words of the ids of articles that are no copies."""
    rejects: WordsOfFiles = field(default_factory=WordsOfFiles)
    """(rows, 2) words of the ids of open rejects."""
    in_stories: WordsOfFiles = field(default_factory=WordsOfFiles)
    """(rows, 3) words of the story of each article's first version, and whether the table of
    stories must have it."""
    stories: WordsOfFiles = field(default_factory=WordsOfFiles)
    """(rows, 6) words of story_id, current_id, version and articles."""
    rows: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TABLES, 0))


def schema_of_listed(table: str) -> pa.Schema | None:
    """Return the schema of a table that a commit may list files of; None for any other name."""
    if table == "ids":
        return IDS_SCHEMA
    return ALL_TABLES[table].schema if table in ALL_TABLES else None


def guarded(location: str, checks: Iterable[Fault]) -> Iterator[Fault]:
    """Yield the faults that checks find; what they raise at damaged bytes is one more.

    Args:
      location: The file or folder that is looked at.
      checks: A generator of faults.
    """
    try:
        yield from checks
    except Exception as error:  # noqa: BLE001  libraries raise anything at damaged bytes
        yield Fault(location, f"cannot be read: {one_line(error)}", is_lost=True)


def check_file(
    lake: Lake, listed: DataFile, seen: SeenRows, layout_version: int
) -> Iterator[Fault]:
    """Yield what is wrong with a published file.

    A file whose checksum is not that of its commit is not looked into any further.

    Args:
      lake: Which.
      listed: The file, as its commit lists it.
      seen: Is given what its rows say.
      layout_version: That of the lake.
    """
    yield from guarded(listed.path, _check_file(lake, listed, seen, layout_version))


def _check_file(
    lake: Lake, listed: DataFile, seen: SeenRows, layout_version: int
) -> Iterator[Fault]:
    path = listed.path
    info = lake.filesystem.get_file_info(lake.path(path))
    if info.type == fs.FileType.NotFound:
        # The article index may be removed: it is rebuilt.
        if listed.table != "ids":
            yield Fault(path, "is missing", is_lost=True)
        return
    if info.type != fs.FileType.File:
        yield Fault(path, "is a folder, and should be a file", is_lost=True)
        return
    table, partition = listed.table, listed.partition
    if table in TABLES and not has_layout(path, table, partition, layout_version):
        folder = partition_path(table, partition, "", layout_version)
        yield Fault(path, f"is not in its partition's folder {folder}")
    if info.size != listed.bytes:
        what = f"has {info.size} bytes, its commit says {listed.bytes}"
        yield Fault(path, what, is_lost=listed.checksum is not None)
        if listed.checksum:
            return
    if listed.checksum:
        checksum = checksum_of_file(lake.filesystem, lake.path(path))
        if checksum != listed.checksum:
            what = f"is damaged: its checksum is {checksum}, not {listed.checksum}"
            yield Fault(path, what, is_lost=True)
            return
    with pq.ParquetFile(
        lake.path(path),
        filesystem=lake.filesystem,
        # A file whose own checksum is right has right pages.
        page_checksum_verification=listed.checksum is None,
    ) as file:
        yield from _check_promises(listed, file, layout_version)
        for group in range(file.num_row_groups):
            yield from _check_group(listed, file.read_row_group(group), seen)
        rows = file.metadata.num_rows
    if listed.table in seen.rows:
        seen.rows[listed.table] += rows
    if rows != listed.rows:
        yield Fault(path, f"has {rows} rows, its commit says {listed.rows}")


def _check_promises(listed: DataFile, file: pq.ParquetFile, layout_version: int) -> Iterator[Fault]:
    if listed.table in TABLES:
        what = broken_promises(listed.table, listed.partition, file, layout_version)
    else:
        what = broken_columns(schema_of_listed(listed.table), file.schema_arrow)
    yield from (Fault(listed.path, one) for one in what)


def _check_group(listed: DataFile, rows: pa.Table, seen: SeenRows) -> Iterator[Fault]:
    rows.validate(full=True)
    if listed.table == "feeds":
        if len(pc.unique(rows["feed_url"])) != len(rows):
            yield Fault(listed.path, "names a feed twice")
        return
    if listed.table == "ids":
        articles = rows["article"].to_numpy()
        if np.any(articles[1:] < articles[:-1]):
            yield Fault(listed.path, "is not sorted by article")
        return
    yield from _check_partition(listed, rows)
    if listed.table == "rejects":
        _see_rejects(rows, seen)
    elif TABLES[listed.table].parent == "articles":
        seen.children.setdefault(listed.table, WordsOfFiles()).append(
            np.unique(_keys(rows), axis=0)
        )
    elif listed.table == "stories":
        seen.stories.append(_story_words(rows))
    elif listed.table == "articles":
        yield from _check_articles(listed, rows, seen)


def _check_partition(listed: DataFile, rows: pa.Table) -> Iterator[Fault]:
    column = TABLES[listed.table].partition
    days = pc.unique(rows[column]).to_pylist()
    if days != [listed.partition]:
        yield Fault(listed.path, f"column {column} holds {days[:_EXAMPLES]}")


def _see_rejects(rows: pa.Table, seen: SeenRows) -> None:
    rows = conform_to_schema(rows, TABLES["rejects"].schema)
    ids = pc.coalesce(rows["reject_id"], pa.chunked_array([reject_ids(rows)]))
    seen.rejects.append(hex_words(ids.filter(pc.is_null(rows["replayed_by"])), 2))


def _check_articles(listed: DataFile, rows: pa.Table, seen: SeenRows) -> Iterator[Fault]:
    keys = _keys(rows)
    seen.articles.append(keys)
    seen.originals.append(hex_words(rows["duplicate_of"].drop_null(), 2))
    seen.firsthand.append(keys[rows["duplicate_of"].is_null().to_numpy(), :2])
    seen.in_stories.append(_stories_of_articles(rows))
    days = pc.unique(pc.strftime(rows["date_published"].drop_null(), "%Y-%m-%d")).to_pylist()
    for day in days:
        if day != listed.partition:
            yield Fault(listed.path, f"holds articles published on another day: {day}")


def _stories_of_articles(rows: pa.Table) -> Words:
    """Return (rows, 3) words: the story of each article, and whether it needs a row."""
    rows = rows.filter(pc.equal(rows["version"], 1))
    stories = rows["article_id"]
    if "story_id" in rows.column_names:
        stories = pc.coalesce(rows["story_id"], stories)
    needed = pc.greater_equal(rows["schema_version"], STORIES_SINCE).to_numpy().astype(np.uint64)
    return np.column_stack([hex_words(stories, 2), needed])


def _story_words(rows: pa.Table) -> Words:
    """Return (rows, 6) words: story_id, current_id, version, articles."""
    numbers = [rows[name].to_numpy().astype(np.uint64) for name in ("version", "articles")]
    ids = [hex_words(rows[name], 2) for name in ("story_id", "current_id")]
    return np.column_stack([*ids, *numbers])


def _keys(rows: pa.Table) -> npt.NDArray[np.uint64]:
    """Return (rows, 3) words: the article's id, and its version."""
    versions = rows["version"].to_numpy().astype(np.uint64)
    return np.column_stack([hex_words(rows["article_id"], 2), versions])
