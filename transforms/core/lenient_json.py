"""JSON as it is found: what strict JSON forbids, and programs write all the same, is read too.

orjson reads what is sound, at its full speed. Only what it refuses is read again, slower: NaN and
Infinity (null here), raw control characters, halves of surrogate pairs (U+FFFD), bytes in another
encoding, commas too many, escapes that JSON does not know, words of Python and JavaScript, and the
constructors of the MongoDB shell.
"""

import json
import re
from typing import Any

_BOM = b"\xef\xbb\xbf"
_OPENING = ("{", "[", '"')
"""First characters of values that are worth mending."""
_MAX_INT_DIGITS = 40
"""A longer whole number is read as a float: Python refuses those of thousands of digits."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_CESU = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")
_PIECE = re.compile(
    r'(?P<string>"(?:[^"\\]++|\\.)*+")'
    r"|(?P<comma>,(?=\s*+[,}\]]))"
    r"|\b(?:new\s+)?(?:ISODate|ObjectId|Number(?:Long|Int|Decimal)|Timestamp|UUID|Date)"
    r"\((?P<inner>[^()]{0,100})\)"
    r"|(?P<comment>/\*.*?\*/|//[^\r\n]*)"
    r"|(?P<number>0[xX][0-9a-fA-F]{1,16}\b|[+-]?(?:\d++\.?\d*+|\.\d++)(?:[eE][+-]?\d{1,4})?)"
    r"|(?P<word>-?\b[A-Za-z_]\w*)",
    re.DOTALL,
)
_BETWEEN = re.compile(r"[\s,;]*+")
_ESCAPE = re.compile(r'\\(["\\/bfnrt]|u[0-9a-fA-F]{4})|\\')
_WORDS = {"true": "true", "True": "true", "false": "false", "False": "false"}
"""Words that stand for themselves; of any other nothing is known: null."""


def loads(data: bytes) -> Any:
    r"""Return the value of a JSON document, mended where programs commonly break it.

    Args:
      data: One document; UTF-8, else read as Windows-1252.

    Returns:
      The value; its texts hold no surrogates.

    Raises:
      ValueError: It cannot be read as JSON. The message is of the strict parser.

    Example:
      >>> loads(b'{"score": NaN, "title": "Raw\ttab", "tags": ["a",],}')
      {'score': None, 'title': 'Raw\ttab', 'tags': ['a']}
    """
    # Here because a run over pages or feeds does without.
    import orjson

    data = data.removeprefix(_BOM)
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        refused = str(error)
    try:
        return loads_text(_decode(data))
    except ValueError:
        raise ValueError(refused) from None


def loads_text(text: str) -> Any:
    """Return the value of a JSON document that a strict parser refuses; see `loads`.

    Raises:
      ValueError: It cannot be read as JSON.
    """
    for mend in (str, _mend) if text.lstrip()[:1] in _OPENING else (str,):
        try:
            return _without_surrogates(_DECODER.decode(mend(text).strip()))
        except (ValueError, RecursionError):
            continue
    raise ValueError("not JSON, even when mended")


def loads_several(text: str, most: int) -> list[Any]:
    """Return the values that follow each other in a text, mended.

    Args:
      text: Values with blanks, commas or semicolons between them.
      most: So many are read; what follows is left.

    Raises:
      ValueError: Something else than JSON is among them.

    Example:
      >>> loads_several('{"a": 1,}; {"b": 2}', 9)
      [{'a': 1}, {'b': 2}]
    """
    text = _mend(text)
    found: list[Any] = []
    at = 0
    while at < len(text) and len(found) < most:
        try:
            value, end = _DECODER.raw_decode(text, at)
        except RecursionError as error:
            raise ValueError("nested too deep") from error
        found.append(_without_surrogates(value))
        at = _BETWEEN.match(text, end).end()  # type: ignore[union-attr]  # it matches nothing too
    return found


def _decode(data: bytes) -> str:
    """Return bytes that are mostly UTF-8 as such, with U+FFFD where damaged; others as cp1252."""
    if _CESU.search(data):
        # Characters beyond the first plane as two surrogates: Java, and some databases.
        text = data.decode("utf-8", "surrogatepass" if _is_whole(data) else "replace")
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    text = data.decode("utf-8", "replace")
    lost = text.count("\ufffd")
    foreign = sum(map(len, re.findall(r"[^\x00-\x7f]+", text)))
    return text if lost <= foreign - lost else data.decode("cp1252", "replace")


def _is_whole(data: bytes) -> bool:
    """Return whether bytes are UTF-8 but for surrogates."""
    try:
        data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def _whole_number(digits: str) -> int | float:
    return int(digits) if len(digits) <= _MAX_INT_DIGITS else float(digits)


_DECODER = json.JSONDecoder(strict=False, parse_constant=lambda _: None, parse_int=_whole_number)


def _mend(text: str) -> str:
    """Return a text whose faults outside and inside of strings are taken out, strings kept."""
    return _PIECE.sub(_mended, text).strip().rstrip(";,")


def _mended(piece: re.Match[str]) -> str:
    if (string := piece["string"]) is not None:
        return _ESCAPE.sub(lambda escape: escape[0] if escape[1] else "", string)
    if piece["comma"] is not None or piece["comment"] is not None:
        return ""
    if (number := piece["number"]) is not None:
        return _number(number)
    if (inner := piece["inner"]) is not None:
        return inner.strip().replace("'", '"') or "null"
    return _WORDS.get(piece["word"], "null")


def _number(written: str) -> str:
    """Return a number as JSON has it: no plus, no zeros before it, digits around its point.

    Example:
      >>> _number("+007."), _number("-.5e3"), _number("0xff")
      ('7', '-0.5e3', '255')
    """
    if written[:2] in ("0x", "0X"):
        return str(int(written, 16))
    sign = "-" if written.startswith("-") else ""
    digits, exponent, power = written.lstrip("+-").lower().partition("e")
    whole, _, fraction = digits.partition(".")
    point = f".{fraction}" if fraction else ""
    return f"{sign}{whole.lstrip('0') or '0'}{point}{exponent}{power}"


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.isascii() else _SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_without_surrogates(member) for member in value]
    if isinstance(value, dict):
        return {_without_surrogates(k): _without_surrogates(v) for k, v in value.items()}
    return value
