"""WARC files: whole, cut, packed, broken, hostile."""

import gzip
import zlib
from datetime import UTC, datetime
from pathlib import Path

import brotli
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.core.records import Limits, Reference, Reject, Source, SourceItem
from transforms.sources.listing import list_source
from transforms.sources.readers import read_reference

LIMITS = Limits(max_record_bytes=200_000, reject_raw_bytes=64)
PAGE = b"<html><p>Harga cabai turun di pasar Minggu pagi.</p></html>"


def http(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    """An HTTP answer with an HTML body."""
    head = (b"HTTP/1.1 " + status, b"Content-Type: text/html; charset=ISO-8859-1", *headers)
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def record(
    block: bytes, name: str = "a", kind: bytes = b"response", length: int | None = None
) -> bytes:
    """A WARC record, if need be with a false length."""
    return (
        b"WARC/1.0\r\nWARC-Type: %s\r\nWARC-Record-ID: <urn:x:%s>\r\n"
        b"WARC-Date: 2026-11-09T01:02:03Z\r\nWARC-Target-URI: http://sari:kata@a.example/%s\r\n"
        b"Content-Type: application/http; msgtype=response\r\nContent-Length: %d\r\n\r\n"
        % (kind, name.encode(), name.encode(), len(block) if length is None else length)
        + block
        + b"\r\n\r\n"
    )


def read(path: Path, split_bytes: int = 10**9) -> list[SourceItem | Reject]:
    listing = list_source(Source(str(path)), split_bytes=split_bytes, stripes=1)
    return [row for reference in listing for row in read_reference(reference, LIMITS)]


def names(rows: list[SourceItem | Reject]) -> list[str]:
    """Record ids of items, reasons of rejects."""
    return [row.reason if isinstance(row, Reject) else row.source_record_id[7:-1] for row in rows]


def write(folder: Path, *records: bytes, packed: bool = False) -> Path:
    path = folder / ("a.warc.gz" if packed else "a.warc")
    path.write_bytes(b"".join(map(gzip.compress, records) if packed else records))
    return path


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


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("length", [0, 5, 90, 100_000, 10**12])
def test_behind_a_false_length_the_rest_is_read(tmp_path: Path, packed: bool, length: int) -> None:
    """A record that is longer or shorter than it says costs itself alone."""
    path = write(
        tmp_path,
        record(http(PAGE), "a"),
        record(http(PAGE), "b", length=length),
        record(http(PAGE), "c"),
        record(http(PAGE), "d"),
        packed=packed,
    )
    rows = read(path)
    assert names(rows) == ["a", "bad_warc_record", "c", "d"]
    assert isinstance(rows[1], Reject)
    assert rows[1].raw.startswith(b"WARC/1.0\r\nWARC-Type")
    assert (
        len(record(http(PAGE), "b")) - 2 <= rows[1].raw_length <= len(record(http(PAGE), "b")) + 14
    )


def test_a_page_that_quotes_a_record_stays_whole(tmp_path: Path) -> None:
    """What looks like a record inside a record of true length is not one."""
    quoting = b"<html><pre>\r\n\r\n" + record(http(PAGE), "quoted") + b"</pre></html>"
    assert names(read(write(tmp_path, record(http(quoting), "a"), record(http(PAGE), "b")))) == [
        "a",
        "b",
    ]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("missing", [20, 100, 300])
def test_good_records_before_a_cut_are_read(tmp_path: Path, packed: bool, missing: int) -> None:
    """A file that ends in the middle gives its whole records and one truncated reject."""
    body = bytes(range(32, 127)) * 4
    path = write(tmp_path, record(http(PAGE), "a"), record(http(body), "b"), packed=packed)
    path.write_bytes(path.read_bytes()[:-missing])
    assert names(read(path)) == ["a", "truncated"]


def test_a_broken_member_costs_itself_alone(tmp_path: Path) -> None:
    """Behind false packed data, and behind junk, reading goes on with the next member."""
    members = [gzip.compress(record(http(PAGE), name)) for name in "abc"]
    broken = members[1][:60] + b"\xff" * 40 + members[1][100:]
    path = tmp_path / "a.warc.gz"
    path.write_bytes(members[0] + broken + members[2] + b"junk" + members[0] + bytes(9))
    assert names(read(path)) == ["a", "bad_compression", "c", "bad_compression", "a"]


def test_a_record_over_the_limit_is_told_with_its_length(tmp_path: Path) -> None:
    """A huge page is a reject, a huge image nothing, a page that unpacks to too much a reject."""
    huge = http(b"x" * 300_000)
    bomb = http(gzip.compress(bytes(300_000), mtime=0), b"Content-Encoding: gzip")
    rows = read(
        write(
            tmp_path,
            record(huge, "a"),
            record(huge.replace(b"text/html", b"video/mp4"), "b"),
            record(bomb, "c"),
            record(http(PAGE), "d"),
        )
    )
    assert names(rows) == ["too_large", "too_large", "d"]
    assert isinstance(rows[0], Reject)
    assert (len(rows[0].raw), rows[0].raw_length > 300_000) == (64, True)


def test_other_packings_of_a_warc_file_are_read(tmp_path: Path) -> None:
    """All records in one gzip member, and zstd."""
    data = b"".join(record(http(PAGE), name) for name in "abc")
    (tmp_path / "one.warc.gz").write_bytes(gzip.compress(data, mtime=0))
    (tmp_path / "two.warc.zst").write_bytes(zstandard.compress(data))
    assert names(read(tmp_path, split_bytes=50)) == ["a", "b", "c"] * 2


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", ["empty"]),
        (b"\r\n\r\n", []),
        (b"nothing of the kind", ["bad_warc_record"]),
        (b"WARC/1.0\r\n\r\n", ["bad_warc_record"]),
        (b"WARC/1.0\r\nContent-Length: x\r\n\r\n", ["bad_warc_record"]),
        (b"junk\r\n\r\n" + record(http(PAGE), "a"), ["bad_warc_record", "a"]),
        (record(http(PAGE), "a").rstrip(), ["a"]),
    ],
)
def test_odd_files_are_told_as_what_they_are(
    tmp_path: Path, data: bytes, expected: list[str]
) -> None:
    """No bytes, no records, and a last record without its line ends."""
    path = tmp_path / "a.warc"
    path.write_bytes(data)
    assert names(read(path)) == expected


