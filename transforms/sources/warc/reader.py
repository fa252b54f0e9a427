"""Turn WARC records into the pages and texts that they hold."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple

from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import PassedOver, Reject, Source, SourceItem
from warta.transforms.core.rejections import RejectedRecord, reject
from warta.transforms.core.storage import public_uri
from warta.transforms.sources.compression.unpack import unpack_archived
from warta.transforms.sources.sniffing import HEAD_BYTES, is_html, is_text
from warta.transforms.sources.warc.frames import MAX_HEADER_BYTES, Frame
from warta.transforms.sources.warc.http_message import (
    charset_of,
    join_chunks,
    media_type,
    parse_headers,
    parse_response,
)

Records = Iterator[SourceItem | Reject | PassedOver]

_CONTENT_TYPES = {
    "text/html": "page",
    "application/xhtml+xml": "page",
    "application/vnd.wap.xhtml+xml": "page",
    "text/plain": "text",
}
"""Media types that an article comes in, and what `SourceItem.content_type` calls them."""

_UNSTATED = frozenset({"", "application/octet-stream", "application/unknown", "unk", "no-type"})
"""Media types that say nothing: the bytes are looked at. "unk" and "no-type" are Heritrix's."""

_STORED = frozenset({"resource", "conversion"})
"""Types of record whose block is the document itself (ISO 28500, 6.4 and 6.8)."""

_HEADER_END = re.compile(rb"\n\r?\n")


class _Payload(NamedTuple):
    """The block of a record, without what HTTP puts before it."""

    body: bytes
    content_type: str
    """page or text; "" where only the bytes can say."""
    may_be_text: bool
    """Plain text is an article here: of HTTP's answers it is mostly robots.txt."""
    codings: str = ""
    charset: str | None = None
    status: int | None = None


def parse_frames(frames: Iterator[Frame], source: Source, uri: str, limits: InputLimits) -> Records:
    """Yield what the records of a WARC file hold.

    Args:
      frames: As `warc_frames` separates them.
      source: Where the file belongs to.
      uri: The file, as it is stored.
      limits: For a document as HTTP delivers it, unpacked.

    Yields:
      One item or reject for each HTTP response with a page and each `resource` or `conversion`
      record with a page or plain text, and a reject for each frame that is not a record. Every
      other record is passed over.
    """
    for frame in frames:
        record_id = f"@{frame.offset}"
        if frame.passed_over:
            yield PassedOver(frame.passed_over, uri, record_id)
        elif frame.rejection is not None and not (
            frame.data and frame.rejection.reason == "too_large"
        ):
            yield reject("read", frame.rejection, uri, record_id, frame.data, limits, frame.length)
        else:
            yield _parse_record(frame, source, uri, limits)


def _parse_record(
    frame: Frame, source: Source, uri: str, limits: InputLimits
) -> SourceItem | Reject | PassedOver:
    head, block = split_record(frame.data)
    headers = parse_headers(head.partition(b"\n")[2])
    record_id = headers.get("warc-record-id") or f"@{frame.offset}"
    try:
        payload = _payload(headers, block)
        if isinstance(payload, PassedOver):
            return replace(payload, source_uri=uri, source_record_id=record_id)
        if frame.rejection is not None:
            raise frame.rejection
        if payload.content_type:
            _check_status(payload.status)
        body = _unpack(payload, limits)
        content_type = payload.content_type or _sniff(body, may_be_text=payload.may_be_text)
        if not content_type:
            return PassedOver("media_type", uri, record_id)
        _check_status(payload.status)
    except RejectedRecord as rejection:
        return reject("read", rejection, uri, record_id, frame.data, limits, frame.length)
    url = headers.get("warc-target-uri")
    return SourceItem(
        source=source,
        source_uri=uri,
        source_record_id=record_id,
        kind="warc",
        raw=body,
        content=body,
        content_type=content_type,
        charset=payload.charset,
        # Some writers put it in angle brackets, as WARC/0.18 did.
        url=public_uri(url.strip("<> ")) if url else None,
        http_status=payload.status,
        date_fetched=_fetch_date(headers.get("warc-date")),
    )


def split_record(data: bytes) -> tuple[bytes, bytes]:
    """Return the header and the block of a record; the header alone where no blank line ends it."""
    end = _HEADER_END.search(data, 0, MAX_HEADER_BYTES)
    return (data, b"") if end is None else (data[: end.start()], data[end.end() :])


def _payload(headers: Mapping[str, str], block: bytes) -> _Payload | PassedOver:
    """Return what a record holds; PassedOver where that is not an article by its headers alone.

    Raises:
      RejectedRecord: "bad_warc_record" where the block is not what the headers say.
    """
    record_type = headers.get("warc-type", "").lower()
    if record_type not in (*_STORED, "response", ""):
        return PassedOver("record_type", "", "")
    stated = headers.get("content-type")
    answer = parse_response(block)
    may_be_text = record_type in _STORED
    if answer is not None:
        stated = answer.headers.get("content-type")
        payload = _Payload(answer.body, "", may_be_text, answer.codings, status=answer.status)
    elif media_type(stated).startswith("application/http") or (not may_be_text and not stated):
        raise RejectedRecord("bad_warc_record", "its block is not an HTTP response")
    else:
        # Also a `response` of another protocol: Heritrix writes text/dns.
        may_be_text = True
        payload = _Payload(block, "", may_be_text)
    kind = media_type(stated)
    if kind in _UNSTATED:
        kind = media_type(headers.get("warc-identified-payload-type"))
    content_type = "" if kind in _UNSTATED else _CONTENT_TYPES.get(kind)
    if content_type is None or (content_type == "text" and not may_be_text):
        return PassedOver("media_type", "", "")
    return payload._replace(content_type=content_type, charset=charset_of(stated))


def _unpack(payload: _Payload, limits: InputLimits) -> bytes:
    """Return the document without transfer and content codings, which archives may have taken off.

    Raises:
      RejectedRecord: "too_large", "truncated", "bad_compression".
    """
    is_chunked = "chunked" in payload.codings.lower()
    body = payload.body
    if payload.status is not None:
        body = join_chunks(body, stated=is_chunked)
    body = unpack_archived(body, payload.codings, limits.max_record_bytes)
    if len(body) > limits.max_record_bytes:
        detail = f"a document of more than {limits.max_record_bytes} bytes"
        raise RejectedRecord("too_large", detail)
    return body


def _check_status(status: int | None) -> None:
    if status is not None and not 200 <= status < 300:
        raise RejectedRecord("http_error", f"status {status}")


def _sniff(body: bytes, *, may_be_text: bool) -> str:
    """Return what a document without a media type is; "" where it is not an article."""
    head = body[:HEAD_BYTES]
    if is_html(head):
        return "page"
    return "text" if may_be_text and is_text(head) else ""


def _fetch_date(stated: str | None) -> datetime | None:
    """Return WARC-Date (a W3C instant, in UTC where it names no zone) as an aware instant."""
    try:
        instant = datetime.fromisoformat(stated or "")
        return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
