"""JSON as scripts of pages hold it: without its wrapping, mended, salvaged where it is beyond that.

The mending is that of all JSON (`core/lenient_json.py`). What only pages do is here: marks of
comments and of CDATA around it, quotes escaped as in HTML, and fields to be had of what no parser
takes.
"""

import html
import json
import re
from typing import Any

import orjson

from warta.transforms.core.lenient_json import loads_several, loads_text

MAX_BROKEN_CHARS = 200_000
"""As much of broken JSON is looked through."""
MAX_OBJECTS = 50
"""Objects read out of one script that holds several, or looked for in a broken one."""

_OPENINGS: tuple[str, ...] = (
    "\ufeff",
    "<!--//-->",
    "<!--",
    "<![CDATA[",
    "/*<![CDATA[*/",
    "/* <![CDATA[ */",
    "//<![CDATA[",
)
_OPENINGS += ("// <![CDATA[", "//><!--", "//-->", "-->")
_ENDINGS = (";", "/*]]>*/", "/* ]]> */", "//]]>", "// ]]>", "<!]]>", "]]>", "//-->", "-->", "//")
"""What old templates put around a script: marks of comments and of CDATA."""
MAX_MARKS = 8
"""So many of them are taken off at either end."""
_ESCAPED_QUOTE = re.compile(r"&(?:quot|#0*34|#[xX]0*22);")
_STATED = re.compile(
    r'"(headline|datePublished|dateModified|description|articleSection|url|inLanguage)"\s{0,9}:'
    r'\s{0,9}"((?:[^"\\]|\\.){1,2000})"(?=\s{0,9}(?:[,}\]"]|\Z))'
)
_STATED_OBJECT = re.compile(
    r'"(author|publisher|mainEntityOfPage|keywords)"\s{0,9}:\s{0,9}(?=[\[{"])'
)
_STATED_TYPE = re.compile(r'"@type"\s{0,9}:\s{0,9}\[?\s{0,9}"\w{0,20}(?:Article|Posting|Report)"')
_DECODER = json.JSONDecoder(strict=False)


def parse_json(text: str) -> Any:
    """Return the values of JSON as it is found; None when nothing can be read of it.

    Args:
      text: The content of a script element.

    Returns:
      A parsed value, or a list of several that are one after the other.

    Example:
      >>> parse_json('<!-- {"name": "Ada Moss",} -->')
      {'name': 'Ada Moss'}
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        text = text[: 10 * MAX_BROKEN_CHARS]
    if _ESCAPED_QUOTE.search(text) and text.count('"') < 2:
        text = html.unescape(text)
    bare = _without_marks(text.strip())
    try:
        return loads_text(bare)
    except ValueError:
        pass
    try:
        return loads_several(bare, MAX_OBJECTS)
    except ValueError:
        return _salvaged(text)


def _without_marks(text: str) -> str:
    """Return a stripped script without the marks around it."""
    for _ in range(MAX_MARKS):
        opening = next((mark for mark in _OPENINGS if text.startswith(mark)), "")
        text = text[len(opening) :].lstrip()
        ending = next((mark for mark in _ENDINGS if text.endswith(mark)), "")
        text = text.removesuffix(ending).rstrip()
        if not opening and not ending:
            break
    return text


def _salvaged(text: str) -> dict[str, Any] | None:
    """Return the fields of an article that can be read of JSON that no parser takes."""
    text = text[:MAX_BROKEN_CHARS]
    stated_type = _STATED_TYPE.search(text)
    if stated_type is None:
        return None
    fields: dict[str, Any] = dict(reversed(_STATED.findall(text)))
    for match in _STATED_OBJECT.finditer(text):
        if match[1] not in fields and len(fields) < MAX_OBJECTS:
            try:
                fields[match[1]] = _DECODER.raw_decode(text, match.end())[0]
            except (ValueError, RecursionError):
                continue
    return {"@type": "NewsArticle", **fields}
