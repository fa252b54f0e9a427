"""A watch keeps its report fresh, at most every so often, and never waits for it in a cycle."""

import subprocess
import sys

from warta.pipeline.report.refresher import ReportRefresher


def test_a_young_report_waits_for_the_next_commit() -> None:
    """The first commit starts one; the second is reported on at the end."""
    started: list[list[str]] = []

    def start(words: list[str]) -> "subprocess.Popen[bytes]":
        started.append(words)
        return subprocess.Popen([sys.executable, "-c", ""])

    with ReportRefresher("lake", "news.html", 1e9, start) as refresher:
        refresher(None, "info", {"event": "cycle_started"})
        assert started == []
        refresher(None, "info", {"event": "cycle_committed"})
        assert len(started) == 1
        refresher(None, "info", {"event": "cycle_committed"})
        assert len(started) == 1
    assert len(started) == 2
    assert started[1][1:] == ["-m", "warta", "report", "lake", "-o", "news.html", "--quiet"]
