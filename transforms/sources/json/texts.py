"""What the values of a record in JSON say: texts, names of people, prose of a body, instants."""

import html
import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice

from warta.transforms.core.absent import is_absent
from warta.transforms.core.epoch_time import read_epoch

VALUE_KEYS = (
    *("name", "rendered", "value", "text", "#text", "_", "@value", "$date", "$numberLong"),
    *("$numberInt", "$numberDouble", "main", "original", "default", "title", "label", "term"),
    *("content", "href", "url", "@id", "S", "N", "iso", "seconds", "_seconds", "$timestamp", "t"),
)
"""Where a nested object keeps what it stands for (JSON-LD, WordPress, MongoDB, XML as JSON)."""

MAX_VALUES = 1_000
"""Authors or keywords taken of one record."""
_MAX_NESTING = 8
"""Deepest value that is looked into."""
_MAX_PROSE_NESTING = 32
"""Deepest node of a body that is kept as a tree."""

_QUOTED = re.compile(r"\"((?:[^\"\\]|\\.)*)\"|(?<![\w])'((?:[^'\\]|\\.|(?<=\w)'(?=\w))*)'")
_SEPARATORS = re.compile(r"\s*[,;|]\s*")
WEB_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
"""How an address begins: a name or a title does not."""


def without_numbers(value: object) -> object:
    """Return a value without the numbers in its lists: ids of authors or tags, and no names.

    Example:
      >>> without_numbers([7, "Pasar", {"name": "Ikan"}])
      ['Pasar', {'name': 'Ikan'}]
    """
    if isinstance(value, list):
        return [member for member in value if not isinstance(member, int | float)]
    return None if isinstance(value, int | float) else value


def look_up(value: object, path: str) -> object:
    """Return the value at a dotted path (names of objects, numbers of list items) or name."""
    if isinstance(value, dict) and path in value:
        return value[path]
    for part in path.split("."):
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value


def flatten(value: object, depth: int = 0) -> Iterator[str]:
    """Yield the texts in a value, in order; numbers as written, true and false are none."""
    if isinstance(value, str):
        if not is_absent(value):
            yield value.strip()
    elif isinstance(value, bool) or value is None or depth == _MAX_NESTING:
        return
    elif isinstance(value, list):
        for member in value:
            yield from flatten(member, depth + 1)
    elif isinstance(value, dict):
        for key in VALUE_KEYS:
            if value.get(key):
                yield from flatten(value[key], depth + 1)
                return
    elif not isinstance(value, float) or math.isfinite(value):
        yield str(value)


def text_of(value: object) -> str | None:
    """Return the first text of a value; None where there is none."""
    # Most records lack most fields: to ask a generator for each took a fifth of reading them.
    return None if value is None else next(flatten(value), None)


_FULL_NAMES = (
    *("name", "fullname", "displayname", "authorname", "@value", "#text", "text", "title"),
    *("original", "byline", "label", "value", "rendered", "full", "default", "s"),
)
"""Keys of a person's whole name; case, "_" and "-" are ignored."""
_NAME_PARTS = (
    ("givenname", "firstname", "first", "given"),
    ("additionalname", "middlename", "middle"),
    ("familyname", "lastname", "surname", "last", "family"),
)
"""Keys of the parts of a person's name, in the order in which they are read."""
_PEOPLE = (
    "by",
    "person",
    "people",
    "nodes",
    "node",
    "edges",
    "items",
    "data",
    "authors",
    "author",
    "l",
)
"""Keys that hold a person, or a list of persons."""


def names_of(value: object) -> tuple[str, ...]:
    """Return the names of people: texts, objects with a name or its parts, and lists of either.

    Example:
      >>> names_of([{"first_name": "Ada", "last_name": "Moss"}, {"node": {"name": "Ben Tull"}}])
      ('Ada Moss', 'Ben Tull')
    """
    if value is None:
        return ()
    found = islice(_people(value, 0), MAX_VALUES)
    return tuple(dict.fromkeys(name for name in found if name and not WEB_ADDRESS.match(name)))


