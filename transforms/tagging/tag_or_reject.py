"""The tagger that a process shares, and what a run does with articles it cannot tag."""

import functools
from collections.abc import Sequence

from warta.transforms.core.options import InputLimits, TaggingOptions
from warta.transforms.core.records import Article, Reject
from warta.transforms.core.reject_context import with_context
from warta.transforms.core.run_or_reject import run_or_reject
from warta.transforms.tagging.tag import ArticleTagger


@functools.cache
def shared_tagger(tables: TaggingOptions) -> ArticleTagger:
    """Return the one tagger of a process: bundles and forked workers share its tables."""
    tagger = ArticleTagger.load(tables)
    tagger.prepare()
    return tagger


def warm_up() -> None:
    """Load the tables of the languages that most articles are in."""
    tagger = shared_tagger(TaggingOptions())
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


def tag_or_reject(
    tagger: ArticleTagger, batch: Sequence[Article], limits: InputLimits, strict: bool
) -> list[Article | Reject]:
    """Return articles tagged in one go, or their rejects; one bad article spoils no other.

    Args:
      tagger: With its tables loaded.
      batch: Articles, at least one.
      limits: How much of an article a reject keeps.
      strict: Raise a defect instead of rejecting the article.

    Returns:
      One outcome for each article, in their order.
    """
    first = batch[0]
    together = run_or_reject(
        tagger.tag_all,
        batch,
        stage="tag",
        location=(first.source_uri, first.source_record_id),
        raw=first.article_body.encode("utf-8", "surrogatepass"),
        limits=limits,
        strict=strict and len(batch) == 1,
    )
    if not isinstance(together, Reject):
        return [*together]
    if len(batch) > 1:
        return [out for one in batch for out in tag_or_reject(tagger, [one], limits, strict)]
    return [with_context(together, first)]
