"""Stories as a timeline: who wrote first, who rewrote whom, and which words bind the articles."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import click
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from warta.pipeline.inspection.pages import name_location
from warta.transforms.core.errors import UsageError
from warta.transforms.core.ids import normalise
from warta.transforms.core.records import Article
from warta.transforms.core.redaction import printable
from warta.transforms.lake.layout import Lake
from warta.transforms.lake.table import open_dataset, scan_table
from warta.transforms.stories.grouping import KeyedArticle, StoryKey, group_articles, story_key
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
_LISTED = ["story_id", "article_id", "headline", "date_published", "publisher_name", "ingested_at"]
_SHOWN = [
    *(*_LISTED, "canonical_domain", "source_uri", "in_language", "article_body", "version"),
    *("story_relation", "story_of", "story_similarity", "story_terms", "story_weights"),
]


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
class ShownStory:
    """A story with its articles, first to last."""

    story_id: str
    words: tuple[str, ...]
    """What most of its articles have in common, heaviest first."""
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
    found = []
    for group in group_articles(keyed, [], story_days=story_days, arrival=today):
        rows = sorted(group.rows, key=lambda row: _moment(listed[row]))
        members = [(listed[row], keys[row] or StoryKey("")) for row in rows]
        found.append(_tried_story(members))
    return sorted(found, key=lambda story: (-len(story.articles), story.story_id))


def _keyed(one: Article, key: StoryKey | None) -> KeyedArticle:
    day = None if one.date_published is None else one.date_published.date().toordinal()
    key = key or StoryKey("")
    return KeyedArticle(one.article_id, day, key.scheme, key.terms, key.weights)


def _tried_story(members: Sequence[tuple[Article, StoryKey]]) -> ShownStory:
    shown = []
    for place, (one, key) in enumerate(members):
        relation = of = similarity = None
        if place:
            nearest, alike = max(
                ((other, _alike(key, other_key)) for other, other_key in members[:place]),
                key=lambda pair: pair[1],
            )
            relation = _relation(one, nearest, members[0][0], alike)
            of, similarity = nearest.article_id, alike
        outlet = one.publisher_name or name_location(one)
        name = _name(one.headline, one.article_body)
        shown.append(
            ShownArticle(one.article_id, name, outlet, one.date_published, relation, of, similarity)
        )
    texts = [(f"{one.headline or ''} {one.article_body}", key) for one, key in members]
    words = _binding((text, key.terms, key.weights) for text, key in texts)
    return ShownStory(members[0][0].article_id, words, tuple(shown))


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


def _binding(members: Iterable[tuple[str, Sequence[int], Sequence[int]]]) -> tuple[str, ...]:
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


def largest_stories(lake: Lake, days: int, limit: int) -> list[dict[str, Any]]:
    """Return the largest stories whose last article is of the last days that a lake has.

    Args:
      lake: The lake.
      days: How many days, back from the lake's newest article.
      limit: Most stories.

    Raises:
      LakeError: There is no lake, or it is damaged.
    """
    lake.check()
    stories: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for batch in scan_table(lake, "articles", _LISTED):
        kept = batch.filter(pc.is_valid(batch["story_id"]))
        for row in kept.to_pylist():
            stories[row["story_id"]].append(row)
    found = [_summary(name, rows) for name, rows in stories.items() if len(rows) > 1]
    found = [one for one in found if one["articles"] > 1]
    newest = max((one["last_seen"] for one in found if one["last_seen"]), default=None)
    if newest is not None:
        since = newest - timedelta(days=days)
        found = [one for one in found if one["last_seen"] is None or one["last_seen"] >= since]
    return sorted(found, key=lambda one: (-one["articles"], one["story_id"]))[:limit]


def _summary(name: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    dates = [row["date_published"] for row in rows if row["date_published"] is not None]
    first = min(rows, key=lambda row: (row["article_id"] != name, _when(row)))
    return {
        "story_id": name,
        "title": first["headline"],
        "articles": len({row["article_id"] for row in rows}),
        "publishers": len({row["publisher_name"] for row in rows if row["publisher_name"]}),
        "first_seen": min(dates, default=None),
        "last_seen": max(dates, default=None),
    }


def _when(row: dict[str, Any]) -> tuple[float, str]:
    moment = row["date_published"]
    return (moment.timestamp() if moment else float("inf")), row["article_id"]


def read_story(lake: Lake, name: str) -> ShownStory:
    """Return one story of a lake.

    Args:
      lake: The lake.
      name: Its story_id, or the beginning of it.

    Raises:
      UsageError: No story of the lake is named so, or several are.
    """
    articles = open_dataset(lake, "articles")
    begins = pc.starts_with(ds.field("story_id"), name)
    rows: pa.Table = articles.to_table(columns=_SHOWN, filter=begins)
    names = sorted(set(rows["story_id"].to_pylist()))
    if len(names) != 1:
        what = "no story begins with" if not names else f"{len(names)} stories begin with"
        raise UsageError(f"{what} {name!r}: `warta stories {lake}` lists them")
    latest = {
        row["article_id"]: row for row in sorted(rows.to_pylist(), key=lambda r: r["version"])
    }
    members = sorted(latest.values(), key=_when)
    words = _binding(
        (
            f"{row['headline'] or ''} {row['article_body']}",
            row["story_terms"] or (),
            row["story_weights"] or (),
        )
        for row in members
    )
    return ShownStory(names[0], words, tuple(_shown(row) for row in members))


def _shown(row: dict[str, Any]) -> ShownArticle:
    return ShownArticle(
        row["article_id"],
        _name(row["headline"], row["article_body"]),
        row["publisher_name"] or row["canonical_domain"] or row["source_uri"].rpartition("/")[2],
        row["date_published"],
        row["story_relation"],
        row["story_of"],
        None if row["story_similarity"] is None else round(row["story_similarity"], 4),
    )


def _name(headline: str | None, body: str) -> str:
    text = " ".join((headline or body[:200]).split())
    return text if len(text) <= 80 else f"{text[:79]}…"


def render_story(story: ShownStory) -> str:
    """Return a story as lines: a line an article, with the one that it relates to most."""
    numbers = {one.article_id: place for place, one in enumerate(story.articles, 1)}
    lines = [f"story {story.story_id}"]
    for place, one in enumerate(story.articles, 1):
        day = f"{one.published:%Y-%m-%d %H:%M}" if one.published else "no date         "
        lines.append(f"{place:>3}  {day}  {one.outlet}: {one.name}")
        if one.relation and one.of:
            of = f"{numbers[one.of]}" if one.of in numbers else one.of
            alike = f", {one.similarity:.2f} alike" if one.similarity is not None else ""
            lines.append(f"{'':23}{_RELATIONS.get(one.relation, one.relation)} {of}{alike}")
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
        return "no story has two articles yet\n"
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


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment else "-"


def echo_tried(articles: Sequence[Article], story_days: int) -> None:
    """Print which articles belong together, and why."""
    click.secho("Stories", bold=True)
    click.echo(render_tried(group_tried(articles, story_days)), nl=False)
