"""Months in minutes: `make soak`.

500 feeds with every habit that feeds have are polled for 100 cycles on a clock that is set forward,
while one request in twenty goes wrong in one of eighteen ways. Then every article that was shown
is in the lake once, no feed was asked more often than it allows, and memory has not grown. A
short form of it is in the tests.
"""

import argparse
import gc
import io
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import apache_beam as beam
import psutil
import pyarrow.parquet as pq
from structlog.typing import EventDict, WrappedLogger

from tests.support.newsstand import Asked, Clock, Feed, Newsstand
from warta.pipeline.commands.watch import followed, user_agent
from warta.pipeline.console.log import open_log
from warta.pipeline.engines.registry import engine_options
from warta.pipeline.engines.runner import runner_of
from warta.pipeline.options import RunOptions, WatchOptions
from warta.pipeline.polling.cycle import Graph, run_cycle, run_graph
from warta.pipeline.polling.loop import forked
from warta.transforms.core.options import InputLimits
from warta.transforms.lake.locking import hold
from warta.transforms.lake.storage import Lake
from warta.transforms.polling.pages import MAX_FETCHES
from warta.transforms.polling.schedule import PollSchedule
from warta.transforms.sources.http.client import RequestPolicy
from warta.transforms.tagging.tag_or_reject import warm_up

EVERY_S = 300.0
MIN_INTERVAL_S = 600.0


@dataclass(slots=True)
class Soaked:
    """What a soak saw."""

    faults: list[str] = field(default_factory=list)
    """What is not as promised."""
    cycles: int = 0
    polls: int = 0
    articles: int = 0
    went_wrong: Counter[str] = field(default_factory=Counter)
    failed_polls: int = 0
    lost: int = 0
    """Good answers that came too late: a busy machine."""
    memory_mb: list[float] = field(default_factory=list)
    seconds: float = 0.0


def beam_graph(watch_options: WatchOptions) -> Graph:
    """Return the graph as a watch with one worker runs it: forked from this process."""
    options = engine_options(watch_options.settings)
    graph = run_graph(watch_options, lambda: beam.Pipeline(runner_of(options, []), options))
    return forked(graph, warm_up)


def soak(
    folder: Path,
    feeds: int,
    cycles: int,
    fault_share: float,
    graph_of: Callable[[WatchOptions], Graph] = beam_graph,
    timeout_s: float = 5.0,
) -> Soaked:
    """Follows so many feeds for so many poll cycles, and looks whether promises are kept."""
    clock = Clock()
    stand = Newsstand(feeds, fault_share, clock)
    seen = Soaked()
    started = time.monotonic()
    with stand.open():
        config = folder / "sources.toml"
        config.write_text(stand.config(), encoding="utf-8")
        sources, _, _ = followed(str(config))
        limits = InputLimits(max_record_bytes=2_000_000)
        settings = RunOptions(sources=sources, lake=str(folder / "lake"), limits=limits, workers=1)
        policy = RequestPolicy(user_agent("desk@news.example"), 0.0, 64, timeout_s)
        watch_options = WatchOptions(
            settings, policy, PollSchedule(MIN_INTERVAL_S, 14_400, 1_200), clock=clock
        )
        graph = graph_of(watch_options)
        lake = Lake(settings.lake)
        lake.create()
        books, nowhere = _Books(stand), io.StringIO()
        for number in range(cycles):
            if number == cycles - _CALM:
                # What is left of the faults is made good.
                stand.fault_share = 0.0
            with hold(lake) as writer, open_log(quiet=True, readers=[books], stream=nowhere):
                cycle = run_cycle(watch_options, lake, writer, graph)
            clock.forward(EVERY_S)
            if cycle is not None:
                seen.polls += cycle.results.total()
                seen.failed_polls += cycle.results["failed"]
            seen.cycles += 1
            gc.collect()
            seen.memory_mb.append(psutil.Process(os.getpid()).memory_info().rss / 1e6)
        # Whatever backed off is asked once more.
        for pause_s in _LAST_PAUSES_S:
            clock.forward(pause_s)
            with hold(lake) as writer, open_log(quiet=True, readers=[books], stream=nowhere):
                run_cycle(watch_options, lake, writer, graph)
    seen.went_wrong = stand.faults
    seen.lost = books.lost
    seen.seconds = time.monotonic() - started
    seen.faults += books.refused
    seen.faults += check_articles(stand, lake, seen)
    for feed in stand.feeds:
        seen.faults += check_policy(feed)
    return seen


_CALM = 4
_SHOWN = 30
"""Faults that are shown one by one."""
_LAST_PAUSES_S = (14_400 * 1.2, 1_800.0)


