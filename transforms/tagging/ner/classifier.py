"""Tell which candidates of a text name something, and what.

Known names and head words type most candidates at once. What they leave is typed by its own words,
by the words beside it, by what a trained model makes of it, and by all that the rest of the text
says of the same words. Evidence is an array of log-odds, to one common constant: a column a type of
entity, and last that a candidate names nothing.
"""

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from warta.transforms.tagging.entity_types import ENTITY_TYPES, ORGANISATION, PERSON, PLACE
from warta.transforms.tagging.ner.annotated_text import AnnotatedText
from warta.transforms.tagging.ner.candidates import Candidate, is_abroad
from warta.transforms.tagging.ner.tokens import abbreviates
from warta.transforms.tagging.ner.word_tables import WordCount

NONE = "none"
"""In place of a type: the candidate names nothing."""

Evidence = NDArray[np.float64]
"""(candidates, types + 1): log-odds."""
EntityPrediction = tuple[str, float, str]
"""Type or none, how sure that is, and the method that found it."""
ScoredSpan = tuple[Candidate, float]
"""A candidate with its type, and how sure that is."""
_Key = tuple[int, str]
"""A name: the number of its text in the batch, and its words."""

_PRIOR: Mapping[str, float] = {PERSON: 0.3, NONE: 0.2}
_CONTEXT_CUES: tuple[Mapping[str, float], ...] = (
    {PERSON: 3.0},  # a title before it
    {PERSON: 1.5, ORGANISATION: 0.3},  # a verb of speech beside it
    {PLACE: 2.0},  # a word before it that places follow
    {NONE: 1.2},  # one word that opens its sentence
    {NONE: 2.0},  # in quotes
    {PERSON: 1.5},  # a number in brackets after it: an age
    {ORGANISATION: 1.5},  # capitals in brackets after it: an acronym
    {NONE: 2.0},  # what films, songs and books are called, before it
)
"""What the words beside a candidate say, in the order of `_context_cues`."""
_SHAPE_CUES: tuple[Mapping[str, float], ...] = (
    {ORGANISATION: 1.4, NONE: 0.8, PERSON: -1.0},  # a short word in capitals
    {ORGANISATION: 2.0},  # a word with a dot in it
    {NONE: 0.4},  # another single word
    {PERSON: 0.9},  # two words or three
    {ORGANISATION: 0.5, NONE: 0.3},  # more
    {PERSON: -2.0, ORGANISATION: 1.0},  # with an "of"
    {PERSON: -2.0, NONE: 1.0},  # with a number
)
"""What the form of a name says, in the order of `_shape_cues`."""
_SMOOTH = 0.4
_LISTED_BOUND = 30
_LISTED_WEIGHT = 0.15
_CONTEXT_BOUND = 4.0
_REPEATED: Mapping[str, float] = {PERSON: 0.3}
"""For each time that the logarithm of a name's number of mentions holds: news repeats the names of
its persons. These and the weights above are log-odds, set by hand and checked on the development
parts of NERGrit, idner-news-2k and annotated news (see evaluation/entities.py)."""
LONGEST_INITIALS = 3
AGE_DIGITS = 2
_QUOTES = frozenset({'"', "“", "”", "'", "‘", "’"})


