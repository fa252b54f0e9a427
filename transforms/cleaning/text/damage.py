"""Tell by a text whether its scraper glued words together or lost letters.

A finding needs evidence in two places: halves of a glued word that are words elsewhere, a lost
letter with which a word is known. Names of brands ("YouTube") and domains are not damage.
"""

import re
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

LOOKED_AT = 20_000
"""Code points of a text that are looked at: an article of 3,000 words."""
SHORTEST_HALF = 3
LEAST_GLUED = 2
LEAST_CUT = 2
"""Places from which on a text is damaged: one may be a slip of the writer's."""
LEAST_CUT_SHARE = 0.1
"""Of the words before a stop."""
BRANDS = frozenset(
    (
        *("YouTube", "MasterChef", "MasterCard", "FaceBook", "FaceTime", "PlayStation", "PayPal"),
        *("TikTok", "WhatsApp", "LinkedIn", "AirAsia", "BlackBerry", "PowerPoint", "SoundCloud"),
        *("ShopeePay", "GoPay", "SatuSehat", "PeduliLindungi", "BukaLapak", "KompasTekno"),
        *("JavaScript", "WordPress", "GitHub", "OpenAI", "DeepMind", "SpaceX", "ByteDance"),
    )
)
"""Names of two words that are written as one."""
LETTERS = "aeinguhrstkmldpboy"
"""Last letters of words, in Indonesian and English."""
_WORD = re.compile(r"[^\W\d_]+")
_CAMEL = re.compile(r"(?<![@#/\w])([^\W\d_A-Z]*[a-z]{2,}|[A-Z][a-z]{2,})([A-Z][a-z]{2,})\b")
_STOP = re.compile(r"\b([^\W\d_]{3,})[.!?,;]([A-Z][a-z]{2,})\b(?!\.\w|[/@])")
_CUT = re.compile(r"([^\W\d_]{4,})\.(?=\s)")
_AROUND = 20


class Damage(NamedTuple):
    """What is damaged in a text, each by its first place; None: nothing is."""

    glued: str | None
    cut: str | None


def find_damage(text: str, is_word: Callable[[str], bool] = lambda _: False) -> Damage:
    """Return where words of a text are glued together, and where a last letter is lost.

    Args:
      text: An article's text.
      is_word: Whether something in small letters is a word of the language. Without it the
        words of the text itself are all that is known.

    Example:
      >>> words = {"harga", "naik", "pedagang", "mengeluh", "pembeli"}
      >>> find_damage("Harga naik.Pedagang mengeluh.Pembeli.", words.__contains__).glued
      'Harga naik.Pedagang mengeluh.Pembeli.'
      >>> find_damage("Warga Bandun. dan Jakart. senang. Di Bandung dan Jakarta cerah.").cut
      'Warga Bandun. dan Jakart. senang.'
    """
    text = text[:LOOKED_AT]
    own = Counter(map(str.lower, _WORD.findall(text)))

    return Damage(_glued(text, own, is_word), _cut(text, own, is_word))


def _glued(text: str, own: Counter[str], is_word: Callable[[str], bool]) -> str | None:
    places = [
        match
        for pattern in (_CAMEL, _STOP)
        for match in pattern.finditer(text)
        if match.group() not in BRANDS and _are_words(match, own, is_word)
    ]
    if len({match.group() for match in places}) < LEAST_GLUED:
        return None
    return _around(text, min(places, key=re.Match.start))


def _are_words(match: re.Match[str], own: Counter[str], is_word: Callable[[str], bool]) -> bool:
    """Return whether both halves are words; those of a stop are counted among the text's own."""
    halves = [half.lower() for half in match.groups()]
    alone = 0 if match.re is _CAMEL else 1
    return all(len(half) >= SHORTEST_HALF for half in halves) and all(
        own[half] > alone or is_word(half) for half in halves
    )


def _cut(text: str, own: Counter[str], is_word: Callable[[str], bool]) -> str | None:
    ends = list(_CUT.finditer(text))
    at_stops = Counter(match.group(1).lower() for match in ends)
    cut = {
        word
        for word, times in at_stops.items()
        # The word is in the text here: it is one if it is there without a stop too.
        if own[word] == times and not is_word(word) and _is_start(word, own, is_word)
    }
    if len(cut) < max(LEAST_CUT, LEAST_CUT_SHARE * len(at_stops)):
        return None
    return _around(text, next(match for match in ends if match.group(1).lower() in cut))


def _is_start(word: str, own: Counter[str], is_word: Callable[[str], bool]) -> bool:
    return any(own[word + letter] or is_word(word + letter) for letter in LETTERS)


def _around(text: str, match: re.Match[str]) -> str:
    start, end = max(0, match.start() - _AROUND), match.end() + _AROUND
    return " ".join(text[start:end].split())
