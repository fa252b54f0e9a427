"""Unpack compressed bytes in bounded pieces, so that a bomb meets a limit instead of memory.

Every place that unpacks comes here: files (`unpack`), the bodies that servers send (`unpack_body`),
and bodies in archives, whose headers may be false (`unpack_archived`).

pyarrow's CompressedInputStream knows most of these formats, but loses up to a whole piece of good
bytes before the place where a file is cut off. Here everything before the cut comes out.
"""

import bz2
import lzma
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

from warta.transforms.core.records import RejectedRecord
from warta.transforms.sources.streams import file_name, open_binary

OUTPUT_BYTES = 262_144
"""Largest piece that comes out of gzip, deflate, bzip2 and xz; of brotli about twice as much."""

ZSTD_INPUT_BYTES = 1_024
"""Given to zstd at a time. It has no limit on output: 4 bytes can become a block of 128 KB
(RFC 8878, RLE blocks), so 1 KB becomes 32 MB at worst."""

WINDOW_BYTES = 1 << 27
"""Largest window of zstd (`--long=27`) and most memory of xz (`-9` takes 65 MB): a header may ask
for gigabytes."""

FREE_BYTES = 64 << 20
MAX_RATIO = 200
"""Past FREE_BYTES, a file that unpacks to more than MAX_RATIO times its size is a bomb. Dumps of
news reach 20. A gigabyte of tiny records, a megabyte packed, would take minutes to reject."""

MAX_LAYERS = 2
"""Codings laid over each other: servers behind proxies have two at times, nobody three."""

MAGIC = {
    "gzip": b"\x1f\x8b",
    "zstd": b"\x28\xb5\x2f\xfd",
    "bz2": b"BZh",
    "xz": b"\xfd7zXZ\x00",
}
"""First bytes: RFC 1952, RFC 8878, bzip2's own, and the .xz file format, 2.1.1.1."""

HEAD_BYTES = max(map(len, MAGIC.values()))
"""First bytes of a file that show its codec."""

SUFFIXES = {
    ".gz": "gzip",
    ".zst": "zstd",
    ".zstd": "zstd",
    ".bz2": "bz2",
    ".xz": "xz",
    ".br": "br",
}
"""File name endings and their codec. Brotli has no first bytes of its own: the name alone says."""

CODINGS = {
    "gzip": "gzip",
    "x-gzip": "gzip",
    "deflate": "deflate",
    "x-deflate": "deflate",
    "br": "br",
    "zstd": "zstd",
    "bzip2": "bz2",
    "x-bzip2": "bz2",
    "xz": "xz",
}
"""Names in Content-Encoding, in lower case, and their codec."""

ACCEPTED = "gzip, deflate, br"
"""What requests say they understand."""

GZIP_WINDOW_BITS = 31
"""zlib's sign for "gzip header and trailer, 32 KB window"."""

_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")
"""Bytes that no text has, and packed data have within a few dozen bytes."""
_PLAIN_BYTES = 512
"""Looked at for them."""


def codec_by_name(uri: str) -> str | None:
    """Return the codec that a file name states; None where it states none."""
    name = file_name(uri)
    return next((codec for suffix, codec in SUFFIXES.items() if name.endswith(suffix)), None)


def codec_by_magic(head: bytes) -> str | None:
    """Return the codec that first bytes show; None where they show none.

    Example:
      >>> codec_by_magic(b"BZh91AY&SY")
      'bz2'
    """
    return next((codec for codec, magic in MAGIC.items() if head.startswith(magic)), None)


def codec_of(uri: str, head: bytes) -> str | None:
    """Return the codec of a file, by its first HEAD_BYTES, else by its name.

    A file that is named .gz without being gzip must fail as such, not pass as odd text.
    """
    return codec_by_magic(head) or codec_by_name(uri)


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
    """Unpack a file piece by piece, through several members or frames.

    Args:
      chunks: the packed file.
      codec: as `codec_of` names it; None: the file is plain, and comes out unchanged.

    Raises:
      RejectedRecord: "truncated" after the last good byte of a file that is cut off,
        "bad_compression" where the data are false, "too_large" where they are a bomb.
    """
    return chunks if codec is None else _checked(chunks, codec)


