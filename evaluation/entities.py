"""Strict entity F1 and cost of the entity tagger, on annotated data where it exists.

Run it: python -m evaluation.entities [DATA]
"""

import csv
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import psutil

from training.corpora import CORPORA
from training.entities import measured_sentences
from training.scoring import figures, score
from warta.transforms.tagging.entities import EntityTagger, FieldSpan
from warta.transforms.tagging.linking.link import link
from warta.transforms.tagging.ner.crf import MODELS
from warta.transforms.tagging.ner.gazetteer import Gazetteer
from warta.transforms.tagging.ner.tokens import tokenise

PLATFORMS = frozenset(
    ("TikTok", "X", "YouTube", "Instagram", "Facebook", "Twitter", "WhatsApp", "Telegram", "RI")
)
TOKEN_SETS = {
    "nergrit_valid": "nergrit valid",
    "idner_dev": "idner dev",
    "wikigold": "wikigold",
    "wnut17_dev": "wnut17 dev",
    "uner_dev": "uner ewt dev",
}
"""Figure -> the set that it is taken on; of Wikigold, the quarter that no model was trained on."""
MALAY_SET = Path(__file__).parent / "malay_set.tsv"
"""Sentences written for this project, with their names; the words of malay.toml were chosen with
them in sight."""
WORDS = 500
_REPEATS = 15


def gold_mentions(article: dict[str, Any], text: str) -> Counter[tuple[str, str]]:
    """Return how often each (surface, type) occurs in an article; the longest surface wins."""
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
    """Return the multiset F1 over (surface, type) of annotated articles, boilerplate cut first."""
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


def score_malay(tagger: EntityTagger) -> dict[str, float]:
    """Return the multiset F1 over (surface, type) of the Malay sentences."""
    right: Counter[str] = Counter()
    found: Counter[str] = Counter()
    wanted: Counter[str] = Counter()
    with MALAY_SET.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            gold = Counter(tuple(name.split(":", 1)) for name in row["names"].split("|"))
            mine = Counter((span.type, span.surface) for span in tagger.mentions(row["text"]))
            for counts, tally in ((gold & mine, right), (mine, found), (gold, wanted)):
                tally.update(Counter(kind for kind, _ in counts.elements()))
    return figures(right, found, wanted)


def article_text(article: dict[str, Any]) -> str:
    """Return the text of an annotated article without what is not the article."""
    text: str = article["text"]
    for fragment in article["boilerplate"]:
        text = text.replace(fragment, "\n")
    return text


def microseconds(documents: list[Any], run: Callable[..., object]) -> float:
    """CPU time of a step for one document, warm: the least of several rounds."""
    rounds: list[float] = []
    for _ in range(_REPEATS):
        start = time.process_time()
        for document in documents:
            run(*document)
        rounds.append((time.process_time() - start) * 1e6 / len(documents))
    return min(rounds)


def costs(tagger: EntityTagger, texts: list[str]) -> dict[str, float]:
    """Return microseconds for 500 words: all of it, and its parts apart."""
    pool = " ".join(texts).split(" ")
    cut = range(0, len(pool) - WORDS, WORDS)
    documents = [" ".join(pool[at : at + WORDS]) for at in cut]
    sentences = [(tokenise(document).words,) for document in documents]
    named = [
        ({"body": text}, [FieldSpan("body", span) for span in tagger.mentions(text)])
        for text in documents
    ]
    together = [(documents,)]
    return {
        "us_mentions_500_words": microseconds([(text,) for text in documents], tagger.mentions),
        "us_mentions_500_words_in_batches": microseconds(together, tagger.mentions_all)
        / len(documents),
        "us_gazetteer_rules_500_words": microseconds(sentences, tagger.readings),
        "us_linking_500_words": microseconds(named, link),
    }


def loading() -> dict[str, float]:
    """Seconds and megabytes that the tables and the models of both languages take."""
    process = psutil.Process()
    before, start = process.memory_info().rss, time.process_time()
    gazetteer = Gazetteer.load()
    kept = [EntityTagger.with_gazetteer(language, gazetteer) for language in ("id", "en")]
    seconds = time.process_time() - start
    taken = process.memory_info().rss - before
    del kept
    model = max(path.stat().st_size for path in MODELS.glob("*.npz"))
    return {"load_s": seconds, "load_mb": taken / 2**20, "largest_model_mb": model / 2**20}


def measure(data: Path) -> dict[str, float]:
    """Return figures by name of a folder of annotated sets; {} where it does not exist."""
    if not data.is_dir():
        return {}
    out = loading()
    taggers = {language: EntityTagger.load(language) for language in ("id", "en")}
    for figure, name in TOKEN_SETS.items():
        if (data / CORPORA[name].file).exists():
            given = measured_sentences(data, name)
            for kind, value in score(taggers[CORPORA[name].language], given).items():
                out[f"{figure}_{kind}"] = value
    lines = (data / "gold-dev" / "articles.jsonl").read_text(encoding="utf-8").splitlines()
    articles = [json.loads(line) for line in lines]
    for kind, value in score_gold(taggers["id"], articles).items():
        out[f"gold_dev_{kind}"] = value
    for kind, value in score_malay(EntityTagger.load("ms")).items():
        out[f"malay_set_{kind}"] = value
    return out | costs(taggers["id"], [article["text"] for article in articles])


def main() -> None:
    """Print the figures as a table."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("../shared/data")
    for name, value in measure(folder).items():
        print(f"{name:<32}{value:>9.2f}")


if __name__ == "__main__":
    main()
