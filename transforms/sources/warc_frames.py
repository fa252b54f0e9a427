"""WARC bytes -> the bytes of each record, past false lengths, broken members and cuts.

fastwarc reads records; what it cannot do is go on behind a broken one, or begin in the middle of a
file. So records are parted here and given to it one by one.
"""

import re
import zlib
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from transforms.core.records import Limits, RejectedRecord
from transforms.sources.compression import GZIP_WINDOW_BITS, OUTPUT_BYTES
from transforms.sources.streams import read_chunks

MAX_HEADER_BYTES = 32_768
"""Longest WARC header: fastwarc's own limit. Real ones have under 2 KB."""

_VERSION = re.compile(rb"WARC/1\.[01]\r?\n")

_START = re.compile(rb"\n\r?\n(?=WARC/1\.[01]\r?\n[A-Za-z][A-Za-z0-9-]{0,60}[ \t]*:)")
"""A record behind another: a blank line, the version, a first field (ISO 28500, 4). A page that
quotes these three is told from a record by the length of its own record, but where a range begins
or a length is false it is not."""

_START_BYTES = 128
"""More than `_START` looks at."""

_BLANK_BYTES = 64
"""Line ends looked at between two records; the standard has four bytes."""

_HEADER_END = re.compile(rb"\n\r?\n")

_LENGTH = re.compile(rb"^content-length[ \t]*:[ \t]*(\d{1,18})[ \t]*\r?$", re.I | re.M)

_GZIP_MAGIC = b"\x1f\x8b\x08"

_PACKED_BYTES = 32_768
"""Read at a time from a packed file: about one member, so that little is read twice."""

_CUT = RejectedRecord("truncated", "the file ends inside a record")
_SHORT = RejectedRecord("bad_warc_record", "its gzip member ends before its Content-Length")


class Frame(NamedTuple):
    """One record's bytes, header and block, or what stands in its place."""

    offset: int
    """Of its first byte; in a packed file, of its gzip member."""
    data: bytes
    """All of it; with a verdict, its beginning."""
    length: int
    """In bytes, also of what `data` leaves out."""
    verdict: RejectedRecord | None = None
    """Why it cannot be read as a record."""


class _Window:
    """A file seen through a window that only moves forward, so that memory is bounded."""

    def __init__(self, chunks: Iterator[bytes], offset: int) -> None:
        self._chunks = chunks
        self.buffer = bytearray()
        self.offset = offset
        self.failure: RejectedRecord | None = None

    def grow(self) -> bool:
        """Takes in one more piece; False at the end, or where no more can be unpacked."""
        try:
            chunk = next(self._chunks, None)
        except RejectedRecord as verdict:
            self.failure = verdict
            return False
        self.buffer += chunk or b""
        return chunk is not None

    def fill(self, length: int) -> bool:
        """Makes `length` bytes visible; False where fewer are left."""
        while len(self.buffer) < length:
            if not self.grow():
                return False
        return True

    def drop(self, length: int) -> None:
        """Moves forward by `length` visible bytes."""
        del self.buffer[:length]
        self.offset += length

    def skip_blank(self) -> None:
        """Moves to the next byte that is no line end, or to the end."""
        while self.fill(1):
            blank = len(self.buffer) - len(self.buffer.lstrip(b"\r\n"))
            if blank == 0:
                return
            self.drop(blank)

    def skip_to_start(self, keep: int) -> tuple[bytes, int]:
        """Moves to the next record behind, or to the end -> (first bytes passed, how many)."""
        kept = bytearray()
        passed = 0
        more = True
        while True:
            found = _START.search(self.buffer)
            if found is not None:
                step = found.end()
            else:
                step = max(0, len(self.buffer) - _START_BYTES) if more else len(self.buffer)
            kept += self.buffer[: min(step, keep - len(kept))]
            passed += step
            self.drop(step)
            if found is not None or not more:
                return bytes(kept), passed
            more = self.grow()


def frames_of_stream(
    chunks: Iterator[bytes], limits: Limits, *, short: RejectedRecord = _CUT
) -> Iterator[Frame]:
    """The frames of a whole unpacked file, or of one gzip member.

    Args:
      chunks: the file in pieces; what it raises ends the file, and stands behind its records.
      limits: for what is kept of one record.
      short: verdict on a last record that is shorter than it says.
    """
    return _frames(_Window(chunks, 0), None, limits, short)


def frames_of_range(file: BinaryIO, start: int, end: int | None, limits: Limits) -> Iterator[Frame]:
    """The frames of a plain file whose first byte lies in [start, end); None: to the end."""
    # From three bytes before, to see the blank line before a record that begins at `start`.
    begin = max(0, start - 3)
    file.seek(begin)
    window = _Window(read_chunks(file), begin)
    while window.offset < start and window.fill(1):
        window.skip_to_start(0)
    return _frames(window, end, limits, _CUT)


def _frames(
    window: _Window, end: int | None, limits: Limits, short: RejectedRecord
) -> Iterator[Frame]:
    while True:
        window.skip_blank()
        if not window.buffer or (end is not None and window.offset >= end):
            break
        yield _next_frame(window, limits, short)
    if window.failure is not None:
        yield Frame(window.offset, b"", 0, window.failure)


