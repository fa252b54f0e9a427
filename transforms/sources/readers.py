"""Open a reference and yield its records: unpack, parse, and let nothing vanish.

READERS, at the end, has one `Reader` for each of warta's kinds; `kinds` finds them.
"""

from datetime import datetime
from typing import NamedTuple

from warta.transforms.core.errors import UnknownKindError
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import (
    PassedOver,
    Reference,
    Reject,
    Source,
    SourceItem,
)
from warta.transforms.core.rejections import PASSED_OVER, RejectedRecord, reject
from warta.transforms.core.storage import one_line, public_uri
from warta.transforms.sources import sniffing
from warta.transforms.sources.compression.unpack import open_with_codec, unpack
from warta.transforms.sources.fetch import fetch
from warta.transforms.sources.json.head import json_chunks, looks_like_json, shows_text
from warta.transforms.sources.json.jsonl import parse_line, read_values
from warta.transforms.sources.json.reader import can_be_cut, read_json
from warta.transforms.sources.registry import Reader, Records, Sharing, reader_of
from warta.transforms.sources.streams import is_web, read_chunks

_COUNTED_TIMES = 16
"""A file over the limit is unpacked up to so many times the limit to state its size, no further."""


def read_reference(reference: Reference, limits: InputLimits) -> Records:
    """Open one reference and yield what it holds, in order, in bounded memory.

    Args:
      reference: As `listing.list_source` gives it. All chunks of a file together give exactly the
        records of the whole.
      limits: For one record.

    Yields:
      One SourceItem or Reject a record; a Reject more for what is broken around the records; a
      PassedOver for what is not a record. A location that cannot be read is one Reject, and a whole
      input is never without any of these.
    """
    uri = public_uri(reference.uri)
    if reference.kind in PASSED_OVER:
        # Found unreadable while it was listed: it is counted, not opened.
        yield PassedOver(reference.kind, uri)
        return
    is_whole = reference.start == 0 and reference.end is None and reference.stripes == 1
    found = False
    try:
        for record in reader_of(reference.kind).read(reference, uri, limits):
            found = True
            yield record
        if is_whole and not found:
            yield PassedOver("no_records", uri)
    except RejectedRecord as rejection:
        yield reject("read", rejection, uri, "", b"", limits)
    except UnknownKindError as error:
        yield reject("read", RejectedRecord("unreadable", str(error)), uri, "", b"", limits)
    except OSError as error:
        yield reject("read", RejectedRecord("unreadable", one_line(error)), uri, "", b"", limits)


def _read_warc(reference: Reference, uri: str, limits: InputLimits) -> Records:
    # As feeds below: most commands read neither, and start sooner without them.
    from warta.transforms.sources.warc.frames import frames_of_range, frames_of_stream
    from warta.transforms.sources.warc.members import frames_of_members
    from warta.transforms.sources.warc.reader import parse_frames

    start, end = reference.start, reference.end
    with open_with_codec(reference.path, reference.uri) as (file, codec):
        if codec is None:
            frames = frames_of_range(file, start, end, limits)
        elif codec == "gzip":
            frames = frames_of_members(file, start, end, limits)
        else:
            frames = frames_of_stream(unpack(read_chunks(file), codec), limits)
        yield from parse_frames(frames, reference.source, uri, limits)


class Document(NamedTuple):
    """A file or an answer that is read as one."""

    data: bytes
    uri: str
    charset: str | None = None
    http_status: int | None = None
    date_fetched: datetime | None = None


def _read_feed(reference: Reference, uri: str, limits: InputLimits) -> Records:
    from warta.transforms.sources.feeds.entries import Origin
    from warta.transforms.sources.feeds.feed import parse_feed

    document = load_document(reference, uri, limits)
    if isinstance(document, Reject):
        yield document
        return
    origin = Origin(
        reference.source,
        uri,
        document.http_status,
        document.date_fetched,
        document.charset,
        document.uri if is_web(document.uri) else None,
    )
    found = False
    try:
        for record in parse_feed(document.data, origin, limits):
            found = True
            yield record
        if not found:
            yield PassedOver("no_entries", uri)
    except RejectedRecord as rejection:
        yield reject("read", rejection, uri, "", document.data, limits)


def _read_text(reference: Reference, uri: str, limits: InputLimits) -> Records:
    for record in _read_article(reference, uri, limits, "text"):
        if isinstance(record, SourceItem) and _is_json(record.raw, record.source):
            # A dump under the name of a text: its source is not prose.
            yield from read_values(json_chunks(record.raw), reference.source, uri, limits)
        else:
            yield record


def _is_json(data: bytes, source: Source) -> bool:
    """Return whether what is named a text is JSON, unless the user says that it is a text."""
    return source.kind is None and looks_like_json(data[: sniffing.HEAD_BYTES])


def _read_html(reference: Reference, uri: str, limits: InputLimits) -> Records:
    yield from _read_article(reference, uri, limits, "page")


def _read_article(
    reference: Reference, uri: str, limits: InputLimits, content_type: str
) -> Records:
    document = load_document(reference, uri, limits)
    if isinstance(document, Reject):
        yield document
        return
    yield SourceItem(
        source=reference.source,
        source_uri=uri,
        source_record_id="",
        kind=reference.kind,
        raw=document.data,
        content=document.data,
        content_type=content_type,
        charset=document.charset,
        url=document.uri if is_web(document.uri) else None,
        http_status=document.http_status,
        date_fetched=document.date_fetched,
    )


