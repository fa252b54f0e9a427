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
- The same without a plan: the commit file is made anew from the run's files, which carry its token
  in their names. Where none is in place, there is nothing to list: it is set aside.
- A marker that is damaged, in a lake with commits, is written again.
- A data file that is damaged or missing: it is set aside, and a commit says that its rows are gone.
- A file of the article index that is damaged: all of them are set aside, and the next run makes the
  index anew from the articles.
- Iceberg tables that cannot be read: they are made anew from the commits, once these are sound.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import count
from typing import Any

from warta.transforms.core.schema import ALL_TABLES, LAYOUT_VERSION, SCHEMA_VERSION
from warta.transforms.lake.catalog import Commit, Snapshot, parse_commit_file
from warta.transforms.lake.checksums import parse_document
from warta.transforms.lake.file_names import (
    commit_of,
    is_of_run,
    location_of,
    plan_of,
    run_of_file,
    token_of,
)
from warta.transforms.lake.iceberg.status import damage
from warta.transforms.lake.layout import (
    ARTICLE_INDEX,
    COMMITS,
    DAMAGED,
    MARKER,
    REPLACED,
    staging_path,
)
from warta.transforms.lake.marker import marker_document, parse_marker
from warta.transforms.lake.plans import check_plan
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.verify.commit_files import describe_file, mark_merged, new_rows
from warta.transforms.lake.verify.files import Fault
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
    """A look at the commits, plans and files of a lake."""

    def __init__(self, lake: Lake, now: datetime) -> None:
        self._lake = lake
        self._now = now
        self._commits: dict[str, Commit] = {}
        self._plans: dict[str, Mapping[str, Any]] = {}
        self._bad: dict[str, str] = {}
        """Commit files and plans that cannot be read: path -> why."""
        self._explained: set[str] = set()
        """Files that are not in place and that a step accounts for."""
        for path in lake.files(COMMITS):
            self._read(path)
        self._live = Snapshot(self._commits.values())
        # Beyond what damaged commits may have had: whoever reads commits by their numbers takes
        # what was written anew for new.
        self._sequence = count(self._live.last_sequence + len(self._bad) + len(self._plans) + 1)
        self._strays = [
            path
            for table in (*ALL_TABLES, ARTICLE_INDEX)
            for path in lake.files(table, recursive=True)
            if path not in self._live
        ]

    def _read(self, path: str) -> None:
        try:
            data = self._lake.read_bytes(path)
            if path.endswith(".json"):
                self._commits[path] = parse_commit_file(path, data)
            elif path.endswith(".pending"):
                self._plans[path] = check_plan(parse_document(data))
        except (ValueError, OSError) as error:
            if path.endswith((".json", ".pending")):
                self._bad[path] = str(error)

    def steps(self, faults: Sequence[Fault]) -> Iterator[Step]:
        yield from self._marker()
        for path, why in self._bad.items():
            if path.endswith(".pending"):
                yield from self._bad_plan(path, why)
        for path, plan in self._plans.items():
            yield from self._stuck_plan(path, plan)
        taken_back = {
            path for path in self._bad if path.endswith(".json") and plan_of(path) in self._bad
        }
        for path, why in self._bad.items():
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
                makes_tables_anew=True,
            )

    def _marker(self) -> Iterator[Step]:
        try:
            parse_marker(self._lake.read_bytes(MARKER))
        except ValueError as error:
            # The files know best which layout they have.
            document = marker_document(min(self._live.layouts(), default=LAYOUT_VERSION))
            yield Step(
                MARKER,
                str(error),
                f"write it again, with schema version {SCHEMA_VERSION}",
                copies=(self._aside(MARKER),),
                writes=((MARKER, document),),
            )

    def _bad_plan(self, path: str, why: str) -> Iterator[Step]:
        token = token_of(path)
        commit = self._commits.get(commit_of(path))
        if commit is None:
            yield self._take_back(path, why, self._files_of(token))
            return
        left = tuple(
            (old, f"{self._retired(commit, token)}/{old}")
            for old in commit.replaced
            if self._lake.exists(old)
        )
        old_commits = self._superseded(commit) if commit.is_checkpoint else []
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
        if commit_of(path) in self._commits:
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
        token = token_of(path)
        moved = [file for file in files if file not in self._live]
        back = list(self._replaced_by(token))
        self._explained.update(file for file, _ in back)
        staged = list(self._lake.files(staging_path(token), recursive=True))
        commit = [commit_of(path)] if commit_of(path) in self._bad else []
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
            # The plan goes last: until then a repair that was ended begins anew.
            moves=(
                *((kept, file) for file, kept in back),
                *map(self._aside, [*moved, *staged, *commit, path]),
            ),
        )

    def _bad_commit(self, path: str, why: str) -> Iterator[Step]:
        if plan_of(path) in self._plans:
            yield Step(path, why, "its plan is sound: write it again from the plan")
            return
        token = token_of(path)
        files = self._files_of(token) or self._orphans()
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
        # An index with a gap would be believed; one that is missing is made anew.
        for path in [path for path in index if path in lost][:1]:
            yield Step(
                path,
                lost[path],
                f"set aside all {len(index)} files of the article index: it is rebuilt",
                moves=tuple(map(self._aside, index)),
            )
        for file in self._live.all_files():
            if file.path not in lost or file.path in self._explained or file.table == "ids":
                continue
            token = f"repair-{self._now:{_TIME}}-{token_of(file.path)}"
            document = {
                **self._described(token, self._now),
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
                writes=((f"{COMMITS}/{token}.json", document),),
                moves=(self._aside(file.path),) if there else (),
            )

    def _aside(self, path: str) -> tuple[str, str]:
        return path, f"{DAMAGED}/{self._now:{_TIME}}/{path}"

    def _files_of(self, token: str) -> list[str]:
        """Return the files in tables that no commit lists and that carry a run's token."""
        return [path for path in self._strays if is_of_run(path, token)]

    def _orphans(self) -> list[str]:
        """Return files that carry a token of which nothing is left: a checkpoint listed them."""
        tokens = {token_of(path) for path in (*self._commits, *self._plans, *self._bad)}
        found = ((path, run_of_file(path)) for path in self._strays)
        return [path for path, token in found if token is not None and token not in tokens]

    def _replaced_by(self, token: str) -> Iterator[tuple[str, str]]:
        """Yield (path, where it is kept) of files that a run had replaced."""
        for folder in self._lake.folders(REPLACED):
            if folder.partition("-")[2] == token:
                location = f"{REPLACED}/{folder}/"
                for kept in self._lake.files(REPLACED, folder, recursive=True):
                    yield kept.removeprefix(location), kept

    def _retired(self, commit: Commit, token: str) -> str:
        return f"{REPLACED}/{datetime.fromisoformat(commit.committed_at):{_TIME}}-{token}"

    def _superseded(self, checkpoint: Commit) -> list[str]:
        """Return the old commit files of which a checkpoint lists all that is in place."""
        listed = {file.path for file in checkpoint.files}
        return [
            path
            for path, commit in self._commits.items()
            if commit is not checkpoint
            and commit.committed_at <= checkpoint.committed_at
            and all(
                file.path in listed or not self._lake.exists(file.path) for file in commit.files
            )
        ]

    def _rebuilt(self, path: str, why: str, files: Sequence[str]) -> dict[str, Any]:
        token = token_of(path)
        listed = [one for file in files if (one := describe_file(self._lake, file)) is not None]
        locations = {(one["table"], one["partition"]) for one in listed}
        # Where its files were merged further, those that it had merged are gone as well.
        replaced = (old for commit in self._commits.values() for old in commit.replaced)
        locations |= {location_of(old) for old in replaced if is_of_run(old, token)}
        known = {file.path: file for commit in self._commits.values() for file in commit.files}
        gone = {old for old, _ in self._replaced_by(token)}
        gone |= {
            file.path
            for file in self._live.all_files()
            if (file.table, file.partition) in locations and not self._lake.exists(file.path)
        }
        mark_merged(listed, known, gone)
        counts = {
            "published": new_rows(listed, "articles"),
            "rejected": new_rows(listed, "rejects"),
        }
        modified = self._lake.modified_at(path) or self._now
        return {
            **self._described(token, modified),
            "counts": {"read": sum(counts.values()), "duplicates": 0, **counts},
            "rebuilt": {"at": self._now.isoformat(), "why": why},
            "files": listed,
            "replaced": sorted(gone),
        }

    def _described(self, token: str, when: datetime) -> dict[str, Any]:
        return {
            "token": token,
            "sequence": next(self._sequence),
            "run_id": f"repair-{self._now:{_TIME}}",
            "schema_version": SCHEMA_VERSION,
            "started_at": when.isoformat(),
            "committed_at": when.isoformat(),
            "seconds": 0.0,
            "reject_reasons": {},
        }
