"""Kilobytes that stand for gigabytes, in every wrapper: rejected in little memory and time."""

import bz2
import gzip
import json
import lzma
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import brotli
import pytest
import zstandard

from tests.support.waiting import PATIENCE_S

ZEROS = 1 << 30
CHUNK = bytes(1 << 20)


def _gzip(data: bytes = b"", size: int = ZEROS) -> bytes:
    """A gigabyte of zeros, or `data`, in gzip."""
    packer = zlib.compressobj(1, wbits=31)
    chunks: Iterator[bytes] = iter([data] if data else [CHUNK] * (size // len(CHUNK)))
    return b"".join(packer.compress(chunk) for chunk in chunks) + packer.flush()


def _brotli(size: int) -> bytes:
    packer = brotli.Compressor(quality=1)
    packed = b"".join(packer.process(CHUNK) for _ in range(size // len(CHUNK)))
    return bytes(packed + packer.finish())


def _zstd(size: int) -> bytes:
    packer = zstandard.ZstdCompressor(level=1).compressobj()
    return b"".join(packer.compress(CHUNK) for _ in range(size // len(CHUNK))) + packer.flush()


def _warc(body: bytes, coding: str) -> bytes:
    """A record of a response with this body."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: " + coding.encode()
    block = head + b"\r\n\r\n" + body
    return (
        b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:x:a>\r\n"
        b"Content-Type: application/http; msgtype=response\r\n"
        b"Content-Length: %d\r\n\r\n" % len(block) + block + b"\r\n\r\n"
    )


WHOLE = 256 << 20
BOMBS: dict[str, Callable[[], bytes]] = {
    "twice.warc": lambda: _warc(_gzip(_gzip()), "gzip, gzip"),
    "unsaid.warc": lambda: _warc(_gzip(_gzip()), ""),
    "gzip.warc": lambda: _warc(_gzip(size=WHOLE), "gzip"),
    "deflate.warc": lambda: _warc(zlib.compress(bytes(WHOLE), 1), "deflate"),
    "brotli.warc": lambda: _warc(_brotli(WHOLE), "br"),
    "zstd.warc": lambda: _warc(_zstd(WHOLE), "zstd"),
    "packed.warc.gz": lambda: gzip.compress(_warc(_gzip(_gzip()), "gzip, gzip")),
    "page.html.gz": lambda: _gzip(size=WHOLE),
    "page.html.zst": lambda: _zstd(WHOLE),
    "page.html.br": lambda: _brotli(WHOLE),
    "page.html.bz2": lambda: bz2.compress(bytes(WHOLE), 1),
    "page.html.xz": lambda: lzma.compress(bytes(WHOLE), preset=0),
    "feed.xml.gz": lambda: _gzip(size=WHOLE),
    "note.txt.zst": lambda: _zstd(WHOLE),
    "lines.jsonl.zst": lambda: _zstd(ZEROS),
    "lines.jsonl.gz": lambda: _gzip(size=WHOLE),
    "records.warc.zst": lambda: _zstd(ZEROS),
}

SCRIPT = """
import json, resource, sys
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Reject, Source
from warta.transforms.sources.registry import reader_of
from warta.transforms.sources.listing import list_source
from warta.transforms.sources.readers import read_reference
import brotli, feedparser, zstandard
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
found = {}
for path in sys.argv[1:]:
    listing = list_source(Source(path), split_bytes=1 << 60, stripes=1)
    rows = [row for one in listing for row in read_reference(one, InputLimits())]
    found[path] = [getattr(row, "reason", "") for row in rows]
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(json.dumps([grown // 1024, found]))
"""


@pytest.mark.long
def test_a_bomb_is_a_reject_in_little_memory(tmp_path: Path) -> None:
    """In each wrapper, and two deep: under 200 MB over what the libraries take."""
    for name, make in BOMBS.items():
        (tmp_path / name).write_bytes(make())
    paths = [str(tmp_path / name) for name in BOMBS]
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *paths],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_S,
    )
    grown_mb, found = json.loads(done.stdout)
    assert {Path(path).name: reasons for path, reasons in found.items()} == {
        name: _expected(name) for name in BOMBS
    }
    assert grown_mb < 200


def _expected(name: str) -> list[str]:
    """Of zeros there is no line and no record; the file itself is too large as well."""
    more = {
        "records.warc.zst": ["bad_warc_record", "too_large"],
        "lines.jsonl.gz": ["too_large", "too_large"],
        "lines.jsonl.zst": ["too_large", "too_large"],
    }
    return more.get(name, ["too_large"])
