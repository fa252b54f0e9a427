"""Which dates and authors that a page's body states are the article's own.

They are where an article states such things: near its headline, or at its end; never in comments,
beside the title of another article, or in the middle of a sentence.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from warta.transforms.cleaning.html.blocks import SENTENCE_END, Block, Blocks, Kind, Line, Place
from warta.transforms.cleaning.html.statements import Statement

HEAD_LINES = 12
"""How many lines above the article's text may state its date where there is no headline."""
HEADLINE_LEVELS = 2
"""A date above the headline is in the block around it, or in the next."""
OPENING_LINES = 3
"""A date may follow the lede, so that so many lines of the text may be in front of it."""
DATELINE_CHARS = 25
"""Longest text in front of a date at the beginning of the article."""
TITLE_CHARS = 15
"""Shortest link that is a title of another article."""
TITLE_WORDS = 3
"""A title has so many words of three letters; a date or a name has fewer."""
_CHANGED_WORD = re.compile(
    r"\b(?:diperbarui|diperbaharui|diupdate|update|updated|modified|edited|dikemas ?kini)\b"
    r"[^.\d]*\Z",
    re.I,
)

_WIDE = ("", "body")
_WORD = re.compile(r"[^\W\d_]{3,}")


def own_statements(statements: list[Statement], blocks: Blocks) -> list[Statement]:
    """Return the statements that are the article's own, those near its headline first.

    Args:
      statements: As `mark_statements` gave them.
      blocks: The page, with the lines of its article.
    """
    around = _Surroundings(blocks)
    found: list[tuple[int, Statement]] = []
    for one in statements:
        place = blocks.places.get(one.mark)
        if one.mark < 0:
            found.append((1, one))
        elif place is not None and around.are_own(one, place):
            found.append((around.rank(place), around.worded(one, place)))
    return [one for _, one in sorted(found, key=lambda pair: pair[0])]


def _chain(block: Block | None) -> Iterator[Block]:
    while block is not None:
        yield block
        block = block.parent


class _Surroundings:
    """Where the headline and the text of an article are, for what is around them."""

    def __init__(self, blocks: Blocks) -> None:
        self._blocks = blocks
        kept, lines = blocks.lines, blocks.all_lines
        self._kept = {line.number for line in kept}
        self._first = kept[0].number if kept else len(lines)
        self._opening = kept[min(OPENING_LINES, len(kept)) - 1].number if kept else len(lines)
        self._last = kept[-1].number if kept else len(lines)
        heads = [one for one in blocks.around if one.block.tag == "h1" and one.number < self._first]
        self._headline = heads[-1] if heads else None
        self._start = heads[-1].number if heads else max(0, self._first - HEAD_LINES)
        own = [line.block for line in (*heads[-1:], *kept[:1])]
        self._own = {block for one in own for block in _chain(one)}
        """Blocks around the headline or the beginning of the text."""

    def rank(self, place: Place) -> int:
        """Return 0 for a place near the headline, more for others."""
        return 0 if place.number <= self._opening else 1

    def worded(self, one: Statement, place: Place) -> Statement:
        """Return a date as one of modification where the words in front of it say so."""
        if one.says == "published" and one.source == "time" and _CHANGED_WORD.search(place.before):
            return replace(one, says="modified")
        return one

    def are_own(self, one: Statement, place: Place) -> bool:
        """Return whether a place is where the article would state such a thing."""
        number = place.number
        if self._is_others(place):
            return False
        if one.is_scoped:
            return True
        if one.is_beside_title:
            return False
        if one.says == "author":
            return number <= self._last or not self._is_teaser(place)
        if number < self._start:
            return self._is_above_headline(place) or (one.is_sure and self._headline is None)
        if number <= self._opening:
            return one.is_sure or not self._is_in_text(place)
        if number <= self._last and not one.is_sure:
            return False
        return not self._is_teaser(place) and not self._is_comment(place)

    def _is_in_text(self, place: Place) -> bool:
        """Return whether a place is in the middle of a sentence of the article."""
        if place.number not in self._kept or not self._blocks.all_lines[place.number].weight:
            return False
        return place.number > self._first or len(place.before) > DATELINE_CHARS

    def _is_others(self, place: Place) -> bool:
        """Return whether a place is in a block or a list of other matter."""
        if place.number in self._blocks.listed:
            return True
        for block in _chain(place.block):
            if block in self._own:
                return False
            if block.kind is Kind.NEVER:
                return True
        return False

    def _is_above_headline(self, place: Place) -> bool:
        if self._headline is None:
            return False
        near = set(islice(_chain(self._headline.block), 1, HEADLINE_LEVELS + 1))
        inside = any(block in near and block.tag not in _WIDE for block in _chain(place.block))
        between = self._blocks.all_lines[place.number + 1 : self._start]
        return inside and not any(_is_title(line, TITLE_WORDS) for line in between)

    def _beside(self, place: Place) -> list[Line]:
        """Return the lines of the smallest block around a place that holds more than one."""
        lines = self._blocks.all_lines
        at = min(place.number, len(lines) - 1)
        for block in _chain(place.block):
            first = last = at
            while first > 0 and block in _chain(lines[first - 1].block):
                first -= 1
            while last + 1 < len(lines) and block in _chain(lines[last + 1].block):
                last += 1
            if block in self._own or last > first:
                break
        if block in self._own:
            return [line for line in lines[at : at + 1] if block in _chain(line.block)]
        return list(lines[first : last + 1])

    def _is_teaser(self, place: Place) -> bool:
        """Return whether the title of another article is beside a place."""
        return any(_is_title(line, TITLE_WORDS) for line in self._beside(place))

    def _is_comment(self, place: Place) -> bool:
        """Return whether sentences that are not the article's are beside a place."""
        return any(
            line.number not in self._kept and SENTENCE_END.search(line.text)
            for line in self._beside(place)
        )


def _is_title(line: Line, least_words: int) -> bool:
    is_link = line.link_chars >= TITLE_CHARS and line.is_links(0.5)
    return is_link and len(_WORD.findall(line.text)) >= least_words
