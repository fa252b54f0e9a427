"""What the names of a lake's files say: whose they are, and of which table."""

import re

from warta.transforms.core.schema import TABLES
from warta.transforms.lake.layout import ARTICLE_INDEX, partition_of

_NUMBERED = re.compile(r"\d+(-[0-9a-f]{8})?\.parquet")
"""What follows a commit's id in the name of a file with partitions; version 1 had no digits."""
_PLAIN = re.compile(r"[0-9a-f]{8}\.parquet")
"""The same of files without partitions: the state of feeds, the article index."""
_ANY_NUMBERED = re.compile(r"(?P<commit_id>.+)-\d+-[0-9a-f]{8}\.parquet")
_ANY_PLAIN = re.compile(r"(?P<commit_id>.+)-[0-9a-f]{8}\.parquet")


def is_of_run(path: str, commit_id: str) -> bool:
    """Return whether a file in a table is one of a run's.

    Example:
      >>> is_of_run("articles/day=2026-11-09/t1-0-0a1b2c3d.parquet", "t1")
      True
    """
    folder, name = path.partition("/")[0], path.rpartition("/")[2]
    pattern = _NUMBERED if folder in TABLES else _PLAIN
    prefix = f"{commit_id}-"
    return name.startswith(prefix) and bool(pattern.fullmatch(name.removeprefix(prefix)))


def location_of(path: str) -> tuple[str, str]:
    """Return the table and the partition that a file's path names."""
    folder = path.partition("/")[0]
    return "ids" if folder == ARTICLE_INDEX else folder, partition_of(path)


def run_of_file(path: str) -> str | None:
    """Return the commit id of the run whose file in a table it is; None where its name says none.

    Example:
      >>> run_of_file("_ids/t1-0a1b2c3d.parquet")
      't1'
    """
    folder, name = path.partition("/")[0], path.rpartition("/")[2]
    match = (_ANY_NUMBERED if folder in TABLES else _ANY_PLAIN).fullmatch(name)
    return match["commit_id"] if match else None
