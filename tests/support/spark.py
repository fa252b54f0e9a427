"""A standalone cluster of Spark as processes of this machine: a master and its workers."""

import json
import os
import signal
import subprocess
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.support.processes import words_of
from tests.support.waiting import free_port, wait_for
from warta.pipeline.engines.spark import find_pyspark

EXECUTOR = "CoarseGrainedExecutorBackend"
PYTHON = "warta.pipeline.spark.daemon"
_SHORT_LIVED = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""Half of what a run of some seconds takes is Java that compiles itself."""
_SMALL = {"SPARK_DAEMON_MEMORY": "256m"}


@dataclass(slots=True)
class Cluster:
    """A master, and workers of one core each."""

    folder: Path
    address: str
    page: int
    """Port of the master's own page."""
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _started: int = 0

    @property
    def options(self) -> list[str]:
        """What `warta run` takes to work on it."""
        conf = (
            *("spark.executor.memory=512m", "spark.executor.cores=1"),
            f"spark.executor.extraJavaOptions={_SHORT_LIVED}",
            f"spark.driver.extraJavaOptions={_SHORT_LIVED}",
        )
        more = [word for one in conf for word in ("--spark-conf", one)]
        return ["--engine", "spark", "--spark-master", self.address, *more]

    def start_worker(self) -> None:
        """Start one more worker."""
        self._started += 1
        # Each is a machine to Spark: it does a task again only on another.
        host = f"127.0.0.{1 + self._started}"
        name = str(self.folder / f"work-{self._started}")
        words = ("--host", host, "--cores", "1", "--memory", "1g", "--webui-port", "0")
        started = _start(
            *(self.folder, host, "org.apache.spark.deploy.worker.Worker"),
            *(*words, "--work-dir", name, self.address),
        )
        self.workers.append(started)

    def living(self) -> int | None:
        """Return how many workers the master knows to live, None while it does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.page}/json/", timeout=5) as page:
                return int(json.load(page)["aliveworkers"])
        except OSError:
            return None

    def wait_for_workers(self, count: int) -> None:
        """Wait until so many live."""
        wait_for(lambda: self.living() == count)

    def mend(self, count: int) -> None:
        """Start workers in place of those that were killed."""
        self.workers = [one for one in self.workers if one.poll() is None]
        while len(self.workers) < count:
            self.start_worker()
        self.wait_for_workers(count)

    def executors(self) -> list[psutil.Process]:
        """Return the Java processes that run tasks."""
        return _running(self.workers, EXECUTOR)

    def pythons(self, executor: psutil.Process) -> list[psutil.Process]:
        """Return an executor's own Python: the process that loads, and those that it forked."""
        return [one for one in executor.children(recursive=True) if PYTHON in words_of(one)]


@contextmanager
def cluster(folder: Path, workers: int) -> Iterator[Cluster]:
    """Run a cluster while the block does."""
    port, page = free_port(), free_port()
    words = ("--host", "127.0.0.1", "--port", str(port), "--webui-port", str(page))
    master = _start(folder, "127.0.0.1", "org.apache.spark.deploy.master.Master", *words)
    started = Cluster(folder, f"spark://127.0.0.1:{port}", page)
    with ExitStack() as stack:
        stack.callback(lambda: _end([*started.workers, master]))
        for _ in range(workers):
            started.start_worker()
        started.wait_for_workers(workers)
        yield started


def kill_tree(process: psutil.Process) -> None:
    """End a process and all that it started, the last first, at once."""
    try:
        family = [*reversed(process.children(recursive=True)), process]
    except psutil.NoSuchProcess:
        return
    for one in family:
        send(one, signal.SIGKILL)


def send(process: psutil.Process, number: signal.Signals) -> None:
    """Signal a process, unless it is gone."""
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return


def _start(folder: Path, host: str, name: str, *words: str) -> subprocess.Popen[bytes]:
    assert find_pyspark(), "make spark"
    import pyspark

    home = Path(pyspark.__file__).parent
    with (folder / "cluster.log").open("ab") as log:
        return subprocess.Popen(
            [home / "bin" / "spark-class", name, *words],
            env={**os.environ, "SPARK_HOME": str(home), "SPARK_LOCAL_IP": host, **_SMALL},
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )


def _end(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        if process.poll() is None:
            kill_tree(psutil.Process(process.pid))
        process.wait()


def _running(parents: Sequence[subprocess.Popen[bytes]], word: str) -> list[psutil.Process]:
    found = []
    for parent in parents:
        if parent.poll() is None:
            children = psutil.Process(parent.pid).children(recursive=True)
            found += [one for one in children if word in words_of(one) and "java" in words_of(one)]
    return found
