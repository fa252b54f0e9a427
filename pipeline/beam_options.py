"""Beam's own options on warta's command line: separated from warta's, unknown ones refused.

Beam only warns of an option that nobody knows. A run whose `--lkae` was passed over would write to
the wrong place, so here it is an error that names the nearest option there is.
"""

import argparse
import difflib
import logging
import sys
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache

from warta.transforms.core.errors import UsageError

_NO_DOCSTRINGS = 2
"""Level of optimisation."""
_SECRETS = "object stores take credentials and endpoints from the environment or the URI"
_REFUSED = {
    "--dry_run": "take --dry-run",
    "--direct_num_workers": "take --workers",
    "--streaming": "use warta stream",
    "--help": "use warta COMMAND --help",
    "--user_agent": "warta watch --contact is what servers see",
    # A run is done when its commit is there: it cannot be left before.
    "--no_wait_until_finish": "a run ends with its commit",
    "--wait_until_finish_duration": "a run ends with its commit",
    "--template_location": "it stores a job instead of running it",
    "--output_executable_path": "it stores a job instead of running it",
    "--direct_runner_bundle_repeat": "it counts every record again",
    **dict.fromkeys(
        ("--spark_job_server_jar", "--spark_master_url", "--spark_submit_uber_jar"),
        "Spark runs without a job server: use --engine spark --spark-master URL",
    ),
    **dict.fromkeys(
        (
            "--s3_access_key_id",
            "--s3_secret_access_key",
            "--s3_session_token",
            "--s3_endpoint_url",
            "--s3_region_name",
            "--s3_api_version",
            "--s3_verify",
            "--s3_disable_ssl",
            "--hdfs_host",
            "--hdfs_port",
            "--hdfs_user",
            "--hdfs_full_urls",
            "--azure_connection_string",
            "--azure_managed_identity_client_id",
            "--blob_service_endpoint",
        ),
        _SECRETS,
    ),
}
"""Options of Beam that mean something else here, or nothing, with what to take instead."""


def split(words: Sequence[str], options: Mapping[str, bool]) -> tuple[list[str], tuple[str, ...]]:
    """Return the words for warta's own parser, and Beam's options as `--name[=value]`.

    Beam is imported only when an option comes up that is not our own: that costs a second.

    Args:
      words: What follows the name of the command.
      options: Of every option of the command, whether it takes a value.

    Raises:
      UsageError: An option that neither knows, or one of Beam's with no value or a wrong one.
    """
    words_of_warta: list[str] = []
    beam: list[str] = []
    rest = deque(words)
    while rest:
        word = rest.popleft()
        if word == "--":
            words_of_warta += [word, *rest]
            break
        name, equals, _ = word.partition("=")
        if not word.startswith("-") or word == "-":
            words_of_warta.append(word)
        elif name in options:
            words_of_warta.append(word)
            if options[name] and not equals and rest:
                words_of_warta.append(rest.popleft())
        elif name in _REFUSED:
            raise UsageError(f"{name} is not for warta: {_REFUSED[name]}")
        elif name in _beam_options():
            beam.append(word if equals else _with_value(name, rest))
        else:
            raise UsageError(_unknown(name, options))
    if beam:
        _check(beam)
    return words_of_warta, tuple(beam)


@contextmanager
def hushed() -> Iterator[None]:
    """Silence the import of Beam, which without Google's libraries warns of what no user can mend.

    Raises:
      UsageError: The interpreter has dropped the docstrings that Beam adds to.
    """
    logging.disable(logging.WARNING)
    try:
        yield
    except TypeError as error:
        if sys.flags.optimize < _NO_DOCSTRINGS:
            raise
        raise UsageError(
            "Apache Beam cannot be imported under python -OO beside pandas: set PYTHONOPTIMIZE to 1"
        ) from error
    finally:
        logging.disable(logging.NOTSET)


def _with_value(name: str, rest: deque[str]) -> str:
    """Return the option with the value that follows it, if it takes one, which leaves `rest`."""
    nargs = _beam_options()[name].nargs
    follows = bool(rest) and not rest[0].startswith("--")
    if nargs == 0 or (nargs == argparse.OPTIONAL and not follows):
        return name
    if not follows:
        raise UsageError(f"option {name} needs a value")
    return f"{name}={rest.popleft()}"


def _unknown(name: str, options: Mapping[str, bool]) -> str:
    """Return what to say of an option that nobody knows: only our own are suggested."""
    nearest = difflib.get_close_matches(name, options, n=1)
    return f"no such option {name}" + (f"; did you mean {nearest[0]}?" if nearest else "")


def _check(beam: Sequence[str]) -> None:
    """Let Beam's parser read the values now, not after the inputs have been listed."""
    try:
        _beam_parser().parse_args(list(beam))
    except argparse.ArgumentError as error:
        raise UsageError(f"Beam refuses {error.argument_name}: {error.message}") from error


FLINK_OPTIONS = (
    "allow_non_restored_state",
    "checkpoint_timeout_millis",
    "checkpointing_interval",
    "execution_retry_delay",
    "externalized_checkpoints_enabled",
    "fail_on_checkpointing_errors",
    "flink_conf_dir",
    "max_bundle_size",
    "max_bundle_time_mills",
    "min_pause_between_checkpoints",
    "number_of_execution_retries",
    "object_reuse",
    "retain_externalized_checkpoints_on_cancellation",
    "state_backend",
    "state_backend_storage_path",
)
"""What Flink's job server takes and Beam's parser in Python has never heard of: from Beam's
FlinkPipelineOptions. `savepoint_path` is not among them: see docs/guides/streaming.md, limits."""


@cache
def _beam_options() -> dict[str, argparse.Action]:
    """Return how Beam's parser takes each of its options, by the option's name."""
    options = _beam_parser()._option_string_actions  # argparse offers no public list
    return {name: action for name, action in options.items() if name.startswith("--")}


@cache
def _beam_parser() -> argparse.ArgumentParser:
    """Return Beam's parser with the options of all its engines."""
    with hushed():
        # Costs a second, and only a run with Beam's own options needs it.
        from apache_beam.options.pipeline_options import PipelineOptions
    parsers: list[argparse.ArgumentParser] = []
    PipelineOptions([]).get_all_options(add_extra_args_fn=parsers.append)
    for name in FLINK_OPTIONS:
        parsers[0].add_argument(f"--{name}")
    parsers[0].exit_on_error = False
    return parsers[0]
