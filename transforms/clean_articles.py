"""The step of the graph that makes articles of records; see cleaning/clean_record.py."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import PCollection, TaggedOutput

from warta.transforms.cleaning.clean_record import clean_record
from warta.transforms.core.records import Article, Limits, Reject, SourceItem
from warta.transforms.sources.context import context_of_item

REJECTS = "rejects"


class _CleanFn(beam.DoFn):
    """Clean source items to articles; what cannot be cleaned goes to rejects."""

    def __init__(self, limits: Limits, now: datetime | None, strict: bool) -> None:
        self._limits, self._now, self._strict = limits, now, strict

    def process(self, element: SourceItem) -> Iterator[object]:
        now = self._now or datetime.now(UTC)
        outcome = clean_record(
            element, self._limits, now, strict=self._strict, context_of=context_of_item
        )
        yield TaggedOutput(REJECTS, outcome) if isinstance(outcome, Reject) else outcome


class CleanArticles(beam.PTransform[PCollection[SourceItem], Any]):
    """Clean source items: each becomes one article (Article) or one reject (Reject).

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
