"""Worker processes of the local engine: they come quickly, end with the run, and may die."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from apache_beam.runners.portability.fn_api_runner.fn_runner import FnApiRunner
from apache_beam.transforms.environments import SubprocessSDKEnvironment

from tests.support.lakes import table_of, words
from tests.support.processes import words_of, workers_of
from tests.support.waiting import PATIENCE_S, wait_for
from warta.pipeline.engines.registry import engine_options
from warta.pipeline.engines.runner import runner_of
from warta.pipeline.options import RunOptions
from warta.pipeline.worker import FORK_SERVER, ONE_THREAD, fork_server
from warta.transforms.core.records import Source
from warta.transforms.lake.storage import Lake


def test_the_fork_server_ends_with_its_block() -> None:
    """Nothing of it is left: no process, no socket."""
    with fork_server() as command:
        place = Path(command[-1])
        (process,) = [
            child for child in psutil.Process().children() if str(place) in words_of(child)
        ]
    assert not process.is_running()
    assert not place.parent.exists()


_LOADS_FOR_EVER = """
import sys, threading
from warta.pipeline import worker
worker.load = threading.Event().wait
sys.exit(worker.main(sys.argv[1:]))
"""


def test_a_fork_server_that_nobody_needs_does_not_load_to_the_end(tmp_path: Path) -> None:
    """A run with nothing to do, or that fails at once, does not wait seconds for it."""
    folder = tmp_path / "w"
    folder.mkdir()
    command = [sys.executable, "-c", _LOADS_FOR_EVER, FORK_SERVER, str(folder / "s")]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, timeout=PATIENCE_S, check=False)
    assert done.returncode == 0
    assert not folder.exists()


def test_the_fork_server_has_one_thread_when_it_forks() -> None:
    """Libraries start none: a fork of a process with threads may hang, and Python warns of it."""
    code = "import psutil; from warta.pipeline.worker import load; load()"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; print(psutil.Process().num_threads())"],
        env=os.environ | ONE_THREAD,
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_S,
    )
    assert done.stdout == "1\n"


@pytest.fixture
def input_file(tmp_path: Path) -> Path:
    """Enough articles for several seconds of work."""
    path = tmp_path / "many.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number in range(6000):
            file.write(
                json.dumps({"url": f"https://a.example/{number}", "text": words(400, number)})
            )
            file.write("\n")
    return path


def _start(path: Path, lake: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "warta", "run", path, "--lake", lake, "--workers", "2"]
    return subprocess.Popen([*map(str, command)], stderr=subprocess.PIPE, text=True)


def _family(process: "subprocess.Popen[str]") -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


@pytest.mark.long
@pytest.mark.parametrize("killed", ["worker", "launcher"])
def test_a_killed_process_costs_nothing(tmp_path: Path, input_file: Path, killed: str) -> None:
    """SIGKILL of a worker fails the run in good time; of the launcher, takes the workers along.

    Either way nothing is published, and the same run again publishes everything once.
    """
    lake = tmp_path / "lake"
    process = _start(input_file, lake)
    wait_for(lambda: list(lake.glob("_staging/*/progress-*.json")), process=process)
    family = _family(process)
    if killed == "launcher":
        os.kill(process.pid, signal.SIGKILL)
    else:
        workers_of(psutil.Process(process.pid))[0].kill()
    _, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode != 0, errors
    _, alive = psutil.wait_procs(family, timeout=PATIENCE_S)
    assert alive == []
    assert table_of(Lake(str(lake)), "articles").num_rows == 0

    again = _start(input_file, lake)
    _, errors = again.communicate(timeout=PATIENCE_S)
    assert again.returncode == 0, errors
    urls = table_of(Lake(str(lake)), "articles")["canonical_url"].to_pylist()
    assert len(urls) == len(set(urls)) == 6000
    assert list((lake / "_staging").iterdir()) == []


def test_every_batch_has_workers_of_its_own() -> None:
    """Asking for a runner leaves the options as they were: the second batch is like the first."""
    settings = RunOptions(sources=(Source("x"),), lake="lake", workers=2)
    options = engine_options(settings)
    for _ in range(2):
        runner = runner_of(options, ["worker"])
        assert isinstance(runner, FnApiRunner)
        environment = runner._default_environment
        assert isinstance(environment, SubprocessSDKEnvironment)
        assert environment.command_string == "worker"
