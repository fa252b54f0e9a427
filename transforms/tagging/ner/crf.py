"""A trained linear-chain CRF, read and decoded with numpy alone.

The model is a table of small integers, made by `make train` (see training/entities.py). What a
word adds to the scores of itself and its neighbours is summed once and kept; a text is then scored
by gathering rows. Words that can only be outside a name cut the chain into short stretches, and
all stretches of a text are decoded at once.
"""

import hashlib
import io
import math
import tomllib
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from warta.transforms.core.errors import ModelError
from warta.transforms.core.table_cache import load_or_make
from warta.transforms.tagging.entity_types import (
    ENTITY_TYPES,
    OUTSIDE,
    SHIPPED_TYPES,
    bio_labels,
)
from warta.transforms.tagging.ner import features as names
from warta.transforms.tagging.ner.code_scores import CodeScores
from warta.transforms.tagging.ner.vocabulary import TextBatch
from warta.transforms.tagging.ner.word_scores import CLASS_NUMBERS, FeatureTable, WordScores

TAGGING = Path(__file__).parent.parent
MODELS = TAGGING.parent / "data" / "models"
LABELS = bio_labels()
"""Of a model that is trained now."""
SURELY_OUTSIDE, LIKELY_OUTSIDE = 6.0, 1.0
"""Log-odds of a word's own features from which it is taken for outside, whatever is beside it;
the second bound is for words that neither have a capital nor are beside one."""
_RESCALED = 8
"""Steps between two rescalings of a chain: less than 1e±40 gathers in so many."""
_PAD = 2
"""Blanks between two stretches of text: no feature reaches further."""

Floats = NDArray[np.float32]
Ints = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Weights:
    """A model as it is stored: what each feature adds to each label, and the transitions."""

    features: list[str]
    by_label: Floats
    """(features, labels)."""
    transitions: Floats
    """(labels, labels): from, to."""
    types: tuple[str, ...] = ENTITY_TYPES
    """Types of entities, in the order of their labels."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the labels, in the order of the columns of weights."""
        return bio_labels(self.types)


def pack(weights: Weights) -> bytes:
    """Return the bytes of a model file: eight bits a weight, and a scale for each feature."""
    order = sorted(range(len(weights.features)), key=weights.features.__getitem__)
    rows = weights.by_label[order]
    scales = (np.abs(rows).max(axis=1) / 127).astype(np.float16)
    scales[scales == 0] = np.float16(1e-4)
    arrays: dict[str, Any] = {
        "features": _letters([weights.features[i] for i in order]),
        "weights": np.rint(rows / scales[:, None].astype(np.float32))
        .clip(-127, 127)
        .astype(np.int8),
        "scales": scales,
        "transitions": weights.transitions.astype(np.float32),
    }
    # Files were made before types could be named: one of these types stays the file that it was.
    if weights.types != SHIPPED_TYPES:
        arrays["types"] = _letters(weights.types)
    out = io.BytesIO()
    np.savez_compressed(out, **arrays)
    return out.getvalue()


def _letters(words: Sequence[str]) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(words).encode(), dtype=np.uint8)


