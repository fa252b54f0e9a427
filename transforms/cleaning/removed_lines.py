"""Lines that extraction takes out of an article's block, among the spans that cleaning removes.

Extraction works on lines and cleaning on a text without these lines. In `removed_spans` both are
pieces of one text: the one that has the lines in their places.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from warta.transforms.core.records import RemovedSpan

MAX_REMOVED_LINES = 2_000
"""Lines of one page that are kept as removed: what has more is data, and each takes a span."""


class RemovedLine(NamedTuple):
    """A line that a rule of extraction took out."""

    before: int
    """How many of the lines that are left are in front of it."""
    rule: str
    text: str


def place_lines(
    spans: Iterable[RemovedSpan], text: str, lines: Sequence[RemovedLine]
) -> tuple[RemovedSpan, ...]:
    r"""Return the spans that were removed, with lines that were not in the text given.

    Args:
      spans: Of `text`, sorted by their starts, not overlapping.
      text: One paragraph a line.
      lines: In order; a line whose place is inside a span comes before it.

    Returns:
      Spans of the text with the lines in it, sorted, not overlapping.

    Example:
      >>> place_lines((), "One.\nTwo.", [RemovedLine(1, "page_plea", "Follow us!")])
      (RemovedSpan(start=5, end=15, rule='page_plea', text='Follow us!'),)
    """
    if not lines:
        return tuple(spans)
    placed: list[RemovedSpan] = []
    waiting = _with_offsets(text, lines)
    following = next(waiting, None)
    added = 0
    for span in (*spans, None):
        while following is not None and (span is None or following[0] < span.end):
            offset, line = following
            start = min(offset, span.start if span else offset) + added
            placed.append(RemovedSpan(start, start + len(line.text), line.rule, line.text))
            # The line break after it is not part of it.
            added += len(line.text) + 1
            following = next(waiting, None)
        if span is not None:
            placed.append(replace(span, start=span.start + added, end=span.end + added))
    return tuple(placed)


def with_outvoted(removed: Sequence[RemovedLine], own: str, voted: str) -> tuple[RemovedLine, ...]:
    """Return the lines that are removed when a vote of extractors has changed the text.

    Args:
      removed: From `own`, in order.
      own: The text before, one paragraph a line.
      voted: The text after, which may lack lines and have others.
    """
    if own == voted:
        return tuple(removed)
    lines = voted.split("\n")
    place = {line: number for number, line in enumerate(lines, start=1)}
    found: list[RemovedLine] = []
    waiting = list(reversed(removed))
    before = 0
    for number, line in enumerate([*own.split("\n"), ""]):
        while waiting and waiting[-1].before <= number:
            found.append(waiting.pop()._replace(before=before))
        if line in place:
            before = max(before, place[line])
        elif line:
            found.append(RemovedLine(before, "page_outvoted", line))
    found += [line._replace(before=before) for line in reversed(waiting)]
    return tuple(line for line in found if line.text not in place)[:MAX_REMOVED_LINES]


def _with_offsets(text: str, lines: Iterable[RemovedLine]) -> Iterator[tuple[int, RemovedLine]]:
    """Yield each line with the offset in the text where it was."""
    at = offset = 0
    for line in lines:
        while at < line.before:
            found = text.find("\n", offset)
            if found < 0:
                # After the last line, with a line break of its own.
                offset = len(text) + 1
                break
            offset = found + 1
            at += 1
        yield offset, line
