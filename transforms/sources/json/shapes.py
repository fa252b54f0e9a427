"""Shapes that records of news come in: bare, within an envelope, or in the list of an answer.

A record has a text. What has none may hold records: {"articles": [...]}, {"hits": {"hits":
[{"_source": {...}}]}}, {"data": {"posts": {"edges": [{"node": {...}}]}}}, {"id-1": {...}}.
"""

import re
from collections.abc import Iterator

from warta.transforms.core.lenient_json import loads
from warta.transforms.sources.json.fields import Values, guess_fields, meanings

_ENVELOPES = frozenset(
    {
        *("_source", "payload", "after", "doc", "document", "article", "data", "attributes"),
        *("fields", "item", "record", "post", "story", "node", "row", "entry", "object", "message"),
        *("result", "value", "json", "news", "properties", "content", "body", "event"),
    }
)
"""Keys in which index dumps, queues and interfaces carry a record."""
_NOTES = frozenset(
    {
        *("metadata", "meta", "attributes", "properties", "fields", "warc_headers", "thread"),
        *("extra", "extras", "info", "custom", "html", "opengraph"),
    }
)
"""Keys in which a record keeps what is said of its text."""
_LISTS = frozenset(
    {
        *("articles", "items", "item", "entries", "entry", "posts", "results", "hits", "docs"),
        *("documents", "records", "stories", "news", "rows", "edges", "objects", "nodes", "data"),
        *("list", "value", "values", "collection", "children", "content", "contents", "elements"),
        *("publications", "feed", "result", "response", "@graph", "berita", "artikel", "daftar"),
    }
)
"""Keys whose lists are of records."""
_KEY_OR_BRACKET = re.compile(
    rb'"(?P<key>[^"\\]{1,64})"\s*:\s*"(?=[^"\s])(?:[^"\\]|\\.)*+"?|"(?:[^"\\]|\\.)*+"?|[\[\]{}]',
    re.DOTALL,
)
_ACTIONS = frozenset({"index", "create", "update", "delete"})
_NESTS = {b"{": 1, b"[": 1, b"}": -1, b"]": -1}
_MAX_ENVELOPES = 4
_MAX_NESTING = 6
"""How deep records are looked for in an answer."""
_NOT_OF_THE_RECORD = _ENVELOPES | {"source", "type", "id", "name"}
"""Keys of an envelope that hold the record, or speak of the envelope."""


def read_fields(record: dict[str, object], depth: int = 0) -> Values:
    """Return the values of a record by field, its envelope and its metadata looked into.

    Args:
      record: A JSON object.
      depth: How many envelopes it was in.

    Returns:
      As `json_fields.guess_fields`; no `content` where it has no text.
    """
    values = guess_fields(record)
    content = values.get("content")
    if depth < _MAX_ENVELOPES and (content is None or not isinstance(content, list)):
        inner = _inner_record(record, content, depth)
        if inner is not None:
            return _of_envelope(record) | inner
    if content is not None:
        for key, value in record.items():
            if isinstance(value, dict) and key.lower() in _NOTES:
                notes = guess_fields(value)
                notes.pop("content", None)
                values = notes | values
    return values


def _inner_record(record: dict[str, object], content: object, depth: int) -> Values | None:
    """Return the fields of the record that an object carries, None where it carries none."""
    for key, value in record.items():
        if key.lower() not in _ENVELOPES and value is not content:
            continue
        if isinstance(value, str):
            value = _unpacked(value)
        if isinstance(value, dict) and (content is None or value is content or _is_json(content)):
            inner = read_fields(value, depth + 1)
            if "content" in inner and (content is None or "headline" in inner):
                return inner
    return None


def _is_json(content: object) -> bool:
    return isinstance(content, str) and content.lstrip()[:1] == "{"


def _unpacked(text: str) -> object:
    """Return the object in a text that is JSON itself, as queues carry it."""
    if not _is_json(text) or text.rstrip()[-1:] != "}":
        return None
    try:
        return loads(text.encode("utf-8", "replace"))
    except ValueError:
        return None


def _of_envelope(record: dict[str, object]) -> Values:
    """Return what an envelope says of its record: dates only where they are of publication."""
    outer = {
        key: value
        for key, value in record.items()
        if key.lower() not in _NOT_OF_THE_RECORD
        and not (_names_date(key) and "publ" not in key.lower())
    }
    values = guess_fields(outer)
    values.pop("content", None)
    return values


