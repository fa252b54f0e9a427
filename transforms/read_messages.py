"""Read the items that messages of Pub/Sub hold, by Beam's own source.

The service takes a message for delivered when the engine keeps what came of it: with Dataflow, when
the bundle that staged its article is done. So nothing is lost as long as the job lives or is
drained; a job that is cancelled takes the windows with it that are not committed yet.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import apache_beam as beam
from apache_beam.io.gcp.pubsub import PubsubMessage, ReadFromPubSub
from apache_beam.pvalue import PCollection, TaggedOutput
from apache_beam.utils.windowed_value import WindowedValue

from warta.transforms.core.counts import ReadCount
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Reject, Source
from warta.transforms.read_sources import COUNTS, REJECTS, ReadOutputs, read_with
from warta.transforms.sources.queues.messages import read_message
from warta.transforms.sources.queues.pubsub import path_of
from warta.transforms.watch_sources import windows_of_arrival


class _ParseFn(beam.DoFn):
    """Parse messages to items; rejects and, when the bundle ends, counts are tagged outputs."""

    def __init__(self, source: Source, limits: InputLimits) -> None:
        self._source, self._limits = source, limits

    def start_bundle(self) -> None:
        self._read: Counter[Any] = Counter()

    def process(
        self, element: PubsubMessage, window: Any = beam.DoFn.WindowParam
    ) -> Iterator[object]:
        place = (self._source, self._source.location, element.message_id or "")
        for record in read_message(element.data, *place, self._limits):
            self._read[window] += 1
            yield TaggedOutput(REJECTS, record) if isinstance(record, Reject) else record

    def finish_bundle(self) -> Iterator[object]:
        for window, number in self._read.items():
            count = ReadCount(self._source.location, number)
            yield TaggedOutput(COUNTS, WindowedValue(count, window.max_timestamp(), (window,)))


class ParseMessages(beam.PTransform[PCollection[PubsubMessage], ReadOutputs]):
    """Parse messages: outputs items (SourceItem), rejects (Reject) and counts (ReadCount).

    Args:
      source: The subscription, with what the user says of its articles.
      limits: For one record.
      window_s: How long a window is; a message belongs to the one in which it was published.
    """

    def __init__(self, source: Source, limits: InputLimits, window_s: float) -> None:
        super().__init__()
        self._fn = _ParseFn(source, limits)
        self._window_s = window_s

    def expand(self, messages: PCollection[PubsubMessage]) -> Any:
        """Build the transform."""
        windowed = messages | "Window" >> windows_of_arrival(self._window_s)
        return read_with(windowed, "Parse", self._fn)


def read_subscriptions(
    root: beam.Pipeline, sources: Sequence[Source], limits: InputLimits, window_s: float
) -> list[ReadOutputs]:
    """Return the outputs of `ParseMessages` of each subscription."""
    read = []
    for number, source in enumerate(sources, 1):
        path = path_of(source.location)
        messages = root | f"Messages{number}" >> ReadFromPubSub(
            subscription=path, with_attributes=True
        )
        read.append(messages | f"Parse{number}" >> ParseMessages(source, limits, window_s))
    return read
