"""What of a JSON file is in memory: the window that is read, and what is kept of a value in it.

A value is kept whole up to the limit for one record. Of a longer one the beginning is kept, and the
rest is dropped while it is read.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from warta.transforms.core.options import InputLimits
from warta.transforms.core.rejections import RejectedRecord

HEAD_BYTES = 262_144
"""As much of an object over the limit is looked at."""
_BRACE = ord("{")


class Value(NamedTuple):
    """One value, or what is left of it."""

    offset: int
    """Of its first byte, in the unpacked file."""
    data: bytes
    """The value; of one over the limit, its beginning."""
    length: int
    """In bytes, also of what `data` leaves out."""
    failure: RejectedRecord | None = None
    """Why it is not a whole value."""
    key: str | None = None
    """Within an object that was entered: the key under which it, or its list, is."""
    in_list: bool = True
    """False for a member of an object that was entered."""
    restart: int | None = None
    """Where the next record seems to begin within it, if it cannot be parsed."""
    closes: bool = False
    """It is an object that was entered for its length, and ends here."""


class Window:
    """The part of a file that is in memory. Positions are offsets in the file."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self.data = bytearray()
        self.base = 0
        self.failure: RejectedRecord | None = None
        self._chunks = chunks
        self._ended = False

    @property
    def end(self) -> int:
        """Return where the part that is in memory ends."""
        return self.base + len(self.data)

    def grow(self) -> bool:
        """Read the next chunk; False at the end."""
        while not self._ended:
            try:
                chunk = next(self._chunks, None)
            except RejectedRecord as rejection:
                chunk, self.failure = None, rejection
            if chunk is None:
                self._ended = True
            elif chunk:
                self.data += chunk
                return True
        return False

    def forget(self, offset: int) -> None:
        """Drop all before an offset."""
        del self.data[: offset - self.base]
        self.base = max(self.base, offset)

    def byte(self, offset: int) -> int:
        """Return the byte at an offset."""
        return self.data[offset - self.base]

    def cut(self, start: int, end: int) -> bytes:
        """Return a copy of the bytes between two offsets."""
        return bytes(self.data[start - self.base : end - self.base])


class Skim:
    """How far was read of what nothing is kept of."""

    stopped = False

    def __init__(self, window: Window) -> None:
        self._window = window

    def reach(self, offset: int) -> None:
        """Drop all before an offset."""
        self._window.forget(offset)


class Hold:
    """A value that is being bounded: kept whole up to the limit, then its beginning alone."""

    def __init__(
        self, window: Window, start: int, limits: InputLimits, may_enter: Callable[[bytes], bool]
    ) -> None:
        self.start = start
        self.head: bytes | None = None
        """Its beginning, once it is over the limit and the rest is dropped."""
        self.restart: int | None = None
        self.open = bytearray()
        """Brackets that are open."""
        self.places = [start]
        """Where each of them is."""
        self.marks: list[int] = []
        """Where records seem to begin within it."""
        self.before: list[int] = []
        """What is before each of these marks, but for blanks: a quote or a bracket."""
        self.stopped = False
        """It is over the limit, and what it holds is read in its place."""
        self.enters = False
        self._window, self._limits, self._may_enter = window, limits, may_enter

    def reach(self, offset: int) -> None:
        """Note how far was read; drop what is not kept."""
        if self.head is None:
            if self.stopped or offset - self.start <= self._limits.max_record_bytes:
                return
            # Nested values make a list long; a long text alone is a record's.
            nests = len(self.open) > 1 and self.open[0] == _BRACE
            if self.restart is not None:
                self.stopped = True
                return
            if nests and self._may_enter(self._window.cut(self.start, self.start + HEAD_BYTES)):
                self.stopped = self.enters = True
                return
            self.head = self._window.cut(self.start, self.start + self._limits.reject_raw_bytes)
        self._window.forget(offset)

    def value(self, end: int, where: dict[str, Any]) -> Value:
        """Return what was bounded."""
        data = self._window.cut(self.start, end) if self.head is None else self.head
        restart = self.restart if self.head is None else None
        return Value(self.start, data, end - self.start, restart=restart, **where)
