"""`warta watch` as its user runs it: as a process that is ended, killed and started again."""

import io
import json
import os
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.typing import EventDict, WrappedLogger

from tests.support.jobs import run_job, warm_up
from tests.support.lakes import plain_graph, table_of, words
from tests.support.sites import Site, feeds_config, item, open_site, page
from tests.support.waiting import PATIENCE_S, free_port, wait_for
from warta.pipeline.cli import main
from warta.pipeline.commands.watch import followed
from warta.pipeline.console.log import open_log
from warta.pipeline.options import RunOptions, WatchOptions
from warta.pipeline.polling.cycle import run_cycle
from warta.pipeline.polling.loop import MAX_FAILURES, forked, watch
from warta.pipeline.signals import StopRequest
from warta.transforms.core.errors import LakeError, RunError
from warta.transforms.lake.feed_state import read_feeds
from warta.transforms.lake.locking import hold
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.verify.lake import verify
from warta.transforms.polling.schedule import PollSchedule
from warta.transforms.sources.http.client import RequestPolicy


@pytest.fixture
def site() -> Iterator[Site]:
    with open_site() as opened:
        yield opened


def text(number: int) -> str:
    return words(40, f"artikel {number}")


def headlines(lake: Path) -> list[str]:
    """Of the lake's articles, sorted."""
    rows = table_of(Lake(str(lake)), "articles").to_pylist()
    return sorted(row["headline"] for row in rows)


@contextmanager
def watching(*arguments: object) -> Iterator["subprocess.Popen[str]"]:
    """`warta watch` as a process group of its own; killed with the block, if it still lives."""
    command = [sys.executable, "-m", "warta", "watch", *map(str, arguments)]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def test_a_watch_is_measured_logged_and_drained(site: Site, tmp_path: Path) -> None:
    """SIGTERM to all its processes, amid a poll: what was asked for is committed, status 0."""
    site.put_feed(item(1, description=text(1)), ETag='"a"')
    location = site.root.replace("://", "://sari:rahasia@") + "/feed"
    lake, port = tmp_path / "lake", free_port()
    arguments = ["--config", feeds_config(tmp_path, location), "--lake", lake, "--every", "1s"]
    arguments += ["--min-interval", "1s", "--max-interval", "1s", "--host-delay", "0"]
    arguments += ["--workers", 2, "--log", "json", "--metrics-port", port]
    with watching(*arguments) as process:
        wait_for(lambda: list(lake.glob("_commits/*.json")), process=process)
        # The state of feeds is the last that a cycle reports.
        healthy = 'warta_feed_error_streak{feed="kabar-0"} 0.0'
        figures = wait_for(lambda: _metrics(port, healthy), process=process)
        asked, answer = threading.Event(), threading.Event()
        # Before there is news: a poll that found them at once would not be under way at the signal.
        site.delays["/feed"] = (asked, answer)
        site.put_feed(item(2, description=text(2)), item(1, description=text(1)), ETag='"b"')
        assert asked.wait(PATIENCE_S)
        os.killpg(process.pid, signal.SIGTERM)
        answer.set()
        _, errors = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0, errors
    assert headlines(lake) == ["Judul 1", "Judul 2"]
    assert verify(Lake(str(lake))).faults == ()
    assert 'warta_records_total{kind="published"} 1.0' in figures
    assert healthy in figures
    events = [json.loads(line) for line in errors.splitlines() if line.startswith("{")]
    assert {"cycle_started", "feed_polled", "cycle_committed", "waiting"} <= {
        event["event"] for event in events
    }
    stored = b"".join(path.read_bytes() for path in lake.rglob("*") if path.is_file())
    assert b"rahasia" not in stored
    assert "rahasia" not in errors


