"""Add mentions, entities and topics to articles."""

import dataclasses
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from warta.transforms.core.languages import primary_subtag
from warta.transforms.core.options import TaggingOptions
from warta.transforms.core.records import Article, Place
from warta.transforms.tagging import entities
from warta.transforms.tagging.entities import (
    MODEL_LANGUAGES,
    EntityTagger,
    FieldSpan,
    Span,
    rules_language,
)
from warta.transforms.tagging.entity_types import PLACE
from warta.transforms.tagging.linking.link import link
from warta.transforms.tagging.ner.gazetteer import Gazetteer
from warta.transforms.tagging.ner.recognisers import Found, Recogniser, load_recogniser
from warta.transforms.tagging.ner.tokens import is_title_case
from warta.transforms.tagging.topics import classify as topics
from warta.transforms.tagging.topics.classify import TopicTagger, load_taggers
from warta.transforms.tagging.topics.custom import read_custom_taxonomy
from warta.transforms.tagging.topics.model import TopicModel, load_topic_model

VERSIONS = f"{entities.VERSION} {topics.VERSION}"
SHIPPED = TaggingOptions()
MAX_TAGGED_CHARS = 200_000
"""How much of a text is searched for names: 30,000 words, a short novel. Memory grows by about a
kilobyte a word, and a text of ten million code points is not an article."""
ARTICLES_AT_ONCE = 8
"""Articles that a run tags in one go: it takes three quarters of the time, and more gain little."""
BATCH_CHARS = 40_000
"""Code points of the texts that are read as one: from eight articles on, more gain nothing."""
_BODY, _HEADLINE = "article_body", "headline"
_one_at_a_time = threading.Lock()
"""Engines work on several bundles in the threads of one process. Taggers remember the words that
they have seen, in tables that two threads would fill at once; the work holds the interpreter
anyway."""


@dataclass(slots=True, weakref_slot=True)  # Beam shares a worker's model by a weak reference.
class ArticleTagger:
    """Tags articles in any language; a language's tables are loaded with its first article."""

    gazetteer: Gazetteer
    recogniser: Recogniser | None = None
    """A model of the user's own, in place of warta's."""
    topic_files: tuple[str, ...] = ()
    iptc: bool = True
    """Tell IPTC Media Topics by our lexicons."""
    topic_model: TopicModel | None = None
    """A model of the user's own, in place of warta's lexicons."""
    versions: str = VERSIONS
    _entity_taggers: dict[str, EntityTagger] = field(default_factory=dict)
    _topic_taggers: dict[str, tuple[TopicTagger, ...]] = field(default_factory=dict)

    @classmethod
    def load(
        cls, tables: TaggingOptions = SHIPPED, recogniser: Recogniser | None = None
    ) -> "ArticleTagger":
        """Return the tagger that these options describe.

        Args:
          tables: The options.
          recogniser: A model of names in place of the one that they name.

        Raises:
          GazetteerError, TopicsError: A table that cannot be read.
          RecogniserError, TopicModelError: A model that cannot be loaded.
        """
        custom = [read_custom_taxonomy(file).label for file in tables.topics]
        if recogniser is None and tables.ner:
            recogniser = load_recogniser(tables.ner)
        model = load_topic_model(tables.topic_model) if tables.topic_model else None
        names = [recogniser.name] if recogniser else []
        iptc = tables.iptc and model is None
        models = [*custom, model.name] if model else custom
        versions = " ".join([*names, VERSIONS if iptc else entities.VERSION, *models])
        gazetteer = Gazetteer.load(tables.gazetteers)
        return cls(gazetteer, recogniser, tables.topics, iptc, model, versions)

    def prepare(self) -> None:
        """Load the languages that have models: a damaged one fails here, not at every article.

        Raises:
          ModelError: A model is not the one of its card.
        """
        for language in MODEL_LANGUAGES:
            self._entity_tagger(language)

    def tag(self, article: Article) -> Article:
        """Return an article with mentions, entities, topics and the place of its dateline."""
        return self.tag_all([article])[0]

    def tag_all(self, articles: Sequence[Article]) -> list[Article]:
        """Tag several articles at once: a model of the user's own sees them in one batch."""
        with _one_at_a_time:
            tagged = self._named_all(articles)
        return self.topic_model.tag(tagged) if self.topic_model else tagged

    def _named_all(self, articles: Sequence[Article]) -> list[Article]:
        if self.recogniser is None:
            spans = self._spans_all(articles)
            return [self._tagged(one, found) for one, found in zip(articles, spans, strict=True)]
        texts = [
            tagged_part(text) for one in articles for text in (one.article_body, one.headline or "")
        ]
        found = iter(self.recogniser.names(texts))
        return [
            self._tagged(
                article,
                [
                    FieldSpan(field, self._recognised(text, name))
                    for field, text in (
                        (_BODY, article.article_body),
                        (_HEADLINE, article.headline or ""),
                    )
                    for name in next(found)
                ],
            )
            for article in articles
        ]

    def _tagged(self, article: Article, spans: list[FieldSpan]) -> Article:
        texts = {_BODY: article.article_body, _HEADLINE: article.headline or ""}
        mentions, linked = link(texts, spans)
        found = [
            topic
            for tagger in self._topic_taggers_of(article.in_language)
            for topic in tagger.topics(
                headline=article.headline,
                body=article.article_body,
                section=article.article_section,
                keywords=article.keywords,
                entities=tuple(linked),
            )
        ]
        return dataclasses.replace(
            article,
            mentions=tuple(mentions),
            entities=tuple(linked),
            topics=tuple(found),
            location_created=self._located(article.location_created),
            tagger_versions=self._versions_of(article.article_body),
        )

    def _versions_of(self, body: str) -> str:
        """Return what tagged an article, and how much of its body where that is not all of it."""
        tagged = len(tagged_part(body))
        return self.versions if tagged == len(body) else f"{self.versions} first-{tagged}"

    def _recognised(self, text: str, name: Found) -> Span:
        surface = text[name.start : name.end]
        row = self.gazetteer.lookup(surface)
        known = row if row and row.type == name.type else None
        method = self.recogniser.method if self.recogniser else ""
        return Span(name.start, name.end, surface, name.type, name.score, method, known)

    def _spans_all(self, articles: Sequence[Article]) -> list[list[FieldSpan]]:
        found: list[list[FieldSpan]] = [[] for _ in articles]
        by_language: dict[str, list[int]] = defaultdict(list)
        for index, one in enumerate(articles):
            by_language[one.in_language].append(index)
        for language, indices in by_language.items():
            tagger = self._entity_tagger(language)
            for group in _batches(indices, [len(one.article_body) for one in articles]):
                spans = _spans_of([articles[index] for index in group], tagger)
                for index, own in zip(group, spans, strict=True):
                    found[index] = own
        return found

    def _entity_tagger(self, language: str) -> EntityTagger:
        key = primary_subtag(language) if rules_language(language) else ""
        if key not in self._entity_taggers:
            self._entity_taggers[key] = EntityTagger.with_gazetteer(language, self.gazetteer)
        return self._entity_taggers[key]

    def _topic_taggers_of(self, language: str) -> tuple[TopicTagger, ...]:
        key = primary_subtag(language)
        if key not in self._topic_taggers:
            self._topic_taggers[key] = load_taggers(key, self.topic_files, iptc=self.iptc)
        return self._topic_taggers[key]

    def _located(self, place: Place | None) -> Place | None:
        if place is None or place.wikidata_id:
            return place
        row = self.gazetteer.lookup(place.name) or self.gazetteer.lookup(place.name.title())
        known = row.wikidata_id if row and row.type == PLACE else None
        return dataclasses.replace(place, wikidata_id=known)


