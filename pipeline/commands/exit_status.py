"""How a command ends: its exit status, and errors in one line."""

import io
import os
import signal
import sys
from collections.abc import Mapping
from typing import TextIO

import click

from warta.pipeline.signals import Stopped
from warta.transforms.core.redaction import displayable

DONE, FAILED, WRONG_USAGE, TOO_MANY_REJECTS = 0, 1, 2, 3
"""Exit status. A signal's is 128 and its number, as shells give it: 130 for SIGINT."""


_LONGEST = 2_000
"""Characters of a message: a value of a megabyte may be what it complains of."""


def complain(message: str, status: int) -> int:
    """Print a line on standard error, and return the status.

    A standard error that is closed or full takes no word: the status is all that is left.
    """
    shown = displayable(message)
    if len(shown) > _LONGEST:
        shown = f"{shown[:_LONGEST]}... ({len(shown):,} characters)"
    try:
        click.echo(f"warta: {shown}", err=True)
    except OSError:
        return status
    return status


def end_of(rejected: int, read: int, max_reject_ratio: float) -> int:
    """Return the exit status of what is committed, and complain if too much was rejected.

    Example:
      >>> end_of(1, 2, max_reject_ratio=0.5)
      0
    """
    if rejected > max_reject_ratio * read:
        share = f"{rejected:,} of {read:,} records were rejected"
        return complain(f"{share}, more than --max-reject-ratio allows", TOO_MANY_REJECTS)
    return DONE


def print_summary(summary: str) -> None:
    """Print what a run that is committed has done; a full disk does not make it undone."""
    try:
        say(summary)
    except OSError as error:
        _forget(sys.stdout)
        if not isinstance(error, BrokenPipeError):
            complain(f"committed, but the summary cannot be printed: {error.strerror}", DONE)


def say(text: str, *, err: bool = False) -> None:
    """Print lines for people: without keys, and without what acts on a terminal."""
    click.echo(displayable(text), err=err)


def stopped_by(error: BaseException | None) -> tuple[str, int]:
    """Return what to say of a command that was ended by hand or by a signal, and its status."""
    if isinstance(error, Stopped):
        return str(error), error.exit_status
    return "stopped", 128 + signal.SIGINT


def open_streams() -> None:
    """Give a process without standard streams some that take anything.

    Else the first file that is opened gets the number of standard output, and what is printed
    ends up in it.
    """
    for number, name in ((0, "stdin"), (1, "stdout"), (2, "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "r+", encoding="utf-8"))  # noqa: PTH123, SIM115
        elif isinstance(stream, io.TextIOWrapper) and stream.errors == "strict" and number:
            # What Latin-1 does not have is a question mark, not the end of the command.
            stream.reconfigure(errors="replace")


def wants_colour(environment: Mapping[str, str]) -> bool | None:
    """Return whether output has colours and styles; None: where it goes to a terminal.

    Example:
      >>> wants_colour({"NO_COLOR": "1"}), wants_colour({"FORCE_COLOR": "1"}), wants_colour({})
      (False, True, None)
    """
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return False if environment.get("TERM") == "dumb" else None


def flush_output(status: int) -> int:
    """Write what standard output still holds, and return the exit status.

    A reader that has gone, as `head` does, is not a failure; a full disk is one, unless the command
    had done its work and says so itself.
    """
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _forget(sys.stdout)
    except OSError as error:
        _forget(sys.stdout)
        return complain(f"standard output: {error.strerror}", status or FAILED)
    try:
        sys.stderr.flush()
    except OSError:
        _forget(sys.stderr)
    return status


def _forget(stream: TextIO) -> None:
    """Send what a broken stream holds nowhere: the interpreter flushes it again at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def describe(error: Exception) -> str:
    """Return the error in one line, its number left out where its words say it."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return " ".join(str(error).split())
