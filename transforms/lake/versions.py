"""The versions that decide what becomes of an input."""

import functools
import importlib.metadata

from warta.transforms.core.schema import SCHEMA_VERSION
from warta.transforms.dedup.signatures import MINHASH_SCHEME


def versions() -> dict[str, str]:
    """Return what a commit file says of the versions that made it."""
    return {
        "warta": _own_version(),
        "schema": str(SCHEMA_VERSION),
        "minhash": MINHASH_SCHEME,
    }


@functools.cache
def _own_version() -> str:
    """Return warta's version.

    The library lists again what is installed when a folder has changed, and keeps each list.
    """
    return importlib.metadata.version("warta")
