"""Looks over the shoulders of the workers: how many records of an epoch are through."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.reports import Listener
from transforms.lake.layout import Lake, LakeError
from transforms.lake.stage import read_progress

_EVERY_S = 1.0


@contextmanager
def watch_progress(lake: Lake, token: str, listener: Listener) -> Iterator[None]:
    """Tells `listener` about once a second, from a thread, while the block runs."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(_EVERY_S):
            try:
                told = read_progress(lake, token)
            except (OSError, LakeError):
                # Only shown: the next look may succeed, and a store that stays away ends the run.
                continue
            listener.progress(*told)

    thread = threading.Thread(target=watch, name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
