"""Strict entity F1 and cost of the entity tagger, on annotated data where it exists.

Run it: python -m tests.quality_entities [DATA]
"""

import json
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from transforms.tagging.entities import EntityTagger

TYPES = {
    "per": "person",
    "person": "person",
    "org": "organisation",
    "organisation": "organisation",
    "loc": "place",
    "place": "place",
}
PLATFORMS = frozenset(
    ("TikTok", "X", "YouTube", "Instagram", "Facebook", "Twitter", "WhatsApp", "Telegram", "RI")
)
TOKEN_SETS = (
    ("nergrit_valid", "ner-id-nergrit/valid_preprocess.txt", "id", 1),
    ("idner_dev", "ner-id-idner-news-2k/dev.txt", "id", 1),
    (
        "wikigold",
        "ner-en-wikigold/data/wikigold/CONLL-format/data/wikigold.conll.txt",
        "en",
        4,
    ),
)
"""Name, file, language, and which share of the sentences is held back: every n-th."""


def read_conll(path: Path) -> Iterator[tuple[list[str], list[str]]]:
    """File of one token a line -> (tokens, BIO labels) of each sentence."""
    words: list[str] = []
    labels: list[str] = []
    for line in [*path.read_text(encoding="utf-8").splitlines(), ""]:
        fields = line.split()
        if not fields:
            if words:
                yield words, as_bio(labels)
            words, labels = [], []
            continue
        words.append(fields[0])
        labels.append(fields[-1])


def as_bio(labels: list[str]) -> list[str]:
    """Labels in any set's words, IOB1 or IOB2 -> BIO in ours; other types are O."""
    out: list[str] = []
    previous = "O"
    for label in labels:
        position, _, kind = label.partition("-")
        ours = TYPES.get(kind.lower())
        if ours is None:
            out.append("O")
        else:
            opens = position == "B" or previous.partition("-")[2] != kind
            out.append(f"{'B' if opens else 'I'}-{ours}")
        previous = label
    return out


def spans(labels: list[str]) -> set[tuple[int, int, str]]:
    """BIO labels -> (first, one past the last, type) of each entity."""
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


def score_tokens(tagger: EntityTagger, path: Path, every: int) -> dict[str, float]:
    """Tagger, file of tokens -> strict F1 of all types together and of each."""
    right: Counter[str] = Counter()
    found: Counter[str] = Counter()
    wanted: Counter[str] = Counter()
    for words, gold in list(read_conll(path))[::every]:
        (labels,) = tagger.label([words])
        mine, theirs = spans(labels), spans(gold)
        right.update(kind for *_, kind in mine & theirs)
        found.update(kind for *_, kind in mine)
        wanted.update(kind for *_, kind in theirs)
    return figures(right, found, wanted)


def figures(right: Counter[str], found: Counter[str], wanted: Counter[str]) -> dict[str, float]:
    """Counts by type -> F1 overall and by type."""
    scores = {"all": f1(right.total(), found.total(), wanted.total())}
    for kind in sorted(wanted):
        scores[kind] = f1(right[kind], found[kind], wanted[kind])
    return scores


def gold_mentions(article: dict[str, Any], text: str) -> Counter[tuple[str, str]]:
    """Annotated article -> how often each (surface, type) occurs, the longest surface winning."""
    types = dict(article["entities"])
    if not types:
        return Counter()
    exceptions = [tuple(entry) for entry in article["exceptions"]]
    pattern = "|".join(re.escape(name) for name in sorted(types, key=len, reverse=True))
    found: Counter[tuple[str, str]] = Counter()
    for match in re.finditer(rf"(?<!\w)(?:{pattern})(?!\w)", text):
        kind = types[match.group()]
        for surface, left, other in exceptions:
            if surface == match.group() and text[: match.start()].endswith(left):
                kind = other
        if kind != "none":
            found[match.group(), kind] += 1
    return found


def score_gold(tagger: EntityTagger, articles: Iterable[dict[str, Any]]) -> dict[str, float]:
    """Annotated articles, boilerplate cut first -> multiset F1 over (surface, type)."""
    right: Counter[str] = Counter()
    found: Counter[str] = Counter()
    wanted: Counter[str] = Counter()
    for article in articles:
        text = article_text(article)
        gold = gold_mentions(article, text)
        mine = Counter((span.surface, span.type) for span in tagger.mentions(text))
        for counts, tally in ((gold & mine, right), (mine, found), (gold, wanted)):
            for (surface, kind), number in counts.items():
                if surface not in PLATFORMS:
                    tally[kind] += number
    return figures(right, found, wanted)


def article_text(article: dict[str, Any]) -> str:
    """The text of an annotated article without what is not the article."""
    text: str = article["text"]
    for fragment in article["boilerplate"]:
        text = text.replace(fragment, "\n")
    return text


def microseconds(tagger: EntityTagger, texts: list[str], words: int = 500) -> float:
    """Median time to tag `words` words, warm."""
    pool = " ".join(texts).split(" ")
    documents = [" ".join(pool[i : i + words]) for i in range(0, len(pool) - words, words)]
    times: list[float] = []
    for document in documents[:20] * 5:
        start = time.perf_counter()
        tagger.mentions(document)
        times.append((time.perf_counter() - start) * 1e6)
    return statistics.median(times)


def measure(data: Path) -> dict[str, float]:
    """Folder of annotated sets -> figure by name; {} where the folder does not exist."""
    if not data.is_dir():
        return {}
    taggers = {language: EntityTagger.load(language) for language in ("id", "en")}
    out: dict[str, float] = {}
    for name, file, language, every in TOKEN_SETS:
        for kind, value in score_tokens(taggers[language], data / file, every).items():
            out[f"{name}_{kind}"] = value
    lines = (data / "gold-dev" / "articles.jsonl").read_text(encoding="utf-8").splitlines()
    articles = [json.loads(line) for line in lines]
    for kind, value in score_gold(taggers["id"], articles).items():
        out[f"gold_dev_{kind}"] = value
    out["us_500_words"] = microseconds(taggers["id"], [a["text"] for a in articles])
    return out


def main() -> None:
    """Prints the figures as a table."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("../shared/data")
    for name, value in measure(folder).items():
        print(f"{name:<28}{value:>9.1f}")


if __name__ == "__main__":
    main()
