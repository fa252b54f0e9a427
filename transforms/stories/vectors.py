"""An article as a short vector of words: the heaviest terms of a static table, in integers.

A word weighs (1 + ln of its count) times its inverse document frequency, in a table that ships with
warta: a vector does not depend on which other articles a run holds. Words of the headline count
twice more. Terms are hashes of words; weights are integers whose squares sum to about `SCALE`
squared, so that sums of them are exact on every machine and in every order.
"""

import functools
import math
import re
import tomllib
import zlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from warta.transforms.core.languages import primary_subtag

TABLE_FOLDER = Path(__file__).parent.parent / "data" / "stories"
SCALE = 1000
"""Length of a vector: the dot product of two, by SCALE squared, is their cosine."""
TERM_BITS = 24
"""Two of a hundred thousand words share a hash in 24 bits now and then: of 32 words of an article
that meet 32 of another by chance, one in sixteen thousand pairs. A byte of four stays empty and
packs to nothing."""
NAME_FLAG = 1 << TERM_BITS
"""Set in a term that the article writes as a name: with a capital within a sentence."""
TERM_MASK = NAME_FLAG - 1
MAX_CHARS = 1 << 16
"""Of a body; what comes after is not looked at."""
_HEADLINE_COUNTS = 2
_MAX_WORD_CHARS = 40
_WORD = re.compile("[a-z\u00e0-\u00f6\u00f8-\u024f]{2,}")
"""Latin letters, all that languages with a table are written in: half the time of all letters."""
_LETTERS = frozenset((*range(0x61, 0x7B), *range(0xE0, 0xF7), *range(0xF8, 0x100)))
_LETTERS_ALONE = bytes(point if point in _LETTERS else 0x20 for point in range(256))
"""By Latin-1, the letters of `_WORD`; all others become blanks, as what Latin-1 lacks does."""
_NO_FURTHER_LETTERS = bytes({*range(256)} - {*range(0xC4, 0xCA)})
"""All bytes of UTF-8 but those that letters from U+0100 to U+027F begin with."""
_NAME = re.compile(r" (?<=[a-z,)] )[\"“'(]?[A-Z][\w'’-]*(?: [A-Z][\w'’-]*)*")
"""Words with capitals after a word without, so not what opens a sentence, nor a headline's. The
blank before them is what is looked for first: half the time."""
_MAX_REMEMBERED = 100_000
"""Words of a language: 13 MB. They are learned again in a tenth of a second."""

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class StoryVector:
    """The terms of an article, heaviest first, equal ones by term."""

    terms: tuple[int, ...]
    """With `NAME_FLAG` where the article writes them as names."""
    weights: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class IdfTable:
    """How rare words are in a language, and what was fitted with that table."""

    name: str
    languages: frozenset[str]
    heaviest: int
    """Terms that a vector keeps."""
    threshold: float
    """Similarity from which articles tell the same story."""
    spread: int
    """0 or 1: whether the mean of a wide story counts as less far from an article (see
    clustering.py)."""
    gap_step: float
    """How much more alike two clusters must be for each day between them."""
    name_step: float
    """How much more alike they must be if no name is in what they have in common."""
    actor_step: float
    """How much of the cosine of their names counts, over `nodes.SAME_NAMES`."""
    idf: dict[int, float]
    unknown: float

    @property
    def scheme(self) -> str:
        """Return the name under which vectors of this table are stored.

        Vectors of one scheme can be compared with each other, and with no other.
        """
        return f"tfidf1/{self.name}/{self.heaviest}"


def vectorise(headline: str | None, body: str, language: str | None) -> StoryVector | None:
    """Return the vector of an article.

    Args:
      headline: Headline, if there is one.
      body: Text.
      language: BCP-47 code.

    Returns:
      None in a language without a table, and without a word.

    Example:
      >>> vector = vectorise("Feri Sagara karam", "Feri karam di Selat Karana.", "id")
      >>> [term & TERM_MASK for term in vector.terms].index(term_of("feri")), len(vector.terms)
      (2, 6)
    """
    table = table_of(language)
    if table is None:
        return None
    body = body[:MAX_CHARS]
    counts = Counter(_words(body.lower()))
    for word in _words((headline or "")[:MAX_CHARS].lower()):
        counts[word] += _HEADLINE_COUNTS
    if not counts:
        return None
    known = _known_words(table)
    # Words are forgotten before, not while the words of an article are looked up.
    if len(known) > _MAX_REMEMBERED:
        known.clear()
    packed = np.fromiter(map(known.__getitem__, counts), np.int64, len(counts))
    times = np.fromiter(counts.values(), np.int64, len(counts))
    packed, times = _without_collisions(packed, times)
    weights = known.idf_of_steps.take(packed >> TERM_BITS) * _LOGS.take(times, mode="clip")
    kept = _heaviest(weights, table.heaviest)
    weights = weights[kept]
    length = math.sqrt(math.fsum((weights * weights).tolist()))
    rounded = np.rint(weights * (SCALE / length)).astype(np.int64)
    terms = (packed[kept] & TERM_MASK).tolist()
    names = {known[word] & TERM_MASK for word in _name_words(body) if word in known}
    pairs = sorted(zip((-rounded).tolist(), terms, strict=True))
    return StoryVector(
        tuple([term | NAME_FLAG if term in names else term for _, term in pairs]),
        tuple([-weight for weight, _ in pairs]),
    )


