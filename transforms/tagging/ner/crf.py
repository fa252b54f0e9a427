"""A trained linear-chain CRF, read and decoded with numpy alone.

The model is a table of small integers, made by `make train` (see training/entities.py). What a
word adds to the scores of itself and its neighbours is summed once and kept; a text is then scored
by gathering rows. Words that can only be outside a name cut the chain into short stretches, and
all stretches of a text are decoded at once.
"""

import hashlib
import io
import re
import tomllib
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warta.transforms.core.errors import ModelError
from warta.transforms.tagging.entity_types import ENTITY_TYPES, bio_labels
from warta.transforms.tagging.ner import features as names
from warta.transforms.tagging.ner.rules import Rules
from warta.transforms.tagging.ner.tokens import Tokens, opens_sentence

MODELS = Path(__file__).parent.parent.parent / "data" / "models"
LABELS = bio_labels()
"""Of the shipped models."""
KEPT_WORDS = 60_000
"""Words whose scores are kept: 60,000 take 8 MB, then those go that were not used of late."""
KEPT_CHARS = 2_000_000
"""Code points of these words together: sixty thousand words of news have half a million."""
SURELY_OUTSIDE, LIKELY_OUTSIDE = 6.0, 1.0
"""Log-odds of a word's own features from which it is taken for outside, whatever is beside it;
the second bound is for words that neither have a capital nor are beside one."""
_RESCALED = 8
"""Steps between two rescalings of a chain: less than 1e±40 gathers in so many."""
_BREAK = re.compile(r"\n")
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
        """The labels, in the order of the columns of weights."""
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
    # Models of the usual types, such as those that are shipped, do not name them.
    if weights.types != ENTITY_TYPES:
        arrays["types"] = _letters(weights.types)
    out = io.BytesIO()
    np.savez_compressed(out, **arrays)
    return out.getvalue()


def _letters(words: Sequence[str]) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(words).encode(), dtype=np.uint8)


def unpack(content: bytes) -> Weights:
    """Return the weights in the bytes of a model file.

    Raises:
      ModelError: these are not the bytes of one.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            features = bytes(stored["features"]).decode().split("\n")
            by_label = stored["weights"] * stored["scales"].astype(np.float32)[:, None]
            transitions = stored["transitions"]
            named = bytes(stored["types"]).decode().split("\n") if "types" in stored else None
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise ModelError(f"not a model: {error}") from error
    weights = Weights(features, by_label, transitions, tuple(named or ENTITY_TYPES))
    if by_label.shape != (len(features), len(weights.labels)):
        raise ModelError(f"{by_label.shape} weights for {len(features)} features")
    return weights


def load_weights(language: str, folder: Path = MODELS) -> Weights:
    """Return a language's model, as the card beside it describes it.

    Raises:
      ModelError: the file's SHA-256 is not the one of its card.
    """
    card = tomllib.loads((folder / f"entities_{language}.toml").read_text(encoding="utf-8"))
    content = (folder / f"entities_{language}.npz").read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != card["sha256"]:
        raise ModelError(f"entities_{language}.npz has SHA-256 {digest}, its card says otherwise")
    return unpack(content)


class Crf:
    """Labels the words of texts in one language."""

    def __init__(self, weights: Weights, rules: Rules) -> None:
        self.types = weights.types
        self.labels = weights.labels
        self._reading_of = {name: at for at, name in enumerate(names.rule_readings(weights.types))}
        self._transitions = weights.transitions.astype(np.float64)
        self._words = _WordScores(weights, rules)
        self._codes = _CodeScores(weights)

    def probabilities(self, tokens: Tokens, readings: Sequence[str]) -> NDArray[np.float64]:
        """Return how likely each label of each word is: (words, labels).

        A text is cut at its line breaks: no evidence crosses them.
        """
        if not tokens.words:
            return np.zeros((0, len(self.labels)))
        places = _padded_places(tokens)
        total = int(places[-1]) + 1 + _PAD
        words, kinds, reads = np.zeros((3, total), dtype=np.intp)
        words[places] = rows = self._words.rows(tokens.words)
        kinds[places] = self._kinds(tokens, rows)
        reads[places] = list(map(self._reading_of.__getitem__, readings))
        scores = self._words.gather(words)
        self._codes.add(scores, kinds, reads)
        inside = kinds > 0
        lead = scores[:, 0] - _highest(scores[:, 1:])
        outside = inside & (lead >= np.where(_near_names(kinds), SURELY_OUTSIDE, LIKELY_OUTSIDE))
        found = np.zeros((total, len(self.labels)))
        found[outside, 0] = 1.0
        _Chains(inside & ~outside, outside, self._transitions).fill(scores, found)
        return found[places]

    def _kinds(self, tokens: Tokens, rows: list[int]) -> Ints:
        """Return the classes of a text's words, as numbers; see `features.classes`."""
        kinds = self._words.kinds(rows)
        capital = np.flatnonzero(_OPENING[kinds] > 0).tolist()
        opening = [index for index in capital if opens_sentence(tokens, index)]
        kinds[opening] = _OPENING[kinds[opening]]
        return kinds


