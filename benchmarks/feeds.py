"""Feeds in figures: polling and parsing. Part of `make bench`.

python -m benchmarks.feeds
"""

import asyncio
import io
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Any

import feedparser
from structlog.typing import EventDict, WrappedLogger

from benchmarks.soak import beam_graph
from tests.support.lakes import words
from warta.pipeline.commands.watch import user_agent
from warta.pipeline.console.log import open_log
from warta.pipeline.options import RunOptions, WatchOptions
from warta.pipeline.polling.cycle import run_cycle
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Source
from warta.transforms.lake.locking import hold
from warta.transforms.lake.storage import Lake
from warta.transforms.sources.feeds.entries import Origin
from warta.transforms.sources.feeds.feed import read_feed
from warta.transforms.sources.http.client import RequestPolicy

FEEDS = 1_000
CHANGED = 50
"""Of these have a new entry at the second poll; all others answer 304."""
_ENTRIES = 20
_HOSTS = 250


def feed_of(number: int, newest: int) -> bytes:
    """Return a feed as publishers make them: summaries of 60 words, links, dates, categories."""
    items = "".join(
        f"<item><title>Judul {entry} dari kabar {number}</title>"
        f"<link>https://kabar{number}.example/berita/{entry}?utm_source=rss</link>"
        f"<guid isPermaLink='false'>{number}-{entry}</guid><category>Ekonomi</category>"
        f"<category>Desa</category><dc:creator>Bayu Saputra</dc:creator>"
        f"<pubDate>Mon, 16 Nov 2026 0{entry % 9}:00:00 +0700</pubDate>"
        f"<description><![CDATA[<p>{words(60, f'{number}/{entry}')}</p>]]></description></item>"
        for entry in range(newest, newest - _ENTRIES, -1)
    )
    return (
        "<?xml version='1.0' encoding='UTF-8'?><rss version='2.0' "
        "xmlns:dc='http://purl.org/dc/elements/1.1/'><channel><title>Kabar</title>"
        f"<language>id</language>{items}</channel></rss>"
    ).encode()


def _serve(ports: "Queue[int]") -> None:
    """Serve in a process of its own: what is measured is not its work."""
    newest: Counter[int] = Counter()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                number = int(head.split(b" ", 2)[1].rpartition(b"/")[2])
                newest[number] += number < CHANGED and b"If-None-Match" in head
                tag = f'"{newest[number]}"'
                if tag.encode() in head:
                    writer.write(b"HTTP/1.1 304 Not Modified\r\n\r\n")
                    continue
                body = feed_of(number, 20 + newest[number])
                writer.write(
                    f"HTTP/1.1 200 OK\r\nETag: {tag}\r\nContent-Type: application/rss+xml\r\n"
                    f"Content-Length: {len(body)}\r\n\r\n".encode()
                    + body
                )
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def run() -> None:
        server = await asyncio.start_server(answer, "0.0.0.0", 0, backlog=2_048)  # noqa: S104
        ports.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


@contextmanager
def serving() -> Iterator[int]:
    """Yield the server's port, while the block runs."""
    context = get_context("spawn")
    ports: Queue[int] = context.Queue()
    process = context.Process(target=_serve, args=(ports,), daemon=True)
    process.start()
    try:
        yield ports.get(timeout=60)
    finally:
        process.kill()
        process.join()


@dataclass(frozen=True, slots=True)
class Polling:
    """The second poll of all feeds: from the look at their state to the commit."""

    feeds: int
    new: int
    seconds: float
    polling_s: float
    """Of these, until the last answer."""


def measure_polling(folder: Path) -> Polling:
    """1,000 feeds on 250 hosts, with the default pause between requests to a host."""
    now = datetime.now(UTC)
    clock = [now]
    with serving() as port:
        sources = tuple(
            Source(
                f"http://127.2.0.{number % _HOSTS + 1}:{port}/{number}",
                name=str(number),
                kind="feed",
                allow_private=True,
            )
            for number in range(FEEDS)
        )
        settings = RunOptions(sources=sources, lake=str(folder / "lake"), workers=1)
        policy = RequestPolicy(user_agent("desk@news.example"), connections=64)
        following = WatchOptions(settings, policy, clock=lambda: clock[0])
        graph = beam_graph(following)
        lake = Lake(settings.lake)
        lake.create()
        polled = _LastPoll()
        for _ in range(2):
            started = time.monotonic()
            with hold(lake) as writer, open_log(quiet=True, readers=[polled]):
                cycle = run_cycle(following, lake, writer, graph)
            seconds = time.monotonic() - started
            clock[0] += timedelta(days=2)
    if cycle is None or cycle.results != {"unchanged": FEEDS - CHANGED, "new": CHANGED}:
        raise RuntimeError(f"the second poll did not go as planned: {cycle}")
    return Polling(FEEDS, CHANGED, seconds, polled.last_s - started)


class _LastPoll:
    """Notes when the last feed was polled."""

    last_s = 0.0

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        if event["event"] == "feed_polled":
            self.last_s = time.monotonic()
        return event


def measure_parsing() -> tuple[float, float]:
    """Milliseconds of processor time an entry, from a feed's bytes to its records; of feedparser.

    The least of many short turns, side by side: a busy machine makes the others longer.
    """
    origin = Origin(Source("https://kabar.example/rss"), "https://kabar.example/rss")
    data = [feed_of(number, 100) for number in range(10)]
    turns = [
        (
            _cost_ms(lambda one: list(read_feed(one, origin, InputLimits()).records), one),
            _cost_ms(_by_feedparser, one),
        )
        for one in data * 40
    ]
    of_warta, theirs = zip(*turns, strict=True)
    return min(of_warta), min(theirs)


def _by_feedparser(data: bytes) -> list[Any]:
    options = {"sanitize_html": False, "resolve_relative_uris": False}
    return list(feedparser.parse(io.BytesIO(data), **options).entries)


def _cost_ms(read: Callable[[bytes], Sequence[Any]], data: bytes) -> float:
    started = time.process_time()
    if len(read(data)) != _ENTRIES:
        raise RuntimeError("entries are missing")
    return (time.process_time() - started) / _ENTRIES * 1_000


def measure() -> dict[str, float]:
    """Return the figures that `make bench` holds against its promises; prints them."""
    with tempfile.TemporaryDirectory(prefix="warta-feeds-") as place:
        polling = measure_polling(Path(place))
    print(
        f"{polling.feeds:,} feeds polled again, {polling.new} of them with news: "
        f"{polling.polling_s:.1f} s to the last answer, {polling.seconds:.1f} s to the commit"
    )
    parse_ms, alone_ms = measure_parsing()
    print(f"a feed's entry parsed: {parse_ms:.3f} ms, by feedparser alone: {alone_ms:.3f} ms")
    return {"feeds_s": polling.seconds, "feed_entry_to_feedparser": parse_ms / alone_ms}


def main() -> None:
    """Print the figures."""
    measure()


if __name__ == "__main__":
    main()