def load_document(reference: Reference, uri: str, limits: InputLimits) -> Document | Reject:
    """Return the whole of a file or of a server's answer, unpacked, or why it cannot be had.

    For readers of inputs that are read as one.

    Args:
      reference: The file, or one request.
      uri: As rows name it.
      limits: `max_record_bytes` bounds what is taken, and `reject_raw_bytes` what a reject keeps.
    """
    if is_web(reference.uri):
        return _request(reference, uri, limits)
    with open_with_codec(reference.path, reference.uri, may_be_empty=True) as (file, codec):
        data = bytearray()
        length = 0
        try:
            for chunk in unpack(read_chunks(file), codec):
                length += len(chunk)
                if length <= limits.max_record_bytes:
                    data += chunk
                elif length > limits.max_record_bytes * _COUNTED_TIMES:
                    break
                elif len(data) <= limits.reject_raw_bytes:
                    data += chunk[: limits.reject_raw_bytes]
        except RejectedRecord as rejection:
            return _reject_whole(rejection, uri, data, length, limits)
    if length > limits.max_record_bytes:
        detail = f"more than {limits.max_record_bytes} bytes"
        return _reject_whole(RejectedRecord("too_large", detail), uri, data, length, limits)
    if not data:
        return _reject_whole(RejectedRecord("empty"), uri, data, 0, limits)
    return Document(bytes(data), uri)


def _request(reference: Reference, uri: str, limits: InputLimits) -> Document | Reject:
    answer = fetch(reference.uri, limits=limits, allow_private=reference.source.allow_private)
    if not 200 <= answer.status < 300:
        rejection = RejectedRecord("http_error", f"status {answer.status}")
        return _reject_whole(rejection, uri, answer.body, len(answer.body), limits)
    if not answer.body:
        return _reject_whole(RejectedRecord("empty"), uri, b"", 0, limits)
    return Document(answer.body, answer.url, answer.charset, answer.status, answer.fetched_at)


def _reject_whole(
    rejection: RejectedRecord, uri: str, data: bytes | bytearray, length: int, limits: InputLimits
) -> Reject:
    return reject("read", rejection, uri, "", bytes(data), limits, length)


def _reparse_lines(row: Reject, source: Source, limits: InputLimits) -> Records:
    yield from parse_line(row.raw, source, row.source_uri, row.source_record_id, limits)


def _reparse_feed(row: Reject, source: Source, limits: InputLimits) -> Records | None:
    """Return a whole feed: an entry may be broken by what is around it."""
    if row.stage != "read" or row.source_record_id:
        return None
    from warta.transforms.sources.feeds.entries import Origin
    from warta.transforms.sources.feeds.feed import parse_feed

    return parse_feed(row.raw, Origin(source, row.source_uri), limits)


def _reparse_text(row: Reject, source: Source, limits: InputLimits) -> Records:
    if row.source_record_id.startswith("@") or _is_json(row.raw, source):
        # Of a dump under the name of a text: a text itself has no places.
        yield from parse_line(row.raw, source, row.source_uri, row.source_record_id, limits)
    else:
        yield _kept_document(row, source, "text", "text")


def _reparse_html(row: Reject, source: Source, limits: InputLimits) -> Records:
    yield _kept_document(row, source, "html", "page")


def _kept_document(row: Reject, source: Source, kind: str, content_type: str) -> SourceItem:
    return SourceItem(
        source=source,
        source_uri=row.source_uri,
        source_record_id=row.source_record_id,
        kind=kind,
        raw=row.raw,
        content=row.raw,
        content_type=content_type,
    )


def _share_json(codec: str | None, head: bytes) -> Sharing:
    if codec is not None:
        return Sharing.STRIPES
    return Sharing.RANGES if can_be_cut(head) else Sharing.WHOLE


def _share_warc(codec: str | None, head: bytes) -> Sharing:
    return Sharing.RANGES if codec in (None, "gzip") else Sharing.WHOLE


def _read_sitemap(reference: Reference, uri: str, limits: InputLimits) -> Records:
    raise RejectedRecord("unreadable", "a sitemap only names pages: follow it with warta watch")


READERS = (
    Reader(
        name="feed",
        label="feed",
        read=_read_feed,
        suffixes=(".rss", ".atom", ".rdf", ".xml"),
        sniff=sniffing.is_feed,
        reparse=_reparse_feed,
        is_followed=True,
    ),
    Reader(
        name="jsonl",
        label="JSONL",
        read=read_json,
        suffixes=(".jsonl", ".ndjson", ".jl", ".jsonlines", ".ldjson", ".json-seq"),
        # Settings are JSON too; and what is named so is not prose, whatever is wrong with it.
        weak_suffixes=(".json",),
        sniff=sniffing.is_jsonl,
        may_hold=shows_text,
        reparse=_reparse_lines,
        reparse_first=True,
        share=_share_json,
        over_http=False,
    ),
    Reader(
        name="html",
        label="HTML",
        read=_read_html,
        suffixes=(".html", ".htm", ".xhtml"),
        sniff=sniffing.is_html,
        reparse=_reparse_html,
    ),
    Reader(
        name="warc",
        label="WARC",
        read=_read_warc,
        suffixes=(".warc", ".wet"),
        sniff=sniffing.is_warc,
        share=_share_warc,
        over_http=False,
    ),
    Reader(
        name="text",
        label="text",
        read=_read_text,
        suffixes=(".txt", ".text"),
        sniff=sniffing.is_text,
        reparse=_reparse_text,
    ),
    Reader(
        name="sitemap",
        label="sitemap",
        read=_read_sitemap,
        is_followed=True,
        is_read=False,
    ),
)
"""In the order in which they are asked what a file holds: whatever is UTF-8 is a text."""
