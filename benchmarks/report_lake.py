"""A generated lake for the report: invented publishers, names and topics over ninety days."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from warta.transforms.core.schema import ARTICLES, REJECTS, SCHEMA_VERSION
from warta.transforms.lake.commit import Tally, commit
from warta.transforms.lake.files import FinalFile
from warta.transforms.lake.layout import Lake, PublishedFile, Run

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
    for number, day in enumerate(days):
        share = 0.02 if day == "unknown" else 0.98 / DAYS
        count = int(rows * share)
        file = FinalFile(lake, run, "articles", day, number)
        for start in range(0, count, _BLOCK):
            file.write(_articles(random_, min(_BLOCK, count - start), day, started))
        closed = file.close()
        files += [closed] if closed else []
    published = sum(file.rows for file in files)
    rejects = FinalFile(lake, run, "rejects", str(started.date()), 0)
    rejects.write(_rejects(rows // 100, started))
    closed = rejects.close()
    files += [closed] if closed else []
    rejected = rows // 100
    commit(
        lake,
        run,
        Tally(read=published + rejected, published=published, rejected=rejected),
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
    topics = random_.integers(0, len(_TOPICS), (count, 2))
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
        "source_uri": ["generated.jsonl"] * count,
        "run_id": ["generated"] * count,
        "ingested_at": [started] * count,
        "schema_version": [SCHEMA_VERSION] * count,
        "published_date": [day] * count,
    }
    return _table(ARTICLES.schema, given, count)


def _entity(rank: int) -> dict[str, Any]:
    return {
        "entity_id": f"e{rank}",
        "wikidata_id": f"Q{900_000_000 + rank}" if rank < _NAMES // 10 else None,
        "name": f"Nama Contoh {rank}",
        "type": _TYPES[rank % 3],
        "mentions": 1 + rank % 4,
    }


def _rejects(count: int, started: datetime) -> pa.Table:
    given = {
        "stage": ["read"] * count,
        "reason": ["bad_json"] * count,
        "error": ["expected a value"] * count,
        "source_uri": ["generated.jsonl"] * count,
        "raw": [b'{"headline": '] * count,
        "raw_length": [13] * count,
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
