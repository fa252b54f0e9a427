"""Models of the user's own in place of ours: small ones, made here."""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import apache_beam as beam
import numpy as np
import pytest
import spacy
from apache_beam.runners.portability.fn_api_runner.fn_runner import FnApiRunner
from apache_beam.testing.util import assert_that, equal_to

from tests.support.models import save_classifier, save_tokenizer
from warta.pipeline.cli import main
from warta.transforms.core.errors import RecogniserError
from warta.transforms.core.options import InputLimits, TaggingOptions
from warta.transforms.core.records import Article, Reject
from warta.transforms.tag_articles import TagArticles
from warta.transforms.tagging.ner.recognisers import Found, load_recogniser
from warta.transforms.tagging.tag import ArticleTagger

LABELS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-MISC"]
WORDS = {"Wirya": 1, "Saptono": 2, "Velmora": 3, "Jepang": 3, "Senin": 5}
VOCABULARY = ["[PAD]", "[UNK]", *WORDS]
TEXT = "Wirya Saptono tiba di Velmora , kata Wirya di Jepang Senin"
NAMES = [
    Found(0, 13, "person", 0.999),
    Found(22, 29, "place", 0.999),
    Found(37, 42, "person", 0.999),
    Found(46, 52, "place", 0.999),
]


@pytest.fixture(scope="module")
def onnx_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A classifier that knows five words: its scores are rows of a table, by the token's id."""
    folder = tmp_path_factory.mktemp("tiny-ner")
    table = np.full((len(WORDS) + 2, len(LABELS)), 0.0, dtype=np.float32)
    table[:, 0] = 5.0
    for at, label in enumerate(WORDS.values()):
        table[at + 2, label] = 15.0
    save_classifier(folder, [*WORDS], LABELS, table, of_tokens=True, max_position_embeddings=16)
    return folder


@pytest.fixture(scope="module")
def torch_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same in PyTorch: a BERT whose layers pass on what a word is, and nothing else."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("tiny-torch-ner")
    save_tokenizer(folder, VOCABULARY)
    config = transformers.BertConfig(
        vocab_size=len(VOCABULARY),
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=1,
        intermediate_size=8,
        max_position_embeddings=16,
        id2label=dict(enumerate(LABELS)),
    )
    model = transformers.BertForTokenClassification(config)
    with torch.no_grad():
        for name, weights in model.named_parameters():
            if "LayerNorm" not in name:
                weights.zero_()
        model.bert.embeddings.word_embeddings.weight[: len(VOCABULARY), : len(VOCABULARY)] = (
            torch.eye(len(VOCABULARY))
        )
        model.classifier.bias[0] = 5.0
        for word, label in WORDS.items():
            model.classifier.weight[label, VOCABULARY.index(word)] += 6.0
    model.save_pretrained(folder)
    return folder


@pytest.fixture(params=["onnx_model", "torch_model"])
def classifier(request: pytest.FixtureRequest) -> Path:
    """A token classifier in each form that Hugging Face stores it in."""
    folder: Path = request.getfixturevalue(request.param)
    return folder


