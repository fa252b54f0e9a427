"""Packed bytes, whole, cut, false, padded and hostile."""

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable

import brotli
import pytest
import zstandard

from warta.transforms.core.rejections import RejectedRecord
from warta.transforms.core.storage import public_uri
from warta.transforms.sources.compression.codec_names import codec_by_magic, codec_of
from warta.transforms.sources.compression.unpack import (
    unpack,
    unpack_archived,
    unpack_body,
    unpack_file,
)
from warta.transforms.sources.streams import read_chunks

PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bz2": bz2.compress,
    "zstd": zstandard.compress,
    "xz": lambda data: lzma.compress(data, preset=0),
}
DATA = b"".join(b"baris %d %x\n" % (number, number**7) for number in range(30_000))


PAGE = b"<html><p>Ombak pasang merendam dermaga kayu di Teluk Bidara sejak Senin.</p></html>"


def _quick_gzip(data: bytes) -> bytes:
    return zlib.compress(data, 1, wbits=31)


def _quick_brotli(data: bytes) -> bytes:
    packed: bytes = brotli.compress(data, quality=1)
    return packed


def _raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


CODED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "Deflate": _raw_deflate,
    "br": brotli.compress,
    "ZSTD": zstandard.compress,
    "x-gzip": gzip.compress,
}


def unpack_all(data: bytes, codec: str) -> tuple[bytes, str]:
    """What comes out before the end or the fault, and the fault."""
    out = bytearray()
    try:
        for chunk in unpack(read_chunks(io.BytesIO(data)), codec):
            out += chunk
    except RejectedRecord as rejection:
        return bytes(out), rejection.reason
    return bytes(out), ""


@pytest.mark.parametrize("codec", sorted(PACK))
def test_several_members_are_one_file(codec: str) -> None:
    """Packed files laid end to end unpack to their contents end to end."""
    pack = PACK[codec]
    assert unpack_all(pack(DATA[:500]) + pack(b"") + pack(DATA[500:]), codec) == (DATA, "")


@pytest.mark.parametrize("codec", sorted(PACK))
@pytest.mark.parametrize("missing", [1, 9, 200])
def test_a_cut_file_gives_all_before_the_cut(codec: str, missing: int) -> None:
    """What comes out is a true beginning, then the rejection."""
    first = PACK[codec](DATA)
    out, reason = unpack_all(first + first[:-missing], codec)
    assert reason == "truncated"
    assert out.startswith(DATA)
    assert (DATA + DATA).startswith(out)


@pytest.mark.parametrize("codec", sorted(PACK))
def test_false_bytes_are_bad_compression(codec: str) -> None:
    """Neither a false beginning nor junk after the end passes."""
    assert unpack_all(b"nothing of the kind", codec) == (b"", "bad_compression")
    assert unpack_all(PACK[codec](DATA) + b"junk junk", codec) == (DATA, "bad_compression")


def test_zeros_after_a_gzip_file_are_padding() -> None:
    """Tapes and some tools pad with zeros."""
    assert unpack_all(gzip.compress(DATA, mtime=0) + bytes(700), "gzip") == (DATA, "")


@pytest.mark.parametrize(
    ("codec", "most"),
    [("gzip", 300_000), ("bz2", 300_000), ("xz", 300_000), ("zstd", 2**25), ("br", 2**20)],
)
def test_a_bomb_comes_out_in_bounded_chunks(codec: str, most: int) -> None:
    """64 MB of zeros are never in memory at once."""
    zeros = bytes(2**26)
    packed = {**PACK, "gzip": _quick_gzip, "br": _quick_brotli}[codec](zeros)
    sizes = [len(chunk) for chunk in unpack(read_chunks(io.BytesIO(packed)), codec)]
    assert (sum(sizes), max(sizes) <= most) == (2**26, True)


@pytest.mark.parametrize(
    ("path", "head", "expected"),
    [
        ("a.jsonl", b'{"a"', None),
        ("a.jsonl", b"\x1f\x8b\x08\0", "gzip"),
        ("a.GZ", b'{"a"', "gzip"),
        ("a.txt.zst", b"", "zstd"),
        ("a", b"BZh9", "bz2"),
        ("a.html", b"\xfd7zXZ\0", "xz"),
        ("a.html.br", b"\x8b\x0a", "br"),
    ],
)
def test_a_codec_is_known_by_first_bytes_else_by_name(
    path: str, head: bytes, expected: str | None
) -> None:
    """A packed file under a plain name is unpacked all the same."""
    assert codec_of(path, head) == expected


@pytest.mark.parametrize("coding", sorted(CODED))
def test_a_body_is_unpacked_as_its_header_says(coding: str) -> None:
    """By the server's word, and in an archive by its own bytes too."""
    body = CODED[coding](PAGE)
    assert unpack_body(body, coding, 1_000) == PAGE
    assert unpack_archived(body, coding, 1_000) == PAGE


@pytest.mark.parametrize(
    ("body", "codings"),
    [
        (PAGE, "gzip"),
        (PAGE, "br, deflate"),
        (PAGE, "utf-8"),
        (PAGE.decode().encode("utf-16"), "deflate"),
        (b"", "gzip"),
    ],
    ids=["gzip", "two", "a charset", "utf-16", "empty"],
)
def test_an_archive_may_hold_a_page_unpacked(body: bytes, codings: str) -> None:
    """Under the headers of the packed one: the bytes say more than the headers."""
    assert unpack_archived(body, codings, 1_000) == body


