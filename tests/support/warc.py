"""WARC files for tests: made record by record, and read."""

import gzip
from pathlib import Path

from tests.support.reading import records_at
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Reject, SourceItem

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
