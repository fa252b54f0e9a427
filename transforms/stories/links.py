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

from warta.transforms.stories.vectors import TABLE_FOLDER, TERM_MASK, term_of

LINK_SCORE = 0.3
"""From which two stories are linked. Among sixty pairs of translated documents .05 does as well; a
lake holds thousands of stories that have no partner."""
ENTITY_WEIGHT = 0.08
"""What the cosine of entities with Wikidata ids counts, the rest is that of terms. More costs
recall: an id is given to countries first, and those are in many stories."""
_LANGUAGES = ("id", "en")
_HEAVY = 128


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
    left = [one for one in stories if one.scheme_name == _LANGUAGES[0]]
    right = [one for one in stories if one.scheme_name == _LANGUAGES[1]]
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
    lexicon = load_lexicon()
    found: dict[object, float] = defaultdict(float)
    for term, weight in _heavy(story):
        others = lexicon.get(term)
        if others is None:
            found[term] += weight
        else:
            for other in others:
                found[other] += weight / math.sqrt(len(others))
    return found


def _terms(story: LinkStory) -> dict[object, float]:
    return {term: float(weight) for term, weight in _heavy(story)}


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


@functools.cache
def load_lexicon() -> dict[int, tuple[int, ...]]:
    """Return the terms of Indonesian words with those of the English words for them."""
    found: dict[int, tuple[int, ...]] = {}
    text = (TABLE_FOLDER / "lexicon_id_en.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        for entry in line.split(";"):
            word, *others = entry.split() or [""]
            if others:
                found[term_of(word)] = tuple(term_of(other) for other in others)
    return found
