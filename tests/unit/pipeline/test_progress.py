"""The look over the workers' shoulders: what it cannot read it passes over."""

import threading
from pathlib import Path

import pytest

from warta.pipeline.console.log import collect_events
from warta.pipeline.console.progress import watch_progress
from warta.transforms.lake.layout import staging_path
from warta.transforms.lake.storage import Lake


def test_a_look_that_fails_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a file, as an object store may show one that is just written: the next look counts."""
    monkeypatch.setattr("warta.pipeline.console.progress._LOOK_EVERY_S", 0.01)
    lake = Lake(str(tmp_path))
    lake.create()
    counts = tmp_path / staging_path("t") / "progress-1.json"
    counts.parent.mkdir(parents=True)
    counts.write_text('{"articles": ')
    looked = threading.Semaphore(0)
    monkeypatch.setattr(Lake, "files", _counting(Lake.files, looked))
    with collect_events() as events, watch_progress(lake, "t", 1, 1, 100):
        # With the second look the first is over.
        assert looked.acquire(timeout=30)
        assert looked.acquire(timeout=30)
        assert not events
        counts.write_text('{"articles": 3, "rejects": 1, "input_bytes": 50}')
        (tmp_path / staging_path("t") / "progress-2.json").write_text('{"articles": 2}')
        # A look may come between the two files.
        while not events or events[-1]["articles"] < 5:
            assert looked.acquire(timeout=30)
    last = events[-1]
    assert (last["articles"], last["rejects"], last["share"]) == (5, 1, 0.5)


def _counting(files: object, looked: threading.Semaphore) -> object:
    def listed(lake: Lake, *parts: str, recursive: bool = False) -> object:
        looked.release()
        return files(lake, *parts, recursive=recursive)  # type: ignore[operator]

    return listed
