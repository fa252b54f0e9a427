"""A lake opened for writing: the folder checked and made, the lock held, what was left mended.

Commands take these steps one by one; `open_writer` takes all of them for a graph of a user's own.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from warta.transforms.core.errors import LakeError, UsageError
from warta.transforms.core.schema import ALL_TABLES
from warta.transforms.lake.checkpoints import checkpoint_commits
from warta.transforms.lake.commit import read_commit, recover
from warta.transforms.lake.commit_paths import plan_path
from warta.transforms.lake.iceberg import protocol as iceberg
from warta.transforms.lake.iceberg.maintenance import enable, expire_metadata
from warta.transforms.lake.layout import MARKER, Run, new_invocation_id, staging_path
from warta.transforms.lake.locking import hold
from warta.transforms.lake.replaced_files import expire_replaced_files
from warta.transforms.lake.storage import Lake

_SHOWN = 3
_COMMIT_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


def check_folder(lake: Lake, *, force: bool) -> None:
    """Refuse a folder that is not a lake and holds files of others.

    Args:
      lake: What was named; a lake passes, and so does what does not exist yet.
      force: Let it pass.

    Raises:
      UsageError: It is not a lake, and not empty.
    """
    with lake.writing():
        if force or lake.exists(MARKER):
            return
    with lake.writing(), lake.expecting_folder():
        names = [*lake.folders(), *lake.files()]
    # Those of a lake, and what a new disk holds.
    expected = {*ALL_TABLES, "lost+found"}
    foreign = [name for name in names if name not in expected and not name.startswith((".", "_"))]
    if foreign:
        shown = ", ".join(foreign[:_SHOWN]) + (", ..." if len(foreign) > _SHOWN else "")
        raise UsageError(
            f"{lake} is not a lake and not empty (it holds {shown}): name another folder, or "
            "--force to make it a lake"
        )


def open_lake(uri: str, *, force: bool) -> Lake:
    """Make a folder a lake if it is not one yet, and return it.

    Args:
      uri: Its path or URI.
      force: Take a folder that holds files of others.

    Returns:
      The lake.

    Raises:
      UsageError: It holds files of others.
      LakeError: It cannot be written, or was written by a newer warta.
    """
    lake = Lake(uri)
    check_folder(lake, force=force)
    lake.create()
    return lake


def mend(lake: Lake, catalog: str = "") -> None:
    """Finish or clear what earlier runs left, delete expired files, write checkpoints.

    Only for the one writer of a lake.

    Args:
      lake: Which.
      catalog: "iceberg": make Iceberg tables of the lake, if it has none, and keep them.

    Raises:
      LakeError: The lake is damaged or cannot be written; names the way out.
    """
    iceberg.check_writable(lake)
    recover(lake)
    expire_replaced_files(lake, datetime.now(UTC))
    expire_metadata(lake, datetime.now(UTC))
    if catalog == "iceberg":
        enable(lake)
    checkpoint_commits(lake)


@contextmanager
def clearing(lake: Lake, commit_id: str) -> Iterator[None]:
    """Delete the staging of a run that fails at once: on a full disk its space is needed.

    Args:
      lake: The lake that is written.
      commit_id: Of the run; what is pending stays.

    Raises:
      LakeError: The run failed because the lake is gone.
    """
    try:
        yield
    except Exception as error:
        try:
            gone = not lake.exists(MARKER)
            if not gone and not lake.exists(plan_path(commit_id)):
                lake.remove(staging_path(commit_id))
        except OSError:
            # Whatever keeps us from looking has failed the run too: that error says more.
            raise error from None
        if gone:
            message = f"{lake} is gone: it was removed or unmounted while it was written"
            raise LakeError(message) from error
        raise


@dataclass(frozen=True, slots=True)
class LakeWriter:
    """The right to add one commit to a lake: what `WriteLake` needs. Made by `open_writer`.

    Example:
      >>> import tempfile
      >>> with tempfile.TemporaryDirectory() as folder:
      ...     with open_writer(folder, commit_id="day-1") as writer:
      ...         writer.run.commit_id
      'day-1'
    """

    lake: Lake
    run: Run
    """What the rows and files of the commit are signed with."""


@contextmanager
def open_writer(
    lake: str, *, commit_id: str | None = None, wait_s: float = 0.0
) -> Iterator[LakeWriter]:
    """Open a lake for one commit of a graph of your own.

    The folder is made a lake if it does not exist or is empty. The lake's lock is held as long as
    the block runs, so run the pipeline inside it. What a killed run left is finished or cleared
    first, and if the block fails, its own staged files are deleted.

    Args:
      lake: Its path or URI. Workers must see it under the same name.
      commit_id: Names the commit: lower-case letters, digits and hyphens. A lake takes each id
        once, so a job that is started twice for the same day publishes once. None: a new one.
      wait_s: How long to wait for another writer, in seconds; 0: not at all.

    Yields:
      The writer for `WriteLake`; one pipeline uses it, once.

    Raises:
      UsageError: The folder holds files of others, or the commit id has another form.
      LakeBusyError: Another run writes the lake, and did not end in time.
      LakeError: The lake has this commit already, is damaged, or cannot be written.

    Example:
      >>> import tempfile
      >>> from warta.transforms.lake.reading import open_dataset
      >>> with tempfile.TemporaryDirectory() as folder, open_writer(folder) as writer:
      ...     open_dataset(str(writer.lake)).count_rows()
      0
    """
    if commit_id is not None and not _COMMIT_ID.fullmatch(commit_id):
        raise UsageError(f"a commit id takes up to 64 of a-z, 0-9 and -, not {commit_id!r}")
    opened = open_lake(lake, force=False)
    invocation_id = new_invocation_id()
    name = commit_id or invocation_id.lower()
    with hold(opened, wait_s) as holder:
        mend(opened)
        if read_commit(opened, name) is not None:
            raise LakeError(f"{opened} has the commit {name} already: nothing is left to do")
        with clearing(opened, name):
            yield LakeWriter(opened, Run(name, invocation_id, datetime.now(UTC), holder))
