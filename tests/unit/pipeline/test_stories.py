"""`warta stories` and the stories of `warta try`."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.support.ferry import FERRY, IN_ENGLISH
from tests.support.ferry import OTHER as OTHER_FIRE
from tests.support.lakes import article, write_plainly
from tests.support.reports import BRIDGE, BRIDGE_REWORDED, SALT
from warta.pipeline.cli import main
from warta.pipeline.inspection.stories import group_tried, render_tried
from warta.transforms.core.records import Article, Entity
from warta.transforms.lake.storage import Lake

OTHER = SALT.format(place="Lembayung")


def of_day(name: str, body: str, day: int, headline: str) -> Article:
    """Return an Indonesian article."""
    moment = datetime(2026, 3, day, 7, 30, tzinfo=UTC)
    return article(
        name,
        body,
        f"2026-03-{day}",
        in_language="id",
        date_published=moment,
        headline=headline,
        publisher_name=f"Harian {name.title()}",
        entities=(Entity("Q7", "Q7", "Randusari", "place", 1),),
    )


ARTICLES = [
    of_day("cakrawala", BRIDGE, 10, "Jembatan Gantung Randusari Diresmikan"),
    of_day("pesisir", BRIDGE_REWORDED, 11, "Dua Kampung Nelayan Kini Terhubung Jembatan"),
    of_day("lintang", OTHER, 11, "Petambak Garam Merugi"),
]


def test_files_are_shown_with_what_belongs_together_and_why() -> None:
    """Who wrote first, who rewrote whom, and the words that bind; the rest is alone."""
    text = render_tried(group_tried(ARTICLES, 14))
    assert "  1  2026-03-10 07:30  Harian Cakrawala: Jembatan Gantung Randusari" in text
    assert "rewrites 1, 0." in text
    bound = next(line for line in text.splitlines() if "bound by: " in line)
    assert {"jembatan", "randusari", "rakit"} <= set(bound.partition(": ")[2].split(", "))
    assert "alone: Harian Lintang: Petambak Garam Merugi" in text
    assert group_tried(ARTICLES[::-1], 14) == group_tried(ARTICLES, 14)


@pytest.mark.parametrize("first", ["id", "en"])
def test_files_in_two_languages_that_tell_one_event_belong_together(first: str) -> None:
    """As in a lake; what only looks alike stays alone, and so does what is weeks away."""
    days = {"id": 10, "en": 11} if first == "id" else {"id": 11, "en": 10}
    ferry = replace(of_day("cakrawala", FERRY, days["id"], "Feri Karam"), in_language="id")
    english = replace(of_day("ledger", IN_ENGLISH, days["en"], "Ferry Sinks"), in_language="en")
    market = replace(of_day("herald", OTHER_FIRE, 10, "Market Burns"), in_language="en")
    together, alone = group_tried([market, english, ferry], 14)
    assert {one.article_id for one in together.articles} == {ferry.article_id, english.article_id}
    founder, second = together.articles
    assert (second.relation, second.of) == ("same_event", founder.article_id)
    assert 0.3 <= (second.similarity or 0) <= 1
    assert [one.article_id for one in alone.articles] == [market.article_id]
    late = replace(english, date_published=datetime(2026, 4, 30, tzinfo=UTC))
    assert len(group_tried([late, ferry], 14)) == 2


@pytest.fixture
def lake(lake: Lake) -> Lake:
    """A lake of the three articles."""
    write_plainly(lake, ARTICLES, "one")
    return lake


def test_a_lake_lists_its_stories_and_shows_one(
    lake: Lake, capsys: pytest.CaptureFixture[str]
) -> None:
    """The list leaves lone articles out; a story is named by the beginning of its id."""
    assert main(["stories", lake.uri]) == 0
    listed = capsys.readouterr().out
    assert "Jembatan Gantung Randusari Diresmikan" in listed
    assert "Garam" not in listed
    assert main(["stories", lake.uri, "--json"]) == 0
    (one,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (one["articles"], one["publishers"]) == (2, 2)
    assert main(["stories", lake.uri, one["story_id"][:8]]) == 0
    shown = capsys.readouterr().out
    assert "Harian Pesisir: Dua Kampung Nelayan Kini Terhubung Jembatan" in shown
    assert "rewrites 1" in shown
    assert "they name: Randusari (Q7)\n" in shown
    assert main(["stories", lake.uri, "--until", "2026-03-09"]) == 0
    assert "no story has two articles here" in capsys.readouterr().out
    assert main(["stories", lake.uri, one["story_id"], "--json"]) == 0
    story = json.loads(capsys.readouterr().out)
    assert story["title"] == "Jembatan Gantung Randusari Diresmikan"
    assert [article["relation"] for article in story["articles"]] == [None, "rewrite"]


def test_a_story_that_is_not_there_is_one_line(
    lake: Lake, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message says how to find one."""
    assert main(["stories", lake.uri, "zz"]) == 2
    assert "no story begins with 'zz': `warta stories" in capsys.readouterr().err
