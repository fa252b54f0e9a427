"""WARC records: pages and documents through their codings, however headers are written."""

import gzip
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import brotli
import pytest
import zstandard

from tests.support.reading import passed_over_at
from tests.support.warc import LIMITS, PAGE, http, names, read, record, write
from warta.transforms.core.records import SourceItem

CHUNKED = b"5\r\n" + PAGE[:5] + b"\r\n%x\r\n" % len(PAGE[5:]) + PAGE[5:] + b"\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    "block",
    [
        http(PAGE),
        http(gzip.compress(PAGE, mtime=0), b"Content-Encoding: gzip"),
        http(zlib.compress(PAGE), b"Content-Encoding: deflate"),
        http(brotli.compress(PAGE), b"Content-Encoding: br"),
        http(CHUNKED, b"Transfer-Encoding: chunked"),
        http(PAGE, b"Content-Encoding: gzip"),
        http(PAGE, b"Transfer-Encoding: chunked"),
        http(PAGE, b"Content-Encoding: unheard-of"),
    ],
)
def test_a_page_is_read_through_its_encodings(tmp_path: Path, block: bytes) -> None:
    """Also where an archive stored it unpacked under the headers of the packed page."""
    (item,) = read(write(tmp_path, record(block)))
    assert isinstance(item, SourceItem)
    assert (item.content, item.content_type, item.charset) == (PAGE, "page", "iso-8859-1")
    assert (item.url, item.http_status) == ("http://a.example/a", 200)
    assert item.date_fetched == datetime(2026, 11, 9, 1, 2, 3, tzinfo=UTC)
    assert item.source_record_id == "<urn:x:a>"


@pytest.mark.parametrize("packed", [False, True])
def test_what_is_no_page_is_no_record(tmp_path: Path, packed: bool) -> None:
    """Requests, metadata and images are passed over; an error page is a reject."""
    rows = read(
        write(
            tmp_path,
            record(b"software: x\r\n", "info", b"warcinfo"),
            record(b"GET / HTTP/1.1\r\n\r\n", "request", b"request"),
            record(http(PAGE).replace(b"text/html", b"image/png"), "image"),
            record(http(PAGE, status=b"404 Not Found"), "missing"),
            record(b"not http at all", "odd"),
            record(http(PAGE), "good"),
            packed=packed,
        )
    )
    assert names(rows) == ["http_error", "bad_warc_record", "good"]


def test_a_page_that_quotes_a_record_stays_whole(tmp_path: Path) -> None:
    """What looks like a record inside a record of true length is not one."""
    quoting = b"<html><pre>\r\n\r\n" + record(http(PAGE), "quoted") + b"</pre></html>"
    assert names(read(write(tmp_path, record(http(quoting), "a"), record(http(PAGE), "b")))) == [
        "a",
        "b",
    ]


def _deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def _chunks(*sizes: int | None, end: bytes = b"0\r\n\r\n", newline: bytes = b"\r\n") -> bytes:
    """The page in as many chunks as there are sizes, each with that size stated; None: the true."""
    step = -(-len(PAGE) // len(sizes))
    parts = [PAGE[at : at + step] for at in range(0, len(PAGE), step)]
    lines = (
        b"%x" % (len(part) if size is None else size) + newline + part + newline
        for part, size in zip(parts, sizes, strict=True)
    )
    return b"".join(lines) + end


@pytest.mark.parametrize(
    "block",
    [
        http(_deflate(PAGE), b"Content-Encoding: deflate"),
        http(_deflate(PAGE), b"CONTENT-ENCODING: Deflate"),
        http(gzip.compress(PAGE, mtime=0)),
        http(gzip.compress(PAGE, mtime=0), b"Content-Encoding: br"),
        http(zstandard.compress(PAGE), b"Content-Encoding: zstd"),
        http(gzip.compress(brotli.compress(PAGE), mtime=0), b"Content-Encoding: br, gzip"),
        http(gzip.compress(PAGE, mtime=0), b"Transfer-Encoding: gzip, chunked"),
        http(_chunks(None, None, None), b"transfer-encoding: Chunked"),
        http(_chunks(None, None, None)),
        http(_chunks(None, None, newline=b"\n"), b"Transfer-Encoding: chunked"),
        http(_chunks(None, None, None, end=b""), b"Transfer-Encoding: chunked"),
        http(_chunks(None, 3, None), b"Transfer-Encoding: chunked"),
        http(_chunks(None, 900, None), b"Transfer-Encoding: chunked"),
        http(_chunks(None, None, 900), b"Transfer-Encoding: chunked"),
    ],
)
def test_codings_that_are_false_in_part_are_taken_off(tmp_path: Path, block: bytes) -> None:
    """Raw deflate, no header or a wrong one, chunks cut off or with a false length."""
    (item,) = read(write(tmp_path, record(block)))
    assert isinstance(item, SourceItem)
    assert item.content == PAGE


@pytest.mark.parametrize(
    "line",
    [
        b"http/1.1 200 OK", b"HTTP/1.1 200", b"HTTP/2 200", b"HTTP/2.0  200 ok", b"HTTP/3 200 ",
        b"\r\nHTTP/1.0 200 OK", b"ICY 200 OK", b"HTTP 200 OK",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK",
        b"HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.1 200 OK",
    ],
)  # fmt: skip
@pytest.mark.parametrize("newline", [b"\r\n", b"\n"])
def test_a_status_line_may_be_written_in_any_way(
    tmp_path: Path, line: bytes, newline: bytes
) -> None:
    """Of any version, in any case, without a reason, after an interim answer."""
    block = (line + b"\r\nCONTENT-TYPE:TEXT/HTML;Charset='UTF-8'\r\n\r\n").replace(b"\r\n", newline)
    (item,) = read(write(tmp_path, record(block + PAGE)))
    assert isinstance(item, SourceItem)
    assert (item.content, item.http_status, item.charset) == (PAGE, 200, "utf-8")


def _lf(data: bytes) -> bytes:
    """A record whose own header ends its lines with a line feed alone."""
    head, blank, block = data.partition(b"\r\n\r\n")
    return head.replace(b"\r\n", b"\n") + b"\n\n" + block[: -len(blank)] + b"\n\n"


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    "change",
    [
        _lf,
        lambda data: data.replace(b"WARC/1.0", b"WARC/1.1"),
        lambda data: data.replace(b"WARC/1.0", b"WARC/0.18"),
        lambda data: data.replace(b"WARC/1.0", b"warc/1.0"),
        lambda data: data.replace(b"WARC-Type: response", b"warc-type:RESPONSE"),
        lambda data: data.replace(b"Content-Type: application/http; msgtype=response\r\n", b""),
        lambda data: data.replace(b"WARC-Type: response\r\n", b""),
        lambda data: data[:-2],
        lambda data: data + b"\r\n\r\n",
    ],
)
def test_a_header_may_be_written_in_any_way(
    tmp_path: Path, packed: bool, change: Callable[[bytes], bytes]
) -> None:
    """Line feeds alone, other versions and cases, fields left out, more or fewer blank lines."""
    path = write(tmp_path, *(change(record(http(PAGE), name)) for name in "abc"), packed=packed)
    assert names(read(path)) == ["a", "b", "c"]
    assert names(read(path, split_bytes=100)) == ["a", "b", "c"]


