"""Articles of the days that a run is asked for; the others are counted, and go no further."""

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam.pvalue import PCollection, TaggedOutput

from warta.transforms.cleaning.selection import left_out
from warta.transforms.core.counts import ReadCount
from warta.transforms.core.records import Article

COUNTS = "counts"


class _SelectFn(beam.DoFn):
    """Put out an article, or a count that takes it from the records that were read."""

    def __init__(self, since: date) -> None:
        self._since = since

    def process(self, element: Article) -> Iterator[object]:
        reason = left_out(element, self._since)
        if reason is None:
            yield element
        else:
            # Its reader has counted it as a record: from here on it is one that is passed over.
            yield TaggedOutput(COUNTS, ReadCount.moved_to_passed_over(reason))


class SelectOutputs(NamedTuple):
    """Articles that are kept, and counts that take the others from the records read.

    Example:
      >>> SelectOutputs._fields
      ('articles', 'counts')
    """

    articles: PCollection[Article]
    counts: PCollection[ReadCount]


class SelectArticles(beam.PTransform[PCollection[Article], SelectOutputs]):
    """Keep the articles of a day and later.

    Args:
      since: The first day, UTC.

    Returns:
      The outputs `articles` (Article) and `counts` (ReadCount). The counts go to `WriteLake` with
      those of the readers: what is left out is then counted as passed over.

    Example:
      >>> with beam.Pipeline("FnApiRunner") as root:
      ...     articles = root | beam.Create([]).with_output_types(Article)
      ...     kept = articles | SelectArticles(date(2026, 11, 1))
    """

    def __init__(self, since: date) -> None:
        super().__init__()
        self._fn = _SelectFn(since)

    def expand(self, articles: PCollection[Article]) -> Any:
        """Build the transform."""
        typed = beam.ParDo(self._fn).with_output_types(Article, **{COUNTS: ReadCount})
        outputs = articles | "Select" >> typed.with_outputs(COUNTS, main="articles")
        return SelectOutputs(outputs.articles, outputs[COUNTS])
