"""Memory that is not in use any more goes back to the system before the next large step."""

import ctypes
import sys

import pyarrow as pa


def release_memory() -> None:
    """Return what Arrow and the C library hold and do not use to the system.

    What one step has freed would else count beside what the next one takes.
    """
    pa.default_memory_pool().release_unused()
    if sys.platform == "linux":
        # Not in every C library: musl has none, and needs none.
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
