"""Feeds and pages polled from real servers: what is new, what is known, what is left alone."""

import asyncio
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from transforms.cleaning.urls import canonical_url
from transforms.reading.polling.asking import Manners
from transforms.reading.polling.gather import Outcome, Ways, poll_all
from transforms.reading.polling.pacing import Pace
from transforms.reading.polling.poll import due
from transforms.reading.polling.robots import is_reserved, parse_tdmrep
from transforms.reading.polling.state import FeedState
from transforms.records import Limits, Reject, Source, SourceItem

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
        """What is answered at a path."""
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        data = body.encode() if isinstance(body, str) else body
        self.pages[path] = (status, {"Content-Type": "text/html", **told}, data)

    def put_feed(self, *items: str, **headers: str) -> None:
        """A feed at /feed."""
        body = "<rss version='2.0'><channel><title>Kabar</title>" + "".join(items)
        told: dict[str, Any] = {"Content_Type": "application/rss+xml", **headers}
        self.put("/feed", body + "</channel></rss>", **told)

    def paths(self) -> list[str]:
        """What was asked for, without robots.txt and its kin."""
        return [path for path, _ in self.asked if path not in ("/robots.txt", _TDMREP)]


_TDMREP = "/.well-known/tdmrep.json"


@contextmanager
def open_site(host: str = "127.0.0.1") -> Iterator[Site]:
    """A site, while the block runs."""
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            site.asked.append((self.path, dict(self.headers)))
            if self.path in site.delays:
                asked, answer = site.delays[self.path]
                asked.set()
                answer.wait(10)
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


@pytest.fixture
def site() -> Iterator[Site]:
    with open_site() as opened:
        yield opened


@dataclass
class Reader:
    """Follows feeds from poll to poll."""

    states: dict[str, FeedState] = field(default_factory=dict)
    now: datetime = NOW
    max_bytes: int = 96 << 20
    goes_on: bool = True

    def poll(self, *sources: Source, later_s: float = 100_000) -> list[SourceItem | Reject]:
        """One epoch -> what was handed on; `outcomes` tell the rest."""
        self.now += timedelta(seconds=later_s)
        taken: list[SourceItem | Reject] = []
        ways = Ways(
            Manners("warta/0.1 (+desk@news.example)", 0.0, 8, 2.0),
            Limits(),
            canonical_url,
            Pace(),
            lambda: self.now,
            self.max_bytes,
            strict=True,
        )
        self.outcomes: list[Outcome] = asyncio.run(
            poll_all(
                due(list(sources), self.states, self.now),
                list(self.states.values()),
                ways,
                taken.append,
                lambda _: None,
                lambda: self.goes_on,
            )
        )
        self.states |= {one.state.feed_url: one.state for one in self.outcomes}
        return taken


def source(site: Site, path: str = "/feed", **fields: object) -> Source:
    return Source(site.root + path, name="kabar", kind="feed", allow_private=True, **fields)  # type: ignore[arg-type]


def item(number: int, **told: str) -> str:
    """An entry of a feed."""
    parts = {
        "title": f"Judul {number}",
        "link": f"/a/{number}",
        "guid": str(number),
        "description": f"Isi artikel nomor {number} tentang panen padi.",
    } | told
    return "<item>" + "".join(f"<{n}>{v}</{n}>" for n, v in parts.items() if v) + "</item>"


def heads(records: list[SourceItem | Reject]) -> list[str | None]:
    return [one.headline if isinstance(one, SourceItem) else one.reason for one in records]


def test_what_is_new_comes_once(site: Site) -> None:
    """The first poll brings all, a 304 nothing, a new entry itself alone."""
    reader, feed = Reader(), source(site)
    site.put_feed(item(1), item(2), ETag='"a"')
    assert heads(reader.poll(feed)) == ["Judul 1", "Judul 2"]
    assert reader.poll(feed) == []
    assert reader.outcomes[0].state.http_status == 304
    assert site.asked[-1][1]["If-None-Match"] == '"a"'
    site.put_feed(item(3), item(1), item(2), ETag='"b"')
    assert heads(reader.poll(feed)) == ["Judul 3"]
    assert (reader.outcomes[0].new, reader.outcomes[0].known) == (1, 2)


def test_an_answer_that_did_not_change_is_not_parsed_again(site: Site) -> None:
    """Servers without validators are told by their bytes."""
    reader, feed = Reader(), source(site)
    site.put_feed(item(1))
    reader.poll(feed)
    assert reader.poll(feed) == []
    assert (reader.outcomes[0].result, reader.outcomes[0].known) == ("unchanged", 0)


