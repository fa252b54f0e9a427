"""The trained tagger: its file, its decoding, and what its models may hold."""

import dataclasses
import shutil
import tomllib
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from warta.transforms.core.errors import ModelError
from warta.transforms.tagging.entities import MODEL_LANGUAGES, EntityTagger
from warta.transforms.tagging.ner import crf
from warta.transforms.tagging.ner.candidates import Candidate
from warta.transforms.tagging.ner.crf import LABELS, MODELS, Crf, Weights, load_weights, pack
from warta.transforms.tagging.ner.features import features
from warta.transforms.tagging.ner.gazetteer import Gazetteer
from warta.transforms.tagging.ner.predictions import TagProbabilities
from warta.transforms.tagging.ner.tokens import Tokens, join_tokens
from warta.transforms.tagging.ner.vocabulary import Vocabulary
from warta.transforms.tagging.ner.word_tables import Rules, load_rules
from warta.transforms.tagging.tag import ArticleTagger

TEXT = (
    "Presiden Prancis Emmanuel Macron bertemu Wirya di Riyadh .\n"
    "Dinas Pertanian mengirim beras ke Desa Sukaraja , kata Wirya Saptono ( 45 ) ."
)


@pytest.fixture(scope="module")
def tagger() -> EntityTagger:
    return EntityTagger.load("id")


def random_weights(tokens: Tokens, readings: list[str], rules: Rules, size: float) -> Weights:
    """Weights for every feature of a text, drawn with a fixed seed."""
    draw = np.random.default_rng(5)
    named = sorted({name for word in features(tokens, readings, rules) for name in word})
    by_label = draw.normal(0, size, (len(named), len(LABELS))).astype(np.float32)
    moves = draw.normal(0, 1, (len(LABELS), len(LABELS))).astype(np.float32)
    return Weights(named, by_label, moves)


def by_enumeration(seen: list[list[str]], weights: Weights) -> NDArray[np.float64]:
    """Probabilities of the labels of a sentence, by summing over all labellings."""
    row = {name: index for index, name in enumerate(weights.features)}
    scores = np.asarray([sum(weights.by_label[row[name]] for name in names) for names in seen])
    total = np.zeros((len(seen), len(LABELS)))
    for path in product(range(len(LABELS)), repeat=len(seen)):
        score = sum(float(scores[at, label]) for at, label in enumerate(path))
        score += sum(float(weights.transitions[pair]) for pair in pairwise(path))
        total[range(len(seen)), path] += np.exp(score)
    return total / total.sum(axis=1, keepdims=True)


def test_decoding_gives_the_probabilities_of_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gathered tables and chains all at once give what summing over all labellings gives."""
    monkeypatch.setattr(crf, "SURELY_OUTSIDE", 1e9)
    monkeypatch.setattr(crf, "LIKELY_OUTSIDE", 1e9)
    rules = load_rules("id")
    tokens = join_tokens(["Presiden", "Macron", "di", "Riyadh", "."])
    readings = ["O", "B-person-rule", "O", "B-place-gazetteer", "O"]
    weights = random_weights(tokens, readings, rules, 0.3)
    wanted = by_enumeration(features(tokens, readings, rules), weights)
    model = Crf.of(weights)
    stored = model.word_scores()
    batch = Vocabulary(rules, Gazetteer(iter(())), stored).of_words(tokens.words)
    found = model.probabilities(batch, stored, dict(enumerate(readings, start=1)))
    assert np.allclose(found[1:-1], wanted, atol=1e-5)


def labelled(tagger: EntityTagger, *texts: str, read: bool = False) -> NDArray[np.float64]:
    """Return the probabilities of the words of texts, with what rules make of them or without."""
    assert tagger.model
    assert tagger.rules
    stored = tagger.model.word_scores()
    batch = Vocabulary(tagger.rules, tagger.gazetteer, stored).read(texts)
    readings: dict[int, str] = {}
    if read:
        words = [word.text for word in batch.words[1:-1]]
        readings = dict(enumerate(tagger.readings(words), start=1))
    found = tagger.model.probabilities(batch, stored, readings)
    return np.delete(found, batch.bounds, axis=0)


def test_lines_and_texts_are_labelled_each_for_itself(tagger: EntityTagger) -> None:
    """No evidence crosses a line break or the end of a text: they are labelled as alone."""
    lines = TEXT.split("\n")
    alone = np.concatenate([labelled(tagger, line) for line in lines])
    assert np.allclose(alone, labelled(tagger, TEXT), atol=1e-6)
    assert np.allclose(alone, labelled(tagger, *lines), atol=1e-6)


def test_words_that_are_surely_outside_change_no_label(
    tagger: EntityTagger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cutting the chain at plain words gives the labels that the whole chain gives."""
    cut = labelled(tagger, TEXT, read=True).argmax(axis=1)
    monkeypatch.setattr(crf, "SURELY_OUTSIDE", 1e9)
    monkeypatch.setattr(crf, "LIKELY_OUTSIDE", 1e9)
    whole = labelled(tagger, TEXT, read=True).argmax(axis=1)
    assert cut.tolist() == whole.tolist()
    assert len(set(cut.tolist())) > 3


