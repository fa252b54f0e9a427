"""Messages a second from a topic of Kafka: `python -m benchmarks.streams`.

The same short articles come from a real broker (`make kafka`) by `warta watch` and, where it is
built, by `warta stream` on Prism, and as lines of JSON by `warta run`. The delay from message to
lake is taken while messages come at half the rate of the watch. Prism's own bound is that of a
graph without our code: a source that ends after a while, a step that parses, a count a window.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.support.brokers import Broker, broker, in_background
from tests.support.streams import config_of, published, put, records, stream, wait_for_lake, watch
from warta.pipeline.engines.registry import lacks

PARTITIONS = 4
_PATIENCE_S = 1800.0


@dataclass(frozen=True, slots=True)
class Rate:
    """What a number of messages took."""

    name: str
    messages: int
    wall_s: float
    """From the start of the command to the last message in the lake."""
    cpu_s: dict[str, float]
    """By program."""

    def __str__(self) -> str:
        """In a line."""
        whole = sum(self.cpu_s.values())
        parts = ", ".join(f"{name} {value:.1f}" for name, value in sorted(self.cpu_s.items()))
        return (
            f"{self.name:34}{self.messages:>8}{self.messages / self.wall_s:>9.0f}"
            f"{1000 * whole / self.messages:>9.2f}   {parts}"
        )


def cpu_by_program(process: psutil.Process) -> dict[str, float]:
    """Return processor seconds of a process and all that live or lived under it."""
    spent: dict[str, float] = {}
    for one in (process, *process.children(recursive=True)):
        try:
            name, times = one.name(), one.cpu_times()
        except psutil.NoSuchProcess:
            continue
        name = "prism" if name.startswith("prism") else "python"
        ended = times.children_user + times.children_system
        spent[name] = spent.get(name, 0.0) + times.user + times.system + ended
    return spent


def by_watch(server: Broker, folder: Path, messages: int, workers: int) -> Rate:
    """Return what a watch takes for messages that are all there."""
    config = config_of(server.make_topic("watched", PARTITIONS), folder)
    server.produce("watched", records(0, messages), 1e9)
    lake = folder / "watched"
    started = time.monotonic()
    most = str(messages)
    with watch(lake, config, "--workers", str(workers), "--max-messages", most) as process:
        wait_for_lake(lambda: published(lake) >= messages, process, lake, _PATIENCE_S)
        wall_s = time.monotonic() - started
        spent = cpu_by_program(psutil.Process(process.pid))
    return Rate(f"watch, Kafka, {workers} workers", messages, wall_s, spent)


def by_run(folder: Path, messages: int, workers: int) -> Rate:
    """Return what a run takes for the same messages as lines."""
    inbox = folder / "inbox"
    inbox.mkdir()
    put(inbox, "all.jsonl", records(0, messages))
    words = [sys.executable, "-m", "warta", "run", str(inbox), "--lake", str(folder / "run")]
    started = time.monotonic()
    before = _of_ended()
    subprocess.run([*words, "--quiet", "--workers", str(workers)], check=True)
    spent = {"python": _of_ended() - before}
    return Rate(f"run, JSONL, {workers} workers", messages, time.monotonic() - started, spent)


def by_stream(server: Broker, folder: Path, messages: int) -> Rate:
    """Return what a stream on Prism takes for messages that are all there."""
    location = server.make_topic("streamed", PARTITIONS)
    server.produce("streamed", records(0, messages), 1e9)
    lake = folder / "streamed"
    started = time.monotonic()
    most = str(messages)
    with stream(lake, location, "--engine", "prism", "--max-messages", most) as process:
        wait_for_lake(lambda: published(lake) >= messages, process, lake, _PATIENCE_S)
        wall_s = time.monotonic() - started
        spent = cpu_by_program(psutil.Process(process.pid))
    return Rate("stream, Kafka, Prism", messages, wall_s, spent)


def _of_ended() -> float:
    times = psutil.Process().cpu_times()
    return float(times.children_user + times.children_system)


def delay(server: Broker, folder: Path, rate: float, seconds: float) -> tuple[float, float]:
    """Return the mean and the longest time, in seconds, from message to lake at a steady rate.

    Messages that are sent and not in the lake yet, by the rate, are how long the last one waits.
    """
    location = server.make_topic("steady", PARTITIONS)
    lake = folder / "steady"
    # The first ones wait for the start of the command, which is not what is asked.
    warm = 50
    server.produce("steady", records(0, warm), 1e9)
    count = round(rate * seconds)
    waits: list[float] = []
    with watch(lake, config_of(location, folder)) as process:
        wait_for_lake(lambda: published(lake) >= warm, process, lake, _PATIENCE_S)
        rows = records(warm, warm + count)
        started = time.monotonic()
        producer = threading.Thread(target=server.produce, args=("steady", rows, rate))
        with in_background(producer):
            while (past := time.monotonic() - started) < seconds:
                waits.append(past - (published(lake) - warm) / rate)
                time.sleep(0.2)
        wait_for_lake(lambda: published(lake) >= warm + count, process, lake, _PATIENCE_S)
    return sum(waits) / len(waits), max(waits)


def by_prism_alone(messages: int, rate: int) -> Rate:
    """Return what Prism takes for as many messages in a graph without our code."""
    started = time.monotonic()
    words = [sys.executable, "-m", "benchmarks.streams", "--alone", str(messages), str(rate)]
    done = subprocess.run(words, check=True, stdout=subprocess.PIPE)
    spent = json.loads(done.stdout.splitlines()[-1])
    return Rate(
        f"Prism without warta, {rate:,} a second", messages, time.monotonic() - started, spent
    )


def run_alone(messages: int, rate: int) -> None:
    """Run the graph without our code, and print processor time by program as JSON."""
    import apache_beam as beam
    from apache_beam.transforms import combiners
    from apache_beam.transforms.periodicsequence import PeriodicImpulse
    from apache_beam.transforms.window import FixedWindows
    from apache_beam.utils.timestamp import Timestamp

    from warta.pipeline.engines.registry import engine_options
    from warta.pipeline.engines.runner import runner_of
    from warta.pipeline.options import RunOptions

    options = engine_options(RunOptions(sources=(), lake="none", engine="prism"), streaming=True)
    lines = [json.dumps(row) for row in records(0, rate)]
    start = Timestamp.now()
    end = start + messages / rate

    def burst(_: object) -> Sequence[str]:
        return lines

    pipeline = beam.Pipeline(runner_of(options, ()), options)
    (
        pipeline
        | PeriodicImpulse(start, end, 1.0)
        | beam.FlatMap(burst)
        | beam.Reshuffle()
        | beam.Map(json.loads)
        | beam.WindowInto(FixedWindows(2))
        | combiners.Count.Globally().without_defaults()
        | beam.Map(lambda count: None)
    )
    result = pipeline.run()
    spent: dict[str, float] = {}
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.2):
            spent.update(cpu_by_program(psutil.Process()))

    looking = threading.Thread(target=look)
    looking.start()
    result.wait_until_finish()
    done.set()
    looking.join()
    print(json.dumps(spent))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--steady-s", type=float, default=60.0, help="time at half the rate")
    parser.add_argument("--alone", type=int, nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.alone:
        run_alone(*asked.alone)
        return
    print(f"{'':34}{'messages':>8}{'a second':>9}{'CPU ms':>9}   processor seconds")
    with tempfile.TemporaryDirectory(prefix="warta-streams-") as scratch:
        folder = Path(scratch)
        print(by_run(folder, asked.messages, asked.workers), flush=True)
        with broker(folder) as server:
            watched = by_watch(server, folder, asked.messages, asked.workers)
            print(watched, flush=True)
            rate = watched.messages / watched.wall_s / 2
            mean_s, most_s = delay(server, folder, rate, asked.steady_s)
            print(
                f"delay from message to lake at {rate:.0f} a second: {mean_s:.1f} s on average, "
                f"{most_s:.1f} at most",
                flush=True,
            )
            if not lacks("prism"):
                print(by_prism_alone(asked.messages, 1_000), flush=True)
                print(by_stream(server, folder, asked.messages), flush=True)


if __name__ == "__main__":
    main()
