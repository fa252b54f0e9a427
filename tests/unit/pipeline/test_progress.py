"""The look over the workers' shoulders: what it cannot read it passes over."""

import threading
from pathlib import Path

import pytest

from pipeline.reporting.progress import watch_progress
from pipeline.reporting.reports import EpochReport
from transforms.lake.layout import Lake, staging_path


class Heard:
    """A listener that remembers what it was told, and can be waited for."""

    def __init__(self) -> None:
        self.told: list[tuple[int, int]] = []
        self.came = threading.Event()

    def epoch_started(self, number: int, of: int, input_bytes: int) -> None:
        """Not asked for here."""

    def progress(self, articles: int, rejects: int) -> None:
        """Remembers."""
        self.told.append((articles, rejects))
        self.came.set()

    def epoch_committed(self, report: EpochReport) -> None:
        """Not asked for here."""


def test_a_look_that_fails_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a file, as an object store may show one that is just written: the next look counts."""
    monkeypatch.setattr("pipeline.reporting.progress._LOOK_EVERY_S", 0.01)
    lake, heard = Lake(str(tmp_path)), Heard()
    lake.create()
    counts = tmp_path / staging_path("t") / "progress-1.json"
    counts.parent.mkdir(parents=True)
    counts.write_text('{"articles": ')
    looked = threading.Semaphore(0)
    monkeypatch.setattr(Lake, "files", _telling(Lake.files, looked))
    with watch_progress(lake, "t", heard):
        # With the second look the first is over.
        assert looked.acquire(timeout=30)
        assert looked.acquire(timeout=30)
        assert not heard.told
        counts.write_text('{"articles": 3, "rejects": 1}')
        assert heard.came.wait(30)
    assert heard.told[0] == (3, 1)


def _telling(files: object, looked: threading.Semaphore) -> object:
    def listed(lake: Lake, *parts: str, recursive: bool = False) -> object:
        looked.release()
        return files(lake, *parts, recursive=recursive)  # type: ignore[operator]

    return listed