class EntityClassifier:
    """Types the candidates of several texts; each text says something of its own names alone.

    Args:
      text: The texts, their rules and known names.
      candidates: In order, none over another.
      types: That a candidate can be of: those of the trained model.
    """

    def __init__(
        self,
        text: AnnotatedText,
        candidates: list[Candidate],
        types: tuple[str, ...] = ENTITY_TYPES,
    ) -> None:
        self._words = text.words
        self._opens = text.opens
        self._candidates = candidates
        self._outcomes = (*types, NONE)
        self._weights = _weights(types)
        self._keys = _keys(text, candidates)
        self._open = [candidate for candidate in candidates if candidate.type is None]
        numbers: dict[_Key, int] = {}
        group = []
        for key, candidate in zip(self._keys, candidates, strict=True):
            if candidate.type is None:
                group.append(numbers.setdefault(key, len(numbers)))
        self._names = list(numbers)
        # What the text itself says does not change with the model.
        self._persons = self._introduced_persons()
        self._acronyms = self._introduced_acronyms()
        self._group = np.asarray(group, dtype=np.intp)
        if self._open:
            self._times = np.bincount(self._group)
            self._intrinsic = self._intrinsic_evidence()
            self._context = np.zeros((len(self._names), len(self._outcomes)))
            cues = np.asarray([self._context_cues(candidate) for candidate in self._open], float)
            np.add.at(self._context, self._group, cues.dot(self._weights.context))

    def classify(
        self, model: Callable[[Sequence[Candidate]], Evidence] | None = None
    ) -> list[ScoredSpan]:
        """Return what names something, typed, with how sure that is.

        Args:
          model: What a trained model says of candidates; None: the rules classify alone.
        """
        predictions: dict[_Key, EntityPrediction] = {}
        if self._open:
            seen = self._context
            if model:
                seen = seen.copy()
                np.add.at(seen, self._group, model(self._open))
            method = "crf" if model else "rule"
            kinds, scores = self._predict(seen)
            predictions = {
                name: (self._outcomes[kind], score, method)
                for name, kind, score in zip(self._names, kinds, scores, strict=True)
            }
        parts = self._parts_of_persons(predictions)
        predictions |= {key: (PERSON, 0.9, "consistency") for key in predictions if key in parts}
        predictions |= self._acronyms
        persons = self._persons | self._cities_in_persons(parts)
        return [
            scored
            for candidate, key in zip(self._candidates, self._keys, strict=True)
            if (scored := _apply(_as_person(candidate, key, persons), key, predictions))
        ]

    def _predict(self, seen: Evidence) -> tuple[list[int], list[float]]:
        """Return the likeliest outcome of each name, and how sure it is.

        The evidence of the words counts once, that of their places together, with diminishing
        returns.
        """
        share = (1 / np.sqrt(self._times))[:, None]
        sums = self._intrinsic + np.minimum(_CONTEXT_BOUND, seen * share)
        sums += self._weights.repeated * np.log(self._times)[:, None]
        most = sums.max(axis=1)
        scores = 1 / np.exp(sums - most[:, None]).sum(axis=1)
        return sums.argmax(axis=1).tolist(), scores.tolist()

    def _parts_of_persons(self, predictions: dict[_Key, EntityPrediction]) -> set[_Key]:
        """Return the words of persons' full names: alone in the same text they are those too."""
        parts: set[_Key] = set()
        for candidate, key in zip(self._candidates, self._keys, strict=True):
            if candidate.last - candidate.first > 1:
                kind = candidate.type or predictions[key][0]
                if kind == PERSON:
                    number, words = key
                    parts.update((number, word) for word in words.split(" "))
        return parts

    def _cities_in_persons(self, parts: set[_Key]) -> set[_Key]:
        """Return cities abroad that are a person's name in a text: "Milano", of "Milano Lubis"."""
        named: set[_Key] = set()
        led_to: set[_Key] = set()
        for candidate, key in zip(self._candidates, self._keys, strict=True):
            row = candidate.row
            if row and row.type == PLACE and key in parts and is_abroad(row):
                named.add(key)
                if self._words[candidate.first - 1].cues.place_before:
                    led_to.add(key)
        return named - led_to

    def _introduced_persons(self) -> set[_Key]:
        """Return the initials by which texts name suspects and victims, and nicknames.

        "SR (34)" is a person. An acronym that is known is one's initials where the text calls it
        that, or where it is among other initials.
        """
        named: set[_Key] = set()
        aged: dict[int, list[_Key]] = {}
        known: set[_Key] = set()
        for candidate, key in zip(self._candidates, self._keys, strict=True):
            before = self._words[candidate.first - 1].cues
            if before.nickname_before and not candidate.row:
                named.add(key)
            number, name = key
            if len(name) > LONGEST_INITIALS or not name.isupper():
                continue
            if candidate.row:
                known.add(key)
            if before.initials_before or (before.suspects and not candidate.row):
                named.add(key)
            elif self._is_aged(candidate.last):
                aged.setdefault(number, []).append(key)
        for number, keys in aged.items():
            unknown = set(keys) - known
            sure = len(unknown) > 1 or any(number == other for other, _ in named)
            named.update(keys if sure else unknown)
        return named

    def _is_aged(self, index: int) -> bool:
        """Return whether an age in brackets is at `index`: two digits."""
        if self._words[index].text != "(":
            return False
        age = self._words[index + 1]
        return age.decimal and len(age.text) == AGE_DIGITS and self._words[index + 2].text == ")"

    def _introduced_acronyms(self) -> dict[_Key, EntityPrediction]:
        """Return an acronym in brackets after the organisation that it abbreviates is one too."""
        found: dict[_Key, EntityPrediction] = {}
        named = zip(self._candidates, self._keys, strict=True)
        for (name, full), (acronym, short) in pairwise(named):
            if (
                name.type == ORGANISATION
                and acronym.first == name.last + 1
                and self._words[name.last].text == "("
                and abbreviates(short[1], full[1])
            ):
                found[short] = (ORGANISATION, 0.9, "consistency")
        return found

    def _intrinsic_evidence(self) -> Evidence:
        """Return what the words of each name say by themselves."""
        types = self._outcomes[:-1]
        rows: list[tuple[float, ...]] = []
        starts = []
        shapes = []
        first_of = dict(zip(reversed(self._group.tolist()), reversed(self._open), strict=True))
        for number in range(len(self._names)):
            candidate = first_of[number]
            words = self._words[candidate.first : candidate.last]
            starts.append(len(rows))
            rows.append(self._weights.prior)
            rows += [_seen(word.count, types) for word in words]
            shapes.append(_shape_cues([word.text for word in words]))
        sums = np.add.reduceat(np.asarray(rows), starts, axis=0)
        return sums + np.asarray(shapes, float).dot(self._weights.shape)

    def _context_cues(self, candidate: Candidate) -> tuple[bool, ...]:
        """Return which of `_CONTEXT_CUES` are beside a candidate."""
        first, last = candidate.first, candidate.last
        before, after = self._words[first - 1], self._words[last]
        bracket = after.text == "("
        return (
            candidate.titled,
            before.cues.speech_before or after.cues.speech_after,
            before.cues.place_before,
            last - first == 1 and self._opens[first],
            before.text in _QUOTES and after.text in _QUOTES,
            bracket and self._words[last + 1].decimal,
            bracket and self._words[last + 1].text.isupper(),
            before.cues.works,
        )


