"""Plans: what a run is about to publish, written down before its first move."""

from typing import Any

from warta.transforms.core.schema import ALL_TABLES
from warta.transforms.lake.checksums import parse_document
from warta.transforms.lake.layout import ARTICLE_INDEX, STAGING
from warta.transforms.lake.storage import Lake


def read_plan(lake: Lake, path: str) -> dict[str, Any]:
    """Return a plan: `commit`, `moves` and maybe `rolled_up` (see commit.py).

    Args:
      lake: Which.
      path: Of the plan, relative to the lake.

    Raises:
      LakeError: It is damaged; names the way out.
      FileNotFoundError: It is not there.
    """
    try:
        return check_plan(parse_document(lake.read_bytes(path)))
    except ValueError as error:
        raise lake.damaged(path, str(error)) from error


def check_plan(document: dict[str, Any]) -> dict[str, Any]:
    """Return a plan that can be carried out as far as its form goes.

    Raises:
      ValueError: Something is missing in it, or it moves what is not a run's.

    Example:
      >>> check_plan({"commit": {"token": "t1"}, "moves": {"/etc/passwd": "_staging/t1/x"}})
      Traceback (most recent call last):
      ...
      ValueError: it moves _staging/t1/x to /etc/passwd
    """
    folders = tuple(f"{folder}/" for folder in (*ALL_TABLES, ARTICLE_INDEX))
    try:
        commit, moves = document["commit"], document["moves"]
        sizes = {file["path"]: file["bytes"] for file in commit.get("files", [])}
        for target, source in moves.items():
            inside = target.startswith(folders) and source.startswith(f"{STAGING}/")
            if not inside or ".." in (*target.split("/"), *source.split("/")):
                raise ValueError(f"it moves {source} to {target}")
            if not isinstance(sizes.get(target), int):
                raise ValueError(f"it moves {target}, which its commit does not list")
        if not isinstance(commit["token"], str):
            raise ValueError("it names no run")
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"it is not a plan: {error!r}") from error
    return document
