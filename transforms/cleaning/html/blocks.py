"""A parsed page as lines of text and the blocks that hold them.

A line is a run of text between two block borders (a paragraph, a heading, a list item); a block is
a block element, with what its class, id and microdata say it holds (`data/markup.toml`). `Blocks`
is the one object that extraction works on: each stage drops lines from it, or blocks with theirs.
"""

import bisect
import re
import tomllib
from collections.abc import Iterable
from enum import IntEnum
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from warta.transforms.cleaning.removed_lines import MAX_REMOVED_LINES, RemovedLine

WORDS_FILE = Path(__file__).parent.parent.parent / "data" / "markup.toml"

SENTENCE_CHARS = 40
"""A line with less text outside links does not count as a sentence."""
LONG_CHARS = 120
"""A line of this length counts in full, with a full stop or without."""
UNENDED_FACTOR = 0.3
"""Weight of a line without a full stop, against one with."""
BEFORE_CHARS = 40
"""Text in front of a mark that is kept with it."""

RAW_TAGS = (
    *("script", "style", "noscript", "iframe", "xmp", "plaintext", "noembed", "noframes"),
    *("template", "svg", "math", "object", "embed"),
)
"""Elements without article text; serialised, some hold what only looks like tags."""
_INLINE_TAGS = """
abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark nobr o:p picture
q rb rt rp ruby s samp small source span st1:place strike strong sub sup time tt u var wbr
"""
_VOID_TAGS = "area base br col embed hr img input link meta source track wbr"
_VOID = frozenset(_VOID_TAGS.split())
HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
_ROOTS = frozenset(["article", "body", "html", "main"])
"""Their classes name the page ("has-sidebar", "tag-politics"), not what they hold."""


def _either(names: Iterable[str]) -> str:
    """Return a pattern for names that looks at each first letter once."""
    rest: dict[str, list[str]] = {}
    for name in sorted(names, key=len, reverse=True):
        rest.setdefault(name[0], []).append(re.escape(name[1:]))
    return "|".join(f"{letter}(?:{'|'.join(ends)})" for letter, ends in rest.items())


# Names of attributes may hold quotes: then the tag ends at the next bracket.
_ATTRIBUTES = r'(?:[^<>"]*+(?:"[^"]*+"[^<>"]*+)*+|[^<>]*)'
_TAG = re.compile(rf'<(/?[a-zA-Z][^\s<>"/]*)({_ATTRIBUTES})>')
_INLINE_TAG = re.compile(rf"</?(?:{_either(_INLINE_TAGS.split())})(?=[\s>/]){_ATTRIBUTES}>")
"""Taken out before all else: what is cut at is a third of all tags."""
_COMMENT = re.compile(r"<!--(?:[^-]++|-(?!->))*+(?:-->|\Z)")
_ATTRIBUTE = re.compile(r'\b(class|id|itemprop|style)="([^"]*)"')
_HIDDEN = re.compile(r"display:\s*none")
_WORD_BREAK = re.compile(r"(?<=[a-z])(?=[A-Z])|[^a-zA-Z0-9]+")
SENTENCE_END = re.compile(r"[.!?…。।؟](?:(?<![.…])|[\"”’')\]]*(?:\s|$))")
"""A full stop ends a sentence before a blank, other marks wherever they are."""
_SCREEN_NAMES = "xs sm s md m lg l xl xxl mobile desktop tablet phone phablet print"
_SCREENS = frozenset(_SCREEN_NAMES.split())
"""Sizes of screens: what is hidden on one of them is shown on others."""
_INVISIBLE = "\u200b\u200e\u200f\u2060\ufeff"
"""What editors leave in empty paragraphs."""
_MAX_NAME_CHARS = 500
"""Class lists are read this far: longer ones are generated, or hostile."""
_MAX_KNOWN_CHARS = 200
"""Longer attributes of a tag are hardly another's too."""
_MARK = re.compile("\ufdd0(\\d{1,4})\ufdd1")
"""Two characters that no text holds, with the number of a mark between them."""


def mark_text(number: int) -> str:
    """Return the text that marks a place of a page before it is cut; see `Blocks.places`."""
    return f"\ufdd0{number}\ufdd1"


class Kind(IntEnum):
    """What class, id and microdata say of a block."""

    PLAIN = 0
    NEVER = 1
    JUNK = 2
    BODY = 3
    FORM = 4


# Members of an enumeration take long to look up where each tag of a page does.
_PLAIN, _BODY, _FORM = Kind.PLAIN, Kind.BODY, Kind.FORM
_STRENGTH = (0, 3, 1, 2, 0)
"""Of the kinds by their numbers: what is said of comments counts before all else, then a body."""