@pytest.fixture(scope="module")
def spacy_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pipeline that knows names by their words."""
    pipeline = spacy.blank("xx")  # Indonesian has 16,000 exceptions: six seconds to load
    ruler: Any = pipeline.add_pipe("entity_ruler")
    ruler.add_patterns(
        [
            {"label": "PERSON", "pattern": "Wirya Saptono"},
            {"label": "GPE", "pattern": "Jepang"},
            {"label": "DATE", "pattern": "Senin"},
        ]
    )
    folder = tmp_path_factory.mktemp("tiny-spacy")
    pipeline.to_disk(folder)
    return folder


def article(body: str, number: int = 1) -> Article:
    return Article(
        article_id=str(number),
        article_body=body,
        published_date="unknown",
        source_uri="memory",
        source_record_id=str(number),
        extraction_method="text",
        content_sha256="0",
        word_count=len(body.split()),
        in_language="id",
    )


def test_a_classifier_names_what_it_has_learnt(classifier: Path) -> None:
    """Words with B- and I- labels are one name; other types and empty texts give none."""
    names = load_recogniser(f"hf:{classifier}").names([TEXT, "", "hujan turun"])
    assert [[name._replace(score=round(name.score, 2)) for name in found] for found in names] == [
        [name._replace(score=1.0) for name in NAMES],
        [],
        [],
    ]


def test_a_text_longer_than_the_model_is_read_in_chunks(classifier: Path) -> None:
    """Sixteen tokens at a time, lapping over: the names are those of the whole, each once."""
    recogniser = load_recogniser(f"hf:{classifier}")
    times = 40
    (found,) = recogniser.names([" ".join([TEXT] * times)])
    step = len(TEXT) + 1
    assert [(name.start, name.end, name.type) for name in found] == [
        (name.start + at * step, name.end + at * step, name.type)
        for at in range(times)
        for name in NAMES
    ]


def test_a_spacy_pipeline_names_what_it_knows(spacy_model: Path) -> None:
    """Its types become ours; what is not a person, organisation or place is left out."""
    names = load_recogniser(f"spacy:{spacy_model}").names([TEXT, ""])
    assert names == [[Found(0, 13, "person", 1.0), Found(46, 52, "place", 1.0)], []]


def test_the_output_is_that_of_our_own_tagger(spacy_model: Path) -> None:
    """Mentions, entities and Wikidata ids of known names; the method and the version say whose."""
    tagged = ArticleTagger.load(TaggingOptions(ner=f"spacy:{spacy_model}")).tag(article(TEXT))
    assert [(m.surface, m.type, m.wikidata_id, m.method) for m in tagged.mentions] == [
        ("Wirya Saptono", "person", None, "spacy"),
        ("Jepang", "place", "Q17", "spacy"),
    ]
    assert tagged.tagger_versions.startswith(f"spacy-{spacy_model.name} ")


@pytest.mark.parametrize("model", ["spacy_model", "onnx_model", "torch_model"])
def test_a_pipeline_tags_in_batches(model: str, request: pytest.FixtureRequest) -> None:
    """RunInference gives each article back once, with its names."""
    kind = "spacy" if model == "spacy_model" else "hf"
    ner = f"{kind}:{request.getfixturevalue(model)}"
    articles = [article(f"{'hujan ' * n}Wirya Saptono di Jepang", n) for n in range(40)]
    with beam.Pipeline(runner=FnApiRunner()) as root:
        tagged = root | beam.Create(articles) | TagArticles(TaggingOptions(ner=ner), InputLimits())
        seen = tagged.articles | beam.Map(
            lambda one: (one.article_id, [(m.surface, m.start, m.method) for m in one.mentions])
        )
        wanted = [
            (str(n), [("Wirya Saptono", 6 * n, kind), ("Jepang", 6 * n + 17, kind)])
            for n in range(40)
        ]
        assert_that(seen, equal_to(wanted))


def test_one_article_that_fails_spoils_no_other(
    spacy_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch that fails is done one by one: the bad article is a reject, the others pass."""
    from warta.transforms.tag_with_model import _TaggerHandler

    handler = _TaggerHandler(
        TaggingOptions(ner=f"spacy:{spacy_model}"), InputLimits(), strict=False
    )
    tagger = handler.load_model()
    assert tagger.recogniser
    names = tagger.recogniser.names

    def failing(texts: list[str]) -> list[list[Found]]:
        if any("rusak" in text for text in texts):
            raise RuntimeError("too odd")
        return names(texts)

    monkeypatch.setattr(tagger.recogniser, "names", failing)
    batch = [article("Wirya Saptono di Jepang", 1), article("teks rusak", 2), article("hujan", 3)]
    outcomes = list(handler.run_inference(batch, tagger))
    assert [type(one) for one in outcomes] == [Article, Reject, Article]
    assert isinstance(outcomes[1], Reject)
    assert outcomes[1].reason == "internal_error"


@pytest.mark.parametrize(
    "spec", ["hf:", "hf:/nowhere", "spacy:/nowhere", "keras:model", "model", "spacy:no_such_model"]
)
def test_a_model_that_is_not_there_is_wrong_usage(
    spec: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Told in one line, before anything is read."""
    with pytest.raises(RecogniserError):
        load_recogniser(spec)
    (tmp_path / "a.txt").write_text("hujan", encoding="utf-8")
    assert main(["try", str(tmp_path / "a.txt"), "--ner", spec]) == 2
    assert spec in capsys.readouterr().err


def test_a_model_that_was_trained_for_something_else_is_refused(torch_model: Path) -> None:
    """Without the weights that label words, labels would be drawn by chance."""
    transformers = pytest.importorskip("transformers")
    folder = torch_model.parent / "no-head"
    transformers.BertModel.from_pretrained(torch_model).save_pretrained(folder)
    shutil.copy(torch_model / "tokenizer.json", folder)
    with pytest.raises(RecogniserError, match=r"no weights for classifier\.bias"):
        load_recogniser(f"hf:{folder}")


@pytest.mark.parametrize(
    ("missing", "kind", "extra"),
    [("torch", "hf", "hf"), ("onnxruntime", "hf", "onnx"), ("spacy", "spacy", "ner")],
)
def test_without_its_library_a_model_is_refused(
    missing: str, kind: str, extra: str, onnx_model: Path, tmp_path: Path
) -> None:
    """One line says which extra to install."""
    folder = onnx_model if missing == "onnxruntime" else tmp_path
    (tmp_path / "config.json").write_text('{"id2label": {"0": "O"}}', encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, missing, None)
        with pytest.raises(RecogniserError, match=rf"pip install 'warta\[{extra}\]'"):
            load_recogniser(f"{kind}:{folder}")


@pytest.mark.parametrize("file", ["model.onnx", "tokenizer.json", "config.json"])
def test_a_damaged_model_is_wrong_usage(file: str, onnx_model: Path, tmp_path: Path) -> None:
    """Whatever the libraries raise of their files, it is reported in one line."""
    folder = shutil.copytree(onnx_model, tmp_path / "model")
    (folder / file).write_text("{", encoding="utf-8")
    with pytest.raises(RecogniserError, match="hf:"):
        load_recogniser(f"hf:{folder}")


def test_try_shows_the_names_of_the_model(
    spacy_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """--ner serves `warta try` as it serves `warta run`."""
    path = tmp_path / "a.txt"
    path.write_text("Hujan di Solo\n\nKata Wirya Saptono di Jepang, hujan turun.", encoding="utf-8")
    main(["try", str(path), "--json", "--ner", f"spacy:{spacy_model}"])
    (line,) = capsys.readouterr().out.splitlines()
    assert {mention["method"] for mention in json.loads(line)["mentions"]} == {"spacy"}
