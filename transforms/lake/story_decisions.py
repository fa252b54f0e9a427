"""Which story each of a batch's articles tells: decided after copies are known."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import inf, isfinite

import numpy as np
import pyarrow as pa

from warta.transforms.dedup.duplicates import DedupResult
from warta.transforms.lake.article_index import days_of
from warta.transforms.lake.catalog import read_snapshot
from warta.transforms.lake.layout import Lake, Run, StagedRows
from warta.transforms.lake.open_files import OpenFiles
from warta.transforms.lake.scan import RowLocation, read_cells
from warta.transforms.lake.story_scan import (
    STORY_COLUMNS,
    ScannedStories,
    StoryMember,
    scan_stories,
    stories_of,
    story_files,
)
from warta.transforms.stories.candidates import RunTerms, vector_rows
from warta.transforms.stories.clustering import OpenStory
from warta.transforms.stories.grouping import JOINS, KeyedArticle, base_scheme, group_articles
from warta.transforms.stories.relations import (
    COPY,
    REWRITE_COSINE,
    Relation,
    aligned_sentences,
    cosine,
    relation_kind,
)
from warta.transforms.stories.vectors import NAME_FLAG, SCALE, TERM_MASK, table_of_scheme

_COLUMNS = [*STORY_COLUMNS, "in_language"]


@dataclass(frozen=True, slots=True)
class StoryPlace:
    """Where an article is: its story, and what it is to it."""

    story_id: str
    relation: Relation | None = None
    """None: the first of its story."""


@dataclass(slots=True)
class _Batch:
    """The rows of a batch, by number."""

    ids: list[str]
    published: list[datetime | None]
    schemes: list[str | None]
    terms: list[list[int] | None]
    weights: list[list[int] | None]
    locations: list[RowLocation]
    new: list[int] = field(default_factory=list)
    """Rows that are compared: no copies, later versions, known ones."""

    def keyed(self, row: int) -> KeyedArticle:
        day = self.published[row]
        return KeyedArticle(
            self.ids[row],
            None if day is None else day.date().toordinal(),
            self.schemes[row],
            self.terms[row] or (),
            self.weights[row] or (),
        )


def decide_stories(
    files: OpenFiles,
    lake: Lake,
    run: Run,
    groups: Sequence[StagedRows],
    keys: pa.Table,
    result: DedupResult,
    story_days: int,
) -> dict[int, StoryPlace]:
    """Return the story of each row that is in another article's.

    Args:
      files: Opens staged files and those of the lake.
      lake: The lake.
      run: The batch.
      groups: Its staged row groups of articles.
      keys: Their keys, from `scan.staged_keys`.
      result: What is a copy, a later version, or known.
      story_days: Days between a story and what joins it, at most; 0: no stories.

    Returns:
      By row number in `keys`; rows that are left out are stories of their own.
    """
    if not story_days or not groups:
        return {}
    batch = _read_batch(files, groups, keys)
    batch.new = [
        row
        for row in range(len(batch.ids))
        if row not in result.dropped and row not in result.copies and row not in result.versions
    ]
    live = read_snapshot(lake)
    paths = story_files(live, {one.partition for one in groups}, story_days, run.started_at.date())
    known = scan_stories(lake, paths, _run_terms(batch), _asked(batch, result), files)
    places = _grouped(files, batch, known, story_days, run.started_at.date().toordinal())
    _inherit(lake, batch, result, known, places)
    return {
        row: place
        for row, place in places.items()
        if place.relation or place.story_id != batch.ids[row]
    }


def _read_batch(files: OpenFiles, groups: Sequence[StagedRows], keys: pa.Table) -> _Batch:
    columns = pa.concat_tables(
        [files.read(group.path, group.row_group, _COLUMNS) for group in groups]
    )
    return _Batch(
        keys["article_id"].to_pylist(),
        keys["date_published"].to_pylist(),
        columns["story_scheme"].to_pylist(),
        columns["story_terms"].to_pylist(),
        columns["story_weights"].to_pylist(),
        [
            RowLocation(groups[group].path, groups[group].row_group, row)
            for group, row in zip(keys["group"].to_pylist(), keys["row"].to_pylist(), strict=True)
        ],
    )


def _run_terms(batch: _Batch) -> dict[str, RunTerms]:
    by_scheme: dict[str, list[int]] = defaultdict(list)
    for row in batch.new:
        scheme = base_scheme(batch.schemes[row])
        if scheme is not None and batch.terms[row]:
            by_scheme[scheme].append(row)
    return {
        scheme: RunTerms(
            vector_rows([(batch.terms[row] or (), batch.weights[row] or ()) for row in rows]),
            np.array(rows, dtype=np.int64),
        )
        for scheme, rows in sorted(by_scheme.items())
    }


def _asked(batch: _Batch, result: DedupResult) -> set[str]:
    """Return the articles of the lake whose stories others inherit."""
    originals = {copy.of for row, copy in result.copies.items() if row not in result.dropped}
    return originals | {batch.ids[row] for row in result.versions}


def _grouped(
    files: OpenFiles, batch: _Batch, known: ScannedStories, story_days: int, arrival: int
) -> dict[int, StoryPlace]:
    by_story: dict[str, list[StoryMember]] = defaultdict(list)
    for member in known.members:
        by_story[member.story_id].append(member)
    names = sorted(by_story)
    opened = [_open_story(name, by_story[name]) for name in names]
    numbers = {name: number for number, name in enumerate(names)}
    rows = {row: number for number, row in enumerate(batch.new)}
    met = [(rows[row], numbers[story]) for row, story in known.met if story in numbers]
    groups = group_articles(
        [batch.keyed(row) for row in batch.new],
        opened,
        story_days=story_days,
        arrival=arrival,
        met=met,
    )
    pending: list[tuple[int, str, _Nearest]] = []
    for group in groups:
        members = sorted((batch.new[row] for row in group.rows), key=lambda row: _when(batch, row))
        before = [] if group.story is None else by_story[names[group.story]]
        story = names[group.story] if group.story is not None else _first(batch, members)
        for row, nearest in _nearest_of(batch, members, before):
            if batch.ids[row] == story:
                continue
            pending.append((row, story, nearest))
    return _related(files, batch, pending, _first_days(batch, pending, by_story))


def _open_story(name: str, members: Sequence[StoryMember]) -> tuple[str, OpenStory]:
    """Return a story of the lake as the sum of its articles within the horizon."""
    sums: dict[int, int] = {}
    named: set[int] = set()
    for member in members:
        for term, weight in zip(member.terms, member.weights, strict=True):
            plain = term & TERM_MASK
            sums[plain] = sums.get(plain, 0) + weight
            if term & NAME_FLAG:
                named.add(plain)
    days = [member.day for member in members if member.day is not None]
    terms = sorted(sums)
    return members[0].scheme, OpenStory(
        name,
        min(days, default=None),
        max(days, default=None),
        len(members),
        [term | NAME_FLAG if term in named else term for term in terms],
        [sums[term] for term in terms],
        max(member.arrived for member in members),
    )


def _first(batch: _Batch, members: Sequence[int]) -> str:
    founders = [row for row in members if not (batch.schemes[row] or "").endswith(JOINS)]
    return batch.ids[(founders or members)[0]]


@dataclass(frozen=True, slots=True)
class _Nearest:
    """The article of a story that another is most like."""

    article_id: str
    published: float
    cosine: float
    location: RowLocation


def _nearest_of(
    batch: _Batch, members: Sequence[int], before: Sequence[StoryMember]
) -> Iterable[tuple[int, _Nearest]]:
    """Yield each new article of a story with the earlier one that it is most like.

    Earlier by date, then by id. Where none is, as for a late arrival that happened first, it is the
    one that it is most like of all.
    """
    others = [
        (
            (_moment(one.published), one.article_id),
            one.article_id,
            _vector(one.terms, one.weights),
            one.location,
        )
        for one in before
    ]
    others += [
        (
            _when(batch, row),
            batch.ids[row],
            _vector(batch.terms[row] or (), batch.weights[row] or ()),
            batch.locations[row],
        )
        for row in members
    ]
    if len(others) < 2:
        return
    own = {batch.ids[row]: row for row in members}
    for place, name, vector, _ in others:
        if name not in own:
            continue
        earlier = [one for one in others if one[0] < place and one[1] != name]
        chosen = earlier or [one for one in others if one[1] != name]
        best = max(chosen, key=lambda one: (cosine(vector, one[2]), _reversed(one[0])))
        yield own[name], _Nearest(best[1], best[0][0], cosine(vector, best[2]) / SCALE**2, best[3])


def _reversed(place: tuple[float, str]) -> tuple[float, list[int]]:
    """Return a key that puts the earlier of two equally alike articles first."""
    return -place[0], [-ord(letter) for letter in place[1]]


def _first_days(
    batch: _Batch,
    pending: Iterable[tuple[int, str, "_Nearest"]],
    by_story: Mapping[str, Sequence[StoryMember]],
) -> dict[str, int | None]:
    """Return the day of each story's first article; long before where the scan did not see it."""
    own = {name: row for row, name in enumerate(batch.ids)}
    found: dict[str, int | None] = {}
    for _, story, _ in pending:
        days = [one.day for one in by_story.get(story, ()) if one.article_id == story]
        if story in own and not by_story.get(story):
            days = [batch.keyed(own[story]).day]
        found[story] = days[0] if days else 0
    return found


