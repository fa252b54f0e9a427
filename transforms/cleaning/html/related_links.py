"""Lists of other articles inside a page: teasers that repeat, and what stands under "Related".

Class names miss those that a site has named after its design. Two shapes give them away: boxes of
one make side by side, each with a title that is a link; and a heading that says so.
"""

import tomllib
from collections import defaultdict
from collections.abc import Iterable
from functools import cache

from transforms.cleaning.html.blocks import HEADINGS, WORDS_FILE, Box, Line, weigh_boxes

MIN_TEASERS = 3
"""So many boxes of one make, each with a linked title, are a list of other articles."""
TITLE_CHARS = 15
"""Shortest link that can be a title: shorter ones are names, dates and buttons."""
TEASER_SHARE = 0.3
"""Teasers with more of the page's sentences than that are what the page is about."""
HEADING_CHARS = 60
"""A longer line is no heading of a list."""
LIST_SHARE = 0.25
"""What stands under a heading goes only with less than this share of the page's sentences."""
_EDGES = " \t:;.!?…*•|>»›«<-–—#\"'“”„"


@cache
def _headings() -> tuple[frozenset[str], tuple[str, ...]]:
    with WORDS_FILE.open("rb") as file:
        table = tomllib.load(file)["headings"]
    return frozenset(table["words"]), tuple(table["starts"])


def is_list_heading(text: str) -> bool:
    """Whether a short line announces other articles: "Related", "Das könnte Sie auch ..."."""
    if len(text) > HEADING_CHARS:
        return False
    words, starts = _headings()
    folded = text.casefold().strip(_EDGES)
    return folded in words or folded.startswith(starts)


def without_teasers(lines: list[Line], boxes: list[Box]) -> list[Line]:
    """Lines outside of boxes that repeat, each with a linked title."""
    most = TEASER_SHARE * weigh_boxes(lines, boxes)
    titled = _titled(lines)
    rows: dict[tuple[Box | None, str, str], list[Box]] = defaultdict(list)
    for box in boxes:
        if box.name and box in titled:
            rows[box.parent, box.tag, box.name].append(box)
    gone: set[Box] = set()
    for row in rows.values():
        if len(row) >= MIN_TEASERS and sum(box.weight for box in row) <= most:
            gone.update(row)
    return _outside(lines, boxes, gone) if gone else lines


def _titled(lines: Iterable[Line]) -> set[Box]:
    """Boxes with a linked title in them."""
    found: set[Box] = set()
    for line in lines:
        if line.is_links(0.8) and len(line.text) >= TITLE_CHARS:
            box: Box | None = line.box
            while box is not None and box not in found:
                found.add(box)
                box = box.parent
    return found


def _outside(lines: list[Line], boxes: list[Box], gone: set[Box]) -> list[Line]:
    for box in boxes:
        box.is_in = box not in gone and (box.parent is None or box.parent.is_in)
    return [line for line in lines if line.box.is_in]


def without_lists(lines: list[Line], boxes: list[Box]) -> list[Line]:
    """Lines without those that stand under the heading of a list of other articles."""
    headings = [at for at, line in enumerate(lines) if is_list_heading(line.text)]
    if not headings:
        return lines
    most = LIST_SHARE * weigh_boxes(lines, boxes)
    counts = _counts(lines, boxes)
    gone: set[int] = set()
    for at in headings:
        if at not in gone:
            end = _end_of_list(lines, at, _around(lines[at].box, counts), most)
            # A heading with nothing to take below it may be the article's own.
            gone.update(range(at, end) if end > at + 1 else ())
    return [line for at, line in enumerate(lines) if at not in gone]


def _end_of_list(lines: list[Line], at: int, around: Box | None, most: float) -> int:
    """The number of the first line behind the list under the heading at `at`.

    All that follows in the box around the heading is the list, where that holds few sentences; else
    the links right below it are.
    """
    end = at + 1
    if around is not None and around.weight <= most:
        while end < len(lines) and _is_inside(lines[end].box, around):
            end += 1
    while end < len(lines) and not lines[end].weight and lines[end].is_links(0.5):
        end += 1
    return end


def _counts(lines: list[Line], boxes: list[Box]) -> dict[Box, int]:
    """How many lines each box holds."""
    counts = dict.fromkeys(boxes, 0)
    for line in lines:
        counts[line.box] += 1
    for box in reversed(boxes):
        if box.parent is not None:
            counts[box.parent] += counts[box]
    return counts


def _around(box: Box, counts: dict[Box, int]) -> Box | None:
    """The smallest box around a heading that holds more than the heading."""
    if counts[box] > 1 and box.tag in HEADINGS:
        return None
    around: Box | None = box
    while around is not None and counts[around] == 1:
        around = around.parent
    return around


def _is_inside(box: Box | None, around: Box) -> bool:
    while box is not None and box is not around:
        box = box.parent
    return box is not None
