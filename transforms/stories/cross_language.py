"""Stories that tell the same event in two languages, as `links` compares them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from warta.transforms.stories.grouping import KeyedArticle
from warta.transforms.stories.likeness import ClusterRows, day_column, sum_articles
from warta.transforms.stories.links import LANGUAGES, Link, link_rows
from warta.transforms.stories.vector_rows import vector_rows
from warta.transforms.stories.vectors import table_of


@dataclass(frozen=True, slots=True)
class Side:
    """The stories that one language tells."""

    places: Sequence[int]
    """Where each is in a list that the caller has."""
    rows: ClusterRows


def scheme_of(language: str) -> str:
    """Return the scheme of the vectors of articles in one of `LANGUAGES`.

    Raises:
      ValueError: The language has no table.
    """
    table = table_of(language)
    if table is None:
        raise ValueError(f"no table for {language}")
    return table.scheme


def linked_places(side_of: Callable[[str], Side], story_days: int) -> Iterator[Link]:
    """Yield the pairs of stories that tell the same event in Indonesian and English.

    Args:
      side_of: Returns the stories of a scheme.
      story_days: Most days between two that are linked.

    Yields:
      Places of stories, the Indonesian one left; none is twice on one side.
    """
    left, right = (side_of(scheme_of(language)) for language in LANGUAGES)
    if left.places and right.places:
        for link in link_rows(left.rows, right.rows, story_days):
            yield Link(left.places[link.left], right.places[link.right], link.score)


def linked_in_other_language(
    groups: Sequence[Sequence[KeyedArticle]], story_days: int
) -> list[Link]:
    """Return the pairs of groups that tell the same event in Indonesian and English.

    Args:
      groups: Articles of each story, in an order that does not depend on that of inputs.
      story_days: Most days between two that are linked.

    Returns:
      Places of groups, the Indonesian one left; no group is in two pairs.
    """
    links = linked_places(lambda scheme: _side(groups, scheme), story_days)
    return [link for link in links if link.left != link.right]


def _side(groups: Sequence[Sequence[KeyedArticle]], scheme: str) -> Side:
    """Return which groups are reported in a scheme, and the sums of its articles in each."""
    own = [[one for one in group if one.scheme == scheme and one.terms] for group in groups]
    places = [place for place, written in enumerate(own) if written]
    owned = [(at, one) for at, place in enumerate(places) for one in own[place]]
    rows = sum_articles(
        vector_rows([(one.terms, one.weights) for _, one in owned]),
        day_column(one.day for _, one in owned),
        np.array([at for at, _ in owned], dtype=np.int64),
        len(places),
    )
    return Side(places, rows)
