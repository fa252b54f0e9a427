"""Items -> clean articles: decoding, markup, boilerplate, dateline, dates, language."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import PCollection, TaggedOutput

from transforms.cleaning.merge_feed_and_page import better
from transforms.cleaning.watchdog import clean_bounded
from transforms.core.records import Article, Limits, Reject, SourceItem, page_alone
from transforms.core.rejections import attempt
from transforms.sources.context import context_of_item

REJECTS = "rejects"


def clean(item: SourceItem, limits: Limits, now: datetime, strict: bool) -> Article | Reject:
    """A record -> its article, or the reject that stands for it.

    Of an entry with its page both are cleaned, and the better is kept (see cleaning/choice.py); the
    feed's own text stands where the page gives none.
    """
    if item.page is None:
        return _clean_one(item, limits, now, strict)
    page = _clean_one(page_alone(item), limits, now, strict)
    own = _clean_one(replace(item, page=None), limits, now, strict)
    if isinstance(own, Reject):
        return page
    return own if isinstance(page, Reject) else better(page, own)


def _clean_one(item: SourceItem, limits: Limits, now: datetime, strict: bool) -> Article | Reject:
    outcome = attempt(
        partial(clean_bounded, limits=limits, now=now),
        item,
        stage="clean",
        place=(item.source_uri, item.source_record_id),
        raw=item.raw,
        limits=limits,
        strict=strict,
    )
    if isinstance(outcome, Reject):
        context = context_of_item(item, limits)
        return replace(outcome, context=context, replay_of=item.replay_of)
    return outcome


class _CleanFn(beam.DoFn):
    """SourceItem -> Article; what cannot be cleaned goes to rejects."""

    def __init__(self, limits: Limits, now: datetime | None, strict: bool) -> None:
        self._limits, self._now, self._strict = limits, now, strict

    def process(self, element: SourceItem) -> Iterator[object]:
        now = self._now or datetime.now(UTC)
        outcome = clean(element, self._limits, now, self._strict)
        yield TaggedOutput(REJECTS, outcome) if isinstance(outcome, Reject) else outcome


class CleanArticles(beam.PTransform[PCollection[SourceItem], Any]):
    """SourceItem -> outputs articles (Article) and rejects (Reject), one for one.

    Args:
      limits: for one record.
      now: later dates are not believed; None: in a stream, the time of cleaning.
      strict: let a defect fail the run.
    """

    def __init__(self, limits: Limits, now: datetime | None, *, strict: bool = False) -> None:
        super().__init__()
        self._fn = _CleanFn(limits, now, strict)

    def expand(self, items: PCollection[SourceItem]) -> Any:
        """See the class."""
        return items | "Clean" >> beam.ParDo(self._fn).with_output_types(
            Article, **{REJECTS: Reject}
        ).with_outputs(REJECTS, main="articles")
