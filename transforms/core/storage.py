"""File systems by URI. Every input and every lake is reached through here.

A plain path, `file://`, `s3://`, `gs://`, `hdfs://` and what else pyarrow knows; the URI decides.
pyarrow is imported on use: reading a text file does without it, and starts sooner.
"""

import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from warta.transforms.core.errors import StorageError
from warta.transforms.core.redaction import displayable
from warta.transforms.core.store_settings import check_settings

if TYPE_CHECKING:
    from pyarrow import fs


def is_local(uri: str) -> bool:
    """Return whether `uri` names a place on this machine."""
    return "://" not in uri or uri.startswith("file://")


def resolve(uri: str) -> tuple["fs.FileSystem", str]:
    """Return the file system of a URI or path, and the path inside it.

    Raises:
      StorageError: The scheme is unknown, or its options are wrong.
    """
    from pyarrow import fs

    if uri.startswith("file:") and not uri.startswith("file://"):
        raise StorageError(f"cannot use {uri}: a file's URI has three slashes, file:///folder")
    if "://" not in uri:
        # A process may change its folder.
        folder = "" if uri.startswith("/") else str(Path.cwd())
        return fs.LocalFileSystem(), _absolute(uri, folder)
    return _connect(uri, os.getpid())


@functools.lru_cache(maxsize=256)
def _absolute(path: str, _folder: str) -> str:
    """Return a path from the root: a lake's is asked for dozens of times in each commit."""
    return str(Path(path).absolute())


@functools.lru_cache(maxsize=32)
def _connect(uri: str, _process: int) -> tuple["fs.FileSystem", str]:
    """Clients of object stores are expensive to make, and of no use to a forked process."""
    from pyarrow import ArrowInvalid, fs

    check_settings(uri, os.environ)
    try:
        filesystem, path = fs.FileSystem.from_uri(uri)
    except (ArrowInvalid, OSError, ValueError) as error:
        raise StorageError(f"cannot use {displayable(uri)}: {one_line(error)}") from error
    return filesystem, path


def join(base: str, *parts: str) -> str:
    """Return the path of `parts` below `base`, for any file system."""
    return "/".join([base.rstrip("/"), *parts])


def public_uri(uri: str) -> str:
    """Return `uri` without user name and password: the key of what is remembered of it.

    Keys in its query stay: see redaction.py for what may be stored and shown.
    """
    scheme, separator, rest = uri.partition("://")
    if not separator or "@" not in rest:
        return uri
    try:
        parts = urlsplit(uri)
    except ValueError:
        # Not a URL that can be parsed: all before the last @ may be a password.
        return f"{scheme}://{rest.rpartition('@')[2]}"
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def to_json(document: object) -> bytes:
    """Return indented JSON. Half a surrogate pair, as odd file names hold, becomes "?"."""
    import orjson

    return dump_json(document, orjson.OPT_INDENT_2)


def dump_json(document: object, option: int) -> bytes:
    """Return JSON as `to_json` does, in the form that an option of orjson names."""
    import orjson

    try:
        return orjson.dumps(document, option=option)
    except TypeError:
        return orjson.dumps(_sound(document), option=option)


def sound_text(text: str) -> str:
    """Return a text with "?" for what UTF-8 cannot hold: odd file names have such."""
    return text.encode("utf-8", "replace").decode()


def _sound(value: object) -> object:
    if isinstance(value, str):
        return sound_text(value)
    if isinstance(value, dict):
        return {_sound(key): _sound(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_sound(member) for member in value]
    return value


def one_line(error: Exception, limit_chars: int = 300) -> str:
    """Return an error's own words on one bounded line, without secrets; else its class."""
    words = displayable(" ".join(str(error).split()))
    return words[:limit_chars] or type(error).__name__
