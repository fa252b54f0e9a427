"""Which of the candidate pairs are alike enough to be looked at, by column and some at a time.

Nearly all candidates share a few common words and no more. They are turned away here, before
anything is made of them: what is left, of an article, are the few rows that agglomeration needs.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from warta.transforms.stories.products import ProductTable, TermNumbers
from warta.transforms.stories.vector_rows import Ints, VectorRows, joined_rows, positions, sum_rows
from warta.transforms.stories.vectors import SCALE

Names = Callable[[Ints], Sequence[str]]
"""Gives the ids of rows."""
Days = npt.NDArray[np.int32]
"""As ordinals; `NO_DAY`: none."""
NO_DAY = np.iinfo(np.int32).min
"""In a column of days: none."""
_PAIRS_AT_ONCE = 1 << 16
MOST_PAIRS = 48
"""Of an article or story, so many pairs begin clusters; joins make what they need beyond them."""
_WAITING = 1 << 18
"""Pairs, from which on the weak ones are dropped."""
_SLACK = 1 - 1e-9
"""Values are rounded otherwise by column than one by one: what is near the limit is kept."""


@dataclass(frozen=True, slots=True)
class ClusterRows:
    """Articles or stories as sums of vectors, by column."""

    vectors: VectorRows
    counts: npt.NDArray[np.int32]
    """How many articles each is the sum of."""
    first: Days
    last: Days
    arrived: Days

    def __len__(self) -> int:
        return len(self.counts)

    def take(self, rows: Ints) -> "ClusterRows":
        """Return some rows, in the order given."""
        return ClusterRows(
            self.vectors.take(rows),
            self.counts[rows],
            self.first[rows],
            self.last[rows],
            self.arrived[rows],
        )

    def squares(self) -> Ints:
        """Return the square of the length of each sum."""
        starts = self.vectors.starts
        found = [np.empty(0, dtype=np.int64)]
        for row in range(0, len(self), _ROWS_AT_ONCE):
            bounds = starts[row : min(row + _ROWS_AT_ONCE, len(self)) + 1]
            weights = self.vectors.weights[bounds[0] : bounds[-1]].astype(np.int64)
            total = np.concatenate([[0], np.cumsum(weights * weights)])
            found.append(np.diff(total[bounds - bounds[0]]))
        return np.concatenate(found)


_ROWS_AT_ONCE = 10_000


def day_column(days: Iterable[int | None]) -> Days:
    """Return days as a column."""
    return np.array([NO_DAY if day is None else day for day in days], dtype=np.int32)


def sum_articles(vectors: VectorRows, days: Days, owners: Ints, count: int) -> ClusterRows:
    """Return clusters as the sums of their articles; the last day is that of arrival too.

    Args:
      vectors: Of articles; those of a cluster of one scheme.
      days: Of their publication. An article without a date says nothing of when a cluster was.
      owners: The cluster of each, from 0.
      count: How many clusters there are.
    """
    dated = days != NO_DAY
    first, last = (np.full(count, one, dtype=np.int32) for one in (_NEVER, NO_DAY))
    np.minimum.at(first, owners[dated], days[dated])
    np.maximum.at(last, owners, days)
    first[first == _NEVER] = NO_DAY
    counts = np.bincount(owners, minlength=count).astype(np.int32)
    return ClusterRows(sum_rows(vectors, owners, count), counts, first, last, last)


def joined_clusters(one: ClusterRows, other: ClusterRows) -> ClusterRows:
    """Return the rows of one part, then those of the other."""
    return ClusterRows(
        joined_rows(one.vectors, other.vectors),
        np.concatenate([one.counts, other.counts]),
        np.concatenate([one.first, other.first]),
        np.concatenate([one.last, other.last]),
        np.concatenate([one.arrived, other.arrived]),
    )


_NEVER = np.iinfo(np.int32).max


class Likeness:
    """Dot products of rows of two sides."""

    def __init__(
        self,
        left: ClusterRows,
        right: ClusterRows,
        spread: int,
        story_days: int,
    ) -> None:
        """Prepare two sides.

        Args:
          left: New articles.
          right: Articles or stories.
          spread: As in `IdfTable`.
          story_days: Most days between two that may be together.
        """
        self._left, self._right = left, right
        self._spread, self._days = spread, story_days
        self._squares = left.squares(), right.squares()
        self._terms = TermNumbers(left.vectors.terms)
        self._table = ProductTable(self._terms.count)
        self._segments = self._terms.segments(left.vectors)

    def alike(
        self, blocks: Iterable[Ints], least: float, names: Names | None = None
    ) -> tuple[Ints, Ints]:
        """Return the pairs that are alike and near enough, and their dot products.

        Of a row with more than `MOST_PAIRS`, only those are kept that are most alike for it or for
        the other: thousands of reports in the same words would fill the memory with pairs.

        Args:
          blocks: Pairs of rows of shape (m, 2), those of one left or of one right row together.
          least: Similarity from which a pair is kept.
          names: Gives the ids of rows: those of the left side come before those of the right,
            unless both sides are the same. None: all pairs are kept.
        """
        pairs, products = np.empty((0, 2), dtype=np.int64), np.empty(0, dtype=np.int64)
        waiting: list[tuple[Ints, Ints]] = []
        count = 0
        for block in blocks:
            near = block[self._near(block)]
            for start in range(0, len(near), _PAIRS_AT_ONCE):
                part = near[start : start + _PAIRS_AT_ONCE]
                found = self._products(part)
                kept = self._values(part, found) >= least * _SLACK
                waiting.append((part[kept], found[kept]))
                count += len(waiting[-1][0])
                if count > max(_WAITING, len(pairs)):
                    pairs, products = self._strongest(pairs, products, waiting, names)
                    count = 0
        return self._strongest(pairs, products, waiting, names)

    def _strongest(
        self,
        pairs: Ints,
        products: Ints,
        waiting: list[tuple[Ints, Ints]],
        names: Names | None,
    ) -> tuple[Ints, Ints]:
        """Return pairs with those that wait, but for the weakest of rows that have too many."""
        pairs = np.concatenate([pairs, *(one for one, _ in waiting)])
        products = np.concatenate([products, *(found for _, found in waiting)])
        waiting.clear()
        offset = 0 if self._left is self._right else len(self._left)
        ends = np.concatenate([pairs[:, 0], pairs[:, 1] + offset], dtype=np.int32)
        if names is None or not len(pairs) or np.bincount(ends).max() <= MOST_PAIRS:
            return pairs, products
        parts = [
            slice(start, start + _PAIRS_AT_ONCE) for start in range(0, len(pairs), _PAIRS_AT_ONCE)
        ]
        values = np.concatenate([self._values(pairs[part], products[part]) for part in parts])
        kept = strongest(ends, values, names, MOST_PAIRS)
        return pairs[kept], products[kept]

    def _near(self, pairs: Ints) -> npt.NDArray[np.bool_]:
        """Return which pairs are no more days apart than allowed, or have no two dates."""
        left, right = pairs[:, 0], pairs[:, 1]
        first, last = self._left.first[left], self._left.last[left]
        other_first, other_last = self._right.first[right], self._right.last[right]
        undated = (first == NO_DAY) | (other_first == NO_DAY)
        gap = np.maximum(other_first.astype(np.int64) - last, first.astype(np.int64) - other_last)
        near: npt.NDArray[np.bool_] = undated | (gap <= self._days)
        return near

    def _products(self, pairs: Ints) -> Ints:
        left, right, places = self._segments, self._segments, pairs[:, 1]
        if self._right is not self._left:
            used = np.flatnonzero(np.bincount(pairs[:, 1], minlength=len(self._right)))
            right = self._terms.segments(self._right.vectors.take(used))
            places = positions(used, len(self._right))[pairs[:, 1]]
        # The side is laid out whose rows come together.
        changes, other_changes = np.count_nonzero(np.diff(pairs, axis=0), axis=0)
        if changes <= other_changes:
            return self._table.dots(left, right, pairs[:, 0], places)
        return self._table.dots(right, left, places, pairs[:, 0])

    def _values(self, pairs: Ints, products: Ints) -> npt.NDArray[np.float64]:
        """Return how alike pairs are; see `clustering.alike`."""
        left, right = pairs[:, 0], pairs[:, 1]
        counts = self._left.counts[left].astype(np.float64) * self._right.counts[right]
        counts *= SCALE * SCALE
        values = products / counts
        if self._spread:
            squares = self._squares[0][left].astype(np.float64) * self._squares[1][right]
            values /= (np.sqrt(squares) / counts) ** (3 / 8)
        return values


def strongest(
    ends: npt.NDArray[np.integer],
    values: npt.NDArray[np.float64],
    names: Names,
    most: int,
) -> npt.NDArray[np.bool_]:
    """Return which pairs are among the `most` strongest of one of their ends.

    Args:
      ends: The first ends of m pairs, then the second ones.
      values: How alike each pair is.
      names: Gives the ids of ends. Of equally strong pairs those with the least ids are kept:
        the order of rows decides nothing.
      most: Pairs of an end.

    Example:
      >>> strongest(np.array([0, 0, 1, 2]), np.array([.5, .9]), lambda ends: list("abc"), 1)
      array([ True,  True])
    """
    half = len(values)
    counts = np.bincount(ends)
    present = np.flatnonzero(counts)
    by_name = np.empty(len(counts), dtype=np.int64)
    by_name[present[np.argsort(np.array(names(present)), kind="stable")]] = np.arange(len(present))
    among = np.ones(len(ends), dtype=bool)
    crowded = np.flatnonzero((counts > most)[ends])
    crowded = crowded[np.argsort(ends[crowded], kind="stable")]
    # All ends at once would take ten times the memory of the pairs.
    for some in np.array_split(crowded, _cuts(np.cumsum(counts[counts > most]))):
        own, other = ends[some], ends[some - half]
        order = np.lexsort((by_name[other], -values[some % half], own))
        first = np.flatnonzero(np.diff(own, prepend=-1))
        ahead = np.arange(len(some)) - np.repeat(first, np.diff(first, append=len(some)))
        among[some[order[ahead >= most]]] = False
    return among[:half] | among[half:]


def _cuts(bounds: Ints) -> Ints:
    """Return those of some bounds at which so many pairs are sorted at once."""
    parts = bounds // _PAIRS_AT_ONCE
    return bounds[:-1][np.diff(parts) > 0]
