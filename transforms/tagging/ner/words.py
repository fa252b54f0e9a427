"""What is known of a word wherever it is: its case, its cues, how often it was seen in names."""

from collections.abc import Sequence

from warta.transforms.tagging.ner.gazetteer import Gazetteer
from warta.transforms.tagging.ner.word_tables import Cues, Rules, WordCount

LEAST_NAMELESS = 2
"""A word that occurs this often without a capital, and never in a name, names nothing."""


class Word:
    """One word as it is written, and what rules and known names say of it."""

    __slots__ = (
        "capital", "count", "cues", "decimal", "filler", "lengths", "lower", "opening_filler",
        "text",
    )  # fmt: skip

    text: str
    lower: str
    capital: bool
    decimal: bool
    cues: Cues
    count: WordCount
    lengths: Sequence[int]
    """In how many words known names come that open with it, most first."""
    filler: bool
    """It is not a name, nor the first word of one."""
    opening_filler: bool
    """The same where it opens a sentence, and has its capital from there."""

    @property
    def named(self) -> int:
        """Return how often it was seen in names."""
        count = self.count
        return count.person + count.organisation + count.place

    @property
    def plain(self) -> bool:
        """Return whether it was seen without a capital more often than in names."""
        return self.count.lower > self.named

    @property
    def nameless(self) -> bool:
        """Return whether it names nothing: it was seen without a capital, and never in a name."""
        count = self.count
        return self.cues.plain_words or (
            count.lower >= LEAST_NAMELESS and not self.named and not count.listed
        )


class WordBook:
    """Makes words of one language."""

    def __init__(self, rules: Rules, gazetteer: Gazetteer) -> None:
        self._rules = rules
        self._gazetteer = gazetteer

    def word(self, text: str) -> Word:
        """Return a word with what is known of it."""
        word = Word()
        word.text = text
        word.lower = lower = text.lower()
        word.capital = text[:1].isupper()
        word.decimal = text.isdecimal()
        word.cues = cues = self._rules.cues_of(lower)
        word.count = count = self._rules.count(lower)
        word.lengths = self._gazetteer.lengths(lower)
        if cues.not_names or not lower[:1].isalpha() or _is_amount(lower) or _is_doubled(lower):
            word.filler = word.opening_filler = True
            return word
        named, rarely_listed = word.named, count.listed < 3
        word.filler = rarely_listed and count.other + count.lower > 3 * (named + 1)
        word.opening_filler = rarely_listed and 0 < count.lower >= named * 3
        return word


def _is_amount(lower: str) -> bool:
    return lower.startswith(("rp", "usd")) and any(map(str.isdecimal, lower))


def _is_doubled(lower: str) -> bool:
    half, hyphen, other_half = lower.partition("-")
    return bool(hyphen) and half == other_half
