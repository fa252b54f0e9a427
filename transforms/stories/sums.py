"""The sums of clusters under way: dot products of many at once, in all words and in names."""

import numpy as np
import numpy.typing as npt

from warta.transforms.stories.products import ProductTable, Segments, TermNumbers
from warta.transforms.stories.vector_rows import Ints, VectorRows, spans, starts_of
from warta.transforms.stories.vectors import NAME_FLAG

Terms = npt.NDArray[np.int32]


class Sums:
    """The sum of each cluster's vectors, by number of the cluster; names come first in each."""

    def __init__(self, vectors: VectorRows) -> None:
        """Begin with a vector each."""
        numbered = TermNumbers(vectors.terms)
        is_name = (vectors.terms & NAME_FLAG) != 0
        self._starts, self._sizes = vectors.starts[:-1].copy(), np.diff(vectors.starts)
        order = np.argsort(np.repeat(2 * np.arange(len(vectors)), self._sizes) + ~is_name)
        self._terms = numbered.of(vectors.terms)[order]
        self._weights = vectors.weights.astype(np.int64)[order]
        self._used = len(self._terms)
        self._names = _added(is_name, vectors.starts)
        """How many of its terms the articles of each cluster write as names."""
        names = np.where(is_name[order], self._weights, 0)
        self._name_squares = _added(names * names, vectors.starts)
        self._table = ProductTable(numbered.count)
        self._own_weights = np.zeros(numbered.count, dtype=np.int64)
        self._own_terms = np.zeros(numbered.count, dtype=np.uint8)

    def dots(self, left: Ints, right: Ints) -> Ints:
        """Return the dot products of pairs.

        Args:
          left: Numbers of clusters; quick where equal ones are together.
          right: The other of each pair.
        """
        return self._dots(self._starts, self._sizes, left, right)

    def name_cosines(self, left: Ints, right: Ints) -> npt.NDArray[np.float64]:
        """Return the cosines of pairs in what both write as names.

        Args:
          left: Numbers of clusters; quick where equal ones are together.
          right: The other of each pair.
        """
        dots = self._dots(self._starts, self._names, left, right)
        squares = self._name_squares[left].astype(np.float64) * self._name_squares[right]
        return np.divide(dots, np.sqrt(squares), out=np.zeros(len(dots)), where=dots > 0)

    def other_dots(self, left: Ints, right: Ints) -> Ints:
        """Return the dot products of pairs in what neither writes as names.

        Args:
          left: Numbers of clusters; quick where equal ones are together.
          right: The other of each pair.
        """
        return self._dots(self._starts + self._names, self._sizes - self._names, left, right)

    def are_named(self, numbers: Ints) -> npt.NDArray[np.bool_]:
        """Return which clusters have an article that writes a name."""
        return self._names[numbers] > 0

    def join(self, left: int, right: int) -> None:
        """Add the sum of the right cluster to that of the left one."""
        one, two = self._span(left), self._span(right)
        terms, other_terms = self._terms[one], self._terms[two]
        weights, there = self._own_weights, self._own_terms
        weights[terms] = self._weights[one]
        weights[other_terms] += self._weights[two]
        there[terms] = 1
        terms = np.concatenate([terms, other_terms[there[other_terms] == 0]])
        there[terms[: self._names[left]]] = _NAME
        there[other_terms[: self._names[right]]] = _NAME
        is_name = there[terms] == _NAME
        terms = np.concatenate([terms[is_name], terms[~is_name]])
        self._names[left] = names = np.count_nonzero(is_name)
        self._sizes[left] = self._sizes[right] = 0
        self._append(left, terms, weights[terms])
        self._name_squares[left] = (weights[terms[:names]] ** 2).sum()
        weights[terms] = 0
        there[terms] = 0

    def _dots(self, starts: Ints, sizes: Ints, left: Ints, right: Ints) -> Ints:
        segments = Segments(starts, sizes, self._terms, self._weights)
        return self._table.dots(segments, segments, left, right)

    def _span(self, number: int) -> slice:
        return slice(self._starts[number], self._starts[number] + self._sizes[number])

    def _append(self, number: int, terms: Terms, weights: Ints) -> None:
        if self._used + len(terms) > len(self._terms):
            self._make_space(len(terms))
        span = slice(self._used, self._used + len(terms))
        self._terms[span], self._weights[span] = terms, weights
        self._starts[number], self._sizes[number] = self._used, len(terms)
        self._used += len(terms)

    def _make_space(self, more: int) -> None:
        """Drop the sums of clusters that were joined, and leave as much space as is in use."""
        _, at = spans(self._starts, self._sizes)
        self._starts, self._used = starts_of(self._sizes)[:-1], len(at)
        terms = np.empty(2 * len(at) + more, dtype=np.int32)
        weights = np.empty(2 * len(at) + more, dtype=np.int64)
        terms[: len(at)], weights[: len(at)] = self._terms[at], self._weights[at]
        self._terms, self._weights = terms, weights


_NAME = 2


def _added(values: npt.NDArray[np.generic], starts: Ints) -> Ints:
    """Return the sums of the values of each row."""
    before = np.concatenate([[0], np.cumsum(values, dtype=np.int64)])
    return before[starts[1:]] - before[starts[:-1]]
