"""What each engine needs, said once."""

import importlib
import importlib.metadata
import logging
import os
import shlex
import shutil
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from warta.pipeline.options import RunOptions
from warta.transforms.core.errors import RunError, UsageError
from warta.transforms.core.exhaustion import (
    FOR_A_GRAPH,
    FOR_WORKERS,
    THREADS_FOR_A_GRAPH,
    THREADS_FOR_A_WORKER,
    check_address_space,
    check_threads,
)
from warta.transforms.core.storage import is_local

if TYPE_CHECKING:
    from apache_beam.options.pipeline_options import PipelineOptions
    from apache_beam.runners.runner import PipelineRunner

    from warta.pipeline.spark.cluster import SparkCluster
    from warta.pipeline.spark.runner import StageRunner

CACHE_VARIABLE = "WARTA_ENGINES"
"""Names the folder that `make engines` has filled, where it is not the project's own."""
FLINK_VERSION = "1.20"
CHECKPOINT_MS = 60_000
"""Between two checkpoints of a stream on Flink: what is read anew when a worker dies."""
_PATIENT = "--job_server_timeout=315360000"
"""Ten years, in seconds. By Beam's default a launcher loses its job, and so its workers, after 300:
the limit is on the request for the job's state, which lasts as long as the job."""
_ANSWER_S = 10.0
SPARK_RUNNER = "warta.spark"
"""In the place of a runner of Beam's."""
_OWN_WORKERS = "in_memory"
"""Beam's default for `--direct_running_mode`: the one in which the runner takes the environment
that it is given, and does not start workers by a command of its own."""
_LOCAL_RUNNERS = ("directrunner", "fnapirunner")

Given = dict[str, str]
"""Beam's options as given: name without dashes -> value, "" for a flag."""


@dataclass(frozen=True, slots=True)
class Engine:
    """Something that runs the graph."""

    what: str
    """In one line."""
    streams: bool
    """Whether windows close while sources go on."""
    options: Callable[[RunOptions], list[str]]
    """What it is asked with; options of the user take precedence over these."""
    missing: Callable[[RunOptions, Given], Iterator[str]]
    """What it lacks, each with the line to type."""


def engine_options(settings: RunOptions, *, streaming: bool = False) -> "PipelineOptions":
    """Return Beam's options for the engine of a run.

    A `--runner` among Beam's own options wins over the engine. `DirectRunner` is Beam's switch
    between runners, which first looks for a Prism binary on the network: it is taken for what it
    ends in for a bounded run, the local engine.

    Args:
      settings: name the engine.
      streaming: sources never end.

    Raises:
      UsageError: the engine is unknown, lacks a part, or cannot do what is asked.
    """
    from warta.pipeline.beam_cache import RememberingOptions, remember_arguments

    remember_arguments()
    given = list(settings.beam_options)
    named = _given(given)
    runner = named.get("runner", "").lower()
    if runner and runner not in _LOCAL_RUNNERS:
        return RememberingOptions([*given, *(["--streaming"] if streaming else [])])
    engine = engine_of(settings.engine)
    if streaming and not engine.streams:
        able = ", ".join(name for name, one in ENGINES.items() if one.streams)
        raise UsageError(f"the engine {settings.engine} does not stream: choose from {able}")
    for lack in engine.missing(settings, named):
        raise UsageError(f"the engine {settings.engine} {lack}")
    # The last of two wins.
    asked = [*engine.options(settings), *given]
    if streaming and settings.engine == "flink" and "checkpointing_interval" not in named:
        # Without checkpoints a worker that dies takes the whole stream along.
        asked.append(f"--checkpointing_interval={CHECKPOINT_MS}")
    return RememberingOptions([*asked, *(["--streaming"] if streaming else [])])


def check_memory(settings: RunOptions) -> None:
    """Refuse to begin a run without the memory and threads for it: it might never end.

    Args:
      settings: Name the engine and the workers.

    Raises:
      ExhaustedError: The address space (`ulimit -v`) is too small, or there are too few threads.
    """
    check_address_space(FOR_A_GRAPH, "a run", "raise the limit (ulimit -v)")
    threads, what, or_else = THREADS_FOR_A_GRAPH, "a run", ""
    if settings.workers > 1 and settings.engine == "local":
        what, or_else = f"a run with {settings.workers} workers", " or use --workers 1"
        threads = THREADS_FOR_A_WORKER * settings.workers
        check_address_space(FOR_WORKERS, what, "raise the limit (ulimit -v)" + or_else)
    check_threads(threads, what, "raise the limit (ulimit -u, or the container's)" + or_else)