_CLASS = {name: index for index, name in enumerate(names.CLASSES)}
_OPENING = np.asarray([_CLASS.get(names.OPENING.get(name, ""), 0) for name in names.CLASSES])
_NAMING = np.asarray([name in names.NAMING for name in names.CLASSES])


def _padded_places(tokens: Tokens) -> Ints:
    """Return where each word is once there is a gap before, after, and at line breaks."""
    places = np.arange(len(tokens), dtype=np.intp) + _PAD
    breaks = [found.start() for found in _BREAK.finditer(tokens.text)]
    return places + _PAD * np.searchsorted(breaks, tokens.starts) if breaks else places


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


class _WordScores:
    """What each word adds at its own place and at those beside it."""

    def __init__(self, weights: Weights, rules: Rules) -> None:
        self._rules = rules
        self._at, self._table = _by_offset(weights)
        self._row_of: dict[str, int] = {}
        self._chars = 0
        self._bank = np.zeros((1024, *self._table.shape[1:]), dtype=np.float32)
        self._kind_of = np.zeros(1024, dtype=np.intp)
        self._used = np.zeros(1024, dtype=np.bool_)
        """Rows of words that came again since words were last forgotten."""
        if names.END in self._at:
            self._bank[0] = self._table[self._at[names.END]]

    def rows(self, words: Sequence[str]) -> list[int]:
        """Return the rows of words in the store; row 0 is no word."""
        if len(self._row_of) > KEPT_WORDS or self._chars > KEPT_CHARS:
            self._forget()
        known = self._row_of
        try:
            rows = list(map(known.__getitem__, words))
            self._used[rows] = True
        except KeyError:
            learned = len(known) + 1
            for word in words:
                if word not in known:
                    self._learn(word)
            rows = [known[word] for word in words]
            self._used[rows] = True
            self._used[learned:] = False
        return rows

    def _forget(self) -> None:
        """Forget words that did not come again since the last time, and half of all at least."""
        chars = 0
        kept: list[tuple[str, int]] = []
        for word, row in reversed(self._row_of.items()):
            chars += len(word)
            if len(kept) >= KEPT_WORDS // 2 or chars > KEPT_CHARS // 2:
                break
            if self._used[row]:
                kept.append((word, row))
        kept.reverse()
        rows = [0, *(row for _, row in kept)]
        self._row_of = {word: row for row, (word, _) in enumerate(kept, start=1)}
        self._chars = sum(map(len, self._row_of))
        self._bank[: len(rows)] = self._bank[rows]
        self._kind_of[: len(rows)] = self._kind_of[rows]
        self._used[:] = False

    def _learn(self, word: str) -> None:
        row = len(self._row_of) + 1
        if row == len(self._bank):
            self._bank = np.concatenate([self._bank, np.zeros_like(self._bank)])
            self._kind_of = np.concatenate([self._kind_of, np.zeros_like(self._kind_of)])
            self._used = np.concatenate([self._used, np.zeros_like(self._used)])
        facts = names.word_facts(word, self._rules)
        rows = [self._at[fact] for fact in facts if fact in self._at]
        np.add.reduce(self._table.take(rows, axis=0), axis=0, out=self._bank[row])
        self._kind_of[row] = _CLASS[names.word_class(word)]
        self._row_of[word] = row
        self._chars += len(word)

    def kinds(self, rows: Sequence[int]) -> Ints:
        """Return the classes of the words of rows, as numbers, wherever they are."""
        return self._kind_of[rows]

    def gather(self, rows: Ints) -> Floats:
        """Return the scores of the locations of a padded text."""
        taken = self._bank.take(rows, axis=0)
        scores = taken[:, _PAD].copy()
        for column, offset in enumerate(names.OFFSETS):
            if offset < 0:
                scores[-offset:] += taken[:offset, column]
            elif offset:
                scores[:-offset] += taken[offset:, column]
        return scores


