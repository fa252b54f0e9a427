"""Words of a text -> the stretches of capitalised words that may name something.

A stretch is cut where a title ends ("Presiden Prancis | Emmanuel Macron"), where a known name
stands, and where a head word opens the name of an organisation or a place ("Dinas ...", "Jalan
..."). What is left over is a candidate that only its words and neighbours can type.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from transforms.tagging.gazetteer import Gazetteer, Match, Row
from transforms.tagging.rules import Rules
from transforms.tagging.tokens import Tokens, opens_sentence

GIVEN_NAME_LISTED = 8
"""From so many listed persons on, a word beside another capitalised word is a person's name."""
EVENT_WORDS = 3
"""Longest name of an event or a law by its head word, in words: nothing in it names a place."""
PLACE_WORDS = 5
"""Longest name of a place by its head word, in words."""
_ABBREVIATIONS = frozenset(
    "pt cv tbk dr drs prof mr mrs ms st h hj ir kh jl no sen rep gen col lt rev jr sr kab kec".split()
)
_ROMAN = frozenset("i ii iii iv v vi vii viii ix x xi xii xiii xiv xv".split())
_JOINTS = frozenset({"dan", "untuk", "and", "of", "for", "the", "&"})
_NAME_PARTS = frozenset("bin binti bint van von de da der den ten la del dos el al".split())
_FIRST_YEAR, _LAST_YEAR = 1900, 2100


@dataclass(frozen=True, slots=True)
class Candidate:
    """The words [first, last), with what is known of them so far."""

    first: int
    last: int
    type: str | None
    """person, organisation or place; None: yet to be told."""
    method: str
    row: Row | None = None
    titled: bool = False
    """A title stands before it."""


def is_capitalised(word: str) -> bool:
    """Whether a word opens with a capital letter."""
    return word[:1].isupper()


def _is_amount(word: str) -> bool:
    return word.startswith(("rp", "usd")) and any(map(str.isdecimal, word))


