"""Cheap checks on XML before a parser sees it: what would cost it minutes or gigabytes."""

import codecs
import re

from transforms.core.records import Limits, RejectedRecord

MAX_TAGS = 500_000
"""10,000 entries of 25 elements. feedparser needs 10 us for each."""

MAX_TAG_BYTES = 16_384
"""Longest single tag. feedparser is quadratic in attributes: 40,000 in one tag took it 13 s."""

_TOKEN = re.compile(
    # Sections with text of their own; a tag, whose quoted values may hold ">"; a lone "<".
    rb"<!\[CDATA\[|<!--|<\?|<(/?)[A-Za-z_:](?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*+(>?)|<"
)

_SECTION_ENDS = {b"<![CDATA[": b"]]>", b"<!--": b"-->", b"<?": b"?>"}

_DOCTYPE_AT = 4_096
"""Where a document type must have begun: before the first element, behind a few comments."""

_ENTITY = re.compile(rb"<!ENTITY\s+[^%\s]\S*\s+(?:\"([^\"]*)\"|'([^']*)')")

MAX_ENTITY_BYTES = 64
"""Longest text an entity may stand for: ones that stand for a letter are shorter."""


_DECLARED = re.compile(rb"<\?xml[^<>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})")

_DECLARATION = re.compile(r"\A\ufeff?<\?xml[^<>]{0,300}\?>")

_WIDE_ENCODINGS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
"""First bytes of XML whose tags are not written in ASCII bytes (XML 1.0, appendix F)."""


_REFERENCE = re.compile(rb"&#(?:[xX]([0-9A-Fa-f]{1,9})|(\d{1,9}))(?![0-9A-Fa-f])")

_LONG_REFERENCE = re.compile(rb"&#[xX]?[0-9A-Fa-f]{9,}+")


def check_xml(data: bytes, limits: Limits) -> bytes:
    """Markup -> the same, sure to be read by feedparser in time linear in its size.

    Returns:
      The bytes to parse: as they came, but UTF-8 where their tags were not ASCII bytes, and with
      U+FFFD for references to what is no character, at which feedparser fails.

    Raises:
      RejectedRecord: "too_deep" for nesting over `max_depth`, "too_large" for more than MAX_TAGS
        tags or one over MAX_TAG_BYTES, "bad_feed" for entities that unfold to more than a letter.
    """
    data = _with_ascii_tags(data)
    _check_entities(data)
    depth = tags = at = 0
    while token := _TOKEN.search(data, at):
        at = token.end()
        text = token.group()
        end = _SECTION_ENDS.get(text)
        if end is not None:
            found = data.find(end, at)
            at = found + len(end) if found >= 0 else len(data)
            continue
        if len(text) > MAX_TAG_BYTES:
            raise RejectedRecord("too_large", f"one tag of {len(text)} bytes")
        if len(text) == 1:
            continue
        tags += 1
        if token.group(1):
            depth -= depth > 0
        elif not text.endswith(b"/>"):
            depth += 1
        if depth > limits.max_depth:
            raise RejectedRecord("too_deep", f"elements nested deeper than {limits.max_depth}")
        if tags > MAX_TAGS:
            raise RejectedRecord("too_large", f"more than {MAX_TAGS} tags")
    return _REFERENCE.sub(_true_reference, _LONG_REFERENCE.sub(b"&#xFFFD", data))


def _true_reference(reference: re.Match[bytes]) -> bytes:
    code = int(reference[1], 16) if reference[1] else int(reference[2])
    is_character = 0 < code < 0xD800 or 0xDFFF < code <= 0x10FFFF
    return reference[0] if is_character else b"&#xFFFD"


def _with_ascii_tags(data: bytes) -> bytes:
    """The same markup in an encoding whose tags are ASCII bytes, so that none hides."""
    encoding = next((name for head, name in _WIDE_ENCODINGS if data.startswith(head)), None)
    declared = _DECLARED.match(data)
    if encoding is None and declared is not None:
        encoding = declared[1].decode("ascii")
    if encoding is None:
        return data
    try:
        if "<a>".encode(encoding) == b"<a>" and encoding.lower().replace("_", "-") != "utf-7":
            return data
        text = data.decode(encoding, "replace")
        # What the declaration says is no longer so.
        return _DECLARATION.sub("", text, count=1).encode()
    except (LookupError, UnicodeError):
        # Not a text encoding that Python knows: feedparser does not know it either.
        return data


def _check_entities(data: bytes) -> None:
    doctype = data.find(b"<!DOCTYPE", 0, _DOCTYPE_AT)
    if doctype < 0:
        return
    for entity in _ENTITY.finditer(data, doctype):
        value = entity[1] or entity[2] or b""
        nested = b"&" in value and not value.startswith(b"&#")
        if nested or len(value) > MAX_ENTITY_BYTES:
            raise RejectedRecord("bad_feed", "its DOCTYPE declares entities that unfold to more")
