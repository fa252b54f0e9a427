"""Score labels against the right ones by strict F1."""

from collections import Counter
from collections.abc import Iterable

from training.corpora import Sentence
from warta.transforms.tagging.entities import EntityTagger


def spans(labels: list[str]) -> set[tuple[int, int, str]]:
    """Return (first, one past the last, type) of each entity in BIO labels."""
    found: set[tuple[int, int, str]] = set()
    first, kind = 0, ""
    for index, label in enumerate([*labels, "O"]):
        if kind and label != f"I-{kind}":
            found.add((first, index, kind))
            kind = ""
        if label.startswith("B-"):
            first, kind = index, label[2:]
    return found


def f1(right: int, found: int, wanted: int) -> float:
    """Harmonic mean of precision and recall, in percent."""
    return 200 * right / (found + wanted) if found + wanted else 0.0


def figures(right: Counter[str], found: Counter[str], wanted: Counter[str]) -> dict[str, float]:
    """Return F1 overall and by type."""
    scores = {"all": f1(right.total(), found.total(), wanted.total())}
    for kind in sorted(wanted):
        scores[kind] = f1(right[kind], found[kind], wanted[kind])
    return scores


def score(tagger: EntityTagger, given: Iterable[Sentence]) -> dict[str, float]:
    """Return the strict F1 of all types together and of each."""
    right: Counter[str] = Counter()
    found: Counter[str] = Counter()
    wanted: Counter[str] = Counter()
    for words, gold in given:
        (labels,) = tagger.label([words])
        mine, theirs = spans(labels), spans(gold)
        right.update(kind for *_, kind in mine & theirs)
        found.update(kind for *_, kind in mine)
        wanted.update(kind for *_, kind in theirs)
    return figures(right, found, wanted)