@pytest.mark.parametrize(
    ("change", "comes_again"),
    [
        ({"guid": "another"}, False),
        ({"link": "/a/1?utm_source=rss&amp;utm_medium=feed"}, False),
        ({"link": "https://HOST/a/1"}, False),
        ({"link": "https://HOST/a/1#top"}, False),
        ({"pubDate": "Mon, 16 Nov 2026 03:00:00 GMT"}, False),
        ({"description": "Isi yang lain sama sekali."}, True),
        ({"title": "Judul baru"}, True),
    ],
)
def test_what_makes_an_entry_another(site: Site, change: dict[str, str], comes_again: bool) -> None:
    """Not its id, its date, its scheme or its tracking: its link, and then its words."""
    reader, feed = Reader(), source(site)
    site.put_feed(item(1))
    reader.poll(feed)
    host = site.root.partition("://")[2]
    site.put_feed(item(1, **{name: value.replace("HOST", host) for name, value in change.items()}))
    assert bool(reader.poll(feed)) == comes_again
    # As the same article: the lake makes a version of it, if its body changed.
    assert reader.outcomes[0].new == 0


def test_entries_without_link_or_date(site: Site) -> None:
    """They are told apart by their words."""
    reader, feed = Reader(), source(site)
    site.put_feed(item(1, link="", guid=""), item(2, link="", guid=""), item(2, link="", guid=""))
    assert heads(reader.poll(feed)) == ["Judul 1", "Judul 2"]
    assert reader.outcomes[0].known == 1
    site.put_feed(item(3, link="", guid=""), item(2, link="", guid=""))
    assert heads(reader.poll(feed)) == ["Judul 3"]


def test_moves_refusals_and_ends(site: Site) -> None:
    """301 is remembered, 302 is not, 404 backs off, 503 sends away, 410 stops."""
    reader = Reader()
    moved, lent = source(site, "/moved"), source(site, "/lent")
    lost, busy, gone = source(site, "/lost"), source(site, "/busy"), source(site, "/gone")
    site.put_feed(item(1))
    site.put("/moved", status=301, Location="/feed")
    site.put("/lent", status=302, Location="/feed")
    site.put("/lost", status=404)
    site.put("/gone", status=410)
    reader.poll(moved, lent, lost, gone)
    reader.poll(moved, lent, lost, gone)
    asked = site.paths()
    assert [asked.count(path) for path in ("/moved", "/lent", "/lost", "/gone")] == [1, 2, 2, 1]
    states = reader.states
    assert states[lost.location].error == "http_error: status 404"
    assert states[lost.location].interval_s == 2 * 3_600
    assert states[gone.location].stopped_at is not None
    site.put("/busy", status=503, Retry_After="7200")
    reader.poll(busy)
    # The host wants patience: none of its feeds is asked.
    count = len(site.asked)
    reader.poll(moved, lent, busy, later_s=7_000)
    assert len(site.asked) == count


@pytest.mark.parametrize(
    ("body", "headers", "error"),
    [
        (b"", {}, "empty"),
        (b"<html><body>x</body></html>", {}, "bad_feed"),
        (b"GIF89a", {"Content_Type": "image/gif"}, "fetch_refused"),
        (b"plain text", {"Content_Encoding": "gzip"}, "bad_compression"),
        (b"<rss>" + b"<a>" * 600, {"Content_Type": "text/xml"}, "too_deep"),
        (b"<rss></rss>", {"tdm_reservation": "1"}, "fetch_refused: reserved"),
    ],
)
def test_answers_that_are_no_feed(
    site: Site, body: bytes, headers: dict[str, Any], error: str
) -> None:
    """A failed poll with its reason; what was remembered stays."""
    reader, feed = Reader(), source(site)
    site.put_feed(item(1), ETag='"a"')
    reader.poll(feed)
    seen = reader.states[feed.location].seen
    site.put("/feed", body, **headers)
    assert reader.poll(feed) == []
    state = reader.states[feed.location]
    assert (state.error or "").startswith(error)
    assert (state.seen, state.etag, state.error_streak) == (seen, '"a"', 1)


def page(number: int) -> str:
    return f"<html><body><article><p>Isi penuh {number}.</p></article></body></html>"


def pages_of(records: list[SourceItem | Reject]) -> list[bool]:
    return [isinstance(one, SourceItem) and one.page is not None for one in records]


