"""An HTML page to its article and metadata; an HTML fragment to its text.

A page is measured before a parser sees it, parsed once, and everything is taken from that tree.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

from warta.transforms.cleaning.html.accurate_extraction import improve, is_askable
from warta.transforms.cleaning.html.blocks import Blocks
from warta.transforms.cleaning.html.extract import extract_all, extract_article, find_bylines
from warta.transforms.cleaning.html.metadata import Metadata, StatedMetadata
from warta.transforms.cleaning.html.own_statements import own_statements
from warta.transforms.cleaning.html.parsing import ParsedPage, parse_markup
from warta.transforms.cleaning.html.statements import mark_statements
from warta.transforms.cleaning.removed_lines import RemovedLine, with_outvoted
from warta.transforms.cleaning.text.decode import decode_bytes
from warta.transforms.cleaning.text.escaped import find_escaped_markup, resolve_escapes
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Author
from warta.transforms.core.rejections import RejectedRecord

MIN_STATED_CHARS = 120
"""A shorter articleBody in JSON-LD is a mere placeholder."""

MIN_UNSCRIPTED_CHARS = 250
"""Less text for readers without scripts is a request to switch them on."""
_UNSCRIPTED = re.compile(r"<(/?)(?:noscript|template)\b", re.IGNORECASE)
_META_CHARSET = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([a-zA-Z0-9_:.-]{1,40})", re.I
)
_META_BYTES = 4096
"""Browsers look for the charset in the first 1,024 bytes; news pages are not that tidy."""


@dataclass(frozen=True, slots=True)
class Page:
    """What one page says: the article's text, and metadata in the page's own words."""

    text: str
    """One paragraph a line; headings and list items are lines of their own."""
    method: str
    """What gave the text: resiliparse (the tree), vote (of extractors) or jsonld (articleBody)."""
    bylines: tuple[str, ...]
    """Short lines around the article's beginning that hold a number: one may be its date."""
    removed: tuple[RemovedLine, ...]
    """Lines of the article's block that are not text of it."""
    canonical_url: str | None
    headline: str | None
    description: str | None
    authors: tuple[Author, ...]
    dates: tuple[tuple[str, str], ...]
    """(source, raw string) of publication, most trusted first; jsonld, meta, microdata or time."""
    modified: tuple[tuple[str, str], ...]
    article_section: str | None
    keywords: tuple[str, ...]
    publisher_name: str | None
    language: str | None
    """A language tag as stated."""


def parse_page(
    markup: bytes | str,
    *,
    charset: str | None,
    url: str | None,
    limits: InputLimits,
    extraction: str = "fast",
) -> Page:
    """Return the article and metadata of a whole HTML page.

    Args:
      markup: The page, decoded or not.
      charset: Declared by a header, for bytes; a <meta> in the page counts where it is None.
      url: Where the page came from: what a relative canonical URL is relative to.
      limits: Bounds of size and depth.
      extraction: How its text is found, one of `EXTRACTIONS`.

    Raises:
      RejectedRecord: "too_large", "too_deep", "bad_markup", "no_body", or a reason of
        `decode_bytes`.
    """
    _check_size(markup, limits)
    if isinstance(markup, bytes):
        markup = decode_bytes(markup, charset or stated_charset(markup))
    blocks, metadata = read_parsed(parse_markup(markup, limits), url)
    found = _text(blocks, markup, metadata, limits, extraction)
    return Page(
        text=found.text,
        method=found.method,
        bylines=found.bylines,
        removed=found.removed,
        canonical_url=metadata.canonical_url,
        headline=metadata.headline,
        description=metadata.description,
        authors=metadata.authors,
        dates=metadata.dates,
        modified=metadata.modified,
        article_section=metadata.article_section,
        keywords=metadata.keywords,
        publisher_name=metadata.publisher_name,
        language=metadata.language,
    )


def read_parsed(page: ParsedPage, url: str | None) -> tuple[Blocks, Metadata]:
    """Return a parsed page with the lines of its article, and what the page states.

    Args:
      page: The whole page; its tree is used up.
      url: Where it came from; a relative canonical URL is resolved against it.

    Raises:
      RejectedRecord: "bad_markup" when the parser made no document of it.
    """
    stated = StatedMetadata(page.tree, url)
    marked = mark_statements(page)
    blocks = extract_article(page, stated.headline or "")
    return blocks, stated.with_body(own_statements(marked, blocks))


def parse_fragment(markup: str, *, limits: InputLimits) -> str:
    r"""Return the paragraphs of the HTML of a body alone (a feed's content), separated by "\n".

    Raises:
      RejectedRecord: "too_large", "too_deep" or "bad_markup". An empty text is not a fault here.
    """
    _check_size(markup, limits)
    return extract_all(parse_markup(markup, limits))


class _Text(NamedTuple):
    text: str
    method: str
    bylines: tuple[str, ...]
    removed: tuple[RemovedLine, ...] = ()


def _text(
    blocks: Blocks, markup: str, metadata: Metadata, limits: InputLimits, extraction: str
) -> _Text:
    """Return the article's text and what gave it.

    Where the tree has far less, the page's own articleBody is taken, as with pages that scripts
    fill and with photographs that have but a caption; where neither has any, the text for readers
    without scripts.
    """
    headline = metadata.headline or ""
    text, bylines, removed = blocks.text, find_bylines(blocks), blocks.removed_lines()
    method = "resiliparse"
    if extraction == "accurate" and is_askable(markup):
        voted, method = improve(text, markup, headline), "vote"
        text, removed = voted, with_outvoted(removed, text, voted)
    stated = _stated_body(metadata.article_body or "", limits)
    if len(stated) >= MIN_STATED_CHARS and len(text) * 2 < len(stated):
        return _Text(stated, "jsonld", bylines)
    if len(text) < MIN_STATED_CHARS:
        unscripted = _unscripted(markup, headline, limits)
        if unscripted is not None:
            text, bylines = unscripted.text, find_bylines(unscripted)
            removed = unscripted.removed_lines()
    if not text:
        raise RejectedRecord("no_body", "no line of the page reads like an article")
    return _Text(text, method, bylines, removed)


def _stated_body(stated: str, limits: InputLimits) -> str:
    """Return JSON-LD's articleBody without markup, escaped or not."""
    if len(stated) < MIN_STATED_CHARS:
        return ""
    stated = find_escaped_markup(stated, within_markup=False) or resolve_escapes(stated)
    return extract_all(parse_markup(stated, limits)) if "<" in stated else stated


def _unscripted(markup: str, headline: str, limits: InputLimits) -> Blocks | None:
    """Return the article of a page as it is without scripts: in noscript and template elements.

    A request to switch scripts on is shorter than an article; then None.
    """
    shown = _UNSCRIPTED.sub(r"<\1div", markup)
    if shown == markup:
        return None
    blocks = extract_article(parse_markup(shown, limits), headline)
    sentences = [line for line in blocks.lines if line.weight]
    is_article = len(sentences) > 1 and len(blocks.text) >= MIN_UNSCRIPTED_CHARS
    return blocks if is_article else None


def _check_size(markup: bytes | str, limits: InputLimits) -> None:
    if len(markup) > limits.max_record_bytes:
        raise RejectedRecord("too_large", f"{len(markup)} > {limits.max_record_bytes}")


def stated_charset(markup: bytes) -> str | None:
    """Return the encoding that a page's own <meta> names, true or not."""
    found = _META_CHARSET.search(markup[:_META_BYTES])
    return found[1].decode("ascii") if found else None
