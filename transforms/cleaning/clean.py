"""Make one clean article of one source item: the cleaning steps, put together."""

import functools
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, tzinfo

from warta.transforms.cleaning.dates.choose import (
    Candidate,
    FoundDate,
    disbelieved_date,
    find_date,
    publisher_zone,
    read_date,
    time_zone,
)
from warta.transforms.cleaning.html.page import Page, parse_fragment, parse_page
from warta.transforms.cleaning.language import LanguageIdentifier
from warta.transforms.cleaning.removed_lines import place_lines
from warta.transforms.cleaning.stated_authors import persons
from warta.transforms.cleaning.text.boilerplate import find_headline, remove_boilerplate
from warta.transforms.cleaning.text.credits import Credits, read_credits
from warta.transforms.cleaning.text.decode import decode_bytes, repair_text
from warta.transforms.cleaning.text.escaped import (
    find_escaped_markup,
    is_page,
    resolve_escapes,
    without_cdata,
)
from warta.transforms.cleaning.text.plain import plain_text
from warta.transforms.cleaning.text.rules import load_rules
from warta.transforms.cleaning.text.tails import TailContext, cut_tails
from warta.transforms.core.absent import is_absent
from warta.transforms.core.ids import article_id, count_words, hash_words, normalise
from warta.transforms.core.options import DEFAULT_CLEANING, CleaningOptions, InputLimits
from warta.transforms.core.records import Article, Author, SourceItem
from warta.transforms.core.rejections import RejectedRecord
from warta.transforms.core.urls import canonical_url, domain

_ESCAPED_TIMES = 2
"""Markup within escaped markup that is escaped once more."""

_BARE = Page(
    text="",
    method="",
    bylines=(),
    removed=(),
    canonical_url=None,
    headline=None,
    description=None,
    authors=(),
    dates=(),
    modified=(),
    article_section=None,
    keywords=(),
    publisher_name=None,
    language=None,
)
"""A text or a fragment: a page that says nothing of itself."""


@functools.cache
def identifier() -> LanguageIdentifier:
    """Return the language models, loaded once a process."""
    return LanguageIdentifier.load()


def clean_article(
    item: SourceItem,
    limits: InputLimits,
    now: datetime,
    options: CleaningOptions = DEFAULT_CLEANING,
) -> Article:
    """Return the article of a source item, without entities and topics.

    Where both speak, the item's own metadata (of a feed entry or a record) win over the page's,
    and those before what the text itself shows (headline, bylines, dates); a publisher that the
    user named comes first of all. The canonical URL is the page's, else made from the item's.

    Args:
      item: text, HTML fragment or HTML page.
      limits: bounds of size and depth.
      now: the run's start, aware: later dates are not believed.
      options: how its text is found, and what is too short.

    Returns:
      `published_date` is the UTC date of `date_published`, else "unknown".

    Raises:
      RejectedRecord: no_body, too_short, bad_date, and what decoding and parsing raise.
    """
    page = _open(item, limits, options.extraction)
    if not page.text.strip():
        raise RejectedRecord("no_body", "nothing is left without markup")
    url = page.canonical_url or (canonical_url(item.url) if item.url else None)
    host = domain(url) if url else None
    publisher = _publisher(item, page)
    language, confidence = _language(item, page, host)
    headline = _headline(item, page, language)
    cleaned = remove_boilerplate(page.text, language, headline, publisher)
    words = normalise(cleaned.body)
    word_count = _enough_words(words, options.min_words)
    published = _published(item, page, url, language, options, now)
    beside = _credits_beside(page, language)
    content_hash = hash_words(words)
    return Article(
        article_id=(item.url_id if page.canonical_url is None else None)
        or article_id(url, content_hash, item.identity),
        article_body=cleaned.body,
        published_date=published.value.date().isoformat() if published else "unknown",
        source_uri=item.source_uri,
        source_record_id=item.source_record_id,
        extraction_method=page.method,
        content_sha256=content_hash,
        word_count=word_count,
        url=item.url,
        canonical_url=url,
        canonical_domain=host,
        publisher_name=publisher,
        headline=headline,
        description=_description(item, page, language, headline, publisher),
        in_language=language,
        language_confidence=confidence,
        authors=_authors(item, page, (*cleaned.authors, *beside.authors)),
        info_sources=_info_sources(cleaned.info_sources, beside.info_sources, publisher),
        dateline=cleaned.dateline,
        location_created=cleaned.location_created,
        date_published=published.value if published else None,
        date_published_precision=published.precision if published else None,
        date_published_source=published.source if published else None,
        date_published_raw=published.raw
        if published
        else _disbelieved(item, page, url, language, now),
        date_modified=_modified(item, page, language, now),
        date_fetched=item.date_fetched,
        article_section=_stated(item.article_section) or _stated(page.article_section),
        keywords=_keywords(item.keywords) or _keywords(page.keywords),
        removed_spans=place_lines(cleaned.removed, page.text, page.removed),
        feed_url=item.feed_url,
        http_status=item.http_status,
        record_hash=item.record_hash,
        replay_of=item.replay_of,
    )


