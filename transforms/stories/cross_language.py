"""Groups of articles that tell the same event in two languages, as `links` compares them."""

from collections.abc import Sequence

import numpy as np

from warta.transforms.stories.grouping import KeyedArticle
from warta.transforms.stories.likeness import NO_DAY, ClusterRows, day_column
from warta.transforms.stories.links import LANGUAGES, Link, link_rows
from warta.transforms.stories.vector_rows import sum_rows, vector_rows
from warta.transforms.stories.vectors import table_of


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
    sides = [_side(groups, language) for language in LANGUAGES]
    if not all(places for places, _ in sides):
        return []
    (left, left_rows), (right, right_rows) = sides
    found = []
    for link in link_rows(left_rows, right_rows, story_days):
        one, other = left[link.left], right[link.right]
        if one != other:
            found.append(Link(one, other, link.score))
    return found


def _side(groups: Sequence[Sequence[KeyedArticle]], language: str) -> tuple[list[int], ClusterRows]:
    """Return which groups a language reports, and the sums of its articles in each."""
    table = table_of(language)
    scheme = None if table is None else table.scheme
    own = [[one for one in group if one.scheme == scheme and one.terms] for group in groups]
    places = [place for place, written in enumerate(own) if written]
    written = [own[place] for place in places]
    owners = np.array([at for at, group in enumerate(written) for _ in group], dtype=np.int64)
    vectors = vector_rows([(one.terms, one.weights) for group in written for one in group])
    days = [[one.day for one in group if one.day is not None] for group in written]
    last = day_column(max(some, default=NO_DAY) for some in days)
    return places, ClusterRows(
        sum_rows(vectors, owners, len(places)),
        np.array([len(group) for group in written], dtype=np.int32),
        day_column(min(some, default=NO_DAY) for some in days),
        last,
        last,
    )
