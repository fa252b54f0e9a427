"""A newsstand: hundreds of feeds on this machine, each with its own ways, on a clock of its own.

Real HTTP over real sockets; every feed is a host of its own (127.1.x.y). The server keeps books:
what it has shown in an answer that a client must be able to read, and when it was asked.
"""

import asyncio
import gzip
import hashlib
import random
import threading
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import brotli
from aiohttp import web

from tests.support.lakes import words
from tests.support.waiting import PATIENCE_S

START = datetime(2026, 11, 2, 6, 0, tzinfo=UTC)
SHOWN = 30
"""Entries that a feed shows."""
FAULTS = (
    *("error_500", "error_404", "busy_seconds", "busy_date", "too_many", "reset", "drip"),
    *("garbage", "html", "cut_gzip", "gzip_bomb", "entity_bomb", "image", "empty", "loop"),
    *("header_flood", "false_coding", "private"),
)
Answer = Callable[["Feed", web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class Clock:
    """A clock that is set by hand."""

    now: datetime = START

    def __call__(self) -> datetime:
        """Return the time."""
        return self.now

    def forward(self, seconds: float) -> None:
        """Later."""
        self.now += timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for a feed, and what the answer allows."""

    at: datetime
    path: str
    result: str
    wait_s: float
    """Least time to the next request."""


@dataclass(slots=True)
class Feed:
    """One feed: its ways hang on its number alone."""

    number: int
    born: datetime
    asked: list[Asked] = field(default_factory=list)
    shown: set[str] = field(default_factory=set)
    """Paths of articles in answers that were whole."""
    changed: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    """Path -> hashes of the bodies shown of it."""
    given: list[tuple[str, int]] = field(default_factory=list)
    """Paths and bodies of the answer that was given last, until it is known to have arrived."""
    pages: Counter[str] = field(default_factory=Counter)
    """Path -> how often its page was given."""

    def arrived(self) -> None:
        """Note that the last answer was read whole."""
        for place, body in self.given:
            self.shown.add(place)
            self.changed[place].add(body)
        self.given.clear()

    def lost(self) -> None:
        """Note that the last answer came too late: a busy machine, and no fault of the reader's."""
        self.given.clear()
        if self.asked:
            self.asked[-1] = Asked(self.asked[-1].at, self.asked[-1].path, "lost", 0.0)

    @property
    def host(self) -> str:
        """Its address."""
        return f"127.1.{self.number // 250}.{self.number % 250 + 1}"

    @property
    def gap_s(self) -> float:
        """Time between two articles."""
        return (600.0, 1_800.0, 5_400.0, 20_000.0)[self.number % 4]

    @property
    def has_pages(self) -> bool:
        """Whether its entries are summaries, and the text is on pages."""
        return self.number % 5 == 0

    @property
    def moves(self) -> bool:
        """Whether it moves for good after a while."""
        return self.number % 17 == 3

    @property
    def dies(self) -> bool:
        """Whether it is gone after a while."""
        return self.number % 29 == 7

    @property
    def wish_s(self) -> float:
        """Least time between polls that it states."""
        return (0.0, 0.0, 1_200.0, 2_700.0, 3_600.0)[self.number % 5]

    def articles(self, now: datetime) -> range:
        """Numbers of the articles that it shows."""
        count = 4 + int((now - self.born).total_seconds() / self.gap_s)
        return range(max(0, count - SHOWN), count)

    def body(self, article: int, now: datetime) -> str:
        """Return an article's text; some are rewritten an hour later."""
        seed = f"{self.number}/{article}"
        if article % 11 == 0 and now > self.published(article) + timedelta(hours=1):
            seed += "/rewritten"
        return words(40, seed)

    def published(self, article: int) -> datetime:
        """When."""
        return self.born + timedelta(seconds=(article - 4) * self.gap_s)


class Newsstand:
    """Serves feeds.

    Args:
      count: feeds.
      fault_share: of requests that go wrong.
      clock: whose time it is.
    """

    def __init__(self, count: int, fault_share: float, clock: Clock) -> None:
        self.clock = clock
        self.feeds = [Feed(number, clock()) for number in range(count)]
        self.fault_share = fault_share
        self.faults: Counter[str] = Counter()
        self.port = 0
        self._by_host = {feed.host: feed for feed in self.feeds}
        self._random = random.Random(5)  # noqa: S311  faults, not secrets
        self._bomb = gzip.compress(b"\0" * 30_000_000, 9)

    def url(self, feed: Feed, path: str = "/feed") -> str:
        """Where a feed is in the beginning."""
        return f"http://{feed.host}:{self.port}{path}"

    def config(self) -> str:
        """sources.toml for all feeds."""
        return 'contact = "desk@news.example"\n' + "\n".join(
            f'[[source]]\nname = "feed-{feed.number}"\nkind = "feed"\n'
            f'location = "{self.url(feed)}"\nallow_private = true\n'
            f"fetch_pages = {str(feed.has_pages).lower()}\n"
            for feed in self.feeds
        )

    @contextmanager
    def open(self) -> Iterator["Newsstand"]:
        """Answers from a thread while the block runs."""
        loop = asyncio.new_event_loop()
        ready = threading.Event()

        async def start() -> web.AppRunner:
            app = web.Application()
            app.router.add_route("GET", "/{tail:.*}", self._answer)
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
            await runner.setup()
            site = web.TCPSite(runner, "0.0.0.0", 0, backlog=1_024)  # noqa: S104  127.1.x.y
            await site.start()
            self.port = runner.addresses[0][1]
            return runner

        def serve() -> None:
            asyncio.set_event_loop(loop)
            runner = loop.run_until_complete(start())
            ready.set()
            loop.run_forever()
            loop.run_until_complete(runner.cleanup())
            loop.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        assert ready.wait(PATIENCE_S)
        try:
            yield self
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join(PATIENCE_S)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        feed = self._by_host.get((request.host or "").partition(":")[0])
        if feed is None:
            return web.Response(status=404)
        path = request.path
        if path == "/robots.txt":
            return web.Response(text="User-agent: *\nDisallow: /private/\n")
        is_feed = path.startswith(("/feed", "/new"))
        if not is_feed and not path.startswith("/a/"):
            return web.Response(status=404)
        if self._random.random() < self.fault_share:
            return await self._fault(feed, request, is_feed)
        return self._feed(feed, request) if is_feed else self._page(feed, request)

    def _page(self, feed: Feed, request: web.Request) -> web.Response:
        article = int(request.path.rpartition("/")[2])
        feed.pages[request.path] += 1
        text = "".join(
            f"<p>{line}.</p>" for line in feed.body(article, self.clock()).split(". ") if line
        )
        page = (
            f"<html><head><title>Judul {article}</title></head><body><article>"
            f"<h1>Judul {article}</h1>{text}</article></body></html>"
        )
        return web.Response(text=page, content_type="text/html")

    def _note(self, feed: Feed, path: str, result: str, wait_s: float = 0.0) -> None:
        feed.asked.append(Asked(self.clock(), path, result, wait_s))

    def _feed(self, feed: Feed, request: web.Request) -> web.StreamResponse:
        now, path = self.clock(), request.path
        age = now - feed.born
        if feed.dies and age > timedelta(hours=6):
            self._note(feed, path, "gone", float("inf"))
            return web.Response(status=410)
        if feed.moves and age > timedelta(hours=3) and path == "/feed":
            self._note(feed, path, "moved")
            return web.Response(status=301, headers={"Location": "/new"})
        if feed.number % 13 == 5 and path == "/feed":
            self._note(feed, path, "elsewhere")
            return web.Response(status=302, headers={"Location": "/feed/today"})
        body = self._xml(feed, now)
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        headers = self._headers(feed, tag)
        self._note(feed, path, "given", feed.wish_s)
        if tag in request.headers.get("If-None-Match", "") and "ETag" in headers:
            return web.Response(status=304, headers=headers)
        feed.given = [
            (f"{feed.host}:{self.port}/a/{article}", hash(feed.body(article, now)))
            for article in feed.articles(now)
        ]
        if feed.number % 3 == 1:
            body, headers["Content-Encoding"] = gzip.compress(body, 1), "gzip"
        elif feed.number % 3 == 2:
            body, headers["Content-Encoding"] = brotli.compress(body, quality=1), "br"
        return web.Response(body=body, headers=headers, content_type="application/rss+xml")

    def _headers(self, feed: Feed, tag: str) -> dict[str, str]:
        headers = {} if feed.number % 6 == 0 else {"ETag": tag}
        if feed.wish_s and feed.number % 2:
            headers["Cache-Control"] = f"public, max-age={feed.wish_s:.0f}"
        return headers

    def _xml(self, feed: Feed, now: datetime) -> bytes:
        """RSS whose ids, links and headlines change as freely as those of real ones."""
        ttl = "" if feed.number % 2 or not feed.wish_s else f"<ttl>{feed.wish_s / 60:.0f}</ttl>"
        hour = now.hour
        items = []
        for article in reversed(feed.articles(now)):
            scheme = ("http", "https")[hour % 2 if feed.number % 7 == 1 else 0]
            link = f"{scheme}://{feed.host}:{self.port}/a/{article}"
            link += f"?utm_source=rss&amp;utm_campaign={hour}" if feed.number % 3 == 0 else ""
            guid = f"{article}-{hour}" if feed.number % 8 == 2 else f"{article}"
            title = f"Judul {article}" + (f" ({hour})" if article % 13 == 0 else "")
            text = feed.body(article, now)
            text = words(8, text) if feed.has_pages else text
            date = format_datetime(feed.published(article))
            items.append(
                f"<item><title>{title}</title><link>{link}</link>"
                f"<guid isPermaLink='false'>{guid}</guid>"
                + (f"<pubDate>{date}</pubDate>" if feed.number % 9 else "")
                + f"<description>{text}</description></item>"
            )
        head = f"<rss version='2.0'><channel><title>Kabar {feed.number}</title>{ttl}"
        return (head + "".join(items) + "</channel></rss>").encode()

    async def _fault(self, feed: Feed, request: web.Request, is_feed: bool) -> web.StreamResponse:
        fault = self._random.choice(FAULTS)
        self.faults[fault] += 1
        waits = {"busy_seconds": 1_800.0, "busy_date": 2_400.0, "too_many": 900.0}
        if is_feed:
            self._note(feed, request.path, fault, waits.get(fault, 0.0))
        until = format_datetime(self.clock() + timedelta(seconds=2_400), usegmt=True)
        kinds = {
            "error_500": web.Response(status=500, text="x"),
            "error_404": web.Response(status=404, text="x"),
            "busy_seconds": web.Response(status=503, headers={"Retry-After": "1800"}),
            "busy_date": web.Response(status=503, headers={"Retry-After": until}),
            "too_many": web.Response(status=429, headers={"Retry-After": "900"}),
            "garbage": web.Response(body=b"<rss><chan\0\xff", content_type="text/xml"),
            "html": web.Response(text="<html><body>Maaf</body></html>", content_type="text/html"),
            "image": web.Response(body=b"GIF89a", content_type="image/gif"),
            "empty": web.Response(body=b"", content_type="text/xml"),
            "loop": web.Response(status=302, headers={"Location": request.path}),
            "entity_bomb": web.Response(body=_LAUGHS, content_type="text/xml"),
            "private": web.Response(status=302, headers={"Location": "ftp://10.0.0.1/x"}),
            "false_coding": web.Response(body=b"plain", headers={"Content-Encoding": "br"}),
            "gzip_bomb": web.Response(body=self._bomb, headers={"Content-Encoding": "gzip"}),
            "cut_gzip": web.Response(
                body=gzip.compress(b"x" * 10_000)[:-9], headers={"Content-Encoding": "gzip"}
            ),
            "header_flood": web.Response(headers={f"X-{n}": "x" for n in range(500)}),
        }
        if fault in kinds:
            return kinds[fault]
        if fault == "reset":
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        dripping = web.StreamResponse(headers={"Content-Type": "text/xml"})
        try:
            await dripping.prepare(request)
            for _ in range(100):
                await asyncio.sleep(0.1)
                await dripping.write(b" ")
        except ConnectionError:
            # The client has seen enough.
            return dripping
        return dripping


_LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><rss><channel><title>&c;</title></channel></rss>'
)
