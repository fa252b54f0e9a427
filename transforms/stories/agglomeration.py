"""Greedy agglomeration: the two clusters that are most alike are joined again and again.

Clusters are numbers, and what is known of them are columns: a join compares the new cluster with
all that either of its two was alike enough with at once.
"""

import heapq
from array import array
from dataclasses import dataclass

import numpy as np

from warta.transforms.stories.nodes import Flags, Floats, Nodes
from warta.transforms.stories.pair_queue import Entry, PairQueue
from warta.transforms.stories.sums import Sums
from warta.transforms.stories.vector_rows import Ints, VectorRows, starts_of
from warta.transforms.stories.vectors import IdfTable

NAME_SHARE = 0.5
"""Two fires are reported in the same words, and differ in names. Where less than this share of what
two clusters have in common is names, they must be more alike (`IdfTable.name_step`)."""
SAME_NAMES = 0.5
"""Cosine of the names of two clusters from which they are about the same persons and places: they
need be less alike (`IdfTable.actor_step`). The angles of a wide event share little else."""


_PAIRS_AT_ONCE = 1 << 16


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
class _Edges:
    """What a cluster is alike enough with: it may be joined with it now or later."""

    others: Ints
    dots: Ints
    """Dot products of their sums."""
    states: Ints
    """Of the others, when they were compared: each join makes a new state."""


