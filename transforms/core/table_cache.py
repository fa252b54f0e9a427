"""Keep what is made of the package's tables on disk, so that only the first process makes it.

The readable tables stay the truth: what is kept names the content of all files that it was made
of, code and tables, and counts for these alone. A folder that cannot be written, or a damaged file,
costs the time to make it again, and nothing else. Nothing that is kept is ever executed.
"""

import os
import sys
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path

import xxhash

_HASH_BYTES = 16


def load_or_make(
    name: str, tables: Iterable[Path], package: Path, make: Callable[[], bytes]
) -> bytes:
    """Return what `make` returns, from the user's cache folder where it is there.

    Args:
      name: Of the file in the folder.
      tables: What it is made of.
      package: Folder of the modules that decide the outcome: a change in any of them counts.
      make: Makes it of these.

    Raises:
      OSError: A table or a module cannot be read.
    """
    state = _hash(_state_of(tables) + _state_of_package(package))
    folder = cache_folder()
    kept = _read(folder / name, state) if folder else None
    if kept is not None:
        return kept
    made = make()
    if folder:
        # Without a place to keep it, it is made each time: slower, and just as right.
        with suppress(OSError):
            _write(folder / name, state + _hash(made) + made)
    return made


def cache_folder() -> Path | None:
    """Return where this installation keeps such files; None for a user without a home."""
    home = Path(os.environ.get("XDG_CACHE_HOME", ""))
    # By the XDG base directory specification a relative path does not count.
    if not home.is_absolute():
        try:
            home = Path.home() / ".cache"
        except RuntimeError:
            return None
    installation = f"{__file__}\0{sys.implementation.cache_tag}"
    return home / "warta" / xxhash.xxh3_64_hexdigest(installation.encode("utf-8", "surrogatepass"))


def _state_of(files: Iterable[Path]) -> bytes:
    return _hash(b"".join(_hash(file.read_bytes()) for file in files))


@cache
def _state_of_package(folder: Path) -> bytes:
    return _state_of(sorted(folder.rglob("*.py")))


def _hash(content: bytes) -> bytes:
    return xxhash.xxh3_128_digest(content)


def _read(path: Path, state: bytes) -> bytes | None:
    try:
        kept = path.read_bytes()
    except OSError:
        return None
    content = kept[2 * _HASH_BYTES :]
    return content if kept[: 2 * _HASH_BYTES] == state + _hash(content) else None


def _write(path: Path, content: bytes) -> None:
    """Write a file that others see whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        try:
            file.write(content)
            file.flush()
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
