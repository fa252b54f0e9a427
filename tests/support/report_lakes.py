"""Lakes for reports: rows written as they are given, without a run, hostile ones among them."""

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from warta.transforms.core.counts import Counts
from warta.transforms.core.schema import ARTICLES, MENTIONS, REJECTS, SCHEMA_VERSION, STORIES
from warta.transforms.lake.commit import commit
from warta.transforms.lake.feed_state import stage_feeds
from warta.transforms.lake.files import FinalFile
from warta.transforms.lake.layout import Run
from warta.transforms.lake.storage import Lake

STARTED = datetime(2026, 11, 16, 3, tzinfo=UTC)
HOSTILE = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(2)>'",
    "</style><style>body{display:none}",
    "{{ 7 * 7 }}{% raw %}",
    "javascript:alert(3)",
    "</textarea></title></svg><svg onload=alert(4)>",
    "]]><!--<foreignObject>&lt;&amp;&#x3c;",
    "\u202egnirts desrever \u2066\ufffe\uffff",
    "'; DROP TABLE articles; --",
)
"""Texts that act where a page forgets to escape them."""


def story_row(number: int, day: str, **given: Any) -> dict[str, Any]:
    """Return a row of `articles`, by column."""
    key = f"{number:032x}"
    row: dict[str, Any] = {
        "article_id": key,
        "version": 1,
        "publisher_name": "Kabar Contoh",
        "headline": f"Warga menanam bakau, bagian {number}",
        "url": f"https://kabar.example/{number}",
        "article_body": "Warga desa menanam bakau di pesisir utara.",
        "word_count": 7,
        "in_language": "id",
        "language_confidence": 0.9,
        "content_sha256": key * 2,
        "source_uri": "rows.jsonl",
        "run_id": "rows",
        "ingested_at": STARTED,
        "schema_version": SCHEMA_VERSION,
        "published_date": day,
    }
    if day != "unknown":
        row |= {
            "date_published": datetime.fromisoformat(f"{day}T02:00:00Z"),
            "date_published_precision": "second",
            "date_published_source": "jsonld",
        }
    return row | given


def entity(name: str, kind: str = "person", wikidata_id: str | None = None) -> dict[str, Any]:
    """Return an entity of an article."""
    return {
        "entity_id": f"e-{name}",
        "wikidata_id": wikidata_id,
        "name": name,
        "type": kind,
        "mentions": 1,
    }


def topic(name: str, qcode: str = "") -> dict[str, Any]:
    """Return a topic of an article."""
    return {"scheme": "medtop", "qcode": qcode or f"medtop:{name}", "name": name, "confidence": 0.8}


def span(rule: str, text: str, start: int = 0) -> dict[str, Any]:
    """Return a removed span of an article."""
    return {"start": start, "end": start + len(text), "rule": rule, "text": text}


def reject_row(number: int, reason: str, **given: Any) -> dict[str, Any]:
    """Return a row of `rejects`, by column."""
    return {
        "stage": "read",
        "reason": reason,
        "error": "broken",
        "source_uri": f"rows-{number}.jsonl",
        "source_record_id": "@0",
        "raw": b"{",
        "raw_length": 1,
        "run_id": "rows",
        "failed_at": STARTED,
        "rejected_date": "2026-11-16",
        "reject_id": f"{number:032x}",
    } | given


def feed_row(number: int, **given: Any) -> dict[str, Any]:
    """Return a row of `feeds`, by column."""
    return {
        "feed_url": f"https://kabar-{number}.example/feed",
        "name": f"kabar-{number}",
        "polls": 3,
        "entries": 9,
        "polled_at": STARTED,
        "succeeded_at": STARTED,
        "seen": [],
    } | given


def story(story_id: str, days: dict[str, int], **given: Any) -> dict[str, Any]:
    """Return a row of `stories`, by column, with its articles on each day."""
    timeline = [
        {"day": day, "articles": count, "article_id": story_id} for day, count in days.items()
    ]
    return {
        "story_id": story_id,
        "version": 1,
        "current_id": story_id,
        "continues": [],
        "title": f"Cerita {story_id[-2:]}",
        "title_of": story_id,
        "articles": sum(days.values()),
        "copies": 0,
        "publishers": [{"name": "Kabar Contoh", "articles": sum(days.values())}],
        "timeline": timeline,
        "vectors": 0,
        "run_id": "rows",
        "updated_at": STARTED,
        "schema_version": SCHEMA_VERSION,
        "story_date": min(days),
    } | given


def write_rows(
    lake: Lake,
    articles: list[dict[str, Any]],
    rejects: list[dict[str, Any]] | None = None,
    mentions: list[dict[str, Any]] | None = None,
    feeds: list[dict[str, Any]] | None = None,
    stories: list[dict[str, Any]] | None = None,
    name: str = "rows",
) -> None:
    """Commit rows to a lake as they are."""
    lake.create()
    run = Run(name, name, STARTED)
    files = []
    given = (
        ("articles", ARTICLES.schema, "published_date", articles),
        ("mentions", MENTIONS.schema, "published_date", mentions or []),
        ("rejects", REJECTS.schema, "rejected_date", rejects or []),
        ("stories", STORIES.schema, "story_date", stories or []),
    )
    for table, schema, partition, rows in given:
        for number, day in enumerate(sorted({row[partition] for row in rows})):
            file = FinalFile(lake, run, table, day, number)
            file.write(pa.Table.from_pylist([r for r in rows if r[partition] == day], schema))
            closed = file.close()
            files += [closed] if closed else []
    if feeds:
        files.append(stage_feeds(lake, run, feeds))
    rejected = len(rejects or [])
    counts = Counts(read=len(articles) + rejected, published=len(articles), rejected=rejected)
    commit(lake, run, counts, files, {})
