"""The lake's articles that may tell the same story as a batch's, read by column where they are.

The batch is the small side: pairs of its heaviest terms are held as keys, and the terms of the
lake's articles within the horizon are looked up in them. Only rows that meet come out, and with
them the other articles of their stories: a story is what its stored columns say.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from operator import attrgetter

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from warta.transforms.core.schema import ARTICLES
from warta.transforms.lake.catalog import DataFile, Snapshot
from warta.transforms.lake.layout import UNKNOWN_DAY
from warta.transforms.lake.reading import open_parquet, read_in_threads
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.stories.columns import list_vectors, ordinals, seconds
from warta.transforms.lake.stories.known_stories import KnownMembers, ScannedStories
from warta.transforms.stories.candidates import RunTerms, met_by_runs
from warta.transforms.stories.vector_rows import Ints, vectors_of_lists

_SCANNED = ["version", "duplicate_of", "story_id", "story_scheme", "story_terms"]
_MEMBER = pa.schema(
    [
        ARTICLES.schema.field(name)
        for name in ("article_id", "date_published", "ingested_at", "story_terms", "story_weights")
    ]
)


@dataclass(frozen=True, slots=True)
class SchemeTerms:
    """What of a batch the lake's articles of one scheme are looked up in."""

    own: RunTerms | None = None
    """Of its articles of the same scheme."""
    foreign: RunTerms | None = None
    """Of those in another language, by their words in this one."""

    @property
    def runs(self) -> list[RunTerms]:
        """Return those that there are."""
        return [run for run in (self.own, self.foreign) if run is not None]


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
    runs: Mapping[str, SchemeTerms],
    asked: Collection[str],
) -> ScannedStories:
    """Return the articles of the lake that a batch's stories are made with.

    Args:
      lake: The lake.
      files: Of articles, from `story_files`.
      runs: What articles of the lake are looked up in, by their scheme.
      asked: Articles whose stories are wanted: originals of copies, earlier versions.
    """
    ids = pa.array(sorted(asked), pa.string())
    keys = {scheme: run.runs for scheme, run in runs.items()}

    def scan(file: DataFile) -> list[_Scanned]:
        return list(_scan_file(lake, file, keys, ids))

    scanned = [one for found in read_in_threads(scan, files) for one in found]
    stories: list[tuple[str, str]] = []
    foreign, parts = [np.empty(0, dtype=bool)], []
    for scheme in sorted(runs):
        by_run = [_met_stories(scanned, scheme, run) for run in range(len(runs[scheme].runs))]
        names = pc.unique(pa.chunked_array(by_run, pa.string()))
        names = names.take(pc.sort_indices(names))
        if not len(names):
            continue
        for one in scanned:
            # Places in `stories` of the group's rows; -1: in none of these.
            places = pc.fill_null(pc.index_in(one.story_ids, names), -1).to_numpy(False)
            places = np.where(places < 0, -1, places.astype(np.int64) + len(stories))
            rows = np.flatnonzero((places >= 0) & one.counted.get(scheme, False))
            if len(rows):
                parts.append(_Part(one.file.path, one.group, rows, places[rows]))
        is_foreign = runs[scheme].foreign is not None
        foreign.append(pc.is_in(names, by_run[-1] if is_foreign else names[:0]).to_numpy(False))
        stories += [(scheme, name) for name in names.to_pylist()]
    return ScannedStories(
        stories,
        np.concatenate(foreign),
        _members(lake, parts),
        [(part.path, part.group) for part in parts],
        _earliest(one.asked for one in scanned),
    )


def _met_stories(scanned: Sequence["_Scanned"], scheme: str, run: int) -> pa.Array:
    """Return the stories that have an article of a scheme that met a run."""
    met = [one.story_ids.take(pa.array(one.met[scheme][run])) for one in scanned]
    return pc.unique(pa.chunked_array(met, pa.string()))


def stories_of(lake: Lake, files: Sequence[DataFile], articles: Sequence[str]) -> dict[str, str]:
    """Return the stories of articles, as far as these files hold them."""
    wanted = pa.array(articles, pa.string())
    return _earliest(one.asked for file in files for one in _scan_file(lake, file, {}, wanted))


@dataclass(frozen=True, slots=True)
class _Scanned:
    """What a scan keeps of one row group."""

    file: DataFile
    group: int
    story_ids: pa.Array
    counted: Mapping[str, npt.NDArray[np.bool_]]
    """By scheme, which rows are in the mean of their story: no copies, no later versions."""
    met: Mapping[str, Sequence[Ints]]
    """By scheme, the positions in the group that met each run."""
    asked: Mapping[str, "_VersionedStory"]


