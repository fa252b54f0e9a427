"""Vectors of articles: what is computed by column is what a plain reading of the rule gives."""

import math
import random
from collections import Counter

import pytest

from warta.transforms.stories.vectors import (
    NAME_FLAG,
    SCALE,
    StoryVector,
    table_of,
    term_of,
    vectorise,
    word_weight,
    words_of,
)

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def _by_the_rule(body: str, language: str) -> StoryVector:
    """Return the vector of a text without names, word by word."""
    table = table_of(language)
    assert table
    weighed: dict[int, float] = {}
    for word, count in Counter(words_of(body)).items():
        term, idf = word_weight(word, table)
        weighed[term] = idf * (1 + math.log(min(count, 255)))
    kept = sorted(weighed.items(), key=lambda one: one[1], reverse=True)[: table.heaviest]
    length = math.sqrt(math.fsum(weight * weight for _, weight in kept))
    pairs = sorted((-round(weight * (SCALE / length)), term) for term, weight in kept)
    return StoryVector(tuple(term for _, term in pairs), tuple(-weight for weight, _ in pairs))


def _words_with_one_hash() -> tuple[str, str]:
    """Return two words that differ and have the same term."""
    seen: dict[int, str] = {}
    choose = random.Random(7)  # noqa: S311  repeatable, not secret
    while True:
        word = "".join(choose.choices(_LETTERS, k=9))
        other = seen.setdefault(term_of(word), word)
        if other != word:
            return other, word


@pytest.mark.parametrize(
    "body",
    [
        "perahu",
        "perahu " * 400,
        "gempa di laut dan gempa di darat",
        " ".join(f"kata{_LETTERS[i % 26]}{_LETTERS[i // 26]} " * (i % 3 + 1) for i in range(300)),
    ],
)
def test_a_vector_holds_the_heaviest_terms(body: str) -> None:
    """Few words or many, once or hundreds of times, with many of one weight at the end."""
    assert vectorise(None, body, "id") == _by_the_rule(body, "id")


def test_of_two_words_with_one_hash_the_later_counts() -> None:
    """It takes the place of the first: lakes hold such vectors."""
    first, second = _words_with_one_hash()
    body = f"{first} nelayan {second} {second} {second} melaut"
    vector = vectorise(None, body, "id")
    assert vector == _by_the_rule(body, "id")
    assert len(vector.terms) == 3
    assert not any(term & NAME_FLAG for term in vector.terms)
