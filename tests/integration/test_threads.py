"""Engines beyond the local one work on several bundles in the threads of one process."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.lakes import article, words
from warta.transforms.core.options import InputLimits, TaggingOptions
from warta.transforms.core.records import Article, Reject
from warta.transforms.lake import known_records
from warta.transforms.lake.catalog import read_snapshot
from warta.transforms.lake.known_records import KnownArticles
from warta.transforms.lake.storage import Lake
from warta.transforms.tagging.tag import ArticleTagger
from warta.transforms.tagging.tag_or_reject import tag_or_reject

_THREADS = 4


def _news(number: int) -> Article:
    """An article of words that were never seen before."""
    body = f"Jakarta. {words(150, f'threads{number}').title()} Presiden {words(2, number)} hadir."
    return article(str(number), body=body, entities=(), mentions=(), topics=(), in_language="id")


def test_articles_are_tagged_the_same_by_many_threads() -> None:
    """What the tagger remembers of words is not mixed up."""
    shared = ArticleTagger.load(TaggingOptions())
    news = [_news(number) for number in range(80)]
    bundles = [news[at : at + 3] for at in range(0, len(news), 3)]

    def tag(bundle: list[Article]) -> list[Article | Reject]:
        return tag_or_reject(shared, bundle, InputLimits(), strict=True)

    with ThreadPoolExecutor(_THREADS) as threads:
        tagged = [one for bundle in threads.map(tag, bundles) for one in bundle]
    alone = ArticleTagger.load(TaggingOptions())
    assert tagged == [alone.tag(one) for one in news]


def test_a_memory_is_shared_by_threads(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """All ask for many days at once, and each day is read once; so is the list of files."""
    lake = Lake(str(tmp_path))
    lake.create()
    known = KnownArticles(lake)
    read: Counter[str] = Counter()
    listed: list[Lake] = []
    real_read, real_snapshot = KnownArticles._read, read_snapshot

    def count_read(memory: KnownArticles, day: str) -> object:
        read[day] += 1
        return real_read(memory, day)

    def count_list(one: Lake) -> object:
        listed.append(one)
        return real_snapshot(one)

    monkeypatch.setattr(KnownArticles, "_read", count_read)
    monkeypatch.setattr(known_records, "read_snapshot", count_list)
    days = [f"2026-{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 29)]

    def ask(day: str) -> bool:
        return known.has_article("0" * 32, "0" * 64, day) or known.has_record(1)

    with ThreadPoolExecutor(_THREADS) as threads:
        assert not any(threads.map(ask, days * 3))
    assert read == Counter(days)
    assert len(listed) == 1
