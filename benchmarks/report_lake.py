"""What a report takes on a generated lake: `python -m benchmarks.report_lake 1000000`.

Its publishers, names, topics and stories are invented, over ninety days.
"""

import argparse
import subprocess  # warta itself, under its own interpreter
import sys
import tempfile
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyarrow as pa

from warta.pipeline.report.places import coordinates
from warta.transforms.core.counts import Counts
from warta.transforms.core.schema import ARTICLES, REJECTS, SCHEMA_VERSION, STORIES
from warta.transforms.lake.commit import commit
from warta.transforms.lake.files import FinalFile
from warta.transforms.lake.layout import PublishedFile, Run
from warta.transforms.lake.storage import Lake

DAYS = 90
FIRST_DAY = date(2026, 8, 20)
_PUBLISHERS = [
    f"{first} {second}"
    for first in ("Harian", "Kabar", "Suara", "Warta", "Cahaya", "Radar", "Media", "Pos")
    for second in ("Cakrawala", "Nusantara", "Timur", "Pesisir", "Contoh")
]
_TOPICS = (
    *("politics", "crime, law and justice", "economy, business and finance", "sport", "health"),
    *("disaster, accident and emergency incident", "environment", "education", "weather"),
    *("arts, culture, entertainment and media", "science and technology", "society", "labour"),
    *("religion", "lifestyle and leisure", "human interest", "conflict, war and peace"),
)
_RULES = ("dateline", "id_related_heading", "id_read_also", "id_scroll", "en_heading", "id_credit")
_LANGUAGES = ("id", "id", "id", "id", "id", "en", "en", "ms", "jv", "und")
_TYPES = ("person", "organisation", "place")
_NAMES = 60_000
_ENTITIES_EACH = 9
_BLOCK = 10_000
_STORIES_A_DAY = 3_000
Stories = defaultdict[str, Counter[str]]
"""How many articles a story has on each day."""
_REASONS = (
    ("bad_json", "expected a value at column 14", b'{"headline": '),
    ("empty", "nothing in it", b""),
    ("http_error", "status 404", b"HTTP/1.1 404 Not Found\r\n"),
    ("undecodable", "not UTF-8 at byte 4", bytes(range(128, 228))),
)


