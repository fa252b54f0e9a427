"""Figures of a watch: what is counted, and where it is served."""

import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest

from warta.pipeline.console.log import log, open_log
from warta.pipeline.polling.metrics import Metrics, serve_metrics
from warta.transforms.core.errors import UsageError
from warta.transforms.polling.state import FeedState

LONG_AGO = datetime(2026, 11, 1, tzinfo=UTC)


def test_events_of_the_log_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """Also with --quiet; the states of feeds are for readers, and are not printed."""
    metrics = Metrics()
    states = [
        FeedState("https://kabar.example/rss", name="kabar", next_poll_at=LONG_AGO),
        FeedState("https://mati.example/rss?token=rahasia", error_streak=3, stopped_at=LONG_AGO),
    ]
    with open_log(quiet=True, readers=[metrics]):
        log.info("cycle_started", due=2, feeds=3, next_due_at=None)
        pages = {"fetched": 2}
        log.info("feed_polled", result="new", seconds=0.2, new_entries=4, pages=pages)
        log.info("cycle_committed", seconds=2.0, published=3, duplicates=1, rejected=0)
        log.debug("feed_states", states=states)
        log.warning("cycle_failed", error="the disk is full")
    value = metrics.registry.get_sample_value
    assert value("warta_feeds_due") == 2
    assert value("warta_feed_polls_total", {"result": "new"}) == 1
    assert value("warta_entries_total") == 4
    assert value("warta_pages_total", {"result": "fetched"}) == 2
    assert value("warta_records_total", {"kind": "published"}) == 3
    assert value("warta_epochs_total", {"result": "committed"}) == 1
    assert value("warta_epochs_total", {"result": "failed"}) == 1
    assert value("warta_feeds_stopped") == 1
    lag_s = value("warta_feed_lag_seconds")
    assert lag_s is not None
    assert lag_s > timedelta(days=1).total_seconds()
    masked = {"feed": "https://mati.example/rss?token=***"}
    assert value("warta_feed_error_streak", masked) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("this poll cycle failed, the next tries again: the disk is full")


@pytest.mark.parametrize("path", ["/", "/metric", "/metrics/", "/favicon.ico"])
def test_metrics_alone_answers(path: str) -> None:
    """Any other path is 404."""
    with serve_metrics(Metrics().registry, "127.0.0.1", 0) as port:
        figures = f"http://127.0.0.1:{port}/metrics?name[]=warta_feeds_due"
        with urllib.request.urlopen(figures) as answer:
            assert b"warta_feeds_due 0.0" in answer.read()
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"http://127.0.0.1:{port}{path}")


def test_metrics_are_bound_where_asked() -> None:
    """Another address of this machine does not answer; a wrong one is one clear line."""
    with serve_metrics(Metrics().registry, "127.0.0.1", 0) as port:
        with pytest.raises(urllib.error.URLError, match="refused"):
            urllib.request.urlopen(f"http://127.0.0.2:{port}/metrics")
        with (
            pytest.raises(UsageError, match=f"metrics at 127.0.0.1 port {port}: .*in use"),
            serve_metrics(Metrics().registry, "127.0.0.1", port),
        ):
            pass
    with (
        pytest.raises(UsageError, match=r"metrics at no\.such\.invalid port 0: "),
        serve_metrics(Metrics().registry, "no.such.invalid", 0),
    ):
        pass
