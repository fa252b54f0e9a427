"""What a run shows while it works, and the query that it gives at the end."""

import io
import json
import re
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from warta.pipeline.console.log import log, open_log
from warta.pipeline.console.messages import local_time
from warta.pipeline.console.results import BatchReport, RunReport
from warta.pipeline.console.summary import summarize
from warta.transforms.core.counts import Counts
from warta.transforms.core.schema import ARTICLES

BATCH = BatchReport("t", Counts(6, 3, 1, 2), {"bad_json": 2}, 4, 1.5)
KNOWN = BatchReport("t", Counts(), {}, 0, 0.0, known=True)


def _progress(articles: int, rejects: int, seconds: float, share: float | None = None) -> None:
    log.info(
        "batch_progress",
        number=2,
        of=7,
        articles=articles,
        rejects=rejects,
        seconds=seconds,
        share=share,
    )


def test_lines_on_progress_come_every_ten_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between start and end of a batch a line comes only when ten seconds have gone by."""
    clock = 0.0
    monkeypatch.setattr("warta.pipeline.console.log.time.monotonic", lambda: clock)
    stream = io.StringIO()
    with open_log(stream=stream):
        log.info("batch_started", number=2, of=7, input_bytes=5_000_000)
        for second in range(1, 25):
            clock = float(second)
            _progress(second * 100, second, clock, share=second / 40)
        log.info("batch_committed", number=2, of=7, **BATCH.fields())
    lines = [line.partition(" batch 2 of 7: ")[2] for line in stream.getvalue().splitlines()]
    assert lines == [
        "started, 5.0 MB of input",
        "25%, 1,000 articles, 100 articles/s, 10 rejects",
        "50%, 2,000 articles, 100 articles/s, 20 rejects",
        "committed in 1.5 s, 6 read: 3 published, 1 duplicates, 2 rejected, 4 files",
    ]


def test_a_known_batch_is_reported_as_such() -> None:
    """A batch that was in the lake already is not shown as new work."""
    stream = io.StringIO()
    with open_log(stream=stream):
        log.info("batch_committed", number=1, of=1, **KNOWN.fields())
    assert "in the lake already" in stream.getvalue()
    summary = summarize(RunReport("l", (KNOWN,), 0.1))
    assert "1 of 1 batches were in the lake already" in summary
    assert "SELECT" not in summary


def test_events_are_objects_for_collectors_and_nothing_when_quiet() -> None:
    """One object a line with time, level and event; --quiet leaves only warnings."""
    stream = io.StringIO()
    with open_log("json", stream=stream):
        log.info("batch_started", number=1, of=1, input_bytes=7)
    event = json.loads(stream.getvalue())
    assert datetime.fromisoformat(event.pop("time")).tzinfo is not None
    assert event == {
        "level": "info",
        "event": "batch_started",
        "number": 1,
        "of": 1,
        "input_bytes": 7,
    }
    silent = io.StringIO()
    with open_log("json", quiet=True, stream=silent):
        log.info("batch_started", number=1, of=1, input_bytes=7)
        log.warning("cycle_failed", error="x")
    assert [json.loads(line)["event"] for line in silent.getvalue().splitlines()] == [
        "cycle_failed"
    ]


def test_events_outside_a_command_go_nowhere(capsys: pytest.CaptureFixture[str]) -> None:
    """Users of the packages as a library see nothing that was not asked for."""
    log.warning("batch_started", number=1, of=1, input_bytes=7)
    assert capsys.readouterr() == ("", "")


def test_a_stream_that_refuses_lines_does_not_end_the_work() -> None:
    """Standard error on a full disk: the work goes on."""
    went_on = False
    # Closing the file fails as well.
    with suppress(OSError), Path("/dev/full").open("w") as full:
        with open_log(stream=full):
            log.info("batch_started", number=1, of=1, input_bytes=7)
        went_on = True
    assert went_on


@pytest.mark.parametrize("width", [120, 20])
def test_the_bar_sums_the_batches(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    """On a terminal one line counts all batches, and moves within one."""
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=width)
    monkeypatch.setattr("rich.console.Console", lambda **_: console)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with open_log(progress=True):
        log.info("batch_started", number=1, of=2, input_bytes=10)
        log.info("batch_committed", number=1, of=2, **BATCH.fields())
        log.info("batch_started", number=2, of=2, input_bytes=10)
        _progress(96, 1, 1.0, share=0.5)
    drawn = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen.getvalue())
    last = drawn.rstrip().rpartition("\r")[2]
    assert "75%" in last
    if width == 120:
        assert "batch 2 of 2" in last
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
        part = lake / "articles" / f"day={day}"
        part.mkdir(parents=True)
        schema = pa.schema([ARTICLES.schema.field(name) for name in row])
        pq.write_table(pa.Table.from_pylist([row], schema), part / "a.parquet")
    summary = summarize(RunReport(f"{lake}/", (BATCH,), 2.0, is_new_lake=True))
    with duckdb.connect() as connection:
        rows = connection.execute(summary[summary.index("SELECT") :]).fetchall()
    assert sorted(rows) == [
        ("2026-03-24", None, "Baru", ["sport"], ["Kota Dua"]),
        ("unknown", None, "Tanpa tanggal", ["sport"], ["Kota Dua"]),
    ]


def test_the_query_leaves_options_of_the_uri_out() -> None:
    """What is after ? in a lake's URI means nothing to DuckDB."""
    summary = summarize(RunReport("s3://bucket/news?region=x", (BATCH,), 2.0, is_new_lake=True))
    assert "'s3://bucket/news/articles/**/*.parquet'" in summary


def test_an_impossible_zone_is_read_as_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    """TZ may name an offset of a week: lines are stamped all the same."""
    monkeypatch.setenv("TZ", "XXX-167:59:59")
    time.tzset()
    try:
        assert local_time(datetime(2026, 11, 9, 8, tzinfo=UTC)).isoformat() == (
            "2026-11-09T08:00:00+00:00"
        )
    finally:
        monkeypatch.undo()
        time.tzset()
