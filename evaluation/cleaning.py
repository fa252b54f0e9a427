"""Quality of cleaning, measured on annotated articles that are not part of the project.

`python evaluation/cleaning.py [FOLDER]` prints the figures; FOLDER defaults to ../shared/data.
"""

import csv
import gzip
import html
import json
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from warta.transforms.cleaning.clean import clean_article
from warta.transforms.cleaning.dates.choose import find_date, url_date
from warta.transforms.cleaning.language import LanguageIdentifier
from warta.transforms.cleaning.text.boilerplate import remove_boilerplate
from warta.transforms.cleaning.text.dateline import find_dateline
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Source, SourceItem
from warta.transforms.dedup.signatures import sign

NOW = datetime(2026, 11, 22, tzinfo=UTC)
SENTENCE_WORDS = 7
"""Sentences shorter than that are not counted as lost."""
SHORTEST_SENTENCE = 40
"""Letters of a sentence whose language is asked for: shorter ones are names and interjections."""
SIB = {
    "ind_Latn": "id", "zsm_Latn": "ms", "jav_Latn": "jv", "sun_Latn": "su", "eng_Latn": "en",
    "deu_Latn": "de", "fra_Latn": "fr", "spa_Latn": "es", "arb_Arab": "ar",
}  # fmt: skip
NUSAX = {"indonesian": "id", "javanese": "jv", "sundanese": "su", "english": "en"}
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"”]?\s+|\n")


def measure(data: Path) -> dict[str, float]:
    """Return figures by name of a folder of development data; {} where no set is there."""
    return {**measure_articles(data / "gold-dev"), **measure_languages(data)}


def measure_articles(folder: Path) -> dict[str, float]:
    """Boilerplate, lost sentences, datelines, days and cost over annotated articles."""
    path = folder / "articles.jsonl"
    if not path.exists():
        return {}
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    removed: list[bool] = []
    lost: list[bool] = []
    datelines: list[bool] = []
    days: list[bool] = []
    costs: list[float] = []
    leftover = 0
    for record in records:
        text = unescape(record["text"])
        fragments = [unescape(fragment) for fragment in record["boilerplate"]]
        cleaned = remove_boilerplate(text, "id", None)
        squeezed = squeeze(cleaned.body)
        gone = [squeeze(fragment) not in squeezed for fragment in fragments]
        removed += gone
        leftover += not all(gone)
        lost += [squeeze(s) not in squeezed for s in sentences(text, fragments)]
        if record["dateline_place"]:
            place = cleaned.location_created.name if cleaned.location_created else ""
            datelines.append(place.casefold() == record["dateline_place"].casefold())
        days += same_day(record["url"], text)
        spent = microseconds(partial(clean, text.encode()))
        costs.append(spent / max(1, len(text.split())))
    return {
        "boilerplate_removed": statistics.mean(removed),
        "boilerplate_fragments": len(removed),
        "pages_with_leftover_lines": leftover,
        "sentences_lost": sum(lost),
        "sentences": len(lost),
        "dateline_places": statistics.mean(datelines),
        "text_days_right": statistics.mean(days) if days else 0.0,
        "text_days": len(days),
        "text_path_ms_500_words": statistics.median(costs) * 500 / 1000,
    }


def measure_languages(data: Path) -> dict[str, float]:
    """Accuracy by language over single sentences, without any declaration."""
    texts: dict[str, list[tuple[str, str]]] = {}
    for folder, language in SIB.items():
        path = data / "sib200" / folder / "dev.tsv"
        if path.exists():
            rows = path.read_text(encoding="utf-8").splitlines()[1:]
            texts[f"sib_{language}"] = [(language, row.split("\t")[2]) for row in rows]
    path = data / "lid-nusax" / "valid.csv"
    if path.exists():
        with path.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                for column, language in NUSAX.items():
                    texts.setdefault(f"nusax_{language}", []).append((language, row[column]))
    path = data / "stories" / "ntrex-first-60.jsonl.gz"
    if path.exists():
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                if row["language"] in ("id", "ms"):
                    texts.setdefault(f"ntrex_{row['language']}", []).extend(
                        (row["language"], sentence)
                        for sentence in re.split(r"(?<=[.!?])\s+", row["text"])
                        if len(sentence) >= SHORTEST_SENTENCE
                    )
    if not texts:
        return {}
    identify = LanguageIdentifier.load().identify
    article = " ".join(text for _, text in texts.get("sib_id", []))[:2048]
    cost = microseconds(partial(identify, article, declared="id", page="id"))
    return {
        "language_us_2_kb": cost,
        **_accuracy(identify, texts),
    }


def _accuracy(
    identify: Callable[[str], tuple[str, float]], texts: dict[str, list[tuple[str, str]]]
) -> dict[str, float]:
    return {
        f"language_{name}": statistics.mean(identify(text)[0] == right for right, text in pairs)
        for name, pairs in texts.items()
    }


def unescape(text: str) -> str:
    """Crawls escape their entities twice; decoding does this before anything else."""
    return html.unescape(html.unescape(text)).replace("\xa0", " ")


def squeeze(text: str) -> str:
    """Text without blanks."""
    return "".join(text.split())


def sentences(text: str, fragments: list[str]) -> Iterator[str]:
    """Sentences of the article itself, without the dateline that is rightly taken out."""
    for fragment in fragments:
        text = text.replace(fragment, "\n")
    for sentence in _SENTENCE_END.split(text):
        found = find_dateline(sentence)
        sentence = sentence[found.length :] if found else sentence
        if sentence.count(" ") + 1 >= SENTENCE_WORDS:
            yield sentence


def same_day(url: str | None, text: str) -> Iterator[bool]:
    """Whether the text's own day is the URL's, give or take one; nothing where either is silent."""
    stated = url_date(url) if url else None
    found = find_date([], text, now=NOW)
    if stated is not None and found is not None and stated.precision == "day":
        yield abs(stated.value - found.value) <= timedelta(days=1)


def clean(text: bytes) -> Any:
    """Return the text path: decoding, cleaning, dateline, dates, language, fingerprint."""
    item = SourceItem(
        source=Source("a"),
        source_uri="a",
        source_record_id="",
        kind="text",
        raw=b"",
        content=text,
        content_type="text",
    )
    return sign([clean_article(item, InputLimits(), NOW).article_body])


def microseconds(work: Callable[[], Any], repeats: int = 15) -> float:
    """Least processor time of a call."""
    spent = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return min(spent) * 1e6


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("../shared/data")
    for name, value in measure(folder).items():
        print(f"{name:24} {value:.3f}")
