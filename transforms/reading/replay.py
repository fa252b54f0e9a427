"""Rejects -> the records they were, read once more.

A reject keeps its record's bytes and how they were read (see context.py): from these the record is
read again, under today's rules and limits. What was cut, or never came whole, is read at its source
again, where that still is.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from transforms.reading.context import Context, decode_context
from transforms.reading.feed import Origin, parse_feed
from transforms.reading.jsonl import parse_line
from transforms.reading.kinds import kind_by_name
from transforms.reading.opening import read_reference
from transforms.records import (
    Limits,
    Reference,
    Reject,
    RejectedRecord,
    Source,
    SourceItem,
    StoredReject,
    reject,
)

Records = Iterator[SourceItem | Reject]

_BYTES_TELL_ALL = frozenset({"jsonl", "html", "text"})
"""Kinds whose records are read from their bytes alone."""
_NEVER_WHOLE = frozenset(
    {"unreadable", "empty", "truncated", "bad_compression", "http_error", "fetch_refused"}
)
"""Reasons that speak of more than the bytes that were kept."""
_TO_THE_END = frozenset({"truncated", "bad_compression"})
"""Reasons that stand for all that follows in the input, too."""


def read_again(stored: StoredReject, sources: Mapping[str, Source], limits: Limits) -> Records:
    """One reject -> the record it was, or a reject anew; more where it stood for a whole input.

    Args:
      stored: the row.
      sources: by URI, what the user says today of the inputs; goes before what is kept.
      limits: today's.

    Returns:
      Each names the reject that it was in `replay_of`; at least one.
    """
    row = stored.reject
    context = decode_context(row)
    source = sources.get(row.source_uri, context.source)
    kind = source.kind or context.kind or kind_by_name(row.source_uri) or "text"
    found = False
    for record in _read(row, kind, source, context, limits):
        found = True
        if isinstance(record, Reject):
            yield replace(record, context=row.context, replay_of=stored.reject_id)
        else:
            yield replace(record, replay_of=stored.reject_id)
    if not found:
        # The source has it no more: it stays the reject that it is.
        yield replace(row, replay_of=stored.reject_id)


def _read(row: Reject, kind: str, source: Source, context: Context, limits: Limits) -> Records:
    """The bytes that were kept, where they are whole and tell enough; else the source."""
    whole = len(row.raw) == row.raw_length and row.reason not in _NEVER_WHOLE
    if whole and context.item is not None and kind != "jsonl":
        yield _item(row, kind, source, context)
    elif whole and _bytes_tell_all(row, kind):
        yield from _from_bytes(row, kind, source, limits)
    else:
        yield from _from_source(row, kind, source, limits)


def _bytes_tell_all(row: Reject, kind: str) -> bool:
    """Whether the record can be read from its bytes alone."""
    if kind in ("jsonl", "html", "text"):
        return row.stage in ("read", "clean")
    # A WARC record is broken by what stands around it.
    return kind == "feed" and row.stage == "read"


def _item(row: Reject, kind: str, source: Source, context: Context) -> SourceItem:
    told = dict(context.item or {})
    as_text = row.raw.decode("utf-8", "surrogatepass") if context.is_text else row.raw
    return SourceItem(
        source=source,
        source_uri=row.source_uri,
        source_record_id=row.source_record_id,
        kind=kind,
        raw=row.raw,
        content=told.pop("content", as_text),
        **told,
    )


def _from_bytes(row: Reject, kind: str, source: Source, limits: Limits) -> Records:
    """The reader of the kind over the bytes that were kept; its records keep their old places."""
    try:
        records: Records = _PARSERS[kind](row, source, limits)
        for record in records:
            yield replace(record, source_record_id=record.source_record_id or row.source_record_id)
    except RejectedRecord as verdict:
        yield reject("read", verdict, row.source_uri, row.source_record_id, row.raw, limits)


def _parse_jsonl(row: Reject, source: Source, limits: Limits) -> Records:
    yield parse_line(row.raw, source, row.source_uri, row.source_record_id, limits)


def _parse_feed(row: Reject, source: Source, limits: Limits) -> Records:
    yield from parse_feed(row.raw, Origin(source, row.source_uri), limits)


def _parse_document(row: Reject, source: Source, limits: Limits) -> Records:
    kind = source.kind or kind_by_name(row.source_uri) or "text"
    yield SourceItem(
        source=source,
        source_uri=row.source_uri,
        source_record_id=row.source_record_id,
        kind=kind,
        raw=row.raw,
        content=row.raw,
        content_type="page" if kind == "html" else "text",
    )


_PARSERS: dict[str, Callable[[Reject, Source, Limits], Records]] = {
    "jsonl": _parse_jsonl,
    "feed": _parse_feed,
    "html": _parse_document,
    "text": _parse_document,
}


def _from_source(row: Reject, kind: str, source: Source, limits: Limits) -> Records:
    """Reads the input again: all of it where the reject stood for it, else the one record."""
    wants_all = not row.source_record_id or row.reason in _TO_THE_END
    for record in read_reference(Reference(source, row.source_uri, kind), limits):
        if wants_all or record.source_record_id == row.source_record_id:
            yield record
