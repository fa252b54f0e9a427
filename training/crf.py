"""Train a CRF: the rules' view of sentences, made fairly, and the fit itself."""

import dataclasses
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pycrfsuite

from training.corpora import Sentence
from warta.transforms.tagging.entities import EntityTagger
from warta.transforms.tagging.entity_types import ENTITY_TYPES
from warta.transforms.tagging.ner.crf import LABELS, Weights
from warta.transforms.tagging.ner.features import features
from warta.transforms.tagging.ner.tokens import join_tokens, opens_sentence
from warta.transforms.tagging.ner.word_tables import Rules, WordCount

FOLDS = 5
FIT = {"c1": 0.05, "c2": 0.1, "max_iterations": 80, "feature.possible_transitions": True}
"""L-BFGS with both penalties, set on the cross-corpus check of `python -m training.entities`."""
SMALLEST = 0.01
"""Features whose weights all are under it are left out: e^.01 changes no label."""
_COLUMNS = {name: column for column, name in enumerate(WordCount._fields)}
_PARTS = {kind: _COLUMNS[kind] for kind in ENTITY_TYPES if kind in _COLUMNS}
"""Types that the tables of words count; a word in a name of another counts as one elsewhere."""

Example = tuple[list[list[str]], list[str]]
"""The features of the words of a sentence, and their labels."""


def word_counts(chosen: Iterable[Sentence]) -> Counter[tuple[str, int]]:
    """Return how often each word is in a person, organisation, place, elsewhere, small.

    The columns of transforms/data/gazetteer/words/*.tsv, in their order.
    """
    counts: Counter[tuple[str, int]] = Counter()
    for words, labels in chosen:
        tokens = join_tokens(words)
        for index, (word, label) in enumerate(zip(words, labels, strict=True)):
            part = _PARTS.get(label[2:])
            if part is None:
                inside = word[:1].isupper() and not opens_sentence(tokens, index)
                part = _COLUMNS["other" if inside else "lower"]
            counts[word.lower(), part] += 1
    return counts


def without_counts(rules: Rules, seen: Iterable[Sentence]) -> Rules:
    """Return the rules as if their counted words had never met some sentences."""
    words = dict(rules.words)
    for (word, part), count in word_counts(seen).items():
        if word in words:
            cells = list(words[word])
            cells[part] = max(0, cells[part] - count)
            words[word] = WordCount(*cells)
    return dataclasses.replace(rules, words=words)


def examples(tagger: EntityTagger, chosen: list[Sentence]) -> list[Example]:
    """Return what the fit sees; the rules read each fold without having counted it.

    Raises:
      ValueError: the language has no rules.
    """
    if tagger.rules is None:
        raise ValueError("a language without rules has nothing to go on")
    found: dict[int, Example] = {}
    for fold in range(FOLDS):
        indices = range(fold, len(chosen), FOLDS)
        rules = without_counts(tagger.rules, [chosen[index] for index in indices])
        reader = dataclasses.replace(tagger, rules=rules, model=None)
        for index in indices:
            words, labels = chosen[index]
            tokens = join_tokens(words)
            found[index] = features(tokens, reader.readings(words), rules), labels
    return [found[index] for index in range(len(chosen))]


def fit(given: list[Example]) -> Weights:
    """Return the weights of the model; the same examples give the same weights."""
    trainer = pycrfsuite.Trainer(verbose=False)
    for seen, labels in given:
        trainer.append(seen, labels)
    trainer.set_params(FIT)
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "model")
        trainer.train(path)
        tagger = pycrfsuite.Tagger()
        tagger.open(path)
        info = tagger.info()
        tagger.close()
    rows: dict[str, list[float]] = {}
    for (name, label), weight in info.state_features.items():
        rows.setdefault(name, [0.0] * len(LABELS))[LABELS.index(label)] = weight
    kept = {name: row for name, row in rows.items() if max(map(abs, row)) >= SMALLEST}
    moves = np.zeros((len(LABELS), len(LABELS)), dtype=np.float32)
    for (before, after), weight in info.transitions.items():
        moves[LABELS.index(before), LABELS.index(after)] = weight
    return Weights(list(kept), np.asarray(list(kept.values()), dtype=np.float32), moves)