def engine_of(name: str) -> Engine:
    """Return the engine of a name.

    Raises:
      UsageError: there is none of that name.
    """
    if name not in ENGINES:
        raise UsageError(f"unknown engine {name!r}: choose from {', '.join(ENGINES)}")
    return ENGINES[name]


def lacks(name: str) -> list[str]:
    """Return what an engine lacks on this machine, apart from what a command line would say."""
    settings = RunOptions(sources=(), lake="gs://lake", engine=name)
    return list(ENGINES[name].missing(settings, dict.fromkeys(_SAID_ON_THE_LINE, "given")))


def runner_of(
    options: "PipelineOptions", worker: Sequence[str], cluster: "SparkCluster | None" = None
) -> "PipelineRunner | StageRunner | str":
    """Return the runner to hand to a pipeline.

    The FnApiRunner that Beam makes from its name forgets to tell its worker processes their
    options, and those talk of every step; this one hands them on, and workers log errors.

    Raises:
      RunError: a job server that was named does not answer.
    """
    from apache_beam.options.pipeline_options import (
        DirectOptions,
        PortableOptions,
        StandardOptions,
    )
    from apache_beam.portability.api import beam_provision_api_pb2
    from apache_beam.runners.portability.fn_api_runner import fn_runner
    from apache_beam.runners.portability.portable_runner import JobServiceHandle
    from apache_beam.transforms.environments import SubprocessSDKEnvironment

    name = options.view_as(StandardOptions).runner
    logging.getLogger("apache_beam.runners").setLevel(logging.ERROR)
    if cluster is not None:
        from warta.pipeline.spark.runner import StageRunner
        from warta.pipeline.spark.spread import weight_of

        return StageRunner(cluster, weight_of)
    if name.lower() not in _LOCAL_RUNNERS:
        # They name each job, each worker and each state that it passes through.
        logging.getLogger("apache_beam.utils.subprocess_server").setLevel(logging.ERROR)
        _check_answers(options.view_as(PortableOptions).job_endpoint, "job server")
        from warta.pipeline.engine_server import RUNNERS

        guarded = RUNNERS.get(name.lower())
        return guarded() if guarded else str(name)
    encoded = JobServiceHandle.encode_pipeline_options(options.get_all_options())
    provision = beam_provision_api_pb2.ProvisionInfo(pipeline_options=encoded)
    asked = options.view_as(DirectOptions)
    environment = None
    if worker and asked.direct_num_workers > 1 and asked.direct_running_mode == _OWN_WORKERS:
        environment = SubprocessSDKEnvironment.from_command_string(shlex.join(worker))
    return fn_runner.FnApiRunner(
        default_environment=environment,
        provision_info=fn_runner.ExtendedProvisionInfo(provision),
    )


def _check_answers(address: str | None, what: str) -> None:
    """Engines wait for a server that is not there as long as for one that works.

    Raises:
      RunError: nobody answers.
    """
    host, _, port = (address or "").rpartition(":")
    if not host or not port.isdecimal():
        return
    try:
        socket.create_connection((host, int(port)), _ANSWER_S).close()
    except OSError as error:
        raise RunError(f"no {what} answers at {address}: {error}") from error


def part(name: str) -> Path:
    """Return where a part of an engine is, or would be: made by `make engines`."""
    named = os.environ.get(CACHE_VARIABLE)
    project = Path(__file__).resolve().parent.parent / ".engines"
    folders = [Path(named)] if named else [Path.cwd() / ".engines", project]
    return next(
        (folder / name for folder in folders if (folder / name).exists()), folders[-1] / name
    )


def beam_version() -> str:
    """Return the version that every part of an engine must have too."""
    return importlib.metadata.version("apache-beam")


def _given(options: Sequence[str]) -> Given:
    pairs = (option.partition("=") for option in options)
    return {name.removeprefix("--"): value for name, _, value in pairs}


def _local(settings: RunOptions) -> list[str]:
    """Beam's FnApiRunner: in this process, or with a process for each worker."""
    options = ["--runner=FnApiRunner", "--default_sdk_harness_log_level=WARNING"]
    if settings.workers > 1:
        options.append(f"--direct_num_workers={settings.workers}")
    return options


def _prism_binary() -> Path:
    return part(f"prism-{beam_version()}")


def _prism(_: RunOptions) -> list[str]:
    return [
        "--runner=PrismRunner",
        f"--prism_location={_prism_binary()}",
        "--prism_log_level=error",
        "--environment_type=LOOPBACK",
        _PATIENT,
        "--default_sdk_harness_log_level=WARNING",
    ]


