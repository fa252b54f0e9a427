"""A user's own model of topics: small ones, made here, through runs and `warta try`."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.lakes import article, table_of
from tests.support.models import save_classifier
from warta.pipeline.cli import main
from warta.transforms.core.errors import TopicModelError, UsageError
from warta.transforms.core.options import TaggingOptions
from warta.transforms.core.records import Article, Topic
from warta.transforms.lake.storage import Lake
from warta.transforms.tagging.tag import ArticleTagger
from warta.transforms.tagging.topics.model import (
    Predictions,
    TopicModel,
    load_topic_model,
    model_text,
)

WORDS = ["gempa", "gol", "rusak"]
LABELS = ["sport", "medtop:20000148", "LABEL_2"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A classifier that knows an earthquake and a goal, and fails on "rusak"."""
    made = tmp_path_factory.mktemp("tiny-topics")
    save_model(made)
    return made


def save_model(folder: Path, **config: str) -> None:
    """The table has no row for the last word: the model fails where that is."""
    table = np.zeros((len(WORDS) + 1, len(LABELS)), dtype=np.float32)
    table[WORDS.index("gol") + 2, LABELS.index("sport")] = 3.0
    table[WORDS.index("gempa") + 2, LABELS.index("medtop:20000148")] = 3.0
    save_classifier(folder, WORDS, LABELS, table, of_tokens=False, **config)


def tagged(before: Article, predictions: Predictions) -> Article:
    """The article with what a model says of it."""
    return TopicModel("hf:m", lambda texts: [predictions for _ in texts]).tag([before])[0]


