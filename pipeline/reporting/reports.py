"""What a run tells while it works, and when it is done."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Counts:
    """Records of one or more epochs: read = published + duplicates + rejected."""

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


@dataclass(frozen=True, slots=True)
class EpochReport:
    """One epoch, committed.

    `known` marks one whose token the lake had already: nothing was done, and its counts are zero.
    """

    commit_id: str
    counts: Counts
    reject_reasons: Mapping[str, int]
    files: int
    seconds: float
    known: bool = False
    passed_over: Mapping[str, int] = field(default_factory=dict)
    """By reason, what was no record."""


@dataclass(frozen=True, slots=True)
class RunReport:
    """A whole run: what the summary is printed from."""

    lake: str
    epochs: tuple[EpochReport, ...]
    seconds: float
    skipped: tuple[str, ...] = ()
    """Files of no known kind."""
    passed_over: tuple[str, ...] = ()
    """Sources without a readable file, and files and folders that cannot be read."""
    limit: int | None = None
    """Records after which the reading ended; None: all that there was has been read."""

    @property
    def counts(self) -> Counts:
        """The sum over all epochs."""
        return sum((epoch.counts for epoch in self.epochs), Counts())


class Listener(Protocol):
    """Told by a run what happens, for showing it. Called from one thread at a time."""

    def epoch_started(self, number: int, of: int, input_bytes: int) -> None:
        """Epoch `number` (from 1) of `of` begins."""

    def progress(self, articles: int, rejects: int) -> None:
        """So many records of the running epoch are through, roughly, about once a second."""

    def epoch_committed(self, report: EpochReport) -> None:
        """The epoch stands in the lake."""
