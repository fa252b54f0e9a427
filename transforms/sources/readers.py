"""A reference -> its records: opens, unpacks, parses, and lets nothing vanish."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from transforms.core.records import (
    PASSED_OVER,
    Limits,
    PassedOver,
    Reference,
    Reject,
    RejectedRecord,
    SourceItem,
    reject,
)
from transforms.core.storage import one_line, public_uri
from transforms.sources.compression import HEAD_BYTES as CODEC_BYTES
from transforms.sources.compression import codec_of, unpack
from transforms.sources.feed import parse_feed
from transforms.sources.feed_entries import Origin
from transforms.sources.fetch import fetch
from transforms.sources.json_reader import read_json
from transforms.sources.streams import is_web, open_binary, read_chunks
from transforms.sources.warc import parse_frames
from transforms.sources.warc_frames import frames_of_members, frames_of_range, frames_of_stream

_COUNTED_TIMES = 16
"""A file over the limit is unpacked up to so many times the limit to state its size, no further."""

Records = Iterator[SourceItem | Reject | PassedOver]


def read_reference(reference: Reference, limits: Limits) -> Records:
    """Opens one reference and reads what it holds, in order, in bounded memory.

    Args:
      reference: as `listing.list_source` gives it. All pieces of a file together give exactly the
        records of the whole.
      limits: for one record.

    Returns:
      One SourceItem or Reject a record; a Reject more for what is broken around the records; a
      PassedOver for what is no record. A location that cannot be read is one Reject, and a whole
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
        for record in _READERS[reference.kind](reference, uri, limits):
            found = True
            yield record
        if is_whole and not found:
            yield PassedOver("no_records", uri)
    except RejectedRecord as verdict:
        yield reject("read", verdict, uri, "", b"", limits)
    except OSError as error:
        yield reject("read", RejectedRecord("unreadable", one_line(error)), uri, "", b"", limits)


def _read_warc(reference: Reference, uri: str, limits: Limits) -> Records:
    start, end = reference.start, reference.end
    with open_binary(reference.path) as file:
        head = file.read(CODEC_BYTES)
        if not head:
            raise RejectedRecord("empty")
        file.seek(0)
        codec = codec_of(reference.uri, head)
        if codec is None:
            frames = frames_of_range(file, start, end, limits)
        elif codec == "gzip":
            frames = frames_of_members(file, start, end, limits)
        else:
            frames = frames_of_stream(unpack(read_chunks(file), codec), limits)
        yield from parse_frames(frames, reference.source, uri, limits)


class _Document(NamedTuple):
    """A file or an answer that is read as one."""

    data: bytes
    uri: str
    charset: str | None = None
    http_status: int | None = None
    date_fetched: datetime | None = None


def _read_feed(reference: Reference, uri: str, limits: Limits) -> Records:
    document = _load(reference, uri, limits)
    if isinstance(document, Reject):
        yield document
        return
    origin = Origin(
        reference.source, uri, document.http_status, document.date_fetched, document.charset
    )
    found = False
    try:
        for record in parse_feed(document.data, origin, limits):
            found = True
            yield record
        if not found:
            yield PassedOver("no_entries", uri)
    except RejectedRecord as verdict:
        yield reject("read", verdict, uri, "", document.data, limits)


def _read_text(reference: Reference, uri: str, limits: Limits) -> Records:
    yield from _read_article(reference, uri, limits, "text")


def _read_html(reference: Reference, uri: str, limits: Limits) -> Records:
    yield from _read_article(reference, uri, limits, "page")


def _read_article(reference: Reference, uri: str, limits: Limits, content_type: str) -> Records:
    document = _load(reference, uri, limits)
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


def _load(reference: Reference, uri: str, limits: Limits) -> _Document | Reject:
    """The whole of a file or of a server's answer, unpacked, or why it cannot be had."""
    if is_web(reference.uri):
        return _request(reference, uri, limits)
    with open_binary(reference.path) as file:
        codec = codec_of(reference.uri, file.read(CODEC_BYTES))
        file.seek(0)
        data = bytearray()
        length = 0
        try:
            for piece in unpack(read_chunks(file), codec):
                length += len(piece)
                if length <= limits.max_record_bytes:
                    data += piece
                elif length > limits.max_record_bytes * _COUNTED_TIMES:
                    break
                elif len(data) <= limits.reject_raw_bytes:
                    data += piece[: limits.reject_raw_bytes]
        except RejectedRecord as verdict:
            return _reject_whole(verdict, uri, data, length, limits)
    if length > limits.max_record_bytes:
        detail = f"more than {limits.max_record_bytes} bytes"
        return _reject_whole(RejectedRecord("too_large", detail), uri, data, length, limits)
    if not data:
        return _reject_whole(RejectedRecord("empty"), uri, data, 0, limits)
    return _Document(bytes(data), uri)


def _request(reference: Reference, uri: str, limits: Limits) -> _Document | Reject:
    answer = fetch(reference.uri, limits=limits, allow_private=reference.source.allow_private)
    if not 200 <= answer.status < 300:
        verdict = RejectedRecord("http_error", f"status {answer.status}")
        return _reject_whole(verdict, uri, answer.body, len(answer.body), limits)
    if not answer.body:
        return _reject_whole(RejectedRecord("empty"), uri, b"", 0, limits)
    return _Document(answer.body, answer.url, answer.charset, answer.status, answer.fetched_at)


def _reject_whole(
    verdict: RejectedRecord, uri: str, data: bytes | bytearray, length: int, limits: Limits
) -> Reject:
    return replace(reject("read", verdict, uri, "", bytes(data), limits), raw_length=length)


_READERS: dict[str, Callable[[Reference, str, Limits], Records]] = {
    "feed": _read_feed,
    "jsonl": read_json,
    "text": _read_text,
    "html": _read_html,
    "warc": _read_warc,
}
