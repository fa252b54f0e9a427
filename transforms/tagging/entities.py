"""Find the persons, organisations and places that a text or its tokens name.

Known names and cue words cut a text into candidates and read them; a trained model that sees this
reading labels every word. Sentences get the model's labels. In an article there are candidates,
and those that no known name and no head word types are typed by the model, their neighbours, and
all that the rest of the article says of the same words.
"""

import functools
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from warta.transforms.core.languages import primary_subtag
from warta.transforms.tagging.entity_types import ENTITY_TYPES, OUTSIDE, PLACE
from warta.transforms.tagging.ner.annotated_text import AnnotatedText, is_capitalised
from warta.transforms.tagging.ner.candidates import Candidate, CandidateExtractor
from warta.transforms.tagging.ner.classifier import EntityClassifier, ScoredSpan
from warta.transforms.tagging.ner.crf import Crf
from warta.transforms.tagging.ner.gazetteer import Gazetteer, Row
from warta.transforms.tagging.ner.hyphenated_names import joined
from warta.transforms.tagging.ner.person_spans import repaired
from warta.transforms.tagging.ner.predictions import TagProbabilities
from warta.transforms.tagging.ner.tokens import (
    Tokens,
    headings,
    join_tokens,
    tokenise,
)
from warta.transforms.tagging.ner.vocabulary import TextBatch, Vocabulary
from warta.transforms.tagging.ner.word_scores import WordScores
from warta.transforms.tagging.ner.word_tables import Rules, load_rules

VERSION = "entities-crf-4"
MODEL_LANGUAGES = ("id", "en")
"""Languages with a trained model; no other language is tagged with one of these."""


class Span(NamedTuple):
    """One name in a text: code points [start, end)."""

    start: int
    end: int
    surface: str
    type: str
    score: float
    method: str
    """gazetteer: a known name. rule: by the words in and about it. crf: by the trained
    model too. consistency: by what the rest of the text says of the same words."""
    row: Row | None = None
    """The known entity, where the name is one's."""


class FieldSpan(NamedTuple):
    """A name and the field of the article in which it is."""

    field: str
    span: Span


