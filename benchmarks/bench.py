"""Speed and memory, side by side in one run: `make bench`.

Articles are made (see articles.py), seeded, so that every run measures the same work. Compared are
the plain loop over the pure functions on one core, two of them at once, and the pipeline with one
worker and with two; an input of which 95% is in the lake; the same small job over an empty lake and
over one of a million articles; the sink alone; a backfill and a lake of 300 days and of 3,000, by
what a day costs; a commit with and without Iceberg tables; then the memory used with 100 MB and
with 400 MB of input. Look at the ratios: the machine's mood is in every absolute figure.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import Any

import psutil

from benchmarks import article_index as bench_index
from benchmarks import catalog as bench_catalog
from benchmarks import feeds as bench_feeds
from benchmarks import lake as bench_lake
from benchmarks import report_lake as bench_report
from benchmarks import stories as bench_stories
from benchmarks.articles import clean_articles, sample_paragraphs, write_articles
from benchmarks.promises import judge
from benchmarks.suites import show_suite
from evaluation.entities import costs, loading
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Source
from warta.transforms.dedup.signatures import sign
from warta.transforms.lake.storage import Lake
from warta.transforms.tagging.entities import EntityTagger
from warta.transforms.tagging.tag import ARTICLES_AT_ONCE, ArticleTagger

_POLL_S = 0.05
_HISTORY_TURNS = 3


@dataclass(frozen=True, slots=True)
class Measured:
    """One command: wall time, articles a second, peak memory of its largest process."""

    name: str
    articles: int
    seconds: float
    peak_mb: float

    @property
    def rate(self) -> float:
        """Articles a second."""
        return self.articles / self.seconds


def run_loop(path: Path) -> int:
    """Return the plain loop: read, clean, tag and sign every article of a file, on one core."""
    tagger = ArticleTagger.load()
    done = 0
    batch: list[str] = []
    articles = clean_articles(Source(str(path), kind="jsonl"), InputLimits())
    while group := list(islice(articles, ARTICLES_AT_ONCE)):
        batch += [article.article_body for article in tagger.tag_all(group)]
        done += len(group)
        if len(batch) >= 1000:
            sign(batch)
            batch.clear()
    sign(batch)
    return done


def _run_loops(paths: Sequence[Path]) -> None:
    """One loop here, the others at the same time in processes of their own."""
    command = [sys.executable, "-m", "benchmarks.bench", "--loop"]
    others = [subprocess.Popen([*command, str(path)]) for path in paths[1:]]
    run_loop(paths[0])
    if any(other.wait() for other in others):
        sys.exit("a loop failed")


def measure(name: str, command: Sequence[str], articles: int) -> Measured:
    """Run a command; return its time, and the largest peak among its processes."""
    peaks: dict[int, int] = {}
    started = time.monotonic()
    process = psutil.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    done = threading.Event()

    def poll() -> None:
        while not done.wait(_POLL_S):
            _note_peaks(process, peaks)

    watcher = threading.Thread(target=poll, daemon=True)
    watcher.start()
    _, errors = process.communicate()
    seconds = time.monotonic() - started
    done.set()
    watcher.join()
    if process.returncode:
        raise RuntimeError(f"{name} failed: {errors.decode(errors='replace')[-2000:]}")
    return Measured(name, articles, seconds, max(peaks.values()) / 1024)


def _note_peaks(process: psutil.Process, peaks: dict[int, int]) -> None:
    """Add VmHWM, the kernel's own peak in kB, of a process and all below it."""
    try:
        family = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    for member in family:
        try:
            status = Path(f"/proc/{member.pid}/status").read_text(
                encoding="ascii", errors="replace"
            )
        except OSError:
            continue
        for line in status.splitlines():
            if line.startswith("VmHWM:"):
                peaks[member.pid] = max(peaks.get(member.pid, 0), int(line.split()[1]))


def _pipeline(path: Path, lake: Path, workers: int, *, fresh: bool = True) -> list[str]:
    if fresh:
        shutil.rmtree(lake, ignore_errors=True)
    command = [sys.executable, "-m", "warta", "run", str(path), "--lake", str(lake), "--quiet"]
    return [*command, "--workers", str(workers)]


