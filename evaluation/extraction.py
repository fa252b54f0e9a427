"""How much of an article's text is found on real pages, and how much junk comes with it.

`python -m evaluation.extraction [FOLDER]` prints one table, of one run: warta's two ways, and
beside them trafilatura and Resiliparse on the same pages. The sets are not part of the project:

- extraction-dev: trafilatura's evaluation pages, scored as its authors do: each page names
  segments of text to keep and segments to drop; a segment is found when it is in the output.
- extraction-id-dev: Indonesian news pages with the text of the article, scored by words.
- any folder in FOLDER with `ground-truth.json` and `html/`, laid out as in
  article-extraction-benchmark: scored by runs of four words, as its authors do.

Figures of warta's fast way have plain names, those of the others begin with theirs.
"""

import gzip
import hashlib
import json
import re
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from resiliparse.extract.html2text import extract_plain_text

from warta.transforms.cleaning.html.accurate_extraction import is_installed
from warta.transforms.cleaning.html.page import parse_page, stated_charset
from warta.transforms.cleaning.text.decode import decode_bytes
from warta.transforms.core.options import InputLimits
from warta.transforms.core.rejections import RejectedRecord

DATA = Path(__file__).parent.parent.parent / "shared" / "data"
REPEATS = 3
"""The least of so many times is counted; others' ways, far slower, are timed once."""
COST_EVERY = 2
"""Of the pages, every so many are timed beside trafilatura's."""
SHINGLE_WORDS = 4
_ALSO_READ = re.compile(r"\b(?:baca|simak|lihat)\s+(?:juga|pula)\b", re.IGNORECASE)

Way = Callable[[bytes, str], str]
"""Page and its address -> text."""


@dataclass(frozen=True)
class Reading:
    """What one way made of one page; a page that was refused has no text."""

    text: str
    ms: float


def _warta(page: bytes, url: str, extraction: str) -> str:
    try:
        found = parse_page(page, charset=None, url=url, limits=InputLimits(), extraction=extraction)
    except RejectedRecord:
        return ""
    return found.text


def _markup(page: bytes) -> str:
    return decode_bytes(page.replace(b"\0", b""), stated_charset(page))


def _trafilatura(page: bytes, _: str, fast: bool) -> str:
    import trafilatura

    found = trafilatura.extract(_markup(page), fast=fast, include_comments=False)
    return str(found) if found else ""


def _resiliparse(page: bytes, _: str) -> str:
    return str(extract_plain_text(_markup(page), main_content=True, alt_texts=False))


def ways() -> dict[str, Way]:
    """Return ways by the prefix of their figures; trafilatura where it is installed."""
    found: dict[str, Way] = {"": partial(_warta, extraction="fast")}
    if is_installed():
        found["accurate_"] = partial(_warta, extraction="accurate")
        found["trafilatura_fast_"] = partial(_trafilatura, fast=True)
        found["trafilatura_"] = partial(_trafilatura, fast=False)
    found["resiliparse_"] = _resiliparse
    return found


def _read(way: Way, file: Path, url: str, repeats: int) -> Reading:
    """Return the text of a page by one way, and the least processor time of `repeats`, in ms."""
    page = gzip.decompress(file.read_bytes())
    spent = []
    text = ""
    for _ in range(repeats):
        start = time.process_time()
        text = way(page, url)
        spent.append((time.process_time() - start) * 1000)
    return Reading(unicodedata.normalize("NFC", text), min(spent))


def _rates(hits: float, junk: float, missed: float) -> dict[str, float]:
    precision = hits / max(1e-9, hits + junk)
    recall = hits / max(1e-9, hits + missed)
    f1 = 2 * precision * recall / max(1e-9, precision + recall)
    return {"precision": precision, "recall": recall, "f1": f1}


def _half(url: str) -> str:
    """Half "a" was tuned on; half "b" was only looked at as a figure."""
    return "ab"[hashlib.md5(url.encode(), usedforsecurity=False).digest()[0] % 2]


def measure_segments(folder: Path, way: Way, repeats: int) -> dict[str, float]:
    """Precision, recall and F1 over kept and dropped segments, and milliseconds a page."""
    pages: dict[str, dict[str, Any]] = json.loads((folder / "evaldata.json").read_text())
    counts: Counter[str] = Counter()
    spent = 0.0
    for url, page in pages.items():
        reading = _read(way, folder / "pages" / page["file"], url, repeats)
        spent += reading.ms
        kept, dropped = (
            [unicodedata.normalize("NFC", segment) in reading.text for segment in page[name]]
            for name in ("with", "without")
        )
        for part in ("", f"_{_half(url)}"):
            counts[f"hits{part}"] += sum(kept)
            counts[f"missed{part}"] += len(kept) - sum(kept)
            counts[f"junk{part}"] += sum(dropped)
    figures = {"ms_page": spent / len(pages)}
    for part in ("", "_a", "_b"):
        rates = _rates(counts[f"hits{part}"], counts[f"junk{part}"], counts[f"missed{part}"])
        figures |= {f"{name}{part}": value for name, value in rates.items()}
    return figures


