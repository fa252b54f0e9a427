"""A graph of your own with warta's transforms: keep the articles that name a word.

    python -m examples.own_graph sample_data/sources/jsonl lake pelabuhan

Beam's own options may follow. Each step's rejects go to the lake beside the
articles, with their reasons.
"""

import sys
from collections.abc import Sequence

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from warta.transforms import (
    Article,
    CleanArticles,
    ListSources,
    ReadSources,
    TagArticles,
    WriteLake,
    open_writer,
)


def names(article: Article, word: str) -> bool:
    """Return whether an article has a word in its headline or text."""
    return word in f"{article.headline or ''} {article.article_body}".casefold()


def main(arguments: Sequence[str]) -> None:
    """Read a folder, keep some articles, write them to a lake."""
    inputs, lake, word, *options = arguments
    with open_writer(lake) as writer, beam.Pipeline(options=PipelineOptions(options)) as root:
        read = root | "List" >> ListSources(inputs) | "Read" >> ReadSources()
        cleaned = read.items | "Clean" >> CleanArticles()
        kept = cleaned.articles | "Keep" >> beam.Filter(names, word.casefold())
        tagged = kept | "Tag" >> TagArticles()
        rows = {
            "articles": tagged.articles,
            "rejects_of_read": read.rejects,
            "rejects_of_clean": cleaned.rejects,
            "rejects_of_tag": tagged.rejects,
        }
        # What was filtered out is wanted: without `counts`, the rows that arrive count.
        committed = rows | "Write" >> WriteLake(writer)
        _ = committed | "Print" >> beam.Map(lambda commit: print(commit["counts"]))


if __name__ == "__main__":
    main(sys.argv[1:])