def _by_offset(weights: Weights) -> tuple[dict[str, int], Floats]:
    """Return the row of each feature of words, and what each adds: (features, offsets, labels)."""
    row_of: dict[str, int] = {}
    located = []
    for index, feature in enumerate(weights.features):
        offset, colon, name = feature.partition(":")
        if colon and len(offset) < 3:
            row = row_of.setdefault(name, len(row_of))
            located.append((row, names.OFFSETS.index(int(offset)), index))
    table = np.zeros((len(row_of), len(names.OFFSETS), weights.by_label.shape[1]), np.float32)
    rows, columns, indices = zip(*located, strict=True) if located else ((), (), ())
    table[list(rows), list(columns)] = weights.by_label[list(indices)]
    return row_of, table


class _CodeScores:
    """What classes and readings say, as dense tables over codes side by side."""

    def __init__(self, weights: Weights) -> None:
        self._reading_of = {name: at for at, name in enumerate(names.rule_readings(weights.types))}
        kinds, reads, labels = len(_CLASS), len(self._reading_of), len(weights.labels)
        at = {name: row for row, name in enumerate(weights.features) if name[0] in "CR"}
        self._kinds = np.zeros((kinds, kinds, kinds, labels), dtype=np.float32)
        self._reads = np.zeros((reads, reads, reads, labels), dtype=np.float32)
        self._mixed = np.zeros((reads, kinds, kinds, kinds, labels), dtype=np.float32)
        for name, row in at.items():
            kind, _, codes = name.partition("=")
            self._place(kind, codes.split(" "))[...] += weights.by_label[row]

    def _place(self, kind: str, codes: list[str]) -> Floats:
        if kind[0] == "C":
            own = [_CLASS[code] for code in codes]
            where = {"C": (1,), "C-": (0, 1), "C+": (1, 2), "C3": (0, 1, 2)}[kind]
            return self._kinds[_slots(3, where, own)]
        if kind in ("R", "R-", "R+"):
            own = [self._reading_of[code] for code in codes]
            where = {"R": (1,), "R-": (0, 1), "R+": (1, 2)}[kind]
            return self._reads[_slots(3, where, own)]
        own = [self._reading_of[codes[0]], *(_CLASS[code] for code in codes[1:])]
        where = {"RC": (0, 2), "RC3": (0, 1, 3)}[kind]
        return self._mixed[_slots(4, where, own)]

    def add(self, scores: Floats, kinds: Ints, reads: Ints) -> None:
        """Add to the scores of a padded text, its outermost blanks aside."""
        before, own, after = kinds[:-2], kinds[1:-1], kinds[2:]
        inner = scores[1:-1]
        # Taking rows of flat tables is much faster than indexing by several arrays.
        shapes = (before * len(_CLASS) + own) * len(_CLASS) + after
        count = len(self._reading_of)
        read = (reads[:-2] * count + reads[1:-1]) * count + reads[2:]
        inner += self._flat(self._kinds).take(shapes, axis=0)
        inner += self._flat(self._reads).take(read, axis=0)
        inner += self._flat(self._mixed).take(reads[1:-1] * len(_CLASS) ** 3 + shapes, axis=0)

    @staticmethod
    def _flat(table: Floats) -> Floats:
        return table.reshape(-1, table.shape[-1])


def _slots(count: int, where: Sequence[int], codes: Sequence[int]) -> tuple[slice | int, ...]:
    slots: list[slice | int] = [slice(None)] * count
    for at, code in zip(where, codes, strict=True):
        slots[at] = code
    return tuple(slots)


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