def test_pages_come_once_and_again_with_other_words(site: Site) -> None:
    """Asked for with a true name; not again while the entry stays as it is."""
    reader, feed = Reader(), source(site, fetch_pages=True)
    site.put_feed(item(1), item(2))
    for number in (1, 2):
        site.put(f"/a/{number}", page(number))
    records = reader.poll(feed)
    assert pages_of(records) == [True, True]
    assert reader.outcomes[0].pages == {"fetched": 2}
    assert all("+desk@news.example" in headers["User-Agent"] for _, headers in site.asked)
    site.put_feed(item(2, title="Judul baru"), item(1))
    assert pages_of(reader.poll(feed)) == [True]
    assert site.paths().count("/a/1") == 1
    assert site.paths().count("/a/2") == 2


def test_two_feeds_with_the_same_entry_share_its_page(site: Site) -> None:
    """In one epoch and over epochs."""
    reader = Reader()
    first, second = source(site, fetch_pages=True), source(site, "/other", fetch_pages=True)
    site.put_feed(item(1))
    site.pages["/other"] = site.pages["/feed"]
    site.put("/a/1", page(1))
    assert len(reader.poll(first)) == 1
    assert reader.poll(second) == []
    assert reader.outcomes[0].known == 1
    assert site.paths().count("/a/1") == 1


def test_a_page_that_fails_for_now_is_tried_again(site: Site) -> None:
    """The feed's own text comes at once, the page when it can be had; three times at most."""
    reader, feed = Reader(), source(site, fetch_pages=True)
    site.put_feed(item(1), item(2), ETag='"a"')
    site.put("/a/1", status=503)
    site.put("/a/2", status=500)
    assert pages_of(reader.poll(feed)) == [False, False]
    site.put("/a/1", page(1))
    assert pages_of(reader.poll(feed)) == [True]
    for _ in range(4):
        assert reader.poll(feed) == []
    assert [site.paths().count(path) for path in ("/a/1", "/a/2")] == [2, 3]
    # All is taken now: the feed is asked with its validator again.
    assert reader.outcomes[0].state.http_status == 304


@pytest.mark.parametrize(
    ("robots", "tdmrep", "headers", "body", "reserved"),
    [
        ("User-agent: *\nDisallow: /a/", "", {}, "", False),
        ("User-agent: warta\nDisallow: /", "", {}, "", False),
        ("User-agent: CCBot\nDisallow: /", "", {}, "", True),
        ("User-agent: GPTBot\nDisallow: /a/", "", {}, "", True),
        ("User-agent: *\nContent-Signal: search=yes, ai-train=no\nAllow: /", "", {}, "", True),
        ("User-agent: *\nContent-Usage: train-ai=n\nAllow: /", "", {}, "", True),
        ("", '[{"location": "/a/*", "tdm-reservation": 1}]', {}, "", True),
        ("", "", {"tdm_reservation": "1"}, "", True),
        ("", "", {}, "<meta name='tdm-reservation' content='1'>", True),
        ("", "", {}, '<meta content="1" name="tdm-reservation">', True),
    ],
)
def test_what_publishers_reserve_is_left_alone(
    site: Site, robots: str, tdmrep: str, headers: dict[str, Any], body: str, reserved: bool
) -> None:
    """The entry comes with the feed's own text. A source may say that it has leave."""
    site.put_feed(item(1))
    site.put("/robots.txt", robots)
    site.put(_TDMREP, tdmrep) if tdmrep else None
    site.put("/a/1", body + page(1), **headers)
    assert pages_of(Reader().poll(source(site, fetch_pages=True))) == [False]
    free = source(site, fetch_pages=True, obey_reservations=False)
    assert pages_of(Reader().poll(free)) == [reserved]


@pytest.mark.parametrize(
    ("robots", "tdmrep", "headers", "body"),
    [
        ("User-agent: *\nDisallow: /b/", "", {}, ""),
        ("User-agent: GPTBot\nDisallow: /b/", "", {}, ""),
        ("Content-Signal: search=yes, ai-train=yes", "", {}, ""),
        ("", '[{"location": "/b/*", "tdm-reservation": 1}]', {}, ""),
        ("", "no json", {"tdm_reservation": "0"}, "<meta name='tdm-reservation' content='0'>"),
    ],
)
def test_what_is_not_reserved_is_fetched(
    site: Site, robots: str, tdmrep: str, headers: dict[str, Any], body: str
) -> None:
    """Rules for other paths, reservations of nothing."""
    site.put_feed(item(1))
    site.put("/robots.txt", robots)
    site.put(_TDMREP, tdmrep) if tdmrep else None
    site.put("/a/1", body + page(1), **headers)
    assert pages_of(Reader().poll(source(site, fetch_pages=True))) == [True]


