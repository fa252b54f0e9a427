"""What each word adds to a model's scores, at its own place and at those beside it: summed once."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warta.transforms.tagging.ner import features as names
from warta.transforms.tagging.ner.word_tables import NO_CUES, Cues
from warta.transforms.tagging.ner.words import Word

Floats = NDArray[np.float32]
Ints = NDArray[np.intp]

CLASS_NUMBERS = {name: index for index, name in enumerate(names.CLASSES)}
_NO_FEATURE = 0
"""The row of the table that adds nothing."""


class WordScores:
    """The scores of the words of one vocabulary, by their rows there.

    Args:
      table: What the features of words add.
    """

    def __init__(self, table: "FeatureTable") -> None:
        self._table = table
        self.bank: Floats = np.zeros((1024, *table.scores.shape[1:]), dtype=np.float32)
        """(words, offsets, labels)."""
        self.kinds: Ints = np.zeros(1024, dtype=np.intp)
        """The class of each word wherever it is, as a number."""
        self.bank[0] = table.scores[table.end]

    def learn(self, first: int, words: Sequence[Word]) -> None:
        """Sum the features of new words, the first of which has the row `first`."""
        last = first + len(words)
        self.bank, self.kinds = with_rows(self.bank, last), with_rows(self.kinds, last)
        kinds = [names.word_class(word.text) for word in words]
        self.kinds[first:last] = list(map(CLASS_NUMBERS.__getitem__, kinds))
        rows = [self._table.rows(word, kind) for word, kind in zip(words, kinds, strict=True)]
        taken = self._table.scores.take(rows, axis=0)
        np.add.reduce(taken, axis=1, out=self.bank[first:last])
        for index, word in enumerate(words):
            if word.cues is not NO_CUES:
                cues = self._table.rows_of_cues(word.cues)
                # In the order of the features: it decides about the last bit of a sum.
                own = [*rows[index][: names.FACTS_BEFORE_CUES], *cues]
                own += rows[index][names.FACTS_BEFORE_CUES :]
                self.bank[first + index] = np.add.reduce(self._table.scores.take(own, axis=0))

    def keep(self, rows: Ints) -> None:
        """Make the rows of some words those of all."""
        self.bank[: len(rows)] = self.bank[rows]
        self.kinds[: len(rows)] = self.kinds[rows]

    def gather(self, rows: Ints, reach: int) -> Floats:
        """Return the scores of the locations of padded texts: (locations, labels)."""
        taken = self.bank.take(rows, axis=0)
        scores = taken[:, reach].copy()
        for column, offset in enumerate(names.OFFSETS):
            if offset < 0:
                scores[-offset:] += taken[:offset, column]
            elif offset:
                scores[:-offset] += taken[offset:, column]
        return scores


class FeatureTable:
    """What the features of words add to each label, at each offset: (features, offsets, labels)."""

    def __init__(self, kinds: Mapping[str, dict[str, int]], scores: Floats) -> None:
        self.kinds, self.scores = kinds, scores
        self.end = kinds.get(names.END, {}).get("", _NO_FEATURE)
        self._facts = [kinds.get(kind, {}).get for kind in names.FACTS]
        self._cues = kinds.get("q", {})

    @classmethod
    def build(cls, features: Sequence[str], by_label: Floats) -> "FeatureTable":
        """Return the table of a model that adds `by_label` (features, labels)."""
        kinds: dict[str, dict[str, int]] = {}
        located: list[tuple[int, int, int]] = []
        columns = {str(offset): column for column, offset in enumerate(names.OFFSETS)}
        count = 0
        for index, feature in enumerate(features):
            offset, colon, name = feature.partition(":")
            if not colon or offset not in columns:
                continue
            kind, _, value = name.partition("=")
            rows = kinds.setdefault(kind, {})
            row = rows.get(value)
            if row is None:
                count += 1
                row = rows[value] = count
            located.append((row, columns[offset], index))
        scores = np.zeros((count + 1, len(names.OFFSETS), by_label.shape[1]), dtype=np.float32)
        if located:
            at = np.asarray(located)
            scores[at[:, 0], at[:, 1]] = by_label[at[:, 2]]
        return cls(kinds, scores)

    def rows(self, word: Word, kind: str) -> list[int]:
        """Return the rows of a word's facts, in their order."""
        values = names.facts(word.text, word.lower, kind, word.count.listed)
        return [get(value, _NO_FEATURE) for get, value in zip(self._facts, values, strict=True)]

    def rows_of_cues(self, cues: Cues) -> list[int]:
        """Return the rows of the cues of a word, in their order."""
        rows = (self._cues.get(cue, _NO_FEATURE) for cue in names.cue_names(cues))
        return [row for row in rows if row]


def with_rows(column: NDArray[Any], count: int) -> NDArray[Any]:
    """Return a column with `count` rows at least: twice as many as it had, time and again."""
    while count > len(column):
        column = np.concatenate([column, np.zeros_like(column)])
    return column
