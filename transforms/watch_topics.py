"""Watch topics for as long as the stream goes on: references are ranges of offsets.

A splittable step of our own, and not Beam's ReadFromKafka: that is Java, needs an expansion service
and a Java worker beside each Python one, sends every message through a shuffle, and commits offsets
when the engine has a message, where ours are to be committed when the lake has it.
"""

import logging
from collections.abc import Iterator, Sequence
from typing import Any

import apache_beam as beam
from apache_beam.io.restriction_trackers import OffsetRange, OffsetRestrictionTracker
from apache_beam.io.watermark_estimators import ManualWatermarkEstimator
from apache_beam.pvalue import PCollection
from apache_beam.transforms.core import RestrictionProvider
from apache_beam.transforms.window import TimestampedValue
from apache_beam.utils.timestamp import Duration, Timestamp

from warta.transforms.core.errors import QueueError
from warta.transforms.core.records import Reference, Source
from warta.transforms.lake.storage import Lake
from warta.transforms.sources.queues.queue import range_reference
from warta.transforms.sources.queues.registry import offsets_of

_ENDLESS = 2**62

_log = logging.getLogger(__name__)


class _EndlessTracker(OffsetRestrictionTracker):
    """Offsets from one on. It is split where it was left, and never in the middle of what comes."""

    def is_bounded(self) -> bool:
        return False

    def try_split(self, fraction_of_remainder: float) -> Any:
        return super().try_split(0) if fraction_of_remainder == 0 else None  # type: ignore[no-untyped-call]


class _Offsets(RestrictionProvider):
    """Restrict a (source, partition) to offsets from where its group has come to."""

    def initial_restriction(self, element: tuple[Source, int]) -> OffsetRange:
        source, partition = element
        return OffsetRange(offsets_of(source.location).first(source.location, partition), _ENDLESS)

    def create_tracker(self, restriction: OffsetRange) -> _EndlessTracker:
        return _EndlessTracker(restriction)

    def restriction_size(self, element: tuple[Source, int], restriction: OffsetRange) -> int:
        return 1


_TRACKER = beam.DoFn.RestrictionParam(_Offsets())
_ESTIMATOR = beam.DoFn.WatermarkEstimatorParam(ManualWatermarkEstimator.default_provider())


class _FollowFn(beam.DoFn):
    """Emit references of a (source, partition) again and again; its restriction is where it is."""

    def __init__(
        self, lake: Lake, stop: str, every_s: float, max_messages: int, max_ahead: int
    ) -> None:
        self._lake, self._stop, self._every_s = lake, stop, every_s
        self._max_messages, self._max_ahead = max_messages, max_ahead

    @beam.DoFn.unbounded_per_element()  # type: ignore[untyped-decorator]
    def process(
        self, element: tuple[Source, int], tracker: Any = _TRACKER, estimator: Any = _ESTIMATOR
    ) -> Iterator[TimestampedValue[Reference]]:
        source, partition = element
        now = Timestamp.now()
        if self._lake.exists(self._stop):
            tracker.try_claim(_ENDLESS)
            return
        at = tracker.current_restriction().start
        end = min(self._newest(source, partition, at), at + self._max_messages)
        if end > at:
            if not tracker.try_claim(end - 1):
                return
            yield TimestampedValue(range_reference(source, partition, at, end), now)
        if estimator.current_watermark() is None or now > estimator.current_watermark():
            estimator.set_watermark(now)
        tracker.defer_remainder(Duration(self._every_s))

    def _newest(self, source: Source, partition: int, at: int) -> int:
        """Return the offset up to which messages may be taken now."""
        offsets = offsets_of(source.location)
        try:
            # Not all engines hold a source back whose messages are not worked on yet, and then
            # every window is begun and none finished: the lake's own progress does it.
            ahead = at - offsets.first(source.location, partition)
            if ahead >= self._max_ahead:
                return at
            return offsets.end(source.location, partition)
        except QueueError as error:
            # Asked again at the next look: the broker keeps what comes meanwhile.
            _log.warning("%s; looked at again later", error)
            return at


class WatchTopics(beam.PTransform[Any, PCollection[Reference]]):
    """Emit references to what comes into the topics, in the order of each partition.

    Partitions that are added later are seen when the stream is started again.

    Args:
      sources: topics.
      lake: whose staging shows when to stop, by the file `stop`.
      stop: its path.
      every_s: how often brokers are asked.
      max_messages: of one partition taken at one look. It bounds a window: a topic may hold years
        when a stream begins with it.
      max_ahead: of one partition that are taken and not in the lake yet.

    Raises:
      QueueError: when the graph is built: a topic that is not there.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        lake: Lake,
        stop: str,
        every_s: float,
        max_messages: int,
        max_ahead: int,
    ) -> None:
        super().__init__()
        self._places = [
            (source, partition)
            for source in sources
            for partition in offsets_of(source.location).partitions(source.location)
        ]
        self._fn = _FollowFn(lake, stop, every_s, max_messages, max_ahead)

    def expand(self, root: Any) -> PCollection[Reference]:
        """Build the transform."""
        return (
            root
            | "Partitions" >> beam.Create(self._places)
            | "Follow" >> beam.ParDo(self._fn).with_output_types(Reference)
        )
