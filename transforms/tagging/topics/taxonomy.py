"""The tables that topics are assigned by: the taxonomy, the lexicons, publishers' section names.

All are tab-separated files under `transforms/data/topics/`, made for people to read and extend;
`#` opens a comment line. A lexicon's term with `~` before it stands for its inflected forms too.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from warta.transforms.tagging.ner.gazetteer import read_table

TABLES = Path(__file__).parent.parent.parent / "data" / "topics"
TAXONOMY = TABLES / "medtop.tsv"
ORGANISATIONS = TABLES / "organisations.tsv"
WORD = re.compile(r"\w+")
"""A word as texts and terms are cut: letters, digits, underscores; hyphens and apostrophes part."""
_TYPOGRAPHIC = re.compile("[“”‘’–—…•]+")
_ASCII_WORDS = bytes(
    byte if chr(byte).isalnum() or byte == ord("_") else ord(" ") for byte in range(128)
).ljust(256)
_VOWELS = "aeiou"
_NASALS = {"p": "m", "t": "n", "s": "ny", "k": "ng"}
"""Indonesian meN- and peN- swallow these initials and leave a nasal (KBBI, morphophonemics)."""


def cut_words(text: str) -> list[str]:
    """Return the words of a text, in order, as `WORD` finds them.

    Example:
      >>> cut_words("“Rusia-AS”, ujar_nya")
      ['Rusia', 'AS', 'ujar_nya']
    """
    plain = text if text.isascii() else _TYPOGRAPHIC.sub(" ", text)
    if not plain.isascii():
        return WORD.findall(text)
    # Nearly all news: three times as fast as the pattern.
    return plain.encode().translate(_ASCII_WORDS).decode().split()


@dataclass(frozen=True, slots=True)
class Concept:
    """One topic of the taxonomy; `parent` is "" at the top."""

    qcode: str
    parent: str
    name: str
    """In English; of a user's own topic, as the user calls it."""
    names: dict[str, str] = field(default_factory=dict)
    """Primary language subtag -> the name in that language, where there is one."""
    wikidata_id: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one term says: a topic, and how loudly (see the head of a lexicon)."""

    qcode: str
    weight: float


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Terms of one language, by the way they are looked up."""

    words: dict[str, tuple[Evidence, ...]]
    """Single word -> what it says."""
    phrases: dict[tuple[str, str], tuple[tuple[str, ...], ...]]
    """First two words -> the phrases that begin with them, longest first."""
    meanings: dict[tuple[str, ...], tuple[Evidence, ...]]
    """Phrase -> what it says."""
    openers: frozenset[str] = field(init=False)
    """First words of phrases."""
    followers: frozenset[str] = field(init=False)
    """Second words of phrases."""
    begins: frozenset[str] = field(init=False)
    """Words that are a term, or the first of one."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "openers", frozenset(first for first, _ in self.phrases))
        object.__setattr__(self, "followers", frozenset(second for _, second in self.phrases))
        object.__setattr__(self, "begins", self.openers.union(self.words))

    def meaning(self, term: tuple[str, ...]) -> tuple[Evidence, ...]:
        """Return what a term says; () for one that is not here."""
        if len(term) == 1:
            return self.words.get(term[0], ())
        return self.meanings.get(term, ())


def read_taxonomy(path: Path = TAXONOMY) -> dict[str, Concept]:
    """Return concepts by qcode: parent, English and Indonesian name, Wikidata id.

    Raises:
      ValueError: A line without five columns.
    """
    rows = _rows(path, columns=5)
    return {
        qcode: Concept(qcode, parent, name, {"en": name, "id": name_id}, wikidata_id or None)
        for qcode, parent, name, name_id, wikidata_id in rows
    }


def read_lexicon(*paths: Path, language: str = "und") -> Lexicon:
    """Return the lexicon of tables, with the forms of `language` (id, ms, en) for `~`.

    A term that an earlier table holds is defined by that table alone.

    Raises:
      ValueError: A line without three columns, or a weight that is not a number.
    """
    rows: list[tuple[str, str, float]] = []
    known: set[str] = set()
    for path in paths:
        new = [row for row in _rows(path, columns=3) if row[0].lstrip("~") not in known]
        rows += [(term, qcode, float(weight)) for term, qcode, weight in new]
        known |= {term.lstrip("~") for term, _, _ in new}
    return build_lexicon(rows, language)


def share_parents(lexicon: Lexicon, taxonomy: dict[str, Concept]) -> Lexicon:
    """Return a lexicon whose terms count once for a parent of several of their topics."""

    def shared(evidence: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
        tops = [taxonomy[one.qcode].parent or one.qcode for one in evidence]
        if len(set(tops)) == len(tops):
            return evidence
        loud: dict[str, list[float]] = {}
        for top, one in zip(tops, evidence, strict=True):
            loud.setdefault(top, []).append(abs(one.weight))
        scale = {top: max(weights) / (sum(weights) or 1.0) for top, weights in loud.items()}
        return tuple(
            Evidence(one.qcode, one.weight * scale[top])
            for top, one in zip(tops, evidence, strict=True)
        )

    # Forms of a term have one meaning, the same object: each is looked at once.
    each = {id(one): one for one in (*lexicon.words.values(), *lexicon.meanings.values())}
    once = {key: shared(evidence) for key, evidence in each.items()}
    words = {word: once[id(evidence)] for word, evidence in lexicon.words.items()}
    meanings = {term: once[id(evidence)] for term, evidence in lexicon.meanings.items()}
    return Lexicon(words, lexicon.phrases, meanings)


def pack_lexicon(lexicon: Lexicon) -> bytes:
    """Return a lexicon in a form that is read in a tenth of the time that it takes to build."""
    numbers: dict[tuple[Evidence, ...], int] = {}

    def number(evidence: tuple[Evidence, ...]) -> int:
        return numbers.setdefault(evidence, len(numbers))

    packed = {
        "words": {word: number(evidence) for word, evidence in lexicon.words.items()},
        "phrases": [
            (" ".join(term), number(lexicon.meanings[term]))
            for alike in lexicon.phrases.values()
            for term in alike
        ],
        "evidence": [[(one.qcode, one.weight) for one in evidence] for evidence in numbers],
    }
    return orjson.dumps(packed)


def unpack_lexicon(packed: bytes) -> Lexicon:
    """Return the lexicon of `pack_lexicon`.

    Example:
      >>> lexicon = build_lexicon([("gempa bumi", "medtop:03000000", 3.0)])
      >>> unpack_lexicon(pack_lexicon(lexicon)) == lexicon
      True
    """
    read = orjson.loads(packed)
    # Evidence is shared by all terms that say the same.
    numbered = [tuple(Evidence(*one) for one in evidence) for evidence in read["evidence"]]
    words = {word: numbered[number] for word, number in read["words"].items()}
    meanings = {tuple(term.split(" ")): numbered[number] for term, number in read["phrases"]}
    phrases: dict[tuple[str, str], tuple[tuple[str, ...], ...]] = {}
    for term in meanings:
        opening = term[0], term[1]
        phrases[opening] = (*phrases.get(opening, ()), term)
    return Lexicon(words, phrases, meanings)


def read_organisations(path: Path = ORGANISATIONS) -> Lexicon:
    """Return a lexicon of names; `@clubs` in the table means those of that gazetteer."""
    return build_lexicon(
        (name, qcode, float(weight))
        for written, qcode, weight in _rows(path, columns=3)
        for name in (_names_of(written[1:]) if written.startswith("@") else (written,))
    )


def organisation_tables() -> tuple[Path, ...]:
    """Return the tables that `read_organisations` reads."""
    named = (row[0] for row in _rows(ORGANISATIONS, columns=3))
    return ORGANISATIONS, *(_gazetteer(name[1:]) for name in named if name.startswith("@"))


def _gazetteer(table: str) -> Path:
    return TABLES.parent / "gazetteer" / f"{table}.tsv"


def _names_of(table: str) -> Iterator[str]:
    path = _gazetteer(table)
    for row in read_table(path.read_text(encoding="utf-8"), path.name):
        yield row.name


def build_lexicon(rows: Iterable[tuple[str, str, float]], language: str = "und") -> Lexicon:
    """Return the lexicon of (term, qcode, weight); a term holds at least one word."""
    forms = _FORMS.get(language, _no_forms)
    entries: dict[tuple[str, ...], dict[str, float]] = {}
    written: dict[tuple[str, ...], set[str]] = {}
    for term, qcode, weight in rows:
        first, *rest = WORD.findall(term.lower())
        exact = (first, *rest)
        # A form that is written out wins over one that `~` makes.
        entries.setdefault(exact, {})[qcode] = weight
        written.setdefault(exact, set()).add(qcode)
        for form in forms(first, term.startswith("~"), not rest):
            variant = (form, *rest)
            if qcode not in written.get(variant, ()):
                entries.setdefault(variant, {}).setdefault(qcode, weight)
    return _index(entries)


def _index(entries: dict[tuple[str, ...], dict[str, float]]) -> Lexicon:
    words: dict[str, tuple[Evidence, ...]] = {}
    meanings: dict[tuple[str, ...], tuple[Evidence, ...]] = {}
    phrases: dict[tuple[str, str], tuple[tuple[str, ...], ...]] = {}
    shared: dict[tuple[tuple[str, float], ...], tuple[Evidence, ...]] = {}
    for term, weights in entries.items():
        # A few thousand meanings serve all the forms of all terms: half of the memory.
        meaning = tuple(weights.items())
        evidence = shared.get(meaning)
        if evidence is None:
            evidence = shared[meaning] = tuple(Evidence(*one) for one in meaning)
        if len(term) == 1:
            words[term[0]] = evidence
        else:
            meanings[term] = evidence
            alike = (*phrases.get((term[0], term[1]), ()), term)
            phrases[(term[0], term[1])] = tuple(sorted(alike, key=len, reverse=True))
    return Lexicon(words, phrases, meanings)


def _rows(path: Path, columns: int) -> Iterator[list[str]]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        row = line.split("\t")
        if len(row) != columns or not WORD.search(row[0]):
            raise ValueError(
                f"{path.name}, line {number}: {columns} columns separated by tabs wanted"
            )
        yield row


def _no_forms(word: str, inflected: bool, alone: bool) -> list[str]:
    return []


def _indonesian_forms(word: str, inflected: bool, alone: bool) -> list[str]:
    """Return the words that affixes make of a root; every single word also takes -nya."""
    if not inflected:
        return [f"{word}nya"] if alone else []
    nasal = _nasalise(word)
    stems = [word, f"me{nasal}", f"di{word}", f"ter{word}", f"ber{word}"]
    verbs = [stem + end for stem in stems for end in ("", "kan", "i", "an")]
    nouns = [f"pe{nasal}", f"pe{nasal}an", f"per{word}an", f"ke{word}an", f"pe{word}"]
    return [form + end for form in verbs + nouns for end in (("", "nya") if alone else ("",))]


def _nasalise(root: str) -> str:
    first, rest = root[0], root[1:]
    if first in _NASALS:
        return _NASALS[first] + rest
    if first in "bfv":
        return "m" + root
    if first in "djcz":
        return "n" + root
    return "ng" + root if first in _VOWELS + "gh" else root


def _english_forms(word: str, inflected: bool, alone: bool) -> list[str]:
    """Return the plural and the -s, -ed and -ing forms of a noun or verb, if regular."""
    if not inflected:
        return []
    if word.endswith("y") and word[-2:-1] not in _VOWELS:
        return [word[:-1] + "ies", word[:-1] + "ied", word + "ing"]
    if word.endswith("e"):
        return [word + "s", word + "d", word[:-1] + "ing"]
    plural = "es" if word.endswith(("s", "x", "z", "ch", "sh")) else "s"
    forms = [word + plural, word + "ed", word + "ing"]
    if re.search(r"[^aeiou][aeiou][bdglmnprt]$", word):
        forms += [word + word[-1] + "ed", word + word[-1] + "ing"]
    return forms


_FORMS: dict[str, Callable[[str, bool, bool], list[str]]] = {
    "id": _indonesian_forms,
    "ms": _indonesian_forms,
    "en": _english_forms,
}
