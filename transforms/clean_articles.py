"""Items -> clean articles: decoding, markup, boilerplate, dateline, dates, language."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import PCollection, TaggedOutput

from transforms.cleaning.choice import better
from transforms.cleaning.watchdog import clean_bounded
from transforms.reading.context import context_of_item
from transforms.records import Article, Limits, Reject, SourceItem, page_alone
from transforms.verdicts import attempt

REJECTS = "rejects"


class _CleanFn(beam.DoFn):
    """SourceItem -> Article; what cannot be cleaned goes to rejects."""

    def __init__(self, limits: Limits, now: datetime, strict: bool) -> None:
        self._limits, self._strict = limits, strict
        self._clean = partial(clean_bounded, limits=limits, now=now)

    def process(self, element: SourceItem) -> Iterator[object]:
        if element.page is None:
            outcome = self._attempt(element)
        else:
            outcome = self._attempt(page_alone(element))
            # The feed's own text stays where the page gives none, or less.
            own = self._attempt(replace(element, page=None))
            if isinstance(own, Article):
                outcome = own if isinstance(outcome, Reject) else better(outcome, own)
        yield TaggedOutput(REJECTS, outcome) if isinstance(outcome, Reject) else outcome

    def _attempt(self, item: SourceItem) -> Article | Reject:
        outcome = attempt(
            self._clean,
            item,
            stage="clean",
            place=(item.source_uri, item.source_record_id),
            raw=item.raw,
            limits=self._limits,
            strict=self._strict,
        )
        if isinstance(outcome, Reject):
            context = context_of_item(item, self._limits)
            return replace(outcome, context=context, replay_of=item.replay_of)
        return outcome


class CleanArticles(beam.PTransform[PCollection[SourceItem], Any]):
    """SourceItem -> outputs articles (Article) and rejects (Reject), one for one."""

    def __init__(self, limits: Limits, now: datetime, *, strict: bool = False) -> None:
        super().__init__()
        self._fn = _CleanFn(limits, now, strict)

    def expand(self, items: PCollection[SourceItem]) -> Any:
        """See the class."""
        return items | "Clean" >> beam.ParDo(self._fn).with_output_types(
            Article, **{REJECTS: Reject}
        ).with_outputs(REJECTS, main="articles")
