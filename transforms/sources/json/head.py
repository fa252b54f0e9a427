"""What the first bytes of a file of JSON show: its encoding, and whether lines are its records."""

import codecs
import re
from collections.abc import Iterator

from warta.transforms.core.lenient_json import loads
from warta.transforms.sources.json.fields import meanings

_BOM = b"\xef\xbb\xbf"
_ENCODINGS = (
    # The BOM of UTF-32 begins with that of UTF-16: longest first.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WITHOUT_BOM = re.compile(
    rb"(?P<utf_32_le>[\[{\x1e]\0\0\0)|(?P<utf_32_be>\0\0\0[\[{\x1e])"
    rb"|(?P<utf_16_le>[\[{\x1e]\0[^\0])|(?P<utf_16_be>\0[\[{\x1e]\0)"
)
"""JSON begins with an ASCII character (RFC 4627, 3)."""
_START = re.compile(rb"[\s\x1e]*+(?:\{\s*+[\"}]|(?:\[\s*+){1,4}(?:\{\s*+[\"}]|\]\s*+(?:[\],]|\Z)))")
"""Objects, and arrays of them. Prose begins with a bracket too, but not with one and a quote."""
_KEY = re.compile(rb'"([^"\\]{1,64})"\s*+:')
_LINES_LOOKED_AT = 100


def encoding_of(head: bytes) -> str | None:
    """Return the codec of a file that is not in UTF-8, by its BOM or by the NULs in it."""
    for bom, encoding in _ENCODINGS:
        if head.startswith(bom):
            return encoding
    found = _WITHOUT_BOM.match(head)
    return found.lastgroup.replace("_", "-") if found is not None and found.lastgroup else None


def in_utf8(chunks: Iterator[bytes], encoding: str | None) -> Iterator[bytes]:
    """Yield the same text in UTF-8; chunks as they are where `encoding` is None."""
    if encoding is None:
        yield from chunks
        return
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for chunk in chunks:
        yield decoder.decode(chunk).encode("utf-8", "replace")
    yield decoder.decode(b"", final=True).encode("utf-8", "replace")


def json_chunks(data: bytes) -> Iterator[bytes]:
    """Return a whole file in UTF-8, as readers of values take it."""
    return in_utf8(iter((data,)), encoding_of(data))


def plain_head(head: bytes) -> bytes:
    """Return the first bytes of a file in UTF-8, without BOM."""
    encoding = encoding_of(head)
    if encoding is not None:
        head = head.decode(encoding, "ignore").encode("utf-8", "ignore")
    return head.removeprefix(_BOM)


def looks_like_json(head: bytes) -> bool:
    """Return whether a file begins as objects of JSON, or an array of them, do."""
    return _START.match(plain_head(head)) is not None


def shows_text(head: bytes) -> bool:
    """Return whether a key in the first bytes of a file is one of those that texts go by."""
    keys = {key.decode("utf-8", "replace") for key in _KEY.findall(plain_head(head))}
    return any(field == "content" for key in keys for field, _ in meanings(key))


def has_record_lines(head: bytes) -> bool:
    r"""Return whether a file has one record a line, so that it can be cut at its line ends.

    Args:
      head: Its first bytes in UTF-8; the last line in it may be cut off.

    Example:
      >>> has_record_lines(b'{"title": "A"}\n{"title": "B"}\n')
      True
      >>> has_record_lines(b'{\n  "title": "A"\n}\n')
      False
    """
    lines = head.removeprefix(_BOM).lstrip().split(b"\n")
    for line in lines[:_LINES_LOOKED_AT]:
        # Indented lines are parts of a larger value, also where they are objects themselves.
        if line.startswith(b"{") and _is_object(line):
            return True
        if line.startswith((b"[", b"\x1e")):
            return False
    return False


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(loads(line), dict)
    except ValueError:
        return False
