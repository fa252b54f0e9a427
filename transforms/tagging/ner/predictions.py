"""What the trained model makes of one text: evidence for candidates, and names of its own."""

import math

import numpy as np
from numpy.typing import NDArray

from transforms.tagging.ner.candidates import Candidate
from transforms.tagging.ner.classifier import TYPES, Evidence, ScoredSpan
from transforms.tagging.ner.crf import LABELS

_LEAST = 1e-4
"""No label is held for less likely than that: one word must not classify over a whole name."""
_INSIDE = [label.startswith("I-") for label in LABELS]
_KINDS = [label[2:] for label in LABELS]
MIN_NAME_PROBABILITY = 0.7
"""From this probability on, the model's own name stands where the rules have none."""


class TagProbabilities:
    """The probabilities of the labels of each word of a text."""

    def __init__(self, probabilities: NDArray[np.float64]) -> None:
        bounded = np.maximum(probabilities, _LEAST)
        by_type = bounded[:, 1::2] + bounded[:, 2::2]
        logs = np.log(np.concatenate([by_type, bounded[:, :1]], axis=1))
        # Running sums: what a stretch of words says is the difference between its two ends.
        sums = np.zeros((len(logs) + 1, logs.shape[1]))
        np.cumsum(logs, axis=0, out=sums[1:])
        self._sums: list[list[float]] = sums.tolist()
        best = np.ascontiguousarray(probabilities.T).argmax(axis=0)
        self._best = dict(zip(best.nonzero()[0].tolist(), best[best > 0].tolist(), strict=True))

    def evidence(self, candidate: Candidate) -> Evidence:
        """Candidate -> log-probability, a word, that it is a person, organisation, place, none."""
        before, after = self._sums[candidate.first], self._sums[candidate.last]
        share = 1 / (candidate.last - candidate.first)
        return (
            (after[0] - before[0]) * share,
            (after[1] - before[1]) * share,
            (after[2] - before[2]) * share,
            (after[3] - before[3]) * share,
        )

    def names(self) -> list[ScoredSpan]:
        """The names that the likeliest labels make up, in order."""
        return [(name, self._probability(name)) for name in self._names()]

    def _names(self) -> list[Candidate]:
        found: list[Candidate] = []
        first, last, kind = 0, 0, ""
        for index, label in self._best.items():
            # A label goes on with a name of its own type that ends right before it.
            if not (_INSIDE[label] and index == last and _KINDS[label] == kind):
                if kind:
                    found.append(Candidate(first, last, kind, "crf"))
                first, kind = index, _KINDS[label]
            last = index + 1
        if kind:
            found.append(Candidate(first, last, kind, "crf"))
        return found

    def completed(self, scored: list[ScoredSpan]) -> list[ScoredSpan]:
        """What stands already -> the same, with the model's names where nothing stands."""
        taken = {index for name, _ in scored for index in range(name.first, name.last)}
        own = [
            (name, score)
            for name in self._names()
            if taken.isdisjoint(range(name.first, name.last))
            and (score := self._probability(name)) >= MIN_NAME_PROBABILITY
        ]
        return sorted([*scored, *own], key=lambda item: item[0].first) if own else scored

    def _probability(self, name: Candidate) -> float:
        return math.exp(self.evidence(name)[TYPES.index(str(name.type))])
