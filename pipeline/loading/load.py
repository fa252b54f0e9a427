"""`warta load`: a database brought up to the lake, commit by commit."""

from collections.abc import Callable
from dataclasses import dataclass

from warta.pipeline.loading.database import Database, Position
from warta.transforms.core.errors import LoadAnewError, LoadError, UsageError
from warta.transforms.lake.catalog import read_snapshot
from warta.transforms.lake.changes import Changes, read_changes
from warta.transforms.lake.history import NumberedCommit, number_commits
from warta.transforms.lake.storage import Lake

_SCHEMES = ("postgres://", "postgresql://")
_DUCKDB = "duckdb:"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load has done."""

    since: int
    until: int
    commits: int
    """Commits that changed something."""


def open_database(target: str, schema: str) -> Database:
    """Return the database that a command line names.

    Args:
      target: postgres://... or duckdb:FILE.
      schema: Of PostgreSQL: the schema that holds the tables.

    Returns:
      The database, connected.

    Raises:
      UsageError: It names none.
      LoadError: It cannot be reached.
    """
    if target.startswith(_SCHEMES):
        from warta.pipeline.loading.postgres import Postgres

        return Postgres(target, schema)
    if target.startswith(_DUCKDB) and len(target) > len(_DUCKDB):
        from warta.pipeline.loading.duckdb_file import DuckDb

        return DuckDb(target.removeprefix(_DUCKDB))
    raise UsageError("name a database: postgres://USER@HOST:PORT/DATABASE or duckdb:FILE")


def load_lake(uri: str, database: Database, report: Callable[[str], None]) -> Loaded:
    """Bring a database up to a lake.

    Args:
      uri: Of the lake.
      database: Held by the caller.
      report: Called with a line for each commit.

    Raises:
      LoadError: The database holds another lake, or refuses rows.
      LakeError: No lake, or a damaged one.
    """
    lake = Lake(uri)
    lake.check()
    position = database.prepare()
    since = _checked(lake, position)
    try:
        done = _apply(read_changes(lake, since), database, report)
    except LoadAnewError as error:
        if not since:
            raise
        report(f"everything is loaded again: {error}")
        done = _apply(read_changes(lake, 0), database, report)
    database.finish()
    return done


def _apply(changes: Changes, database: Database, report: Callable[[str], None]) -> Loaded:
    count, last = 0, changes.since
    for commit in changes:
        database.load(commit)
        count, last = count + 1, commit.sequence
        report(f"commit {commit.sequence} of {changes.until}: {', '.join(commit.tables)}")
    if last < changes.until:
        database.move(Position(changes.until, changes.commits[-1].commit.commit_id))
    return Loaded(changes.since, changes.until, count)


def _checked(lake: Lake, position: Position | None) -> int:
    """Return the commit to go on from; refuse a database that holds another lake.

    Raises:
      LoadError: It does.
    """
    if position is None:
        return 0
    history = number_commits(read_snapshot(lake).commits)
    if not _has(history, position):
        raise LoadError(
            f"the database holds another lake: its last commit is {position.commit_id}, number "
            f"{position.sequence}, which {lake} does not have; name another database or --schema"
        )
    return position.sequence


def _has(history: list[NumberedCommit], position: Position) -> bool:
    """Return whether a commit is one of a lake, or may be part of its checkpoint."""
    for one in history:
        if one.sequence == position.sequence:
            return one.commit.is_checkpoint or one.commit.commit_id == position.commit_id
    return (
        bool(history)
        and history[0].commit.is_checkpoint
        and (position.sequence < history[0].sequence)
    )
