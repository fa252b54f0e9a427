"""Why records are rejected or passed over: the reasons, and the row that a rejection becomes."""

from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Reject

REASONS: dict[str, str] = {
    # reading
    "unreadable": "the input could not be opened or read",
    "empty": "the input holds no bytes",
    "too_large": "larger than the limit for one record",
    "truncated": "compressed data ends before its end marker",
    "bad_compression": "compressed data that cannot be unpacked",
    "bad_json": "not a JSON document",
    "not_an_object": "a JSON document, but not an object with fields",
    "bad_feed": "neither RSS, Atom, RDF nor JSON Feed",
    "bad_warc_record": "a WARC record whose header or length is wrong",
    "http_error": "the server answered with an error, or not at all",
    "fetch_refused": "an address, redirect or media type that is not allowed",
    # cleaning
    "nul_bytes": "binary data, or text with NUL bytes",
    "undecodable": "bytes in no known encoding",
    "too_deep": "markup nested deeper than the limit",
    "bad_markup": "markup that the parser refuses",
    "no_body": "no article text was found",
    "too_short": "fewer words than the limit",
    "bad_date": "the only stated date is impossible",
    "timeout": "took longer than the limit for one record",
    # anywhere
    "internal_error": "a defect in warta: please report it",
}
"""Reason code -> what it means. The only reasons a reject can have."""

PASSED_OVER: dict[str, str] = {
    "record_type": "WARC records without a document: requests, metadata, revisits",
    "media_type": "WARC records of images, scripts and other media, and plain text over HTTP",
    "empty_member": "gzip members without a byte",
    "no_entries": "feeds without an entry",
    "index_action": "lines of index dumps that say what is to be done with the next",
    "no_records": "inputs, and lines of JSON, that list no record at all",
    "unknown_kind": "files of folders that are of no kind that is read",
    "before_since": "articles published before --since",
    "undated": "articles without a date, where --since asks for one",
    "unreadable_input": "sources without a file, and files and folders that cannot be read",
}
"""Reason code and what it means, of what is neither a fault nor a record that was asked for. It is
counted beside the records (`passed_over` of a commit), and kept nowhere."""


class RejectedRecord(Exception):  # noqa: N818  a rejection on a record, not an error of the program
    """Raised by any step for a record that cannot go on.

    Args:
      reason: One of `REASONS`.
      detail: What was seen, in one line.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        if reason not in REASONS:
            raise ValueError(f"unknown reject reason {reason!r}")
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


def reject(
    stage: str,
    rejection: RejectedRecord,
    uri: str,
    record_id: str,
    raw: bytes,
    limits: InputLimits,
    length: int | None = None,
) -> Reject:
    """Return the row of `rejects` for a rejection and its record.

    Args:
      stage: Read, clean or tag.
      rejection: Why.
      uri: Where the record is.
      record_id: Which it is there.
      raw: Its bytes, or the first of them.
      limits: Bound what is kept.
      length: Of the whole record in bytes, where `raw` is cut.
    """
    kept = bytes(raw[: limits.reject_raw_bytes])
    length = len(raw) if length is None else length
    return Reject(stage, rejection.reason, rejection.detail, uri, record_id, kept, length)
