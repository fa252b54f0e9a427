"""Agglomeration as it was before it worked by column and component: simple, and large in memory.

Kept to hold the present one against: both give the same stories, bit for bit.
"""

import heapq
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from warta.transforms.stories.agglomeration import NAME_SHARE, SAME_NAMES, Rules
from warta.transforms.stories.clustering import ATTACH_STEP, Cluster, OpenStory
from warta.transforms.stories.vectors import NAME_FLAG, SCALE, TERM_MASK

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Member:
    """A new article."""

    article_id: str
    day: int | None
    """Of publication, as an ordinal; None: no date."""
    terms: Sequence[int]
    weights: Sequence[int]
    attached: bool = False
    """Service content that names an event, as when and where a match is shown: it joins a story of
    others that is alike enough, founds none and moves no mean."""


@dataclass(slots=True)
class _Node:
    """A cluster under way."""

    rank: int
    story: int | None
    members: list[int]
    count: int
    sums: dict[int, int]
    square: int
    """Of the length of `sums`."""
    names: set[int]
    """Terms that one of its articles writes as names."""
    first: int | None
    last: int | None
    arrived: int | None
    alike: dict[int, int] = field(default_factory=dict)
    """Dot products of sums with those of other nodes that may be joined with this one."""


def agglomerate(
    members: Sequence[Member],
    stories: Sequence[OpenStory],
    pairs: Ints,
    met: Ints,
    rules: Rules,
    arrival: int,
) -> list[Cluster]:
    """Return which new articles tell the same story, and which join an open one.

    Args:
      members: New articles.
      stories: Open stories.
      pairs: Members that may be together, of shape (m, 2).
      met: Members and open stories that may be together, of shape (m, 2).
      rules: When clusters are joined.
      arrival: Day of the run: an article without a date is compared around it, and around the
        dated articles of the run.

    Returns:
      Clusters, each member in one, those of open stories first, in the order of stories.
    """
    ordered = _Agglomeration(members, stories, rules, arrival)
    ordered.join_pairs(pairs, met)
    return ordered.clusters()


