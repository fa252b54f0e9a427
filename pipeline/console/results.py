"""What came of batches and runs, as figures."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from warta.transforms.core.counts import Counts


@dataclass(frozen=True, slots=True)
class BatchReport:
    """One batch, committed.

    `known` marks one that the lake had already: nothing was done, and its counts are zero.
    """

    commit_id: str
    counts: Counts
    reject_reasons: Mapping[str, int]
    files: int
    seconds: float
    known: bool = False
    passed_over: Mapping[str, int] = field(default_factory=dict)
    """By reason, what was no record."""

    def fields(self) -> dict[str, Any]:
        """Return it as fields of an event of the log."""
        return {
            "commit_id": self.commit_id,
            **asdict(self.counts),
            "files": self.files,
            "seconds": round(self.seconds, 3),
            "known": self.known,
        }


@dataclass(frozen=True, slots=True)
class RunReport:
    """A whole run: what the summary is printed from."""

    lake: str
    batches: tuple[BatchReport, ...]
    seconds: float
    skipped: tuple[str, ...] = ()
    """Files of no known kind."""
    unreadable: tuple[str, ...] = ()
    """Sources without a readable file, and files and folders that cannot be read."""
    limit: int | None = None
    """Records after which the reading ended; None: all that there was has been read."""

    sources: Mapping[str, str] = field(default_factory=dict)
    """URI of an input, as rows have it, to the name of its source; empty for a replay."""

    is_new_lake: bool = False
    """The run made it."""

    @property
    def counts(self) -> Counts:
        """Return the sum over all batches."""
        return sum((batch.counts for batch in self.batches), Counts())