_VersionedStory = tuple[int, str]
"""Of an article: a version, and the story that it is in."""


@dataclass(frozen=True, slots=True)
class _Part:
    """Rows of a row group that are in stories that were met."""

    path: str
    group: int
    rows: Ints
    stories: Ints


def _scan_file(
    lake: Lake, file: DataFile, runs: Mapping[str, Sequence[RunTerms]], asked: pa.Array
) -> Iterator[_Scanned]:
    with open_parquet(lake, file.path) as parquet:
        if "story_id" not in parquet.schema_arrow.names:
            return
        columns = _SCANNED if runs else ["story_id", "version", "duplicate_of"]
        for group in range(parquet.num_row_groups):
            names = [*columns, "article_id"] if len(asked) else columns
            rows = parquet.read_row_group(group, columns=names).combine_chunks()
            counted = _counted(rows, runs) if runs else {}
            met = {scheme: _met(rows, counted[scheme], run) for scheme, run in runs.items()}
            yield _Scanned(
                file,
                group,
                rows["story_id"].combine_chunks(),
                counted,
                met,
                _asked(rows, asked) if len(asked) else {},
            )


def _asked(rows: pa.Table, asked: pa.Array) -> dict[str, _VersionedStory]:
    """Return what rows say of the stories of articles, the earliest version of each.

    A later version that is a copy is in the story of another article.
    """
    is_first = pc.equal(rows["version"], 1)
    counts = pc.or_(is_first, pc.is_null(rows["duplicate_of"]))
    hits = rows.filter(pc.and_(pc.is_in(rows["article_id"], asked), counts))
    stories = pc.coalesce(hits["story_id"], hits["article_id"])
    found: dict[str, _VersionedStory] = {}
    columns = (hits["article_id"], hits["version"], stories)
    for article, *version in zip(*(column.to_pylist() for column in columns), strict=True):
        found[article] = min(found.get(article, tuple(version)), tuple(version))
    return found


def _earliest(scanned: Iterable[Mapping[str, _VersionedStory]]) -> dict[str, str]:
    """Return the story of each article: that of the earliest version that was seen."""
    found: dict[str, _VersionedStory] = {}
    for one in scanned:
        for article, version in one.items():
            found[article] = min(found.get(article, version), version)
    return {article: story for article, (_, story) in found.items()}


def _counted(rows: pa.Table, schemes: Iterable[str]) -> dict[str, npt.NDArray[np.bool_]]:
    first = pc.and_(pc.is_null(rows["duplicate_of"]), pc.equal(rows["version"], 1))
    first = pc.and_(first, pc.is_valid(rows["story_terms"]))
    # Service content, whose scheme has an ending, is in no mean.
    return {
        scheme: pc.fill_null(pc.and_(first, pc.equal(rows["story_scheme"], scheme)), False)
        .combine_chunks()
        .to_numpy(zero_copy_only=False)
        for scheme in schemes
    }


def _met(rows: pa.Table, counted: npt.NDArray[np.bool_], runs: Sequence[RunTerms]) -> list[Ints]:
    chosen = np.flatnonzero(counted)
    lists = rows["story_terms"].combine_chunks()
    if len(chosen) < len(rows):
        lists = lists.take(pa.array(chosen))
    vectors = vectors_of_lists(np.asarray(lists.offsets), np.asarray(lists.flatten()))
    return [chosen[met] for met in met_by_runs(runs, vectors)]


def _members(lake: Lake, parts: Sequence[_Part]) -> KnownMembers:
    by_path = [list(some) for _, some in groupby(parts, key=attrgetter("path"))]

    def read(some: Sequence[_Part]) -> pa.Table:
        with open_parquet(lake, some[0].path) as file:
            return pa.concat_tables(
                file.read_row_group(one.group, columns=_MEMBER.names).take(one.rows) for one in some
            )

    tables = [_MEMBER.empty_table(), *read_in_threads(read, by_path)]
    rows = pa.concat_tables([table.select(_MEMBER.names) for table in tables]).combine_chunks()
    published = rows["date_published"].combine_chunks()
    return KnownMembers(
        rows["article_id"].combine_chunks(),
        np.concatenate([np.empty(0, dtype=np.int64), *(one.stories for one in parts)]),
        ordinals(published),
        seconds(published),
        ordinals(rows["ingested_at"].combine_chunks()),
        list_vectors(rows["story_terms"].combine_chunks(), rows["story_weights"].combine_chunks()),
        np.repeat(np.arange(len(parts)), [len(one.rows) for one in parts]),
        np.concatenate([np.empty(0, dtype=np.int64), *(one.rows for one in parts)]),
    )
