"""What is known of a queue of messages, as data, and what all of them need.

Each is an object in a module of its own, listed in registry.py.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from warta.transforms.core.errors import QueueError
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Reference, Reject, Source, SourceItem

PATIENCE_S = 600.0
"""How long a queue may be away. Its messages are not lost, so they are waited for; then the
engine gets the error, and tries again or ends."""
_POLL_S = 1.0

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Offsets:
    """How a queue is read that keeps messages in partitions, each message at an offset.

    A range of offsets that is read again must hold the same. Each function raises QueueError while
    the queue does not answer.

    Args:
      partitions: From a location to the numbers of its partitions.
      first: From a location and a partition to the offset to go on from: after what was committed,
        else that of the oldest message.
      end: To the offset after the newest message.
      commit: Keeps, for a location and a partition, the offset to go on from: the lake has what is
        before it.
      read: From a range of offsets and the limits to the records of its messages, in order;
        `messages.read_message` gives those of one message.
    """

    partitions: Callable[[str], list[int]]
    first: Callable[[str, int], int]
    end: Callable[[str, int], int]
    commit: Callable[[str, int, int], None]
    read: Callable[[Reference, InputLimits], Iterator[SourceItem | Reject]]


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue of messages: how it is recognised, checked and read.

    Args:
      name: Scheme of its locations, name://...; also the kind of references to its messages.
      label: What messages call several of it.
      check: From a location to what is wrong with it; None: nothing.
      offsets: How it is read, by `warta watch` and `warta stream`. None: only engines that name it
        in `reads_queues` read it, by a source of Beam's own (transforms/read_messages.py).
      library: Module of the client that reads it; empty: it needs none here.
      extra: Which extra of warta installs that.
    """

    name: str
    label: str
    check: Callable[[str], str | None]
    offsets: Offsets | None = None
    library: str = ""
    extra: str = ""


def range_reference(source: Source, partition: int, start: int, end: int) -> Reference:
    """Return the reference of messages [start, end) of a partition.

    Args:
      source: The queue.
      partition: The number of the partition.
      start: The first offset.
      end: The offset after the last.

    Returns:
      The reference, whose URI names queue and partition, and whose kind is the queue's name.

    Example:
      >>> reference = range_reference(Source("kafka://broker:9092/news"), 3, 10, 20)
      >>> reference.uri, reference.kind
      ('kafka://broker:9092/news#3', 'kafka')
    """
    kind = source.location.partition("://")[0]
    return Reference(source, f"{source.location}#{partition}", kind, start=start, end=end)


def split_range(uri: str) -> tuple[str, int]:
    """Return location and partition of the URI of a range.

    Example:
      >>> split_range("kafka://broker:9092/news#3")
      ('kafka://broker:9092/news', 3)
    """
    location, _, partition = uri.rpartition("#")
    return location, int(partition)


def retry_until(ask: Callable[[], Answer]) -> Answer:
    """Ask again and again while the queue is away.

    Raises:
      QueueError: for PATIENCE_S.
    """
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return ask()
        except QueueError:
            if time.monotonic() >= deadline:
                raise
            time.sleep(_POLL_S)