def measure_words(folder: Path, way: Way) -> dict[str, float]:
    """Word-level precision, recall and F1, the mean over pages, and pages with "Baca juga"."""
    pages: dict[str, dict[str, Any]] = json.loads((folder / "gold.json").read_text())
    rates: list[dict[str, float]] = []
    leftover = 0
    for name, page in pages.items():
        text = _read(way, folder / name, page["url"], 1).text
        found, gold = (Counter(re.findall(r"\w+", words)) for words in (text, page["content"]))
        hits = (found & gold).total()
        rates.append(_rates(hits, found.total() - hits, gold.total() - hits))
        leftover += bool(_ALSO_READ.search(text))
    figures = {f"id_{name}": sum(r[name] for r in rates) / len(rates) for name in rates[0]}
    return figures | {"id_worst_recall": min(r["recall"] for r in rates), "id_also_read": leftover}


def measure_bodies(folder: Path, way: Way) -> dict[str, float]:
    """Return the same over runs of four words; every page counts alike, however long it is."""
    pages: dict[str, dict[str, Any]] = json.loads((folder / "ground-truth.json").read_text())
    sums: Counter[str] = Counter()
    for name, page in pages.items():
        reading = _read(way, folder / "html" / f"{name}.html.gz", page.get("url", ""), 1)
        found, gold = (_shingles(text) for text in (reading.text, page["articleBody"]))
        hits = (found & gold).total()
        whole = max(1, found.total() + gold.total() - hits)
        sums["hits"] += hits / whole  # type: ignore[assignment]
        sums["junk"] += (found.total() - hits) / whole  # type: ignore[assignment]
        sums["missed"] += (gold.total() - hits) / whole  # type: ignore[assignment]
        sums["ms"] += reading.ms  # type: ignore[assignment]
    rates = _rates(sums["hits"], sums["junk"], sums["missed"])
    figures = {f"{folder.name}_{name}": value for name, value in rates.items()}
    return figures | {f"{folder.name}_ms_page": sums["ms"] / len(pages)}


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    last = max(1, len(words) - SHINGLE_WORDS + 1)
    return Counter(tuple(words[at : at + SHINGLE_WORDS]) for at in range(last) if words)


def _sets(data: Path, way: Way, repeats: int) -> Iterator[dict[str, float]]:
    if (data / "extraction-dev").is_dir():
        yield measure_segments(data / "extraction-dev", way, repeats)
    if (data / "extraction-id-dev").is_dir():
        yield measure_words(data / "extraction-id-dev", way)
    for truth in sorted(data.glob("*/ground-truth.json")):
        yield measure_bodies(truth.parent, way)


def measure(data: Path = DATA) -> dict[str, float]:
    """All figures of all ways over the sets in `data`; {} when they are not there."""
    figures: dict[str, float] = {}
    for prefix, way in ways().items():
        for found in _sets(data, way, 1 if prefix else REPEATS):
            figures |= {f"{prefix}{name}": value for name, value in found.items()}
    if is_installed() and (data / "extraction-dev").is_dir():
        figures["cost_to_trafilatura_fast"] = measure_cost(data / "extraction-dev")
    return figures


def measure_cost(folder: Path) -> float:
    """Return warta's time for pages as a share of trafilatura's fast way.

    They read a page in turns, so that both meet a machine that is busy for a while; of each the
    least time of a page counts.
    """
    pages: dict[str, dict[str, Any]] = json.loads((folder / "evaldata.json").read_text())
    pair = (ways()[""], ways()["trafilatura_fast_"])
    spent = [0.0, 0.0]
    for url, page in list(pages.items())[::COST_EVERY]:
        file = folder / "pages" / page["file"]
        turns = [[_read(way, file, url, 1).ms for way in pair] for _ in range(REPEATS)]
        for number in range(len(pair)):
            spent[number] += min(turn[number] for turn in turns)
    return spent[0] / spent[1]


def table(figures: dict[str, float], prefixes: Iterable[str]) -> str:
    """Return a row of figures for each way."""
    columns = ["f1", "f1_b", "precision", "recall", "id_f1", "id_also_read", "ms_page"]
    columns += [name for name in figures if name.endswith("-benchmark_f1")]
    rows = [" " * 18 + "".join(f"{column:>13}" for column in columns)]
    for prefix in prefixes:
        values = (figures.get(prefix + column) for column in columns)
        cells = (f"{value:>13.3f}" if value is not None else " " * 13 for value in values)
        rows.append(f"{prefix.rstrip('_') or 'fast':18}" + "".join(cells))
    return "\n".join(rows)


def main() -> None:
    """Print the table."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA
    print(table(measure(folder), ways()))


if __name__ == "__main__":
    main()
