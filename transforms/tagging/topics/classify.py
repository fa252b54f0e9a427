"""Find the IPTC Media Topics of an article by weighted lexicons.

Each term of a lexicon that a text holds speaks for topics, the more the oftener it occurs, with
diminishing returns; a term in the headline speaks louder. What is said is set against the length of
the text and against what speaks for other topics, and a fitted curve makes a confidence of it.
"""

import functools
import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from warta.transforms.core.languages import primary_subtag
from warta.transforms.core.records import Entity, Topic
from warta.transforms.core.table_cache import load_or_make
from warta.transforms.tagging.entity_types import ORGANISATION
from warta.transforms.tagging.topics.calibration import Calibration, TopicScore
from warta.transforms.tagging.topics.custom import CustomTaxonomy, read_custom_taxonomy
from warta.transforms.tagging.topics.taxonomy import (
    TABLES,
    TAXONOMY,
    Concept,
    Lexicon,
    cut_words,
    organisation_tables,
    pack_lexicon,
    read_lexicon,
    read_organisations,
    read_taxonomy,
    share_parents,
    unpack_lexicon,
)

CUSTOM_SCHEME = "own"
"""Of a user's code that names no scheme before a colon; IPTC Media Topics have medtop."""
VERSION = "topics-3+medtop-2023-10"
"""Method and lexicons, then the release of the taxonomy."""

LEXICONS = {"id": ("id",), "ms": ("ms", "id"), "en": ("en",)}
"""Primary language subtag -> lexicons; the first that has a term decides what it says. Malay shares
most of its news words with Indonesian."""

MAX_BODY_CHARS = 30_000
"""News says early what it is about; what comes later (5,000 words on) costs time alone."""
MAX_FIELD_CHARS = 1_000
"""Of a headline, section, keyword or name."""
MAX_VALUES = 50
"""Keywords, and entities, taken into account."""

HEADLINE_STRENGTH = 4.0
"""What a term in the headline counts, beside log2(1 + occurrences) in the body."""
LEAD_WORDS = 80
"""News says first what it is about: terms in so many words count LEAD_STRENGTH more."""
LEAD_STRENGTH = 1.5
"""This and HEADLINE_STRENGTH were set by hand: from half to one and a half times as much, the share
of right topics moves by less than a hundredth on every labelled set."""
KEYWORD_STRENGTH = 1.5
ENTITY_STRENGTH = 0.5
ORGANISATION_STRENGTH = 1.0
"""Of a name in organisations.tsv."""
SECTION_STRENGTH = 2.0
"""What a section's name counts, after scaling by length: 3 x 2 alone gives confidence .89."""
SCALE_WORDS = 60
"""Scores are divided by sqrt(1 + words / SCALE_WORDS), so that long texts do not shout."""

MIN_CONFIDENCE = 0.3
"""Topics under it are not published: fewer than half of them are right."""
MIN_CHILD_SHARE = 0.5
"""A second-level topic is named when it holds at least this share of what is said for its parent's
children."""

Term = tuple[str, ...]
"""Words in lower case."""
TermContribution = tuple[str, Term, float]
"""What one term says: for which topic, and how loudly."""

_SECTION_PARTS = re.compile(r"[/>|,;:»]")


