"""How articles relate to the others of their story: what a run and a rebuild have in common."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from math import isfinite

import numpy as np
import numpy.typing as npt

from warta.transforms.lake.open_files import OpenFiles
from warta.transforms.lake.scan import RowLocation, read_cells
from warta.transforms.lake.stories.known_stories import StoryMember
from warta.transforms.stories.grouping import JOINS, base_scheme
from warta.transforms.stories.likeness import NO_DAY
from warta.transforms.stories.products import ProductTable, Segments
from warta.transforms.stories.relations import (
    REWRITE_COSINE,
    Relation,
    aligned_sentences,
    cosine,
    relation_kind,
)
from warta.transforms.stories.vector_rows import VectorRows, vector_rows
from warta.transforms.stories.vectors import SCALE, TERM_MASK, table_of_scheme


@dataclass(frozen=True, slots=True)
class StoryPlace:
    """Where an article is: its story, and what it is to it."""

    story_id: str
    relation: Relation | None = None
    """None: the first of its story."""


@dataclass(slots=True)
class StoryBatch:
    """The rows of a batch, by number."""

    ids: list[str]
    days: npt.NDArray[np.int32]
    """Of publication, as ordinals; `NO_DAY`: no date."""
    published: npt.NDArray[np.float64]
    """Seconds since 1970; infinite: no date."""
    schemes: list[str | None]
    vectors: VectorRows
    locations: list[RowLocation]
    new: list[int] = field(default_factory=list)
    """Rows that are compared: no copies, later versions, known ones."""

    def day(self, row: int) -> int | None:
        """Return the day of a row, if it has one."""
        day = int(self.days[row])
        return None if day == NO_DAY else day

    def place(self, row: int) -> tuple[float, str]:
        """Return what puts articles of a story in order: date, then id."""
        return float(self.published[row]), self.ids[row]


def founder(batch: StoryBatch, rows: Sequence[int]) -> int:
    """Return the first article of a story that is no service content, else the first."""
    founders = [row for row in rows if not (batch.schemes[row] or "").endswith(JOINS)]
    return min(founders or rows, key=batch.place)


@dataclass(frozen=True, slots=True)
class Nearest:
    """The article of a story that another is most like."""

    article_id: str
    published: float
    cosine: float
    location: RowLocation


def nearest_of(
    batch: StoryBatch, members: Sequence[int], before: Sequence[StoryMember]
) -> Iterable[tuple[int, Nearest]]:
    """Yield each new article of a story with the earlier one that it is most like.

    Earlier by date, then by id. Where none is, as for a late arrival that happened first, it is the
    one that it is most like of all.
    """
    known = [
        _Other((one.published, one.article_id), one.terms, one.weights, one.location)
        for one in before
    ]
    new = [
        _Other(batch.place(row), *batch.vectors.row(row), batch.locations[row]) for row in members
    ]
    others = sorted([*known, *new], key=lambda one: one.place)
    own = {batch.ids[row]: row for row in members}
    dots = (_dots_of_many if len(others) >= _MANY else _dots_of_few)(others)
    places = [one.place for one in others]
    for at, one in enumerate(others):
        name = one.article_id
        if name not in own:
            continue
        earlier = range(bisect_left(places, one.place))
        chosen = [other for other in earlier if places[other][1] != name]
        chosen = chosen or [other for other, place in enumerate(places) if place[1] != name]
        if not chosen:
            continue
        found = dots(at, chosen)
        # Of equally alike ones the first is the earliest.
        best = max(range(len(chosen)), key=found.__getitem__)
        nearest = others[chosen[best]]
        yield (
            own[name],
            Nearest(nearest.article_id, nearest.place[0], found[best] / SCALE**2, nearest.location),
        )


_MANY = 100
"""Articles of a story from which on it is quicker to compare them by column."""


@dataclass(frozen=True, slots=True)
class _Other:
    """An article of a story."""

    place: tuple[float, str]
    """Date and id."""
    terms: Sequence[int]
    weights: Sequence[int]
    location: RowLocation

    @property
    def article_id(self) -> str:
        return self.place[1]


_Dots = Callable[[int, Sequence[int]], Sequence[int]]
"""Returns the dot products of an article with others, by their places in a list."""


def _dots_of_few(articles: Sequence[_Other]) -> _Dots:
    vectors = [_vector(one.terms, one.weights) for one in articles]
    return lambda at, others: [cosine(vectors[at], vectors[other]) for other in others]


def _dots_of_many(articles: Sequence[_Other]) -> _Dots:
    rows = vector_rows([(one.terms, one.weights) for one in articles])
    known, terms = np.unique(rows.terms & TERM_MASK, return_inverse=True)
    vectors = Segments(rows.starts[:-1], np.diff(rows.starts), terms, rows.weights.astype(np.int64))
    table = ProductTable(len(known))

    def dots(at: int, others: Sequence[int]) -> list[int]:
        chosen = np.array(others, dtype=np.int64)
        return table.dots(vectors, vectors, np.full(len(chosen), at), chosen).tolist()

    return dots


@dataclass(frozen=True, slots=True)
class Pending:
    """An article in the story of others, of which it is not known how it relates to them."""

    row: int
    story: str
    first_day: int | None
    nearest: Nearest


def related_places(
    files: OpenFiles, batch: StoryBatch, pending: Sequence[Pending]
) -> dict[int, StoryPlace]:
    """Return where articles are, and what they are to those that they are most like.

    Bodies are read only for pairs that are alike enough to be rewrites.

    Args:
      files: Opens their files.
      batch: The rows.
      pending: Articles with the one that each is most like.
    """
    compared = [one for one in pending if one.nearest.cosine >= REWRITE_COSINE]
    wanted = {batch.locations[one.row] for one in compared}
    wanted |= {one.nearest.location for one in compared}
    bodies = dict(read_cells(files, wanted, "article_body"))
    places = {}
    for one in pending:
        nearest = one.nearest
        table = table_of_scheme(base_scheme(batch.schemes[one.row]))
        aligned = None
        if nearest.location in bodies and nearest.cosine >= REWRITE_COSINE and table is not None:
            pair = bodies[batch.locations[one.row]], bodies[nearest.location]
            aligned = aligned_sentences(*pair, table)
        day, first = batch.day(one.row), one.first_day
        after = None if day is None or first is None else day - first
        gap = (float(batch.published[one.row]) - nearest.published) / 86_400
        between = int(gap) if isfinite(gap) else None
        kind = relation_kind(nearest.cosine, aligned, after, between)
        relation = Relation(kind, nearest.article_id, nearest.cosine)
        places[one.row] = StoryPlace(one.story, relation)
    return places


def _vector(terms: Sequence[int], weights: Sequence[int]) -> dict[int, int]:
    return {term & TERM_MASK: weight for term, weight in zip(terms, weights, strict=True)}
