"""An HTML page to its article and metadata; an HTML fragment to its text.

A page is measured before a parser sees it, parsed once, and everything is taken from that tree.
"""

import re
from dataclasses import dataclass
from itertools import filterfalse
from typing import NamedTuple

from resiliparse.parse.html import HTMLTree

from warta.transforms.cleaning.html.blocks import Blocks
from warta.transforms.cleaning.html.extract import extract_all, extract_article, find_bylines
from warta.transforms.cleaning.html.metadata import Metadata, StatedMetadata
from warta.transforms.cleaning.html.own_statements import own_statements
from warta.transforms.cleaning.html.statements import mark_statements
from warta.transforms.cleaning.html.vote import improve, is_askable
from warta.transforms.cleaning.text.decode import decode_bytes
from warta.transforms.cleaning.text.escaped import find_escaped_markup, resolve_escapes
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Author, RejectedRecord

MAX_TAGS = 500_000
"""Real pages have some thousands (the largest of 248 has 9,207); this many take seconds."""
MAX_REOPENED = 500_000
"""Elements that a parser may have to make for formatting left open, at about 400 bytes each."""
MAX_ATTRIBUTES = 1_000
"""Attributes of one tag: the parser's time grows with their square (10,000: .1 s)."""
MIN_STATED_CHARS = 120
"""A shorter articleBody in JSON-LD is a mere placeholder."""

