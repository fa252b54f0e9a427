"""Small web sites on this machine, and a reader that follows their feeds, for tests."""

import asyncio
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.support.waiting import PATIENCE_S
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Reject, Source, SourceItem
from warta.transforms.core.urls import canonical_url
from warta.transforms.polling.poll_feed import due
from warta.transforms.polling.poller import Outcome, PollConfig, poll_all
from warta.transforms.polling.schedule import PollSchedule
from warta.transforms.polling.state import FeedState
from warta.transforms.sources.http.client import RequestPolicy

NOW = datetime(2026, 11, 16, 3, 0, tzinfo=UTC)
Page = tuple[int, Mapping[str, str], bytes]


class Site:
    """A web server with pages that can be changed, and a list of what was asked for."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.asked: list[tuple[str, Mapping[str, str]]] = []
        self.root = ""
        self.delays: dict[str, tuple[threading.Event, threading.Event]] = {}
        """Path -> what is set when it is asked for, and what the answer waits for."""

    def put(self, path: str, body: str | bytes = b"", *, status: int = 200, **headers: str) -> None:
        """Set what is answered at a path."""
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        data = body.encode() if isinstance(body, str) else body
        self.pages[path] = (status, {"Content-Type": "text/html", **fields}, data)

    def put_feed(self, *items: str, **headers: str) -> None:
        """Serve a feed at /feed."""
        body = "<rss version='2.0'><channel><title>Kabar</title>" + "".join(items)
        fields: dict[str, Any] = {"Content_Type": "application/rss+xml", **headers}
        self.put("/feed", body + "</channel></rss>", **fields)

    def paths(self) -> list[str]:
        """Return what was asked for, without robots.txt and its kin."""
        return [path for path, _ in self.asked if path not in ("/robots.txt", TDMREP)]


TDMREP = "/.well-known/tdmrep.json"


@contextmanager
def open_site(host: str = "127.0.0.1") -> Iterator[Site]:
    """Yield a site, while the block runs."""
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            site.asked.append((self.path, dict(self.headers)))
            if self.path in site.delays:
                asked, answer = site.delays[self.path]
                asked.set()
                answer.wait(PATIENCE_S)
            status, headers, body = site.pages.get(self.path.partition("?")[0], (404, {}, b""))
            if headers.get("ETag") and headers["ETag"] == self.headers.get("If-None-Match"):
                status, body = 304, b""
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Silent."""

    with ThreadingHTTPServer((host, 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        site.root = f"http://{host}:{server.server_port}"
        yield site
        server.shutdown()
        thread.join()


@dataclass
class Reader:
    """Follows feeds from poll to poll."""

    states: dict[str, FeedState] = field(default_factory=dict)
    now: datetime = NOW
    max_bytes: int = 96 << 20
    goes_on: bool = True

    def poll(self, *sources: Source, later_s: float = 100_000) -> list[SourceItem | Reject]:
        """Run one poll cycle and return what was handed on; `outcomes` has the rest."""
        self.now += timedelta(seconds=later_s)
        taken: list[SourceItem | Reject] = []
        config = PollConfig(
            RequestPolicy("warta/0.1 (+desk@news.example)", 0.0, 8),
            InputLimits(),
            canonical_url,
            PollSchedule(),
            lambda: self.now,
            self.max_bytes,
            strict=True,
        )
        self.outcomes: list[Outcome] = asyncio.run(
            poll_all(
                due(list(sources), self.states, self.now),
                list(self.states.values()),
                config,
                taken.append,
                lambda _: None,
                lambda: self.goes_on,
            )
        )
        self.states |= {one.state.feed_url: one.state for one in self.outcomes}
        return taken


def source(site: Site, path: str = "/feed", **fields: object) -> Source:
    return Source(site.root + path, name="kabar", kind="feed", allow_private=True, **fields)  # type: ignore[arg-type]


def item(number: int, **fields: str) -> str:
    """Return an entry of a feed."""
    parts = {
        "title": f"Judul {number}",
        "link": f"/a/{number}",
        "guid": str(number),
        "description": f"Isi artikel nomor {number} tentang panen padi.",
    } | fields
    return "<item>" + "".join(f"<{n}>{v}</{n}>" for n, v in parts.items() if v) + "</item>"


def heads(records: list[SourceItem | Reject]) -> list[str | None]:
    return [one.headline if isinstance(one, SourceItem) else one.reason for one in records]


def page(number: int) -> str:
    return f"<html><body><article><p>Isi penuh {number}.</p></article></body></html>"


def pages_of(records: list[SourceItem | Reject]) -> list[bool]:
    return [isinstance(one, SourceItem) and one.page is not None for one in records]


def feeds_config(folder: Path, *urls: str, more: str = "") -> Path:
    """A config that follows some feeds."""
    path = folder / "sources.toml"
    tables = [
        f'[[source]]\nname = "kabar-{number}"\nkind = "feed"\nlocation = "{url}"\n'
        f"allow_private = true\n{more}"
        for number, url in enumerate(urls)
    ]
    path.write_text('contact = "desk@news.example"\n' + "\n".join(tables), encoding="utf-8")
    return path
