"""Unpack compressed bytes in bounded parts, so that a bomb meets a limit instead of memory.

Every place that unpacks comes here: files (`unpack`), the bodies that servers send (`unpack_body`),
and bodies in archives, whose headers may be false (`unpack_archived`).

pyarrow's CompressedInputStream knows most of these formats, but loses up to a whole chunk of good
bytes before the place where a file is cut off. Here everything before the cut comes out.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from warta.transforms.core.rejections import RejectedRecord
from warta.transforms.sources.compression.codec_names import (
    CODINGS,
    HEAD_BYTES,
    codec_by_magic,
    codec_of,
)
from warta.transforms.sources.compression.unpackers import UNPACKERS, TailError
from warta.transforms.sources.streams import open_binary

FREE_BYTES = 64 << 20
MAX_RATIO = 200
"""Past FREE_BYTES, a file that unpacks to more than MAX_RATIO times its size is a bomb. Dumps of
news reach 20. A gigabyte of tiny records, a megabyte packed, would take minutes to reject."""

MAX_LAYERS = 2
"""Codings laid over each other: servers behind proxies have two at times, nobody three."""

_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")
"""Bytes that no text has, and packed data have within a few dozen bytes."""
_PLAIN_BYTES = 512
"""Looked at for them."""


@contextmanager
def open_with_codec(
    path: str, uri: str, *, may_be_empty: bool = False
) -> Iterator[tuple[BinaryIO, str | None]]:
    """Open a file, and say what packs it.

    Args:
      path: Where it is read.
      uri: What it is called.
      may_be_empty: Whether a file without bytes is opened.

    Yields:
      The file at its beginning, and its codec; None: it is plain.

    Raises:
      RejectedRecord: "empty".
    """
    with open_binary(path) as file:
        head = file.read(HEAD_BYTES)
        if not head and not may_be_empty:
            raise RejectedRecord("empty")
        file.seek(0)
        yield file, codec_of(uri, head)


def unpack(chunks: Iterator[bytes], codec: str | None) -> Iterator[bytes]:
    """Unpack a file part by part, through several members or frames.

    Args:
      chunks: The packed file.
      codec: As `codec_of` names it; None: the file is plain, and comes out unchanged.

    Raises:
      RejectedRecord: "truncated" after the last good byte of a file that is cut off,
        "bad_compression" where the data are false, "too_large" where they are a bomb.
    """
    return chunks if codec is None else _checked(chunks, codec)


def unpack_body(body: bytes, codings: str, max_bytes: int) -> bytes:
    """Unpack a body that a server has just sent, as its Content-Encoding says.

    Args:
      body: As it was sent.
      codings: The header's value; "" where there is none.
      max_bytes: For the body, and for every coding within another.

    Raises:
      RejectedRecord: "too_large", "truncated", or "bad_compression" for false data or a coding that
        was not asked for.
    """
    names = [name.strip().lower() for name in codings.split(",") if name.strip()]
    names = [name for name in names if name != "identity"]
    if len(names) > MAX_LAYERS:
        raise RejectedRecord("bad_compression", f"{len(names)} codings over each other")
    for name in reversed(names):
        if name not in CODINGS:
            raise RejectedRecord("bad_compression", f"an unknown coding {name[:40]!r}")
        body = unpack_bytes(body, CODINGS[name], max_bytes) if body else body
    return body


def unpack_file(body: bytes, max_bytes: int) -> bytes:
    """Unpack a body that is a packed file itself, such as sitemap.xml.gz; else return it unchanged.

    Raises:
      RejectedRecord: As `unpack_body`.
    """
    codec = codec_by_magic(body)
    return body if codec is None else unpack_bytes(body, codec, max_bytes)


def unpack_archived(body: bytes, codings: str, max_bytes: int) -> bytes:
    """Unpack a body from an archive, by its own bytes first and by its headers second.

    Many archives keep the headers of a packed page and the page unpacked, or the reverse.

    Args:
      body: As it is stored.
      codings: What Content-Encoding says, in any case; names that mean nothing are passed over.
      max_bytes: For the body, and for every coding within another.

    Raises:
      RejectedRecord: "too_large", "truncated", or "bad_compression" for what begins as packed data
        and cannot be unpacked.

    Example:
      >>> unpack_archived(b"<p>Plain after all.</p>", "gzip", 1_000)
      b'<p>Plain after all.</p>'
    """
    names = (name.strip().lower() for name in codings.split(","))
    # Only these two have no first bytes that tell them.
    stated = [CODINGS[name] for name in names if CODINGS.get(name) in ("deflate", "br")]
    for _ in range(MAX_LAYERS + 1):
        codec = codec_by_magic(body)
        if codec is not None:
            body = unpack_bytes(body, codec, max_bytes, ignore_tail=True)
        elif stated and not is_plain(body):
            body = _unpack_if_packed(body, stated.pop(), max_bytes)
        else:
            return body
    raise RejectedRecord("bad_compression", f"more than {MAX_LAYERS} codings over each other")


def _unpack_if_packed(body: bytes, codec: str, max_bytes: int) -> bytes:
    try:
        return unpack_bytes(body, codec, max_bytes, ignore_tail=True)
    except RejectedRecord as rejection:
        if rejection.reason == "bad_compression":
            return body
        raise


def is_plain(body: bytes) -> bool:
    """Return whether bytes can be the beginning of a text: packed data cannot."""
    return _BINARY.search(body[:_PLAIN_BYTES]) is None


def unpack_bytes(body: bytes, codec: str, max_bytes: int, *, ignore_tail: bool = False) -> bytes:
    """Unpack all of `body`, at most `max_bytes` of it.

    Args:
      body: Packed.
      codec: "deflate", or as `codec_of` names it.
      max_bytes: Of what comes out.
      ignore_tail: Pass over what follows the first member and is not another one.

    Raises:
      RejectedRecord: "too_large", "truncated" or "bad_compression".
    """
    out = bytearray()
    try:
        for part in UNPACKERS[codec](iter([body])):
            out += part
            if len(out) > max_bytes:
                raise RejectedRecord("too_large", f"unpacks to more than {max_bytes} bytes")
    except TailError:
        if not ignore_tail:
            raise
    return bytes(out)


def _checked(chunks: Iterator[bytes], codec: str) -> Iterator[bytes]:
    packed = unpacked = 0

    def counted() -> Iterator[bytes]:
        nonlocal packed
        for chunk in chunks:
            packed += len(chunk)
            yield chunk

    for part in UNPACKERS[codec](counted()):
        unpacked += len(part)
        if unpacked > FREE_BYTES and unpacked > packed * MAX_RATIO:
            raise RejectedRecord("too_large", f"unpacks to more than {MAX_RATIO} times its size")
        yield part
