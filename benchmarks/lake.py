"""What the lake costs: the sink, reading again what is known, a long history, and many days."""

import gc
import random
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.stories import story_columns
from tests.support.lakes import article
from warta.pipeline.maintenance import compact_lake
from warta.transforms.core.counts import Counts
from warta.transforms.core.records import Article
from warta.transforms.core.schema import ARTICLES
from warta.transforms.dedup.signatures import BANDS, MINHASH_SCHEME, PERMUTATIONS, sign
from warta.transforms.lake.article_index import index_rows, write_index
from warta.transforms.lake.commit import commit
from warta.transforms.lake.compaction import CompactionPolicy
from warta.transforms.lake.decisions import Policy, decide
from warta.transforms.lake.files import FinalFile
from warta.transforms.lake.layout import PublishedFile, Run
from warta.transforms.lake.open_files import OpenFiles
from warta.transforms.lake.publish_run import commit_run, publish_run, write_task
from warta.transforms.lake.staging import MAX_BUFFER_BYTES, Stager
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.tally import Decision
from warta.transforms.lake.verify.lake import verify

_COMPACTION = CompactionPolicy(8, 128 << 20)
_FIRST_DAY = date(2026, 10, 28)
_DAYS = 30
_BODY_WORDS = 40
_NO_DETAILS: Mapping[str, Any] = Decision().details()


@dataclass(frozen=True, slots=True)
class SinkCost:
    """CPU milliseconds an article on one core, by step."""

    stage: float
    find: float
    publish: float
    commit: float
    size: float
    """Of the published files of articles, to one write of the same rows by pyarrow alone."""

    @property
    def total(self) -> float:
        """Of all steps."""
        return self.stage + self.find + self.publish + self.commit

    def __str__(self) -> str:
        """Each step with its cost."""
        parts = ("stage", "find", "publish", "commit")
        return ", ".join(f"{name} {getattr(self, name):.3f}" for name in parts)


def measure_sink(articles: Sequence[Article], folder: Path, repeats: int = 3) -> SinkCost:
    """Return what it costs to bring finished articles into an empty lake, without Beam.

    Signatures count as staging. Of `repeats` the cheapest counts.
    """
    costs = [_sink_once(articles, folder / f"sink{number}") for number in range(repeats)]
    return min(costs, key=lambda cost: cost.total)


def _sink_once(articles: Sequence[Article], folder: Path) -> SinkCost:
    lake, run = Lake(str(folder)), Run("bench", "bench", datetime.now(UTC))
    lake.create()
    marks = [time.process_time()]
    stager = Stager(lake, run, sign, MINHASH_SCHEME, MAX_BUFFER_BYTES)
    for finished in articles:
        stager.add(finished)
    staged = stager.close()
    marks.append(time.process_time())
    plan = decide(lake, run, staged, Policy(30, 0.8, _COMPACTION))
    marks.append(time.process_time())
    with OpenFiles(lake) as opened:
        files = [file for task in plan.tasks for file in write_task(lake, run, task, opened)]
    marks.append(time.process_time())
    commit_run(lake, run, files, plan.decision, read=len(articles), known=0, details={})
    marks.append(time.process_time())
    size = _size_to_one_write(lake)
    shutil.rmtree(folder)
    stage_ms, find_ms, publish_ms, commit_ms = (
        1000 * (end - start) / len(articles) for start, end in pairwise(marks)
    )
    return SinkCost(stage_ms, find_ms, publish_ms, commit_ms, size)


def _size_to_one_write(lake: Lake) -> float:
    paths = list(lake.files("articles", recursive=True))
    rows = pa.concat_tables(pq.read_table(lake.path(path), partitioning=None) for path in paths)
    alone = lake.path("alone.parquet")
    pq.write_table(rows, alone, compression="zstd")
    return sum(lake.size(path) or 0 for path in paths) / Path(alone).stat().st_size


def mix_known(first: Path, new: Path, path: Path, share_known: float, seed: int = 7) -> int:
    """Write an input of which a share is in `first`, the rest in `new`; return its records."""
    choose = random.Random(seed)  # noqa: S311  repeatable, not secret
    known, fresh = first.read_bytes().splitlines(), new.read_bytes().splitlines()
    wanted = round(len(known) * share_known)
    lines = choose.sample(known, wanted) + fresh[: len(known) - wanted]
    choose.shuffle(lines)
    path.write_bytes(b"\n".join(lines) + b"\n")
    return len(lines)


def write_history(lake: Lake, rows: int, seed: int = 3) -> None:
    """Fill a lake with articles over thirty days, with random ids and signatures.

    Bodies are short: what a run reads of its history are keys.
    """
    lake.create()
    run = Run("history", "history", datetime.now(UTC))
    random_ = np.random.default_rng(seed)
    files: list[PublishedFile] = []
    index: list[pa.Table] = []
    for number in range(_DAYS):
        day = str(_FIRST_DAY + timedelta(days=number))
        file = FinalFile(lake, run, "articles", day, number)
        count = rows * (number + 1) // _DAYS - rows * number // _DAYS
        for start in range(0, count, 10_000):
            made = _random_rows(random_, min(10_000, count - start), day)
            index.append(index_rows(made["article_id"], [day] * len(made)))
            file.write(made)
        closed = file.close()
        files += [closed] if closed else []
    total = sum(file.rows for file in files)
    indexed = write_index(lake, run, pa.concat_tables(index))
    files += [indexed] if indexed else []
    commit(lake, run, Counts(read=total, published=total), files, {})


