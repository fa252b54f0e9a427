"""What engines cost beside the local one, and an article in bytes: for docs/operations.md.

`python -m benchmarks.engines`, and a part of `make bench`: the same articles by the local engine
with one worker and by every other engine that is installed; the bytes that are in the lake and
cross shuffles. Processor time is shown, of all processes together, since the wall's clock is the
machine's mood; the start is shown apart, by a run over one article.
"""

import argparse
import pickle
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.articles import write_articles
from warta.pipeline.engines.registry import lacks
from warta.transforms.core.counts import ReadCount
from warta.transforms.core.records import Reference, Source
from warta.transforms.lake.layout import StagedRows
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.windows import Part

_ASK_S = 0.05


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor seconds of a run: for its start, and for its articles."""

    name: str
    articles: int
    start_s: float
    work_s: float

    @property
    def ms(self) -> float:
        """Milliseconds an article."""
        return 1000 * self.work_s / self.articles


def _processor_s(command: Sequence[str]) -> float:
    """Run a command to its end; return processor time of it and all that it started.

    Processes are asked while they live: of those that are killed, and of those of Spark, no parent
    ever asks.
    """
    process = psutil.Popen(command)
    spent: dict[psutil.Process, float] = {}
    while process.poll() is None:
        try:
            for one in (process, *process.children(recursive=True)):
                times = one.cpu_times()
                spent[one] = times.user + times.system
        except psutil.NoSuchProcess:
            continue
        time.sleep(_ASK_S)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return sum(spent.values())


def compare_engines(folder: Path, articles: int, only: Sequence[str] = ("",)) -> Iterator[Cost]:
    """Yield what each engine costs over the same articles, as soon as it is known.

    Args:
      folder: An empty folder to work in.
      articles: How many, beside the one that shows the start.
      only: What the names of engines begin with, as `show` prints them.
    """
    few, many = folder / "few.jsonl", folder / "inbox" / "many.jsonl"
    many.parent.mkdir()
    write_articles(few, articles=1)
    write_articles(many, articles=articles)
    sized: dict[str, float] = {}
    for name, options in _commands():
        if not name.startswith(tuple(only)):
            continue
        lake = folder / "lake"
        command = [sys.executable, "-m", "warta", *options, "--lake", str(lake), "--quiet"]
        start = _processor_s([*command[:4], str(few), *command[4:]])
        shutil.rmtree(lake)
        whole = _processor_s([*command[:4], str(many), *command[4:]])
        yield Cost(name, articles, start, whole - start)
        if not sized:
            sized = sizes(Lake(str(lake)), articles)
            print("lake, bytes an article: " + _render(sized))
        shutil.rmtree(lake)


def _commands() -> Iterator[tuple[str, list[str]]]:
    """Yield a name, and the words after `warta`, the first its command."""
    yield "local, one worker", ["run", "--workers", "1"]
    yield "local, two workers", ["run", "--workers", "2"]
    for engine, workers in (("prism", (1,)), ("flink", (1, 2)), ("spark", (2,))):
        if not lacks(engine):
            for count in workers:
                words = ["--engine", engine, "--workers", str(count)]
                yield f"{engine}, {count}", ["run", *words]
    if not lacks("spark"):
        for count in (1, 2, 4):
            # Executors are processes of their own, of one core each, as on a cluster.
            master = f"local-cluster[{count},1,1024]"
            words = ["--engine", "spark", "--spark-master", master]
            yield f"spark, {count} executors", ["run", *words]


def sizes(lake: Lake, articles: int) -> dict[str, float]:
    """Return the bytes an article of each table of a lake."""
    return {
        table: sum(lake.size(path) or 0 for path in lake.files(table, recursive=True)) / articles
        for table in ("articles", "mentions", "_ids")
    }


def shuffled() -> dict[str, int]:
    """Return the bytes, as engines encode it, of what crosses shuffles."""
    source = Source("s3://bucket/news/dumps/news-*.jsonl", "jsonl")
    reference = Reference(source, "s3://bucket/news/dumps/news-2026-11-16.jsonl", "jsonl", 8 << 20)
    rows = StagedRows(
        "articles",
        "2026-11-16",
        f"_staging/stream-20261116T120000Z.rows/articles-{'0' * 32}.parquet",
        0,
        256,
        3_000_000,
    )
    parts = {
        "reference": reference,
        "count": Part("read-" + "0" * 32, read=ReadCount(reference.uri, 1_000).records),
        "row group": Part(f"{rows.path}#0", rows=rows),
    }
    return {name: len(pickle.dumps(part)) for name, part in parts.items()}


def _render(figures: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:,.0f}" for name, value in figures.items())


def show(rows: Iterable[Cost]) -> None:
    """Print rows as they come; beside each engine what an article costs more than by the first."""
    print(f"{'processor time':34}{'articles':>9}{'start s':>9}{'ms each':>9}{'more':>8}")
    first: Cost | None = None
    for row in rows:
        first = first or row
        print(
            f"{row.name:34}{row.articles:>9}{row.start_s:>9.1f}{row.ms:>9.2f}"
            f"{row.ms - first.ms:>+8.2f}",
            flush=True,
        )


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=4_000)
    parser.add_argument("--only", nargs="+", default=[""], help="what names begin with")
    parser.add_argument("--no-scaling", action="store_true", help="engines alone")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="warta-engines-") as scratch:
        show(compare_engines(Path(scratch), options.articles, options.only))
    print("shuffled, bytes: " + _render(shuffled()))
    if options.no_scaling:
        return
    print("where a driver stops scaling:", flush=True)
    # Here because it is a command of its own as well.
    from benchmarks import scaling

    scaling.show()


if __name__ == "__main__":
    main()
