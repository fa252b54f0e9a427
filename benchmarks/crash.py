"""Runs that are ended at every step and at random moments: `make crash`.

Each trial takes a lake with a history, runs one more job over it and ends that job: SIGKILL of the
whole process group at a failpoint (transforms/lake/failpoints.py) or at a random moment, a disk
that is full, a lake that is taken away. Then the same job runs again, to its end, and the lake must
equal that of an undisturbed run: the same rows, every file sound, nothing left over. The same on an
object store, served by moto on this machine.
"""

import argparse
import random
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.crash_catalog import PAIRS as CATALOG_PAIRS
from benchmarks.crash_catalog import POINTS as CATALOG_POINTS
from benchmarks.crash_catalog import SHORT_POINTS as CATALOG_SHORT
from benchmarks.crash_catalog import kill_with_catalog
from benchmarks.crash_ground import Ground, check, copied, look, prepare, say
from benchmarks.crash_rebuild import REBUILD_PAIRS, REBUILD_POINTS, prepare_rebuild
from benchmarks.crash_rewrite import REWRITE_PAIRS, REWRITE_POINTS, kill_rewrites, prepare_rewrite
from tests.support.jobs import in_child, object_store, run_job, small_disk, warm_up
from warta.transforms.lake import failpoints

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
PARTS = ("disk", "workers", "trouble", "rewrite", "rebuild", "catalog", "store", "store-catalog")
QUICK = "quick"
"""A part of its own, for every run of the tests: what costs most if it breaks."""


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
        assert not Path(lake).exists(), f"deleted at {point}: it was made again"
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
    pairs = DOUBLE_FAULTS if len(points) == len(failpoints.POINTS) else DOUBLE_FAULTS[2:3]
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


def main() -> None:
    """Every trial; fails at the first lake that is not as it must be."""
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
        ground = (
            prepare(folder)
            if set(parts) - {"rewrite", "rebuild", "store", "store-catalog"}
            else None
        )
        if ground and QUICK in parts:
            kill_at(ground, *DOUBLE_FAULTS[1])
            say("on a disk: killed while it commits, and again while recovering: as undisturbed")
        if ground and "disk" in parts:
            say("on a disk")
            points = SHORT_POINTS if options.short else tuple(failpoints.POINTS)
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
        if "rebuild" in parts:
            say("a lake whose stories are rebuilt, on a disk")
            made = prepare_rebuild(folder)
            if options.short:
                kill_rewrites(made, REBUILD_POINTS[2::3], REBUILD_PAIRS[:1])
            else:
                kill_rewrites(made, REBUILD_POINTS, REBUILD_PAIRS)
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
                    points = SHORT_STORE_POINTS if options.short else tuple(failpoints.POINTS)
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
