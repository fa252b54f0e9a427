"""Runs that are ended at every step and at random moments: `make crash`.

Each trial takes a lake with a history, runs one more job over it and ends that job: SIGKILL of the
whole process group at a failpoint (transforms/lake/failpoints.py) or at a random moment, a disk
that is full, a lake that is taken away. Then the same job runs again, to its end, and the lake must
equal that of an undisturbed run: the same rows, every file sound, nothing left over. The same on an
object store, served by moto on this machine.
"""

import argparse
import json
import random
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.jobs import Ended, in_child, object_store, run_job, small_disk, warm_up
from tests.support.lakes import words
from warta.transforms.lake import failpoints as faults

VOLATILE = {"run_id", "ingested_at", "failed_at", "rejected_date", "updated_at"}
SMALL_FILES = 3
"""From how many the disturbed run merges; the history has more."""
DOUBLE_FAULTS = (
    ("commit.planned", "recover.begun"),
    ("commit.planned", "commit.moved:2"),
    ("commit.moved:2", "commit.moves_made"),
    ("commit.moves_made", "commit.committed"),
    ("commit.committed", "commit.retired:2"),
    ("commit.retired", "commit.plan_removed"),
)
"""A run ended at the first, and the run that recovers it at the second."""
SHORT_POINTS = (
    "stage.written",
    "publish.closed",
    "commit.planned",
    "commit.moved",
    "commit.committed",
    "commit.retired",
)
SHORT_STORE_POINTS = ("commit.planned", "commit.retired")
TROUBLED = (
    "stage.opened",
    "find.decided",
    "publish.opened",
    "commit.checked",
    "commit.planned",
)
REWRITE_POINTS = (
    "publish.closed:2",
    "commit.checked",
    "commit.planned",
    "commit.moved:2",
    "commit.moves_made",
    "commit.committed",
    *faults.REWRITE_POINTS,
    "commit.retired:2",
    "commit.plan_removed",
)
"""Steps of a rewrite at which it is ended."""
REWRITE_PAIRS = (
    ("commit.moved:2", "commit.moved:2"),
    ("commit.moves_made", "commit.committed"),
    ("commit.committed", "commit.marked"),
    ("commit.marked", "commit.retired:2"),
)
OLD_LAKE = Path(__file__).parent.parent / "tests" / "lakes" / "v2"
PARTS = ("disk", "workers", "trouble", "rewrite", "catalog", "store", "store-catalog")
QUICK = "quick"
"""A part of its own, for every run of the tests: what costs most if it breaks."""


def write_inputs(folder: Path) -> Path:
    """News that came before, in parts, and the job's: known, changed, new and broken records."""
    (folder / "before").mkdir(parents=True)
    known = [_record(number, f"known{number}") for number in range(40)]
    for part in range(4):
        _write(folder / "before" / f"{part}.jsonl", known[part::4])
    job = folder / "job"
    job.mkdir()
    _write(job / "known.jsonl", known[:30])
    _write(job / "changed.jsonl", [_record(n, f"changed{n}") for n in range(0, 40, 5)])
    new = [_record(number, f"new{number}") for number in range(100, 140)]
    copies = [_record(number, f"new{number - 100}") for number in range(200, 205)]
    _write(job / "new.jsonl", [*new, *copies])
    (job / "broken.jsonl").write_text('{"broken\n[]\n{"text": "Satu kata."}\n', encoding="utf-8")
    return folder


def _record(number: int, text: object) -> dict[str, str]:
    day = f"2026-11-{10 + number % 3}T0{number % 9}:00:00Z"
    return {"url": f"https://berita.example/{number}", "text": words(90, text), "date": day}


def _write(path: Path, records: Sequence[dict[str, str]]) -> None:
    path.write_text("\n".join(map(json.dumps, records)) + "\n", encoding="utf-8")


