"""The same story in two languages: by names, words of a small lexicon and Wikidata ids.

Stories are compared by what their rows hold already. Names that both languages write alike are
the same term; the lexicon translates others; entities with Wikidata ids need no translation. Two
stories are linked when each is the other's best and they are alike enough: precision first.
"""

import functools
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from warta.transforms.stories.candidates import KEY_TERMS, candidate_blocks
from warta.transforms.stories.likeness import ClusterRows, Likeness
from warta.transforms.stories.vector_rows import VectorRows, joined_rows, vector_rows
from warta.transforms.stories.vectors import SCALE, TABLE_FOLDER, TERM_MASK, term_of

LINK_SCORE = 0.3
"""From which two stories are linked. Among sixty pairs of translated documents .05 does as well; a
lake holds thousands of stories that have no partner."""
ENTITY_WEIGHT = 0.08
"""What the cosine of entities with Wikidata ids counts, the rest is that of terms. More costs
recall: an id is given to countries first, and those are in many stories."""
LANGUAGES = ("id", "en")
_HEAVY = 128
_AT_ONCE = 10_000
"""Rows whose vectors are made at once: as lists they take much more than as columns."""


@dataclass(frozen=True, slots=True)
class LinkStory:
    """What a story is compared with stories of the other language by."""

    story_id: str
    scheme_name: str
    """Table of its vector: "id" or "en"."""
    first_day: int | None
    last_day: int | None
    terms: Sequence[int]
    weights: Sequence[int]
    entities: Mapping[str, int]
    """Wikidata id -> mentions."""


def link_languages(
    stories: Sequence[LinkStory], story_days: int, *, least: float = LINK_SCORE
) -> list[tuple[str, str, float]]:
    """Return the pairs of stories that tell the same event in Indonesian and English.

    Args:
      stories: Stories of both languages.
      story_days: Most days between two that are linked.
      least: Score from which two are linked.

    Returns:
      (Indonesian story, English story, score), sorted; no story is in two pairs.
    """
    left = [one for one in stories if one.scheme_name == LANGUAGES[0]]
    right = [one for one in stories if one.scheme_name == LANGUAGES[1]]
    scores = _scores(left, right, story_days)
    best_left, best_right = _best(scores, 0), _best(scores, 1)
    return sorted(
        (left[one].story_id, right[other].story_id, score)
        for (one, other), score in scores.items()
        if score >= least and best_left[one] == other and best_right[other] == one
    )


def _best(scores: Mapping[tuple[int, int], float], side: int) -> dict[int, int]:
    """Return the best partner of each story of a side."""
    found: dict[int, int] = {}
    for pair in sorted(scores, key=lambda pair: (-scores[pair], pair)):
        found.setdefault(pair[side], pair[1 - side])
    return found


def _scores(
    left: Sequence[LinkStory], right: Sequence[LinkStory], story_days: int
) -> dict[tuple[int, int], float]:
    terms = [_unit(_english_terms(story)) for story in left]
    other_terms = [_unit(_terms(story)) for story in right]
    entities = [_unit(_entity_weights(story)) for story in left]
    other_entities = [_unit(_entity_weights(story)) for story in right]
    scores: dict[tuple[int, int], float] = defaultdict(float)
    for share, one, other in (
        (1 - ENTITY_WEIGHT, terms, other_terms),
        (ENTITY_WEIGHT, entities, other_entities),
    ):
        for pair, value in _products(one, other).items():
            scores[pair] += share * value
    return {
        pair: round(score, 9)
        for pair, score in sorted(scores.items())
        if _days_apart(left[pair[0]], right[pair[1]]) <= story_days
    }


def _products(
    left: Sequence[Mapping[object, float]], right: Sequence[Mapping[object, float]]
) -> dict[tuple[int, int], float]:
    holding: dict[object, list[tuple[int, float]]] = defaultdict(list)
    for number, vector in enumerate(right):
        for key in sorted(vector, key=str):
            holding[key].append((number, vector[key]))
    found: dict[tuple[int, int], float] = defaultdict(float)
    for number, vector in enumerate(left):
        for key in sorted(vector, key=str):
            for other, weight in holding.get(key, ()):
                found[number, other] += vector[key] * weight
    return found


def _english_terms(story: LinkStory) -> dict[object, float]:
    lexicon, forms = load_lexicon(), english_forms()
    found: dict[object, float] = defaultdict(float)
    for term, weight in _heavy(story):
        others = lexicon.get(term)
        if others is None:
            found[forms.get(term, term)] += weight
        else:
            for other in others:
                found[other] += weight / math.sqrt(len(others))
    return found


def _terms(story: LinkStory) -> dict[object, float]:
    forms = english_forms()
    found: dict[object, float] = defaultdict(float)
    for term, weight in _heavy(story):
        found[forms.get(term, term)] += weight
    return found


def _heavy(story: LinkStory) -> Iterable[tuple[int, int]]:
    pairs = zip(story.terms[:_HEAVY], story.weights[:_HEAVY], strict=True)
    return [(term & TERM_MASK, weight) for term, weight in pairs]


def _entity_weights(story: LinkStory) -> dict[object, float]:
    return {name: 1 + math.log(count) for name, count in story.entities.items() if count > 0}


def _unit(vector: Mapping[object, float]) -> dict[object, float]:
    length = math.sqrt(math.fsum(sorted(weight * weight for weight in vector.values())))
    return {key: weight / length for key, weight in vector.items()} if length else {}


def _days_apart(left: LinkStory, right: LinkStory) -> int:
    if left.first_day is None or right.first_day is None:
        return 0
    last, other_last = left.last_day or left.first_day, right.last_day or right.first_day
    return max(0, right.first_day - last, left.first_day - other_last)


