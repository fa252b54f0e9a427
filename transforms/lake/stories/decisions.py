"""Which story each of a batch's articles belongs to: decided after copies are known."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from warta.transforms.core.memory import release_memory
from warta.transforms.core.schema import STORIES
from warta.transforms.dedup.duplicates import DedupResult
from warta.transforms.lake.article_index import days_of
from warta.transforms.lake.catalog import read_snapshot
from warta.transforms.lake.layout import Run, StagedRows
from warta.transforms.lake.open_files import OpenFiles
from warta.transforms.lake.scan import RowLocation
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.stories.columns import list_vectors, ordinals, seconds
from warta.transforms.lake.stories.known_stories import ScannedStories, StoryMember
from warta.transforms.lake.stories.links import LinkedGroup, foreign_terms, linked_groups
from warta.transforms.lake.stories.relations import (
    Pending,
    StoryBatch,
    StoryPlace,
    founder,
    nearest_of,
    related_places,
)
from warta.transforms.lake.stories.scan import (
    SchemeTerms,
    scan_stories,
    stories_of,
    story_files,
)
from warta.transforms.lake.stories.table import ChangedStory, story_rows
from warta.transforms.lake.stories.titles import Candidate
from warta.transforms.stories.candidates import RunTerms
from warta.transforms.stories.clustering import OpenStories
from warta.transforms.stories.grouping import (
    ArticleColumns,
    Group,
    OpenColumns,
    base_scheme,
    group_columns,
)
from warta.transforms.stories.likeness import NO_DAY, sum_articles
from warta.transforms.stories.relations import (
    COPY,
    Relation,
    relation_kind,
)

_COLUMNS = ["story_scheme", "story_terms", "story_weights"]


@dataclass(frozen=True, slots=True)
class StoryDecisions:
    """What a batch does to the stories of a lake."""

    places: Mapping[int, StoryPlace]
    """By row number in the keys; rows that are left out are stories of their own."""
    rows: pa.Table
    """Of the table `stories`: those that the batch changes."""


def decide_stories(
    files: OpenFiles,
    lake: Lake,
    run: Run,
    groups: Sequence[StagedRows],
    keys: pa.Table,
    result: DedupResult,
    story_days: int,
) -> StoryDecisions:
    """Return the story of each row that is in another article's, and the stories that change.

    Args:
      files: Opens staged files and those of the lake.
      lake: The lake.
      run: The batch.
      groups: Its staged row groups of articles.
      keys: Their keys, from `scan.staged_keys`.
      result: What is a copy, a later version, or known.
      story_days: Days between a story and what joins it, at most; 0: no stories.
    """
    if not story_days or not groups:
        return StoryDecisions({}, STORIES.schema.empty_table())
    batch = _read_batch(files, groups, keys)
    new = (
        row
        for row in range(len(batch.ids))
        if row not in result.dropped and row not in result.copies and row not in result.versions
    )
    # Of very many in the same words the first ones are compared, whichever worker staged them.
    batch.new = sorted(new, key=batch.place)
    live = read_snapshot(lake)
    paths = story_files(live, {one.partition for one in groups}, story_days, run.started_at.date())
    terms = _scheme_terms(batch)
    release_memory()
    known = scan_stories(lake, paths, terms, _asked(batch, result))
    own = {scheme: one.own for scheme, one in terms.items() if one.own is not None}
    # The words of the other language have done their work.
    del terms
    release_memory()
    arrival = run.started_at.date().toordinal()
    places = _grouped(files, batch, known, own, story_days, arrival)
    _inherit(lake, batch, result, known, places)
    release_memory()
    changed = _changed(batch, result, known, places)
    copies = {batch.locations[row] for row in result.copies}
    rows = story_rows(files, lake, live, run, changed, copies)
    apart = {
        row: place
        for row, place in places.items()
        if place.relation or place.story_id != batch.ids[row]
    }
    return StoryDecisions(apart, rows)


def _changed(
    batch: StoryBatch,
    result: DedupResult,
    known: ScannedStories,
    places: Mapping[int, StoryPlace],
) -> list[ChangedStory]:
    """Return the stories that get an article from the batch, but for lone new articles."""
    by_story: dict[str, ChangedStory] = {}
    for row, name in enumerate(batch.ids):
        if row in result.dropped or row in result.versions:
            continue
        story = places[row].story_id if row in places else name
        changed = by_story.setdefault(story, ChangedStory(story, is_new=False))
        changed.is_new = changed.is_new or name == story
        changed.new.append(batch.locations[row])
    kept = {story: one for story, one in by_story.items() if len(one.new) > 1 or not one.is_new}
    members: dict[str, list[Candidate]] = defaultdict(list)
    for one in known.members_of(kept.keys()):
        candidate = Candidate(one.article_id, one.published, one.terms, one.weights, one.location)
        members[one.story_id].append(candidate)
    for story, found in members.items():
        kept[story].known = found
    return [kept[story] for story in sorted(kept)]


def _read_batch(files: OpenFiles, groups: Sequence[StagedRows], keys: pa.Table) -> StoryBatch:
    columns = pa.concat_tables(
        [files.read(group.path, group.row_group, _COLUMNS) for group in groups]
    )
    columns = columns.combine_chunks()
    published = keys["date_published"].combine_chunks()
    return StoryBatch(
        keys["article_id"].to_pylist(),
        ordinals(published),
        seconds(published),
        columns["story_scheme"].to_pylist(),
        list_vectors(
            columns["story_terms"].combine_chunks(), columns["story_weights"].combine_chunks()
        ),
        [
            RowLocation(groups[group].path, groups[group].row_group, row)
            for group, row in zip(keys["group"].to_pylist(), keys["row"].to_pylist(), strict=True)
        ],
    )


def _scheme_terms(batch: StoryBatch) -> dict[str, SchemeTerms]:
    """Return the keys of the rows that are compared; met are their positions in `batch.new`."""
    by_scheme: dict[str, list[int]] = defaultdict(list)
    sizes = np.diff(batch.vectors.starts)
    for place, row in enumerate(batch.new):
        scheme = base_scheme(batch.schemes[row])
        if scheme is not None and sizes[row]:
            by_scheme[scheme].append(place)
    new = np.array(batch.new, dtype=np.int64)
    runs = {
        scheme: (batch.vectors.take(new[places]), np.array(places))
        for scheme, places in sorted(by_scheme.items())
    }
    own = {scheme: RunTerms(*run) for scheme, run in runs.items()}
    foreign = foreign_terms(runs)
    return {scheme: SchemeTerms(own.get(scheme), foreign.get(scheme)) for scheme in own | foreign}


def _asked(batch: StoryBatch, result: DedupResult) -> set[str]:
    """Return the articles of the lake whose stories others inherit."""
    originals = {copy.of for row, copy in result.copies.items() if row not in result.dropped}
    return originals | {batch.ids[row] for row in result.versions}


def _grouped(
    files: OpenFiles,
    batch: StoryBatch,
    known: ScannedStories,
    terms: Mapping[str, RunTerms],
    story_days: int,
    arrival: int,
) -> dict[int, StoryPlace]:
    rows = np.array(batch.new, dtype=np.int64)
    articles = ArticleColumns(
        [batch.ids[row] for row in batch.new],
        batch.days[rows],
        [batch.schemes[row] for row in batch.new],
        batch.vectors.take(rows),
    )
    opened = _open_stories(known)
    groups = group_columns(
        articles,
        opened,
        story_days=story_days,
        arrival=arrival,
        met=lambda scheme: known.pairs(scheme, terms[scheme]),
    )
    release_memory()
    linked = linked_groups(batch, groups, opened, known, story_days)
    order = np.argsort(known.members.stories, kind="stable")
    bounds = np.searchsorted(known.members.stories[order], np.arange(len(known.stories) + 1))
    pending: list[Pending] = []
    firsts: dict[int, StoryPlace] = {}
    for number, group in enumerate(groups):
        members = sorted((batch.new[row] for row in group.rows), key=batch.place)
        before: list[StoryMember] = []
        if (link := linked.get(number)) is not None:
            story, first_day, firsts[members[0]] = _in_other_language(
                batch, known, groups, link, members[0]
            )
        elif group.story is None:
            story = batch.ids[founder(batch, members)]
            first_day = _first_day(batch, story, members, before)
        else:
            story = known.stories[group.story][1]
            at = order[bounds[group.story] : bounds[group.story + 1]]
            before = [known.member(one) for one in at.tolist()]
            first_day = _first_day(batch, story, members, before)
        pending += [
            Pending(row, story, first_day, nearest)
            for row, nearest in nearest_of(batch, members, before)
            if batch.ids[row] != story and row not in firsts
        ]
    return related_places(files, batch, pending) | firsts


def _in_other_language(
    batch: StoryBatch,
    known: ScannedStories,
    groups: Sequence[Group],
    link: LinkedGroup,
    row: int,
) -> tuple[str, int | None, StoryPlace]:
    """Return the story that a group joins, its first day, and where the group's first row is."""
    if link.group is None:
        story = known.stories[link.story][1]
        at = np.flatnonzero(known.members.stories == link.story).tolist()
        first = min(
            (known.member(one) for one in at), key=lambda one: (one.published, one.article_id)
        )
        of, day = first.article_id, first.day
    else:
        members = sorted((batch.new[one] for one in groups[link.group].rows), key=batch.place)
        story = batch.ids[founder(batch, members)]
        of, day = story, batch.day(next(one for one in members if batch.ids[one] == story))
    own = batch.day(row)
    after = None if day is None or own is None else own - day
    kind = relation_kind(1.0, None, after, None)
    return story, day, StoryPlace(story, Relation(kind, of, link.score))


