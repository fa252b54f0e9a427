"""Repair what is taken for a person: lists of names, bodies before a name, products of a maker."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator

from warta.transforms.tagging.entity_types import ORGANISATION, PERSON
from warta.transforms.tagging.ner.annotated_text import AnnotatedText
from warta.transforms.tagging.ner.classifier import ScoredSpan
from warta.transforms.tagging.ner.words import Word

LISTED_WORDS = 6
"""From so many words on, what is taken for one person is a list of several."""
SHORTEST_BODY = 3
"""Letters of the shortest word in capitals that is a body and no initials."""
SHORTEST_NAME = 2
"""Words of the shortest name that a body is cut from."""
LONGEST_PRODUCT = 3
"""Words of what a maker makes."""
LONGEST_PLATE, PLATE_REGION, PLATE_DIGITS = 3, 2, 4
"""Letters that end a number plate, that open it, and digits between them: "DK 1432 MK"."""
_SHIPS = frozenset(("KRI", "KMP", "KMN", "KLM"))
"""Before the name of a ship."""


def repaired(text: AnnotatedText, scored: Iterable[ScoredSpan]) -> Iterator[ScoredSpan]:
    """Yield the names of texts, those of persons repaired, without number plates.

    Args:
      text: The texts.
      scored: Their names, in order.
    """
    names = [one for one in scored if not _is_plate(text, one)]
    products = {_key(text, one) for one in names if _is_product(text, one)}
    words = text.words
    for one in names:
        name, _ = one
        if name.type != PERSON or name.row:
            yield one
        elif products and _key(text, one) in products:
            continue
        elif (
            name.last - name.first < LISTED_WORDS
            and not words[name.first].cues.makers
            and not _is_acronym(words[name.first])
        ):
            yield one  # as most are
        else:
            yield from _split(text, one)


def _split(text: AnnotatedText, scored: ScoredSpan) -> Iterator[ScoredSpan]:
    """Yield the persons in what is taken for one, and the body before the first."""
    name, score = scored
    words = text.words[name.first : name.last]
    if text.words[name.first].cues.makers:
        yield name.moved(name.first, name.first + 1).typed(ORGANISATION, name.method, None), score
        return
    if _opens_with_body(words):
        first = name.first + 1
        if not words[0].cues.offices:
            yield name.moved(name.first, first).typed(ORGANISATION, name.method, None), score
        yield name.moved(first, name.last), score
        return
    length = name.last - name.first
    size = length
    if length >= LISTED_WORDS:
        # Lists of persons without commas: names of two words each, or of three.
        size = next((size for size in (2, 3) if length % size == 0), length)
    for first in range(name.first, name.last, size):
        yield name.moved(first, first + size), score


def _opens_with_body(words: list[Word]) -> bool:
    """Return whether an acronym is before a person's name: "BKKN Rina Sasmita"."""
    first, *others = words
    if len(others) < SHORTEST_NAME or len(first.text) < SHORTEST_BODY or first.text in _SHIPS:
        return False
    return _is_acronym(first) and not any(map(_is_acronym, others))


def _is_acronym(word: Word) -> bool:
    return word.text.isalpha() and word.text.isupper() and len(word.text) > 1


def _is_product(text: AnnotatedText, scored: ScoredSpan) -> bool:
    """Return whether a name is what the maker right before it makes: "Honda Awan"."""
    name, _ = scored
    words = text.words
    if not words[name.first - 1].cues.makers or not text.capital_at(name.first):
        return False
    if name.type != PERSON or name.row or name.titled or name.last - name.first > LONGEST_PRODUCT:
        return False
    return not any(word.count.listed or word.count.person for word in words[name.first : name.last])


def _is_plate(text: AnnotatedText, scored: ScoredSpan) -> bool:
    """Return whether the letters are the last ones of a number plate."""
    name, _ = scored
    if not text.words[name.first - 1].decimal or name.last - name.first > 1:
        return False
    last = text.words[name.first].text
    if len(last) > LONGEST_PLATE or not last.isupper():
        return False
    digits, region = text.words[name.first - 1], text.words[name.first - 2]
    return (
        len(digits.text) <= PLATE_DIGITS
        and len(region.text) <= PLATE_REGION
        and region.text.isalpha()
        and region.text.isupper()
    )


def _key(text: AnnotatedText, scored: ScoredSpan) -> tuple[int, str]:
    """Return which text a name is of, and its words."""
    name, _ = scored
    words = " ".join([word.text for word in text.words[name.first : name.last]])
    return bisect_right(text.batch.bounds, name.first), words
