"""The encoding of XML that may state it falsely, or not where it belongs."""

import codecs
import re

MAX_LOST_SHARE = 0.1
"""UTF-8 with bytes of another encoding in it: at most this share of its foreign characters."""

_WIDE = (
    # XML 1.0, appendix F, with blanks before the first "<". UTF-32's marks begin with UTF-16's.
    (re.compile(rb"\xff\xfe\0\0|(?:[\t\n\r ]\0\0\0)*<\0\0\0"), "utf-32-le"),
    (re.compile(rb"\0\0\xfe\xff|(?:\0\0\0[\t\n\r ])*\0\0\0<"), "utf-32-be"),
    (re.compile(rb"\xff\xfe|(?:[\t\n\r ]\0)*<\0"), "utf-16-le"),
    (re.compile(rb"\xfe\xff|(?:\0[\t\n\r ])*\0<"), "utf-16-be"),
    (re.compile(rb"\x4c\x6f\xa7\x94"), "cp037"),
)
"""First bytes of XML whose tags are not written in ASCII."""
_DECLARED = re.compile(
    rb"<\?xml\b[^<>]{0,200}?encoding\s*=\s*[\"']\s*([A-Za-z0-9._:-]{1,40})", re.I
)
_DECLARED_WITHIN = 4_096
_ASCII_SHIFTED = ("iso-2022-jp", "iso2022_jp")
"""Encodings whose bytes are ASCII throughout, so that they pass for UTF-8."""


def decode_xml(data: bytes, charset: str | None = None) -> str:
    r"""Return XML as text: by its first bytes, as UTF-8, as declared, as detected, in this order.

    A declaration counts wherever it is in the first 4 KB, so that blanks, a BOM or a script's
    warnings before it do not hide it. Never fails: what no encoding explains becomes U+FFFD.

    Args:
      data: A whole document.
      charset: What a server says; the document's own declaration takes precedence.

    Example:
      >>> decode_xml('\n<?xml version="1.0" encoding="koi8-r"?><a>Да</a>'.encode("koi8-r"))[-9:]
      '<a>Да</a>'
    """
    for head, encoding in _WIDE:
        if head.match(data):
            return data.decode(encoding, "replace").removeprefix("\ufeff")
    declared = _DECLARED.search(data, 0, _DECLARED_WITHIN)
    stated = [declared[1].decode("ascii").lower()] if declared else []
    stated += [charset.lower()] if charset else []
    if not stated or stated[0] not in _ASCII_SHIFTED:
        try:
            return data.decode()
        except UnicodeDecodeError:
            pass
    return _decode_foreign(data, stated)


def _decode_foreign(data: bytes, stated: list[str]) -> str:
    """Return what is not UTF-8 as text."""
    # Half a megabyte of code that UTF-8 never needs.
    from resiliparse.parse.encoding import detect_encoding, map_encoding_to_html5

    labels = [map_encoding_to_html5(label, fallback_utf8=False) for label in stated]
    for label in labels:
        # Windows-1252 has a character for nearly every byte: it proves nothing.
        if (
            label
            and label not in ("utf-8", "windows-1252", "cp1252")
            and (text := _strictly(data, label))
        ):
            return text
    if (text := _mixed(data)) is not None:
        return text
    for label in (*labels, detect_encoding(data), "cp1252"):
        if label and label != "utf-8" and (text := _strictly(data, label)):
            return text
    return data.decode("cp1252", "replace")


def _strictly(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None


def _mixed(data: bytes) -> str | None:
    """Return UTF-8 with some bytes of Windows-1252 in it; None for anything else."""
    text = data.decode("utf-8", "replace")
    lost = text.count("\ufffd")
    foreign = sum(map(len, re.findall(r"[^\x00-\x7f]+", text)))
    return data.decode("utf-8", _WINDOWS_BYTES) if lost <= MAX_LOST_SHARE * foreign else None


_WINDOWS_BYTES = "warta-windows-1252"


def _windows_bytes(error: UnicodeError) -> tuple[str, int]:
    """Read the bytes that are not UTF-8 as Windows-1252."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(_WINDOWS_BYTES, _windows_bytes)
