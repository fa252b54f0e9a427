"""How an article relates to the story it is in: who rewrote whom, what followed later."""

import re
from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass

from warta.transforms.stories.vectors import MAX_CHARS, IdfTable, word_weight, words_of

COPY, REWRITE, SAME_EVENT, FOLLOW_UP = "copy", "rewrite", "same_event", "follow_up"
REWRITE_COSINE = 0.45
"""Under it no body is read: fewer than one rewrite in fifty is less alike."""
REWRITE_SHARE = 0.4
"""Of the shorter article's sentences, so many must be in the other in other words."""
SENTENCE_SHARE = 0.4
"""Of a sentence's rare words, so many must be in one sentence of the other article."""
MIN_RARITY = 3.0
"""Inverse document frequency of a word that counts: what every article says aligns with all."""
REWRITE_DAYS = 2
"""Reports are rewritten at once; what repeats the background after days brings something new."""
FOLLOW_UP_DAYS = 3
"""From so many days after a story's first article on, what is new is a follow-up."""
SAME_EVENT_COSINE = 0.2
"""Within those days, an article that is less alike follows up too."""
_MIN_RARE_WORDS = 3
_MAX_SENTENCES = 200
_SENTENCE_END = re.compile(r"(?<=[.!?][\"”’')])\s+|(?<=[.!?])\s+|\n+")


@dataclass(frozen=True, slots=True)
class Relation:
    """What an article is to the article it relates to most."""

    kind: str
    of: str
    """article_id of an earlier article of the same story."""
    similarity: float
    """Cosine of the two vectors, 0 to 1; of a copy, as copies are measured."""


def relation_kind(
    cosine: float, aligned: float | None, days_after_first: int | None, days_between: int | None
) -> str:
    """Return what an article is to the article of its story that it is most like.

    Args:
      cosine: Of the two vectors, 0 to 1.
      aligned: Share of aligned sentences, where it was measured.
      days_after_first: Days since the first article of the story; None: no date.
      days_between: Days between the two; None: one has no date.

    Example:
      >>> relation_kind(0.6, 0.5, 0, 0), relation_kind(0.6, 0.1, 5, 5)
      ('rewrite', 'follow_up')
    """
    if aligned is not None and aligned >= REWRITE_SHARE and abs(days_between or 0) <= REWRITE_DAYS:
        return REWRITE
    if days_after_first is not None and days_after_first >= FOLLOW_UP_DAYS:
        return FOLLOW_UP
    return SAME_EVENT if cosine >= SAME_EVENT_COSINE else FOLLOW_UP


def cosine(left: Mapping[int, int], right: Mapping[int, int]) -> int:
    """Return the dot product of two vectors of one article each."""
    if len(left) > len(right):
        left, right = right, left
    return sum([weight * right.get(term, 0) for term, weight in left.items()])


def aligned_sentences(left: str, right: str, table: IdfTable) -> float:
    """Return the share of the shorter text's sentences that the other tells in other words.

    A sentence is aligned where enough of its rare words are in one sentence of the other text.

    Args:
      left: One body.
      right: The other.
      table: Of their language.

    Example:
      >>> from warta.transforms.stories.vectors import table_of
      >>> one = "Feri Sagara karam di Selat Karana."
      >>> other = "Di Selat Karana, feri bernama Sagara itu karam. Nelayan menolong mereka semua."
      >>> aligned_sentences(one, other, table_of("id"))
      1.0
    """
    first, second = _sentences(left, table), _sentences(right, table)
    if not first or not second:
        return 0.0
    if len(first) > len(second):
        first, second = second, first
    holding: dict[int, list[int]] = {}
    for number, sentence in enumerate(second):
        for term in sentence:
            holding.setdefault(term, []).append(number)
    return sum(_is_aligned(sentence, holding) for sentence in first) / len(first)


def _is_aligned(sentence: Set[int], holding: Mapping[int, list[int]]) -> bool:
    shared = Counter(number for term in sentence for number in holding.get(term, ()))
    return max(shared.values(), default=0) >= SENTENCE_SHARE * len(sentence)


def _sentences(text: str, table: IdfTable) -> list[Set[int]]:
    """Return the terms of the rare words of each sentence that has enough of them."""
    found: list[Set[int]] = []
    for sentence in _SENTENCE_END.split(text[:MAX_CHARS])[:_MAX_SENTENCES]:
        weighed = [word_weight(word, table) for word in words_of(sentence)]
        terms = {term for term, rarity in weighed if rarity >= MIN_RARITY}
        if len(terms) >= _MIN_RARE_WORDS:
            found.append(terms)
    return found
