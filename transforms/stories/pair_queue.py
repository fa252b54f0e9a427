"""Pairs of clusters that wait to be joined, by column."""

import numpy as np

from warta.transforms.stories.nodes import Floats
from warta.transforms.stories.vector_rows import Ints

Entry = tuple[float, int, int, int, int]
"""A pair to be joined: how unlike, the lower and the higher number, the articles of both."""
_LOOKED_AT = 64
"""Pairs of a queue at once."""


class PairQueue:
    """Pairs that are alike enough to be joined, the most alike first, equal ones by number.

    Of a thousand articles in the same words each is alike with all: as entries of one heap their
    pairs take a hundred times the space.
    """

    def __init__(self, values: Floats, lower: Ints, upper: Ints, counts: Ints) -> None:
        """Put pairs in order.

        Args:
          values: How alike they are.
          lower: The lower number of each.
          upper: The higher one.
          counts: Articles of each cluster.
        """
        order = np.lexsort((upper, lower, -values))
        self._values, self._at = values[order], 0
        self._pairs = np.stack([lower[order], upper[order]])
        self._counts = counts[self._pairs]

    def next(self, counts: Ints) -> Entry | None:
        """Return the first pair of clusters that nothing was joined to since; None: no more.

        Args:
          counts: Articles of each cluster now.
        """
        while self._at < len(self._values):
            span = slice(self._at, self._at + _LOOKED_AT)
            open_ = (counts[self._pairs[:, span]] == self._counts[:, span]).all(axis=0)
            self._at += len(open_)
            if open_.any():
                at = self._at - len(open_) + int(open_.argmax())
                self._at = at + 1
                lower, upper = self._pairs[:, at].tolist()
                count, other_count = self._counts[:, at].tolist()
                return -float(self._values[at]), lower, upper, count, other_count
        return None