class Block:
    """A block element: where it hangs, what it says it is, the sentences in it."""

    __slots__ = ("is_dropped", "is_in", "kind", "name", "parent", "tag", "weight")

    def __init__(self, tag: str, parent: "Block | None", kind: Kind, name: str = "") -> None:
        self.tag = tag
        self.name = name
        """Its attributes, as serialised."""
        self.parent = parent
        self.kind = kind
        self.weight = 0.0
        """Of the sentences in it, as of the last `Blocks.weigh`."""
        self.is_dropped = False
        self.is_in = False
        """Whether it is the article's block or in it, as of the last `Blocks.mark_inside`."""


class Line:
    """A run of text between two block borders."""

    __slots__ = ("block", "link_chars", "number", "text", "weight")

    def __init__(self, text: str, link_chars: int, block: Block, number: int) -> None:
        self.text = text
        self.link_chars = link_chars = min(link_chars, len(text))
        self.block = block
        self.number = number
        """Its place among all lines of the page, those that are dropped later included."""
        # Most lines are short, and weigh nothing.
        self.weight = self._weigh() if len(text) - link_chars >= SENTENCE_CHARS else 0.0

    def _weigh(self) -> float:
        own = len(self.text) - self.link_chars
        if self.is_links(0.5) or self.block.tag in HEADINGS:
            return 0.0
        if own > LONG_CHARS or SENTENCE_END.search(self.text):
            return float(own)
        return own * UNENDED_FACTOR

    def is_links(self, share: float) -> bool:
        """Return whether more than `share` of the text is in links."""
        return self.link_chars > share * len(self.text)


class Place(NamedTuple):
    """Where a mark was found."""

    block: Block
    number: int
    """Of the line that holds it, else of the line that follows."""
    before: str
    """The text in front of it in its line, its last characters."""


class Blocks:
    """The lines of a page that may still be its article, and all its blocks."""

    def __init__(
        self,
        lines: list[Line],
        blocks: list[Block],
        places: dict[int, Place],
        captions: list[Line],
    ) -> None:
        self.lines = lines
        """In document order; stages take lines out."""
        self.all_lines = tuple(lines)
        self.blocks = blocks
        """In document order, so that a block follows the one around it; all of them, always."""
        self.places = places
        """Where `mark_text` was found, by its number."""
        self.headline = ""
        """Of the article, case folded."""
        self.around = self.all_lines
        """Lines that may be the article's without being its text: bylines, labels, captions."""
        self.listed: set[int] = set()
        """Numbers of lines that were dropped as links to other articles."""
        self.captions = captions
        """Lines of captions, each with the number of the line that follows."""
        self.set_aside: list[Line] = []
        """Lines that class names say are around an article, though some are inside its block."""
        self.removed: list[tuple[Line, str]] = []
        """Lines of the article's block that are not text of it, with their rules."""
        self._weighed: list[Line] | None = None

    @property
    def text(self) -> str:
        """Return the lines that are left, one paragraph a line."""
        return "\n".join(line.text for line in self.lines)

    def note(self, lines: Iterable[Line], rule: str) -> None:
        """Note lines of the article's block that are dropped, with the rule that says so."""
        self.removed += [(line, rule) for line in lines]

    def removed_lines(self) -> tuple[RemovedLine, ...]:
        """Return the lines that rules took out of the article's block, in order."""
        if not self.removed:
            return ()
        kept = [line.number for line in self.lines]
        return tuple(
            RemovedLine(bisect.bisect_left(kept, line.number), rule, line.text)
            for line, rule in sorted(self.removed, key=_number)[:MAX_REMOVED_LINES]
        )

    def weigh(self) -> float:
        """Set the weight of every block to that of the lines in it, and return that of all."""
        if self._weighed is not self.lines:
            self._weighed = self.lines
            for block in self.blocks:
                block.weight = 0.0
            for line in self.lines:
                line.block.weight += line.weight
            for block in reversed(self.blocks):
                if block.weight and block.parent is not None:
                    block.parent.weight += block.weight
        return self.blocks[0].weight

    def drop(self, gone: Iterable[Block]) -> None:
        """Drop some blocks, with all that they hold."""
        for block in gone:
            block.is_dropped = True
        for block in self.blocks:
            parent = block.parent
            if parent is not None and parent.is_dropped:
                block.is_dropped = True
        self.lines = [line for line in self.lines if not line.block.is_dropped]

    def drop_listed(self, gone: Iterable[Line]) -> None:
        """Drop single lines that link to other articles; their blocks stay."""
        self.listed.update(line.number for line in gone)
        self.lines = [line for line in self.lines if line.number not in self.listed]

    def mark_inside(self, article: Block) -> None:
        """Set `is_in` of the article's block and of all blocks in it, and of no other."""
        for block in self.blocks:
            parent = block.parent
            block.is_in = block is article or (parent is not None and parent.is_in)


def _number(removed: tuple[Line, str]) -> int:
    return removed[0].number


@cache
def _phrases() -> dict[str, Kind]:
    """Return what each phrase of the word lists in markup.toml says."""
    with WORDS_FILE.open("rb") as file:
        lists = tomllib.load(file)
    return {
        phrase: kind
        for kind in (Kind.NEVER, Kind.BODY, Kind.JUNK)
        for phrase in lists[kind.name.lower()]["words"]
    }


