"""Separate the records of a packed WARC file: of gzip members with a record each, or a part of one.

Reading goes on after a broken member, and begins in the middle of a file: with the next member that
begins with a record.
"""

import zlib
from collections.abc import Iterator
from typing import BinaryIO

from warta.transforms.core.options import InputLimits
from warta.transforms.core.rejections import RejectedRecord
from warta.transforms.sources.compression.unpackers import GZIP_WINDOW_BITS, OUTPUT_BYTES
from warta.transforms.sources.warc.frames import CUT, VERSION, Frame, frames_of_stream

_GZIP_MAGIC = b"\x1f\x8b\x08"

_PACKED_BYTES = 32_768
"""Read at a time from a packed file: about one member, so that little is read twice."""

_SHORT = RejectedRecord("bad_warc_record", "its gzip member ends before its Content-Length")
EMPTY_MEMBER = "empty_member"


def frames_of_members(
    file: BinaryIO, start: int, end: int | None, limits: InputLimits
) -> Iterator[Frame]:
    """Yield the frames of a .gz file whose gzip member begins in [start, end).

    A record may go on in the members that follow its own: up to the next one that begins with a
    record, they belong to the member before.

    Args:
      file: The packed file.
      start: First byte of the range.
      end: First byte after it; None: to the end.
      limits: For what is kept of one record.
    """
    at = start if start == 0 else _next_member(file, start, end)
    while at is not None and (end is None or at < end):
        members = _Members(file, at)
        for frame in frames_of_stream(members.unpack(), limits, short=_SHORT, ends=members.ends):
            yield frame._replace(offset=at)
        for offset in members.empty:
            yield Frame(offset, b"", 0, passed_over=EMPTY_MEMBER)
        after = members.at if members.next is None else members.next
        at = _next_member(file, after + 1 if members.failed else after)
        if not members.failed:
            yield from _junk(file, members.at, at, limits)


def _junk(file: BinaryIO, start: int, end: int | None, limits: InputLimits) -> Iterator[Frame]:
    """Yield what is between two members, if it is more than padding."""
    file.seek(start)
    most = limits.reject_raw_bytes
    data = file.read(most if end is None else min(most, end - start))
    if end is None and data.startswith(_GZIP_MAGIC):
        yield Frame(start, data, len(data), CUT)
    elif data.strip(b"\0") or (end is not None and _has_more_than_zeros(file, end)):
        length = len(data) if end is None else end - start
        yield Frame(start, data, length, RejectedRecord("bad_compression", "no gzip member"))


def _has_more_than_zeros(file: BinaryIO, end: int) -> bool:
    """Return whether there is more than padding up to a byte; gigabytes are read chunk by chunk."""
    while (left := end - file.tell()) > 0:
        chunk = file.read(min(_PACKED_BYTES, left))
        if not chunk or chunk.strip(b"\0"):
            return bool(chunk)
    return False


class _Members:
    """A gzip member, and those after it that do not begin with a record, unpacked as one."""

    def __init__(self, file: BinaryIO, offset: int) -> None:
        self._file = file
        self.at = offset
        """First byte of the member that is being unpacked; in the end, first byte after the last
        one, or of the one that cannot be unpacked."""
        self.next: int | None = None
        """First byte of the next member, once it is known to begin with a record."""
        self.ends: list[int] = []
        """Where members end in the unpacked bytes."""
        self.empty: list[int] = []
        """First bytes of members that hold nothing."""
        self.failed = False
        """The last one is broken, or cut off."""

    def unpack(self) -> Iterator[bytes]:
        """Yield their bytes.

        Raises:
          RejectedRecord: "truncated" or "bad_compression" where they end too early.
        """
        length = 0
        while True:
            before = length
            for part in self._unpack_member():
                length += len(part)
                yield part
            self.ends.append(length)
            if length == before:
                self.empty.append(self._begin)
            following = _after_zeros(self._file, self.at)
            if following is None:
                return
            if _holds_warc(self._file, following):
                self.next = following
                return
            self.at = following

    def _unpack_member(self) -> Iterator[bytes]:
        self._begin = self.at
        self._file.seek(self.at)
        unpacker = zlib.decompressobj(GZIP_WINDOW_BITS)
        while not unpacker.eof:
            packed = unpacker.unconsumed_tail or self._file.read(_PACKED_BYTES)
            try:
                part = unpacker.decompress(packed, OUTPUT_BYTES)
            except zlib.error as error:
                self.failed = True
                raise RejectedRecord("bad_compression", f"gzip: {error}") from error
            if not packed and not part and not unpacker.eof:
                # Of the file, or of what a broken member takes for its own: later ones are read.
                self.failed = True
                raise RejectedRecord("truncated", "gzip data end before their end marker")
            if part:
                yield part
        self.at = self._file.tell() - len(unpacker.unused_data)


def _after_zeros(file: BinaryIO, offset: int) -> int | None:
    """First byte after padding where a gzip member begins; None where something else does."""
    at = offset
    file.seek(at)
    while chunk := file.read(_PACKED_BYTES):
        rest = chunk.lstrip(b"\0")
        at += len(chunk) - len(rest)
        if rest:
            file.seek(at)
            return at if file.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC else None
    return None


def _next_member(file: BinaryIO, offset: int, end: int | None = None) -> int | None:
    """Return the offset of the first gzip member from `offset` on that begins with a WARC record.

    Args:
      file: The packed file.
      offset: First byte that is looked at.
      end: First byte at which none is looked for any more; None: to the file's end.
    """
    file.seek(offset)
    at = offset
    tail = b""
    while (end is None or at < end) and (chunk := file.read(_PACKED_BYTES)):
        # The magic may be across two chunks.
        data = tail + chunk
        found = data.find(_GZIP_MAGIC)
        while found >= 0:
            if _holds_warc(file, at + found):
                return at + found
            found = data.find(_GZIP_MAGIC, found + 1)
        tail = data[-(len(_GZIP_MAGIC) - 1) :]
        at += len(data) - len(tail)
        file.seek(at + len(tail))
    return None


def _holds_warc(file: BinaryIO, offset: int) -> bool:
    """Return whether a gzip member that holds a WARC record begins here."""
    file.seek(offset)
    try:
        head = zlib.decompressobj(GZIP_WINDOW_BITS).decompress(file.read(4_096), 16)
    except zlib.error:
        return False
    return VERSION.match(head) is not None
