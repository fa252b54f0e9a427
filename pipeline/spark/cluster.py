"""Spark's context: started or taken over, checked, and given jobs. No Beam."""

import importlib.metadata
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from warta.pipeline.signals import ignored_by_children, kept_handlers
from warta.pipeline.spark.causes import SHIP, cause_of
from warta.pipeline.spark.conf import Conf, is_secret
from warta.pipeline.spark.job_watch import JobWatch
from warta.transforms.core.errors import RunError

_SAME = ("warta", "apache-beam", "pyarrow", "rensa")
"""What executors must have in the driver's version: steps travel to them by pickle, and all rows
of a lake are to be made alike."""
_STOP_S = 8.0
"""Longest wait for Spark to end in order; the process is killed after it."""
_SUBMITTED = "PYSPARK_GATEWAY_PORT"
"""Set by spark-submit, which has started Spark's process already."""


def is_submitted() -> bool:
    """Return whether this process was started by spark-submit, or in a notebook of Spark's."""
    if _SUBMITTED in os.environ:
        return True
    pyspark = sys.modules.get("pyspark")
    return pyspark is not None and pyspark.SparkContext._active_spark_context is not None


class SparkCluster:
    """Runs tasks as Spark jobs. Made by `open_cluster`; Spark starts with the first need of it.

    Args:
      conf: What Spark is asked with.
    """

    def __init__(self, conf: Conf) -> None:
        self._conf = conf
        self._context: Any = None
        self._process: subprocess.Popen[bytes] | None = None
        self._errors: IO[bytes] | None = None
        self._jobs = 0

    @property
    def cores(self) -> int:
        """Return how many tasks run at once."""
        return int(self._live_context().defaultParallelism)

    def start(self) -> None:
        """Start Spark, or take the context that is there.

        Raises:
          RunError: Spark does not start.
        """
        self._live_context()

    def check(self, paths: Sequence[str]) -> None:
        """Refuse executors that have no warta, another version, or do not see a file they need.

        Args:
          paths: Files and folders of this machine that tasks read or write.

        Raises:
          RunError: Names the host, and what it has or lacks.
        """
        needed, wanted = [str(Path(path).absolute()) for path in paths], _versions()

        # Nested, so that it travels by value: it must run where warta is missing, to say so.
        def look(_: int, __: Iterator[int]) -> Iterator[tuple[str, dict[str, str], list[str]]]:
            import importlib.metadata
            import os
            import socket

            found = {}
            for name in wanted:
                try:
                    found[name] = importlib.metadata.version(name)
                except importlib.metadata.PackageNotFoundError:
                    found[name] = "none"
            unseen = [path for path in needed if not os.path.exists(path)]  # noqa: PTH110
            yield socket.gethostname(), found, unseen

        context = self._live_context()
        # More tasks than cores reach every executor that is there; later ones check themselves.
        count = 2 * int(context.defaultParallelism)
        looked = context.parallelize(range(count), count).mapPartitionsWithIndex(look)
        for host, found, unseen in self._job("check executors", looked.collect):
            for name, version in wanted.items():
                if found[name] != version:
                    raise RunError(
                        f"the executor on {host} has {name} {found[name]}, and this machine "
                        f"{version}: {SHIP}"
                    )
            if unseen:
                raise RunError(
                    f"the executor on {host} does not see {unseen[0]}: name a folder that all "
                    "machines share, or an object store"
                )

    def run(self, name: str, stage: bytes, tasks: Sequence[bytes]) -> list[bytes]:
        """Do every task by `run_task`, and return their results in the order of the tasks.

        Raises:
          RunError: A task failed as often as Spark allows, or nothing goes on.
        """
        wanted, folder = _versions(), str(Path.cwd())

        def work(_: int, tasks: Iterator[bytes]) -> Iterator[bytes]:
            import importlib.metadata
            import os
            import socket

            found = {name: importlib.metadata.version(name) for name in wanted}
            if found != wanted:
                raise RuntimeError(f"the executor on {socket.gethostname()} has {found}")
            if os.path.isdir(folder):  # noqa: PTH112
                os.chdir(folder)  # relative names mean what they mean to the driver
            from warta.pipeline.spark.bundle import run_task

            for task in tasks:
                yield run_task(stage, task)

        context = self._live_context()
        spread = context.parallelize(list(tasks), len(tasks)).mapPartitionsWithIndex(work)
        return list(self._job(name, spread.collect))

    def close(self) -> None:
        """End what was started here; a context that was there before goes on."""
        context, self._context = self._context, None
        if context is None or self._process is None:
            return
        # Spark may wait for what is gone, and a signal may have cut its connection in two.
        ending = threading.Thread(target=_quietly(context.stop), daemon=True)
        ending.start()
        ending.join(_STOP_S)
        _end(self._process)
        _forget_gateway()
        if self._errors is not None:
            self._errors.close()

    def _live_context(self) -> Any:
        if self._context is not None and self._context._jsc.sc().isStopped():
            self.close()
        if self._context is None:
            self._start()
        return self._context

    def _start(self) -> None:
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException

        try:
            # Spark sets a handler of its own for Ctrl-C.
            with kept_handlers():
                self._open_context()
        except (Py4JError, PySparkException, OSError) as error:
            why = cause_of(_words_of(error))
            self.close()
            raise RunError(f"Spark does not start: {self._last_words() or why}") from error

    def _open_context(self) -> None:
        """Take the context of spark-submit, or make one in a process that is started here."""
        import pyspark

        if is_submitted():
            self._context = pyspark.SparkContext.getOrCreate(_spark_conf(self._conf.values))
            return
        os.environ["PYSPARK_PYTHON"] = self._conf.python
        gateway = self._launch()
        conf = _spark_conf(self._conf.values, gateway.jvm)
        self._context = pyspark.SparkContext(conf=conf, gateway=gateway)
        if not self._conf.is_verbose:
            self._context.setLogLevel("OFF")

    def _launch(self) -> Any:
        """Start Spark's process, deaf to the signals that are meant for this one."""
        from pyspark.java_gateway import launch_gateway

        # What it logs before its level is set, and the warnings of Java's own.
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  until `close`
        streams = {} if self._conf.is_verbose else {"stderr": self._errors, "stdout": self._errors}
        # Not on a command line that all users of the machine can read.
        shown = {name: value for name, value in self._conf.values.items() if not is_secret(name)}
        with ignored_by_children():
            gateway = launch_gateway(_Pairs(shown), popen_kwargs=streams)
        self._process = gateway.proc
        return gateway

    def _last_words(self) -> str:
        """Return the line of Spark's own log that says why it ended."""
        if self._errors is None or self._errors.closed:
            return ""
        self._errors.seek(0)
        lines = self._errors.read().decode("utf-8", "replace").splitlines()
        errors = [line for line in lines if re.search("ERROR|Error|Exception", line)]
        return errors[0].strip() if errors else ""

    def _job(self, name: str, collect: Callable[[], list[Any]]) -> list[Any]:
        """Run a job, and log how far it is; end it if nothing goes on."""
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException

        self._jobs += 1
        group = f"warta-{os.getpid()}-{self._jobs}"
        self._context.setJobGroup(group, f"warta: {name}")
        watch = JobWatch(self._context, group, name, self._conf.silence_s)
        try:
            with watch:
                return collect()
        except (Py4JError, PySparkException, OSError) as error:
            if watch.gave_up:
                raise RunError(watch.gave_up) from error
            raise RunError(self._why(error)) from error

    def _why(self, error: Exception) -> str:
        if self._process is not None and self._process.poll() is not None:
            return f"Spark's driver process has ended (status {self._process.returncode})"
        return cause_of(_words_of(error))