def _people(value: object, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield from () if is_absent(value) else _listed(value.strip())
    elif depth == _MAX_NESTING:
        return
    elif isinstance(value, list):
        for member in value:
            yield from _people(member, depth + 1)
    elif isinstance(value, dict):
        yield from _names_of_object(value, depth)


def _names_of_object(value: dict[str, object], depth: int) -> Iterator[str]:
    by_key = {re.sub("[_-]", "", key.lower()): inner for key, inner in value.items() if inner}
    for key in _FULL_NAMES:
        if found := list(_people(by_key.get(key), depth + 1)):
            yield from found
            return
    parts = [next((by_key[key] for key in keys if key in by_key), None) for keys in _NAME_PARTS]
    texts = [part.strip() for part in parts if isinstance(part, str) and not is_absent(part)]
    if texts:
        yield " ".join(texts)
        return
    for key in _PEOPLE:
        if found := list(_people(by_key.get(key), depth + 1)):
            yield from found
            return
    # A list that a program wrote by number: {"0": {...}, "1": {...}}.
    for key, inner in value.items():
        if key.isdecimal():
            yield from _people(inner, depth + 1)


def _listed(text: str) -> Iterator[str]:
    """Yield the names in a text, which may be a list as JSON or Python writes it."""
    if text[:1] == "[" and text[-1:] == "]" and (quoted := _QUOTED.findall(text)):
        yield from (double or single for double, single in quoted)
    else:
        yield text


def texts_of(value: object, *, split: bool = False) -> tuple[str, ...]:
    """Return the texts of a value, each once, in order; `split`: one string may list several."""
    if value is None:
        return ()
    texts: dict[str, None] = {}
    for text in flatten(value):
        if split and "&" in text:
            # First, since an entity ends with a separator.
            text = html.unescape(text)
        texts.update(dict.fromkeys(_SEPARATORS.split(text) if split else (text,)))
        if len(texts) >= MAX_VALUES:
            break
    texts.pop("", None)
    return tuple(texts)[:MAX_VALUES]


_TEXT_KEYS = (
    *("text", "value", "#text", "_", "$t", "@value", "__cdata", "html", "rendered", "processed"),
    *("content", "S"),
)
"""Keys that hold the text of a node; the first that does, since others repeat it."""
_NODE_KEYS = frozenset(
    {
        *("summary", "headline", "title", "heading", "lead", "intro", "sections", "paragraphs"),
        *("blocks", "content", "contents", "content_elements", "children", "text", "body", "L"),
        *("elements", "items", "nodes", "data", "root", "document"),
    }
)
"""Keys that hold nodes, in bodies that are kept as trees: fundus, editors of content systems."""
_INLINE = frozenset(
    {"text", "span", "link", "a", "hyperlink", "mention", "hardBreak", "hard_break"}
)
"""Types of nodes that are within a line."""


def prose_of(value: object) -> str:
    r"""Return the text of a body: a string, a list of paragraphs, or a tree of sections or blocks.

    Example:
      >>> prose_of({"summary": ["One."], "sections": [{"headline": [], "paragraphs": ["Two."]}]})
      'One.\nTwo.'
    """
    if isinstance(value, str):
        return value.strip() if text_of(value) is not None else ""
    return _prose(value, 0).strip() if isinstance(value, list | dict) else ""


def _prose(value: object, depth: int) -> str:
    if isinstance(value, str):
        return value
    if depth == _MAX_PROSE_NESTING:
        return ""
    if isinstance(value, list):
        inline = any(map(_is_inline, value))
        parts = [_prose(member, depth + 1) for member in value]
        return "".join(parts) if inline else "\n".join(part for part in parts if part.strip())
    if not isinstance(value, dict):
        return ""
    for key in _TEXT_KEYS:
        if isinstance(text := value.get(key), str) and text:
            return text
    if _kind_of_node(value) in ("hardBreak", "hard_break"):
        return "\n"
    parts = [_prose(value[key], depth + 1) for key in value if key in _NODE_KEYS]
    return "\n".join(part for part in parts if part.strip())


def _is_inline(node: object) -> bool:
    return isinstance(node, dict) and _kind_of_node(node) in _INLINE and "content" not in node


def _kind_of_node(node: dict[str, object]) -> object:
    kind = node.get("type") or node.get("_type") or node.get("nodeType")
    return kind if isinstance(kind, str) else None


def status_of(value: object) -> int | None:
    """Return the HTTP status that a value states."""
    text = text_of(value)
    return int(text) if text and re.fullmatch(r"[1-5]\d\d", text, re.ASCII) else None


def instant_of(value: object) -> datetime | None:
    """Return an instant in UTC: ISO 8601 with a zone, or a count since 1970; of others None."""
    text = text_of(value)
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return read_epoch(text)
    try:
        return instant.astimezone(UTC) if instant.tzinfo else None
    except OverflowError:
        return None