def _open_stories(known: ScannedStories) -> OpenColumns:
    """Return stories of the lake as the sums of their articles within the horizon."""
    members, count = known.members, len(known.stories)
    arrived = np.full(count, NO_DAY, dtype=np.int32)
    np.maximum.at(arrived, members.stories, members.arrived)
    rows = sum_articles(members.vectors, members.days, members.stories, count)
    return OpenColumns(
        [scheme for scheme, _ in known.stories],
        OpenStories([story for _, story in known.stories], replace(rows, arrived=arrived)),
    )


def _first_day(
    batch: StoryBatch, story: str, members: Sequence[int], before: Sequence[StoryMember]
) -> int | None:
    """Return the day of a story's first article; long before where the scan did not see it."""
    days = [one.day for one in before if one.article_id == story]
    if not before:
        days = [batch.day(row) for row in members if batch.ids[row] == story]
    return days[0] if days else 0


def _inherit(
    lake: Lake,
    batch: StoryBatch,
    result: DedupResult,
    known: ScannedStories,
    places: dict[int, StoryPlace],
) -> None:
    """Put copies into their originals' stories, and versions into those of earlier ones."""
    own: dict[str, str] = {}
    for row in batch.new:
        own[batch.ids[row]] = places[row].story_id if row in places else batch.ids[row]
    missing = _asked(batch, result) - own.keys() - known.asked.keys()
    stories = {**_stories_of(lake, missing), **known.asked, **own}
    copies = {row: copy for row, copy in result.copies.items() if row not in result.dropped}
    first_copies = {
        batch.ids[row]: copy.of for row, copy in copies.items() if row not in result.versions
    }
    for row in result.versions:
        if row not in result.dropped and row not in result.copies:
            places[row] = StoryPlace(inherited_story(batch.ids[row], stories, first_copies))
    for row, copy in copies.items():
        story = inherited_story(copy.of, stories, first_copies)
        places[row] = StoryPlace(story, Relation(COPY, copy.of, copy.similarity))


def inherited_story(
    article: str, stories: Mapping[str, str], first_copies: Mapping[str, str]
) -> str:
    """Return the story of an article: that of its first version, which may be a copy of another.

    Args:
      article: Its id.
      stories: Of the lake's articles, and of new ones that are no copies.
      first_copies: Original of each article whose first version is a copy of the batch.

    Example:
      >>> inherited_story("c", {"a": "s"}, {"c": "b", "b": "a"}), inherited_story("x", {}, {})
      ('s', 'x')
      >>> inherited_story("z", {}, {"z": "y", "y": "x", "x": "y"})
      'x'
    """
    path: list[str] = []
    while article not in stories and article in first_copies:
        if article in path:
            # Each copies a later version of the next.
            return min(path[path.index(article) :])
        path.append(article)
        article = first_copies[article]
    return stories.get(article, article)


def _stories_of(lake: Lake, articles: Iterable[str]) -> dict[str, str]:
    """Return the stories of articles outside the horizon."""
    wanted = sorted(articles)
    if not wanted:
        return {}
    days = days_of(lake, pa.chunked_array([wanted], pa.string()))
    return stories_of(lake, read_snapshot(lake).files("articles", days), wanted)
