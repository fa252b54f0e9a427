"""Requests to real servers on this machine, kind ones and others."""

import asyncio
import bz2
import gzip
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import brotli
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from warta.transforms.core.rejections import RejectedRecord
from warta.transforms.sources.compression.unpack import unpack_body
from warta.transforms.sources.http import addresses
from warta.transforms.sources.http.addresses import check_url
from warta.transforms.sources.http.client import Answer, Client, HostRateLimiter, RequestPolicy

POLICY = RequestPolicy("warta/0.1 (+desk@news.example)", 0.0, 8, 60.0, 100_000)
FEED = b"<rss version='2.0'><channel><title>Satu</title></channel></rss>" * 20


def get(
    *urls: str, policy: RequestPolicy = POLICY, private: bool = True, **how: Any
) -> list[Answer]:
    """URLs, asked side by side -> their answers."""

    async def ask() -> list[Answer]:
        async with Client(policy) as client:
            return await asyncio.gather(
                *(client.get(url, accept="*/*", allow_private=private, **how) for url in urls)
            )

    return asyncio.run(ask())


def rejection(url: str, **how: Any) -> RejectedRecord:
    with pytest.raises(RejectedRecord) as caught:
        get(url, **how)
    return caught.value


Serve = Callable[[asyncio.StreamWriter], Awaitable[None]]


