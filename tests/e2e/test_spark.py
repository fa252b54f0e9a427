"""`--engine spark` on this machine: its errors, signals, spark-submit, and poll cycles."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apache_beam as beam
import psutil
import pytest

from tests.e2e.test_engines import needs
from tests.support.commands import SAMPLES, warta
from tests.support.lakes import table_of
from tests.support.processes import words_of
from tests.support.sites import feeds_config, item, open_site
from tests.support.spark import PYTHON
from tests.support.spark import cluster as standalone
from tests.support.waiting import PATIENCE_S, wait_for
from warta.pipeline.batch import execute
from warta.pipeline.engines.spark import spark_of
from warta.pipeline.options import RunOptions
from warta.pipeline.spark.cluster import SparkCluster
from warta.pipeline.spark.runner import StageRunner
from warta.pipeline.spark.spread import weight_of
from warta.transforms.core.errors import RunError
from warta.transforms.lake.storage import Lake

pytestmark = pytest.mark.long
ROOT = Path(__file__).parents[2]
JSONL = SAMPLES / "sources" / "jsonl"


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkCluster]:
    """Spark in one core of this machine."""
    needs("spark")
    with spark_of(RunOptions(sources=(), lake="lake", engine="spark", workers=1)) as cluster:
        assert cluster is not None
        yield cluster


def _divide(one: int) -> float:
    return 1 / one


def test_a_failed_task_is_one_line_with_the_workers_cause(spark: SparkCluster) -> None:
    """Not Spark's hundred."""
    root = beam.Pipeline(StageRunner(spark, weight_of))
    _ = root | beam.Create([1, 0]) | "Divide" >> beam.Map(_divide)
    with pytest.raises(RunError) as shown:
        execute(root, strict=False)
    assert str(shown.value) == "ZeroDivisionError: division by zero"


def test_executors_of_another_version_are_refused(
    spark: SparkCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By name, host and both versions."""
    versions = {"warta": "9.9", "pyarrow": "1.0"}
    monkeypatch.setattr("warta.pipeline.spark.cluster._versions", lambda: versions)
    with pytest.raises(RunError, match=r"the executor on \S+ has warta \S+, and this machine 9\.9"):
        spark.check([])


def test_executors_that_do_not_see_a_file_are_refused(spark: SparkCluster, tmp_path: Path) -> None:
    """Before anything is read."""
    spark.check([str(tmp_path)])
    with pytest.raises(RunError, match=r"does not see \S+/elsewhere: name a folder that all"):
        spark.check([str(tmp_path / "elsewhere")])


def test_a_cluster_without_executors_does_not_hang(tmp_path: Path) -> None:
    """The run ends after a silence, and says what may be the matter."""
    needs("spark")
    with standalone(tmp_path, 0) as running:
        conf = ("--spark-conf", "spark.warta.silence=3s")
        done = warta("run", JSONL, "--lake", tmp_path / "lake", *running.options, *conf, "--quiet")
    assert done.returncode == 1
    assert done.stderr.startswith("warta: Spark's job 'check executors' was cancelled: no task")
    assert done.stderr.count("\n") == 1


def test_a_signal_ends_the_run_and_spark_with_it(tmp_path: Path) -> None:
    """Status 143, nothing left running; the same command again does it."""
    needs("spark")
    words = ("run", str(JSONL), "--lake", str(tmp_path / "lake"), "--engine", "spark", "--quiet")
    command = [sys.executable, "-m", "warta", *words, "--workers", "1"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stderr=pipe, text=True, start_new_session=True) as process:
        family: list[psutil.Process] = wait_for(lambda: _with_python(process.pid), process=process)
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 128 + signal.SIGTERM, errors
    assert errors.startswith("warta: stopped by SIGTERM")
    _, alive = psutil.wait_procs(family, timeout=PATIENCE_S)
    assert alive == []
    done = warta(*words, "--workers", 1)
    assert (done.returncode, done.stderr) == (0, "")


def _with_python(pid: int) -> list[psutil.Process] | None:
    """Return what a run has started, once Spark has started Python."""
    try:
        family = psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return None  # it has ended, which `wait_for` says
    return family if any(PYTHON in words_of(one) for one in family) else None


def test_spark_submit_gives_its_context(tmp_path: Path) -> None:
    """Its master is taken, and none may be named beside it."""
    needs("spark")
    import pyspark

    home = Path(pyspark.__file__).parent
    submit: list[Any] = [
        home / "bin" / "spark-submit",
        "--master",
        "local[1]",
        ROOT / "deploy/spark/main.py",
    ]
    lake = str(tmp_path / "lake")
    words: list[Any] = ["run", str(JSONL), "--lake", lake, "--engine", "spark", "--quiet"]
    path = os.pathsep.join((str(ROOT), str(home.parent)))
    env = {**os.environ, "PYSPARK_PYTHON": sys.executable, "PYTHONPATH": path}
    env["PYSPARK_DRIVER_PYTHON"] = sys.executable

    def run(*more: str) -> Any:
        return subprocess.run(
            [*submit, *words, *more],
            env=env,
            capture_output=True,
            text=True,
            check=False,
            timeout=3 * PATIENCE_S,
        )

    refused = run("--spark-master", "local[2]")
    assert refused.returncode != 0
    assert (
        "warta: spark-submit names the master: leave --spark-master out"
        in refused.stdout + refused.stderr
    )
    done = run()
    assert done.returncode == 0, done.stdout + done.stderr
    assert table_of(Lake(str(tmp_path / "lake")), "articles").num_rows > 5


def test_poll_cycles_run_on_it(tmp_path: Path) -> None:
    """What a feed shows comes into the lake by way of the executors."""
    needs("spark")
    with open_site() as site:
        site.put_feed(item(1), item(2))
        config = feeds_config(tmp_path, f"{site.root}/feed")
        words = ("watch", "--config", config, "--lake", tmp_path / "lake", "--once", "--quiet")
        done = warta(*words, "--engine", "spark", "--workers", 1)
    assert (done.returncode, done.stderr) == (0, "")
    assert table_of(Lake(str(tmp_path / "lake")), "articles").num_rows == 2


def test_a_disturbed_run_leaves_the_lake_of_an_undisturbed_one() -> None:
    """One round of each fault on a cluster of three workers, on a folder."""
    needs("spark")
    command = [sys.executable, "-m", "benchmarks.spark_faults", "--rounds", "1"]
    done = subprocess.run(
        [*command, "--store-rounds", "0", "--articles", "600"],
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("every promise was kept\n")
