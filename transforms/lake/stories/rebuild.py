"""Rebuild the stories of a whole lake from its columns: `warta stories rebuild`.

Articles are grouped again in the order of their days, whatever order they came in. A published row
stays as it is and names the story that it was put in, so stories move whole: each to where most of
its articles are found, and a group that takes in several goes on under the id of the one that has
most of it. That is written in the table `stories`: in `current_id` of what moved, and in
`continues` of where it went. Rows of versions that knew no stories get their columns, in files that
take the place of the older ones, as merges do.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa

from warta.transforms.core.schema import STORIES
from warta.transforms.lake.catalog import Snapshot
from warta.transforms.lake.layout import Run, partition_of
from warta.transforms.lake.open_files import OpenFiles
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.stories.articles import LakeArticles, read_lake_articles
from warta.transforms.lake.stories.regrouping import regroup
from warta.transforms.lake.stories.relations import (
    Pending,
    StoryPlace,
    founder,
    nearest_of,
    related_places,
)
from warta.transforms.lake.stories.table import StoryDraft, all_latest, finish_rows, read_articles
from warta.transforms.stories.relations import COPY, Relation
from warta.transforms.stories.summary import joined_row, next_row

_READ_AT_ONCE = 4_000
"""Articles that rows of stories are made of at once."""


@dataclass(frozen=True, slots=True)
class RebuildPlan:
    """What a rebuild changes; nothing is written yet."""

    articles: LakeArticles
    fills: Mapping[int, StoryPlace]
    """Where articles are that had no story, by row number."""
    rows: pa.Table
    """Of the table `stories`."""
    moved: int
    """Stories that are another's from now on."""
    apart: int
    """Stories that stand by themselves again."""

    @property
    def changes_nothing(self) -> bool:
        """Return whether the lake is as a rebuild would make it."""
        return not self.fills and not len(self.rows)


def plan_rebuild(lake: Lake, run: Run, live: Snapshot, story_days: int) -> RebuildPlan:
    """Return what a rebuild of a lake's stories would change.

    Args:
      lake: The lake.
      run: What its rows are signed with.
      live: The lake's live files.
      story_days: Days between a story and what joins it, at most.

    Raises:
      LakeError: A file is damaged.
    """
    articles = read_lake_articles(lake, live)
    before = all_latest(lake, live)
    current = {name: row["current_id"] for name, row in before.items()}
    targets = _targets(articles, list(regroup(articles, story_days)), current)
    with OpenFiles(lake) as files:
        fills = _fills(files, articles, targets)
        parts = list(_changed_rows(files, run, articles, targets, before))
    rows = pa.concat_tables([STORIES.schema.empty_table(), *parts])
    moved = {unit for target in targets for unit in target.units if unit != target.story_id}
    was_moved = {name for name, now in current.items() if now != name}
    return RebuildPlan(articles, fills, rows, len(moved - was_moved), len(was_moved - moved))


@dataclass(slots=True)
class _Target:
    """A story as it is from now on."""

    rows: list[int] = field(default_factory=list)
    units: list[str] = field(default_factory=list)
    """Stories that articles' rows name and that are in it, each whole."""
    story_id: str = ""


def _targets(
    articles: LakeArticles, clusters: Sequence[Sequence[int]], current: Mapping[str, str]
) -> list[_Target]:
    """Return where articles are: published stories whole, each where most of it is."""
    votes: dict[str, Counter[int]] = defaultdict(Counter)
    for number, rows in enumerate(clusters):
        for row in rows:
            if (unit := articles.stories[row]) is not None:
                votes[unit][number] += 1
    target_of = {
        unit: max(counts, key=lambda number: (counts[number], -number))
        for unit, counts in votes.items()
    }
    targets = [_Target() for _ in clusters]
    for number, rows in enumerate(clusters):
        for row in rows:
            unit = articles.stories[row]
            targets[number if unit is None else target_of[unit]].rows.append(row)
    for unit in sorted(target_of):
        targets[target_of[unit]].units.append(unit)
    targets = [one for one in targets if one.rows]
    for target in targets:
        target.story_id = _id_of(articles, target, current)
    return targets


def _id_of(articles: LakeArticles, target: _Target, current: Mapping[str, str]) -> str:
    """Return the id of what most of a story was so far; of the first article where it is new."""
    if not target.units:
        originals = [row for row in target.rows if articles.copies[row] is None]
        return articles.ids[founder(articles, originals or target.rows)]
    units = Counter(unit for row in target.rows if (unit := articles.stories[row]) is not None)
    seen: Counter[str] = Counter()
    for unit, count in units.items():
        seen[current.get(unit, unit)] += count
    return min(target.units, key=lambda unit: (-seen[unit], -units[unit], unit))


