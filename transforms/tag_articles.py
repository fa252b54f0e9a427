"""Tag clean articles with entities, mentions and topics."""

from collections.abc import Iterator
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import PCollection, TaggedOutput
from apache_beam.utils.windowed_value import WindowedValue

from warta.transforms.clean_articles import REJECTS, ArticleOutputs, articles_with
from warta.transforms.core.options import DEFAULT_LIMITS, InputLimits, TaggingOptions
from warta.transforms.core.records import Article, Reject
from warta.transforms.tagging.ner.recognisers import Recogniser
from warta.transforms.tagging.tag import ARTICLES_AT_ONCE
from warta.transforms.tagging.tag_or_reject import shared_tagger, tag_or_reject

_OPTIONS = TaggingOptions()
_Held = tuple[Article, Any, Any]
"""An article, its timestamp and its window."""


class _TagFn(beam.DoFn):
    """Tag articles, several of a bundle at once; tables and models are loaded once a worker.

    No article waits for those of another bundle: what a stream has read goes on with its bundle.
    """

    def __init__(self, tables: TaggingOptions, limits: InputLimits, strict: bool) -> None:
        self._tables, self._limits, self._strict = tables, limits, strict

    def setup(self) -> None:
        self._tagger = shared_tagger(self._tables)

    def start_bundle(self) -> None:
        self._held: list[_Held] = []

    def process(
        self,
        element: Article,
        timestamp: Any = beam.DoFn.TimestampParam,
        window: Any = beam.DoFn.WindowParam,
    ) -> Iterator[object]:
        self._held.append((element, timestamp, window))
        if len(self._held) == ARTICLES_AT_ONCE:
            yield from self._tagged()

    def finish_bundle(self) -> Iterator[object]:
        if self._held:
            yield from self._tagged()

    def _tagged(self) -> Iterator[object]:
        held, self._held = self._held, []
        batch = [article for article, _, _ in held]
        outcomes = tag_or_reject(self._tagger, batch, self._limits, self._strict)
        for outcome, (_, timestamp, window) in zip(outcomes, held, strict=True):
            value = WindowedValue(outcome, timestamp, (window,))
            yield TaggedOutput(REJECTS, value) if isinstance(outcome, Reject) else value


class TagArticles(beam.PTransform[PCollection[Article], ArticleOutputs]):
    """Add entities, mentions and topics to articles.

    Args:
      options: Which tables and models tag.
      limits: How much of an article is kept where it cannot be tagged.
      recogniser: An object of your own that finds names, in place of warta's model. It travels
        to the workers by pickle.
      strict: Let a defect fail the run.

    Returns:
      The outputs `articles` (Article) and `rejects` (Reject): one of both for each article.

    Raises:
      GazetteerError: In a worker, as all of these: a table of names cannot be read.
      TopicsError: A file of topics cannot be read.
      RecogniserError: There is no such model of names, or its library is not installed.
      TopicModelError: The same, of a model of topics.
      ModelError: A model that warta ships is damaged.

    Example:
      >>> with beam.Pipeline("FnApiRunner") as root:
      ...     articles = root | beam.Create([]).with_output_types(Article)
      ...     tagged = articles | TagArticles(TaggingOptions(iptc=False))
    """

    def __init__(
        self,
        options: TaggingOptions = _OPTIONS,
        limits: InputLimits = DEFAULT_LIMITS,
        *,
        recogniser: Recogniser | None = None,
        strict: bool = False,
    ) -> None:
        super().__init__()
        self._given, self._recogniser = (options, limits, strict), recogniser

    def expand(self, articles: PCollection[Article]) -> Any:
        """Build the transform."""
        options = self._given[0]
        if options.ner or options.topic_model or self._recogniser:
            # RunInference imports what only those who bring a model need.
            from warta.transforms.tag_with_model import TagWithModel

            return articles | "TagWithModel" >> TagWithModel(*self._given, self._recogniser)
        return articles_with(articles, "Tag", _TagFn(*self._given))
