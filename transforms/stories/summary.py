"""What a story's row says: counted on from its earlier row, article by article.

Counts are those of articles, copies among them: a later version does not count. What a story
is about (entities, topics, places, its mean) is said by its articles without their copies, which
would say it again. So a row and what a run brings give the next row, and no other article is read.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import Any

from warta.transforms.stories.clustering import MEAN_TERMS, heaviest
from warta.transforms.stories.grouping import base_scheme
from warta.transforms.stories.vectors import NAME_FLAG, TERM_MASK

MAX_PUBLISHERS = 500
MAX_ENTITIES = 50
MAX_TOPICS = 20
MAX_PLACES = 30
MAX_DAYS = 400
"""So much a row lists at most, the most frequent first, of days the last: what falls out of it is
counted from nothing when it comes again."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StoryArticle:
    """An article as its story's row needs it: the first version of it."""

    article_id: str
    published: datetime | None
    day: str
    """Its partition."""
    headline: str | None
    publisher: str | None
    language: str | None
    is_copy: bool
    entities: Sequence[Row]
    topics: Sequence[Row]
    place: Row | None
    """That of the dateline."""
    scheme: str | None
    terms: Sequence[int]
    weights: Sequence[int]

    @property
    def place_in_time(self) -> tuple[float, str]:
        """Return its place among those of its story: by date, undated ones last, then by id."""
        return inf if self.published is None else self.published.timestamp(), self.article_id

    @property
    def is_in_mean(self) -> bool:
        """Return whether its vector counts: not that of a copy, nor of service content."""
        return not self.is_copy and bool(self.terms) and base_scheme(self.scheme) == self.scheme


def next_row(
    story_id: str, story_date: str, earlier: Row | None, articles: Iterable[StoryArticle]
) -> dict[str, Any]:
    """Return a story's row after some articles have joined it.

    Args:
      story_id: Its id.
      story_date: The day of the article that gave it the id.
      earlier: Its row so far, if it has one.
      articles: What is not in that row yet, in any order.

    Returns:
      Columns of `STORIES`, but for those of the run; `title` and `title_of` as before.
    """
    new = sorted(articles, key=lambda one: one.place_in_time)
    row = dict(earlier) if earlier is not None else _first_row(story_id, story_date)
    row["version"] += 1
    row["articles"] += len(new)
    row["copies"] += sum(one.is_copy for one in new)
    dates = [one.published for one in new if one.published is not None]
    for name, choose in (("first_seen", min), ("last_seen", max)):
        row[name] = choose([*dates, *([row[name]] if row[name] else [])], default=None)
    texts = [one for one in new if not one.is_copy]
    row["publishers"] = _counted(row["publishers"], _publishers(new), ("name",), MAX_PUBLISHERS)
    row["languages"] = _counted(row["languages"], _languages(new), ("in_language",), MAX_TOPICS)
    entities = [one.entities for one in texts]
    row["entities"] = _counted(row["entities"], entities, ("entity_id",), MAX_ENTITIES)
    topics = [one.topics for one in texts]
    row["topics"] = _counted(row["topics"], topics, ("scheme", "qcode"), MAX_TOPICS)
    row["places"] = _counted(row["places"], map(_places, texts), ("key",), MAX_PLACES, _place_key)
    row["timeline"] = _timeline(row["timeline"], new)
    return row | _mean(row, texts)


def _first_row(story_id: str, story_date: str) -> dict[str, Any]:
    lists = ("continues", "publishers", "languages", "entities", "topics", "places", "timeline")
    return {
        "story_id": story_id,
        "version": 0,
        "current_id": story_id,
        "title": None,
        "title_of": None,
        "first_seen": None,
        "last_seen": None,
        "articles": 0,
        "copies": 0,
        "story_scheme": None,
        "story_terms": [],
        "story_weights": [],
        "vectors": 0,
        "story_date": story_date,
        **{name: [] for name in lists},
    }


