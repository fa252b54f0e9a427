"""Packed bytes -> unpacked bytes, a piece at a time, so that a bomb meets a limit and not memory.

pyarrow's CompressedInputStream knows the same formats, but loses up to a whole piece of good bytes
before the place where a file is cut off. Here everything before the cut comes out.
"""

import bz2
import zlib
from collections.abc import Iterator

from transforms.core.records import RejectedRecord
from transforms.sources.streams import file_name

OUTPUT_BYTES = 262_144
"""Largest piece that comes out of gzip and bzip2."""

ZSTD_INPUT_BYTES = 1_024
"""Given to zstd at a time. It has no limit on output: 4 bytes can become a block of 128 KB
(RFC 8878, RLE blocks), so 1 KB becomes 32 MB at worst."""

MAGIC = {"gzip": b"\x1f\x8b", "zstd": b"\x28\xb5\x2f\xfd", "bz2": b"BZh"}
"""First bytes: RFC 1952, RFC 8878, and bzip2's own."""

SUFFIXES = {".gz": "gzip", ".zst": "zstd", ".zstd": "zstd", ".bz2": "bz2"}
"""File name endings -> codec."""

GZIP_WINDOW_BITS = 31
"""zlib's sign for "gzip header and trailer, 32 KB window"."""


def codec_by_name(uri: str) -> str | None:
    """Codec that a file name states; None: plain, or not stated."""
    name = file_name(uri)
    return next((codec for suffix, codec in SUFFIXES.items() if name.endswith(suffix)), None)


def codec_of(uri: str, head: bytes) -> str | None:
    """Codec of a file, by its first bytes, else by its name.

    A file that is named .gz and is none must fail as such, not pass as odd text.
    """
    for codec, magic in MAGIC.items():
        if head.startswith(magic):
            return codec
    return codec_by_name(uri)


def unpack(chunks: Iterator[bytes], codec: str | None) -> Iterator[bytes]:
    """Packed pieces -> unpacked pieces, through several members or frames; None: unchanged.

    Raises:
      RejectedRecord: "truncated" behind the last good byte of a file that is cut off,
        "bad_compression" where the data are false.
    """
    if codec is None:
        return chunks
    return {"gzip": _gunzip, "bz2": _bunzip, "zstd": _unzstd}[codec](chunks)


def _gunzip(chunks: Iterator[bytes]) -> Iterator[bytes]:
    member = zlib.decompressobj(GZIP_WINDOW_BITS)
    begun = False
    try:
        for chunk in chunks:
            packed = chunk
            while packed:
                if member.eof:
                    # Zeros behind a member are padding (gzip's own manual), not a member.
                    packed = packed.lstrip(b"\0")
                    if not packed:
                        break
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


def _bunzip(chunks: Iterator[bytes]) -> Iterator[bytes]:
    stream = bz2.BZ2Decompressor()
    begun = False
    try:
        for chunk in chunks:
            packed = chunk
            while packed or not (stream.needs_input or stream.eof):
                if stream.eof:
                    stream = bz2.BZ2Decompressor()
                yield stream.decompress(packed, OUTPUT_BYTES)
                begun = True
                packed = stream.unused_data if stream.eof else b""
    except OSError as error:
        raise RejectedRecord("bad_compression", f"bzip2: {error}") from error
    if begun and not stream.eof:
        raise RejectedRecord("truncated", "bzip2 data end before their end marker")


def _unzstd(chunks: Iterator[bytes]) -> Iterator[bytes]:
    # Here because few inputs are zstd.
    import zstandard

    context = zstandard.ZstdDecompressor()
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
