"""The article's text from a parsed page: which blocks of a news page are the article.

A page is cut into lines (paragraphs, headings, list items) that hang in boxes (the block elements
around them). Lines that look like sentences weigh; the rest is arithmetic on weights: boxes whose
class says "related" or "comments" go unless most of the page's sentences stand inside, the box
that a marker or the weights point at is the article, and what is left in it is the text.

The shares below were tuned on one half of trafilatura's evaluation pages and checked on the other
(evaluation/extraction.py).
"""

import re
from typing import NamedTuple

from resiliparse.parse.html import HTMLTree

from transforms.cleaning.html.blocks import (
    HEADINGS,
    RAW,
    SENTENCE_CHARS,
    SENTENCE_END,
    Box,
    Kind,
    Line,
    cut,
    weigh_boxes,
)
from transforms.cleaning.html.related_links import without_lists, without_teasers

NEVER_SHARE = 0.8
"""Comments and other articles stay only with more than this share of the page's sentences."""
JUNK_SHARE = 0.2
"""The same for blocks of other junk, whose class words are less sure."""
FORM_SHARE = 0.05
"""The same for forms: comments and letters to sign up for. Some sites put the whole page in one."""
MARKED_SHARE = 0.4
"""A box marked as the article's body is believed from this share on."""
ARTICLE_SHARE = 0.5
"""The same for an <article> element."""
DESCENT_SHARE = 0.95
"""The article is the innermost box that holds this share of what the marked box holds."""
LINK_SHARE = 0.6
"""A short line with more of its text in links is a list of links."""
LINK_LINE_CHARS = 200
"""Longer lines are kept, links or not."""
MAX_LABELS = 6
"""More short lines than that before the first sentence are what the page is made of."""
BYLINE_LINES = 12
"""How many lines above and below the article's beginning may be bylines."""
BYLINE_CHARS = 100
CAPTION_CHARS = 300
"""A longer line is no caption."""
LEDE_CHARS = 60
"""Shortest line between headline and body that is taken for a lede."""

_DROPPED = (
    f"{RAW},video,audio,canvas,map,nav,aside,footer,figcaption,button,select,textarea,input,"
    "label,dialog,menu,title,meta,link,rt,rp,[hidden],"
    '[aria-hidden="true"],[role="navigation"],[role="complementary"],[role="contentinfo"],'
    '[role="banner"],[role="search"],[role="dialog"]'
)
"""What is never the article in a whole page."""
_DIGIT = re.compile(r"\d")
_PHOTO_CREDIT = re.compile(
    r"(?:©|\(c\)|\b(?:fotos?|photos?|bild(?:er)?|pictures?|images?|doc|dok|credits?)\s?(?:[:/]|by\b|©))"
    r"[^.!?\n]{2,60}[.)\]]?\Z"
    r"|\A[\w.]{2,20}\.(?:com|co|id|tv)\s?/\s?(?-i:[A-Z]{3,}\b)",
    re.IGNORECASE,
)
"""A short line that ends, or begins, with one is a caption."""
_CELLS = frozenset(["td", "th", "tr", "li", "dt", "dd"])


class Extracted(NamedTuple):
    """A page's article."""

    text: str
    """One paragraph a line."""
    bylines: tuple[str, ...]
    """Short lines around its beginning that are none of it and hold a number."""


def _without(lines: list[Line], boxes: list[Box], kind: Kind, share: float) -> list[Line]:
    """Lines outside of all boxes of `kind` that hold at most `share` of the sentences."""
    if not any(box.kind is kind for box in boxes):
        return lines
    most = share * weigh_boxes(lines, boxes)
    for box in boxes:
        is_gone = box.kind is kind and box.weight <= most
        box.is_in = not is_gone and (box.parent is None or box.parent.is_in)
    return [line for line in lines if line.box.is_in]


def _clear_heads(lines: list[Line], headline: str) -> None:
    """A box called "header" is no junk where it holds the headline: the lede is there too."""
    for line in lines:
        if line.box.tag == "h1" and (not headline or line.text.casefold() == headline):
            box: Box | None = line.box
            while box is not None:
                if box.kind is Kind.JUNK:
                    box.kind = Kind.PLAIN
                box = box.parent


def _article_box(lines: list[Line], boxes: list[Box]) -> Box:
    """The box that holds the article: a marked one, else where the sentences are."""
    total = weigh_boxes(lines, boxes)
    marked = [b for b in boxes if b.kind is Kind.BODY and b.weight >= MARKED_SHARE * total]
    articles = [b for b in boxes if b.tag == "article" and b.weight >= ARTICLE_SHARE * total]
    best = max(marked or articles or boxes[:1], key=lambda box: box.weight)
    floor = DESCENT_SHARE * best.weight
    # Only one child can hold so large a share.
    inner = {box.parent: box for box in boxes if box.weight >= floor}
    while best in inner:
        best = inner[best]
    return best


def _mark_inside(article: Box, boxes: list[Box]) -> None:
    """Set `is_in` of the article's box and of all boxes in it, and of no other."""
    for box in boxes:
        box.is_in = box is article or (box.parent is not None and box.parent.is_in)


