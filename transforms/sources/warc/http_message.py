"""Parse HTTP responses as archives keep them: more patient than any server's client may be."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

MAX_HEAD_BYTES = 262_144
"""Longest status line and headers. Servers send 8 KB at most."""

_STATUS = re.compile(rb"\s{0,64}(?:HTTPS?(?:/\d{1,2}(?:\.\d{1,2})?)?|ICY)[ \t]+(\d{3})(?!\d)", re.I)
"""A status line, of any version and letter case, with or without a reason."""

_HEAD_END = re.compile(rb"\r?\n[ \t]*\r?\n|\r\r")

_CHUNK = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]{0,256})?\r?\n")
"""The line before a chunk: its length in hexadecimal digits, and extensions."""

_NEXT_CHUNK = re.compile(rb"\r?\n(?=[0-9A-Fa-f]{1,8}[ \t]*(?:;[^\r\n]{0,256})?\r?\n)")

_LAST_LINE = re.compile(rb"(?:\r?\n)?[0-9A-Fa-f]{0,8}(?:\r?\n|\r){0,2}\Z")
_LAST_LINE_BYTES = 14
"""What may be left of a body that is cut off between two chunks."""

_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([^\s\"';,]+)", re.I)

_MAX_INTERIM = 4
"""Answers before the real one, such as "100 Continue" or a proxy's "200 Connection established"."""


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A response with its body as it is stored: neither joined from chunks nor unpacked."""

    status: int
    headers: Mapping[str, str]
    """By name in lower case."""
    body: bytes

    @property
    def codings(self) -> str:
        """Return every coding that its headers name, the first applied first."""
        transfer = self.headers.get("transfer-encoding", "")
        return f"{self.headers.get('content-encoding', '')},{transfer}"


def parse_response(block: bytes) -> HttpResponse | None:
    r"""Return the response in a block; None where it does not begin with a status line.

    Example:
      >>> parse_response(b"http/1.1 200\nContent-Type: text/html\n\n<p>Air pasang").status
      200
    """
    for _ in range(_MAX_INTERIM):
        status = _STATUS.match(block)
        if status is None:
            return None
        code = int(status[1])
        end = _HEAD_END.search(block, status.end(), MAX_HEAD_BYTES)
        head, body = (block, b"") if end is None else (block[: end.start()], block[end.end() :])
        headers = parse_headers(head[status.end() :].partition(b"\n")[2])
        is_interim = code < 200 or "content-type" not in headers
        if not (is_interim and _STATUS.match(body)):
            break
        block = body
    return HttpResponse(code, headers, body)


def parse_headers(head: bytes) -> dict[str, str]:
    r"""Return header fields by name in lower case; of a repeated one all values, joined by ", ".

    Lines without a colon are passed over, folded ones joined.

    Example:
      >>> parse_headers(b"CONTENT-TYPE:text/html\r\nVary: a,\r\n b")
      {'content-type': 'text/html', 'vary': 'a, b'}
    """
    fields: dict[str, str] = {}
    name = ""
    for line in re.split(r"\r?\n|\r", _text(head)):
        if line[:1] in (" ", "\t"):
            if name:
                fields[name] = f"{fields[name]} {line.strip()}".strip()
            continue
        stated, colon, value = line.partition(":")
        name = stated.strip().lower() if colon else ""
        value = value.strip()
        if name:
            before = fields.get(name)
            fields[name] = f"{before}, {value}" if before and value else before or value
    return fields


def _text(head: bytes) -> str:
    try:
        return head.decode()
    except UnicodeDecodeError:
        return head.decode("latin-1")


def media_type(stated: str | None) -> str:
    """Return the media type of a Content-Type, in lower case, without parameters; "" if none.

    Example:
      >>> media_type('Text/HTML; charset="utf-8"')
      'text/html'
    """
    return re.split(r"[;,]", stated or "", maxsplit=1)[0].strip().strip("\"'").lower()


def charset_of(stated: str | None) -> str | None:
    """Return the charset that a Content-Type names, in lower case.

    Example:
      >>> charset_of("text/html; CharSet='Windows-1252'")
      'windows-1252'
    """
    found = _CHARSET.search(stated or "")
    return found[1].lower() if found else None


def join_chunks(body: bytes, *, stated: bool = True) -> bytes:
    r"""Return a chunked body joined; one that is not chunked, or is joined already, unchanged.

    A chunk whose length is false reaches to the line before the next one, and the last one of a
    body that is cut off to its end: nothing is lost.

    Args:
      body: As it is stored.
      stated: Its headers say that it is chunked; else only one whose first length is true is.

    Example:
      >>> join_chunks(b"4\r\nAir \r\n6\r\npasang\r\n0\r\n\r\n")
      b'Air pasang'
    """
    line = _CHUNK.match(body)
    if line is None or not (stated or _is_true(body, line)):
        return body
    out = bytearray()
    while line is not None:
        start, length = line.end(), int(line[1], 16)
        if length == 0:
            return bytes(out)
        end = start + length
        line = _chunk_line(body, end)
        if line is None and not _is_end(body, end):
            found = _true_chunk(body, start)
            end, line = (len(body), None) if found is None else (found[0], found[1])
        out += body[start:end]
    return bytes(out)


def _chunk_line(body: bytes, end: int) -> re.Match[bytes] | None:
    """Return the line of the chunk after the one that ends at `end`; None at the last."""
    at = end + 2 if body.startswith(b"\r\n", end) else end + 1 if body.startswith(b"\n", end) else 0
    return _CHUNK.match(body, at) if at else None


def _is_end(body: bytes, end: int) -> bool:
    """Return whether nothing but a cut-off line follows a chunk that ends at `end`."""
    return 0 <= len(body) - end <= _LAST_LINE_BYTES and _LAST_LINE.match(body, end) is not None


def _true_chunk(body: bytes, start: int) -> tuple[int, re.Match[bytes]] | None:
    """Return where the line end before the next true chunk is, and the line of that chunk.

    A page may hold lines of digits of its own: a chunk is true whose length leads to the next.
    """
    for found in _NEXT_CHUNK.finditer(body, start):
        line = _CHUNK.match(body, found.end())
        if line is not None and _is_true(body, line):
            return found.start(), line
    return None


def _is_true(body: bytes, line: re.Match[bytes]) -> bool:
    """Return whether a chunk's length leads to the next or, if it is the last, to the end."""
    end = line.end() + int(line[1], 16)
    if end == line.end():
        return len(body) - end <= _LAST_LINE_BYTES
    return _chunk_line(body, end) is not None
