"""WARC files: whole, cut, packed, broken, hostile."""

import gzip
import io
import random
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import brotli
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.reading import passed_over_at, records_at, records_of
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Reference, Reject, Source, SourceItem
from warta.transforms.sources.warc_frames import Frame, frames_of_range
from warta.transforms.sources.warc_members import frames_of_members

LIMITS = InputLimits(max_record_bytes=200_000, reject_raw_bytes=64)
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
    return records_at(path, LIMITS, split_bytes=split_bytes)


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
def test_after_a_false_length_the_rest_is_read(tmp_path: Path, packed: bool, length: int) -> None:
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
    """After false packed data, and after junk, reading goes on with the next member."""
    members = [gzip.compress(record(http(PAGE), name)) for name in "abc"]
    broken = members[1][:60] + b"\xff" * 40 + members[1][100:]
    path = tmp_path / "a.warc.gz"
    path.write_bytes(members[0] + broken + members[2] + b"junk" + members[0] + bytes(9))
    assert names(read(path)) == ["a", "bad_compression", "c", "bad_compression", "a"]


def test_a_record_over_the_limit_is_reported_with_its_length(tmp_path: Path) -> None:
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
def test_odd_files_are_reported_as_what_they_are(
    tmp_path: Path, data: bytes, expected: list[str]
) -> None:
    """No bytes, no records, and a last record without its line ends."""
    path = tmp_path / "a.warc"
    path.write_bytes(data)
    assert names(read(path)) == expected


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


@pytest.mark.parametrize("split_bytes", [10**9, 100, 200])
def test_gzip_members_need_not_be_records(tmp_path: Path, split_bytes: int) -> None:
    """Empty ones are passed over; a record may go on in the members after its own."""
    whole = [record(http(PAGE), name) for name in "abcdef"]
    members = [
        b"", whole[0], b"", whole[1][:90], whole[1][90:250], b"", whole[1][250:],
        whole[2] + whole[3][:130], whole[3][130:] + whole[4], b"\r\n\r\n", whole[5], b"",
    ]  # fmt: skip
    path = tmp_path / "a.warc.gz"
    path.write_bytes(b"".join(gzip.compress(member, mtime=0) for member in members) + bytes(30))
    assert names(read(path, split_bytes)) == list("abcdef")
    assert passed_over_at(path, LIMITS, split_bytes=split_bytes) == {"empty_member": 4}


def test_a_file_of_blocks_is_read_across_them(tmp_path: Path) -> None:
    """As bgzip packs it: members of a fixed size, wherever records begin."""
    data = b"".join(record(http(PAGE), name) for name in "abcdefgh")
    blocks = (gzip.compress(data[at : at + 333], mtime=0) for at in range(0, len(data), 333))
    path = tmp_path / "a.warc.gz"
    path.write_bytes(b"".join(blocks))
    assert names(read(path)) == list("abcdefgh")
    assert names(read(path, split_bytes=300)) == list("abcdefgh")


def test_a_good_record_before_a_strange_member_is_kept(tmp_path: Path) -> None:
    """What another tool appended costs itself alone."""
    path = tmp_path / "a.warc.gz"
    strange = gzip.compress(b"catatan operator\n", mtime=0)
    packed = [gzip.compress(record(http(PAGE), name), mtime=0) for name in "ab"]
    path.write_bytes(packed[0] + strange + packed[1])
    assert names(read(path)) == ["a", "bad_warc_record", "b"]


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
            for row in records_of(Reference(Source(""), str(path), "warc", 0, start, end), LIMITS)
        ]
        assert names(rows) == ["a", "b", "c"]


