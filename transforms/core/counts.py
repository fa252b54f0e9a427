"""What readers counted in their inputs and what became of it, checked at the commit."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from warta.transforms.core.errors import LakeError


@dataclass(frozen=True, slots=True)
class ReadCount:
    """How many records a reference held: the reader's own count, checked at the commit.

    Example:
      >>> ReadCount("news/a.jsonl", 120, passed_over=(("media_type", 3),)).records
      120
    """

    uri: str
    records: int
    offsets: tuple[int, int] | None = None
    """Of a topic: where they are, [first, last + 1); committed to the broker once in the lake."""
    passed_over: tuple[tuple[str, int], ...] = ()
    """(reason of `PASSED_OVER`, how many): not among `records`."""

    @classmethod
    def moved_to_passed_over(cls, reason: str) -> "ReadCount":
        """Return the count that takes back one record which its reader has counted.

        Added to the reader's count (`add_counts`), it leaves the sum of both kinds as it was.

        Args:
          reason: One of `PASSED_OVER`.

        Example:
          >>> add_counts([ReadCount("a", 2), ReadCount.moved_to_passed_over("undated")])
          ReadCount(uri='', records=1, offsets=None, passed_over=(('undated', 1),))
        """
        return cls("", -1, passed_over=((reason, 1),))


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


@dataclass(frozen=True, slots=True)
class Counts:
    """Records of one or more runs: read comes from the readers, the rest from the sink.

    Example:
      >>> Counts(3, 2, rejected=1) + Counts(1, duplicates=1)
      Counts(read=4, published=2, duplicates=1, rejected=1)
    """

    read: int = 0
    published: int = 0
    duplicates: int = 0
    rejected: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.read + other.read,
            self.published + other.published,
            self.duplicates + other.duplicates,
            self.rejected + other.rejected,
        )

    def check(self) -> None:
        """Refuse to commit a run that lost or doubled a record.

        Raises:
          LakeError: Read is not published + duplicates + rejected.
        """
        if self.read != self.published + self.duplicates + self.rejected:
            raise LakeError(
                f"the counts do not add up: read {self.read}, but published {self.published} + "
                f"duplicates {self.duplicates} + rejected {self.rejected}; nothing was published"
            )