def _related(
    files: OpenFiles,
    batch: _Batch,
    pending: Sequence[tuple[int, str, _Nearest]],
    first_days: Mapping[str, int | None],
) -> dict[int, StoryPlace]:
    compared = [one for one in pending if one[2].cosine >= REWRITE_COSINE]
    wanted = {batch.locations[row] for row, _, _ in compared}
    wanted |= {nearest.location for _, _, nearest in compared}
    bodies = dict(read_cells(files, wanted, "article_body"))
    places = {}
    for row, story, nearest in pending:
        table = table_of_scheme(base_scheme(batch.schemes[row]))
        aligned = None
        if nearest.location in bodies and nearest.cosine >= REWRITE_COSINE and table is not None:
            pair = bodies[batch.locations[row]], bodies[nearest.location]
            aligned = aligned_sentences(*pair, table)
        day, first = batch.keyed(row).day, first_days[story]
        after = None if day is None or first is None else day - first
        gap = (_moment(batch.published[row]) - nearest.published) / 86_400
        between = int(gap) if isfinite(gap) else None
        kind = relation_kind(nearest.cosine, aligned, after, between)
        places[row] = StoryPlace(story, Relation(kind, nearest.article_id, nearest.cosine))
    return places


def _inherit(
    lake: Lake,
    batch: _Batch,
    result: DedupResult,
    known: ScannedStories,
    places: dict[int, StoryPlace],
) -> None:
    """Put copies into their originals' stories, and versions into those of earlier ones."""
    own: dict[str, str] = {}
    for row in batch.new:
        own[batch.ids[row]] = places[row].story_id if row in places else batch.ids[row]
    missing = _asked(batch, result) - own.keys() - known.stories.keys()
    stories = {**_stories_of(lake, missing), **known.stories, **own}
    for row in result.versions:
        if row not in result.dropped and row not in result.copies:
            places[row] = StoryPlace(stories.get(batch.ids[row], batch.ids[row]))
    for row, copy in result.copies.items():
        if row not in result.dropped:
            story = stories.get(copy.of, copy.of)
            places[row] = StoryPlace(story, Relation(COPY, copy.of, copy.similarity))


def _stories_of(lake: Lake, articles: Iterable[str]) -> dict[str, str]:
    """Return the stories of articles outside the horizon."""
    wanted = sorted(articles)
    if not wanted:
        return {}
    days = days_of(lake, pa.chunked_array([wanted], pa.string()))
    return stories_of(lake, read_snapshot(lake).files("articles", days), wanted)


def _vector(terms: Sequence[int], weights: Sequence[int]) -> dict[int, int]:
    return {term & TERM_MASK: weight for term, weight in zip(terms, weights, strict=True)}


def _moment(published: datetime | None) -> float:
    return inf if published is None else published.timestamp()


def _when(batch: _Batch, row: int) -> tuple[float, str]:
    return _moment(batch.published[row]), batch.ids[row]
