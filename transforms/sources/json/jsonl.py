"""Records of news in JSON: a line each, or the values of arrays and of documents of any shape."""

import re
from collections.abc import Iterable, Iterator

from warta.transforms.core.lenient_json import loads
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Reject, Source, SourceItem
from warta.transforms.core.rejections import RejectedRecord, reject
from warta.transforms.sources.feeds.links import is_front
from warta.transforms.sources.json.fields import GUESSES, OTHER_DATES, Values
from warta.transforms.sources.json.shapes import (
    holds_records,
    is_list_key,
    is_record,
    may_list_records,
    read_fields,
    rows_of_table,
)
from warta.transforms.sources.json.texts import (
    instant_of,
    look_up,
    names_of,
    prose_of,
    status_of,
    text_of,
    texts_of,
    without_numbers,
)
from warta.transforms.sources.json.values import Splitter
from warta.transforms.sources.json.window import Value

FIELDS = frozenset(GUESSES)
"""What a mapping may name."""

_PAGE = re.compile(
    r"\s*(?:<\?xml[^<>]*>\s*)?(?:<!--[^<>]*-->\s*)?<(?:!doctype\s+html|html[\s>])", re.I
)

_TAG = re.compile(
    r"</?(?:p|br|div|span|a|b|i|u|em|strong|h[1-6]|ul|ol|li|table|tr|td|img|figure|figcaption|"
    r"blockquote|section|article|iframe|script|style|center|font|hr|pre)(?:\s[^<>]*)?/?>",
    re.I,
)

_IDS = ("id", "_id", "guid", "uuid", "uri")
"""Where a record keeps what names it."""

_JSON_NAMES: dict[type, str] = {
    list: "array",
    str: "string",
    bool: "boolean",
    type(None): "null",
}


def parse_line(
    raw: bytes, source: Source, uri: str, record_id: str, limits: InputLimits
) -> Iterator[SourceItem | Reject]:
    """Yield the records of one line: mostly one, or why it holds none.

    A line that holds several objects, an array, or an object with a list of records gives them all;
    their ids are that of the line and their place in it.

    Args:
      raw: The line without its end.
      source: Its `fields` map fields to dotted paths; such a field is taken from there alone.
      uri: The file, as it is stored.
      record_id: The line's place in it.
      limits: For one record.
    """
    try:
        value = _unpacked(loads(raw))
    except ValueError as error:
        # Objects one after the other make no JSON, but each may.
        records = list(_read_values(iter([raw]), source, uri, limits, f"{record_id}+"))
        if len(records) > 1 and any(isinstance(record, SourceItem) for record in records):
            yield from records
        else:
            rejection = RejectedRecord("bad_json", str(error))
            yield reject("read", rejection, uri, record_id, raw, limits)
        return
    if isinstance(value, dict):
        item = make_item(value, raw, source, uri, record_id)
        if item.content or not holds_records(value):
            yield from _rows(item, value) or (item,)
            return
    elif not (isinstance(value, list) and any(isinstance(one, dict | list) for one in value)):
        yield _not_an_object(value, raw, uri, record_id, limits)
        return
    yield from _read_values(iter([raw]), source, uri, limits, f"{record_id}+")


def read_values(
    chunks: Iterator[bytes], source: Source, uri: str, limits: InputLimits
) -> Iterator[SourceItem | Reject]:
    """Yield the records of JSON that is not one record a line, each with its offset as id.

    Args:
      chunks: The unpacked file, in UTF-8.
      source: As for `parse_line`.
      uri: The file, as it is stored.
      limits: A record over its size is one reject, and the next is read.
    """
    yield from _read_values(chunks, source, uri, limits, "@")


def _read_values(
    chunks: Iterator[bytes], source: Source, uri: str, limits: InputLimits, place: str
) -> Iterator[SourceItem | Reject]:
    splitter = Splitter(chunks, limits, may_list_records)
    last_found = -1
    for given in splitter:
        record_id = f"{place}{given.offset}"
        if given.closes and last_found > given.offset:
            continue
        value, parsed = _parse(given, splitter, limits)
        if value.failure is not None and not (value.closes or _is_wanted(value, None)):
            continue
        if value.failure is not None:
            last_found = value.offset
            yield reject("read", value.failure, uri, record_id, value.data, limits, value.length)
        elif isinstance(parsed, dict):
            item = make_item(parsed, value.data, source, uri, record_id)
            if not item.content and splitter.may_enter() and holds_records(parsed):
                splitter.enter(value)
            elif _is_wanted(value, parsed):
                last_found = value.offset
                yield from _rows(item, parsed) or (item,)
        elif _is_wanted(value, parsed):
            last_found = value.offset
            yield _not_an_object(parsed, value.data, uri, record_id, limits)