def _names_date(key: str) -> bool:
    return any(field.startswith("date_") for field, _ in meanings(key))


def is_record(value: object) -> bool:
    """Return whether an object is surely a record: a text with a headline or an address."""
    if not isinstance(value, dict):
        return False
    values = read_fields(value)
    return "content" in values and ("headline" in values or "url" in values)


def is_list_key(key: str) -> bool:
    """Return whether what is in a list under a key are records, whatever they hold."""
    return key.lower() in _LISTS


def holds_records(value: dict[str, object], depth: int = 0) -> bool:
    """Return whether an object is not a record, but holds records in lists or under keys.

    Args:
      value: A JSON object.
      depth: How deep in an answer.

    Example:
      >>> holds_records({"status": "ok", "articles": [{"title": "A", "url": "https://a.example"}]})
      True
    """
    values = read_fields(value)
    if "content" in values and not _lists_records(values["content"]):
        return False
    is_titled = "headline" in values and "url" in values
    for key, inner in value.items():
        if isinstance(inner, list) and is_list_key(key):
            if any(_may_be_record(member, depth) for member in inner) or not (inner or is_titled):
                return True
        elif is_titled or depth == _MAX_NESTING:
            continue
        elif isinstance(inner, list):
            if any(_is_or_holds(member, depth) for member in inner):
                return True
        elif isinstance(inner, dict) and (is_record(inner) or holds_records(inner, depth + 1)):
            return True
    return False


def _is_or_holds(member: object, depth: int) -> bool:
    return isinstance(member, dict) and (is_record(member) or holds_records(member, depth + 1))


def _lists_records(content: object) -> bool:
    return isinstance(content, list) and any(is_record(member) for member in content)


def _may_be_record(member: object, depth: int) -> bool:
    if not isinstance(member, dict):
        return False
    values = read_fields(member)
    if "content" in values or ("headline" in values and "url" in values):
        return True
    return depth < _MAX_NESTING and holds_records(member, depth + 1)


def is_index_action(value: dict[str, object]) -> bool:
    """Return whether an object only says what is to be done with the next: Elasticsearch's bulk.

    Example:
      >>> is_index_action({"index": {"_index": "news", "_id": "7"}})
      True
    """
    if len(value) != 1:
        return False
    ((key, inner),) = value.items()
    names = inner.keys() if isinstance(inner, dict) else ("",)
    return key in _ACTIONS and all(name.startswith("_") or name == "routing" for name in names)


def rows_of_table(value: dict[str, object]) -> list[dict[str, object]]:
    """Return the records of a table that is kept by column, as pandas writes it; [] for any other.

    Example:
      >>> rows_of_table({"title": {"0": "A", "1": "B"}, "text": {"0": "x", "1": "y"}})
      [{'title': 'A', 'text': 'x'}, {'title': 'B', 'text': 'y'}]
    """
    names, data = value.get("columns"), value.get("data")
    if isinstance(names, list) and isinstance(data, list) and all(map(_is_text, names)):
        rows = [row for row in data if isinstance(row, list) and len(row) == len(names)]
        return [dict(zip(names, row, strict=True)) for row in rows] if rows == data else []
    columns = {name: column for name, column in value.items() if column}
    keys = [column.keys() for column in columns.values() if isinstance(column, dict)]
    is_table = len(keys) == len(columns) > 1 and all(one == keys[0] for one in keys)
    if not is_table or not any(field == "content" for key in columns for field, _ in meanings(key)):
        return []
    return [
        {name: column[key] for name, column in columns.items() if isinstance(column, dict)}
        for key in keys[0]
    ]


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def may_list_records(head: bytes) -> bool:
    """Return whether an object too large for a record is an answer with a list of records.

    Args:
      head: Its beginning. A record says before its end that it is one: by a text, or by a headline
        and an address.
    """
    fields = {
        field
        for key in _keys_of_texts(head)
        for field, _ in meanings(key)
        if field in ("content", "headline", "url")
    }
    return "content" not in fields and not {"headline", "url"} <= fields


def _keys_of_texts(head: bytes) -> Iterator[str]:
    """Yield the keys of an object whose values are strings."""
    depth = 0
    for token in _KEY_OR_BRACKET.finditer(head):
        if token["key"] is not None:
            if depth == 1:
                yield token["key"].decode("utf-8", "replace")
            continue
        depth += _NESTS.get(token[0], 0)
        if depth == 0:
            return
