"""Reports in headless Chromium: nothing is asked for, nothing acts, everybody can read them.

Screenshots at three widths, in light and dark, are left in build/report/ to be looked at.
"""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.report_lakes import (
    HOSTILE,
    entity,
    reject_row,
    span,
    story_row,
    topic,
    write_rows,
)
from warta.transforms.lake.storage import Lake

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytest.importorskip("vl_convert", reason="the extra report is not installed")
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium"
)

FOLDER = Path(__file__).parents[2] / "build" / "report"
AXE = Path(__file__).parents[2] / ".engines/browser/node_modules/axe-core/axe.min.js"
WIDTHS = (390, 820, 1440)
SECTIONS = ("days", "stories", "publishers", "topics", "movers", "places", "languages")
MORE_SECTIONS = ("dates", "cleaning", "rejects", "commits", "queries")
LONG = ("Kepala daerah, pengelola pelabuhan dan nelayan bersepakat " * 9)[:500]
ARABIC = "\u0623\u0647\u0627\u0644\u064a \u0627\u0644\u0642\u0631\u064a\u0629"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A report and an article of a lake with hostile, long and right-to-left texts."""
    from warta.pipeline.report.article import article_page
    from warta.pipeline.report.build import build_report
    from warta.pipeline.report.page import render_report
    from warta.pipeline.report.scope import Scope

    lake = Lake(str(tmp_path_factory.mktemp("browser") / "lake"))
    rows = []
    for number in range(72):
        text = (*HOSTILE, LONG, ARABIC, "Warga menanam bakau")[number % 12]
        rows.append(
            story_row(
                number,
                f"2026-11-{1 + number // 8:02}",
                publisher_name=("Kabar Contoh", text)[number % 2],
                headline=text,
                article_body=f"{text}\nWarga Bandung menanam bakau.",
                url=text if number % 2 else "https://kabar.example/a",
                duplicate_of=f"{number - 6:032x}" if number % 9 == 8 else None,
                story_id=f"{number % 4:032x}",
                story_relation="rewrite" if number % 5 == 4 else None,
                story_of=f"{number - 4:032x}" if number % 5 == 4 else None,
                entities=[
                    entity("Kota Bandung", "place", "Q10389"),
                    entity(text, "person"),
                    *([entity("Sinta Contoh", wikidata_id="Q900000001")] if number > 50 else []),
                ],
                topics=[topic(text)],
                removed_spans=[span("id_read_also", text)],
            )
        )
    write_rows(lake, rows, [reject_row(n, "bad_json", error=t) for n, t in enumerate(HOSTILE)])
    FOLDER.mkdir(parents=True, exist_ok=True)
    now = datetime(2026, 11, 16, tzinfo=UTC)
    made = {"report": FOLDER / "report.html", "article": FOLDER / "article.html"}
    made["report"].write_text(render_report(build_report(lake.uri, Scope(), now=now)), "utf-8")
    made["article"].write_text(article_page(lake.uri, f"{10:032x}"), "utf-8")
    return made


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium of this machine."""
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.mark.parametrize("name", ["report", "article"])
def test_a_page_opens_quietly_at_every_width(
    pages: dict[str, Path], browser: Any, name: str
) -> None:
    """No error, no request, no scrolling sideways; screenshots in light and dark."""
    for scheme in ("light", "dark"):
        for width in WIDTHS:
            page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
            heard: list[str] = []
            page.on("console", lambda message, to=heard: to.append(message.text))
            page.on("pageerror", lambda error, to=heard: to.append(str(error)))
            page.on("dialog", lambda dialog, to=heard: (to.append("dialog"), dialog.dismiss()))
            page.on(
                "request",
                lambda request, to=heard: (
                    None if request.url.startswith("file:") else to.append(request.url)
                ),
            )
            page.goto(pages[name].as_uri())
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            page.screenshot(path=str(FOLDER / f"{name}-{width}-{scheme}.png"), full_page=True)
            assert heard == []
            page.close()


_TOUCHING = """() => {
  const found = [];
  for (const chart of document.querySelectorAll('svg.chart')) {
    if (!chart.getBoundingClientRect().width) continue;
    const texts = [...chart.querySelectorAll('text')].filter(
      text => text.textContent.trim() && !/rotate/.test(text.getAttribute('transform')));
    const boxes = texts.map(text => [text.textContent, text.getBoundingClientRect()]);
    for (const [one, box] of boxes) {
      if (box.left < 0 || box.right > innerWidth) found.push(['outside', one]);
    }
    boxes.forEach(([one, a], place) => {
      for (const [other, b] of boxes.slice(place + 1)) {
        if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3
            && b.top < a.bottom - 3) found.push(['touching', one, other]);
      }
    });
  }
  return found;
}"""
"""Gives texts of charts that are outside the page, or on one another."""


@pytest.mark.parametrize("width", WIDTHS)
def test_words_in_charts_are_on_the_page_and_touch_no_other(
    pages: dict[str, Path], browser: Any, width: int
) -> None:
    """In the font of this browser, whatever the library measured them in."""
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(pages["report"].as_uri())
    assert page.evaluate(_TOUCHING) == []
    page.close()


def test_a_page_prints_without_its_machinery(pages: dict[str, Path], browser: Any) -> None:
    """Charts and tables are on paper; what is to be opened is not, and the paper is white."""
    page = browser.new_page(color_scheme="dark")
    page.goto(pages["report"].as_uri())
    page.emulate_media(media="print")
    assert page.locator("svg.chart.wide").first.is_visible()
    assert not page.locator("svg.chart.narrow").first.is_visible()
    assert not page.locator("nav").is_visible()
    assert not page.locator("figure details").first.is_visible()
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert colour == "rgb(255, 255, 255)"
    page.pdf(path=str(FOLDER / "report.pdf"), format="A4")
    page.close()


def test_every_section_is_there(pages: dict[str, Path], browser: Any) -> None:
    """Each with a heading, its charts named, and a table and SQL to open."""
    page = browser.new_page()
    page.goto(pages["report"].as_uri())
    for name in (*SECTIONS, *MORE_SECTIONS):
        assert page.locator(f"section#{name} h2").count() == 1, name
    charts = page.locator("svg.chart.wide")
    assert charts.count() >= 7
    for place in range(charts.count()):
        assert charts.nth(place).get_attribute("aria-label")
    assert page.locator("script, img, iframe, object").count() == 0
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["report", "article"])
def test_axe_finds_nothing_serious(
    pages: dict[str, Path], browser: Any, name: str, scheme: str
) -> None:
    """Contrast, names, headings, tables: as axe-core judges them, all details open."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed: make axe")
    page = browser.new_page(color_scheme=scheme)
    page.goto(pages[name].as_uri())
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run().then(result => result.violations)")
    serious = [
        (one["id"], one["nodes"][0]["html"][:200])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
    assert serious == []
    page.close()
