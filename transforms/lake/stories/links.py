"""Stories that a run founds and that others tell in another language: they join them.

A story that the lake has keeps its id, and a published row never changes: two of those are never
joined here. What a run founds joins the story of the other language, of the lake or of the same
run, under its id. From then on each language goes on by its own words in the same story.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from warta.transforms.lake.stories.relations import StoryBatch
from warta.transforms.lake.stories.scan import ScannedStories
from warta.transforms.stories.candidates import RunTerms
from warta.transforms.stories.grouping import Group, OpenColumns
from warta.transforms.stories.likeness import ClusterRows
from warta.transforms.stories.links import LANGUAGES, foreign_heads, link_rows
from warta.transforms.stories.vector_rows import Ints, VectorRows, sum_rows
from warta.transforms.stories.vectors import table_of


@dataclass(frozen=True, slots=True)
class LinkedGroup:
    """Where the articles of a group go that tells what another language tells."""

    group: int | None
    """Place of the group of the same run that has the story; None: a story of the lake."""
    story: int
    """Place of the story of the lake."""
    score: float


def foreign_terms(runs: Mapping[str, tuple[VectorRows, Ints]]) -> dict[str, RunTerms]:
    """Return keys of a batch's articles in the words of the other language, by its scheme.

    Args:
      runs: By scheme, vectors and the rows of the batch that they are of.
    """
    found = {}
    for name, other in (LANGUAGES, LANGUAGES[::-1]):
        table, foreign = table_of(name), table_of(other)
        if table is not None and foreign is not None and table.scheme in runs:
            vectors, rows = runs[table.scheme]
            found[foreign.scheme] = RunTerms(foreign_heads(vectors, name), rows)
    return found


def linked_groups(
    batch: StoryBatch,
    groups: Sequence[Group],
    opened: OpenColumns,
    known: ScannedStories,
    story_days: int,
) -> dict[int, LinkedGroup]:
    """Return which groups that a run founds join a story of another language.

    Args:
      batch: The rows.
      groups: Of positions in `batch.new`.
      opened: The lake's stories.
      known: The same, with their names.
      story_days: Most days between two that are linked.

    Returns:
      By place in `groups`.
    """
    sides = [_side(batch, groups, opened, known, language) for language in LANGUAGES]
    if not all(len(side.rows) for side in sides):
        return {}
    found: dict[int, LinkedGroup] = {}
    for link in link_rows(sides[0].rows, sides[1].rows, story_days):
        one, other = sides[0].places[link.left], sides[1].places[link.right]
        if min(one, other) >= len(groups):
            continue
        # The earlier one of two that the run founds keeps its story; one of the lake does always.
        first, second = sorted((one, other), key=lambda place: _when(batch, groups, place))
        if first < len(groups):
            found[second] = LinkedGroup(first, -1, link.score)
        else:
            found[second] = LinkedGroup(None, first - len(groups), link.score)
    return found


@dataclass(frozen=True, slots=True)
class _Side:
    """What one language tells."""

    rows: ClusterRows
    places: list[int]
    """Groups by their place, then stories of the lake by theirs after all groups."""


def _side(
    batch: StoryBatch,
    groups: Sequence[Group],
    opened: OpenColumns,
    known: ScannedStories,
    language: str,
) -> _Side:
    table = table_of(language)
    scheme = None if table is None else table.scheme
    places: list[int] = []
    rows: list[int] = []
    owners: list[int] = []
    founded = [place for place, group in enumerate(groups) if group.story is None]
    # In an order that does not depend on that of rows: of two equal scores the first counts.
    for place in sorted(founded, key=lambda place: _when(batch, groups, place)):
        own = [batch.new[one] for one in groups[place].rows]
        mean = [row for row in own if batch.schemes[row] == scheme]
        if mean:
            rows += mean
            owners += [len(places)] * len(mean)
            places.append(place)
    counts = np.bincount(np.array(owners, dtype=np.int64), minlength=len(places))
    first, last = _bounds(batch, rows, owners, len(places))
    vectors = sum_rows(
        batch.vectors.take(np.array(rows, dtype=np.int64)),
        np.array(owners, dtype=np.int64),
        len(places),
    )
    new = ClusterRows(vectors, counts.astype(np.int32), first, last, last)
    # A story that both languages tell has its link.
    schemes = {name: set[str]() for _, name in known.stories}
    for other, name in known.stories:
        schemes[name].add(other)
    chosen = [
        place
        for place in np.flatnonzero(known.met_by_foreign).tolist()
        if known.stories[place][0] == scheme and len(schemes[known.stories[place][1]]) == 1
    ]
    old = opened.stories.rows.take(np.array(chosen, dtype=np.int64))
    return _Side(_both(new, old), places + [len(groups) + place for place in chosen])


def _bounds(
    batch: StoryBatch, rows: Sequence[int], owners: Sequence[int], count: int
) -> tuple[np.ndarray[tuple[int], np.dtype[np.int32]], np.ndarray[tuple[int], np.dtype[np.int32]]]:
    """Return the first and last day of each owner's rows."""
    days = batch.days[np.array(rows, dtype=np.int64)]
    first = np.full(count, np.iinfo(np.int32).max, dtype=np.int32)
    last = np.full(count, np.iinfo(np.int32).min, dtype=np.int32)
    np.minimum.at(first, np.array(owners, dtype=np.int64), days)
    np.maximum.at(last, np.array(owners, dtype=np.int64), days)
    return first, last


def _both(one: ClusterRows, other: ClusterRows) -> ClusterRows:
    starts = [one.vectors.starts, one.vectors.starts[-1] + other.vectors.starts[1:]]
    return ClusterRows(
        VectorRows(
            np.concatenate(starts),
            np.concatenate([one.vectors.terms, other.vectors.terms]),
            np.concatenate([one.vectors.weights, other.vectors.weights]),
        ),
        *(
            np.concatenate([getattr(one, name), getattr(other, name)])
            for name in ("counts", "first", "last", "arrived")
        ),
    )


def _when(batch: StoryBatch, groups: Sequence[Group], place: int) -> tuple[int, float, str]:
    if place >= len(groups):
        return 0, 0.0, ""
    return 1, *min(batch.place(batch.new[row]) for row in groups[place].rows)
