"""Plain text of a field that may hold entities or markup: a headline, a name, a keyword."""

import re

from warta.transforms.cleaning.text.decode import repair_text

MAX_PLAIN_CHARS = 20_000
"""Longer fields are cut here: no headline, name or summary is as long."""

_INLINE = (
    "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd mark nobr q rp rt "
    "ruby s samp small span strike strong sub sup time tt u var wbr"
)
_BLOCK = (
    "address article aside audio blockquote body br button caption center dd details div dl dt "
    "fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 head header hr html iframe li main "
    "nav noscript object ol p picture pre section source summary svg table tbody td tfoot th thead "
    "title tr ul video"
)
_INLINE_NAMES = frozenset(_INLINE.split())
_VOID_NAMES = frozenset(["br", "hr", "img", "source", "wbr"])
_NAMES = "|".join(sorted(f"{_INLINE} {_BLOCK}".split(), key=len, reverse=True))
_TAG = re.compile(
    # Only HTML's own names: <rebuilt> or <rina@kabar.example> are words. No "<" within, so that the
    # time stays linear.
    rf"<(?P<end>/?)(?P<name>{_NAMES})(?=[\s/>])(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*+>",
    re.IGNORECASE,
)
_UNSEEN = re.compile(
    r"<!--(?:(?!-->|<!--).)*+-->"
    r"|<!\[CDATA\[|\]\]>"
    r"|<(script|style)\b[^<>]*+>(?:(?!</?\1\b).)*+</\1\s*>",
    re.IGNORECASE | re.DOTALL,
)


def plain_text(value: str) -> str:
    """Return a field as one line of plain text.

    Markup goes first, entities are resolved after it, so that what a writer has escaped stays a
    character. Markup that was escaped once too often is taken out as well where its tags come in
    pairs; a lone tag is a word of the text.

    Args:
      value: A field as its source writes it, at most `MAX_PLAIN_CHARS` of which are read.

    Returns:
      The text, "" where nothing is left.

    Example:
      >>> plain_text("<b>Kabar</b> &amp;amp; Warta&#8217;s")
      'Kabar & Warta’s'
      >>> plain_text("Belajar tag &lt;b&gt; di sekolah")
      'Belajar tag <b> di sekolah'
    """
    value = value[:MAX_PLAIN_CHARS]
    if "<" in value:
        value = _TAG.sub(_gap, _UNSEEN.sub("", value))
    value = repair_text(value)
    if "<" in value and (names := _paired(value)):
        value = repair_text(
            _TAG.sub(lambda tag: _gap(tag) if _name(tag) in names else tag[0], value)
        )
    return " ".join(value.split())


def _name(tag: re.Match[str]) -> str:
    return tag["name"].lower()


def _gap(tag: re.Match[str]) -> str:
    """Return what a tag leaves: a blank between blocks, nothing within a word."""
    return "" if _name(tag) in _INLINE_NAMES else " "


def _paired(value: str) -> set[str]:
    """Return the names of the elements that are opened and closed, and with them the void ones."""
    opened: set[str] = set()
    closed: set[str] = set()
    for tag in _TAG.finditer(value):
        (closed if tag["end"] else opened).add(_name(tag))
    paired = opened & closed
    return paired | _VOID_NAMES if paired or opened & {"br"} else set()
