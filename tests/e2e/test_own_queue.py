"""A queue that is added as docs/extending.md says: one module, and a name in QUEUES."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.test_engines import needs
from tests.support.lakes import commits_of, table_of
from tests.support.streams import config_of, records
from warta.pipeline.engines.registry import ENGINES
from warta.transforms.lake.storage import Lake
from warta.transforms.sources.queues.registry import QUEUES

SHELF = '''
"""A queue for the test: shelf:///folder. A file is a partition, a line a message."""

from collections.abc import Iterator
from pathlib import Path

from warta.transforms.core.errors import QueueError
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Reference, Reject, SourceItem
from warta.transforms.sources.queues.messages import read_message
from warta.transforms.sources.queues.queue import Offsets, Queue, split_range


def folder_of(location: str) -> Path:
    return Path(location.removeprefix("shelf://"))


def lines(location: str, partition: int) -> list[bytes]:
    return (folder_of(location) / f"{partition}.jsonl").read_bytes().splitlines()


def check(location: str) -> str | None:
    return None if folder_of(location).is_absolute() else f"{location} is not shelf:///folder"


def partitions(location: str) -> list[int]:
    found = sorted(int(path.stem) for path in folder_of(location).glob("*.jsonl"))
    if not found:
        raise QueueError(f"no shelf {location}")
    return found


def first(location: str, partition: int) -> int:
    kept = folder_of(location) / f"{partition}.offset"
    return int(kept.read_text()) if kept.exists() else 0


def end(location: str, partition: int) -> int:
    return len(lines(location, partition))


def commit(location: str, partition: int, offset: int) -> None:
    (folder_of(location) / f"{partition}.offset").write_text(str(offset))


def read(reference: Reference, limits: InputLimits) -> Iterator[SourceItem | Reject]:
    messages = lines(*split_range(reference.uri))[reference.start : reference.end]
    for offset, message in enumerate(messages, reference.start):
        place = (reference.source, reference.uri, f"@{offset}")
        yield from read_message(message, *place, limits)


SHELF = Queue(
    name="shelf",
    label="shelves",
    check=check,
    offsets=Offsets(partitions, first, end, commit, read),
    library=LIBRARY,
    extra="shelf",
)
'''
WARTA = """
import sys
import shelf
from warta.transforms.sources.queues import registry
registry.QUEUES += (shelf.SHELF,)
from warta.pipeline.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A queue of two partitions."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    _put(folder, 0, 0, 3)
    _put(folder, 1, 3, 5)
    with (folder / "1.jsonl").open("a", encoding="utf-8") as file:
        file.write("{broken\n")
    return folder


def _put(folder: Path, partition: int, first: int, last: int) -> None:
    with (folder / f"{partition}.jsonl").open("a", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(row)}\n" for row in records(first, last))


def _warta(
    tmp_path: Path, *words: object, library: str = "json"
) -> "subprocess.CompletedProcess[str]":
    modules = tmp_path / "modules"
    modules.mkdir(exist_ok=True)
    source = SHELF.replace("LIBRARY", repr(library))
    (modules / "shelf.py").write_text(source, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-c", WARTA, *map(str, words), "--lake", str(tmp_path / "lake")],
        env={**os.environ, "PYTHONPATH": str(modules)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_a_watch_follows_it(shelf: Path, tmp_path: Path) -> None:
    """Each message once, with its partition and offset; what came meanwhile is the next commit."""
    config = config_of(f"shelf://{shelf}", tmp_path)
    watch = ("watch", "--config", config, "--once", "--workers", 1, "--quiet")
    assert _warta(tmp_path, *watch).returncode == 0
    lake = Lake(str(tmp_path / "lake"))
    rejects = table_of(lake, "rejects").to_pylist()
    assert [(one["source_uri"], one["source_record_id"], one["reason"]) for one in rejects] == [
        (f"shelf://{shelf}#1", "@2", "bad_json")
    ]
    assert [(shelf / f"{name}.offset").read_text() for name in (0, 1)] == ["3", "3"]
    _put(shelf, 0, 5, 7)
    assert _warta(tmp_path, *watch).returncode == 0
    urls = sorted(row["url"] for row in table_of(lake, "articles").to_pylist())
    assert urls == [row["url"] for row in records(0, 7)]
    offsets = [commit["offsets"] for commit in commits_of(tmp_path / "lake")]
    assert sorted(offsets) == [
        [[f"shelf://{shelf}#0", 0, 3], [f"shelf://{shelf}#1", 0, 3]],
        [[f"shelf://{shelf}#0", 3, 5]],
    ]


@pytest.mark.parametrize(
    ("words", "library", "line"),
    [
        (
            ["run", "shelf:///news"],
            "json",
            "shelf:///news has no end: follow it with warta watch or warta stream",
        ),
        (["stream", "shelf://news"], "json", "shelf://news is not shelf:///folder"),
        (["stream", "shelf:///news"], "no_such", "shelves need the extra shelf: pip install 'w"),
    ],
)
def test_it_is_checked_before_a_lake_is_made(
    words: list[str], library: str, line: str, tmp_path: Path
) -> None:
    """By its own function, and for the client that it needs."""
    ended = _warta(tmp_path, *words, "--quiet", library=library)
    assert ended.returncode in (1, 2)
    assert line in ended.stderr
    assert not (tmp_path / "lake").exists()


def test_every_queue_is_read_by_something() -> None:
    """By its offsets, or by an engine that names it; and no engine names one that is not there."""
    named = {name for engine in ENGINES.values() for name in engine.reads_queues}
    assert named == {queue.name for queue in QUEUES if queue.offsets is None}


@pytest.mark.long
def test_a_stream_follows_it(shelf: Path, tmp_path: Path) -> None:
    """What is committed is kept at the queue: the next start goes on from there."""
    needs("prism")
    stream = ("stream", f"shelf://{shelf}", "--engine", "prism", "--workers", 1, "--quiet")
    pace = ("--window", "2s", "--every", "1s", "--until", "8s")
    for upto in (5, 7):
        ended = _warta(tmp_path, *stream, *pace)
        assert ended.returncode == 0, ended.stderr
        urls = [
            row["url"] for row in table_of(Lake(str(tmp_path / "lake")), "articles").to_pylist()
        ]
        assert sorted(urls) == [row["url"] for row in records(0, upto)]
        _put(shelf, 0, 5, 7)
    assert [(shelf / f"{name}.offset").read_text() for name in (0, 1)] == ["5", "3"]