def _keys(text: AnnotatedText, candidates: Sequence[Candidate]) -> list[_Key]:
    """Return the text and the words of each candidate."""
    words, bounds = text.words, text.batch.bounds
    keys = []
    number = 0
    for candidate in candidates:
        first, last = candidate.first, candidate.last
        while first > bounds[number + 1]:
            number += 1
        name = " ".join([word.text for word in words[first:last]])
        keys.append((number, name))
    return keys


class _Weights:
    """The tables above as arrays, for one list of types."""

    def __init__(self, types: tuple[str, ...]) -> None:
        outcomes = (*types, NONE)

        def row(weights: Mapping[str, float]) -> list[float]:
            return [weights.get(outcome, 0.0) for outcome in outcomes]

        self.prior = tuple(row(_PRIOR))
        self.repeated = np.asarray(row(_REPEATED))
        self.context = np.asarray([row(cue) for cue in _CONTEXT_CUES])
        self.shape = np.asarray([row(cue) for cue in _SHAPE_CUES])


_weights = functools.cache(_Weights)


@functools.lru_cache(maxsize=10_000)
def _seen(count: WordCount, types: tuple[str, ...]) -> tuple[float, ...]:
    """Return what it says that a word was seen so often in names of each type, and elsewhere."""
    listed = min(count.listed, _LISTED_BOUND) * _LISTED_WEIGHT
    named = [getattr(count, kind, 0) + (listed if kind == PERSON else 0.0) for kind in types]
    total = math.log(sum(named) + count.other + (len(types) + 1) * _SMOOTH)
    nothing = math.log(count.other + 0.2 * min(count.lower, 20) + _SMOOTH)
    return (*(math.log(seen + _SMOOTH) - total for seen in named), nothing - total)


def _shape_cues(words: list[str]) -> tuple[bool, ...]:
    """Return which of `_SHAPE_CUES` a name has."""
    single = len(words) == 1
    acronym = single and words[0].isupper() and 1 < len(words[0]) <= 6
    dotted = single and not acronym and "." in words[0]
    return (
        acronym,
        dotted,
        single and not acronym and not dotted,
        1 < len(words) <= 3,
        len(words) > 3,
        "of" in words,
        any(map(str.isdecimal, words)),
    )


def _as_person(candidate: Candidate, key: _Key, persons: set[_Key]) -> Candidate:
    if key not in persons:
        return candidate
    return candidate.typed(PERSON, "consistency", None)


def _apply(
    candidate: Candidate, key: _Key, predictions: dict[_Key, EntityPrediction]
) -> ScoredSpan | None:
    if candidate.row:
        return candidate, 1.0
    if candidate.type:
        return candidate, 0.9
    kind, score, method = predictions[key]
    if kind == NONE:
        return None
    return candidate.typed(kind, method, candidate.row), score
