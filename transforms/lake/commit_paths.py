"""Where the commit files of runs and the plans of those that are not finished are, and which exist.

LAKE/_commits/<commit_id>.json       what a run has published
LAKE/_commits/<commit_id>.pending    the plan of a run whose publishing has begun
"""

from collections.abc import Iterator

from warta.transforms.lake.layout import COMMITS
from warta.transforms.lake.storage import Lake

_COMMIT = ".json"
_PLAN = ".pending"


def commit_path(commit_id: str) -> str:
    """Return the path of a run's commit file.

    Example:
      >>> commit_path("t1")
      '_commits/t1.json'
    """
    return f"{COMMITS}/{commit_id}{_COMMIT}"


def plan_path(commit_id: str) -> str:
    """Return the path of a run's plan.

    Example:
      >>> plan_path("t1")
      '_commits/t1.pending'
    """
    return f"{COMMITS}/{commit_id}{_PLAN}"


def commit_id_of(path: str) -> str:
    """Return the commit id in the path of a commit file or a plan.

    Example:
      >>> commit_id_of("_commits/news-20261116T120000Z.json")
      'news-20261116T120000Z'
    """
    return path.rpartition("/")[2].rpartition(".")[0]


def commit_of(plan: str) -> str:
    """Return the path of a plan's commit file."""
    return plan.removesuffix(_PLAN) + _COMMIT


def plan_of(commit: str) -> str:
    """Return the path of a commit file's plan."""
    return commit.removesuffix(_COMMIT) + _PLAN


def list_commits(lake: Lake, prefix: str = "") -> list[str]:
    """Return the paths of the commit files, sorted; none of them is read.

    Args:
      lake: The lake.
      prefix: What their commit ids begin with.
    """
    start = f"{COMMITS}/{prefix}"
    return [path for path in _with_suffix(lake, _COMMIT) if path.startswith(start)]


def list_plans(lake: Lake) -> list[str]:
    """Return the paths of the plans, sorted: of runs that were killed, or wait for a catalog."""
    return list(_with_suffix(lake, _PLAN))


def _with_suffix(lake: Lake, suffix: str) -> Iterator[str]:
    return (path for path in lake.files(COMMITS) if path.endswith(suffix))
