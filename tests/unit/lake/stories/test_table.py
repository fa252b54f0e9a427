"""The table `stories`: counted on from run to run, each article once."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from evaluation.story_set.make import made_articles
from tests.support.lakes import article, table_of, write_plainly
from tests.unit.lake.stories.test_decisions import BREAK, FIRE, LATER, NOW, REWORDED, dated
from warta.transforms.core.records import Article, Entity
from warta.transforms.lake import decisions, rows
from warta.transforms.lake.catalog import live_files
from warta.transforms.lake.reading import open_dataset
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.verify.lake import verify
from warta.transforms.lake.verify.repair import plan_repair


def latest(lake: Lake) -> dict[str, dict[str, Any]]:
    """Return the row that counts of each story, as any reader would find it."""
    table = open_dataset(lake, "stories").to_table().sort_by("version")
    return {row["story_id"]: row for row in table.to_pylist()}


def test_a_story_has_a_row_from_its_second_article_on(lake: Lake) -> None:
    """A lone article has none; each run that adds to the story adds one row."""
    write_plainly(lake, [dated("a", BREAK, headline="Feri Karam di Selat Karana")], "one")
    assert latest(lake) == {}
    more = [
        dated("b", REWORDED, "2026-03-11", headline="Ombak Balikkan Feri Lintang Jaya"),
        dated("z", FIRE, "2026-03-11"),
    ]
    write_plainly(lake, more, "two", started_at=NOW)
    write_plainly(lake, [dated("c", LATER, "2026-03-16", publisher_name="Kabar Sagara")], "three")
    (story,) = latest(lake).values()
    assert sorted(table_of(lake, "stories")["version"].to_pylist()) == [1, 2]
    assert story["story_id"] == story["current_id"] == article("a").article_id
    assert (story["version"], story["articles"], story["copies"], story["vectors"]) == (2, 3, 0, 3)
    assert story["first_seen"] == datetime(2026, 3, 10, tzinfo=UTC)
    assert story["last_seen"] == datetime(2026, 3, 16, tzinfo=UTC)
    assert story["publishers"] == [{"name": "Kabar Sagara", "articles": 1}]
    assert story["languages"] == [{"in_language": "id", "articles": 3}]
    assert [(day["day"], day["articles"]) for day in story["timeline"]] == [
        ("2026-03-10", 1),
        ("2026-03-11", 1),
        ("2026-03-16", 1),
    ]
    assert [day["article_id"] for day in story["timeline"]] == [
        article(name).article_id for name in "abc"
    ]
    assert story["story_date"] == "2026-03-10"
    assert story["run_id"] == "run-three"
    assert story["topics"][0]["articles"] == 3
    assert story["continues"] == []
    assert verify(lake).faults == ()


def test_the_title_is_the_headline_nearest_to_the_mean(lake: Lake) -> None:
    """It may change with what comes; articles without a headline give none."""
    write_plainly(lake, [dated("a", BREAK), dated("c", LATER, "2026-03-16", headline="Lain")], "1")
    assert [(one["title"], one["title_of"]) for one in latest(lake).values()] == [
        ("Lain", article("c").article_id)
    ]
    write_plainly(lake, [dated("b", REWORDED, "2026-03-11", headline="Feri Karam")], "2")
    assert [one["title"] for one in latest(lake).values()] == ["Feri Karam"]


def test_copies_are_counted_and_say_nothing_anew(lake: Lake) -> None:
    """They count as articles and copies; entities are counted once a text, versions never."""
    write_plainly(lake, [dated("a", BREAK, publisher_name="Kabar Sagara")], "one")
    more = [
        dated("copy", BREAK, "2026-03-12", publisher_name="Warta Karana"),
        dated("other", BREAK, "2026-03-11", publisher_name="Warta Karana"),
    ]
    write_plainly(lake, more, "two")
    write_plainly(lake, [dated("a", FIRE + " Diperbarui.", publisher_name="Kabar Sagara")], "three")
    (story,) = latest(lake).values()
    assert (story["version"], story["articles"], story["copies"], story["vectors"]) == (1, 3, 2, 1)
    assert story["publishers"] == [
        {"name": "Warta Karana", "articles": 2},
        {"name": "Kabar Sagara", "articles": 1},
    ]
    assert [one["articles"] for one in story["entities"]] == [1]
    assert verify(lake).faults == ()


def test_an_article_without_a_date_moves_no_date(lake: Lake) -> None:
    """It is counted, last in the timeline; a story of such articles alone has no dates."""
    write_plainly(lake, [dated("a", BREAK), dated("b", REWORDED, "unknown")], "one")
    (story,) = latest(lake).values()
    assert story["first_seen"] == story["last_seen"] == datetime(2026, 3, 10, tzinfo=UTC)
    assert [day["day"] for day in story["timeline"]] == ["2026-03-10", "unknown"]
    other = Lake(f"{lake.uri}-2")
    write_plainly(other, [dated("a", BREAK, "unknown"), dated("b", REWORDED, "unknown")], "one")
    (story,) = latest(other).values()
    assert story["first_seen"] is story["last_seen"] is None
    assert story["story_date"] == "unknown"
    assert verify(other).faults == ()


def test_places_are_those_of_entities_and_datelines(lake: Lake) -> None:
    """Each counts once an article, by its id where it has one."""
    karana = Entity("Q7", "Q7", "Selat Karana", "place", 2)
    write_plainly(
        lake,
        [
            dated("a", BREAK, entities=(karana,)),
            dated("b", REWORDED, entities=(karana, replace(karana, name="Karana"))),
        ],
        "one",
    )
    (story,) = latest(lake).values()
    assert story["places"] == [{"name": "Selat Karana", "wikidata_id": "Q7", "articles": 2}]
    assert story["entities"][0]["articles"] == 2


def test_the_same_input_again_adds_no_row(lake: Lake) -> None:
    """What is known is dropped; a new version of an article changes no story."""
    articles = [dated("a", BREAK), dated("b", REWORDED, "2026-03-11")]
    write_plainly(lake, articles, "one")
    before = table_of(lake, "stories")
    write_plainly(lake, articles, "two")
    write_plainly(lake, [dated("a", BREAK + " Berita ini diperbarui.")], "three")
    assert table_of(lake, "stories") == before


def test_without_story_days_there_are_no_stories(lake: Lake) -> None:
    """No rows, and nothing to find fault with."""
    articles = [dated("a", BREAK), dated("b", REWORDED), dated("copy", BREAK, "2026-03-12")]
    write_plainly(lake, articles, "one", story_days=0)
    assert latest(lake) == {}
    assert verify(lake).faults == ()


@pytest.mark.parametrize("seed", range(3))
def test_rows_say_what_a_count_of_all_articles_says(lake: Lake, seed: int) -> None:
    """However articles are cut into runs, with copies, versions, dates that are missing, merges."""
    choose = random.Random(seed)  # noqa: S311
    for number, part in enumerate(_parts(_made(choose), choose)):
        write_plainly(
            lake,
            part,
            f"run{number}",
            small_files=3,
            started_at=NOW + timedelta(hours=number),
        )
    counted: dict[str, list[dict[str, Any]]] = {}
    for row in open_dataset(lake).to_table().to_pylist():
        if row["version"] == 1:
            counted.setdefault(row["story_id"], []).append(row)
    several = {name: found for name, found in counted.items() if len(found) > 1}
    stories = latest(lake)
    assert stories.keys() == several.keys()
    assert len(stories) > 5
    for name, story in stories.items():
        members = several[name]
        copies = [row for row in members if row["duplicate_of"]]
        assert (story["articles"], story["copies"]) == (len(members), len(copies))
        dates = [row["date_published"] for row in members if row["date_published"]]
        assert story["first_seen"] == min(dates, default=None)
        assert story["last_seen"] == max(dates, default=None)
        days = Counter(row["published_date"] for row in members)
        assert {day["day"]: day["articles"] for day in story["timeline"]} == days
        outlets = Counter(row["publisher_name"] for row in members)
        assert {one["name"]: one["articles"] for one in story["publishers"]} == outlets
        assert story["title"] in {row["headline"] for row in members}
    assert verify(lake).faults == ()


def _made(choose: random.Random) -> list[Article]:
    articles = []
    for one in made_articles():
        if not one.story.startswith("id-f"):
            continue
        day = "unknown" if choose.random() < 0.1 else str(one.published)
        outlet = choose.choice(["Kabar Sagara", "Warta Karana", "Harian Wiranta"])
        made = dated(one.id, one.text, day, headline=one.title, publisher_name=outlet)
        articles.append(made)
        if choose.random() < 0.2:
            articles.append(
                dated(f"{one.id}-copy", one.text, day, headline=one.title, publisher_name=outlet)
            )
        if choose.random() < 0.1:
            articles.append(dated(one.id, f"{one.text} Diperbarui.", day, publisher_name=outlet))
    return articles


def _parts(articles: list[Article], choose: random.Random) -> Sequence[list[Article]]:
    choose.shuffle(articles)
    size = len(articles) // 5 + 1
    return [articles[first : first + size] for first in range(0, len(articles), size)]


def test_a_story_of_version_4_is_counted_whole_once_it_grows(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There it had no row: its articles are looked for in all of the lake."""
    with monkeypatch.context() as older:
        older.setattr(rows, "SCHEMA_VERSION", 4)
        older.setattr(decisions, "stage_stories", lambda *_: [])
        write_plainly(lake, [dated("a", BREAK), dated("z", FIRE)], "one")
        write_plainly(lake, [dated("b", REWORDED, "2026-03-11")], "two")
    assert verify(lake).faults == ()
    write_plainly(lake, [dated("c", LATER, "2026-03-16")], "three")
    (story,) = latest(lake).values()
    assert (story["version"], story["articles"], story["vectors"]) == (1, 3, 3)
    assert verify(lake).faults == ()


def test_verify_names_a_row_that_does_not_count_its_articles(lake: Lake) -> None:
    """A lost file of rows: what is left is an earlier state of the story, or none."""
    write_plainly(lake, [dated("a", BREAK), dated("b", REWORDED, "2026-03-11")], "one")
    write_plainly(lake, [dated("c", LATER, "2026-03-16")], "two")
    newest = next(file for file in live_files(lake, "stories") if "two" in file.path)
    Path(lake.path(newest.path)).unlink()
    steps = plan_repair(lake, verify(lake).faults, NOW)
    assert "commit that its 1 rows are gone" in steps[0].action
    for step in steps:
        for path, document in step.writes:
            lake.write_json(path, dict(document), sealed=True)
    (fault,) = verify(lake).faults
    assert fault.what.startswith("story ")
    assert "`warta stories rebuild` counts them again" in fault.what