def unpack_body(body: bytes, codings: str, max_bytes: int) -> bytes:
    """Unpack a body that a server has just sent, as its Content-Encoding says.

    Args:
      body: as it was sent.
      codings: the header's value; "" where there is none.
      max_bytes: for the body, and for every coding within another.

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
      RejectedRecord: as `unpack_body`.
    """
    codec = codec_by_magic(body)
    return body if codec is None else unpack_bytes(body, codec, max_bytes)


def unpack_archived(body: bytes, codings: str, max_bytes: int) -> bytes:
    """Unpack a body from an archive, by its own bytes first and by its headers second.

    Many archives keep the headers of a packed page and the page unpacked, or the reverse.

    Args:
      body: as it is stored.
      codings: what Content-Encoding says, in any case; names that mean nothing are passed over.
      max_bytes: for the body, and for every coding within another.

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
      body: packed.
      codec: "deflate", or as `codec_of` names it.
      max_bytes: of what comes out.
      ignore_tail: pass over what follows the first member and is no other one.

    Raises:
      RejectedRecord: "too_large", "truncated" or "bad_compression".
    """
    out = bytearray()
    try:
        for piece in _UNPACKERS[codec](iter([body])):
            out += piece
            if len(out) > max_bytes:
                raise RejectedRecord("too_large", f"unpacks to more than {max_bytes} bytes")
    except _TailError:
        if not ignore_tail:
            raise
    return bytes(out)


class _TailError(RejectedRecord):
    """What follows a whole member is no other one."""

    def __init__(self, name: str) -> None:
        super().__init__("bad_compression", f"{name}: other data after its end")


def _checked(chunks: Iterator[bytes], codec: str) -> Iterator[bytes]:
    packed = unpacked = 0

    def counted() -> Iterator[bytes]:
        nonlocal packed
        for chunk in chunks:
            packed += len(chunk)
            yield chunk

    for piece in _UNPACKERS[codec](counted()):
        unpacked += len(piece)
        if unpacked > FREE_BYTES and unpacked > packed * MAX_RATIO:
            raise RejectedRecord("too_large", f"unpacks to more than {MAX_RATIO} times its size")
        yield piece


def _gunzip(chunks: Iterator[bytes]) -> Iterator[bytes]:
    member = zlib.decompressobj(GZIP_WINDOW_BITS)
    begun = False
    try:
        for chunk in chunks:
            packed = chunk
            while packed:
                if member.eof:
                    # Zeros after a member are padding (gzip's own manual), not a member.
                    packed = packed.lstrip(b"\0")
                    if not packed:
                        break
                    if not packed.startswith(MAGIC["gzip"][: len(packed)]):
                        raise _TailError("gzip")
                    member, begun = zlib.decompressobj(GZIP_WINDOW_BITS), False
                yield member.decompress(packed, OUTPUT_BYTES)
                begun = True
                packed = member.unused_data if member.eof else member.unconsumed_tail
        # zlib may hold output back when the last input just filled a piece.
        while begun and not member.eof and (held := member.decompress(b"", OUTPUT_BYTES)):
            yield held
    except zlib.error as error:
        raise RejectedRecord("bad_compression", f"gzip: {error}") from error
    if begun and not member.eof:
        raise RejectedRecord("truncated", "gzip data end before their end marker")


