"""Tag clean articles with a custom model, in batches.

Beam's RunInference gathers the batches, loads the model once a worker and counts what it takes.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import apache_beam as beam
from apache_beam.ml.inference.base import ModelHandler, RunInference
from apache_beam.pvalue import PCollection, TaggedOutput

from warta.transforms.clean_articles import REJECTS, ArticleOutputs
from warta.transforms.core.options import InputLimits, TaggingOptions
from warta.transforms.core.records import Article, Reject
from warta.transforms.tagging.ner.recognisers import Recogniser
from warta.transforms.tagging.tag import ArticleTagger
from warta.transforms.tagging.tag_or_reject import tag_or_reject

MOST_ARTICLES = 16
"""Articles in one batch: a classifier's memory grows with all their pieces together."""


class _TaggerHandler(ModelHandler[Article, Article | Reject, ArticleTagger]):
    def __init__(
        self,
        options: TaggingOptions,
        limits: InputLimits,
        strict: bool,
        recogniser: Recogniser | None = None,
    ) -> None:
        super().__init__(min_batch_size=1, max_batch_size=MOST_ARTICLES)
        self._options, self._limits, self._strict = options, limits, strict
        self._recogniser = recogniser

    def load_model(self) -> ArticleTagger:
        """Return the tagger, with the user's model in it."""
        return ArticleTagger.load(self._options, self._recogniser)

    def run_inference(
        self,
        batch: Sequence[Article],
        model: ArticleTagger,
        inference_args: dict[str, Any] | None = None,
    ) -> Iterable[Article | Reject]:
        """Return articles tagged, or their rejects; one bad article spoils no other."""
        del inference_args
        return tag_or_reject(model, batch, self._limits, self._strict)


def _part(outcome: Article | Reject) -> Iterator[object]:
    yield TaggedOutput(REJECTS, outcome) if isinstance(outcome, Reject) else outcome


class TagWithModel(beam.PTransform[PCollection[Article], ArticleOutputs]):
    """Add entities, mentions and topics to articles, in batches; see `TagArticles`.

    Args:
      options: Which tables and models tag.
      limits: How much of an article is kept where it cannot be tagged.
      strict: Let a defect fail the run.
      recogniser: An object that finds names; None: as `options` say.

    Returns:
      The outputs `articles` (Article) and `rejects` (Reject): one of both for each article.
    """

    def __init__(
        self,
        options: TaggingOptions,
        limits: InputLimits,
        strict: bool,
        recogniser: Recogniser | None = None,
    ) -> None:
        super().__init__()
        self._handler = _TaggerHandler(options, limits, strict, recogniser)

    def expand(self, articles: PCollection[Article]) -> Any:
        """Build the transform."""
        outcomes = articles | "Recognise" >> RunInference(self._handler)
        typed = beam.FlatMap(_part).with_output_types(Article, **{REJECTS: Reject})
        parts = outcomes | "Part" >> typed.with_outputs(REJECTS, main="articles")
        return ArticleOutputs(parts.articles, parts[REJECTS])
