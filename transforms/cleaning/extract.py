"""The article's text from a parsed page: which blocks of a news page are the article.

A page is cut into lines (paragraphs, headings, list items) that hang in boxes (the block elements
around them). Lines that look like sentences weigh; the rest is arithmetic on weights: boxes whose
class says "related" or "comments" go unless most of the page's sentences stand inside, the box
that a marker or the weights point at is the article, and what is left in it is the text.

The shares below were tuned on one half of trafilatura's evaluation pages and checked on the other
(tests/quality_extraction.py).
"""

import re
import tomllib
from enum import IntEnum
from functools import cache, lru_cache
from pathlib import Path

from resiliparse.parse.html import HTMLTree

WORDS_FILE = Path(__file__).parent.parent / "data" / "markup.toml"

NEVER_SHARE = 0.8
"""Comments and other articles stay only with more than this share of the page's sentences."""
JUNK_SHARE = 0.2
"""The same for blocks of other junk, whose class words are less sure."""
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
SENTENCE_CHARS = 40
"""A line with less text outside links does not count as a sentence."""
LONG_CHARS = 120
"""A line of this length counts in full, with a full stop or without."""
UNENDED_FACTOR = 0.3
"""Weight of a line without a full stop, against one with."""
LEDE_CHARS = 60
"""Shortest line between headline and body that is taken for a lede."""

_RAW = "script,style,noscript,iframe,xmp,plaintext,noembed,noframes,template,svg,math,object,embed"
"""Elements without article text; serialised, some hold what looks like tags and is none."""
_DROPPED = (
    f"{_RAW},video,audio,canvas,map,nav,aside,footer,figcaption,button,select,textarea,input,"
    "label,dialog,menu,title,meta,link,time,rt,rp,[hidden],"
    '[aria-hidden="true"],[role="navigation"],[role="complementary"],[role="contentinfo"],'
    '[role="banner"],[role="search"],[role="dialog"]'
)
"""What is never the article in a whole page."""
_INLINE_TAGS = """
abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark nobr o:p picture
q rb rt rp ruby s samp small source span st1:place strike strong sub sup time tt u var wbr
"""
_INLINE = frozenset(_INLINE_TAGS.split())
_VOID_TAGS = "area base br col embed hr img input link meta source track wbr"
_VOID = frozenset(_VOID_TAGS.split())
_HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
_ROOTS = frozenset(["article", "body", "html", "main"])
"""Their classes name the page ("has-sidebar", "tag-politics"), not what they hold."""

_TAG = re.compile(r'<(/?[a-zA-Z][^\s<>"/]*)([^<>"]*(?:"[^"]*"[^<>"]*)*)>')
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_ATTRIBUTE = re.compile(r'\b(class|id|itemprop|style)="([^"]*)"')
_HIDDEN = re.compile(r"display:\s*none")
_WORD_BREAK = re.compile(r"(?<=[a-z])(?=[A-Z])|[^a-zA-Z0-9]+")
_SENTENCE_END = re.compile(r"[.!?…][\"”’')\]]*(?:\s|$)|[。!?।؟]")
_INVISIBLE = "\u200b\u200e\u200f\u2060\ufeff"
"""What editors leave in empty paragraphs."""
_MAX_NAME_CHARS = 500
"""Class lists are read this far: longer ones are generated, or hostile."""


class _Kind(IntEnum):
    """What class, id and microdata say of a box."""

    PLAIN = 0
    NEVER = 1
    JUNK = 2
    BODY = 3


class _Box:
    """A block element: where it hangs, what it says it is, the sentences in it."""

    __slots__ = ("is_in", "kind", "parent", "tag", "weight")

    def __init__(self, tag: str, parent: "_Box | None", kind: _Kind) -> None:
        self.tag = tag
        self.parent = parent
        self.kind = kind
        self.weight = 0.0
        self.is_in = True


