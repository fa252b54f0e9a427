"""Dot products of many pairs of short vectors at once, in whole numbers."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from warta.transforms.stories.vector_rows import Ints, VectorRows, spans
from warta.transforms.stories.vectors import TERM_BITS, TERM_MASK

_TABLE_CELLS = 1 << 18
_TERMS_AT_ONCE = 1 << 17
_WORD_BITS = 6


@dataclass(frozen=True, slots=True)
class Segments:
    """Vectors by number: each a stretch of the same columns."""

    starts: Ints
    sizes: Ints
    terms: npt.NDArray[np.integer]
    """Numbered from 0."""
    weights: Ints


class TermNumbers:
    """The terms of some vectors, numbered from 0: a table of 16 million has 100,000 in use."""

    def __init__(self, terms: npt.NDArray[np.int32]) -> None:
        """Give each term that there is a number; flags do not count."""
        there = np.zeros(1 << TERM_BITS, dtype=bool)
        there[terms & TERM_MASK] = True
        self._words = np.packbits(there, bitorder="little").view("<u8")
        counts = np.bitwise_count(self._words)
        self._before = (np.cumsum(counts) - counts).astype(np.int32)
        self.count = int(counts.sum())

    def of(self, terms: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        """Return the numbers of terms; `count` for those that there are not."""
        plain = terms & TERM_MASK
        places = plain >> _WORD_BITS
        bits = np.left_shift(np.uint64(1), (plain & 63).astype(np.uint64))
        words = self._words[places]
        numbers = self._before[places] + np.bitwise_count(words & (bits - np.uint64(1)))
        return np.where(words & bits, numbers, self.count).astype(np.int32)

    def segments(self, vectors: VectorRows) -> Segments:
        """Return vectors with their terms numbered; only terms that there are count."""
        return Segments(
            vectors.starts[:-1],
            np.diff(vectors.starts),
            self.of(vectors.terms),
            vectors.weights.astype(np.int64),
        )


class ProductTable:
    """Some vectors laid out by term, to look those of others up in."""

    def __init__(self, terms: int) -> None:
        """Make an empty table.

        Args:
          terms: How many terms have numbers.
        """
        self._width = terms + 1
        self._rows = max(1, _TABLE_CELLS // self._width)
        self._cells = np.zeros(self._rows * self._width, dtype=np.int64)

    def dots(self, left: Segments, right: Segments, ones: Ints, others: Ints) -> Ints:
        """Return the dot products of pairs.

        Args:
          left: Vectors of one side.
          right: Those of the other; a term that is not numbered is of no left one.
          ones: The left vector of each pair; quick where equal ones are together.
          others: The right one.
        """
        sizes = right.sizes.take(others)
        if not sizes.all():
            products, filled = np.zeros(len(ones), dtype=np.int64), np.flatnonzero(sizes)
            products[filled] = self.dots(left, right, ones[filled], others[filled])
            return products
        found = [np.empty(0, dtype=np.int64)]
        for some, own, rows in self._parts(ones, sizes):
            places, weights = self._placed(left, own)
            self._cells[places] = weights
            counts = sizes[some]
            begins = np.cumsum(counts) - counts
            at = np.repeat(right.starts.take(others[some]) - begins, counts)
            at += np.arange(len(at))
            terms = right.terms.take(at)
            if len(own) > 1:
                terms = terms + np.repeat(rows * self._width, counts)
            products = self._cells.take(terms)
            products *= right.weights.take(at)
            self._cells[places] = 0
            found.append(np.add.reduceat(products, begins))
        return np.concatenate(found)

    def _placed(self, left: Segments, own: Ints) -> tuple[npt.NDArray[np.integer], Ints]:
        """Return where in the table the terms of some vectors are, a row each, and the weights."""
        if len(own) == 1:
            span = slice(left.starts[own[0]], left.starts[own[0]] + left.sizes[own[0]])
            return left.terms[span], left.weights[span]
        numbers, at = spans(left.starts[own], left.sizes[own])
        return numbers * self._width + left.terms.take(at), left.weights.take(at)

    def _parts(self, ones: Ints, sizes: Ints) -> Iterator[tuple[slice, Ints, Ints]]:
        """Yield some pairs at a time, their left vectors, and the row of the table of each pair."""
        if not len(ones):
            return
        if (ones == ones[0]).all() and sizes.sum() <= _TERMS_AT_ONCE:
            yield slice(None), ones[:1], np.zeros(0, dtype=np.int64)
            return
        owners = np.cumsum(np.diff(ones, prepend=ones[0]) != 0)
        parts = (owners // self._rows) + (np.cumsum(sizes) // _TERMS_AT_ONCE << 32)
        bounds = np.flatnonzero(np.diff(parts, prepend=-1, append=-1))
        for start, end in pairwise(bounds.tolist()):
            rows = owners[start:end] - owners[start]
            yield slice(start, end), ones[start:end][np.diff(rows, prepend=-1) != 0], rows
