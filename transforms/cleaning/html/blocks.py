"""A parsed page as lines of text and the boxes that they hang in.

A line is a run of text between two block borders (a paragraph, a heading, a list item); a box is a
block element, with what its class, id and microdata say it holds (`data/markup.toml`).
"""

import re
import tomllib
from enum import IntEnum
from functools import cache, lru_cache
from pathlib import Path

WORDS_FILE = Path(__file__).parent.parent.parent / "data" / "markup.toml"

SENTENCE_CHARS = 40
"""A line with less text outside links does not count as a sentence."""
LONG_CHARS = 120
"""A line of this length counts in full, with a full stop or without."""
UNENDED_FACTOR = 0.3
"""Weight of a line without a full stop, against one with."""

RAW = "script,style,noscript,iframe,xmp,plaintext,noembed,noframes,template,svg,math,object,embed"
"""Elements without article text; serialised, some hold what looks like tags and is none."""
_INLINE_TAGS = """
abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark nobr o:p picture
q rb rt rp ruby s samp small source span st1:place strike strong sub sup time tt u var wbr
"""
_VOID_TAGS = "area base br col embed hr img input link meta source track wbr"
_VOID = frozenset(_VOID_TAGS.split())
HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
_ROOTS = frozenset(["article", "body", "html", "main"])
"""Their classes name the page ("has-sidebar", "tag-politics"), not what they hold."""

# Names of attributes may hold quotes: then the tag ends at the next bracket.
_TAG = re.compile(r'<(/?[a-zA-Z][^\s<>"/]*)([^<>"]*(?:"[^"]*"[^<>"]*)*|[^<>]*)>')
_INLINE_TAG = re.compile(
    rf"</?(?:{'|'.join(_INLINE_TAGS.split())})(?=[\s>/])"
    r'(?:[^<>"]*(?:"[^"]*"[^<>"]*)*|[^<>]*)>'
)
"""Taken out before all else: what is cut at is a third of all tags."""
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_ATTRIBUTE = re.compile(r'\b(class|id|itemprop|style)="([^"]*)"')
_HIDDEN = re.compile(r"display:\s*none")
_WORD_BREAK = re.compile(r"(?<=[a-z])(?=[A-Z])|[^a-zA-Z0-9]+")
SENTENCE_END = re.compile(r"[.!?…][\"”’')\]]*(?:\s|$)|[。!?।؟]")
_SCREEN_NAMES = "xs sm s md m lg l xl xxl mobile desktop tablet phone phablet print"
_SCREENS = frozenset(_SCREEN_NAMES.split())
"""Sizes of screens: what is hidden on one of them is shown on others."""
_INVISIBLE = "\u200b\u200e\u200f\u2060\ufeff"
"""What editors leave in empty paragraphs."""
_MAX_NAME_CHARS = 500
"""Class lists are read this far: longer ones are generated, or hostile."""


class Kind(IntEnum):
    """What class, id and microdata say of a box."""

    PLAIN = 0
    NEVER = 1
    JUNK = 2
    BODY = 3
    FORM = 4


class Box:
    """A block element: where it hangs, what it says it is, the sentences in it."""

    __slots__ = ("is_in", "kind", "name", "parent", "tag", "weight")

    def __init__(self, tag: str, parent: "Box | None", kind: Kind, name: str = "") -> None:
        self.tag = tag
        self.name = name
        self.parent = parent
        self.kind = kind
        self.weight = 0.0
        self.is_in = True


class Line:
    """A run of text between two block borders."""

    __slots__ = ("box", "link_chars", "text", "weight")

    def __init__(self, text: str, link_chars: int, box: Box) -> None:
        self.text = text
        self.link_chars = min(link_chars, len(text))
        self.box = box
        self.weight = self._weigh()

    def _weigh(self) -> float:
        own = len(self.text) - self.link_chars
        if own < SENTENCE_CHARS or self.is_links(0.5) or self.box.tag in HEADINGS:
            return 0.0
        if own > LONG_CHARS or SENTENCE_END.search(self.text):
            return float(own)
        return own * UNENDED_FACTOR

    def is_links(self, share: float) -> bool:
        """Whether more than `share` of the text stands in links."""
        return self.link_chars > share * len(self.text)


@cache
def _phrases() -> dict[str, Kind]:
    """The word lists of markup.toml: phrase -> what it says."""
    with WORDS_FILE.open("rb") as file:
        lists = tomllib.load(file)
    return {
        phrase: kind
        for kind in (Kind.NEVER, Kind.BODY, Kind.JUNK)
        for phrase in lists[kind.name.lower()]["words"]
    }


@lru_cache(maxsize=65_536)
def _name_kind(name: str) -> Kind:
    """One class or id -> what its words say."""
    phrases = _phrases()
    words = _WORD_BREAK.sub(" ", name[:_MAX_NAME_CHARS]).lower().split()
    if "hidden" in words and not _SCREENS.isdisjoint(words):
        return Kind.PLAIN
    said = {
        phrases.get(" ".join(words[start:end]), Kind.PLAIN)
        for start in range(len(words))
        for end in range(start + 1, min(start + 3, len(words)) + 1)
    }
    return _strongest(said)


def _strongest(said: set[Kind]) -> Kind:
    for kind in (Kind.NEVER, Kind.BODY, Kind.JUNK):
        if kind in said:
            return kind
    return Kind.PLAIN


@lru_cache(maxsize=4096)
def _kind(attributes: str) -> Kind:
    """Attributes of a tag, as serialised -> what they say the element is."""
    said: set[Kind] = set()
    for attribute, value in _ATTRIBUTE.findall(attributes):
        if attribute == "itemprop":
            if "articleBody" in value:
                return Kind.BODY
        elif attribute == "style":
            if _HIDDEN.search(value):
                return Kind.NEVER
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


def cut(markup: str) -> tuple[list[Line], list[Box]]:
    """Serialised markup, well-formed by construction -> its lines and the boxes they hang in.

    Both come in document order, so that a box follows the box around it.
    """
    parts = _TAG.split(_INLINE_TAG.sub("", _COMMENT.sub("", markup)))
    box = Box("", None, Kind.PLAIN)
    boxes = [box]
    lines: list[Line] = []
    pieces: list[str] = []
    link_depth = link_chars = 0
    for at in range(0, len(parts), 3):
        text = parts[at]
        if text and (pieces or not text.isspace()):
            pieces.append(text)
            if link_depth:
                link_chars += len(text)
        name = parts[at + 1] if at + 1 < len(parts) else "/"
        if name == "a":
            link_depth += 1
        elif name == "/a":
            link_depth = max(0, link_depth - 1)
        else:
            if pieces:
                line = _plain(pieces)
                if line:
                    lines.append(Line(line, link_chars, box))
                pieces, link_chars = [], 0
            if name[0] == "/":
                box = box.parent or box
            elif name not in _VOID:
                kind = _kind(parts[at + 2]) if parts[at + 2] else Kind.PLAIN
                if name == "form" and kind is Kind.PLAIN:
                    kind = Kind.FORM
                if name in _ROOTS and kind is not Kind.BODY:
                    kind = Kind.PLAIN
                box = Box(name, box, kind, parts[at + 2])
                boxes.append(box)
    return lines, boxes


def weigh_boxes(lines: list[Line], boxes: list[Box]) -> float:
    """Set the weight of every box to that of the lines in it; the weight of all comes back."""
    for box in boxes:
        box.weight = 0.0
    for line in lines:
        line.box.weight += line.weight
    for box in reversed(boxes):
        if box.parent is not None:
            box.parent.weight += box.weight
    return boxes[0].weight