def rejection_of_raw(serve: Serve, **how: Any) -> RejectedRecord:
    """What comes of a server that sends whatever a function sends."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        # Since Python 3.12 a server ends after its connections: they end when the client has gone.
        serving, gone = asyncio.ensure_future(serve(writer)), asyncio.ensure_future(reader.read())
        try:
            await asyncio.wait((serving, gone), return_when=asyncio.FIRST_COMPLETED)
        finally:
            serving.cancel()
            gone.cancel()
            await asyncio.gather(serving, gone, return_exceptions=True)
            writer.close()

    async def ask() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        policy = replace(POLICY, **how)
        async with server, Client(policy) as client:
            await client.get(f"http://127.0.0.1:{port}/", accept="*/*", allow_private=True)

    with pytest.raises(RejectedRecord) as caught:
        asyncio.run(ask())
    return caught.value


@pytest.mark.parametrize(
    ("coding", "pack"),
    [
        ("gzip", gzip.compress),
        ("x-gzip", gzip.compress),
        ("br", brotli.compress),
        ("deflate", zlib.compress),
        ("deflate", lambda data: zlib.compress(data, wbits=-15)),
        ("gzip, br", lambda data: brotli.compress(gzip.compress(data, mtime=0))),
        ("identity", bytes),
    ],
)
def test_packed_answers_are_unpacked(
    httpserver: HTTPServer, coding: str, pack: Callable[[bytes], bytes]
) -> None:
    """All codings that are asked for, also one over the other, also deflate without its frame."""
    httpserver.expect_request("/").respond_with_data(
        pack(FEED), headers={"Content-Encoding": coding}
    )
    (answer,) = get(httpserver.url_for("/"))
    assert answer.body == FEED
    (request, _) = httpserver.log[0]
    assert request.headers["Accept-Encoding"] == "gzip, deflate, br"
    assert request.headers["User-Agent"] == POLICY.user_agent


_BIG = b"\0" * 50_000_000


@pytest.mark.parametrize(
    ("body", "coding", "reason"),
    [
        (gzip.compress(_BIG, mtime=0), "gzip", "too_large"),
        (brotli.compress(_BIG, quality=1), "br", "too_large"),
        (zlib.compress(_BIG), "deflate", "too_large"),
        (gzip.compress(FEED, mtime=0)[:-9], "gzip", "truncated"),
        (brotli.compress(FEED)[:-9], "br", "truncated"),
        (zlib.compress(FEED)[:-9], "deflate", "truncated"),
        (b"plain", "gzip", "bad_compression"),
        (b"\xff" * 50, "br", "bad_compression"),
        (b"plain", "deflate", "bad_compression"),
        (b"plain", "zstd", "bad_compression"),
        (b"plain", "gzip, gzip, gzip", "bad_compression"),
    ],
    # Packed bytes hold the time, and a test has one name everywhere.
    ids=lambda value: None if isinstance(value, str) else f"{len(value)}-bytes",
)
def test_bombs_and_false_codings_meet_a_limit(body: bytes, coding: str, reason: str) -> None:
    """Unpacked size is bounded while it is unpacked; what is false or cut is reported."""
    with pytest.raises(RejectedRecord) as caught:
        unpack_body(body, coding, 100_000)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (gzip.compress(FEED, mtime=0), {}),
        (gzip.compress(gzip.compress(FEED, mtime=0), mtime=0), {"Content-Encoding": "gzip"}),
        (bz2.compress(FEED), {}),
        (FEED, {"Content-Encoding": "gzip"}),
        (b"\n " + FEED, {"Content-Encoding": "br"}),
        (gzip.compress(FEED, mtime=0), {"Content-Encoding": "utf-8"}),
    ],
    ids=range(6),
)
def test_a_body_counts_for_more_than_its_header(
    httpserver: HTTPServer, body: bytes, headers: dict[str, str]
) -> None:
    """Packed without a word of it, packed twice, or not packed at all."""
    httpserver.expect_request("/").respond_with_data(body, headers=headers)
    (answer,) = get(httpserver.url_for("/"))
    assert answer.body.strip() == FEED


def test_redirects_for_good_are_distinguished_from_others(httpserver: HTTPServer) -> None:
    """301 and 308 are remembered as far as no 302 or 307 comes before them."""
    for place, status, target in [
        ("/a", 301, "/b"), ("/b", 308, "/c"), ("/c", 302, "/d"), ("/d", 301, "/end"),
        ("/x", 307, "/end"),
    ]:  # fmt: skip
        httpserver.expect_request(place).respond_with_data(
            "", status=status, headers={"Location": target}
        )
    httpserver.expect_request("/end").respond_with_data("x")
    places = [httpserver.url_for(place) for place in ("/a", "/x", "/end")]
    moved = [answer.moved_to for answer in get(*places)]
    assert moved == [httpserver.url_for("/c"), None, None]


def test_a_loop_of_redirects_ends(httpserver: HTTPServer) -> None:
    """Five are followed."""
    httpserver.expect_request("/loop").respond_with_data(
        "", status=302, headers={"Location": "/loop"}
    )
    assert rejection(httpserver.url_for("/loop")).reason == "fetch_refused"
    assert len(httpserver.log) == 6


@pytest.mark.parametrize("target", ["ftp://a.example/", "file:///etc/passwd", "http://[::1", "//"])
def test_redirects_that_are_not_followed(target: str) -> None:
    """Other schemes, no URLs: a rejection, not a crash."""

    async def redirect(writer: asyncio.StreamWriter) -> None:
        head = f"HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n"
        writer.write(head.encode())
        await writer.drain()

    assert rejection_of_raw(redirect).reason == "fetch_refused"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1", "0"])
def test_private_addresses_are_refused_under_any_name(httpserver: HTTPServer, host: str) -> None:
    """As a number, as a name, as an odd notation: no connection is made."""
    refused = rejection(f"http://{host}:{httpserver.port}/", private=False)
    assert refused.reason == "fetch_refused"
    assert not httpserver.log


@pytest.mark.parametrize("host", ["127.0.0.2", "10.0.0.1", "0x7f.2"])
def test_a_redirect_into_an_intranet_is_not_followed(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    """Each hop is checked again, by address and by name."""
    monkeypatch.setattr(addresses, "is_public", lambda address: address == "127.0.0.1")
    target = f"http://{host}:{httpserver.port}/secret"
    httpserver.expect_request("/").respond_with_data("", status=302, headers={"Location": target})
    url = f"http://127.0.0.1:{httpserver.port}/"
    refused = rejection(url, private=False)
    assert "is not an address of the public internet" in refused.detail
    assert [request.path for request, _ in httpserver.log] == ["/"]


def test_a_password_stays_with_its_host(httpserver: HTTPServer) -> None:
    """It goes along on the same host, to no other, and comes from no redirect."""
    seen: dict[str, str | None] = {}

    def answer(request: Request) -> Response:
        seen[request.path] = request.headers.get("Authorization")
        target = {"/a": "/b", "/b": f"http://ada:kata@127.0.0.2:{httpserver.port}/c"}
        if request.path in target:
            return Response("", 302, {"Location": target[request.path]})
        return Response("x")

    httpserver.expect_request("/a").respond_with_handler(answer)
    httpserver.expect_request("/b").respond_with_handler(answer)

    async def other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen["/c"] = (await reader.readuntil(b"\r\n\r\n")).decode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")
        writer.close()

    async def ask() -> Answer:
        server = await asyncio.start_server(other, "127.0.0.2", httpserver.port)
        url = f"http://sari:rahasia@127.0.0.1:{httpserver.port}/a"
        async with server, Client(POLICY) as client:
            return await client.get(url, accept="*/*", allow_private=True)

    answer_got = asyncio.run(ask())
    assert answer_got.url == f"http://127.0.0.2:{httpserver.port}/c"
    assert seen["/a"] == seen["/b"]
    assert (seen["/a"] or "").startswith("Basic")
    assert "Authorization" not in (seen["/c"] or "Authorization")


async def _drip(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    gone = asyncio.ensure_future(writer.wait_closed())
    while not gone.done():
        writer.write(b"x")
        await writer.drain()
        # A byte at a time, until the client hangs up.
        await asyncio.wait([gone], timeout=0.05)


async def _endless(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b"x" * 65_536)
        await writer.drain()


async def _flood(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(1_000):
        writer.write(b"X-%d: x\r\n" % number)
    await writer.drain()


async def _long_header(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1_000_000)
    await writer.drain()


async def _silence(writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def _no_http(writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 mail.example ESMTP\r\n")
    await writer.drain()


async def _hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()


@pytest.mark.parametrize(
    ("serve", "reason"),
    [
        (_drip, "timeout"),
        (_silence, "timeout"),
        (_endless, "too_large"),
        (_flood, "http_error"),
        (_long_header, "http_error"),
        (_no_http, "http_error"),
        (_hang_up, "http_error"),
    ],
)
def test_servers_that_mean_no_good(serve: Serve, reason: str) -> None:
    """Dripping, silent, endless, flooding: a rejection within the limits."""
    timeout_s = 0.5 if reason == "timeout" else 30.0
    assert rejection_of_raw(serve, timeout_s=timeout_s).reason == reason


def test_media_types_that_are_not_wanted_are_not_read(httpserver: HTTPServer) -> None:
    """The answer is refused by its header; an error page is an answer whatever its type."""
    httpserver.expect_request("/v").respond_with_data(b"x" * 90_000, content_type="video/mp4")
    httpserver.expect_request("/e").respond_with_data("x", status=404, content_type="video/mp4")

    def wanted(media_type: str) -> bool:
        return media_type == "text/html"

    refused = rejection(httpserver.url_for("/v"), wanted=wanted)
    assert (refused.reason, refused.detail) == ("fetch_refused", "a video/mp4 is not read")
    assert get(httpserver.url_for("/e"), wanted=wanted)[0].status == 404


def test_a_host_is_asked_one_thing_at_a_time() -> None:
    """Of ten that come together one is in, however long it takes; another host does not wait."""
    inside: list[str] = []
    seen: set[tuple[str, ...]] = set()

    async def ask(limiter: HostRateLimiter, host: str) -> None:
        async with limiter.turn(host):
            inside.append(host)
            for _ in range(20):
                # All others have their turn, if they may.
                await asyncio.sleep(0)
                seen.add(tuple(sorted(inside)))
            inside.remove(host)

    async def ask_all() -> None:
        limiter = HostRateLimiter(0.0)
        await asyncio.gather(*(ask(limiter, host) for host in ["a"] * 9 + ["b"]))

    asyncio.run(ask_all())
    assert ("a", "b") in seen
    assert all(len(hosts) == len(set(hosts)) for hosts in seen)


def test_a_host_has_a_pause_after_each_answer(httpserver: HTTPServer) -> None:
    """Ten requests at once wait nine times, for as long as is stated or as the host wishes."""
    httpserver.expect_request("/").respond_with_data("x")
    waits: list[float] = []

    async def note(seconds: float) -> None:
        waits.append(seconds)

    async def ask(wish_s: float) -> None:
        async with Client(POLICY) as client:
            client.hosts = HostRateLimiter(0.25, clock=lambda: 1_000.0, sleep=note)
            client.hosts.slow_down("127.0.0.1", wish_s)
            urls = [f"http://127.0.0.1:{httpserver.port}/"] * 10
            await asyncio.gather(
                *(client.get(url, accept="*/*", allow_private=True) for url in urls)
            )

    asyncio.run(ask(0.0))
    assert waits == [0.25] * 9
    waits.clear()
    asyncio.run(ask(4.0))
    assert waits == [4.0] * 9


@pytest.mark.parametrize(
    "url", ["ftp://a.example/", "http://", "https:///x", "http://a:0/", "http://[x/", "x", ""]
)
def test_what_is_no_url_is_refused(url: str) -> None:
    """Before anything is asked."""
    with pytest.raises(RejectedRecord, match="fetch_refused"):
        check_url(url, allow_private=True)
