"""The words that a language names people, organisations and places with, as tables on disk."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from warta.transforms.tagging.ner.gazetteer import TABLES

TABLE_NAMES = {"id": "indonesian", "en": "english"}
"""Language -> name of its two tables, the cue words (.toml) and the counted words (.tsv)."""


TEAMS = TABLES / "words" / "teams.toml"


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
    place_heads: frozenset[str]
    weak_place_heads: frozenset[str]
    place_tails: frozenset[str]
    speech_before: frozenset[str]
    speech_after: frozenset[str]
    place_before: frozenset[str]
    not_names: frozenset[str]
    words: dict[str, WordCount]

    def count(self, word: str) -> WordCount:
        """Return what is known of a word in lower case."""
        return self.words.get(word, UNSEEN)

    def title_length(self, lowered: list[str], index: int) -> int:
        """How many words from `index` on are a title; 0: none."""
        titles = self.titles.get(lowered[index])
        if titles is None:
            return 0
        for title in titles:
            if tuple(lowered[index : index + len(title)]) == title:
                return len(title)
        return 0


def load_rules(language: str) -> Rules:
    """Return the rules of a language, id or en, read from the tables."""
    base = TABLES / "words" / TABLE_NAMES[language]
    cues = tomllib.loads(base.with_suffix(".toml").read_text(encoding="utf-8"))
    titles = _by_first_word(cues.pop("titles"))
    sets = {name: frozenset(words) for name, words in cues.items()}
    sets.setdefault("place_tails", frozenset())
    sets["club_tails"] = frozenset(tomllib.loads(TEAMS.read_text(encoding="utf-8"))["teams"])
    words = dict(_counts(base.with_suffix(".tsv").read_text(encoding="utf-8").splitlines()))
    return Rules(titles=titles, words=words, **sets)


def _by_first_word(titles: Iterable[str]) -> dict[str, tuple[tuple[str, ...], ...]]:
    found: dict[str, list[tuple[str, ...]]] = {}
    for title in titles:
        words = tuple(title.split())
        found.setdefault(words[0], []).append(words)
    return {first: tuple(sorted(group, key=len, reverse=True)) for first, group in found.items()}


def _counts(lines: list[str]) -> Iterable[tuple[str, WordCount]]:
    for line in lines[1:]:
        word, *counts = line.split("\t")
        yield word, WordCount(*map(int, counts))
