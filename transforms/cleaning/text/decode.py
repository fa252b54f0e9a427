"""Bytes to text, and text to sound text: encodings, mojibake, odd spaces, control characters."""

import codecs
import html
import re
import unicodedata
from functools import cache
from typing import Protocol, cast

from warta.transforms.core.rejections import RejectedRecord

MAX_BAD_SHARE = 0.005
"""A text with more control and unassigned characters than this is not text in that encoding."""
MAX_LOST_SHARE = 0.1
"""At most this share of the non-ASCII characters may be broken, whatever they look like."""
LONE_SHARE = 0.9
"""Broken places are stray bytes of Windows-1252 where so many of them are single, among ASCII."""
UNDECLARED_WEIGHT = 4
"""UTF-8 may hold so many stray bytes for each trail byte where nobody names an encoding."""
MAX_NULS = 8
"""So many NULs are taken for strays in any text, and more in a long one."""
BYTES_PER_NUL = 10_000
"""A long text may have one NUL in so many bytes."""
MIN_BYTES_PER_NUL = 100
"""Fewer bytes to a NUL than this, and it is not text, however few they are."""
_WEIGHTS = {
    # Who declares UTF-8 is believed on little; who declares Latin-1, may have one "É”" that is
    # UTF-8 by accident.
    **dict.fromkeys(("utf-8", "utf8", "unicode-1-1-utf-8"), 20),
    **dict.fromkeys(("iso-8859-1", "latin1", "windows-1252", "cp1252", "iso-8859-15"), 1),
}

