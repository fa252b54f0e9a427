"""Files that a merge replaced: set aside in `_replaced/`, and deleted after a while.

Readers that began before the merge read them to the end.
"""

from datetime import UTC, datetime

from warta.transforms.lake.failpoints import failpoint
from warta.transforms.lake.layout import REPLACED
from warta.transforms.lake.storage import Lake

GRACE_S = 3600.0
"""How long replaced files are kept for those who still read them."""
_TIME = "%Y%m%dT%H%M%SZ"


def replaced_folder(at: datetime, commit_id: str) -> str:
    """Return the folder, relative to the lake, of what a run replaced.

    Args:
      at: When it was committed; aware, UTC.
      commit_id: The run.

    Example:
      >>> replaced_folder(datetime(2026, 11, 9, 8, 30, tzinfo=UTC), "b1")
      '_replaced/20261109T083000Z-b1'
    """
    return f"{REPLACED}/{at:{_TIME}}-{commit_id}"


def replaced_at(folder: str) -> datetime | None:
    """Return the time in the name of a folder of replaced files; None if it is not such a name."""
    try:
        return datetime.strptime(folder.partition("-")[0], _TIME).replace(tzinfo=UTC)
    except ValueError:
        return None


def expire_replaced_files(lake: Lake, now: datetime, grace_s: float = GRACE_S) -> int:
    """Delete files that were replaced more than `grace_s` seconds ago; return how many runs' files.

    Only for the one writer of a lake.

    Args:
      lake: The lake.
      now: The time that ages are counted from.
      grace_s: How long replaced files stay, for those who still read them.

    Returns:
      Of how many runs files were deleted.
    """
    expired = 0
    with lake.writing():
        for name in lake.folders(REPLACED):
            since = replaced_at(name)
            # `warta verify` names what somebody else has put there.
            if since and (now - since).total_seconds() >= grace_s:
                lake.remove(REPLACED, name)
                failpoint("expire.deleted")
                expired += 1
    return expired