class _Agglomeration:
    def __init__(
        self,
        members: Sequence[Member],
        stories: Sequence[OpenStory],
        rules: Rules,
        arrival: int,
    ) -> None:
        self._members, self._rules = members, rules
        days = [member.day for member in members if member.day is not None]
        self._around = (min(days, default=arrival), max(days, default=arrival))
        self._order = sorted(range(len(members)), key=lambda row: _place(members[row]))
        by_story = sorted(
            range(len(stories)),
            key=lambda one: (_when(stories[one].first_day), stories[one].story_id),
        )
        self._story_ranks = {story: rank for rank, story in enumerate(by_story)}
        first = len(stories)
        self._member_ranks = {row: first + rank for rank, row in enumerate(self._order)}
        self._nodes: dict[int, _Node] = {}
        for story, rank in self._story_ranks.items():
            self._nodes[rank] = _story_node(rank, story, stories[story])
        for row, rank in self._member_ranks.items():
            self._nodes[rank] = _member_node(rank, row, members[row], arrival)
        self._heap: list[tuple[float, int, int, int, int]] = []

    def join_pairs(self, pairs: Ints, met: Ints) -> None:
        attached: dict[int, set[int]] = defaultdict(set)
        for first, second in pairs.tolist():
            one, other = self._member_ranks[first], self._member_ranks[second]
            if self._members[first].attached or self._members[second].attached:
                attached[one].add(other)
                attached[other].add(one)
            else:
                self._meet(one, other)
        for row, story in met.tolist():
            if self._members[row].attached:
                attached[self._member_ranks[row]].add(self._story_ranks[story])
            else:
                self._meet(self._story_ranks[story], self._member_ranks[row])
        self._run()
        self._attach(attached)

    def _attach(self, met: Mapping[int, set[int]]) -> None:
        """Let service content join the story that it is most like."""
        ranks_of = {
            self._member_ranks[row]: rank
            for rank, node in self._nodes.items()
            for row in node.members
        }
        joins = []
        for row, member in enumerate(self._members):
            if not member.attached:
                continue
            own = self._nodes[self._member_ranks[row]]
            ranks = {ranks_of.get(rank, rank) for rank in met.get(own.rank, ())}
            nodes = [self._nodes[rank] for rank in ranks if self._nodes[rank].count >= 2]
            found = max(
                (
                    (_alike(node, own, _dot(node.sums, own.sums), self._rules.spread), -node.rank)
                    for node in nodes
                    if self._near(own, node)
                ),
                default=(0.0, 0),
            )
            if found[0] >= self._rules.threshold + ATTACH_STEP:
                joins.append((own.rank, -found[1], row))
        for rank, node, row in joins:
            del self._nodes[rank]
            self._nodes[node].members.append(row)

    def _run(self) -> None:
        while self._heap:
            _, one, other, size, other_size = heapq.heappop(self._heap)
            left, right = self._nodes.get(one), self._nodes.get(other)
            if left is None or right is None:
                continue
            if (left.count, right.count) == (size, other_size):
                self._join(left, right)

    def clusters(self) -> list[Cluster]:
        found = []
        place = {row: number for number, row in enumerate(self._order)}
        for rank in sorted(self._nodes):
            node = self._nodes[rank]
            if node.members:
                found.append(
                    Cluster(node.story, tuple(sorted(node.members, key=place.__getitem__)))
                )
        return found

    def _meet(self, one: int, other: int) -> None:
        left, right = self._nodes[min(one, other)], self._nodes[max(one, other)]
        if right.rank in left.alike or not self._near(left, right):
            return
        dot = _dot(left.sums, right.sums)
        if _alike(left, right, dot, self._rules.spread) >= self._rules.threshold / 2:
            left.alike[right.rank] = right.alike[left.rank] = dot
            self._offer(left, right, dot)

    def _offer(self, left: _Node, right: _Node, dot: int) -> None:
        value = _alike(left, right, dot, self._rules.spread)
        needed = self._rules.threshold + self._rules.gap_step * _gap(left, right)
        value += self._rules.actor_step * _same_names(left, right)
        if value >= needed and value >= needed + self._rules.name_step * _unnamed(left, right, dot):
            heapq.heappush(self._heap, (-value, left.rank, right.rank, left.count, right.count))

    def _join(self, left: _Node, right: _Node) -> None:
        """Join the node of the higher rank into the other."""
        dot = left.alike.pop(right.rank)
        del right.alike[left.rank]
        del self._nodes[right.rank]
        neighbours = sorted({*left.alike, *right.alike})
        left.square += right.square + 2 * dot
        alike: dict[int, int] = {}
        for rank in neighbours:
            other = self._nodes[rank]
            parts = (left.alike.get(rank), right.alike.get(rank))
            other.alike.pop(right.rank, None)
            other.alike.pop(left.rank, None)
            if other.story is not None and (left.story is not None or right.story is not None):
                continue
            alike[rank] = sum(
                _dot(node.sums, other.sums) if part is None else part
                for node, part in zip((left, right), parts, strict=True)
            )
        for term, weight in right.sums.items():
            left.sums[term] = left.sums.get(term, 0) + weight
        left.names |= right.names
        left.count += right.count
        left.members += right.members
        left.first = _least(left.first, right.first)
        left.last = _most(left.last, right.last)
        left.arrived = _most(left.arrived, right.arrived)
        left.alike = {}
        for rank, total in alike.items():
            other = self._nodes[rank]
            value = _alike(left, other, total, self._rules.spread)
            if self._near(left, other) and value >= self._rules.threshold / 2:
                left.alike[rank] = other.alike[left.rank] = total
                self._offer(*((left, other) if left.rank < rank else (other, left)), total)

    def _near(self, left: _Node, right: _Node) -> bool:
        if left.story is not None and right.story is not None:
            return False
        days = self._rules.story_days
        if left.first is not None and right.first is not None:
            return _gap(left, right) <= days
        if left.arrived is not None and right.arrived is not None:  # noqa: SIM102  reads better
            if abs(left.arrived - right.arrived) <= days:
                return True
        dated = left if left.first is not None else right
        return dated.first is not None and (
            _span_gap(dated.first, dated.last, *self._around) <= days
        )


