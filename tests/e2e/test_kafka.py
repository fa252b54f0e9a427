"""Topics of Kafka: locations, ranges of a real broker, streams over one. Skipped without one."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from benchmarks.crash_kafka import run as run_trial
from benchmarks.crash_kafka import run_watch
from tests.e2e.test_engines import REQUIRED, needs
from tests.support.brokers import Broker, broker, in_background, is_installed
from tests.support.commands import warta
from tests.support.lakes import commits_of
from tests.support.streams import check, drain, records, stream, urls_in, wait_for_lake
from warta.pipeline.cli import main
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Reject, Source, SourceItem
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.windows import Stream, committed_upto
from warta.transforms.sources.queues.kafka import (
    check_topic,
    commit_offset,
    end_offset,
    first_offset,
    partitions,
    read_messages,
)
from warta.transforms.sources.queues.queue import range_reference, split_range
from warta.transforms.sources.queues.registry import is_topic

STREAM = Stream("news", "run-1", 60.0)


@pytest.mark.parametrize(
    ("location", "right"),
    [
        ("kafka://broker:9092/news", True),
        ("kafka://one:9092,two:9092/news?group=archive", True),
        ("kafka://broker:9092", False),
        ("kafka://broker:9092/news/more", False),
        ("kafka:///news", False),
    ],
)
def test_a_location_names_brokers_topic_and_group(location: str, right: bool) -> None:
    """What does not is reported in one line."""
    assert is_topic(location)
    assert (check_topic(location) is None) == right


def test_a_range_leads_back_to_its_partition() -> None:
    """Its URI is the location with the partition after it, also where that has a query."""
    source = Source("kafka://broker:9092/news?group=archive")
    reference = range_reference(source, 3, 10, 20)
    assert split_range(reference.uri) == (source.location, 3)
    assert (reference.start, reference.end) == (10, 20)


def test_a_wrong_topic_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Status 2, before a lake is made."""
    lake = tmp_path / "lake"
    words = ["stream", "kafka://broker:9092", "--lake", str(lake), "--engine", "prism"]
    assert main(words) == 2
    assert "is not kafka://host:port/topic" in capsys.readouterr().err
    assert not lake.exists()


@pytest.mark.parametrize(
    ("position", "earlier", "here", "upto"),
    [
        (0, [], [(0, 5)], 5),
        (0, [], [(5, 9), (0, 5)], 9),
        (5, [], [(0, 5)], 5),
        (3, [], [(0, 5)], 5),
        (0, [], [(5, 9)], 0),
        (5, [(9, 12)], [(5, 9)], 9),
        (0, [(0, 5)], [(5, 9)], 9),
        (0, [(0, 4)], [(5, 9)], 4),
    ],
)
def test_offsets_are_reported_without_a_gap(
    tmp_path: Path,
    position: int,
    earlier: list[tuple[int, int]],
    here: list[tuple[int, int]],
    upto: int,
) -> None:
    """A window that is committed before an earlier one does not tell of messages not yet there."""
    lake = Lake(str(tmp_path))
    lake.create()
    outcome = [["topic#0", *one] for one in earlier] + [["topic#1", 0, 99]]
    lake.write_json("_commits/news-20261116T120000Z.json", {"offsets": outcome})
    lake.write_json("_commits/news-20261116T120100Z.json", {})
    window = "news-20261116T120030Z"
    assert committed_upto(lake, STREAM, window, "topic#0", position, here) == upto


