"""Read the items of references. Only references are shuffled, so that work spreads evenly."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam.pvalue import PCollection, TaggedOutput

from warta.transforms.core.counts import ReadCount
from warta.transforms.core.options import DEFAULT_LIMITS, InputLimits
from warta.transforms.core.records import (
    PassedOver,
    Reference,
    Reject,
    Source,
    SourceItem,
)
from warta.transforms.lake.staging import Progress
from warta.transforms.sources.listing import list_source
from warta.transforms.sources.queues.registry import queue_named
from warta.transforms.sources.read_files import Read, read_files

ITEMS = "items"
REJECTS = "rejects"
COUNTS = "counts"

Track = Callable[[], Progress]


class _ReadFn(beam.DoFn):
    """Read references to items; rejects and the reader's own count are tagged outputs."""

    def __init__(self, read: Read, limits: InputLimits, strict: bool, track: Track | None) -> None:
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
        offsets = (element.start, element.end or 0) if queue_named(element.kind) else None
        counted = tuple(sorted(passed_over.items()))
        yield TaggedOutput(COUNTS, ReadCount(element.uri, records, offsets, counted))
        if self._progress is not None:
            self._progress.count(input_bytes=element.size)


class ReadOutputs(NamedTuple):
    """What comes out of a transform that reads: each record once, as an item or as a reject.

    Example:
      >>> ReadOutputs._fields
      ('items', 'rejects', 'counts')
    """

    items: PCollection[SourceItem]
    rejects: PCollection[Reject]
    counts: PCollection[ReadCount]
    """How many records were read, and what was passed over, by its reason."""


class ListSources(beam.PTransform[beam.Pipeline, PCollection[Reference]]):
    """List the files of sources, for `ReadSources`.

    They are listed when the graph is built, so a wrong path fails before anything runs. Large files
    are cut into pieces that several workers share.

    Args:
      sources: Paths, globs, folders, URIs, or `Source`s, which say more.
      split_bytes: Files over this size are cut.
      stripes: Fewest pieces of a large packed file, which cannot be cut by bytes.

    Returns:
      References. Files of folders that are of no known kind are among them, and are counted as
      passed over when they are read.

    Raises:
      StorageError: When the graph is built: a source that does not exist or cannot be read.

    Example:
      >>> with beam.Pipeline("FnApiRunner") as root:
      ...     found = root | ListSources("sample_data/sources/jsonl")
      ...     read = found | ReadSources()
      ...     headlines = read.items | beam.Map(lambda item: item.headline)
    """

    def __init__(
        self, *sources: str | Source, split_bytes: int = 32 << 20, stripes: int = 2
    ) -> None:
        super().__init__()
        self._references: list[Reference] = []
        for one in sources:
            source = Source(one) if isinstance(one, str) else one
            listing = list_source(source, split_bytes=split_bytes, stripes=stripes)
            self._references += [*listing.references, *listing.unread]

    def expand(self, root: beam.Pipeline) -> PCollection[Reference]:
        """Build the transform."""
        return root | "References" >> beam.Create(
            self._references, reshuffle=False
        ).with_output_types(Reference)


class ReadSources(beam.PTransform[PCollection[Reference], ReadOutputs]):
    """Read the records of references.

    Every record of a reference comes out once, as an item or as a reject, and is counted once; what
    is not a record is counted by its reason, beside the records.

    Args:
      limits: Bounds for one record.
      read: Opens a reference: by default a file or feed.
      strict: Let a defect fail the run.
      track: Makes what a worker reports its progress to; None: it reports none.

    Returns:
      The outputs `items` (SourceItem), `rejects` (Reject) and `counts` (ReadCount).

    Example:
      >>> with beam.Pipeline("FnApiRunner") as root:
      ...     read = root | ListSources("sample_data/sources/jsonl") | ReadSources()
    """

    def __init__(
        self,
        limits: InputLimits = DEFAULT_LIMITS,
        *,
        read: Read = read_files,
        strict: bool = False,
        track: Track | None = None,
    ) -> None:
        super().__init__()
        self._fn = _ReadFn(read, limits, strict, track)

    def expand(self, references: PCollection[Reference]) -> Any:
        """Build the transform."""
        spread = references | "Spread" >> beam.Reshuffle()
        return read_with(spread, "OpenAndParse", self._fn)


def read_with(inputs: Any, label: str, fn: beam.DoFn) -> ReadOutputs:
    """Return the outputs of a DoFn that reads.

    Args:
      inputs: What it is applied to.
      label: Its label in the graph.
      fn: Yields items, and rejects and counts as tagged outputs.

    Returns:
      The outputs, with their types declared.
    """
    typed = beam.ParDo(fn).with_output_types(SourceItem, **{REJECTS: Reject, COUNTS: ReadCount})
    read = inputs | label >> typed.with_outputs(REJECTS, COUNTS, main=ITEMS)
    return ReadOutputs(read[ITEMS], read[REJECTS], read[COUNTS])
