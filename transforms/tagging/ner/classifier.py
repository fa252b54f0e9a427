"""Candidates of one text -> which of them name something, and what.

Known names and head words type most candidates at once. What they leave is typed by its own words,
by the words beside it, by what a trained model makes of it, and by all that the rest of the text
says of the same words.
"""

import functools
import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import pairwise

from transforms.tagging.ner.annotated_text import AnnotatedText
from transforms.tagging.ner.candidates import Candidate
from transforms.tagging.ner.rules import WordCount
from transforms.tagging.ner.tokens import abbreviates, opens_sentence

TYPES = ("person", "organisation", "place")

Evidence = tuple[float, float, float, float]
"""Log-odds, to one common constant, that a candidate is a person, organisation, place, nothing."""
EntityPrediction = tuple[str, float, str]
"""Type or none, how sure that is, and the method that told it."""
ScoredSpan = tuple[Candidate, float]
"""A candidate with its type, and how sure that is."""


class EntityClassifier:
    """Types the candidates of one text."""

    def __init__(self, text: AnnotatedText, candidates: list[Candidate]) -> None:
        self._tokens = text.tokens
        self._lowered = text.lowered
        self._rules = text.rules
        self._candidates = candidates
        self._keys = [self._key(candidate) for candidate in candidates]
        self._alike: dict[str, list[Candidate]] = defaultdict(list)
        for candidate, key in zip(candidates, self._keys, strict=True):
            if candidate.type is None:
                self._alike[key].append(candidate)
        self._own = {key: self._intrinsic(key.split(" ")) for key in self._alike}
        self._seen = {
            key: _sum(_NOTHING, map(self._context, alike)) for key, alike in self._alike.items()
        }

    def classify(self, model: Callable[[Candidate], Evidence] | None = None) -> list[ScoredSpan]:
        """What names something, typed, with how sure that is.

        Args:
          model: what a trained model says of a candidate; None: the rules classify alone.
        """
        method = "crf" if model else "rule"
        predictions: dict[str, EntityPrediction] = {}
        for key, alike in self._alike.items():
            seen = _sum(self._seen[key], map(model, alike)) if model else self._seen[key]
            predictions[key] = (*_predict(self._own[key], seen, len(alike)), method)
        predictions |= self._parts_of_persons(predictions)
        predictions |= self._introduced_acronyms()
        return [
            scored
            for candidate, key in zip(self._candidates, self._keys, strict=True)
            if (scored := _apply(candidate, key, predictions))
        ]

    def _key(self, candidate: Candidate) -> str:
        return " ".join(self._tokens.words[candidate.first : candidate.last])

    def _parts_of_persons(
        self, predictions: dict[str, EntityPrediction]
    ) -> dict[str, EntityPrediction]:
        """A single word that is part of a full name in the same text is that person."""
        parts: set[str] = set()
        for candidate, key in zip(self._candidates, self._keys, strict=True):
            kind = candidate.type or predictions[key][0]
            if kind == "person" and candidate.last - candidate.first > 1:
                parts.update(self._tokens.words[candidate.first : candidate.last])
        return {key: ("person", 0.9, "consistency") for key in predictions if key in parts}

    def _introduced_acronyms(self) -> dict[str, EntityPrediction]:
        """An acronym in brackets behind the organisation that it abbreviates is one too."""
        found: dict[str, EntityPrediction] = {}
        named = zip(self._candidates, self._keys, strict=True)
        for (name, full), (acronym, short) in pairwise(named):
            if (
                name.type == "organisation"
                and acronym.first == name.last + 1
                and self._tokens.words[name.last] == "("
                and abbreviates(short, full)
            ):
                found[short] = ("organisation", 0.9, "consistency")
        return found

    def _intrinsic(self, words: list[str]) -> Evidence:
        """What the words themselves say."""
        person, organisation, place, none = _PRIOR
        for word in words:
            seen = _seen(self._rules.count(word.lower()))
            person += seen[0]
            organisation += seen[1]
            place += seen[2]
            none += seen[3]
        return _by_shape(words, (person, organisation, place, none))

    def _context(self, candidate: Candidate) -> Evidence:
        """What the words beside a candidate say."""
        person = organisation = place = none = 0.0
        before, after = self._neighbour(candidate.first - 1), self._neighbour(candidate.last)
        if candidate.titled:
            person += 3.0
        if before in self._rules.speech_before or after in self._rules.speech_after:
            person += 1.5
            organisation += 0.3
        if before in self._rules.place_before:
            place += 2.0
        if candidate.last - candidate.first == 1 and opens_sentence(self._tokens, candidate.first):
            none += 1.2
        if before in _QUOTES and after in _QUOTES:
            none += 2.0
        if after == "(":
            inside = self._neighbour(candidate.last + 1)
            person += 1.5 if inside.isdecimal() else 0.0
            organisation += 1.5 if self._is_acronym(candidate.last + 1) else 0.0
        return person, organisation, place, none

    def _neighbour(self, index: int) -> str:
        return self._lowered[index] if 0 <= index < len(self._lowered) else ""

    def _is_acronym(self, index: int) -> bool:
        return index < len(self._tokens) and self._tokens.words[index].isupper()


