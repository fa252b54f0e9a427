"""How a stream on Prism ends: one line, a true status, nothing lost, and no engine left over."""

import os
import signal
from pathlib import Path

import psutil
import pytest

from tests.e2e.test_engines import needs
from tests.support.jobs import small_disk
from tests.support.streams import (
    check,
    drain,
    errors_of,
    put,
    records,
    stream,
    urls_in,
    wait_for_lake,
)
from tests.support.waiting import PATIENCE_S
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.verify.lake import verify


def _family(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)


@pytest.mark.long
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_to_the_whole_group_drains(tmp_path: Path, name: str) -> None:
    """A terminal and a supervisor signal every process, and the engine goes on until the end."""
    needs("prism")
    inbox, lake = tmp_path / "inbox", tmp_path / "lake"
    inbox.mkdir()
    put(inbox, "one.jsonl", records(0, 40))
    with stream(lake, inbox, "--engine", "prism") as process:
        wait_for_lake(lambda: len(urls_in(lake)) == 40, process, lake)
        family = _family(process.pid)
        put(inbox, "two.jsonl", records(30, 60))
        os.killpg(process.pid, signal.Signals[name])
        assert process.wait(timeout=PATIENCE_S) == 0, errors_of(lake)
        assert psutil.wait_procs(family, timeout=PATIENCE_S)[1] == []
    assert "Traceback" not in errors_of(lake)
    found = len(urls_in(lake))
    assert found in (40, 60)
    check(lake, found)


@pytest.mark.long
def test_an_engine_that_is_killed_ends_the_stream_in_one_line(tmp_path: Path) -> None:
    """No traceback of the threads that listened to it; the next stream takes it up."""
    needs("prism")
    inbox, lake = tmp_path / "inbox", tmp_path / "lake"
    inbox.mkdir()
    put(inbox, "one.jsonl", records(0, 20))
    with stream(lake, inbox, "--engine", "prism", "--quiet") as process:
        wait_for_lake(lambda: len(urls_in(lake)) == 20, process, lake)
        (engine,) = [one for one in _family(process.pid) if one.name().startswith("prism")]
        engine.kill()
        assert process.wait(timeout=PATIENCE_S) == 1
    assert errors_of(lake).startswith("warta: the engine is gone; what was committed is safe")
    assert errors_of(lake).count("\n") == 1
    put(inbox, "two.jsonl", records(20, 30))
    with stream(lake, inbox, "--engine", "prism") as process:
        wait_for_lake(lambda: len(urls_in(lake)) == 30, process, lake)
        assert drain(lake, process)[0] == 0, errors_of(lake)
    check(lake, 30)


@pytest.mark.long
def test_an_engine_does_not_outlive_a_stream_that_is_killed(tmp_path: Path) -> None:
    """It has a session of its own, which SIGKILL to the group does not reach."""
    needs("prism")
    inbox, lake = tmp_path / "inbox", tmp_path / "lake"
    inbox.mkdir()
    put(inbox, "one.jsonl", records(0, 10))
    with stream(lake, inbox, "--engine", "prism") as process:
        wait_for_lake(lambda: len(urls_in(lake)) == 10, process, lake)
        family = _family(process.pid)
        assert any(one.name().startswith("prism") for one in family)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=PATIENCE_S)
        assert psutil.wait_procs(family, timeout=PATIENCE_S)[1] == []


@pytest.mark.long
def test_a_full_disk_ends_a_stream_in_one_line(tmp_path: Path) -> None:
    """No traceback of Beam's workers, which run in this process, and none of the engine."""
    needs("prism")
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    put(inbox, "many.jsonl", records(0, 3000))
    try:
        with small_disk(tmp_path, 1) as disk:
            lake = disk / "lake"
            with stream(lake, inbox, "--engine", "prism", "--quiet") as process:
                assert process.wait(timeout=PATIENCE_S) == 1
            assert errors_of(lake).startswith(f"warta: cannot write to the lake {lake}: No space")
            assert errors_of(lake).count("\n") == 1
            assert not any(fault.is_lost for fault in verify(Lake(str(lake))).faults)
    except PermissionError:
        pytest.skip("this user may not mount a file system")


@pytest.mark.long
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_run_on_prism_is_stopped_in_one_line(tmp_path: Path, name: str) -> None:
    """The status of a shell; nothing is committed, and no engine is left."""
    needs("prism")
    from tests.e2e.test_signals import start_run

    path, lake = tmp_path / "many.jsonl", tmp_path / "lake"
    put(tmp_path, path.name, records(0, 4000))
    process = start_run(path, lake, 1, tmp_path / "temporary", "--engine", "prism")
    family = _family(process.pid)
    os.killpg(process.pid, signal.Signals[name])
    _, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 128 + signal.Signals[name]
    assert errors.splitlines()[-1].startswith(f"warta: stopped by {name}; 0 of 1"), errors
    assert psutil.wait_procs(family, timeout=PATIENCE_S)[1] == []
    assert list((tmp_path / "temporary").iterdir()) == []
