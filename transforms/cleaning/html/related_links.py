"""Stages that drop lists of other articles: teasers that repeat, and what is under "Related".

Class names miss those that a site has named after its design. Two shapes give them away: blocks of
one make side by side, each with a title that is a link; and a heading that says so.
"""

import tomllib
from collections import defaultdict
from collections.abc import Iterable
from functools import cache

from warta.transforms.cleaning.html.blocks import HEADINGS, WORDS_FILE, Block, Blocks, Kind, Line

MIN_TEASERS = 3
"""So many blocks of one make, each with a linked title, are a list of other articles."""
TITLE_CHARS = 15
"""Shortest link that can be a title: shorter ones are names, dates and buttons."""
TEASER_SHARE = 0.3
"""Teasers with more of the page's sentences than that are what the page is about."""
HEADING_CHARS = 60
"""A longer line is not a heading of a list."""
LIST_SHARE = 0.25
"""What is under a heading goes only with less than this share of the page's sentences."""
_SURE = frozenset(["baca juga", "lihat juga", "simak juga", "also read", "read also"])
"""Headings that no article has for its own: their list may have gone before."""
_EDGES = " \t:;.!?…*•|>»›«<-–—#\"'“”„"


@cache
def _headings() -> tuple[frozenset[str], tuple[str, ...]]:
    with WORDS_FILE.open("rb") as file:
        table = tomllib.load(file)["headings"]
    return frozenset(table["words"]), tuple(table["starts"])


def is_list_heading(text: str) -> bool:
    """Return whether a short line announces other articles: "Related", "See also"."""
    if len(text) > HEADING_CHARS:
        return False
    words, starts = _headings()
    folded = text.casefold().strip(_EDGES)
    return folded in words or folded.startswith(starts)


def drop_teasers(blocks: Blocks) -> None:
    """Drop blocks that repeat, each with a linked title."""
    most = TEASER_SHARE * blocks.weigh()
    titled = _titled(blocks.lines)
    rows: dict[tuple[Block | None, str, str], list[Block]] = defaultdict(list)
    for block in blocks.blocks:
        if block.name and block in titled:
            rows[block.parent, block.tag, block.name].append(block)
    gone: set[Block] = set()
    for row in rows.values():
        if len(row) >= MIN_TEASERS and sum(block.weight for block in row) <= most:
            gone.update(row)
    for block in gone:
        block.kind = Kind.NEVER
    if gone:
        blocks.drop(gone)


def _titled(lines: Iterable[Line]) -> set[Block]:
    """Return the blocks with a linked title in them."""
    found: set[Block] = set()
    for line in lines:
        if line.is_links(0.8) and len(line.text) >= TITLE_CHARS:
            block: Block | None = line.block
            while block is not None and block not in found:
                found.add(block)
                block = block.parent
    return found


def drop_listed_links(blocks: Blocks) -> None:
    """Drop the lines under headings of lists of other articles, and those headings."""
    lines = blocks.lines
    headings = [at for at, line in enumerate(lines) if is_list_heading(line.text)]
    if not headings:
        return
    most = LIST_SHARE * blocks.weigh()
    counts = _counts(blocks)
    gone: set[int] = set()
    for at in headings:
        if at not in gone:
            end = _end_of_list(lines, at, _around(lines[at].block, counts), most)
            # A heading with nothing to take below it may be the article's own.
            is_sure = lines[at].text.casefold().strip(_EDGES) in _SURE
            gone.update(range(at, end) if end > at + 1 or is_sure else ())
    blocks.drop_listed(lines[at] for at in gone)


def _end_of_list(lines: list[Line], at: int, around: Block | None, most: float) -> int:
    """Return the number of the first line after the list under the heading at `at`.

    All that follows in the block around the heading is the list, where that holds few sentences;
    else the links right below it are.
    """
    end = at + 1
    if around is not None and around.weight <= most:
        while end < len(lines) and _is_inside(lines[end].block, around):
            end += 1
    while end < len(lines) and not lines[end].weight and lines[end].is_links(0.5):
        end += 1
    return end


def _counts(blocks: Blocks) -> dict[Block, int]:
    """Return how many lines each block holds."""
    counts = dict.fromkeys(blocks.blocks, 0)
    for line in blocks.lines:
        counts[line.block] += 1
    for block in reversed(blocks.blocks):
        if block.parent is not None:
            counts[block.parent] += counts[block]
    return counts


def _around(block: Block, counts: dict[Block, int]) -> Block | None:
    """Return the smallest block around a heading that holds more than the heading."""
    if counts[block] > 1 and block.tag in HEADINGS:
        return None
    around: Block | None = block
    while around is not None and counts[around] == 1:
        around = around.parent
    return around


def _is_inside(block: Block | None, around: Block) -> bool:
    while block is not None and block is not around:
        block = block.parent
    return block is not None
