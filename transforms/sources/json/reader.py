"""Read the records of a file of JSON, or of a chunk of one."""

import itertools
from collections.abc import Iterator
from dataclasses import replace

from warta.transforms.core.lenient_json import loads
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import PassedOver, Reference, Reject, SourceItem
from warta.transforms.core.rejections import RejectedRecord, reject
from warta.transforms.sources.compression.unpack import open_with_codec, unpack
from warta.transforms.sources.json.head import encoding_of, has_record_lines, in_utf8
from warta.transforms.sources.json.jsonl import parse_line, read_values
from warta.transforms.sources.json.shapes import is_index_action
from warta.transforms.sources.lines import Line, keeps_line, lines_of_range, split_lines
from warta.transforms.sources.streams import read_chunks

Records = Iterator[SourceItem | Reject | PassedOver]

HEAD_BYTES = 262_144
"""As much is looked at to see whether lines are records. A longer first line is mostly not a
record, but an array or an answer without line breaks."""


_MAX_ACTION_BYTES = 1_000
_ACTION_STARTS = tuple(
    start % name
    for name in (b"index", b"create", b"update", b"delete")
    for start in (b'{"%s"', b'{ "%s"')
)


def read_json(reference: Reference, uri: str, limits: InputLimits) -> Records:
    """Yield the records of a file, or of a chunk of one: by lines where each holds a record.

    Args:
      reference: A chunk of a file is one of lines (see `can_be_cut`).
      uri: The file, as it is stored.
      limits: For one record.

    Raises:
      RejectedRecord: "empty" where there are no bytes.
    """
    with open_with_codec(reference.path, reference.uri) as (file, codec):
        if codec is None and (reference.start or reference.end is not None):
            for line in lines_of_range(file, reference.start, reference.end, limits):
                yield from _parse(line, f"@{line.offset}", reference, uri, limits)
            return
        head, chunks = _look_ahead(unpack(read_chunks(file), codec))
        encoding = encoding_of(head)
        chunks = in_utf8(chunks, encoding)
        if encoding is not None:
            head, chunks = _look_ahead(chunks)
        if has_record_lines(head):
            yield from _read_lines(chunks, codec is None, reference, uri, limits)
        else:
            records = read_values(chunks, reference.source, uri, limits)
            for number, record in enumerate(records):
                if keeps_line(number, reference.stripe, reference.stripes):
                    yield record


def can_be_cut(head: bytes) -> bool:
    """Return whether a file that is not packed can be cut at its line ends, by its first bytes."""
    return encoding_of(head) is None and has_record_lines(head)


def _look_ahead(chunks: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """Return the first bytes of a file, and all of it; a fault in it is reported where it is."""
    taken: list[bytes] = []
    length = 0
    failure = None
    try:
        for chunk in chunks:
            taken.append(chunk)
            length += len(chunk)
            if length >= HEAD_BYTES:
                break
    except RejectedRecord as rejection:
        failure = rejection
    return b"".join(taken)[:HEAD_BYTES], itertools.chain(taken, _rest(chunks, failure))


def _rest(chunks: Iterator[bytes], failure: RejectedRecord | None) -> Iterator[bytes]:
    if failure is not None:
        raise failure
    yield from chunks


def _read_lines(
    chunks: Iterator[bytes], by_offset: bool, reference: Reference, uri: str, limits: InputLimits
) -> Records:
    """Yield the records of a whole file, or of a share of its blocks of lines."""
    for line in split_lines(chunks, 0, limits):
        # Every stripe meets a fault in the file: the first one reports it.
        if line.failure is not None:
            is_kept = reference.stripe == 0
        else:
            is_kept = keeps_line(line.number, reference.stripe, reference.stripes)
        if is_kept:
            record_id = f"@{line.offset}" if by_offset else f"line {line.number + 1}"
            yield from _parse(line, record_id, reference, uri, limits)


def _is_index_action(line: bytes) -> bool:
    """Return whether a line of an index's dump only says what is to be done with the next one."""
    if len(line) > _MAX_ACTION_BYTES or not line.startswith(_ACTION_STARTS):
        return False
    try:
        value = loads(line)
    except ValueError:
        return False
    return isinstance(value, dict) and is_index_action(value)


def _parse(
    line: Line, record_id: str, reference: Reference, uri: str, limits: InputLimits
) -> Records:
    rejection = line.failure
    if rejection is None and line.length > limits.max_record_bytes:
        rejection = RejectedRecord("too_large", f"a line of {line.length} bytes")
    if rejection is not None:
        rejected = reject("read", rejection, uri, record_id, line.data, limits)
        yield replace(rejected, raw_length=line.length)
    elif _is_index_action(line.data):
        yield PassedOver("index_action", uri, record_id)
    elif line.data and not line.data.isspace():
        is_empty = True
        for record in parse_line(line.data, reference.source, uri, record_id, limits):
            is_empty = False
            yield record
        if is_empty:
            # An answer that lists nothing: neither a record nor a fault.
            yield PassedOver("no_records", uri, record_id)
