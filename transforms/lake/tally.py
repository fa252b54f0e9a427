"""The counts of a run: what became of every record that was read.

A run that lost or doubled a record is not committed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from warta.transforms.core.counts import Counts, ReadCount
from warta.transforms.lake.layout import PublishedFile


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided about a run's staged rows before they are published."""

    duplicates: int = 0
    """Articles dropped: the lake, or the run, has them with the same content."""
    rejected: int = 0
    rejects_known: int = 0
    """Of these, how many are in rejects already and are not written again."""
    rejects_replayed: int = 0
    """Rejects of the lake that this run has read again, and that did not come back the same."""
    reject_reasons: Mapping[str, int] = field(default_factory=dict)
    copies: Mapping[str, int] = field(default_factory=dict)
    """Articles published and marked as a copy, by kind."""
    new_versions: int = 0
    index: PublishedFile | None = None
    """The run's part of the article index, where articles are new."""
    stories: tuple[PublishedFile, ...] = ()
    """Rows of the stories that the run changes."""

    def details(self) -> dict[str, Any]:
        """Return what the commit file says of the decision."""
        return {
            "rejects_known": self.rejects_known,
            "rejects_replayed": self.rejects_replayed,
            "reject_reasons": dict(sorted(self.reject_reasons.items())),
            "copies": dict(self.copies),
            "new_versions": self.new_versions,
            "stories": sum(file.rows for file in self.stories),
        }


def tally(read: int, known: int, files: Sequence[PublishedFile], decision: Decision) -> Counts:
    """Return a run's counts.

    Args:
      read: Records that the readers have seen.
      known: Of these, records that were known before they were staged.
      files: Finished files; a compacted one holds no new rows.
      decision: What was decided about staged rows.

    Example:
      >>> file = PublishedFile("articles", "2026-11-10", "a.parquet", "b.parquet", 7, 1)
      >>> tally(10, 1, [file], Decision(rejected=2))
      Counts(read=10, published=7, duplicates=1, rejected=2)
    """
    new = (file for file in files if file.table == "articles" and not file.replaces)
    return Counts(
        read=read,
        published=sum(file.rows for file in new),
        duplicates=known + decision.duplicates,
        rejected=decision.rejected,
    )


def passed_over_details(read: ReadCount) -> dict[str, Any]:
    """Return what the commit file says of what is not a record; nothing where all of it is."""
    return {"passed_over": dict(read.passed_over)} if read.passed_over else {}
