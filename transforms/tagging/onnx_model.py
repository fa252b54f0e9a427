"""Classifiers in ONNX, as Hugging Face exports them: a folder of model, tokenizer and labels.

Optional (`pip install warta[onnx]`): the libraries are imported only when a model is asked for.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FILES = ("model.onnx", "onnx/model.onnx")
WINDOW_TOKENS, SHARED_TOKENS = 512, 64
"""Longest piece of a text that a classifier sees, and how far two pieces lap over."""


class OnnxError(ValueError):
    """A folder that holds no classifier in ONNX, or a damaged one."""


def find_model(folder: Path) -> Path | None:
    """Folder -> the model in it, if there is one."""
    return next((folder / name for name in FILES if (folder / name).is_file()), None)


class OnnxModel:
    """Texts -> what the classifier says of their tokens, or of each as a whole.

    Args:
      folder: holds model.onnx, tokenizer.json and config.json.

    Raises:
      OnnxError: it does not, or they cannot be read.
      ImportError: the extra is not installed.
    """

    def __init__(self, folder: Path) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        model = find_model(folder)
        if model is None:
            raise OnnxError(f"no model.onnx in {folder}: export the model to ONNX first")
        try:
            self.config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            labels = self.config["id2label"]
            self.labels = [str(labels[str(at)]) for at in range(len(labels))]
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            options = onnxruntime.SessionOptions()
            # Workers share the cores already.
            options.intra_op_num_threads = 1
            options.log_severity_level = 4  # What fails is raised; it need not be printed too.
            self._session = onnxruntime.InferenceSession(
                str(model), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # Both libraries raise plain exceptions for bad files.
            raise OnnxError(f"{folder}: {type(error).__name__}: {error}") from error
        longest = min(WINDOW_TOKENS, self.config.get("max_position_embeddings", WINDOW_TOKENS))
        self._tokenizer.enable_truncation(longest, stride=min(SHARED_TOKENS, longest // 4))
        self._tokenizer.enable_padding(pad_id=self.config.get("pad_token_id") or 0)
        self._inputs = {given.name for given in self._session.get_inputs()}

    def encode(self, texts: Sequence[str]) -> list[Any]:
        """Texts -> the first piece of each; what does not fit in stands in its `overflowing`."""
        return list(self._tokenizer.encode_batch(list(texts)))

    def scores(self, pieces: Sequence[Any]) -> NDArray[np.float32]:
        """Pieces of texts -> what the model says, unscaled; labels are the last axis."""
        # Pieces of texts are padded each to its own text's length: one run needs one length.
        width = max((len(piece.ids) for piece in pieces), default=0)
        if not width:
            return np.zeros((len(pieces), 0, len(self.labels)), dtype=np.float32)
        columns = {
            "input_ids": [piece.ids for piece in pieces],
            "attention_mask": [piece.attention_mask for piece in pieces],
            "token_type_ids": [piece.type_ids for piece in pieces],
        }
        given = {
            name: np.asarray([[*row, *[0] * (width - len(row))] for row in rows], dtype=np.int64)
            for name, rows in columns.items()
            if name in self._inputs
        }
        said: NDArray[np.float32] = self._session.run(None, given)[0].astype(np.float32)
        return said


def softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scores -> probabilities of labels of which one is right, over the last axis."""
    if not scores.size:
        return scores
    weights: NDArray[np.float32] = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


def sigmoid(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scores -> the probability of each label by itself."""
    return (0.5 + 0.5 * np.tanh(scores / 2)).astype(np.float32)
