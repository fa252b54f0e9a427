"""Records as lines of JSON: how what was polled waits for the workers that clean it."""

import json
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Any

import msgspec

from warta.transforms.core.records import Reject, SourceItem
from warta.transforms.core.storage import public_uri

_BYTES, _TIME = "$bytes", "$time"


def encode(record: SourceItem | Reject) -> bytes:
    """Return a record as one line, without user names and passwords."""
    kind = "reject" if isinstance(record, Reject) else "item"
    if isinstance(record, SourceItem):
        source = replace(record.source, location=public_uri(record.source.location))
        record = replace(record, source=source)
    # ASCII: half a surrogate pair, as odd feeds hold, comes through unharmed.
    line = json.dumps({"kind": kind, "record": asdict(record)}, default=_encode, ensure_ascii=True)
    return line.encode("ascii") + b"\n"


def decode(line: bytes) -> SourceItem | Reject:
    """Return the record of a line that `encode` made."""
    stored = json.loads(line, object_hook=_decode)
    record = stored["record"]
    if stored["kind"] == "reject":
        return msgspec.convert(record, Reject)
    typed = {name: msgspec.convert(value, _TYPES[name]) for name, value in record.items()}
    return SourceItem(**typed)


_TYPES: dict[str, Any] = {field.name: field.type for field in fields(SourceItem)}
# msgspec takes no `bytes | str`: the marks of `_encode` say which of both a content is.
_TYPES["content"] = Any


def _encode(value: object) -> dict[str, str]:
    if isinstance(value, bytes):
        return {_BYTES: value.decode("latin-1")}
    if isinstance(value, datetime):
        return {_TIME: value.isoformat()}
    raise TypeError(f"{type(value).__name__} in a record")


def _decode(stored: dict[str, Any]) -> Any:
    if stored.keys() == {_BYTES}:
        return stored[_BYTES].encode("latin-1")
    if stored.keys() == {_TIME}:
        return datetime.fromisoformat(stored[_TIME])
    return stored
