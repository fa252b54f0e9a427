"""Packed bytes, whole, cut, false, padded and hostile."""

import bz2
import gzip
import io
import zlib
from collections.abc import Callable

import pytest
import zstandard

from transforms.core.records import RejectedRecord
from transforms.core.storage import public_uri
from transforms.sources.compression import codec_of, unpack
from transforms.sources.streams import read_chunks

PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bz2": bz2.compress,
    "zstd": zstandard.compress,
}
DATA = b"".join(b"baris %d %x\n" % (number, number**7) for number in range(30_000))


def unpack_all(data: bytes, codec: str) -> tuple[bytes, str]:
    """What comes out before the end or the fault, and the fault."""
    out = bytearray()
    try:
        for piece in unpack(read_chunks(io.BytesIO(data)), codec):
            out += piece
    except RejectedRecord as verdict:
        return bytes(out), verdict.reason
    return bytes(out), ""


@pytest.mark.parametrize("codec", sorted(PACK))
def test_several_members_are_one_file(codec: str) -> None:
    """Packed files laid end to end unpack to their contents end to end."""
    pack = PACK[codec]
    assert unpack_all(pack(DATA[:500]) + pack(b"") + pack(DATA[500:]), codec) == (DATA, "")


@pytest.mark.parametrize("codec", sorted(PACK))
@pytest.mark.parametrize("missing", [1, 9, 200])
def test_a_cut_file_gives_all_before_the_cut(codec: str, missing: int) -> None:
    """What comes out is a true beginning, then the verdict."""
    first = PACK[codec](DATA)
    out, reason = unpack_all(first + first[:-missing], codec)
    assert reason == "truncated"
    assert out.startswith(DATA)
    assert (DATA + DATA).startswith(out)


@pytest.mark.parametrize("codec", sorted(PACK))
def test_false_bytes_are_bad_compression(codec: str) -> None:
    """Neither a false beginning nor junk behind the end passes."""
    assert unpack_all(b"nothing of the kind", codec) == (b"", "bad_compression")
    assert unpack_all(PACK[codec](DATA) + b"junk junk", codec) == (DATA, "bad_compression")


def test_zeros_behind_a_gzip_file_are_padding() -> None:
    """Tapes and some tools pad with zeros."""
    assert unpack_all(gzip.compress(DATA, mtime=0) + bytes(700), "gzip") == (DATA, "")


@pytest.mark.parametrize(("codec", "most"), [("gzip", 300_000), ("bz2", 300_000), ("zstd", 2**25)])
def test_a_bomb_comes_out_in_bounded_pieces(codec: str, most: int) -> None:
    """64 MB of zeros never stand in memory at once."""
    zeros = bytes(2**26)
    packed = zlib.compress(zeros, 1, wbits=31) if codec == "gzip" else PACK[codec](zeros)
    sizes = [len(piece) for piece in unpack(read_chunks(io.BytesIO(packed)), codec)]
    assert (sum(sizes), max(sizes) <= most) == (2**26, True)


@pytest.mark.parametrize(
    ("path", "head", "expected"),
    [
        ("a.jsonl", b'{"a"', None),
        ("a.jsonl", b"\x1f\x8b\x08\0", "gzip"),
        ("a.GZ", b'{"a"', "gzip"),
        ("a.txt.zst", b"", "zstd"),
        ("a", b"BZh9", "bz2"),
    ],
)
def test_a_codec_is_known_by_first_bytes_else_by_name(
    path: str, head: bytes, expected: str | None
) -> None:
    """A packed file under a plain name is unpacked all the same."""
    assert codec_of(path, head) == expected


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
