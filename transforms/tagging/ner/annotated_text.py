"""Texts as the rules read them: words, runs of capitalised words, known names.

The texts are those of a batch; no run, title or name goes from one into the next, since the word
of no letters between them is in none.
"""

from collections.abc import Container

from warta.transforms.tagging.ner.gazetteer import Gazetteer, Match
from warta.transforms.tagging.ner.vocabulary import TextBatch
from warta.transforms.tagging.ner.words import Word

_ABBREVIATIONS = frozenset(
    (
        *("pt", "cv", "tbk", "dr", "drs", "prof", "mr", "mrs", "ms", "st", "h", "hj", "ir", "kh"),
        *("jl", "no", "sen", "rep", "gen", "col", "lt", "rev", "jr", "sr", "kab", "kec"),
    )
)


def is_capitalised(word: str) -> bool:
    """Return whether a word opens with a capital letter."""
    return word[:1].isupper()


class AnnotatedText:
    """Texts, the rules of their language and the known names, asked about word by word."""

    def __init__(self, batch: TextBatch, gazetteer: Gazetteer) -> None:
        self.batch = batch
        self.words = batch.words
        self.opens = batch.opens
        self._touches = batch.touches
        self._gazetteer = gazetteer
        self._known: dict[int, Match | None] = {}
        self._titles = {index: self._title(index) for index in batch.title_words}

    def _title(self, index: int) -> int:
        """Return how many words from `index` on are a title."""
        for title in self.words[index].cues.titles:
            if len(title) == 1:
                return 1
            words = self.words[index : index + len(title)]
            if tuple([word.lower for word in words]) == title:
                return len(title)
        return 0

    def known_at(self, index: int) -> Match | None:
        """Return the longest known name that starts with the word `index`."""
        if not self.words[index].lengths:
            return None
        if index not in self._known:
            self._known[index] = self._look_up(index)
        return self._known[index]

    def _look_up(self, index: int) -> Match | None:
        for length in self.words[index].lengths:
            last = index + length
            # The last word of all is of no letters: no name ends with it, none goes beyond it.
            if last < len(self.words):
                words = self.words[index:last]
                lowered = " ".join([word.lower for word in words])
                if not self._gazetteer.may_name(lowered):
                    continue
                written = [word.text for word in words]
                following = self.words[last].text
                row = self._gazetteer.find(lowered, written, following, exact=False)
                if row:
                    return Match(index, last, row)
        return None

    def may_be_name(self, first: int, last: int) -> bool:
        """Return whether one of the words [first, last) may be a name's: not all are plain."""
        return not all(word.nameless for word in self.words[first:last])

    def title_length(self, index: int) -> int:
        """Return how many words from `index` on are a title; 0: none."""
        return self._titles.get(index, 0)

    def ends_with_title(self, index: int) -> bool:
        """Return whether the word `index`, alone or with those before it, is a title."""
        titles = self._titles
        return titles.get(index) == 1 or titles.get(index - 1) == 2 or titles.get(index - 2) == 3

    def follows_title(self, index: int) -> bool:
        """Return whether a title is right before the word `index`."""
        return self._touches[index - 1] and self.ends_with_title(index - 1)

    def run_end(self, index: int) -> int:
        """Return one past the last word of the stretch that opens at `index`."""
        words, touches, last = self.words, self._touches, index + 1
        while touches[last - 1]:
            word = words[last]
            if word.capital or word.decimal:
                last += 1
            elif word.cues.joining and self._joins_names(last):
                last += 2
            else:
                break
        return last

    def _joins_names(self, index: int) -> bool:
        """Return whether a mark or a small word is inside a name: "H. Nasir", "Bin", "of"."""
        if not self.capital_at(index + 1):
            return False
        word = self.words[index].lower
        if word == ".":
            before = self.words[index - 1].lower
            return len(before) == 1 or before in _ABBREVIATIONS
        return word != "of" or not self.ends_with_title(index - 1)

    def capital_at(self, index: int) -> bool:
        """Return whether a capitalised word is at `index`, right after the one before it."""
        return self._touches[index - 1] and self.words[index].capital

    def is_part(self, first: int, last: int, taken: Container[int]) -> bool:
        """Return whether words [first, last) go on in a capitalised word, not a name of its own.

        Titles, words that are never names, plain words in headings, and the first word of a
        sentence have other reasons for their capitals.
        """
        if last not in taken and self.capital_at(last) and not self.title_length(last):
            cues = self.words[last].cues
            return not cues.not_names and not cues.heading
        before = first - 1
        word = self.words[before]
        return (
            word.capital
            and before not in taken
            and self._touches[before]
            and not self.follows_title(first)
            and not self.opens[before]
            and not word.cues.not_names
            and not _is_plain(word)
        )


def _is_plain(word: Word) -> bool:
    """Return whether a word opens no name that goes on in a place: "Asal Indonesia"."""
    return word.cues.heading or word.count.lower > 3 * word.named
