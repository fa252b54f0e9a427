"""Articles into stories: greedy agglomeration by average link, over new articles and open stories.

The two clusters that are most alike are joined again and again, until none are alike enough. How
alike two clusters are is the mean similarity of their articles (average link): the dot product of
their means. A story keeps the sum of its vectors, in integers, so that the result is the same for
any order of rows and any number of workers. Two stories that are open already are never joined.

Only what is alike enough at the start is ever joined. Rows that are not connected by such pairs
have nothing to do with each other: connected ones are agglomerated by themselves, one after the
other, and memory holds the rows by column and one component at a time.
"""

import heapq
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from warta.transforms.stories.candidates import Ints, candidate_blocks, positions
from warta.transforms.stories.likeness import NO_DAY, ClusterRows, Likeness, Scratch, components
from warta.transforms.stories.nodes import (
    SAME_NAMES,
    Node,
    alike,
    dot_product,
    gap,
    same_names,
    span_gap,
    unnamed,
)
from warta.transforms.stories.vectors import IdfTable

ATTACH_STEP = 0.06
"""How much more alike than others service content must be to a story that it joins."""
MEAN_TERMS = 128
"""Of a story, these are kept in the lake."""


@dataclass(frozen=True, slots=True)
class Rules:
    """When two clusters tell the same story."""

    threshold: float
    spread: int
    story_days: int
    """Days between a story and what joins it, at most."""
    gap_step: float
    name_step: float
    actor_step: float


def rules_of(table: IdfTable, story_days: int) -> Rules:
    """Return the rules that were fitted with a table.

    Args:
      table: Of the vectors to be compared.
      story_days: Days between a story and what joins it, at most.
    """
    return Rules(
        table.threshold,
        table.spread,
        story_days,
        table.gap_step,
        table.name_step,
        table.actor_step,
    )


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
    met: Ints | None = None,
) -> list[Cluster]:
    """Return which new articles tell the same story, and which join an open one.

    Args:
      members: New articles.
      stories: Open stories.
      rules: When clusters are joined.
      arrival: Day of the run: an article without a date is compared around it, and around the
        dated articles of the run.
      met: Members and open stories that may be together, of shape (m, 2) and sorted; None: they
        are looked for.

    Returns:
      Clusters, each member in one, those of open stories first, in the order of stories.
    """
    scratch = Scratch()
    within, between = _pairs(members, stories, rules, met, scratch)
    return _Agglomeration(members, stories, (within, between), rules, arrival, scratch).clusters()


@dataclass(slots=True)
class _Pairs:
    """Pairs that are alike enough, with their dot products, and those of attached articles."""

    pairs: Ints
    products: Ints
    attached: Ints


def _pairs(
    members: Members, stories: OpenStories, rules: Rules, met: Ints | None, scratch: Scratch
) -> tuple[_Pairs, _Pairs]:
    vectors = members.rows.vectors
    within = (block[block[:, 0] < block[:, 1]] for block in candidate_blocks(vectors, vectors))
    between = [met] if met is not None else candidate_blocks(vectors, stories.rows.vectors)
    return (
        _alike(members, members, within, rules, scratch),
        _alike(members, stories, between, rules, scratch),
    )