def _open(item: SourceItem, limits: InputLimits, extraction: str) -> Page:
    """Return the text of an item, decoded and repaired, and what a page says of itself."""
    content = item.content
    if item.content_type == "page":
        page = parse_page(
            content, charset=item.charset, url=item.url, limits=limits, extraction=extraction
        )
        text = _without_escaped_markup(page.text, page.method != "jsonld", limits)
        removed = tuple(line._replace(text=repair_text(line.text)) for line in page.removed)
        return replace(page, text=repair_text(text), removed=removed)
    text = decode_bytes(content, item.charset) if isinstance(content, bytes) else content
    if item.content_type == "fragment":
        # "<\\/p>" is JSON's way to write an end tag, escaped once more.
        text = parse_fragment(without_cdata(text).replace("<\\/", "</"), limits=limits)
    elif (markup := find_escaped_markup(text, within_markup=False)) and is_page(markup):
        whole = replace(item, content=markup, content_type="page")
        return _open(whole, limits, extraction)
    text = _without_escaped_markup(resolve_escapes(text), _has_tags(item), limits)
    return replace(_BARE, text=_said_once(repair_text(text)), method=item.content_type)


def _said_once(text: str) -> str:
    """Return a text without its second half where that is the first again, word by word.

    A few lines before both, such as a lede, change nothing. A refrain is shorter.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    for start in range(min(MAX_LEDE_LINES, len(lines)) + 1):
        half = (len(lines) - start) // 2
        if half < MIN_COPIED_LINES or sum(map(len, lines[start : start + half])) < MIN_COPIED_CHARS:
            break
        if lines[start : start + half] == lines[start + half :]:
            return "\n".join(lines[: start + half])
    return text


MAX_LEDE_LINES = 3
MIN_COPIED_LINES = 2
MIN_COPIED_CHARS = 200
"""What is said twice has so many lines and characters at least."""


def _has_tags(item: SourceItem) -> bool:
    """Return whether a fragment holds tags, and not only entities: those of feeds are HTML too."""
    content = item.content if isinstance(item.content, str) else ""
    return item.content_type == "fragment" and "<" in content


def _without_escaped_markup(text: str, within_markup: bool, limits: InputLimits) -> str:
    """Return a text with the markup parsed that was escaped once too often."""
    for _ in range(_ESCAPED_TIMES):
        markup = find_escaped_markup(text, within_markup=within_markup)
        if markup is None:
            break
        text = parse_fragment(markup, limits=limits)
    return text


def _plain(value: str | None) -> str | None:
    """Return a metadata field as one plain line, None where nothing is left."""
    return plain_text(value) or None if value else None


def _stated(value: str | None) -> str | None:
    """Return a field other than a headline: there, "N/A" and the like stand for nothing."""
    plain = _plain(value)
    return None if plain is None or is_absent(plain) else plain


def _publisher(item: SourceItem, page: Page) -> str | None:
    """Return the publisher: as the user names it, else of the record, else of the page."""
    return item.source.publisher or _stated(item.publisher_name) or _stated(page.publisher_name)


def _language(item: SourceItem, page: Page, host: str | None) -> tuple[str, float]:
    """Return the language of a text, by it and by what is said of it, and how sure that is."""
    return identifier().identify(
        page.text,
        declared=item.source.language or item.in_language,
        page=page.language,
        domain=host,
    )


def _headline(item: SourceItem, page: Page, language: str) -> str | None:
    """Return the headline of the record, else of the page, else a plain text's first line."""
    stated = _plain(item.headline) or _plain(page.headline)
    if stated is None and item.content_type == "text":
        return find_headline(page.text, language)
    return stated