def stored(block: bytes, kind: bytes, media: bytes, name: str = "a") -> bytes:
    """A record whose block is the document itself."""
    plain = record(block, name, kind)
    line = b"Content-Type: application/http; msgtype=response\r\n"
    return plain.replace(line, b"Content-Type: " + media + b"\r\n" if media else b"")


NOTE = b"Pelatihan perahu digelar di balai desa.\n\nDua puluh warga ikut serta."


@pytest.mark.parametrize("kind", [b"resource", b"conversion", b"Resource"])
@pytest.mark.parametrize(
    ("block", "media", "content_type"),
    [
        (PAGE, b"text/html", "page"),
        (PAGE, b"application/xhtml+xml; charset=iso-8859-1", "page"),
        (PAGE, b"", "page"),
        (gzip.compress(PAGE, mtime=0), b"text/html", "page"),
        (http(PAGE), b"application/http", "page"),
        (NOTE, b"text/plain", "text"),
        (NOTE, b"TEXT/PLAIN; charset=UTF-8", "text"),
        (NOTE, b"", "text"),
    ],
)
def test_documents_without_http_are_articles(
    tmp_path: Path, kind: bytes, block: bytes, media: bytes, content_type: str
) -> None:
    """Records resource and conversion, as in WET files, of text and HTML."""
    (item,) = read(write(tmp_path, stored(block, kind, media)))
    assert isinstance(item, SourceItem)
    expected = PAGE if content_type == "page" else NOTE
    assert (item.content, item.content_type, item.url) == (
        expected, content_type, "http://a.example/a",
    )  # fmt: skip
    assert item.date_fetched == datetime(2026, 11, 9, 1, 2, 3, tzinfo=UTC)


def test_a_response_without_a_media_type_is_looked_at(tmp_path: Path) -> None:
    """By what the crawler found, or by its bytes; of another media type it is passed over."""
    bare = http(PAGE).replace(b"Content-Type: text/html; charset=ISO-8859-1\r\n", b"")
    octets = http(PAGE).replace(b"text/html; charset=ISO-8859-1", b"application/octet-stream")
    found = record(http(b"<p>Pasar").replace(b"text/html", b"unk"), "c").replace(
        b"WARC-Date", b"WARC-Identified-Payload-Type: text/html\r\nWARC-Date"
    )
    picture = http(b"\x89PNG\r\n\x1a\n").replace(
        b"Content-Type: text/html; charset=ISO-8859-1\r\n", b""
    )
    path = write(tmp_path, record(bare, "a"), record(octets, "b"), found, record(picture, "d"))
    assert names(read(path)) == ["a", "b", "c"]
    assert passed_over_at(path, LIMITS) == {"media_type": 1}


@pytest.mark.parametrize("packed", [False, True])
def test_what_is_passed_over_is_counted_by_reason(tmp_path: Path, packed: bool) -> None:
    """Also where a file is read in pieces."""
    path = write(
        tmp_path,
        record(b"software: x\r\n", "info", b"warcinfo"),
        record(b"GET / HTTP/1.1\r\n\r\n", "request", b"request"),
        record(http(PAGE), "revisit", b"revisit"),
        record(b"fetchTimeMs: 12", "metadata", b"metadata"),
        record(http(b"{}").replace(b"text/html", b"application/json"), "json"),
        record(http(b"User-agent: *").replace(b"text/html", b"text/plain"), "robots"),
        record(http(b"x" * 300_000).replace(b"text/html", b"video/mp4"), "film"),
        stored(b"20261109010203 192.0.2.1", b"response", b"text/dns", "dns"),
        stored(b"\x89PNG", b"resource", b"image/png", "picture"),
        record(http(PAGE), "good"),
        packed=packed,
    )
    for split_bytes in (10**9, 200):
        assert names(read(path, split_bytes)) == ["good"]
        assert passed_over_at(path, LIMITS, split_bytes=split_bytes) == {
            "record_type": 4, "media_type": 5,
        }  # fmt: skip
