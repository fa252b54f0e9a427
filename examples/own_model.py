"""A model of your own that finds names: here a pattern for ships, as organisations.

    python -m examples.own_model lake

A recogniser gets several texts at once and gives the names of each. A model on disk that Hugging
Face or spaCy stored needs no code: `TaggingOptions(ner="hf:FOLDER")`, or `warta run --ner`.
"""

import re
import sys
from collections.abc import Sequence

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from warta.transforms import (
    CleanArticles,
    Source,
    SourceItem,
    TagArticles,
    WriteLake,
    open_dataset,
    open_writer,
)
from warta.transforms.tagging.ner.recognisers import Found

SHIP = re.compile(r"\bKM [A-Z]\w+(?: [A-Z]\w+)*")
TEXT = "Kapal KM Bahari Jaya tiba di Pelabuhan Sagara pada Senin pagi membawa 300 penumpang."


class Ships:
    """Finds the names of ships."""

    name = "ships-1"
    """With its version: it goes into the column `tagger_versions`."""
    method = "ships"

    def names(self, texts: Sequence[str]) -> list[list[Found]]:
        """Return the names of each text, in order, none over another."""
        return [
            [Found(*match.span(), "organisation", 0.9) for match in SHIP.finditer(text)]
            for text in texts
        ]


def main(arguments: Sequence[str]) -> None:
    """Tag one text with the model, write it to a lake, and print its names."""
    lake, *options = arguments
    item = SourceItem(
        source=Source("harbour", language="id"),
        source_uri="harbour",
        source_record_id="1",
        kind="text",
        raw=TEXT.encode(),
        content=TEXT,
        content_type="text",
    )
    with open_writer(lake) as writer, beam.Pipeline(options=PipelineOptions(options)) as root:
        cleaned = root | "Text" >> beam.Create([item]) | "Clean" >> CleanArticles()
        tagged = cleaned.articles | "Tag" >> TagArticles(recogniser=Ships())
        rows = {
            "articles": tagged.articles,
            "rejects_of_clean": cleaned.rejects,
            "rejects_of_tag": tagged.rejects,
        }
        _ = rows | "Write" >> WriteLake(writer)
    for mention in open_dataset(lake, "mentions").to_table().to_pylist():
        print(mention["surface"], mention["type"], mention["method"])


if __name__ == "__main__":
    main(sys.argv[1:])
