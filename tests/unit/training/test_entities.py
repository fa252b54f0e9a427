"""What the models are trained on: read, kept apart, made up, fitted."""

import os
from collections import Counter
from pathlib import Path

import numpy as np
import pycrfsuite
import pytest

from training.augment import Filler, from_templates, swapped
from training.corpora import CORPORA, Sentence, as_bio, runs, without_overlap
from training.crf import examples, fit, without_counts
from training.entities import PLANS, measured_sentences, training_sentences
from training.scoring import f1, score, spans
from warta.transforms.tagging.entities import EntityTagger
from warta.transforms.tagging.ner.crf import LABELS, Crf
from warta.transforms.tagging.ner.gazetteer import Gazetteer
from warta.transforms.tagging.ner.word_tables import load_rules

DATA = Path(
    os.environ.get(
        "WARTA_DATA", Path(__file__).parent.parent.parent.parent.parent / "shared" / "data"
    )
)
LISTS = {
    name: ["Wirya Saptono", "Rini Kusuma"]
    for name in ("listed_person", "people", "countries", "world_cities", "indonesian_towns")
}
LISTS |= {
    name: ["Sukaraja", "Wanareja"]
    for name in ("listed_word", "village", "companies", "clubs", "parties", "media_names")
}
LISTS["world_bodies"] = ["NATO"]


@pytest.fixture(scope="module")
def tagger() -> EntityTagger:
    return EntityTagger(load_rules("id"), Gazetteer.load())


@pytest.mark.parametrize("language", sorted(PLANS))
def test_no_sentence_trained_on_overlaps_one_that_is_measured(language: str) -> None:
    """No seven words in a row of a measured sentence are in one that the model has seen."""
    plan = PLANS[language]
    if not all((DATA / CORPORA[name].file).exists() for name in plan.trained_on):
        pytest.skip("needs the labelled sets")
    apart = [one for name in plan.measured_on for one in measured_sentences(DATA, name)]
    seen = {run for words, _ in apart for run in runs(words)}
    trained = [one for part in training_sentences(DATA, language).values() for one in part]
    assert len(trained) > 2_000
    assert [words for words, _ in trained if seen & runs(words)] == []


def test_overlapping_sentences_are_left_out() -> None:
    """Seven shared words overlap in any case of letters, six do not; equal short ones do."""
    words = [*"abcdefghij"]

    def sentence(text: str) -> Sentence:
        return [*text], ["O"] * len(text)

    given = [sentence("xxABCDEFGyy"), sentence("xxabcdefyyyy"), sentence("kata"), sentence("kat")]
    kept = without_overlap(given, [(words, []), sentence("KATA")])
    assert ["".join(kept_words) for kept_words, _ in kept] == ["xxabcdefyyyy", "kat"]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (["B-PER", "I-PER", "O"], ["B-person", "I-person", "O"]),
        (["I-LOC", "I-LOC", "I-ORG"], ["B-place", "I-place", "B-organisation"]),
        (["B-corporation", "B-product", "I-product"], ["B-organisation", "O", "O"]),
        ([], []),
    ],
)
def test_labels_of_any_set_become_wartas(given: list[str], wanted: list[str]) -> None:
    """IOB1 and IOB2, any spelling of a type; what is not a type of ours is outside."""
    assert as_bio(given) == wanted


@pytest.mark.parametrize("language", sorted(PLANS))
def test_every_template_can_be_filled(language: str) -> None:
    """Every kind of name in the templates is known, and names carry well-formed labels."""
    made = from_templates(language, LISTS)
    assert len(made) > 100
    for words, labels in made:
        assert len(words) == len(labels)
        assert not {"{", "}"} & set("".join(words))
        assert as_bio(labels) == labels
    assert made == from_templates(language, LISTS)


def test_an_acronym_is_of_the_organisation_before_it() -> None:
    """Initials of its words, joining words aside."""
    words, labels = Filler("id", LISTS, 1).fill(
        "{=Mahkamah Agung|organisation} x {high_court} {acronym}"
    )
    assert words[-1] in ("MA", "MK")
    assert labels[-1] == "B-organisation"


def test_swapping_replaces_names_and_nothing_else() -> None:
    """The words between names stay; a name's type stays."""
    sentence = (
        ["Kata", "Joko", "Anwar", "di", "Solo"],
        ["O", "B-person", "I-person", "O", "B-place"],
    )
    made = swapped("id", [sentence] * 20, LISTS)
    assert 0 < len(made) < 20
    for words, labels in made:
        assert [word for word, label in zip(words, labels, strict=True) if label == "O"] == [
            "Kata",
            "di",
        ]
        assert {label[2:] for label in labels if label != "O"} == {"person", "place"}
        assert "Joko" not in words


def test_a_fold_is_read_without_its_own_counts(tagger: EntityTagger) -> None:
    """Rules that have counted a sentence would read it better than any new one."""
    assert tagger.rules
    word = next(w for w, count in tagger.rules.words.items() if count.person == 2)
    fewer = without_counts(tagger.rules, [([word.title()], ["B-person"])])
    assert fewer.count(word).person == 1
    assert tagger.rules.count(word).person == 2


def test_what_is_fitted_is_what_is_decoded(tagger: EntityTagger, tmp_path: Path) -> None:
    """A model fitted by CRFsuite labels as CRFsuite does, and knows its own sentences."""
    given: list[Sentence] = [
        (["Kata", first, last, "di", town, "."], ["O", "B-person", "I-person", "O", "B-place", "O"])
        for first, last, town in (
            ("Wirya", "Saptono", "Sukaraja"),
            ("Rini", "Kusuma", "Wanareja"),
            ("Haruto", "Nagaoka", "Cilembang"),
            ("Jordan", "Velden", "Tanjungmulya"),
        )
    ]
    seen = examples(tagger, given)
    weights = fit(seen)
    assert set(Counter(label for _, labels in given for label in labels)) <= set(LABELS)
    model = Crf.of(weights)
    trained = EntityTagger(load_rules("id"), tagger.gazetteer, model)
    assert score(trained, given) == {"all": 100.0, "person": 100.0, "place": 100.0}
    trainer = pycrfsuite.Trainer(verbose=False)
    for features, labels in seen:
        trainer.append(features, labels)
    trainer.train(str(tmp_path / "model"))
    own = pycrfsuite.Tagger()
    own.open(str(tmp_path / "model"))
    assert trained.label([given[0][0]])[0] == own.tag(seen[0][0])
    assert np.isfinite(weights.by_label).all()


def test_scores_count_whole_names_alone() -> None:
    """A name counts when its bounds and its type are right."""
    assert spans(["B-person", "I-person", "O", "B-place"]) == {(0, 2, "person"), (3, 4, "place")}
    assert f1(1, 2, 2) == 50.0
    assert f1(0, 0, 0) == 0.0
