"""Text or tokens -> the persons, organisations and places that they name.

Known names and head words type most candidates at once; what they leave is typed by its own
words, by the words beside it, and by all that the rest of the text says of the same words.
"""

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

from transforms.tagging.candidates import Candidate, Cutter
from transforms.tagging.gazetteer import Gazetteer, Row
from transforms.tagging.reading import Reading, is_capitalised
from transforms.tagging.rules import Rules, load_rules
from transforms.tagging.tokens import (
    Tokens,
    abbreviates,
    headings,
    join_tokens,
    opens_sentence,
    tokenise,
)

VERSION = "entities-rules-1"
TYPES = ("person", "organisation", "place")

Evidence = tuple[float, float, float, float]
"""Log-odds, to one common constant, that a candidate is a person, organisation, place, nothing."""


@dataclass(frozen=True, slots=True)
class Span:
    """One name in a text: code points [start, end)."""

    start: int
    end: int
    surface: str
    type: str
    score: float
    method: str
    """gazetteer: a known name. rule: told by the words in and about it."""
    row: Row | None = None
    """The known entity, where the name is one's."""


@dataclass(frozen=True, slots=True)
class EntityTagger:
    """Finds names in one language; without rules, known names alone, written as the table does."""

    rules: Rules | None
    gazetteer: Gazetteer

    @classmethod
    def load(cls, language: str, gazetteer_files: tuple[str, ...] = ()) -> "EntityTagger":
        """Language -> its tagger.

        Args:
          language: BCP-47. Indonesian and Malay share their rules, English has its own; any other
            language is tagged with known names alone.
          gazetteer_files: paths or URIs of the users' own tables, which win.

        Raises:
          GazetteerError: a table of the user's cannot be read.
        """
        return cls.with_gazetteer(language, Gazetteer.load(gazetteer_files))

    @classmethod
    def with_gazetteer(cls, language: str, gazetteer: Gazetteer) -> "EntityTagger":
        """As `load`, over a gazetteer that is loaded already and shared between languages."""
        known = rules_language(language)
        return cls(load_rules(known) if known else None, gazetteer)

    def label(self, sentences: list[list[str]]) -> list[list[str]]:
        """Tokens of sentences -> their BIO labels; each sentence stands for itself."""
        return [self._label_sentence(sentence) for sentence in sentences]

    def mentions(self, text: str) -> list[Span]:
        """Text -> its names in order, none over another; one text is one document."""
        tokens = tokenise(text)
        return _without_headings(text, [_span(tokens, *found) for found in self._find(tokens)])

    def _label_sentence(self, words: list[str]) -> list[str]:
        labels = ["O"] * len(words)
        for candidate, _ in self._find(join_tokens(words)):
            for index in range(candidate.first, candidate.last):
                labels[index] = f"{'B' if index == candidate.first else 'I'}-{candidate.type}"
        return labels

    def _find(self, tokens: Tokens) -> list[tuple[Candidate, float]]:
        if self.rules is None:
            return [(candidate, 1.0) for candidate in _known_names(tokens, self.gazetteer)]
        text = Reading(tokens, self.rules, self.gazetteer)
        return _Judge(text).decide(list(Cutter(text).candidates()))


def rules_language(language: str) -> str | None:
    """BCP-47 -> the language whose rules serve it; None: none do."""
    return {"id": "id", "ms": "id", "en": "en"}.get(language.split("-")[0].lower())


def _known_names(tokens: Tokens, gazetteer: Gazetteer) -> Iterable[Candidate]:
    lowered = [word.lower() for word in tokens.words]
    index = 0
    while index < len(lowered):
        match = None
        if is_capitalised(tokens.words[index]):
            match = gazetteer.at(tokens, lowered, index, exact=True)
        if match:
            yield Candidate(match.first, match.last, match.row.type, "gazetteer", match.row)
        index = match.last if match else index + 1


def _span(tokens: Tokens, candidate: Candidate, score: float) -> Span:
    start, end = tokens.starts[candidate.first], tokens.ends[candidate.last - 1]
    kind = str(candidate.type)
    surface = tokens.text[start:end]
    return Span(start, end, surface, kind, score, candidate.method, candidate.row)


