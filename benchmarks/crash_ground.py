"""Where lakes are disturbed: a lake with a history, the next run, and what it makes undisturbed."""

import json
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluation.story_set.make import MadeArticle, made_articles
from tests.support.jobs import Ended, in_child, run_job
from tests.support.lakes import words

VOLATILE = {"run_id", "ingested_at", "failed_at", "rejected_date", "updated_at"}
SMALL_FILES = 3
"""From how many the disturbed run merges; the history has more."""


def write_inputs(folder: Path) -> Path:
    """News that came before, in parts, and the job's: known, changed, new and broken records.

    The job also goes on with stories of before, and begins some of its own.
    """
    (folder / "before").mkdir(parents=True)
    known = [_record(number, f"known{number}") for number in range(40)]
    for part in range(4):
        write_records(folder / "before" / f"{part}.jsonl", [*known[part::4], report_of(part, 0)])
    job = folder / "job"
    job.mkdir()
    write_records(job / "known.jsonl", known[:30])
    write_records(job / "changed.jsonl", [_record(n, f"changed{n}") for n in range(0, 40, 5)])
    new = [_record(number, f"new{number}") for number in range(100, 140)]
    copies = [_record(number, f"new{number - 100}") for number in range(200, 205)]
    write_records(job / "new.jsonl", [*new, *copies])
    reports = [report_of(event, number) for event in range(6) for number in (1, 2)]
    write_records(job / "reports.jsonl", reports)
    (job / "broken.jsonl").write_text('{"broken\n[]\n{"text": "Satu kata."}\n', encoding="utf-8")
    return folder


def _record(number: int, text: object) -> dict[str, str]:
    day = f"2026-11-{10 + number % 3}T0{number % 9}:00:00Z"
    return {"url": f"https://berita.example/{number}", "text": words(90, text), "date": day}


def report_of(event: int, number: int) -> dict[str, str]:
    """Return one of several reports of an event, in Indonesian."""
    by_story: dict[str, list[MadeArticle]] = {}
    for one in made_articles():
        by_story.setdefault(one.story, []).append(one)
    stories = [found for name, found in sorted(by_story.items()) if name.startswith("id-f")]
    one = stories[event][number]
    url = f"https://berita.example/{one.id}"
    return {"url": url, "title": one.title, "text": one.text, "date": f"{one.published}T06:00:00Z"}


def write_records(path: Path, records: Sequence[dict[str, str]]) -> None:
    """Write records as lines of JSON."""
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
    from warta.transforms.lake.storage import Lake

    Lake(lake).filesystem.create_dir(Lake(lake).path("_replaced/20200101T000000Z-old/articles"))
    Lake(lake).write_json("_replaced/20200101T000000Z-old/articles/old.json", {})


def look(lake: str) -> dict[str, Any]:
    """Return what must not depend on how often a job was ended: rows, faults, leftovers, counts."""
    from tests.support.lakes import table_of
    from warta.transforms.core.schema import TABLES
    from warta.transforms.lake.storage import Lake
    from warta.transforms.lake.verify.lake import verify

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


def say(line: str) -> None:
    """Show a line at once."""
    print(line, flush=True)
