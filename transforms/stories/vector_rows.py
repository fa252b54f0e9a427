"""Vectors by column: those of many articles or stories, one after the other."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from warta.transforms.stories.vectors import NAME_FLAG, TERM_BITS, TERM_MASK

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class VectorRows:
    """The vectors of n articles or stories, one after the other."""

    starts: Ints
    """(n + 1,) where each vector starts."""
    terms: npt.NDArray[np.int32]
    """Heaviest first, with flags of names; no term twice in a row."""
    weights: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.starts) - 1

    def heads(self, count: int, chosen: Ints | None = None) -> tuple[Ints, Ints]:
        """Return the `count` heaviest terms of rows without flags, and the place of each.

        Args:
          count: Most terms of a row.
          chosen: Which rows; None: all. The place is that in `chosen`.
        """
        starts, sizes = self.starts[:-1], np.minimum(np.diff(self.starts), count)
        if chosen is not None:
            starts, sizes = starts[chosen], sizes[chosen]
        rows, at = spans(starts, sizes)
        return (self.terms[at] & TERM_MASK).astype(np.int64), rows

    def row(self, row: int) -> tuple[list[int], list[int]]:
        """Return the terms and weights of one row."""
        span = slice(self.starts[row], self.starts[row + 1])
        return self.terms[span].tolist(), self.weights[span].tolist()

    def take(self, rows: Ints) -> "VectorRows":
        """Return some rows, in the order given."""
        sizes = np.diff(self.starts)[rows]
        _, at = spans(self.starts[rows], sizes)
        return VectorRows(starts_of(sizes), self.terms[at], self.weights[at])


def starts_of(sizes: npt.NDArray[np.integer]) -> Ints:
    """Return where rows of some sizes start, and where the last one ends."""
    return np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])


def positions(rows: Ints, count: int) -> Ints:
    """Return for each of `count` rows where in `rows` it is; -1: nowhere.

    Example:
      >>> positions(np.array([2, 0]), 3).tolist()
      [1, -1, 0]
    """
    found = np.full(count, -1, dtype=np.int64)
    found[rows] = np.arange(len(rows))
    return found


def spans(first: Ints, sizes: Ints) -> tuple[Ints, Ints]:
    """Return the number of the span that each position is in, and all positions of all spans."""
    numbers = np.repeat(np.arange(len(sizes)), sizes)
    return numbers, np.arange(len(numbers)) + np.repeat(first - np.cumsum(sizes) + sizes, sizes)


def vector_rows(vectors: Sequence[tuple[Sequence[int], Sequence[int]]]) -> VectorRows:
    """Return vectors, each of terms and weights, heaviest first, as rows."""
    starts = starts_of(np.array([len(terms) for terms, _ in vectors], dtype=np.int64))
    terms = np.fromiter((term for terms, _ in vectors for term in terms), np.int32, starts[-1])
    weights = np.fromiter((one for _, weights in vectors for one in weights), np.int32, starts[-1])
    return VectorRows(starts, terms, weights)


def joined_rows(*parts: VectorRows) -> VectorRows:
    """Return the rows of several parts, one part after the other."""
    return VectorRows(
        starts_of(np.concatenate([np.diff(part.starts) for part in parts])),
        np.concatenate([part.terms for part in parts]),
        np.concatenate([part.weights for part in parts]),
    )


def sum_rows(vectors: VectorRows, owners: Ints, count: int) -> VectorRows:
    """Return the sums of vectors by owner, heaviest terms first, equal ones by term.

    A term is a name in a sum if it is in one of its vectors.

    Args:
      vectors: Heaviest terms first; those of an owner of one scheme.
      owners: From 0, of each vector.
      count: How many owners there are.
    """
    sizes = np.bincount(owners, minlength=count)
    alone = np.flatnonzero(sizes[owners] == 1)
    several = np.flatnonzero(sizes[owners] > 1)
    both = joined_rows(vectors.take(alone), _summed(vectors.take(several), owners[several], count))
    places = np.arange(count) + len(alone)
    places[owners[alone]] = np.arange(len(alone))
    return both.take(places)


def _summed(vectors: VectorRows, owners: Ints, count: int) -> VectorRows:
    owned = np.repeat(owners.astype(np.int64), np.diff(vectors.starts)) << TERM_BITS
    keys, places = np.unique(owned | (vectors.terms & TERM_MASK), return_inverse=True)
    sums = np.zeros(len(keys), dtype=np.int64)
    np.add.at(sums, places, vectors.weights)
    terms = (keys & TERM_MASK).astype(np.int32)
    np.bitwise_or.at(terms, places, vectors.terms & NAME_FLAG)
    order = np.lexsort((terms & TERM_MASK, -sums, keys >> TERM_BITS))
    sizes = np.bincount(keys >> TERM_BITS, minlength=count)
    return VectorRows(starts_of(sizes), terms[order], sums[order].astype(np.int32))


def slice_rows(rows: VectorRows, start: int, end: int) -> VectorRows:
    """Return some rows, from `start` to before `end`, as rows of their own."""
    first, last = rows.starts[start], rows.starts[end]
    starts = rows.starts[start : end + 1] - first
    return VectorRows(starts, rows.terms[first:last], rows.weights[first:last])


def vectors_of_lists(
    offsets: npt.NDArray[np.int32],
    terms: npt.NDArray[np.int32],
    weights: npt.NDArray[np.int32] | None = None,
) -> VectorRows:
    """Return the rows of Arrow lists of terms and weights.

    Args:
      offsets: (n + 1,) of the lists; the first may lie after its beginning.
      terms: Values of one list.
      weights: Values of the other; None: rows without weights.
    """
    starts = offsets.astype(np.int64) - int(offsets[0])
    return VectorRows(starts, terms, np.empty(0, dtype=np.int32) if weights is None else weights)
