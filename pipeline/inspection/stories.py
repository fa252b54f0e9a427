"""Stories as a timeline: who wrote first, who rewrote whom, and which words bind the articles."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import click

from warta.pipeline.inspection.pages import name_location
from warta.transforms.core.ids import normalise
from warta.transforms.core.records import Article
from warta.transforms.core.redaction import printable
from warta.transforms.stories.cross_language import linked_in_other_language
from warta.transforms.stories.grouping import (
    KeyedArticle,
    StoryKey,
    base_scheme,
    group_articles,
    story_key,
)
from warta.transforms.stories.relations import (
    REWRITE_COSINE,
    aligned_sentences,
    cosine,
    relation_kind,
)
from warta.transforms.stories.vectors import SCALE, TERM_MASK, table_of, term_of, words_of

_WORDS = 12
"""Of those that bind a story, so many are shown."""
_RELATIONS = {
    "copy": "copies",
    "rewrite": "rewrites",
    "same_event": "same event as",
    "follow_up": "follows up",
}


@dataclass(frozen=True, slots=True)
class ShownArticle:
    """An article of a story."""

    article_id: str
    name: str
    """Headline, or the beginning of the text."""
    outlet: str
    published: datetime | None
    relation: str | None
    of: str | None
    similarity: float | None


@dataclass(frozen=True, slots=True)
class ShownEntity:
    """Whom or what the articles of a story name in common."""

    name: str
    wikidata_id: str | None
    articles: int


@dataclass(frozen=True, slots=True)
class ShownStory:
    """A story with its articles, first to last."""

    story_id: str
    title: str | None
    words: tuple[str, ...]
    """What most of its articles have in common, heaviest first."""
    entities: tuple[ShownEntity, ...]
    """Whom and what most of them name, copies left out."""
    articles: tuple[ShownArticle, ...]


def group_tried(articles: Sequence[Article], story_days: int) -> list[ShownStory]:
    """Return the stories of a few articles, largest first, as a run would find them at once.

    Args:
      articles: Cleaned articles.
      story_days: Days between a story and what joins it, at most.
    """
    # A run drops what is the same; here both names of a file are shown.
    unique = {(one.article_id, one.content_sha256): one for one in articles}
    listed = list(unique.values())
    keys = [story_key(one.headline, one.article_body, one.in_language) for one in listed]
    keyed = [_keyed(one, key) for one, key in zip(listed, keys, strict=True)]
    today = datetime.now(UTC).date().toordinal()
    groups = [
        sorted(group.rows, key=lambda row: _moment(listed[row]))
        for group in group_articles(keyed, [], story_days=story_days, arrival=today)
    ]
    groups.sort(key=lambda rows: _moment(listed[rows[0]]))
    links = linked_in_other_language([[keyed[row] for row in rows] for rows in groups], story_days)
    partners = {max(link.left, link.right): link for link in links}
    found = []
    for index, rows in enumerate(groups):
        if index in partners:
            continue
        score = None
        for other, link in partners.items():
            if index in (link.left, link.right):
                rows, score = [*rows, *groups[other]], link.score
        rows = sorted(rows, key=lambda row: _moment(listed[row]))
        members = [(listed[row], keys[row] or StoryKey("")) for row in rows]
        found.append(_tried_story(members, score))
    return sorted(found, key=lambda story: (-len(story.articles), story.story_id))


def _keyed(one: Article, key: StoryKey | None) -> KeyedArticle:
    day = None if one.date_published is None else one.date_published.date().toordinal()
    key = key or StoryKey("")
    return KeyedArticle(one.article_id, day, key.scheme, key.terms, key.weights)


def _tried_story(
    members: Sequence[tuple[Article, StoryKey]], score: float | None = None
) -> ShownStory:
    """Return what is shown of a story.

    Args:
      members: Its articles, first to last.
      score: How alike what two languages tell of it is.
    """
    shown = []
    for index, (one, key) in enumerate(members):
        relation = of = similarity = None
        earlier = members[:index]
        own = [pair for pair in earlier if base_scheme(pair[1].scheme) == base_scheme(key.scheme)]
        if own:
            nearest, alike = max(
                ((other, _alike(key, other_key)) for other, other_key in own),
                key=lambda pair: pair[1],
            )
            relation = _relation(one, nearest, members[0][0], alike)
            of, similarity = nearest.article_id, alike
        elif earlier:
            # The first article in another language relates to the first one of all.
            relation = relation_kind(1.0, None, _days(members[0][0], one), None)
            of, similarity = members[0][0].article_id, score
        outlet = one.publisher_name or name_location(one)
        name = short_name(one.headline, one.article_body)
        shown.append(
            ShownArticle(one.article_id, name, outlet, one.date_published, relation, of, similarity)
        )
    texts = [(f"{one.headline or ''} {one.article_body}", key) for one, key in members]
    words = binding_words((text, key.terms, key.weights) for text, key in texts)
    entities = common_entities(
        [(entity.name, entity.wikidata_id, entity.entity_id) for entity in one.entities]
        for one, _ in members
    )
    first = members[0][0]
    title = short_name(first.headline, first.article_body)
    return ShownStory(first.article_id, title, words, entities, tuple(shown))


def _relation(one: Article, nearest: Article, first: Article, alike: float) -> str:
    table = table_of(one.in_language)
    if normalise(one.article_body) == normalise(nearest.article_body):
        return "copy"
    aligned = None
    if alike >= REWRITE_COSINE and table is not None:
        aligned = aligned_sentences(one.article_body, nearest.article_body, table)
    return relation_kind(alike, aligned, _days(first, one), _days(nearest, one))


def _days(one: Article, other: Article) -> int | None:
    if one.date_published is None or other.date_published is None:
        return None
    return (other.date_published.date() - one.date_published.date()).days


def _moment(one: Article) -> tuple[float, str]:
    when = one.date_published.timestamp() if one.date_published else float("inf")
    return when, one.article_id


def _alike(left: StoryKey, right: StoryKey) -> float:
    one, other = (
        {term & TERM_MASK: weight for term, weight in zip(key.terms, key.weights, strict=True)}
        for key in (left, right)
    )
    return round(cosine(one, other) / SCALE**2, 4)


def binding_words(members: Iterable[tuple[str, Sequence[int], Sequence[int]]]) -> tuple[str, ...]:
    """Return the words that at least two articles, and half of them, have in common."""
    weights: Counter[int] = Counter()
    holding: Counter[int] = Counter()
    written: dict[int, str] = {}
    number = 0
    for text, terms, heavy in members:
        number += 1
        for word in words_of(text):
            written.setdefault(term_of(word), word)
        for term, weight in zip(terms, heavy, strict=True):
            weights[term & TERM_MASK] += weight
            holding[term & TERM_MASK] += 1
    common = [term for term in weights if holding[term] >= max(2, number / 2) and term in written]
    common.sort(key=lambda term: (-weights[term], term))
    return tuple(written[term] for term in common[:_WORDS])


def common_entities(
    texts: Iterable[Sequence[tuple[str, str | None, str]]],
) -> tuple[ShownEntity, ...]:
    """Return the entities that at least two articles, and half of them, name.

    Args:
      texts: Of each article, the name, the Wikidata id and the id of each entity.
    """
    number = 0
    holding: Counter[str] = Counter()
    named: dict[str, tuple[str, str | None]] = {}
    for entities in texts:
        number += 1
        for name, wikidata_id, entity_id in entities:
            named.setdefault(entity_id, (name, wikidata_id))
        holding.update({entity_id for _, _, entity_id in entities})
    common = [one for one, count in holding.items() if count >= max(2, number / 2)]
    common.sort(key=lambda one: (-holding[one], named[one][0], one))
    return tuple(ShownEntity(*named[one], holding[one]) for one in common[:_WORDS])


def short_name(headline: str | None, body: str) -> str:
    """Return a headline, or the beginning of a text without one."""
    text = " ".join((headline or body[:200]).split())
    return text if len(text) <= 80 else f"{text[:79]}…"


def render_story(story: ShownStory) -> str:
    """Return a story as lines: a line an article, with the one that it relates to most."""
    numbers = {one.article_id: position for position, one in enumerate(story.articles, 1)}
    lines = [f"story {story.story_id}", *([story.title] if story.title else [])]
    for position, one in enumerate(story.articles, 1):
        day = f"{one.published:%Y-%m-%d %H:%M}" if one.published else "no date         "
        lines.append(f"{position:>3}  {day}  {one.outlet}: {one.name}")
        if one.relation and one.of:
            of = f"{numbers[one.of]}" if one.of in numbers else one.of
            alike = f", {one.similarity:.2f} alike" if one.similarity is not None else ""
            lines.append(f"{'':23}{_RELATIONS.get(one.relation, one.relation)} {of}{alike}")
    if story.entities:
        names = (
            f"{one.name} ({one.wikidata_id})" if one.wikidata_id else one.name
            for one in story.entities
        )
        lines.append(f"     they name: {', '.join(names)}")
    if story.words:
        lines.append(f"     bound by: {', '.join(story.words)}")
    return printable("\n".join(lines)) + "\n"


def render_tried(stories: Sequence[ShownStory]) -> str:
    """Return which of some files belong together."""
    together = [story for story in stories if len(story.articles) > 1]
    alone = [story.articles[0] for story in stories if len(story.articles) == 1]
    parts = [render_story(story) for story in together]
    parts += [printable(f"alone: {one.outlet}: {one.name}") + "\n" for one in alone]
    return "".join(parts)


def story_document(story: ShownStory) -> dict[str, Any]:
    """Return a story as an object of JSON."""
    return asdict(story)


def render_list(stories: Sequence[dict[str, Any]]) -> str:
    """Return a line a story."""
    if not stories:
        return (
            "no story has two articles here; those of a lake that an older version has written "
            "are made by `warta stories rebuild`\n"
        )
    lines = [f"{'articles':>8}  {'publishers':>10}  {'first':10}  {'last':10}  story"]
    for one in stories:
        first, last = (
            f"{one[key]:%Y-%m-%d}" if one[key] else "-" for key in ("first_seen", "last_seen")
        )
        lines.append(
            f"{one['articles']:>8}  {one['publishers']:>10}  {first:10}  {last:10}  "
            f"{one['story_id'][:12]} {one['title'] or ''}"
        )
    return printable("\n".join(lines)) + "\n"


def echo_tried(articles: Sequence[Article], story_days: int) -> None:
    """Print which articles belong together, and why."""
    click.secho("Stories", bold=True)
    click.echo(render_tried(group_tried(articles, story_days)), nl=False)
