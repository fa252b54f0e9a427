"""Know the queues of messages: one `Queue` for each, in one place (docs/extending.md)."""

from importlib.util import find_spec

from warta.transforms.core.errors import UsageError
from warta.transforms.sources.queues.kafka import KAFKA
from warta.transforms.sources.queues.pubsub import PUBSUB
from warta.transforms.sources.queues.queue import Offsets, Queue

QUEUES = (KAFKA, PUBSUB)


def queue_named(name: str) -> Queue | None:
    """Return the queue of a name, as references have it for their kind; None: it is not one.

    Example:
      >>> queue_named("kafka").label, queue_named("jsonl")
      ('topics of Kafka', None)
    """
    return next((queue for queue in QUEUES if queue.name == name), None)


def queue_of(location: str) -> Queue | None:
    """Return the queue that a location is of; None where it is not of one.

    Example:
      >>> queue_of("pubsub://news-desk/articles").name, queue_of("https://news.example/rss")
      ('pubsub', None)
    """
    name, separator, _ = location.partition("://")
    return queue_named(name) if separator else None


def is_topic(location: str) -> bool:
    """Return whether a location is of a queue that keeps its messages at offsets.

    Example:
      >>> is_topic("kafka://broker:9092/news"), is_topic("pubsub://news-desk/articles")
      (True, False)
    """
    queue = queue_of(location)
    return queue is not None and queue.offsets is not None


def is_subscription(location: str) -> bool:
    """Return whether a location is of a queue that only engines read."""
    queue = queue_of(location)
    return queue is not None and queue.offsets is None


def offsets_of(location: str) -> Offsets:
    """Return how a queue is read.

    Raises:
      ValueError: It keeps no offsets, or the location is not of a queue.
    """
    queue = queue_of(location)
    if queue is None or queue.offsets is None:
        raise ValueError(location)
    return queue.offsets


def check_queue(queue: Queue, location: str) -> None:
    """Refuse a location that names nothing, and a queue whose client is not installed.

    Args:
      queue: What the location is of.
      location: Where its messages are.

    Raises:
      UsageError: It cannot be read; says what to do.
    """
    if wrong := queue.check(location):
        raise UsageError(wrong)
    if queue.library and not find_spec(queue.library):
        raise UsageError(
            f"{queue.label} need the extra {queue.extra}: pip install 'warta[{queue.extra}]'"
        )
