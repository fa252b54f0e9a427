"""A process with too little memory, or whose workers are gone, ends in one line, and ends."""

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.support.lakes import article, write_plainly
from tests.support.processes import is_connected, workers_of
from tests.support.streams import put, records
from tests.support.waiting import PATIENCE_S, wait_for
from warta.pipeline.console.beam_noise import WORKER_LOST
from warta.transforms.lake.storage import Lake

SAMPLE = Path(__file__).parents[2] / "sample_data" / "story.jsonl"


def _warta(limit: int, *words: object) -> "subprocess.CompletedProcess[str]":
    command = ["prlimit", f"--as={limit}", sys.executable, "-m", "warta", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)


@pytest.mark.parametrize(
    ("limit", "workers", "line"),
    [
        (
            1_000_000_000,
            1,
            "warta: not enough memory: a run needs 2.5 GB of address space, and may have 1.0 GB: "
            "raise the limit (ulimit -v)\n",
        ),
        (
            3_000_000_000,
            2,
            "warta: not enough memory: a run with 2 workers needs 4.0 GB of address space, and may "
            "have 3.0 GB: raise the limit (ulimit -v) or use --workers 1\n",
        ),
    ],
)
def test_a_run_in_too_small_an_address_space(
    tmp_path: Path, limit: int, workers: int, line: str
) -> None:
    """Nothing is begun: libraries would end the process without a word, or wait forever."""
    lake = tmp_path / "lake"
    done = _warta(limit, "run", SAMPLE, "--lake", lake, "--workers", workers)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", line)
    assert not lake.exists()


def test_a_report_in_too_small_an_address_space(tmp_path: Path) -> None:
    """What draws its charts would end the process with an address of every function."""
    write_plainly(Lake(str(tmp_path)), [article("a")], "first")
    done = _warta(4_000_000_000, "report", tmp_path, "-o", tmp_path / "r.html")
    assert done.returncode == 1
    assert done.stderr == (
        "warta: not enough memory: a report with charts needs 80.0 GB of address space, and may "
        "have 4.0 GB: lift the limit (ulimit -v unlimited)\n"
    )


def test_a_load_in_too_small_an_address_space(tmp_path: Path) -> None:
    """DuckDB would end the process by chance, and leave its files."""
    write_plainly(Lake(str(tmp_path / "lake")), [article("a")], "first")
    database = tmp_path / "news.db"
    done = _warta(2_000_000_000, "load", f"duckdb:{database}", tmp_path / "lake")
    line = (
        "warta: not enough memory: DuckDB needs 2.5 GB of address space, and may have 2.0 GB: "
        "raise the limit (ulimit -v)\n"
    )
    assert (done.returncode, done.stderr) == (1, line)
    assert not database.exists()


@pytest.mark.long
@pytest.mark.parametrize("connected", [False, True])
def test_a_killed_worker_is_reported_in_one_line(tmp_path: Path, connected: bool) -> None:
    """As the system does it that has no memory left: no traceback of an engine's thread.

    The engine waits forever for one that ended before it was heard of.
    """
    process = _run_of_two_workers(tmp_path)
    workers = wait_for(lambda: _workers(process, connected=connected), process=process)
    workers[0].kill()
    _, errors = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, errors) == (1, f"warta: {WORKER_LOST}\n")


@pytest.mark.long
def test_workers_that_outlive_the_command_say_nothing(tmp_path: Path) -> None:
    """Whose fork server has not come to end them: they find that the engine is gone."""
    process = _run_of_two_workers(tmp_path)
    workers = wait_for(lambda: _both(_workers(process, connected=True)), process=process)
    fork_server = workers[0].parent()
    assert fork_server
    fork_server.suspend()
    process.kill()
    assert psutil.wait_procs(workers, PATIENCE_S)[1] == []
    fork_server.resume()
    _, errors = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, errors) == (-signal.SIGKILL, "")


def _run_of_two_workers(folder: Path) -> "subprocess.Popen[str]":
    """Start a run that is not at its end before a test has looked at its workers."""
    put(folder, "many.jsonl", records(0, 4000))
    command = [sys.executable, "-m", "warta", "run", folder / "many.jsonl"]
    options = ["--lake", folder / "lake", "--workers", "2", "--quiet"]
    return subprocess.Popen([*map(str, command + options)], stderr=subprocess.PIPE, text=True)


def _workers(process: "subprocess.Popen[str]", *, connected: bool) -> list[psutil.Process]:
    found = workers_of(psutil.Process(process.pid))
    return [one for one in found if is_connected(one) or not connected]


def _both(workers: list[psutil.Process]) -> list[psutil.Process] | None:
    return workers if len(workers) == 2 else None
