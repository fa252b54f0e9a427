"""The versions that decide what becomes of an input."""

import importlib.metadata

from transforms.matching.fingerprint import MINHASH_SCHEME
from transforms.schema import SCHEMA_VERSION


def versions() -> dict[str, str]:
    """What a commit file tells of the versions that made it."""
    return {
        "warta": importlib.metadata.version("warta"),
        "schema": str(SCHEMA_VERSION),
        "minhash": MINHASH_SCHEME,
    }
