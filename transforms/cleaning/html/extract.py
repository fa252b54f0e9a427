"""The article's text from a parsed page: which blocks of a news page are the article.

A page is cut into lines (paragraphs, headings, list items) that hang in blocks (the block elements
around them). Lines that look like sentences weigh; the rest is arithmetic on weights, done by a
line of stages over one `Blocks`: blocks whose class says "related" or "comments" go unless most of
the page's sentences are inside, the block that a marker or the weights point at is the article,
and what is left in it is the text.

The shares below were tuned on one half of trafilatura's evaluation pages and checked on the other
(evaluation/extraction.py).
"""

import re
from collections.abc import Callable, Container, Iterable

from resiliparse.parse.html import ElementNode

from warta.transforms.cleaning.html.blocks import (
    HEADINGS,
    RAW_TAGS,
    SENTENCE_CHARS,
    SENTENCE_END,
    Block,
    Blocks,
    Kind,
    Line,
    cut_blocks,
)
from warta.transforms.cleaning.html.copies import drop_copies
from warta.transforms.cleaning.html.parsing import ParsedPage
from warta.transforms.cleaning.html.pleas import drop_pleas
from warta.transforms.cleaning.html.related_links import drop_listed_links, drop_teasers

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
LINKED_SENTENCE_CHARS = 100
"""A paragraph with a full stop of that length is text, though it be a link; titles have none."""
MAX_LABELS = 6
"""More short lines than that before the first sentence are what the page is made of."""
BYLINE_LINES = 12
"""How many lines above and below the article's beginning may be bylines."""
BYLINE_CHARS = 100
CAPTION_CHARS = 300
"""A longer line is not a caption."""
LEDE_CHARS = 60
"""Shortest line between headline and body that is taken for a lede."""

_DROPPED_TAGS = (
    *("nav", "aside", "footer", "dialog", "menu", "button", "select", "label"),
    *RAW_TAGS,
    *("video", "audio", "canvas", "map", "textarea", "input", "title", "meta", "link", "rt", "rp"),
)
"""Elements that are never the article in a whole page: those that hold others come first."""
_DROPPED_ROLES = (
    '[hidden],[aria-hidden="true"],[role]:is([role="navigation"],[role="complementary"],'
    '[role="contentinfo"],[role="banner"],[role="search"],[role="dialog"])'
)
"""The same, by what their attributes say."""
_DIGIT = re.compile(r"\d")
_PHOTO_CREDIT = re.compile(
    r"(?:©|\(c\)|\b(?:fotos?|photos?|bild(?:er)?|pictures?|images?|doc|dok|credits?)\s?(?:[:/]|by\b|©))"
    r"[^.!?\n]{2,60}[.)\]]?\Z"
    r"|(?-i:\b(?:Doc|Dok|DOC|DOK)\. )[^!?\n]{2,60}\Z"
    r"|\A[\w.]{2,20}\.(?:com|co|id|tv)\s?/\s?(?-i:[A-Z]{3,}\b)",
    re.IGNORECASE,
)
"""A short line that ends, or begins, with one is a caption."""
_CREDIT_WORDS = ("©", "(c)", "foto", "photo", "bild", "picture", "image", "doc", "dok", "credit")
"""What a line that ends with a credit holds, one of them at least,"""
CREDIT_CHARS = 80
"""so near its end."""
SOURCE_CHARS = 32
"""A line that begins with one has a slash so near its beginning."""
_CELLS = frozenset(["td", "th", "tr", "li", "dt", "dd"])


Stage = Callable[[Blocks], None]


def extract_article(page: ParsedPage, headline: str = "") -> Blocks:
    """Return a parsed page with the lines of its article, none where there is none.

    Headings and list items are lines of their own. A line that repeats the headline is left out.

    Args:
      page: The whole page; elements that never hold article text are taken out of its tree.
      headline: Of the article, as the page's metadata have it.
    """
    blocks = cut_page(page)
    blocks.headline = headline.casefold()
    for stage in STAGES:
        stage(blocks)
    return blocks


def extract_all(page: ParsedPage) -> str:
    """Return all text of a parsed fragment, one paragraph a line: a body alone needs no search."""
    body = page.tree.body
    if body is None:
        return ""
    _drop_tags(body, RAW_TAGS, page.tags)
    return cut_blocks(body.html).text


def cut_page(page: ParsedPage) -> Blocks:
    """Return the lines and blocks of a page, without elements that never hold article text."""
    body = page.tree.body
    if body is None:
        return cut_blocks("")
    _drop_tags(body, _DROPPED_TAGS, page.tags)
    for element in body.query_selector_all(_DROPPED_ROLES).values():
        element.decompose()
    return cut_blocks(body.html)