def _random_rows(random_: np.random.Generator, count: int, day: str) -> pa.Table:
    minhash = random_.bytes(4 * PERMUTATIONS * count)
    bands = random_.integers(0, 1 << 48, BANDS * count, dtype=np.uint64)
    words = random_.integers(0, 1 << 16, (count, _BODY_WORDS)).astype(str)
    moment = datetime.fromisoformat(f"{day}T06:00:00Z")
    given: dict[str, Any] = {
        "article_id": [random_.bytes(16).hex() for _ in range(count)],
        "version": [1] * count,
        "article_body": [" ".join(body) for body in words],
        "word_count": [_BODY_WORDS] * count,
        "content_sha256": [random_.bytes(32).hex() for _ in range(count)],
        "date_published": [moment] * count,
        "minhash": [minhash[i : i + 512] for i in range(0, len(minhash), 512)],
        "minhash_bands": list(bands.reshape(count, BANDS)),
        "minhash_scheme": [MINHASH_SCHEME] * count,
        "source_uri": ["history.jsonl"] * count,
        "run_id": ["history"] * count,
        "ingested_at": [moment] * count,
        "schema_version": [2] * count,
        "published_date": [day] * count,
        "record_hash": random_.integers(-(1 << 63), 1 << 63, count),
    }
    given |= story_columns(given["article_id"], random_)
    columns = [
        pa.array(given[field.name], field.type)
        if field.name in given
        else pa.nulls(count, field.type)
        for field in ARTICLES.schema
    ]
    return pa.table(columns, schema=ARTICLES.schema)


@dataclass(frozen=True, slots=True)
class DaysCost:
    """Processor milliseconds a day of a batch of many days, and of a lake of as many."""

    publish: float
    """To stage, publish and commit one article a day in one batch."""
    small_run: float
    """To publish an article of every tenth day into a lake that has eight files a day."""
    verify: float
    """Of that lake."""
    compact: float
    """Of that lake, into a file a day."""

    def ratios(self, fewer: "DaysCost") -> dict[str, float]:
        """Return how much more a day costs here than among fewer days; 1 is in proportion."""
        return {
            f"days_{name}": getattr(self, name) / getattr(fewer, name)
            for name in ("publish", "small_run", "verify", "compact")
        }

    def __str__(self) -> str:
        """Each figure with its name."""
        names = ("publish", "small_run", "verify", "compact")
        return ", ".join(f"{name} {getattr(self, name):.2f}" for name in names)


def measure_days(folder: Path, days: int) -> DaysCost:
    """Return what days cost: a batch of so many, and a lake of as many with small files.

    Measured in processor time of this process; disks are not waited for.

    Args:
      folder: A folder to work in.
      days: How many.
    """
    dates = [str(_FIRST_DAY - timedelta(days=number)) for number in range(days)]
    with patch("os.fsync"):
        lake = Lake(str(folder / "batch"))
        publish_s = _timed(lambda: _publish_days(lake, dates, "batch"))
        shutil.rmtree(folder / "batch")
        lake = Lake(str(folder / "small"))
        _write_small_files(lake, dates)
        small_run_s = _timed(lambda: _publish_days(lake, dates[::10], "beside"))
        verify_s = _timed(lambda: _verify(lake))
        compact_s = _timed(lambda: _compact(lake))
        _verify(lake)
        shutil.rmtree(folder / "small")
    costs = (1000 * seconds / days for seconds in (publish_s, small_run_s, verify_s, compact_s))
    return DaysCost(*costs)


def _timed(work: Callable[[], object]) -> float:
    """Return the processor seconds that a piece of work takes."""
    gc.collect()
    started = time.process_time()
    work()
    return time.process_time() - started


def _publish_days(lake: Lake, dates: Sequence[str], name: str) -> None:
    lake.create()
    run = Run(name, name, datetime.now(UTC))
    stager = Stager(lake, run, sign, MINHASH_SCHEME, MAX_BUFFER_BYTES)
    for day in dates:
        stager.add(article(f"{name}{day}", day=day))
    publish_run(
        lake, run, stager.close(), Policy(30, 0.8, _COMPACTION), read=len(dates), details={}
    )


def _write_small_files(lake: Lake, dates: Sequence[str], files_a_day: int = 8) -> None:
    """Write commits of one small file a day."""
    lake.create()
    random_ = np.random.default_rng(5)
    for number in range(files_a_day):
        run = Run(f"small{number}", "small", datetime.now(UTC))
        files: list[PublishedFile] = []
        index: list[pa.Table] = []
        for position, day in enumerate(dates):
            rows = _random_rows(random_, 1, day)
            index.append(index_rows(rows["article_id"], [day]))
            file = FinalFile(lake, run, "articles", day, position)
            file.write(rows)
            closed = file.close()
            files += [closed] if closed else []
        indexed = write_index(lake, run, pa.concat_tables(index))
        files += [indexed] if indexed else []
        commit(lake, run, Counts(read=len(dates), published=len(dates)), files, _NO_DETAILS)


def _verify(lake: Lake) -> None:
    """Look through a lake.

    Raises:
      RuntimeError: It has a fault.
    """
    if faults := verify(lake).faults:
        raise RuntimeError(f"{len(faults)} faults, first: {faults[0]}")


def _compact(lake: Lake) -> None:
    compact_lake(lake.uri, target_mb=128, grace_s=0, wait_s=0, report=lambda _: None)
