"""The step of the graph that makes articles of records; see cleaning/clean_record.py."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam.pvalue import PCollection, TaggedOutput

from warta.transforms.cleaning.clean_record import clean_record
from warta.transforms.core.options import (
    DEFAULT_CLEANING,
    DEFAULT_LIMITS,
    CleaningOptions,
    InputLimits,
)
from warta.transforms.core.records import Article, Reject, SourceItem
from warta.transforms.core.reject_context import context_of_item

REJECTS = "rejects"


class _CleanFn(beam.DoFn):
    """Clean source items to articles; what cannot be cleaned goes to rejects."""

    def __init__(
        self, options: CleaningOptions, limits: InputLimits, now: datetime | None, strict: bool
    ) -> None:
        self._options, self._limits = options, limits
        self._now, self._strict = now, strict

    def process(self, element: SourceItem) -> Iterator[object]:
        now = self._now or datetime.now(UTC)
        outcome = clean_record(
            element,
            self._limits,
            now,
            self._options,
            strict=self._strict,
            context_of=context_of_item,
        )
        yield TaggedOutput(REJECTS, outcome) if isinstance(outcome, Reject) else outcome


class ArticleOutputs(NamedTuple):
    """What comes out of cleaning and of tagging: each record once, in one of both.

    Example:
      >>> ArticleOutputs._fields
      ('articles', 'rejects')
    """

    articles: PCollection[Article]
    rejects: PCollection[Reject]


class CleanArticles(beam.PTransform[PCollection[SourceItem], ArticleOutputs]):
    """Make an article of each record: its text found and cleaned, its metadata read.

    Args:
      options: How records are cleaned, in which time, and what is too short.
      limits: Bounds for one record.
      now: Later dates are not believed; None: the time of cleaning.
      strict: Let a defect fail the run.

    Returns:
      The outputs `articles` (Article) and `rejects` (Reject): one of both for each record.

    Example:
      >>> from warta.transforms.core.records import Source, SourceItem
      >>> text = "Nelayan Teluk Sagara kembali melaut sesudah badai reda."
      >>> item = SourceItem(Source("note"), "note", "", "text", b"", text, "text")
      >>> with beam.Pipeline("FnApiRunner") as root:
      ...     cleaned = root | beam.Create([item]) | CleanArticles()
      ...     bodies = cleaned.articles | beam.Map(lambda article: article.article_body)
    """

    def __init__(
        self,
        options: CleaningOptions = DEFAULT_CLEANING,
        limits: InputLimits = DEFAULT_LIMITS,
        now: datetime | None = None,
        *,
        strict: bool = False,
    ) -> None:
        super().__init__()
        self._fn = _CleanFn(options, limits, now, strict)

    def expand(self, items: PCollection[SourceItem]) -> Any:
        """Build the transform."""
        return articles_with(items, "Clean", self._fn)


def articles_with(inputs: Any, label: str, fn: beam.DoFn) -> ArticleOutputs:
    """Return the articles and rejects of a DoFn.

    Args:
      inputs: What it is applied to.
      label: Its label in the graph.
      fn: Yields articles, and rejects as tagged outputs.

    Returns:
      Both outputs, with their types declared.
    """
    typed = beam.ParDo(fn).with_output_types(Article, **{REJECTS: Reject})
    outputs = inputs | label >> typed.with_outputs(REJECTS, main="articles")
    return ArticleOutputs(outputs.articles, outputs[REJECTS])
