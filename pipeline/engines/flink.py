"""Apache Flink: inside its job server, or on a cluster."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from warta.pipeline.engines.engine import PATIENT, Engine, Given, beam_version, of_version, part
from warta.pipeline.options import RunOptions

FLINK_VERSION = "1.20"
CHECKPOINT_MS = 60_000
"""Between two checkpoints of a stream on Flink: what is read again when a worker dies."""


def _jar(runner: str) -> Path:
    return part(f"beam-runners-{runner}-job-server-{beam_version()}.jar")


def _options(settings: RunOptions) -> list[str]:
    return [
        "--runner=FlinkRunner",
        f"--flink_version={FLINK_VERSION}",
        f"--flink_job_server_jar={_jar(f'flink-{FLINK_VERSION}')}",
        "--flink_master=[local]",
        f"--parallelism={settings.workers}",
        PATIENT,
        "--default_sdk_harness_log_level=WARNING",
    ]


def _lacks(_: RunOptions, given: Given) -> Iterator[str]:
    if "job_endpoint" not in given:
        yield from _java_lacks(given)
        if "flink_job_server_jar" not in given and not _jar(f"flink-{FLINK_VERSION}").is_file():
            yield (
                "needs its job server: type `make flink`, or give --flink_job_server_jar=FILE "
                f"({of_version()})"
            )
    yield from _workers_lack(given, "flink_master")


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


FLINK = Engine(
    "Apache Flink, inside its job server or on a cluster (--flink_master=HOST:PORT)",
    streams=True,
    options=_options,
    missing=_lacks,
    # Without checkpoints a worker that dies takes the whole stream along.
    stream_defaults={"checkpointing_interval": str(CHECKPOINT_MS)},
)
