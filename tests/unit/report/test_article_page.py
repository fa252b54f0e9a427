"""The page of an article: whole, its names and removed pieces marked, hostile words as text."""

from pathlib import Path

import pytest

from tests.support.report_lakes import HOSTILE, span, story_row, write_rows
from warta.pipeline.report import database
from warta.pipeline.report.annotated_text import paragraphs
from warta.transforms.core.errors import UsageError
from warta.transforms.lake.storage import Lake

pytest.importorskip("duckdb", reason="the extra report is not installed")
pytest.importorskip("jinja2", reason="the extra report is not installed")

BODY = "Ratna Contoh pergi ke Bandung.\nDi sana ia menanam bakau."


def test_pieces_add_up_to_the_body() -> None:
    """Names and removed text are between the plain pieces; nothing of the body is lost."""
    names = [
        {"start": 0, "end": 12, "type": "person"},
        {"start": 22, "end": 29, "type": "place", "wikidata_id": "Q10389"},
        {"start": 6, "end": 12, "type": "person"},
        {"start": 50, "end": 900, "type": "person"},
    ]
    lines = paragraphs(BODY, names, [span("id_read_also", "Baca juga: panen", 31)])
    kept = "\n".join("".join(p.text for p in line if p.kind != "removed") for line in lines)
    assert kept == BODY
    marked = [(p.text, p.kind) for line in lines for p in line if p.kind]
    assert ("Ratna Contoh", "person") in marked
    assert ("Bandung", "place") in marked
    assert ("Baca juga: panen", "removed") in marked
    assert len(marked) == 3


def test_an_article_shows_its_story(tmp_path: Path) -> None:
    """Copies and others of the story are listed with their relation."""
    from warta.pipeline.report.article import article_page

    lake = Lake(str(tmp_path / "lake"))
    first, copy, other = (
        story_row(1, "2026-11-09", story_id="s", removed_spans=[span("rule_x", "Baca juga")]),
        story_row(2, "2026-11-09", story_id="s", duplicate_of=f"{1:032x}"),
        story_row(3, "2026-11-10", story_id="s", story_relation="follow_up"),
    )
    write_rows(lake, [first, copy, other])
    page = article_page(lake.uri, f"{1:032x}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "_MANY_FILES", 1)
        assert article_page(lake.uri, f"{1:032x}") == page
    assert "follow up" in page
    assert "<del>Baca juga</del>" in page
    assert "9 November 2026, 02:00:00 UTC" in page
    with pytest.raises(UsageError, match="has no article"):
        article_page(lake.uri, "x' OR 1=1 --")


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_hostile_words_stay_text(hostile_lake: Lake, number: int) -> None:
    """No element or handler comes of a row."""
    from warta.pipeline.report.article import article_page

    page = article_page(hostile_lake.uri, f"{number:032x}")
    for acting in ("<script", "<img", "<svg onload", 'href="javascript'):
        assert acting not in page
    assert page.count("<style>") == 1
