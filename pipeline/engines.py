"""What each engine needs, said once."""

import logging
import shlex
from collections.abc import Sequence

from apache_beam.options.pipeline_options import DirectOptions, PipelineOptions, StandardOptions
from apache_beam.portability.api import beam_provision_api_pb2
from apache_beam.runners.portability.fn_api_runner import fn_runner
from apache_beam.runners.portability.portable_runner import JobServiceHandle
from apache_beam.transforms.environments import SubprocessSDKEnvironment

from pipeline.options import Settings, UsageError

ENGINES = ("local",)
_OWN_WORKERS = "in_memory"
"""Beam's default for `--direct_running_mode`: the one in which the runner takes the environment
that it is given, and does not start workers by a command of its own."""
_LOCAL_RUNNERS = ("directrunner", "fnapirunner")


def engine_options(settings: Settings) -> PipelineOptions:
    """Settings -> Beam's options for their engine.

    A `--runner` among Beam's own options wins over the engine. `DirectRunner` is Beam's switch
    between runners, which first looks for a Prism binary on the network: it is taken for what it
    ends in for a bounded run, the local engine.

    Raises:
      UsageError: the engine is unknown.
    """
    if settings.engine not in ENGINES:
        raise UsageError(f"unknown engine {settings.engine!r}: choose from {', '.join(ENGINES)}")
    given = list(settings.beam_options)
    if _runner_of(given) not in ("", *_LOCAL_RUNNERS):
        return PipelineOptions(given)
    return PipelineOptions([*_local(settings.workers), *given])


def runner_of(options: PipelineOptions, worker: Sequence[str]) -> fn_runner.FnApiRunner | str:
    """Beam's options and the command that starts a worker -> the runner to hand to a pipeline.

    The FnApiRunner that Beam makes from its name forgets to tell its worker processes their
    options, and those talk of every step; this one tells them, and they tell of errors.
    """
    name = options.view_as(StandardOptions).runner
    if name.lower() not in _LOCAL_RUNNERS:
        return str(name)
    logging.getLogger("apache_beam.runners").setLevel(logging.ERROR)
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


def _runner_of(given: Sequence[str]) -> str:
    runner = PipelineOptions(list(given)).view_as(StandardOptions).runner
    return str(runner or "").lower()


def _local(workers: int) -> list[str]:
    """Beam's FnApiRunner: in this process, or with a process for each worker."""
    options = ["--runner=FnApiRunner", "--default_sdk_harness_log_level=WARNING"]
    if workers > 1:
        options.append(f"--direct_num_workers={workers}")
    return options
