"""Articles and rejects as pages to read, on a terminal or as plain text."""

import shutil
import textwrap
import unicodedata
from collections.abc import Iterator
from itertools import groupby
from typing import Any

import click

from warta.transforms.core.options import TaggingOptions
from warta.transforms.core.records import Article, Reject
from warta.transforms.core.redaction import displayable, printable
from warta.transforms.core.rejections import PASSED_OVER, REASONS

_TOPIC_WORDS = 12
"""Words shown for each topic, the loudest."""


def name_location(record: Article | Reject) -> str:
    """Return where a record came from."""
    return displayable(" ".join(f"{record.source_uri} {record.source_record_id}".split()))


def name_rejection(rejected: Reject) -> str:
    """Return the reason and what was seen, in one line."""
    seen = " ".join(rejected.error.split())
    return displayable(f"{rejected.reason}: {seen}" if seen else rejected.reason)


def name_passed_over(uri: str, reason: str, number: int) -> str:
    """Return a line on what an input holds beside records."""
    location = " ".join(uri.split())
    return displayable(f"passed over: {location}: {number:,} {reason} ({PASSED_OVER[reason]})")


_LEAST_WIDTH = 40
"""Of a page, in columns: a narrower terminal breaks its lines itself."""


class TextPrinter:
    """A page to read: for a terminal, or as plain text.

    Args:
      explained: Show also what made each topic, mention and removal, in full; what articles were
        tagged by.
    """

    def __init__(self, explained: TaggingOptions | None = None) -> None:
        self._explained = explained
        self._explain = explained is not None
        self._width = max(_LEAST_WIDTH, min(shutil.get_terminal_size().columns, 100))

    def article(self, article: Article) -> None:
        """Print the article as a page."""
        self._rule(name_location(article), "cyan")
        self._wrapped(article.headline or "(no headline)", bold=True)
        click.echo()
        for label, value in _facts(article):
            self._labelled(label, value)
        for paragraph in article.article_body.split("\n"):
            click.echo()
            self._wrapped(paragraph)
        self._removed(article)
        self._entities(article)
        self._topics(article)
        if self._explain:
            self._mentions(article)
            self._lineage(article)
        click.echo()

    def reject(self, rejected: Reject) -> None:
        """Print the rejection, and what was rejected, shortened."""
        self._rule(name_location(rejected), "red")
        self._wrapped(f"rejected: {name_rejection(rejected)}", fg="red", bold=True)
        self._wrapped(REASONS[rejected.reason])
        self._wrapped(f"{rejected.raw_length:,} bytes: {_excerpt(rejected.raw)}", dim=True)
        click.echo()

    def skipped(self, uri: str, why: str) -> None:
        """Print one line on standard error."""
        click.echo(displayable(f"skipped: {uri}: {why}"), err=True)

    def passed_over(self, uri: str, reason: str, number: int) -> None:
        """Print one line on standard error."""
        click.echo(name_passed_over(uri, reason, number), err=True)

    def _removed(self, article: Article) -> None:
        spans = article.removed_spans
        self._heading("Removed", sum(len(span.text) for span in spans), "characters")
        for span in spans:
            text = span.text if self._explain else _shorten(span.text, self._width - 26)
            self._labelled(span.rule, " ".join(text.split()), label_width=22)

    def _entities(self, article: Article) -> None:
        self._heading("Entities", len(article.entities))
        kinds = sorted(article.entities, key=lambda entity: entity.type)
        for kind, entities in groupby(kinds, key=lambda entity: entity.type):
            named = (
                " ".join(filter(None, (one.name, one.wikidata_id, f"×{one.mentions}")))
                for one in entities
            )
            self._labelled(kind, " · ".join(named))

    def _topics(self, article: Article) -> None:
        self._heading("Topics", len(article.topics))
        reasons = explain_topics(article, self._explained) if self._explained else {}
        for topic in article.topics:
            name = f"{topic.name} ({topic.qcode})"
            self._labelled(f"{topic.confidence:.2f}", name, label_width=6)
            if topic.qcode in reasons:
                self._labelled("", reasons[topic.qcode], label_width=6)

    def _mentions(self, article: Article) -> None:
        self._heading("Mentions", len(article.mentions))
        for one in article.mentions:
            where = f"{one.field}[{one.start}:{one.end}]"
            found = f"{one.surface} → {one.wikidata_id or one.entity_id}"
            self._labelled(one.type, f"{found}  {where} by {one.method}, {one.score:.2f}")

    def _lineage(self, article: Article) -> None:
        self._heading("Lineage")
        for name in ("article_id", "content_sha256", "extraction_method", "tagger_versions"):
            self._labelled(name, getattr(article, name), label_width=18)

    def _rule(self, title: str, colour: str) -> None:
        shown = _shorten_left(title, self._width - 6)
        click.secho(f"── {shown} {'─' * (self._width - 4 - len(shown))}", fg=colour)

    def _heading(self, title: str, number: int | None = None, unit: str = "") -> None:
        count = "" if number is None else f" {number:,} {unit}".rstrip()
        click.echo()
        click.echo(click.style(title, bold=True) + click.style(count, dim=True))

    def _labelled(self, label: str, value: str, label_width: int = 13) -> None:
        shown = " ".join(printable(label).split()).ljust(label_width - 1) + " "
        lines = self._lines(printable(value), self._width - 2 - label_width)
        click.echo("  " + click.style(shown, fg="cyan") + (lines[0] if lines else ""))
        for line in lines[1:]:
            click.echo(" " * (2 + label_width) + line)

    def _wrapped(self, text: str, **style: Any) -> None:
        for line in self._lines(printable(text), self._width):
            click.secho(line, **style)

    def _lines(self, text: str, width: int) -> list[str]:
        wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text[:200])
        # Han and kana take two cells each, and have no blanks to break at.
        return textwrap.wrap(text, width // 2 if wide > 50 else width, break_on_hyphens=False)


def _facts(article: Article) -> Iterator[tuple[str, str]]:
    """Return (label, value) of what is known about an article, in the order to read."""
    place = article.location_created
    facts = {
        "published": _published(article),
        "language": f"{article.in_language} ({article.language_confidence:.2f})",
        "publisher": article.publisher_name,
        "authors": ", ".join(
            f"{one.name} ({one.role})" if one.role else one.name for one in article.authors
        ),
        "dateline": article.dateline,
        "place": " ".join(filter(None, (place.name, place.wikidata_id))) if place else None,
        "credits": ", ".join(article.info_sources),
        "section": article.article_section,
        "keywords": ", ".join(article.keywords),
        "description": article.description,
        "url": displayable(article.canonical_url or article.url or "") or None,
        "length": f"{article.word_count:,} words",
    }
    return ((label, value) for label, value in facts.items() if value)


def _published(article: Article) -> str:
    """Return the date with its precision and source."""
    date = article.date_published
    if date is None:
        return "unknown"
    forms = {"month": "%Y-%m", "day": "%Y-%m-%d", "minute": "%Y-%m-%d %H:%M UTC"}
    shown = date.strftime(
        forms.get(article.date_published_precision or "", "%Y-%m-%d %H:%M:%S UTC")
    )
    raw = f' "{article.date_published_raw}"' if article.date_published_raw else ""
    return (
        f"{shown} ({article.date_published_precision}, from {article.date_published_source}{raw})"
    )


def explain_topics(article: Article, tables: TaggingOptions) -> dict[str, str]:
    """Return by topic the words for and against it, with their weights; or whose topic it is."""
    from warta.transforms.tagging.topics.classify import load_taggers

    iptc = tables.iptc and not tables.topic_model
    named = {topic.qcode for topic in article.topics}
    words: dict[str, list[str]] = {}
    for tagger in load_taggers(article.in_language, tables.topics, iptc=iptc):
        contributions = tagger.explain(
            article.headline,
            article.article_body,
            article.article_section,
            article.keywords,
            article.entities,
        )
        for qcode, term, weight in contributions:
            # What speaks for a branch that is not named speaks for the topic above it.
            shown = qcode if qcode in named else tagger.taxonomy[qcode].parent or qcode
            words.setdefault(shown, []).append(f"{term} {weight:+.1f}")
    reasons = {qcode: ", ".join(terms[:_TOPIC_WORDS]) for qcode, terms in words.items()}
    if tables.topic_model:
        theirs = named - reasons.keys()
        reasons |= dict.fromkeys(theirs, f"by {tables.topic_model}")
    return reasons


def _excerpt(raw: bytes) -> str:
    """Return the first bytes of a record, to recognise it by."""
    return _shorten(" ".join(raw[:400].decode("utf-8", "replace").split()), 200)


def _shorten(text: str, length: int) -> str:
    """Return at most `length` code points: the beginning and the end."""
    text = " ".join(text.split())
    if len(text) <= length:
        return text
    return f"{text[: length * 2 // 3 - 3]} ... {text[-(length // 3 - 2) :]}"


def _shorten_left(text: str, length: int) -> str:
    """Return at most `length` code points: the end, which of a path says most."""
    return text if len(text) <= length else f"...{text[-(length - 3) :]}"
