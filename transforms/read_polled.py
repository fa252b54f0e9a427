"""What was polled, on its way to the workers. Joins the packages lake and sources; no Beam."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any, Self

from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Reference, Reject, Source, SourceItem
from warta.transforms.core.reject_context import context_of_reference
from warta.transforms.lake.layout import PublishedFile, Run, staging_path
from warta.transforms.lake.storage import Lake
from warta.transforms.polling.spool import decode, encode

KIND = "polled"
_FILE_BYTES = 1 << 20
"""So much goes to one worker at once."""


@dataclass(frozen=True, slots=True)
class FeedsRead:
    """What the polling of feeds adds to a run, beside its records."""

    known: int
    """Entries that the feeds showed again: read, and duplicates."""
    state: PublishedFile
    """The feeds' state, staged."""
    passed_over: tuple[tuple[str, int], ...] = ()
    """(reason, how many) of what is not a record."""


class Spool(AbstractContextManager["Spool"]):
    """Takes records, and writes them to the staging of a run in files of about a megabyte."""

    def __init__(self, lake: Lake, run: Run) -> None:
        self._lake, self._run = lake, run
        self._stream: Any = None
        self._size = 0
        self.references: list[Reference] = []
        """One a file, whole once the spool is closed."""
        self.records = 0
        self.bytes = 0

    def add(self, record: SourceItem | Reject) -> None:
        """Write one record.

        Raises:
          LakeError: The disk or store refuses it.
        """
        line = encode(record)
        with self._lake.writing():
            if self._stream is None:
                self._lake.make_folder(staging_path(self._run.commit_id))
                path = staging_path(self._run.commit_id, f"polled-{len(self.references)}.jsonl")
                self._stream = self._lake.filesystem.open_output_stream(self._lake.path(path))
                self.references.append(Reference(Source(str(self._lake)), path, KIND))
            self._stream.write(line)
        self.records += 1
        self.bytes += len(line)
        self._size += len(line)
        if self._size >= _FILE_BYTES:
            self._end_file()

    def _end_file(self) -> None:
        if self._stream is not None:
            with self._lake.writing():
                self._stream.close()
            self.references[-1] = replace(self.references[-1], size=self._size)
            self._stream, self._size = None, 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end_file()


@dataclass(frozen=True, slots=True)
class ReadPolled:
    """Opens the references of a spool."""

    lake: Lake

    def __call__(
        self, reference: Reference, limits: InputLimits, strict: bool
    ) -> Iterator[SourceItem | Reject]:
        """Yield the records of a file of the spool, in order.

        A defect of warta's fails the poll cycle: what was polled comes again with the next.
        """
        with self.lake.filesystem.open_input_file(self.lake.path(reference.uri)) as file:
            for line in _lines(file):
                record = decode(line)
                if isinstance(record, Reject) and not record.context:
                    source = Source(record.source_uri, kind="feed")
                    context = context_of_reference(Reference(source, record.source_uri, "feed"))
                    record = replace(record, context=context)
                yield record


def _lines(file: Any) -> Iterator[bytes]:
    """Return the lines of a file of about a megabyte, and as long as the longest record."""
    yield from file.read().splitlines()
