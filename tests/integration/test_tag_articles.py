"""Articles are tagged several at once, and each keeps its place, its window and its reject."""

from typing import Any

import apache_beam as beam
import pytest
from apache_beam.testing.util import assert_that, equal_to
from apache_beam.transforms.window import FixedWindows, TimestampedValue

from tests.support.lakes import article
from warta.transforms.core.records import Article
from warta.transforms.tag_articles import TagArticles
from warta.transforms.tagging.tag import ARTICLES_AT_ONCE, ArticleTagger

_NUMBER = 2 * ARTICLES_AT_ONCE + 3


def _news(number: int) -> Article:
    body = f"Bupati Rini Kusuma tiba di Jepang bersama {number} warga."
    return article(str(number), body=body, entities=(), mentions=(), topics=(), in_language="id")


def test_a_bad_article_is_a_reject_and_the_others_of_its_batch_are_tagged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each article comes out once, in the window and with the time of its own."""
    real = ArticleTagger.tag_all

    def fail_on_three(tagger: ArticleTagger, articles: list[Article]) -> list[Article]:
        if any(" 3 warga" in one.article_body for one in articles):
            raise ValueError("three")
        return real(tagger, articles)

    monkeypatch.setattr(ArticleTagger, "tag_all", fail_on_three)

    def seen(one: Any, time: Any = beam.DoFn.TimestampParam, window: Any = beam.DoFn.WindowParam):  # type: ignore[no-untyped-def]
        names = len(one.entities) if isinstance(one, Article) else one.reason
        return one.source_record_id, names, float(time), float(window.start)

    given = [TimestampedValue(_news(number), number) for number in range(_NUMBER)]
    ids = [_news(number).source_record_id for number in range(_NUMBER)]
    with beam.Pipeline("FnApiRunner") as root:
        articles = root | beam.Create(given).with_output_types(Article)
        tagged = articles | beam.WindowInto(FixedWindows(5)) | TagArticles()
        good = tagged.articles | "Good" >> beam.Map(seen)
        bad = tagged.rejects | "Bad" >> beam.Map(seen)
        wanted = [(ids[n], 2, float(n), float(n - n % 5)) for n in range(_NUMBER) if n != 3]
        assert_that(good, equal_to(wanted), label="tagged")
        assert_that(bad, equal_to([(ids[3], "internal_error", 3.0, 0.0)]), label="rejected")