@dataclass(frozen=True, slots=True)
class TopicTagger:
    """Tells the topics of articles in one language. Made by `load`; safe to share and to pickle."""

    language: str
    """Primary subtag: of what names of topics are given in."""
    lexicon: Lexicon | None
    """None: nothing but the publisher's section, keywords and the organisations speak."""
    sections: Lexicon
    taxonomy: dict[str, Concept]
    organisations: Lexicon | None = None
    """Names of organisations, found without a lexicon."""
    calibration: Calibration = field(default_factory=Calibration.load)

    @classmethod
    def load(cls, language: str) -> "TopicTagger":
        """Return a language's tagger of IPTC Media Topics; loaded once a process.

        Any language has one: without a lexicon it goes by the publisher's section and keywords
        and by the organisations named.
        """
        return _load(primary_subtag(language))

    @classmethod
    def of(cls, taxonomy: CustomTaxonomy, language: str) -> "TopicTagger":
        """Return the tagger of a custom taxonomy for articles in a language."""
        primary = primary_subtag(language)
        return cls(primary, taxonomy.lexicon(primary), taxonomy.sections(), taxonomy.concepts)

    def topics(
        self,
        headline: str | None,
        body: str,
        section: str | None,
        keywords: tuple[str, ...],
        entities: tuple[Entity, ...],
    ) -> tuple[Topic, ...]:
        """Return the topics of an article, surest first; () when none is sure enough.

        Args:
          headline: Plain text.
          body: Plain text; the first `MAX_BODY_CHARS` code points count.
          section: As the publisher names it.
          keywords: As the publisher gives them.
          entities: Of the article; the names of organisations speak too.

        Returns:
          Topics with a confidence in 0..1. A second-level topic follows its parent.
        """
        scores = _sums(self._term_contributions(headline, body, section, keywords, entities))
        found = [
            self._topic(qcode, confidence)
            for qcode, confidence in self._confidences(scores)
            if confidence >= MIN_CONFIDENCE
        ]
        return tuple(sorted(found, key=lambda topic: -topic.confidence))

    def topic_scores(self, headline: str | None, body: str) -> list[TopicScore]:
        """Return the scores of all top-level topics that a text speaks for: for the fit."""
        return self._topic_scores(
            self._tops(_sums(self._term_contributions(headline, body, None, (), ())))
        )

    def _topic(self, qcode: str, confidence: float) -> Topic:
        concept = self.taxonomy[qcode]
        scheme = qcode.partition(":")[0] if ":" in qcode else CUSTOM_SCHEME
        name_local = concept.names.get(self.language)
        return Topic(scheme, qcode, concept.name, round(confidence, 3), name_local)

    def explain(
        self,
        headline: str | None,
        body: str,
        section: str | None,
        keywords: tuple[str, ...],
        entities: tuple[Entity, ...],
    ) -> list[tuple[str, str, float]]:
        """Return (qcode, term, weight) of the words that speak for topics, loudest first."""
        contributions = self._term_contributions(headline, body, section, keywords, entities)
        explained = [
            (qcode, " ".join(term), round(weight, 3)) for qcode, term, weight in contributions
        ]
        return sorted(explained, key=lambda contribution: (-abs(contribution[2]), contribution))

    def _term_contributions(
        self,
        headline: str | None,
        body: str,
        section: str | None,
        keywords: tuple[str, ...],
        entities: tuple[Entity, ...],
    ) -> Iterator[TermContribution]:
        keywords = keywords[:MAX_VALUES]
        yield from self._section_contributions(section or "", SECTION_STRENGTH)
        for keyword in keywords:
            yield from self._section_contributions(keyword, SECTION_STRENGTH / 3)
        title, text = _words(headline or "", MAX_FIELD_CHARS), _words(body, MAX_BODY_CHARS)
        scale = 1 / math.sqrt(1 + (len(title) + len(text)) / SCALE_WORDS)
        named = _organisations(entities)
        yield from _weighted(self.organisations, _named(named, self.organisations), scale)
        if self.lexicon is None:
            return
        strengths = _said(text, self.lexicon)
        asides = (
            ([title], HEADLINE_STRENGTH),
            ([_words(keyword, MAX_FIELD_CHARS) for keyword in keywords], KEYWORD_STRENGTH),
            (named, ENTITY_STRENGTH),
        )
        for values, strength in asides:
            said = (term for value in values for term in _count_terms(value, self.lexicon))
            for term in dict.fromkeys(said):
                strengths[term] = strengths.get(term, 0.0) + strength
        yield from _weighted(self.lexicon, strengths, scale)

    def _section_contributions(self, name: str, strength: float) -> Iterator[TermContribution]:
        name = name[:MAX_FIELD_CHARS]
        for part in (name, *_SECTION_PARTS.split(name)):
            term = tuple(_words(part, MAX_FIELD_CHARS))
            known = self.sections.meaning(term)
            for evidence in known:
                yield evidence.qcode, ("section", *term), evidence.weight * strength
            if known and part == name:
                return

    def _confidences(self, scores: dict[str, float]) -> Iterator[tuple[str, float]]:
        """Yield confidences by qcode, of both levels; a parent takes in what its children say.

        A child's confidence is its parent's times its share of what is said for the children: it
        never exceeds the parent's.
        """
        parents = {qcode: self.taxonomy[qcode].parent for qcode in scores}
        children: dict[str, float] = {}
        for qcode, parent in parents.items():
            if parent and scores[qcode] > 0:
                children[parent] = children.get(parent, 0.0) + scores[qcode]
        topic_scores = self._topic_scores(self._tops(scores))
        sure = {
            topic_score.qcode: self.calibration.confidence(topic_score)
            for topic_score in topic_scores
        }
        yield from sure.items()
        for qcode, parent in parents.items():
            if parent in sure and scores[qcode] >= MIN_CHILD_SHARE * children.get(parent, 0.0) > 0:
                yield qcode, sure[parent] * scores[qcode] / children[parent]

    def _tops(self, scores: dict[str, float]) -> dict[str, float]:
        """Return the scores of the top level, where more speaks for than against."""
        tops: dict[str, float] = {}
        for qcode, score in scores.items():
            top = self.taxonomy[qcode].parent or qcode
            tops[top] = tops.get(top, 0.0) + score
        return {qcode: score for qcode, score in tops.items() if score > 0}

    @staticmethod
    def _topic_scores(heard: dict[str, float]) -> list[TopicScore]:
        best, second = (*sorted(heard.values(), reverse=True), 0.0, 0.0)[:2]
        return [
            TopicScore(qcode, score, second if score == best else best)
            for qcode, score in heard.items()
        ]


