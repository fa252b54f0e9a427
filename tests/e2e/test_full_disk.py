"""A disk without space: one clear line, a status that says "failed", and a lake without faults."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.jobs import small_disk
from tests.support.lakes import words
from tests.support.waiting import PATIENCE_S
from warta.pipeline.cli import main
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.verify.lake import verify

NO_SPACE = "No space left on device; what was committed is safe"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Of 3 MB."""
    try:
        with small_disk(tmp_path, 3) as folder:
            yield folder
    except PermissionError:
        pytest.skip("this user may not mount a file system")


def _articles(path: Path, first: int, count: int, length: int) -> Path:
    with path.open("w", encoding="utf-8") as file:
        for number in range(first, first + count):
            record = {"url": f"https://a.example/{number}", "text": words(length, number)}
            file.write(json.dumps(record) + "\n")
    return path


def test_a_run_with_workers_ends_in_one_line(tmp_path: Path, disk: Path) -> None:
    """No traceback of any worker; nothing is committed, and nothing half written is in the way."""
    path = _articles(tmp_path / "many.jsonl", 0, 1500, 600)
    command = [sys.executable, "-m", "pipeline", "run", path, "--lake", disk / "lake"]
    done = subprocess.run(
        [*map(str, command), "--workers", "2"],
        capture_output=True,
        text=True,
        check=False,
        timeout=3 * PATIENCE_S,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    line = done.stderr.splitlines()[-1]
    assert line.startswith(f"warta: cannot write to the lake {disk / 'lake'}: {NO_SPACE}")
    assert verify(Lake(str(disk / "lake"))).faults == ()


def test_a_compaction_leaves_the_lake_as_it_was(
    tmp_path: Path, disk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 1: the command was right. The lock that could not be written is not left behind."""
    lake = str(disk / "lake")
    for first in (0, 30):
        path = _articles(tmp_path / f"{first}.jsonl", first, 30, 60)
        options = ["--lake", lake, "--workers", "1", "--compact", "off", "--quiet"]
        assert main(["run", str(path), *options]) == 0
    about = os.statvfs(disk)
    (disk / "other").write_bytes(bytes(about.f_bavail * about.f_bsize))
    capsys.readouterr()
    assert main(["compact", lake]) == 1
    output, errors = capsys.readouterr()
    assert output == ""
    assert errors.count("\n") == 1
    assert NO_SPACE in errors
    found = verify(Lake(lake))
    assert (found.faults, found.rows["articles"]) == ((), 60)