def _without_collisions(packed: Ints, times: Ints) -> tuple[Ints, Ints]:
    """Leave of several words with one hash the place of the first and the weight of the last."""
    terms = packed & TERM_MASK
    in_order = np.sort(terms)
    if not (in_order[1:] == in_order[:-1]).any():
        return packed, times
    last = {term: row for row, term in enumerate(terms.tolist())}
    rows = list(last.values())
    return packed[rows], times[rows]


def _heaviest(weights: Floats, count: int) -> Ints:
    """Return the rows of the heaviest weights, in their order; of equal ones the first."""
    if len(weights) <= count:
        return np.argsort(-weights, kind="stable")
    # Sorting all of them in place of their rows is several times faster.
    least = np.sort(weights)[-count]
    rows = np.flatnonzero(weights >= least)
    return rows[np.argsort(-weights[rows], kind="stable")[:count]]


def _name_words(body: str) -> list[str]:
    return _words(" ".join(_NAME.findall(body)).lower())


def _words(lowered: str) -> list[str]:
    """Return what `_WORD` finds, in a third of the time where all letters are in Latin-1."""
    if lowered.encode("utf-8", "replace").translate(None, _NO_FURTHER_LETTERS):
        return _WORD.findall(lowered)
    letters = lowered.encode("latin-1", "replace").translate(_LETTERS_ALONE)
    return [word for word in letters.decode("latin-1").split() if len(word) > 1]


def term_of(word: str) -> int:
    """Return the hash of a word in small letters.

    Example:
      >>> term_of("feri") == term_of("feri") != term_of("kapal")
      True
    """
    return zlib.crc32(word[:_MAX_WORD_CHARS].encode("utf-8", "replace")) >> (32 - TERM_BITS)


def words_of(text: str) -> list[str]:
    """Return the words of a text that count in vectors, in small letters."""
    return _words(text[:MAX_CHARS].lower())


def word_weight(word: str, table: IdfTable) -> tuple[int, float]:
    """Return the term of a word in small letters, and its inverse document frequency."""
    known = _known_words(table)
    if len(known) > _MAX_REMEMBERED:
        known.clear()
    packed = known[word]
    return packed & TERM_MASK, float(known.idf_of_steps[packed >> TERM_BITS])


def table_of(language: str | None) -> IdfTable | None:
    """Return the table that serves a language, if there is one.

    Args:
      language: BCP-47 code.
    """
    name = _names_by_language().get(primary_subtag(language or ""))
    return None if name is None else _load(name)


def table_of_scheme(scheme: str | None) -> IdfTable | None:
    """Return the table whose vectors are stored under a name; None for those of other versions."""
    for name in sorted(set(_names_by_language().values())):
        table = _load(name)
        if table.scheme == scheme:
            return table
    return None


_MOST = 255
"""Of a word, more do not count."""
_LOGS = np.asarray([0.0, *(1 + math.log(count) for count in range(1, _MOST + 1))])


class _KnownWords(dict[str, int]):
    """Of each word, its term and above it a number for its inverse document frequency.

    Numbers in place of pairs of objects: the words of an article lie all over the memory, and
    what takes the time is fetching from there.
    """

    def __init__(self, table: IdfTable) -> None:
        super().__init__()
        frequencies = sorted({table.unknown, *table.idf.values()})
        self.idf_of_steps = np.asarray(frequencies)
        self._steps = {idf: step << TERM_BITS for step, idf in enumerate(frequencies)}
        self._idf, self._unknown = table.idf, table.unknown

    def __missing__(self, word: str) -> int:
        term = term_of(word)
        packed = self[word] = self._steps[self._idf.get(term, self._unknown)] | term
        return packed


def _known_words(table: IdfTable) -> _KnownWords:
    known = _remembered.get(table.name)
    if known is None:
        known = _remembered[table.name] = _KnownWords(table)
    return known


_remembered: dict[str, _KnownWords] = {}


@functools.cache
def _names_by_language() -> dict[str, str]:
    """Return which table serves which language."""
    return {
        language: path.stem
        for path in sorted(TABLE_FOLDER.glob("*.toml"))
        for language in tomllib.loads(path.read_text(encoding="utf-8"))["languages"]
    }


@functools.cache
def _load(name: str) -> IdfTable:
    card = tomllib.loads((TABLE_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    with np.load(TABLE_FOLDER / f"{name}.npz", allow_pickle=False) as file:
        terms, steps = file["terms"], file["idf"]
    idf = dict(zip(terms.tolist(), (steps / card["steps"]).tolist(), strict=True))
    return IdfTable(
        name,
        frozenset(card["languages"]),
        card["heaviest"],
        card["threshold"],
        card["spread"],
        card["gap_step"],
        card["name_step"],
        card["actor_step"],
        idf,
        card["unknown"],
    )
