"""What the trained model makes of texts: evidence for candidates, and names of its own."""

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from warta.transforms.tagging.ner.candidates import Candidate
from warta.transforms.tagging.ner.classifier import Evidence, ScoredSpan
from warta.transforms.tagging.ner.crf import LABELS

_LEAST = 1e-4
"""No label is held for less likely than that: one word must not decide over a whole name."""
MIN_NAME_PROBABILITY = 0.7
"""From this probability on, the model's own name is taken where the rules have none."""


class TagProbabilities:
    """The probabilities of the labels of each word of a batch of texts.

    Args:
      probabilities: (words, labels).
      labels: Outside, then begin and inside of each type.
    """

    def __init__(self, probabilities: NDArray[np.float64], labels: Sequence[str] = LABELS) -> None:
        self._labels = labels
        self._types = [label[2:] for label in labels[1::2]]
        bounded = np.maximum(probabilities, _LEAST)
        by_type = bounded[:, 1::2] + bounded[:, 2::2]
        logs = np.log(np.concatenate([by_type, bounded[:, :1]], axis=1))
        # Running sums: what a stretch of words says is the difference between its two ends.
        self._sums = np.zeros((len(logs) + 1, logs.shape[1]))
        np.cumsum(logs, axis=0, out=self._sums[1:])
        best = np.ascontiguousarray(probabilities.T).argmax(axis=0)
        self._best = dict(zip(best.nonzero()[0].tolist(), best[best > 0].tolist(), strict=True))

    def evidence(self, candidates: Sequence[Candidate]) -> Evidence:
        """Return the log-probability, a word, that each candidate is of each type, or nothing.

        Returns:
          (candidates, types + 1)
        """
        firsts = [candidate.first for candidate in candidates]
        lasts = [candidate.last for candidate in candidates]
        share = 1 / (np.asarray(lasts) - np.asarray(firsts))
        return (self._sums[lasts] - self._sums[firsts]) * share[:, None]

    def names(self) -> list[ScoredSpan]:
        """Return the names that the likeliest labels make up, in order."""
        return self._with_probabilities(self._names())

    def _names(self) -> list[Candidate]:
        found: list[Candidate] = []
        first, last, kind = 0, 0, ""
        for index, at in self._best.items():
            position, _, label = self._labels[at].partition("-")
            # A label goes on with a name of its own type that ends right before it.
            if not (position == "I" and index == last and label == kind):
                if kind:
                    found.append(Candidate(first, last, kind, "crf"))
                first, kind = index, label
            last = index + 1
        if kind:
            found.append(Candidate(first, last, kind, "crf"))
        return found

    def completed(
        self, scored: list[ScoredSpan], is_name: Callable[[int, int], bool]
    ) -> list[ScoredSpan]:
        """Return what is found already, with the model's names where nothing is.

        Args:
          scored: What is found.
          is_name: Whether the words [first, last), which the model takes for a name, can be one.
        """
        taken = {index for name, _ in scored for index in range(name.first, name.last)}
        new = [name for name in self._names() if taken.isdisjoint(range(name.first, name.last))]
        sure = [
            (name, score)
            for name, score in self._with_probabilities(new)
            if score >= MIN_NAME_PROBABILITY and is_name(name.first, name.last)
        ]
        return sorted([*scored, *sure], key=lambda item: item[0].first) if sure else scored

    def _with_probabilities(self, names: list[Candidate]) -> list[ScoredSpan]:
        if not names:
            return []
        columns = [self._types.index(str(name.type)) for name in names]
        logs = self.evidence(names)[np.arange(len(names)), columns]
        return [(name, math.exp(log)) for name, log in zip(names, logs.tolist(), strict=True)]
