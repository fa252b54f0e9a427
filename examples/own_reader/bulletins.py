"""A reader of your own: bulletins, a headline and a text on each line with `::` between them.

    pip install ./examples/own_reader
    warta try november.bulletin

The entry point in pyproject.toml makes the kind known to every command and to `ReadSources`.
"""

from pathlib import Path

from warta.transforms import InputLimits, Reference, Reject, Source, SourceItem
from warta.transforms.core.rejections import RejectedRecord, reject
from warta.transforms.sources.registry import Reader, Records


def parse(raw: bytes, source: Source, uri: str, record_id: str, limits: InputLimits) -> Records:
    """Yield the record of one line, or its reject with the reason."""
    headline, sign, text = raw.decode("utf-8", "replace").partition("::")
    if len(raw) > limits.max_record_bytes:
        yield reject("read", RejectedRecord("too_large"), uri, record_id, raw, limits)
    elif not sign:
        yield reject("read", RejectedRecord("no_body", "no ::"), uri, record_id, raw, limits)
    else:
        yield SourceItem(
            source=source,
            source_uri=uri,
            source_record_id=record_id,
            kind="bulletin",
            raw=raw,
            content=text.strip(),
            content_type="text",
            headline=headline.strip(),
        )


def read(reference: Reference, uri: str, limits: InputLimits) -> Records:
    """Yield the records of a file, line by line."""
    with Path(reference.path).open("rb") as file:
        for number, line in enumerate(file, 1):
            yield from parse(line.rstrip(), reference.source, uri, f"line {number}", limits)


def reparse(row: Reject, source: Source, limits: InputLimits) -> Records:
    """Yield the records in what a reject kept, for `warta replay`."""
    return parse(row.raw, source, row.source_uri, row.source_record_id, limits)


BULLETIN = Reader(
    name="bulletin", label="bulletin", read=read, suffixes=(".bulletin",), reparse=reparse
)