def _alike(left: _Node, right: _Node, dot: int, spread: int) -> float:
    """Return the mean similarity of the articles of two nodes.

    With `spread`, it is divided by the length of both means to the power of 3/8: that is 1 for one
    article and less for a wide story, so that the next article of a visit with many angles is not
    lost. With the power of 1 it would be the cosine of the means, which joins themes. Only roots
    and quotients: they are rounded alike on every machine.
    """
    pairs = left.count * right.count
    value = dot / (pairs * SCALE * SCALE)
    if spread:
        length = math.sqrt(math.sqrt(left.square * right.square) / (pairs * SCALE * SCALE))
        root = math.sqrt(length)
        value /= root * math.sqrt(root)
    return value


def _dot(left: dict[int, int], right: dict[int, int]) -> int:
    if len(left) > len(right):
        left, right = right, left
    get = right.get
    return sum([weight * get(term, 0) for term, weight in left.items()])


def _unnamed(left: _Node, right: _Node, dot: int) -> float:
    """Return 0 where two nodes have enough names in common, 1 where they have none.

    A node that writes no names, in small letters or capitals alone, is not asked for any.
    """
    if not left.names or not right.names:
        return 0.0
    if len(left.sums) > len(right.sums):
        left, right = right, left
    get, names = right.sums.get, left.names | right.names
    named = sum([weight * get(term, 0) for term, weight in left.sums.items() if term in names])
    return max(0.0, 1 - named / (dot * NAME_SHARE))


def _same_names(left: _Node, right: _Node) -> float:
    sides = [{term: node.sums[term] for term in node.names} for node in (left, right)]
    squares = [sum(weight * weight for weight in side.values()) for side in sides]
    if not all(squares):
        return 0.0
    return max(0.0, _dot(*sides) / math.sqrt(squares[0] * squares[1]) - SAME_NAMES)


def _story_node(rank: int, position: int, story: OpenStory) -> _Node:
    sums, square, names = _sums(story.terms, story.weights)
    return _Node(
        rank,
        position,
        [],
        story.articles,
        sums,
        square,
        names,
        story.first_day,
        story.last_day,
        story.arrived,
    )


def _member_node(rank: int, row: int, member: Member, arrival: int) -> _Node:
    sums, square, names = _sums(member.terms, member.weights)
    return _Node(rank, None, [row], 1, sums, square, names, member.day, member.day, arrival)


def _sums(terms: Sequence[int], weights: Sequence[int]) -> tuple[dict[int, int], int, set[int]]:
    sums = {term & TERM_MASK: weight for term, weight in zip(terms, weights, strict=True)}
    names = {term & TERM_MASK for term in terms if term & NAME_FLAG}
    return sums, sum([weight * weight for weight in weights]), names


def _gap(left: _Node, right: _Node) -> int:
    """Return the days between two nodes; 0 where they overlap or one has no date."""
    if left.first is None or right.first is None:
        return 0
    return _span_gap(left.first, left.last, right.first, right.last)


def _span_gap(
    first: int | None, last: int | None, other_first: int | None, other_last: int | None
) -> int:
    if first is None or last is None or other_first is None or other_last is None:
        return 0
    return max(0, other_first - last, first - other_last)


def _least(one: int | None, other: int | None) -> int | None:
    return min((day for day in (one, other) if day is not None), default=None)


def _most(one: int | None, other: int | None) -> int | None:
    return max((day for day in (one, other) if day is not None), default=None)


def _when(day: int | None) -> float:
    return math.inf if day is None else day


def _place(member: Member) -> tuple[float, str]:
    return _when(member.day), member.article_id
