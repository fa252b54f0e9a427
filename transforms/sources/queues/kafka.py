"""Kafka topics: news as JSON messages. A reference is a range of offsets of one partition.

So messages do not cross a shuffle, and a range that is read again holds the same: the broker keeps
it. Consumer groups are used for one thing only, to keep the offsets up to which a stream has
committed; nobody joins them.
"""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from warta.transforms.core.errors import KafkaError
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Reference, Reject, SourceItem
from warta.transforms.core.rejections import RejectedRecord
from warta.transforms.sources.queues.messages import read_message, refuse
from warta.transforms.sources.queues.queue import PATIENCE_S, Offsets, Queue, split_range

if TYPE_CHECKING:
    from confluent_kafka import Consumer, Message, TopicPartition

PROPERTIES = "WARTA_KAFKA_PROPERTIES"
"""Names a file with librdkafka's properties, name=value a line: security, certificates."""
ANSWER_S = 10.0
"""For one question about offsets."""
_POLL_S = 1.0


def check_topic(location: str) -> str | None:
    """Return what is wrong with a location: kafka://host:port[,host:port]/topic[?group=name].

    Args:
      location: As the user has written it.

    Returns:
      The fault in one line; None: there is none.
    """
    brokers, topic, group = _parts(location)
    if not brokers or not topic or "/" in topic or not group:
        return f"{location} is not kafka://host:port/topic, or with ?group=name"
    return None


def partitions(location: str) -> list[int]:
    """Return the numbers of a topic's partitions.

    Raises:
      KafkaError: no broker answers, or there is no such topic.
    """
    with _consumer(location) as consumer:
        topic = _parts(location)[1]
        found = consumer.list_topics(topic, timeout=ANSWER_S).topics[topic]
        if found.error is not None or not found.partitions:
            raise KafkaError(f"no topic {topic} at {location}")
        return sorted(found.partitions)


def first_offset(location: str, partition: int) -> int:
    """Return where a stream begins: after what its group has committed, else at the oldest message.

    Args:
      location: The topic, as kafka://host:port/topic.
      partition: The number of the partition.

    Returns:
      The offset of the first message to read.

    Raises:
      KafkaError: no broker answers.
    """
    from confluent_kafka import TopicPartition

    with _consumer(location) as consumer:
        position = TopicPartition(_parts(location)[1], partition)
        (committed,) = consumer.committed([position], timeout=ANSWER_S)
        oldest, _ = consumer.get_watermark_offsets(position, timeout=ANSWER_S)
        return max(int(committed.offset), int(oldest))


def end_offset(location: str, partition: int) -> int:
    """Return the offset after a partition's newest message.

    Args:
      location: The topic, as kafka://host:port/topic.
      partition: The number of the partition.

    Returns:
      The offset that the next message will have.

    Raises:
      KafkaError: no broker answers.
    """
    from confluent_kafka import TopicPartition

    with _consumer(location) as consumer:
        position = TopicPartition(_parts(location)[1], partition)
        return int(consumer.get_watermark_offsets(position, timeout=ANSWER_S)[1])


def commit_offset(location: str, partition: int, offset: int) -> None:
    """Keep, in the location's group, the offset after the last message that is in the lake.

    Args:
      location: The topic, as kafka://host:port/topic.
      partition: The number of the partition.
      offset: The one to go on from.

    Raises:
      KafkaError: no broker answers.
    """
    from confluent_kafka import TopicPartition

    with _consumer(location) as consumer:
        position = TopicPartition(_parts(location)[1], partition, offset)
        consumer.commit(offsets=[position], asynchronous=False)


def read_messages(reference: Reference, limits: InputLimits) -> Iterator[SourceItem | Reject]:
    """Yield one SourceItem or Reject for each message of a range of offsets.

    Offsets that hold no message (compaction, transactions) are none. Of messages that the broker
    has deleted before they were read, there is one Reject.

    Raises:
      KafkaError: the broker was away for PATIENCE_S.
    """
    from confluent_kafka import TopicPartition

    location, partition = split_range(reference.uri)
    end = reference.end or 0
    with _consumer(location) as consumer:
        position = TopicPartition(_parts(location)[1], partition, reference.start)
        consumer.assign([position])
        at = reference.start
        heard_s = time.monotonic()
        while at < end:
            message = consumer.poll(_POLL_S)
            if message is None or _is_trouble(message):
                (now,) = consumer.position([position])
                # Offsets without messages at the end of a range bring none.
                at = max(at, int(now.offset))
                if time.monotonic() - heard_s > PATIENCE_S:
                    raise KafkaError(f"{location} has not answered for {PATIENCE_S:g} s")
                continue
            heard_s = time.monotonic()
            offset = int(message.offset() or 0)
            if at == reference.start and offset > at and _oldest(consumer, position) > at:
                yield _gone(reference, at, min(offset, end), limits)
            at = offset + 1
            if offset < end:
                yield from read_message(
                    message.value(), reference.source, reference.uri, f"@{offset}", limits
                )


def _gone(reference: Reference, start: int, end: int, limits: InputLimits) -> Reject:
    detail = f"the broker has deleted messages {start} to {end - 1} before they were read"
    rejection = RejectedRecord("unreadable", detail)
    return refuse(rejection, reference.source, reference.uri, f"@{start}", b"", limits)


def _oldest(consumer: "Consumer", position: "TopicPartition") -> int:
    return int(consumer.get_watermark_offsets(position, timeout=ANSWER_S)[0])


def _is_trouble(message: "Message") -> bool:
    """Return whether it is not a message but a notice that a broker is away for now.

    Raises:
      KafkaError: of one that will not do.
    """
    error = message.error()
    if error is None:
        return False
    if error.fatal():
        raise KafkaError(error.str())
    return True


@contextmanager
def _consumer(location: str) -> Iterator["Consumer"]:
    """Yield a client of a location's brokers.

    Raises:
      KafkaError: instead of the library's own error.
    """
    from confluent_kafka import Consumer, KafkaException

    brokers, _, group = _parts(location)
    settings: dict[str, str | int | bool] = {
        **_properties(),
        "bootstrap.servers": brokers,
        "group.id": group,
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "auto.offset.reset": "earliest",
        "log_level": 0,
    }
    try:
        consumer = Consumer(settings)
        try:
            yield consumer
        finally:
            consumer.close()
    except KafkaException as error:
        raise KafkaError(f"{location}: {error.args[0].str()}") from error


def _properties() -> Mapping[str, str]:
    path = os.environ.get(PROPERTIES)
    if not path:
        return {}
    with open(path, encoding="utf-8") as file:  # noqa: PTH123  read once, by name
        pairs = (line.strip().partition("=") for line in file)
        return {
            name.strip(): value.strip()
            for name, _, value in pairs
            if name and not name.startswith("#")
        }


def _parts(location: str) -> tuple[str, str, str]:
    """Return (brokers, topic, group) of a location."""
    parts = urlsplit(location)
    group = parse_qs(parts.query).get("group", ["warta"])[0]
    return parts.netloc, parts.path.removeprefix("/"), group


KAFKA = Queue(
    name="kafka",
    label="topics of Kafka",
    check=check_topic,
    offsets=Offsets(partitions, first_offset, end_offset, commit_offset, read_messages),
    library="confluent_kafka",
    extra="kafka",
)