@dataclass(frozen=True, slots=True)
class EntityTagger:
    """Finds names in one language; without rules, known names alone, written as the table does."""

    rules: Rules | None
    gazetteer: Gazetteer
    model: Crf | None = None
    _reader: "_Reader | None" = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Begin to remember words."""
        reader = _Reader(self.rules, self.gazetteer, self.model) if self.rules else None
        object.__setattr__(self, "_reader", reader)

    @classmethod
    def load(cls, language: str, gazetteer_files: tuple[str, ...] = ()) -> "EntityTagger":
        """Return the tagger of a language.

        Args:
          language: BCP-47. Indonesian and English have rules and a model, Malay those rules
            and words of its own; any other language is tagged with known names alone.
          gazetteer_files: Paths or URIs of the users' own tables, which win.

        Raises:
          GazetteerError: A table of the user's cannot be read.
          ModelError: The model is not the one of its card.
        """
        return cls.with_gazetteer(language, Gazetteer.load(gazetteer_files))

    @classmethod
    def with_gazetteer(cls, language: str, gazetteer: Gazetteer) -> "EntityTagger":
        """Load a tagger over a gazetteer that is loaded already and shared between languages."""
        known = rules_language(language)
        rules = load_rules(known) if known else None
        own = primary_subtag(language)
        model = Crf.load(own) if rules and own in MODEL_LANGUAGES else None
        return cls(rules, gazetteer, model)

    def label(self, sentences: list[list[str]]) -> list[list[str]]:
        """Return the BIO labels of the tokens of sentences, each read for itself.

        The labels are the model's, which has learnt from sentences; without a model, the rules'.
        """
        return [self._label_sentence(sentence) for sentence in sentences]

    def mentions(self, text: str) -> list[Span]:
        """Return the names of a text, one document, in order, none over another.

        Example:
          >>> spans = EntityTagger.load("id").mentions("Presiden Joko Widodo tiba di Jepang.")
          >>> [(span.surface, span.type) for span in spans]
          [('Joko Widodo', 'person'), ('Jepang', 'place')]
        """
        return self.mentions_all([text])[0]

    def mentions_all(self, texts: Sequence[str]) -> list[list[Span]]:
        """Return the `mentions` of several documents at once, which takes less time."""
        if self._reader is None:
            found = [_known_spans(text, self.gazetteer) for text in texts]
        else:
            found = self._reader.spans(texts)
        return [_without_headings(text, spans) for text, spans in zip(texts, found, strict=True)]

    def readings(self, words: list[str]) -> list[str]:
        """Return what rules and known names make of each word: what the model goes on.

        Raises:
          ValueError: The language has no rules.
        """
        if self._reader is None:
            raise ValueError("a language without rules has no candidates")
        return self._reader.readings(words)

    def _label_sentence(self, words: list[str]) -> list[str]:
        if self._reader is None:
            names = list(_known_names(join_tokens(words), self.gazetteer))
        else:
            names = self._reader.names_of_words(words)
        labels = [OUTSIDE] * len(words)
        for name in names:
            for index in range(name.first, name.last):
                labels[index] = f"{'B' if index == name.first else 'I'}-{name.type}"
        return labels


class _Reader:
    """Rules, known names and model of one language, and the words that they have seen."""

    def __init__(self, rules: Rules, gazetteer: Gazetteer, model: Crf | None) -> None:
        self._gazetteer = gazetteer
        self._model = model
        self._scores = model.word_scores() if model else None
        self._vocabulary = Vocabulary(rules, gazetteer, self._scores)

    def spans(self, texts: Sequence[str]) -> list[list[Span]]:
        """Return the names of each text."""
        batch = self._vocabulary.read(texts)
        text = AnnotatedText(batch, self._gazetteer)
        classifier = self._classifier(text)
        scored = classifier.classify()
        if self._model and self._scores:
            model = self._probabilities(self._model, self._scores, batch, scored)
            scored = model.completed(classifier.classify(model.evidence), text.may_be_name)
        scored = _without_parts(text, joined(text, list(repaired(text, scored))))
        cuts = [bisect_left(scored, bound, key=_first_word) for bound in batch.bounds]
        return [
            [_span(own, batch, *name) for name in scored[start:end]]
            for own, (start, end) in zip(texts, pairwise(cuts), strict=True)
        ]

    def readings(self, words: list[str]) -> list[str]:
        """Return what the rules make of each word of a sentence."""
        text = AnnotatedText(self._vocabulary.of_words(words), self._gazetteer)
        read = _readings(self._classifier(text).classify())
        return [read.get(index, OUTSIDE) for index in range(1, len(words) + 1)]

    def names_of_words(self, words: list[str]) -> list[Candidate]:
        """Return the names in the words of a sentence, counted from 0."""
        batch = self._vocabulary.of_words(words)
        scored = self._classifier(AnnotatedText(batch, self._gazetteer)).classify()
        if self._model and self._scores:
            scored = self._probabilities(self._model, self._scores, batch, scored).names()
        return [name.moved(name.first - 1, name.last - 1) for name, _ in scored]

    def _classifier(self, text: AnnotatedText) -> EntityClassifier:
        types = self._model.types if self._model else ENTITY_TYPES
        return EntityClassifier(text, list(CandidateExtractor(text).candidates()), types)

    @staticmethod
    def _probabilities(
        model: Crf, scores: WordScores, batch: TextBatch, scored: list[ScoredSpan]
    ) -> TagProbabilities:
        found = model.probabilities(batch, scores, _readings(scored))
        return TagProbabilities(found, model.labels)


def rules_language(language: str) -> str | None:
    """Return the language whose rules serve a BCP-47 tag, None where none do."""
    return {"id": "id", "ms": "ms", "en": "en"}.get(primary_subtag(language))


def _without_parts(text: AnnotatedText, scored: list[ScoredSpan]) -> list[ScoredSpan]:
    """Places that are but a word of a longer name ("Kabinet Indonesia Maju") are not known ones."""
    taken = {index for name, _ in scored for index in range(name.first, name.last)}
    return [
        (name.typed(PLACE, name.method, None), score)
        if _is_word(text, name) and text.is_part(name.first, name.last, taken)
        else (name, score)
        for name, score in scored
    ]


def _is_word(text: AnnotatedText, name: Candidate) -> bool:
    """Return whether a known place has no "Kabupaten" or "Kota" before it that says what it is."""
    headed = name.last - name.first > 1 and text.words[name.first].cues.place_heads
    return name.row is not None and name.type == PLACE and not headed


def _first_word(scored: ScoredSpan) -> int:
    return scored[0].first


def _readings(scored: list[ScoredSpan]) -> dict[int, str]:
    """Return the readings of the words of names."""
    read: dict[int, str] = {}
    for name, _ in scored:
        first, last = name.first, name.last
        begin, inside = _labels(name.type, name.row is not None)
        read[first] = begin
        for index in range(first + 1, last):
            read[index] = inside
    return read


@functools.cache
def _labels(kind: str | None, known: bool) -> tuple[str, str]:
    """Return the readings of the first word of a name and of the others."""
    method = "gazetteer" if known else "rule"
    return f"B-{kind}-{method}", f"I-{kind}-{method}"


def _known_spans(text: str, gazetteer: Gazetteer) -> list[Span]:
    tokens = tokenise(text)
    return [_span(text, tokens, name, 1.0) for name in _known_names(tokens, gazetteer)]


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


def _span(text: str, tokens: Tokens | TextBatch, name: Candidate, score: float) -> Span:
    start, end = tokens.starts[name.first], tokens.ends[name.last - 1]
    kind = str(name.type)
    return Span(start, end, text[start:end], kind, round(score, 3), name.method, name.row)


def _without_headings(text: str, spans: list[Span]) -> list[Span]:
    """Drop what is only in lines in title case: there every word looks like a name."""
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
