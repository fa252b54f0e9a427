"""Cut the words of a text into stretches of capitalised words that may name something.

A stretch is cut where a title ends ("Presiden Prancis | Emmanuel Macron"), where a known name
is, and where a head word opens the name of an organisation or a place ("Dinas ...", "Jalan
..."). What is left over is a candidate that only its words and neighbours can type.
"""

from collections.abc import Iterator

from warta.transforms.tagging.entity_types import ORGANISATION, PERSON, PLACE
from warta.transforms.tagging.ner.annotated_text import AnnotatedText
from warta.transforms.tagging.ner.gazetteer import Match, Row
from warta.transforms.tagging.ner.head_words import GIVEN_NAME_LISTED, HeadWordMatcher
from warta.transforms.tagging.ner.words import Word

_DASHES = frozenset("-–—")
INDONESIA = "Q252"
COUNTRIES = "country-codes"
"""In the source of rows of countries: no person has such a name."""
EVENT_WORDS = 3
"""Longest name of an event or a law by its head word, in words: nothing in it names a place."""


class Candidate:
    """The words [first, last), with what is known of them so far.

    Args:
      first: The first word.
      last: One past the last.
      type: Person, organisation or place; None: not known yet.
      method: What cut them out, or typed them.
      row: The known name that they are.
      titled: Whether a title is before them.
    """

    __slots__ = ("first", "last", "method", "row", "titled", "type")

    def __init__(
        self,
        first: int,
        last: int,
        type: str | None,
        method: str,
        row: Row | None = None,
        titled: bool = False,
    ) -> None:
        self.first = first
        self.last = last
        self.type = type
        self.method = method
        self.row = row
        self.titled = titled

    def typed(self, kind: str, method: str, row: Row | None) -> "Candidate":
        """Return the same words, with another type, method and row."""
        return Candidate(self.first, self.last, kind, method, row, self.titled)

    def moved(self, first: int, last: int) -> "Candidate":
        """Return the same of the words [first, last)."""
        return Candidate(first, last, self.type, self.method, self.row, self.titled)


