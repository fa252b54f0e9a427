"""A stage that drops copies of the article: for print, for phones, for other widths of screen.

A copy repeats paragraphs in a block of their own, or the whole text in a row. What an author
repeats stays: refrains, quotes and questions are single or short lines, or a small part of it all.
"""

from collections import Counter

from warta.transforms.cleaning.html.blocks import HEADINGS, SENTENCE_CHARS, Block, Blocks, Line

COPY_SHARE = 0.8
"""A block is a copy where so much of its weight is elsewhere in the article too."""
WHOLE_SHARE = 0.5
"""Repeated lines that hold so much of the article are a copy, however short they are."""
PARAGRAPH_CHARS = 80
"""Repeated lines of this mean length are paragraphs; verses are shorter."""
LONE_CHARS = 120
"""Shortest line that is a copy by itself, in another block than the first."""
BLOB_CHARS = 400
"""Shortest line that may hold a whole article without its paragraphs."""
OPENING_CHARS = 24
"""It begins as its first paragraph does."""
KEY_CHARS = 12
"""Letters of an opening that are compared before all else."""
MAX_BLOBS = 20
"""So many of them are looked at."""

_WITHIN = HEADINGS | {"p", "li", "td", "th", "dd", "dt", "blockquote", "q", "pre", "figure"}
"""Elements that hold a paragraph or a quote, and no version of an article."""
_MARKS = str.maketrans("", "", " \u00a0.,;:!?…'\"’‘“”()[]-–—")
"""Copies differ in these."""
Keys = dict[int, str]
"""Number of a line -> its text without what copies differ in."""
_LISTS = frozenset(["ol", "ul", "dl", "table", "tbody", "tr"])
_QUOTES = frozenset(["blockquote", "q", "li", "td", "th", "pre", "figure"])


def drop_copies(blocks: Blocks) -> None:
    """Drop what the article says a second time in a copy of itself, or of a part of itself."""
    _drop_blobs(blocks)
    if _are_repeated([line.text for line in blocks.lines if line.weight]):
        keys = {line.number: _key(line.text) for line in blocks.lines}
        _drop_blocks(blocks, keys)
        _drop_runs(blocks, keys)


def _key(text: str) -> str:
    return text.casefold().translate(_MARKS)


def _are_repeated(sentences: list[str]) -> bool:
    """Return whether two sentences are alike: whole ones are compared where openings are."""
    openings = [_key(text[:OPENING_CHARS])[:KEY_CHARS] for text in sentences]
    # An opening of marks is cut short: it says nothing.
    if min(map(len, openings), default=KEY_CHARS) == KEY_CHARS:
        times = Counter(openings)
        pairs = zip(sentences, openings, strict=True)
        sentences = [text for text, opening in pairs if times[opening] > 1]
    return len(set(map(_key, sentences))) < len(sentences)


def _keep(blocks: Blocks, gone: set[int]) -> None:
    blocks.lines = [line for line in blocks.lines if line.number not in gone]


def _distinct_weight(lines: list[Line], keys: Keys) -> float:
    return sum({keys[line.number]: line.weight for line in lines}.values())


def _drop_blobs(blocks: Blocks) -> None:
    """Drop lines that are made of other lines, which have kept their borders."""
    long = [line for line in blocks.lines if len(line.text) >= BLOB_CHARS]
    if not long:
        return
    openings = Counter(line.text[:OPENING_CHARS] for line in blocks.lines)
    long = [line for line in long if openings[line.text[:OPENING_CHARS]] > 1]
    gone: set[int] = set()
    for line in long[:MAX_BLOBS]:
        whole = line.text
        texts = {one.text for one in blocks.lines if SENTENCE_CHARS <= len(one.text) < len(whole)}
        inner = [text for text in texts if text in whole]
        if len(inner) > 1 and sum(map(len, inner)) >= COPY_SHARE * len(whole):
            gone.add(line.number)
    if gone:
        _keep(blocks, gone)


