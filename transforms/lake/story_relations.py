"""How articles relate to the others of their story: what a run and a rebuild have in common."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import isfinite

import numpy as np
import numpy.typing as npt

from warta.transforms.lake.open_files import OpenFiles
from warta.transforms.lake.scan import RowLocation, read_cells
from warta.transforms.lake.story_scan import StoryMember
from warta.transforms.stories.candidates import VectorRows
from warta.transforms.stories.grouping import base_scheme
from warta.transforms.stories.likeness import NO_DAY
from warta.transforms.stories.relations import (
    REWRITE_COSINE,
    Relation,
    aligned_sentences,
    cosine,
    relation_kind,
)
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
    others = [
        (
            (one.published, one.article_id),
            one.article_id,
            _vector(one.terms, one.weights),
            one.location,
        )
        for one in before
    ]
    others += [
        (
            batch.place(row),
            batch.ids[row],
            _vector(*batch.vectors.row(row)),
            batch.locations[row],
        )
        for row in members
    ]
    if len(others) < 2:
        return
    own = {batch.ids[row]: row for row in members}
    for place, name, vector, _ in others:
        if name not in own:
            continue
        earlier = [one for one in others if one[0] < place and one[1] != name]
        chosen = earlier or [one for one in others if one[1] != name]
        best = max(chosen, key=lambda one: (cosine(vector, one[2]), _reversed(one[0])))
        yield own[name], Nearest(best[1], best[0][0], cosine(vector, best[2]) / SCALE**2, best[3])


def _reversed(place: tuple[float, str]) -> tuple[float, list[int]]:
    """Return a key that puts the earlier of two equally alike articles first."""
    return -place[0], [-ord(letter) for letter in place[1]]


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
