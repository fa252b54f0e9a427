"""Where a run on many executors stops scaling: `python -m benchmarks.scaling`.

The batch graph runs with Spark's runner over a cluster that is made up: it says how many cores it
has, and does each task here, one after the other. Tagging is faked and costs nothing. What is taken
apart is what the driver does by itself, for every article and for every task: dealing out,
gathering, deciding, committing. From that, and from what an article costs a worker, follows how
long a batch takes on any number of cores.
"""

import argparse
import re
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import apache_beam as beam
import psutil

from benchmarks.articles import write_articles
from warta.pipeline import graph
from warta.pipeline.engines.registry import lacks
from warta.pipeline.engines.spark import spark_of
from warta.pipeline.options import RunOptions
from warta.pipeline.spark.bundle import Kept, run_task
from warta.pipeline.spark.plan import Stage
from warta.pipeline.spark.runner import StageRunner
from warta.pipeline.spark.spread import LEAST_BYTES, MOST_BYTES, TASKS_A_CORE, weight_of
from warta.transforms import tag_articles
from warta.transforms.core.options import STORY_DAYS
from warta.transforms.core.records import Article, Reference, Source
from warta.transforms.lake.catalog import live_files
from warta.transforms.lake.layout import Run
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.versions import versions

_BATCH_S = 120.0
"""Of all cores, as docs/guides/spark.md says of --epoch-mb."""
_CORES = (1, 2, 4, 16, 64, 256)


@dataclass(slots=True)
class FakeCluster:
    """Cores that are not there: tasks are done here, and their time is taken apart."""

    cores: int
    task_s: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def run(self, name: str, stage: bytes, tasks: Sequence[bytes]) -> list[bytes]:
        """Do every task; return their results."""
        results = []
        for task in tasks:
            started = time.process_time()
            results.append(run_task(stage, task))
            self.task_s[name].append(time.process_time() - started)
        return results


class _Timed(StageRunner):
    """Takes the driver's own time of each stage."""

    def __init__(self, cluster: FakeCluster) -> None:
        super().__init__(cluster, weight_of)
        self.cluster = cluster
        self.driver_s: dict[str, float] = {}
        self.peak_mb = 0.0

    def _run_stage(self, stage: Stage, elements: list[Any]) -> Kept:
        _forget_peak()
        started = time.process_time()
        kept = super()._run_stage(stage, elements)
        spent = time.process_time() - started
        if stage.is_spread:
            spent -= sum(self.cluster.task_s[stage.name])
        else:
            self.peak_mb = max(self.peak_mb, _peak_mb())
        self.driver_s[stage.name] = self.driver_s.get(stage.name, 0.0) + spent
        return kept


def _forget_peak() -> None:
    """Let the system begin again to note how large this process becomes."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _peak_mb() -> float:
    """Return the most memory that this process had since it was last forgotten."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) / 1024


class _NoTagger:
    """Adds nothing to articles, at no cost."""

    def tag_all(self, articles: Sequence[Article]) -> list[Article]:
        """Return them as they are."""
        return list(articles)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a batch took the driver, and each of its tasks."""

    articles: int
    tasks: int
    driver_s: dict[str, float]
    """By stage."""
    task_s: dict[str, list[float]]
    peak_mb: float = 0.0
    """Of the driver, in the stages that it does by itself."""

    @property
    def serial_s(self) -> float:
        """Of the driver's, all stages."""
        return sum(self.driver_s.values())


def measure(folder: Path, lines: Sequence[bytes], cores: int, story_days: int) -> Cost:
    """Return what a batch costs the driver of so many cores.

    Args:
      folder: A folder to work in.
      lines: The batch's records as JSON.
      cores: How many the driver believes to have.
      story_days: As the option.

    Raises:
      RuntimeError: The lake is not as it should be.
    """
    place = folder / f"{len(lines)}-{cores}-{story_days}"
    place.mkdir()
    source = Source("bench", "jsonl")
    references = []
    files = min(len(lines), cores * TASKS_A_CORE)
    for number in range(files):
        path = place / f"{number}.jsonl"
        path.write_bytes(b"".join(lines[number::files]))
        # Of the size that a task of the cluster would have: as many tasks as files.
        references.append(Reference(source, str(path), "jsonl", LEAST_BYTES))
    lake = Lake(str(place / "lake"))
    lake.create()
    run = Run("bench", "bench", datetime.now(UTC))
    settings = RunOptions(sources=(source,), lake=lake.uri, story_days=story_days)
    runner = _Timed(FakeCluster(cores))
    tagger = patch.object(tag_articles, "shared_tagger", lambda _: _NoTagger())
    # Disks are not waited for: processor time is what is compared.
    with tagger, patch("os.fsync"):
        pipeline = beam.Pipeline(runner)
        graph.build(pipeline, references, settings, run, {"versions": versions(), "inputs": []})
        pipeline.run()
    rows = sum(file.rows for file in live_files(lake, "articles"))
    if rows != len(lines):
        raise RuntimeError(f"{rows} of {len(lines)} articles are in {lake}")
    return Cost(len(lines), files, runner.driver_s, dict(runner.cluster.task_s), runner.peak_mb)


