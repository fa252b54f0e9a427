"""File systems by URI. Every input and every lake is reached through here.

A plain path, `file://`, `s3://`, `gs://`, `hdfs://` and what else pyarrow knows; the URI decides.
"""

from pathlib import Path

from pyarrow import ArrowInvalid, fs

LOCAL = fs.LocalFileSystem()


class StorageError(Exception):
    """A location that cannot be used, said in one line."""


def is_local(uri: str) -> bool:
    """Whether `uri` names a place on this machine."""
    return "://" not in uri or uri.startswith("file://")


def resolve(uri: str) -> tuple[fs.FileSystem, str]:
    """URI or path -> (file system, path inside it).

    Raises:
      StorageError: the scheme is unknown, or its options are wrong.
    """
    if "://" not in uri:
        return LOCAL, str(Path(uri).absolute())
    try:
        filesystem, path = fs.FileSystem.from_uri(uri)
    except (ArrowInvalid, OSError, ValueError) as error:
        raise StorageError(f"cannot use {uri}: {error}") from error
    return filesystem, path


def join(base: str, *parts: str) -> str:
    """Path of `parts` below `base`, for any file system."""
    return "/".join([base.rstrip("/"), *parts])
