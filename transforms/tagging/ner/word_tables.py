"""The words that a language names people, organisations and places with, as tables on disk."""

import functools
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from warta.transforms.core.table_cache import load_or_make
from warta.transforms.tagging.ner.gazetteer import TABLES, TAGGING

TABLE_NAMES = {"id": "indonesian", "en": "english"}
"""Language -> name of its two tables, the cue words (.toml) and the counted words (.tsv)."""


ADDED_WORDS = {"ms": ("id", "malay")}
"""Language -> the one whose tables it shares, and its own table of cue words beside them."""
TEAMS = TABLES / "words" / "teams.toml"
MAKERS = TABLES / "words" / "makers.toml"


class WordCount(NamedTuple):
    """How often a word was seen in each part: the evidence that it names something."""

    person: int = 0
    organisation: int = 0
    place: int = 0
    other: int = 0
    """With a capital inside a sentence, and no such name."""
    lower: int = 0
    """Without a capital."""
    listed: int = 0
    """In how many known names of persons."""


UNSEEN = WordCount()


_JOINING = frozenset(
    ("bin", "binti", "bint", "van", "von", "de", "da", "der", "den", "ten", "la", "del", "dos")
) | {"el", "al", "of", "."}
"""Small words and the mark that may be inside a name: "H. Nasir", "Bin", "of"."""
HEADING_WORDS = frozenset(
    (
        "ada", "akan", "asal", "atas", "bagi", "bakal", "bisa", "dalam", "dan", "dapat", "dari",
        "dengan", "di", "hadapi", "hari", "hingga", "ini", "jadi", "jelang", "kalahkan", "karena",
        "ke", "kepada", "lawan", "lewat", "masih", "masuk", "mulai", "oleh", "pada", "raih", "saat",
        "sambut", "sampai", "sebagai", "sebut", "sejak", "serta", "soal", "sudah", "tahun", "tak",
        "tanpa", "telah", "terkait", "terus", "tetap", "tidak", "tuan", "untuk", "usai", "usung",
        "vs", "warga", "yang", "and", "as", "at", "by", "for", "from", "in", "is", "on", "over",
        "says", "to", "will", "with",
    )
)  # fmt: skip
"""Small words that headings write with a capital: no name goes on in one."""

Title = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cues:
    """Which sets of a language's rules a word is in; most words are in none and share one object.

    The sets are those of `Rules`, under the same names.
    """

    offices: bool = False
    organisation_heads: bool = False
    joining_heads: bool = False
    weak_heads: bool = False
    event_heads: bool = False
    organisation_tails: bool = False
    club_tails: bool = False
    makers: bool = False
    place_heads: bool = False
    weak_place_heads: bool = False
    place_tails: bool = False
    speech_before: bool = False
    speech_after: bool = False
    place_before: bool = False
    not_names: bool = False
    plain_words: bool = False
    works: bool = False
    initials_before: bool = False
    suspects: bool = False
    nickname_before: bool = False
    name_hyphens: bool = False
    heading: bool = False
    """A small word that headings write with a capital."""
    joining: bool = False
    """A small word or mark that may be inside a name."""
    titles: tuple[Title, ...] = ()
    """The titles that it opens, longest first."""


NO_CUES = Cues()
_RULE_SETS = tuple(one.name for one in fields(Cues))[: -len(("heading", "joining", "titles"))]


