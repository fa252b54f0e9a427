"""All articles of a lake into stories, by their days, whatever order they came in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

import numpy as np

from warta.transforms.lake.stories.articles import LakeArticles
from warta.transforms.lake.stories.relations import founder
from warta.transforms.stories.clustering import OpenStories
from warta.transforms.stories.cross_language import Side, linked_places
from warta.transforms.stories.grouping import (
    ArticleColumns,
    OpenColumns,
    base_scheme,
    group_columns,
)
from warta.transforms.stories.likeness import NO_DAY, sum_articles

_AT_ONCE = 20_000
"""Articles that are grouped together, in whole days, beside the stories that are open then."""


@dataclass(slots=True)
class _Cluster:
    """Articles that tell the same story."""

    scheme: str | None
    rows: list[int] = field(default_factory=list)
    mean: list[int] = field(default_factory=list)
    """Those in its mean."""
    last: int = NO_DAY
    """Day of the last one, or on which it came."""


def regroup(articles: LakeArticles, story_days: int) -> Iterator[list[int]]:
    """Yield the articles of each story, those before copies that they are copies of.

    Args:
      articles: Of the lake.
      story_days: Days between a story and what joins it, at most.

    Yields:
      Numbers of rows, those of a story together.
    """
    clusters: list[_Cluster] = []
    opened: list[int] = []
    for chunk in _chunks(articles):
        first = articles.when[chunk[0]]
        opened = [one for one in opened if clusters[one].last >= first - story_days]
        compared = [one for one in opened if clusters[one].mean]
        groups = group_columns(
            _columns(articles, chunk),
            _open_columns(articles, [clusters[one] for one in compared]),
            story_days=story_days,
            arrival=int(articles.when[chunk[-1]]),
        )
        by_place = [sorted((chunk[row] for row in one.rows), key=articles.place) for one in groups]
        for group, rows in sorted(
            zip(groups, by_place, strict=True), key=lambda pair: articles.place(pair[1][0])
        ):
            if group.story is None:
                opened.append(len(clusters))
                clusters.append(_Cluster(base_scheme(articles.schemes[founder(articles, rows)])))
                cluster = clusters[-1]
            else:
                cluster = clusters[compared[group.story]]
            cluster.rows += rows
            cluster.mean += [row for row in rows if articles.schemes[row] == cluster.scheme]
            cluster.last = max(cluster.last, *(int(articles.when[row]) for row in rows))
    clusters = _linked(articles, clusters, story_days)
    of = {articles.ids[row]: one for one in clusters for row in one.rows}
    for row, original in enumerate(articles.copies):
        if original is not None:
            if original not in of:
                of[original] = _Cluster(None)
                clusters.append(of[original])
            of[original].rows.append(row)
    yield from (one.rows for one in clusters)


def _linked(
    articles: LakeArticles, clusters: Sequence[_Cluster], story_days: int
) -> list[_Cluster]:
    """Return clusters with those joined that report the same event in two languages."""
    joined: set[int] = set()
    for link in linked_places(lambda scheme: _side(articles, clusters, scheme), story_days):
        first, second = sorted((link.left, link.right))
        clusters[first].rows += clusters[second].rows
        joined.add(second)
    return [one for place, one in enumerate(clusters) if place not in joined]


def _side(articles: LakeArticles, clusters: Sequence[_Cluster], scheme: str) -> Side:
    """Return which clusters a language reports, and the sums of their articles."""
    places = [
        place for place, one in enumerate(clusters) if one.scheme == scheme and len(one.mean) > 0
    ]
    rows = _open_columns(articles, [clusters[place] for place in places]).stories.rows
    # What has no date is compared with what came in these days.
    undated = rows.first == NO_DAY
    first = np.where(undated, rows.arrived, rows.first)
    last = np.where(undated, rows.arrived, rows.last)
    days = replace(rows, first=first, last=last)
    return Side(places, days)


def _chunks(articles: LakeArticles) -> Iterator[list[int]]:
    """Yield the rows that are no copies, by day, in whole days."""
    rows = [row for row, original in enumerate(articles.copies) if original is None]
    rows.sort(key=lambda row: (int(articles.when[row]), *articles.place(row)))
    chunk: list[int] = []
    for _, day in groupby(rows, key=lambda row: int(articles.when[row])):
        own = list(day)
        if chunk and len(chunk) + len(own) > _AT_ONCE:
            yield chunk
            chunk = []
        chunk += own
    if chunk:
        yield chunk


def _columns(articles: LakeArticles, rows: Sequence[int]) -> ArticleColumns:
    chosen = np.array(rows, dtype=np.int64)
    return ArticleColumns(
        [articles.ids[row] for row in rows],
        articles.days[chosen],
        [articles.schemes[row] for row in rows],
        articles.vectors.take(chosen),
    )


def _open_columns(articles: LakeArticles, clusters: Sequence[_Cluster]) -> OpenColumns:
    """Return stories under way as the sums of their articles."""
    rows = np.array([row for one in clusters for row in one.mean], dtype=np.int64)
    owners = np.repeat(np.arange(len(clusters)), [len(one.mean) for one in clusters])
    summed = sum_articles(articles.vectors.take(rows), articles.days[rows], owners, len(clusters))
    arrived = np.array([one.last for one in clusters], dtype=np.int32)
    return OpenColumns(
        [one.scheme or "" for one in clusters],
        OpenStories(
            [articles.ids[one.rows[0]] for one in clusters], replace(summed, arrived=arrived)
        ),
    )
