"""A stream from a topic of Kafka, whose broker and workers are killed again and again.

`make crash-stream`: 50,000 messages come in while the stream with its engine, or the broker, is
killed at random moments and started again. At the end each article is in the lake once, and the
group has come to the end of the topic.
"""

import argparse
import random
import tempfile
import threading
import time
from pathlib import Path

from tests.support.brokers import Broker, broker, in_background
from tests.support.streams import (
    check,
    drain,
    errors_of,
    kill,
    published,
    records,
    stream,
    wait_for,
)
from warta.transforms.sources.kafka import end_offset, first_offset, partitions

PARTITIONS = 4
RATE = ("--max-messages", "250")
"""A window is done before the next kill comes."""


def main() -> None:
    """Run it once, as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", default="prism")
    parser.add_argument("--messages", type=int, default=50_000)
    parser.add_argument("--kills", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=600.0, help="messages a second")
    asked = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="warta-kafka-") as folder:
        starts = run(
            Path(folder), asked.engine, asked.messages, asked.kills, asked.seed, asked.rate
        )
    seconds = time.monotonic() - started
    print(f"{asked.messages:,} messages, {asked.kills} kills, {starts} starts: {seconds:.0f} s")


def run(folder: Path, engine: str, messages: int, kills: int, seed: int, rate: float) -> int:
    """Run one trial in an empty folder; return how often the stream was started.

    Raises:
      AssertionError: an article is missing or occurs twice, or something was left over.
    """
    choose = random.Random(seed)  # noqa: S311  moments, not secrets
    lake = folder / "lake"
    with broker(folder) as server:
        location = server.make_topic("news", PARTITIONS)
        rows = records(0, messages)
        producer = threading.Thread(target=server.produce, args=("news", rows, rate))
        with in_background(producer):
            starts = _disturb(server, location, lake, engine, kills, choose)
        with stream(lake, location, "--engine", engine, *RATE) as process:
            wait_for(lambda: published(lake) >= messages, process, lake, patience_s=3600)
            status, errors = drain(lake, process)
            assert status == 0, errors
        for number in partitions(location):
            assert first_offset(location, number) == end_offset(location, number)
    check(lake, messages)
    return starts + 1


def _disturb(
    server: Broker, location: str, lake: Path, engine: str, kills: int, choose: random.Random
) -> int:
    """Start streams and kill them, or the broker under them; return how many were started."""
    starts = 0
    killed = 0
    while killed < kills:
        with stream(lake, location, "--engine", engine, "--quiet", *RATE) as process:
            starts += 1
            time.sleep(choose.uniform(10.0, 30.0))
            if killed % 2:
                server.kill()
                time.sleep(choose.uniform(0.5, 4.0))
                server.start()
                killed += 1
                time.sleep(choose.uniform(3.0, 8.0))
                assert process.poll() is None, errors_of(lake)
            kill(process)
            killed += 1
            print(f"{published(lake):>7,} in the lake after {killed} kills", flush=True)
    return starts


if __name__ == "__main__":
    main()