def joined_row(story_id: str, story_date: str, version: int, current_id: str) -> dict[str, Any]:
    """Return the row of a story whose articles are in another one from now on.

    It says nothing else: a sum over rows counts each article once.
    """
    row = _first_row(story_id, story_date)
    return row | {"version": version, "current_id": current_id}


def _publishers(articles: Iterable[StoryArticle]) -> Iterable[list[Row]]:
    return ([{"name": one.publisher}] if one.publisher else [] for one in articles)


def _languages(articles: Iterable[StoryArticle]) -> Iterable[list[Row]]:
    return ([{"in_language": one.language}] if one.language else [] for one in articles)


def _places(article: StoryArticle) -> list[Row]:
    """Return the places that an article names, that of its dateline among them."""
    named = [one for one in article.entities if one["type"] == "place"]
    here = [article.place] if article.place and article.place["name"] else []
    return [{"name": one["name"], "wikidata_id": one["wikidata_id"]} for one in [*here, *named]]


def _place_key(place: Row) -> tuple[Any, ...]:
    return (place["wikidata_id"] or place["name"],)


def _counted(
    before: Iterable[Row],
    lists: Iterable[Iterable[Row]],
    key: tuple[str, ...],
    most: int,
    key_of: Callable[[Row], tuple[Any, ...]] | None = None,
) -> list[dict[str, Any]]:
    """Return how many articles name what, the most frequent first.

    Args:
      before: The list so far.
      lists: What each new article names; what it names twice counts once.
      key: Fields that say what is the same.
      most: How long the list is at most.
      key_of: Says it in place of `key`.
    """
    of = key_of or (lambda one: tuple(one[name] for name in key))
    found = {of(one): dict(one) for one in before}
    for named in lists:
        for what, one in {of(one): one for one in reversed(list(named))}.items():
            found.setdefault(what, {**one, "articles": 0})["articles"] += 1
    ordered = sorted(
        found.items(), key=lambda pair: (-pair[1]["articles"], tuple(map(str, pair[0])))
    )
    return [one for _, one in ordered[:most]]


def _timeline(before: Iterable[Row], new: Iterable[StoryArticle]) -> list[dict[str, Any]]:
    """Return how many articles a story has on each day, with the first of them that came."""
    days = {one["day"]: dict(one) for one in before}
    for article in new:
        day = {"day": article.day, "articles": 0, "article_id": article.article_id}
        days.setdefault(article.day, day)["articles"] += 1
    # "unknown" comes after all days.
    return [days[day] for day in sorted(days)][-MAX_DAYS:]


def _mean(row: Row, texts: Sequence[StoryArticle]) -> dict[str, Any]:
    """Return the sum of a story's vectors with those of new articles."""
    scheme = row["story_scheme"] or next((one.scheme for one in texts if one.is_in_mean), None)
    sums: dict[int, int] = {}
    named: set[int] = set()
    vectors = [(row["story_terms"], row["story_weights"])]
    added = [one for one in texts if one.is_in_mean and one.scheme == scheme]
    vectors += [(one.terms, one.weights) for one in added]
    for terms, weights in vectors:
        for term, weight in zip(terms, weights, strict=True):
            plain = term & TERM_MASK
            sums[plain] = sums.get(plain, 0) + weight
            if term & NAME_FLAG:
                named.add(plain)
    terms, weights = heaviest(sums.items(), MEAN_TERMS)
    return {
        "story_scheme": scheme,
        "story_terms": [term | NAME_FLAG if term in named else term for term in terms],
        "story_weights": weights,
        "vectors": row["vectors"] + len(added),
    }


def likeness_to(row: Row) -> Callable[[Iterable[int], Iterable[int]], int]:
    """Return what says how near a vector, of terms and weights, is to a story's mean.

    Its values can be compared within one story.
    """
    pairs = zip(row["story_terms"], row["story_weights"], strict=True)
    sums = {term & TERM_MASK: weight for term, weight in pairs}

    def near(terms: Iterable[int], weights: Iterable[int]) -> int:
        own = zip(terms, weights, strict=True)
        return sum(weight * sums.get(term & TERM_MASK, 0) for term, weight in own)

    return near
