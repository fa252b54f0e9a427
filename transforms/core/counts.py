"""What readers counted in their inputs, checked at the commit."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReadCount:
    """How many records a reference held: the reader's own count, checked at the commit."""

    uri: str
    records: int
    offsets: tuple[int, int] | None = None
    """Of a topic: where they are, [first, last + 1); committed to the broker once in the lake."""
    passed_over: tuple[tuple[str, int], ...] = ()
    """(reason of `PASSED_OVER`, how many): not among `records`."""


def add_counts(counts: Iterable[ReadCount]) -> ReadCount:
    """Return the sum of counts; it may be added to again.

    Example:
      >>> add_counts([ReadCount("a", 2), ReadCount("b", 1, passed_over=(("media_type", 4),))])
      ReadCount(uri='', records=3, offsets=None, passed_over=(('media_type', 4),))
    """
    records = 0
    passed_over: Counter[str] = Counter()
    for count in counts:
        records += count.records
        for reason, number in count.passed_over:
            passed_over[reason] += number
    return ReadCount("", records, passed_over=tuple(sorted(passed_over.items())))
