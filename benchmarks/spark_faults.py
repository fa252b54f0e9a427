"""Runs on a real Spark cluster that is disturbed under way: `make spark-faults`.

A master and three workers are processes of this machine. In each trial a run reads the same input
into a lake of its own while something goes wrong: an executor, a worker or the driver is killed, an
executor is slow, tasks are done twice, the object store refuses everything for some seconds. Then
the lake must equal that of an undisturbed run on the local engine: the same rows, every file sound,
nothing left over. A run that has failed with one line runs again; none may hang.
"""

import argparse
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.crash_ground import check, look
from tests.support.jobs import in_child, object_store
from tests.support.lakes import words
from tests.support.spark import Cluster, cluster, kill_tree, send
from tests.support.unwell_store import UnwellStore, unwell_store
from tests.support.waiting import wait_for
from warta.transforms.core.storage import to_json

WORKERS = 3
LIMIT_S = 240.0
"""No run may take longer, however it is disturbed: undisturbed it takes some 30 s."""
MOST_RUNS = 4
"""Of a trial, until one ends well."""
_LATEST_S = 3.0
"""After the first file is staged, something goes wrong."""
_SPECULATION = (
    "spark.speculation=true",
    "spark.speculation.interval=200ms",
    "spark.speculation.multiplier=1.2",
    "spark.speculation.quantile=0.3",
    "spark.speculation.minTaskRuntime=500ms",
)


class OverTooSoonError(Exception):
    """A run has ended before anything could go wrong with it."""


@dataclass(slots=True)
class Trial:
    """One disturbed run."""

    name: str
    cluster: Cluster
    lake: str
    inputs: Path
    choose: random.Random
    store: UnwellStore | None = None
    latest_s: float = _LATEST_S

    def command(self, *conf: str) -> list[str]:
        """Return the words of a run."""
        if self.store:
            # Executors are started by workers, which know nothing of the store.
            names = sorted(name for name in os.environ if name.startswith("AWS_"))
            conf += tuple(f"spark.executorEnv.{name}={os.environ[name]}" for name in names)
        more = [word for one in conf for word in ("--spark-conf", one)]
        return [
            *(sys.executable, "-m", "warta", "run", str(self.inputs), "--lake", self.lake),
            *("--quiet", "--max-reject-ratio", "1", *self.cluster.options, *more),
        ]

    def wait_for_staged(self, process: "subprocess.Popen[str]") -> None:
        """Wait until the first stage has written something, and a little longer.

        Raises:
          OverTooSoonError: The run has ended by then.
        """
        wait_for(lambda: self._staged() or process.poll() is not None, LIMIT_S)
        time.sleep(self.choose.uniform(0.0, self.latest_s))
        if process.poll() is not None:
            raise OverTooSoonError

    def _staged(self) -> bool:
        return bool(in_child(lambda: staged(self.lake)))

    def executor(self, process: "subprocess.Popen[str]") -> psutil.Process:
        """Return one that runs tasks.

        Raises:
          OverTooSoonError: The run has ended.
        """
        wait_for(lambda: self.cluster.executors() or process.poll() is not None)
        found = self.cluster.executors()
        if not found:
            raise OverTooSoonError
        return self.choose.choice(found)


def staged(lake: str) -> int:
    """Return how many files wait in staging."""
    from warta.transforms.lake.storage import Lake

    return sum(1 for path in Lake(lake).files("_staging", recursive=True) if "/progress-" in path)


def kill_executor(trial: Trial, process: "subprocess.Popen[str]") -> None:
    """End an executor with its Python, as the kernel does where memory is short."""
    kill_tree(trial.executor(process))


def kill_worker(trial: Trial, process: "subprocess.Popen[str]") -> None:
    """End a worker with its executor, as a machine that is lost."""
    kill_tree(psutil.Process(trial.choose.choice(trial.cluster.workers).pid))


def kill_driver(trial: Trial, process: "subprocess.Popen[str]") -> None:
    """End the command and Spark's process under it."""
    os.killpg(process.pid, signal.SIGKILL)


def slow_executor(trial: Trial, process: "subprocess.Popen[str]") -> None:
    """Halt an executor's Python for some seconds."""
    with _halted(trial, process):
        time.sleep(trial.choose.uniform(3.0, 6.0))


