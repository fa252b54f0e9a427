"""What `warta load` costs: rows into PostgreSQL and DuckDB, in processor time of both sides.

    python -m benchmarks.load [ARTICLES]

The lake holds articles of about 5 KB with their mentions, in commits of 500.
"""

import os
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path

import psutil

from benchmarks.articles import clean_articles, write_articles
from tests.support.lakes import NOW, write_plainly
from tests.support.postgres import PASSWORD, find_binaries, postgres_server
from warta.pipeline.loading.load import load_lake, open_database
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Source
from warta.transforms.core.schema import TABLES
from warta.transforms.lake.catalog import read_snapshot
from warta.transforms.lake.storage import Lake
from warta.transforms.tagging.tag import ArticleTagger

_COMMIT = 500


@dataclass(frozen=True, slots=True)
class LoadCost:
    """One load of everything, and one that has nothing to do."""

    rows: int
    articles: int
    seconds: float
    """Wall time; on a busy machine the others say more."""
    client_s: float
    """Processor time of `warta load`."""
    server_s: float
    """Processor time of the server."""
    idle: float
    """Wall time of a load that finds nothing new."""

    def __str__(self) -> str:
        """Return the figures, by article."""
        each = 1000 / self.articles
        return (
            f"{self.rows:,} rows ({self.articles:,} articles) in {self.seconds:.1f} s: "
            f"{self.rows / self.seconds:,.0f} rows/s; processor time an article: "
            f"{each * self.client_s:.2f} ms here, {each * self.server_s:.2f} ms in the server; "
            f"a load that finds nothing new: {self.idle:.2f} s"
        )


def make_lake(folder: Path, articles: int) -> Lake:
    """Write a lake of mixed articles with entities, topics and mentions."""
    path = folder / "articles.jsonl"
    write_articles(path, articles=articles)
    tagger = ArticleTagger.load()
    lake = Lake(str(folder / "lake"))
    cleaned = clean_articles(Source(str(path), kind="jsonl"), InputLimits())
    tagged = map(tagger.tag, cleaned)
    for number in range(-(-articles // _COMMIT)):
        at = NOW + timedelta(minutes=number)
        write_plainly(lake, islice(tagged, _COMMIT), f"t{number}", started_at=at)
    return lake


def measure(lake: Lake, target: str, server: psutil.Process | None = None) -> LoadCost:
    """Return what a load takes.

    Args:
      lake: The lake.
      target: The database, as on the command line.
      server: Its first process, where it has one.
    """
    live = read_snapshot(lake)
    rows = {table: sum(file.rows for file in live.files(table)) for table in TABLES}
    before, started, began = _server_seconds(server), time.monotonic(), time.process_time()
    _load(lake, target)
    seconds, client_s = time.monotonic() - started, time.process_time() - began
    server_s = _server_seconds(server) - before
    started = time.monotonic()
    _load(lake, target)
    idle = time.monotonic() - started
    return LoadCost(sum(rows.values()), rows["articles"], seconds, client_s, server_s, idle)


def _server_seconds(server: psutil.Process | None) -> float:
    """Return the processor time of a server and of its processes, also of those that ended."""
    if server is None:
        return 0.0
    family = [server, *server.children(recursive=True)]
    own = sum(one.cpu_times().user + one.cpu_times().system for one in family)
    times = server.cpu_times()
    return own + times.children_user + times.children_system


def _load(lake: Lake, target: str) -> None:
    database = open_database(target, "public")
    try:
        load_lake(lake.uri, database, lambda _: None)
    finally:
        database.close()


def main() -> None:
    """Print the figures."""
    articles = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    with tempfile.TemporaryDirectory(prefix="warta-load-") as name:
        folder = Path(name)
        lake = make_lake(folder, articles)
        print(f"DuckDB: {measure(lake, f'duckdb:{folder}/news.duckdb')}")
        binaries = find_binaries()
        if binaries is None:
            sys.exit("no PostgreSQL server: apt-get install postgresql")
        os.environ["PGPASSWORD"] = PASSWORD
        with postgres_server(binaries) as uri:
            (server,) = psutil.Process().children()
            print(f"PostgreSQL: {measure(lake, f'{uri}/postgres', server)}")


if __name__ == "__main__":
    main()