def _rows(item: SourceItem, value: dict[str, object]) -> list[SourceItem]:
    """Return the records of an object without a text that is a table; [] of any other."""
    if item.content:
        return []
    # Here because hardly any input is a table.
    import orjson

    place = (item.source, item.source_uri)
    rows = [
        make_item(row, orjson.dumps(row), *place, f"{item.source_record_id}#{number}")
        for number, row in enumerate(rows_of_table(value), 1)
    ]
    return rows if any(row.content for row in rows) else []


def _parse(value: Value, splitter: Splitter, limits: InputLimits) -> tuple[Value, object]:
    """Return a value with its failure, if it has one, and what it holds."""
    if value.failure is not None:
        return value, None
    if value.closes or value.length > limits.max_record_bytes:
        failure = RejectedRecord("too_large", f"a value of {value.length} bytes")
        return value._replace(failure=failure), None
    try:
        return value, _unpacked(loads(value.data))
    except ValueError as error:
        failure = RejectedRecord("bad_json", str(error))
        return splitter.begin_again(value)._replace(failure=failure), None


def _is_wanted(value: Value, parsed: object) -> bool:
    """Return whether a value is a record, sound or not; false for what an answer says of itself."""
    is_inner = value.key is not None or not value.in_list
    return not is_inner or (value.in_list and is_list_key(value.key or "")) or is_record(parsed)


def _unpacked(value: object) -> object:
    """Return a value, and in place of a string that is itself JSON what that holds."""
    if not isinstance(value, str) or value.lstrip()[:1] != "{":
        return value
    try:
        return loads(value.encode("utf-8", "replace"))
    except ValueError:
        return value


def _not_an_object(
    value: object, raw: bytes, uri: str, record_id: str, limits: InputLimits
) -> Reject:
    name = _JSON_NAMES.get(type(value), "number")
    return reject(
        "read", RejectedRecord("not_an_object", f"a JSON {name}"), uri, record_id, raw, limits
    )


def make_item(
    record: dict[str, object], raw: bytes, source: Source, uri: str, record_id: str
) -> SourceItem:
    """Return the record that a JSON object describes; without a body its content is empty.

    Args:
      record: The object.
      raw: Its bytes, for a reject.
      source: What the config says: paths of fields, the publisher, ...
      uri: The input.
      record_id: Where the object is in it.
    """
    values: Values = read_fields(record)
    if "date_published" in dict(source.fields):
        values.pop(OTHER_DATES, None)
    for field, path in source.fields:
        values[field] = look_up(record, path)
    content = prose_of(values.get("content"))
    headline = values.get("headline")
    description = text_of(values.get("description"))
    if not content and description and headline and not holds_records(record):
        # Interfaces that have no other text, and feeds as JSON.
        content, description = description, None
    url = text_of(values.get("url"))
    # An address of a front page names no article.
    name = text_of([record.get(key) for key in _IDS]) or text_of(headline)
    return SourceItem(
        source=source,
        source_uri=uri,
        source_record_id=record_id,
        kind="jsonl",
        raw=raw,
        content=content,
        content_type=content_type_of(content),
        url=url,
        identity=name if url and is_front(url, None) else None,
        headline=(headline.strip() or None) if isinstance(headline, str) else text_of(headline),
        description=description,
        authors=names_of(values.get("authors")),
        date_published=text_of(values.get("date_published")),
        other_dates=_other_dates(values),
        date_modified=text_of(values.get("date_modified")),
        article_section=text_of(without_numbers(values.get("article_section"))),
        keywords=texts_of(without_numbers(values.get("keywords")), split=True),
        in_language=text_of(values.get("in_language")),
        publisher_name=text_of(values.get("publisher_name")),
        http_status=status_of(values.get("http_status")),
        date_fetched=instant_of(values.get("date_fetched")),
    )


def _other_dates(values: Values) -> tuple[str, ...]:
    """Return the dates of publication that are after the first."""
    stated = values.get(OTHER_DATES)
    if not isinstance(stated, list):
        return ()
    texts = [text_of(value) for value in stated]
    first = text_of(values.get("date_published"))
    return tuple(dict.fromkeys(text for text in texts if text and text != first))


def content_type_of(content: str) -> str:
    """Return what a body is: a whole page, a fragment of HTML (it has tags), or text."""
    if "<" not in content:
        return "text"
    if _PAGE.match(content, 0, 4096):
        return "page"
    return "fragment" if _TAG.search(content) else "text"


def unknown_fields(fields: Iterable[tuple[str, str]]) -> list[str]:
    """Return the names in a mapping that no record has."""
    return sorted({name for name, _ in fields} - FIELDS)
