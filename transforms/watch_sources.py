"""Watch sources for as long as the stream goes on: new files, and feeds again and again.

Beam's Watch does the polling: what was seen is its state, kept by the engine's checkpoints. A
reference belongs to the window in which it was found: files arrive when they are seen.
"""

import logging
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import apache_beam as beam
from apache_beam.io.watch import PollResult, Watch
from apache_beam.pvalue import PCollection
from apache_beam.transforms.trigger import AccumulationMode, AfterCount, AfterWatermark
from apache_beam.transforms.window import FixedWindows
from apache_beam.utils.timestamp import Duration, Timestamp

from warta.transforms.core.errors import StorageError
from warta.transforms.core.records import Reference, Source
from warta.transforms.lake.storage import Lake
from warta.transforms.sources.glob import changed_at
from warta.transforms.sources.listing import list_source
from warta.transforms.sources.queues.registry import is_topic
from warta.transforms.sources.streams import is_web

LATENESS_S = 86_400
"""How long a window is kept open for references after the watermark; see `WatchSources`."""

_log = logging.getLogger(__name__)
_troubles: dict[str, str] = {}
"""Location -> why it cannot be listed now: logged once, not at every look."""


@dataclass(frozen=True, slots=True)
class Poll:
    """Looks at a source once.

    A folder that is empty, or cannot be listed now, is looked at again later: a stream must outlive
    a lost network.
    """

    lake: Lake
    stop: str
    """A file of the lake: where it is, the stream is to end."""
    split_bytes: int
    stripes: int
    settle_s: float
    """Files that were changed less long ago are still being written."""

    def __call__(self, source: Source) -> PollResult[Reference]:
        """See the class."""
        now = Timestamp.now()
        if self.lake.exists(self.stop):
            return PollResult.complete([], now)
        found = list(self._references(source, now.to_utc_datetime(has_tz=True)))
        return PollResult.incomplete(found, now).with_watermark(now)

    def _references(self, source: Source, now: datetime) -> Iterator[Reference]:
        try:
            listing = list_source(source, split_bytes=self.split_bytes, stripes=self.stripes)
        except StorageError as error:
            if _troubles.get(source.location) != str(error):
                _troubles[source.location] = str(error)
                _log.warning("%s; looked at again later", error)
            return
        _troubles.pop(source.location, None)
        for reference in (*listing.references, *listing.unread):
            if not reference.stamp:
                yield replace(reference, stamp=f"{now:%Y%m%dT%H%M%S.%fZ}")
            elif (now - changed_at(reference.stamp)).total_seconds() >= self.settle_s:
                yield reference


def location_of(reference: Reference) -> str:
    """Return a reference's identity: a changed file is another, as is a feed at another time."""
    chunk = (reference.start, reference.end, reference.stripe, reference.stripes)
    # A file name that is not UTF-8 holds halves of surrogate pairs: engines hash and store bytes.
    uri = reference.uri.encode("utf-8", "backslashreplace").decode()
    return f"{uri}|{chunk}|{reference.stamp}"


class WatchSources(beam.PTransform[Any, PCollection[Reference]]):
    """Emit references to what comes into watched sources, in windows by arrival.

    A window fires once, when the watermark has passed its end: there are no early firings. What is
    found after the watermark, since a clock was set back or an engine went back to a checkpoint,
    fires its window again, with itself alone, for LATENESS_S.

    Args:
      sources: what is watched.
      poll: looks at one source.
      every_s: how often.
      window_s: how long a window is.
      max_messages: of a topic's partition taken at one look.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        poll: Poll,
        every_s: float,
        window_s: float,
        max_messages: int,
    ) -> None:
        super().__init__()
        self._sources, self._poll = sources, poll
        self._every_s, self._window_s = every_s, window_s
        self._max_messages = max_messages

    def expand(self, root: Any) -> PCollection[Reference]:
        """Build the transform."""
        topics = [source for source in self._sources if is_topic(source.location)]
        feeds = [source for source in self._sources if is_web(source.location)]
        files = [source for source in self._sources if source not in topics + feeds]
        # Of files all must be remembered: they stay. Of a feed no more than the last visit.
        watched = [
            root
            | f"Watch{name}"
            >> _WatchGroup(group, self._poll, self._every_s, timestamp_cursor=cursor)
            for name, group, cursor in (("Files", files, False), ("Feeds", feeds, True))
            if group
        ]
        if topics:
            # Here because only queues need it.
            from warta.transforms.watch_topics import WatchTopics

            place = (self._poll.lake, self._poll.stop)
            # What two windows may take: one that is worked on, and one that is filled.
            looks = 2 * math.ceil(self._window_s / self._every_s) + 1
            most = self._max_messages
            followed = WatchTopics(topics, *place, self._every_s, most, most * looks)
            watched.append(root | "WatchTopics" >> followed)
        found = watched | "Watched" >> beam.Flatten()
        return found | "Window" >> windows_of_arrival(self._window_s)


def windows_of_arrival(window_s: float) -> beam.WindowInto:
    """Return windows that fire once, when they are over, and again for what comes late."""
    return beam.WindowInto(
        FixedWindows(window_s),
        trigger=AfterWatermark(late=AfterCount(1)),
        accumulation_mode=AccumulationMode.DISCARDING,
        allowed_lateness=LATENESS_S,
    )


class _WatchGroup(beam.PTransform[Any, PCollection[Reference]]):
    """Emit references of a group of sources; arguments as of `WatchSources` and `Watch`."""

    def __init__(
        self, sources: Sequence[Source], poll: Poll, every_s: float, *, timestamp_cursor: bool
    ) -> None:
        super().__init__()
        self._sources = list(sources)
        self._watch = Watch(
            poll,
            Duration(every_s),
            output_key_fn=location_of,
            timestamp_cursor=timestamp_cursor,
        )

    def expand(self, root: Any) -> PCollection[Reference]:
        """Build the transform."""
        return (
            root
            | "Sources" >> beam.Create(self._sources)
            | "Watch" >> self._watch
            | "Found" >> beam.Map(lambda pair: pair[1]).with_output_types(Reference)
        )