blocks = st.one_of(
    st.binary(max_size=60).map(lambda body: (http(body), None)),
    st.binary(max_size=60).map(lambda body: (http(body), 3)),
    st.just((b"x", None)),
    st.just((http(b"\r\n\r\n\n\nWARC/1.0\r\n"), None)),
)


@settings(deadline=None, max_examples=60)
@given(st.lists(blocks, max_size=8), st.booleans(), st.integers(60, 2_000))
def test_ranges_together_hold_each_record_once(
    tmp_path_factory: pytest.TempPathFactory,
    parts: list[tuple[bytes, int | None]],
    packed: bool,
    split: int,
) -> None:
    """However a file is cut, its pieces give the rows of the whole, in order."""
    folder = tmp_path_factory.mktemp("ranges")
    records = [record(block, str(n), length=size) for n, (block, size) in enumerate(parts)]
    path = write(folder, record(http(PAGE), "first"), *records, packed=packed)
    whole = read(path)
    assert len(whole) == len(parts) + 1
    assert read(path, split_bytes=split) == whole


@pytest.mark.parametrize("packed", [False, True])
def test_a_cut_at_every_byte_loses_nothing(tmp_path: Path, packed: bool) -> None:
    """Two pieces, cut at each place in turn, hold what the whole holds."""
    path = write(tmp_path, *(record(http(PAGE), name) for name in "abc"), packed=packed)
    for at in range(1, path.stat().st_size, 3):
        rows = [
            row
            for start, end in ((0, at), (at, None))
            for row in read_reference(
                Reference(Source(""), str(path), "warc", 0, start, end), LIMITS
            )
        ]
        assert names(rows) == ["a", "b", "c"]
