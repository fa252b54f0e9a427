"""One text as the rules read it: its words, its runs of capitalised words, its known names."""

from collections.abc import Container

from warta.transforms.tagging.ner.gazetteer import Gazetteer, Match
from warta.transforms.tagging.ner.rules import Rules
from warta.transforms.tagging.ner.tokens import Tokens, opens_sentence

_ABBREVIATIONS = frozenset(
    (
        "pt",
        "cv",
        "tbk",
        "dr",
        "drs",
        "prof",
        "mr",
        "mrs",
        "ms",
        "st",
        "h",
        "hj",
        "ir",
        "kh",
        "jl",
        "no",
        "sen",
        "rep",
        "gen",
        "col",
        "lt",
        "rev",
        "jr",
        "sr",
        "kab",
        "kec",
    )
)
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
_NAME_PARTS = frozenset(
    (
        "bin",
        "binti",
        "bint",
        "van",
        "von",
        "de",
        "da",
        "der",
        "den",
        "ten",
        "la",
        "del",
        "dos",
        "el",
        "al",
    )
)


def is_capitalised(word: str) -> bool:
    """Return whether a word opens with a capital letter."""
    return word[:1].isupper()


class AnnotatedText:
    """A text, the rules of its language and the known names, asked about word by word."""

    def __init__(self, tokens: Tokens, rules: Rules, gazetteer: Gazetteer) -> None:
        self.tokens = tokens
        self.words = tokens.words
        self.lowered = list(map(str.lower, tokens.words))
        self.capitals = [word[:1].isupper() for word in tokens.words]
        self.rules = rules
        self._gazetteer = gazetteer
        self._known: dict[int, Match | None] = {}
        self._titles = {
            index: rules.title_length(self.lowered, index)
            for index, word in enumerate(self.lowered)
            if word in rules.titles
        }

    def known_at(self, index: int) -> Match | None:
        """Return the longest known name that starts with the word `index`."""
        if index in self._known:
            return self._known[index]
        match = self._gazetteer.at(self.tokens, self.lowered, index, exact=False)
        self._known[index] = match
        return match

    def title_length(self, index: int) -> int:
        """How many words from `index` on are a title; 0: none."""
        return self._titles.get(index, 0)

    def ends_with_title(self, index: int) -> bool:
        """Return whether the word `index`, alone or with those before it, is a title."""
        titles = self._titles
        return titles.get(index) == 1 or titles.get(index - 1) == 2 or titles.get(index - 2) == 3

    def follows_title(self, index: int) -> bool:
        """Return whether a title is right before the word `index`."""
        return index > 0 and self.tokens.touch(index - 1) and self.ends_with_title(index - 1)

    def run_end(self, index: int) -> int:
        """One past the last word of the stretch that opens at `index`."""
        words, last = self.words, index + 1
        while last < len(words) and self.tokens.touch(last - 1):
            if self.capitals[last] or words[last].isdecimal():
                last += 1
            elif self._joins_names(last):
                last += 2
            else:
                break
        return last

    def _joins_names(self, index: int) -> bool:
        """Return whether a mark or a small word is inside a name: "H. Nasir", "Bin", "of"."""
        if self.words[index] == ".":
            return self._is_abbreviation(index)
        if self.lowered[index] in _NAME_PARTS:
            return self.capital_at(index + 1)
        return self._is_english_of(index)

    def _is_english_of(self, index: int) -> bool:
        return (
            self.lowered[index] == "of"
            and self.capital_at(index + 1)
            and not self.ends_with_title(index - 1)
        )

    def _is_abbreviation(self, dot: int) -> bool:
        before = self.lowered[dot - 1]
        return (len(before) == 1 or before in _ABBREVIATIONS) and self.capital_at(dot + 1)

    def capital_at(self, index: int) -> bool:
        """Return whether a capitalised word is at `index`, right after the one before it."""
        return index < len(self.tokens) and self.tokens.touch(index - 1) and self.capitals[index]

    def is_part(self, first: int, last: int, taken: Container[int]) -> bool:
        """Return whether the words [first, last) go on in a capitalised word that is no own name.

        Titles, words that are never names, plain words in headings, and the first word of a
        sentence have other reasons for their capitals.
        """
        if last not in taken and self.capital_at(last) and not self.title_length(last):
            word = self.lowered[last]
            return word not in self.rules.not_names and word not in HEADING_WORDS
        before = first - 1
        return (
            before >= 0
            and before not in taken
            and self.capitals[before]
            and self.tokens.touch(before)
            and not self.follows_title(first)
            and not opens_sentence(self.tokens, before)
            and self.lowered[before] not in self.rules.not_names
            and not self._is_plain(self.lowered[before])
        )

    def _is_plain(self, word: str) -> bool:
        """Return whether a word opens no name that goes on in a place: "Asal Indonesia"."""
        if word in HEADING_WORDS:
            return True
        count = self.rules.count(word)
        return count.lower > 3 * (count.person + count.organisation + count.place)
