"""Wikidata ids that articles are given, against a list that was checked by hand.

link_set.tsv says what each name means where it is; a row without an id says that it means
nothing that has one. An id that the list does not speak of counts as wrong: after a change
of tables or samples the new ids are read and added.

Run it: python -m evaluation.links [DATA]
"""

import csv
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from evaluation.entities import article_text
from tests.support.lakes import article
from warta.transforms.cleaning.clean import clean_article
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Article, Mention, Source, SourceItem
from warta.transforms.core.rejections import RejectedRecord
from warta.transforms.sources.listing import list_source
from warta.transforms.sources.readers import read_reference
from warta.transforms.tagging.tag import ArticleTagger

HERE = Path(__file__).parent
SAMPLES = HERE.parent / "sample_data" / "sources"
AROUND = 40
"""Letters before and after a name in which a row's context is looked for."""


class Given(NamedTuple):
    """An id that a mention has, and what the list says of it; None: nothing."""

    surface: str
    context: str
    wikidata_id: str
    expected: str | None


def checked_ids(path: Path = HERE / "link_set.tsv") -> dict[tuple[str, str], list[tuple[str, str]]]:
    """Return the list's contexts with ids by (set, surface), those with a context first."""
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            key = row["set"], row["surface"]
            found.setdefault(key, []).append((row["context"], row["wikidata_id"]))
    return {key: sorted(rows, reverse=True) for key, rows in found.items()}


def cleaned(source: Source) -> Iterator[Article]:
    """Yield the articles of a source, cleaned; what is not an article is passed over."""
    for reference in list_source(source, split_bytes=1 << 40, stripes=1):
        for item in read_reference(reference, InputLimits()):
            if isinstance(item, SourceItem):
                try:
                    yield clean_article(item, InputLimits(), datetime.now(UTC))
                except RejectedRecord:
                    continue


def samples() -> Iterator[Article]:
    """Yield the articles of the project's samples."""
    for folder in sorted(path for path in SAMPLES.iterdir() if path.name != "broken"):
        yield from cleaned(Source(str(folder)))


def news(data: Path) -> Iterator[Article]:
    """Yield the news articles of a folder of annotated sets, and those beside it."""
    if (data.parent / "seeds").is_dir():
        yield from cleaned(Source(str(data.parent / "seeds")))
    if (data / "gold-dev").is_dir():
        lines = (data / "gold-dev" / "articles.jsonl").read_text(encoding="utf-8").splitlines()
        for line in lines:
            yield replace(article("a", article_text(json.loads(line))), in_language="id")


def given_ids(which: str, articles: Iterable[Article], tagger: ArticleTagger) -> Iterator[Given]:
    """Yield each id that a set's articles are given, with what the list says."""
    known = checked_ids()
    for one in map(tagger.tag, articles):
        for mention in one.mentions:
            if mention.wikidata_id:
                context = _around(one, mention)
                rows = known.get((which, mention.surface), ())
                expected = next((qid for words, qid in rows if words in context), None)
                yield Given(mention.surface, context, mention.wikidata_id, expected)


def _around(one: Article, mention: Mention) -> str:
    text = one.article_body if mention.field == "article_body" else one.headline or ""
    return text[max(0, mention.start - AROUND) : mention.end + AROUND].replace("\n", " ")


def measure(data: Path) -> dict[str, float]:
    """How many ids are given on the samples and on news, and how many in a hundred are right."""
    tagger = ArticleTagger.load()
    figures: dict[str, float] = {}
    for which, articles in (("samples", samples()), ("news", news(data))):
        found = list(given_ids(which, articles, tagger))
        if found:
            right = sum(one.wikidata_id == one.expected for one in found)
            figures[f"ids_given_{which}"] = len(found)
            figures[f"ids_right_{which}"] = 100 * right / len(found)
    return figures


def main() -> None:
    """Print every id that is not what the list says, then the figures."""
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("../shared/data")
    tagger = ArticleTagger.load()
    for which, articles in (("samples", samples()), ("news", news(data))):
        for one in given_ids(which, articles, tagger):
            if one.wikidata_id != one.expected:
                print(which, *one, sep="\t")
    for name, value in measure(data).items():
        print(f"{name:<32}{value:>9.2f}")


if __name__ == "__main__":
    main()