class _Line:
    """A run of text between two block borders."""

    __slots__ = ("box", "link_chars", "text", "weight")

    def __init__(self, text: str, link_chars: int, box: _Box) -> None:
        self.text = text
        self.link_chars = min(link_chars, len(text))
        self.box = box
        self.weight = self._weigh()

    def _weigh(self) -> float:
        own = len(self.text) - self.link_chars
        if own < SENTENCE_CHARS or self.is_links(0.5) or self.box.tag in _HEADINGS:
            return 0.0
        if own > LONG_CHARS or _SENTENCE_END.search(self.text):
            return float(own)
        return own * UNENDED_FACTOR

    def is_links(self, share: float) -> bool:
        """Whether more than `share` of the text stands in links."""
        return self.link_chars > share * len(self.text)


@cache
def _phrases() -> dict[str, _Kind]:
    """The word lists of markup.toml: phrase -> what it says."""
    with WORDS_FILE.open("rb") as file:
        lists = tomllib.load(file)
    return {
        phrase: kind
        for kind in (_Kind.NEVER, _Kind.BODY, _Kind.JUNK)
        for phrase in lists[kind.name.lower()]["words"]
    }


@lru_cache(maxsize=65_536)
def _name_kind(name: str) -> _Kind:
    """One class or id -> what its words say."""
    phrases = _phrases()
    words = _WORD_BREAK.sub(" ", name[:_MAX_NAME_CHARS]).lower().split()
    said = {
        phrases.get(" ".join(words[start:end]), _Kind.PLAIN)
        for start in range(len(words))
        for end in range(start + 1, min(start + 3, len(words)) + 1)
    }
    return _strongest(said)


def _strongest(said: set[_Kind]) -> _Kind:
    for kind in (_Kind.NEVER, _Kind.BODY, _Kind.JUNK):
        if kind in said:
            return kind
    return _Kind.PLAIN


@lru_cache(maxsize=4096)
def _kind(attributes: str) -> _Kind:
    """Attributes of a tag, as serialised -> what they say the element is."""
    said: set[_Kind] = set()
    for attribute, value in _ATTRIBUTE.findall(attributes):
        if attribute == "itemprop":
            if "articleBody" in value:
                return _Kind.BODY
        elif attribute == "style":
            if _HIDDEN.search(value):
                return _Kind.NEVER
        else:
            said.update(map(_name_kind, value[: _MAX_NAME_CHARS * 4].split()))
    return _strongest(said)


def _plain(pieces: list[str]) -> str:
    """Text pieces of serialised markup -> text with single blanks."""
    text = "".join(pieces)
    if "&" in text:
        # The serialiser writes these four references and no others; & comes last.
        text = text.replace("&nbsp;", " ").replace("&lt;", "<").replace("&gt;", ">")
        text = text.replace("&amp;", "&")
    return " ".join(text.split()).strip(_INVISIBLE)


def _cut(markup: str) -> tuple[list[_Line], list[_Box]]:
    """Serialised markup, well-formed by construction -> its lines and the boxes they hang in.

    Both come in document order, so that a box follows the box around it.
    """
    parts = _TAG.split(_COMMENT.sub("", markup))
    box = _Box("", None, _Kind.PLAIN)
    boxes = [box]
    lines: list[_Line] = []
    pieces: list[str] = []
    link_depth = link_chars = 0
    for at in range(0, len(parts), 3):
        text = parts[at]
        if text and (pieces or not text.isspace()):
            pieces.append(text)
            if link_depth:
                link_chars += len(text)
        name = parts[at + 1] if at + 1 < len(parts) else "/"
        if name in _INLINE or (name[0] == "/" and name[1:] in _INLINE):
            continue
        if name == "a":
            link_depth += 1
        elif name == "/a":
            link_depth = max(0, link_depth - 1)
        else:
            if pieces:
                line = _plain(pieces)
                if line:
                    lines.append(_Line(line, link_chars, box))
                pieces, link_chars = [], 0
            if name[0] == "/":
                box = box.parent or box
            elif name not in _VOID:
                kind = _kind(parts[at + 2]) if parts[at + 2] else _Kind.PLAIN
                if name in _ROOTS and kind is not _Kind.BODY:
                    kind = _Kind.PLAIN
                box = _Box(name, box, kind)
                boxes.append(box)
    return lines, boxes


