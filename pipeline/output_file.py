"""Files that commands write: whole or not at all."""

import os
import stat
import tempfile
from pathlib import Path

from warta.transforms.core.errors import RunError


def write_file(output: str, text: str) -> None:
    """Write a text in place of what is there: who reads meanwhile sees the old or the new.

    A link is followed. A device or a pipe is written to and stays what it is.

    Args:
      output: A local path.
      text: What cannot be encoded in it is written as a question mark.

    Raises:
      RunError: It cannot be written.
    """
    try:
        path = Path(output).resolve()
        if _is_stream(path):
            path.write_text(text, encoding="utf-8", errors="replace")
        else:
            _replace(path, text)
    except (OSError, RuntimeError) as error:
        # A loop of links is a RuntimeError before Python 3.13.
        reason = getattr(error, "strerror", None) or error
        raise RunError(f"{output} cannot be written: {reason}") from error


def _is_stream(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _replace(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
        mask = os.umask(0)
        os.umask(mask)
        Path(name).chmod(0o666 & ~mask)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
