"""A cluster under way, and how alike, how far apart and how well named two of them are."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from warta.transforms.stories.candidates import VectorRows
from warta.transforms.stories.vectors import NAME_FLAG, SCALE, TERM_MASK

NAME_SHARE = 0.5
"""Two fires are reported in the same words, and differ in names. Where less than this share of what
two clusters have in common is names, they must be more alike (`IdfTable.name_step`)."""
SAME_NAMES = 0.5
"""Cosine of the names of two clusters from which they are about the same persons and places: they
need be less alike (`IdfTable.actor_step`). The angles of a wide event share little else."""


@dataclass(slots=True)
class Node:
    """A cluster under way.

    What it is the sum of is read when it is asked for: most articles are joined with none.
    """

    rank: int
    story: int | None
    members: list[int]
    count: int
    square: int
    """Of the length of `sums`."""
    first: int | None
    last: int | None
    arrived: int | None
    vectors: VectorRows
    row: int
    """Of `vectors`: what the cluster began with."""
    alike: dict[int, int] = field(default_factory=dict)
    """Dot products of sums with those of other nodes that may be joined with this one."""
    _sums: dict[int, int] | None = None
    _names: set[int] | None = None
    _name_square: int = -1
    _joined: bool = False

    @property
    def is_joined(self) -> bool:
        """Whether it is more than what it began with."""
        return self._joined

    @property
    def sums(self) -> dict[int, int]:
        """The sum of its vectors."""
        if self._sums is None:
            self._read()
        return self._sums or {}

    @property
    def names(self) -> set[int]:
        """Terms that one of its articles writes as names."""
        if self._names is None:
            self._read()
        return self._names or set()

    @property
    def name_square(self) -> int:
        """Of the length of `sums` in names alone."""
        if self._name_square < 0:
            sums = self.sums
            self._name_square = sum([sums[term] ** 2 for term in self.names])
        return self._name_square

    def take(self, other: "Node", dot: int) -> None:
        """Add the articles of another node, with which the dot product is `dot`."""
        self._joined = True
        sums = self.sums
        for term, weight in other.sums.items():
            sums[term] = sums.get(term, 0) + weight
        self._names = self.names | other.names
        self._name_square = -1
        self.square += other.square + 2 * dot
        self.count += other.count
        self.members += other.members
        self.first = _least(self.first, other.first)
        self.last = _most(self.last, other.last)
        self.arrived = _most(self.arrived, other.arrived)

    def _read(self) -> None:
        self._sums, self._names = sums_of(*self.vectors.row(self.row))


def sums_of(terms: Sequence[int], weights: Sequence[int]) -> tuple[dict[int, int], set[int]]:
    """Return a vector as weights by plain term, and which of the terms are names."""
    sums = {term & TERM_MASK: weight for term, weight in zip(terms, weights, strict=True)}
    return sums, {term & TERM_MASK for term in terms if term & NAME_FLAG}


def alike(left: Node, right: Node, dot: int, spread: int) -> float:
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


def dot_product(left: dict[int, int], right: dict[int, int]) -> int:
    """Return the dot product of two vectors, each as weights by term."""
    if len(left) > len(right):
        left, right = right, left
    get = right.get
    return sum([weight * get(term, 0) for term, weight in left.items()])


def unnamed(left: Node, right: Node, dot: int) -> float:
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


def same_names(left: Node, right: Node) -> float:
    """Return by how much the cosine of the names of two nodes is over `SAME_NAMES`; 0 under it."""
    shared = left.names & right.names
    if not shared:
        return 0.0
    one, other = left.sums, right.sums
    dot = sum([one[term] * other[term] for term in shared])
    if not dot:
        return 0.0
    return max(0.0, dot / math.sqrt(left.name_square * right.name_square) - SAME_NAMES)


def gap(left: Node, right: Node) -> int:
    """Return the days between two nodes; 0 where they overlap or one has no date."""
    if left.first is None or right.first is None:
        return 0
    return span_gap(left.first, left.last, right.first, right.last)


def span_gap(
    first: int | None, last: int | None, other_first: int | None, other_last: int | None
) -> int:
    """Return the days between two spans; 0 where they overlap or one is unknown."""
    if first is None or last is None or other_first is None or other_last is None:
        return 0
    return max(0, other_first - last, first - other_last)


def _least(one: int | None, other: int | None) -> int | None:
    return min((day for day in (one, other) if day is not None), default=None)


def _most(one: int | None, other: int | None) -> int | None:
    return max((day for day in (one, other) if day is not None), default=None)
