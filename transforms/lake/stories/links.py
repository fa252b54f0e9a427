"""Stories that a run founds and that others tell in another language: they join them.

A story that the lake has keeps its id, and a published row never changes: two of those are never
joined here. What a run founds joins the story of the other language, of the lake or of the same
run, under its id. From then on each language goes on by its own words in the same story.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from warta.transforms.lake.stories.known_stories import ScannedStories
from warta.transforms.lake.stories.relations import StoryBatch
from warta.transforms.stories.candidates import RunTerms
from warta.transforms.stories.cross_language import Side, linked_places, scheme_of
from warta.transforms.stories.grouping import Group, OpenColumns
from warta.transforms.stories.likeness import joined_clusters, sum_articles
from warta.transforms.stories.links import LANGUAGES, foreign_heads
from warta.transforms.stories.vector_rows import Ints, VectorRows


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
        if (scheme := scheme_of(name)) in runs:
            vectors, rows = runs[scheme]
            found[scheme_of(other)] = RunTerms(foreign_heads(vectors, name), rows)
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
    found: dict[int, LinkedGroup] = {}

    def side_of(scheme: str) -> Side:
        return _side(batch, groups, opened, known, scheme)

    for link in linked_places(side_of, story_days):
        if min(link.left, link.right) >= len(groups):
            continue
        # The earlier one of two that the run founds keeps its story; one of the lake does always.
        first, second = sorted(
            (link.left, link.right), key=lambda place: _when(batch, groups, place)
        )
        if first < len(groups):
            found[second] = LinkedGroup(first, -1, link.score)
        else:
            found[second] = LinkedGroup(None, first - len(groups), link.score)
    return found


def _side(
    batch: StoryBatch,
    groups: Sequence[Group],
    opened: OpenColumns,
    known: ScannedStories,
    scheme: str,
) -> Side:
    """Return what one language tells: groups by their place, then stories of the lake after them.

    Groups are in an order that does not depend on that of rows: of two equal scores the first
    counts.
    """
    places: list[int] = []
    rows: list[int] = []
    owners: list[int] = []
    founded = [place for place, group in enumerate(groups) if group.story is None]
    for place in sorted(founded, key=lambda place: _when(batch, groups, place)):
        own = [batch.new[one] for one in groups[place].rows]
        mean = [row for row in own if batch.schemes[row] == scheme]
        if mean:
            rows += mean
            owners += [len(places)] * len(mean)
            places.append(place)
    chosen = np.array(rows, dtype=np.int64)
    new = sum_articles(
        batch.vectors.take(chosen),
        batch.days[chosen],
        np.array(owners, dtype=np.int64),
        len(places),
    )
    # A story that both languages tell has its link.
    schemes = {name: set[str]() for _, name in known.stories}
    for other, name in known.stories:
        schemes[name].add(other)
    met = [
        place
        for place in np.flatnonzero(known.met_by_foreign).tolist()
        if known.stories[place][0] == scheme and len(schemes[known.stories[place][1]]) == 1
    ]
    old = opened.stories.rows.take(np.array(met, dtype=np.int64))
    return Side(places + [len(groups) + place for place in met], joined_clusters(new, old))


def _when(batch: StoryBatch, groups: Sequence[Group], place: int) -> tuple[int, float, str]:
    if place >= len(groups):
        return 0, 0.0, ""
    return 1, *min(batch.place(batch.new[row]) for row in groups[place].rows)