def compare_speed(folder: Path, articles: int) -> list[Measured]:
    """Return the loop, one worker and two over the same articles.

    Two loops at once, with half of the articles each, tell what this machine's second core adds:
    no pipeline can do better.
    """
    path = folder / "speed.jsonl"
    write_articles(path, articles=articles)
    loop = [sys.executable, "-m", "benchmarks.bench", "--loop"]
    halves = _halves(path)
    return [
        measure("plain loop, one core", [*loop, str(path)], articles),
        measure("plain loop, two at once", [*loop, *map(str, halves)], articles),
        measure("pipeline, one worker", _pipeline(path, folder / "lake", 1), articles),
        measure("pipeline, two workers", _pipeline(path, folder / "lake", 2), articles),
    ]


def _halves(path: Path) -> list[Path]:
    lines = path.read_bytes().splitlines(keepends=True)
    middle = len(lines) // 2
    halves = [path.with_suffix(f".{number}.jsonl") for number in (1, 2)]
    for half, part in zip(halves, (lines[:middle], lines[middle:]), strict=True):
        half.write_bytes(b"".join(part))
    return halves


def compare_memory(folder: Path, sizes_mb: Sequence[int]) -> list[Measured]:
    """Return the pipeline with two workers over inputs of several sizes."""
    rows = []
    for size in sizes_mb:
        path = folder / "memory.jsonl"
        articles = write_articles(path, megabytes=size)
        name = f"pipeline, two workers, {size} MB"
        rows.append(measure(name, _pipeline(path, folder / "lake", 2), articles))
    return rows


