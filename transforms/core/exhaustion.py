"""Memory and threads that run out: asked for where that is possible, and reported in one line.

Libraries in C and C++ end the process, or wait forever, where they are given no memory or no
thread. What is known to need much address space asks for it before it begins.
"""

import errno
import re
import resource
import threading

from warta.transforms.core.errors import ExhaustedError

FOR_A_GRAPH = 2_500_000_000
"""Bytes of address space; with .5 GB less, a run of 400 articles does not come to its end."""
FOR_WORKERS = 4_000_000_000
"""Of the launcher and of each worker; with .5 GB less, threads cannot be started."""
THREADS_FOR_A_GRAPH = 24
"""A run of one worker has 10."""
THREADS_FOR_A_WORKER = 48
"""Two workers and their launcher have 93 together, four 150."""
_SIGNS = re.compile(
    "MemoryError|can't start new thread|can't allocate lock|Cannot allocate memory"
    "|failed to map segment|cannot create thread"
)
_WAY_OUT = "raise the limit (ulimit -v, ulimit -u, or the container's) or use --workers 1"
_LONGEST = 200


def check_address_space(needed: int, what: str, way_out: str) -> None:
    """Refuse to begin something for which the process may not use enough address space.

    Args:
      needed: Bytes.
      what: Needs them, for the message.
      way_out: What to do about it.

    Raises:
      ExhaustedError: The limit is lower.

    Example:
      >>> check_address_space(1, "a look", "look elsewhere")
    """
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY and limit < needed:
        raise ExhaustedError(
            f"not enough memory: {what} needs {needed / 1e9:.1f} GB of address space, and may have "
            f"{limit / 1e9:.1f} GB: {way_out}"
        )


def check_threads(needed: int, what: str, way_out: str) -> None:
    """Refuse to begin something for which the process cannot start so many threads.

    A container's limit, the user's and the address space all bound them, and not all of that can be
    read: so they are started, and end at once.

    Args:
      needed: Threads at the same time.
      what: Needs them, for the message.
      way_out: What to do about it.

    Raises:
      ExhaustedError: There are not as many.

    Example:
      >>> check_threads(1, "a look", "look elsewhere")
    """
    done = threading.Event()
    started: list[threading.Thread] = []
    try:
        for _ in range(needed):
            thread = threading.Thread(target=done.wait, daemon=True)
            thread.start()
            started.append(thread)
    except RuntimeError as error:
        raise ExhaustedError(
            f"not enough threads: {what} needs {needed}, and can start {len(started)} ({error}): "
            f"{way_out}"
        ) from error
    finally:
        done.set()
        for thread in started:
            thread.join()


def exhausted(cause: str) -> ExhaustedError:
    """Return the error to report of what failed because memory or threads ran out.

    Example:
      >>> exhausted("can't start new thread").args[0].partition(";")[0]
      "not enough memory or threads (can't start new thread)"
    """
    why = " ".join(cause.split())[:_LONGEST]
    return ExhaustedError(
        f"not enough memory or threads ({why}); what was committed is safe: {_WAY_OUT}"
    )


def is_exhausted(error: BaseException | None) -> bool:
    """Return whether an error, or its cause, is that memory or threads ran out.

    Example:
      >>> is_exhausted(RuntimeError("can't start new thread")), is_exhausted(RuntimeError("x"))
      (True, False)
    """
    while error is not None:
        if isinstance(error, MemoryError | ExhaustedError):
            return True
        if isinstance(error, OSError) and error.errno == errno.ENOMEM:
            return True
        if isinstance(error, RuntimeError | ImportError) and shows_exhaustion(str(error)):
            return True
        error = error.__cause__
    return False


def shows_exhaustion(text: str) -> bool:
    """Return whether an error that comes as text says that memory or threads ran out."""
    return _SIGNS.search(text) is not None
