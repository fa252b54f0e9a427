"""Requests to real servers on this machine, kind ones and others."""

import gzip
import select
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Reject, Source, SourceItem
from warta.transforms.core.rejections import RejectedRecord
from warta.transforms.sources.fetch import fetch
from warta.transforms.sources.http import addresses
from warta.transforms.sources.http.addresses import is_public
from warta.transforms.sources.http.client import Answer
from warta.transforms.sources.listing import list_source
from warta.transforms.sources.readers import read_reference

LIMITS = InputLimits(max_record_bytes=100_000)
FEED = b"<rss version='2.0'><channel><item><title>Satu</title></item></channel></rss>"


def get(url: str, timeout_s: float = 60, allow_private: bool = True) -> Answer:
    return fetch(url, limits=LIMITS, timeout_s=timeout_s, allow_private=allow_private)


def rejection(url: str, timeout_s: float = 60, allow_private: bool = True) -> RejectedRecord:
    with pytest.raises(RejectedRecord) as caught:
        get(url, timeout_s, allow_private)
    return caught.value


@pytest.fixture
def raw_server() -> Iterator[Callable[[Callable[[socket.socket], None]], str]]:
    """Starts a server that answers one request with whatever a function sends."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        threads: list[threading.Thread] = []

        def serve(answer: Callable[[socket.socket], None]) -> None:
            connection, _ = listener.accept()
            with closing(connection):
                connection.recv(65_536)
                try:
                    answer(connection)
                except OSError:
                    # The client has seen enough.
                    return

        def start(answer: Callable[[socket.socket], None]) -> str:
            thread = threading.Thread(target=serve, args=(answer,), daemon=True)
            thread.start()
            threads.append(thread)
            return f"http://127.0.0.1:{listener.getsockname()[1]}/"

        yield start
        for thread in threads:
            thread.join(timeout=60)


def test_an_answer_is_given_as_it_is(httpserver: HTTPServer) -> None:
    """Status, headers, unpacked body, time; the request says who asks."""
    seen: list[Request] = []

    def answer(request: Request) -> Response:
        seen.append(request)
        headers = {"Content-Encoding": "gzip", "Content-Type": 'text/xml; charset="ISO-8859-1"'}
        return Response(gzip.compress(FEED, mtime=0), headers=headers)

    httpserver.expect_request("/feed").respond_with_handler(answer)
    url = httpserver.url_for("/feed").replace("http://", "http://sari:kata@")
    fetched = get(url)
    assert (fetched.status, fetched.body, fetched.charset) == (200, FEED, "iso-8859-1")
    assert fetched.url == httpserver.url_for("/feed")
    assert fetched.fetched_at.utcoffset() is not None
    assert seen[0].headers["User-Agent"].startswith("warta/")
    assert seen[0].authorization is not None
    assert seen[0].authorization.get("password") == "kata"


def test_an_error_page_is_an_answer_too(httpserver: HTTPServer) -> None:
    """Its status and headers tell a caller when to come back."""
    httpserver.expect_request("/").respond_with_data("x", status=503, headers={"Retry-After": "60"})
    fetched = get(httpserver.url_for("/"))
    assert (fetched.status, fetched.headers["retry-after"]) == (503, "60")


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104  nothing is bound to it
        "127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254",
        "100.64.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1",
        "fe80::1%1", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::",
        "64:ff9b::7f00:1", "2001:0:1::1", "192.0.2.1", "2001:db8::1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_of_the_public_internet(address: str) -> None:
    """Loopback, private, link-local, shared, multicast, reserved, and IPv4 inside IPv6."""
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_are_allowed(address: str) -> None:
    """All others."""
    assert is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1", "0"])
def test_a_private_address_is_refused_under_any_name(httpserver: HTTPServer, host: str) -> None:
    """As a number, as a name, as an odd notation: what counts is where the socket would go."""
    httpserver.expect_request("/").respond_with_data("x")
    refused = rejection(f"http://{host}:{httpserver.port}/", allow_private=False)
    assert refused.reason == "fetch_refused"
    assert not httpserver.log


def test_a_redirect_to_a_refused_address_is_not_followed(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first server may be reached, the one that it points to may not."""
    monkeypatch.setattr(addresses, "is_public", lambda address: address == "127.0.0.1")
    target = socket.create_server(("127.0.0.2", 0))
    with closing(target):
        target.setblocking(False)
        location = f"http://127.0.0.2:{target.getsockname()[1]}/"
        httpserver.expect_request("/").respond_with_data(
            "", status=302, headers={"Location": location}
        )
        refused = rejection(f"http://127.0.0.1:{httpserver.port}/", allow_private=False)
        assert (refused.reason, "127.0.0.2" in refused.detail) == ("fetch_refused", True)
        with pytest.raises(BlockingIOError):
            target.accept()
    assert len(httpserver.log) == 1


