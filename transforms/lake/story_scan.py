"""The lake's articles that may tell the same story as a batch's, read by column where they are.

The batch is the small side: pairs of its heaviest terms are held as keys, and the terms of the
lake's articles within the horizon are looked up in them. Only rows that meet come out, and with
them the other articles of their stories: a story is what its stored columns say.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warta.transforms.lake.catalog import DataFile, Snapshot
from warta.transforms.lake.layout import UNKNOWN_DAY, Lake
from warta.transforms.lake.open_files import OpenFiles
from warta.transforms.lake.scan import RowLocation
from warta.transforms.lake.table import open_parquet
from warta.transforms.stories.candidates import RunTerms, vectors_of_lists
from warta.transforms.stories.grouping import base_scheme

STORY_COLUMNS = ["story_id", "story_scheme", "story_terms", "story_weights"]
_SCANNED = ["article_id", "version", "duplicate_of", "story_id", "story_scheme", "story_terms"]
_READ = [*STORY_COLUMNS, "article_id", "date_published", "ingested_at", "in_language"]
_SCAN_THREADS = 2


@dataclass(frozen=True, slots=True)
class StoryMember:
    """An article of the lake, as stories are made of it."""

    article_id: str
    story_id: str
    day: int | None
    published: datetime | None
    arrived: int
    """Day on which it came, as an ordinal."""
    scheme: str
    terms: Sequence[int]
    weights: Sequence[int]
    language: str | None
    location: RowLocation


@dataclass(slots=True)
class ScannedStories:
    """What the lake has of a batch's stories."""

    met: set[tuple[int, str]] = field(default_factory=set)
    """Rows of the batch, and stories that have an article which met them."""
    stories: dict[str, str] = field(default_factory=dict)
    """Story of each article that was asked for."""
    members: list[StoryMember] = field(default_factory=list)
    """All articles within the horizon of stories that were met."""


def story_files(
    live: Snapshot, days: Collection[str], story_days: int, today: date
) -> list[DataFile]:
    """Return the files that a batch's articles are compared with.

    Args:
      live: The lake's live files.
      days: Partitions of the batch. Articles without a date are compared around the others, around
        today, and with what came into the lake in these days.
      story_days: Days around each of them.
      today: The day of the run.
    """
    wanted = {UNKNOWN_DAY}
    middles = [date.fromisoformat(day) for day in days if day != UNKNOWN_DAY]
    if UNKNOWN_DAY in days:
        middles.append(today)
    for middle in middles:
        around = range(-story_days, story_days + 1)
        wanted.update(str(middle + timedelta(days=offset)) for offset in around)
    chosen = {file.path: file for file in live.files("articles", wanted)}
    if UNKNOWN_DAY in days:
        since = str(today - timedelta(days=story_days))
        came = {
            file.path for one in live.commits if one.committed_at >= since for file in one.files
        }
        chosen |= {file.path: file for file in live.files("articles") if file.path in came}
    return [chosen[path] for path in sorted(chosen)]


def scan_stories(
    lake: Lake,
    files: Sequence[DataFile],
    runs: Mapping[str, RunTerms],
    asked: Collection[str],
    open_files: OpenFiles,
) -> ScannedStories:
    """Return the articles of the lake that a batch's stories are made with.

    Args:
      lake: The lake.
      files: Of articles, from `story_files`.
      runs: Keys of the batch's articles, by scheme.
      asked: Articles whose stories are wanted: originals of copies, earlier versions.
      open_files: Opens the lake's files.
    """
    ids = pa.array(sorted(asked), pa.string())

    def scan(file: DataFile) -> list[_Scanned]:
        return list(_scan_file(lake, file, runs, ids))

    with ThreadPoolExecutor(_SCAN_THREADS, thread_name_prefix="stories") as threads:
        scanned = [one for found in threads.map(scan, files) for one in found]
    found = ScannedStories()
    for one in scanned:
        found.stories.update(one.asked)
        found.met.update((row, one.story_ids[place].as_py()) for row, place in one.met)
    wanted = pa.array(sorted({story for _, story in found.met}), pa.string())
    for one in scanned:
        places = np.flatnonzero(pc.and_(pc.is_in(one.story_ids, wanted), one.counts))
        if len(places):
            found.members += _members(open_files, one, places.tolist())
    return found


def stories_of(lake: Lake, files: Sequence[DataFile], articles: Sequence[str]) -> dict[str, str]:
    """Return the stories of articles, as far as these files hold them."""
    wanted = pa.array(articles, pa.string())
    found: dict[str, str] = {}
    for file in files:
        for one in _scan_file(lake, file, {}, wanted):
            found.update(one.asked)
    return found


@dataclass(frozen=True, slots=True)
class _Scanned:
    """What a scan keeps of one row group."""

    file: DataFile
    group: int
    story_ids: pa.Array
    counts: pa.Array
    """Which rows are in the mean of their story: no copies, no later versions."""
    met: list[tuple[int, int]]
    """Rows of the batch, and positions in the group."""
    asked: dict[str, str]


def _scan_file(
    lake: Lake, file: DataFile, runs: Mapping[str, RunTerms], asked: pa.Array
) -> Iterator[_Scanned]:
    with open_parquet(lake, file.path) as parquet:
        if "story_id" not in parquet.schema_arrow.names:
            return
        for group in range(parquet.num_row_groups):
            rows = parquet.read_row_group(group, columns=_SCANNED).combine_chunks()
            story_ids = pc.coalesce(rows["story_id"], rows["article_id"]).combine_chunks()
            counts = pc.and_(pc.is_null(rows["duplicate_of"]), pc.equal(rows["version"], 1))
            counts = pc.and_(counts, pc.is_valid(rows["story_terms"])).combine_chunks()
            hits = rows.append_column("story", story_ids)
            hits = hits.filter(pc.is_in(rows["article_id"], asked))
            yield _Scanned(
                file,
                group,
                story_ids,
                counts,
                _met(rows, counts, runs),
                dict(zip(hits["article_id"].to_pylist(), hits["story"].to_pylist(), strict=True)),
            )


def _met(rows: pa.Table, counts: pa.Array, runs: Mapping[str, RunTerms]) -> list[tuple[int, int]]:
    met: list[tuple[int, int]] = []
    for scheme, run in runs.items():
        # Service content, whose scheme has an ending, is in no mean.
        chosen = np.flatnonzero(pc.and_(counts, pc.equal(rows["story_scheme"], scheme)))
        if not len(chosen):
            continue
        lists = rows["story_terms"].combine_chunks()
        if len(chosen) < len(rows):
            lists = lists.take(pa.array(chosen))
        vectors = vectors_of_lists(np.asarray(lists.offsets), np.asarray(lists.flatten()))
        met += [(row, int(chosen[place])) for row, place in run.meet(vectors).tolist()]
    return met


def _members(files: OpenFiles, one: _Scanned, places: list[int]) -> Iterator[StoryMember]:
    rows = files.read(one.file.path, one.group, _READ).take(places).to_pylist()
    for place, row in zip(places, rows, strict=True):
        scheme = base_scheme(row["story_scheme"])
        if scheme is None or scheme != row["story_scheme"]:
            continue
        published = row["date_published"]
        yield StoryMember(
            row["article_id"],
            row["story_id"],
            None if published is None else published.date().toordinal(),
            published,
            row["ingested_at"].date().toordinal(),
            scheme,
            row["story_terms"],
            row["story_weights"],
            row["in_language"],
            RowLocation(one.file.path, one.group, place),
        )
