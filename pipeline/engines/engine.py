"""What is known of an engine, as data, and what several of them need."""

import importlib.metadata
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from warta.pipeline.options import RunOptions
from warta.transforms.core.errors import RunError

CACHE_VARIABLE = "WARTA_ENGINES"
"""Names the folder that `make engines` has filled, where it is not the project's own."""
PATIENT = "--job_server_timeout=315360000"
"""Ten years, in seconds. By Beam's default a launcher loses its job, and so its workers, after 300:
the limit is on the request for the job's state, which lasts as long as the job."""
_ANSWER_S = 10.0

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
    reads_local_files: bool = False
    """Whether its workers see the files and pipes of this machine."""
    forks_workers: bool = False
    """Whether its workers are processes that warta starts."""
    reads_queues: frozenset[str] = frozenset()
    """Names of queues that it alone reads, by a source of Beam's own."""
    stream_defaults: Mapping[str, str] = field(default_factory=dict)
    """Beam's options of a stream, by name without dashes, where the user does not give them."""


def part(name: str) -> Path:
    """Return where a part of an engine is, or would be: made by `make engines`."""
    named = os.environ.get(CACHE_VARIABLE)
    project = Path(__file__).resolve().parents[2] / ".engines"
    folders = [Path(named)] if named else [Path.cwd() / ".engines", project]
    return next(
        (folder / name for folder in folders if (folder / name).exists()), folders[-1] / name
    )


def beam_version() -> str:
    """Return the version that every part of an engine must have too."""
    return importlib.metadata.version("apache-beam")


def of_version() -> str:
    """Return the same, as messages name it."""
    return f"of Beam {beam_version()}"


def check_answers(address: str | None, what: str) -> None:
    """Refuse an address at which nobody answers: engines would wait for it without end.

    Args:
      address: HOST:PORT; anything else is not asked.
      what: Named in the error.

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