def speculation(trial: Trial, process: "subprocess.Popen[str]") -> None:
    """Halt an executor's Python until the run is over: others do its tasks again."""
    with _halted(trial, process):
        wait_for(lambda: process.poll() is not None, LIMIT_S)


def store_burst(trial: Trial, process: "subprocess.Popen[str]") -> None:
    """Let the object store refuse everything for some seconds."""
    assert trial.store is not None
    with trial.store.unwell():
        time.sleep(trial.choose.uniform(3.0, 6.0))


@contextmanager
def _halted(trial: Trial, process: "subprocess.Popen[str]") -> Iterator[None]:
    executor = trial.executor(process)
    try:
        family = wait_for(lambda: trial.cluster.pythons(executor), process=process)
    except (psutil.NoSuchProcess, AssertionError) as error:
        # Executors end before the command does, so a run whose executor is gone is at its end too.
        if isinstance(error, AssertionError) and process.poll() is None:
            raise
        raise OverTooSoonError from error
    for one in family:
        send(one, signal.SIGSTOP)
    try:
        yield
    finally:
        for one in family:
            send(one, signal.SIGCONT)


Disturb = Callable[[Trial, "subprocess.Popen[str]"], None]
FAULTS: dict[str, tuple[Disturb, tuple[str, ...]]] = {
    "executor killed": (kill_executor, ()),
    "worker killed": (kill_worker, ()),
    "driver killed": (kill_driver, ()),
    "slow executor": (slow_executor, ()),
    "speculation": (speculation, _SPECULATION),
}
OF_STORES: dict[str, tuple[Disturb, tuple[str, ...]]] = {"store unwell": (store_burst, ())}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a trial went."""

    fault: str
    where: str
    seconds: float
    lines: tuple[str, ...]
    """Of runs that failed, before the one that ended well."""
    broken: str = ""
    """The promise that was not kept."""

    def __str__(self) -> str:
        """In a line."""
        if self.broken:
            return f"FAILED after {self.seconds:.0f} s: {self.broken}"
        runs = f", {len(self.lines) + 1} runs ({'; '.join(self.lines)})" if self.lines else ""
        return f"{self.seconds:.0f} s{runs}"


def run_trial(trial: Trial, disturb: Disturb, conf: tuple[str, ...]) -> tuple[str, ...]:
    """Disturb a run, run again until one ends well, and return how those before it failed.

    Raises:
      AssertionError: A run hangs, or ends with more than one line.
      OverTooSoonError: The first run has ended undisturbed.
    """
    lines: list[str] = []
    for number in range(MOST_RUNS):
        process = _start(trial.command(*conf))
        try:
            if not number:
                trial.wait_for_staged(process)
                disturb(trial, process)
            _, errors = process.communicate(timeout=LIMIT_S)
        except subprocess.TimeoutExpired as error:
            raise AssertionError(f"{trial.name}: a run hangs") from error
        finally:
            _end_group(process)
        trial.cluster.mend(WORKERS)
        if not process.returncode:
            return tuple(lines)
        faults = [line for line in errors.splitlines() if not re.match(r"\d{4}-", line)]
        killed = process.returncode == -signal.SIGKILL
        assert killed or len(faults) == 1, f"{trial.name}: {errors}"
        lines.append("killed" if killed else faults[0])
    raise AssertionError(f"{trial.name}: {MOST_RUNS} runs failed: {lines}")


def run_disturbed(trial: Trial, disturb: Disturb, conf: tuple[str, ...]) -> tuple[str, ...]:
    """Run trials, each into a lake of its own and sooner, until one was disturbed; see `run_trial`.

    Raises:
      AssertionError: All were over too soon, or a promise was not kept.
    """
    name = trial.lake
    for number, latest_s in enumerate((_LATEST_S, _LATEST_S / 3, 0.0)):
        trial.lake, trial.latest_s = f"{name}-{number}", latest_s
        try:
            return run_trial(trial, disturb, conf)
        except OverTooSoonError:
            trial.cluster.mend(WORKERS)
    raise AssertionError(f"{trial.name}: every run was over too soon")


def _start(command: list[str]) -> "subprocess.Popen[str]":
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stderr=pipe, text=True, start_new_session=True)


def _end_group(process: "subprocess.Popen[str]") -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    finally:
        process.wait()


def write_inputs(folder: Path, articles: int) -> Path:
    """Write articles, copies of some, and broken records, in files of a few hundred kilobytes."""
    folder.mkdir()
    rows = [_record(number, number) for number in range(articles)]
    rows += [_record(articles + number, number) for number in range(articles // 20)]
    for part in range(12):
        lines = [*map(to_json, rows[part::12]), b"[]"]
        (folder / f"{part:02}.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    return folder


def _record(number: int, text: int) -> dict[str, str]:
    day = f"2026-11-{10 + number % 5}T0{number % 9}:00:00Z"
    return {"url": f"https://berita.example/{number}", "text": words(500, text), "date": day}


def _show(outcomes: Sequence[Outcome]) -> None:
    """Print a row for each fault and place."""
    heads = f"{'rounds':>8}{'failed':>8}{'runs':>6}{'median s':>10}{'most s':>8}"
    print(f"{'fault':18}{'lake on':>9}{heads}")
    for fault, where in dict.fromkeys((one.fault, one.where) for one in outcomes):
        of = [one for one in outcomes if (one.fault, one.where) == (fault, where)]
        failed = sum(bool(one.broken) for one in of)
        runs = sum(len(one.lines) + 1 for one in of)
        seconds = [one.seconds for one in of]
        print(
            f"{fault:18}{where:>9}{len(of):>8}{failed:>8}{runs:>6}"
            f"{statistics.median(seconds):>10.0f}{max(seconds):>8.0f}"
        )


def main() -> None:
    """Run the trials that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10, help="of each fault, on a folder")
    parser.add_argument("--store-rounds", type=int, default=2, help="of each, on an object store")
    parser.add_argument("--articles", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="one fault, by its name")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="warta-spark-") as name, ExitStack() as stack:
        folder = Path(name)
        inputs = write_inputs(folder / "in", asked.articles)
        wanted_lake = str(folder / "wanted")
        local = [sys.executable, "-m", "warta", "run", str(inputs), "--lake", wanted_lake]
        subprocess.run([*local, "--quiet", "--max-reject-ratio", "1"], check=True)
        wanted = in_child(lambda: look(wanted_lake))
        running = stack.enter_context(cluster(folder, WORKERS))
        choose = random.Random(asked.seed)  # noqa: S311  moments, not secrets

        outcomes: list[Outcome] = []

        def rounds(count: int, place: str, store: UnwellStore | None) -> None:
            faults = FAULTS | (OF_STORES if store else {})
            for number in range(count):
                for fault, (disturb, conf) in faults.items():
                    if asked.only in (None, fault):
                        where = "store" if store else "folder"
                        title = f"{fault}, {where}, round {number + 1}"
                        lake = place.format(name=f"{fault.replace(' ', '-')}-{number}")
                        trial = Trial(title, running, lake, inputs, choose, store)
                        started = time.monotonic()
                        lines: tuple[str, ...] = ()
                        broken = ""
                        try:
                            lines = run_disturbed(trial, disturb, conf)
                            check(title, trial.lake, wanted)
                        except AssertionError as error:
                            # The others are worth knowing too.
                            broken = " ".join(str(error).split())
                            running.mend(WORKERS)
                        seconds = time.monotonic() - started
                        outcomes.append(Outcome(fault, where, seconds, lines, broken))
                        print(f"{title}: {outcomes[-1]}", flush=True)

        rounds(asked.rounds, f"{folder}/{{name}}", None)
        if asked.store_rounds:
            uri = stack.enter_context(object_store())
            port = int(re.findall(r"127\.0\.0\.1:(\d+)", uri)[0])
            store = stack.enter_context(unwell_store(port))
            rounds(asked.store_rounds, uri.replace(f":{port}", f":{store.port}"), store)
            print(f"{store.refused} requests were refused")
    _show(outcomes)
    if any(one.broken for one in outcomes):
        sys.exit("a promise was not kept")
    print("every promise was kept")


if __name__ == "__main__":
    main()
