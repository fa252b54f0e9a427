"""What the classes of words and the readings of rules add to a model's scores, side by side."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from warta.transforms.tagging.ner import features as names
from warta.transforms.tagging.ner.word_scores import CLASS_NUMBERS

Floats = NDArray[np.float32]
Ints = NDArray[np.intp]


class CodeScores:
    """What classes and readings say, as dense tables over codes side by side."""

    def __init__(self, types: Sequence[str], kinds: Floats, reads: Floats, mixed: Floats) -> None:
        self._reading_of = {name: at for at, name in enumerate(names.rule_readings(types))}
        self.kinds, self.reads, self.mixed = kinds, reads, mixed

    @classmethod
    def build(cls, types: Sequence[str], features: Sequence[str], by_label: Floats) -> "CodeScores":
        """Return the tables of a model that adds `by_label` (features, labels)."""
        kinds, reads = len(CLASS_NUMBERS), len(names.rule_readings(types))
        labels = by_label.shape[1]
        made = cls(
            types,
            np.zeros((kinds, kinds, kinds, labels), dtype=np.float32),
            np.zeros((reads, reads, reads, labels), dtype=np.float32),
            np.zeros((reads, kinds, kinds, kinds, labels), dtype=np.float32),
        )
        for row, name in enumerate(features):
            if name[0] in "CR":
                kind, _, codes = name.partition("=")
                made._place(kind, codes.split(" "))[...] += by_label[row]
        return made

    def _place(self, kind: str, codes: list[str]) -> Floats:
        if kind[0] == "C":
            own = [CLASS_NUMBERS[code] for code in codes]
            where = {"C": (1,), "C-": (0, 1), "C+": (1, 2), "C3": (0, 1, 2)}[kind]
            return self.kinds[_slots(3, where, own)]
        if kind in ("R", "R-", "R+"):
            own = [self._reading_of[code] for code in codes]
            where = {"R": (1,), "R-": (0, 1), "R+": (1, 2)}[kind]
            return self.reads[_slots(3, where, own)]
        own = [self._reading_of[codes[0]], *(CLASS_NUMBERS[code] for code in codes[1:])]
        where = {"RC": (0, 2), "RC3": (0, 1, 3)}[kind]
        return self.mixed[_slots(4, where, own)]

    def add(self, scores: Floats, kinds: Ints, reads: Ints) -> None:
        """Add to the scores of a padded text, its outermost blanks aside."""
        before, own, after = kinds[:-2], kinds[1:-1], kinds[2:]
        inner = scores[1:-1]
        # Taking rows of flat tables is much faster than indexing by several arrays.
        shapes = (before * len(CLASS_NUMBERS) + own) * len(CLASS_NUMBERS) + after
        count = len(self._reading_of)
        read = (reads[:-2] * count + reads[1:-1]) * count + reads[2:]
        inner += self._flat(self.kinds).take(shapes, axis=0)
        inner += self._flat(self.reads).take(read, axis=0)
        inner += self._flat(self.mixed).take(reads[1:-1] * len(CLASS_NUMBERS) ** 3 + shapes, axis=0)

    @staticmethod
    def _flat(table: Floats) -> Floats:
        return table.reshape(-1, table.shape[-1])


def _slots(count: int, where: Sequence[int], codes: Sequence[int]) -> tuple[slice | int, ...]:
    slots: list[slice | int] = [slice(None)] * count
    for at, code in zip(where, codes, strict=True):
        slots[at] = code
    return tuple(slots)