@pytest.mark.long
def test_a_watch_keeps_a_report_fresh(site: Site, tmp_path: Path) -> None:
    """Made after the first commit; young still at the second, and rebuilt at the end."""
    pytest.importorskip("vl_convert", reason="the extra report is not installed")
    site.put_feed(item(1, description=text(1)), ETag='"a"')
    lake, page = tmp_path / "lake", tmp_path / "report.html"
    arguments = ["--config", feeds_config(tmp_path, site.root + "/feed"), "--lake", lake]
    arguments += ["--every", "1s", "--min-interval", "1s", "--max-interval", "1s"]
    arguments += ["--host-delay", "0", "--workers", 2, "--quiet", "--report", page]
    with watching(*arguments) as process:
        wait_for(page.exists, process=process)
        first = page.read_text(encoding="utf-8")
        site.put_feed(item(2, description=text(2)), item(1, description=text(1)), ETag='"b"')
        wait_for(lambda: headlines(lake) == ["Judul 1", "Judul 2"], process=process)
        assert page.read_text(encoding="utf-8") == first
        os.killpg(process.pid, signal.SIGTERM)
        _, errors = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0, errors
    assert "<dt>articles</dt><dd>1</dd>" in first
    assert "<dt>articles</dt><dd>2</dd>" in page.read_text(encoding="utf-8")
    assert list(tmp_path.glob(".report.html.*")) == []


def _metrics(port: int, wanted: str) -> str | None:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
            text = str(answer.read().decode())
    except OSError:
        return None
    return text if wanted in text else None


