"""How much of an article's text is found on real pages, and how much junk comes with it.

`python -m tests.quality_extraction [FOLDER]` prints the figures over two sets of annotated pages
that are not part of the project:

- extraction-dev: trafilatura's evaluation pages, scored as its authors do: each page names
  segments of text to keep and segments to drop; a segment is found when it stands in the output.
- extraction-id-dev: Indonesian news pages with the text of the article, scored by words.
"""

import gzip
import hashlib
import json
import re
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from transforms.cleaning.markup import parse_page
from transforms.records import Limits, RejectedRecord

DATA = Path(__file__).parent.parent.parent / "shared" / "data"
LIMITS = Limits()
REPEATS = 3
_ALSO_READ = re.compile(r"\b(?:baca|simak|lihat)\s+(?:juga|pula)\b", re.IGNORECASE)


def _read(file: Path, url: str) -> tuple[str, float]:
    """Page -> its text and the milliseconds that took, best of a few."""
    page = gzip.decompress(file.read_bytes())
    spent = []
    text = ""
    for _ in range(REPEATS):
        start = time.perf_counter()
        try:
            text = parse_page(page, charset=None, url=url, limits=LIMITS).text
        except RejectedRecord as verdict:
            text = "" if verdict.reason == "no_body" else f"({verdict})"
        spent.append((time.perf_counter() - start) * 1000)
    return text, min(spent)


def _rates(hits: int, junk: int, missed: int) -> dict[str, float]:
    precision = hits / max(1, hits + junk)
    recall = hits / max(1, hits + missed)
    f1 = 2 * precision * recall / max(1e-9, precision + recall)
    return {"precision": precision, "recall": recall, "f1": f1}


def _half(url: str) -> str:
    """Half "a" was tuned on; half "b" was only looked at."""
    return "ab"[hashlib.md5(url.encode(), usedforsecurity=False).digest()[0] % 2]


def measure_segments(folder: Path) -> dict[str, float]:
    """Precision, recall and F1 over kept and dropped segments, and milliseconds a page."""
    pages: dict[str, dict[str, Any]] = json.loads((folder / "evaldata.json").read_text())
    counts: Counter[str] = Counter()
    spent = 0.0
    for url, page in pages.items():
        text, page_ms = _read(folder / "pages" / page["file"], url)
        spent += page_ms
        for part in ("", f"_{_half(url)}"):
            counts[f"hits{part}"] += sum(segment in text for segment in page["with"])
            counts[f"missed{part}"] += sum(segment not in text for segment in page["with"])
            counts[f"junk{part}"] += sum(segment in text for segment in page["without"])
    figures = {"ms_page": spent / len(pages)}
    for part in ("", "_a", "_b"):
        rates = _rates(counts[f"hits{part}"], counts[f"junk{part}"], counts[f"missed{part}"])
        figures |= {f"{name}{part}": value for name, value in rates.items()}
    return figures


def measure_words(folder: Path) -> dict[str, float]:
    """Word-level precision, recall and F1, the mean over pages, and pages with "Baca juga"."""
    pages: dict[str, dict[str, Any]] = json.loads((folder / "gold.json").read_text())
    rates: list[dict[str, float]] = []
    leftover = 0
    for name, page in pages.items():
        text, _ = _read(folder / name, page["url"])
        found, gold = (Counter(re.findall(r"\w+", words)) for words in (text, page["content"]))
        hits = (found & gold).total()
        rates.append(_rates(hits, found.total() - hits, gold.total() - hits))
        leftover += bool(_ALSO_READ.search(text))
    figures = {f"id_{name}": sum(r[name] for r in rates) / len(rates) for name in rates[0]}
    return figures | {"id_worst_recall": min(r["recall"] for r in rates), "id_also_read": leftover}


def measure(data: Path = DATA) -> dict[str, float]:
    """All figures over the sets in `data`; {} when they are not there."""
    figures: dict[str, float] = {}
    if (data / "extraction-dev").is_dir():
        figures |= measure_segments(data / "extraction-dev")
    if (data / "extraction-id-dev").is_dir():
        figures |= measure_words(data / "extraction-id-dev")
    return figures


def main() -> None:
    """Print the figures as a table."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA
    for name, value in measure(folder).items():
        print(f"{name:18}{value:8.3f}")


if __name__ == "__main__":
    main()
