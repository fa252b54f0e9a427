"""Signals and broken streams: one line, a true exit status, nothing left over."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.support.lakes import words
from tests.support.waiting import PATIENCE_S, wait_for

WARTA = [sys.executable, "-m", "warta"]


@pytest.fixture
def input_file(tmp_path: Path) -> Path:
    """More articles than are read before the signal comes."""
    path = tmp_path / "many.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number in range(4000):
            record = {"url": f"https://a.example/{number}", "text": words(300, number)}
            file.write(json.dumps(record) + "\n")
    return path


def start_run(
    path: Path, lake: Path, workers: int, temporary: Path, *options: str
) -> "subprocess.Popen[str]":
    """Start a run in a process group of its own; return when it reads."""
    temporary.mkdir()
    command = [*WARTA, "run", path, "--lake", lake, "--workers", workers, *options]
    process = subprocess.Popen(
        [*map(str, command)],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=os.environ | {"TMPDIR": str(temporary)},
    )
    wait_for(lambda: list(lake.glob("_staging/*/progress-*.json")), process=process)
    return process


@pytest.mark.parametrize(
    ("name", "group", "workers"),
    [
        ("SIGINT", True, 2),
        pytest.param("SIGINT", True, 1, marks=pytest.mark.long),
        pytest.param("SIGTERM", False, 2, marks=pytest.mark.long),
        pytest.param("SIGHUP", False, 1, marks=pytest.mark.long),
    ],
)
def test_a_signal_ends_a_run_in_one_line(
    tmp_path: Path, input_file: Path, name: str, group: bool, workers: int
) -> None:
    """No traceback of any process, the shell's status, no process and no folder left."""
    lake, temporary = tmp_path / "lake", tmp_path / "temporary"
    process = start_run(input_file, lake, workers, temporary)
    family = psutil.Process(process.pid).children(recursive=True)
    number = signal.Signals[name]
    (os.killpg if group else os.kill)(process.pid, number)
    _, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 128 + number
    last = errors.splitlines()[-1]
    assert last.startswith(f"warta: stopped by {name}; 0 of 1")
    assert "Traceback" not in errors
    assert psutil.wait_procs(family, timeout=PATIENCE_S)[1] == []
    assert list(temporary.iterdir()) == []
    assert list(lake.glob("articles/**/*.parquet")) == []


def test_a_killed_run_leaves_a_folder_that_the_next_one_sweeps(
    tmp_path: Path, input_file: Path
) -> None:
    """After SIGKILL of the whole group nobody tidies up; the next start does."""
    lake, temporary = tmp_path / "lake", tmp_path / "temporary"
    process = start_run(input_file, lake, 1, temporary)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=PATIENCE_S)
    (left,) = temporary.iterdir()
    an_hour_ago = time.time() - 3600
    os.utime(left, (an_hour_ago, an_hour_ago))
    page = tmp_path / "page.jsonl"
    page.write_text(json.dumps({"url": "https://a.example/x", "text": words(30, 1)}))
    done = subprocess.run(
        [*WARTA, "run", str(page), "--lake", str(tmp_path / "other"), "--workers", "1"],
        env=os.environ | {"TMPDIR": str(temporary)},
        capture_output=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    ("shell", "status", "errors"),
    [
        ("{warta} --help > /dev/full", 1, "warta: No space left on device\n"),
        ("{warta} --help >&-", 0, ""),
        ("{warta} --help | true", 0, ""),
        ("{warta} try nothing.txt 2>&-", 2, ""),
        ("{warta} --help <&- >&- 2>&-", 0, ""),
    ],
)
def test_streams_that_are_closed_or_full(
    tmp_path: Path, shell: str, status: int, errors: str
) -> None:
    """What cannot be printed is one line where a line can be read, and never a traceback."""
    command = shell.format(warta=f"{sys.executable} -m warta")
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert (done.returncode, done.stderr) == (status, errors)


def test_a_summary_that_cannot_be_printed_leaves_the_run_done(tmp_path: Path) -> None:
    """The rows are committed: the status says so, and a line says what is missing."""
    page = tmp_path / "page.jsonl"
    page.write_text(json.dumps({"url": "https://a.example/x", "text": words(30, 1)}))
    command = f"{sys.executable} -m warta run {page} --lake {tmp_path / 'lake'} --workers 1"
    done = subprocess.run(
        ["bash", "-c", f"{command} > /dev/full"],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0
    assert "committed, but the summary cannot be printed: No space left" in done.stderr
    assert len(list((tmp_path / "lake").glob("articles/**/*.parquet"))) == 1


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_while_a_command_starts_is_one_line(name: str) -> None:
    """Before anything heavy is imported, and before the command listens itself."""
    program = (
        "import os, signal, sys\n"
        "from warta.pipeline import __main__\n"
        f"__main__._run = lambda _: os.kill(os.getpid(), signal.{name})\n"
        "__main__.main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 128 + signal.Signals[name]
    assert done.stderr == f"warta: stopped by {name}\n"


def test_a_signal_while_a_command_ends_leaves_its_status() -> None:
    """What it has done is done, whatever comes while libraries tidy up."""
    program = (
        "import atexit, os, signal, sys\n"
        "from warta.pipeline import __main__\n"
        "__main__._run = lambda _: 3\n"
        "atexit.register(os.kill, os.getpid(), signal.SIGTERM)\n"
        "status = __main__.main()\n"
        "atexit.register(os.kill, os.getpid(), signal.SIGINT)\n"
        "sys.exit(status)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert (done.returncode, done.stderr) == (3, "")


_LEAVES_A_QUERY = """
import signal, sys, threading
import duckdb
import warta.pipeline.cli
def hold(ready):
    connection = duckdb.connect()
    ready.set()
    threading.Event().wait()
def run(arguments):
    ready = threading.Event()
    threading.Thread(target=hold, args=[ready], daemon=True).start()
    ready.wait()
    signal.raise_signal(signal.SIGINT)
warta.pipeline.cli.main = run
from warta.pipeline.__main__ import main
sys.exit(main())
"""


def test_a_stopped_command_says_nothing_of_what_libraries_still_hold() -> None:
    """A signal may come in the middle of a query: DuckDB would list all that it has made."""
    done = subprocess.run(
        [sys.executable, "-c", _LEAVES_A_QUERY],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert (done.returncode, done.stderr) == (130, "warta: stopped by SIGINT\n")