class Agglomeration:
    """Clusters under way, joined in place."""

    def __init__(
        self, nodes: Nodes, vectors: VectorRows, rules: Rules, around: tuple[int, int]
    ) -> None:
        """Begin with clusters that are not compared yet.

        Args:
          nodes: What they are the sums of, in the order in which equally alike ones are joined.
          vectors: These sums, none of them empty.
          rules: When clusters are joined.
          around: First and last day of what clusters without a date are compared with.
        """
        self.nodes, self.rules, self._around = nodes, rules, around
        self.sums = Sums(vectors)
        count = len(nodes.counts)
        self._joined_to = np.arange(count)
        """The number of the cluster that each was joined to, itself where it was not."""
        self._unsummed: list[tuple[int, int]] = []
        """Joins of which the sums were not needed."""
        self._states = np.zeros(count, dtype=np.int64)
        """0: as it began; the number of its last join; -1: it is part of another."""
        self._joins = 0
        self._owners = np.full(count + 1, -1, dtype=np.int64)
        """By number of a join, the cluster that it made."""
        self._edges: dict[int, _Edges] = {}
        """Of clusters that something was joined to, by their number."""
        self._offers: dict[int, array[int]] = {}
        """By number of a cluster, what was joined later and is alike enough with it: the number of
        the join and the dot product, one after the other."""
        self._places = np.full(count, -1, dtype=np.int64)
        self._heap: list[tuple[Entry, int]] = []
        """The first of each queue, with the number of the queue."""
        self._queues: dict[int, PairQueue] = {}
        """Of pairs that are alike enough to be joined now: by number of the join that made one of
        each; 0: of those before any."""

    def run(self, left: Ints, right: Ints, dots: Ints) -> None:
        """Join clusters until none are alike enough.

        Args:
          left: The lower numbers of pairs that may be alike enough.
          right: The higher ones.
          dots: Dot products of their sums.
        """
        order = np.lexsort((right, left))
        left, right, dots = left[order], right[order], dots[order]
        kept, values = self._compared_all(left, right, dots)
        left, right, dots = left[kept], right[kept], dots[kept]
        del order, kept
        self._queues[0] = self._to_join(left, right, dots, values)
        self._begin(left, right, dots)
        self._offer(0)
        while self._heap:
            (_, one, other, count, other_count), number = heapq.heappop(self._heap)
            counts = self.nodes.counts
            if counts[one] == count and counts[other] == other_count:
                self._join(one, other)
            self._offer(number)

    def clusters(self) -> Ints:
        """Return the number of the cluster that each is in: the lowest one of it."""
        found = self._joined_to
        while (found[found] != found).any():
            found = found[found]
        return found

    def near(self, number: int, others: Ints) -> Flags:
        """Return which other clusters one may be together with, by their days."""
        return self.nodes.near(number, others, self.rules.story_days, self._around)

    def alike(self, number: int, others: Ints) -> Floats:
        """Return how alike a cluster and others are."""
        dots = self.sums.dots(np.repeat(number, len(others)), others)
        return self.nodes.alike(number, others, dots, self.rules.spread)

    def add_up(self) -> None:
        """Make the sums of all clusters, as those that nothing was compared with are not."""
        for left, right in self._unsummed:
            self.sums.join(left, right)
        self._unsummed.clear()

    def _begin(self, left: Ints, right: Ints, dots: Ints) -> None:
        ends = np.concatenate([left, right], dtype=np.int32)
        order = np.argsort(ends, kind="stable")
        self._first_others = np.concatenate([right, left], dtype=np.int32)[order]
        self._first_dots = dots[order % max(1, len(dots))]
        self._first_bounds = starts_of(np.bincount(ends, minlength=len(self._states)))

    def _compared(self, left: int | Ints, right: Ints, dots: Ints) -> tuple[Ints, Floats]:
        """Return which pairs are near, and alike enough to be joined later, and how alike."""
        near = self.nodes.near(left, right, self.rules.story_days, self._around)
        values = self.nodes.alike(left, right, dots, self.rules.spread)
        kept = np.flatnonzero(near & (values >= self.rules.threshold / 2))
        return kept, values[kept]

    def _compared_all(self, left: Ints, right: Ints, dots: Ints) -> tuple[Ints, Floats]:
        """Return what `_compared` does, of very many pairs: some at a time."""
        kept, values = [np.empty(0, dtype=np.int64)], [np.empty(0)]
        for start in range(0, len(dots), _PAIRS_AT_ONCE):
            part = slice(start, start + _PAIRS_AT_ONCE)
            rows, found = self._compared(left[part], right[part], dots[part])
            kept.append(rows + start)
            values.append(found)
        return np.concatenate(kept), np.concatenate(values)

    def _offer(self, number: int) -> None:
        """Put the next pair of a queue into the heap, unless what its join made is joined on."""
        queue = self._queues.get(number)
        entry = queue.next(self.nodes.counts) if queue else None
        if entry is not None:
            heapq.heappush(self._heap, (entry, number))

    def _to_join(self, left: Ints, right: Ints, dots: Ints, values: Floats) -> PairQueue:
        """Return the pairs that are alike enough to be joined now."""
        rules, sums = self.rules, self.sums
        needed = rules.threshold + rules.gap_step * self.nodes.gaps(left, right)
        chosen = np.flatnonzero(values >= needed - rules.actor_step * (1 - SAME_NAMES))
        left, right = left[chosen], right[chosen]
        same = np.maximum(0, sums.name_cosines(left, right) - SAME_NAMES)
        values, needed = values[chosen] + rules.actor_step * same, needed[chosen]
        enough = np.flatnonzero(values >= needed)
        left, right, values = left[enough], right[enough], values[enough]
        both = dots[chosen[enough]]
        named = both - sums.other_dots(left, right)
        lacking = np.maximum(0, 1 - named / (both * NAME_SHARE))
        lacking[~(sums.are_named(left) & sums.are_named(right))] = 0
        enough = np.flatnonzero(values >= needed[enough] + rules.name_step * lacking)
        left, right = left[enough], right[enough]
        lower, upper = np.minimum(left, right), np.maximum(left, right)
        return PairQueue(values[enough], lower, upper, self.nodes.counts)

    def _join(self, left: int, right: int) -> None:
        """Join the cluster of the higher number into the other."""
        others, dots, dot = self._products(left, right)
        self.nodes.join(left, right, dot)
        self.nodes.counts[right] = 0
        self._joined_to[right] = left
        for number in (left, right):
            if self._states[number]:
                self._queues.pop(int(self._states[number]), None)
        self._joins += 1
        self._owners[self._joins] = left
        self._states[left], self._states[right] = self._joins, -1
        for number in (left, right):
            self._edges.pop(number, None)
            self._offers.pop(number, None)
        kept, values = others, dots.astype(np.float64)
        if len(others):
            kept, values = self._compared(left, others, dots)
        if not len(kept):
            # Nothing is ever compared with it, unless service content is.
            self._unsummed.append((left, right))
            return
        self.sums.join(left, right)
        others, dots = others[kept], dots[kept]
        self._edges[left] = _Edges(others, dots, self._states[others])
        for other, product in zip(others.tolist(), dots.tolist(), strict=True):
            offers = self._offers.get(other)
            if offers is None:
                offers = self._offers[other] = array("q")
            offers.append(self._joins)
            offers.append(product)
        self._queues[self._joins] = self._to_join(
            np.repeat(left, len(others)), others, dots, values
        )
        self._offer(self._joins)

    def _products(self, left: int, right: int) -> tuple[Ints, Ints, int]:
        """Return what one of two clusters is alike enough with, and the dot products of both's sum.

        The third is the dot product of the two.
        """
        (one, one_dots), (two, two_dots) = self._neighbours(left), self._neighbours(right)
        if len(one) == len(two) == 1:
            return one[:0], one_dots[:0], int(one_dots[0])
        self._places[one] = np.arange(len(one))
        at = self._places[two]
        dot = int(one_dots[self._places[right]])
        self._places[one] = -1
        others = np.concatenate([one, two[at < 0]])
        products = np.concatenate([one_dots, two_dots[at < 0]])
        products[at[at >= 0]] += two_dots[at >= 0]
        wanted = (others != left) & (others != right)
        if self.nodes.is_story[left]:
            wanted &= ~self.nodes.is_story[others]
        with_right = np.ones(len(others), dtype=bool)
        with_right[: len(one)] = False
        with_right[at[at >= 0]] = True
        of_left = np.flatnonzero(wanted[len(one) :]) + len(one)
        of_right = np.flatnonzero(wanted & ~with_right)
        for number, lacking in ((left, of_left), (right, of_right)):
            numbers = np.full(len(lacking), number)
            products[lacking] += self.sums.dots(numbers, others[lacking])
        return others[wanted], products[wanted], dot

    def _neighbours(self, number: int) -> tuple[Ints, Ints]:
        """Return what a cluster is alike enough with, and the dot products."""
        if self._states[number] == 0:
            span = slice(self._first_bounds[number], self._first_bounds[number + 1])
            others, dots = self._first_others[span].astype(np.int64), self._first_dots[span]
            live = self._states[others] == 0
        else:
            edges = self._edges[number]
            others, dots = edges.others, edges.dots
            live = self._states[others] == edges.states
        offers = self._offers.get(number)
        if offers is None:
            return others[live], dots[live]
        joins, products = np.frombuffer(offers, dtype=np.int64).reshape(-1, 2).T
        owners = self._owners[joins]
        open_ = self._states[owners] == joins
        return (
            np.concatenate([others[live], owners[open_]]),
            np.concatenate([dots[live], products[open_]]),
        )
