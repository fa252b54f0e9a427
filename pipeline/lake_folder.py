"""The folder that a run writes to: made a lake, unless it holds something else."""

from warta.transforms.core.errors import UsageError
from warta.transforms.core.schema import TABLES
from warta.transforms.lake.layout import MARKER, Lake

_OURS = frozenset({*TABLES, "feeds", "lost+found"})
"""Names in a lake, and what a new disk holds; those that begin with "." or "_" are no tables."""
_SHOWN = 3


def check_folder(lake: Lake, *, force: bool) -> None:
    """Refuse a folder that is no lake and holds files of others.

    Args:
      lake: What was named; a lake passes, and so does what does not exist yet.
      force: Let it pass.

    Raises:
      UsageError: It is not a lake, and not empty.
    """
    if force or lake.exists(MARKER):
        return
    with lake.writing():
        names = [*lake.folders(), *lake.files()]
    foreign = [name for name in names if name not in _OURS and not name.startswith((".", "_"))]
    if foreign:
        shown = ", ".join(foreign[:_SHOWN]) + (", ..." if len(foreign) > _SHOWN else "")
        raise UsageError(
            f"{lake} is not a lake and not empty (it holds {shown}): name another folder, or "
            "--force to make it a lake"
        )


def open_lake(uri: str, *, force: bool) -> Lake:
    """Make a folder a lake where it is none yet, and return it.

    Raises:
      UsageError: It holds files of others.
      LakeError: It cannot be written, or was written by a newer warta.
    """
    lake = Lake(uri)
    check_folder(lake, force=force)
    lake.create()
    return lake