def job_arguments(inputs: Path, lake: str, workers: int = 1) -> list[str]:
    """Return the command of the disturbed run."""
    options = ["--workers", str(workers), "--quiet", "--small-files", str(SMALL_FILES)]
    return ["run", str(inputs / "job"), "--lake", lake, "--max-reject-ratio", "1", *options]


def make_history(inputs: Path, lake: str) -> None:
    """Four small runs, and a folder of replaced files that is due to go."""
    for part in sorted((inputs / "before").iterdir()):
        words_ = ["run", str(part), "--lake", lake, "--workers", "1", "--quiet"]
        ended = run_job([*words_, "--compact", "off"])
        if ended.status:
            raise RuntimeError(ended.errors)
    in_child(lambda: _leave_replaced(lake))


def _leave_replaced(lake: str) -> None:
    from warta.transforms.lake.layout import Lake

    Lake(lake).filesystem.create_dir(Lake(lake).path("_replaced/20200101T000000Z-old/articles"))
    Lake(lake).write_json("_replaced/20200101T000000Z-old/articles/old.json", {})


def look(lake: str) -> dict[str, Any]:
    """Return what must not depend on how often a job was ended: rows, faults, leftovers, counts."""
    from tests.support.lakes import table_of
    from warta.transforms.core.schema import TABLES
    from warta.transforms.lake.layout import Lake
    from warta.transforms.lake.verify import verify

    there = Lake(lake)
    rows = {}
    for table in TABLES:
        read = table_of(there, table).to_pylist()
        kept = [{name: row[name] for name in row if name not in VOLATILE} for row in read]
        rows[table] = sorted(json.dumps(row, default=repr, sort_keys=True) for row in kept)
    return {
        "rows": rows,
        "faults": [f"{fault.location}: {fault.what}" for fault in verify(there).faults],
        "staged": list(there.files("_staging", recursive=True)),
        "layout": there.layout_version(),
    }


def check(trial: str, lake: str, wanted: dict[str, Any]) -> None:
    """Compare a lake with that of an undisturbed run.

    Raises:
      AssertionError: says which trial, and what is not as it must be.
    """
    compare(trial, in_child(lambda: look(lake)), wanted)


