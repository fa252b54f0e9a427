"""Find names by a user's own model: a spaCy pipeline or a token classifier.

All are optional, and imported only when one is asked for: spaCy and ONNX come with `warta[ner]`,
PyTorch with `warta[hf]`.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from warta.transforms.core.errors import RecogniserError
from warta.transforms.tagging.entity_types import MODEL_NAMES
from warta.transforms.tagging.hf_model import TOKENS, HfModel, extra_for, softmax

LONGEST_CHARS = 10_000_000
"""spaCy refuses longer texts; no article comes near (see InputLimits)."""


class Found(NamedTuple):
    """A name in a text: code points [start, end), our type, how sure the model is."""

    start: int
    end: int
    type: str
    score: float


class Recogniser(Protocol):
    """Finds names in several texts at once."""

    name: str
    method: str

    def names(self, texts: Sequence[str]) -> list[list[Found]]:
        """Return the names of each text, in order, none over another."""


def load_recogniser(spec: str) -> Recogniser:
    """Return the model of `spacy:MODEL`, a package or folder, or `hf:PATH`, a folder.

    Raises:
      RecogniserError: It is not there, not such a model, or its library is not installed.
    """
    kind, _, place = spec.partition(":")
    loaders: dict[str, Callable[[str], Recogniser]] = {
        "spacy": SpacyRecogniser,
        "hf": HfRecogniser,
    }
    if kind not in loaders or not place:
        raise RecogniserError(f"--ner {spec}: give spacy:MODEL or hf:PATH")
    try:
        return loaders[kind](place)
    except ImportError as error:
        extra = extra_for(error)
        raise RecogniserError(f"--ner {spec}: pip install 'warta[{extra}]' ({error})") from error
    except (OSError, ValueError, KeyError) as error:
        raise RecogniserError(f"--ner {spec}: {error}") from error


class SpacyRecogniser:
    """A spaCy pipeline that sets entities."""

    method = "spacy"

    def __init__(self, place: str) -> None:
        import spacy

        self._pipeline = spacy.load(place)
        self._pipeline.max_length = LONGEST_CHARS
        self.name = f"spacy-{Path(place).name}"

    def names(self, texts: Sequence[str]) -> list[list[Found]]:
        """Find the names of texts; spaCy gives no probabilities, so every score is 1."""
        return [
            [
                Found(entity.start_char, entity.end_char, MODEL_NAMES[entity.label_.upper()], 1.0)
                for entity in document.ents
                if entity.label_.upper() in MODEL_NAMES
            ]
            for document in self._pipeline.pipe(texts)
        ]


class HfRecogniser:
    """A token classifier as Hugging Face stores it (see hf_model.py)."""

    method = "hf"

    def __init__(self, place: str) -> None:
        folder = Path(place)
        self._model = HfModel(folder, TOKENS)
        self.name = f"hf-{folder.name}"

    def names(self, texts: Sequence[str]) -> list[list[Found]]:
        """Find the names of texts; a name's score is the mean probability of its words' labels."""
        chunks = [[first, *first.overflowing] for first in self._model.encode(texts)]
        flat = [chunk for group in chunks for chunk in group]
        likely = iter(softmax(self._model.scores(flat)))
        return [
            list(_names([(chunk, next(likely)) for chunk in group], self._model.labels))
            for group in chunks
        ]


class _Word(NamedTuple):
    start: int
    end: int
    label: str
    score: float


def _names(chunks: Sequence[tuple[Any, NDArray[np.float32]]], labels: list[str]) -> Iterator[Found]:
    """Yield the names of one text, given its chunks and their probabilities."""
    words: dict[int, tuple[int, _Word]] = {}
    for chunk, likely in chunks:
        for depth, word in _words(chunk, likely, labels):
            # Of two readings of a word, that with more text about it is the better one.
            if word.start not in words or depth > words[word.start][0]:
                words[word.start] = depth, word
    ordered = [word for _, (_, word) in sorted(words.items())]
    name: list[_Word] = []
    for word in [*ordered, _Word(-1, -1, "O", 0.0)]:
        kind = word.label.rpartition("-")[2].upper()
        opens = word.label.startswith("B-")
        if name and (opens or kind != name[0].label.rpartition("-")[2].upper()):
            yield _found(name)
            name = []
        if kind in MODEL_NAMES:
            name.append(word)


def _words(
    chunk: Any, likely: NDArray[np.float32], labels: list[str]
) -> Iterator[tuple[int, _Word]]:
    """Yield a chunk's words, labelled by their first token, and how far from the edge they are."""
    size = len(chunk.ids)
    places = [at for at in range(size) if chunk.word_ids[at] is not None]
    for _, group in groupby(places, key=lambda at: chunk.word_ids[at]):
        own = list(group)
        best = int(likely[own[0]].argmax())
        start, end = chunk.offsets[own[0]][0], chunk.offsets[own[-1]][1]
        score = float(likely[own[0]][best])
        yield min(own[0], size - own[-1]), _Word(start, end, labels[best], score)


def _found(name: Sequence[_Word]) -> Found:
    kind = MODEL_NAMES[name[0].label.rpartition("-")[2].upper()]
    score = sum(word.score for word in name) / len(name)
    return Found(name[0].start, name[-1].end, kind, round(score, 3))