def _drop_tags(body: ElementNode, dropped: Iterable[str], present: Container[str]) -> None:
    """Take the elements of some names out of a body.

    A collection by name costs the parser next to nothing, where selecting looks at all elements.
    """
    for tag in dropped:
        if tag in present:
            for element in body.get_elements_by_tag_name(tag).values():
                element.decompose()


def drop_other_matter(blocks: Blocks) -> None:
    """Drop comments, other articles and hidden blocks."""
    _drop_kind(blocks, Kind.NEVER, NEVER_SHARE)
    blocks.around = tuple(blocks.lines)


def spare_headers(blocks: Blocks) -> None:
    """Make a block called "header" no junk where it holds the headline: the lede is there too."""
    for line in blocks.lines:
        if line.block.tag == "h1" and (
            not blocks.headline or _is_folded(line.text, blocks.headline)
        ):
            block: Block | None = line.block
            while block is not None:
                if block.kind is Kind.JUNK:
                    block.kind = Kind.PLAIN
                block = block.parent


def drop_junk(blocks: Blocks) -> None:
    """Drop blocks whose names say that they are around an article, and forms."""
    before = blocks.lines
    _drop_kind(blocks, Kind.JUNK, JUNK_SHARE)
    _drop_kind(blocks, Kind.FORM, FORM_SHARE)
    if blocks.lines is not before:
        blocks.set_aside = [line for line in before if line.block.is_dropped]


def _drop_kind(blocks: Blocks, kind: Kind, share: float) -> None:
    """Drop the blocks of a kind that hold at most `share` of the sentences."""
    of_kind = [block for block in blocks.blocks if block.kind is kind]
    if of_kind:
        most = share * blocks.weigh()
        if gone := [block for block in of_kind if block.weight <= most]:
            blocks.drop(gone)


def choose_article(blocks: Blocks) -> None:
    """Keep the lines of the article's block, and a lede in front of it."""
    lines = blocks.lines
    if not any(line.weight for line in lines):
        blocks.lines = [line for line in lines if _is_text(line, blocks.headline)]
        _note_matter(blocks, lines, blocks.lines)
        return
    blocks.mark_inside(_article_block(blocks))
    inside = [line.block.is_in for line in lines]
    before = lines[: inside.index(True)]
    inner = [line for line in lines if line.block.is_in]
    last = max((line.number for line in inner if line.weight), default=0)
    kept = [
        line
        for line in inner
        # Below the last sentence, a sentence that is a link is a footer.
        if _is_text(line, blocks.headline) or (line.number < last and _is_linked_sentence(line))
    ]
    beside = {line.block.parent for line in lines if line.block.tag == "h1" and line.block.parent}
    text = _without_labels(list(kept), beside)
    blocks.lines = _lede(before) + text
    _note_matter(blocks, inner, kept)
    if len(text) < len(kept):
        in_text = set(text)
        labels = (line for line in kept if line not in in_text and not line.is_links(0.5))
        # Numbers and single words are of calendars, buttons and menus.
        blocks.note((line for line in labels if " " in line.text), "page_label")
    blocks.note((line for line in blocks.captions if line.block.is_in), "page_caption")
    aside = (line for line in blocks.set_aside if line.block.is_in)
    said = (line for line in aside if line.weight or _is_short_caption(line.text))
    blocks.note(said, "page_aside")


def _note_matter(blocks: Blocks, lines: list[Line], kept: list[Line]) -> None:
    """Note captions among the lines that are not kept, and headlines other than the article's."""
    if len(kept) == len(lines):
        return
    chosen = set(kept)
    for line in lines:
        if line in chosen:
            continue
        if line.block.tag == "h1":
            if blocks.headline and not _is_folded(line.text, blocks.headline):
                blocks.note([line], "page_headline")
        elif _is_short_caption(line.text):
            blocks.note([line], "page_caption")


def _article_block(blocks: Blocks) -> Block:
    """Return the block that holds the article: a marked one, else where the sentences are."""
    total, every = blocks.weigh(), blocks.blocks
    marked = [b for b in every if b.kind is Kind.BODY and b.weight >= MARKED_SHARE * total]
    articles = [b for b in every if b.tag == "article" and b.weight >= ARTICLE_SHARE * total]
    best = max(marked or articles or every[:1], key=lambda block: block.weight)
    floor = DESCENT_SHARE * best.weight
    # Only one child can hold so large a share.
    inner = {block.parent: block for block in every if block.weight >= floor}
    while best in inner:
        best = inner[best]
    return best


