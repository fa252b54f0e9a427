"""What the environment says to clients of object stores, looked at before they read it.

The clients read the files that it names whole, whatever they are, and speak of a broken one in many
lines and only when the first request is made.
"""

import json
import stat
from collections.abc import Mapping
from pathlib import Path

from warta.transforms.core.errors import StorageError

_FILES = {
    "s3": ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE"),
    "gs": ("GOOGLE_APPLICATION_CREDENTIALS",),
    "gcs": ("GOOGLE_APPLICATION_CREDENTIALS",),
}
_MAX_BYTES = 1 << 20
"""Of such a file: they have a few kilobytes."""


def check_settings(uri: str, environment: Mapping[str, str]) -> None:
    """Check the files that the environment names for a store.

    Files that are not there are left to the client: it may do without.

    Args:
      uri: Of the store.
      environment: Variables.

    Raises:
      StorageError: A file is a device or a folder, is far too large, or holds no credentials.
    """
    for name in _FILES.get(uri.partition("://")[0].lower(), ()):
        if environment.get(name):
            _check_file(name, Path(environment[name]))


def is_refused_by_store(error: ValueError) -> bool:
    """Return whether Google's store refuses a request for good, as with credentials of others.

    pyarrow has no OSError for that.

    Example:
      >>> is_refused_by_store(ValueError("no store"))
      False
    """
    return type(error).__name__ == "ArrowInvalid" and "google::cloud::Status" in str(error)


def _check_file(name: str, path: Path) -> None:
    try:
        status = path.stat()
        if stat.S_ISFIFO(status.st_mode):
            # A secret handed over by a shell: it can be read once, by the client.
            return
        if not stat.S_ISREG(status.st_mode) or status.st_size > _MAX_BYTES:
            raise StorageError(f"{name} names no file of settings: give it another, or unset it")
        content = path.read_bytes() if name.startswith("GOOGLE") else None
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        raise StorageError(f"{name} names a file that cannot be read: {error}") from error
    if content is not None and not _is_object(content):
        raise StorageError(f"{name} names no file of credentials: they are a JSON object")


def _is_object(content: bytes) -> bool:
    try:
        return isinstance(json.loads(content), dict)
    except (ValueError, RecursionError):
        return False
