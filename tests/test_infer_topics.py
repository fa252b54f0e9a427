"""A user's own model: its labels as topics, through RunInference, and what becomes of failures."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.runners.portability.fn_api_runner.fn_runner import FnApiRunner
from apache_beam.testing.util import assert_that, equal_to

from pipeline import epochs
from pipeline.cli import main
from pipeline.options import Settings, UsageError
from pipeline.progress import open_listener
from tests.making import article, table_of
from transforms import infer_topics
from transforms.infer_topics import InferTopics
from transforms.lake.layout import Lake
from transforms.records import Article, Limits, Source, Topic
from transforms.tagging.model_topics import load_classifier, model_text, with_model_topics

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "gempa", "gol", "kata", "hari", "ini"]


def fake_classifier(model: str) -> Any:
    """A model that knows two words, and fails on a third."""

    def classify(texts: list[str]) -> list[list[dict[str, object]]]:
        if any("rusak" in text for text in texts):
            raise MemoryError("no room for this batch")
        return [
            [
                {"label": "sport", "score": 0.9 if "gol" in text else 0.1},
                {"label": "medtop:20000148", "score": 0.8 if "gempa" in text else 0.1},
            ]
            for text in texts
        ]

    return classify


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts the fake in the place of what the transformers library loads."""
    monkeypatch.setattr(infer_topics, "load_classifier", fake_classifier)


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
    """What is no topic of the IPTC stands by its own name, under a scheme of its own."""
    before = article("a", in_language="id-ID")
    (told,) = with_model_topics(before, [{"label": label, "score": 0.75}], "hf:m").topics
    assert (told.qcode, told.name, told.name_local) == (qcode, name, local)
    assert (told.scheme, told.confidence) == (qcode.split(":")[0], 0.75)


def test_the_models_topics_stand_in_the_place_of_the_lexicons() -> None:
    """Surest first, none that is unsure; a user's own topics stay; the model is named."""
    own = Topic("desk", "desk:haj", "Hajj", 0.5)
    before = article("a", tagger_versions="v1", topics=(Topic("medtop", "m", "n", 0.9), own))
    said = [{"label": "sport", "score": s} for s in (0.4, 0.8, 0.1)]
    after = with_model_topics(before, said, "hf:m")
    assert [topic.confidence for topic in after.topics] == [0.8, 0.4, 0.5]
    assert after.topics[-1] == own
    assert after.tagger_versions == "v1 hf:m"
    assert len(model_text(article("a", "kata " * 9000))) == 4000


def infer(articles: list[Article], *, strict: bool = False) -> Iterator[tuple[str, Any]]:
    """Runs the step alone and yields its outputs by name, within the pipeline."""
    with beam.Pipeline(runner=FnApiRunner()) as root:
        made = root | beam.Create(articles)
        yield from (made | InferTopics("hf:fake", Limits(), strict=strict)).items()


@pytest.mark.usefixtures("fake")
def test_articles_go_through_the_model_and_come_out_one_for_one() -> None:
    """Each article gets what the model says of it, and nothing else of it changes."""
    for name, rows in infer([article("a", "gempa hari ini"), article("b", "gol hari ini")]):
        told = rows | name >> beam.Map(
            lambda row: (row.article_body, [t.qcode for t in row.topics])
        )
        wanted = [
            ("gempa hari ini", ["medtop:20000148"]),
            ("gol hari ini", ["medtop:15000000"]),
        ]
        assert_that(told, equal_to(wanted if name == "articles" else []), label=name + "?")


@pytest.mark.usefixtures("fake")
def test_what_the_model_fails_on_goes_to_rejects() -> None:
    """With its body and the model's own words; strict runs fail instead."""
    for name, rows in infer([article("a", "rusak hari ini")]):
        told = rows | name >> beam.Map(lambda row: (row.reason, "no room" in row.error, row.raw))
        wanted = [("internal_error", True, b"rusak hari ini")] if name == "rejects" else []
        assert_that(told, equal_to(wanted), label=name + "?")
    with pytest.raises(Exception, match="no room"):
        list(infer([article("a", "rusak hari ini")], strict=True))


@pytest.mark.usefixtures("fake")
def test_a_run_with_a_model_publishes_its_topics(tmp_path: Path) -> None:
    """The lake holds the model's topics and counts what it failed on."""
    for name, word in (("a", "gempa"), ("b", "rusak")):
        (tmp_path / f"{name}.txt").write_text(f"Berita\n\nKata orang ada {word} pada hari ini.\n")
    lake = str(tmp_path / "lake")
    settings = Settings(
        sources=tuple(Source(str(tmp_path / f"{name}.txt")) for name in "ab"),
        lake=lake,
        workers=1,
        topic_model="hf:fake",
    )
    with open_listener(quiet=True) as listener:
        report = epochs.run(settings, listener, [])
    assert report.counts.read == report.counts.published + report.counts.rejected == 2
    rows = table_of(Lake(lake), "articles").to_pylist()
    assert all(row["tagger_versions"].endswith("hf:fake") for row in rows)
    assert {t["qcode"] for row in rows for t in row["topics"]} <= {"medtop:20000148"}


@pytest.mark.parametrize("model", ["/models/m", "hf:", "http://host/m"])
def test_a_model_is_named_by_hf_and_a_path(model: str) -> None:
    """Anything else is refused before a run begins."""
    with pytest.raises(UsageError, match="hf:PATH"):
        Settings(sources=(), lake="l", topic_model=model)


def test_without_the_extra_a_model_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line says what to install."""
    monkeypatch.setattr("pipeline.cli.find_spec", lambda _: None)
    (tmp_path / "a.txt").write_text("Teks yang cukup panjang untuk dibaca.")
    words = ["run", str(tmp_path / "a.txt"), "--lake", str(tmp_path / "l")]
    assert main([*words, "--topic-model", "hf:m"]) == 2
    assert "pip install 'warta[hf]'" in capsys.readouterr().err


def make_model(folder: Path) -> None:
    """Saves a tiny untrained classifier with its tokenizer: enough to be loaded and run."""
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    (folder / "vocab.txt").write_text("\n".join(WORDS))
    sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1}
    config = BertConfig(vocab_size=len(WORDS), intermediate_size=8, **sizes)
    config.id2label = {0: "sport", 1: "weather"}
    config.label2id = {"sport": 0, "weather": 1}
    BertForSequenceClassification(config).save_pretrained(folder)
    BertTokenizerFast(str(folder / "vocab.txt"), model_max_length=64).save_pretrained(folder)


def test_a_model_of_the_transformers_library_is_loaded_and_run(tmp_path: Path) -> None:
    """A real pipeline over a real folder, made here: all labels, scores that add up, long texts."""
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    make_model(tmp_path)
    said = load_classifier(f"hf:{tmp_path}")(["gempa hari ini", "gol " * 900])
    assert [sorted(row["label"] for row in rows) for rows in said] == [["sport", "weather"]] * 2
    assert sum(row["score"] for row in said[0]) == pytest.approx(1)
    with beam.Pipeline(runner=FnApiRunner()) as root:
        outputs = root | beam.Create([article("a")]) | InferTopics(f"hf:{tmp_path}", Limits())
        told = outputs["articles"] | beam.Map(lambda row: row.topics[0].scheme)
        assert_that(told, equal_to(["medtop"]))
