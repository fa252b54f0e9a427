"""Headline, body, section, keywords, entities -> IPTC Media Topics, by weighted lexicons.

Each term of a lexicon that a text holds speaks for topics, the more the oftener it occurs, with
diminishing returns; a term in the headline speaks louder. What is said is set against the length of
the text and against what speaks for other topics, and a fitted curve makes a confidence of it.
"""

import functools
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from transforms.records import Entity, Topic
from transforms.tagging.taxonomy import (
    TABLES,
    WORD,
    Concept,
    Lexicon,
    read_lexicon,
    read_taxonomy,
)

VERSION = "topics-1+medtop-2023-10"
"""Method and lexicons, then the release of the taxonomy."""

LEXICONS = {"id": "id", "ms": "id", "en": "en"}
"""Primary language subtag -> lexicon. Malay shares most of its news words with Indonesian."""

MAX_BODY_CHARS = 30_000
"""News says early what it is about; what stands behind (5,000 words on) costs time alone."""
MAX_FIELD_CHARS = 1_000
"""Of a headline, section, keyword or name."""
MAX_VALUES = 50
"""Keywords, and entities, taken into account."""

HEADLINE_STRENGTH = 1.5
"""What a term in the headline counts, beside log2(1 + occurrences) in the body."""
KEYWORD_STRENGTH = 1.0
ENTITY_STRENGTH = 0.5
SECTION_STRENGTH = 1.5
"""What a section's name counts, after scaling by length: 3 x 1.5 alone gives confidence .87."""
SCALE_WORDS = 60
"""Scores are divided by sqrt(1 + words / SCALE_WORDS), so that long texts do not shout."""

BIAS, PER_LOG_SCORE, PER_LOG_SHARE = -0.31, 1.46, 2.37
"""Logistic curve over ln(score) and ln(share of all scores). Fitted by maximum likelihood on the
tune half of tests/topic_set and, at weight .35, on sib200 train (Indonesian and English; six of its
labels stand for a topic). The scale above was chosen so that it holds on whole articles too."""

MIN_CONFIDENCE = 0.3
"""Topics under it are not published: below, fewer than half of the best ones are right
(tests/quality_topics.py)."""
MIN_CHILD_SHARE = 0.5
"""A second-level topic is named when it holds at least this share of its parent's score."""

_SECTION_PARTS = re.compile(r"[/>|,;:»]")