def _lede(before: list[Line]) -> list[Line]:
    """Return the standfirst between headline and body, of the lines in front of the article."""
    headlines = [at for at, line in enumerate(before) if line.block.tag == "h1"]
    if not headlines:
        return []
    return [
        line
        for line in before[headlines[-1] + 1 :]
        if len(line.text) >= LEDE_CHARS
        and not line.is_links(0.5)
        and (line.weight or line.block.tag in HEADINGS or len(line.text) > LEDE_CHARS + 10)
        and " | " not in line.text
        and not _is_short_caption(line.text)
    ]


def _is_text(line: Line, headline: str) -> bool:
    # The headline has a column of its own.
    if line.block.tag == "h1" or _is_folded(line.text, headline):
        return False
    if _is_short_caption(line.text):
        return False
    return len(line.text) >= LINK_LINE_CHARS or not line.is_links(LINK_SHARE)


def _is_folded(text: str, folded: str) -> bool:
    """Return whether a text is another, case folded, which makes none shorter."""
    return len(text) <= len(folded) and text.casefold() == folded


def _is_short_caption(text: str) -> bool:
    return len(text) <= CAPTION_CHARS and _is_caption(text)


def _is_caption(text: str) -> bool:
    # A look for its words is far cheaper than the pattern at each letter.
    end = text[-CREDIT_CHARS:].lower()
    for word in _CREDIT_WORDS:
        if word in end:
            break
    else:
        if "/" not in text[:SOURCE_CHARS]:
            return False
    return _PHOTO_CREDIT.search(text) is not None


def _is_linked_sentence(line: Line) -> bool:
    """Return whether a line is a whole sentence that is a link, and no title of an article."""
    ends = line.block.tag == "p" and SENTENCE_END.search(line.text[-3:]) is not None
    return ends and len(line.text) >= LINKED_SENTENCE_CHARS


def _without_labels(lines: list[Line], beside: set[Block]) -> list[Line]:
    """Return lines of the article without bylines, dates and labels at its top and its end.

    Args:
      lines: Of the article's block.
      beside: Blocks that the headline is in; labels may follow a lede there.
    """
    while lines and not lines[-1].weight and not _says_something(lines[-1]):
        lines.pop()
    first = _opening(lines, beside)
    if first > MAX_LABELS:
        return lines
    head = [line for line in lines[:first] if not _is_label(line)]
    return head + lines[first:]


def _opening(lines: list[Line], beside: set[Block]) -> int:
    """Return the number of the first sentence that is not a lede beside the headline."""
    # What weighs less is long, but ends like a label: "Sari Wulandari | Senin, 24 Maret 2025".
    weighty = [at for at, line in enumerate(lines) if line.weight >= SENTENCE_CHARS]
    below = (at for at in weighty if lines[at].block.parent not in beside)
    return next(below, weighty[0] if weighty else 0)


def _says_something(line: Line) -> bool:
    return line.block.tag not in HEADINGS and SENTENCE_END.search(line.text) is not None


def _is_label(line: Line) -> bool:
    if " | " in line.text and len(line.text) <= BYLINE_CHARS and _DIGIT.search(line.text):
        return True
    if line.block.tag in HEADINGS or line.block.tag in _CELLS or len(line.text) >= LEDE_CHARS:
        return False
    return line.text[-1] != ":" and SENTENCE_END.search(line.text) is None


def find_bylines(blocks: Blocks) -> tuple[str, ...]:
    """Return short lines with a number between headline and article: one may be its date."""
    lines, kept = blocks.around, blocks.lines
    opening = kept[0] if kept else None
    start = next((at for at, line in enumerate(lines) if line is opening), len(lines))
    heads = [at for at, line in enumerate(lines[:start]) if line.block.tag == "h1"]
    above = lines[max(heads[-1] if heads else 0, start - BYLINE_LINES) : start]
    chosen = {line.number for line in kept}
    below = [line for line in lines[start : start + BYLINE_LINES] if line.number not in chosen]
    return tuple(
        line.text
        for line in (*above, *below)
        if len(line.text) <= BYLINE_CHARS and not line.is_links(0.5) and _DIGIT.search(line.text)
    )


STAGES: tuple[Stage, ...] = (
    drop_other_matter,
    spare_headers,
    drop_junk,
    drop_teasers,
    drop_listed_links,
    choose_article,
    drop_copies,
    drop_pleas,
)
"""The way from a page's lines to the article's, in order."""