def _lede(before: list[Line]) -> list[Line]:
    """Lines in front of the article's box -> the standfirst between headline and body, if any."""
    headlines = [at for at, line in enumerate(before) if line.box.tag == "h1"]
    if not headlines:
        return []
    return [
        line
        for line in before[headlines[-1] + 1 :]
        if len(line.text) >= LEDE_CHARS
        and not line.is_links(0.5)
        and (line.weight or line.box.tag in HEADINGS or len(line.text) > LEDE_CHARS + 10)
        and " | " not in line.text
    ]


def _is_text(line: Line, headline: str) -> bool:
    # The headline has a column of its own.
    if line.box.tag == "h1" or line.text.casefold() == headline:
        return False
    if len(line.text) <= CAPTION_CHARS and _PHOTO_CREDIT.search(line.text):
        return False
    return len(line.text) >= LINK_LINE_CHARS or not line.is_links(LINK_SHARE)


def _without_labels(lines: list[Line], beside: set[Box]) -> list[Line]:
    """Lines of the article's box without bylines, dates and labels at its top and its end.

    `beside`: boxes that the headline stands in; labels may follow a lede there.
    """
    while lines and not lines[-1].weight and not _says_something(lines[-1]):
        lines.pop()
    first = _opening(lines, beside)
    if first > MAX_LABELS:
        return lines
    head = [line for line in lines[:first] if not _is_label(line)]
    return head + lines[first:]


def _opening(lines: list[Line], beside: set[Box]) -> int:
    """The number of the first sentence that is no lede beside the headline, else of the first."""
    # What weighs less is long, but ends like a label: "Sari Wulandari | Senin, 24 Maret 2025".
    weighty = [at for at, line in enumerate(lines) if line.weight >= SENTENCE_CHARS]
    below = (at for at in weighty if lines[at].box.parent not in beside)
    return next(below, weighty[0] if weighty else 0)


def _says_something(line: Line) -> bool:
    return line.box.tag not in HEADINGS and SENTENCE_END.search(line.text) is not None


def _is_label(line: Line) -> bool:
    if " | " in line.text and len(line.text) <= BYLINE_CHARS and _DIGIT.search(line.text):
        return True
    if line.box.tag in HEADINGS or line.box.tag in _CELLS or len(line.text) >= LEDE_CHARS:
        return False
    return line.text[-1] != ":" and SENTENCE_END.search(line.text) is None


def extract_article(tree: HTMLTree, headline: str = "") -> Extracted:
    """Parsed page -> its article; an empty text where there is none.

    Headings and list items are lines of their own. The tree is used up: elements that never hold
    article text are taken out of it. A line that repeats the headline is left out.
    """
    body = tree.body
    if body is None:
        return Extracted("", ())
    for element in body.query_selector_all(_DROPPED).values():
        element.decompose()
    lines, boxes = cut(body.html)
    outer = _without(lines, boxes, Kind.NEVER, NEVER_SHARE)
    _clear_heads(outer, headline.casefold())
    lines = _without(outer, boxes, Kind.JUNK, JUNK_SHARE)
    lines = _without(lines, boxes, Kind.FORM, FORM_SHARE)
    lines = without_lists(without_teasers(lines, boxes), boxes)
    kept = _choose(lines, boxes, headline.casefold())
    return Extracted("\n".join(line.text for line in kept), _bylines(outer, kept))


def _choose(lines: list[Line], boxes: list[Box], headline: str) -> list[Line]:
    """Lines that may be the article -> those that are."""
    if not any(line.weight for line in lines):
        return [line for line in lines if _is_text(line, headline)]
    _mark_inside(_article_box(lines, boxes), boxes)
    inside = [line.box.is_in for line in lines]
    before = lines[: inside.index(True)]
    kept = [line for line in lines if line.box.is_in and _is_text(line, headline)]
    beside = {line.box.parent for line in lines if line.box.tag == "h1" and line.box.parent}
    return _lede(before) + _without_labels(kept, beside)


def _bylines(lines: list[Line], kept: list[Line]) -> tuple[str, ...]:
    """Short lines with a number between the headline and the article: one may be its date."""
    opening = kept[0] if kept else None
    start = next((at for at, line in enumerate(lines) if line is opening), len(lines))
    heads = [at for at, line in enumerate(lines[:start]) if line.box.tag == "h1"]
    above = lines[max(heads[-1] if heads else 0, start - BYLINE_LINES) : start]
    chosen = set(map(id, kept))
    below = [line for line in lines[start : start + BYLINE_LINES] if id(line) not in chosen]
    return tuple(
        line.text
        for line in (*above, *below)
        if len(line.text) <= BYLINE_CHARS and not line.is_links(0.5) and _DIGIT.search(line.text)
    )


def extract_all(tree: HTMLTree) -> str:
    """Parsed fragment -> all its text, one paragraph a line: a body alone needs no search."""
    body = tree.body
    if body is None:
        return ""
    for element in body.query_selector_all(RAW).values():
        element.decompose()
    return "\n".join(line.text for line in cut(body.html)[0])