_TAG_NAME = re.compile(r"<(/?[a-zA-Z][^\s/>]*)")
_FLAT_TAGS = """
area base body br col colgroup dd dt embed head hr html img input li link meta optgroup option p
param source tbody td tfoot th thead tr track wbr
"""
_FLAT = frozenset(
    form for tag in _FLAT_TAGS.split() for form in (tag, f"/{tag}", tag.upper(), f"/{tag.upper()}")
)
"""Void elements, and those that close by themselves: leaving them open nests nothing."""
_FORMATTING_TAGS = "a b big code em font i nobr s small strike strong tt u"
_FORMATTING = frozenset(_FORMATTING_TAGS.split())
"""Elements that a parser opens again in every block that follows (WHATWG HTML, 13.2.4.3)."""
_NOT_MARKUP = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<(script|style)\b(?![^>]{0,200}ld\+json)[^>]*+(?:>|\Z).*?(?:</\1\s*>|\Z)",
    re.DOTALL | re.IGNORECASE,
)
MIN_UNSCRIPTED_CHARS = 250
"""Less text for readers without scripts is a request to switch them on."""
_UNSCRIPTED = re.compile(r"<(/?)(?:noscript|template)\b", re.IGNORECASE)
_LONG_TAG_CHARS = 4_000
"""A shorter tag cannot have too many attributes to worry about."""
_LONG_TAG = re.compile(rf"<[^<]{{{_LONG_TAG_CHARS + 1}}}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_ATTRIBUTE = re.compile(r"[^\s/=>]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>]+))?")
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
      markup: the page, decoded or not.
      charset: declared by a header, for bytes; a <meta> in the page counts where it is None.
      url: where the page came from: what a relative canonical URL is relative to.
      limits: bounds of size and depth.
      extraction: how its text is found, one of `EXTRACTIONS`.

    Raises:
      RejectedRecord: "too_large", "too_deep", "bad_markup", "no_body", or a reason of
        `decode_bytes`.
    """
    _check_size(markup, limits)
    if isinstance(markup, bytes):
        markup = decode_bytes(markup, charset or stated_charset(markup))
    tree = _parse(markup, limits)
    blocks, metadata = read_tree(tree, markup, url)
    found = _text(blocks, markup, metadata, limits, extraction)
    return Page(
        text=found.text,
        method=found.method,
        bylines=found.bylines,
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


def read_tree(tree: HTMLTree, markup: str, url: str | None) -> tuple[Blocks, Metadata]:
    """Return a parsed page with the lines of its article, and what the page states.

    Args:
      tree: the whole page; it is used up.
      markup: what it was parsed from.
      url: where it came from; a relative canonical URL is resolved against it.

    Raises:
      RejectedRecord: "bad_markup" when the parser made no document of it.
    """
    stated = StatedMetadata(tree, url)
    marked = mark_statements(tree, markup)
    blocks = extract_article(tree, stated.headline or "")
    return blocks, stated.with_body(own_statements(marked, blocks))


def parse_fragment(markup: str, *, limits: InputLimits) -> str:
    r"""Return the paragraphs of the HTML of a body alone (a feed's content), separated by "\n".

    Raises:
      RejectedRecord: "too_large", "too_deep" or "bad_markup". An empty text is no fault here.
    """
    _check_size(markup, limits)
    return extract_all(_parse(markup, limits))


class _Text(NamedTuple):
    text: str
    method: str
    bylines: tuple[str, ...]


def _text(
    blocks: Blocks, markup: str, metadata: Metadata, limits: InputLimits, extraction: str
) -> _Text:
    """Return the article's text and what gave it.

    Where the tree has far less, the page's own articleBody is taken, as with pages that scripts
    fill and with photographs that have but a caption; where neither has any, the text for readers
    without scripts.
    """
    headline = metadata.headline or ""
    text, bylines = blocks.text, find_bylines(blocks)
    method = "resiliparse"
    if extraction == "accurate" and is_askable(markup):
        text, method = improve(text, markup, headline), "vote"
    stated = _stated_body(metadata.article_body or "", limits)
    if len(stated) >= MIN_STATED_CHARS and len(text) * 2 < len(stated):
        return _Text(stated, "jsonld", bylines)
    if len(text) < MIN_STATED_CHARS:
        unscripted = _unscripted(markup, headline, limits)
        if unscripted is not None:
            text, bylines = unscripted.text, find_bylines(unscripted)
    if not text:
        raise RejectedRecord("no_body", "no line of the page reads like an article")
    return _Text(text, method, bylines)


def _stated_body(stated: str, limits: InputLimits) -> str:
    """Return JSON-LD's articleBody without markup, escaped or not."""
    if len(stated) < MIN_STATED_CHARS:
        return ""
    stated = find_escaped_markup(stated, within_markup=False) or resolve_escapes(stated)
    return extract_all(_parse(stated, limits)) if "<" in stated else stated


def _unscripted(markup: str, headline: str, limits: InputLimits) -> Blocks | None:
    """Return the article of a page as it is without scripts: in noscript and template elements.

    A request to switch scripts on is shorter than an article; then None.
    """
    shown = _UNSCRIPTED.sub(r"<\1div", markup)
    if shown == markup:
        return None
    blocks = extract_article(_parse(shown, limits), headline)
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


def _parse(markup: str, limits: InputLimits) -> HTMLTree:
    """Parse markup that a parser can take in reasonable time and memory."""
    tags = markup.count("<")
    if tags > MAX_TAGS:
        raise RejectedRecord("bad_markup", f"{tags} tags, over {MAX_TAGS}")
    depth, cost = measure_nesting(markup)
    if depth > limits.max_depth or cost > MAX_REOPENED:
        # Scripts may hold any number of half tags: what is measured again is what is parsed.
        markup = _NOT_MARKUP.sub(" ", markup)
        depth, cost = measure_nesting(markup)
    if depth > limits.max_depth:
        raise RejectedRecord("too_deep", f"elements nested over {limits.max_depth} deep")
    if cost > MAX_REOPENED:
        raise RejectedRecord("bad_markup", f"formatting left open makes {cost} elements")
    _check_attributes(markup)
    try:
        return HTMLTree.parse(markup)
    except UnicodeEncodeError:
        return HTMLTree.parse(_SURROGATE.sub("\ufffd", markup))


def _check_attributes(markup: str) -> None:
    if _LONG_TAG.search(markup) is None:
        return
    for chunk in [chunk for chunk in markup.split("<")[1:] if len(chunk) > _LONG_TAG_CHARS]:
        tag = chunk.partition(">")[0] if chunk[0].isalpha() else ""
        if sum(1 for _ in _ATTRIBUTE.finditer(tag)) > MAX_ATTRIBUTES:
            raise RejectedRecord("bad_markup", f"a tag with over {MAX_ATTRIBUTES} attributes")


def measure_nesting(markup: str) -> tuple[int, int]:
    """Return upper bounds: depth of the tree, and elements made for formatting left open.

    Never an underestimate: an end tag counts only against start tags of its own name. Linear in
    the length of the markup.
    """
    open_now: dict[str, int] = {}
    depth = deepest = formatting = most_formatting = 0
    for raw in filterfalse(_FLAT.__contains__, _TAG_NAME.findall(markup)):
        name = raw.lower()
        if name[0] != "/":
            open_now[name] = open_now.get(name, 0) + 1
            depth += 1
            if depth > deepest:
                deepest = depth
            if name in _FORMATTING:
                formatting += 1
                if formatting > most_formatting:
                    most_formatting = formatting
        else:
            name = name[1:]
            left = open_now.get(name)
            if left:
                open_now[name] = left - 1
                depth -= 1
                if name in _FORMATTING:
                    formatting -= 1
    return deepest, most_formatting * markup.count("<")
