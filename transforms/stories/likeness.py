"""Which of the candidate pairs are alike enough to be looked at, by column and some at a time.

Nearly all candidates share a few common words and no more. They are turned away here, before
anything is made of them: what is left, of an article, are the few rows that agglomeration needs.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from warta.transforms.stories.candidates import Ints, VectorRows, positions, spans, starts_of
from warta.transforms.stories.vectors import SCALE, TERM_BITS, TERM_MASK

Names = Callable[[Ints], Sequence[str]]
"""Gives the ids of rows."""
NO_DAY = np.iinfo(np.int32).min
"""In a column of days: none."""
_BLOCK_TERMS = 1 << 19
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
    first: npt.NDArray[np.int32]
    """Days as ordinals, or `NO_DAY`."""
    last: npt.NDArray[np.int32]
    arrived: npt.NDArray[np.int32]

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
        total = np.zeros(len(self.vectors.weights) + 1, dtype=np.int64)
        weights = self.vectors.weights.astype(np.int64)
        np.cumsum(np.multiply(weights, weights, out=weights), out=total[1:])
        return total[starts[1:]] - total[starts[:-1]]


def day_column(days: Iterable[int | None]) -> npt.NDArray[np.int32]:
    """Return days as a column."""
    return np.array([NO_DAY if day is None else day for day in days], dtype=np.int32)


class Scratch:
    """The weights of one vector in the places of its terms, to look up those of others at once."""

    def __init__(self) -> None:
        self._weights = np.zeros(1 << TERM_BITS, dtype=np.int32)

    def dots(self, sums: Mapping[int, int], vectors: VectorRows, rows: Ints) -> Ints:
        """Return the dot products of a vector with rows that are not empty.

        Args:
          sums: Weights by plain term.
          vectors: Those of others.
          rows: Which of them.
        """
        sizes = np.diff(vectors.starts)[rows]
        _, at = spans(vectors.starts[rows], sizes)
        terms = np.fromiter(sums, np.int64, len(sums))
        weights = np.fromiter(sums.values(), np.int32, len(sums))
        found = self.look_up(terms, weights, vectors.terms[at] & TERM_MASK).astype(np.int64)
        return np.add.reduceat(found * vectors.weights[at], starts_of(sizes)[:-1])

    def look_up(
        self,
        terms: npt.NDArray[np.integer],
        weights: npt.NDArray[np.int32],
        others: npt.NDArray[np.int32],
    ) -> npt.NDArray[np.int32]:
        """Return the weights that a vector has for other plain terms."""
        self._weights[terms] = weights
        found = self._weights[others]
        self._weights[terms] = 0
        return found


class Likeness:
    """Dot products of rows of two sides."""

    def __init__(
        self,
        left: ClusterRows,
        right: ClusterRows,
        spread: int,
        story_days: int,
        scratch: Scratch,
    ) -> None:
        """Prepare two sides.

        Args:
          left: New articles.
          right: Articles or stories.
          spread: As in `IdfTable`.
          story_days: Most days between two that may be together.
          scratch: To look weights up in.
        """
        self._left, self._right = left, right
        self._spread, self._days = spread, story_days
        self._squares = left.squares(), right.squares()
        self._scratch = scratch

    def alike(
        self, blocks: Iterable[Ints], least: float, names: Names | None = None
    ) -> tuple[Ints, Ints]:
        """Return the pairs that are alike and near enough, and their dot products.

        Of a row with more than `MOST_PAIRS`, only those are kept that are most alike for it or for
        the other: thousands of reports in the same words would fill the memory with pairs.

        Args:
          blocks: Pairs of rows of shape (m, 2), each block in the order of left rows.
          least: Similarity from which a pair is kept.
          names: Gives the ids of rows: those of the left side come before those of the right,
            unless both sides are the same. None: all pairs are kept.
        """
        pairs, products = np.empty((0, 2), dtype=np.int64), np.empty(0, dtype=np.int64)
        waiting: list[tuple[Ints, Ints]] = []
        count = 0
        for block in blocks:
            for part in self._parts(block[self._near(block)]):
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
        ends = np.concatenate([pairs[:, 0], pairs[:, 1] + offset])
        if names is None or not len(pairs) or np.bincount(ends).max() <= MOST_PAIRS:
            return pairs, products
        kept = strongest(ends, np.tile(self._values(pairs, products), 2), names, MOST_PAIRS)
        return pairs[kept], products[kept]

    def _parts(self, pairs: Ints) -> Iterator[Ints]:
        """Yield pairs in parts whose right sides have not too many terms in all."""
        sizes = np.diff(self._right.vectors.starts)[pairs[:, 1]]
        numbers = np.cumsum(sizes) // _BLOCK_TERMS
        bounds = np.flatnonzero(np.diff(numbers, prepend=-1, append=-1))
        for start, end in pairwise(bounds.tolist()):
            yield pairs[start:end]

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
        right = self._right.vectors
        sizes = np.diff(right.starts)[pairs[:, 1]]
        _, at = spans(right.starts[pairs[:, 1]], sizes)
        terms = right.terms[at] & TERM_MASK
        products = np.empty(len(at), dtype=np.int64)
        starts = starts_of(sizes)
        bounds = np.flatnonzero(np.diff(pairs[:, 0], prepend=-1, append=-1))
        for start, end in pairwise(bounds.tolist()):
            own = _row(self._left.vectors, int(pairs[start, 0]))
            span = slice(starts[start], starts[end])
            products[span] = self._scratch.look_up(*own, terms[span])
        products *= right.weights[at]
        return np.add.reduceat(products, starts[:-1]) if len(pairs) else starts[:-1]

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
    ends: Ints,
    values: npt.NDArray[np.float64],
    names: Names,
    most: int,
) -> npt.NDArray[np.bool_]:
    """Return which pairs are among the `most` strongest of one of their ends.

    Args:
      ends: The first ends of m pairs, then the second ones.
      values: How alike each pair is, twice, as `ends`.
      names: Gives the ids of ends. Of equally strong pairs those with the least ids are kept:
        the order of rows decides nothing.
      most: Pairs of an end.

    Example:
      >>> strongest(np.array([0, 0, 1, 2]), np.array([.5, .9, .5, .9]), lambda ends: "abc", 1)
      array([ True,  True])
    """
    half = len(ends) // 2
    present, place = np.unique(ends, return_inverse=True)
    by_name = np.argsort(np.array(names(present)), kind="stable")
    partner = positions(by_name, len(present))[np.roll(place, half)]
    order = np.lexsort((partner, -values, place))
    starts = starts_of(np.bincount(place))
    ahead = np.empty(len(ends), dtype=np.int64)
    ahead[order] = np.arange(len(ends)) - starts[place[order]]
    among = ahead < most
    return among[:half] | among[half:]


def _row(vectors: VectorRows, row: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    span = slice(vectors.starts[row], vectors.starts[row + 1])
    return vectors.terms[span] & TERM_MASK, vectors.weights[span]


def components(pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Return for each number that is in a pair the least one that it is connected with.

    Example:
      >>> components([(4, 7), (2, 3), (7, 3)])
      {4: 2, 7: 2, 2: 2, 3: 2}
    """
    least: dict[int, int] = {}

    def find(one: int) -> int:
        root = least.setdefault(one, one)
        while least[root] != root:
            root = least[root]
        while least[one] != root:
            least[one], one = root, least[one]
        return root

    for one, other in pairs:
        first, second = find(one), find(other)
        least[max(first, second)] = min(first, second)
    return {one: find(one) for one in least}
