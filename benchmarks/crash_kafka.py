"""A watch or a stream of a topic of Kafka, whose broker and workers are killed again and again.

`make crash-stream`: 50,000 messages come in while a watch of the topic goes on, once on the local
engine and once on Spark. On Spark an executor is killed while it works on a batch; then the broker
and the watch are killed at random moments. Each is killed once. With `--stream` it is a stream with
its engine, or the broker, that is killed again and again. At the end each article is in the lake
once, and the group has come to the end of the topic.
"""

import argparse
import json
import random
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import psutil

from benchmarks.spark_faults import staged
from tests.support import waiting
from tests.support.brokers import Broker, broker, in_background
from tests.support.processes import words_of
from tests.support.spark import EXECUTOR, kill_tree
from tests.support.streams import (
    check,
    config_of,
    drain,
    errors_of,
    kill,
    published,
    records,
    stream,
    wait_for_lake,
    watch,
)
from warta.transforms.sources.queues.kafka import end_offset, first_offset, partitions

_STARTED = time.monotonic()
PARTITIONS = 4
_LOOKS = 50
"""At least so many batches it takes a partition of four to be read, and more than are killed."""
_SILENCE_S = 600.0
"""A watch that brings nothing into the lake for so long hangs."""
RATE = ("--max-messages", "250")
"""A window is done before the next kill comes."""


def main() -> None:
    """Run it once, as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stream", action="store_true", help="warta stream, not warta watch")
    parser.add_argument("--engine", help="prism for a stream, local or spark for a watch")
    parser.add_argument("--messages", type=int, default=50_000)
    parser.add_argument("--kills", type=int, default=8, help="of a stream")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=600.0, help="messages a second")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="warta-kafka-") as name:
        folder, given = Path(name), (asked.messages, asked.seed, asked.rate)
        if asked.stream:
            engine = asked.engine or "prism"
            starts = run(folder, engine, given[0], asked.kills, *given[1:])
            print(f"{asked.kills} kills, {starts} starts")
        else:
            run_watch(folder, asked.engine or "local", *given)
    print(f"{asked.messages:,} messages: {time.monotonic() - _STARTED:.0f} s")
    print("every promise was kept")


def run_watch(folder: Path, engine: str, messages: int, seed: int, rate: float) -> None:
    """Watch a topic in an empty folder while broker, watch and an executor are killed, each once.

    Raises:
      AssertionError: an article is missing or occurs twice, something was left over, or the watch
        hangs.
    """
    choose = random.Random(seed)  # noqa: S311  moments, not secrets
    lake = folder / "lake"
    # All kills come while there is more to read, however fast the machine is.
    cores: tuple[str, ...] = ("--workers", "2")
    if engine == "spark":
        cores = ("--engine", "spark", "--spark-master", "local-cluster[2,1,1024]")
    words = (*cores, "--max-messages", str(messages // _LOOKS), "--log", "json")
    with broker(folder) as server:
        location = server.make_topic("news", PARTITIONS)
        config = config_of(location, folder)
        # The last come after the kills: only a watch that has committed surely hears a signal.
        first = messages - messages // 10
        rows = records(0, first)
        producer = threading.Thread(target=server.produce, args=("news", rows, rate))
        with in_background(producer):
            with watch(lake, config, *words) as process:
                _come_on(process, lake, first, choose)
                if engine == "spark":
                    _kill_executor(process, lake, choose)
                    _come_on(process, lake, first, choose)
                    _say(lake, f"tasks that were lost and done again: {_repeated(lake)}")
                server.kill()
                time.sleep(choose.uniform(0.5, 4.0))
                server.start()
                _say(lake, "the broker was killed, and is back")
                _come_on(process, lake, first, choose)
                kill(process)
                _say(lake, "the watch was killed")
            with watch(lake, config, *words) as process:
                server.produce("news", records(first, messages), rate)
                while published(lake) < messages:
                    _come_on(process, lake, messages)
                process.send_signal(signal.SIGTERM)
                assert process.wait(timeout=waiting.PATIENCE_S) == 0, errors_of(lake)
        for number in partitions(location):
            assert first_offset(location, number) == end_offset(location, number)
    check(lake, messages)


def _come_on(
    process: "subprocess.Popen[bytes]",
    lake: Path,
    messages: int,
    choose: random.Random | None = None,
) -> None:
    """Wait until more is in the lake, or all, and to some moment of the next batch."""
    before = published(lake)

    def goes_on() -> bool:
        return before < published(lake) or before >= messages

    wait_for_lake(goes_on, process, lake, patience_s=_SILENCE_S)
    if choose:
        time.sleep(choose.uniform(0.0, 5.0))


def _kill_executor(process: "subprocess.Popen[bytes]", lake: Path, choose: random.Random) -> None:
    """End an executor of Spark while a batch is under way: some of its rows are staged."""

    def works() -> bool:
        return bool(staged(str(lake)) and _executors(process))

    # A batch may take a second or two: it is looked at more often than streams are.
    waiting.wait_for(works, _SILENCE_S, process)
    kill_tree(choose.choice(_executors(process)))
    _say(lake, "an executor was killed")


def _executors(process: "subprocess.Popen[bytes]") -> list[psutil.Process]:
    family = psutil.Process(process.pid).children(recursive=True)
    return [one for one in family if EXECUTOR in words_of(one) and "java" in words_of(one)]


def _repeated(lake: Path) -> int:
    """Return how many tasks Spark has done again, by the watch's log."""
    events = (json.loads(line) for line in errors_of(lake).splitlines() if line.startswith("{"))
    return sum(one["count"] for one in events if one["event"] == "tasks_repeated")


def _say(lake: Path, what: str) -> None:
    minutes, seconds = divmod(round(time.monotonic() - _STARTED), 60)
    print(f"{minutes:>3}:{seconds:02} {published(lake):>7,} in the lake: {what}", flush=True)


def run(folder: Path, engine: str, messages: int, kills: int, seed: int, rate: float) -> int:
    """Stream into an empty folder while stream and broker are killed.

    Returns:
      How often the stream was started.

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
            wait_for_lake(lambda: published(lake) >= messages, process, lake, patience_s=3600)
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