class Cutter:
    """Cuts one text into candidates. Holds the text, so that every step reads the same words."""

    def __init__(self, tokens: Tokens, rules: Rules, gazetteer: Gazetteer) -> None:
        self.tokens = tokens
        self.lowered = [word.lower() for word in tokens.words]
        self._rules = rules
        self._gazetteer = gazetteer

    def candidates(self) -> Iterator[Candidate]:
        """All candidates of the text, in order, none over another."""
        index = 0
        while index < len(self.tokens):
            if not is_capitalised(self.tokens.words[index]):
                index += 1
                continue
            end = self._run_end(index)
            titled = index > 0 and self._follows_title(index)
            while index < end:
                start = index
                found, index, titled = self._step(index, end, titled=titled)
                yield from found
                index = max(index, start + 1)

    def _follows_title(self, index: int) -> bool:
        return self.tokens.touch(index - 1) and self._rules.ends_with_title(self.lowered, index - 1)

    def _run_end(self, index: int) -> int:
        """One past the last word of the stretch that opens at `index`."""
        words, last = self.tokens.words, index + 1
        while last < len(words) and self.tokens.touch(last - 1):
            if is_capitalised(words[last]) or words[last].isdecimal():
                last += 1
            elif words[last] == "." and self._is_abbreviation(last):
                last += 2
            elif self.lowered[last] in _NAME_PARTS and self._capital_at(last + 1):
                last += 2
            elif self._is_english_of(last):
                last += 2
            else:
                break
        return last

    def _is_english_of(self, index: int) -> bool:
        return (
            self.lowered[index] == "of"
            and self._capital_at(index + 1)
            and not self._rules.ends_with_title(self.lowered, index - 1)
        )

    def _is_abbreviation(self, dot: int) -> bool:
        before = self.lowered[dot - 1]
        return (len(before) == 1 or before in _ABBREVIATIONS) and self._capital_at(dot + 1)

    def _capital_at(self, index: int) -> bool:
        return (
            index < len(self.tokens)
            and self.tokens.touch(index - 1)
            and is_capitalised(self.tokens.words[index])
        )

    def _step(self, index: int, end: int, *, titled: bool) -> tuple[list[Candidate], int, bool]:
        """What stands at `index` of a stretch -> candidates, where to go on, whether a title led."""
        known = self._known(index, end)
        skipped = self._title_end(index, end)
        if skipped > index and (known is None or known.last <= skipped):
            return [], skipped, True
        if self.lowered[index] in self._rules.event_heads:
            return [], self._event_end(index, end), False
        headed = self._headed(index, end, known)
        if headed and (known is None or headed.last > known.last):
            return [headed], headed.last, titled
        if known:
            return [self._from_match(known)], known.last, titled
        last = index + 1
        while last < end and not self._breaks(last, end):
            last += 1
        return self._residual(index, last, titled=titled), last, False

    def _title_end(self, index: int, end: int) -> int:
        length = self._rules.title_length(self.lowered, index)
        if not length or index + length > end:
            return index
        last = index + length
        while last < end and self.lowered[last] in self._rules.offices:
            last += 1
        return last

    def _event_end(self, index: int, end: int) -> int:
        last = index + 1
        while last < min(end, index + EVENT_WORDS):
            if self._rules.title_length(self.lowered, last):
                break
            last += 1
        return last

    def _breaks(self, index: int, end: int) -> bool:
        """Whether something other than the leftover words before it opens at `index`."""
        if self._rules.title_length(self.lowered, index) > 0 and self.lowered[index] != "h":
            return True
        if self.lowered[index - 1] == "of":
            return False
        known = self._known(index, end)
        if known is None:
            return self._headed(index, end, None) is not None
        return not (known.row.type == "person" and known.last == index + 1)

    def _known(self, index: int, end: int) -> Match | None:
        match = self._gazetteer.at(self.tokens, self.lowered, index, exact=False)
        if match is None or match.last - index > 1:
            return match
        if opens_sentence(self.tokens, index) and self._is_plain_word(index):
            return None
        return None if self._is_given_name(match, end) else match

    def _is_plain_word(self, index: int) -> bool:
        count = self._rules.count(self.lowered[index])
        return count.lower > count.person + count.organisation + count.place

    def _is_given_name(self, match: Match, end: int) -> bool:
        """Whether one known word is but a part of a longer name, as Jordan of a Jordan Ayew."""
        following = match.last
        if following >= end or self._gazetteer.at(
            self.tokens, self.lowered, following, exact=False
        ):
            return False
        if self._rules.title_length(self.lowered, following):
            return False
        if match.row.type == "person":
            return True
        return (
            match.row.type == "place"
            and self._rules.count(self.lowered[match.first]).listed >= GIVEN_NAME_LISTED
        )

    def _from_match(self, match: Match) -> Candidate:
        return Candidate(match.first, match.last, match.row.type, "gazetteer", match.row)

    def _headed(self, index: int, end: int, known: Match | None) -> Candidate | None:
        head = self.lowered[index]
        rules = self._rules
        if head in rules.organisation_heads:
            last = self._organisation_end(index, end)
            if known and known.last > index + 1 and known.row.type == "organisation":
                last = self._over_places(known.last, end)
            if last > index + 1 and (head not in rules.weak_heads or self._is_proper(index, last)):
                return Candidate(index, last, "organisation", "rule")
        if head in rules.place_heads:
            last = self._place_end(index, end)
            if last > index + 1 and (
                head not in rules.weak_place_heads or self._is_proper(index, last)
            ):
                return Candidate(index, last, "place", "rule")
        return None

    def _over_places(self, last: int, end: int) -> int:
        """A known organisation goes on over the place of its branch alone."""
        while last < end:
            match = self._gazetteer.at(self.tokens, self.lowered, last, exact=False)
            if match and match.row.type == "place":
                last = match.last
            elif self.tokens.words[last] == "RI":
                last += 1
            else:
                break
        return last

    def _is_proper(self, index: int, last: int) -> bool:
        """Whether the words after a weak head hold a known name, or a word never seen small."""
        for position in range(index + 1, last):
            if self._gazetteer.at(self.tokens, self.lowered, position, exact=False):
                return True
            count = self._rules.count(self.lowered[position])
            if not count.lower and not count.other and not self.lowered[position].isdecimal():
                return True
        return False

    def _organisation_end(self, index: int, end: int) -> int:
        last = index + 1
        while last < end and not self._ends_organisation(index, last):
            last += 1
        if last == end and self.lowered[index] in self._rules.joining_heads:
            return self._over_joints(last)
        return last

    def _ends_organisation(self, index: int, position: int) -> bool:
        word = self.lowered[position]
        if word.isdecimal() and _FIRST_YEAR <= int(word) <= _LAST_YEAR:
            return position > index + 1 and not self._capital_at(position + 1)
        if word in _ROMAN or word.isdecimal():
            return False
        if self._abbreviates(index, position):
            return True
        if self._rules.title_length(self.lowered, position) and word not in self._rules.offices:
            return True
        count = self._rules.count(word)
        return (
            position > index + 2
            and count.listed >= GIVEN_NAME_LISTED
            and count.listed > 2 * (count.organisation + count.place)
            and self._gazetteer.at(self.tokens, self.lowered, position, exact=False) is None
        )

    def _abbreviates(self, index: int, position: int) -> bool:
        """Whether a word in capitals is but the initials of the name before it."""
        word = self.tokens.words[position]
        initials = "".join(name[:1] for name in self.lowered[index:position])
        return position > index + 1 and word.isupper() and word.lower() == initials

    def _over_joints(self, last: int) -> int:
        """Goes on over "dan" or a comma while plain words, not names of their own, follow."""
        while last + 1 < len(self.tokens) and (
            self.lowered[last] in _JOINTS or self.tokens.words[last] == ","
        ):
            joint = 2 if self.lowered[last + 1] in _JOINTS else 1
            start = last + joint
            if not self._capital_at(start) or self._opens_name(start):
                return last
            run_end = self._run_end(start)
            comma = self.tokens.words[last] == ","
            if comma and not self._joint_follows(run_end):
                return last
            last = run_end
        return last

    def _opens_name(self, index: int) -> bool:
        known = self._gazetteer.at(self.tokens, self.lowered, index, exact=False)
        heads = self._rules.organisation_heads
        return (
            known is not None
            or self.lowered[index] in heads
            or self._rules.title_length(self.lowered, index) > 0
            or not self._rules.count(self.lowered[index]).lower
        )

    def _joint_follows(self, index: int) -> bool:
        return index < len(self.tokens) and (
            self.lowered[index] in _JOINTS or self.tokens.words[index] == ","
        )

    def _place_end(self, index: int, end: int) -> int:
        if index + 1 >= end:
            return index + 1
        known = self._gazetteer.at(self.tokens, self.lowered, index + 1, exact=False)
        if known and known.row.type == "place":
            return known.last
        last = index + 1
        while last < min(end, index + PLACE_WORDS):
            if self._rules.title_length(self.lowered, last) and last > index + 1:
                break
            heads = self._rules.organisation_heads | self._rules.place_heads
            if self.lowered[last] in heads and last > index + 1:
                break
            if self._gazetteer.at(self.tokens, self.lowered, last, exact=False) and (
                last > index + 2
            ):
                break
            last += 1
        return last

    def _residual(self, first: int, last: int, *, titled: bool) -> list[Candidate]:
        """Leftover words, without the plain words at their ends."""
        while first < last and self._is_filler(first):
            first += 1
        while last > first and self._is_filler_at_end(last - 1):
            last -= 1
        if first == last or (last == first + 1 and self._is_bare_head(first)):
            return []
        kind = self._type_by_tail(first, last)
        return [Candidate(first, last, kind, "rule", titled=titled)]

    def _type_by_tail(self, first: int, last: int) -> str | None:
        tail = self.lowered[last - 1]
        if last - first > 1 and tail in self._rules.place_tails:
            return "place"
        if last - first > 1 and tail in self._rules.organisation_tails:
            return "organisation"
        return None

    def _is_bare_head(self, index: int) -> bool:
        word, rules = self.lowered[index], self._rules
        if word.isupper():
            return False
        return word in rules.organisation_heads | rules.place_heads | rules.offices

    def _is_filler(self, index: int) -> bool:
        word = self.lowered[index]
        if word in self._rules.not_names or not word[:1].isalpha() or _is_amount(word):
            return True
        count = self._rules.count(word)
        named = count.person + count.organisation + count.place
        if opens_sentence(self.tokens, index):
            return count.lower > 0 and named * 3 <= count.lower and count.listed < 3
        return count.other + count.lower > 3 * (named + 1) and count.listed < 3

    def _is_filler_at_end(self, index: int) -> bool:
        word = self.lowered[index]
        return word in self._rules.not_names or word in (".", "h")
