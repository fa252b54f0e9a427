"""What a run is handed to, and what it needs of the machine before it begins."""

import logging
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from warta.pipeline.engines.engine import check_answers
from warta.pipeline.engines.registry import LOCAL_RUNNERS, engine_of
from warta.pipeline.options import RunOptions
from warta.transforms.core.exhaustion import (
    FOR_A_GRAPH,
    FOR_WORKERS,
    THREADS_FOR_A_GRAPH,
    THREADS_FOR_A_WORKER,
    check_address_space,
    check_threads,
)

if TYPE_CHECKING:
    from apache_beam.options.pipeline_options import PipelineOptions
    from apache_beam.runners.runner import PipelineRunner

    from warta.pipeline.spark.cluster import SparkCluster
    from warta.pipeline.spark.runner import StageRunner

_OWN_WORKERS = "in_memory"
"""Beam's default for `--direct_running_mode`: the one in which the runner takes the environment
that it is given, and does not start workers by a command of its own."""


def check_memory(settings: RunOptions) -> None:
    """Refuse to begin a run without the memory and threads for it: it might never end.

    Args:
      settings: Name the engine and the workers.

    Raises:
      ExhaustedError: The address space (`ulimit -v`) is too small, or there are too few threads.
    """
    check_address_space(FOR_A_GRAPH, "a run", "raise the limit (ulimit -v)")
    threads, what, or_else = THREADS_FOR_A_GRAPH, "a run", ""
    if settings.workers > 1 and engine_of(settings.engine).forks_workers:
        what, or_else = f"a run with {settings.workers} workers", " or use --workers 1"
        threads = THREADS_FOR_A_WORKER * settings.workers
        check_address_space(FOR_WORKERS, what, "raise the limit (ulimit -v)" + or_else)
    check_threads(threads, what, "raise the limit (ulimit -u, or the container's)" + or_else)


def runner_of(
    options: "PipelineOptions", worker: Sequence[str], cluster: "SparkCluster | None" = None
) -> "PipelineRunner | StageRunner | str":
    """Return the runner to hand to a pipeline.

    The FnApiRunner that Beam makes from its name forgets to tell its worker processes their
    options, and those talk of every step; this one hands them on, and workers log errors.

    Args:
      options: Beam's options of the run, which name the engine.
      worker: The command that starts a worker process; empty: this process works.
      cluster: Spark's, where it is the engine.

    Returns:
      The runner, or the name by which Beam makes it.

    Raises:
      RunError: A job server that was named does not answer.
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
    if name.lower() not in LOCAL_RUNNERS:
        # They name each job, each worker and each state that it passes through.
        logging.getLogger("apache_beam.utils.subprocess_server").setLevel(logging.ERROR)
        check_answers(options.view_as(PortableOptions).job_endpoint, "job server")
        from warta.pipeline.engines.guarded_server import RUNNERS

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