def test_without_robots_txt_for_now_no_page_is_asked_for(site: Site) -> None:
    """RFC 9309, 2.3.1.4: a server that fails forbids everything, until it does not."""
    reader, feed = Reader(), source(site, fetch_pages=True)
    site.put_feed(item(1))
    site.put("/a/1", page(1))
    site.put("/robots.txt", status=500)
    assert pages_of(reader.poll(feed)) == [False]
    assert "/a/1" not in site.paths()
    site.put("/robots.txt", "")
    assert pages_of(reader.poll(feed)) == [True]


def test_a_full_epoch_leaves_the_rest_for_the_next(site: Site) -> None:
    """Entries whose pages do not fit come again, and none is lost by a 304."""
    reader, feed = Reader(max_bytes=300), source(site, fetch_pages=True)
    site.put_feed(*(item(number) for number in range(5)), ETag='"a"')
    for number in range(5):
        site.put(f"/a/{number}", page(number) + " " * 200)
    came: list[str | None] = []
    for _ in range(10):
        came += heads(reader.poll(feed))
        reader.max_bytes += 200
    assert sorted(map(str, came)) == [f"Judul {number}" for number in range(5)]
    assert len(site.paths()) < 20


def test_an_end_begins_nothing_more(site: Site) -> None:
    """What was not polled stays due."""
    reader, feed = Reader(goes_on=False), source(site)
    site.put_feed(item(1))
    assert reader.poll(feed) == []
    assert (reader.outcomes, site.asked) == ([], [])


def test_a_news_sitemap_is_a_source(site: Site) -> None:
    """Its pages are fetched, with its titles and dates; one without news is no source."""
    head = "<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'"
    news = " xmlns:n='http://www.google.com/schemas/sitemap-news/0.9'>"
    entry = (
        f"<url><loc>{site.root}/a/1</loc><n:news><n:publication><n:name>Kabar</n:name>"
        "<n:language>id</n:language></n:publication><n:publication_date>2026-11-16T02:00:00Z"
        "</n:publication_date><n:title>Judul 1</n:title></n:news></url>"
    )
    site.put("/news.xml", head + news + entry + "</urlset>", Content_Type="application/xml")
    site.put("/a/1", page(1))
    reader = Reader()
    follow = replace(source(site, "/news.xml"), kind="sitemap")
    (record,) = reader.poll(follow)
    assert isinstance(record, SourceItem)
    assert (record.content_type, record.headline, record.publisher_name, record.in_language) == (
        "page", "Judul 1", "Kabar", "id",
    )  # fmt: skip
    assert record.date_published == "2026-11-16T02:00:00Z"
    site.put("/news.xml", head + "><url><loc>x</loc></url></urlset>")
    reader.poll(follow)
    assert "names no news" in (reader.outcomes[0].state.error or "")


def test_a_page_without_feed_text_is_a_reject_in_the_end(site: Site) -> None:
    """An entry that is a link alone: tried three times, then told with its reason."""
    reader, feed = Reader(), source(site, fetch_pages=True)
    site.put_feed(item(1, description=""))
    site.put("/a/1", status=500)
    assert [heads(reader.poll(feed)) for _ in range(4)] == [[], [], ["http_error"], []]


def test_reservations_are_read_as_they_are_written() -> None:
    """TDMRep's three ways; nothing else counts."""
    assert is_reserved({"tdm-reservation": " 1 "}, b"")
    assert is_reserved({}, b"<META NAME=tdm-reservation CONTENT=1>")
    assert not is_reserved({}, b"<meta name='tdm-reservation' content='0'>")
    assert not is_reserved({}, b"<meta name='description' content='1'> tdm-reservation")
    assert parse_tdmrep(b'[{"location": "/x", "tdm-reservation": 0}]') is None
    assert parse_tdmrep(b'{"location": "/x"}') is None
    assert parse_tdmrep(b'[{"location": "/x\\nDisallow: /", "tdm-reservation": 1}]') is None
    told = parse_tdmrep(b'[{"location": "/x", "tdm-reservation": 1}]')
    assert told == "User-agent: *\nDisallow: /x"
