"""Shingles, MinHash signatures and LSH bands of article bodies, the same in every process.

A body becomes a set of hashed word trigrams. The words are found and hashed for the whole text at
once with numpy: a Python loop over tokens costs ten times as much.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import rensa

Hashes = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.intp]

PERMUTATIONS = 128
BANDS = 32
ROWS_PER_BAND = PERMUTATIONS // BANDS
"""32 bands of 4: a pair at Jaccard .8 meets with probability .9999998, at .6 with .99, at .3
with .23, so that copies with another lead or tail still meet and are then measured."""
SHINGLE_WORDS = 3
SEED = 42
MIN_ESTIMATE = 0.25
"""Estimated Jaccard under which a pair that met is not measured. The estimate's standard error is
.04: no near copy is lost, and a contained one only below the size at which bands find it anyway."""
MAX_CHARS = 1 << 18
"""Code points of a body that count: longer ones differ early or not at all, and memory is bound."""

_JOINED_CHARS = 1 << 15
"""About so many code points are hashed at once: more would not stay in a core's cache."""
_JOINED_TEXTS = 64
"""From about twice as many rows on rensa starts threads: workers have their cores already, and a
process that is forked from one with such threads would wait for them forever."""

MINHASH_SCHEME = (
    f"rensa-rminhash-{rensa.RMinHash.ALGORITHM_VERSION}"
    f"/{PERMUTATIONS}/{BANDS}x{ROWS_PER_BAND}/words{SHINGLE_WORDS}/seed{SEED}"
)
"""Signatures of one scheme can be compared with each other, and with no other."""

_LOOSE = "surrogatepass"
_NO_SIGNATURE = bytes(4 * PERMUTATIONS)

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # odd, so that it has an inverse mod 2**64
_INVERSE = np.uint64(pow(0x9E3779B97F4A7C15, -1, 1 << 64))
_GAP, _LETTER, _IDEOGRAPH = 0, 1, 2
_IDEOGRAPHIC = (
    (0x0E00, 0x0EFF),  # Thai, Lao: written without spaces, as are Han and kana
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x3040, 0x30FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
)


@dataclass(frozen=True, slots=True)
class Signatures:
    """Fingerprints of n bodies, row by row."""

    minhash: npt.NDArray[np.uint32]
    """(n, PERMUTATIONS)"""
    bands: Hashes
    """(n, BANDS); values below 2**48: chance meetings stay below one in a million rows, and two
    bytes of eight pack to nothing."""


@cache
def _tables() -> tuple[Hashes, npt.NDArray[np.uint8]]:
    """Lower case and class (gap, letter, ideograph) of every code point of the basic plane.

    Surrogates, which stand for points beyond it, count as ideographs here.
    """
    lower = np.arange(0x10000, dtype=np.uint64)
    kind = np.zeros(0x10000, dtype=np.uint8)
    for point in range(0x10000):
        letter = chr(point)
        small = letter.lower()
        if len(small) == 1:
            lower[point] = ord(small)
        if letter.isalnum():
            kind[point] = _LETTER
    for first, last in _IDEOGRAPHIC:
        kind[first : last + 1][kind[first : last + 1] > 0] = _IDEOGRAPH
    kind[0xD800:0xE000] = _IDEOGRAPH
    return lower, kind


@cache
def _powers(size: int) -> tuple[Hashes, Hashes]:
    """Return the first `size` powers of the multiplier and of its inverse, mod 2**64."""
    powers = np.full(size, _MULTIPLIER)
    inverses = np.full(size, _INVERSE)
    powers[0] = inverses[0] = 1
    np.multiply.accumulate(powers, out=powers)
    np.multiply.accumulate(inverses, out=inverses)
    return powers, inverses


def _mix(values: Hashes) -> Hashes:
    """Spread every bit over all, as the finaliser of splitmix64 does."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _word_bounds(kinds: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return where words start and end, by classes of code points; an ideograph is a word."""
    if not len(kinds):
        return np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp)
    inside = kinds != _GAP
    edge = np.empty(len(kinds) + 1, dtype=bool)
    edge[0], edge[-1] = inside[0], inside[-1]
    single = kinds == _IDEOGRAPH
    edge[1:-1] = (inside[1:] != inside[:-1]) | single[1:] | single[:-1]
    cuts = np.flatnonzero(edge)
    starts, ends = cuts[:-1], cuts[1:]
    is_word = inside[starts]
    return starts[is_word], ends[is_word]


def _word_hashes(texts: Sequence[str]) -> tuple[Hashes, Counts]:
    """Return one hash for each word of texts, in order, and how many words each text has.

    Case and punctuation do not count.
    """
    texts = [text[:MAX_CHARS] for text in texts]
    lower, kind = _tables()
    # Scripts with blanks between words, nearly all texts, take the short way, to the same hashes.
    joined = "\n".join(texts).encode("utf-16-le", _LOOSE)
    points = np.frombuffer(joined, dtype=np.uint16)
    kinds = kind.take(points)
    if kinds.max(initial=_GAP) > _LETTER:
        each = [_any_word_hashes(text) for text in texts]
        return np.concatenate(each), np.fromiter(map(len, each), dtype=np.intp)
    padded = np.zeros(len(kinds) + 2, dtype=np.uint8)
    padded[1:-1] = kinds
    cuts = np.flatnonzero(padded[1:] != padded[:-1])
    starts, ends = cuts[::2], cuts[1::2]
    bounds = np.cumsum([len(text) + 1 for text in texts])
    counts = np.diff(np.searchsorted(starts, bounds), prepend=0)
    return _hash_words(lower.take(points), starts, ends), counts


