"""Unpack gzip, deflate, bzip2, xz, zstd and brotli in bounded parts: one function a codec.

Each yields all good bytes before a fault, then raises "truncated" or "bad_compression". Members of
gzip, frames of zstd, and streams of bzip2 and xz may follow one another. What may come out in all
is for the caller to bound (see unpack.py).
"""

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator

from warta.transforms.core.rejections import RejectedRecord
from warta.transforms.sources.compression.codec_names import MAGIC

OUTPUT_BYTES = 262_144
"""Largest part that comes out of gzip, deflate, bzip2 and xz; of brotli about twice as much."""

ZSTD_INPUT_BYTES = 1_024
"""Given to zstd at a time. It has no limit on output: 4 bytes can become a block of 128 KB
(RFC 8878, RLE blocks), so 1 KB becomes 32 MB at worst."""

WINDOW_BYTES = 1 << 27
"""Largest window of zstd (`--long=27`) and most memory of xz (`-9` takes 65 MB): a header may ask
for gigabytes."""

GZIP_WINDOW_BITS = 31
"""zlib's sign for "gzip header and trailer, 32 KB window"."""


class TailError(RejectedRecord):
    """What follows a whole member is not another one."""

    def __init__(self, name: str) -> None:
        super().__init__("bad_compression", f"{name}: other data after its end")


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
                        raise TailError("gzip")
                    member, begun = zlib.decompressobj(GZIP_WINDOW_BITS), False
                yield member.decompress(packed, OUTPUT_BYTES)
                begun = True
                packed = member.unused_data if member.eof else member.unconsumed_tail
        # zlib may hold output back when the last input just filled a part.
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
            part = unpacker.decompress(packed, OUTPUT_BYTES)
        except zlib.error as error:
            failure = error
            continue
        try:
            while part or unpacker.unconsumed_tail:
                yield part
                part = unpacker.decompress(unpacker.unconsumed_tail, OUTPUT_BYTES)
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
                        raise TailError(name)
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
                raise TailError("brotli")
            given = chunk
            while True:
                part = stream.process(given, output_buffer_limit=OUTPUT_BYTES)
                given, begun = b"", True
                yield part
                if stream.is_finished() or (not part and stream.can_accept_more_data()):
                    break
    except brotli.error as error:
        raise RejectedRecord("bad_compression", "not brotli") from error
    if begun and not stream.is_finished():
        raise RejectedRecord("truncated", "brotli data end before their end")


UNPACKERS: dict[str, Callable[[Iterator[bytes]], Iterator[bytes]]] = {
    "gzip": _gunzip,
    "deflate": _inflate,
    "bz2": _unpack_bz2,
    "xz": _unpack_xz,
    "zstd": _unpack_zstd,
    "br": _unpack_brotli,
}
