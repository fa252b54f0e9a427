"""Open files by URI, and read them in chunks. Nothing else in this package opens files."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast
from urllib.parse import urlsplit

from warta.transforms.core.errors import StorageError
from warta.transforms.core.rejections import RejectedRecord
from warta.transforms.core.storage import one_line, resolve

CHUNK_BYTES = 262_144
"""Read at a time: past 256 KB a local read gets no faster (measured)."""


def is_web(uri: str) -> bool:
    """Return whether `uri` is fetched over HTTP."""
    return uri.lower().startswith(("http://", "https://"))


def local_path(uri: str) -> Path | None:
    """Return the path of a place on this machine; None for any other."""
    if uri.startswith("file://"):
        # It brings an HTTP client and TLS with it, which plain paths do without.
        from urllib.request import url2pathname

        return Path(url2pathname(urlsplit(uri).path))
    return None if "://" in uri else Path(uri)


def file_name(uri: str) -> str:
    """Return the last part of a path or URI, in lower case, without a file system's query."""
    path = uri.partition("?")[0] if "://" in uri else uri
    return path.rpartition("/")[2].lower()


def open_binary(uri: str) -> BinaryIO:
    """Open a file for reading, at its first byte, seekable.

    Raises:
      RejectedRecord: "unreadable" when the URI itself cannot be used.
      OSError: The file is not there, or may not be read.
    """
    path = local_path(uri)
    if path is not None:
        return path.open("rb", buffering=CHUNK_BYTES)
    try:
        filesystem, inner = resolve(uri)
    except StorageError as error:
        raise RejectedRecord("unreadable", one_line(error)) from error
    return cast(BinaryIO, io.BufferedReader(filesystem.open_input_file(inner), CHUNK_BYTES))


def read_chunks(file: BinaryIO) -> Iterator[bytes]:
    """Yield what is left of `file`, in chunks."""
    while chunk := file.read(CHUNK_BYTES):
        yield chunk