def load_taggers(
    language: str, topic_files: tuple[str, ...] = (), *, iptc: bool = True
) -> tuple[TopicTagger, ...]:
    """Return the taggers of topics for articles in a language.

    Args:
      language: BCP-47.
      topic_files: Paths or URIs of users' own taxonomies.
      iptc: Assign IPTC Media Topics too.

    Raises:
      TopicsError: A table of the user's that cannot be read.
    """
    own = tuple(TopicTagger.of(read_custom_taxonomy(file), language) for file in topic_files)
    return (TopicTagger.load(language), *own) if iptc else own


@functools.cache
def _load(primary: str) -> TopicTagger:
    lexicon, sections, organisations, taxonomy = (
        _lexicon(primary) if primary in LEXICONS else None,
        *_shared_tables(),
    )
    return TopicTagger(primary, lexicon, sections, taxonomy, organisations)


@functools.cache
def _lexicon(primary: str) -> Lexicon:
    paths = [TABLES / f"lexicon_{name}.tsv" for name in LEXICONS[primary]]
    return _packed(
        f"topics_{primary}",
        (*paths, TAXONOMY),
        lambda: share_parents(read_lexicon(*paths, language=primary), read_taxonomy()),
    )


@functools.cache
def _shared_tables() -> tuple[Lexicon, Lexicon, dict[str, Concept]]:
    sections = TABLES / "sections.tsv"
    return (
        _packed("sections", (sections,), lambda: read_lexicon(sections)),
        _packed("organisations", organisation_tables(), read_organisations),
        read_taxonomy(),
    )


def _packed(name: str, tables: tuple[Path, ...], build: Callable[[], Lexicon]) -> Lexicon:
    tagging = Path(__file__).parent.parent
    return unpack_lexicon(load_or_make(name, tables, tagging, lambda: pack_lexicon(build())))


def _sums(contributions: Iterable[TermContribution]) -> dict[str, float]:
    """Return the sum of contributions to each topic, of both levels."""
    scores: dict[str, float] = {}
    for qcode, _, weight in contributions:
        scores[qcode] = scores.get(qcode, 0.0) + weight
    return scores


def _words(text: str, max_chars: int) -> list[str]:
    return cut_words(text[:max_chars].lower())


def _organisations(entities: Iterable[Entity]) -> list[list[str]]:
    named = [entity.name for entity in entities if entity.type == ORGANISATION]
    return [_words(name, MAX_FIELD_CHARS) for name in named[:MAX_VALUES]]


def _named(names: list[list[str]], organisations: Lexicon | None) -> dict[Term, float]:
    """Return the known ones among names of organisations, with their strength."""
    if organisations is None:
        return {}
    # In the order of the names, not of a set: topics of equal confidence follow it.
    known = (term for name in names for term in _count_terms(name, organisations))
    return dict.fromkeys(known, ORGANISATION_STRENGTH)


def _weighted(
    lexicon: Lexicon | None, strengths: dict[Term, float], scale: float
) -> Iterator[TermContribution]:
    if lexicon is None:
        return
    for term, strength in strengths.items():
        for evidence in lexicon.meaning(term):
            if evidence.weight:
                yield evidence.qcode, term, evidence.weight * strength * scale


def _said(words: list[str], lexicon: Lexicon) -> dict[Term, float]:
    """Return the strength of each term: how often it occurs, more where news begins."""
    early = _count_terms(words[:LEAD_WORDS], lexicon)
    return {
        term: math.log2(1 + times) + (LEAD_STRENGTH if term in early else 0.0)
        for term, times in _count_terms(words, lexicon).items()
    }


def _count_terms(words: list[str], lexicon: Lexicon) -> dict[Term, int]:
    """Return how often each term occurs; the words of a phrase do not count alone."""
    known, openers, followers = lexicon.words, lexicon.openers, lexicon.followers
    begins = lexicon.begins
    single: dict[str, int] = {}
    found: dict[Term, int] = {}
    counted_to = 0
    following = [*words[1:], ""]
    for place in [place for place, word in enumerate(words) if word in begins]:
        word = words[place]
        if place >= counted_to and word in openers and following[place] in followers:
            for phrase in lexicon.phrases.get((word, following[place]), ()):
                if tuple(words[place : place + len(phrase)]) == phrase:
                    found[phrase] = found.get(phrase, 0) + 1
                    counted_to = place + len(phrase)
                    break
        if word in known:
            # Terms come in the order in which their words do, in a phrase or alone.
            single[word] = single.get(word, 0) + (place >= counted_to)
    found |= {(word,): times for word, times in single.items() if times}
    return found