def test_a_model_file_gives_back_its_weights() -> None:
    """Eight bits a weight are within a 127th of the largest of a feature, and always the same."""
    tokens = join_tokens(["Macron", "tiba"])
    weights = random_weights(tokens, ["O", "O"], load_rules("id"), 2.0)
    content = pack(weights)
    assert content == pack(weights)
    read = crf.unpack(content)
    assert read.features == sorted(weights.features)
    bound = np.abs(weights.by_label).max(axis=1, keepdims=True) / 127
    assert (np.abs(read.by_label - weights.by_label) <= bound).all()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no archive", b"\x93NUMPY"])
def test_what_is_no_model_is_refused(content: bytes) -> None:
    """Damaged bytes are an error of the model, whatever they are."""
    with pytest.raises(ModelError):
        crf.unpack(content)


def test_a_model_that_its_card_does_not_name_is_refused(tmp_path: Path) -> None:
    """A changed model file is never loaded."""
    for path in MODELS.glob("entities_id.*"):
        shutil.copy(path, tmp_path / path.name)
    assert load_weights("id", tmp_path).features
    with (tmp_path / "entities_id.npz").open("ab") as file:
        file.write(b" ")
    with pytest.raises(ModelError, match="SHA-256"):
        load_weights("id", tmp_path)


def test_a_damaged_model_fails_a_worker_and_no_article(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is found when a worker sets up: rejecting every article would hide it."""
    monkeypatch.setattr(crf, "MODELS", tmp_path)
    for path in MODELS.iterdir():
        shutil.copy(path, tmp_path / path.name)
    (tmp_path / "entities_en.npz").write_bytes(b"")
    with pytest.raises(ModelError):
        ArticleTagger.load().prepare()


@pytest.mark.parametrize("language", MODEL_LANGUAGES)
def test_a_model_is_small_and_has_a_card(language: str) -> None:
    """Three megabytes at most; the card tells data, licences, features, figures, date, command."""
    card = tomllib.loads((MODELS / f"entities_{language}.toml").read_text(encoding="utf-8"))
    assert (MODELS / f"entities_{language}.npz").stat().st_size == card["bytes"] <= 3 << 20
    assert card["features"] == len(load_weights(language).features)
    assert card["trained"]
    assert "training.entities" in card["command"]
    assert all(entry["licence"] and entry["source"] for entry in card["data"])
    assert all(figure["all"] > 40 for figure in card["figure"])


def test_no_language_is_tagged_with_another_ones_model() -> None:
    """Malay shares rules with Indonesian, but not the model; German has neither."""
    taggers = {name: EntityTagger.load(name) for name in ("id-ID", "ms", "de")}
    assert {name: bool(one.model) for name, one in taggers.items()} == {
        "id-ID": True,
        "ms": False,
        "de": False,
    }


def test_likeliest_labels_become_names() -> None:
    """Words of one name belong together; an I- label without its B- opens a name all the same."""
    order = ["B-person", "I-person", "O", "I-place", "B-place", "I-organisation", "I-organisation"]
    probabilities = np.full((len(order), len(LABELS)), 0.01)
    for index, label in enumerate(order):
        probabilities[index, LABELS.index(label)] = 0.94
    names = TagProbabilities(probabilities).names()
    assert [(name.first, name.last, name.type) for name, _ in names] == [
        (0, 2, "person"),
        (3, 4, "place"),
        (4, 5, "place"),
        (5, 7, "organisation"),
    ]
    assert all(0.9 < score <= 1 for _, score in names)


def test_names_of_the_model_fill_what_is_left() -> None:
    """What rules and tables found stays; the model adds what it is sure of, in order."""
    probabilities = np.full((4, len(LABELS)), 0.001)
    probabilities[0, LABELS.index("B-place")] = probabilities[2, LABELS.index("B-place")] = 0.99
    probabilities[3, LABELS.index("O")] = 0.99
    certain = (Candidate(2, 4, "person", "rule"), 0.9)
    found = TagProbabilities(probabilities).completed([certain], lambda *_: True)
    assert [(name.first, name.last, name.type, name.method) for name, _ in found] == [
        (0, 1, "place", "crf"),
        (2, 4, "person", "rule"),
    ]


def test_the_model_decides_what_the_rules_leave_open(tagger: EntityTagger) -> None:
    """A name that no table knows is found by the model too, and the method says so."""
    text = "Rapat di Tanjungmulya dihadiri Sarmila Wondali."
    methods = {span.surface: (span.type, span.method) for span in tagger.mentions(text)}
    assert methods["Sarmila Wondali"] == ("person", "crf")
    alone = dataclasses.replace(tagger, model=None).mentions(text)
    assert {span.method for span in alone} <= {"rule", "gazetteer", "consistency"}


def test_a_packed_tagger_is_the_same(tagger: EntityTagger) -> None:
    """What is kept on disk gives the same probabilities, to the last bit."""
    made = Crf.of(load_weights("id"))
    again = Crf.unpack(made.pack())
    assert again.pack() == made.pack()
    fresh = dataclasses.replace(tagger, model=made)
    kept = dataclasses.replace(tagger, model=again)
    assert np.array_equal(labelled(fresh, TEXT, read=True), labelled(kept, TEXT, read=True))
