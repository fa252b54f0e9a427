"""Which articles may tell the same story: those that share several of their heaviest terms.

Sharing two of the `HEAVY` heaviest terms keeps 99.9% of the pairs that belong together and two to
five in a hundred of all pairs. Beyond `MAX_ROWS` vectors that is too many to look at: there, pairs
of the `KEY_TERMS` heaviest are keys, as bands of signatures are, and two vectors meet that share
one.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from warta.transforms.stories.vector_rows import Ints, VectorRows, slice_rows, spans, starts_of
from warta.transforms.stories.vectors import TERM_BITS, TERM_MASK

HEAVY = 24
SHARED = 2
KEY_TERMS = 12
MAX_ROWS = 6_000
MAX_KEY_ROWS = 64
"""Of one key: what more vectors share says nothing of an event. The first in order are kept."""


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
    for pairs, _ in _blocks_of(run, len(right), lambda start, end: slice_rows(right, start, end)):
        yield pairs


def _blocks_of(
    run: "RunTerms", count: int, take: Callable[[int, int], VectorRows]
) -> Iterator[tuple[Ints, int]]:
    """Yield which rows of a run share a key with other vectors, some of these at a time.

    Args:
      run: The run.
      count: How many other vectors there are.
      take: Gives some of them, from the first number to before the second.

    Yields:
      Pairs as of `RunTerms.meet`, and how many of the others have been looked up.
    """
    start, size = 0, _MIN_CHUNK
    while start < count:
        end = min(start + size, count)
        pairs = run.meet(take(start, end))
        pairs[:, 1] += start
        yield pairs, end
        start = end
        # Of articles in the same words each may share all its keys with `MAX_KEY_ROWS` others.
        fitting = size * _BLOCK_PAIRS // max(1, len(pairs))
        size = max(_MIN_CHUNK, min(fitting, 2 * size, _MAX_CHUNK))


_BLOCK_PAIRS = 1 << 17
_MIN_CHUNK, _MAX_CHUNK = 250, 4_000
"""Rows looked up at once."""


def owner_pairs(run: "RunTerms", vectors: VectorRows, rows: Ints, owners: Ints) -> Iterator[Ints]:
    """Yield which rows of a run share a key with a vector of which owner, some owners at a time.

    Args:
      run: The run.
      vectors: Of articles.
      rows: Which of them.
      owners: The story of each of these.

    Yields:
      Rows of the run and owners, of shape (m, 2), each pair in one block, once, those of an owner
      together.
    """
    order = np.argsort(owners, kind="stable")
    rows, owners = rows[order], owners[order]
    waiting = np.empty(0, dtype=np.int64)
    for pairs, end in _blocks_of(run, len(rows), lambda a, b: vectors.take(rows[a:b])):
        keys = np.unique((owners[pairs[:, 1]] << _ROW_BITS) | pairs[:, 0])
        keys = np.union1d(waiting, keys)
        last = len(keys)
        if end < len(rows):
            # The owner of the next vector may have some here already.
            last = int(np.searchsorted(keys, owners[end] << _ROW_BITS))
        waiting = keys[last:]
        yield np.stack([keys[:last] & _ROW_MASK, keys[:last] >> _ROW_BITS], axis=1)


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
        seen = np.zeros(1 << TERM_BITS, dtype=bool)
        seen[vectors.heads(KEY_TERMS)[0]] = True
        self._seen = np.packbits(seen, bitorder="little")

    def meet(self, others: VectorRows) -> Ints:
        """Return which rows of the run share a key with other vectors.

        Returns:
          Rows of the run and positions in `others`, of shape (m, 2), each pair once, in the order
          of `others`.
        """
        shared = self.shared_terms(*_head_terms(others))
        at, places = self._known_keys(shared)
        first = self._starts[at]
        numbers, at = spans(first, np.minimum(self._starts[at + 1] - first, MAX_KEY_ROWS))
        pairs = shared.chosen[places].take(numbers) << _ROW_BITS
        pairs |= self._rows.take(at)
        pairs.sort()
        pairs = pairs[np.diff(pairs, prepend=-1) != 0]
        return np.stack([pairs & _ROW_MASK, pairs >> _ROW_BITS], axis=1)

    def met(self, shared: "_SharedTerms") -> Ints:
        """Return the positions of the vectors that share a key with a row of the run, sorted."""
        return shared.chosen[np.unique(self._known_keys(shared)[1])]

    def shared_terms(self, terms: npt.NDArray[np.integer], starts: Ints | None) -> "_SharedTerms":
        """Return the heaviest terms of vectors, from `_head_terms`, that the run has too."""
        seen = (self._seen.take(terms >> 3) >> (terms & 7).astype(np.uint8)) & np.uint8(1)
        hits = _sums(seen, starts)
        chosen = np.flatnonzero(hits >= SHARED)
        if starts is None:
            shared = terms[chosen][seen[chosen].view(np.bool_)]
        else:
            shared = terms[np.repeat(hits >= SHARED, np.diff(starts)) & seen.view(np.bool_)]
        rows = np.repeat(np.arange(len(chosen)), hits[chosen])
        return _SharedTerms(chosen, shared.astype(np.int64), rows)

    def _known_keys(self, shared: "_SharedTerms") -> tuple[Ints, Ints]:
        """Return the numbers of the keys that the run has too, and the vector of each."""
        keys, places = _keys_of(shared.terms, shared.rows, len(shared.chosen))
        maybe = self._filter.maybe(keys)
        keys, places = keys[maybe], places[maybe]
        at = np.searchsorted(self._keys, keys)
        known = np.flatnonzero(self._keys.take(at, mode="clip") == keys)
        return at[known], places[known]


def met_by_runs(runs: Sequence[RunTerms], others: VectorRows) -> list[Ints]:
    """Return, for each of several runs, which vectors share a key with a row of it.

    Returns:
      Positions in `others`, sorted.
    """
    heads = _head_terms(others)
    return [run.met(run.shared_terms(*heads)) for run in runs]


@dataclass(frozen=True, slots=True)
class _SharedTerms:
    """The heaviest terms that a run has too, of vectors with enough of them."""

    chosen: Ints
    """The position of each vector."""
    terms: Ints
    """Those of a vector together."""
    rows: Ints
    """From 0, the vector of each term."""


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
