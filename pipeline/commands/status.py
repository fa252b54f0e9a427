"""How a command ends: its exit status, and errors in one line."""

import click

DONE, FAILED, WRONG_USAGE, TOO_MANY_REJECTS, INTERRUPTED = 0, 1, 2, 3, 130
"""Exit status. 130 is what shells give a process that SIGINT ended."""


def location_errors() -> tuple[type[Exception], ...]:
    """What storage and lake raise; an except clause asks only when something was raised."""
    # Brings pyarrow: a tenth of a second that a good command does without.
    from transforms.core.storage import StorageError
    from transforms.lake.layout import LakeError

    return StorageError, LakeError


def is_busy(error: Exception) -> bool:
    """Whether the lake is being written: nothing was said wrong, and later it may be free."""
    from transforms.lake.layout import LakeBusyError

    return isinstance(error, LakeBusyError)


def complain(message: str, status: int) -> int:
    """Says it on standard error -> the status."""
    click.echo(f"warta: {message}", err=True)
    return status


def describe(error: Exception) -> str:
    """The error in one line, its number left out where its words say it."""
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror}"
    return " ".join(str(error).split())
