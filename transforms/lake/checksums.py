"""Checksums of files and of small JSON documents: XXH3, 64 bits, as sixteen hexadecimal digits.

A checksum finds damage, not forgery: it costs less than a tenth of a second for a gigabyte.
"""

from collections.abc import Mapping
from typing import Any

import orjson
import pyarrow as pa
import xxhash
from pyarrow import fs

from warta.transforms.core.storage import to_json

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
        """The checksum of what was written so far."""
        return self._hash.hexdigest()

    @property
    def closed(self) -> bool:
        """Whether the stream is closed."""
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


def checksum_of_document(document: Mapping[str, Any]) -> str:
    """Return the checksum of a JSON document, whatever the order of its keys.

    The document's own checksum, under `KEY`, is left out.

    Example:
      >>> checksum_of_document({"a": 1, "b": [2]}) == checksum_of_document({"b": [2], "a": 1})
      True
    """
    plain = {name: value for name, value in document.items() if name != KEY}
    # As it will be read back: file names that UTF-8 cannot hold are written with "?".
    read_back = orjson.loads(to_json(plain))
    return xxhash.xxh3_64_hexdigest(orjson.dumps(read_back, option=orjson.OPT_SORT_KEYS))


def seal(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document with its checksum, for `unseal`."""
    return {**document, KEY: checksum_of_document(document)}


def parse_document(data: bytes) -> dict[str, Any]:
    """Return the JSON object that a small file of the lake holds, without its checksum.

    Files of older versions have no checksum.

    Args:
      data: The file's bytes.

    Raises:
      ValueError: The file is empty, is no JSON object, or was changed since it was written; says
        which.

    Example:
      >>> parse_document(orjson.dumps(seal({"token": "t1"})))
      {'token': 't1'}
    """
    if not data.strip():
        raise ValueError("it is empty")
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"it is no JSON: {error}") from None
    if not isinstance(document, dict):
        raise ValueError("it is no JSON object")
    if KEY in document:
        checksum = checksum_of_document(document)
        if document.pop(KEY) != checksum:
            raise ValueError("its content does not match its checksum")
    return document
