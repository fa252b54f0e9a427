"""Angles of a wide event are one story, and another event of the kind in the same place is not."""

from collections import Counter

import numpy as np
import pytest

from evaluation.story_relations import found_relations
from evaluation.story_set.make import made_articles
from evaluation.story_set.wide import wide_articles
from warta.transforms.stories.sums import Sums
from warta.transforms.stories.vector_rows import vector_rows
from warta.transforms.stories.vectors import NAME_FLAG

NAMED, OTHER = [1 | NAME_FLAG, 2 | NAME_FLAG, 3], [4 | NAME_FLAG, 5 | NAME_FLAG, 3]


@pytest.mark.parametrize(
    ("terms", "weights", "expected"),
    [
        (NAMED, [30, 40, 90], 1.0),
        (NAMED, [40, 30, 10], 0.96),
        (OTHER, [30, 40, 90], 0.0),
        ([1, 2, 3], [30, 40, 90], 0.0),
        ([1 | NAME_FLAG, 5 | NAME_FLAG], [30, 40], 0.36),
    ],
)
def test_clusters_about_the_same_names_count_as_more_alike(
    terms: list[int], weights: list[int], expected: float
) -> None:
    """By the cosine of their names; other words do not count."""
    sums = Sums(vector_rows([(NAMED, [30, 40, 5]), (terms, weights)]))
    assert sums.name_cosines(np.array([0]), np.array([1])) == pytest.approx([expected])


def test_names_are_counted_anew_when_a_cluster_grows() -> None:
    """What was joined changes the cosine, and makes a name of a word that was none."""
    vectors = [(NAMED, [30, 40, 5]), (NAMED, [30, 40, 5]), (OTHER, [300, 400, 5]), ([3, 1], [9, 1])]
    sums = Sums(vector_rows(vectors))
    one, other = np.array([0]), np.array([1])
    assert sums.name_cosines(one, other) == pytest.approx([1.0])
    sums.join(0, 2)
    assert sums.name_cosines(one, other) == pytest.approx([0.0995], abs=1e-4)
    assert sums.dots(one, other).tolist() == [30 * 30 + 40 * 40 + 10 * 5]
    sums.join(0, 3)
    assert sums.dots(one, other).tolist() == [31 * 30 + 40 * 40 + 19 * 5]
    assert sums.other_dots(one, other).tolist() == [19 * 5]
    assert sums.are_named(np.array([0, 2, 3])).tolist() == [True, True, False]


def test_dot_products_in_parts_are_those_of_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a table of one row or of many, and vectors that have no term in common."""
    draw = np.random.default_rng(4)
    vectors = [
        (draw.choice(90, size, replace=False).tolist(), draw.integers(1, 99, size).tolist())
        for size in draw.integers(0, 30, 50)
    ]
    plain = [dict(zip(*vector, strict=True)) for vector in vectors]
    left, right = np.repeat(np.arange(50), 20), draw.integers(0, 50, 1000)
    expected = [
        sum(weight * plain[other].get(term, 0) for term, weight in plain[one].items())
        for one, other in zip(left.tolist(), right.tolist(), strict=True)
    ]
    assert Sums(vector_rows(vectors)).dots(left, right).tolist() == expected
    monkeypatch.setattr("warta.transforms.stories.products._TERMS_AT_ONCE", 64)
    monkeypatch.setattr("warta.transforms.stories.products._TABLE_CELLS", 300)
    assert Sums(vector_rows(vectors)).dots(left, right).tolist() == expected


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