def _prism_lacks(_: RunOptions, given: Given) -> Iterator[str]:
    if "job_endpoint" in given:
        return
    if "prism_location" not in given and not _prism_binary().is_file():
        yield f"needs its binary: type `make prism`, or give --prism_location=FILE ({_version()})"


def _jar(runner: str) -> Path:
    return part(f"beam-runners-{runner}-job-server-{beam_version()}.jar")


def _flink(settings: RunOptions) -> list[str]:
    return [
        "--runner=FlinkRunner",
        f"--flink_version={FLINK_VERSION}",
        f"--flink_job_server_jar={_jar(f'flink-{FLINK_VERSION}')}",
        "--flink_master=[local]",
        f"--parallelism={settings.workers}",
        _PATIENT,
        "--default_sdk_harness_log_level=WARNING",
    ]


def _flink_lacks(_: RunOptions, given: Given) -> Iterator[str]:
    if "job_endpoint" not in given:
        yield from _java_lacks(given)
        if "flink_job_server_jar" not in given and not _jar(f"flink-{FLINK_VERSION}").is_file():
            yield (
                "needs its job server: type `make flink`, or give --flink_job_server_jar=FILE "
                f"({_version()})"
            )
    yield from _workers_lack(given, "flink_master")


def _spark(_: RunOptions) -> list[str]:
    # A name of our own: `runner_of` makes the runner.
    return [f"--runner={SPARK_RUNNER}"]


def _spark_lacks(_settings: RunOptions, _given: Given) -> Iterator[str]:
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
    for lack in _spark_lacks(settings, {}):
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
            return _check_answers(address, "Spark master")
        except RunError as error:
            errors.append(error)
    raise errors[0]


def _java_lacks(given: Given) -> Iterator[str]:
    if shutil.which(given.get("job_server_java_launcher", "java")) is None:
        yield "needs Java 11 or 17: install it, or give --job_server_java_launcher=FILE"


def _workers_lack(given: Given, master: str) -> Iterator[str]:
    """Yield what a cluster's machines lack: they have no warta unless an option says where."""
    local = given.get(master, "given") in ("given", "[local]", "[auto]")
    if not local and not given[master].startswith("local") and "environment_type" not in given:
        yield (
            f"runs on the cluster {given[master]}: say where workers come from, with "
            "--environment_type=EXTERNAL --environment_config=HOST:PORT, or DOCKER and an image"
        )


def _dataflow(_: RunOptions) -> list[str]:
    return ["--runner=DataflowRunner", "--experiments=use_runner_v2"]


def _dataflow_lacks(settings: RunOptions, given: Given) -> Iterator[str]:
    if find_spec("apitools") is None or find_spec("google.auth") is None:
        yield "needs Google's libraries: pip install 'warta[gcp]'"
    for name in ("project", "region", "temp_location"):
        if name not in given:
            yield f"needs --{name}"
    if is_local(settings.lake):
        yield f"cannot write the local folder {settings.lake}: give a lake in gs://"
    for source in settings.sources:
        if is_local(source.location):
            yield f"cannot read the local file {source.location}: copy it to gs://"
    if not given.keys() & {"sdk_container_image", "setup_file", "extra_package"}:
        yield "must bring warta along: give --sdk_container_image (see deploy/Dockerfile)"


_SAID_ON_THE_LINE = ("project", "region", "temp_location", "sdk_container_image")
"""What only a command line can say, for `lacks`."""


def _version() -> str:
    return f"of Beam {beam_version()}"


ENGINES = {
    "local": Engine(
        "Beam's own, in processes of this machine; in batches",
        streams=False,
        options=_local,
        missing=lambda _settings, _given: iter(()),
    ),
    "prism": Engine(
        "Beam's Go runner, one process of this machine",
        streams=True,
        options=_prism,
        missing=_prism_lacks,
    ),
    "flink": Engine(
        "Apache Flink, inside its job server or on a cluster (--flink_master=HOST:PORT)",
        streams=True,
        options=_flink,
        missing=_flink_lacks,
    ),
    "spark": Engine(
        "Apache Spark, on this machine or on a cluster (--spark-master URL)",
        streams=False,
        options=_spark,
        missing=_spark_lacks,
    ),
    "dataflow": Engine(
        "Google Cloud Dataflow",
        streams=True,
        options=_dataflow,
        missing=_dataflow_lacks,
    ),
}
