"""Articles into stories, by what their rows hold: one way for runs, rebuilds and `warta try`."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from warta.transforms.stories.candidates import Ints, pairs_between, pairs_within, vector_rows
from warta.transforms.stories.clustering import Member, OpenStory, agglomerate, rules_of
from warta.transforms.stories.service import NAMES_EVENTS, service_rule
from warta.transforms.stories.vectors import table_of, table_of_scheme, vectorise

JOINS = "#joins"
"""Ends the scheme of service content that names an event: it joins a story and founds none."""
SERVICE = "service:"
"""Begins the scheme of other service content, before the rule that it was known by."""


@dataclass(frozen=True, slots=True)
class StoryKey:
    """What an article is compared by: columns of its row."""

    scheme: str
    """How the vector was made; of service content, the rule."""
    terms: tuple[int, ...] = ()
    weights: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class KeyedArticle:
    """An article as stories are made of it."""

    article_id: str
    day: int | None
    """Of publication, as an ordinal; None: no date."""
    scheme: str | None
    terms: Sequence[int]
    weights: Sequence[int]


@dataclass(frozen=True, slots=True)
class Group:
    """New articles of one story."""

    story: int | None
    """Position of the open story that they joined; None: they are a new one."""
    rows: tuple[int, ...]
    """Positions of the articles, by date, then id."""


def story_key(headline: str | None, body: str, language: str | None) -> StoryKey | None:
    """Return what an article is compared by.

    Args:
      headline: Headline, if there is one.
      body: Text.
      language: BCP-47 code.

    Returns:
      None where the language has no table, or the text no word.

    Example:
      >>> story_key("Jadwal Kapal Feri Sagara Besok", "Feri berangkat pukul 7.", "id").scheme
      'tfidf1/id/32#joins'
      >>> story_key("Resep Soto Lamun", "Rebus ikan.", "id")
      StoryKey(scheme='service:id_recipe', terms=(), weights=())
    """
    table = table_of(language)
    if table is None:
        return None
    rule = service_rule(headline, body, language)
    if rule is not None and rule.kind not in NAMES_EVENTS:
        return StoryKey(f"{SERVICE}{rule.id}")
    vector = vectorise(headline, body, language)
    if vector is None:
        return None
    scheme = table.scheme if rule is None else table.scheme + JOINS
    return StoryKey(scheme, vector.terms, vector.weights)


def base_scheme(scheme: str | None) -> str | None:
    """Return the scheme whose vectors an article's vector can be compared with.

    None where it has no vector, or one of another version.

    Example:
      >>> base_scheme("tfidf1/id/32#joins"), base_scheme("service:id_weather")
      ('tfidf1/id/32', None)
    """
    base = (scheme or "").removesuffix(JOINS)
    return base if table_of_scheme(base) is not None else None


def group_articles(
    articles: Sequence[KeyedArticle],
    stories: Sequence[tuple[str, OpenStory]],
    *,
    story_days: int,
    arrival: int,
    met: Iterable[tuple[int, int]] | None = None,
) -> list[Group]:
    """Return which articles tell the same story, and which join an open one.

    Args:
      articles: New articles, copies left out, in any order.
      stories: Open stories, each after its scheme.
      story_days: Days between a story and what joins it, at most; 0: every article stands alone.
      arrival: Day of the run, as an ordinal.
      met: Articles and stories that may be together; None: they are looked for.

    Returns:
      Groups, each article in one, in no particular order.
    """
    by_scheme: dict[str, list[int]] = defaultdict(list)
    groups = []
    for row, article in enumerate(articles):
        scheme = base_scheme(article.scheme) if story_days else None
        if scheme is None or not article.terms:
            groups.append(Group(None, (row,)))
        else:
            by_scheme[scheme].append(row)
    for scheme, rows in sorted(by_scheme.items()):
        places = [place for place, (name, _) in enumerate(stories) if name == scheme]
        opened = [stories[place][1] for place in places]
        pairs = None if met is None else _of_scheme(met, rows, places)
        groups += _grouped(articles, rows, opened, places, scheme, pairs, story_days, arrival)
    return groups


def _of_scheme(met: Iterable[tuple[int, int]], rows: list[int], places: list[int]) -> Ints:
    row_places = {row: number for number, row in enumerate(rows)}
    story_places = {place: number for number, place in enumerate(places)}
    pairs = sorted(
        {
            (row_places[row], story_places[story])
            for row, story in met
            if row in row_places and story in story_places
        }
    )
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def _grouped(
    articles: Sequence[KeyedArticle],
    rows: Sequence[int],
    opened: Sequence[OpenStory],
    places: Sequence[int],
    scheme: str,
    met: Ints | None,
    story_days: int,
    arrival: int,
) -> list[Group]:
    table = table_of_scheme(scheme)
    if table is None:
        raise ValueError(f"no table for {scheme}")
    members = [
        Member(one.article_id, one.day, one.terms, one.weights, (one.scheme or "").endswith(JOINS))
        for one in (articles[row] for row in rows)
    ]
    vectors = vector_rows([(one.terms, one.weights) for one in members])
    if met is None:
        heads = vector_rows([(one.terms, one.weights) for one in opened])
        met = pairs_between(vectors, heads)
    clusters = agglomerate(
        members, opened, pairs_within(vectors), met, rules_of(table, story_days), arrival
    )
    return [
        Group(
            None if cluster.story is None else places[cluster.story],
            tuple(rows[member] for member in cluster.members),
        )
        for cluster in clusters
    ]