def rounded(topics: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Topics as a lake holds them, where numbers have 32 bits."""
    return [topic | {"confidence": round(topic["confidence"], 3)} for topic in topics]


@pytest.mark.parametrize(
    ("label", "qcode", "name", "local"),
    [
        ("medtop:15000000", "medtop:15000000", "sport", "olahraga"),
        ("15000000", "medtop:15000000", "sport", "olahraga"),
        ("Sport", "medtop:15000000", "sport", "olahraga"),
        ("pemilihan umum", "medtop:20000574", "election", "pemilihan umum"),
        ("LABEL_3", "model:LABEL_3", "LABEL_3", None),
    ],
)
def test_a_label_is_a_code_or_a_name_of_a_topic(
    label: str, qcode: str, name: str, local: str | None
) -> None:
    """What is not a topic of the IPTC goes by its own name, under a scheme of its own."""
    before = article("a", in_language="id-ID", topics=())
    (topic,) = tagged(before, [{"label": label, "score": 0.75}]).topics
    assert (topic.qcode, topic.name, topic.name_local) == (qcode, name, local)
    assert (topic.scheme, topic.confidence) == (qcode.split(":")[0], 0.75)


def test_the_surest_come_first_and_the_users_own_stay() -> None:
    """Topics that the model is unsure of are left out; a very long text is cut."""
    custom = Topic("desk", "desk:haj", "Hajj", 0.5)
    said = [{"label": "sport", "score": score} for score in (0.4, 0.8, 0.1)]
    after = tagged(article("a", topics=(custom,)), said)
    assert [topic.confidence for topic in after.topics] == [0.8, 0.4, 0.5]
    assert after.topics[-1] == custom
    assert len(model_text(article("a", "kata " * 9000))) == 4000
    assert TopicModel("hf:m", lambda _: []).tag([]) == []


@pytest.mark.parametrize(
    ("kind", "scores"),
    [
        ("single_label_classification", [0.909, 0.045, 0.045]),
        ("multi_label_classification", [0.953, 0.5, 0.5]),
    ],
)
def test_scores_are_probabilities(kind: str, scores: list[float], tmp_path: Path) -> None:
    """Of labels that exclude each other they add up to one; of others each is alone."""
    save_model(tmp_path, problem_type=kind)
    model = load_topic_model(f"hf:{tmp_path}")
    said = model.classify(["hari ini gol", "hujan", "gol " + "kata " * 9000])
    assert [row["label"] for row in said[0]] == LABELS
    assert [round(row["score"], 3) for row in said[0]] == pytest.approx(scores, abs=0.002)
    assert [row["score"] for row in said[2]] == pytest.approx([row["score"] for row in said[0]])
    alike = 1 / 3 if kind.startswith("single") else 1 / 2
    assert [row["score"] for row in said[1]] == pytest.approx([alike] * 3)
    assert [list(rows) for rows in model.classify(["", ""])] == [[], []]


def test_our_lexicons_are_silent_beside_a_model(folder: Path) -> None:
    """The tagger names the model, and not the lexicons that it did without."""
    tagger = ArticleTagger.load(TaggingOptions(topic_model=f"hf:{folder}"))
    body = "Kiper menahan penalti pada laga final di stadion, kata pelatih tim."
    sport = article("a", body, in_language="id")
    quake = article("b", f"{body} Ada gempa.", in_language="id")
    first, second = tagger.tag_all([sport, quake])
    assert [topic.confidence for topic in first.topics] == [0.333] * 3
    assert [topic.qcode for topic in second.topics] == ["medtop:20000148"]
    assert first.tagger_versions.endswith(f"hf:{folder}")
    assert "medtop" not in first.tagger_versions


def test_a_run_and_a_try_give_the_same_topics(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One for one; what the model fails on is a reject in both, and spoils no other."""
    for name, word in (("a", "gempa"), ("b", "rusak"), ("c", "gol")):
        text = f"Berita\n\nKata orang ada {word} pada hari ini di sini.\n"
        (tmp_path / f"{name}.txt").write_text(text)
    files = [str(tmp_path / f"{name}.txt") for name in "abc"]
    model = ["--topic-model", f"hf:{folder}"]
    assert main(["try", "--json", *files, *model]) == 3
    shown = capsys.readouterr()
    assert shown.err.count("rejected:") == shown.err.count("internal_error") == 1
    tried = [json.loads(line) for line in shown.out.splitlines()]
    lake = str(tmp_path / "lake")
    assert main(["run", *files, *model, "--lake", lake, "--workers", "1", "--quiet"]) == 0
    rows = table_of(Lake(lake), "articles").sort_by("source_uri").to_pylist()
    assert [rounded(row["topics"]) for row in rows] == [row["topics"] for row in tried]
    assert [row["topics"][0]["qcode"] for row in rows] == ["medtop:20000148", "medtop:15000000"]
    assert [row["tagger_versions"] for row in rows] == [row["tagger_versions"] for row in tried]
    (reject,) = table_of(Lake(lake), "rejects").to_pylist()
    assert (reject["reason"], reject["stage"]) == ("internal_error", "tag")


def test_explain_says_whose_a_topic_is(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Words of the lexicon explain nothing that a model said."""
    (tmp_path / "a.txt").write_text("Berita\n\nKata orang ada gempa kuat pada hari ini.\n")
    words = ["try", "--explain", str(tmp_path / "a.txt"), "--topic-model", f"hf:{folder}"]
    assert main(words) == 0
    page = "".join(capsys.readouterr().out.split())
    assert f"(medtop:20000148)byhf:{folder}" in page


@pytest.mark.parametrize("spec", ["/models/m", "hf:", "http://host/m"])
def test_a_model_is_named_by_hf_and_a_path(spec: str) -> None:
    """Anything else is refused before a run begins."""
    with pytest.raises(UsageError, match="hf:PATH"):
        TaggingOptions(topic_model=spec)
    with pytest.raises(TopicModelError, match="hf:PATH"):
        load_topic_model(spec)


@pytest.mark.parametrize(
    ("file", "content"),
    [("model.onnx", b"no model"), ("tokenizer.json", b"{}"), ("config.json", b"[]"), ("", b"")],
)
def test_a_damaged_model_is_reported_in_one_line(
    file: str, content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is read, by `try` and by `run`; so is one that cannot be loaded at all."""
    save_model(tmp_path)
    (tmp_path / (file or "config.json")).write_bytes(content)
    (tmp_path / "a.txt").write_text("Teks yang cukup panjang untuk dibaca.")
    model = ["--topic-model", f"hf:{tmp_path}"]
    for command in (["try"], ["run", "--lake", str(tmp_path / "l")]):
        assert main([*command, str(tmp_path / "a.txt"), *model]) == 2
        shown = capsys.readouterr()
        assert (shown.out, shown.err.count("\n")) == ("", 1)
        assert str(tmp_path) in shown.err
    assert not (tmp_path / "l").exists()


@pytest.mark.parametrize(("missing", "extra"), [("onnxruntime", "onnx"), ("torch", "hf")])
def test_without_its_extra_a_model_is_refused(
    missing: str,
    extra: str,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One line says what to install, for the kind of model that was given."""
    monkeypatch.setitem(sys.modules, missing, None)
    (tmp_path / "a.txt").write_text("Teks yang cukup panjang untuk dibaca.")
    (tmp_path / "config.json").write_text('{"id2label": {"0": "sport"}}')
    model = f"hf:{folder if extra == 'onnx' else tmp_path}"
    assert main(["try", str(tmp_path / "a.txt"), "--topic-model", model]) == 2
    assert f"pip install 'warta[{extra}]'" in capsys.readouterr().err


def save_by_transformers(folder: Path) -> None:
    """Saves a tiny untrained classifier with its tokenizer: enough to be loaded and run."""
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS]
    (folder / "vocab.txt").write_text("\n".join(words))
    sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1}
    config = BertConfig(vocab_size=len(words), intermediate_size=8, **sizes)
    config.id2label = {0: "sport", 1: "weather"}
    config.label2id = {"sport": 0, "weather": 1}
    BertForSequenceClassification(config).save_pretrained(folder)
    BertTokenizerFast(str(folder / "vocab.txt"), model_max_length=64).save_pretrained(folder)


def test_a_model_of_the_transformers_library_is_loaded_and_run(tmp_path: Path) -> None:
    """A real pipeline over a real folder, made here: all labels, scores that add up, long texts."""
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    save_by_transformers(tmp_path)
    model = load_topic_model(f"hf:{tmp_path}")
    said = model.classify(["gempa hari ini", "gol " * 900])
    assert [sorted(row["label"] for row in rows) for rows in said] == [["sport", "weather"]] * 2
    assert sum(row["score"] for row in said[0]) == pytest.approx(1)
    assert {topic.scheme for topic in model.tag([article("a")])[0].topics} == {"medtop"}