def test_an_archive_may_name_no_coding_or_a_wrong_one() -> None:
    """First bytes tell gzip, zstd, bzip2 and xz apart; other data after the end is passed over."""
    for pack in PACK.values():
        assert unpack_archived(pack(PAGE), "", 1_000) == PAGE
        assert unpack_archived(pack(PAGE), "br", 1_000) == PAGE
    assert unpack_archived(gzip.compress(PAGE) + b"\r\n", "gzip", 1_000) == PAGE
    assert unpack_archived(gzip.compress(_raw_deflate(PAGE)), "deflate, gzip", 1_000) == PAGE


@pytest.mark.parametrize("codings", ["gzip", "gzip, gzip", "deflate", "br", "zstd", "br, gzip"])
def test_what_unpacks_past_the_limit_is_too_large(codings: str) -> None:
    """In every coding, and in codings over each other, each of which is bounded."""
    body = bytes(3_000_000)
    for name in codings.split(", "):
        body = CODED[{"zstd": "ZSTD"}.get(name, name)](body)
    for unpacked in (unpack_body, unpack_archived):
        with pytest.raises(RejectedRecord, match="too_large"):
            unpacked(body, codings, 1_000_000)


def test_an_inner_coding_is_bounded_too() -> None:
    """A body that unpacks to a million empty members gives nothing, and takes time."""
    body = gzip.compress(gzip.compress(b"") * 1_000_000)
    with pytest.raises(RejectedRecord, match="too_large"):
        unpack_archived(body, "gzip, gzip", 1_000_000)


@pytest.mark.parametrize(
    ("body", "codings", "reason"),
    [
        (gzip.compress(PAGE)[:-9], "gzip", "truncated"),
        (zlib.compress(PAGE)[:-9], "deflate", "truncated"),
        (brotli.compress(PAGE)[:-9], "br", "truncated"),
        (gzip.compress(PAGE)[:-8] + bytes(8), "gzip", "bad_compression"),
        (gzip.compress(gzip.compress(gzip.compress(PAGE))), "", "bad_compression"),
    ],
    ids=["cut gzip", "cut deflate", "cut brotli", "false checksum", "three layers"],
)
def test_a_damaged_body_is_rejected(body: bytes, codings: str, reason: str) -> None:
    """What begins as packed data and is not whole is not text."""
    with pytest.raises(RejectedRecord) as caught:
        unpack_archived(body, codings, 1_000)
    assert caught.value.reason == reason


def test_a_bomb_of_a_file_ends_early(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kilobyte of zstd can stand for 32 MB: past a size, no file of news shrinks so far."""
    monkeypatch.setattr("warta.transforms.sources.compression.unpack.FREE_BYTES", 2**22)
    out, reason = unpack_all(zstandard.compress(bytes(2**26)), "zstd")
    assert (reason, len(out) < 2**25) == ("too_large", True)
    assert unpack_all(PACK["zstd"](DATA * 20), "zstd") == (DATA * 20, "")


def test_tiny_records_that_are_packed_hundreds_to_one_end_early() -> None:
    """What is read of a file is bounded by its size, though each record is small."""
    packed = gzip.compress(b'{"a":1}\n' * (2**24), 9)
    assert len(packed) * 600 < 2**27
    out, reason = unpack_all(packed, "gzip")
    assert (reason, len(out) <= 2**26) == ("too_large", True)


def test_a_header_that_asks_for_gigabytes_is_refused() -> None:
    """Zstd's window and xz's dictionary are bounded before they are made."""
    wide = zstandard.ZstdCompressionParameters(window_log=30, enable_ldm=True)
    packed = zstandard.ZstdCompressor(compression_params=wide).compressobj()
    assert unpack_all(packed.compress(DATA) + packed.flush(), "zstd")[1] == "bad_compression"
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 2**29}]
    assert unpack_all(lzma.compress(DATA, filters=filters), "xz")[1] == "bad_compression"


def test_a_packed_file_that_is_served_is_unpacked() -> None:
    """sitemap.xml.gz, whatever its packing; a plain one is left alone."""
    for pack in PACK.values():
        assert unpack_file(pack(PAGE), 1_000) == PAGE
    assert unpack_file(PAGE, 1_000) == PAGE
    assert codec_by_magic(PAGE) is None


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("https://sari:rahasia@a.example/x?y=1", "https://a.example/x?y=1"),
        ("https://sari:ra@hasia@a.example:8/", "https://a.example:8/"),
        ("s3://kunci:rahasia@ember/a.jsonl", "s3://ember/a.jsonl"),
        ("https://a.example/@sari", "https://a.example/@sari"),
        ("https://sari:rahasia@[::1/x", "https://[::1/x"),
        ("/data/a@b.txt", "/data/a@b.txt"),
    ],
)
def test_no_password_stays_in_a_uri_that_is_stored(uri: str, expected: str) -> None:
    """User name and password go, all else stays."""
    assert public_uri(uri) == expected