def _next_frame(window: _Window, limits: Limits, short: RejectedRecord) -> Frame:
    """The record at the window's beginning; the window moves behind it."""
    total = _stated_length(window)
    if total is None:
        return _broken(window, limits, "no WARC header with a Content-Length")
    if total > limits.max_record_bytes + MAX_HEADER_BYTES:
        return _oversized(window, total, limits, short)
    if not window.fill(total):
        if _START.search(window.buffer) is not None:
            return _broken(window, limits, "its Content-Length leads past the next record")
        return _rest(window, limits, short)
    if not _ends_at(window, total):
        return _broken(window, limits, "its Content-Length does not lead to the next record")
    frame = Frame(window.offset, bytes(window.buffer[:total]), total)
    window.drop(total)
    return frame


def _stated_length(window: _Window) -> int | None:
    """Bytes of header and block by the record's own word; None where it has no true header."""
    searched = 0
    while True:
        end = _HEADER_END.search(window.buffer, max(0, searched - 2), MAX_HEADER_BYTES)
        searched = len(window.buffer)
        if end is not None or searched >= MAX_HEADER_BYTES or not window.grow():
            break
    if end is None or _VERSION.match(window.buffer) is None:
        return None
    length = _LENGTH.search(window.buffer, 0, end.end())
    return None if length is None else end.end() + int(length[1])


def _ends_at(window: _Window, total: int) -> bool:
    """Whether behind `total` bytes the file ends or the next record begins."""
    window.fill(total + _BLANK_BYTES + _START_BYTES)
    behind = bytes(window.buffer[total : total + _BLANK_BYTES])
    at = total + len(behind) - len(behind.lstrip(b"\r\n"))
    if at == min(len(window.buffer), total + _BLANK_BYTES):
        return True
    found = _START.search(window.buffer, max(0, at - 3))
    return found is not None and found.end() == at


def _broken(window: _Window, limits: Limits, detail: str) -> Frame:
    offset = window.offset
    data, length = window.skip_to_start(limits.reject_raw_bytes)
    return Frame(offset, data, length, RejectedRecord("bad_warc_record", detail))


def _rest(window: _Window, limits: Limits, short: RejectedRecord) -> Frame:
    """All that is left, as one record that is not whole."""
    verdict, window.failure = window.failure or short, None
    data, length = bytes(window.buffer[: limits.reject_raw_bytes]), len(window.buffer)
    frame = Frame(window.offset, data, length, verdict)
    window.drop(length)
    return frame


def _oversized(window: _Window, total: int, limits: Limits, short: RejectedRecord) -> Frame:
    """A record over the limit, passed without trust in its length: it may be a false one."""
    offset = window.offset
    data, length = window.skip_to_start(MAX_HEADER_BYTES + limits.reject_raw_bytes)
    if total <= length <= total + _BLANK_BYTES:
        verdict = RejectedRecord("too_large", f"a record of {total} bytes")
    elif window.buffer or length > total:
        verdict = RejectedRecord("bad_warc_record", "its Content-Length is false")
    else:
        verdict, window.failure = window.failure or short, None
    return Frame(offset, data, length, verdict)


def frames_of_members(
    file: BinaryIO, start: int, end: int | None, limits: Limits
) -> Iterator[Frame]:
    """The frames of a .gz file whose gzip member begins in [start, end); None: to the end."""
    at = start if start == 0 else _next_member(file, start)
    while at is not None and (end is None or at < end):
        member = _Member(file, at)
        for frame in frames_of_stream(member.unpack(), limits, short=_SHORT):
            yield frame._replace(offset=at)
        if member.cut:
            return
        behind = at + 1 if member.end is None else member.end
        at = _next_member(file, behind)
        if member.end is not None:
            yield from _junk(file, behind, at, limits)


def _junk(file: BinaryIO, start: int, end: int | None, limits: Limits) -> Iterator[Frame]:
    """What stands between two members, if it is more than padding."""
    file.seek(start)
    data = file.read(limits.reject_raw_bytes if end is None else end - start)
    if end is None and data.startswith(_GZIP_MAGIC):
        yield Frame(start, data, len(data), _CUT)
    elif data.strip(b"\0"):
        yield Frame(start, data, len(data), RejectedRecord("bad_compression", "no gzip member"))


class _Member:
    """One gzip member of a file, unpacked a piece at a time."""

    def __init__(self, file: BinaryIO, offset: int) -> None:
        self._file = file
        self._offset = offset
        self.end: int | None = None
        """First byte behind it, once it is unpacked without fault."""
        self.cut = False
        """The file ends inside it."""

    def unpack(self) -> Iterator[bytes]:
        """Its bytes; RejectedRecord "truncated" or "bad_compression" where they end too early."""
        at = self._offset
        self._file.seek(at)
        unpacker = zlib.decompressobj(GZIP_WINDOW_BITS)
        while not unpacker.eof:
            packed = unpacker.unconsumed_tail or self._file.read(_PACKED_BYTES)
            try:
                piece = unpacker.decompress(packed, OUTPUT_BYTES)
            except zlib.error as error:
                raise RejectedRecord("bad_compression", f"gzip: {error}") from error
            if not packed and not piece and not unpacker.eof:
                self.cut = True
                raise RejectedRecord("truncated", "gzip data end before their end marker")
            yield piece
        self.end = self._file.tell() - len(unpacker.unused_data)


def _next_member(file: BinaryIO, offset: int) -> int | None:
    """Offset of the first gzip member at or behind `offset` that begins with a WARC record."""
    file.seek(offset)
    at = offset
    tail = b""
    while chunk := file.read(_PACKED_BYTES):
        # The magic may lie across two pieces.
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
    """Whether a gzip member that holds a WARC record begins here."""
    file.seek(offset)
    try:
        head = zlib.decompressobj(GZIP_WINDOW_BITS).decompress(file.read(4_096), 16)
    except zlib.error:
        return False
    return _VERSION.match(head) is not None
