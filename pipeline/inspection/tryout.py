"""`warta try`: a file read, cleaned and tagged, without Beam and without a lake."""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

import click

from warta.pipeline.inspection.pages import name_location, name_passed_over, name_rejection
from warta.transforms.core.options import (
    DEFAULT_CLEANING,
    DEFAULT_LIMITS,
    CleaningOptions,
    TaggingOptions,
)
from warta.transforms.core.records import (
    Article,
    PassedOver,
    Reference,
    Reject,
    Source,
    SourceItem,
)
from warta.transforms.core.redaction import (
    URL_COLUMNS,
    displayable,
    mask_secrets,
    printable,
    without_controls,
)
from warta.transforms.core.run_or_reject import run_or_reject

if TYPE_CHECKING:
    from warta.transforms.tagging.tag import ArticleTagger

_SPLIT_BYTES = 1 << 62  # one process reads every file whole


class Printer(Protocol):
    """Shows what came of each record."""

    def article(self, article: Article) -> None:
        """Show an article that would be published."""

    def reject(self, rejected: Reject) -> None:
        """Show a record that would be rejected."""

    def skipped(self, uri: str, why: str) -> None:
        """Show a file of a folder that is not read."""

    def passed_over(self, uri: str, reason: str, number: int) -> None:
        """Show what an input holds beside records, by its reason."""


def try_sources(
    sources: Sequence[Source],
    tables: TaggingOptions,
    printer: Printer,
    cleaning: CleaningOptions = DEFAULT_CLEANING,
) -> int:
    """Show what the pipeline makes of each record, and return the number of rejects.

    Raises:
      StorageError: A location leads nowhere or cannot be used; nothing was shown yet.
    """
    from warta.transforms.sources.listing import list_source
    from warta.transforms.sources.pipes import copy_pipes

    rejects = 0
    with ExitStack() as stack:
        copies = stack.enter_context(copy_pipes(source.location for source in sources))
        listings = [
            list_source(one, split_bytes=_SPLIT_BYTES, stripes=1, copy=copies.get(one.location))
            for one in sources
        ]
        # A wrong path is reported before the taggers load.
        from warta.transforms.tagging.tag import ArticleTagger

        tagger = ArticleTagger.load(tables)
        for listing in listings:
            for uri, why in (*listing.skipped, *listing.unreadable):
                printer.skipped(uri, why)
            passed_over: Counter[tuple[str, str]] = Counter()
            for outcome in _read(listing, tagger, cleaning):
                if isinstance(outcome, PassedOver):
                    passed_over[outcome.source_uri, outcome.reason] += 1
                    continue
                rejects += isinstance(outcome, Reject)
                if isinstance(outcome, Reject):
                    printer.reject(outcome)
                else:
                    printer.article(outcome)
            for (uri, reason), number in sorted(passed_over.items()):
                printer.passed_over(uri, reason, number)
    return rejects


def _read(
    references: Iterable[Reference], tagger: "ArticleTagger", cleaning: CleaningOptions
) -> Iterator[Article | Reject | PassedOver]:
    """Yield every record as an article or a reject, as the graph would make it."""
    from warta.transforms.sources.readers import read_reference

    now = datetime.now(UTC)
    for reference in references:
        for item in read_reference(reference, DEFAULT_LIMITS):
            if isinstance(item, SourceItem):
                yield _make(item, tagger, cleaning, now)
            else:
                yield item


def _make(
    item: SourceItem, tagger: "ArticleTagger", cleaning: CleaningOptions, now: datetime
) -> Article | Reject:
    """Clean and tag one item; a defect of warta's is a reject here as it is in a run."""
    from warta.transforms.cleaning.clean_record import clean_record

    outcome = clean_record(item, DEFAULT_LIMITS, now, cleaning)
    if isinstance(outcome, Reject):
        return outcome
    at = (item.source_uri, item.source_record_id)
    return run_or_reject(
        tagger.tag,
        outcome,
        stage="tag",
        location=at,
        raw=item.raw,
        limits=DEFAULT_LIMITS,
        strict=False,
    )


MAX_TOGETHER = 1_000
"""Of articles that are shown, so many are compared with each other."""


class RememberingPrinter:
    """A printer that keeps the articles that it was given."""

    def __init__(self, printer: Printer) -> None:
        self._printer = printer
        self.articles: list[Article] = []
        self.reject, self.skipped = printer.reject, printer.skipped
        self.passed_over = printer.passed_over

    def article(self, article: Article) -> None:
        """Show an article, and keep it."""
        self._printer.article(article)
        if len(self.articles) < MAX_TOGETHER:
            self.articles.append(article)


class JsonPrinter:
    """Articles as JSON lines on standard output, the rest as lines on standard error."""

    def article(self, article: Article) -> None:
        """Print one line: the columns of `articles`, and `mentions`."""
        import orjson  # 40 ms that the readable form does without

        options = orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z
        line = without_controls(orjson.dumps(make_row(article), option=options).decode())
        # What a program reads keeps its direction marks.
        click.echo(printable(line) if sys.stdout.isatty() else line, nl=False)

    def reject(self, rejected: Reject) -> None:
        """Print one line on standard error."""
        click.echo(f"rejected: {name_location(rejected)}: {name_rejection(rejected)}", err=True)

    def skipped(self, uri: str, why: str) -> None:
        """Print one line on standard error."""
        click.echo(displayable(f"skipped: {uri}: {why}"), err=True)

    def passed_over(self, uri: str, reason: str, number: int) -> None:
        """Print one line on standard error."""
        click.echo(name_passed_over(uri, reason, number), err=True)


def make_row(article: Article) -> dict[str, Any]:
    """Return an article's columns by name, in the order of the table, and what belongs to it.

    Null is what only a run gives: fingerprints, duplicates, run_id, ingested_at. Version is 1.
    """
    from warta.transforms.core.schema import SCHEMA_VERSION, TABLES, children_of

    given = {"version": 1, "schema_version": SCHEMA_VERSION}
    names = TABLES["articles"].schema.names
    row = {name: given.get(name, getattr(article, name, None)) for name in names}
    row |= {name: mask_secrets(str(row[name])) for name in URL_COLUMNS if row[name] is not None}
    for child in children_of("articles"):
        of_article = {name: row[name] for name in child.from_parent}
        row[child.name] = [
            {name: of_article.get(name, getattr(one, name, None)) for name in child.schema.names}
            for one in getattr(article, child.name)
        ]
    return row
