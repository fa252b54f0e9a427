"""A WARC record -> the page it holds."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from transforms.core.records import Limits, Reject, RejectedRecord, Source, SourceItem, reject
from transforms.core.storage import one_line, public_uri
from transforms.sources.warc_frames import Frame

HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})


def parse_frames(
    frames: Iterator[Frame], source: Source, uri: str, limits: Limits
) -> Iterator[SourceItem | Reject]:
    """Frames of a WARC file -> its pages.

    Args:
      frames: as `warc_frames` parts them.
      source: where the file belongs to.
      uri: the file, as it is stored.
      limits: for the page as HTTP delivers it, unpacked.

    Returns:
      One item or reject for each HTTP response of an HTML type, and a reject for each frame that
      is no record. Other responses and other types of record are no records of news.
    """
    for frame in frames:
        result = _parse_frame(frame, source, uri, limits)
        if result is not None:
            yield result


def _parse_frame(
    frame: Frame, source: Source, uri: str, limits: Limits
) -> SourceItem | Reject | None:
    record_id = f"@{frame.offset}"
    if frame.verdict is not None and frame.verdict.reason != "too_large":
        return _reject_frame(frame, frame.verdict, uri, record_id, limits)
    # Here because only WARC files need it.
    from fastwarc.warc import WarcRecord, WarcRecordType

    try:
        record = WarcRecord.from_bytes(frame.data)
        if record.record_type != WarcRecordType.response:
            return None
        record_id = record.record_id or record_id
        if frame.verdict is None:
            return _parse_response(record, frame, source, uri, record_id, limits)
        record.parse_http()
        is_page = (record.http_content_type or "").lower() in HTML_TYPES
        return _reject_frame(frame, frame.verdict, uri, record_id, limits) if is_page else None
    except OSError as error:
        verdict = RejectedRecord("bad_warc_record", one_line(error))
        return _reject_frame(frame, verdict, uri, record_id, limits)


def _parse_response(
    record: Any, frame: Frame, source: Source, uri: str, record_id: str, limits: Limits
) -> SourceItem | Reject | None:
    """Raises OSError where fastwarc cannot read it."""
    record, content = _decode(record, frame, limits)
    status = record.http_headers.status_code if record.http_headers else None
    if status is None:
        raise OSError("its block is no HTTP response")
    if (record.http_content_type or "").lower() not in HTML_TYPES:
        return None
    if not 200 <= status < 300:
        verdict = RejectedRecord("http_error", f"status {status}")
        return _reject_frame(frame, verdict, uri, record_id, limits)
    if len(content) > limits.max_record_bytes:
        verdict = RejectedRecord(
            "too_large", f"a page of more than {limits.max_record_bytes} bytes"
        )
        return _reject_frame(frame, verdict, uri, record_id, limits)
    charset = (record.http_charset or "").strip("\"' ") or None
    url = record.headers.get("WARC-Target-URI")
    return SourceItem(
        source=source,
        source_uri=uri,
        source_record_id=record_id,
        kind="warc",
        raw=content,
        content=content,
        content_type="page",
        charset=charset,
        # Some writers put it in angle brackets, as WARC/0.18 did.
        url=public_uri(url.strip("<>")) if url else None,
        http_status=status,
        date_fetched=_fetch_date(record.headers.get("WARC-Date")),
    )


def _decode(record: Any, frame: Frame, limits: Limits) -> tuple[Any, bytes]:
    """The record with its HTTP headers parsed, and the page without transfer and content encoding.

    Many archives store the page unpacked under the headers of the packed one: where it cannot be
    unpacked as its headers say, it is taken as it stands.
    """
    # Here because only WARC files need it.
    from fastwarc.warc import WarcRecord

    failure = OSError("no HTTP block")
    for mode in ("all", "content", "transfer", "none"):
        try:
            record.parse_http(auto_decode=mode, quirks_mode=True)
            return record, record.reader.read(limits.max_record_bytes + 1)
        except OSError as error:
            failure = error
            record = WarcRecord.from_bytes(frame.data)
    raise failure


def _fetch_date(stated: str | None) -> datetime | None:
    """WARC-Date (a W3C instant, in UTC where it names no zone) as an aware instant."""
    try:
        instant = datetime.fromisoformat(stated or "")
        return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _reject_frame(
    frame: Frame, verdict: RejectedRecord, uri: str, record_id: str, limits: Limits
) -> Reject:
    row = reject("read", verdict, uri, record_id, frame.data, limits)
    return replace(row, raw_length=frame.length)