_QUOTES = frozenset({'"', "“", "”", "'", "‘", "’"})
_PRIOR: Evidence = (0.3, 0.0, 0.0, 0.2)
_SMOOTH = 0.4
_LISTED_BOUND = 30
_LISTED_WEIGHT = 0.15
_NOTHING: Evidence = (0.0, 0.0, 0.0, 0.0)
_OUTCOMES = (*TYPES, "none")
_CONTEXT_BOUND = 4.0
_REPEATED = 0.3
"""These and the weights beside them are log-odds, set by hand and checked on the development parts
of NERGrit, idner-news-2k and annotated news (see evaluation/entities.py)."""


@functools.lru_cache(maxsize=10_000)
def _seen(count: WordCount) -> Evidence:
    """How often a word was seen in names -> what that says."""
    listed = min(count.listed, _LISTED_BOUND) * _LISTED_WEIGHT
    total = math.log(
        count.person + listed + count.organisation + count.place + count.other + 4 * _SMOOTH
    )
    return (
        math.log(count.person + listed + _SMOOTH) - total,
        math.log(count.organisation + _SMOOTH) - total,
        math.log(count.place + _SMOOTH) - total,
        math.log(count.other + 0.2 * min(count.lower, 20) + _SMOOTH) - total,
    )


def _apply(
    candidate: Candidate, key: str, predictions: dict[str, EntityPrediction]
) -> ScoredSpan | None:
    if candidate.row:
        return candidate, 1.0
    if candidate.type:
        return candidate, 0.9
    kind, score, method = predictions[key]
    return None if kind == "none" else (candidate._replace(type=kind, method=method), score)


def _sum(given: Evidence, others: Iterable[Evidence]) -> Evidence:
    person, organisation, place, none = given
    for other in others:
        person += other[0]
        organisation += other[1]
        place += other[2]
        none += other[3]
    return person, organisation, place, none


def _predict(own: Evidence, seen: Evidence, times: int) -> tuple[str, float]:
    """The evidence of the words once, that of their places together, with diminishing returns.

    News repeats the names of its persons: a name that comes again is a person's the likelier.
    """
    share = 1 / math.sqrt(times)
    person, organisation, place, none = seen
    sums = (
        own[0] + min(_CONTEXT_BOUND, person * share) + _REPEATED * math.log(times),
        own[1] + min(_CONTEXT_BOUND, organisation * share),
        own[2] + min(_CONTEXT_BOUND, place * share),
        own[3] + min(_CONTEXT_BOUND, none * share),
    )
    most = max(sums)
    weight = sum([math.exp(value - most) for value in sums])
    return _OUTCOMES[sums.index(most)], 1 / weight


def _by_shape(words: list[str], evidence: Evidence) -> Evidence:
    person, organisation, place, none = evidence
    if len(words) == 1:
        word = words[0]
        if word.isupper() and 1 < len(word) <= 6:
            organisation += 1.4
            none += 0.8
            person -= 1.0
        elif "." in word:
            organisation += 2.0
        else:
            none += 0.4
    elif len(words) <= 3:
        person += 0.9
    else:
        organisation += 0.5
        none += 0.3
    if "of" in words:
        person -= 2.0
        organisation += 1.0
    if any(word.isdecimal() for word in words):
        person -= 2.0
        none += 1.0
    return person, organisation, place, none
