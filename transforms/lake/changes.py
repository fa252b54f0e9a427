"""What each commit of a lake brought: rows inserted or replaced under their key, marked rejects.

A file that only holds what its commit brought is read as it is. Where such files were merged since,
the rows are found again in the merged ones: they carry when the run began that brought them, and
its id (`arrived` of `Table`); rows of a table with a parent are found by the parent's. Merges bring
nothing.

Rows that were merged are sorted out into temporary files, for many commits in one pass: memory is
bounded by a batch of rows and by the keys of one day's articles.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa

from warta.transforms.core.errors import LoadAnewError, UsageError
from warta.transforms.core.schema import TABLES
from warta.transforms.lake.catalog import DataFile, Snapshot, read_snapshot
from warta.transforms.lake.history import NumberedCommit, commits_since, number_commits
from warta.transforms.lake.origins import Origins, rows_of_file
from warta.transforms.lake.spool import RowSpool
from warta.transforms.lake.storage import Lake

_COMMITS_IN_ONE_PASS = 200
"""Commits whose merged rows are sorted out together: each has an open file for each table."""


@dataclass(frozen=True)
class CommitChanges:
    """What one commit brought. Its rows are read before those of the next commit.

    Example:
      >>> commit = next(iter(read_changes("tests/lakes/v1")))
      >>> commit.tables
      ('articles', 'mentions', 'rejects')
      >>> rows = commit.reader("articles").read_all()
      >>> rows.num_rows, rows.schema.names[:2]
      (4, ['article_id', 'version'])
    """

    sequence: int
    """The commit's number in the lake."""
    commit_id: str
    committed_at: str
    files: dict[str, tuple[DataFile, ...]]
    """By table: live files with no rows but those that this commit inserted."""
    _lake: Lake
    _spool: RowSpool

    @cached_property
    def tables(self) -> tuple[str, ...]:
        """Return the tables that have changes."""
        return tuple(
            name for name in TABLES if self.files.get(name) or self._spool.has(self.sequence, name)
        )

    def batches(self, table: str) -> Iterator[pa.RecordBatch]:
        """Yield a table's rows, in batches of bounded size, in the order in which they apply.

        Of a table whose rows are replaced, the later row with a key replaces the earlier one
        (rejects), or the row with the highest version replaces all others (stories).

        Args:
          table: One of `tables`; of any other there are none.

        Yields:
          Rows with the columns of the table.

        Raises:
          LakeError: A data file is damaged or missing.
        """
        yield from self._spool.batches(self.sequence, table)
        for file in self.files.get(table, ()):
            for rows in rows_of_file(self._lake, file):
                yield from rows.to_batches()

    def reader(self, table: str) -> pa.RecordBatchReader:
        """Return a table's rows as a reader, for what takes streams of Arrow.

        Args:
          table: One of `TABLES`.

        Returns:
          A reader of `batches`, which has the schema of the table also where there are no rows.

        Raises:
          KeyError: There is no such table.
          LakeError: While it is read: a data file is damaged or missing.
        """
        return pa.RecordBatchReader.from_batches(TABLES[table].schema, self.batches(table))


