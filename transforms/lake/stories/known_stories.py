"""Articles of the lake in the stories that a batch's articles have met: what a scan has found."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from warta.transforms.lake.scan import RowLocation
from warta.transforms.stories.candidates import RunTerms, owner_pairs
from warta.transforms.stories.likeness import NO_DAY, Days
from warta.transforms.stories.vector_rows import Ints, VectorRows


@dataclass(frozen=True, slots=True)
class StoryMember:
    """An article of the lake, as stories are made of it."""

    article_id: str
    story_id: str
    day: int | None
    published: float
    """Seconds since 1970; infinite: no date."""
    scheme: str
    terms: Sequence[int]
    weights: Sequence[int]
    location: RowLocation


@dataclass(frozen=True, slots=True)
class KnownMembers:
    """Articles of the lake in stories that were met, by column."""

    ids: pa.Array
    stories: Ints
    """Place of each one's story in `ScannedStories.stories`."""
    days: Days
    """As ordinals; `NO_DAY`: no date."""
    published: npt.NDArray[np.float64]
    """Seconds since 1970; infinite: no date."""
    arrived: Days
    """Day on which each came."""
    vectors: VectorRows
    parts: Ints
    """Place in `ScannedStories.parts` of the row group that each is in."""
    rows: Ints
    """In the row group."""

    def __len__(self) -> int:
        return len(self.stories)


@dataclass(frozen=True, slots=True)
class ScannedStories:
    """What the lake has of a batch's stories."""

    stories: Sequence[tuple[str, str]]
    """Stories that were met, each after the scheme of the articles that met."""
    met_by_foreign: npt.NDArray[np.bool_]
    """Of each, whether an article of the batch in another language met it."""
    members: KnownMembers
    """All articles within the horizon of these stories, in the order of `parts`."""
    parts: Sequence[tuple[str, int]]
    """Files and row groups."""
    asked: Mapping[str, str]
    """Story of each article that was asked for."""

    def pairs(self, scheme: str, run: RunTerms) -> Iterator[Ints]:
        """Yield which rows of a run met which stories of a scheme, some at a time.

        All pairs of a day with the lake's open stories are too many to be held.

        Yields:
          Rows of the run and places in `stories`, of shape (m, 2), each pair once, those of a story
          together.
        """
        of_scheme = np.array([name == scheme for name, _ in self.stories], dtype=bool)
        some = np.flatnonzero(of_scheme[self.members.stories])
        yield from owner_pairs(run, self.members.vectors, some, self.members.stories[some])

    def members_of(self, story_ids: Collection[str]) -> Iterator[StoryMember]:
        """Yield the articles of some stories."""
        wanted = np.array([name in story_ids for _, name in self.stories], dtype=bool)
        members = self.members
        for one in np.flatnonzero(wanted[members.stories]).tolist():
            yield self.member(one)

    def member(self, one: int) -> StoryMember:
        """Return one of the articles."""
        members = self.members
        scheme, story = self.stories[members.stories[one]]
        day = int(members.days[one])
        path, group = self.parts[members.parts[one]]
        return StoryMember(
            members.ids[one].as_py(),
            story,
            None if day == NO_DAY else day,
            float(members.published[one]),
            scheme,
            *members.vectors.row(one),
            RowLocation(path, group, int(members.rows[one])),
        )