def _enough_words(words: str, least: int) -> int:
    """Return the number of words of a body.

    Raises:
      RejectedRecord: no_body, too_short.
    """
    number = count_words(words)
    if number == 0:
        raise RejectedRecord("no_body", "nothing is left without boilerplate")
    if number < least:
        raise RejectedRecord("too_short", f"{number} words, the limit is {least}")
    return number


def _credits_beside(page: Page, language: str) -> Credits:
    """Return whom the labels of a page beside its text name."""
    labels = [line.text for line in page.removed if line.rule == "page_label"]
    return read_credits(labels, language)


def _keywords(stated: Iterable[str]) -> tuple[str, ...]:
    """Return keywords as plain text, each once."""
    return tuple(dict.fromkeys(word for word in map(_stated, stated) if word))


def _authors(item: SourceItem, page: Page, bylines: Iterable[Author]) -> tuple[Author, ...]:
    """Return authors of the record, else of the page, else of the bylines in and about the text."""
    stated = persons(item.authors, _publisher(item, page)) or page.authors
    return stated or tuple(dict.fromkeys(bylines))


def _info_sources(
    inside: Iterable[str], beside: Iterable[str], publisher: str | None
) -> tuple[str, ...]:
    """Return whom the text credits and whom lines about it do, where it is not the publisher."""
    own = (publisher or "").casefold()
    others = (source for source in beside if source.casefold() != own)
    return tuple(dict.fromkeys((*inside, *others)))


def _description(
    item: SourceItem, page: Page, language: str, headline: str | None, publisher: str | None
) -> str | None:
    """Return the summary of the record, else of the page, without the footer of its feed."""
    summary = _stated(item.description) or _stated(page.description)
    if not summary:
        return None
    return cut_tails(summary, load_rules(language), TailContext(headline, publisher)) or None


def _candidates(
    kind: str, own: str | None, stated: Iterable[tuple[str, str]]
) -> tuple[Candidate, ...]:
    """Return the record's own date, named after its kind, then the page's in its order of trust."""
    first = (Candidate(kind, own),) if own else ()
    return (*first, *(Candidate(source, raw) for source, raw in stated))


def _zone(item: SourceItem, url: str | None) -> tzinfo | None:
    """Of dates that name none: the source's as the user says, else the publisher's."""
    return time_zone(item.source.time_zone) or publisher_zone(domain(url or item.url or ""))


def _published(
    item: SourceItem,
    page: Page,
    url: str | None,
    language: str,
    options: CleaningOptions,
    now: datetime,
) -> FoundDate | None:
    return find_date(
        _candidates(item.kind, _own_date(item, url, language, now), page.dates),
        "\n".join((*page.bylines, page.text)),
        now=now,
        url=item.url or url,
        zone=_zone(item, url),
        fetched=item.date_fetched,
        language=language,
        keep_bad_dates=options.keep_bad_dates,
    )


def _disbelieved(
    item: SourceItem, page: Page, url: str | None, language: str, now: datetime
) -> str | None:
    return disbelieved_date(
        _candidates(item.kind, _own_date(item, url, language, now), page.dates),
        zone=_zone(item, url),
        language=language,
    )


def _own_date(item: SourceItem, url: str | None, language: str, now: datetime) -> str | None:
    """Return the first of the record's own dates that can be; else the one it states first."""
    if not item.other_dates:
        return item.date_published
    zone, latest = _zone(item, url), min(now, item.date_fetched or now)
    for raw in filter(None, (item.date_published, *item.other_dates)):
        if read_date(Candidate(item.kind, raw), now=latest, zone=zone, language=language):
            return raw
    return item.date_published


def _modified(item: SourceItem, page: Page, language: str, now: datetime) -> datetime | None:
    """Return the first believable date of modification; an impossible one rejects nothing."""
    zone = _zone(item, page.canonical_url)
    for candidate in _candidates(item.kind, item.date_modified, page.modified):
        found = read_date(candidate, now=now, zone=zone, language=language)
        if found is not None:
            return found.value
    return None
