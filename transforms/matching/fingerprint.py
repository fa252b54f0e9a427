"""Article bodies -> shingles, MinHash signatures and LSH bands, the same in every process.

A body becomes a set of hashed word trigrams. The words are found and hashed for the whole text at
once with numpy: a Python loop over tokens costs ten times as much.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import rensa

Hashes = npt.NDArray[np.uint64]

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

MINHASH_SCHEME = (
    f"rensa-rminhash-{rensa.RMinHash.ALGORITHM_VERSION}"
    f"/{PERMUTATIONS}/{BANDS}x{ROWS_PER_BAND}/words{SHINGLE_WORDS}/seed{SEED}"
)
"""Signatures of one scheme can be compared with each other, and with no other."""

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
def _tables() -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint8]]:
    """Lower case and class (gap, letter, ideograph) of every code point of the basic plane."""
    lower = np.arange(0x10000, dtype=np.uint32)
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
    return lower, kind


@cache
def _powers(size: int) -> tuple[Hashes, Hashes]:
    """The first `size` powers of the multiplier and of its inverse, mod 2**64."""
    powers = np.full(size, _MULTIPLIER)
    inverses = np.full(size, _INVERSE)
    powers[0] = inverses[0] = 1
    np.multiply.accumulate(powers, out=powers)
    np.multiply.accumulate(inverses, out=inverses)
    return powers, inverses


def _mix(values: Hashes) -> Hashes:
    """The finaliser of splitmix64: spreads every bit over all."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _word_bounds(kinds: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Classes of code points -> where words start and end. An ideograph is a word of its own."""
    inside = kinds != _GAP
    edge = np.empty(len(kinds) + 1, dtype=bool)
    edge[0], edge[-1] = inside[0], inside[-1]
    single = kinds == _IDEOGRAPH
    edge[1:-1] = (inside[1:] != inside[:-1]) | single[1:] | single[:-1]
    cuts = np.flatnonzero(edge)
    starts, ends = cuts[:-1], cuts[1:]
    is_word = inside[starts]
    return starts[is_word], ends[is_word]


def _word_hashes(text: str) -> Hashes:
    """Text -> one hash a word, in order; case and punctuation do not count."""
    encoded = text[:MAX_CHARS].encode("utf-32-le", "surrogatepass")
    points = np.frombuffer(encoded, dtype=np.uint32)
    if not len(points):
        return np.empty(0, dtype=np.uint64)
    lower, kind = _tables()
    basic = np.minimum(points, 0xFFFF)
    kinds = kind[basic]
    kinds[points > 0xFFFF] = _IDEOGRAPH
    starts, ends = _word_bounds(kinds)
    if not len(starts):
        return np.empty(0, dtype=np.uint64)
    letters = np.where(points > 0xFFFF, points, lower[basic]).astype(np.uint64)
    powers, inverses = _powers(1 << max(12, len(letters).bit_length()))
    # A polynomial hash of every word out of one running sum: sum(c[i] * p**i) / p**start.
    sums = np.concatenate(([np.uint64(0)], np.cumsum(letters * powers[: len(letters)])))
    return _mix((sums[ends] - sums[starts]) * inverses[starts])


def shingles(text: str) -> Hashes:
    """Text -> its hashed word trigrams, in order, with repeats. Empty only where no word is.

    A text of one or two words is one shingle.
    """
    words = _word_hashes(text)
    if 0 < len(words) < SHINGLE_WORDS:
        return _mix(np.array([np.bitwise_xor.reduce(words)], dtype=np.uint64))
    first, second, third = words[:-2], words[1:-1], words[2:]
    return _mix(first * np.uint64(3) + second * np.uint64(5) + third * _MULTIPLIER)


def sign(texts: Sequence[str]) -> Signatures:
    """Bodies -> their signatures and bands, one row a body."""
    flat = [shingles(text) for text in texts]
    offsets = np.zeros(len(flat) + 1, dtype=np.uint64)
    np.cumsum([len(hashes) for hashes in flat], out=offsets[1:])
    joined = np.concatenate(flat) if flat else np.empty(0, dtype=np.uint64)
    matrix = rensa.RMinHash.digest_matrix_from_flat_token_hashes(
        joined, offsets, PERMUTATIONS, SEED
    )
    minhash = np.array(matrix.to_rows(), dtype=np.uint32).reshape(len(flat), PERMUTATIONS)
    return Signatures(minhash, band_hashes(minhash))


def band_hashes(minhash: npt.NDArray[np.uint32]) -> Hashes:
    """Signatures (n, PERMUTATIONS) -> band hashes (n, BANDS), below 2**48."""
    rows = minhash.reshape(len(minhash), BANDS, ROWS_PER_BAND).astype(np.uint64)
    mixed = np.broadcast_to(np.arange(BANDS, dtype=np.uint64), rows.shape[:2])
    for column in range(ROWS_PER_BAND):
        mixed = _mix(mixed * _MULTIPLIER + rows[:, :, column])
    return mixed & np.uint64((1 << 48) - 1)


def promising(
    signatures: Sequence[bytes | None], pairs: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Which pairs may be copies, by the share of their signatures that agrees.

    Args:
      signatures: the bytes of n signatures of the present scheme.
      pairs: (m, 2) positions in `signatures`.
    """
    # Rows that others wrote may lack one: they agree with nothing.
    whole = (one if one and len(one) == len(_NO_SIGNATURE) else _NO_SIGNATURE for one in signatures)
    minhash = np.frombuffer(b"".join(whole), dtype=np.uint32).reshape(-1, PERMUTATIONS)
    agree = (minhash[pairs[:, 0]] == minhash[pairs[:, 1]]).mean(axis=1)
    return agree >= MIN_ESTIMATE


def overlap(left: Hashes, right: Hashes) -> tuple[float, float]:
    """Sets of shingles (sorted, unique) -> (Jaccard, containment of the smaller in the larger)."""
    if not len(left) or not len(right):
        return 0.0, 0.0
    shared = len(np.intersect1d(left, right, assume_unique=True))
    return shared / (len(left) + len(right) - shared), shared / min(len(left), len(right))
