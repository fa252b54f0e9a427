"""What a run shows while it works, and the query that it gives at the end."""

import io
import re
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from pipeline.reporting import progress
from pipeline.reporting.reports import Counts, EpochReport, RunReport
from transforms.core.schema import ARTICLES

EPOCH = EpochReport("t", Counts(6, 3, 1, 2), {"bad_json": 2}, 4, 1.5)
KNOWN = EpochReport("t", Counts(), {}, 0, 0.0, known=True)


def test_plain_lines_come_every_ten_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between start and end of an epoch a line comes only when ten seconds have gone by."""
    clock = 0.0
    monkeypatch.setattr("pipeline.reporting.progress.time.monotonic", lambda: clock)
    stream = io.StringIO()
    listener = progress.PlainListener(stream)
    listener.epoch_started(2, 7, 5_000_000)
    for second in range(1, 25):
        clock = float(second)
        listener.progress(second * 100, second)
    listener.epoch_committed(EPOCH)
    lines = [line.partition(" epoch 2 of 7: ")[2] for line in stream.getvalue().splitlines()]
    assert lines == [
        "started, 5.0 MB of input",
        "1,000 articles, 100 articles/s, 10 rejects",
        "2,000 articles, 100 articles/s, 20 rejects",
        "committed in 1.5 s, 6 read: 3 published, 1 duplicates, 2 rejected, 4 files",
    ]


def test_a_known_epoch_is_told_as_such() -> None:
    """An epoch that stood in the lake already is not shown as new work."""
    stream = io.StringIO()
    listener = progress.PlainListener(stream)
    listener.epoch_started(1, 1, 0)
    listener.epoch_committed(KNOWN)
    assert "stands in the lake already" in stream.getvalue()
    assert "1 of 1 epochs stood in the lake" in progress.summarize(RunReport("l", (KNOWN,), 0.1))


def test_the_live_line_sums_the_epochs(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal one line counts all epochs, and the committed counts replace the rough ones."""
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=120)
    monkeypatch.setattr("rich.console.Console", lambda **_: console)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with progress.open_listener(quiet=False) as listener:
        assert isinstance(listener, progress.LiveListener)
        listener.epoch_started(1, 2, 10)
        listener.epoch_committed(EPOCH)
        listener.epoch_started(2, 2, 10)
        listener.progress(96, 1)
    drawn = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen.getvalue())
    last = drawn.rstrip().rpartition("\r")[2]
    assert "epoch 2 of 2" in last
    assert "100 articles" in last
    assert "3 rejects" in last


@pytest.mark.parametrize("folder", ["lake", "it's a lake"])
def test_the_query_works_on_the_lake(tmp_path: Path, folder: str) -> None:
    """The SQL of the summary, pasted into DuckDB, gives originals, newest first."""
    lake = tmp_path / folder
    for day, headline, copy_of in [
        ("2026-03-24", "Baru", None),
        ("unknown", "Tanpa tanggal", None),
        ("2026-03-23", "Salinan", "a1"),
    ]:
        row = {
            "published_date": day,
            "headline": headline,
            "duplicate_of": copy_of,
            "topics": [{"name": "sport"}],
            "entities": [{"name": "Kota Dua"}],
        }
        row |= {"date_published": None, "publisher_name": None}
        part = lake / "articles" / f"published_date={day}"
        part.mkdir(parents=True)
        schema = pa.schema([ARTICLES.field(name) for name in row])
        pq.write_table(pa.Table.from_pylist([row], schema), part / "a.parquet")
    summary = progress.summarize(RunReport(f"{lake}/", (EPOCH,), 2.0))
    with duckdb.connect() as connection:
        rows = connection.execute(summary[summary.index("SELECT") :]).fetchall()
    assert sorted(rows) == [
        ("2026-03-24", None, "Baru", ["sport"], ["Kota Dua"]),
        ("unknown", None, "Tanpa tanggal", ["sport"], ["Kota Dua"]),
    ]


def test_the_query_leaves_options_of_the_uri_out() -> None:
    """What stands behind ? in a lake's URI means nothing to DuckDB."""
    summary = progress.summarize(RunReport("s3://bucket/news?region=x", (EPOCH,), 2.0))
    assert "'s3://bucket/news/articles/**/*.parquet'" in summary
