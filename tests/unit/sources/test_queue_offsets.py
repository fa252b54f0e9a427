"""Brokers hear how far the lake has come."""

import pytest

from warta.transforms.core.errors import QueueError
from warta.transforms.sources.queues import offsets, queue
from warta.transforms.sources.queues.offsets import Ranges, keep_offsets
from warta.transforms.sources.queues.queue import Offsets

TOPIC = "kafka://broker:9092/news"
BROUGHT = {f"{TOPIC}#1": [(3, 5)], f"{TOPIC}#0": [(7, 9)]}


class _Broker:
    """Holds offsets; it is away for the first questions."""

    def __init__(self, held: dict[int, int], away: int = 0) -> None:
        self.held, self.away = held, away
        self.committed: list[tuple[str, int, int]] = []

    def first(self, _: str, partition: int) -> int:
        if self.away:
            self.away -= 1
            raise QueueError("away")
        return self.held[partition]

    def commit(self, location: str, partition: int, upto: int) -> None:
        self.committed.append((location, partition, upto))

    def asked(self, location: str) -> Offsets:
        assert location == TOPIC
        return Offsets(lambda _: [], self.first, lambda *_: 0, self.commit, lambda *_: iter(()))


def _end_of(_: str, position: int, here: Ranges) -> int:
    """A lake without a gap where a range begins at the offset."""
    return max(end if start <= position else position for start, end in here)


def test_what_the_lake_has_is_committed(monkeypatch: pytest.MonkeyPatch) -> None:
    """In order of the partitions; a partition with a gap before it is left as it is."""
    broker = _Broker({0: 7, 1: 2})
    monkeypatch.setattr(offsets, "offsets_of", broker.asked)
    keep_offsets(BROUGHT, _end_of)
    assert broker.committed == [(TOPIC, 0, 9)]
    broker.held = {0: 9, 1: 3}
    keep_offsets(BROUGHT, _end_of)
    assert broker.committed == [(TOPIC, 0, 9), (TOPIC, 1, 5)]


def test_a_broker_that_is_away_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked again until it answers."""
    broker = _Broker({0: 7, 1: 3}, away=3)
    monkeypatch.setattr(offsets, "offsets_of", broker.asked)
    monkeypatch.setattr(queue, "_POLL_S", 0.0)
    keep_offsets(BROUGHT, _end_of)
    assert broker.committed == [(TOPIC, 0, 9), (TOPIC, 1, 5)]