def _versions() -> dict[str, str]:
    return {name: importlib.metadata.version(name) for name in _SAME}


def _spark_conf(values: Mapping[str, str], jvm: Any = None) -> Any:
    import pyspark

    conf = pyspark.SparkConf(loadDefaults=True, _jvm=jvm)
    for name, value in values.items():
        conf.set(name, value)
    return conf


def _words_of(error: Exception) -> str:
    java = getattr(error, "java_exception", None)
    return str(java.toString()) if java is not None else str(error)


class _Pairs:
    """Settings for `launch_gateway`, which asks for pairs alone."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def getAll(self) -> list[tuple[str, str]]:  # noqa: N802  as SparkConf calls it
        return list(self._values.items())


def _quietly(stop: Callable[[], object]) -> Callable[[], None]:
    def run() -> None:
        try:
            stop()
        except Exception:  # noqa: BLE001  its process is killed next
            return

    return run


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End Spark's process: it does when its input closes, and is killed otherwise."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _forget_gateway() -> None:
    """Let the next context start a process of its own: PySpark keeps the last for good."""
    import pyspark

    context = pyspark.SparkContext
    gateway, context._gateway, context._jvm = context._gateway, None, None
    context._active_spark_context = None
    if gateway is not None:
        _quietly(gateway.shutdown)()


@contextmanager
def open_cluster(conf: Conf) -> Iterator[SparkCluster]:
    """Give the block a cluster, and end with it what was started.

    Args:
      conf: What Spark is asked with.

    Yields:
      The cluster.
    """
    cluster = SparkCluster(conf)
    try:
        yield cluster
    finally:
        cluster.close()
