"""The script that many write today, beside warta, on the same pages: for those who have its parts.

    python -m benchmarks.peers --pages 100

trafilatura takes the text, langid the language, a pipeline of spaCy the names; warta's plain loop
reads, cleans, tags and signs the same made pages, dates, topics, ids and removed text included.
Printed is processor time a page. spaCy and langid (or py3langid) are none of warta's dependencies:
what is missing is named, and nothing is installed. Without --model the names are taken by an
untrained pipeline of spaCy's own layers, as its small models have them: what it finds is noise, but
it computes as much.
"""

import argparse
import importlib
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.articles import clean_articles, write_pages
from benchmarks.compare import interpreter
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Source
from warta.transforms.dedup.signatures import sign
from warta.transforms.tagging.tag import ARTICLES_AT_ONCE, ArticleTagger

_WARM = 20
"""Pages that are read before the clock starts: models load, caches fill."""

Step = Callable[[Any], Any]


def _module(*names: str) -> Any:
    for name in names:
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError:
            continue
    sys.exit(f"{names[0]} is missing: python -m pip install {names[0]}")


def _untrained(spacy: Any) -> Any:
    """Return a pipeline of spaCy that finds names as one does that has learnt nothing."""
    tagger = spacy.blank("xx")
    names = tagger.add_pipe("ner")
    for label in ("PER", "LOC", "ORG", "MISC"):
        names.add_label(label)
    tagger.initialize()
    return tagger


def script(model: str | None) -> Step:
    """Return the script as a function of a page's markup.

    Args:
      model: of spaCy, such as en_core_web_sm or xx_ent_wiki_sm; None for an untrained one.
    """
    trafilatura, langid = _module("trafilatura"), _module("py3langid", "langid")
    spacy = _module("spacy")
    try:
        tagger = spacy.load(model) if model else _untrained(spacy)
    except OSError:
        sys.exit(f"spaCy has no model {model}: python -m spacy download {model}")

    def read(markup: str) -> tuple[str, str, list[str]]:
        text = trafilatura.extract(markup) or ""
        return text, langid.classify(text)[0], [name.text for name in tagger(text).ents]

    return read


def measure_script(paths: list[Path], model: str | None) -> float:
    """Return the milliseconds of processor time that the script takes a page."""
    read = script(model)
    markups = [path.read_text(encoding="utf-8") for path in paths]
    for markup in markups[:_WARM]:
        read(markup)
    started = time.process_time()
    for markup in markups[_WARM:]:
        read(markup)
    return (time.process_time() - started) * 1_000 / (len(markups) - _WARM)


def measure_loop(paths: list[Path]) -> float:
    """Return the milliseconds of processor time that warta's plain loop takes a page."""
    tagger = ArticleTagger.load()

    def loop(given: list[Path]) -> None:
        articles = (
            article
            for path in given
            for article in clean_articles(Source(str(path), kind="html"), InputLimits())
        )
        bodies: list[str] = []
        while group := list(islice(articles, ARTICLES_AT_ONCE)):
            bodies += [article.article_body for article in tagger.tag_all(group)]
        sign(bodies)

    loop(paths[:_WARM])
    started = time.process_time()
    loop(paths[_WARM:])
    return (time.process_time() - started) * 1_000 / (len(paths) - _WARM)


def main() -> None:
    """Make pages, and measure both on them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=100)
    parser.add_argument("--kilobytes", type=int, default=110, help="of each page")
    parser.add_argument("--model", help="of spaCy, such as xx_ent_wiki_sm; without: untrained")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="warta-peers-") as scratch:
        folder = Path(scratch) / "pages"
        write_pages(folder, pages=options.pages + _WARM, kilobytes=options.kilobytes)
        paths = sorted(folder.glob("*.html"))
        print(f"{interpreter()}\n{options.pages} pages of {options.kilobytes} KB, ms a page")
        print(f"{'warta, plain loop':40}{measure_loop(paths):>8.1f}")
        taken = measure_script(paths, options.model)
        print(f"{'trafilatura, langid, spaCy ' + (options.model or 'untrained'):40}{taken:>8.1f}")


if __name__ == "__main__":
    main()
