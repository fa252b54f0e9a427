"""The same event in Indonesian and English: one story in the lake, whichever comes first."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.ferry import FERRY, FERRY_LATER, IN_ENGLISH, OTHER
from tests.support.lakes import article, table_of, write_plainly
from warta.pipeline.story_rebuild import rebuild_stories
from warta.transforms.core.records import Article
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.verify.lake import verify


def dated(name: str, body: str, language: str, day: str = "2026-03-10") -> Article:
    """Return an article of a day."""
    moment = datetime.fromisoformat(day).replace(tzinfo=UTC)
    return article(name, body, day, in_language=language, date_published=moment)


def rows(lake: Lake) -> dict[str, dict[str, Any]]:
    """Return the rows of articles by the last part of their URL."""
    table = table_of(lake, "articles").to_pylist()
    return {(row["canonical_url"] or row["article_id"]).rpartition("/")[2]: row for row in table}


@pytest.mark.parametrize("first", ["id", "en"])
@pytest.mark.parametrize("runs", [1, 2])
def test_an_event_in_two_languages_is_one_story(lake: Lake, first: str, runs: int) -> None:
    """In one run or after another; another event stays alone, and each language goes on."""
    by_language = {
        "id": [dated("indonesian", FERRY, "id", "2026-03-10" if first == "id" else "2026-03-11")],
        "en": [
            dated("english", IN_ENGLISH, "en", "2026-03-11" if first == "id" else "2026-03-10"),
            dated("other", OTHER, "en"),
        ],
    }
    order = [first, "en" if first == "id" else "id"]
    if runs == 1:
        write_plainly(lake, [one for name in order for one in by_language[name]], "one")
    else:
        for name in order:
            write_plainly(lake, by_language[name], name)
    write_plainly(lake, [dated("later", FERRY_LATER, "id", "2026-03-12")], "later")
    found = rows(lake)
    founder, joined = ("indonesian", "english") if first == "id" else ("english", "indonesian")
    story = found[founder]["article_id"]
    assert {name: found[name]["story_id"] == story for name in found} == {
        "indonesian": True,
        "english": True,
        "later": True,
        "other": False,
    }
    assert found[joined]["story_of"] == story
    assert found[joined]["story_relation"] == "same_event"
    assert 0.3 <= found[joined]["story_similarity"] <= 1
    assert found["later"]["story_of"] == found["indonesian"]["article_id"]
    (row,) = [one for one in table_of(lake, "stories").to_pylist() if one["articles"] == 3]
    assert {one["in_language"]: one["articles"] for one in row["languages"]} == {"id": 2, "en": 1}
    assert verify(lake).faults == ()


def test_far_apart_in_time_they_are_two(lake: Lake) -> None:
    """`--story-days` holds across languages too."""
    write_plainly(lake, [dated("indonesian", FERRY, "id")], "one")
    write_plainly(lake, [dated("english", IN_ENGLISH, "en", "2026-03-30")], "two")
    assert len({row["story_id"] for row in rows(lake).values()}) == 2


def test_an_article_without_a_date_brings_nothing_nearer(lake: Lake) -> None:
    """A report that has no date does not put its story beside those of all other weeks."""
    undated = article("undated", FERRY_LATER, "unknown", in_language="id")
    dated_one = dated("indonesian", FERRY, "id")
    write_plainly(lake, [dated_one, undated, dated("english", IN_ENGLISH, "en", "2026-03-30")], "a")
    found = rows(lake)
    assert found["undated"]["story_id"] == found["indonesian"]["story_id"]
    assert found["english"]["story_id"] != found["indonesian"]["story_id"]


def two_apart(lake: Lake, later: str = "2026-03-11") -> tuple[str, str]:
    """Write an event in two languages as two stories, and another one that stays alone."""
    write_plainly(lake, [dated("indonesian", FERRY, "id")], "one", story_days=0)
    english = [dated("english", IN_ENGLISH, "en", later), dated("other", OTHER, "en")]
    write_plainly(lake, english, "two", story_days=0)
    found = rows(lake)
    return found["indonesian"]["story_id"], found["english"]["story_id"]


def test_two_stories_of_the_lake_are_linked_when_it_is_rebuilt(lake: Lake) -> None:
    """Articles stay as they are; the table says where the story is, and what comes joins it."""
    indonesian, english = two_apart(lake)
    assert indonesian != english
    done = rebuild_stories(lake.uri, story_days=14, wait_s=0, dry_run=False)
    assert (done.joined, done.rows) == (1, 2)
    assert rebuild_stories(lake.uri, story_days=14, wait_s=0, dry_run=False).rows == 0
    write_plainly(lake, [dated("later", FERRY_LATER, "id", "2026-03-12")], "later")
    assert rows(lake)["later"]["story_id"] == indonesian
    stories = sorted(table_of(lake, "stories").to_pylist(), key=lambda one: one["version"])
    latest = {one["story_id"]: one for one in stories}
    assert {one["current_id"] for one in latest.values()} == {min(indonesian, english)}
    assert latest[min(indonesian, english)]["articles"] == 3
    assert verify(lake).faults == ()


def test_a_rebuild_links_nothing_that_is_weeks_away(lake: Lake) -> None:
    """`--story-days` holds there too."""
    two_apart(lake, "2026-03-30")
    assert rebuild_stories(lake.uri, story_days=14, wait_s=0, dry_run=False).rows == 0
