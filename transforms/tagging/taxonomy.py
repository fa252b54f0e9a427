"""The tables that topics are told by: the taxonomy, the lexicons, publishers' section names.

All are tab-separated files under `transforms/data/topics/`, made for people to read and extend;
`#` opens a comment line. A lexicon's term with `~` before it stands for its inflected forms too.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

TABLES = Path(__file__).parent.parent / "data" / "topics"
WORD = re.compile(r"\w+")
"""A word as texts and terms are cut: letters, digits, underscores; hyphens and apostrophes part."""

_VOWELS = "aeiou"
_NASALS = {"p": "m", "t": "n", "s": "ny", "k": "ng"}
"""Indonesian meN- and peN- swallow these initials and leave a nasal (KBBI, morphophonemics)."""


@dataclass(frozen=True, slots=True)
class Concept:
    """One topic of the taxonomy; `parent` is "" at the top."""

    qcode: str
    parent: str
    name: str
    name_id: str
    wikidata_id: str | None


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

    def meaning(self, term: tuple[str, ...]) -> tuple[Evidence, ...]:
        """Words of a term -> what it says; () for one that is not here."""
        if len(term) == 1:
            return self.words.get(term[0], ())
        return self.meanings.get(term, ())


def read_taxonomy(path: Path = TABLES / "medtop.tsv") -> dict[str, Concept]:
    """Table of qcode, parent, English name, Indonesian name, Wikidata id -> concepts by qcode.

    Raises:
      ValueError: a line without five columns.
    """
    rows = _rows(path, columns=5)
    return {
        qcode: Concept(qcode, parent, name, name_id, wikidata_id or None)
        for qcode, parent, name, name_id, wikidata_id in rows
    }


def read_lexicon(path: Path, language: str = "und") -> Lexicon:
    """Table of term, qcode, weight -> lexicon, with the forms of `language` (id or en) for `~`.

    Raises:
      ValueError: a line without three columns, or a weight that is no number.
    """
    forms = _FORMS.get(language, _no_forms)
    entries: dict[tuple[str, ...], dict[str, float]] = {}
    written: dict[tuple[str, ...], set[str]] = {}
    for term, qcode, weight in _rows(path, columns=3):
        first, *rest = WORD.findall(term.lower())
        exact = (first, *rest)
        # A form that is written out wins over one that `~` makes.
        entries.setdefault(exact, {})[qcode] = float(weight)
        written.setdefault(exact, set()).add(qcode)
        for form in forms(first, term.startswith("~"), not rest):
            variant = (form, *rest)
            if qcode not in written.get(variant, ()):
                entries.setdefault(variant, {}).setdefault(qcode, float(weight))
    return _index(entries)


def _index(entries: dict[tuple[str, ...], dict[str, float]]) -> Lexicon:
    words: dict[str, tuple[Evidence, ...]] = {}
    meanings: dict[tuple[str, ...], tuple[Evidence, ...]] = {}
    phrases: dict[tuple[str, str], list[tuple[str, ...]]] = {}
    for term, weights in entries.items():
        evidence = tuple(Evidence(qcode, weight) for qcode, weight in weights.items())
        if len(term) == 1:
            words[term[0]] = evidence
        else:
            meanings[term] = evidence
            phrases.setdefault((term[0], term[1]), []).append(term)
    longest_first = {
        head: tuple(sorted(terms, key=len, reverse=True)) for head, terms in phrases.items()
    }
    return Lexicon(words, longest_first, meanings)


def _rows(path: Path, columns: int) -> Iterator[list[str]]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        row = line.split("\t")
        if len(row) != columns or not WORD.search(row[0]):
            raise ValueError(f"{path.name}, line {number}: {columns} columns parted by tabs wanted")
        yield row


def _no_forms(word: str, inflected: bool, alone: bool) -> list[str]:
    return []


def _indonesian_forms(word: str, inflected: bool, alone: bool) -> list[str]:
    """A root -> the words that affixes make of it; every single word also takes -nya."""
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
    """A noun or verb -> its plural and its -s, -ed and -ing forms, by the regular rules."""
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
    "en": _english_forms,
}