_BOMS = (
    # The BOM of UTF-32 begins with that of UTF-16: longest first.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BAD = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef]")
"""Characters that no text holds: C0, C1, surrogates, private use, non-characters."""
_CONTROL_BYTES = bytes([*range(9), *range(14, 27), *range(28, 32), 127])
"""Those of them that are ASCII."""
_BAD_LEADS = (b"\xc2", b"\xed", b"\xee", b"\xef")
"""Bytes with which the others of them begin in UTF-8."""
_PLAIN_BYTES = bytes(sorted({*range(128)} - {*_CONTROL_BYTES}))
_LAST_RESORT = "cp1252"
_LONE_LOSS = re.compile("(?<![^\x00-\x7f])\ufffd{1,2}(?![^\x00-\x7f])")
"""One or two broken places among ASCII: a letter, or a quote and a dash."""
_STRAY_BYTES = "warta_stray_bytes"
"""How Python's codecs know the handler below."""
_SAMPLE_CHARS = 20_000
"""As much is looked at for unassigned characters, where a pattern does not suffice."""


def decode_bytes(data: bytes, charset: str | None = None) -> str:
    r"""Return the text of one document's bytes.

    Encodings are tried in this order: the byte order mark, strict UTF-8, UTF-8 with stray bytes,
    the declared one, the detected one, Windows-1252. A declared charset that does not fit is passed
    over; Latin-1 is read as Windows-1252, as the WHATWG Encoding Standard says. A few stray bytes
    cost themselves and no other character: in UTF-8 they are read as Windows-1252, or become U+FFFD
    where they are what is left of a broken sequence; elsewhere they become U+FFFD.

    Args:
      data: The bytes of one document.
      charset: Declared by a header or by the markup; any label, true or not.

    Returns:
      The text, without its byte order mark.

    Raises:
      RejectedRecord: "nul_bytes" for binary data; "undecodable" when no encoding gives a text.

    Example:
      >>> decode_bytes("Warung “Teluk”, caf".encode() + b"\xe9 baru")
      'Warung “Teluk”, café baru'
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            rest = data[len(bom) :]
            if encoding == "utf-8":
                return _checked(_without_stray_nuls(rest).decode(encoding, _STRAY_BYTES), data)
            return _checked(rest.decode(encoding, "replace"), data)
    data = _without_stray_nuls(data)
    try:
        return _checked(data.decode(), data, is_utf8=True)
    except UnicodeDecodeError as error:
        detail = f"not UTF-8 at byte {error.start}"
    text = _damaged_utf8(data, charset)
    if text is not None:
        return _checked(text, data)
    for encoding in _candidates(data, charset):
        text = _read_as(data, encoding)
        if text is not None and _is_text(text) and _is_assigned(text):
            return text
    raise RejectedRecord("undecodable", f"{detail}, nor anything else")


def _without_stray_nuls(data: bytes) -> bytes:
    """Return text without the odd NUL, which browsers pass over too.

    Raises:
      RejectedRecord: "nul_bytes" where they are too many for a text, as in binary data and UTF-16.
    """
    # A look for the first is ten times as fast as a count.
    if b"\0" not in data:
        return data
    nuls = data.count(0)
    if nuls > max(MAX_NULS, len(data) // BYTES_PER_NUL) or len(data) < nuls * MIN_BYTES_PER_NUL:
        raise RejectedRecord("nul_bytes", f"NUL at byte {data.index(0)}")
    return data.replace(b"\0", b"")


def _candidates(data: bytes, charset: str | None) -> list[str]:
    """Return the encodings to try, best first."""
    # Half a megabyte of code that UTF-8 never needs.
    from resiliparse.parse.encoding import detect_encoding, map_encoding_to_html5

    declared = map_encoding_to_html5(charset, fallback_utf8=False) if charset else None
    detected = detect_encoding(data)
    # Where a UTF-8 page says nothing true, Windows-1252 is the likeliest of the rest.
    names = [name for name in (declared, detected, _LAST_RESORT) if name and name != "utf-8"]
    return list(dict.fromkeys(names))


def _read_as(data: bytes, encoding: str) -> str | None:
    """Return the text in one encoding, with U+FFFD for a few stray bytes; None if many are."""
    try:
        text = data.decode(encoding, "replace")
    except LookupError:
        return None
    lost = text.count("\ufffd")
    if not lost:
        return text
    if encoding == _LAST_RESORT:
        return text if lost <= 1 + MAX_BAD_SHARE * len(text) else None
    return text if lost <= max(1, MAX_LOST_SHARE * _count_foreign(text)) else None


def _count_foreign(text: str) -> int:
    """Return how many characters are not ASCII."""
    return len(text) - len(text.encode("ascii", "ignore"))


def _damaged_utf8(data: bytes, charset: str | None) -> str | None:
    """Return the text of UTF-8 with stray bytes; None when the bytes look like no UTF-8.

    A sequence of two to four bytes is seldom UTF-8 by accident, so trail bytes speak for UTF-8 and
    broken places against it. Broken places that are single bytes among ASCII are letters and quotes
    of Windows-1252; other encodings have them in runs.
    """
    marked = data.decode("utf-8", "replace")
    lost = marked.count("\ufffd")
    trails = len(marked.encode()) - len(marked) - 2 * lost
    is_cut = lost == 1 and trails > 0 and marked.endswith("\ufffd")
    if is_cut or lost <= MAX_LOST_SHARE * _count_foreign(marked):
        return data.decode("utf-8", _STRAY_BYTES)
    declared = (charset or "").strip().lower()
    weight = _WEIGHTS.get(declared, UNDECLARED_WEIGHT)
    if not 0 < lost <= trails * weight:
        return None
    lone = sum(map(len, _LONE_LOSS.findall(marked)))
    return data.decode("utf-8", _STRAY_BYTES) if lone >= LONE_SHARE * lost else None


def _read_stray(error: UnicodeError) -> tuple[str, int]:
    """Return what stands for the bytes at which UTF-8 fails, and where to go on."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    data, start, end = error.object, error.start, error.end
    around = data[max(0, start - 1) : start] + data[end : end + 1]
    # More than one byte, or the end of the data, is what is left of a sequence.
    if end - start > 1 or end == len(data) or not any(byte < 0x80 for byte in around):
        return "\ufffd", end
    # So is a lone lead byte, unless it spells a word: "caf\xe9".
    if data[start] >= 0xC0 and not any(bytes((byte,)).isalpha() for byte in around):
        return "\ufffd", end
    return data[start:end].decode("cp1252", "replace"), end


codecs.register_error(_STRAY_BYTES, _read_stray)


def _checked(text: str, data: bytes, *, is_utf8: bool = False) -> str:
    """Return what was decoded from bytes where it is a text; they may be its UTF-8."""
    # UTF-8 has a NUL only where its bytes had one.
    if not is_utf8 and "\0" in text:
        raise RejectedRecord("nul_bytes", f"NUL at character {text.index(chr(0))}")
    if not (_is_plausible(data, len(text)) if is_utf8 else _is_text(text)):
        raise RejectedRecord("undecodable", f"{len(data)} bytes of control characters")
    return text


def _is_text(text: str) -> bool:
    return _is_plausible(text.encode("utf-8", "surrogatepass"), len(text))


def _is_plausible(utf8: bytes, chars: int) -> bool:
    """Return whether a text is free of the characters that texts do not hold, but for a few.

    Args:
      utf8: The text's bytes.
      chars: Its length in code points.
    """
    most = MAX_BAD_SHARE * chars
    # Deleting bytes is ten times as fast as looking at each character, and leaves few of them.
    odd = utf8.translate(None, _PLAIN_BYTES)
    if len(odd) <= most:
        return True
    foreign = odd.translate(None, _CONTROL_BYTES)
    controls = len(odd) - len(foreign)
    if controls + sum(map(foreign.count, _BAD_LEADS)) <= most:
        return True
    return controls + len(_BAD.findall(foreign.decode("utf-8", "surrogatepass"))) <= most


def _is_assigned(text: str) -> bool:
    """Return whether Unicode has characters where a guessed encoding puts them, but for a few."""
    sample = text[:_SAMPLE_CHARS]
    unassigned = {char for char in set(sample) if unicodedata.category(char) == "Cn"}
    found = sum(map(unassigned.__contains__, sample)) if unassigned else 0
    return found <= MAX_BAD_SHARE * len(sample)


class _Ftfy(Protocol):
    def fix_text(self, text: str, config: object) -> str: ...


@cache
def _ftfy() -> tuple[_Ftfy, object]:
    """Ftfy, set to mend encodings and to leave quotes, letters and widths alone."""
    # .1 s to import, and one text in hundreds needs it.
    import ftfy

    config = ftfy.TextFixerConfig(
        unescape_html=False,
        remove_terminal_escapes=False,
        fix_latin_ligatures=False,
        fix_character_width=False,
        uncurl_quotes=False,
        fix_line_breaks=False,
        fix_surrogates=True,
        remove_control_chars=False,
        normalization=None,
    )
    return cast(_Ftfy, ftfy), config


_CLEAN = re.compile(r"[\n\t\x20-\x25\x27-\x7e]*\Z")
"""ASCII without controls and without an ampersand: most lines of Indonesian news."""
_MOJIBAKE = re.compile(
    # One set of letters first: texts are looked through for it four times as fast as for two ways.
    "[\x80-\x9fÂÃÄÅÆÇÈÉÊÎÏÐÑÒØÙàáâãäåæçèéêëìíîïð]"
    "(?:(?<=[\x80-\x9f])|[\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ])"
)
"""What UTF-8 read as Windows-1252 looks like: a lead byte's letter, then a trail byte's."""
_ESCAPED = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});")
_ESCAPE_ROUNDS = 3
"""Markup that went through this many templates has been seen; more is not ours to guess."""