def test_offsets_of_windows_that_were_too_early_are_reported_in_the_end(tmp_path: Path) -> None:
    """The window that closes the gap commits the later ones too."""
    lake = Lake(str(tmp_path))
    lake.create()
    for minute, ranges in ((1, [[5, 9], [14, 20]]), (2, [[9, 12]])):
        outcome = [["topic#0", *one] for one in ranges]
        lake.write_json(f"_commits/news-20261116T120{minute}00Z.json", {"offsets": outcome})
    window = "news-20261116T120000Z"
    assert committed_upto(lake, STREAM, window, "topic#0", 0, [(0, 5)]) == 12


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker that runs."""
    if not is_installed() and "kafka" not in REQUIRED:
        pytest.skip("no broker: make kafka")
    with broker(tmp_path_factory.mktemp("kafka")) as running:
        yield running


@pytest.mark.long
def test_a_range_gives_its_messages(server: Broker) -> None:
    """Each message of the range once, in order, as an item or with its reason; then the same."""
    from confluent_kafka import Producer

    location = server.make_topic("messages", 1)
    producer = Producer({"bootstrap.servers": f"localhost:{server.port}"})
    for value in (b'{"text": "a"}', b"{broken", None, b'{"text": "d"}', b"x" * 2_000, b"[]"):
        producer.produce("messages", value)
    assert producer.flush(60) == 0
    reference = range_reference(Source(location), 0, 1, 6)
    for _ in range(2):
        read = list(read_messages(reference, replace(InputLimits(), max_record_bytes=1_000)))
        outcome = [one.reason if isinstance(one, Reject) else one.content for one in read]
        assert outcome == ["bad_json", "empty", "d", "too_large", "not_an_object"]
        assert [one.source_record_id for one in read] == [f"@{n}" for n in range(1, 6)]
    assert isinstance(read[2], SourceItem)
    assert (partitions(location), end_offset(location, 0)) == ([0], 6)


@pytest.mark.long
def test_a_group_remembers_how_far_the_lake_has_come(server: Broker) -> None:
    """Each group for itself; a group that is new begins at the oldest message."""
    location = server.make_topic("groups", 1)
    server.produce("groups", records(0, 5), 1_000)
    assert first_offset(location, 0) == 0
    commit_offset(location, 0, 3)
    assert first_offset(location, 0) == 3
    assert first_offset(f"{location}?group=other", 0) == 0


def _has(lake: Path, number: int) -> bool:
    return len(urls_in(lake)) == number


@pytest.mark.long
@pytest.mark.parametrize("engine", ["prism", "flink"])
def test_a_stream_takes_up_a_topic_where_the_lake_has_come_to(
    tmp_path: Path, server: Broker, engine: str
) -> None:
    """Messages come in while it runs; the next start reads none of them again."""
    needs(engine)
    lake = tmp_path / "lake"
    location = server.make_topic(f"stream-{engine}", 2)
    for first, last in ((0, 30), (30, 50)):
        with stream(lake, location, "--engine", engine) as process:
            sender = threading.Thread(
                target=server.produce, args=(f"stream-{engine}", records(first, last), 20)
            )
            with in_background(sender):
                wait_for_lake(partial(_has, lake, last), process, lake)
            status, errors = drain(lake, process)
        assert status == 0, errors
        assert "duplicates" in errors
        assert errors.count(" 0 duplicates") == errors.count(" duplicates"), errors
    check(lake, 50)


@pytest.mark.long
@pytest.mark.parametrize("engine", ["prism", "flink"])
def test_broker_and_workers_are_killed_under_way(
    tmp_path: Path, server: Broker, engine: str
) -> None:
    """A short form of `make crash-stream`."""
    needs(engine)
    run_trial(tmp_path, engine, messages=600, kills=3, seed=5, rate=40)


@pytest.mark.long
@pytest.mark.parametrize(("engine", "messages"), [("local", 1_200), ("spark", 2_000)])
def test_broker_watch_and_executor_are_killed_under_way(
    tmp_path: Path, server: Broker, engine: str, messages: int
) -> None:
    """A short form of `make crash-stream`."""
    if engine != "local":
        needs(engine)
    run_watch(tmp_path, engine, messages, seed=6, rate=100)


@pytest.mark.long
def test_a_watch_reads_topics_in_batches(tmp_path: Path, server: Broker) -> None:
    """Each message once, the group at the end of the topic; the next finds nothing."""
    location = server.make_topic("watched", 3)
    server.produce("watched", records(0, 700), 1e9)
    config = tmp_path / "topics.toml"
    config.write_text(f'[[source]]\nlocation = "{location}"\n', encoding="utf-8")
    lake = tmp_path / "lake"
    words = ("watch", "--config", config, "--lake", lake, "--once", "--quiet", "--workers", 2)
    for _ in range(2):
        done = warta(*words, "--max-messages", 150)
        assert (done.returncode, done.stderr) == (0, "")
        check(lake, 700)
    for number in partitions(location):
        assert first_offset(location, number) == end_offset(location, number)
    assert sum(one["counts"]["duplicates"] for one in commits_of(lake)) == 0
