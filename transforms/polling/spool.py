"""Records as lines of JSON: how what was polled waits for the workers that clean it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from warta.transforms.core.records import FetchedPage, Reject, Source, SourceItem
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
        return Reject(**record)
    record["source"] = _source(record["source"])
    record["page"] = FetchedPage(**record["page"]) if record["page"] else None
    return SourceItem(**{name: _tuple(value) for name, value in record.items()})


def _source(stored: Mapping[str, Any]) -> Source:
    fields = tuple((field, key) for field, key in stored["fields"])
    return Source(**{**stored, "fields": fields})


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


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
