"""Name what the trained tagger looks at: one set of features, for training and tagging.

Every feature hangs on one word at an offset, or on small codes side by side: the class of a word's
letters and what the rules make of it. So a text is scored by gathering rows of tables. Features of
two words together were tried: they made the model half as large again and no better.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence

from warta.transforms.tagging.entity_types import ENTITY_TYPES, OUTSIDE
from warta.transforms.tagging.ner.tokens import Tokens, opens_sentence
from warta.transforms.tagging.ner.word_tables import Cues, Rules

END = "END"
"""Stands beside the first and the last word."""
_MARKS = {
    **dict.fromkeys(".?!…", "stop"),
    **dict.fromkeys("\"“”'‘’", "quote"),
    **dict.fromkeys("-–—", "dash"),
    **dict.fromkeys(":;", "colon"),
    ",": "comma",
    "(": "open",
    ")": "close",
    "/": "slash",
}
_OF_LETTERS = ("lower", "capital", "capitals", "mixed", "initial", "number", "code", "other")
OPENING = {"capital": "opening", "initial": "opening-initial"}
"""Classes of words with a capital -> what they are at the head of a sentence: any word has one."""
CLASSES = (END, *_OF_LETTERS, *OPENING.values(), *dict.fromkeys(_MARKS.values()))
"""The classes of words; those that open a sentence with a capital are apart."""


def rule_readings(types: Sequence[str] = ENTITY_TYPES) -> tuple[str, ...]:
    """Return what the rules can make of a word: its place in a name, the type, and the method."""
    named = (
        f"{position}-{kind}-{method}"
        for kind in types
        for method in ("gazetteer", "rule")
        for position in "BI"
    )
    return (END, OUTSIDE, *named)


NAMING = frozenset(("capital", "capitals", "mixed", "initial", "code", "number", *OPENING.values()))
"""Classes of words that names are made of; others occur in names beside them at most."""
_CUES = (
    "offices",
    "organisation_heads",
    "joining_heads",
    "weak_heads",
    "event_heads",
    "organisation_tails",
    "place_heads",
    "weak_place_heads",
    "place_tails",
    "speech_before",
    "speech_after",
    "place_before",
    "not_names",
)
_LISTED = (1, 8, 30)
"""Bounds between a name of nobody, of few, of some and of many listed persons."""
_LISTED_AS = ("0", "1", "2", "3")
FACTS = ("w", "c", "n", "s", "p3", "e3", "p1", "p2", "p4", "e1", "e2", "e4")
"""What every word has: itself, class, names listed, shape, heads and tails of its letters."""
FACTS_BEFORE_CUES = 2
"""The cues of a word are after so many of its facts."""
_FAR, _NEAR = 3, 6
"""So many facts are looked at from afar, so many from beside the word."""
OFFSETS = (-2, -1, 0, 1, 2)
_UPPER, _LOWER, _DIGITS = re.compile("[A-Z]+"), re.compile("[a-z]+"), re.compile(r"\d+")
SHAPE_LETTERS = 8


def word_class(word: str) -> str:
    """Return the class of a word's letters.

    Example:
      >>> word_class("Jakarta"), word_class("DPR"), word_class("2026")
      ('capital', 'capitals', 'number')
    """
    if word in _MARKS:
        return _MARKS[word]
    if not word.isalpha():
        if word.isdecimal():
            return "number"
        if any(map(str.isdecimal, word)):
            return "code"
    if not word[:1].isupper():
        return "lower" if word[:1].isalpha() else "other"
    if len(word) == 1:
        return "initial"
    if word.isupper():
        return "capitals"
    return "capital" if word[1:].islower() else "mixed"


def classes(tokens: Tokens) -> list[str]:
    """Return the class of each word, as it is in its sentence."""
    found = [word_class(word) for word in tokens.words]
    for index, name in enumerate(found):
        if name in OPENING and opens_sentence(tokens, index):
            found[index] = OPENING[name]
    return found


def shape(word: str) -> str:
    """Return a word's letters as A, a and 0, each run once.

    Example:
      >>> shape("McDonald"), shape("B-52")
      ('AaAa', 'A-0')
    """
    if word.isascii() and word.isalpha():
        # Nearly all words; patterns take ten times as long.
        if word.islower():
            return "a"
        if word[1:].islower():
            return "Aa"
    return _DIGITS.sub("0", _LOWER.sub("a", _UPPER.sub("A", word)))[:SHAPE_LETTERS]


def word_features(word: str, rules: Rules) -> dict[int, list[str]]:
    """Return the features of a word, by its offset from the labelled word."""
    far, shape_and_ends, affixes = _word_facts(word, rules)
    near = far + shape_and_ends
    by_offset = {-2: far, -1: near, 0: near + affixes, 1: near, 2: far}
    return {at: [f"{at}:{name}" for name in names] for at, names in by_offset.items()}


def _word_facts(word: str, rules: Rules) -> tuple[list[str], list[str], list[str]]:
    """Return the features of a word seen from afar, those from beside it too, and at its place."""
    low = word.lower()
    values = facts(word, low, word_class(word), rules.count(low).listed)
    named = [f"{kind}={value}" for kind, value in zip(FACTS, values, strict=True)]
    cues = [f"q={cue}" for cue in cue_names(rules.cues_of(low))]
    far = [*named[:FACTS_BEFORE_CUES], *cues, *named[FACTS_BEFORE_CUES:_FAR]]
    return far, named[_FAR:_NEAR], named[_NEAR:]


def facts(word: str, low: str, kind: str, listed: int) -> tuple[str, ...]:
    """Return what FACTS says of a word: its text, in lower case, its class, its listed names."""
    return (
        low,
        kind,
        _LISTED_AS[bisect_right(_LISTED, listed)],
        shape(word),
        low[:3],
        low[-3:],
        low[:1],
        low[:2],
        low[:4],
        low[-1:],
        low[-2:],
        low[-4:],
    )


def cue_names(cues: Cues) -> list[str]:
    """Return the names of a word's cues among the features."""
    found = [cue for cue in _CUES if getattr(cues, cue)]
    if any(len(title) == 1 for title in cues.titles):
        found.append("title")
    return found


def code_features(kinds: Sequence[str], readings: Sequence[str], index: int) -> list[str]:
    """Return what padded classes and readings say, alone and side by side."""
    before, own, after = kinds[index - 1 : index + 2]
    last, read, following = readings[index - 1 : index + 2]
    return [
        f"C={own}",
        f"C-={before} {own}",
        f"C+={own} {after}",
        f"C3={before} {own} {after}",
        f"R={read}",
        f"R-={last} {read}",
        f"R+={read} {following}",
        f"RC={read} {own}",
        f"RC3={read} {before} {after}",
    ]


def features(tokens: Tokens, readings: Sequence[str], rules: Rules) -> list[list[str]]:
    """Return the features of each word of a text, given what the rules make of it."""
    count = len(tokens)
    kinds, padded = [END, *classes(tokens), END], [END, *readings, END]
    own = [word_features(word, rules) for word in tokens.words]
    out = []
    for index in range(count):
        named = code_features(kinds, padded, index + 1)
        for offset in OFFSETS:
            if 0 <= index + offset < count:
                named += own[index + offset][offset]
            elif abs(offset) == 1:
                named.append(f"{offset}:{END}")
        out.append(named)
    return out
