"""Separate the records of an unpacked WARC file, past false lengths and cuts.

Of packed files see members.py.

Libraries read whole, sound files; here reading goes on after a broken record, and begins in the
middle of a file, so that several workers share one.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import BinaryIO, NamedTuple

from warta.transforms.core.options import InputLimits
from warta.transforms.core.rejections import RejectedRecord
from warta.transforms.sources.streams import read_chunks

MAX_HEADER_BYTES = 32_768
"""Longest WARC header. Real ones have under 2 KB."""

VERSION = re.compile(rb"WARC/\d\.\d{1,2}[ \t]*\r?\n", re.I)

_START = re.compile(rb"WARC/\d\.\d{1,2}[ \t]*\r?\n[A-Za-z][A-Za-z0-9-]{0,60}[ \t]*:", re.I)
"""The beginning of a record: the version, then a first field (ISO 28500, 4), in a line of its own
or, as some writers do it, right after the record before. A page that quotes these is known from one
by the length of its own record, but where a range begins or a length is false it is not."""

_START_BYTES = 128
"""More than `_START` looks at."""

_BLANK_BYTES = 64
"""Line ends looked at between two records; the standard has four bytes."""

_HEADER_END = re.compile(rb"\n\r?\n")

_LENGTH = re.compile(rb"^content-length[ \t]*:[ \t]*(\d{1,18})[ \t]*\r?$", re.I | re.M)

CUT = RejectedRecord("truncated", "the file ends inside a record")


class Frame(NamedTuple):
    """One record's bytes, header and block, or what is in its place."""

    offset: int
    """Of its first byte; in a packed file, of its gzip member."""
    data: bytes
    """All of it; with a rejection, its beginning."""
    length: int
    """In bytes, also of what `data` leaves out."""
    rejection: RejectedRecord | None = None
    """Why it cannot be read as a record."""
    passed_over: str = ""
    """Why it is neither a record nor a fault."""


class _Window:
    """A file seen through a window that only moves forward, so that memory is bounded."""

    def __init__(self, chunks: Iterator[bytes], offset: int, ends: Sequence[int] = ()) -> None:
        self._chunks = chunks
        self._ends = ends
        self.buffer = bytearray()
        self.offset = offset
        self.failure: RejectedRecord | None = None

    def grow(self) -> bool:
        """Take in one more chunk; False at the end, or where no more can be unpacked."""
        try:
            chunk = next(self._chunks, None)
        except RejectedRecord as rejection:
            self.failure = rejection
            return False
        self.buffer += chunk or b""
        return chunk is not None

    def has_end(self, first: int, last: int) -> bool:
        """Return whether a gzip member ends in this part of the buffer, bounds included."""
        at = bisect_left(self._ends, self.offset + first)
        return at < len(self._ends) and self._ends[at] <= self.offset + last

    def fill(self, length: int) -> bool:
        """Make `length` bytes visible; False where fewer are left."""
        while len(self.buffer) < length:
            if not self.grow():
                return False
        return True

    def drop(self, length: int) -> None:
        """Move forward by `length` visible bytes."""
        del self.buffer[:length]
        self.offset += length

    def skip_blank(self) -> None:
        """Move to the next byte that is not a line end, or to the end."""
        while self.fill(1):
            blank = len(self.buffer) - len(self.buffer.lstrip(b"\r\n"))
            if blank == 0:
                return
            self.drop(blank)

    def skip_to_start(self, keep: int, end: int | None = None) -> tuple[bytes, int]:
        """Move to the next record after, or to the end; return first bytes passed, and how many.

        Args:
          keep: Most bytes to return.
          end: First byte at which no record is looked for any more; None: to the file's end.
        """
        kept = bytearray()
        passed = 0
        more = True
        begin = 1
        while True:
            found = _START.search(self.buffer, begin)
            if found is not None:
                step = found.start()
            else:
                step = max(0, len(self.buffer) - _START_BYTES) if more else len(self.buffer)
            kept += self.buffer[: min(step, keep - len(kept))]
            passed += step
            self.drop(step)
            begin = max(0, begin - step)
            if found is not None or not more or (end is not None and self.offset >= end):
                return bytes(kept), passed
            more = self.grow()