@cache
def _first_words() -> frozenset[str]:
    return frozenset(phrase.split()[0] for phrase in _phrases())


@lru_cache(maxsize=65_536)
def _name_kind(name: str) -> Kind:
    """Return what the words of one class or id say."""
    phrases = _phrases()
    words = _WORD_BREAK.sub(" ", name[:_MAX_NAME_CHARS]).lower().split()
    if "hidden" in words and not _SCREENS.isdisjoint(words):
        return Kind.PLAIN
    first_words = _first_words()
    return _strongest(
        phrases.get(" ".join(words[start:end]), _PLAIN)
        for start, word in enumerate(words)
        if word in first_words
        for end in range(start + 1, min(start + 3, len(words)) + 1)
    )


def _strongest(said: Iterable[Kind]) -> Kind:
    return max(said, key=_STRENGTH.__getitem__, default=_PLAIN)


@lru_cache(maxsize=65_536)
def _names_kind(names: str) -> Kind:
    """Return what a list of classes, or an id, says."""
    return _strongest(map(_name_kind, names.split()))


def _kind(attributes: str) -> Kind:
    """Return what the attributes of a tag, as serialised, say the element is."""
    found = _PLAIN
    for attribute, value in _ATTRIBUTE.findall(attributes):
        if attribute == "class" or attribute == "id":
            # Classes come again and again, with other attributes that never do.
            kind = _names_kind(value[: _MAX_NAME_CHARS * 4])
            if _STRENGTH[kind] > _STRENGTH[found]:
                found = kind
        elif attribute == "itemprop":
            if "articleBody" in value:
                return Kind.BODY
        elif _HIDDEN.search(value):
            return Kind.NEVER
    return found


_known_kind = lru_cache(maxsize=16_384)(_kind)
"""The same for attributes of usual length: pages of a site have the same ones."""


def _plain(chunks: list[str]) -> str:
    """Return the text of pieces of serialised markup, with single blanks."""
    text = chunks[0] if len(chunks) == 1 else "".join(chunks)
    if "&" in text:
        # The serialiser writes these four references and no others; & comes last.
        text = text.replace("&nbsp;", " ").replace("&lt;", "<").replace("&gt;", ">")
        text = text.replace("&amp;", "&")
    return " ".join(text.split()).strip(_INVISIBLE)


def cut_blocks(markup: str) -> Blocks:
    """Return the lines and blocks of serialised markup, which is well-formed by construction."""
    if "<!--" in markup:
        markup = _COMMENT.sub("", markup)
    parts = _TAG.split(_INLINE_TAG.sub("", markup))
    # The text after the last tag is followed by nothing, as if by an end tag.
    names, attributes = [*parts[1::3], "/"], [*parts[2::3], ""]
    block = Block("", None, _PLAIN)
    blocks = [block]
    lines: list[Line] = []
    captions: list[Line] = []
    caption: Block | None = None
    chunks: list[str] = []
    places: dict[int, Place] = {}
    link_depth = link_chars = 0
    has_marks = "\ufdd0" in markup
    for text, name, stated in zip(parts[0::3], names, attributes, strict=True):
        if text:
            if has_marks and "\ufdd0" in text:
                found = places if caption is None else {}
                text = _take_marks(text, chunks, block, len(lines), found)
            if chunks or (text and not text.isspace()):
                chunks.append(text)
                if link_depth:
                    link_chars += len(text)
        if name == "a":
            link_depth += 1
        elif name == "/a":
            link_depth = max(0, link_depth - 1)
        else:
            if chunks:
                line = _plain(chunks)
                if line:
                    to = lines if caption is None else captions
                    to.append(Line(line, link_chars, block, len(lines)))
                chunks, link_chars = [], 0
            if name[0] == "/":
                if block is caption:
                    caption = None
                block = block.parent or block
            elif name not in _VOID:
                if not stated:
                    kind = _PLAIN
                elif len(stated) <= _MAX_KNOWN_CHARS:
                    kind = _known_kind(stated)
                else:
                    kind = _kind(stated)
                if kind is _PLAIN and name == "form":
                    kind = _FORM
                if name in _ROOTS and kind is not _BODY:
                    kind = _PLAIN
                block = Block(name, block, kind, stated)
                blocks.append(block)
                if name == "figcaption" and caption is None:
                    caption = block
    return Blocks(lines, blocks, places, captions)


def _take_marks(
    text: str, chunks: list[str], block: Block, number: int, places: dict[int, Place]
) -> str:
    """Return a piece of text without its marks, and note where they were."""
    start = 0
    kept = "".join(chunks[-2:])
    for match in _MARK.finditer(text):
        kept += text[start : match.start()]
        start = match.end()
        places[int(match[1])] = Place(block, number, kept[-BEFORE_CHARS:].strip())
    return _MARK.sub("", text)
