"""Streams of warta as processes: started, fed, drained or killed, and their lakes looked at."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support.lakes import table_of, words
from tests.support.waiting import PATIENCE_S, wait_for
from warta.transforms.lake import failpoints
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.verify.lake import verify


def records(first: int, last: int) -> list[dict[str, str]]:
    """Articles by number, the same each time."""
    return [
        {
            "url": f"https://berita.example/{number}",
            "title": f"Berita {number}",
            "text": words(60, number),
            "date": f"2026-11-{10 + number % 5}T03:00:00Z",
        }
        for number in range(first, last)
    ]


def put(folder: Path, name: str, rows: Sequence[dict[str, str]]) -> None:
    """Put a JSONL file into a folder, whole at once."""
    hidden = folder / f".{name}"
    hidden.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    hidden.rename(folder / name)


@contextmanager
def stream(lake: Path, *words_: object, fault: str = "") -> Iterator[subprocess.Popen[bytes]]:
    """`warta stream` in a process group of its own, which does not outlive the block."""
    command = ("stream", *words_, "--window", "2s", "--every", "1s")
    with _started(lake, *command, fault=fault) as process:
        yield process


@contextmanager
def watch(lake: Path, config: Path, *words_: object) -> Iterator[subprocess.Popen[bytes]]:
    """`warta watch` over topics, in a process group of its own that ends with the block."""
    command = ("watch", "--config", config, *words_, "--quiet", "--look-every", "1s")
    with _started(lake, *command) as process:
        yield process


@contextmanager
def _started(lake: Path, *words_: object, fault: str = "") -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "warta", *map(str, words_), "--lake", str(lake)]
    with (
        _errors_path(lake).open("w", encoding="utf-8") as errors,
        subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env={**os.environ, failpoints.VARIABLE: fault},
            start_new_session=True,
        ) as process,
    ):
        try:
            yield process
        finally:
            kill(process)


def config_of(location: str, folder: Path) -> Path:
    """Write a config with one source; return its path."""
    config = folder / f"{location.rsplit('/', 1)[1]}.toml"
    config.write_text(f'[[source]]\nlocation = "{location}"\n', encoding="utf-8")
    return config


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a stream and its engine as a power cut does."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def drain(lake: Path, process: subprocess.Popen[bytes]) -> tuple[int, str]:
    """Ask a stream that holds its lake to end; return its status and its errors."""
    wait_for_lake(lambda: _holder(lake) == process.pid, process, lake)
    process.send_signal(signal.SIGTERM)
    status = process.wait(timeout=PATIENCE_S)
    return status, errors_of(lake)


def errors_of(lake: Path) -> str:
    """Return what the last stream of a lake has said on standard error so far."""
    return _errors_path(lake).read_text(encoding="utf-8")


def _errors_path(lake: Path) -> Path:
    # Not a pipe: one that nobody empties would halt the stream.
    return lake.with_name(f"{lake.name}.errors")


def _holder(lake: Path) -> int | None:
    try:
        return int(json.loads((lake / "_lock.json").read_bytes())["pid"])
    except (FileNotFoundError, ValueError):
        return None


def wait_for_lake(
    what: Callable[[], bool],
    process: subprocess.Popen[bytes],
    lake: Path,
    patience_s: float = PATIENCE_S,
) -> None:
    """Wait until something is so of a lake, while a stream runs; files are read to find out.

    Raises:
      AssertionError: the stream has ended, or it took too long: with its errors.
    """
    wait_for(what, patience_s, process, log=_errors_path(lake), every_s=0.5)


def published(lake: Path) -> int:
    """How many articles the commits of a lake have brought."""
    commits = (json.loads(path.read_bytes()) for path in (lake / "_commits").glob("*.json"))
    return sum(int(commit["counts"]["published"]) for commit in commits)


def urls_in(lake: Path) -> list[str]:
    """Of all articles that commits list, sorted."""
    there = Lake(str(lake))
    if not there.exists("_lake.json"):
        return []
    listed = {
        file["path"]
        for path in (lake / "_commits").glob("*.json")
        for file in json.loads(path.read_bytes())["files"]
    }
    rows = []
    for path in there.files("articles", recursive=True):
        if path in listed:
            rows += read_urls(lake / path)
    return sorted(rows)


def read_urls(path: Path) -> list[str]:
    """Canonical URLs of one file; none where a merge has just taken it away."""
    import pyarrow.parquet as pq

    try:
        return list(pq.read_table(path, columns=["canonical_url"])[0].to_pylist())
    except FileNotFoundError:
        return []


def check(lake: Path, count: int) -> None:
    """Check a lake of `records(0, count)`: each once, no fault, nothing left over.

    Raises:
      AssertionError: says what is not so.
    """
    found = sorted(table_of(Lake(str(lake)), "articles")["canonical_url"].to_pylist())
    assert found == sorted(row["url"] for row in records(0, count))
    assert verify(Lake(str(lake))).faults == ()
    assert list(Lake(str(lake)).files("_staging", recursive=True)) == []