def _mutate(data: bytes, choose: random.Random) -> bytes:
    """Some bytes changed, cut out, said twice or put in."""
    mutant = bytearray(data)
    for _ in range(choose.randint(1, 4)):
        at = choose.randrange(len(mutant))
        what = choose.randrange(4)
        if what == 0:
            mutant[at] = choose.randrange(256)
        elif what == 1:
            del mutant[at : at + choose.randint(1, 60)]
        elif what == 2:
            mutant[at:at] = mutant[at : at + choose.randint(1, 200)]
        else:
            mutant[at:at] = choose.choice([b"\n", b"\0", b"WARC/1.0\r\n", b"\x1f\x8b\x08\0"])
    return bytes(mutant)


@pytest.mark.parametrize("seed", range(40))
def test_whatever_is_broken_is_read_the_same_in_chunks(tmp_path: Path, seed: int) -> None:
    """Mutants of plain and packed files, also of blocks: each answers, and loses nothing more."""
    choose = random.Random(seed)  # noqa: S311  mutants, not secrets
    data = [record(http(PAGE), name) for name in "abcd"]
    if seed % 4 == 3:
        joined = b"".join(data)
        data = [joined[at : at + 250] for at in range(0, len(joined), 250)]
    packed = bool(seed % 2)
    path = write(tmp_path, b"x", packed=packed)
    sound = b"".join(gzip.compress(one, mtime=0) if packed else one for one in data)
    path.write_bytes(_mutate(sound, choose))
    whole = read(path)
    assert whole or passed_over_at(path, LIMITS)
    assert read(path, split_bytes=choose.randint(20, 300)) == whole


@pytest.mark.parametrize("split_bytes", [10**9, 300])
@pytest.mark.parametrize("length", [None, 3])
def test_records_without_blank_lines_between_them_are_read(
    tmp_path: Path, split_bytes: int, length: int | None
) -> None:
    """The next header begins where the length leads; a false length costs its own record alone."""
    records = [
        record(http(PAGE), "a")[:-4],
        record(http(PAGE), "b", length=length)[:-4],
        record(http(PAGE), "c")[:-4],
        record(http(PAGE), "d"),
    ]
    found = names(read(write(tmp_path, *records), split_bytes))
    assert found == ["a", "b" if length is None else "bad_warc_record", "c", "d"]


class _Counted(io.BytesIO):
    """A file that counts what is read of it."""

    count = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.count += len(data)
        return data


@pytest.mark.parametrize("frames", [frames_of_members, frames_of_range])
def test_a_range_without_a_record_is_read_once(
    frames: Callable[[BinaryIO, int, int | None, InputLimits], Iterator[Frame]],
) -> None:
    """Gigabytes of nothing are cut into many ranges: each stops where the next begins."""
    file = _Counted(bytes(4 << 20))
    assert list(frames(file, 1 << 20, 2 << 20, InputLimits())) == []
    assert (1 << 20) <= file.count < (2 << 20)


def test_a_packed_record_at_the_end_of_a_range_belongs_to_it_alone() -> None:
    """Its first bytes are the last ones of the range, or the first ones of the next."""
    member = gzip.compress(record(http(b"<p>Kapal berlabuh.</p>")))
    for end in (99_999, 100_000, 100_001, 100_002):
        file = io.BytesIO(bytes(100_000) + member + bytes(9))
        before = list(frames_of_members(file, 1, end, InputLimits()))
        after = list(frames_of_members(file, end, None, InputLimits()))
        assert [len(before), len(after)] == ([1, 0] if end > 100_000 else [0, 1])


def test_junk_between_packed_records_is_kept_in_part() -> None:
    """However long it is: its length is stated."""
    member = gzip.compress(record(http(b"<p>Kapal berlabuh.</p>")))
    limits = InputLimits()
    for zeros, junk in ((0, b"x" * 300_000), (2 << 20, b"x")):
        data = member + bytes(zeros) + junk + member
        found = list(frames_of_members(io.BytesIO(data), 0, None, limits))
        assert [one.rejection is not None for one in found] == [False, True, False]
        assert found[1].length == zeros + len(junk)
        assert len(found[1].data) <= limits.reject_raw_bytes