@dataclass(frozen=True, slots=True)
class Rules:
    """One language's cue words, all in lower case. The .toml tables say what each set is for."""

    titles: dict[str, tuple[tuple[str, ...], ...]]
    """First word -> the titles that it opens, longest first."""
    offices: frozenset[str]
    organisation_heads: frozenset[str]
    joining_heads: frozenset[str]
    weak_heads: frozenset[str]
    event_heads: frozenset[str]
    organisation_tails: frozenset[str]
    club_tails: frozenset[str]
    """Names of teams, each after its city or state."""
    makers: frozenset[str]
    """What follows one is what it makes: "Honda Jazz"."""
    place_heads: frozenset[str]
    weak_place_heads: frozenset[str]
    place_tails: frozenset[str]
    speech_before: frozenset[str]
    speech_after: frozenset[str]
    place_before: frozenset[str]
    not_names: frozenset[str]
    plain_words: frozenset[str]
    """Words that headings and captions write with a capital, and no names."""
    works: frozenset[str]
    """Before the name of a film, a song or a book."""
    initials_before: frozenset[str]
    """Before the initials of a person, whatever else they stand for."""
    suspects: frozenset[str]
    """Before the initials of a suspect or a victim, or a body: "tersangka KPK"."""
    nickname_before: frozenset[str]
    """Before a nickname: "akrab disapa Gendon"."""
    name_hyphens: frozenset[str]
    """Marks that a person's name may go on after: "Rina Sasmita-Hall"."""
    words: dict[str, WordCount]
    cues: dict[str, Cues] = field(init=False, repr=False)
    """The same sets by word, for words that are in any."""

    def __post_init__(self) -> None:
        """Turn the sets round."""
        object.__setattr__(self, "cues", _cues_by_word(self))

    def cues_of(self, word: str) -> Cues:
        """Return the sets that a word in lower case is in."""
        return self.cues.get(word, NO_CUES)

    def count(self, word: str) -> WordCount:
        """Return what is known of a word in lower case."""
        return self.words.get(word, UNSEEN)


def _cues_by_word(rules: Rules) -> dict[str, Cues]:
    found: dict[str, dict[str, Any]] = {}
    sets = {name: getattr(rules, name) for name in _RULE_SETS}
    for name, words in (sets | {"heading": HEADING_WORDS, "joining": _JOINING}).items():
        for word in words:
            found.setdefault(word, {})[name] = True
    for word, titles in rules.titles.items():
        found.setdefault(word, {})["titles"] = titles
    return {word: Cues(**given) for word, given in found.items()}


@functools.cache
def load_rules(language: str) -> Rules:
    """Return the rules of a language, id, en or ms, read from the tables once a process.

    Example:
      >>> load_rules("id") is load_rules("id")
      True
    """
    shared, *added = ADDED_WORDS.get(language, (language,))
    base = TABLES / "words" / TABLE_NAMES[shared]
    cues = [base.with_suffix(".toml"), *(base.parent / f"{name}.toml" for name in added)]
    counts = base.with_suffix(".tsv")
    packed = load_or_make(
        f"rules_{language}",
        (*cues, TEAMS, MAKERS, counts),
        TAGGING,
        lambda: orjson.dumps((_read_cues(cues), dict(_counts(counts)))),
    )
    sets, words = orjson.loads(packed)
    return Rules(
        titles=_by_first_word(sets.pop("titles")),
        words={word: WordCount(*numbers) for word, numbers in words.items()},
        **{name: frozenset(members) for name, members in sets.items()},
    )


def _read_cues(files: Sequence[Path]) -> dict[str, list[str]]:
    """Return the sets of the first file, with what the others add, and those of all languages."""
    cues, *added = (_read_toml(file) for file in files)
    for table in added:
        for cue, words in table.items():
            cues[cue] += words
    for optional in ("place_tails", "name_hyphens"):
        cues.setdefault(optional, [])
    cues["club_tails"] = _read_toml(TEAMS)["teams"]
    cues["makers"] = _read_toml(MAKERS)["makers"]
    return cues


def _read_toml(file: Path) -> dict[str, list[str]]:
    return tomllib.loads(file.read_text(encoding="utf-8"))


def _by_first_word(titles: Iterable[str]) -> dict[str, tuple[tuple[str, ...], ...]]:
    found: dict[str, list[tuple[str, ...]]] = {}
    for title in titles:
        words = tuple(title.split())
        found.setdefault(words[0], []).append(words)
    return {first: tuple(sorted(group, key=len, reverse=True)) for first, group in found.items()}


def _counts(file: Path) -> Iterable[tuple[str, list[int]]]:
    for line in file.read_text(encoding="utf-8").splitlines()[1:]:
        word, *counts = line.split("\t")
        yield word, list(map(int, counts))
