"""Which article of its story another is most like: the earlier one, and of equal ones the first."""

import numpy as np
import pytest

from warta.transforms.lake.scan import RowLocation
from warta.transforms.lake.stories.known_stories import StoryMember
from warta.transforms.lake.stories.relations import StoryBatch, nearest_of
from warta.transforms.stories.vector_rows import vector_rows

Vector = tuple[list[int], list[int]]


def random_vector(draw: np.random.Generator) -> Vector:
    """Return a vector of few terms and weights, so that many are equally alike."""
    size = draw.integers(1, 6)
    return draw.choice(12, size, replace=False).tolist(), draw.integers(1, 4, size).tolist()


def dot(left: Vector, right: Vector) -> int:
    """Return the dot product of two vectors."""
    weights = dict(zip(*right, strict=True))
    return sum(weight * weights.get(term, 0) for term, weight in zip(*left, strict=True))


@pytest.mark.parametrize("many", [1, 1000])
@pytest.mark.parametrize("seed", range(6))
def test_one_by_one_and_by_column_the_same_article_is_nearest(
    seed: int, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """New articles and known ones, with and without dates, many at the same time."""
    monkeypatch.setattr("warta.transforms.lake.stories.relations._MANY", many)
    draw = np.random.default_rng(seed)
    new, count = 12, 20
    vectors = [random_vector(draw) for _ in range(count)]
    ids = [f"{number:08x}" for number in draw.permutation(count)]
    published = np.where(draw.random(count) < 0.2, np.inf, draw.integers(0, 4, count))
    places = [(float(published[row]), ids[row]) for row in range(count)]
    where = [RowLocation("file", 0, row) for row in range(count)]
    days = np.zeros(new, dtype=np.int32)
    rows = vector_rows(vectors[:new])
    batch = StoryBatch(ids[:new], days, published[:new], ["x"] * new, rows, where[:new])
    before = [
        StoryMember(ids[row], "s", None, places[row][0], "x", *vectors[row], where[row])
        for row in range(new, count)
    ]

    found = {row: one.article_id for row, one in nearest_of(batch, range(new), before)}

    assert len(found) == new
    for row, name in found.items():
        others = [other for other in range(count) if other != row]
        earlier = [other for other in others if places[other] < places[row]] or others
        best = min(earlier, key=lambda one: (-dot(vectors[row], vectors[one]), places[one]))
        assert name == ids[best]
