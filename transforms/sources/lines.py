"""Split bytes into lines in bounded memory: of a file, a range of it, or a share of its blocks."""

import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from warta.transforms.core.options import InputLimits
from warta.transforms.core.rejections import RejectedRecord
from warta.transforms.sources.streams import read_chunks

BLOCK_LINES = 256
"""Lines that stay together when a compressed file is shared out: few enough to spread evenly."""

_CROWDED_BYTES = 8
"""A line, on average, in a chunk that is searched for lines that hold something: a hundred million
line ends are packed into 600 KB, and each as a line of its own takes half a microsecond."""
_FILLED = re.compile(rb"^[^\n]*\S[^\n]*$", re.MULTILINE)


class Line(NamedTuple):
    """One line without its end (LF or CRLF)."""

    offset: int
    """Of its first byte, in the unpacked file."""
    data: bytes
    """The line; of one over the limit, its beginning."""
    length: int
    """In bytes, also of what `data` leaves out."""
    failure: RejectedRecord | None = None
    """Why the file ends here, inside or after this part of a line."""
    number: int = 0
    """Among all lines of what was read, from 0."""


def split_lines(chunks: Iterator[bytes], offset: int, limits: InputLimits) -> Iterator[Line]:
    """Yield the lines of a file's chunks, the last also without a line end.

    Args:
      chunks: The file from `offset` on.
      offset: Where the first chunk is in the file.
      limits: A line over `max_record_bytes` keeps its first `reject_raw_bytes`.

    Returns:
      Lines in order; where they crowd, without those that are blank. When `chunks` raises
      RejectedRecord, what was read of the line under way comes last, with that rejection as its
      `failure`.
    """
    carry = bytearray()
    carried = number = 0
    failure = None
    while True:
        try:
            chunk = next(chunks, None)
        except RejectedRecord as rejection:
            chunk, failure = None, rejection
        if chunk is None:
            if failure is not None or carried:
                yield _line(offset, carry, carried, number, failure)
            return
        first, last = chunk.find(b"\n"), chunk.rfind(b"\n") + 1
        head = chunk if first < 0 else chunk[:first]
        carry += head
        carried += len(head)
        if carried > limits.max_record_bytes:
            del carry[limits.reject_raw_bytes :]
        if first < 0:
            continue
        yield _line(offset, carry, carried, number)
        offset += carried + 1
        middle = chunk[first + 1 : last]
        count = middle.count(b"\n")
        yield from _whole_lines(middle, count, offset, number + 1)
        offset += len(middle)
        number += count + 1
        carry = bytearray(chunk[last:])
        carried = len(carry)


def _whole_lines(chunk: bytes, count: int, offset: int, number: int) -> Iterator[Line]:
    """Yield the lines of a chunk that ends with one; where they crowd, without blank ones."""
    if count * _CROWDED_BYTES > len(chunk):
        counted = 0
        for found in _FILLED.finditer(chunk):
            number += chunk.count(b"\n", counted, found.start())
            counted = found.start()
            yield _line(offset + counted, found[0], len(found[0]), number)
        return
    for data in chunk.split(b"\n")[:-1]:
        yield _line(offset, data, len(data), number)
        offset += len(data) + 1
        number += 1


def _line(
    offset: int,
    data: bytes | bytearray,
    length: int,
    number: int,
    failure: RejectedRecord | None = None,
) -> Line:
    if data.endswith(b"\r") and len(data) == length:
        return Line(offset, bytes(data[:-1]), length - 1, failure, number)
    return Line(offset, bytes(data), length, failure, number)


def lines_of_range(
    file: BinaryIO, start: int, end: int | None, limits: InputLimits
) -> Iterator[Line]:
    """Yield the lines of a plain file that begin in a range.

    Args:
      file: The file, as it is stored.
      start: First byte of the range.
      end: First byte after it; None: it goes to the end.
      limits: For the length of a line.
    """
    first = 0 if start == 0 else _first_line_start(file, start, end)
    if first is None:
        return
    file.seek(first)
    for line in split_lines(read_chunks(file), first, limits):
        if end is not None and line.offset >= end:
            return
        yield line


def _first_line_start(file: BinaryIO, start: int, end: int | None) -> int | None:
    """Offset of the first line that begins at or after `start`; None where none does by `end`.

    It stops at `end`: a line longer than many ranges is not read once for each of them.
    """
    # From the byte before: where it is a line end, a line begins exactly at `start`.
    at = start - 1
    file.seek(at)
    for chunk in read_chunks(file):
        found = chunk.find(b"\n")
        if found >= 0:
            return at + found + 1
        at += len(chunk)
        if end is not None and at >= end:
            return None
    return None


def keeps_line(number: int, stripe: int, stripes: int) -> bool:
    """Return whether the line of this number (from 0) is in this share of a file's blocks."""
    return (number // BLOCK_LINES) % stripes == stripe