class _Books:
    """A reader of the log that notes for the newsstand which of its answers have arrived."""

    def __init__(self, stand: Newsstand) -> None:
        self._feeds = {str(feed.number): feed for feed in stand.feeds}
        self.lost = 0
        self.refused: list[str] = []

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        """Note what came of an answer."""
        if event["event"] == "feed_polled":
            self._note(event)
        return event

    def _note(self, event: EventDict) -> None:
        feed = self._feeds[event["feed"].removeprefix("feed-")]
        error = event.get("error") or ""
        if event["result"] != "failed":
            feed.arrived()
        elif error.startswith("timeout") and feed.asked[-1].result != "drip":
            self.lost += 1
            feed.lost()
        elif feed.asked[-1].result == "given":
            self.refused.append(f"{feed.host}: a good answer failed: {error}")


def check_articles(stand: Newsstand, lake: Lake, seen: Soaked) -> Iterator[str]:
    """Every article shown is in the lake, each version once."""
    rows: Counter[str] = Counter()
    words: Counter[tuple[str, str]] = Counter()
    for path in lake.files("articles", recursive=True):
        table = pq.read_table(
            lake.path(path),
            columns=["canonical_url", "content_sha256", "version"],
            partitioning=None,
        )
        for row in table.to_pylist():
            place = row["canonical_url"].partition("://")[2]
            rows[place] += row["version"] == 1
            words[place, row["content_sha256"]] += 1
    seen.articles = sum(rows.values())
    shown = set().union(*(feed.shown for feed in stand.feeds))
    missing = shown - rows.keys()
    if missing:
        yield f"{len(missing)} articles are missing, such as {sorted(missing)[:3]}"
    strange = rows.keys() - shown
    if strange:
        yield f"{len(strange)} articles were never shown, such as {sorted(strange)[:3]}"
    twice = [place for place, count in rows.items() if count != 1]
    twice += [place for (place, _), count in words.items() if count != 1]
    if twice:
        yield f"{len(twice)} articles are there more than once, such as {sorted(twice)[:3]}"
    versions = Counter(place for place, _ in words)
    for feed in stand.feeds:
        for place, bodies in feed.changed.items():
            if not feed.has_pages and versions[place] != len(bodies):
                yield f"{place} has {versions[place]} versions, {len(bodies)} were shown"


_ASKED_ON = ("moved", "elsewhere", "loop", "reset", "lost")


def check_policy(feed: Feed) -> Iterator[str]:
    """Yield a feed was asked no more often than it, and we, allow."""
    first: Asked | None = None
    free_at = datetime.min.replace(tzinfo=feed.born.tzinfo)
    moved = gone = False
    for asked in feed.asked:
        if gone:
            yield f"{feed.host} was asked after 410"
        if moved and asked.path == "/feed" and first and first.result == "given":
            yield f"{feed.host} was asked at its old place"
        # After a redirect; or once more on a connection that was closed on us (RFC 9112, 9.3.1).
        follows = first is not None and first.result in _ASKED_ON
        if asked.at < free_at and not (follows and first and first.at == asked.at):
            yield f"{feed.host} was asked at {asked.at:%H:%M}, before {free_at:%H:%M}"
        wait = max(asked.wait_s, MIN_INTERVAL_S)
        gone = gone or asked.result == "gone"
        moved = moved or asked.result == "moved"
        free_at = asked.at + (timedelta(days=9_999) if gone else timedelta(seconds=wait))
        first = asked
    worst = feed.pages.most_common(1)
    if worst and worst[0][1] > MAX_FETCHES:
        yield f"{feed.host}{worst[0][0]} was fetched {worst[0][1]} times"


def main() -> None:
    """Soaks, prints, fails where a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeds", type=int, default=500)
    parser.add_argument("--cycles", type=int, default=100)
    parser.add_argument("--faults", type=float, default=0.05, help="share of requests")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="warta-soak-") as place:
        seen = soak(Path(place), options.feeds, options.cycles, options.faults)
    memory = seen.memory_mb
    quarter = len(memory) // 4
    print(
        f"{options.feeds} feeds, {seen.cycles} poll cycles, {seen.polls:,} polls of which "
        f"{seen.failed_polls:,} failed ({seen.lost:,} good answers too late), "
        f"{seen.articles:,} articles, {seen.seconds:.0f} s"
    )
    print("faults: " + ", ".join(f"{count} {name}" for name, count in seen.went_wrong.items()))
    print(f"memory: {memory[quarter]:.0f} MB after a quarter, {memory[-1]:.0f} MB at the end")
    if memory[-1] > 1.15 * memory[quarter]:
        seen.faults.append("memory has grown")
    for fault in seen.faults[:_SHOWN]:
        print(fault)
    if seen.faults:
        sys.exit(f"{len(seen.faults)} promises are not kept")


if __name__ == "__main__":
    main()
