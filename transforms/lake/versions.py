"""The versions that decide what becomes of an input."""

import importlib.metadata

from warta.transforms.core.schema import SCHEMA_VERSION
from warta.transforms.dedup.signatures import MINHASH_SCHEME


def versions() -> dict[str, str]:
    """Return what a commit file says of the versions that made it."""
    return {
        "warta": importlib.metadata.version("warta"),
        "schema": str(SCHEMA_VERSION),
        "minhash": MINHASH_SCHEME,
    }
