"""Stories rebuilt: published rows stay, stories move whole, older rows get their columns."""

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from evaluation.story_set.make import made_articles
from tests.support.lakes import article, write_plainly
from tests.support.waiting import PATIENCE_S
from tests.unit.lake.stories.test_decisions import BREAK, FIRE, LATER, NOW, REWORDED, dated
from tests.unit.lake.stories.test_table import latest
from warta.pipeline.story_rebuild import Rebuilt, rebuild_stories, summarize_rebuild
from warta.transforms.lake import publish_files
from warta.transforms.lake.failpoints import VARIABLE
from warta.transforms.lake.files import sorted_chunks
from warta.transforms.lake.reading import open_dataset
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.verify.lake import verify

LAKES = Path(__file__).parents[3] / "lakes"


def rebuild(lake: Lake, *, dry_run: bool = False) -> Rebuilt:
    """Rebuild, after which a lake is sound and a second time changes nothing."""
    done = rebuild_stories(lake.uri, story_days=14, wait_s=0, dry_run=dry_run)
    assert verify(lake).faults == ()
    if not dry_run:
        again = rebuild_stories(lake.uri, story_days=14, wait_s=0, dry_run=False)
        assert (again.filled, again.joined, again.apart, again.rows) == (0, 0, 0, 0)
    return done


def articles(lake: Lake) -> dict[str, dict[str, Any]]:
    """Return the rows of articles by id."""
    return {row["article_id"]: row for row in open_dataset(lake).to_table().to_pylist()}


def split_lake(lake: Lake) -> tuple[str, str]:
    """Write three articles of one event, of which stories were off for the first two."""
    write_plainly(lake, [dated("a", BREAK)], "one", story_days=0)
    write_plainly(lake, [dated("b", REWORDED, "2026-03-11"), dated("z", FIRE)], "two", story_days=0)
    return article("a").article_id, article("b").article_id


def test_stories_that_are_one_are_joined_under_one_id(lake: Lake) -> None:
    """Published rows stay; the table says where a story is now, and what continues it."""
    first, second = split_lake(lake)
    before = articles(lake)
    planned = rebuild(lake, dry_run=True)
    assert latest(lake) == {}
    done = rebuild(lake)
    assert done == planned
    assert (done.articles, done.filled, done.joined, done.rows, done.files) == (3, 0, 1, 2, 0)
    assert articles(lake) == before
    rows = latest(lake)
    keeper, joined = sorted([first, second])
    assert rows.keys() == {first, second}
    assert rows[joined]["current_id"] == keeper
    assert (rows[joined]["articles"], rows[joined]["timeline"]) == (0, [])
    assert rows[keeper]["current_id"] == keeper
    assert rows[keeper]["continues"] == [joined]
    assert (rows[keeper]["articles"], rows[keeper]["vectors"]) == (2, 2)
    assert summarize_rebuild(done, dry_run=False) == (
        "3 articles: 1 stories join others, 2 rows of stories are written"
    )


def test_what_comes_later_counts_for_the_story_that_stands(lake: Lake) -> None:
    """Whichever of both ids its own row names."""
    first, second = split_lake(lake)
    rebuild(lake)
    write_plainly(lake, [dated("c", LATER, "2026-03-16"), dated("d", BREAK, "2026-03-12")], "three")
    assert {articles(lake)[article(name).article_id]["story_id"] for name in "cd"} <= {
        first,
        second,
    }
    (current,) = (row for row in latest(lake).values() if row["current_id"] == row["story_id"])
    assert (current["articles"], current["copies"], current["version"]) == (4, 1, 2)
    assert verify(lake).faults == ()
    rebuild(lake)


def test_the_id_of_the_largest_part_is_kept(lake: Lake) -> None:
    """The lone article joins the story of two, though it is the first by date."""
    write_plainly(lake, [dated("b", REWORDED, "2026-03-11"), dated("c", LATER, "2026-03-13")], "1")
    write_plainly(lake, [dated("a", BREAK)], "2", story_days=0)
    rebuild(lake)
    rows = latest(lake)
    kept = article("b").article_id
    assert rows[article("a").article_id]["current_id"] == kept
    assert (rows[kept]["articles"], rows[kept]["version"]) == (3, 2)
    assert rows[kept]["first_seen"] == datetime(2026, 3, 10, tzinfo=UTC)


