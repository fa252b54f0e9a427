"""The largest stories of a report: those of the table, or those that articles say."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests.support.report_lakes import story, story_row, write_rows
from warta.pipeline.report.build import build_report
from warta.pipeline.report.scope import Scope
from warta.transforms.core.schema import STORIES_SINCE
from warta.transforms.lake.storage import Lake

duckdb = pytest.importorskip("duckdb", reason="the extra report is not installed")

NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)
FIRE, FLOOD, LATE = (f"{number:032x}" for number in (1, 2, 3))


def _lake(folder: Path, schema_version: int) -> Lake:
    """A fire of three articles, and a flood of two that goes on under another id."""
    numbers_of = {FIRE: (1, 11, 12), FLOOD: (2, 21), LATE: (3, 31)}
    rows = [
        story_row(
            number,
            f"2026-11-{9 + place:02}",
            story_id=key,
            headline=f"Judul {number}",
            publisher_name=f"Kabar {number}",
            schema_version=schema_version,
        )
        for key, numbers in numbers_of.items()
        for place, number in enumerate(numbers)
    ]
    stories = [
        story(FIRE, {"2026-11-09": 1}, title="Kebakaran"),
        story(FIRE, {"2026-11-09": 1, "2026-11-10": 1, "2026-11-11": 1}, version=2),
        story(FLOOD, {"2026-11-09": 1, "2026-11-10": 1}, current_id=LATE, version=2),
        story(LATE, {"2026-11-09": 2, "2026-11-10": 2}, continues=[FLOOD], version=4),
    ]
    lake = Lake(str(folder / "lake"))
    write_rows(lake, rows, stories=stories)
    return lake


@pytest.mark.parametrize(
    ("schema_version", "scope", "titles", "sizes"),
    [
        (STORIES_SINCE, Scope(), ["Cerita 03", "Cerita 01"], [4, 3]),
        (STORIES_SINCE - 1, Scope(), ["Judul 2", "Judul 1"], [4, 3]),
        (STORIES_SINCE, Scope(until=date(2026, 11, 10)), ["Judul 2", "Judul 1"], [4, 2]),
    ],
    ids=["table", "older", "scope"],
)
def test_the_largest_stories_follow_those_they_were_joined_into(
    tmp_path: Path, schema_version: int, scope: Scope, titles: list[str], sizes: list[int]
) -> None:
    """Of the newest row each, or of articles: never two halves of one story."""
    lake = _lake(tmp_path, schema_version)
    report = build_report(lake.uri, scope, now=NOW)
    figures = {one.name: one for part in report.sections for one in part.figures}
    stories = figures["stories"].result.dicts()
    assert [row["story"] for row in stories] == titles
    assert [row["articles"] for row in stories] == sizes
    assert [row["story_id"] for row in stories] == [LATE, FIRE]
    assert stories[1]["first"] == "Kabar 1"
    assert stories[1]["first_day"] == "2026-11-09"
    assert {row["day"] for row in figures["timelines"].result.dicts()} >= {date(2026, 11, 10)}
    assert [row["stories"] for row in figures["days"].result.dicts()][:2] == [2, 2]
    with duckdb.connect() as connection:
        for statement in report.views:
            connection.execute(statement)
        for name in ("stories", "timelines", "days"):
            rows = connection.execute(figures[name].sql).fetchall()
            assert rows == figures[name].result.rows


def test_an_article_shows_those_of_joined_stories(tmp_path: Path) -> None:
    """Whatever id they were written with."""
    from warta.pipeline.report.article import article_page

    page = article_page(_lake(tmp_path, STORIES_SINCE).uri, f"{21:032x}")
    for number in (2, 3, 31):
        assert f"Judul {number}" in page
    assert "Judul 11" not in page