def frames_of_stream(
    chunks: Iterator[bytes],
    limits: InputLimits,
    *,
    short: RejectedRecord = CUT,
    ends: Sequence[int] = (),
) -> Iterator[Frame]:
    """Yield the frames of a whole unpacked file, or of gzip members that belong together.

    Args:
      chunks: The file in chunks; what it raises ends the file, and comes after its records.
      limits: For what is kept of one record.
      short: Why a last record is rejected that is shorter than it says.
      ends: Where gzip members end in the unpacked bytes; grows while `chunks` is read.
    """
    return _frames(_Window(chunks, 0, ends), None, limits, short)


def frames_of_range(
    file: BinaryIO, start: int, end: int | None, limits: InputLimits
) -> Iterator[Frame]:
    """Yield the frames of a plain file that begin in a range.

    Args:
      file: The file, as it is stored.
      start: First byte of the range.
      end: First byte after it; None: it goes to the end.
      limits: For the size of a record.
    """
    # From three bytes before, to see the blank line before a record that begins at `start`.
    begin = max(0, start - 3)
    file.seek(begin)
    window = _Window(read_chunks(file), begin)
    # Of a file with nothing in it, each range would else read all that comes after it.
    while window.offset < start and window.fill(1):
        window.skip_to_start(0, end)
    return _frames(window, end, limits, CUT)


def _frames(
    window: _Window, end: int | None, limits: InputLimits, short: RejectedRecord
) -> Iterator[Frame]:
    while True:
        window.skip_blank()
        if not window.buffer or (end is not None and window.offset >= end):
            break
        yield _next_frame(window, limits, short)
    if window.failure is not None:
        yield Frame(window.offset, b"", 0, window.failure)


def _next_frame(window: _Window, limits: InputLimits, short: RejectedRecord) -> Frame:
    """Return the record at the window's beginning; the window moves past it."""
    total = _stated_length(window)
    if total is None:
        return _broken(window, limits, "no WARC header with a Content-Length")
    if total > limits.max_record_bytes + MAX_HEADER_BYTES:
        return _oversized(window, total, limits, short)
    if not window.fill(total):
        if _START.search(window.buffer, 1) is not None:
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
    if end is None or VERSION.match(window.buffer) is None:
        return None
    length = _LENGTH.search(window.buffer, 0, end.end())
    return None if length is None else end.end() + int(length[1])


def _ends_at(window: _Window, total: int) -> bool:
    """Return whether after `total` bytes the file ends or the next record begins."""
    window.fill(total + _BLANK_BYTES + _START_BYTES)
    after = bytes(window.buffer[total : total + _BLANK_BYTES])
    at = total + len(after) - len(after.lstrip(b"\r\n"))
    if at == min(len(window.buffer), total + _BLANK_BYTES):
        return True
    if window.has_end(total, at):
        return True
    # Some writers leave out the blank lines: the length leads exactly to the next header.
    return _START.match(window.buffer, at) is not None


def _broken(window: _Window, limits: InputLimits, detail: str) -> Frame:
    offset = window.offset
    data, length = window.skip_to_start(limits.reject_raw_bytes)
    return Frame(offset, data, length, RejectedRecord("bad_warc_record", detail))


def _rest(window: _Window, limits: InputLimits, short: RejectedRecord) -> Frame:
    """All that is left, as one record that is not whole."""
    rejection, window.failure = window.failure or short, None
    data, length = bytes(window.buffer[: limits.reject_raw_bytes]), len(window.buffer)
    frame = Frame(window.offset, data, length, rejection)
    window.drop(length)
    return frame


def _oversized(window: _Window, total: int, limits: InputLimits, short: RejectedRecord) -> Frame:
    """Return a record over the limit, passed without trust in its length: it may be a false one."""
    offset = window.offset
    data, length = window.skip_to_start(MAX_HEADER_BYTES + limits.reject_raw_bytes)
    if total <= length <= total + _BLANK_BYTES:
        rejection = RejectedRecord("too_large", f"a record of {total} bytes")
    elif window.buffer or length > total:
        rejection = RejectedRecord("bad_warc_record", "its Content-Length is false")
    else:
        rejection, window.failure = window.failure or short, None
    return Frame(offset, data, length, rejection)
