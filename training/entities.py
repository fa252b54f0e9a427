"""Trains the entity models from the labelled sets, and writes them with their cards: `make train`.

Run it: python -m training.entities [DATA] [--language id]
DATA is the folder that holds the sets under the names in training/corpora.py.
"""

import argparse
import dataclasses
import hashlib
import importlib.metadata
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from training import augment
from training.corpora import CORPORA, Sentence, sentences, without_overlap
from training.crf import FIT, examples, fit
from training.scoring import score
from warta.transforms.tagging.entities import EntityTagger
from warta.transforms.tagging.ner import features
from warta.transforms.tagging.ner.crf import MODELS, Crf, pack, unpack
from warta.transforms.tagging.ner.gazetteer import Gazetteer
from warta.transforms.tagging.ner.word_tables import load_rules

DATA = Path("../shared/data")
_TEMPLATES, _SWAPPED = "filled templates", "with other names"
_MADE = {
    _TEMPLATES: ("Apache-2.0", "training/templates, written for warta"),
    _SWAPPED: ("as the sets above", "sentences of the sets above, their names replaced"),
}
_NAMES = (
    "person names from Indonesian DBpedia (CC BY-SA), as gathered in "
    "https://github.com/ialfina/ner-dataset-modified-dee",
    "village names of https://github.com/cahyadsn/wilayah (MIT)",
    "transforms/data/gazetteer (see SOURCES.md)",
)


@dataclass(frozen=True, slots=True)
class Plan:
    """Which sets one language's model is made from, and which are kept apart from it."""

    trained_on: tuple[str, ...]
    measured_on: tuple[str, ...]


PLANS = {
    "id": Plan(("nergrit train", "idner train"), ("nergrit valid", "idner dev")),
    "en": Plan(("wikigold", "wnut17 train"), ("wikigold", "wnut17 dev")),
}
HELD_BACK = {"wikigold": 4}
"""Sets without parts of their own: every n-th sentence is for measuring, not for training."""


def measured_sentences(data: Path, name: str) -> list[Sentence]:
    """Return the sentences of a set that figures are taken on."""
    return sentences(data, name)[:: HELD_BACK.get(name, 1)]


def training_sentences(data: Path, language: str) -> dict[str, list[Sentence]]:
    """Return the sentences to train on in a language, by set.

    None shares seven words in a row with a sentence that figures are taken on.
    """
    plan = PLANS[language]
    apart = [one for name in plan.measured_on for one in measured_sentences(data, name)]
    return {
        name: without_overlap(list(_not_held_back(sentences(data, name), name)), apart)
        for name in plan.trained_on
    }


def _not_held_back(given: Iterable[Sentence], name: str) -> Iterator[Sentence]:
    every = HELD_BACK.get(name)
    return (one for index, one in enumerate(given) if every is None or index % every)


def train(data: Path, language: str, folder: Path = MODELS) -> None:
    """Train the model of a language, and write it and its card to a folder."""
    tagger = EntityTagger(load_rules(language), Gazetteer.load())
    sets = training_sentences(data, language)
    real = [one for chosen in sets.values() for one in chosen]
    lists = augment.load_lists(data)
    made = augment.from_templates(language, lists)
    swapped = augment.swapped(language, real, lists)
    given = [one for part in (real, made, swapped) for one in examples(tagger, part)]
    weights = fit(given)
    content = pack(weights)
    (folder / f"entities_{language}.npz").write_bytes(content)
    weights = unpack(content)
    model = dataclasses.replace(tagger, model=Crf.of(weights))
    measured = {
        name: score(model, measured_sentences(data, name)) for name in PLANS[language].measured_on
    }
    counts = {name: len(chosen) for name, chosen in sets.items()}
    counts |= {_TEMPLATES: len(made), _SWAPPED: len(swapped)}
    card = _card(language, content, counts, measured)
    (folder / f"entities_{language}.toml").write_text(card, encoding="utf-8")


def _card(
    language: str, content: bytes, counts: dict[str, int], measured: dict[str, dict[str, float]]
) -> str:
    """Return what the model is, as TOML: read by people, and by the loader for its hash."""
    lines = [
        "# Model card: who and where in news, a linear-chain CRF. Rebuild it with `make train`;",
        "# `make quality` measures it. Written by training/entities.py.",
        f"language = {json.dumps(language)}",
        f"sha256 = {json.dumps(hashlib.sha256(content).hexdigest())}",
        f"bytes = {len(content)}",
        f"trained = {datetime.now(UTC):%Y-%m-%d}",
        f'command = "python -m training.entities --language {language}"',
        f'trainer = "python-crfsuite {importlib.metadata.version("python-crfsuite")}"',
        f"fit = {json.dumps(', '.join(f'{name}={value}' for name, value in FIT.items()))}",
        f"features = {len(unpack(content).features)}",
        f"templates_filled = {augment.FILLED}",
        f"share_swapped = {augment.SWAPPED_SHARE}",
        'licence = "CC BY-SA 4.0: the strictest of what it was made from"',
        'use = "Persons, organisations and places in written news; no other language, no speech."',
        f"names = {json.dumps(_NAMES)}",
        f"classes = {json.dumps(features.CLASSES)}",
    ]
    for name, count in counts.items():
        licence, source = _MADE.get(name) or (CORPORA[name].licence, CORPORA[name].source)
        lines += ["", "[[data]]", f"name = {json.dumps(name)}", f"sentences = {count}"]
        lines += [f"licence = {json.dumps(licence)}", f"source = {json.dumps(source)}"]
    for name, by_type in measured.items():
        lines += ["", "[[figure]]", f"strict_f1_on = {json.dumps(name)}"]
        lines += [f"{kind} = {value:.1f}" for kind, value in by_type.items()]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Trains the models that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="?", default=DATA)
    parser.add_argument("--language", choices=sorted(PLANS), action="append")
    options = parser.parse_args()
    for language in options.language or sorted(PLANS):
        train(options.data, language)


if __name__ == "__main__":
    main()
