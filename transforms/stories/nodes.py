"""Clusters under way, by column: how alike and how far apart pairs of them are."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from warta.transforms.stories.likeness import NO_DAY
from warta.transforms.stories.vector_rows import Ints
from warta.transforms.stories.vectors import SCALE

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Numbers = int | Ints
"""Of one cluster, compared with many, or of as many as it is compared with."""


@dataclass(frozen=True, slots=True)
class Nodes:
    """Clusters by number: open stories first, then articles, each by date, then id.

    Only roots, products and quotients of whole numbers under 2**53 are made of them: these are
    rounded alike on every machine, one by one and by column.
    """

    counts: Ints
    """Articles that each is the sum of."""
    squares: Ints
    """Of the length of each sum."""
    first: Ints
    """Days as ordinals, or `NO_DAY`."""
    last: Ints
    arrived: Ints
    is_story: Flags
    """Whether the lake has it: two of these are never joined."""

    def join(self, left: int, right: int, dot: int) -> None:
        """Add the articles of the right cluster to the left one.

        Args:
          left: Number of one.
          right: Number of the other.
          dot: Dot product of their sums.
        """
        self.counts[left] += self.counts[right]
        self.squares[left] += self.squares[right] + 2 * dot
        if self.first[right] != NO_DAY:
            first = self.first[left]
            if first == NO_DAY or self.first[right] < first:
                self.first[left] = self.first[right]
        # No day is before all days.
        for column in (self.last, self.arrived):
            column[left] = max(column[left], column[right])

    def alike(self, left: Numbers, right: Ints, dots: Ints, spread: int) -> Floats:
        """Return the mean similarity of the articles of pairs of clusters.

        With `spread`, it is divided by the length of both means to the power of 3/8: that is 1 for
        one article and less for a wide story, so that the next article of a visit with many angles
        is not lost. With the power of 1 it would be the cosine of the means, which joins themes.

        Args:
          left: One of each pair.
          right: The other.
          dots: Dot products of their sums.
          spread: As in `IdfTable`.
        """
        units = self.counts[left] * self.counts[right] * (SCALE * SCALE)
        values: Floats = dots / units
        if spread:
            squares = self.squares[left].astype(np.float64) * self.squares[right]
            roots = np.sqrt(np.sqrt(np.sqrt(squares) / units))
            values /= roots * np.sqrt(roots)
        return values

    def gaps(self, left: Numbers, right: Ints) -> Ints:
        """Return the days between pairs; 0 where they overlap or one has no date."""
        days = self._days(self.first[left], self.last[left], self.first[right], self.last[right])
        days[(self.first[left] == NO_DAY) | (self.first[right] == NO_DAY)] = 0
        return days

    def near(self, left: Numbers, right: Ints, days: int, around: tuple[int, int]) -> Flags:
        """Return which pairs may be together, by their days.

        Args:
          left: One of each pair.
          right: The other.
          days: Most days between them.
          around: What has no date is compared with what came into the lake in these days, or is
            around these.
        """
        near: Flags = self.gaps(left, right) <= days
        first, other_first = self.first[left], self.first[right]
        undated = (first == NO_DAY) | (other_first == NO_DAY)
        if undated.any():
            came, other_came = self.arrived[left], self.arrived[right]
            together = (came != NO_DAY) & (other_came != NO_DAY) & (abs(came - other_came) <= days)
            dated = np.where(first != NO_DAY, first, other_first)
            until = np.where(first != NO_DAY, self.last[left], self.last[right])
            within = (dated != NO_DAY) & (self._days(dated, until, *around) <= days)
            near &= ~undated | together | within
        return near & ~(self.is_story[left] & self.is_story[right])

    @staticmethod
    def _days(first: Ints, last: Ints, other_first: Numbers, other_last: Numbers) -> Ints:
        return np.maximum(0, np.maximum(other_first - last, first - other_last))