_BLANKS = (
    "\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
)
_BREAKS = "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
_INVISIBLE = "\xad\u180e\u200b\u2060\ufeff"
_CONTROLS = "".join(map(chr, [*range(9), *range(14, 28), 31, *range(127, 160)]))
_PLAIN = {
    **dict.fromkeys(_INVISIBLE + _CONTROLS, ""),
    **dict.fromkeys(_BLANKS, " "),
    **dict.fromkeys(_BREAKS, "\n"),
    **dict.fromkeys(map(chr, range(0xD800, 0xE000)), "\ufffd"),
}
"""What takes the place of a character that no text needs."""
_JOINERS = "\u200c\u200d"
_ODD = re.compile(f"[{_BLANKS}{_BREAKS}{_INVISIBLE}{_CONTROLS}{_JOINERS}\ud800-\udfff]")
_JOINER = re.compile("(?<![\u0300-\U0010ffff])[\u200c\u200d]|[\u200c\u200d](?![\u0300-\U0010ffff])")
"""Zero-width joiners not between two letters of scripts that need them, or two emoji."""


def repair_text(text: str) -> str:
    r"""Return a text in NFC, free of what encodings and templates left in it.

    Mojibake is mended, character references that were escaped twice are resolved, odd spaces
    become blanks, invisible and control characters go, line breaks become "\n". Letters and quotes
    are never changed to others.
    """
    if _CLEAN.match(text):
        return text
    if _MOJIBAKE.search(text):
        fixer, config = _ftfy()
        text = fixer.fix_text(text, config)
    for _ in range(_ESCAPE_ROUNDS):
        if "&" not in text or not _ESCAPED.search(text):
            break
        text = _ESCAPED.sub(lambda match: html.unescape(match.group()), text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.isascii() or _ODD.search(text):
        text = _without_odd(text)
    return text


def _plain(match: re.Match[str]) -> str:
    return _PLAIN.get(match.group(), match.group())


MAX_MARKS = 30
"""Combining marks kept on one letter, as in Unicode's stream-safe format (UAX 15): no script has as
many, and normalising takes time with the square of their number."""
_MARK_LEADS = bytes((0xCC, 0xCD, 0xD2, *range(0xD6, 0xE2), 0xE3, 0xEA, 0xEF, 0xF0))
_OTHER_BYTES = bytes(byte for byte in range(256) if byte not in _MARK_LEADS)
_OTHER_LEADS = (b"\xe2\x83", b"\xe2\xb3", b"\xe2\xb5", b"\xe2\xb7")
"""Bytes with which no combining mark begins in UTF-8, but for those of the blocks after E2, where
quotes and dashes are too."""
_LONG_RUN = re.compile(r"[^\w\s\x00-\x7f]{31,}")


def _without_piled_marks(run: re.Match[str]) -> str:
    """Return a run of marks and signs with at most `MAX_MARKS` combining marks in a row."""
    kept, marks = [], 0
    for char in run[0]:
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks <= MAX_MARKS:
            kept.append(char)
    return "".join(kept)


def _without_odd(text: str) -> str:
    if _ODD.search(text):
        text = _ODD.sub(_plain, _JOINER.sub("", text))
    data = text.encode("utf-8", "surrogatepass")
    # A look at bytes is far cheaper than the pattern, which hardly any text needs.
    leads = len(data.translate(None, _OTHER_BYTES)) + sum(map(data.count, _OTHER_LEADS))
    if leads > MAX_MARKS:
        text = _LONG_RUN.sub(_without_piled_marks, text)
    return unicodedata.normalize("NFC", text)
