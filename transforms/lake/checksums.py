"""Checksums of files and of small JSON documents: XXH3, 64 bits, as sixteen hexadecimal digits.

A checksum finds damage, not forgery: it costs less than a tenth of a second for a gigabyte.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import orjson
import pyarrow as pa
import xxhash
from pyarrow import fs

from warta.transforms.core.storage import dump_json

KEY = "xxh3"
"""Names the checksum in commit files and plans: of a listed file, and of the document itself."""
_CHUNK_BYTES = 4 << 20


class ChecksumStream:
    """An output stream that adds up the checksum of what is written through it.

    Args:
      stream: Where the bytes go.
    """

    def __init__(self, stream: pa.NativeFile) -> None:
        self._stream = stream
        self._hash = xxhash.xxh3_64()

    @property
    def checksum(self) -> str:
        """Return the checksum of what was written so far."""
        return self._hash.hexdigest()

    @property
    def closed(self) -> bool:
        """Return whether the stream is closed."""
        return bool(self._stream.closed)

    def write(self, data: bytes) -> int:
        """Write bytes and add them to the checksum."""
        self._hash.update(data)
        return int(self._stream.write(data))

    def flush(self) -> None:
        """Hand what is buffered on to the disk or store."""
        self._stream.flush()

    def close(self) -> None:
        """Close the stream: from here the file is complete."""
        self._stream.close()


def checksum_of_file(filesystem: fs.FileSystem, path: str) -> str:
    """Return the checksum of a file, read in chunks.

    Args:
      filesystem: Where the file is.
      path: Its path in the file system.

    Raises:
      OSError: The file cannot be read.
    """
    digest = xxhash.xxh3_64()
    with filesystem.open_input_stream(path) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


class _DocumentDigest:
    """Adds up the checksum of a JSON object, from its members in the order of their names.

    The sum is that of the object without spaces, with sorted keys, and without `KEY`. A checkpoint
    lists hundreds of thousands of files: that text as a whole would take as much memory again.
    """

    def __init__(self) -> None:
        self._hash = xxhash.xxh3_64(b"{")
        self._separator = b""

    def begin(self, name: str) -> None:
        self._hash.update(self._separator + _canonical(name) + b":")
        self._separator = b","

    def add(self, value: object) -> None:
        if isinstance(value, list):
            for position, member in enumerate(value):
                self.add_member(position, member)
            self.end_list(len(value))
        else:
            self._hash.update(_canonical(value))

    def add_member(self, position: int, member: object) -> None:
        self._hash.update((b"," if position else b"[") + _canonical(member))

    def end_list(self, length: int) -> None:
        self._hash.update(b"]" if length else b"[]")

    def result(self) -> str:
        hashed = self._hash.copy()
        hashed.update(b"}")
        return hashed.hexdigest()


def _canonical(value: object) -> bytes:
    return dump_json(value, orjson.OPT_SORT_KEYS)


def checksum_of_document(document: Mapping[str, Any]) -> str:
    """Return the checksum of a JSON document, whatever the order of its keys.

    The document's own checksum, under `KEY`, is left out.

    Example:
      >>> checksum_of_document({"a": 1, "b": [2]}) == checksum_of_document({"b": [2], "a": 1})
      True
    """
    digest = _DocumentDigest()
    for name in sorted(document.keys() - {KEY}):
        digest.begin(name)
        digest.add(document[name])
    return digest.result()


def seal(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document with its checksum, for `unseal`."""
    return {**document, KEY: checksum_of_document(document)}


def parse_document(
    data: bytes, converters: Mapping[str, Callable[[Any], object]] | None = None
) -> dict[str, Any]:
    """Return the JSON object that a small file of the lake holds, without its checksum.

    Files of older versions have no checksum.

    Args:
      data: The file's bytes.
      converters: Of the object's long lists, by name: what is kept in place of each member. Members
        are converted one by one, so that the list is never in memory as it is in the file.

    Raises:
      ValueError: The file is empty, is not a JSON object, or was changed since it was written; says
        which.

    Example:
      >>> parse_document(orjson.dumps(seal({"token": "t1"})))
      {'token': 't1'}
      >>> parse_document(b'{"files": [{"path": "a"}, {"path": "b"}]}', {"files": len})
      {'files': [1, 1]}
    """
    if not data.strip():
        raise ValueError("it is empty")
    try:
        members = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
        digest = _DocumentDigest() if KEY in members else None
        # In the order in which the checksum takes them, then in that of the file.
        values = {
            name: _parse_member(members[name], name, digest, (converters or {}).get(name))
            for name in sorted(members)
        }
    except msgspec.ValidationError:
        raise ValueError("it is not a JSON object") from None
    except (msgspec.DecodeError, orjson.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"it is not JSON: {error}") from None
    document = {name: values[name] for name in members}
    if digest is not None and document.pop(KEY) != digest.result():
        raise ValueError("its content does not match its checksum")
    return document


def _parse_member(
    raw: msgspec.Raw,
    name: str,
    digest: _DocumentDigest | None,
    convert: Callable[[Any], object] | None,
) -> Any:
    """Return the value of a member of a document, and add it to the document's checksum."""
    if name == KEY:
        digest = None
    if digest is not None:
        digest.begin(name)
    if convert is None or bytes(memoryview(raw)[:1]) != b"[":
        value = orjson.loads(memoryview(raw))
        if digest is not None:
            digest.add(value)
        return value
    converted = []
    for position, part in enumerate(msgspec.json.decode(raw, type=list[msgspec.Raw])):
        member = orjson.loads(memoryview(part))
        if digest is not None:
            digest.add_member(position, member)
        converted.append(convert(member))
    if digest is not None:
        digest.end_list(len(converted))
    return converted