def compare_known(folder: Path, first: Measured) -> Measured:
    """Return an input of which 95% is in the lake that `compare_speed` has left there."""
    write_articles(folder / "new.jsonl", articles=first.articles // 10, seed=2)
    path = folder / "known.jsonl"
    articles = bench_lake.mix_known(folder / "speed.jsonl", folder / "new.jsonl", path, 0.95)
    command = _pipeline(path, folder / "lake", 2, fresh=False)
    return measure("two workers, 95% known", command, articles)


def compare_history(folder: Path, rows: int, articles: int = 500) -> list[Measured]:
    """Return a small job over an empty lake, and over one with a long history.

    Each is the median of three, in turns, with other articles in each turn.
    """
    path, empty, long = folder / "few.jsonl", folder / "empty", folder / "history"
    bench_lake.write_history(Lake(str(long)), rows)
    # What is still being written to the disk would slow down what is measured.
    os.sync()
    alone, beside = [], []
    for turn in range(_HISTORY_TURNS):
        write_articles(path, articles=articles, seed=4 + turn)
        command = _pipeline(path, empty, 2)
        alone.append(measure(f"{articles} articles, empty lake", command, articles))
        command = _pipeline(path, long, 2, fresh=False)
        beside.append(measure(f"{articles} articles, {rows:,} known", command, articles))
    shutil.rmtree(long)
    return [sorted(turns, key=attrgetter("seconds"))[len(turns) // 2] for turns in (alone, beside)]


def measure_sink(folder: Path, articles: int = 3000) -> bench_lake.SinkCost:
    """Return the sink alone, over finished articles."""
    path = folder / "sink.jsonl"
    write_articles(path, articles=articles)
    tagger = ArticleTagger.load()
    finished = [
        tagger.tag(one) for one in clean_articles(Source(str(path), kind="jsonl"), InputLimits())
    ]
    return bench_lake.measure_sink(finished, folder)


def show(rows: Sequence[Measured], base: Measured) -> None:
    """Print measured rows as a table, with ratios to `base`."""
    print(f"{'':34}{'articles':>9}{'seconds':>9}{'per s':>8}{'ratio':>7}{'peak MB':>9}")
    for row in rows:
        print(
            f"{row.name:34}{row.articles:>9}{row.seconds:>9.1f}{row.rate:>8.0f}"
            f"{row.rate / base.rate:>7.2f}{row.peak_mb:>9.0f}"
        )


def show_tagging() -> None:
    """Print what finding and linking names takes, step by step, and what loading takes."""
    bodies = [". ".join(sentences) for sentences in sample_paragraphs()["id"]]
    for name, value in (costs(EntityTagger.load("id"), bodies) | loading()).items():
        print(f"{name:34}{value:>17.2f}")


def main() -> None:
    """Measures, prints, writes JSON; fails where a figure is worse than what is held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--history", type=int, default=1_000_000, help="articles of a long history")
    parser.add_argument("--days", type=int, nargs=2, default=(300, 3000), help="of a backfill")
    parser.add_argument("--memory-mb", type=int, nargs=2, default=(100, 400))
    parser.add_argument("--json", type=Path, default=Path("bench.json"))
    parser.add_argument(
        "--feedparser", type=Path, action="append", default=[], metavar="FOLDER",
        help="tests of feedparser's source distribution, to be read too",
    )  # fmt: skip
    parser.add_argument("--loop", type=Path, nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.loop:
        _run_loops(options.loop)
        return
    # Each figure as soon as it is known, also into a file.
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    with tempfile.TemporaryDirectory(prefix="warta-bench-") as scratch:
        folder = Path(scratch)
        speed = compare_speed(folder, options.articles)
        story_bytes = bench_stories.stored_bytes(Lake(str(folder / "lake")))
        speed.append(compare_known(folder, speed[3]))
        show(speed, speed[0])
        history = compare_history(folder, options.history)
        show(history, speed[0])
        sink = measure_sink(folder)
        print(f"sink, ms an article: {sink.total:.3f}, of which {sink}")
        print(f"published files to one write of their rows: {sink.size:.3f}")
        print(f"story columns of a published article: {story_bytes:.0f} bytes")
        bench_stories.show()
        _, index = bench_index.measure(folder, 10_000_000)
        print(f"500 new ids beside ten million in the article index: {index}")
        days = [bench_lake.measure_days(folder / "days", count) for count in options.days]
        for count, cost in zip(options.days, days, strict=True):
            print(f"{count:,} days, ms of processor time a day: {cost}")
        catalog = bench_catalog.measure(folder)
        print(f"Iceberg tables beside 2,000 files, processor time: {catalog}")
        report = bench_report.measure_generated(str(folder / "report"), 200_000)
        print(f"report of 200,000 articles: {report}")
        memory = compare_memory(folder, options.memory_mb)
        show(memory, speed[0])
        # Here because it takes its measures from this module.
        from benchmarks import engines as bench_engines

        bench_engines.show(bench_engines.compare_engines(folder, options.articles // 5))
    show_tagging()
    feeds = bench_feeds.measure()
    for cases in options.feedparser:
        show_suite(cases)
    rows = [*speed, *history, *memory]
    figures = (
        feeds
        | days[1].ratios(days[0])
        | {
            "two_workers_to_loop": speed[3].rate / speed[0].rate,
            "known_to_first": speed[4].seconds / speed[3].seconds,
            "history_s": history[1].seconds - history[0].seconds,
            "sink_to_loop": sink.total / (1_000 / speed[0].rate),
            "sink_size": sink.size,
            "index_read": index.read_bytes / index.file_bytes,
            "story_bytes": story_bytes,
            "catalog_commit_s": catalog.more,
            "report_mb": report.peak_mb,
            "report_page_mb": report.page_mb,
            "memory_growth": memory[1].peak_mb / memory[0].peak_mb,
            "peak_mb": max(row.peak_mb for row in rows[1:]),
        }
    )
    document = {"rows": [_row(row) for row in rows], "figures": figures}
    options.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    print(", ".join(f"{name} {value:.2f}" for name, value in figures.items()))
    worse, missed = judge(figures)
    for line in missed:
        print(f"missed: {line}")
    if worse:
        sys.exit("worse than what is held: " + "; ".join(worse))


def _row(row: Measured) -> dict[str, Any]:
    return {
        "name": row.name,
        "articles": row.articles,
        "seconds": round(row.seconds, 2),
        "articles_per_s": round(row.rate, 1),
        "peak_mb": round(row.peak_mb),
    }


if __name__ == "__main__":
    main()