def compare(trial: str, found: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Compare what `look` has found with what it finds after an undisturbed run.

    Raises:
      AssertionError: Says which trial, and what is not as it must be.
    """
    assert found["faults"] == [], f"{trial}: {found['faults']}"
    assert found["staged"] == [], f"{trial}: {found['staged']}"
    assert found["layout"] == wanted["layout"], f"{trial}: layout version {found['layout']}"
    for table, rows in wanted["rows"].items():
        assert found["rows"][table] == rows, (
            f"{trial}: {table} has {len(found['rows'][table])} rows, or others, not {len(rows)}"
        )


@dataclass(frozen=True, slots=True)
class Ground:
    """Where trials take place: a lake with a history, and what a run makes of it."""

    inputs: Path
    history: str
    wanted: dict[str, Any]
    seconds: float
    """Of an undisturbed run."""
    workers: int = 1

    def job(self, lake: str) -> list[str]:
        """Return the command of a run over a lake."""
        return job_arguments(self.inputs, lake, self.workers)


class RewriteGround(Ground):
    """The same for a rewrite of a lake that was made before layout version 3."""

    def job(self, lake: str) -> list[str]:
        """Return the command of a rewrite."""
        return ["compact", lake, "--rewrite", "--quiet"]


def prepare_rewrite(folder: Path, uri: str = "{name}") -> RewriteGround:
    """Copy an old lake, and rewrite it once, undisturbed.

    Args:
      folder: For lakes on the disk.
      uri: Of lakes, with {name} for their name.
    """
    place = uri if "://" in uri else f"{folder}/{uri}"
    history, lake = place.format(name="history-2"), place.format(name="rewritten")
    in_child(lambda: copy_lake(str(OLD_LAKE), history))
    in_child(lambda: copy_lake(history, lake))
    ground = RewriteGround(folder, history, {}, 0.0)
    ended = run_job(ground.job(lake))
    assert ended == Ended(0, ""), ended
    wanted = in_child(lambda: look(lake))
    assert (wanted["faults"], wanted["layout"]) == ([], 3)
    return RewriteGround(folder, history, wanted, 0.0)


def kill_rewrites(ground: Ground, points: Sequence[str], pairs: Sequence[Sequence[str]]) -> None:
    """End rewrites at points and at pairs of them; readers see one layout, whole, at each."""
    for faults_ in [*((point,) for point in points), *pairs]:
        with copied(ground) as lake:
            for fault in faults_:
                ended = run_job(ground.job(lake), fault)
                assert ended.status == -signal.SIGKILL, f"{fault} was not passed: {ended}"
                layouts, rows = in_child(lambda: look_as_reader(lake))
                assert len(layouts) == 1, f"ended at {fault}: files of layouts {layouts}"
                articles = len(ground.wanted["rows"]["articles"])
                assert rows == articles, f"ended at {fault}: {rows} articles, not {articles}"
            ended = run_job(ground.job(lake))
            assert ended.status == 0, f"after {faults_}: {ended}"
            check(" and ".join(faults_), lake, ground.wanted)
    say(f"  killed at each of {len(points)} points and {len(pairs)} pairs: lakes as undisturbed")


def look_as_reader(lake: str) -> tuple[list[int], int]:
    """Return the layouts that live files have, and how many articles a reader of them finds."""
    from warta.transforms.lake.catalog import read_snapshot
    from warta.transforms.lake.layout import Lake
    from warta.transforms.lake.table import open_dataset

    return sorted(read_snapshot(Lake(lake)).layouts()), open_dataset(lake).count_rows()


def prepare(folder: Path, uri: str = "{name}", workers: int = 1) -> Ground:
    """Make the history and runs the job once, undisturbed.

    Args:
      folder: for the inputs, and for lakes on the disk.
      uri: of lakes, with {name} for their name.
      workers: of the job.
    """
    place = uri if "://" in uri else f"{folder}/{uri}"
    inputs = write_inputs(Path(tempfile.mkdtemp(dir=folder)))
    history, lake = place.format(name="history"), place.format(name="undisturbed")
    make_history(inputs, history)
    seconds = []
    for _ in range(2):
        in_child(lambda: copy_lake(history, lake))
        started = time.monotonic()
        ended = run_job(job_arguments(inputs, lake, workers))
        seconds.append(time.monotonic() - started)
        assert ended == Ended(0, ""), ended
        wanted = in_child(lambda: look(lake))
        assert wanted["faults"] == []
        in_child(lambda: remove_lake(lake))
    return Ground(inputs, history, wanted, min(seconds), workers)


def copy_lake(source: str, target: str) -> None:
    """Copy a lake, file by file, on a disk or an object store."""
    from pyarrow import fs

    from warta.transforms.core.storage import resolve

    (origin, here), (destination, there) = resolve(source), resolve(target)
    fs.copy_files(here, there, source_filesystem=origin, destination_filesystem=destination)


def remove_lake(uri: str) -> None:
    """Take a lake away, wherever it is."""
    from warta.transforms.core.storage import resolve

    filesystem, path = resolve(uri)
    filesystem.delete_dir(path)


@contextmanager
def copied(ground: Ground, folder: Path | None = None) -> Iterator[str]:
    """Yield a lake of its own for one trial."""
    name = f"trial-{uuid.uuid4().hex}"
    lake = f"{folder}/{name}" if folder else ground.history.replace("history", name)
    in_child(lambda: copy_lake(ground.history, lake))
    yield lake
    # What a failed trial leaves is what there is to look at.
    in_child(lambda: remove_lake(lake))


def kill_at(ground: Ground, *points: str) -> None:
    """End a run at the first point, the next at the second, and so on; then runs to the end."""
    with copied(ground) as lake:
        arguments = ground.job(lake)
        for fault in points:
            ended = run_job(arguments, fault)
            assert ended.status == -signal.SIGKILL, f"{fault} was not passed: {ended}"
        ended = run_job(arguments)
        assert ended.status == 0, f"after {points}: {ended}"
        check(" and ".join(points), lake, ground.wanted)


def kill_after(ground: Ground, delay_s: float) -> int:
    """End a run after a time, and run again; return how the first ended."""
    with copied(ground) as lake:
        arguments = ground.job(lake)
        first = run_job(arguments, kill_after_s=delay_s)
        ended = run_job(arguments)
        assert ended.status == 0, f"after {delay_s:.3f} s: {ended}"
        check(f"killed after {delay_s:.3f} s", lake, ground.wanted)
        return first.status


def fill_at(ground: Ground, point: str, disk: Path) -> str:
    """Fill the disk when a run comes to a point; return the line that it ends with."""
    with copied(ground, disk) as lake:
        before = in_child(lambda: look(lake))
        filler = disk / "filler"
        arguments = ground.job(lake)
        ended = run_job(arguments, f"{point}:1:stop", stopped=lambda: _fill(filler))
        assert ended.status == 1, f"disk full at {point}: {ended}"
        _check_history_is_kept(lake, before)
        filler.unlink()
        again = run_job(arguments)
        assert again.status == 0, f"after a full disk at {point}: {again}"
        check(f"disk full at {point}", lake, ground.wanted)
        return ended.errors


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            block = bytes(size)
            try:
                while True:
                    file.write(block)
            except OSError:
                continue


def _check_history_is_kept(lake: str, before: dict[str, Any]) -> None:
    """Every row that was committed before is there still."""
    after = in_child(lambda: look(lake))
    for table, rows in before["rows"].items():
        assert set(rows) <= set(after["rows"][table])


def take_away_at(ground: Ground, point: str) -> str:
    """Delete the lake when a run comes to a point; return the line that it ends with."""
    with copied(ground) as lake:
        arguments = ground.job(lake)
        ended = run_job(arguments, f"{point}:1:stop", stopped=lambda: shutil.rmtree(lake))
        assert ended.status == 1, f"deleted at {point}: {ended}"
        assert not Path(lake).exists(), f"deleted at {point}: it was made anew"
        Path(lake).mkdir()
        return ended.errors


def write_protected(ground: Ground, disk: Path) -> str:
    """Run over a lake on a read-only disk; return the line that it ends with."""
    with copied(ground, disk) as lake:
        before = in_child(lambda: look(lake))
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        try:
            ended = run_job(ground.job(lake))
            assert ended.status in (1, 2), ended
            assert in_child(lambda: look(lake)) == before
        finally:
            subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
        return ended.errors


def kill_everywhere(ground: Ground, points: Sequence[str], choose: random.Random, n: int) -> None:
    """End runs at points, at pairs of them, and at n random moments; a line for each kind."""
    articles = len(ground.wanted["rows"]["articles"])
    say(f"  an undisturbed run takes {ground.seconds:.2f} s, {articles} articles")
    for point in points:
        kill_at(ground, point)
    say(f"  killed at each of {len(points)} points: lakes as undisturbed")
    pairs = DOUBLE_FAULTS if len(points) == len(faults.POINTS) else DOUBLE_FAULTS[2:3]
    for pair in pairs:
        kill_at(ground, *pair)
    say(f"  killed again while recovering, {len(pairs)} pairs: lakes as undisturbed")
    kill_randomly(ground, choose, n)


def kill_randomly(ground: Ground, choose: random.Random, n: int) -> None:
    """End runs at n random moments; print how many were hit."""
    delays = [choose.uniform(0, ground.seconds) for _ in range(n)]
    killed = sum(kill_after(ground, delay) < 0 for delay in delays)
    say(f"  killed at {n} random moments ({killed} before their end): lakes as undisturbed")


def make_trouble(ground: Ground, folder: Path, points: Sequence[str]) -> None:
    """Full and read-only disks, a lake that goes away; shows what the user reads."""
    for point in points:
        shown = take_away_at(ground, point).replace(str(folder), "...")
        say(f"  lake deleted at {point}: {shown.strip()}")
    try:
        with small_disk(folder) as disk:
            for point in points:
                shown = fill_at(ground, point, disk).replace(str(disk), "...")
                say(f"  disk full at {point}: {shown.strip()}")
            shown = write_protected(ground, disk).replace(str(disk), "...")
            say(f"  read-only disk: {shown.strip()}")
    except PermissionError as error:
        say(f"  no full and read-only disks: {error}")


def say(line: str) -> None:
    """Show a line at once."""
    print(line, flush=True)


def main() -> None:
    """Every trial; fails at the first lake that is not as it must be."""
    from benchmarks.crash_catalog import PAIRS as CATALOG_PAIRS
    from benchmarks.crash_catalog import POINTS as CATALOG_POINTS
    from benchmarks.crash_catalog import SHORT_POINTS as CATALOG_SHORT
    from benchmarks.crash_catalog import kill_with_catalog

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--part", choices=(*PARTS, QUICK), action="append", help="only this; may be repeated"
    )
    parser.add_argument("--random", type=int, default=100, help="kills at random moments")
    parser.add_argument("--short", action="store_true", help="one or two points a step")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    parts = options.part or PARTS
    choose = random.Random(options.seed)  # noqa: S311  repeatable by --seed
    fewer = -(-options.random // 5)
    say(f"seed {options.seed}")
    warm_up()
    with tempfile.TemporaryDirectory(prefix="warta-crash-") as place:
        folder = Path(place)
        ground = prepare(folder) if set(parts) - {"rewrite", "store", "store-catalog"} else None
        if ground and QUICK in parts:
            kill_at(ground, *DOUBLE_FAULTS[1])
            say("on a disk: killed while it commits, and again while recovering: as undisturbed")
        if ground and "disk" in parts:
            say("on a disk")
            points = SHORT_POINTS if options.short else tuple(faults.POINTS)
            kill_everywhere(ground, points, choose, options.random)
        if ground and "workers" in parts:
            say("on a disk, with two worker processes")
            kill_randomly(prepare(folder, workers=2), choose, fewer)
        if ground and "trouble" in parts:
            say("in trouble")
            make_trouble(ground, folder, TROUBLED[::4] if options.short else TROUBLED)
        if "rewrite" in parts:
            say("an old lake that is rewritten, on a disk")
            old = prepare_rewrite(folder)
            if options.short:
                kill_rewrites(old, REWRITE_POINTS[3::3], REWRITE_PAIRS[1::2])
            else:
                kill_rewrites(old, REWRITE_POINTS, REWRITE_PAIRS)
        if ground and "catalog" in parts:
            say("with Iceberg tables and a mirror, on a disk")
            if options.short:
                kill_with_catalog(ground, folder, CATALOG_SHORT, CATALOG_PAIRS[1:2])
            else:
                kill_with_catalog(ground, folder, CATALOG_POINTS, CATALOG_PAIRS)
        if {"store", "store-catalog"} & set(parts):
            with object_store() as uri:
                stored = prepare(folder, uri)
                if "store" in parts:
                    say("on an object store")
                    points = SHORT_STORE_POINTS if options.short else tuple(faults.POINTS)
                    kill_everywhere(stored, points, choose, fewer)
                    old = prepare_rewrite(folder, uri)
                    kill_rewrites(old, ("commit.moved:2", "commit.marked"), ())
                if "store-catalog" in parts:
                    say("with Iceberg tables, on an object store")
                    if options.short:
                        kill_with_catalog(stored, folder, CATALOG_SHORT[2:], ())
                    else:
                        kill_with_catalog(stored, folder, CATALOG_POINTS, CATALOG_PAIRS)
    say("every promise was kept")


if __name__ == "__main__":
    main()