def _any_word_hashes(text: str) -> Hashes:
    """Return the same for one text, with ideographs and points beyond the basic plane."""
    lower, kind = _tables()
    points = np.frombuffer(text.encode("utf-32-le", _LOOSE), dtype=np.uint32)
    basic = np.minimum(points, 0xFFFF)
    kinds = kind[basic]
    kinds[points > 0xFFFF] = _IDEOGRAPH
    kinds[(points >= 0xD800) & (points < 0xE000)] = _GAP
    letters = np.where(points > 0xFFFF, points.astype(np.uint64), lower[basic])
    return _hash_words(letters, *_word_bounds(kinds))


def _hash_words(
    letters: Hashes, starts: npt.NDArray[np.intp], ends: npt.NDArray[np.intp]
) -> Hashes:
    """Return a polynomial hash a word, of one running sum: sum(c[i] * p**i) / p**start."""
    powers, inverses = _powers(1 << max(12, len(letters).bit_length()))
    sums = np.zeros(len(letters) + 1, dtype=np.uint64)
    np.cumsum(letters * powers[: len(letters)], out=sums[1:])
    return _mix((sums[ends] - sums[starts]) * inverses[starts])


def shingles(text: str) -> Hashes:
    """Return the hashed word trigrams of a text, in order, with repeats; empty without words.

    A text of one or two words is one shingle.
    """
    return _shingles([text])[0]


def _shingles(texts: Sequence[str]) -> tuple[Hashes, Counts]:
    """Return the shingles of all texts, one text's after the other's, and how many each has."""
    words, counts = _word_hashes(texts)
    ends = np.cumsum(counts)
    first, second, third = words[:-2], words[1:-1], words[2:]
    found = _mix(first * np.uint64(3) + second * np.uint64(5) + third * _MULTIPLIER)
    crossing = np.concatenate((ends - 1, ends - 2))
    kept = np.ones(len(found), dtype=bool)
    kept[crossing[(crossing >= 0) & (crossing < len(found))]] = False
    found = found[kept]
    sizes = np.maximum(counts - (SHINGLE_WORDS - 1), 0)
    for short in np.flatnonzero((counts > 0) & (counts < SHINGLE_WORDS)):
        own = words[ends[short] - counts[short] : ends[short]]
        whole = _mix(np.array([np.bitwise_xor.reduce(own)], dtype=np.uint64))
        found = np.insert(found, int(sizes[:short].sum()), whole)
        sizes[short] = 1
    return found, sizes


def sign(texts: Sequence[str]) -> Signatures:
    """Return the signatures and bands of bodies, one row for each."""
    minhash = np.empty((len(texts), PERMUTATIONS), dtype=np.uint32)
    start = 0
    for batch in _batches(texts):
        hashes, sizes = _shingles(batch)
        offsets = np.zeros(len(batch) + 1, dtype=np.uint64)
        np.cumsum(sizes, out=offsets[1:])
        minhash[start : start + len(batch)] = (
            rensa.RMinHash.digest_matrix_from_flat_token_hashes(hashes, offsets, PERMUTATIONS, SEED)
        ).to_rows()
        start += len(batch)
    return Signatures(minhash, band_hashes(minhash))


def _batches(texts: Sequence[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    chars = 0
    for text in texts:
        batch.append(text)
        chars += min(len(text), MAX_CHARS)
        if chars >= _JOINED_CHARS or len(batch) == _JOINED_TEXTS:
            yield batch
            batch, chars = [], 0
    if batch:
        yield batch


def band_hashes(minhash: npt.NDArray[np.uint32]) -> Hashes:
    """Return band hashes (n, BANDS), below 2**48, of signatures (n, PERMUTATIONS)."""
    rows = minhash.reshape(len(minhash), BANDS, ROWS_PER_BAND).astype(np.uint64)
    mixed = np.broadcast_to(np.arange(BANDS, dtype=np.uint64), rows.shape[:2])
    for column in range(ROWS_PER_BAND):
        mixed = _mix(mixed * _MULTIPLIER + rows[:, :, column])
    return mixed & np.uint64((1 << 48) - 1)


def filter_by_signature(
    signatures: Sequence[bytes | None], pairs: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Return which pairs may be copies, by the share of their signatures that agrees.

    Args:
      signatures: The bytes of n signatures of the present scheme.
      pairs: (m, 2) positions in `signatures`.
    """
    # Rows that others wrote may lack one: they agree with nothing.
    whole = (one if one and len(one) == len(_NO_SIGNATURE) else _NO_SIGNATURE for one in signatures)
    minhash = np.frombuffer(b"".join(whole), dtype=np.uint32).reshape(-1, PERMUTATIONS)
    agree = (minhash[pairs[:, 0]] == minhash[pairs[:, 1]]).mean(axis=1)
    return agree >= MIN_ESTIMATE


def overlap(left: Hashes, right: Hashes) -> tuple[float, float]:
    """Return Jaccard and the containment of the smaller, of sorted sets of shingles."""
    if not len(left) or not len(right):
        return 0.0, 0.0
    shared = len(np.intersect1d(left, right, assume_unique=True))
    return shared / (len(left) + len(right) - shared), shared / min(len(left), len(right))
