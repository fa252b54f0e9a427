"""Name what the trained tagger looks at: one set of features, for training and tagging.

Every feature hangs on one word at an offset, or on small codes side by side: the class of a word's
letters and what the rules make of it. So a text is scored by gathering rows of tables. Features of
two words together were tried: they made the model half as large again and no better.
"""

import functools
import re
from collections.abc import Sequence

from warta.transforms.tagging.entity_types import ENTITY_TYPES, OUTSIDE
from warta.transforms.tagging.ner.rules import Rules
from warta.transforms.tagging.ner.tokens import Tokens, opens_sentence

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


READINGS = rule_readings()
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
OFFSETS = (-2, -1, 0, 1, 2)
_UPPER, _LOWER, _DIGITS = re.compile("[A-Z]+"), re.compile("[a-z]+"), re.compile(r"\d+")
SHAPE_LETTERS = 8


LONGEST_KEPT = 64
"""Code points of the longest word whose class is remembered: what is longer is no word."""


def word_class(word: str) -> str:
    """Return the class of a word's letters.

    Example:
      >>> word_class("Jakarta"), word_class("DPR"), word_class("2026")
      ('capital', 'capitals', 'number')
    """
    return _kept_class(word) if len(word) <= LONGEST_KEPT else _class(word)


def _class(word: str) -> str:
    if word in _MARKS:
        return _MARKS[word]
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


_kept_class = functools.lru_cache(maxsize=1 << 16)(_class)


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
    return _DIGITS.sub("0", _LOWER.sub("a", _UPPER.sub("A", word)))[:SHAPE_LETTERS]


def word_features(word: str, rules: Rules) -> dict[int, list[str]]:
    """Return the features of a word, by its offset from the labelled word."""
    far, shape_and_ends, affixes = _word_facts(word, rules)
    near = far + shape_and_ends
    by_offset = {-2: far, -1: near, 0: near + affixes, 1: near, 2: far}
    return {at: [f"{at}:{name}" for name in names] for at, names in by_offset.items()}


def word_facts(word: str, rules: Rules) -> list[str]:
    """Return the features of a word at every offset: a model knows at which it has each."""
    far, shape_and_ends, affixes = _word_facts(word, rules)
    return far + shape_and_ends + affixes


def _word_facts(word: str, rules: Rules) -> tuple[list[str], list[str], list[str]]:
    """Return the features of a word seen from afar, those from beside it too, and at its place."""
    low = word.lower()
    cues = [f"q={cue}" for cue in _CUES if low in getattr(rules, cue)]
    if (low,) in rules.titles.get(low, ()):
        cues.append("q=title")
    listed = rules.count(low).listed
    cues.append(f"n={sum(listed >= bound for bound in _LISTED)}")
    far = [f"w={low}", f"c={word_class(word)}", *cues]
    shape_and_ends = [f"s={shape(word)}", f"p3={low[:3]}", f"e3={low[-3:]}"]
    affixes = [f"{end}{n}={low[:n] if end == 'p' else low[-n:]}" for end in "pe" for n in (1, 2, 4)]
    return far, shape_and_ends, affixes


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
