"""Articles into stories: greedy agglomeration by average link, over new articles and open stories.

The two clusters that are most alike are joined again and again, until none are alike enough. How
alike two clusters are is the mean similarity of their articles (average link): the dot product of
their means. A story keeps the sum of its vectors, in integers, so that the result is the same for
any order of rows and any number of workers. Two stories that are open already are never joined.

Only what is alike enough at the start is ever joined: these pairs are found here, and joined in
`agglomeration`.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from warta.transforms.core.memory import release_memory
from warta.transforms.stories.agglomeration import Agglomeration, Rules
from warta.transforms.stories.candidates import candidate_blocks
from warta.transforms.stories.likeness import NO_DAY, ClusterRows, Likeness
from warta.transforms.stories.nodes import Nodes
from warta.transforms.stories.vector_rows import Ints, VectorRows, joined_rows, positions

ATTACH_STEP = 0.06
"""How much more alike than others service content must be to a story that it joins."""
MEAN_TERMS = 128
"""Of a story, these are kept in the lake."""


@dataclass(frozen=True, slots=True)
class Members:
    """New articles, by column."""

    ids: Sequence[str]
    rows: ClusterRows
    """Of one article each."""
    attached: npt.NDArray[np.bool_]
    """Service content that names an event, as when and where a match is shown: it joins a story of
    others that is alike enough, founds none and moves no mean."""


@dataclass(frozen=True, slots=True)
class OpenStory:
    """A story that the lake has."""

    story_id: str
    first_day: int | None
    last_day: int | None
    articles: int
    """How many vectors `weights` is the sum of."""
    terms: Sequence[int]
    weights: Sequence[int]
    arrived: int | None = None
    """Day on which its last article came into the lake."""


@dataclass(frozen=True, slots=True)
class OpenStories:
    """Stories that the lake has, by column."""

    ids: Sequence[str]
    rows: ClusterRows

    def take(self, places: Ints) -> "OpenStories":
        """Return some of them, in the order given; themselves where these are all."""
        if len(places) == len(self.ids):
            return self
        return OpenStories([self.ids[place] for place in places.tolist()], self.rows.take(places))


@dataclass(frozen=True, slots=True)
class Cluster:
    """Articles that tell the same story."""

    story: int | None
    """Position of the open story that they joined; None: a new one."""
    members: tuple[int, ...]
    """Positions of the new articles, in the order of stories: by date, then id."""


def agglomerate(
    members: Members,
    stories: OpenStories,
    rules: Rules,
    arrival: int,
    met: Iterable[Ints] | None = None,
) -> list[Cluster]:
    """Return which new articles tell the same story, and which join an open one.

    Args:
      members: New articles.
      stories: Open stories.
      rules: When clusters are joined.
      arrival: Day of the run: an article without a date is compared around it, and around the
        dated articles of the run.
      met: Members and open stories that may be together, of shape (m, 2), some at a time: each pair
        once, those of a story together; None: they are looked for.

    Returns:
      Clusters, each member in one, those of open stories first, in the order of stories.
    """
    within, between = _pairs(members, stories, rules, met)
    release_memory()
    return _clusters(members, stories, (within, between), rules, arrival)


@dataclass(slots=True)
class _Pairs:
    """Pairs that are alike enough, with their dot products, and those of attached articles."""

    pairs: Ints
    products: Ints
    attached: Ints


def _pairs(
    members: Members, stories: OpenStories, rules: Rules, met: Iterable[Ints] | None
) -> tuple[_Pairs, _Pairs]:
    vectors = members.rows.vectors
    within = (block[block[:, 0] < block[:, 1]] for block in candidate_blocks(vectors, vectors))
    between = candidate_blocks(vectors, stories.rows.vectors) if met is None else met
    return (
        _alike(members, members, within, rules),
        _alike(members, stories, between, rules),
    )


def _alike(
    members: Members,
    others: Members | OpenStories,
    blocks: Iterable[Ints],
    rules: Rules,
) -> _Pairs:
    attached = [np.empty((0, 2), dtype=np.int64)]

    def compared() -> Iterator[Ints]:
        for block in blocks:
            apart = members.attached[block[:, 0]]
            if others is members:
                apart = apart | members.attached[block[:, 1]]
            attached.append(block[apart])
            yield block[~apart]

    def names(rows: Ints) -> list[str]:
        first = len(members.ids)
        return [
            members.ids[row] if row < first else others.ids[row - first] for row in rows.tolist()
        ]

    likeness = Likeness(members.rows, others.rows, rules.spread, rules.story_days)
    pairs, products = likeness.alike(compared(), rules.threshold / 2, names)
    return _Pairs(pairs, products, np.concatenate(attached))


def _clusters(
    members: Members,
    stories: OpenStories,
    pairs: tuple[_Pairs, _Pairs],
    rules: Rules,
    arrival: int,
) -> list[Cluster]:
    """Return what `agglomerate` does, of pairs of members, and of members and stories."""
    within, between = pairs
    order = sorted(range(len(members.ids)), key=lambda row: _place(members, row))
    touched = np.unique(np.concatenate([between.pairs[:, 1], between.attached[:, 1]]))
    stories_met = sorted(touched.tolist(), key=lambda row: _place(stories, row))
    compared = np.zeros(len(order), dtype=bool)
    for some in (within.pairs, within.attached, between.pairs[:, 0], between.attached[:, 0]):
        compared[some.ravel()] = True
    ordered = np.array(order, dtype=np.int64)
    rows = _Rows(np.array(stories_met, dtype=np.int64), ordered[compared[ordered]])
    own = positions(rows.members, len(members.ids)) + len(rows.stories)
    of_story = positions(rows.stories, len(stories.ids))
    dated = members.rows.first[members.rows.first != NO_DAY]
    around = (int(dated.min()), int(dated.max())) if len(dated) else (arrival, arrival)
    run = Agglomeration(*_nodes(members, stories, rows), rules, around)
    one, other = own[within.pairs[:, 0]], own[within.pairs[:, 1]]
    run.run(
        np.concatenate([np.minimum(one, other), of_story[between.pairs[:, 1]]]),
        np.concatenate([np.maximum(one, other), own[between.pairs[:, 0]]]),
        np.concatenate([within.products, between.products]),
    )
    found = run.clusters()
    one, other = own[within.attached[:, 0]], own[within.attached[:, 1]]
    met = [
        np.stack([one, other], axis=1),
        np.stack([other, one], axis=1),
        np.stack([own[between.attached[:, 0]], of_story[between.attached[:, 1]]], axis=1),
    ]
    _attach(run, found, np.concatenate(met), own[members.attached & compared])
    return _in_order(found, rows, order, compared)


@dataclass(frozen=True, slots=True)
class _Rows:
    """What is compared, in the order of its numbers: open stories, then members."""

    stories: Ints
    members: Ints


def _nodes(members: Members, stories: OpenStories, rows: _Rows) -> tuple[Nodes, VectorRows]:
    parts = stories.rows.take(rows.stories), members.rows.take(rows.members)
    columns = [
        np.concatenate(column).astype(np.int64)
        for column in (
            [part.counts for part in parts],
            [part.squares() for part in parts],
            [part.first for part in parts],
            [part.last for part in parts],
            [part.arrived for part in parts],
        )
    ]
    is_story = np.arange(len(columns[0])) < len(rows.stories)
    counts, squares, first, last, arrived = columns
    nodes = Nodes(counts, squares, first, last, arrived, is_story)
    return nodes, joined_rows(*(part.vectors for part in parts))


def _attach(run: Agglomeration, found: Ints, met: Ints, attached: Ints) -> None:
    """Let service content join the story that it is most like.

    Args:
      run: What was joined.
      found: The cluster of each; changed in place.
      met: Service content with what may be its story, by number, of shape (m, 2).
      attached: Which is service content.
    """
    if not len(met):
        return
    run.add_up()
    joins = []
    for own in attached.tolist():
        others = np.unique(found[met[met[:, 0] == own, 1]])
        others = others[run.nodes.counts[others] >= _ATTACH_ARTICLES]
        others = others[run.near(own, others)]
        values = run.alike(own, others)
        if len(others) and values.max() >= run.rules.threshold + ATTACH_STEP:
            joins.append((own, others[values.argmax()]))
    for own, other in joins:
        found[own] = other


def _in_order(
    found: Ints, rows: _Rows, order: Sequence[int], compared: npt.NDArray[np.bool_]
) -> list[Cluster]:
    """Return clusters: those of open stories, then others by their first; both by place."""
    members: dict[int, list[int]] = defaultdict(list)
    for row, number in zip(rows.members.tolist(), found[len(rows.stories) :].tolist(), strict=True):
        members[number].append(row)
    clusters = [
        Cluster(row, tuple(members[number]))
        for number, row in enumerate(rows.stories.tolist())
        if number in members
    ]
    number = len(rows.stories) - 1
    for row, is_compared in zip(order, compared[np.array(order, dtype=np.int64)], strict=True):
        number += bool(is_compared)
        if not is_compared:
            clusters.append(Cluster(None, (row,)))
        elif number in members:
            clusters.append(Cluster(None, tuple(members[number])))
    return clusters


_ATTACH_ARTICLES = 2
"""A story has at least so many articles before service content joins it."""


def _place(side: Members | OpenStories, row: int) -> tuple[float, str]:
    day = int(side.rows.first[row])
    return math.inf if day == NO_DAY else day, side.ids[row]


def heaviest(sums: Iterable[tuple[int, int]], count: int) -> tuple[list[int], list[int]]:
    """Return the `count` heaviest terms of a sum and their weights, heaviest first.

    Equal ones are in the order of terms.

    Example:
      >>> heaviest([(7, 10), (3, 30), (5, 10)], 2)
      ([3, 5], [30, 10])
    """
    kept = sorted(((-weight, term) for term, weight in sums))[:count]
    return [term for _, term in kept], [-weight for weight, _ in kept]
