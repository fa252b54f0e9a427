"""Types of entities: one list, and a model that brings a type more along."""

import re
from pathlib import Path

import numpy as np
import pytest

from warta.transforms.core.errors import ModelError
from warta.transforms.tagging.entities import EntityTagger
from warta.transforms.tagging.entity_types import ENTITY_TYPES, MODEL_NAMES, EntityType, bio_labels
from warta.transforms.tagging.ner.crf import LABELS, Crf, Weights, pack, unpack
from warta.transforms.tagging.ner.gazetteer import Gazetteer
from warta.transforms.tagging.ner.word_tables import load_rules

TAGGING = Path(__file__).parents[3] / "transforms" / "tagging"
FOUR = (*ENTITY_TYPES, "event")


def toy_weights() -> Weights:
    """A model that knows one event of two words, and that other words are outside."""
    labels = bio_labels(FOUR)
    evidence = {
        "0:w=larung": {"B-event": 9.0},
        "0:w=sesaji": {"I-event": 9.0},
        "C=lower": {"O": 9.0},
        "C=stop": {"O": 9.0},
        "R=O": {"O": 1.0},
    }
    by_label = np.zeros((len(evidence), len(labels)), dtype=np.float32)
    for row, weights in enumerate(evidence.values()):
        for label, weight in weights.items():
            by_label[row, labels.index(label)] = weight
    moves = np.zeros((len(labels), len(labels)), dtype=np.float32)
    return Weights(list(evidence), by_label, moves, FOUR)


@pytest.fixture(scope="module")
def tagger() -> EntityTagger:
    """Indonesian rules, no known names, and the toy model as it is read from its file."""
    rules = load_rules("id")
    return EntityTagger(rules, Gazetteer(iter(())), Crf.of(unpack(pack(toy_weights()))))


def test_a_model_brings_a_fourth_type_along(tagger: EntityTagger) -> None:
    """Labels, candidates typed by the model, and probabilities all know the type."""
    words = ["Warga", "menyiapkan", "Larung", "Sesaji", "di", "pantai", "."]
    assert tagger.label([words]) == [["O", "O", "B-event", "I-event", "O", "O", "O"]]
    spans = tagger.mentions(" ".join(words))
    assert [(span.surface, span.type) for span in spans] == [("Larung Sesaji", "event")]
    assert spans[0].score > 0.9


def test_the_types_of_a_model_are_stored_only_where_they_are_others() -> None:
    """A model of the usual types is the file that it always was."""
    weights = toy_weights()
    assert unpack(pack(weights)).labels == bio_labels(FOUR)
    size = len(LABELS)
    usual = Weights(weights.features, weights.by_label[:, :size], weights.transitions[:size, :size])
    assert unpack(pack(usual)).types == ENTITY_TYPES
    torn = Weights(weights.features, weights.by_label, weights.transitions)
    with pytest.raises(ModelError, match="weights for"):
        unpack(pack(torn))


def test_labels_and_names_come_from_the_one_list() -> None:
    """What models call the types leads to types alone."""
    assert tuple(EntityType) == ENTITY_TYPES
    assert bio_labels() == LABELS
    assert set(MODEL_NAMES.values()) == set(ENTITY_TYPES)


def test_no_module_of_the_tagger_spells_a_type() -> None:
    """Literals are in entity_types.py alone."""
    literal = re.compile("|".join(f'"{kind}"' for kind in ENTITY_TYPES))
    spelled = [
        (path.name, line)
        for path in TAGGING.rglob("*.py")
        if path.name != "entity_types.py"
        for line in path.read_text(encoding="utf-8").splitlines()
        if literal.search(line) and not line.lstrip().startswith(">>> ")
    ]
    assert spelled == []
