"""Feeds held against their own past."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner

from tests.support.lakes import article, write_plainly
from warta.pipeline.cli import cli
from warta.pipeline.polling.health import feed_health, judge, render
from warta.transforms.core.counts import Counts
from warta.transforms.lake.commit import commit
from warta.transforms.lake.feed_state import read_feeds, stage_feeds
from warta.transforms.lake.feed_statistics import FeedDay, read_feed_statistics, totals
from warta.transforms.lake.layout import Run
from warta.transforms.lake.storage import Lake
from warta.transforms.polling.state import FeedState, to_row

NOW = datetime(2026, 11, 16, 3, 0, tzinfo=UTC)
URL = "https://news.example/rss"


def state(**fields: Any) -> FeedState:
    """A feed that has been followed for a month, and is well."""
    well = {
        "name": "kabar",
        "first_polled_at": NOW - timedelta(days=30),
        "polled_at": NOW,
        "succeeded_at": NOW,
        "new_entry_at": NOW - timedelta(minutes=20),
        "next_poll_at": NOW + timedelta(minutes=20),
        "entry_gap_s": 2_160.0,
        "polls": 9,
    }
    return FeedState(URL, **{**well, **fields})


def days(recent: FeedDay, past: FeedDay, recent_days: int = 3) -> dict[int, FeedDay]:
    """The last days, and those before."""
    return {day: recent if day < recent_days else past for day in range(28)}


USUAL = FeedDay(40, 40 * 300, 40)


@pytest.mark.parametrize(
    ("fields", "statistics", "remark"),
    [
        ({}, days(USUAL, USUAL), None),
        (
            {"new_entry_at": NOW - timedelta(days=3, hours=1)},
            days(FeedDay(0, 0, 0), USUAL),
            "silent for 3 days, usually 40 a day",
        ),
        ({"new_entry_at": NOW - timedelta(hours=20)}, days(USUAL, USUAL), None),
        # A feed of two entries a month is not silent after a week.
        ({"new_entry_at": NOW - timedelta(days=7), "entry_gap_s": 1_296_000.0}, {}, None),
        (
            {"new_entry_at": NOW - timedelta(days=70), "entry_gap_s": 1_296_000.0},
            {},
            "silent for 70 days",
        ),
        ({}, days(FeedDay(40, 40 * 60, 40), USUAL), "bodies shrank by 80%: layout changed?"),
        ({}, days(FeedDay(40, 40 * 200, 40), USUAL), None),
        (
            {},
            days(FeedDay(40, 40 * 300, 4), USUAL),
            "10% of the articles have a date, usually 100%",
        ),
        (
            {},
            days(FeedDay(3, 900, 3), USUAL, 1),
            "3 articles in a day, usually 40",
        ),
        (
            {"error_streak": 4, "error": "http_error: status 500"},
            days(USUAL, USUAL),
            "has failed 4 times in a row: http_error: status 500",
        ),
        ({"error_streak": 2, "error": "timeout"}, days(USUAL, USUAL), None),
        (
            {"stopped_at": NOW, "error_streak": 1},
            {},
            "gone since 2026-11-16 (410): remove it, or give its new URL",
        ),
        (
            {"next_poll_at": NOW - timedelta(days=2)},
            days(USUAL, USUAL),
            "was due 2 days ago: is no watch running?",
        ),
        # A new feed has no past.
        ({"first_polled_at": NOW - timedelta(hours=5)}, {0: USUAL}, None),
    ],
)
def test_drift_is_named(
    fields: dict[str, Any], statistics: dict[int, FeedDay], remark: str | None
) -> None:
    """Silence, fewer articles, shorter bodies, lost dates, failures; and nothing else."""
    found = judge(state(**fields), statistics, NOW)
    assert found.remarks == ((remark,) if remark else ())


def _lake(folder: Path, *states: FeedState) -> Lake:
    """A lake that took in 30 long articles and then 10 short ones, a day each five."""
    lake = Lake(str(folder / "lake"))
    rows = [
        article(f"a{number}", word_count=300 if number < 30 else 50, feed_url=URL)
        for number in range(40)
    ]
    for day in range(8):
        started_at = NOW - timedelta(days=7 - day, hours=1)
        write_plainly(lake, rows[day * 5 : day * 5 + 5], f"t{day}", started_at=started_at)
    run = Run("feeds", "run", NOW)
    file = stage_feeds(lake, run, map(to_row, states))
    commit(lake, run, Counts(), [file], {})
    return lake


def test_status_is_read_from_the_articles(tmp_path: Path) -> None:
    """By the time at which they were taken in; the sick come first."""
    began = NOW - timedelta(days=9)
    other = FeedState("https://other.example/rss", name="warta", polls=1)
    lake = _lake(tmp_path, state(first_polled_at=began), other)
    statistics = read_feed_statistics(lake, NOW, 28)[URL]
    assert totals(statistics, 0, 28) == FeedDay(40, 30 * 300 + 10 * 50, 40)
    assert statistics[0] == FeedDay(5, 250, 5)
    sick, well = feed_health(lake, NOW)
    assert (sick.name, well.name) == ("kabar", "warta")
    assert sick.remarks == ("bodies shrank by 56%: layout changed?",)
    shown = render([sick, well], NOW)
    assert "kabar: bodies shrank by 56%: layout changed?" in shown
    assert "20 minutes ago" in shown


def test_status_is_a_command(tmp_path: Path) -> None:
    """Status 1 where something is to be mended; JSON for programs; a lake without feeds."""
    lake = _lake(tmp_path, state(stopped_at=NOW))
    done = CliRunner().invoke(cli, ["feeds", "status", lake.uri, "--json"], standalone_mode=False)
    assert done.return_value == 1
    (shown,) = orjson.loads(done.stdout)
    assert shown["remarks"][0].startswith("gone since")
    empty = Lake(str(tmp_path / "empty"))
    empty.create()
    done = CliRunner().invoke(cli, ["feeds", "status", empty.uri], standalone_mode=False)
    assert (done.return_value, done.stdout.count("\n")) == (0, 1)


def test_feeds_are_listed_with_their_polls(tmp_path: Path) -> None:
    """Name, kind, URL, when polled and when next, why it failed."""
    lake = _lake(tmp_path, state(error="timeout"))
    path = tmp_path / "sources.toml"
    path.write_text(f'[[source]]\nname = "kabar"\nlocation = "{URL}"\n', encoding="utf-8")
    done = CliRunner().invoke(cli, ["feeds", "list", "--config", str(path), "--lake", lake.uri])
    cells = done.stdout.rstrip("\n").split("\t")
    assert cells[:4] == ["kabar", "feed", URL, "2026-11-16T03:00:00Z"]
    assert cells[5] == "timeout"


def test_the_state_of_a_cycle_counts_from_its_commit_on(tmp_path: Path) -> None:
    """Files are moved before the commit file is there: until then the older state is read."""
    lake = _lake(tmp_path, state(polls=1))
    run = Run("later", "run", NOW)
    file = stage_feeds(lake, run, [to_row(state(polls=2))])
    lake.copy(file.staged_path, file.path)
    assert [row["polls"] for row in read_feeds(lake)] == [1]
    lake.discard(file.path)
    commit(lake, run, Counts(), [file], {})
    assert [row["polls"] for row in read_feeds(lake)] == [2]