@dataclass(frozen=True)
class Changes:
    """The changes of a lake after one commit, as of now; made by `read_changes`.

    Iterating yields a `CommitChanges` for each commit that changed something, oldest first.

    Example:
      >>> changes = read_changes("tests/lakes/v1")
      >>> changes.since, changes.until, len(list(changes))
      (0, 1, 1)
      >>> list(read_changes("tests/lakes/v1", since=changes.until))
      []
    """

    since: int
    """The number of the commit after which they begin; 0: the beginning."""
    until: int
    """The number of the lake's last commit: where the next reading goes on."""
    commits: tuple[NumberedCommit, ...]
    lake: Lake
    tables: tuple[str, ...]
    _live: Snapshot
    _history: tuple[NumberedCommit, ...]

    def __iter__(self) -> Iterator[CommitChanges]:
        """Yield what each commit brought.

        Raises:
          LoadAnewError: The rows of a commit cannot be found again.
          LakeError: A data file is damaged or missing.
        """
        for first in range(0, len(self.commits), _COMMITS_IN_ONE_PASS):
            commits = self.commits[first : first + _COMMITS_IN_ONE_PASS]
            with RowSpool() as spool:
                counts = self._sort_out(commits, spool)
                for numbered in commits:
                    direct = self._direct_files(numbered)
                    self._check(numbered, direct, counts)
                    yield from self._changes_of(numbered, direct, spool)

    def live_files(self) -> list[tuple[int, DataFile]]:
        """Return the live files that later commits list, each with its commit's number.

        They hold all rows that those commits brought; a merged one holds older rows as well.
        """
        listed = {
            file.path: numbered.sequence
            for numbered in self.commits
            for file in numbered.commit.files
        }
        files = [file for table in self.tables for file in self._live.files(table)]
        return sorted(
            ((listed[file.path], file) for file in files if file.path in listed),
            key=lambda one: (one[0], one[1].path),
        )

    def _changes_of(
        self, numbered: NumberedCommit, files: dict[str, tuple[DataFile, ...]], spool: RowSpool
    ) -> Iterator[CommitChanges]:
        commit = numbered.commit
        changes = CommitChanges(
            numbered.sequence,
            commit.commit_id,
            commit.committed_at,
            {table: files[table] for table in self.tables if table in files},
            self.lake,
            spool,
        )
        if changes.tables:
            yield changes

    def _direct_files(self, numbered: NumberedCommit) -> dict[str, tuple[DataFile, ...]]:
        """Return the live files that hold what a commit brought, and nothing else."""
        found: dict[str, list[DataFile]] = {}
        for file in numbered.commit.files:
            if file.table in TABLES and file.path in self._live and _is_new(numbered, file):
                found.setdefault(file.table, []).append(file)
        return {table: tuple(files) for table, files in found.items()}

    def _sort_out(
        self, commits: Sequence[NumberedCommit], spool: RowSpool
    ) -> dict[tuple[int, str], int]:
        """Spool the merged rows of some commits; return how many each inserted, by table."""
        origins = Origins(self.lake, self._live, self._history, commits, self.since)
        counts: dict[tuple[int, str], int] = {}
        for table, partition in sorted(self._merged_partitions(commits)):
            for file in self._live.files(table, {partition}):
                if not origins.may_hold(file):
                    continue
                for part in origins.sort_out(file):
                    spool.add(part.sequence, table, part.rows)
                    if not part.is_update:
                        key = (part.sequence, table)
                        counts[key] = counts.get(key, 0) + len(part.rows)
        return counts

    def _merged_partitions(self, commits: Sequence[NumberedCommit]) -> set[tuple[str, str]]:
        """Return where rows of these commits are in merged files, by table and partition."""
        first = self._history[0].commit
        if commits[0].commit is first and any(
            one.commit.is_checkpoint or one.commit.is_rebuilt for one in self._history
        ):
            # What became of the files that it listed is forgotten.
            return {
                (file.table, file.partition)
                for file in self._live.all_files()
                if file.merged and file.table in self.tables
            }
        return {
            (file.table, file.partition)
            for numbered in commits
            for file in numbered.commit.files
            if file.table in self.tables
            and (
                (_is_new(numbered, file) and file.path not in self._live)
                or (file.merged and numbered.commit.replayed)
            )
        }

    def _check(
        self,
        numbered: NumberedCommit,
        direct: dict[str, tuple[DataFile, ...]],
        counts: dict[tuple[int, str], int],
    ) -> None:
        """Refuse to leave out rows that a commit brought.

        Raises:
          LoadAnewError: They are not found again: a repair has rewritten or lost them.
        """
        if not self.since:
            return
        for table in self.tables:
            new = [f for f in numbered.commit.files if f.table == table and _is_new(numbered, f)]
            found = sum(file.rows for file in direct.get(table, ()))
            found += counts.get((numbered.sequence, table), 0)
            if found != sum(file.rows for file in new):
                raise LoadAnewError(
                    f"commit {numbered.sequence} of {self.lake} brought "
                    f"{sum(file.rows for file in new)} {table}, and {found} of them are found "
                    "again after a repair: load it again from 0"
                )


def read_changes(
    lake: str | Lake, since: int | str = 0, tables: Collection[str] | None = None
) -> Changes:
    """Return what the commits of a lake have brought since one of them.

    `articles` and `mentions` are inserted under (article_id, version); a row never changes. A
    reject is inserted, and comes again under its `reject_id` when a replay has taken it further,
    with the run in `replayed_by`. A story comes under its `story_id` each time a run changes it; of
    its rows the highest `version` counts. Merges of files bring nothing. A program that
    applies the changes of all commits up to one, in order, has the lake as of that commit.

    Args:
      lake: Its path or URI.
      since: The number or the id of the last commit that the caller has; 0: from the beginning.
      tables: Of `TABLES`; None: all of them.

    Returns:
      The changes, to iterate over; `until` is the number to go on from the next time.

    Raises:
      LoadAnewError: That commit is part of a checkpoint: start again from 0, where everything up
        to the checkpoint comes as one commit.
      UsageError: No such commit or table.
      LakeError: No lake, or a damaged one.

    Example:
      >>> for commit in read_changes("tests/lakes/v1"):
      ...     print(commit.sequence, {name: commit.reader(name).read_all().num_rows
      ...                             for name in commit.tables})
      1 {'articles': 4, 'mentions': 25, 'rejects': 10}
    """
    where = lake if isinstance(lake, Lake) else Lake(lake)
    where.check()
    unknown = set(tables or ()) - set(TABLES)
    if unknown:
        raise UsageError(f"no changes of {', '.join(sorted(unknown))}: name {', '.join(TABLES)}")
    live = read_snapshot(where)
    history = number_commits(live.commits)
    later = commits_since(history, since)
    last = history[-1].sequence if history else 0
    return Changes(
        since=history[len(history) - len(later) - 1].sequence if len(later) < len(history) else 0,
        until=last,
        commits=tuple(later),
        lake=where,
        tables=tuple(name for name in TABLES if tables is None or name in tables),
        _live=live,
        _history=tuple(history),
    )


def _is_new(numbered: NumberedCommit, file: DataFile) -> bool:
    """Return whether a commit's file holds rows that came with it; all of a checkpoint's did."""
    return numbered.commit.is_checkpoint or not file.merged
