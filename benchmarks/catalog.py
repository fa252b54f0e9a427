"""What Iceberg tables cost: a commit with and without them, and a sync, beside many files.

    python -m benchmarks.catalog [FILES]

One real file is linked under as many names: what is measured is metadata.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.support.lakes import article, write_plainly
from warta.transforms.lake.iceberg import maintenance, status
from warta.transforms.lake.storage import Lake

_COMMITS = 15


def fill(lake: Lake, count: int) -> None:
    """Give a lake so many files of articles, eight a commit."""
    write_plainly(lake, [article("first")], "first")
    document = lake.read_json("_commits/first.json")
    (real,) = (file for file in document["files"] if file["table"] == "articles")
    for commit in range(count // 8):
        files = []
        for number in range(commit * 8, commit * 8 + 8):
            day = f"{2010 + number // 336 % 15}-{number // 28 % 12 + 1:02}-{number % 28 + 1:02}"
            path = f"articles/day={day}/x{number}-0-abcdef12.parquet"
            Path(lake.path(path)).parent.mkdir(parents=True, exist_ok=True)
            os.link(lake.path(real["path"]), lake.path(path))
            files.append({**real, "path": path, "partition": day})
        name = f"_commits/x{commit:05}.json"
        more = {"token": f"x{commit}", "sequence": commit + 2, "files": files}
        lake.write_json(name, document | more, sealed=True, durable=False)


def seconds(work: Callable[[], object]) -> float:
    """Return the processor time that something takes: other work on the machine does not count."""
    started = time.process_time()
    work()
    return time.process_time() - started


def commits(lake: Lake, name: str) -> float:
    """Return the median processor time of commits of one article, from its row to the end."""
    times = []
    for number in range(_COMMITS):
        rows = [article(f"{name}{number}", day="2026-11-12")]
        times.append(seconds(partial(write_plainly, lake, rows, f"{name}{number}")))
    return statistics.median(times)


@dataclass(frozen=True, slots=True)
class CatalogCost:
    """Seconds of processor time, beside many files of articles."""

    register: float
    """To make the tables of all files."""
    without: float
    """A commit of one article without tables."""
    commit: float
    """The same with them."""
    idle: float
    """A sync that has nothing to do."""
    sync: float
    """A sync of eight files."""
    compare: float
    """A comparison of all files."""
    megabytes: float
    """Of metadata, before any expires."""

    @property
    def more(self) -> float:
        """What the tables add to a commit."""
        return self.commit - self.without

    def __str__(self) -> str:
        """Each figure with its name."""
        return (
            f"registered in {self.register:.2f} s; a commit without tables {self.without:.3f} s, "
            f"with {self.commit:.3f} s; a sync with nothing to do {self.idle:.3f} s, of eight "
            f"files {self.sync:.3f} s; a comparison of all files {self.compare:.3f} s; metadata "
            f"{self.megabytes:.1f} MB"
        )


def measure(folder: Path, count: int = 2000) -> CatalogCost:
    """Return what Iceberg tables cost beside so many files.

    Args:
      folder: A folder to work in.
      count: Files of articles.
    """
    lake = Lake(f"{folder}/catalog")
    fill(lake, count)
    commits(lake, "warm")
    without = commits(lake, "without")
    register = seconds(lambda: maintenance.enable(lake))
    commits(lake, "warm-again")
    with_tables = commits(lake, "with")
    idle = seconds(lambda: maintenance.sync(lake))
    hidden = folder / "hidden"
    Path(lake.path("_iceberg")).rename(hidden)
    days = [f"2026-10-{number:02}" for number in range(11, 15)]
    write_plainly(lake, [article(f"late{day}", day=day) for day in days], "late")
    hidden.rename(lake.path("_iceberg"))
    sync = seconds(lambda: maintenance.sync(lake))
    compare = seconds(lambda: status.status(lake))
    size = sum(lake.size(path) or 0 for path in lake.files("_iceberg", recursive=True))
    return CatalogCost(register, without, with_tables, idle, sync, compare, size / 1e6)


def main() -> None:
    """Print the figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    with tempfile.TemporaryDirectory(prefix="warta-catalog-") as folder:
        print(f"{count} files: {measure(Path(folder), count)}")


if __name__ == "__main__":
    main()
