"""Bytes to text, and text to sound text: encodings, mojibake, odd spaces, control characters."""

import codecs
import html
import re
import unicodedata
from functools import cache
from typing import Protocol, cast

from transforms.core.records import RejectedRecord

MAX_BAD_SHARE = 0.005
"""A text with more control and unassigned characters than this is no text in that encoding."""
MAX_LOST_SHARE = 0.1
"""UTF-8 with damaged places: at most this many of its non-ASCII characters may be damaged."""

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
_ASCII_BYTES = bytes(range(128))
_SAMPLE_CHARS = 20_000
"""As much is looked at for unassigned characters, where a pattern does not suffice."""


def decode_bytes(data: bytes, charset: str | None = None) -> str:
    """Bytes -> text: by BOM, as strict UTF-8, as declared, by detection, in this order.

    A declared charset that does not fit is passed over; Latin-1 is read as Windows-1252, as the
    WHATWG Encoding Standard says. UTF-8 with a few damaged places is read as UTF-8, with U+FFFD in
    those places.

    Args:
      data: the bytes of one document.
      charset: declared by a header or by the markup; any label, true or not.

    Raises:
      RejectedRecord: "nul_bytes" for binary data; "undecodable" when no encoding gives a text.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _checked(data[len(bom) :].decode(encoding, "replace"), data)
    if b"\0" in data:
        raise RejectedRecord("nul_bytes", f"NUL at byte {data.index(0)}")
    try:
        return _checked(data.decode(), data)
    except UnicodeDecodeError as error:
        detail = f"not UTF-8 at byte {error.start}"
    text = _damaged_utf8(data)
    if text is not None:
        return _checked(text, data)
    for encoding in _candidates(data, charset):
        try:
            text = data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        if _is_plausible(text) and _is_assigned(text):
            return text
    raise RejectedRecord("undecodable", f"{detail}, nor anything else")


def _candidates(data: bytes, charset: str | None) -> list[str]:
    """Encodings to try, best first."""
    # Half a megabyte of code that UTF-8 never needs.
    from resiliparse.parse.encoding import detect_encoding, map_encoding_to_html5

    declared = map_encoding_to_html5(charset, fallback_utf8=False) if charset else None
    detected = detect_encoding(data)
    # Where a UTF-8 page says nothing true, Windows-1252 is the likeliest of the rest.
    return [name for name in (declared, detected, "cp1252") if name]


def _damaged_utf8(data: bytes) -> str | None:
    """Text of UTF-8 that is cut or broken in a few places; None when it looks like no UTF-8."""
    text = data.decode("utf-8", "replace")
    lost = text.count("\ufffd")
    foreign = sum(map(len, re.findall(r"[^\x00-\x7f]+", text)))
    is_cut = lost == 1 < foreign and text.endswith("\ufffd")
    return text if is_cut or lost <= MAX_LOST_SHARE * foreign else None


def _checked(text: str, data: bytes) -> str:
    if "\0" in text:
        raise RejectedRecord("nul_bytes", f"NUL at character {text.index(chr(0))}")
    if not _is_plausible(text):
        raise RejectedRecord("undecodable", f"{len(data)} bytes of control characters")
    return text


def _is_plausible(text: str) -> bool:
    """Whether `text` is free of the characters that texts do not hold, but for a few."""
    data = text.encode("utf-8", "surrogatepass")
    # Deleting bytes is ten times as fast as looking at each character, and leaves few of them.
    controls = len(data) - len(data.translate(None, _CONTROL_BYTES))
    foreign = data.translate(None, _ASCII_BYTES).decode("utf-8", "surrogatepass")
    return controls + len(_BAD.findall(foreign)) <= MAX_BAD_SHARE * len(text)


def _is_assigned(text: str) -> bool:
    """Whether Unicode has characters where a guessed encoding puts them, but for a few."""
    sample = text[:_SAMPLE_CHARS]
    unassigned = sum(
        unicodedata.category(char) == "Cn" for char in sample if not char.isprintable()
    )
    return unassigned <= MAX_BAD_SHARE * len(sample)


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
    "[\x80-\x9f]|[ÂÃÄÅÆÇÈÉÊÎÏÐÑÒØÙàáâãäåæçèéêëìíîïð][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]"
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
    r"""Text -> the same text in NFC, free of what encodings and templates left in it.

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


def _without_odd(text: str) -> str:
    if _ODD.search(text):
        text = _ODD.sub(_plain, _JOINER.sub("", text))
    return unicodedata.normalize("NFC", text)
