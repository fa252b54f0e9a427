"""What a report says is what its SQL gives on the lake; what comes from the lake stays text."""

import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tests.support.report_lakes import entity, reject_row, span, story_row, topic, write_rows
from tests.support.waiting import PATIENCE_S
from warta.pipeline.report import database
from warta.pipeline.report.build import build_report
from warta.pipeline.report.figures import Report
from warta.pipeline.report.scope import Scope, choose_period
from warta.transforms.core.errors import LakeError, RunError, UsageError
from warta.transforms.lake.catalog import DataFile, read_snapshot
from warta.transforms.lake.storage import Lake

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
    report = build_report(small_lake.uri, Scope(), now=NOW)
    figures = _figures(report)
    (says,) = [
        figure.says
        for part in report.sections
        for figure in part.figures
        if figure.name == "publishers"
    ]
    assert says.startswith("The 2 publishers with the most articles, and the articles that name no")
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


def test_copies_are_left_out_of_topics_and_names(tmp_path: Path) -> None:
    """Also where a file has one copy alone: DuckDB 2.0.0 takes it for an original."""
    lake = Lake(str(tmp_path / "lake"))
    rows = [
        story_row(
            number,
            f"2026-11-{9 + number // 4:02}",
            duplicate_of=f"{number - 1:032x}" if number % 4 == 3 else None,
            topics=[topic("health")],
            entities=[entity("Kota Bandung", "place", "Q10389")],
        )
        for number in range(12)
    ]
    write_rows(lake, rows)
    figures = _figures(build_report(lake.uri, Scope(), now=NOW))
    assert [row["articles"] for row in figures["topics"]] == [3, 3, 3]
    assert [row["share"] for row in figures["agenda"]] == [1.0]
    assert [row["articles"] for row in figures["map"]] == [9]


def test_names_rise_and_fall_against_their_own_past(small_lake: Lake) -> None:
    """Who is named in the last days alone rises; who is named before alone falls."""
    people = _figures(build_report(small_lake.uri, Scope(), now=NOW))["person"]
    assert people[0]["name"] == "Bambang Contoh"
    assert people[-1]["name"] == "Sinta Contoh"
    assert "Ratna Contoh" not in {row["name"] for row in people}


def test_names_that_are_rare_or_hardly_change_neither_rise_nor_fall(tmp_path: Path) -> None:
    """Two articles are chance, and so is a share that is a little larger than before."""
    rows = []
    for number in range(40):
        names = ["Bambang Contoh" if number >= 30 else "Sinta Contoh"]
        names += ["Rina Contoh"] if number >= 38 else []
        names += ["Tono Contoh"] if number % 2 or number == 38 else []
        day = f"2026-11-{1 + number // 4:02}"
        rows.append(story_row(number, day, entities=[entity(name) for name in names]))
    write_rows(Lake(str(tmp_path)), rows, [])
    people = _figures(build_report(str(tmp_path), Scope(), now=NOW))["person"]
    assert [row["name"] for row in people] == ["Bambang Contoh", "Sinta Contoh"]


@pytest.mark.parametrize(
    "folder", sorted((Path(__file__).parents[2] / "lakes").iterdir()), ids=lambda one: one.name
)
def test_lakes_of_every_version_have_a_report(folder: Path) -> None:
    """Columns and tables that an older lake lacks are left out, and no section fails for it."""
    figures = _figures(build_report(str(folder), Scope(), now=NOW))
    assert {"days", "publishers", "languages", "dates"} <= figures.keys()


def test_a_scope_without_articles_is_refused(small_lake: Lake) -> None:
    """The error says what was asked for."""
    with pytest.raises(UsageError, match="published by Nobody"):
        build_report(small_lake.uri, Scope(publisher="Nobody"), now=NOW)


def test_what_is_no_lake_is_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    """As by every other command."""
    with pytest.raises(LakeError):
        build_report(str(tmp_path_factory.mktemp("empty")), Scope(), now=NOW)