class CandidateExtractor:
    """Cuts texts into candidates."""

    def __init__(self, text: AnnotatedText) -> None:
        self._text = text
        self._words = text.words
        self._heads = HeadWordMatcher(text)

    def candidates(self) -> Iterator[Candidate]:
        """Return all candidates of the texts, in order, none over another."""
        done = 0
        for first in self._text.batch.capitals:
            if first < done:
                continue
            end = self._text.run_end(first)
            titled = self._text.follows_title(first)
            index = first
            while index < end:
                start = index
                found, index, titled = self._step(index, end, titled=titled)
                yield from found
                index = max(index, start + 1)
            done = index

    def _step(self, index: int, end: int, *, titled: bool) -> tuple[list[Candidate], int, bool]:
        """Return the candidates at `index`, where to go on, whether a title led up to there."""
        known = self._known(index, end)
        skipped = self._title_end(index, end)
        if skipped > index and (known is None or known.last <= skipped):
            return [], skipped, True
        if self._words[index].cues.event_heads:
            return [], self._event_end(index, end), False
        headed = self._heads.opened(index, end, known)
        if headed and (known is None or headed[0] > known.last):
            return [Candidate(index, *headed, "rule")], headed[0], titled
        if known and self._is_club(known, end):
            return [Candidate(index, known.last + 1, ORGANISATION, "rule")], known.last + 1, False
        if known:
            return [self._from_match(known)], known.last, titled
        last = index + 1
        while last < end and not self._breaks(last, end):
            last += 1
        return self._residual(index, last, titled=titled), last, False

    def _is_club(self, known: Match, end: int) -> bool:
        """Return whether the name of a city's team follows the city: "New York Knicks"."""
        return (
            known.row.type == PLACE and known.last < end and self._words[known.last].cues.club_tails
        )

    def _title_end(self, index: int, end: int) -> int:
        length = self._text.title_length(index)
        if not length or index + length > end:
            return index
        last = index + length
        while last < end and self._words[last].cues.offices:
            last += 1
        return last

    def _event_end(self, index: int, end: int) -> int:
        last = index + 1
        while last < min(end, index + EVENT_WORDS):
            if self._text.title_length(last):
                break
            last += 1
        return last

    def _breaks(self, index: int, end: int) -> bool:
        """Return whether something other than the leftover words before it opens at `index`."""
        if self._text.title_length(index) > 0 and self._words[index].lower != "h":
            return True
        if self._words[index - 1].lower == "of":
            return self._names_whose(index - 1, end)
        if self._names_whose(index, end):
            return True
        if self._words[index].cues.event_heads:
            return True
        known = self._known(index, end)
        if known is None:
            return self._heads.opened(index, end, None) is not None
        return not (known.row.type == PERSON and known.last == index + 1)

    def _names_whose(self, of: int, end: int) -> bool:
        """Return whether an "of" leads from a person to their body: "Ratna Awan of Bank Kabut".

        A row of the user's is a name of its own wherever an "of" leads to it.
        """
        if self._words[of].lower != "of":
            return False
        known = self._text.known_at(of + 1)
        if known is None:
            named = self._is_person(of) and self._has_given_name(of)
            tailed = self._type_by_tail(of + 1, end) == ORGANISATION
            return tailed and (named or self._text.ends_with_title(of - 1))
        if known.row.is_users:
            return True
        return known.row.type == ORGANISATION and (self._is_plain_head(of) or self._is_person(of))

    def _has_given_name(self, of: int) -> bool:
        """Return whether one of the two words before an "of" was seen in names of persons."""
        return any(
            word.count.person or word.count.listed >= GIVEN_NAME_LISTED
            for word in self._words[of - 2 : of]
        )

    def _is_plain_head(self, of: int) -> bool:
        """Return whether a plain word is before an "of": "Officials of", not "Bank of"."""
        word = self._words[of - 1]
        return not _is_head(word) and (self._text.ends_with_title(of - 1) or word.plain)

    def _is_person(self, end: int) -> bool:
        """Return whether a known person, or two words that name nothing else, end before `end`."""
        for index in range(max(0, end - 4), end):
            match = self._text.known_at(index) if self._words[index].capital else None
            if match and match.last == end:
                return match.row.type == PERSON
        words = []
        for word in self._words[end - 1 : max(0, end - 3) : -1]:
            if word is self._words[0]:
                break
            words.append(word)
        return all(word.capital and not _is_head(word) and _is_of_persons(word) for word in words)

    def _known(self, index: int, end: int) -> Match | None:
        match = self._text.known_at(index)
        if match is None or match.last - index > 1:
            return match
        if self._words[index].plain and self._may_open(index):
            return None
        return None if self._is_given_name(match, end) else match

    def _may_open(self, index: int) -> bool:
        """Return whether a sentence may start here: after the dash of a dateline one does."""
        return self._text.opens[index] or self._words[index - 1].text in _DASHES

    def _is_given_name(self, match: Match, end: int) -> bool:
        """Return whether one known word is a part of a longer name, as Jordan of a Jordan Ayew."""
        following = match.last
        if following >= end or self._text.known_at(following):
            return False
        if self._text.title_length(following):
            return False
        if match.row.type == PERSON:
            return True
        if match.row.type != PLACE:
            return False
        if self._words[match.first].count.listed >= GIVEN_NAME_LISTED:
            return True
        return self._is_before_surname(match, end)

    def _is_before_surname(self, match: Match, end: int) -> bool:
        """Return whether one surname follows a city abroad: "Milano Lubis" is a person."""
        before, after = self._words[match.first - 1], self._words[match.last]
        led_to = before.cues.place_before or self._text.follows_title(match.first)
        return (
            is_abroad(match.row)
            and match.last + 1 == end
            and not led_to
            and after.count.listed >= GIVEN_NAME_LISTED
            and _is_of_persons(after)
        )

    def _from_match(self, match: Match) -> Candidate:
        return Candidate(match.first, match.last, match.row.type, "gazetteer", match.row)

    def _residual(self, first: int, last: int, *, titled: bool) -> list[Candidate]:
        """Return leftover words, without the plain words at their ends."""
        tailed = self._type_by_tail(first, last) is not None
        while first < last and self._is_filler(first) and not (tailed and self._is_inside(first)):
            first += 1
        while last > first and self._is_filler_at_end(last - 1):
            last -= 1
        if first == last or (last == first + 1 and self._is_bare_head(first)):
            return []
        if not self._text.may_be_name(first, last):
            return []
        kind = self._type_by_tail(first, last)
        return [Candidate(first, last, kind, "rule", titled=titled)]

    def _is_inside(self, index: int) -> bool:
        """Return whether a word that names nothing alone may open a name: "National ... Party"."""
        return not self._words[index].cues.not_names and not self._text.opens[index]

    def _type_by_tail(self, first: int, last: int) -> str | None:
        if last - first < 2:
            return None
        tail = self._words[last - 1].cues
        if tail.place_tails:
            return PLACE
        return ORGANISATION if tail.organisation_tails else None

    def _is_bare_head(self, index: int) -> bool:
        cues = self._words[index].cues
        return cues.organisation_heads or cues.place_heads or cues.offices

    def _is_filler(self, index: int) -> bool:
        word = self._words[index]
        if len(word.text) == 1 and self._words[index + 1].text == ".":
            return False  # "A. Rizal"
        return word.opening_filler if self._text.opens[index] else word.filler

    def _is_filler_at_end(self, index: int) -> bool:
        word = self._words[index]
        return word.cues.not_names or word.lower in (".", "h")


def is_abroad(row: Row) -> bool:
    """Return whether a place is a city or a region of another country, and no country."""
    return row.country != INDONESIA and COUNTRIES not in row.source


def _is_of_persons(word: Word) -> bool:
    """Return whether a word was not seen, or mostly in names of persons."""
    count = word.count
    return count.person + count.listed >= 2 * (count.organisation + count.place) + count.lower


def _is_head(word: Word) -> bool:
    cues = word.cues
    return cues.organisation_heads or cues.organisation_tails or cues.place_heads
