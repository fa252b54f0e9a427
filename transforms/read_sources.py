"""Read the items of references. Only references are shuffled, so that work spreads evenly."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import PCollection, TaggedOutput

from warta.transforms.core.records import (
    Limits,
    PassedOver,
    ReadCount,
    Reference,
    Reject,
    SourceItem,
)
from warta.transforms.core.rejections import iterate_or_reject
from warta.transforms.core.storage import public_uri
from warta.transforms.lake.staging import Progress
from warta.transforms.sources.context import context_of_reference
from warta.transforms.sources.readers import read_reference

ITEMS = "items"
REJECTS = "rejects"
COUNTS = "counts"


Records = Iterator[SourceItem | Reject | PassedOver]

Read = Callable[[Reference, Limits, bool], Records]
"""(reference, limits, strict) -> its records; if strict, a defect is raised, not rejected."""
Track = Callable[[], Progress]


def read_files(reference: Reference, limits: Limits, strict: bool) -> Records:
    """Return the records of a file, feed or range of messages.

    A defect of ours is a reject, and ends it.

    Raises:
      KafkaError: a broker does not answer. Its messages are no rejects: they will be read.
    """
    if reference.kind == "kafka":
        # Here because only streams read topics.
        from warta.transforms.sources.kafka import read_messages

        yield from read_messages(reference, limits)
        return
    records = iterate_or_reject(
        read_reference(reference, limits), "read", public_uri(reference.uri), strict=strict
    )
    for record in records:
        if isinstance(record, Reject):
            yield replace(record, context=context_of_reference(reference))
        else:
            yield record


@dataclass(frozen=True, slots=True)
class ReadFirst:
    """Read no more than so many records of all references together, in their order.

    For trials: one worker reads them all, since only so it is known which are the first.

    Args:
      references: What to read, in the place of the one reference that is passed on.
      records: How many; what follows them is not opened.
    """

    references: tuple[Reference, ...]
    records: int

    def __call__(
        self, reference: Reference, limits: Limits, strict: bool
    ) -> Iterator[SourceItem | Reject | PassedOver]:
        """Return the first records."""
        left = self.records
        for one in self.references:
            for record in read_files(one, limits, strict):
                yield record
                left -= not isinstance(record, PassedOver)
                if not left:
                    return


class _ReadFn(beam.DoFn):
    """Read references to items; rejects and the reader's own count are tagged outputs."""

    def __init__(self, read: Read, limits: Limits, strict: bool, track: Track | None) -> None:
        self._read, self._limits, self._strict, self._track = read, limits, strict, track
        self._progress: Progress | None = None

    def setup(self) -> None:
        if self._track is not None:
            self._progress = self._track()

    def process(self, element: Reference) -> Iterator[object]:
        records = 0
        passed_over: Counter[str] = Counter()
        for outcome in self._read(element, self._limits, self._strict):
            if isinstance(outcome, PassedOver):
                passed_over[outcome.reason] += 1
                continue
            records += 1
            if isinstance(outcome, Reject):
                yield TaggedOutput(REJECTS, outcome)
            else:
                yield outcome
        offsets = (element.start, element.end or 0) if element.kind == "kafka" else None
        counted = tuple(sorted(passed_over.items()))
        yield TaggedOutput(COUNTS, ReadCount(element.uri, records, offsets, counted))
        if self._progress is not None:
            self._progress.count(input_bytes=element.size)


class ReadSources(beam.PTransform[PCollection[Reference], Any]):
    """Read references: outputs items (SourceItem), rejects (Reject) and counts (ReadCount).

    Every record of a reference comes out once, as an item or as a reject, and is counted once; what
    is no record is counted by its reason, beside the records.

    Args:
      limits: for one record.
      read: what opens a reference: by default a file or feed.
      strict: let a defect fail the run.
      track: makes what a worker reports its progress to; None: it reports none.
    """

    def __init__(
        self,
        limits: Limits,
        *,
        read: Read = read_files,
        strict: bool = False,
        track: Track | None = None,
    ) -> None:
        super().__init__()
        self._fn = _ReadFn(read, limits, strict, track)

    def expand(self, references: PCollection[Reference]) -> Any:
        """See the class."""
        return (
            references
            | "Spread" >> beam.Reshuffle()
            | "OpenAndParse" >> outputs_of_reading(self._fn)
        )


def outputs_of_reading(fn: beam.DoFn) -> Any:
    """Return the step of a reader: outputs items, rejects and counts."""
    typed = beam.ParDo(fn).with_output_types(SourceItem, **{REJECTS: Reject, COUNTS: ReadCount})
    return typed.with_outputs(REJECTS, COUNTS, main=ITEMS)