@dataclass(frozen=True, slots=True)
class TopicTagger:
    """Tells the topics of articles in one language. Made by `load`; safe to share and to pickle."""

    language: str
    lexicon: Lexicon | None
    """None: nothing but the publisher's section and keywords speaks."""
    sections: Lexicon
    taxonomy: dict[str, Concept]

    @classmethod
    def load(cls, language: str) -> "TopicTagger":
        """BCP-47 language -> its tagger; loaded once a process.

        Any language has one: without a lexicon it goes by the publisher's section and keywords.
        """
        primary = language.lower().split("-")[0]
        return _load(LEXICONS.get(primary, "und"))

    def topics(
        self,
        headline: str | None,
        body: str,
        section: str | None,
        keywords: tuple[str, ...],
        entities: tuple[Entity, ...],
    ) -> tuple[Topic, ...]:
        """What an article says of itself -> its topics, surest first; () when none is sure enough.

        Args:
          headline: plain text.
          body: plain text; the first `MAX_BODY_CHARS` code points count.
          section: as the publisher names it.
          keywords: as the publisher gives them.
          entities: of the article; the names of organisations speak too.

        Returns:
          Topics of scheme medtop, confidence in 0..1. A second-level topic follows its parent.
        """
        scores: dict[str, float] = {}
        for qcode, _, weight in self._voices(headline, body, section, keywords, entities):
            scores[qcode] = scores.get(qcode, 0.0) + weight
        found = [
            Topic("medtop", qcode, self.taxonomy[qcode].name, round(confidence, 3))
            for qcode, confidence in self._confidences(scores)
            if confidence >= MIN_CONFIDENCE
        ]
        return tuple(sorted(found, key=lambda topic: -topic.confidence))

    def explain(
        self,
        headline: str | None,
        body: str,
        section: str | None,
        keywords: tuple[str, ...],
        entities: tuple[Entity, ...],
    ) -> list[tuple[str, str, float]]:
        """Same as `topics`, but -> (qcode, term, weight), the loudest first: which words spoke."""
        voices = self._voices(headline, body, section, keywords, entities)
        told = [(qcode, term, round(weight, 3)) for qcode, term, weight in voices]
        return sorted(told, key=lambda voice: (-abs(voice[2]), voice))

    def _voices(
        self,
        headline: str | None,
        body: str,
        section: str | None,
        keywords: tuple[str, ...],
        entities: tuple[Entity, ...],
    ) -> Iterator[tuple[str, str, float]]:
        keywords = keywords[:MAX_VALUES]
        yield from self._section_voices(section or "", SECTION_STRENGTH)
        for keyword in keywords:
            yield from self._section_voices(keyword, SECTION_STRENGTH / 3)
        if self.lexicon is None:
            return
        title, text = _words(headline or "", MAX_FIELD_CHARS), _words(body, MAX_BODY_CHARS)
        strengths = {
            term: math.log2(1 + times) for term, times in _count_terms(text, self.lexicon).items()
        }
        asides = (
            ([title], HEADLINE_STRENGTH),
            ((_words(keyword, MAX_FIELD_CHARS) for keyword in keywords), KEYWORD_STRENGTH),
            (_organisations(entities), ENTITY_STRENGTH),
        )
        for values, strength in asides:
            for term in {term for value in values for term in _count_terms(value, self.lexicon)}:
                strengths[term] = strengths.get(term, 0.0) + strength
        scale = 1 / math.sqrt(1 + (len(title) + len(text)) / SCALE_WORDS)
        for term, strength in strengths.items():
            for evidence in self.lexicon.meaning(term):
                if evidence.weight:
                    yield evidence.qcode, " ".join(term), evidence.weight * strength * scale

    def _section_voices(self, name: str, strength: float) -> Iterator[tuple[str, str, float]]:
        name = name[:MAX_FIELD_CHARS]
        for part in (name, *_SECTION_PARTS.split(name)):
            term = tuple(_words(part, MAX_FIELD_CHARS))
            known = self.sections.meaning(term)
            for evidence in known:
                yield evidence.qcode, f"section {' '.join(term)}", evidence.weight * strength
            if known and part == name:
                return

    def _confidences(self, scores: dict[str, float]) -> Iterator[tuple[str, float]]:
        """Scores by qcode, of both levels -> confidences; a parent takes in what its children say.

        A child's confidence is its parent's times its share of the parent's score: that it never
        exceeds the parent's is certain, that it is right as often is not measured.
        """
        tops: dict[str, float] = {}
        for qcode, score in scores.items():
            top = self.taxonomy[qcode].parent or qcode
            tops[top] = tops.get(top, 0.0) + score
        heard = {qcode: score for qcode, score in tops.items() if score > 0}
        total = sum(heard.values())
        sure = {qcode: _confidence(score, score / total) for qcode, score in heard.items()}
        yield from sure.items()
        for qcode, score in scores.items():
            parent = self.taxonomy[qcode].parent
            if parent in heard and score >= MIN_CHILD_SHARE * heard[parent]:
                yield qcode, sure[parent] * min(1.0, score / heard[parent])


@functools.cache
def _load(lexicon: str) -> TopicTagger:
    words = None if lexicon == "und" else read_lexicon(TABLES / f"lexicon_{lexicon}.tsv", lexicon)
    return TopicTagger(lexicon, words, read_lexicon(TABLES / "sections.tsv"), read_taxonomy())


def _confidence(score: float, share: float) -> float:
    odds = math.exp(BIAS) * score**PER_LOG_SCORE * share**PER_LOG_SHARE
    return odds / (1 + odds)


def _words(text: str, max_chars: int) -> list[str]:
    return WORD.findall(text[:max_chars].lower())


def _organisations(entities: Iterable[Entity]) -> Iterator[list[str]]:
    named = [entity.name for entity in entities if entity.type == "organisation"]
    return (_words(name, MAX_FIELD_CHARS) for name in named[:MAX_VALUES])


def _count_terms(words: list[str], lexicon: Lexicon) -> dict[tuple[str, ...], int]:
    """Words of a text -> how often each term occurs; the words of a phrase do not count alone."""
    single = Counter(words)
    found: dict[tuple[str, ...], int] = {}
    behind = 0
    for place, pair in enumerate(pairwise(words)):
        if pair not in lexicon.phrases or place < behind:
            continue
        for phrase in lexicon.phrases[pair]:
            if tuple(words[place : place + len(phrase)]) == phrase:
                found[phrase] = found.get(phrase, 0) + 1
                behind = place + len(phrase)
                single.subtract(phrase)
                break
    for word in single.keys() & lexicon.words.keys():
        if single[word] > 0:
            found[(word,)] = single[word]
    return found
