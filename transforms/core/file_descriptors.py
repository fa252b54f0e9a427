"""Descriptors of open files: asked for before what fails badly without them."""

import errno
import os
from contextlib import ExitStack

FOR_POLLING = 4
"""An event loop has three, a connection one."""


def check_descriptors(count: int, what: str) -> None:
    """Refuse to begin something for which the process may not open enough files.

    Args:
      count: Descriptors that must be free.
      what: Needs them, for the message.

    Raises:
      OSError: There are fewer.

    Example:
      >>> check_descriptors(3, "a look")
    """
    with ExitStack() as opened:
        try:
            for _ in range(count):
                opened.callback(os.close, os.open(os.devnull, os.O_RDONLY))
        except OSError as error:
            if error.errno not in (errno.EMFILE, errno.ENFILE):
                raise
            why = f"{os.strerror(error.errno)}: {what} needs {count} (see `ulimit -n`)"
            raise OSError(error.errno, why) from error
