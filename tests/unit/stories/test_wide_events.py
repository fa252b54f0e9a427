"""Angles of a wide event are one story, and another event of the kind in the same place is not."""

from collections import Counter

import pytest

from evaluation.story_relations import found_relations
from evaluation.story_set.make import made_articles
from evaluation.story_set.wide import wide_articles
from warta.transforms.stories.candidates import vector_rows
from warta.transforms.stories.nodes import Node, same_names
from warta.transforms.stories.vectors import NAME_FLAG

NAMED, OTHER = [1 | NAME_FLAG, 2 | NAME_FLAG, 3], [4 | NAME_FLAG, 5 | NAME_FLAG, 3]


def node(terms: list[int], weights: list[int]) -> Node:
    """Return a node of one article."""
    square = sum(weight * weight for weight in weights)
    return Node(0, None, [0], 1, square, None, None, None, vector_rows([(terms, weights)]), 0)


@pytest.mark.parametrize(
    ("terms", "weights", "expected"),
    [
        (NAMED, [30, 40, 90], 0.5),
        (NAMED, [40, 30, 10], 0.46),
        (OTHER, [30, 40, 90], 0.0),
        ([1, 2, 3], [30, 40, 90], 0.0),
        ([1 | NAME_FLAG, 5 | NAME_FLAG], [30, 40], 0.0),
    ],
)
def test_clusters_about_the_same_names_count_as_more_alike(
    terms: list[int], weights: list[int], expected: float
) -> None:
    """By how much the cosine of names is over one half; other words do not count."""
    assert same_names(node(NAMED, [30, 40, 5]), node(terms, weights)) == pytest.approx(expected)


def test_names_are_counted_anew_when_a_node_grows() -> None:
    """What was joined changes the cosine."""
    grown, other = node(NAMED, [30, 40, 5]), node(NAMED, [30, 40, 5])
    assert same_names(grown, other) == pytest.approx(0.5)
    grown.take(node(OTHER, [300, 400, 5]), 25)
    assert same_names(grown, other) == 0.0


def test_made_sets_are_large_enough_and_the_same_each_time() -> None:
    """More than 300 articles in more than 60 stories, a half of them held back."""
    wide = wide_articles()
    assert wide == wide_articles()
    stories = {one.story for one in wide} | {one.story for one in made_articles()}
    assert len(stories) > 60
    assert len(wide) + len(made_articles()) > 300
    assert {one.held for one in wide} == {True, False}
    assert all("{" not in one.text + one.title for one in wide)
    assert min(Counter(one.relation for one in wide).values()) > 20


def test_a_rewrite_and_a_follow_up_are_named() -> None:
    """Of one made story: the lead reworded on the same day, and angles days after."""
    story = [one for one in wide_articles() if one.story == "id-graft"]
    found = found_relations(story)
    assert found[0] == "rewrite"
    assert found[-1] == "follow_up"