def tagged_part(text: str) -> str:
    """Return the part of a text that is searched for names: nearly always all of it.

    Example:
      >>> len(tagged_part("Jakarta " * 100_000))
      199999
    """
    if len(text) <= MAX_TAGGED_CHARS:
        return text
    end = text.rfind(" ", MAX_TAGGED_CHARS - 200, MAX_TAGGED_CHARS)
    return text[: end if end > 0 else MAX_TAGGED_CHARS]


def _batches(indices: Sequence[int], sizes: Sequence[int]) -> Iterator[list[int]]:
    """Yield indices in groups of BATCH_CHARS; what is longer is a group of its own."""
    group: list[int] = []
    chars = 0
    for index in indices:
        if group and chars + sizes[index] > BATCH_CHARS:
            yield group
            group, chars = [], 0
        group.append(index)
        chars += sizes[index]
    if group:
        yield group


def _spans_of(articles: Sequence[Article], tagger: EntityTagger) -> list[list[FieldSpan]]:
    """Return the names of articles of one language, each with its field."""
    texts: list[str] = []
    headlines = [tagged_part(one.headline or "") for one in articles]
    titled = [is_title_case(headline) for headline in headlines]
    for one, headline, in_title_case in zip(articles, headlines, titled, strict=True):
        texts += [tagged_part(one.article_body), "" if in_title_case else headline]
    read = iter(tagger.mentions_all(texts))
    found = []
    for headline, in_title_case in zip(headlines, titled, strict=True):
        body, own = next(read), next(read)
        if in_title_case:
            own = _confirmed_spans(headline, body) if body else tagger.mentions(headline)
        else:
            confirmed = {span.surface: span for span in body}
            own = [_typed_as(span, confirmed.get(span.surface)) for span in own]
        found.append(
            [FieldSpan(_BODY, span) for span in body] + [FieldSpan(_HEADLINE, span) for span in own]
        )
    return found


def _confirmed_spans(headline: str, body: list[Span]) -> list[Span]:
    """Return the names of the body in a headline in title case, where every word looks like one."""
    confirmed = {span.surface: span for span in body}
    names = filter(headline.__contains__, confirmed)
    # As a pattern would find them: the first place, and there the longest name.
    places = sorted(
        (start, -len(name), name) for name in names for start in _places(name, headline)
    )
    spans = []
    done = 0
    for start, _, name in places:
        if start >= done:
            done = start + len(name)
            spans.append(confirmed[name]._replace(start=start, end=done))
    return spans


def _places(name: str, text: str) -> Iterator[int]:
    """Yield where a name is in a text, and no part of a longer word."""
    start = text.find(name)
    while start >= 0:
        end = start + len(name)
        before, after = text[start - 1 : start], text[end : end + 1]
        if not _is_of_word(before) and not _is_of_word(after):
            yield start
        start = text.find(name, start + 1)


def _is_of_word(letter: str) -> bool:
    return letter.isalnum() or letter == "_"


def _typed_as(span: Span, known: Span | None) -> Span:
    """Return a name that the body has too is what the body makes of it."""
    if known is None:
        return span
    return known._replace(start=span.start, end=span.end)
