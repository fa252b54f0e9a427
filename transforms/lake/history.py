"""The order of a lake's commits: the number of each, and those that came after a given one.

Numbers are those of `catalog.in_sequence`: they stay when older commits become a checkpoint.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from warta.transforms.core.errors import LoadAnewError, UsageError
from warta.transforms.lake.catalog import Commit, in_sequence


@dataclass(frozen=True, slots=True)
class NumberedCommit:
    """A commit and its place in the lake's history."""

    sequence: int
    commit: Commit


def number_commits(commits: Iterable[Commit]) -> list[NumberedCommit]:
    """Return commits in their order, each with its number; the first has 1.

    What a checkpoint stands for is left out, where its files are still there.

    Example:
      >>> number_commits([])
      []
    """
    numbered: list[NumberedCommit] = []
    for commit in in_sequence(commits):
        if commit.is_checkpoint:
            numbered = []
        numbered.append(NumberedCommit(commit.sequence, commit))
    return numbered


def commits_since(history: list[NumberedCommit], since: int | str) -> list[NumberedCommit]:
    """Return the commits that came after one.

    Args:
      history: All commits of a lake, from `number_commits`.
      since: The number of a commit, or its id; 0: all of them.

    Raises:
      UsageError: There is no such number.
      LoadAnewError: That commit is part of a checkpoint, or the lake does not know it: what came
        after it cannot be told from what came before.
    """
    number = sequence_of(history, since)
    last = history[-1].sequence if history else 0
    if not 0 <= number <= last:
        raise UsageError(f"there is no commit {since}: the lake's last one has number {last}")
    later = [one for one in history if one.sequence > number]
    if number and later and later[0].commit.is_checkpoint:
        raise LoadAnewError(
            f"commit {since} is part of a checkpoint, the commits up to number "
            f"{later[0].sequence}: load it again from 0"
        )
    return later


def sequence_of(history: Iterable[NumberedCommit], commit: int | str) -> int:
    """Return the number of a commit that is given by its number or its id.

    Raises:
      LoadAnewError: No commit has this id.
    """
    if isinstance(commit, int):
        return commit
    for one in history:
        if one.commit.commit_id == commit:
            return one.sequence
    if commit.isdecimal():
        return int(commit)
    raise LoadAnewError(
        f"the lake has no commit {commit}: it may be part of a checkpoint; load it again from 0"
    )