def unpack(content: bytes) -> Weights:
    """Return the weights in the bytes of a model file.

    Raises:
      ModelError: These are not the bytes of one.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            features = bytes(stored["features"]).decode().split("\n")
            by_label = stored["weights"] * stored["scales"].astype(np.float32)[:, None]
            transitions = stored["transitions"]
            named = bytes(stored["types"]).decode().split("\n") if "types" in stored else None
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise ModelError(f"not a model: {error}") from error
    weights = Weights(features, by_label, transitions, tuple(named or SHIPPED_TYPES))
    if by_label.shape != (len(features), len(weights.labels)):
        raise ModelError(f"{by_label.shape} weights for {len(features)} features")
    return weights


def load_weights(language: str, folder: Path | None = None) -> Weights:
    """Return a language's model, as the card beside it describes it.

    Raises:
      ModelError: The file's SHA-256 is not the one of its card.
    """
    folder = folder or MODELS
    card = tomllib.loads((folder / f"entities_{language}.toml").read_text(encoding="utf-8"))
    content = (folder / f"entities_{language}.npz").read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != card["sha256"]:
        raise ModelError(f"entities_{language}.npz has SHA-256 {digest}, its card says otherwise")
    return unpack(content)


class Crf:
    """Labels the words of texts in one language."""

    def __init__(
        self,
        types: tuple[str, ...],
        transitions: NDArray[Any],
        features: FeatureTable,
        codes: CodeScores,
    ) -> None:
        self.types = types
        self.labels = bio_labels(types)
        self._reading_of = {name: at for at, name in enumerate(names.rule_readings(types))}
        self._transitions = transitions.astype(np.float64)
        self._features, self._codes = features, codes

    @classmethod
    def of(cls, weights: Weights) -> "Crf":
        """Return the tagger that a model is."""
        types, features, by_label = weights.types, weights.features, weights.by_label
        tables = FeatureTable.build(features, by_label), CodeScores.build(types, features, by_label)
        return cls(types, weights.transitions, *tables)

    @classmethod
    def load(cls, language: str) -> "Crf":
        """Return the tagger of a language with a model.

        Raises:
          ModelError: The model is not the one of its card.
        """
        name = f"entities_{language}"
        files = [MODELS / f"{name}.npz", MODELS / f"{name}.toml"]
        return cls.unpack(
            load_or_make(name, files, TAGGING, lambda: cls.of(load_weights(language)).pack())
        )

    def pack(self) -> bytes:
        """Return the tables in a form that is read in a tenth of the time that they take."""
        codes = self._codes
        arrays = (self._transitions, self._features.scores, codes.kinds, codes.reads, codes.mixed)
        head = orjson.dumps(
            {
                "types": self.types,
                "features": self._features.kinds,
                "arrays": [(array.dtype.str, array.shape) for array in arrays],
            }
        )
        # Arrays begin at whole words of the processor.
        head += b" " * (-len(head) % 8)
        return b"".join(
            [len(head).to_bytes(8, "little"), head, *(array.tobytes() for array in arrays)]
        )

    @classmethod
    def unpack(cls, packed: bytes) -> "Crf":
        """Return the tagger of `pack`; its tables stay in these bytes."""
        at = 8 + int.from_bytes(packed[:8], "little")
        head = orjson.loads(packed[8:at])
        arrays = []
        for kind, shape in head["arrays"]:
            array = np.frombuffer(packed, kind, math.prod(shape), at).reshape(shape)
            arrays.append(array)
            at += array.nbytes
        transitions, scores, *codes = arrays
        types = tuple(head["types"])
        features = FeatureTable(head["features"], scores)
        return cls(types, transitions, features, CodeScores(types, *codes))

    def word_scores(self) -> WordScores:
        """Return an empty store of the scores of words, for a vocabulary to fill."""
        return WordScores(self._features)

    def probabilities(
        self, batch: TextBatch, stored: WordScores, readings: Mapping[int, str]
    ) -> NDArray[np.float64]:
        """Return how likely each label of each word is: (words, labels).

        A text is cut at its line breaks: no evidence crosses them.

        Args:
          batch: The texts.
          stored: The scores of the vocabulary that read them.
          readings: What the rules make of words; those that are left out are outside names.
        """
        places = np.arange(_PAD, _PAD + len(batch), dtype=np.intp) + _PAD * batch.lines
        total = int(places[-1]) + 1 + _PAD
        words, kinds, reads = np.zeros((3, total), dtype=np.intp)
        words[places] = batch.rows
        own = stored.kinds[batch.rows]
        kinds[places] = np.where(batch.opening, _OPENED[own], own)
        reads[places] = self._reading_of[OUTSIDE]
        reads[places[list(readings)]] = [
            # Of a type that the model does not know it has learnt nothing.
            self._reading_of.get(reading, self._reading_of[OUTSIDE])
            for reading in readings.values()
        ]
        # Before, between and after the texts is the end of one.
        reads[places[batch.bounds]] = 0
        scores = stored.gather(words, _PAD)
        self._codes.add(scores, kinds, reads)
        inside = kinds > 0
        lead = scores[:, 0] - _highest(scores[:, 1:])
        outside = inside & (lead >= np.where(_near_names(kinds), SURELY_OUTSIDE, LIKELY_OUTSIDE))
        found = np.zeros((total, len(self.labels)))
        found[outside, 0] = 1.0
        _Chains(inside & ~outside, outside, self._transitions).fill(scores, found)
        return found[places]


_OPENING = np.asarray([CLASS_NUMBERS.get(names.OPENING.get(name, ""), 0) for name in names.CLASSES])
_OPENED = np.where(_OPENING > 0, _OPENING, np.arange(len(_OPENING)))
"""What a class is at the head of a sentence."""
_NAMING = np.asarray([name in names.NAMING for name in names.CLASSES])


def _highest(rows: NDArray[Any]) -> NDArray[Any]:
    """Return the highest of each row: over few columns, numpy is faster the other way."""
    return np.ascontiguousarray(rows.T).max(axis=0)


def _near_names(kinds: Ints) -> NDArray[np.bool_]:
    """Return which words of a padded text, or words beside them, can make up a name."""
    naming = _NAMING[kinds]
    near = naming.copy()
    near[1:] |= naming[:-1]
    near[:-1] |= naming[1:]
    return near


class _Chains:
    """The stretches of a text between words that are surely outside, summed over all at once."""

    def __init__(
        self, open_: NDArray[np.bool_], outside: NDArray[np.bool_], transitions: NDArray[np.float64]
    ) -> None:
        edges = np.flatnonzero(np.diff(open_.astype(np.int8)))
        starts, ends = edges[::2] + 1, edges[1::2] + 1
        order = np.argsort(starts - ends, kind="stable")
        self._starts, self._ends = starts[order], ends[order]
        self._lengths = self._ends - self._starts
        self._after_outside = outside[self._starts - 1]
        self._before_outside = outside[self._ends]
        self._transitions = np.exp(transitions)

    def fill(self, scores: Floats, found: NDArray[np.float64]) -> None:
        """Fill in the probabilities at the locations of the stretches of a padded text."""
        if not len(self._starts):
            return
        moves, back = self._transitions, np.ascontiguousarray(self._transitions.T)
        # Words in the order of their steps, those of one step side by side: the longest chains
        # are first, so what goes on is always the head of what came before.
        grid = self._starts + np.arange(int(self._lengths[0]))[:, None]
        inside = grid < self._ends
        flat = grid[inside]
        active = inside.sum(axis=1).tolist()
        at = [0, *accumulate(active)]
        local = scores[flat].astype(np.float64)
        local = np.exp(local - _highest(local)[:, None])
        local[: active[0]][self._after_outside] *= moves[0]
        ahead = local.copy()
        for step in range(1, len(active)):
            n, here, before = active[step], at[step], at[step - 1]
            own = ahead[before : before + n].dot(moves) * local[here : here + n]
            ahead[here : here + n] = self._step(own, step)
        backward = np.empty_like(local)
        closing = np.where(self._before_outside[:, None], moves[:, 0], 1.0)
        for step in range(len(active) - 1, -1, -1):
            n, here, after = active[step], at[step], at[step + 1]
            longer = active[step + 1] if step + 1 < len(active) else 0
            backward[here + longer : here + n] = closing[longer:n]
            if longer:
                own = (local[after : after + longer] * backward[after : after + longer]).dot(back)
                backward[here : here + longer] = self._step(own, step)
        share = ahead * backward
        found[flat] = share / share.sum(axis=1, keepdims=True)

    @staticmethod
    def _step(at: NDArray[np.float64], step: int) -> NDArray[np.float64]:
        return at if step % _RESCALED else at / at.sum(axis=1, keepdims=True)