@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
def test_rows_of_older_versions_get_stories(version: str, tmp_path: Path) -> None:
    """Their story columns alone are filled, and what comes later joins them."""
    shutil.copytree(LAKES / version, tmp_path / "lake")
    lake = Lake(str(tmp_path / "lake"))
    before = articles(lake)
    done = rebuild(lake)
    assert done.filled == len(before) == 4
    after = articles(lake)
    for name, row in after.items():
        assert row["story_id"] is not None
        assert {n: v for n, v in row.items() if not n.startswith("story_")} == {
            n: v for n, v in before[name].items() if not n.startswith("story_")
        }
    old = next(row for row in after.values() if (row["in_language"] or "").startswith("id"))
    words = old["article_body"].split()
    reworded = " ".join([*words[40:], *words[:40]])
    day = str(old["published_date"])
    new = dated("new", reworded, "unknown" if day == "unknown" else day)
    write_plainly(lake, [new], "new", started_at=old["ingested_at"] + timedelta(days=1))
    assert articles(lake)[new.article_id]["story_id"] == old["story_id"]
    assert verify(lake).faults == ()


def test_copies_and_versions_of_older_rows_are_filled_too(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a run would have put them."""
    written = [dated("a", BREAK), dated("b", REWORDED, "2026-03-11"), dated("z", FIRE)]
    again = [
        dated("copy", BREAK, "2026-03-12"),
        dated("b", f"{REWORDED} Diperbarui.", "2026-03-11"),
    ]
    other = Lake(f"{lake.uri}-today")
    for number, part in enumerate((written, again)):
        write_plainly(other, part, f"run{number}")
    _write_version_3(lake, (written, again), monkeypatch)
    done = rebuild(lake)
    assert (done.filled, done.rows, done.files) == (4, 1, 4)
    names = ("story_id", "story_relation", "story_of", "story_scheme", "story_terms")
    key = ("article_id", "version", *names, "story_weights", "story_similarity")
    found = [open_dataset(one).to_table(columns=list(key)).to_pylist() for one in (lake, other)]
    assert sorted(map(repr, found[0])) == sorted(map(repr, found[1]))
    here, there = latest(lake), latest(other)
    assert here.keys() == there.keys()
    for name, row in here.items():
        kept = set(row) - {"version", "run_id", "updated_at"}
        assert {one: row[one] for one in kept} == {one: there[name][one] for one in kept}


def _write_version_3(lake: Lake, parts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write a lake whose rows know no stories."""

    def without(table: str, rows: Any) -> Any:
        for chunk in sorted_chunks(table, rows):
            if table == "articles":
                gone = [name for name in chunk.column_names if name.startswith("story_")]
                for name in gone:
                    kind = chunk.schema.field(name)
                    at = chunk.schema.get_field_index(name)
                    chunk = chunk.set_column(at, kind, pa.nulls(len(chunk), kind.type))
            yield chunk

    with monkeypatch.context() as older:
        older.setattr(publish_files, "sorted_chunks", without)
        for number, part in enumerate(parts):
            write_plainly(lake, part, f"run{number}", story_days=0)


@pytest.mark.long
def test_a_rebuild_of_many_runs_comes_near_to_one(lake: Lake) -> None:
    """Late and early articles are grouped as if they had come in order."""
    made = [one for one in made_articles() if one.story.startswith("id-f")]
    for number in range(6):
        part = [
            dated(one.id, one.text, str(one.published), headline=one.title)
            for one in made[5 - number :: 6]
        ]
        write_plainly(lake, part, f"run{number}", started_at=NOW + timedelta(hours=number))
    before = articles(lake)
    rebuild(lake)
    assert articles(lake) == before
    current = [row for row in latest(lake).values() if row["current_id"] == row["story_id"]]
    assert all(row["articles"] for row in current)


@pytest.mark.parametrize(
    "point",
    ["rebuild.planned", "publish.opened", "commit.planned", "commit.moved", "commit.retired"],
)
def test_a_rebuild_that_is_killed_loses_nothing(point: str, tmp_path: Path) -> None:
    """The lake is as before or as after; the next one makes it as after."""
    shutil.copytree(LAKES / "v3", tmp_path / "lake")
    lake = Lake(str(tmp_path / "lake"))
    code = (
        "from warta.pipeline.story_rebuild import rebuild_stories;"
        f"rebuild_stories({lake.uri!r}, story_days=14, wait_s=0, dry_run=False)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {VARIABLE: point},
        start_new_session=True,
        check=False,
        capture_output=True,
        timeout=PATIENCE_S,
    )
    assert ended.returncode == -9, ended.stderr
    assert len(articles(lake)) >= 4
    rebuild(lake)
    assert all(row["story_id"] for row in articles(lake).values())
