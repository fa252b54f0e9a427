"""Read a lake's rejects as a source of records. No Beam."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import (
    ChosenRejects,
    Reference,
    Reject,
    Source,
    SourceItem,
)
from warta.transforms.lake.catalog import live_files
from warta.transforms.lake.scan import stored_rejects
from warta.transforms.lake.storage import Lake
from warta.transforms.sources.replay import read_again

KIND = "rejects"


def list_rejects(lake: Lake, chosen: ChosenRejects) -> list[Reference]:
    """Return a reference for each file of rejects that may hold some of the chosen."""
    now = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
    first = str(chosen.since or "")
    return [
        # What was rejected for the state of a server may pass at any time: never the same token.
        Reference(Source(str(lake)), file.path, KIND, size=file.bytes, stamp=now)
        for file in live_files(lake, "rejects")
        if file.partition >= first
    ]


@dataclass(frozen=True, slots=True)
class ReadRejects:
    """Opens the references of `list_rejects`.

    Args:
      lake: Whose.
      chosen: Which.
      stated: By URI as the rows hold it, what the user says today of the inputs.
    """

    lake: Lake
    chosen: ChosenRejects
    stated: Mapping[str, Reference]

    def __call__(
        self, reference: Reference, limits: InputLimits, strict: bool
    ) -> Iterator[SourceItem | Reject]:
        """Yield the records of a file of rejects, read once more.

        A defect of warta fails the run: the rejects stay, and can be read again when it is mended.
        """
        stored = stored_rejects(self.lake, reference.uri, self.chosen.reasons)
        yield from read_again(stored, self.stated, limits)