def _without_headings(text: str, spans: list[Span]) -> list[Span]:
    """Drops what stands in lines in title case alone: there every word looks like a name."""
    lines = headings(text)
    if not lines:
        return spans
    starts = [start for start, _ in lines]
    # The last heading that starts before a name is the only one that can hold it.
    nearest = [bisect_right(starts, span.start) - 1 for span in spans]
    inside = [
        at >= 0 and span.start < lines[at][1] for at, span in zip(nearest, spans, strict=True)
    ]
    confirmed = {span.surface for span, within in zip(spans, inside, strict=True) if not within}
    return [
        span
        for span, within in zip(spans, inside, strict=True)
        if not within or span.surface in confirmed
    ]


class _Judge:
    """Types the candidates of one text."""

    def __init__(self, text: Reading) -> None:
        self._tokens = text.tokens
        self._lowered = text.lowered
        self._rules = text.rules

    def decide(self, candidates: list[Candidate]) -> list[tuple[Candidate, float]]:
        """Candidates -> those that name something, typed, with how sure that is."""
        pooled: dict[str, list[Evidence]] = defaultdict(list)
        for candidate in candidates:
            if candidate.type is None:
                pooled[self._key(candidate)].append(self._context(candidate))
        verdicts = {
            key: self._verdict(self._intrinsic(key.split(" ")), contexts)
            for key, contexts in pooled.items()
        }
        verdicts |= self._parts_of_persons(candidates, verdicts)
        verdicts |= self._introduced_acronyms(candidates)
        return [decided for item in candidates if (decided := self._apply(item, verdicts))]

    def _key(self, candidate: Candidate) -> str:
        return " ".join(self._tokens.words[candidate.first : candidate.last])

    def _apply(
        self, candidate: Candidate, verdicts: dict[str, tuple[str, float]]
    ) -> tuple[Candidate, float] | None:
        if candidate.row:
            return candidate, 1.0
        if candidate.type:
            return candidate, 0.9
        kind, score = verdicts[self._key(candidate)]
        return None if kind == "none" else (replace(candidate, type=kind), score)

    def _parts_of_persons(
        self, candidates: list[Candidate], verdicts: dict[str, tuple[str, float]]
    ) -> dict[str, tuple[str, float]]:
        """A single word that is part of a full name in the same text is that person."""
        parts: set[str] = set()
        for candidate in candidates:
            kind = candidate.type or verdicts[self._key(candidate)][0]
            if kind == "person" and candidate.last - candidate.first > 1:
                parts.update(self._tokens.words[candidate.first : candidate.last])
        return {key: ("person", 0.9) for key in verdicts if key in parts}

    def _introduced_acronyms(self, candidates: list[Candidate]) -> dict[str, tuple[str, float]]:
        """An acronym in brackets behind the organisation that it abbreviates is one too."""
        found: dict[str, tuple[str, float]] = {}
        for name, acronym in pairwise(candidates):
            if (
                name.type == "organisation"
                and acronym.first == name.last + 1
                and self._tokens.words[name.last] == "("
                and abbreviates(self._key(acronym), self._key(name))
            ):
                found[self._key(acronym)] = ("organisation", 0.9)
        return found

    def _verdict(self, intrinsic: Evidence, contexts: list[Evidence]) -> tuple[str, float]:
        """The evidence of the words once, that of their places together, with diminishing returns.

        News repeats the names of its persons: a name that comes again is a person's the likelier.
        """
        scale = math.sqrt(len(contexts))
        sums = [
            own + min(_CONTEXT_BOUND, sum(context[i] for context in contexts) / scale)
            for i, own in enumerate(intrinsic)
        ]
        sums[0] += _REPEATED * math.log(len(contexts))
        best = max(range(len(sums)), key=sums.__getitem__)
        weight = sum(math.exp(value - sums[best]) for value in sums)
        return ((*TYPES, "none")[best], round(1 / weight, 3))

    def _intrinsic(self, words: list[str]) -> Evidence:
        """What the words themselves say."""
        person, organisation, place, none = _PRIOR
        for word in words:
            count = self._rules.count(word.lower())
            listed = min(count.listed, _LISTED_BOUND) * _LISTED_WEIGHT
            total = math.log(
                count.person + listed + count.organisation + count.place + count.other + 4 * _SMOOTH
            )
            person += math.log(count.person + listed + _SMOOTH) - total
            organisation += math.log(count.organisation + _SMOOTH) - total
            place += math.log(count.place + _SMOOTH) - total
            none += math.log(count.other + 0.2 * min(count.lower, 20) + _SMOOTH) - total
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
_CONTEXT_BOUND = 4.0
_REPEATED = 0.3
"""These and the weights beside them are log-odds, set by hand and checked on the development parts
of NERGrit, idner-news-2k and annotated news (see tests/quality_entities.py)."""


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
