"""Article -> the same article with its mentions, entities and topics."""

import dataclasses
import re
from dataclasses import dataclass, field

from transforms.records import Article, Place
from transforms.tagging import entities, topics
from transforms.tagging.entities import EntityTagger, Span, rules_language
from transforms.tagging.gazetteer import Gazetteer
from transforms.tagging.linking import FieldSpan, link
from transforms.tagging.tokens import is_title_case
from transforms.tagging.topics import TopicTagger

VERSIONS = f"{entities.VERSION} {topics.VERSION}"
_BODY, _HEADLINE = "article_body", "headline"


@dataclass(slots=True)
class ArticleTagger:
    """Tags articles in any language; a language's tables are loaded with its first article."""

    gazetteer: Gazetteer
    _entity_taggers: dict[str, EntityTagger] = field(default_factory=dict)
    _topic_taggers: dict[str, TopicTagger] = field(default_factory=dict)

    @classmethod
    def load(cls, gazetteer_files: tuple[str, ...] = ()) -> "ArticleTagger":
        """Paths or URIs of the users' own tables, which win -> the tagger.

        Raises:
          GazetteerError: a table that cannot be read.
        """
        return cls(Gazetteer.load(gazetteer_files))

    def tag(self, article: Article) -> Article:
        """Article -> the same with mentions, entities, topics and the place of its dateline."""
        spans = self._spans(article)
        texts = {_BODY: article.article_body, _HEADLINE: article.headline or ""}
        mentions, linked = link(texts, spans)
        found = self._topic_tagger(article.in_language).topics(
            headline=article.headline,
            body=article.article_body,
            section=article.article_section,
            keywords=article.keywords,
            entities=tuple(linked),
        )
        return dataclasses.replace(
            article,
            mentions=tuple(mentions),
            entities=tuple(linked),
            topics=found,
            location_created=self._located(article.location_created),
            tagger_versions=VERSIONS,
        )

    def _spans(self, article: Article) -> list[FieldSpan]:
        tagger = self._entity_tagger(article.in_language)
        body = tagger.mentions(article.article_body)
        headline = _headline_spans(article.headline or "", tagger, body)
        found = [FieldSpan(_BODY, span) for span in body]
        return found + [FieldSpan(_HEADLINE, span) for span in headline]

    def _entity_tagger(self, language: str) -> EntityTagger:
        key = rules_language(language) or ""
        if key not in self._entity_taggers:
            self._entity_taggers[key] = EntityTagger.with_gazetteer(language, self.gazetteer)
        return self._entity_taggers[key]

    def _topic_tagger(self, language: str) -> TopicTagger:
        key = language.split("-")[0].lower()
        if key not in self._topic_taggers:
            self._topic_taggers[key] = TopicTagger.load(language)
        return self._topic_taggers[key]

    def _located(self, place: Place | None) -> Place | None:
        if place is None or place.wikidata_id:
            return place
        row = self.gazetteer.lookup(place.name) or self.gazetteer.lookup(place.name.title())
        known = row.wikidata_id if row and row.type == "place" else None
        return dataclasses.replace(place, wikidata_id=known)


def _headline_spans(headline: str, tagger: EntityTagger, body: list[Span]) -> list[Span]:
    """Names of a headline: in title case every word looks like one, so the body must know it."""
    confirmed = {span.surface: span for span in body}
    if not confirmed or not is_title_case(headline):
        own = tagger.mentions(headline)
        return [_typed_as(span, confirmed.get(span.surface)) for span in own]
    names = "|".join(re.escape(name) for name in sorted(confirmed, key=len, reverse=True))
    return [
        dataclasses.replace(confirmed[found.group()], start=found.start(), end=found.end())
        for found in re.finditer(rf"(?<!\w)(?:{names})(?!\w)", headline)
    ]


def _typed_as(span: Span, known: Span | None) -> Span:
    """A name that the body has too is what the body makes of it."""
    if known is None:
        return span
    return dataclasses.replace(known, start=span.start, end=span.end)
