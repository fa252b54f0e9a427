"""Classifiers as Hugging Face stores them: a folder of model, tokenizer and labels.

In ONNX where the folder has it, else in PyTorch. Optional (`pip install warta[onnx]`, or
`warta[hf]`): the libraries are imported only when a model is asked for.
"""

import json
from collections.abc import Callable, Collection, Sequence
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warta.transforms.core.errors import HfModelError

FILES = ("model.onnx", "onnx/model.onnx")
WINDOW_TOKENS, SHARED_TOKENS = 512, 64
"""Longest piece of a text that a classifier sees, and how far two pieces lap over."""
TOKENS, TEXTS = "AutoModelForTokenClassification", "AutoModelForSequenceClassification"
"""What is labelled; the names are the transformers library's, for models in PyTorch."""
_EXTRAS = {"torch": "hf", "transformers": "hf", "spacy": "ner"}

Scorer = Callable[[dict[str, NDArray[np.int64]]], NDArray[np.float32]]
"""Returns unscaled scores, labels last, of token ids and masks, each (chunks, tokens)."""


def extra_for(error: ImportError) -> str:
    """Return what is to be installed where a library is missing: pip install 'warta[...]'."""
    return _EXTRAS.get((error.name or "").partition(".")[0], "onnx")


class HfModel:
    """Return what the classifier says of the tokens of texts, or of each as a whole.

    Args:
      folder: Holds config.json, tokenizer.json and model.onnx; or in place of the last the weights
        of the transformers library, which can also make the tokenizer from other files.
      labelled: TOKENS or TEXTS.

    Raises:
      HfModelError: It does not, or they cannot be read.
      ImportError: The extra is not installed; see `extra_for`.
    """

    def __init__(self, folder: Path, labelled: str) -> None:
        onnx = next((folder / name for name in FILES if (folder / name).is_file()), None)
        try:
            self.config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            labels = self.config["id2label"]
            self.labels = [str(labels[str(at)]) for at in range(len(labels))]
            scorer = _onnx_scorer(onnx) if onnx else _torch_scorer(folder, labelled)
            self._inputs, self._score = scorer
            self._tokenizer = _tokenizer(folder)
        except ImportError:
            raise
        except Exception as error:
            # What is wrong with a file of theirs, each library reports by exceptions of its own.
            raise HfModelError(f"{folder}: {type(error).__name__}: {error}") from error
        longest = min(WINDOW_TOKENS, self.config.get("max_position_embeddings", WINDOW_TOKENS))
        self._tokenizer.enable_truncation(longest, stride=min(SHARED_TOKENS, longest // 4))
        self._tokenizer.enable_padding(pad_id=self.config.get("pad_token_id") or 0)

    def encode(self, texts: Sequence[str]) -> list[Any]:
        """Return the first chunk of each text; what does not fit in is in its `overflowing`."""
        return list(self._tokenizer.encode_batch(list(texts)))

    def scores(self, chunks: Sequence[Any]) -> NDArray[np.float32]:
        """Return what the model says of chunks, unscaled; labels are the last axis."""
        # Pieces of texts are padded each to its own text's length: one run needs one length.
        width = max((len(chunk.ids) for chunk in chunks), default=0)
        if not width:
            return np.zeros((len(chunks), 0, len(self.labels)), dtype=np.float32)
        columns = {
            "input_ids": [chunk.ids for chunk in chunks],
            "attention_mask": [chunk.attention_mask for chunk in chunks],
            "token_type_ids": [chunk.type_ids for chunk in chunks],
        }
        given = {
            name: np.asarray([[*row, *[0] * (width - len(row))] for row in rows], dtype=np.int64)
            for name, rows in columns.items()
            if name in self._inputs
        }
        return self._score(given)


def _onnx_scorer(model: Path) -> tuple[Collection[str], Scorer]:
    """Return the names of a model's inputs, and what scores chunks."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # Workers share the cores already.
    options.intra_op_num_threads = 1
    options.log_severity_level = 4  # What fails is raised; it need not be printed too.
    session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    inputs = {given.name for given in session.get_inputs()}
    return inputs, lambda given: session.run(None, given)[0].astype(np.float32)


def _torch_scorer(folder: Path, labelled: str) -> tuple[Collection[str], Scorer]:
    """Return the same as `_onnx_scorer`, for a folder with weights."""
    import torch
    import transformers

    # Workers share the cores already.
    torch.set_num_threads(1)
    model, info = getattr(transformers, labelled).from_pretrained(
        folder, local_files_only=True, output_loading_info=True
    )
    if info["missing_keys"]:
        # They would be drawn by chance: the model was not trained for this.
        raise ValueError(f"no weights for {', '.join(sorted(info['missing_keys']))}")
    model.eval()

    def score(given: dict[str, NDArray[np.int64]]) -> NDArray[np.float32]:
        with torch.inference_mode():
            said = model(**{name: torch.from_numpy(rows) for name, rows in given.items()})
        scores: NDArray[np.float32] = said.logits.float().numpy()
        return scores

    return signature(model.forward).parameters, score


def _tokenizer(folder: Path) -> Any:
    from tokenizers import Tokenizer

    file = folder / "tokenizer.json"
    if file.exists():
        return Tokenizer.from_file(str(file))
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder, local_files_only=True).backend_tokenizer


def softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the probabilities of labels of which one is right, over the last axis."""
    if not scores.size:
        return scores
    weights: NDArray[np.float32] = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


def sigmoid(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the probability of each label by itself."""
    return (0.5 + 0.5 * np.tanh(scores / 2)).astype(np.float32)