@pytest.mark.parametrize("place", range(5))
def test_a_damaged_file_is_one_line(
    small_lake: Lake, tmp_path_factory: pytest.TempPathFactory, place: int
) -> None:
    """Whatever DuckDB makes of the bytes; the line names the command that looks further."""
    folder = tmp_path_factory.mktemp("damaged") / "lake"
    shutil.copytree(small_lake.uri, folder)
    path = sorted(folder.glob("articles/**/*.parquet"))[0]
    data = bytearray(path.read_bytes())
    # The footer, by its parts.
    length = int.from_bytes(data[-8:-4], "little")
    first = len(data) - 8 - length + place * length // 6
    data[first : first + 40] = b"\xff" * 40
    path.write_bytes(data)
    with pytest.raises(LakeError, match="warta verify"):
        build_report(str(folder), Scope(), now=NOW)


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
    feeds = raw.partition('<section id="feeds"')[2]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in feeds
    for shown in ("<script>alert(1)</script>", "{{ 7 * 7 }}", "'; DROP TABLE articles; --"):
        assert shown in text
    assert "\u202e" not in raw


def test_rejects_have_examples_and_what_reads_them_again(tmp_path: Path) -> None:
    """Two errors of each reason, the newest; how the bytes begin, without their secrets."""
    from warta.pipeline.report.page import render_report

    lake = Lake(str(tmp_path / "a lake; rm"))
    raws = (
        b'{"title": "Panen raya"',
        b"GET https://kabar.example/?api_key=rahasia7",
        b"\x1f\x8b\x08",
    )
    rejects = [
        reject_row(number, "bad_json", error=f"error {number % 3}", raw=raws[number % 3])
        for number in range(6)
    ]
    write_rows(lake, [story_row(1, "2026-11-09")], rejects)
    report = build_report(lake.uri, Scope(), now=NOW)
    examples = _figures(report)["examples"]
    assert [row["error"] for row in examples] == ["error 0", "error 1"]
    page = render_report(report)
    assert "{&#34;title&#34;: &#34;Panen raya&#34;" in page
    assert "rahasia7" not in page
    assert escape(f"warta replay '{lake.uri}' --reason bad_json") in page.replace("&#39;", "&#x27;")


def test_bytes_that_are_no_text_are_shown_as_numbers() -> None:
    """A cut within a letter is no reason to call a record binary."""
    from warta.pipeline.report.page import excerpt

    assert excerpt("Warga \u0623\u0647".encode()[:-1]) == "Warga \u0623"
    assert excerpt(b"\x1f\x8b\x08\x00rest") == "bytes 1f 8b 08 00 72 65 73 74"
    assert excerpt(bytes(range(128, 200))).startswith("bytes 80 81")
    assert excerpt(b"WARC/1.1\r\nWARC-Type: response") == "WARC/1.1 WARC-Type: response"


def test_a_large_lake_has_a_small_page(tmp_path: Path) -> None:
    """3,000 publishers with long names, headlines of 500 characters, from right to left, too."""
    from warta.pipeline.report.page import render_report

    lake = Lake(str(tmp_path / "lake"))
    arabic = "\u0623\u0647\u0627\u0644\u064a \u0627\u0644\u0642\u0631\u064a\u0629 "
    rows = [
        story_row(
            number,
            f"2026-11-{1 + number % 15:02}",
            publisher_name=f"Kabar {number} " + "Nusantara Raya " * 30,
            headline=(f"Warga {number} menanam bakau ", arabic)[number % 2] * 20,
            in_language=f"x{number % 100}",
            story_id=f"{number // 10:032x}",
            entities=[entity(f"{name} {number % 700} " * 20) for name in ("Sinta", arabic)],
            topics=[topic(f"topic {number % 90} " * 30)],
            removed_spans=[span(f"id_rule_{number % 90}", "Baca juga " * 200)],
        )
        for number in range(3_000)
    ]
    rejects = [
        reject_row(n, f"reason {n % 90}", error="e" * 9_000, raw=b"r" * 9_000) for n in range(900)
    ]
    write_rows(lake, rows, rejects)
    report = build_report(lake.uri, Scope(), now=NOW)
    assert len(_figures(report)["publishers"]) == 25
    assert len(render_report(report).encode()) < 1_500_000


def test_who_took_most_is_in_the_matrix_whole(tmp_path: Path) -> None:
    """The table has all pairs of the largest publishers, not the largest pairs."""
    lake = Lake(str(tmp_path / "lake"))
    rows = []
    for publisher in range(20):
        for taker in range(publisher, 20):
            first = f"{publisher * 100 + taker:032x}"
            rows.append(
                story_row(0, "2026-11-09", article_id=first, publisher_name=f"P{publisher:02}")
            )
            copy = f"{9000 + publisher * 100 + taker:032x}"
            names = {"publisher_name": f"P{taker:02}", "duplicate_of": first}
            rows.append(story_row(0, "2026-11-09", article_id=copy, **names))
    write_rows(lake, rows)
    taken = _figures(build_report(lake.uri, Scope(), now=NOW))["copied"]
    assert {row["original"] for row in taken} == {f"P{number:02}" for number in range(12)}
    assert {row["taken_by"] for row in taken} == {f"P{number:02}" for number in range(8, 20)}
    assert all(row["articles"] == 1 for row in taken)
    assert len(taken) == sum(1 for p in range(12) for t in range(8, 20) if t >= p)


