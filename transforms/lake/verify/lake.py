"""A lake, looked through: everything that a commit promises, file by file and row by row.

Needs no lock and changes nothing. Whatever is damaged is named with its file, and the rest is
looked at all the same.
"""

from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from pyarrow import fs

from warta.transforms.core.errors import LakeWriteError
from warta.transforms.core.schema import ALL_TABLES, LAYOUT_VERSION, SCHEMA_VERSION
from warta.transforms.core.storage import one_line
from warta.transforms.lake.catalog import Commit, Snapshot, parse_commit_file
from warta.transforms.lake.checksums import parse_document
from warta.transforms.lake.iceberg import status as iceberg
from warta.transforms.lake.iceberg.settings import FOLDER as ICEBERG
from warta.transforms.lake.layout import ARTICLE_INDEX, COMMITS, MARKER, REPLACED, STAGING
from warta.transforms.lake.locking import is_held
from warta.transforms.lake.marker import parse_marker
from warta.transforms.lake.plans import check_plan
from warta.transforms.lake.replaced_files import replaced_at
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.verify.files import Fault, SeenRows, check_file, schema_of_listed
from warta.transforms.lake.verify.rows import check_rows

_FOLDERS = (ARTICLE_INDEX, COMMITS, STAGING, REPLACED, ICEBERG)
_FILES = (MARKER, "_lock", "_lock.json")
_FOREIGN = "is not one of warta's files"


@dataclass(frozen=True, slots=True)
class Verified:
    """What was looked at, and what was found wrong with it."""

    commits: int
    files: int
    rows: dict[str, int]
    """By table."""
    faults: tuple[Fault, ...]


def verify(lake: Lake) -> Verified:
    """Open every file and compare it with the commits, and the tables with each other.

    A run that commits meanwhile is waited out by looking again.

    Args:
      lake: Which.

    Returns:
      What was found, with the faults.

    Raises:
      LakeError: No lake, or one of a newer version.
    """
    for _ in range(3):
        before = _names(lake)
        found = _look_through(lake)
        if not found.faults or before == _names(lake):
            break
    return found


def _names(lake: Lake) -> list[str]:
    return [path for path, is_file in _walk(lake, COMMITS, []) if is_file]


def _look_through(lake: Lake) -> Verified:
    layout, marker_faults = _check_marker(lake)
    faults: list[Fault] = []
    faults += marker_faults
    busy = is_held(lake)
    paths = [path for path, is_file in _walk(lake, COMMITS, faults) if is_file]
    commits = list(_commits(lake, paths, faults))
    coming = _plans(lake, paths, faults, busy=busy)
    live = Snapshot(commits)
    layouts = live.layouts()
    if layout is not None and layouts and max(LAYOUT_VERSION - 1, layout) not in layouts:
        faults.append(Fault(MARKER, f"has layout version {layout}, which no file has"))
        layout = None
    layout = layout or min(layouts, default=LAYOUT_VERSION)
    faults += _listed_twice(commits)
    faults += _numbered_twice(commits)
    for commit in commits:
        faults += _check_commit(commit)
    seen = SeenRows()
    files = [file for file in live.all_files() if schema_of_listed(file.table)]
    for file in files:
        found = list(check_file(lake, file, seen, layout))
        if any(fault.is_lost for fault in found):
            _check_reachable(lake)
        faults += found
    faults += _strays(lake, {*(file.path for file in files), *coming}, busy=busy)
    faults += (Fault(*fault) for fault in iceberg.faults(lake, live, coming))
    if not faults:
        # Where files are missing, what holds across them cannot hold either.
        faults += check_rows(lake, seen)
    return Verified(len(commits), len(files), seen.rows, tuple(faults))


def _check_marker(lake: Lake) -> tuple[int | None, list[Fault]]:
    """Return the layout version of a lake, or the fault of a damaged marker.

    Without a marker, or with a newer one, nothing is warta's.

    Raises:
      LakeError: No lake, or one of a newer version.
    """
    try:
        marker = parse_marker(lake.read_bytes(MARKER))
        if marker.schema_version > SCHEMA_VERSION:
            lake.check()
    except FileNotFoundError:
        lake.check()
        raise
    except ValueError as error:
        return None, [Fault(MARKER, f"is damaged: {error}")]
    except OSError as error:
        _check_reachable(lake)
        return None, [Fault(MARKER, f"cannot be read: {one_line(error)}")]
    return marker.layout_version, []


def _check_reachable(lake: Lake) -> None:
    """Tell a file that cannot be read from a store that does not answer, for whatever is asked.

    Raises:
      LakeError: The store does not answer.
    """
    try:
        lake.exists(MARKER)
    except OSError as error:
        raise LakeWriteError(f"cannot read the lake {lake}: {one_line(error)}") from error


def _walk(
    lake: Lake, folder: str, faults: list[Fault], *, recursive: bool = True
) -> list[tuple[str, bool]]:
    """Return what is in a folder and below it, as (path, whether it is a file), by path.

    What cannot be listed is a fault, and the rest is listed all the same.
    """
    try:
        return sorted(_listing(lake, folder, recursive=recursive))
    except UnicodeDecodeError:
        if not recursive:
            faults.append(Fault(folder or ".", "holds a name that is not UTF-8"))
            return sorted(_listing(lake, folder, recursive=False, passing_over=True))
    except OSError as error:
        _check_reachable(lake)
        if not recursive:
            faults.append(Fault(folder or ".", f"cannot be listed: {one_line(error)}"))
            return []
    here = _walk(lake, folder, faults, recursive=False)
    below = [_walk(lake, path, faults) for path, is_file in here if not is_file]
    return sorted([*here, *(one for found in below for one in found)])


