"""Read the values of JSON from bytes, one by one, in bounded memory.

Arrays, values one after the other with or without commas or line breaks between them, and JSON text
sequences (RFC 7464) are read alike. ijson and json-stream read sound JSON alone: what one record of
a file breaks is lost there with all that follows. Here a value is only bounded, by its brackets and
strings; what it holds is left to a parser, and where a quote or a bracket is missing, the next
record is found again.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from warta.transforms.core.options import InputLimits
from warta.transforms.core.rejections import RejectedRecord
from warta.transforms.sources.json.window import Hold, Skim, Value, Window

_MAX_OPEN = 100_000
"""Brackets open at once that are remembered; deeper ones are only counted."""

_MAX_ENTERED = 64
"""Lists and objects within one another that are entered."""
_MAX_OBJECTS = 8
"""Objects among them."""

_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{}"]', re.DOTALL)
_IN_STRING = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_BETWEEN = re.compile(rb"(?:[\s,\x1e]|\xef\xbb\xbf)*+")
_SCALAR = re.compile(rb'[^\n\x1e\[\]{},"]*+')
_IN_OBJECT = re.compile(rb'[^"\[\]{}]*+')
_LOST_QUOTE = re.compile(rb'"[^"\\]{0,200}\}\s*,?\s*\{\s*"\Z')
"""What is between two records, taken for a string: a quote is missing before."""
_MAX_LOST = 400
_NO_END = "it has no end"

_OPEN_OBJECT, _OPEN_ARRAY, _CLOSE_OBJECT, _CLOSE_ARRAY, _QUOTE, _COLON = b'{[}]":'
_BOM_BYTE = 0xEF
_OPENED_BY = {_CLOSE_OBJECT: _OPEN_OBJECT, _CLOSE_ARRAY: _OPEN_ARRAY}


@dataclass(slots=True)
class _Container:
    """A list or an object that was entered."""

    bracket: int
    offset: int
    key: str | None = None
    head: bytes = b""
    """Of an object over the limit, its beginning."""


class Splitter:
    """The values of a file, in order. The one given last may be entered, or started again.

    Args:
      chunks: The unpacked file.
      limits: A value over `max_record_bytes` keeps its first `reject_raw_bytes`.
      may_enter: By its beginning, whether an object over the limit is a list of records in a
        wrapper rather than one record.
    """

    def __init__(
        self, chunks: Iterator[bytes], limits: InputLimits, may_enter: Callable[[bytes], bool]
    ) -> None:
        self._window = Window(chunks)
        self._limits = limits
        self._may_enter = lambda head: self.may_enter() and may_enter(head)
        self._inside: list[_Container] = []
        self._at = 0
        self._read_again = 0
        """Bytes that were bounded a second time."""
        self._endless: dict[int, int] = {}
        """Where values begin that have no end, with where the next one seems to begin."""
        self._is_cut = False
        """That the file has no end is said already."""
        self._is_done = False

    def __iter__(self) -> Iterator[Value]:
        while not self._is_done:
            self._window.forget(self._at)
            value = self._next()
            if value is not None:
                yield value

    def may_enter(self) -> bool:
        """Return whether one more object may be entered: each time its bytes are read again."""
        return sum(one.bracket == _OPEN_OBJECT for one in self._inside) < _MAX_OBJECTS

    def enter(self, value: Value) -> None:
        """Read what the object given last holds, in its place."""
        self._inside.append(_Container(_OPEN_OBJECT, value.offset))
        self._at = value.offset + 1

    def begin_again(self, value: Value) -> Value:
        """Take the value given last for damaged, and go on where another seems to begin in it."""
        if value.restart is None or not self._may_begin_again(value):
            return value
        self._at = value.restart
        length = value.restart - value.offset
        return value._replace(data=value.data[:length], length=length, restart=None)

    def _may_begin_again(self, value: Value) -> bool:
        """Return whether it costs little enough; hostile input may ask for it at every byte."""
        self._read_again += value.offset + value.length - (value.restart or 0)
        # A megabyte of brackets costs seven seconds.
        return self._read_again <= 4 * self._window.end + self._limits.max_record_bytes // 2

    def _next(self) -> Value | None:
        """Return the next value; None where there is none yet, or no more."""
        inside = self._inside[-1] if self._inside else None
        in_object = inside is not None and inside.bracket == _OPEN_OBJECT
        between = _IN_OBJECT if in_object else _BETWEEN
        self._at = self._skip(between, self._at, Skim(self._window))
        if self._at == self._window.end:
            return self._finish()
        byte = self._window.byte(self._at)
        if inside is not None and in_object:
            return self._in_object(byte, inside)
        if byte == _OPEN_ARRAY and len(self._inside) < _MAX_ENTERED:
            key = inside.key if inside is not None else None
            self._inside.append(_Container(_OPEN_ARRAY, self._at, key))
            self._at += 1
        elif inside is not None and byte in (_CLOSE_ARRAY, _CLOSE_OBJECT):
            # A brace closes the object around a list whose own bracket is missing.
            is_own = byte == _CLOSE_ARRAY
            if not is_own and len(self._inside) == 1:
                return self._scalar(inside)
            self._inside.pop()
            self._at += is_own
        elif byte in (_OPEN_OBJECT, _OPEN_ARRAY):
            return self._bracketed(inside)
        elif byte != _BOM_BYTE or self._window.end - self._at > 2 or not self._window.grow():
            return self._scalar(inside)
        return None

    def _in_object(self, byte: int, inside: _Container) -> Value | None:
        """Pass over what an object that was entered says of itself, to what it holds."""
        if byte == _QUOTE:
            start, end = self._at, self._string_end(self._at + 1, Skim(self._window))
            self._at = self._window.end if end is None else end
            # Longer strings are dropped while they are read, and are not keys.
            if end is not None and start >= self._window.base:
                inside.key = self._window.cut(start + 1, end - 1)[:64].decode("utf-8", "replace")
        elif byte == _OPEN_ARRAY and len(self._inside) < _MAX_ENTERED:
            self._inside.append(_Container(_OPEN_ARRAY, self._at, inside.key))
            self._at += 1
        elif byte in (_OPEN_OBJECT, _OPEN_ARRAY):
            return self._bracketed(inside)
        else:
            self._at += byte == _CLOSE_OBJECT
            return self._leave()
        return None

    def _leave(self) -> Value | None:
        """Leave the innermost container; one that was entered for its length is returned."""
        left = self._inside.pop()
        if not left.head:
            return None
        return Value(left.offset, left.head, self._at - left.offset, closes=True)

    def _finish(self) -> Value | None:
        """Return what the end of the file leaves open, one by one; None at last."""
        window = self._window
        if self._inside:
            value = self._leave()
            if not self._is_cut:
                self._is_cut = True
                if window.failure is None:
                    detail = "the file ends within a list or object"
                    window.failure = RejectedRecord("bad_json", detail)
            return value
        self._is_done = True
        failure, window.failure = window.failure, None
        return Value(self._at, b"", 0, failure) if failure is not None else None

    def _skip(self, pattern: re.Pattern[bytes], at: int, hold: "Hold | Skim") -> int:
        """Return where something else begins than what a pattern matches."""
        window = self._window
        while True:
            found = pattern.match(window.data, at - window.base)
            at = window.base + (found.end() if found is not None else 0)
            hold.reach(at)
            if at < window.end or not window.grow():
                return at

    def _scalar(self, inside: _Container | None) -> Value:
        """Bound a string, a number, or what is not JSON at all."""
        window = self._window
        hold = Hold(window, self._at, self._limits, self._may_enter)
        at = self._at + 1
        if window.byte(self._at) == _QUOTE:
            end = self._string_end(at, hold)
            at = window.end if end is None else end
        else:
            at = self._skip(_SCALAR, at, hold)
        self._at = at
        return hold.value(at, _where(inside))

    def _bracketed(self, inside: _Container | None) -> Value | None:
        """Bound an object, or an array that is too deep to be entered."""
        where = _where(inside)
        if following := self._endless.get(self._at):
            start, self._at = self._at, following
            data = self._window.cut(start, following)
            failure = RejectedRecord("bad_json", _NO_END)
            return Value(start, data, following - start, failure, **where)
        hold = Hold(self._window, self._at, self._limits, self._may_enter)
        hold.open.append(self._window.byte(self._at))
        at, uncounted = self._at + 1, 0
        while hold.open:
            token = self._token(at, hold)
            if token is None:
                return self._unfinished(hold, where)
            byte, begin, at = token
            mark = None
            if byte == _QUOTE:
                mark = self._lost_quote(begin, at)
            elif byte in (_OPEN_OBJECT, _OPEN_ARRAY):
                if byte == _OPEN_OBJECT and not uncounted:
                    mark = self._lost_bracket(begin, hold)
                uncounted += len(hold.open) == _MAX_OPEN
                if not uncounted:
                    hold.open.append(byte)
                    hold.places.append(begin)
            elif uncounted:
                uncounted -= 1
            elif (opened := hold.open.rfind(_OPENED_BY[byte])) >= 0:
                # Of brackets that were not closed in their turn, the parser complains.
                del hold.open[opened:], hold.places[opened:]
            else:
                self._at = begin
                failure = RejectedRecord("bad_json", f"{chr(byte)} closes what is not open")
                return self.begin_again(hold.value(begin, where))._replace(failure=failure)
            if mark is not None and hold.head is not None:
                # The value is lost in any case; the next one need not be.
                self._at = mark
                return hold.value(mark, where)
            if mark is not None:
                hold.restart = hold.restart or mark
                if len(hold.marks) < _MAX_OPEN:
                    hold.marks.append(mark)
                    hold.before.append(begin if byte == _QUOTE else self._before(begin))
        self._at = at
        return hold.value(at, where)

    def _unfinished(self, hold: Hold, where: dict[str, Any]) -> Value | None:
        """Return what is known of a value whose end is not reached, and go on."""
        window = self._window
        if hold.enters:
            head = window.cut(hold.start, hold.start + self._limits.reject_raw_bytes)
            self._inside.append(_Container(_OPEN_OBJECT, hold.start, head=head))
            self._at = hold.start + 1
            return None
        failure = RejectedRecord("bad_json", _NO_END)
        if hold.restart is not None and hold.head is None:
            if not hold.stopped:
                # What is open in it at the end of the file has no end either.
                self._endless = dict(_with_next(hold))
            value = self.begin_again(hold.value(window.end, where))
            return value._replace(failure=failure)
        self._at = window.end
        self._is_cut = True
        if window.failure is not None:
            failure, window.failure = window.failure, None
        # Its being too long says more.
        fault = None if hold.head is not None and failure.reason == "bad_json" else failure
        return hold.value(window.end, where)._replace(failure=fault)

    def _token(self, at: int, hold: Hold) -> tuple[int, int, int] | None:
        """Return the next bracket or string (byte, begin, end); None at the end of what is read."""
        window = self._window
        while True:
            hold.reach(at)
            if hold.stopped:
                return None
            found = _TOKEN.search(window.data, at - window.base)
            if found is None:
                at = window.end
                hold.reach(at)
                if hold.stopped or not window.grow():
                    return None
                continue
            byte = window.data[found.start()]
            begin, end = found.start() + window.base, found.end() + window.base
            if byte == _QUOTE and end - begin == 1:
                whole = self._string_end(end, hold)
                return None if whole is None else (byte, begin, whole)
            return byte, begin, end

    def _string_end(self, at: int, hold: Hold | Skim) -> int | None:
        """Return where a string ends, from within it; None where what is read ends before."""
        window = self._window
        while True:
            found = _IN_STRING.match(window.data, at - window.base)
            at = window.base + (found.end() if found is not None else 0)
            if at < window.end and window.byte(at) == _QUOTE:
                return at + 1
            hold.reach(at)
            if hold.stopped or not window.grow():
                return None

    def _lost_quote(self, begin: int, end: int) -> int | None:
        """Return where a record begins within what was taken for a string."""
        window = self._window
        if end - begin > _MAX_LOST or begin < window.base:
            return None
        if window.byte(end - 2) not in b"{ \t\r\n" or end - begin < 4:
            return None
        text = window.cut(begin, end)
        return begin + text.rindex(b"{") if _LOST_QUOTE.match(text) else None

    def _lost_bracket(self, begin: int, hold: Hold) -> int | None:
        """Return where a record begins within one whose own bracket is missing."""
        if hold.open[-1] != _OPEN_OBJECT:
            return None
        window, at = self._window, self._before(begin)
        return None if at <= window.base or window.byte(at) == _COLON else begin

    def _before(self, begin: int) -> int:
        """Return where the last byte before an offset is that is not a blank."""
        window, at = self._window, begin - 1
        while at > window.base and window.byte(at) in b" \t\r\n":
            at -= 1
        return at


def _with_next(hold: Hold) -> Iterator[tuple[int, int]]:
    """Yield where brackets are open, each with the record that seems to begin first after it.

    A bracket right after another one is not a record whose own bracket is missing.
    """
    for place in hold.places:
        at = bisect_right(hold.marks, place)
        if at < len(hold.marks) and hold.before[at] <= place:
            at += 1
        if at < len(hold.marks):
            yield place, hold.marks[at]


def _where(inside: _Container | None) -> dict[str, Any]:
    """Return what a value's container says of it."""
    if inside is None:
        return {}
    return {"key": inside.key, "in_list": inside.bracket == _OPEN_ARRAY}
