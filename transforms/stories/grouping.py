"""Articles into stories, by what their rows hold: one way for runs, rebuilds and `warta try`."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from warta.transforms.stories.agglomeration import rules_of
from warta.transforms.stories.clustering import (
    Members,
    OpenStories,
    OpenStory,
    agglomerate,
)
from warta.transforms.stories.likeness import ClusterRows, day_column
from warta.transforms.stories.service import NAMES_EVENTS, service_rule
from warta.transforms.stories.vector_rows import Ints, VectorRows, positions, vector_rows
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
class ArticleColumns:
    """Articles as stories are made of them, by column."""

    ids: Sequence[str]
    days: npt.NDArray[np.int32]
    """Of publication, as ordinals; `NO_DAY`: no date."""
    schemes: Sequence[str | None]
    vectors: VectorRows


@dataclass(frozen=True, slots=True)
class OpenColumns:
    """Open stories of several schemes, by column."""

    schemes: Sequence[str]
    stories: OpenStories


MetPairs = Callable[[str], Iterable[Ints]]
"""Yields, of a scheme, articles and open stories that may be together, by their positions, some at
a time: of shape (m, 2), each pair once, those of a story together."""


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
) -> list[Group]:
    """Return which articles tell the same story, and which join an open one.

    Args:
      articles: New articles, copies left out, in any order.
      stories: Open stories, each after its scheme.
      story_days: Days between a story and what joins it, at most; 0: each article is a story.
      arrival: Day of the run, as an ordinal.

    Returns:
      Groups, each article in one, in no particular order.
    """
    columns = OpenColumns([name for name, _ in stories], _open_stories([one for _, one in stories]))
    return group_columns(
        _article_columns(articles), columns, story_days=story_days, arrival=arrival
    )


def group_columns(
    articles: ArticleColumns,
    stories: OpenColumns,
    *,
    story_days: int,
    arrival: int,
    met: MetPairs | None = None,
) -> list[Group]:
    """Return what `group_articles` does, of columns: a run may have a million of either.

    Args:
      articles: New articles, copies left out, in any order.
      stories: Open stories.
      story_days: Days between a story and what joins it, at most; 0: each article is a story.
      arrival: Day of the run, as an ordinal.
      met: Gives the articles and stories of a scheme that may be together; None: they are looked
        for.

    Returns:
      Groups of rows of `articles`, each with the row of `stories` that it joins, or None.

    Raises:
      ValueError: Vectors are of a scheme that has no table.
    """
    bases = {scheme: base_scheme(scheme) for scheme in set(articles.schemes)}
    empty = np.diff(articles.vectors.starts) == 0
    by_scheme: dict[str, list[int]] = defaultdict(list)
    groups = []
    for row, scheme in enumerate(articles.schemes):
        base = bases[scheme] if story_days else None
        if base is None or empty[row]:
            groups.append(Group(None, (row,)))
        else:
            by_scheme[base].append(row)
    days = articles.days.tolist()
    for scheme, rows in sorted(by_scheme.items()):
        # Of very many in the same words the first ones are compared: they are so in any order.
        rows.sort(key=lambda row: (days[row], articles.ids[row]))
        places = np.flatnonzero([name == scheme for name in stories.schemes])
        chosen = np.array(rows, dtype=np.int64)
        table = table_of_scheme(scheme)
        if table is None:
            raise ValueError(f"no table for {scheme}")
        clusters = agglomerate(
            _members(articles, chosen, arrival),
            stories.stories.take(places),
            rules_of(table, story_days),
            arrival,
            None if met is None else _by_position(met(scheme), chosen, places),
        )
        groups += [
            Group(
                None if cluster.story is None else int(places[cluster.story]),
                tuple(rows[member] for member in cluster.members),
            )
            for cluster in clusters
        ]
    return groups


def _by_position(blocks: Iterable[Ints], rows: Ints, places: Ints) -> Iterator[Ints]:
    """Yield pairs of articles and stories by their positions in those of a scheme."""
    row_positions, story_positions = (
        positions(some, int(some.max(initial=-1)) + 1) for some in (rows, places)
    )
    for block in blocks:
        yield np.stack([row_positions[block[:, 0]], story_positions[block[:, 1]]], axis=1)


def _members(articles: ArticleColumns, rows: Ints, arrival: int) -> Members:
    days = articles.days[rows]
    arrived = np.full(len(rows), arrival, dtype=np.int32)
    return Members(
        [articles.ids[row] for row in rows.tolist()],
        ClusterRows(articles.vectors.take(rows), np.ones_like(days), days, days, arrived),
        np.array([(articles.schemes[row] or "").endswith(JOINS) for row in rows.tolist()]),
    )


def _article_columns(articles: Sequence[KeyedArticle]) -> ArticleColumns:
    return ArticleColumns(
        [one.article_id for one in articles],
        day_column(one.day for one in articles),
        [one.scheme for one in articles],
        vector_rows([(one.terms, one.weights) for one in articles]),
    )


def _open_stories(stories: Sequence[OpenStory]) -> OpenStories:
    return OpenStories(
        [one.story_id for one in stories],
        ClusterRows(
            vector_rows([(one.terms, one.weights) for one in stories]),
            np.array([one.articles for one in stories], dtype=np.int32),
            day_column(one.first_day for one in stories),
            day_column(one.last_day for one in stories),
            day_column(one.arrived for one in stories),
        ),
    )