def _listing(
    lake: Lake, folder: str, *, recursive: bool, passing_over: bool = False
) -> Iterator[tuple[str, bool]]:
    selector = fs.FileSelector(
        lake.path(folder) if folder else lake.path(), recursive=recursive, allow_not_found=True
    )
    root = lake.path().rstrip("/") + "/"
    for info in lake.filesystem.get_file_info(selector):
        try:
            yield info.path.removeprefix(root), info.type == fs.FileType.File
        except UnicodeDecodeError:
            if not passing_over:
                raise


def _commits(lake: Lake, paths: Sequence[str], faults: list[Fault]) -> Iterator[Commit]:
    for path in paths:
        if path.endswith(".json"):
            try:
                commit = parse_commit_file(path, lake.read_bytes(path))
            except ValueError as error:
                faults.append(Fault(path, f"is damaged: {error}"))
            except OSError as error:
                _check_reachable(lake)
                faults.append(Fault(path, f"cannot be read: {one_line(error)}"))
            else:
                yield commit


def _plans(lake: Lake, paths: Sequence[str], faults: list[Fault], *, busy: bool) -> set[str]:
    """Return the files that plans will publish or still have to retire.

    Without a run at work, each plan is a fault.
    """
    coming: set[str] = set()
    for path in paths:
        if path.endswith(".pending"):
            try:
                plan = check_plan(parse_document(lake.read_bytes(path)))
            except ValueError as error:
                faults.append(Fault(path, f"is damaged: {error}"))
            except OSError as error:
                faults.append(Fault(path, f"cannot be read: {one_line(error)}"))
            else:
                coming.update(plan["moves"])
                is_committed = path.removesuffix(".pending") + ".json" in paths
                waiting = is_committed and iceberg.has_mirrors(lake)
                if is_committed:
                    coming.update(plan["commit"].get("replaced", ()))
                if not busy:
                    what = "a run was ended while it published; the next finishes it"
                    if waiting:
                        what = (
                            "a run is committed, and another catalog does not follow yet: the next "
                            "run or `warta catalog sync` reports it"
                        )
                    faults.append(Fault(path, what))
        elif not path.endswith((".json", ".writing")) or (path.endswith(".writing") and not busy):
            faults.append(Fault(path, _FOREIGN))
    return coming


def _listed_twice(commits: Sequence[Commit]) -> Iterator[Fault]:
    times = Counter(file.path for commit in commits for file in commit.files)
    for path, count in times.items():
        if count > 1:
            yield Fault(path, "is listed by two commits")


def _numbered_twice(commits: Sequence[Commit]) -> Iterator[Fault]:
    first: dict[int, str] = {}
    for commit in commits:
        if commit.sequence and first.setdefault(commit.sequence, commit.path) != commit.path:
            what = f"has the number {commit.sequence}, as {first[commit.sequence]} has"
            yield Fault(commit.path, what)


def _check_commit(commit: Commit) -> Iterator[Fault]:
    for file in commit.files:
        if not schema_of_listed(file.table):
            yield Fault(commit.path, f"lists a file of an unknown table: {file.table}")
    counts = commit.counts
    parts = [counts[name] for name in ("published", "duplicates", "rejected")]
    if counts["read"] != sum(parts):
        said = " + ".join(map(str, parts))
        yield Fault(commit.path, f"read {counts['read']} is not published + ... = {said}")
    passed_over = commit.passed_over
    if not isinstance(passed_over, dict) or not all(
        isinstance(number, int) and number > 0 for number in passed_over.values()
    ):
        what = f"passed_over is {passed_over!r:.80}, not a number for each reason"
        yield Fault(commit.path, what)
    rows = sum(file.rows for file in commit.files if file.table == "articles" and not file.merged)
    if rows != counts["published"] and not (commit.is_checkpoint or commit.is_rebuilt):
        yield Fault(commit.path, f"{counts['published']} published, but its files hold {rows}")


def _strays(lake: Lake, known: Set[str], *, busy: bool) -> Iterator[Fault]:
    faults: list[Fault] = []
    for table in (*ALL_TABLES, ARTICLE_INDEX):
        for path, is_file in _walk(lake, table, faults):
            if is_file and path not in known:
                faults.append(Fault(path, "is in no commit"))
    for path, is_file in _walk(lake, COMMITS, []):
        if not is_file:
            faults.append(Fault(path, "is a folder, and should be a file"))
    left = [path for path, is_file in _walk(lake, STAGING, faults) if is_file]
    if left and not busy:
        what = f"holds {len(left)} files of a run that has not ended well; the next clears it"
        faults.append(Fault(STAGING, what))
    for path, _ in _walk(lake, REPLACED, faults, recursive=False):
        if replaced_at(path.removeprefix(f"{REPLACED}/")) is None:
            faults.append(Fault(path, _FOREIGN))
    for path, is_file in _walk(lake, "", faults, recursive=False):
        writing = busy and path.endswith(".writing")
        if path in ALL_TABLES or path in _FOLDERS:
            if is_file:
                faults.append(Fault(path, "is a file, and should be a folder"))
        elif is_file and path not in _FILES and not writing:
            faults.append(Fault(path, _FOREIGN))
        elif not is_file and path in _FILES:
            faults.append(Fault(path, "is a folder, and should be a file"))
    yield from faults
