"""Items -> clean articles: decoding, markup, boilerplate, dateline, dates, language."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import PCollection, TaggedOutput

from transforms.cleaning.watchdog import clean_bounded
from transforms.reading.context import context_of_item
from transforms.records import Article, Limits, Reject, SourceItem
from transforms.verdicts import attempt

REJECTS = "rejects"


class _CleanFn(beam.DoFn):
    """SourceItem -> Article; what cannot be cleaned goes to rejects."""

    def __init__(self, limits: Limits, now: datetime | None, strict: bool) -> None:
        self._limits, self._now, self._strict = limits, now, strict

    def process(self, element: SourceItem) -> Iterator[object]:
        outcome = attempt(
            partial(clean_bounded, limits=self._limits, now=self._now or datetime.now(UTC)),
            element,
            stage="clean",
            place=(element.source_uri, element.source_record_id),
            raw=element.raw,
            limits=self._limits,
            strict=self._strict,
        )
        if isinstance(outcome, Reject):
            context = context_of_item(element, self._limits)
            kept = replace(outcome, context=context, replay_of=element.replay_of)
            yield TaggedOutput(REJECTS, kept)
        else:
            yield outcome


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