def write_report_lake(lake: Lake, rows: int, seed: int = 11) -> None:
    """Fill a lake with articles whose narrow columns look like those of real ones.

    Names follow Zipf's law; a seventh of the articles are copies; bodies are short, since a report
    does not read them.
    """
    lake.create()
    random_ = np.random.default_rng(seed)
    started = datetime(2026, 11, 17, 6, tzinfo=UTC)
    run = Run("generated", "generated", started)
    days = [str(FIRST_DAY + timedelta(days=number)) for number in range(DAYS)] + ["unknown"]
    files: list[PublishedFile] = []
    stories: Stories = defaultdict(Counter)
    for number, day in enumerate(days):
        share = 0.02 if day == "unknown" else 0.98 / DAYS
        # Fewer on Saturdays and Sundays.
        share *= 1.1 if number % 7 not in (2, 3) else 0.75
        count = int(rows * share)
        file = FinalFile(lake, run, "articles", day, number)
        for start in range(0, count, _BLOCK):
            made = _articles(random_, min(_BLOCK, count - start), day, started)
            for story in made["story_id"].to_pylist():
                stories[story][day] += 1
            file.write(made)
        closed = file.close()
        files += [closed] if closed else []
    published = sum(file.rows for file in files)
    files += _write_stories(lake, run, stories, started)
    rejects = FinalFile(lake, run, "rejects", str(started.date()), 0)
    rejects.write(_rejects(rows // 100, started))
    closed = rejects.close()
    files += [closed] if closed else []
    rejected = rows // 100
    commit(
        lake,
        run,
        Counts(read=published + rejected, published=published, rejected=rejected),
        files,
        {},
    )


def _articles(random_: np.random.Generator, count: int, day: str, started: datetime) -> pa.Table:
    moment = None if day == "unknown" else datetime.fromisoformat(f"{day}T06:00:00Z")
    ids = [random_.bytes(16).hex() for _ in range(count)]
    copies = random_.random(count) < 1 / 7
    originals = random_.integers(0, count, count)
    ranks = np.minimum(random_.zipf(1.25, count * _ENTITIES_EACH), _NAMES)
    publishers = np.minimum(random_.zipf(1.4, count), len(_PUBLISHERS)) - 1
    topics = np.minimum(random_.zipf(1.3, (count, 2)), len(_TOPICS)) - 1
    in_stories = np.minimum(random_.zipf(1.3, count), _STORIES_A_DAY)
    ages = np.minimum(random_.geometric(0.5, count), 6)
    given: dict[str, Any] = {
        "article_id": ids,
        "version": [1] * count,
        "url": [f"https://news.example/{one}" for one in ids],
        "publisher_name": [_PUBLISHERS[one] for one in publishers],
        "headline": [f"Warga desa {one} menanam bakau di pesisir utara" for one in ids],
        "article_body": ["Warga menanam bakau."] * count,
        "word_count": random_.integers(80, 900, count).tolist(),
        "in_language": [_LANGUAGES[one] for one in random_.integers(0, len(_LANGUAGES), count)],
        "date_published": [moment] * count,
        "date_published_precision": [moment and "second"] * count,
        "date_published_source": [
            moment and ("jsonld", "meta", "feed", "text_weekday")[one]
            for one in random_.integers(0, 4, count)
        ],
        "content_sha256": [random_.bytes(32).hex() for _ in range(count)],
        "duplicate_of": [ids[o] if c else None for c, o in zip(copies, originals, strict=True)],
        "duplicate_kind": ["near" if copy else None for copy in copies],
        "topics": [
            [
                {"scheme": "medtop", "qcode": f"medtop:{n:08}", "name": _TOPICS[n]}
                for n in sorted(set(row))
            ]
            for row in topics.tolist()
        ],
        "entities": [
            [_entity(rank) for rank in sorted(set(row))]
            for row in ranks.reshape(count, _ENTITIES_EACH).tolist()
        ],
        "removed_spans": [
            [{"start": 0, "end": 30, "rule": _RULES[n], "text": f"Baca juga: kabar desa {ids[0]}"}]
            for n in random_.integers(0, len(_RULES), count)
        ],
        # Half the articles are a story of their own.
        "story_id": [
            _story(day, int(age), int(rank)) if rank < _STORIES_A_DAY // 4 else one
            for one, rank, age in zip(ids, in_stories, ages, strict=True)
        ],
        "story_relation": ["rewrite" if age == 2 else None for age in ages],
        "story_of": [ids[o] if age == 2 else None for age, o in zip(ages, originals, strict=True)],
        "source_uri": ["generated.jsonl"] * count,
        "run_id": ["generated"] * count,
        "ingested_at": [started] * count,
        "schema_version": [SCHEMA_VERSION] * count,
        "published_date": [day] * count,
    }
    return _table(ARTICLES.schema, given, count)


def _story(day: str, age: int, rank: int) -> str:
    """Return the story of a rank that began some days before."""
    began = 0 if day == "unknown" else date.fromisoformat(day).toordinal() - age
    return f"{began * _STORIES_A_DAY + rank:032x}"


def _entity(rank: int) -> dict[str, Any]:
    return {
        "entity_id": f"e{rank}",
        "wikidata_id": _wikidata_id(rank),
        "name": f"Nama Contoh {rank}",
        "type": _TYPES[rank % 3],
        "mentions": 1 + rank % 4,
    }


_PLACES = sorted(coordinates())


def _wikidata_id(rank: int) -> str | None:
    """Return the id of one name in ten; of a place, one that the map knows."""
    if _TYPES[rank % 3] == "place" and rank < 3 * len(_PLACES):
        return _PLACES[rank * 7 % len(_PLACES)]
    return f"Q{900_000_000 + rank}" if rank < _NAMES // 10 else None


def _write_stories(
    lake: Lake, run: Run, stories: "Stories", started: datetime
) -> list[PublishedFile]:
    """Write a row for each story of several articles, in the partition of its first day."""
    by_day = defaultdict(list)
    for story, days in stories.items():
        if sum(days.values()) > 1:
            by_day[min(days)].append((story, days))
    written = []
    for number, (day, beginning) in enumerate(sorted(by_day.items())):
        given: dict[str, Any] = {
            "story_id": [story for story, _ in beginning],
            "version": [1] * len(beginning),
            "current_id": [story for story, _ in beginning],
            "title": [
                f"Warga desa {story} menanam bakau di pesisir utara" for story, _ in beginning
            ],
            "articles": [sum(days.values()) for _, days in beginning],
            "copies": [0] * len(beginning),
            "publishers": [
                [{"name": name, "articles": 1} for name in _PUBLISHERS[: sum(days.values())]]
                for _, days in beginning
            ],
            "timeline": [
                [{"day": one, "articles": days[one], "article_id": story} for one in sorted(days)]
                for story, days in beginning
            ],
            "vectors": [0] * len(beginning),
            "run_id": ["generated"] * len(beginning),
            "updated_at": [started] * len(beginning),
            "schema_version": [SCHEMA_VERSION] * len(beginning),
            "story_date": [day] * len(beginning),
        }
        file = FinalFile(lake, run, "stories", day, number)
        file.write(_table(STORIES.schema, given, len(beginning)))
        closed = file.close()
        written += [closed] if closed else []
    return written


def _rejects(count: int, started: datetime) -> pa.Table:
    given = {
        "stage": ["read"] * count,
        "reason": [_REASONS[number % 7 % 4][0] for number in range(count)],
        "error": [_REASONS[number % 7 % 4][1] for number in range(count)],
        "source_uri": ["generated.jsonl"] * count,
        "raw": [_REASONS[number % 7 % 4][2] for number in range(count)],
        "raw_length": [len(_REASONS[number % 7 % 4][2]) for number in range(count)],
        "run_id": ["generated"] * count,
        "failed_at": [started] * count,
        "rejected_date": [str(started.date())] * count,
        "reject_id": [f"{number:032x}" for number in range(count)],
    }
    return _table(REJECTS.schema, given, count)


def _table(schema: pa.Schema, given: dict[str, Any], count: int) -> pa.Table:
    columns = [
        pa.array(given[field.name], field.type)
        if field.name in given
        else pa.nulls(count, field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)


@dataclass(frozen=True, slots=True)
class ReportCost:
    """What one `warta report` took."""

    cpu_s: float
    """Seconds of processor time, imports among them."""
    peak_mb: float
    page_mb: float

    def __str__(self) -> str:
        """Say it in words."""
        return f"{self.cpu_s:.1f} s of CPU, {self.peak_mb:.0f} MB, page of {self.page_mb:.2f} MB"


def measure(uri: str) -> ReportCost:
    """Return what the report of a lake takes, as a command of its own."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        words = [sys.executable, "-m", "warta", "report", uri, "-o", str(page), "--quiet"]
        process = psutil.Popen(words, stdout=subprocess.DEVNULL)
        peak = cpu = 0.0
        while process.poll() is None:
            try:
                peak = max(peak, process.memory_info().rss / 1e6)
                cpu = sum(process.cpu_times()[:2])
                process.wait(0.02)
            except (psutil.NoSuchProcess, psutil.TimeoutExpired):
                continue
        if process.returncode:
            raise SystemExit(f"warta report failed: {process.returncode}")
        return ReportCost(cpu, peak, page.stat().st_size / 1e6)


def measure_generated(uri: str, rows: int) -> ReportCost:
    """Return what the report of a generated lake takes; the lake is made, unless it is there."""
    if not Path(uri).exists():
        write_report_lake(Lake(uri), rows)
    return measure(uri)


def main() -> None:
    """Generate a lake, unless it is there, and print what its report takes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=int, nargs="?", default=200_000)
    parser.add_argument("--lake", help="where; kept for the next time")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cost = measure_generated(options.lake or f"{folder}/lake", options.rows)
    print(f"report of {options.rows:,} articles: {cost}")


if __name__ == "__main__":
    main()
