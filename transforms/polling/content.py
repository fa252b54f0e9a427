"""An answer's body as it was sent -> as it was meant: unpacked, within a limit."""

import zlib

from transforms.core.records import RejectedRecord
from transforms.sources.compression import MAGIC, OUTPUT_BYTES, unpack

ACCEPTED = "gzip, deflate, br"
"""What requests say they understand."""
_MAX_CODINGS = 2
"""Codings laid over each other; servers behind proxies have two at times, nobody three."""


def unpack_body(body: bytes, codings: str, max_bytes: int) -> bytes:
    """A body and its Content-Encoding -> the body unpacked, at most `max_bytes` of it.

    Raises:
      RejectedRecord: "too_large", "truncated", "bad_compression" for false data or a coding that
        was not asked for.
    """
    names = [name.strip().lower() for name in codings.split(",") if name.strip()]
    if len(names) > _MAX_CODINGS:
        raise RejectedRecord("bad_compression", f"{len(names)} codings over each other")
    for name in reversed(names):
        body = _unpack(body, name, max_bytes)
    return body


def unpack_file(body: bytes, max_bytes: int) -> bytes:
    """A file that may be packed itself, such as sitemap.xml.gz -> unpacked.

    Raises:
      RejectedRecord: as `unpack_body`.
    """
    return _unpack(body, "gzip", max_bytes) if body.startswith(MAGIC["gzip"]) else body


def _unpack(body: bytes, name: str, max_bytes: int) -> bytes:
    if name in ("", "identity") or not body:
        return body
    if name in ("gzip", "x-gzip"):
        return _gzip(body, max_bytes)
    if name == "deflate":
        return _deflate(body, max_bytes)
    if name == "br":
        return _brotli(body, max_bytes)
    raise RejectedRecord("bad_compression", f"an unknown coding {name[:40]!r}")


def _gzip(body: bytes, max_bytes: int) -> bytes:
    out = bytearray()
    for piece in unpack(iter([body]), "gzip"):
        out += piece
        _check(out, max_bytes)
    return bytes(out)


def _deflate(body: bytes, max_bytes: int) -> bytes:
    """RFC 9110 means zlib's format; some servers send the bare one."""
    for bits in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
        unpacker = zlib.decompressobj(bits)
        try:
            out = unpacker.decompress(body, max_bytes + 1)
        except zlib.error:
            continue
        _check(out, max_bytes)
        if not unpacker.eof:
            raise RejectedRecord("truncated", "deflate data end before their end marker")
        return out
    raise RejectedRecord("bad_compression", "not deflate")


def _brotli(body: bytes, max_bytes: int) -> bytes:
    # Here because few servers send it.
    import brotli

    unpacker = brotli.Decompressor()
    out = bytearray()
    given = body
    try:
        while not unpacker.is_finished():
            piece = unpacker.process(given, output_buffer_limit=OUTPUT_BYTES)
            given = b""
            out += piece
            _check(out, max_bytes)
            if not piece and unpacker.can_accept_more_data():
                raise RejectedRecord("truncated", "brotli data end before their end")
    except brotli.error as error:
        raise RejectedRecord("bad_compression", "not brotli") from error
    return bytes(out)


def _check(out: bytes | bytearray, max_bytes: int) -> None:
    if len(out) > max_bytes:
        raise RejectedRecord("too_large", f"unpacks to more than {max_bytes} bytes")