@dataclass(frozen=True, slots=True)
class Link:
    """Two rows that tell the same event in two languages."""

    left: int
    right: int
    score: float


def link_rows(
    left: ClusterRows, right: ClusterRows, story_days: int, least: float = LINK_SCORE
) -> list[Link]:
    """Return the pairs of Indonesian and English rows that tell the same event.

    As `link_languages` does, without entities: what columns of terms and days say.

    Args:
      left: Articles or stories of the Indonesian table.
      right: Those of the English one.
      story_days: Most days between two that are linked.
      least: Score from which two are linked.

    Returns:
      Pairs, each the other's best, in the order of left rows.
    """
    sides = _comparable(left, LANGUAGES[0]), _comparable(right, LANGUAGES[1])
    blocks = candidate_blocks(sides[0].vectors, sides[1].vectors)
    likeness = Likeness(*sides, 0, story_days)
    pairs, products = likeness.alike(blocks, least)
    # The best first, equal ones by row: a pair that is first for both its rows is best for both.
    order = np.lexsort((pairs[:, 1], pairs[:, 0], -products))
    best: tuple[dict[int, int], dict[int, int]] = {}, {}
    for one, other in pairs[order].tolist():
        best[0].setdefault(one, other)
        best[1].setdefault(other, one)
    scores = dict(zip(map(tuple, pairs.tolist()), products.tolist(), strict=True))
    return [
        Link(one, other, scores[one, other] / SCALE**2)
        for one, other in sorted(best[0].items())
        if best[1][other] == one
    ]


def _comparable(rows: ClusterRows, language: str) -> ClusterRows:
    """Return rows as vectors of English base forms, each of the length `SCALE`."""
    starts = range(0, max(len(rows), 1), _AT_ONCE)
    parts = [_english_rows(rows, one, min(one + _AT_ONCE, len(rows)), language) for one in starts]
    ones = np.ones(len(rows), dtype=np.int32)
    return ClusterRows(joined_rows(*parts), ones, rows.first, rows.last, rows.arrived)


def _english_rows(rows: ClusterRows, start: int, end: int, language: str) -> VectorRows:
    vectors = []
    make = _english_terms if language == LANGUAGES[0] else _terms
    for row in range(start, end):
        story = LinkStory("", language, None, None, *rows.vectors.row(row), {})
        made = _unit(make(story))
        weighed = sorted(
            (-round(weight * SCALE), cast("int", term)) for term, weight in made.items()
        )
        kept = [(term, -weight) for weight, term in weighed if weight]
        vectors.append(([term for term, _ in kept], [weight for _, weight in kept]))
    return vector_rows(vectors)


def foreign_heads(vectors: VectorRows, language: str) -> VectorRows:
    """Return what vectors may be in the words of the other language, to look them up there.

    Args:
      vectors: Of the Indonesian or the English table.
      language: "id" or "en".
    """
    lexicon = load_lexicon() if language == LANGUAGES[0] else _reversed_lexicon()
    found = []
    for row in range(len(vectors)):
        terms = [term & TERM_MASK for term in vectors.row(row)[0][:KEY_TERMS]]
        others = dict.fromkeys(other for term in terms for other in lexicon.get(term, (term,))[:2])
        found.append((list(others), [1] * len(others)))
    return vector_rows(found)


@functools.cache
def _reversed_lexicon() -> dict[int, tuple[int, ...]]:
    found: dict[int, dict[int, None]] = defaultdict(dict)
    for term, others in load_lexicon().items():
        for other in others:
            found[other][term] = None
    forms = {form: tuple(found[base]) for form, base in english_forms().items() if base in found}
    return forms | {other: tuple(terms) for other, terms in found.items()}


@functools.cache
def english_forms() -> dict[int, int]:
    """Return the terms of inflected English words of the lexicon with that of their base form."""
    words = {word for _, others in _entries() for word in others}
    bases: dict[str, str] = {}
    for word in sorted(words, key=lambda word: (len(word), word)):
        base = bases.get(word, word)
        for form in _inflected(word):
            bases.setdefault(form, base)
    return {term_of(form): term_of(base) for form, base in bases.items()}


def _inflected(word: str) -> list[str]:
    """Return a word and what it may be with endings; some are not words, which does no harm.

    Example:
      >>> _inflected("rally")
      ['rally', 'rallies', 'rallied', 'rallying']
      >>> _inflected("strike")
      ['strike', 'strikes', 'striked', 'striking']
    """
    if word.endswith("y") and word[-2:-1] not in _VOWELS:
        return [word, word[:-1] + "ies", word[:-1] + "ied", word + "ing"]
    plural = word + ("es" if word.endswith(("s", "x", "ch", "sh")) else "s")
    if word.endswith("e"):
        return [word, plural, word + "d", word[:-1] + "ing"]
    return [word, plural, word + "ed", word + "ing"]


_VOWELS = "aeiou"


@functools.cache
def load_lexicon() -> dict[int, tuple[int, ...]]:
    """Return the terms of Indonesian words with the base forms of the English words for them."""
    forms = english_forms()
    return {
        term_of(word): tuple(dict.fromkeys(forms[term_of(other)] for other in others))
        for word, others in _entries()
    }


@functools.cache
def _entries() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the entries of the lexicon: an Indonesian word, and what it may stand for."""
    text = (TABLE_FOLDER / "lexicon_id_en.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    split = [entry.split() for line in lines for entry in line.split(";")]
    return tuple((words[0], tuple(words[1:])) for words in split if len(words) > 1)