def _alike(
    members: Members,
    others: Members | OpenStories,
    blocks: Iterable[Ints],
    rules: Rules,
    scratch: Scratch,
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

    likeness = Likeness(members.rows, others.rows, rules.spread, rules.story_days, scratch)
    pairs, products = likeness.alike(compared(), rules.threshold / 2, names)
    return _Pairs(pairs, products, np.concatenate(attached))


class _Agglomeration:
    def __init__(
        self,
        members: Members,
        stories: OpenStories,
        pairs: tuple[_Pairs, _Pairs],
        rules: Rules,
        arrival: int,
        scratch: Scratch,
    ) -> None:
        within, between = pairs
        self._scratch = scratch
        self._members, self._stories, self._rules = members, stories, rules
        dated = members.rows.first[members.rows.first != NO_DAY]
        self._around = (int(dated.min()), int(dated.max())) if len(dated) else (arrival, arrival)
        self._squares = members.rows.squares(), stories.rows.squares()
        touched = np.unique(np.concatenate([between.pairs[:, 1], between.attached[:, 1]]))
        # By rank: open stories that something met, then members, each by date, then id.
        self._story_of_rank = sorted(touched.tolist(), key=lambda one: _place(stories, one))
        self._member_of_rank = sorted(range(len(members.ids)), key=lambda one: _place(members, one))
        self._story_ranks = _ranks(self._story_of_rank, len(stories.ids), 0)
        self._member_ranks = _ranks(
            self._member_of_rank, len(members.ids), len(self._story_of_rank)
        )
        self._met = self._attached_pairs(within, between)
        self._wanted = {other for others in self._met.values() for other in others}
        self._grown: dict[int, Node] = {}
        """Rank that an attached article met -> the node that it is in."""
        self._joined: dict[int, tuple[int | None, list[int]]] = {}
        """Rank -> story and members of each cluster."""
        self._nodes: dict[int, Node] = {}
        self._heap: list[tuple[float, int, int, int, int]] = []
        for connected in self._components(within, between):
            self._run(connected)
        self._attach()

    def clusters(self) -> list[Cluster]:
        place = self._member_ranks
        return [
            Cluster(story, tuple(sorted(rows, key=place.__getitem__)))
            for _, (story, rows) in sorted(self._joined.items())
        ]

    def _attached_pairs(self, within: _Pairs, between: _Pairs) -> dict[int, set[int]]:
        """Return what each attached article met, by ranks."""
        met: dict[int, set[int]] = defaultdict(set)
        attached = self._members.attached
        for row, other in within.attached.tolist():
            one, two = int(self._member_ranks[row]), int(self._member_ranks[other])
            met[one].add(two)
            met[two].add(one)
        for row, story in between.attached.tolist():
            met[int(self._member_ranks[row])].add(int(self._story_ranks[story]))
        own = self._member_ranks[attached].tolist()
        return {rank: met[rank] for rank in own if rank in met}

    def _components(self, within: _Pairs, between: _Pairs) -> Iterator[list[tuple[int, int, int]]]:
        """Yield what is connected: pairs of ranks, the lower first, with their dot products."""
        one, other = (self._member_ranks[within.pairs[:, side]] for side in (0, 1))
        lower = np.concatenate([np.minimum(one, other), self._story_ranks[between.pairs[:, 1]]])
        upper = np.concatenate([np.maximum(one, other), self._member_ranks[between.pairs[:, 0]]])
        products = np.concatenate([within.products, between.products])
        least = components(zip(lower.tolist(), upper.tolist(), strict=True))
        for row, rank in enumerate(self._member_ranks.tolist()):
            if rank not in least:
                self._joined[rank] = (None, [row])
        owners = np.array([least[rank] for rank in lower.tolist()], dtype=np.int64)
        order = np.argsort(owners, kind="stable")
        bounds = np.flatnonzero(np.diff(owners[order], prepend=-1, append=-1))
        for start, end in pairwise(bounds.tolist()):
            rows = order[start:end]
            yield list(
                zip(
                    lower[rows].tolist(), upper[rows].tolist(), products[rows].tolist(), strict=True
                )
            )

    def _run(self, pairs: list[tuple[int, int, int]]) -> None:
        """Agglomerate one component."""
        ranks = {rank for pair in pairs for rank in pair[:2]}
        self._nodes = {rank: self._node(rank) for rank in ranks}
        for one, other, dot in pairs:
            self._meet(self._nodes[one], self._nodes[other], dot)
        while self._heap:
            _, one, other, size, other_size = heapq.heappop(self._heap)
            left, right = self._nodes.get(one), self._nodes.get(other)
            if left is None or right is None:
                continue
            if (left.count, right.count) == (size, other_size):
                self._join(left, right)
        for rank, node in self._nodes.items():
            if node.members:
                self._joined[rank] = (node.story, node.members)
            if self._wanted and node.count >= _ATTACH_ARTICLES:
                ranks = {rank, *self._member_ranks[node.members].tolist()}
                self._grown |= dict.fromkeys(ranks & self._wanted, node)
        self._nodes = {}

    def _attach(self) -> None:
        """Let service content join the story that it is most like."""
        for story in self._story_of_rank:
            rank = int(self._story_ranks[story])
            if rank in self._wanted and rank not in self._grown:
                self._grown[rank] = self._node(rank)
        joins = []
        for own_rank, met in sorted(self._met.items()):
            own = self._node(own_rank)
            nodes = {node.rank: node for rank in met if (node := self._grown.get(rank)) is not None}
            found = max(
                (
                    (alike(node, own, dot_product(node.sums, own.sums), self._rules.spread), -rank)
                    for rank, node in nodes.items()
                    if node.count >= _ATTACH_ARTICLES and self._near(own, node)
                ),
                default=(0.0, 0),
            )
            if found[0] >= self._rules.threshold + ATTACH_STEP:
                joins.append((own, nodes[-found[1]]))
        for own, node in joins:
            del self._joined[own.rank]
            self._joined.setdefault(node.rank, (node.story, node.members))
            node.members += own.members

    def _node(self, rank: int) -> Node:
        is_story = rank < len(self._story_of_rank)
        if is_story:
            row, side = self._story_of_rank[rank], self._stories.rows
        else:
            row, side = self._member_of_rank[rank - len(self._story_of_rank)], self._members.rows
        return Node(
            rank,
            row if is_story else None,
            [] if is_story else [row],
            int(side.counts[row]),
            int(self._squares[0 if not is_story else 1][row]),
            _day(side.first[row]),
            _day(side.last[row]),
            _day(side.arrived[row]),
            side.vectors,
            row,
        )

    def _meet(self, left: Node, right: Node, dot: int) -> None:
        """Keep the dot product of two nodes that are alike enough to come together later.

        Those that are alike enough now are offered to be joined.
        """
        if not self._near(left, right):
            return
        value = alike(left, right, dot, self._rules.spread)
        if value < self._rules.threshold / 2:
            return
        left.alike[right.rank] = right.alike[left.rank] = dot
        needed = self._rules.threshold + self._rules.gap_step * gap(left, right)
        step = self._rules.actor_step
        if step and value >= needed - step * (1 - SAME_NAMES):
            value += step * same_names(left, right)
        if value >= needed and value >= needed + self._rules.name_step * unnamed(left, right, dot):
            heapq.heappush(self._heap, (-value, left.rank, right.rank, left.count, right.count))

    def _join(self, left: Node, right: Node) -> None:
        """Join the node of the higher rank into the other."""
        dot = left.alike.pop(right.rank)
        del right.alike[left.rank]
        del self._nodes[right.rank]
        both = left.story is not None or right.story is not None
        others = []
        for rank in sorted({*left.alike, *right.alike}):
            other = self._nodes[rank]
            other.alike.pop(right.rank, None)
            other.alike.pop(left.rank, None)
            if other.story is None or not both:
                others.append(other)
        products = dict.fromkeys((other.rank for other in others), 0)
        for node in (left, right):
            unknown = [other for other in others if other.rank not in node.alike]
            known = node.alike | self._dots(node, unknown)
            for rank in products:
                products[rank] += known[rank]
        left.take(right, dot)
        left.alike = {}
        for rank, total in products.items():
            other = self._nodes[rank]
            self._meet(*((left, other) if left.rank < rank else (other, left)), total)

    def _dots(self, node: Node, others: Sequence[Node]) -> dict[int, int]:
        """Return the dot products of a node with others, by rank.

        Of others that nothing was joined to, they are made by column.
        """
        found = {one.rank: dot_product(node.sums, one.sums) for one in others if one.is_joined}
        for vectors in (self._members.rows.vectors, self._stories.rows.vectors):
            single = [one for one in others if not one.is_joined and one.vectors is vectors]
            if len(single) >= _MANY:
                rows = np.array([one.row for one in single])
                found |= zip(
                    [one.rank for one in single],
                    self._scratch.dots(node.sums, vectors, rows).tolist(),
                    strict=True,
                )
            else:
                found |= {one.rank: dot_product(node.sums, one.sums) for one in single}
        return found

    def _near(self, left: Node, right: Node) -> bool:
        if left.story is not None and right.story is not None:
            return False
        days = self._rules.story_days
        if left.first is not None and right.first is not None:
            return gap(left, right) <= days
        if left.arrived is not None and right.arrived is not None:  # noqa: SIM102  reads better
            if abs(left.arrived - right.arrived) <= days:
                return True
        dated = left if left.first is not None else right
        return dated.first is not None and (
            span_gap(dated.first, dated.last, *self._around) <= days
        )


_MANY = 8
"""Dot products of fewer vectors cost less one by one."""
_ATTACH_ARTICLES = 2
"""A story has at least so many articles before service content joins it."""


def _ranks(order: Sequence[int], count: int, first: int) -> npt.NDArray[np.int64]:
    """Return the rank of each row that is in `order`."""
    ranks = positions(np.array(order, dtype=np.int64), count)
    return np.where(ranks < 0, ranks, ranks + first)


def _place(side: Members | OpenStories, row: int) -> tuple[float, str]:
    day = _day(side.rows.first[row])
    return math.inf if day is None else day, side.ids[row]


def _day(day: np.int32) -> int | None:
    return None if day == NO_DAY else int(day)


def heaviest(sums: Iterable[tuple[int, int]], count: int) -> tuple[list[int], list[int]]:
    """Return the `count` heaviest terms of a sum and their weights, heaviest first.

    Equal ones are in the order of terms.

    Example:
      >>> heaviest([(7, 10), (3, 30), (5, 10)], 2)
      ([3, 5], [30, 10])
    """
    kept = sorted(((-weight, term) for term, weight in sums))[:count]
    return [term for _, term in kept], [-weight for weight, _ in kept]
