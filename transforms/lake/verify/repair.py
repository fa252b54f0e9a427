"""What a damaged lake can be brought back to, and how: `warta verify --repair`.

Looks first and returns steps, each with a reason; steps.py carries them out, only when asked to.
Nothing is deleted: what leaves its place goes to `_damaged/<time>/`, under the path that it had.

- A plan that cannot be read, or of which a file is lost, with no commit file: the run is taken
  back. Its files are set aside, files that it had begun to replace return to their table, and its
  input is read again by the next run.
- The same with a sound commit file: the run is true. Its plan is set aside, and what was left to do
  (replaced files, old commits that it stands for) is done.
- A commit file that is empty or damaged, with a sound plan: the plan has its content, and the next
  writer writes it again in any case.
- The same without a plan: the commit file is made again from the run's files, which carry its
  commit id in their names. Where none is in place, there is nothing to list: it is set aside.
- A marker that is damaged, in a lake with commits, is written again.
- A data file that is damaged or missing: it is set aside, and a commit says that its rows are gone.
- A file of the article index that is damaged: all of them are set aside, and the next run
  rebuilds the index from the articles.
- Iceberg tables that cannot be read: they are rebuilt from the commits, once these are sound.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import count
from typing import Any

from warta.transforms.core.schema import LAYOUT_VERSION, SCHEMA_VERSION
from warta.transforms.lake.catalog import Commit
from warta.transforms.lake.commit_paths import commit_id_of, commit_of, commit_path, plan_of
from warta.transforms.lake.file_names import is_of_run, location_of
from warta.transforms.lake.iceberg.status import damage
from warta.transforms.lake.layout import (
    ARTICLE_INDEX,
    DAMAGED,
    MARKER,
    REPLACED,
    staging_path,
)
from warta.transforms.lake.marker import marker_document, parse_marker
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.verify.commit_files import describe_file, mark_merged, new_rows
from warta.transforms.lake.verify.files import Fault
from warta.transforms.lake.verify.remains import Remains
from warta.transforms.lake.verify.steps import Step

_TIME = "%Y%m%dT%H%M%SZ"


def plan_repair(lake: Lake, faults: Sequence[Fault], now: datetime) -> list[Step]:
    """Return what a repair would do, in order; nothing is changed.

    Args:
      lake: Which.
      faults: What `verify` has found.
      now: Names the folder under `_damaged/`, and the time of repairs in commit files.

    Raises:
      LakeError: No lake, or one of a newer version.
    """
    return list(_Repair(lake, now).steps(faults))


class _Repair:
    """The steps that make a lake sound again."""

    def __init__(self, lake: Lake, now: datetime) -> None:
        self._lake = lake
        self._now = now
        self._left = left = Remains(lake)
        self._explained: set[str] = set()
        """Files that are not in place and that a step accounts for."""
        # Beyond what damaged commits may have had: a reader of commits by their numbers takes
        # what was written again for new.
        self._sequence = count(left.live.last_sequence + len(left.bad) + len(left.plans) + 1)

    def steps(self, faults: Sequence[Fault]) -> Iterator[Step]:
        yield from self._marker()
        for path, why in self._left.bad.items():
            if path.endswith(".pending"):
                yield from self._bad_plan(path, why)
        for path, plan in self._left.plans.items():
            yield from self._stuck_plan(path, plan)
        taken_back = {
            path
            for path in self._left.bad
            if path.endswith(".json") and plan_of(path) in self._left.bad
        }
        for path, why in self._left.bad.items():
            if path.endswith(".json") and path not in taken_back:
                yield from self._bad_commit(path, why)
        yield from self._lost_files(faults)
        yield from self._tables()

    def _tables(self) -> Iterator[Step]:
        damaged = damage(self._lake)
        if damaged is not None:
            path, why = damaged
            action = "rebuild the Iceberg tables from the commits, as `warta catalog rebuild` does"
            aside = (self._aside(path),) if self._lake.exists(path) else ()
            is_file = self._lake.size(path) is not None
            yield Step(
                path,
                why,
                action,
                copies=aside if is_file else (),
                moves=() if is_file else aside,
                rebuilds_tables=True,
            )

    def _marker(self) -> Iterator[Step]:
        try:
            parse_marker(self._lake.read_bytes(MARKER))
        except ValueError as error:
            # The files know best which layout they have.
            document = marker_document(min(self._left.live.layouts(), default=LAYOUT_VERSION))
            yield Step(
                MARKER,
                str(error),
                f"write it again, with schema version {SCHEMA_VERSION}",
                copies=(self._aside(MARKER),),
                writes=((MARKER, document),),
            )

    def _bad_plan(self, path: str, why: str) -> Iterator[Step]:
        commit_id = commit_id_of(path)
        commit = self._left.commits.get(commit_of(path))
        if commit is None:
            yield self._take_back(path, why, self._left.files_of(commit_id))
            return
        left = tuple(
            (old, f"{self._retired(commit, commit_id)}/{old}")
            for old in commit.replaced
            if self._lake.exists(old)
        )
        old_commits = self._left.superseded(commit) if commit.is_checkpoint else []
        layout = commit.layout_version
        marker = () if layout is None else ((MARKER, marker_document(layout)),)
        yield Step(
            path,
            why,
            f"its run is committed: set the plan aside, move {len(left)} replaced files out of "
            f"their tables and set aside {len(old_commits)} old commit files that it replaces",
            writes=marker,
            moves=(*left, *map(self._aside, old_commits), self._aside(path)),
        )

    def _stuck_plan(self, path: str, plan: Mapping[str, Any]) -> Iterator[Step]:
        """Yield steps for a sound plan with a file that was lost after others were moved."""
        if commit_of(path) in self._left.commits:
            return
        moves = plan["moves"]
        there = [target for target in moves if self._lake.exists(target)]
        lost = [
            target
            for target, source in moves.items()
            if not self._lake.exists(target) and not self._lake.exists(source)
        ]
        if there and lost:
            yield self._take_back(path, f"a file that it moves is lost: {lost[0]}", there)

    def _take_back(self, path: str, why: str, files: Iterable[str]) -> Step:
        """Return the step for a run without a commit: its files leave, replaced ones return."""
        commit_id = commit_id_of(path)
        moved = [file for file in files if file not in self._left.live]
        back = list(self._left.replaced_by(commit_id))
        self._explained.update(file for file, _ in back)
        staged = list(self._lake.files(staging_path(commit_id), recursive=True))
        commit = [commit_of(path)] if commit_of(path) in self._left.bad else []
        action = (
            f"its run never committed: take it back. Set aside the plan, {len(moved)} files that "
            f"it had moved and {len(staged)} in staging"
        )
        if back:
            action += f"; return {len(back)} files that it had begun to replace"
        return Step(
            path,
            why,
            f"{action}. The next run reads its input again",
            # The plan goes last: until then a repair that was ended begins again.
            moves=(
                *((kept, file) for file, kept in back),
                *map(self._aside, [*moved, *staged, *commit, path]),
            ),
        )

    def _bad_commit(self, path: str, why: str) -> Iterator[Step]:
        if plan_of(path) in self._left.plans:
            yield Step(path, why, "its plan is sound: write it again from the plan")
            return
        commit_id = commit_id_of(path)
        files = self._left.files_of(commit_id) or self._left.orphans()
        document = self._rebuilt(path, why, files)
        self._explained.update(document["replaced"])
        if not document["files"] and not document["replaced"]:
            action = "none of its files is in place: set it aside; its input, if any, is read again"
            yield Step(path, why, action, moves=(self._aside(path),))
            return
        action = (
            f"write it again from its {len(document['files'])} files in place, "
            f"{sum(file['rows'] for file in document['files'])} rows; its other figures are lost"
        )
        yield Step(path, why, action, copies=(self._aside(path),), writes=((path, document),))

    def _lost_files(self, faults: Sequence[Fault]) -> Iterator[Step]:
        """Yield steps for data files whose rows are lost, and for a damaged article index."""
        lost = {fault.location: fault.what for fault in faults if fault.is_lost}
        index = list(self._lake.files(ARTICLE_INDEX))
        # An index with a gap would be believed; one that is missing is rebuilt.
        for path in [path for path in index if path in lost][:1]:
            yield Step(
                path,
                lost[path],
                f"set aside all {len(index)} files of the article index: it is rebuilt",
                moves=tuple(map(self._aside, index)),
            )
        for file in self._left.live.all_files():
            if file.path not in lost or file.path in self._explained or file.table == "ids":
                continue
            commit_id = f"repair-{self._now:{_TIME}}-{commit_id_of(file.path)}"
            document = {
                **self._described(commit_id, self._now),
                "counts": dict.fromkeys(("read", "published", "duplicates", "rejected"), 0),
                "files": [],
                "replaced": [file.path],
                "lost_rows": file.rows,
            }
            there = self._lake.exists(file.path)
            action = f"commit that its {file.rows} rows are gone"
            yield Step(
                file.path,
                lost[file.path],
                f"set it aside and {action}" if there else action,
                writes=((commit_path(commit_id), document),),
                moves=(self._aside(file.path),) if there else (),
            )

    def _aside(self, path: str) -> tuple[str, str]:
        return path, f"{DAMAGED}/{self._now:{_TIME}}/{path}"

    def _retired(self, commit: Commit, commit_id: str) -> str:
        return f"{REPLACED}/{datetime.fromisoformat(commit.committed_at):{_TIME}}-{commit_id}"

    def _rebuilt(self, path: str, why: str, files: Sequence[str]) -> dict[str, Any]:
        commit_id = commit_id_of(path)
        listed = [one for file in files if (one := describe_file(self._lake, file)) is not None]
        locations = {(one["table"], one["partition"]) for one in listed}
        # Where its files were merged further, those that it had merged are gone as well.
        replaced = (old for commit in self._left.commits.values() for old in commit.replaced)
        locations |= {location_of(old) for old in replaced if is_of_run(old, commit_id)}
        known = {file.path: file for commit in self._left.commits.values() for file in commit.files}
        gone = {old for old, _ in self._left.replaced_by(commit_id)}
        gone |= {
            file.path
            for file in self._left.live.all_files()
            if (file.table, file.partition) in locations and not self._lake.exists(file.path)
        }
        mark_merged(listed, known, gone)
        counts = {
            "published": new_rows(listed, "articles"),
            "rejected": new_rows(listed, "rejects"),
        }
        modified = self._lake.modified_at(path) or self._now
        return {
            **self._described(commit_id, modified),
            "counts": {"read": sum(counts.values()), "duplicates": 0, **counts},
            "rebuilt": {"at": self._now.isoformat(), "why": why},
            "files": listed,
            "replaced": sorted(gone),
        }

    def _described(self, commit_id: str, when: datetime) -> dict[str, Any]:
        return {
            "token": commit_id,
            "sequence": next(self._sequence),
            "run_id": f"repair-{self._now:{_TIME}}",
            "schema_version": SCHEMA_VERSION,
            "started_at": when.isoformat(),
            "committed_at": when.isoformat(),
            "seconds": 0.0,
            "reject_reasons": {},
        }
