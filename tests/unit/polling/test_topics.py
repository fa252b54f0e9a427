"""Topics of Kafka beside feeds: which messages a batch takes, and what it remembers."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.lakes import write_plainly
from warta.pipeline.console.log import log
from warta.pipeline.options import RunOptions, TopicOptions
from warta.pipeline.polling.topics import Topics, cut
from warta.transforms.core.errors import KafkaError, RunError
from warta.transforms.core.records import Reference, Source
from warta.transforms.lake.layout import Run
from warta.transforms.lake.locking import hold
from warta.transforms.lake.storage import Lake
from warta.transforms.sources.queues import registry
from warta.transforms.sources.queues.kafka import KAFKA, read_messages
from warta.transforms.sources.queues.queue import Offsets, range_reference

TOPIC = Source("kafka://broker:9092/news")


class Broker:
    """What the functions that ask a broker find: a group's offsets, and the ends of partitions."""

    def __init__(self, ends: Sequence[int]) -> None:
        self.ends, self.kept = list(ends), [0] * len(ends)
        self.is_away = self.forgets = False

    def partitions(self, location: str) -> list[int]:
        """Return their numbers."""
        self._answer()
        return list(range(len(self.ends)))

    def first_offset(self, location: str, partition: int) -> int:
        """Return where the group is."""
        return self.kept[partition]

    def end_offset(self, location: str, partition: int) -> int:
        """Return where the partition ends."""
        return self.ends[partition]

    def commit_offset(self, location: str, partition: int, offset: int) -> None:
        """Remember an offset, unless the broker goes away before it can."""
        if self.forgets:
            raise KafkaError("away")
        self.kept[partition] = offset

    def _answer(self) -> None:
        if self.is_away:
            raise KafkaError("kafka://broker:9092/news: no broker answers")


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Broker:
    made = Broker([250, 0, 30])
    asked = Offsets(
        made.partitions, made.first_offset, made.end_offset, made.commit_offset, read_messages
    )
    monkeypatch.setattr(registry, "QUEUES", (replace(KAFKA, offsets=asked),))
    return made


def _topics(batches: list[Any], most: int = 100, *, cores: int = 1, fails: bool = False) -> Topics:
    def graph(lake: Lake, run: Run, parts: Sequence[Reference], details: dict[str, Any]) -> None:
        batches.append([(one.uri.rpartition("#")[2], one.start, one.end) for one in parts])
        if fails:
            raise RunError("a worker is lost")
        write_plainly(lake, [], run.commit_id)

    settings = RunOptions(sources=(), lake="lake", workers=1)
    return Topics(TopicOptions((TOPIC,), 1.0, most), settings, graph, lambda: cores)


def test_batches_follow_each_other_and_offsets_follow_the_lake(lake: Lake, broker: Broker) -> None:
    """A full one is followed at once; what is read is kept for the group after the commit."""
    batches: list[Any] = []
    reader = _topics(batches)
    with hold(lake) as writer:
        assert [reader.run_batch(lake, writer) for _ in range(4)] == [True, True, False, False]
    assert batches == [
        [("0", 0, 100), ("2", 0, 30)],
        [("0", 100, 200)],
        [("0", 200, 250)],
    ]
    assert broker.kept == [250, 0, 30]


def test_a_batch_is_cut_for_the_cores_of_a_cluster(lake: Lake, broker: Broker) -> None:
    """Not for those of this machine."""
    broker.ends = [1_200]
    batches: list[Any] = []
    with hold(lake) as writer:
        _topics(batches, most=5_000, cores=40).run_batch(lake, writer)
    assert [[last - first for _, first, last in batch] for batch in batches] == [[100] * 12]


def test_a_batch_that_failed_is_read_again(lake: Lake, broker: Broker) -> None:
    """No offset is kept of it."""
    batches: list[Any] = []
    with hold(lake) as writer, pytest.raises(RunError, match="a worker is lost"):
        _topics(batches, fails=True).run_batch(lake, writer)
    assert broker.kept == [0, 0, 0]
    with hold(lake) as writer:
        _topics(batches).run_batch(lake, writer)
    assert batches[0] == batches[1]


def test_a_batch_whose_offsets_were_not_kept_is_not_done_again(lake: Lake, broker: Broker) -> None:
    """By the watch that has done it, nor by the next, which finds its commit."""
    batches: list[Any] = []
    broker.forgets = True
    reader = _topics(batches, most=500)
    with hold(lake) as writer:
        reader.run_batch(lake, writer)
        reader.run_batch(lake, writer)
        broker.forgets = False
        _topics(batches, most=500).run_batch(lake, writer)
    assert len(batches) == 1
    assert broker.kept == [250, 0, 30]


def test_a_broker_that_is_away_is_reported_once(
    lake: Lake, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until it is back: then it may be away again."""
    lines: list[str] = []
    monkeypatch.setattr(log, "warning", lambda name, error: lines.append(error), False)
    reader = _topics([])
    with hold(lake) as writer:
        for away in (True, True, False, True):
            broker.is_away = away
            reader.run_batch(lake, writer)
    assert lines == ["kafka://broker:9092/news: no broker answers"] * 2


@pytest.mark.parametrize(
    ("end", "workers", "count"),
    [(50, 4, 1), (300, 1, 3), (9_000, 2, 6), (10_000, 4, 12)],
)
def test_a_range_is_cut_for_its_workers(end: int, workers: int, count: int) -> None:
    """Without a gap; small ones are left whole."""
    parts = cut(range_reference(TOPIC, 3, 0, end), workers)
    assert len(parts) == count
    assert [one.start for one in parts[1:]] == [one.end for one in parts[:-1]]
    assert (parts[0].start, parts[-1].end) == (0, end)
    assert {one.uri for one in parts} == {"kafka://broker:9092/news#3"}


def test_the_folder_is_not_touched_where_nothing_came(lake: Lake, broker: Broker) -> None:
    """No commit without messages."""
    broker.ends = [0, 0, 0]
    before = sorted(Path(lake.uri).rglob("*"))
    assert _topics([]).run_batch(lake, "nobody") is False
    assert sorted(Path(lake.uri).rglob("*")) == before