@dataclass(frozen=True, slots=True)
class Law:
    """The driver's own seconds of a batch: fixed, for a task of the first stage, for an article."""

    fixed: float
    task: float
    article: float

    def row(self, cores: int, article_ms: float) -> str:
        """Return how a batch of two minutes' work of all cores goes on so many."""
        articles = round(_BATCH_S * 1000 / article_ms) * cores
        driver_s = self.fixed + self.task * TASKS_A_CORE * cores + self.article * articles
        share = _BATCH_S / (_BATCH_S + driver_s)
        rate = articles / (_BATCH_S + driver_s)
        return f"{cores:>6}{articles:>11,}{driver_s:>10.0f}{share:>8.0%}{rate:>12,.0f}"


def law_of(small: Cost, large: Cost, many: Cost) -> Law:
    """Return what three batches say: of few articles, of more, and of few in many tasks.

    Example:
      >>> costs = [Cost(*given, {}) for given in ((10, 2, {"a": 2.0}), (20, 2, {"a": 3.0}))]
      >>> law = law_of(*costs, Cost(10, 12, {"a": 4.0}, {}))
      >>> round(law.article, 3), round(law.task, 3)
      (0.1, 0.2)
    """
    article = (large.serial_s - small.serial_s) / (large.articles - small.articles)
    task = (many.serial_s - small.serial_s) / (many.tasks - small.tasks)
    return Law(small.serial_s - article * small.articles - task * small.tasks, task, article)


def spark_task_s(folder: Path, tasks: int) -> float | None:
    """Return Spark's processor seconds, on this machine, for a task that does nothing.

    Args:
      folder: The name of a lake; none is made.
      tasks: How many.

    Returns:
      None where there is no Spark.
    """
    if lacks("spark"):
        return None
    settings = RunOptions(sources=(), lake=str(folder), engine="spark", workers=2)
    with spark_of(settings) as cluster:
        assert cluster is not None
        cluster.start()
        for _ in range(2):
            # The first time Java compiles itself.
            before = _family_s()
            pipeline = beam.Pipeline(StageRunner(cluster, lambda _: MOST_BYTES))
            pipeline | beam.Create(range(tasks), reshuffle=False) | beam.Reshuffle() | beam.Map(abs)
            pipeline.run()
            spent = _family_s() - before
    return spent / tasks


def _family_s() -> float:
    """Return the processor seconds of this process and all that live under it."""
    here = psutil.Process()
    family = [one.cpu_times() for one in (here, *here.children(recursive=True))]
    return sum(one.user + one.system for one in family)


def show(articles: int = 3_200, article_ms: float = 8.5) -> None:
    """Measure and print.

    Args:
      articles: Of the larger batch that is measured.
      article_ms: What an article takes a worker.
    """
    with tempfile.TemporaryDirectory(prefix="warta-scaling-") as scratch:
        folder = Path(scratch)
        path = folder / "all.jsonl"
        write_articles(path, articles=articles)
        lines = path.read_bytes().splitlines(keepends=True)
        for story_days in (STORY_DAYS, 0):
            _show_law(folder, lines, story_days, article_ms)
        task_s = spark_task_s(folder / "none", 256)
        if task_s is not None:
            print(
                f"Spark's own processor time for a task that does nothing: {1000 * task_s:.1f} ms"
            )


def _show_law(folder: Path, lines: Sequence[bytes], story_days: int, article_ms: float) -> None:
    few = lines[: len(lines) // 4]
    small, large, many = (
        measure(folder, given, cores, story_days)
        for given, cores in ((few, 4), (lines, 4), (few, len(few) // TASKS_A_CORE))
    )
    law = law_of(small, large, many)
    print(
        f"--story-days {story_days}: the driver takes {law.fixed:.2f} s, "
        f"{1000 * law.task:.2f} ms a task, {1000 * law.article:.3f} ms an article"
    )
    print(
        f"largest process while the driver works: {small.peak_mb:,.0f} MB with {small.articles:,} "
        f"articles, {large.peak_mb:,.0f} MB with {large.articles:,}"
    )
    print(f"{'cores':>6}{'articles':>11}{'driver s':>10}{'busy':>8}{'articles/s':>12}")
    for cores in _CORES:
        print(law.row(cores, article_ms), flush=True)
    publishing = large.task_s["WriteLake"]
    each_ms = 1000 * sum(publishing) / len(lines)
    print(f"publishing: {len(publishing)} tasks, {each_ms:.2f} ms an article", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=3_200)
    parser.add_argument("--article-ms", type=float, default=8.5, help="of a worker, an article")
    asked = parser.parse_args()
    show(asked.articles, asked.article_ms)


if __name__ == "__main__":
    main()