def _fills(
    files: OpenFiles, articles: LakeArticles, targets: Sequence[_Target]
) -> dict[int, StoryPlace]:
    """Return where articles are that had no story, and what they are to the others."""
    places: dict[int, StoryPlace] = {}
    pending: list[Pending] = []
    for target in targets:
        without = {row for row in target.rows if articles.stories[row] is None}
        if not without:
            continue
        places |= {row: StoryPlace(target.story_id) for row in without}
        for row in without:
            if (original := articles.copies[row]) is not None:
                relation = Relation(COPY, original, articles.similarities[row] or 0.0)
                places[row] = StoryPlace(target.story_id, relation)
        originals = [row for row in target.rows if articles.copies[row] is None]
        days = [articles.day(row) for row in originals if articles.ids[row] == target.story_id]
        pending += [
            Pending(row, target.story_id, days[0] if days else 0, nearest)
            for row, nearest in nearest_of(articles, originals, [])
            if row in without and articles.ids[row] != target.story_id
        ]
    for first in range(0, len(pending), _READ_AT_ONCE):
        places |= related_places(files, articles, pending[first : first + _READ_AT_ONCE])
    return places


def _changed_rows(
    files: OpenFiles,
    run: Run,
    articles: LakeArticles,
    targets: Sequence[_Target],
    before: Mapping[str, Mapping[str, Any]],
) -> Iterator[pa.Table]:
    """Yield the rows of stories that are not as the table says."""
    partitions = _partitions(articles)
    joined = [
        joined_row(unit, date, row["version"] + 1 if row else 1, target.story_id)
        for target in targets
        for unit in target.units
        if unit != target.story_id
        and ((row := before.get(unit)) is None or row["current_id"] != target.story_id)
        and (date := row["story_date"] if row else partitions[unit])
    ]
    yield finish_rows(files, run, [StoryDraft(row, ()) for row in joined])
    changed = [
        target
        for target in targets
        if not _is_current(articles, target, before.get(target.story_id))
    ]
    changed.sort(key=lambda target: (int(articles.when[target.rows[0]]), target.story_id))
    start = 0
    while start < len(changed):
        end, count = start, 0
        while end < len(changed) and (
            end == start or count + len(changed[end].rows) <= _READ_AT_ONCE
        ):
            count += len(changed[end].rows)
            end += 1
        yield _rows_of(files, run, articles, changed[start:end], before)
        start = end


def _is_current(articles: LakeArticles, target: _Target, row: Mapping[str, Any] | None) -> bool:
    """Return whether the table says of a story what it is."""
    if row is None:
        return len(target.rows) == 1 and target.units in ([], [target.story_id])
    copies = sum(articles.copies[one] is not None for one in target.rows)
    return (
        row["current_id"] == target.story_id
        and (row["articles"], row["copies"]) == (len(target.rows), copies)
        and row["continues"] == [unit for unit in target.units if unit != target.story_id]
    )


def _rows_of(
    files: OpenFiles,
    run: Run,
    articles: LakeArticles,
    targets: Sequence[_Target],
    before: Mapping[str, Mapping[str, Any]],
) -> pa.Table:
    """Return the rows of some stories, counted from nothing."""
    found = read_articles(
        files, (articles.locations[row] for target in targets for row in target.rows)
    )
    drafts = []
    for target in targets:
        members = []
        for row in target.rows:
            one, key = found[articles.locations[row]], articles.key(row)
            if key is not None and one.scheme is None:
                one = replace(one, scheme=key.scheme, terms=key.terms, weights=key.weights)
            members.append(one)
        members.sort(key=lambda one: one.place_in_time)
        earlier = before.get(target.story_id)
        days = [one.day for one in members if one.article_id == target.story_id]
        date = earlier["story_date"] if earlier else (days or [members[0].day])[0]
        drawn = next_row(target.story_id, date, None, members)
        drawn["version"] = earlier["version"] + 1 if earlier else 1
        drawn["continues"] = [unit for unit in target.units if unit != target.story_id]
        drafts.append(StoryDraft(drawn, members))
    return finish_rows(files, run, drafts)


def _partitions(articles: LakeArticles) -> dict[str, str]:
    """Return the partition of each article."""
    return {
        name: partition_of(location.path)
        for name, location in zip(articles.ids, articles.locations, strict=True)
    }
