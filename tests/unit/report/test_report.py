"""What a report says is what its SQL gives on the lake; what comes from the lake stays text."""

import re
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from typing import Any

import pytest

from warta.pipeline.report.build import build_report
from warta.pipeline.report.figures import Report
from warta.pipeline.report.scope import Scope, choose_period
from warta.transforms.core.errors import LakeError, UsageError
from warta.transforms.lake.layout import Lake

duckdb = pytest.importorskip("duckdb", reason="the extra report is not installed")
vl_convert = pytest.importorskip("vl_convert", reason="the extra report is not installed")

NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)


def _figures(report: Report) -> dict[str, list[dict[str, Any]]]:
    return {
        figure.name: figure.result.dicts() for part in report.sections for figure in part.figures
    }


@pytest.mark.parametrize(
    "scope",
    [Scope(), Scope(since=date(2026, 11, 4)), Scope(publisher="Suara Contoh")],
    ids=["all", "since", "publisher"],
)
def test_every_query_gives_the_numbers_shown(small_lake: Lake, scope: Scope) -> None:
    """A reader who runs the definitions and a query in DuckDB sees the same rows."""
    report = build_report(small_lake.uri, scope, now=NOW)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for statement in report.views:
            connection.execute(statement)
        asked = 0
        for part in report.sections:
            for figure in part.figures:
                if figure.sql:
                    rows = connection.execute(figure.sql).fetchall()
                    assert rows == figure.result.rows, figure.name
                    asked += 1
    assert asked >= 10


def test_counts_are_right(small_lake: Lake) -> None:
    """Articles, copies, who copied whom, rules and rejects, counted by hand."""
    figures = _figures(build_report(small_lake.uri, Scope(), now=NOW))
    assert sum(row["originals"] + row["copies"] for row in figures["days"]) == 40
    assert sum(row["copies"] for row in figures["days"]) == 5
    publishers = {row["publisher"]: row["articles"] for row in figures["publishers"]}
    assert publishers == {"Kabar Contoh": 26, "Suara Contoh": 14, "(no publisher)": 1}
    taken = {(row["original"], row["taken_by"]): row["articles"] for row in figures["copied"]}
    assert taken == {
        ("Suara Contoh", "Kabar Contoh"): 2,
        ("Kabar Contoh", "Kabar Contoh"): 1,
        ("Kabar Contoh", "Suara Contoh"): 2,
    }
    assert [row["rule"] for row in figures["removed"]] == ["id_read_also"]
    assert {row["reason"]: row["rejects"] for row in figures["rejects"]} == {
        "bad_json": 2,
        "empty": 1,
    }


def test_names_rise_and_fall_against_their_own_past(small_lake: Lake) -> None:
    """Who is named in the last days alone rises; who is named before alone falls."""
    people = _figures(build_report(small_lake.uri, Scope(), now=NOW))["person"]
    assert people[0]["name"] == "Bambang Contoh"
    assert people[-1]["name"] == "Sinta Contoh"
    assert "Ratna Contoh" not in {row["name"] for row in people}


def test_a_scope_without_articles_is_refused(small_lake: Lake) -> None:
    """The error says what was asked for."""
    with pytest.raises(UsageError, match="published by Nobody"):
        build_report(small_lake.uri, Scope(publisher="Nobody"), now=NOW)


def test_what_is_no_lake_is_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    """As by every other command."""
    with pytest.raises(LakeError):
        build_report(str(tmp_path_factory.mktemp("empty")), Scope(), now=NOW)


@pytest.mark.parametrize(
    ("days", "unit", "first"),
    [
        ({"2026-11-01": 1, "2026-11-03": 1}, "day", date(2026, 11, 1)),
        ({"2026-01-01": 1, "2026-06-03": 1}, "week", date(2026, 1, 1)),
        ({"2020-01-01": 1, "2026-06-03": 1}, "month", date(2020, 1, 1)),
        ({"1999-01-01": 1, "2026-11-01": 500, "2026-11-03": 9}, "day", date(2026, 11, 1)),
    ],
)
def test_a_few_wrong_dates_do_not_stretch_the_charts(
    days: dict[str, int], unit: str, first: date
) -> None:
    """One article in a hundred at each end is left out of charts over time."""
    period = choose_period(days)
    assert period is not None
    assert (period.unit, period.first) == (unit, first)


class _Page(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.text: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_texts_of_the_lake_stay_texts(hostile_lake: Lake) -> None:
    """No element, attribute, link or style comes of what rows say."""
    from warta.pipeline.report.page import render_report

    raw = render_report(build_report(hostile_lake.uri, Scope(), now=NOW))
    page = _Page(raw)
    assert not page.tags & {"script", "img", "foreignobject", "textarea", "iframe", "object", "use"}
    assert not [name for name, _ in page.attributes if name.startswith("on") or name == "style"]
    links = [value for name, value in page.attributes if name in ("href", "src")]
    assert all(re.match(r"#|https://www\.wikidata\.org/wiki/Q\d+$", link) for link in links)
    assert raw.count("<style>") == raw.count("</style>") == 1
    text = " ".join(page.text)
    for shown in ("<script>alert(1)</script>", "{{ 7 * 7 }}", "'; DROP TABLE articles; --"):
        assert shown in text
    assert "\u202e" not in raw


def test_one_page_is_one_file_of_bounded_size(small_lake: Lake) -> None:
    """The policy allows nothing from outside, and nothing is named that would be asked for."""
    from warta.pipeline.report.page import render_report

    raw = render_report(build_report(small_lake.uri, Scope(), now=NOW))
    assert "default-src 'none'; style-src 'sha256-" in raw.replace("&#39;", "'")
    assert len(raw) < 1_500_000
    assert "url(http" not in raw
    assert "@import" not in raw
