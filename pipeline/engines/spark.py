"""Apache Spark: on this machine or on a cluster."""

import importlib
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from warta.pipeline.engines.engine import Engine, Given, check_answers, part
from warta.pipeline.options import RunOptions
from warta.transforms.core.errors import RunError, UsageError

if TYPE_CHECKING:
    from warta.pipeline.spark.cluster import SparkCluster

SPARK_RUNNER = "warta.spark"
"""In place of a runner of Beam's."""


def _options(_: RunOptions) -> list[str]:
    # A name of our own: `runner_of` makes the runner.
    return [f"--runner={SPARK_RUNNER}"]


def _lacks(_settings: RunOptions, _given: Given) -> Iterator[str]:
    if not find_pyspark():
        yield "needs PySpark: pip install 'warta[spark]' (in a checkout: type `make spark`)"
    if "JAVA_HOME" not in os.environ and shutil.which("java") is None:
        yield "needs Java 17 or newer: install it, or set JAVA_HOME"


def find_pyspark() -> bool:
    """Return whether PySpark can be imported: installed, or made by `make spark`."""
    if find_spec("pyspark") is None:
        folder = part("pyspark")
        if not (folder / "pyspark").is_dir():
            return False
        sys.path.append(str(folder))
        importlib.invalidate_caches()
    return True


@contextmanager
def spark_of(settings: RunOptions) -> Iterator["SparkCluster | None"]:
    """Give the block the cluster of a run on Spark, and None to any other run.

    Args:
      settings: Name the engine, and what Spark is asked with.

    Raises:
      UsageError: Spark's options are wrong, or given to another engine.
    """
    is_named = any(option.startswith("--runner=") for option in settings.beam_options)
    if settings.engine != "spark" or is_named:
        yield None
        return
    for lack in _lacks(settings, {}):
        raise UsageError(f"the engine spark {lack}")
    from warta.pipeline.spark.cluster import is_submitted, open_cluster
    from warta.pipeline.spark.conf import conf_of

    conf = conf_of(
        settings.spark_master, settings.spark_conf, settings.workers, submitted=is_submitted()
    )
    _check_master(conf.values.get("spark.master", ""))
    with open_cluster(conf) as cluster:
        yield cluster


def _check_master(master: str) -> None:
    """Spark would ask a master that is not there for a minute, and give up without a reason.

    Raises:
      RunError: None of its addresses answers.
    """
    if not master.startswith("spark://"):
        return None
    errors = []
    for address in master.removeprefix("spark://").split(","):
        try:
            return check_answers(address, "Spark master")
        except RunError as error:
            errors.append(error)
    raise errors[0]


SPARK = Engine(
    "Apache Spark, on this machine or on a cluster (--spark-master URL)",
    streams=False,
    options=_options,
    missing=_lacks,
)