def test_every_colour_has_one_for_the_dark(small_lake: Lake) -> None:
    """What a chart draws in another colour than the page's would not be seen on a dark page."""
    from warta.pipeline.report.page import render_report

    raw = render_report(build_report(small_lake.uri, Scope(), now=NOW))
    drawn = set(re.findall(r'(?:fill|stroke)="([^"]+)"', raw)) - {"none", "transparent"}
    styled = set(re.findall(r'\[(?:fill|stroke)="([^"]+)"\]', raw))
    assert {"#2f5f8f", "#22262b"} <= drawn <= styled


def test_one_page_is_one_file_of_bounded_size(small_lake: Lake) -> None:
    """The policy allows nothing from outside, and nothing is named that would be asked for."""
    from warta.pipeline.report.page import render_report

    raw = render_report(build_report(small_lake.uri, Scope(), now=NOW))
    assert "default-src 'none'; style-src 'sha256-" in raw.replace("&#39;", "'")
    assert len(raw) < 1_500_000
    assert "url(http" not in raw
    assert "@import" not in raw


@pytest.mark.parametrize(
    "scope",
    [Scope(), Scope(since=date(2026, 11, 4)), Scope(publisher="Suara Contoh")],
    ids=["all", "since", "publisher"],
)
@pytest.mark.parametrize("is_local", [True, False], ids=["local", "store"])
def test_many_files_are_gathered_and_give_the_same(
    small_lake: Lake, monkeypatch: pytest.MonkeyPatch, scope: Scope, *, is_local: bool
) -> None:
    """DuckDB holds 130 KB of each file it reads: of 300,000 they took 22 GB."""
    direct = build_report(small_lake.uri, scope, now=NOW)
    monkeypatch.setattr(database, "_MANY_FILES", 2)
    monkeypatch.setattr(database, "_FILES_AT_ONCE", 3)
    monkeypatch.setattr(database, "is_local", lambda _: is_local)
    opened: list[str] = []
    files = database.Database._files

    def count(self: database.Database, table: str, some: Sequence[DataFile], name: str) -> str:
        assert len(some) <= 3
        opened.append(table)
        return files(self, table, some, name)

    monkeypatch.setattr(database.Database, "_files", count)
    gathered = build_report(small_lake.uri, scope, now=NOW)
    assert _figures(gathered) == _figures(direct)
    assert (gathered.tiles, gathered.views) == (direct.tiles, direct.views)
    assert opened.count("articles") > 2


def test_too_few_open_files_are_one_line(small_lake: Lake, tmp_path: Path) -> None:
    """The library that draws ends in a panic for want of them; the lake is not called damaged."""
    for limit in (10, 20):
        done = subprocess.run(
            [
                *("prlimit", f"--nofile={limit}", sys.executable, "-m", "pipeline", "report"),
                *(small_lake.uri, "-o", str(tmp_path / "report.html")),
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )
        assert done.returncode == 1
        assert done.stderr == "warta: Too many open files: a report needs 24 (see `ulimit -n`)\n"


class _Refused:
    """A connection that may open no file more."""

    def execute(self, _: str) -> Any:
        raise duckdb.IOException('Cannot open file "a.parquet": Too many open files')


def test_an_error_of_the_system_is_no_damage(small_lake: Lake, tmp_path: Path) -> None:
    """What cannot be opened for want of descriptors, disk or permission is not damaged."""
    asked = database.Database(small_lake, read_snapshot(small_lake), _Refused(), tmp_path)
    with pytest.raises(RunError, match=r"cannot be read now: .*Too many open files$"):
        asked.query("SELECT 1")


def test_a_missing_file_is_no_lake_that_changes(small_lake: Lake, tmp_path: Path) -> None:
    """So is one that may not be opened: DuckDB says the same of both."""
    copy = shutil.copytree(small_lake.uri, tmp_path / "lake")
    next(copy.glob("articles/*/*.parquet")).unlink()
    with pytest.raises(LakeError, match=r"a file is missing, or may not be read: .*parquet"):
        build_report(str(copy), Scope(), now=NOW)
