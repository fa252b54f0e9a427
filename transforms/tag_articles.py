"""Tag clean articles with entities, mentions and topics."""

import functools
from collections.abc import Iterator
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import PCollection, TaggedOutput

from warta.transforms.core.options import TaggingOptions
from warta.transforms.core.records import Article, Limits, Reject
from warta.transforms.core.rejections import run_or_reject
from warta.transforms.sources.context import with_context
from warta.transforms.tagging.tag import ArticleTagger

REJECTS = "rejects"


@functools.cache
def _tagger(tables: TaggingOptions) -> ArticleTagger:
    """One tagger a process: bundles and forked workers share its tables."""
    tagger = ArticleTagger.load(tables)
    tagger.prepare()
    return tagger


def warm_up() -> None:
    """Load the tables of the languages that most articles are in."""
    tagger = _tagger(TaggingOptions())
    for language in ("id", "en"):
        tagger.tag(
            Article(
                article_id="",
                article_body="Jakarta.",
                published_date="unknown",
                source_uri="",
                source_record_id="",
                extraction_method="text",
                content_sha256="",
                word_count=1,
                in_language=language,
            )
        )


class _TagFn(beam.DoFn):
    """Tag articles; tables and models are loaded once a worker."""

    def __init__(self, tables: TaggingOptions, limits: Limits, strict: bool) -> None:
        self._tables, self._limits, self._strict = tables, limits, strict

    def setup(self) -> None:
        self._tagger = _tagger(self._tables)

    def process(self, element: Article) -> Iterator[object]:
        outcome = run_or_reject(
            self._tagger.tag,
            element,
            stage="tag",
            place=(element.source_uri, element.source_record_id),
            raw=element.article_body.encode("utf-8", "surrogatepass"),
            limits=self._limits,
            strict=self._strict,
        )
        if isinstance(outcome, Reject):
            yield TaggedOutput(REJECTS, with_context(outcome, element))
        else:
            yield outcome


class TagArticles(beam.PTransform[PCollection[Article], Any]):
    """Tag articles: each becomes one article (Article) or one reject (Reject)."""

    def __init__(self, tables: TaggingOptions, limits: Limits, *, strict: bool = False) -> None:
        super().__init__()
        self._given = (tables, limits, strict)

    def expand(self, articles: PCollection[Article]) -> Any:
        """See the class."""
        if self._given[0].ner or self._given[0].topic_model:
            # RunInference brings what only those who bring a model need.
            from warta.transforms.tag_with_model import TagWithModel

            return articles | TagWithModel(*self._given)
        return articles | "Tag" >> beam.ParDo(_TagFn(*self._given)).with_output_types(
            Article, **{REJECTS: Reject}
        ).with_outputs(REJECTS, main="articles")