def _drop_blocks(blocks: Blocks, keys: Keys) -> None:
    """Drop repeated lines from blocks that are copies; of two whole ones the first stays."""
    times = Counter(keys[line.number] for line in blocks.lines)
    whole = _distinct_weight(blocks.lines, keys)
    inside = _inside(blocks, times, keys)
    gone: set[int] = set()
    # The later before the earlier, the outer before the inner.
    order = [block for block in blocks.blocks if block in inside]
    for block in sorted(order, key=lambda block: -inside[block][0].number):
        left = [line for line in inside[block] if line.number not in gone]
        own = Counter(keys[line.number] for line in left)
        copied = [line for line in left if times[keys[line.number]] > own[keys[line.number]]]
        if _is_copy(block, left, copied, whole, blocks.lines, keys):
            is_whole = len(copied) > 1 and not any(one.weight for one in left if one not in copied)
            # Headings and labels of a whole copy go with it.
            gone.update(line.number for line in (left if is_whole else copied))
            times.subtract(keys[line.number] for line in copied)
    _keep(blocks, gone)


def _inside(blocks: Blocks, times: Counter[str], keys: Keys) -> dict[Block, list[Line]]:
    """Return the lines of each block that may be a copy.

    Those are blocks with a repeated sentence in them, but for those that hold every line: a line of
    theirs is nowhere else.
    """
    with_repeated: set[Block] = set()
    for line in blocks.lines:
        if line.weight and times[keys[line.number]] > 1:
            block: Block | None = line.block
            while block is not None and block not in with_repeated:
                with_repeated.add(block)
                block = block.parent
    inside: dict[Block, list[Line]] = {}
    for line in blocks.lines:
        block = line.block
        while block is not None:
            if block in with_repeated:
                inside.setdefault(block, []).append(line)
            block = block.parent
    return {block: lines for block, lines in inside.items() if len(lines) < len(blocks.lines)}


def _is_copy(
    block: Block,
    lines: list[Line],
    copied: list[Line],
    whole: float,
    every: list[Line],
    keys: Keys,
) -> bool:
    """Return whether a block is a copy, given which of its lines are elsewhere too."""
    weight = sum(line.weight for line in copied)
    if not weight or weight < COPY_SHARE * sum(line.weight for line in lines):
        return False
    if len(copied) == 1:
        return _is_lone_copy(block, copied[0], every, keys)
    if block.tag in _WITHIN:
        return False
    if weight >= WHOLE_SHARE * whole:
        return True
    length = sum(len(line.text) for line in copied) / len(copied)
    return block.tag not in _LISTS and length >= PARAGRAPH_CHARS


def _is_lone_copy(block: Block, line: Line, every: list[Line], keys: Keys) -> bool:
    """Return whether a long paragraph is repeated in another block, as a lede is in the text."""
    parent = line.block.parent
    if len(line.text) < LONE_CHARS or block.tag in _QUOTES or (parent and parent.tag in _QUOTES):
        return False
    key = keys[line.number]
    others = [one for one in every if one is not line and keys[one.number] == key]
    return all(one.block.parent is not parent for one in others)


def _drop_runs(blocks: Blocks, line_keys: Keys) -> None:
    """Drop the second of two rows of the same lines that hold much of the article each."""
    lines = blocks.lines
    keys = [line_keys[line.number] for line in lines]
    whole = _distinct_weight(lines, line_keys)
    first: dict[str, int] = {}
    gone: set[int] = set()
    at = 0
    while at < len(lines):
        start = first.setdefault(keys[at], at)
        length = 0
        while (
            start + length < at < len(lines) - length and keys[start + length] == keys[at + length]
        ):
            length += 1
        run = lines[at : at + length]
        if length > 1 and sum(line.weight for line in run) >= WHOLE_SHARE * whole:
            gone.update(line.number for line in run)
        at += max(1, length)
    _keep(blocks, gone)
