"""Read the records that rejects were once more.

A reject keeps its record's bytes and how they were read (see context.py): from these the record is
read again, under today's rules and limits. What was cut, or never came whole, is read at its source
again, where that still is.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import (
    PassedOver,
    Reference,
    Reject,
    Source,
    SourceItem,
    StoredReject,
)
from warta.transforms.core.redaction import is_masked, storable
from warta.transforms.core.reject_context import Context, decode_context
from warta.transforms.core.rejections import RejectedRecord, reject
from warta.transforms.sources.readers import read_reference
from warta.transforms.sources.registry import Records as Parsed
from warta.transforms.sources.registry import is_known, kind_by_name, reader_of

Records = Iterator[SourceItem | Reject]

_NEVER_WHOLE = frozenset(
    {"unreadable", "empty", "truncated", "bad_compression", "http_error", "fetch_refused"}
)
"""Reasons that speak of more than the bytes that were kept."""
_TO_THE_END = frozenset({"truncated", "bad_compression"})
"""Reasons that stand for all that follows in the input, too."""


def read_again(
    stored: Iterable[StoredReject], stated: Mapping[str, Reference], limits: InputLimits
) -> Records:
    """Yield the records that rejects were, or rejects again; many for one of a whole input.

    Args:
      stored: Rows of one file of rejects.
      stated: By URI as rows hold it, what the user says today of the inputs; takes precedence
        over what is kept.
      limits: Those of today.

    Returns:
      Each names the reject that it was in `replay_of`; at least one for each reject. Every input
      that is needed is read once.
    """
    missing: dict[tuple[str, Source, str], dict[str, list[StoredReject]]] = {}
    for one in stored:
        row = one.reject
        context = decode_context(row)
        today = stated.get(row.source_uri)
        source = today.source if today else context.source
        uri = today.uri if today else row.source_uri
        kind = source.kind or context.kind or kind_by_name(row.source_uri) or "text"
        records = _from_kept(row, kind, source, context, limits)
        if records is None:
            # What is kept of it is in the way: an input may have thousands.
            light = replace(row, raw=b"", reject_id=one.reject_id)
            record_id = "" if _wants_all(row) else row.source_record_id
            wanted = missing.setdefault((uri, source, kind), {})
            wanted.setdefault(record_id, []).append(StoredReject(one.reject_id, light))
        else:
            yield from _marked(records, one)
    for (uri, source, kind), wanted in missing.items():
        yield from _from_source(Reference(source, uri, kind), wanted, limits)


def _marked(records: Records, one: StoredReject) -> Records:
    """Return records with the reject that they were; the reject itself, where there is none."""
    found = False
    for record in records:
        found = True
        if isinstance(record, Reject):
            context = one.reject.context or record.context
            yield replace(record, context=context, replay_of=one.reject_id)
        else:
            yield replace(record, replay_of=one.reject_id)
    if not found:
        yield replace(one.reject, replay_of=one.reject_id)


def _from_kept(
    row: Reject, kind: str, source: Source, context: Context, limits: InputLimits
) -> Records | None:
    """Return the record of the bytes that were kept; None where they are cut or too few."""
    if len(row.raw) != row.raw_length or row.reason in _NEVER_WHOLE:
        return None
    reader = reader_of(kind) if is_known(kind) else None
    parses_first = row.stage == "clean" and reader is not None and reader.reparse_first
    if row.stage != "read" and context.item is not None and not parses_first:
        return iter([_item(row, kind, source, context)])
    is_defect = row.stage == "read" and row.reason == "internal_error"
    if reader is None or reader.reparse is None or row.stage == "tag" or is_defect:
        return None
    parsed = reader.reparse(row, source, limits)
    return None if parsed is None else _with_locations(parsed, row, limits)


def _wants_all(row: Reject) -> bool:
    """Return whether the reject stood for its whole input, or for all that follows."""
    return not row.source_record_id or row.reason in _TO_THE_END


def _item(row: Reject, kind: str, source: Source, context: Context) -> SourceItem:
    saved = dict(context.item or {})
    as_text = row.raw.decode("utf-8", "surrogatepass") if context.is_text else row.raw
    return SourceItem(
        source=source,
        source_uri=row.source_uri,
        source_record_id=row.source_record_id,
        kind=kind,
        raw=row.raw,
        content=saved.pop("content", as_text),
        **saved,
    )


def _with_locations(parsed: Parsed, row: Reject, limits: InputLimits) -> Records:
    """Yield records of kept bytes; they keep their old location where they have no other."""
    try:
        for record in parsed:
            if not isinstance(record, PassedOver):
                record_id = record.source_record_id or row.source_record_id
                yield replace(record, source_record_id=record_id)
    except RejectedRecord as rejection:
        yield reject("read", rejection, row.source_uri, row.source_record_id, row.raw, limits)


def _from_source(
    reference: Reference, wanted: dict[str, list[StoredReject]], limits: InputLimits
) -> Records:
    """Read an input again: the wanted records of it, or all where a reject stood for all.

    Args:
      reference: The input.
      wanted: Rejects by location; under "" those that stood for more than one record.
      limits: Those of today.
    """
    stays = all_of_it = wanted.pop("", [])
    # Without its key no request can be made; and of a kind that is not known any more, or is only
    # followed, nothing is to be had.
    is_read = is_known(reference.kind) and reader_of(reference.kind).is_read
    can_read = is_read and not is_masked(reference.uri)
    for record in read_reference(reference, limits) if can_read else ():
        if isinstance(record, PassedOver):
            continue
        # As rows hold it, and as older ones do.
        record_id = record.source_record_id
        matched = wanted.pop(record_id, None) or wanted.pop(storable(record_id), None)
        if matched is None:
            matched = all_of_it[:1]
            stays = all_of_it[1:]
        for one in matched:
            yield from _marked(iter([record]), one)
        if not wanted and not all_of_it:
            break
    # What the input has no more stays what it was, and so do others that stood for all of it.
    for rest in (*wanted.values(), stays):
        for one in rest:
            yield from _marked(iter(()), one)