@pytest.mark.parametrize(
    "url",
    ["ftp://a.example/", "file:///etc/hosts", "http://", "http:///x", "http://[::1", "gopher://x/",
     "http://a.example:99999/", "http://a..b/", "http://sari:kata@/x"],
)  # fmt: skip
def test_what_is_no_web_address_is_refused(url: str) -> None:
    """Whatever is wrong with it, and without saying its password."""
    refused = rejection(url)
    assert refused.reason in ("fetch_refused", "http_error")
    assert "kata" not in str(refused)


@pytest.mark.parametrize(
    "location", ["file:///etc/hosts", "ftp://a.example/x", "http://[::1", "https://"]
)
def test_a_redirect_out_of_the_web_is_refused(
    raw_server: Callable[[Callable[[socket.socket], None]], str], location: str
) -> None:
    """Only http and https lead anywhere."""
    answer = f"HTTP/1.1 301 Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
    url = raw_server(lambda connection: connection.sendall(answer.encode()))
    assert rejection(url).reason == "fetch_refused"


def test_redirects_end_after_five(httpserver: HTTPServer) -> None:
    """Five are followed, a circle is not; no password is shown."""
    for n in range(5):
        httpserver.expect_request(f"/{n}").respond_with_data(
            "", status=302, headers={"Location": f"/{n + 1}"}
        )
    httpserver.expect_request("/5").respond_with_data("akhir")
    httpserver.expect_request("/c").respond_with_data("", status=302, headers={"Location": "/c"})
    assert get(httpserver.url_for("/0")).body == b"akhir"
    refused = rejection(httpserver.url_for("/c").replace("http://", "http://sari:kata@"))
    assert (refused.reason, "kata" in str(refused)) == ("fetch_refused", False)


@pytest.mark.parametrize("packed", [False, True])
def test_a_body_over_the_limit_is_dropped(httpserver: HTTPServer, packed: bool) -> None:
    """Counted unpacked: a small answer that unfolds is a large one."""
    body = bytes(20_000_000)
    httpserver.expect_request("/").respond_with_data(
        gzip.compress(body, mtime=0) if packed else body,
        headers={"Content-Encoding": "gzip"} if packed else {},
    )
    assert rejection(httpserver.url_for("/")).reason == "too_large"


def test_a_dripping_server_runs_out_of_time(
    raw_server: Callable[[Callable[[socket.socket], None]], str],
) -> None:
    """A byte now and then does not keep the request alive."""

    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        # Until the client hangs up: then there is something to read.
        while not select.select([connection], [], [], 0.05)[0]:
            connection.sendall(b"x")

    assert rejection(raw_server(drip), timeout_s=0.4).reason == "timeout"


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(5_000)) + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 1_000_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort",
        b"SSH-2.0-OpenSSH\r\n",
    ],
)
def test_an_answer_that_is_no_http_is_an_error(
    raw_server: Callable[[Callable[[socket.socket], None]], str], answer: bytes
) -> None:
    """Floods of headers, bodies cut short, false packing, other protocols."""
    assert (
        rejection(raw_server(lambda connection: connection.sendall(answer))).reason == "http_error"
    )


def test_a_server_that_is_not_there_is_an_error() -> None:
    """Nothing listens; the message names no password."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
    refused = rejection(f"http://sari:kata@127.0.0.1:{port}/")
    assert (refused.reason, "kata" in str(refused)) == ("http_error", False)


def test_a_feed_is_read_from_its_server(httpserver: HTTPServer) -> None:
    """Entries carry whence and when, and no password."""
    httpserver.expect_request("/feed").respond_with_data(FEED)
    url = httpserver.url_for("/feed").replace("http://", "http://sari:kata@")
    source = Source(url, allow_private=True)
    (reference,) = list_source(source, split_bytes=1, stripes=1)
    (item,) = read_reference(reference, InputLimits())
    assert isinstance(item, SourceItem)
    assert (item.headline, item.http_status) == ("Satu", 200)
    assert item.date_fetched is not None
    assert item.source_uri == item.feed_url == httpserver.url_for("/feed")


@pytest.mark.parametrize(
    ("status", "body", "private", "expected"),
    [
        (404, "hilang", True, "http_error"),
        (200, "", True, "empty"),
        (200, "bukan umpan", True, "bad_feed"),
        (200, "x", False, "fetch_refused"),
    ],
)
def test_a_feed_that_cannot_be_had_is_one_reject(
    httpserver: HTTPServer, status: int, body: str, private: bool, expected: str
) -> None:
    """With its reason, and without a password."""
    httpserver.expect_request("/").respond_with_data(body, status=status)
    url = httpserver.url_for("/").replace("http://", "http://sari:kata@")
    (reference,) = list_source(Source(url, allow_private=private), split_bytes=1, stripes=1)
    (row,) = read_reference(reference, InputLimits())
    assert isinstance(row, Reject)
    assert (row.reason, row.source_uri) == (expected, httpserver.url_for("/"))
    assert "kata" not in row.error
