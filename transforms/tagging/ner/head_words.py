"""Head words: "Dinas ...", "PT ...", "Jalan ...": where the names that they open come to an end."""

from warta.transforms.tagging.entity_types import ORGANISATION, PERSON, PLACE
from warta.transforms.tagging.ner.annotated_text import AnnotatedText
from warta.transforms.tagging.ner.gazetteer import Match

GIVEN_NAME_LISTED = 8
"""From so many listed persons on, a word beside another capitalised word is a person's name."""
JOINTS = 4
"""Most commas and joining words inside one name."""
ORGANISATION_WORDS = 14
"""Longest name of an organisation before a joining word, in words."""
PLACE_WORDS = 5
"""Longest name of a place by its head word, in words."""
_ROMAN = frozenset(
    ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv")
)
_JOINTS = frozenset({"dan", "untuk", "and", "of", "for", "the", "&"})
_DIVISIONS = frozenset({"kecamatan", "kec", "kelurahan", "kel", "desa"})
_SIDES = frozenset(
    (
        "utara",
        "timur",
        "selatan",
        "barat",
        "tengah",
        "kota",
        "baru",
        "lama",
        "hulu",
        "hilir",
        "kidul",
        "lor",
    )
)
"""Words after a place that make it a division of it: "Kecamatan Medan Timur"."""
_LED = frozenset({"kpu", "kpk", "dpr", "mpr", "dpd", "bawaslu", "pasukan", "kubu"})
"""Bodies that a person's name may follow at once: "Ketua KPU Nama Orang"."""
_GOVERNED = frozenset({"kabupaten", "kota", "provinsi", "desa", "daerah", "kecamatan"})
_FIRST_YEAR, _LAST_YEAR = 1900, 2100


class HeadWordMatcher:
    """Follows the names that head words open in one text."""

    def __init__(self, text: AnnotatedText) -> None:
        self._text = text
        self._words = text.words

    def opened(self, index: int, end: int, known: Match | None) -> tuple[int, str] | None:
        """Return the end of the name that the word `index` opens, and its type."""
        word = self._words[index]
        head, cues = word.lower, word.cues
        if head == "pemerintah" and index + 2 < end and self._words[index + 1].lower in _GOVERNED:
            return self._place_end(index + 1, end), ORGANISATION
        if head in _LED and index + 1 < end and self._is_of_person(index + 1):
            return None
        if cues.organisation_heads:
            last = self._organisation_end(index, end)
            if known and known.last > index + 1 and known.row.type == ORGANISATION:
                last = self._over_places(known.last, self._text.run_end(known.last - 1))
            if last > index + 1 and (not cues.weak_heads or self._is_proper(index, last)):
                return last, ORGANISATION
        if cues.place_heads:
            last = self._place_end(index, end)
            if last > index + 1 and (not cues.weak_place_heads or self._is_proper(index, last)):
                return last, PLACE
        return None

    def _is_of_person(self, index: int) -> bool:
        """Return whether a word was seen in names of persons, and hardly in any other."""
        known = self._text.known_at(index)
        if known:
            return known.row.type == PERSON
        count = self._words[index].count
        return count.person + count.listed > 2 * (count.organisation + count.place)

    def _over_places(self, last: int, end: int) -> int:
        """Return a known organisation goes on over the place of its branch alone."""
        while last < end:
            match = self._text.known_at(last)
            if match and match.row.type == PLACE:
                last = match.last
            elif self._words[last].text == "RI":
                last += 1
            else:
                break
        return last

    def _is_proper(self, index: int, last: int) -> bool:
        """Return whether words after a weak head hold a known name, or a word never seen small."""
        for position in range(index + 1, last):
            if self._text.known_at(position):
                return True
            word = self._words[position]
            if not word.count.lower and not word.count.other and not word.decimal:
                return True
        return False

    def _organisation_end(self, index: int, end: int) -> int:
        last = index + 1
        while last < min(end, index + ORGANISATION_WORDS) and not self._ends_organisation(
            index, last
        ):
            last += 1
        if last == end and self._words[index].cues.joining_heads:
            return self._over_joints(last)
        return last

    def _ends_organisation(self, index: int, position: int) -> bool:
        word = self._words[position]
        if word.decimal and len(word.lower) == 4 and _FIRST_YEAR <= int(word.lower) <= _LAST_YEAR:
            return position > index + 1 and not self._text.capital_at(position + 1)
        if word.decimal or word.lower in _ROMAN:
            return False
        if self._abbreviates(index, position):
            return True
        if self._text.title_length(position) and not word.cues.offices:
            return True
        count = word.count
        return (
            position > index + 2
            and count.listed >= GIVEN_NAME_LISTED
            and count.listed > 2 * (count.organisation + count.place)
            and self._text.known_at(position) is None
        )

    def _abbreviates(self, index: int, position: int) -> bool:
        """Return whether a word in capitals is but the initials of the name before it."""
        word = self._words[position]
        if position <= index + 1 or not word.text.isupper():
            return False
        return word.lower == "".join([name.lower[:1] for name in self._words[index:position]])

    def _over_joints(self, last: int) -> int:
        """Go on over "dan" or a comma while plain words, not names of their own, follow."""
        for _ in range(JOINTS):
            start = self._after_joint(last)
            if not self._text.capital_at(start) or self._opens_name(start):
                return last
            end = self._text.run_end(start)
            if self._words[last].text == "," and self._after_joint(end) == end:
                return last
            last = end
        return last

    def _after_joint(self, index: int) -> int:
        """Return one past the comma, the joining word, or both, that are at `index`."""
        if self._words[index].text == ",":
            index += 1
        return index + 1 if self._words[index].lower in _JOINTS else index

    def _opens_name(self, index: int) -> bool:
        word = self._words[index]
        return (
            word.cues.organisation_heads
            or not word.count.lower
            or self._text.title_length(index) > 0
            or self._text.known_at(index) is not None
        )

    def _place_end(self, index: int, end: int) -> int:
        if index + 1 >= end:
            return index + 1
        known = self._text.known_at(index + 1)
        if known and known.row.type == PLACE:
            last = known.last
            if self._words[index].lower in _DIVISIONS:
                while last < end and self._words[last].lower in _SIDES:
                    last += 1
            return last
        last = index + 1
        while last < min(end, index + PLACE_WORDS):
            if self._text.title_length(last) and last > index + 1:
                break
            cues = self._words[last].cues
            if last > index + 1 and (cues.organisation_heads or cues.place_heads):
                break
            if self._text.known_at(last) and (last > index + 2):
                break
            last += 1
        return last
