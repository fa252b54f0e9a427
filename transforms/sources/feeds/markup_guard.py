"""Makes XML of a feed safe and sound before a parser sees it.

Safe: what would cost the parser minutes or gigabytes is refused. Sound: the text is decoded once,
here, and the faults that publishing systems make (bare ampersands, HTML's entities, control
characters, blanks before the declaration) are mended, so that the strict parser reads it.
"""

import re
from html.entities import html5

from warta.transforms.core.options import InputLimits
from warta.transforms.core.rejections import RejectedRecord
from warta.transforms.sources.feeds.xml_encoding import decode_xml

MAX_TAGS = 500_000
"""10,000 entries of 25 elements. feedparser needs 10 us for each."""

MAX_TAG_BYTES = 16_384
"""Longest single tag. feedparser is quadratic in attributes: 40,000 in one tag took it 13 s."""

MAX_ENTITY_BYTES = 64
"""Longest text an entity may stand for: ones that stand for a letter are shorter."""

_TOKEN = re.compile(
    # Sections with text of their own; a tag, whose quoted values may hold ">"; a lone "<".
    r"<!\[CDATA\[|<!--|<\?|<(/?)[A-Za-z_:](?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*+(>?)|<"
)
_SECTION_ENDS = {"<![CDATA[": "]]>", "<!--": "-->", "<?": "?>"}
_DECLARATION_WITHIN = 4_096
"""An XML declaration is looked for so far in: before it, only what a server has put in front."""
_DECLARATION = re.compile(r"<\?xml\b[^<>]{0,300}\?>", re.IGNORECASE)
_DOCTYPE = re.compile(r"<!DOCTYPE\b[^\[<>]*+(?:\[.*?\]\s*)?>", re.DOTALL)
_ENTITY = re.compile(r"<!ENTITY\s+([^%\s]\S*)\s+(?:\"([^\"]*)\"|'([^']*)')")
_NO_CHARACTER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML 1.0 has no place for (2.2)."""
_REFERENCE = re.compile(
    r"&(?:#(?:[xX](?P<hex>[0-9A-Fa-f]+)|(?P<dec>[0-9]+));?"
    r"|(?P<name>[A-Za-z][A-Za-z0-9._-]{0,40});"
    # Only these are read without their semicolon, and only where a blank follows: "&copy=1" is
    # part of an address.
    r"|(?P<open>amp|lt|gt|quot)(?=\s|<))?"
    r"|<(?![A-Za-z_:/!?])"
)
_XML_ENTITIES = frozenset(("amp", "lt", "gt", "quot", "apos"))


def check_xml(data: bytes, limits: InputLimits, charset: str | None = None) -> bytes:
    """Return markup as UTF-8 that feedparser reads in time linear in its size.

    Args:
      data: A feed, sitemap or list of subscriptions, in any encoding.
      limits: For its depth.
      charset: What a server says of the encoding; a declaration within takes precedence.

    Returns:
      The markup without XML declaration and DOCTYPE, its entities resolved or escaped.

    Raises:
      RejectedRecord: "too_deep" for nesting over `max_depth`, "too_large" for more than MAX_TAGS
        tags or one over MAX_TAG_BYTES, "bad_feed" for entities that unfold to more than a letter.
    """
    text = _NO_CHARACTER.sub("", _without_declaration(decode_xml(data, charset)))
    entities: dict[str, str] = {}
    chunks: list[str] = []
    depth = tags = at = gap = lone = 0
    while token := _TOKEN.search(text, at):
        found, at = token.group(), token.end()
        end = _SECTION_ENDS.get(found)
        if end is not None:
            chunks.append(_mend(text[gap : token.start()], entities, lone))
            lone = 0
            close = text.find(end, at)
            at = gap = close + len(end) if close >= 0 else len(text)
            chunks.append(text[token.start() : at])
            continue
        if len(found) > MAX_TAG_BYTES:
            raise RejectedRecord("too_large", f"one tag of {len(found)} bytes")
        if len(found) == 1:
            lone += 1
            if text.startswith("!DOCTYPE", at):
                chunks.append(_mend(text[gap : token.start()], entities, lone))
                at = gap = _take_doctype(text, token.start(), entities)
            continue
        tags += 1
        if token.group(1):
            depth -= depth > 0
        elif not found.endswith("/>"):
            depth += 1
        if depth > limits.max_depth:
            raise RejectedRecord("too_deep", f"elements nested deeper than {limits.max_depth}")
        if tags > MAX_TAGS:
            raise RejectedRecord("too_large", f"more than {MAX_TAGS} tags")
    chunks.append(_mend(text[gap:], entities, lone))
    return "".join(chunks).encode()


def _without_declaration(text: str) -> str:
    """Return the markup after its XML declaration, which no longer says what is true.

    Blanks, a BOM or the warnings of a script may come before it; no element does.
    """
    declaration = _DECLARATION.search(text, 0, _DECLARATION_WITHIN)
    if declaration is None or re.search(
        r"<(?:rss|feed|\w+:rdf)\b", text[: declaration.start()], re.I
    ):
        return text.lstrip("\ufeff \t\r\n")
    return text[declaration.end() :]


def _take_doctype(text: str, start: int, entities: dict[str, str]) -> int:
    """Add the entities that a DOCTYPE declares; return where the markup goes on after it.

    Raises:
      RejectedRecord: "bad_feed" for one that stands for more than a letter.
    """
    doctype = _DOCTYPE.match(text, start)
    end = doctype.end() if doctype else start + len("<!DOCTYPE")
    for entity in _ENTITY.finditer(text, start, end if doctype else len(text)):
        value = entity[2] or entity[3] or ""
        nested = "&" in value and not value.startswith("&#")
        if nested or len(value) > MAX_ENTITY_BYTES:
            raise RejectedRecord("bad_feed", "its DOCTYPE declares entities that unfold to more")
        entities.setdefault(entity[1], value)
    return end


def _mend(text: str, entities: dict[str, str], lone: int) -> str:
    """Return markup without sections, in which every "&" and "<" means what XML takes it for.

    Args:
      text: The markup.
      entities: What its DOCTYPE declares.
      lone: How many "<" in it begin no tag.
    """
    if "&" not in text and not lone:
        return text

    def mended(found: re.Match[str]) -> str:
        if found["hex"] or found["dec"]:
            return _character(found)
        name = found["name"] or found["open"]
        if name in _XML_ENTITIES:
            return f"&{name};"
        if name in entities:
            return entities[name].replace("<", "&lt;")
        if name and (letters := html5.get(f"{name};")):
            return letters.replace("&", "&amp;").replace("<", "&lt;")
        return "&lt;" if found[0] == "<" else f"&amp;{found[0][1:]}"

    return _REFERENCE.sub(mended, text)


def _character(reference: re.Match[str]) -> str:
    """Return a sound reference, U+FFFD for one to what is not a character."""
    digits, base = (reference["hex"], 16) if reference["hex"] else (reference["dec"], 10)
    # More digits than the last code point has.
    code = int(digits, base) if len(digits.lstrip("0")) <= 7 else 0
    is_character = code in (9, 10, 13) or 0x1F < code < 0xD800 or 0xDFFF < code <= 0x10FFFF
    return f"&#{code};" if is_character and code not in (0xFFFE, 0xFFFF) else "&#65533;"
