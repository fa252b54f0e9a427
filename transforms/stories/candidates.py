"""Which articles may tell the same story: those that share several of their heaviest terms.

Sharing two of the `HEAVY` heaviest terms keeps 99.9% of the pairs that belong together and two to
five in a hundred of all pairs. Beyond `MAX_ROWS` vectors that is too many to look at: there, pairs
of the `KEY_TERMS` heaviest are keys, as bands of signatures are, and two vectors meet that share
one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from warta.transforms.stories.vectors import NAME_FLAG, TERM_BITS, TERM_MASK

Ints = npt.NDArray[np.int64]

HEAVY = 24
SHARED = 2
KEY_TERMS = 12
MAX_ROWS = 6_000
MAX_KEY_ROWS = 64
"""Of one key: what more vectors share says nothing of an event. The first in order are kept."""


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


def candidate_blocks(left: VectorRows, right: VectorRows) -> Iterator[Ints]:
    """Yield the pairs of rows that may tell the same story, some at a time.

    Args:
      left: The smaller side.
      right: The other side.

    Yields:
      Row numbers of shape (m, 2), left and right; each pair in one block, once. In a block those of
      one left row are together, or those of one right row.
    """
    if max(len(left), len(right)) > MAX_ROWS:
        yield from _blocks_by_keys(left, right)
    else:
        yield from _blocks_by_terms(left, right)


def _blocks_by_terms(left: VectorRows, right: VectorRows) -> Iterator[Ints]:
    terms, owners = right.heads(HEAVY)
    order = np.argsort(terms, kind="stable")
    terms, owners = terms[order], owners[order]
    heads, rows = left.heads(HEAVY)
    first = np.searchsorted(terms, heads, side="left")
    sizes = np.searchsorted(terms, heads, side="right") - first
    bounds = np.searchsorted(rows, np.arange(len(left) + 1))
    # Of articles in the same words all may meet all.
    at_once = max(1, _BLOCK_PAIRS // max(1, len(right)))
    for start in range(0, len(left), at_once):
        some = slice(bounds[start], bounds[min(start + at_once, len(left))])
        numbers, at = spans(first[some], sizes[some])
        met = (rows[some] - start).take(numbers) * len(right) + owners.take(at)
        pairs = np.flatnonzero(np.bincount(met) >= SHARED)
        yield np.stack([pairs // len(right) + start, pairs % len(right)], axis=1)


def row_keys(rows: VectorRows) -> tuple[Ints, Ints]:
    """Return a key for each two of the heaviest terms of each row, and the row of each key."""
    return _keys_of(*rows.heads(KEY_TERMS), len(rows))


def _keys_of(terms: Ints, owners: Ints, rows: int) -> tuple[Ints, Ints]:
    """Return a key for each two terms of a row.

    Args:
      terms: Those of a row together.
      owners: The row of each, rising.
      rows: How many there are.
    """
    sizes = np.bincount(owners, minlength=rows)
    reach = np.repeat(np.cumsum(sizes), sizes)
    keys, key_rows = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for step in range(1, KEY_TERMS):
        # The pairs of terms `step` apart: rows that are long enough have them.
        at = np.flatnonzero(np.arange(len(terms)) + step < reach)
        one, other = terms[at], terms[at + step]
        keys.append((np.minimum(one, other) << TERM_BITS) | np.maximum(one, other))
        key_rows.append(owners[at])
    return np.concatenate(keys), np.concatenate(key_rows)


def _blocks_by_keys(left: VectorRows, right: VectorRows) -> Iterator[Ints]:
    run = RunTerms(left, np.arange(len(left)))
    start, size = 0, _MIN_CHUNK
    while start < len(right):
        end = min(start + size, len(right))
        pairs = run.meet(slice_rows(right, start, end))
        pairs[:, 1] += start
        yield pairs
        start = end
        # Of articles in the same words each may share all its keys with `MAX_KEY_ROWS` others.
        fitting = size * _BLOCK_PAIRS // max(1, len(pairs))
        size = max(_MIN_CHUNK, min(fitting, 2 * size, _MAX_CHUNK))


_BLOCK_PAIRS = 1 << 17
_MIN_CHUNK, _MAX_CHUNK = 250, 4_000
"""Rows looked up at once."""


def slice_rows(rows: VectorRows, start: int, end: int) -> VectorRows:
    """Return some rows, from `start` to before `end`, as rows of their own."""
    first, last = rows.starts[start], rows.starts[end]
    starts = rows.starts[start : end + 1] - first
    return VectorRows(starts, rows.terms[first:last], rows.weights[first:last])


class KeyFilter:
    """Whether a key may be among those of a run: turns most away at one look-up each."""

    def __init__(self, keys: Ints) -> None:
        bits = min(26, max(20, (8 * len(keys)).bit_length()))
        self._shift = np.uint64(64 - bits)
        self._seen = np.zeros(1 << bits, dtype=bool)
        self._seen[self._slots(keys)] = True

    def maybe(self, keys: Ints) -> npt.NDArray[np.intp]:
        """Return the positions of the keys that may be among them."""
        return np.flatnonzero(self._seen[self._slots(keys)])

    def _slots(self, keys: Ints) -> npt.NDArray[np.uint64]:
        return (keys.view(np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> self._shift


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


_ROW_BITS = 31
_ROW_MASK = (1 << _ROW_BITS) - 1


class RunTerms:
    """The heaviest terms of a run's vectors, in the form that the lake's are looked up with."""

    def __init__(self, vectors: VectorRows, rows: Ints) -> None:
        """Sort the keys of vectors.

        Args:
          vectors: Of the run, all of one scheme.
          rows: The run's row of each.
        """
        keys, owners = row_keys(vectors)
        order = np.lexsort((owners, keys))
        self._rows = rows[owners[order]].astype(np.int32)
        keys = keys[order]
        self._starts = np.flatnonzero(np.diff(keys, prepend=-1, append=-1))
        self._keys = keys[self._starts[:-1]]
        self._filter = KeyFilter(self._keys)
        self.seen = np.zeros(1 << TERM_BITS, dtype=bool)
        """By term, whether it is among the heaviest of a vector."""
        self.seen[vectors.heads(KEY_TERMS)[0]] = True

    def meet(self, others: VectorRows) -> Ints:
        """Return which rows of the run share a key with other vectors.

        Returns:
          Rows of the run and positions in `others`, of shape (m, 2), each pair once, in the order
          of `others`.
        """
        return meet_runs([self], others, self.seen.view(np.uint8))

    def meet_terms(self, terms: Ints, rows: Ints, chosen: Ints) -> Ints:
        """Return the same for vectors of which the terms that the run has are given.

        Args:
          terms: Those of each vector together.
          rows: From 0, the vector of each.
          chosen: The position of each vector.
        """
        keys, places = _keys_of(terms, rows, len(chosen))
        maybe = self._filter.maybe(keys)
        keys, places = keys[maybe], places[maybe]
        at = np.searchsorted(self._keys, keys)
        known = np.flatnonzero(self._keys.take(at, mode="clip") == keys)
        at, places = at[known], places[known]
        first = self._starts[at]
        numbers, at = spans(first, np.minimum(self._starts[at + 1] - first, MAX_KEY_ROWS))
        pairs = chosen[places].take(numbers) << _ROW_BITS
        pairs |= self._rows.take(at)
        pairs.sort()
        pairs = pairs[np.diff(pairs, prepend=-1) != 0]
        return np.stack([pairs & _ROW_MASK, pairs >> _ROW_BITS], axis=1)


def seen_by(runs: Sequence[RunTerms]) -> npt.NDArray[np.uint8]:
    """Return by term which runs have it, a bit each: eight runs at most."""
    table = np.zeros(1 << TERM_BITS, dtype=np.uint8)
    for bit, run in enumerate(runs):
        table |= run.seen.view(np.uint8) << np.uint8(bit)
    return table


def meet_runs(runs: Sequence[RunTerms], others: VectorRows, table: npt.NDArray[np.uint8]) -> Ints:
    """Return which rows of any of several runs share a key with other vectors.

    The terms of the others, most of the work, are looked up once for all runs.

    Args:
      runs: The runs.
      others: Vectors of the lake.
      table: As `seen_by` makes it of the runs.

    Returns:
      As `RunTerms.meet`, those of one run after those of another.
    """
    found = [np.empty((0, 2), dtype=np.int64)]
    terms, starts = _head_terms(others)
    marks = table.take(terms)
    for bit, run in enumerate(runs):
        seen = (marks >> np.uint8(bit)) & np.uint8(1)
        hits = _sums(seen, starts)
        chosen = np.flatnonzero(hits >= SHARED)
        if starts is None:
            shared = terms[chosen][seen[chosen].view(np.bool_)]
        else:
            shared = terms[np.repeat(hits >= SHARED, np.diff(starts)) & seen.view(np.bool_)]
        rows = np.repeat(np.arange(len(chosen)), hits[chosen])
        found.append(run.meet_terms(shared.astype(np.int64), rows, chosen))
    return np.concatenate(found)


def _head_terms(rows: VectorRows) -> tuple[npt.NDArray[np.integer], Ints | None]:
    """Return the heaviest terms of rows: a row a vector, or one row and where each starts."""
    sizes = np.diff(rows.starts)
    if len(sizes) and sizes[0] >= KEY_TERMS and (sizes == sizes[0]).all():
        # Nearly always: articles have more words than a vector.
        return rows.terms.reshape(len(sizes), -1)[:, :KEY_TERMS] & TERM_MASK, None
    return rows.heads(KEY_TERMS)[0], starts_of(np.minimum(sizes, KEY_TERMS))


def _sums(marks: npt.NDArray[np.uint8], starts: Ints | None) -> npt.NDArray[np.integer]:
    """Return the sum of the marks of each vector."""
    if starts is None:
        sums: npt.NDArray[np.uint8] = np.einsum("ij->i", marks)
        return sums
    before = np.concatenate([[0], np.cumsum(marks, dtype=np.int64)])
    return before[starts[1:]] - before[starts[:-1]]
