"""Makes small models of users' own for tests."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace


def save_tokenizer(folder: Path, vocabulary: list[str]) -> None:
    """Save a tokenizer of whole words; their ids are their positions."""
    ids = {word: at for at, word in enumerate(vocabulary)}
    tokenizer = Tokenizer(WordLevel(ids, unk_token="[UNK]"))  # noqa: S106
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))


def save_classifier(
    folder: Path,
    words: list[str],
    labels: list[str],
    table: NDArray[np.float32],
    *,
    of_tokens: bool,
    **config: Any,
) -> None:
    """Save a classifier in ONNX whose scores are rows of a table, by the token's id.

    Args:
      folder: where to.
      words: of the tokenizer; their ids begin at 2, after padding and the unknown word.
      labels: of the columns of the table.
      table: rows by id; an id after its last row makes the model fail.
      of_tokens: it labels each token; else each text, by the sum of its tokens' rows.
      config: more keys of config.json.
    """
    save_tokenizer(folder, ["[PAD]", "[UNK]", *words])
    rows = "logits" if of_tokens else "rows"
    nodes = [helper.make_node("Gather", ["table", "input_ids"], [rows])]
    tables = [numpy_helper.from_array(table, "table")]
    shape: list[str | int | None] = ["batch", "length", len(labels)]
    if not of_tokens:
        nodes.append(helper.make_node("ReduceSum", [rows, "axes"], ["logits"], keepdims=0))
        tables.append(numpy_helper.from_array(np.array([1], dtype=np.int64), "axes"))
        shape = ["batch", len(labels)]
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"])
        for name in ("input_ids", "attention_mask")
    ]
    outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, shape)]
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, tables)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, str(folder / "model.onnx"))
    config_of_model = {"id2label": {str(at): label for at, label in enumerate(labels)}} | config
    (folder / "config.json").write_text(json.dumps(config_of_model), encoding="utf-8")
