"""What kind of input a file is: by its name, else by its first bytes."""

import re
from pathlib import PurePosixPath

from transforms.core.records import RejectedRecord
from transforms.sources.compression import HEAD_BYTES as CODEC_BYTES
from transforms.sources.compression import SUFFIXES, codec_of, unpack
from transforms.sources.json_feed import looks_like_json_feed
from transforms.sources.json_head import looks_like_json, plain_head
from transforms.sources.streams import file_name, open_binary, read_chunks

KINDS = ("feed", "jsonl", "text", "html", "warc")

KIND_BY_SUFFIX = {
    ".rss": "feed",
    ".atom": "feed",
    ".rdf": "feed",
    ".xml": "feed",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".jl": "jsonl",
    ".jsonlines": "jsonl",
    ".ldjson": "jsonl",
    ".json-seq": "jsonl",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".txt": "text",
    ".text": "text",
    ".warc": "warc",
}
"""File name endings (before .gz and the like) -> kind."""

HEAD_BYTES = 65_536
"""Unpacked bytes that are looked at."""

_FIRST_ELEMENT = re.compile(rb"<([a-z][a-z0-9]{0,20}:)?([a-z][a-z0-9]{0,20})[\s/>]", re.I)

_FEED_ELEMENTS = frozenset({b"rss", b"feed", b"rdf"})

_PAGE_ELEMENTS = frozenset({b"html", b"head", b"body"})


def kind_by_name(uri: str) -> str | None:
    """Kind that a file name states; None where it states none."""
    name = PurePosixPath(file_name(uri))
    if name.suffix in SUFFIXES:
        name = name.with_suffix("")
    return KIND_BY_SUFFIX.get(name.suffix)


def is_named_json(uri: str) -> bool:
    """Return whether a file name says that it holds JSON: records, or a JSON Feed."""
    name = PurePosixPath(file_name(uri))
    return (name.with_suffix("") if name.suffix in SUFFIXES else name).suffix == ".json"


def kind_by_content(head: bytes) -> str | None:
    """Kind that the first bytes of an unpacked file show; None where they could be anything.

    "text" only where they are UTF-8 without control characters.
    """
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"WARC/"):
        return "warc"
    if looks_like_json(head):
        start = plain_head(head).lstrip()
        return "feed" if start[:1] == b"{" and looks_like_json_feed(start) else "jsonl"
    if start.startswith(b"{"):
        # RTF, templates, code.
        return None
    if start.startswith(b"<"):
        return _kind_of_markup(start)
    # The last character may be cut in two.
    text = head.decode("utf-8", "ignore")
    unreadable = len(head) - len(text.encode()) > 3
    return None if unreadable or re.search(r"[\x00-\x08\x0e-\x1f]", text) else "text"


def _kind_of_markup(start: bytes) -> str | None:
    if start[:14].lower() == b"<!doctype html":
        return "html"
    element = _FIRST_ELEMENT.search(start)
    name = element[2].lower() if element is not None else b""
    if name in _FEED_ELEMENTS:
        return "feed"
    return "html" if name in _PAGE_ELEMENTS else None


def read_head(uri: str) -> bytes:
    """First unpacked bytes of a file; fewer where it is broken.

    Raises:
      OSError, RejectedRecord: it cannot be opened.
    """
    head = bytearray()
    with open_binary(uri) as file:
        codec = codec_of(uri, file.read(CODEC_BYTES))
        file.seek(0)
        try:
            for piece in unpack(read_chunks(file), codec):
                head += piece
                if len(head) >= HEAD_BYTES:
                    break
        except RejectedRecord:
            # Its reader says so, with the records before the fault.
            return bytes(head)
    return bytes(head[:HEAD_BYTES])
