"""Prism, Beam's runner written in Go: one process of this machine."""

from collections.abc import Iterator
from pathlib import Path

from warta.pipeline.engines.engine import PATIENT, Engine, Given, beam_version, of_version, part
from warta.pipeline.options import RunOptions


def _binary() -> Path:
    return part(f"prism-{beam_version()}")


def _options(_: RunOptions) -> list[str]:
    return [
        "--runner=PrismRunner",
        f"--prism_location={_binary()}",
        "--prism_log_level=error",
        "--environment_type=LOOPBACK",
        PATIENT,
        "--default_sdk_harness_log_level=WARNING",
    ]


def _lacks(_: RunOptions, given: Given) -> Iterator[str]:
    if "job_endpoint" in given:
        return
    if "prism_location" not in given and not _binary().is_file():
        yield f"needs its binary: type `make prism`, or give --prism_location=FILE ({of_version()})"


PRISM = Engine(
    "Beam's Go runner, one process of this machine",
    streams=True,
    options=_options,
    missing=_lacks,
    reads_local_files=True,
)
