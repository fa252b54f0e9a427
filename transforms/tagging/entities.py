"""Find the persons, organisations and places that a text or its tokens name.

Known names and cue words cut a text into candidates and read them; a trained model that sees this
reading labels every word. Sentences get the model's labels. In an article there are candidates,
and those that no known name and no head word types are typed by the model, their neighbours, and
all that the rest of the article says of the same words.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from warta.transforms.tagging.entity_types import ENTITY_TYPES, OUTSIDE, PLACE
from warta.transforms.tagging.ner.annotated_text import AnnotatedText, is_capitalised
from warta.transforms.tagging.ner.candidates import Candidate, CandidateExtractor
from warta.transforms.tagging.ner.classifier import EntityClassifier, ScoredSpan
from warta.transforms.tagging.ner.crf import Crf, load_weights
from warta.transforms.tagging.ner.gazetteer import Gazetteer, Row
from warta.transforms.tagging.ner.predictions import TagProbabilities
from warta.transforms.tagging.ner.rules import Rules, load_rules
from warta.transforms.tagging.ner.tokens import (
    Tokens,
    headings,
    join_tokens,
    tokenise,
)

VERSION = "entities-crf-3"
MODEL_LANGUAGES = ("id", "en")
"""Languages with a trained model; no other language is tagged with one of these."""


@dataclass(frozen=True, slots=True)
class Span:
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


@dataclass(frozen=True, slots=True)
class EntityTagger:
    """Finds names in one language; without rules, known names alone, written as the table does."""

    rules: Rules | None
    gazetteer: Gazetteer
    model: Crf | None = None

    @classmethod
    def load(cls, language: str, gazetteer_files: tuple[str, ...] = ()) -> "EntityTagger":
        """Return the tagger of a language.

        Args:
          language: BCP-47. Indonesian and English have rules and a model, Malay the rules of
            Indonesian; any other language is tagged with known names alone.
          gazetteer_files: paths or URIs of the users' own tables, which win.

        Raises:
          GazetteerError: a table of the user's cannot be read.
          ModelError: the model is not the one of its card.
        """
        return cls.with_gazetteer(language, Gazetteer.load(gazetteer_files))

    @classmethod
    def with_gazetteer(cls, language: str, gazetteer: Gazetteer) -> "EntityTagger":
        """As `load`, over a gazetteer that is loaded already and shared between languages."""
        known = rules_language(language)
        rules = load_rules(known) if known else None
        own = spoken(language)
        model = Crf(load_weights(own), rules) if rules and own in MODEL_LANGUAGES else None
        return cls(rules, gazetteer, model)

    def label(self, sentences: list[list[str]]) -> list[list[str]]:
        """Return the BIO labels of the tokens of sentences, each read for itself.

        The labels are the model's, which has learnt from sentences; without a model, the rules'.
        """
        return [self._label_sentence(join_tokens(sentence)) for sentence in sentences]

    def mentions(self, text: str) -> list[Span]:
        """Return the names of a text, one document, in order, none over another.

        Example:
          >>> spans = EntityTagger.load("id").mentions("Presiden Joko Widodo tiba di Jepang.")
          >>> [(span.surface, span.type) for span in spans]
          [('Joko Widodo', 'person'), ('Jepang', 'place')]
        """
        tokens = tokenise(text)
        if self.rules is None:
            found = [(name, 1.0) for name in _known_names(tokens, self.gazetteer)]
        else:
            found = self._scored_names(tokens)
        return _without_headings(text, [_span(tokens, *name) for name in found])

    def readings(self, tokens: Tokens) -> list[str]:
        """Return what rules and known names make of each word: what the model goes on.

        The language must have rules.
        """
        return _readings(tokens, self._classifier(self._read(tokens)).classify())

    def _read(self, tokens: Tokens) -> AnnotatedText:
        if self.rules is None:
            raise ValueError("a language without rules has no candidates")
        return AnnotatedText(tokens, self.rules, self.gazetteer)

    def _classifier(self, text: AnnotatedText) -> EntityClassifier:
        types = self.model.types if self.model else ENTITY_TYPES
        return EntityClassifier(text, list(CandidateExtractor(text).candidates()), types)

    def _scored_names(self, tokens: Tokens) -> list[ScoredSpan]:
        text = self._read(tokens)
        classifier = self._classifier(text)
        scored = classifier.classify()
        if self.model:
            model = self._probabilities(self.model, tokens, scored)
            scored = model.completed(classifier.classify(model.evidence))
        return _without_parts(text, scored)

    @staticmethod
    def _probabilities(model: Crf, tokens: Tokens, scored: list[ScoredSpan]) -> TagProbabilities:
        return TagProbabilities(
            model.probabilities(tokens, _readings(tokens, scored)), model.labels
        )

    def _label_sentence(self, tokens: Tokens) -> list[str]:
        if self.rules is None:
            names = [(name, 1.0) for name in _known_names(tokens, self.gazetteer)]
        else:
            names = self._classifier(self._read(tokens)).classify()
        if self.model:
            names = self._probabilities(self.model, tokens, names).names()
        labels = [OUTSIDE] * len(tokens)
        for name, _ in names:
            for index in range(name.first, name.last):
                labels[index] = f"{'B' if index == name.first else 'I'}-{name.type}"
        return labels


def spoken(language: str) -> str:
    """Return the language of a BCP-47 tag, without script and region."""
    return language.split("-")[0].lower()


def rules_language(language: str) -> str | None:
    """Return the language whose rules serve a BCP-47 tag, None where none do."""
    return {"id": "id", "ms": "id", "en": "en"}.get(spoken(language))


def _without_parts(text: AnnotatedText, scored: list[ScoredSpan]) -> list[ScoredSpan]:
    """Places that are but a word of a longer name ("Kabinet Indonesia Maju") are no known ones."""
    taken = {index for name, _ in scored for index in range(name.first, name.last)}
    return [
        (name._replace(row=None), score)
        if name.row and name.type == PLACE and text.is_part(name.first, name.last, taken)
        else (name, score)
        for name, score in scored
    ]


def _readings(tokens: Tokens, scored: list[ScoredSpan]) -> list[str]:
    read = ["O"] * len(tokens)
    for name, _ in scored:
        method = "gazetteer" if name.row else "rule"
        for index in range(name.first, name.last):
            read[index] = f"{'B' if index == name.first else 'I'}-{name.type}-{method}"
    return read


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
    return Span(start, end, surface, kind, round(score, 3), candidate.method, candidate.row)


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