def _weigh_boxes(lines: list[_Line], boxes: list[_Box]) -> float:
    """Set the weight of every box to that of the lines in it; the weight of all comes back."""
    for box in boxes:
        box.weight = 0.0
    for line in lines:
        line.box.weight += line.weight
    for box in reversed(boxes):
        if box.parent is not None:
            box.parent.weight += box.weight
    return boxes[0].weight


def _without(lines: list[_Line], boxes: list[_Box], kind: _Kind, share: float) -> list[_Line]:
    """Lines outside of all boxes of `kind` that hold at most `share` of the sentences."""
    most = share * _weigh_boxes(lines, boxes)
    for box in boxes:
        is_gone = box.kind is kind and box.weight <= most
        box.is_in = not is_gone and (box.parent is None or box.parent.is_in)
    return [line for line in lines if line.box.is_in]


def _article_box(lines: list[_Line], boxes: list[_Box]) -> _Box:
    """The box that holds the article: a marked one, else where the sentences are."""
    total = _weigh_boxes(lines, boxes)
    marked = [b for b in boxes if b.kind is _Kind.BODY and b.weight >= MARKED_SHARE * total]
    articles = [b for b in boxes if b.tag == "article" and b.weight >= ARTICLE_SHARE * total]
    best = max(marked or articles or boxes[:1], key=lambda box: box.weight)
    floor = DESCENT_SHARE * best.weight
    # Only one child can hold so large a share.
    inner = {box.parent: box for box in boxes if box.weight >= floor}
    while best in inner:
        best = inner[best]
    return best


def _mark_inside(article: _Box, boxes: list[_Box]) -> None:
    """Set `is_in` of the article's box and of all boxes in it, and of no other."""
    for box in boxes:
        box.is_in = box is article or (box.parent is not None and box.parent.is_in)


def _lede(before: list[_Line]) -> list[_Line]:
    """Lines in front of the article's box -> the standfirst between headline and body, if any."""
    headlines = [at for at, line in enumerate(before) if line.box.tag == "h1"]
    if not headlines:
        return []
    return [
        line
        for line in before[headlines[-1] + 1 :]
        if len(line.text) >= LEDE_CHARS
        and not line.is_links(0.5)
        and (line.weight or line.box.tag in _HEADINGS or len(line.text) > LEDE_CHARS + 10)
    ]


def _is_text(line: _Line, headline: str) -> bool:
    # The headline has a column of its own.
    if line.box.tag == "h1" or line.text.casefold() == headline:
        return False
    return len(line.text) >= LINK_LINE_CHARS or not line.is_links(LINK_SHARE)


def extract_article(tree: HTMLTree, headline: str = "") -> str:
    """Parsed page -> text of its article, one paragraph a line; "" where there is none.

    Headings and list items are lines of their own. The tree is used up: elements that never hold
    article text are taken out of it. A line that repeats the headline is left out.
    """
    body = tree.body
    if body is None:
        return ""
    for element in body.query_selector_all(_DROPPED).values():
        element.decompose()
    lines, boxes = _cut(body.html)
    lines = _without(lines, boxes, _Kind.NEVER, NEVER_SHARE)
    lines = _without(lines, boxes, _Kind.JUNK, JUNK_SHARE)
    headline = headline.casefold()
    if not any(line.weight for line in lines):
        return "\n".join(line.text for line in lines if _is_text(line, headline))
    _mark_inside(_article_box(lines, boxes), boxes)
    inside = [line.box.is_in for line in lines]
    before = lines[: inside.index(True)]
    kept = [line for line in lines if line.box.is_in and _is_text(line, headline)]
    while kept and not kept[-1].weight and not _SENTENCE_END.search(kept[-1].text):
        kept.pop()
    return "\n".join(line.text for line in _lede(before) + kept)


def extract_all(tree: HTMLTree) -> str:
    """Parsed fragment -> all its text, one paragraph a line: a body alone needs no search."""
    body = tree.body
    if body is None:
        return ""
    for element in body.query_selector_all(_RAW).values():
        element.decompose()
    return "\n".join(line.text for line in _cut(body.html)[0])