def test_a_mended_feed_is_polled_at_once(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What its config said at the last poll is kept with its state; and what is next is shown."""
    site.put_feed()
    lake, path = tmp_path / "lake", feeds_config(tmp_path, site.root + "/feed")
    allowed = path.read_text(encoding="utf-8")
    arguments = ["watch", "--config", str(path), "--lake", str(lake), "--once", "--workers", "1"]
    path.write_text(allowed.replace("allow_private = true", ""), encoding="utf-8")
    assert main(arguments) == 0
    assert "allow_private = true in its [[source]]" in capsys.readouterr().err
    assert main(["feeds", "status", str(lake)]) == 1
    assert "not read under our own rules" in capsys.readouterr().out
    assert main(arguments) == 0
    assert "0 of 1 feeds are due, next due at" in capsys.readouterr().err
    assert site.asked == []
    path.write_text(allowed, encoding="utf-8")
    for more, count in (([], 1), ([], 1), (["--now"], 2)):
        assert main([*arguments, *more]) == 0
        assert len(site.asked) == count
    (state,) = read_feeds(Lake(str(lake)))
    assert (state["error"], state["error_streak"], state["polls"]) == (None, 0, 3)


@pytest.mark.parametrize("fault", ["feeds.staged", "commit.planned"])
def test_a_killed_poll_cycle_costs_nothing(site: Site, tmp_path: Path, fault: str) -> None:
    """Articles and state are as before it or after it, and the next poll cycle has all, once."""
    warm_up()
    site.put_feed(*(item(number, description=text(number)) for number in range(3)))
    lake = tmp_path / "lake"
    path = feeds_config(tmp_path, site.root + "/feed")
    arguments = ["watch", "--config", str(path), "--once"]
    arguments += ["--lake", str(lake), "--workers", "1", "--host-delay", "0", "--quiet"]
    killed = run_job(arguments, fault)
    assert killed.status == -signal.SIGKILL, killed.errors
    # A supervisor that starts it again and again does not make it press the feed.
    for _ in range(2):
        assert run_job(arguments).status == 0
    assert site.paths() == ["/feed"]
    an_hour_later = lambda: datetime.now(UTC) + timedelta(hours=1)  # noqa: E731
    with hold(Lake(str(lake))) as writer:
        cycle = watch_options(path, lake, an_hour_later), Lake(str(lake)), writer, plain_graph
        run_cycle(*cycle)
    assert headlines(lake) == ["Judul 0", "Judul 1", "Judul 2"]
    assert verify(Lake(str(lake))).faults == ()
    (state,) = read_feeds(Lake(str(lake)))
    assert (state["entries"], len(state["seen"])) == (3, 3)


class _Watched:
    """A reader of the log that keeps what a watch reports, and ends it."""

    def __init__(self, stop: StopRequest, waits: int) -> None:
        self._stop, self._waits = stop, waits
        self.committed: list[EventDict] = []
        self.failed: list[str] = []
        self.polled: list[EventDict] = []

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        match event["event"]:
            case "feed_polled":
                self.polled.append(event)
            case "cycle_committed":
                self.committed.append(event)
            case "cycle_failed":
                self.failed.append(event["error"])
            case "waiting":
                self._waits -= 1
                if self._waits == 0:
                    self._stop.set()
        return event


def watch_options(
    path: Path, lake: Path, clock: Callable[[], datetime] | None = None
) -> WatchOptions:
    sources, _, _ = followed(str(path))
    settings = RunOptions(sources=sources, lake=str(lake), workers=1)
    policy = RequestPolicy("warta/0.1 (+desk@news.example)", 0.0, 8, PATIENCE_S)
    later = clock or (lambda: datetime.now(UTC))
    return WatchOptions(settings, policy, PollSchedule(0.001, 0.002, 0.001), clock=later)


def _watch(path: Path, lake: Path, graph: Any = plain_graph, waits: int = 1) -> _Watched:
    stop = StopRequest()
    watcher = _Watched(stop, waits)
    with open_log(quiet=True, readers=[watcher], stream=io.StringIO()):
        watch(watch_options(path, lake), graph, stop, every_s=0.01, once=False)
    return watcher


def test_pages_are_joined_with_what_the_feed_says(site: Site, tmp_path: Path) -> None:
    """Text by the longer, headline and date by the feed; where the page fails, the feed's text."""
    date = "Mon, 16 Nov 2026 03:00:00 GMT"
    long_text = f"<![CDATA[<p>{words(200, 'panjang')}</p>]]>"
    site.put_feed(
        item(1, pubDate=date, description="Ringkasan pendek tentang panen padi di desa."),
        item(2, pubDate=date, description=long_text),
        item(3, pubDate=date, description=text(3)),
        item(4, pubDate=date, description=text(4)),
    )
    full = words(90, "halaman")
    head = '<html><head><link rel="canonical" href="https://news.example/satu"></head>'
    body = f"<body><article><h1>Judul lain</h1><p>{full}</p></article></body></html>"
    site.put("/a/1", head + body)
    site.put("/a/2", page(2))
    site.put("/a/3", status=404)
    site.put("/a/4", "<html><body></body></html>")
    lake = tmp_path / "lake"
    _watch(feeds_config(tmp_path, site.root + "/feed", more="fetch_pages = true\n"), lake)
    rows = {row["headline"]: row for row in table_of(Lake(str(lake)), "articles").to_pylist()}
    assert rows.keys() == {f"Judul {number}" for number in (1, 2, 3, 4)}
    first = rows["Judul 1"]
    assert first["article_body"] == full
    assert first["canonical_url"] == "https://news.example/satu"
    assert first["description"] == "Ringkasan pendek tentang panen padi di desa."
    assert (first["date_published_source"], first["published_date"]) == ("feed", "2026-11-16")
    assert rows["Judul 2"]["article_body"] == words(200, "panjang")
    assert rows["Judul 3"]["article_body"] == text(3)
    assert rows["Judul 4"]["article_body"] == text(4)
    assert table_of(Lake(str(lake)), "rejects").num_rows == 0


def test_a_changed_body_is_a_new_version(site: Site, tmp_path: Path) -> None:
    """The same link with other words; another headline or id is the same article."""
    lake, path = tmp_path / "lake", feeds_config(tmp_path, site.root + "/feed")
    for fields in (
        {"description": text(1)},
        {"description": text(1), "title": "Judul lain", "guid": "lain"},
        {"description": text(2)},
    ):
        site.put_feed(item(1, **fields))
        _watch(path, lake)
    rows = table_of(Lake(str(lake)), "articles").to_pylist()
    assert sorted((row["version"], row["article_body"]) for row in rows) == [
        (1, text(1)),
        (2, text(2)),
    ]
    assert len({row["article_id"] for row in rows}) == 1


def test_what_is_known_is_counted(site: Site, tmp_path: Path) -> None:
    """Entries that a feed shows again are read and duplicates; the counts meet."""
    lake, path = tmp_path / "lake", feeds_config(tmp_path, site.root + "/feed")
    site.put_feed(item(1, description=text(1)), item(2, description="Pendek."))
    assert _watch(path, lake).committed[0]["rejected"] == 1
    site.put_feed(
        item(3, description=text(3)), item(1, description=text(1)), item(2, description="Pendek.")
    )
    (counts,) = _watch(path, lake).committed
    assert (counts["read"], counts["published"], counts["duplicates"]) == (3, 1, 2)


def test_a_feed_without_entries_is_counted(site: Site, tmp_path: Path) -> None:
    """With news of another feed and without; it is not a record."""
    lake = tmp_path / "lake"
    path = feeds_config(tmp_path, site.root + "/feed", site.root + "/other")
    site.put_feed(item(1, description=text(1)))
    counts = []
    for title in ("Kosong", "Masih kosong"):
        empty = f"<rss version='2.0'><channel><title>{title}</title></channel></rss>"
        site.put("/other", empty, Content_Type="application/rss+xml")
        counts.append(_watch(path, lake).committed[0]["read"])
    assert counts == [1, 0]
    documents = [json.loads(one.read_bytes()) for one in (lake / "_commits").glob("*.json")]
    assert [one["passed_over"] for one in documents] == [{"no_entries": 1}] * 2
    assert verify(Lake(str(lake))).faults == ()


def test_a_cycle_without_news_is_a_commit_of_the_state(site: Site, tmp_path: Path) -> None:
    """A 304 moves the next poll on; the graph is not run."""
    lake, path = tmp_path / "lake", feeds_config(tmp_path, site.root + "/feed")
    site.put_feed(item(1, description=text(1)), ETag='"a"')
    _watch(path, lake)

    def no_graph(*_: object) -> None:
        raise AssertionError("nothing is new")

    watcher = _watch(path, lake, no_graph)
    assert watcher.polled[0]["result"] == "unchanged"
    (state,) = read_feeds(Lake(str(lake)))
    assert (state["polls"], state["http_status"]) == (2, 304)
    assert len(list((lake / "feeds").glob("*.parquet"))) == 1


def test_failed_cycles_are_tried_again_then_given_up(site: Site, tmp_path: Path) -> None:
    """Nothing is remembered of what was not committed; five in a row end the watch."""
    site.put_feed(item(1, description=text(1)))
    lake, path = tmp_path / "lake", feeds_config(tmp_path, site.root + "/feed")
    failures = iter([1, 1])

    def graph(*arguments: Any) -> None:
        if next(failures, None):
            raise LakeError("the disk is full")
        plain_graph(*arguments)

    watcher = _watch(path, lake, graph, waits=3)
    assert watcher.failed == ["the disk is full"] * 2
    assert headlines(lake) == ["Judul 1"]

    def broken(*_: object) -> None:
        raise RunError("broken")

    site.put_feed(item(2, description=text(2)))
    with pytest.raises(RunError, match="broken"):
        _watch(path, lake, broken, waits=99)
    assert site.paths().count("/feed") == 3 + MAX_FAILURES


@pytest.mark.parametrize(
    ("failure", "message"),
    [
        (LakeError("the disk\nis full"), "the disk is full"),
        (ZeroDivisionError("a defect"), "ZeroDivisionError: a defect"),
        (None, "ended by signal 9"),
    ],
)
def test_what_fails_in_the_cycles_process_is_reported(
    site: Site, tmp_path: Path, failure: Exception | None, message: str
) -> None:
    """The graph runs in a process of its own; the watch says what it failed with, and goes on."""
    site.put_feed(item(1, description=text(1)))
    failures = [failure]

    def graph(*words: Any) -> None:
        if not marker.exists():
            marker.touch()
            if failure is None:
                os.kill(os.getpid(), signal.SIGKILL)
            raise failures[0] or AssertionError
        plain_graph(*words)

    lake, marker = tmp_path / "lake", tmp_path / "failed"
    path = feeds_config(tmp_path, site.root + "/feed")
    watcher = _watch(path, lake, forked(graph, lambda: None), waits=2)
    assert [message in error for error in watcher.failed] == [True]
    assert headlines(lake) == ["Judul 1"]
    assert verify(Lake(str(lake))).faults == ()


def test_a_lake_that_is_busy_is_waited_for(site: Site, tmp_path: Path) -> None:
    """Another command that writes it is not a failure; the cycle is left out."""
    site.put_feed(item(1, description=text(1)))
    lake = tmp_path / "lake"
    Lake(str(lake)).create()
    with hold(Lake(str(lake))):
        watcher = _watch(feeds_config(tmp_path, site.root + "/feed"), lake, waits=MAX_FAILURES + 2)
    assert len(watcher.failed) == MAX_FAILURES + 2
    assert site.asked == []


def test_a_feed_that_left_the_config_keeps_its_state(site: Site, tmp_path: Path) -> None:
    """It may come back; until then it is not polled."""
    lake = tmp_path / "lake"
    for name in ("feed", "other"):
        site.put_feed(item(1, description=text(1)))
        site.pages["/other"] = site.pages["/feed"]
        _watch(feeds_config(tmp_path, f"{site.root}/{name}"), lake)
    rows = read_feeds(Lake(str(lake)))
    assert [row["polls"] for row in rows] == [1, 1]
