"""Read the records of a queue's message: news as JSON, mostly one object, as in JSONL."""

from collections.abc import Iterator
from dataclasses import replace

from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Reference, Reject, Source, SourceItem
from warta.transforms.core.reject_context import context_of_reference
from warta.transforms.core.rejections import RejectedRecord, reject
from warta.transforms.sources.json.jsonl import parse_line


def read_message(
    value: bytes | None, source: Source, uri: str, record_id: str, limits: InputLimits
) -> Iterator[SourceItem | Reject]:
    """Yield the records of a message, or why it holds none.

    Args:
      value: Its body; None or empty: it has none.
      source: The queue.
      uri: The queue, or the part of it that the message is in.
      record_id: The message's location there.
      limits: For one record.
    """
    if not value:
        yield refuse(RejectedRecord("empty"), source, uri, record_id, b"", limits)
    elif len(value) > limits.max_record_bytes:
        rejection = RejectedRecord("too_large", f"a message of {len(value)} bytes")
        yield refuse(rejection, source, uri, record_id, value, limits)
    else:
        for record in parse_line(value, source, uri, record_id, limits):
            yield _with_context(record, source, uri) if isinstance(record, Reject) else record


def refuse(
    rejection: RejectedRecord,
    source: Source,
    uri: str,
    record_id: str,
    raw: bytes,
    limits: InputLimits,
) -> Reject:
    """Return the reject of a message, with what it takes to read it again."""
    return _with_context(reject("read", rejection, uri, record_id, raw, limits), source, uri)


def _with_context(rejected: Reject, source: Source, uri: str) -> Reject:
    return replace(rejected, context=context_of_reference(Reference(source, uri, "jsonl")))