def _inflate(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """RFC 9110 means zlib's format with "deflate"; some servers send the bare one."""
    packed = b"".join(chunks)
    for bits in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
        unpacker = zlib.decompressobj(bits)
        try:
            piece = unpacker.decompress(packed, OUTPUT_BYTES)
        except zlib.error as error:
            failure = error
            continue
        try:
            while piece or unpacker.unconsumed_tail:
                yield piece
                piece = unpacker.decompress(unpacker.unconsumed_tail, OUTPUT_BYTES)
        except zlib.error as error:
            raise RejectedRecord("bad_compression", f"deflate: {error}") from error
        if not unpacker.eof:
            raise RejectedRecord("truncated", "deflate data end before their end marker")
        return
    raise RejectedRecord("bad_compression", f"deflate: {failure}") from failure


def _unpack_bz2(chunks: Iterator[bytes]) -> Iterator[bytes]:
    return _unpack_streams(chunks, bz2.BZ2Decompressor, "bzip2", b"BZh")


def _unpack_xz(chunks: Iterator[bytes]) -> Iterator[bytes]:
    def make() -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=WINDOW_BYTES)

    return _unpack_streams(chunks, make, "xz", MAGIC["xz"])


def _unpack_streams(
    chunks: Iterator[bytes],
    make: Callable[[], bz2.BZ2Decompressor | lzma.LZMADecompressor],
    name: str,
    magic: bytes,
) -> Iterator[bytes]:
    """bzip2 and xz: Python's two classes for them have one interface."""
    stream = make()
    begun = False
    try:
        for chunk in chunks:
            packed = chunk
            while packed or not (stream.needs_input or stream.eof):
                if stream.eof:
                    # Streams of xz may be padded with zeros.
                    packed = packed.lstrip(b"\0") if name == "xz" else packed
                    if not packed:
                        break
                    if not packed.startswith(magic[: len(packed)]):
                        raise _TailError(name)
                    stream = make()
                yield stream.decompress(packed, OUTPUT_BYTES)
                begun = True
                packed = stream.unused_data if stream.eof else b""
    except (OSError, lzma.LZMAError) as error:
        raise RejectedRecord("bad_compression", f"{name}: {error}") from error
    if begun and not stream.eof:
        raise RejectedRecord("truncated", f"{name} data end before their end marker")


def _unpack_zstd(chunks: Iterator[bytes]) -> Iterator[bytes]:
    # Here because few inputs are zstd.
    import zstandard

    context = zstandard.ZstdDecompressor(max_window_size=WINDOW_BYTES)
    frame = context.decompressobj()
    begun = False
    try:
        for chunk in chunks:
            for at in range(0, len(chunk), ZSTD_INPUT_BYTES):
                packed = chunk[at : at + ZSTD_INPUT_BYTES]
                while packed:
                    if frame.eof:
                        frame = context.decompressobj()
                    yield frame.decompress(packed)
                    begun = True
                    packed = frame.unused_data if frame.eof else b""
    except zstandard.ZstdError as error:
        raise RejectedRecord("bad_compression", f"zstd: {error}") from error
    if begun and not frame.eof:
        raise RejectedRecord("truncated", "zstd data end before their end marker")


def _unpack_brotli(chunks: Iterator[bytes]) -> Iterator[bytes]:
    # Here because few servers send it.
    import brotli

    stream = brotli.Decompressor()
    begun = False
    try:
        for chunk in chunks:
            if stream.is_finished() and chunk:
                raise _TailError("brotli")
            given = chunk
            while True:
                piece = stream.process(given, output_buffer_limit=OUTPUT_BYTES)
                given, begun = b"", True
                yield piece
                if stream.is_finished() or (not piece and stream.can_accept_more_data()):
                    break
    except brotli.error as error:
        raise RejectedRecord("bad_compression", "not brotli") from error
    if begun and not stream.is_finished():
        raise RejectedRecord("truncated", "brotli data end before their end")


_UNPACKERS: dict[str, Callable[[Iterator[bytes]], Iterator[bytes]]] = {
    "gzip": _gunzip,
    "deflate": _inflate,
    "bz2": _unpack_bz2,
    "xz": _unpack_xz,
    "zstd": _unpack_zstd,
    "br": _unpack_brotli,
}
