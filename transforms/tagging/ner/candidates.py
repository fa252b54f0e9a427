"""Cut the words of a text into stretches of capitalised words that may name something.

A stretch is cut where a title ends ("Presiden Prancis | Emmanuel Macron"), where a known name
is, and where a head word opens the name of an organisation or a place ("Dinas ...", "Jalan
..."). What is left over is a candidate that only its words and neighbours can type.
"""

from collections.abc import Iterator
from typing import NamedTuple

from warta.transforms.tagging.entity_types import ORGANISATION, PERSON, PLACE
from warta.transforms.tagging.ner.annotated_text import AnnotatedText
from warta.transforms.tagging.ner.gazetteer import Match, Row
from warta.transforms.tagging.ner.head_words import GIVEN_NAME_LISTED, HeadWordMatcher
from warta.transforms.tagging.ner.tokens import opens_sentence

_DASHES = frozenset("-–—")
EVENT_WORDS = 3
"""Longest name of an event or a law by its head word, in words: nothing in it names a place."""


class Candidate(NamedTuple):
    """The words [first, last), with what is known of them so far."""

    first: int
    last: int
    type: str | None
    """person, organisation or place; None: not known yet."""
    method: str
    row: Row | None = None
    titled: bool = False
    """A title is before it."""


def _is_amount(word: str) -> bool:
    return word.startswith(("rp", "usd")) and any(map(str.isdecimal, word))


class CandidateExtractor:
    """Cuts one text into candidates."""

    def __init__(self, text: AnnotatedText) -> None:
        self._text = text
        self._rules = text.rules
        self._heads = HeadWordMatcher(text)

    def candidates(self) -> Iterator[Candidate]:
        """All candidates of the text, in order, none over another."""
        done = 0
        for first, capital in enumerate(self._text.capitals):
            if first < done or not capital:
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
        if self._text.lowered[index] in self._rules.event_heads:
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
            known.row.type == PLACE
            and known.last < end
            and self._text.lowered[known.last] in self._rules.club_tails
        )

    def _title_end(self, index: int, end: int) -> int:
        length = self._text.title_length(index)
        if not length or index + length > end:
            return index
        last = index + length
        while last < end and self._text.lowered[last] in self._rules.offices:
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
        if self._text.title_length(index) > 0 and self._text.lowered[index] != "h":
            return True
        if self._text.lowered[index - 1] == "of":
            return self._names_whose(index - 1)
        if self._names_whose(index):
            return True
        if self._text.lowered[index] in self._rules.event_heads:
            return True
        known = self._known(index, end)
        if known is None:
            return self._heads.opened(index, end, None) is not None
        return not (known.row.type == PERSON and known.last == index + 1)

    def _names_whose(self, of: int) -> bool:
        """Return whether an "of" leads from a person to their body: "Ratna Awan of Bank Kabut".

        A row of the user's is a name of its own wherever an "of" leads to it.
        """
        if self._text.lowered[of] != "of":
            return False
        known = self._text.known_at(of + 1)
        if known is None or known.row.is_users:
            return known is not None
        return known.row.type == ORGANISATION and (self._is_plain_head(of) or self._is_person(of))

    def _is_plain_head(self, of: int) -> bool:
        """Return whether a plain word is before an "of": "Officials of", not "Bank of"."""
        rules, word = self._rules, self._text.lowered[of - 1]
        heads = rules.organisation_heads | rules.organisation_tails | rules.place_heads
        return word not in heads and (
            self._text.ends_with_title(of - 1) or self._is_plain_word(of - 1)
        )

    def _is_person(self, end: int) -> bool:
        """Return whether a known person, or two words that name nothing else, end before `end`."""
        first = max(0, end - 2)
        for index in range(max(0, end - 4), end):
            match = self._text.known_at(index) if self._text.capitals[index] else None
            if match and match.last == end:
                return match.row.type == PERSON
        rules, words = self._rules, self._text.lowered[first:end]
        heads = rules.organisation_heads | rules.organisation_tails | rules.place_heads
        counts = [rules.count(word) for word in words]
        return (
            all(self._text.capitals[first:end])
            and heads.isdisjoint(words)
            and not any(count.organisation or count.place or count.lower for count in counts)
        )

    def _known(self, index: int, end: int) -> Match | None:
        match = self._text.known_at(index)
        if match is None or match.last - index > 1:
            return match
        if self._may_open(index) and self._is_plain_word(index):
            return None
        return None if self._is_given_name(match, end) else match

    def _may_open(self, index: int) -> bool:
        """Return whether a sentence may start here: after the dash of a dateline one does."""
        return opens_sentence(self._text.tokens, index) or self._text.words[index - 1] in _DASHES

    def _is_plain_word(self, index: int) -> bool:
        count = self._rules.count(self._text.lowered[index])
        return count.lower > count.person + count.organisation + count.place

    def _is_given_name(self, match: Match, end: int) -> bool:
        """Return whether one known word is a part of a longer name, as Jordan of a Jordan Ayew."""
        following = match.last
        if following >= end or self._text.known_at(following):
            return False
        if self._text.title_length(following):
            return False
        if match.row.type == PERSON:
            return True
        return (
            match.row.type == PLACE
            and self._rules.count(self._text.lowered[match.first]).listed >= GIVEN_NAME_LISTED
        )

    def _from_match(self, match: Match) -> Candidate:
        return Candidate(match.first, match.last, match.row.type, "gazetteer", match.row)

    def _residual(self, first: int, last: int, *, titled: bool) -> list[Candidate]:
        """Leftover words, without the plain words at their ends."""
        tailed = self._type_by_tail(first, last) is not None
        while first < last and self._is_filler(first) and not (tailed and self._is_inside(first)):
            first += 1
        while last > first and self._is_filler_at_end(last - 1):
            last -= 1
        if first == last or (last == first + 1 and self._is_bare_head(first)):
            return []
        kind = self._type_by_tail(first, last)
        return [Candidate(first, last, kind, "rule", titled=titled)]

    def _is_inside(self, index: int) -> bool:
        """Return whether a word that names nothing alone may open a name: "National ... Party"."""
        word = self._text.lowered[index]
        return word not in self._rules.not_names and not opens_sentence(self._text.tokens, index)

    def _type_by_tail(self, first: int, last: int) -> str | None:
        tail = self._text.lowered[last - 1]
        if last - first > 1 and tail in self._rules.place_tails:
            return PLACE
        if last - first > 1 and tail in self._rules.organisation_tails:
            return ORGANISATION
        return None

    def _is_bare_head(self, index: int) -> bool:
        word, rules = self._text.lowered[index], self._rules
        return (
            word in rules.organisation_heads or word in rules.place_heads or word in rules.offices
        )

    def _is_filler(self, index: int) -> bool:
        word = self._text.lowered[index]
        if word in self._rules.not_names or not word[:1].isalpha() or _is_amount(word):
            return True
        half, hyphen, other_half = word.partition("-")
        if hyphen and half == other_half:
            return True
        count = self._rules.count(word)
        named = count.person + count.organisation + count.place
        if opens_sentence(self._text.tokens, index):
            return count.lower > 0 and named * 3 <= count.lower and count.listed < 3
        return count.other + count.lower > 3 * (named + 1) and count.listed < 3

    def _is_filler_at_end(self, index: int) -> bool:
        word = self._text.lowered[index]
        return word in self._rules.not_names or word in (".", "h")
