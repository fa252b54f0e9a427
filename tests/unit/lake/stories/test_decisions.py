"""Stories in the lake: over runs, days, copies, versions, and any order of rows."""

import random
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from evaluation.story_set.make import MadeArticle, made_articles
from tests.support.lakes import article, table_of, write_plainly
from warta.transforms.core.records import Article
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.verify.lake import verify

NOW = datetime(2026, 3, 20, 8, tzinfo=UTC)
BREAK = (
    "Feri Lintang Jaya karam di Selat Karana pada dini hari ketika membawa seratus penumpang dari "
    "Pelabuhan Sagara. Nakhoda Bima Surendra mengatakan ombak setinggi empat meter membalikkan "
    "feri itu. Nelayan dari Karana menolong penumpang sampai tim penyelamat datang."
)
REWORDED = (
    "Ombak setinggi empat meter membalikkan feri Lintang Jaya, kata nakhoda Bima Surendra. Ketika "
    "karam di Selat Karana dini hari itu, feri membawa seratus penumpang dari Pelabuhan Sagara. "
    "Penumpang ditolong nelayan dari Karana sebelum tim penyelamat tiba."
)
LATER = (
    "Nakhoda feri Lintang Jaya, Bima Surendra, diperiksa polisi Karana soal jumlah penumpang. Feri "
    "itu karam di Selat Karana pekan lalu. Pelabuhan Sagara memperketat pemeriksaan muatan."
)
FIRE = (
    "Pasar Kenanga di Kota Wiranta terbakar. Kepala pemadam Ratih Kusumawati menduga arus pendek "
    "menjadi penyebab. Puluhan kios hangus dan pedagang merugi, sementara polisi memeriksa saksi."
)


def dated(name: str, body: str, day: str = "2026-03-10", **fields: Any) -> Article:
    """Return an Indonesian article of a day, or of an unknown one."""
    moment = None if day == "unknown" else datetime.fromisoformat(day).replace(tzinfo=UTC)
    return article(name, body, day, in_language="id", date_published=moment, **fields)


def rows(lake: Lake) -> dict[str, dict[str, Any]]:
    """Return the rows of articles by the last part of their URL; of versions, the last."""
    table = table_of(lake, "articles").sort_by("version").to_pylist()
    names = [(row["canonical_url"] or row["article_id"]).rpartition("/")[2] for row in table]
    return dict(zip(names, table, strict=True))


def by_story(lake: Lake) -> list[list[str]]:
    """Return names of articles by story."""
    found: dict[str, list[str]] = {}
    for name, row in rows(lake).items():
        found.setdefault(row["story_id"], []).append(name)
    return sorted(sorted(names) for names in found.values())


def test_a_story_goes_on_over_runs_with_who_rewrote_whom(lake: Lake) -> None:
    """A rewrite, a follow-up days later and another event; no published row changes."""
    write_plainly(lake, [dated("a", BREAK), dated("z", FIRE)], "one")
    before = rows(lake)
    write_plainly(
        lake, [dated("b", REWORDED, "2026-03-11"), dated("c", LATER, "2026-03-16")], "two"
    )
    after = rows(lake)
    first = after["a"]["article_id"]
    assert {name: after[name] for name in before} == before
    assert by_story(lake) == [["a", "b", "c"], ["z"]]
    assert first == after["a"]["story_id"]
    assert [after[name]["story_relation"] for name in "abcz"] == [
        None,
        "rewrite",
        "follow_up",
        None,
    ]
    assert after["b"]["story_of"] == first
    assert 0.4 < after["b"]["story_similarity"] <= 1
    assert verify(lake).faults == ()


def test_a_lone_article_keeps_its_own_id_when_it_gets_company(lake: Lake) -> None:
    """One that comes later and happened earlier joins it, and is not a founder."""
    write_plainly(lake, [dated("late", REWORDED, "2026-03-12")], "one")
    write_plainly(lake, [dated("early", BREAK, "2026-03-10")], "two")
    found = rows(lake)
    assert found["early"]["story_id"] == found["late"]["article_id"]
    assert found["early"]["story_of"] == found["late"]["article_id"]


@pytest.mark.parametrize(
    ("days", "second", "joins"), [(14, 24, True), (14, 25, False), (3, 14, False), (0, 10, False)]
)
def test_a_story_is_open_for_some_days(lake: Lake, days: int, second: int, joins: bool) -> None:
    """`--story-days` parts events of the same words; 0 switches stories off."""
    write_plainly(lake, [dated("a", BREAK, "2026-03-10")], "one", story_days=days)
    write_plainly(lake, [dated("b", REWORDED, f"2026-03-{second}")], "two", story_days=days)
    assert (len(by_story(lake)) == 1) is joins


def test_copies_and_versions_stay_in_their_story(lake: Lake) -> None:
    """A copy inherits its original's story, also of an earlier run; a new version its own."""
    write_plainly(lake, [dated("a", BREAK), dated("b", REWORDED, "2026-03-11")], "one")
    copied = [
        dated("copy", REWORDED + " Laporan lengkap.", "2026-03-12"),
        dated("b", FIRE + " Berita ini diperbarui.", "2026-03-11"),
    ]
    write_plainly(lake, copied, "two")
    found = rows(lake)
    assert found["b"]["version"] == 2
    assert {found[name]["story_id"] for name in ("a", "b", "copy")} == {found["a"]["article_id"]}
    assert found["copy"]["story_relation"] == "copy"
    assert found["copy"]["story_of"] == found["b"]["article_id"] == found["copy"]["duplicate_of"]


def test_an_article_without_a_date_joins_what_came_lately(lake: Lake) -> None:
    """The dated one is years old, but came this week; later it is out of reach."""
    write_plainly(lake, [dated("old", BREAK, "2021-03-10")], "one", started_at=NOW)
    soon = NOW + timedelta(days=3)
    write_plainly(lake, [dated("bare", REWORDED, "unknown")], "two", started_at=soon)
    assert by_story(lake) == [["bare", "old"]]
    assert rows(lake)["bare"]["story_of"] == rows(lake)["old"]["article_id"]


def test_the_same_input_again_changes_nothing(lake: Lake) -> None:
    """What is known is dropped before stories are made."""
    articles = [dated("a", BREAK), dated("b", REWORDED, "2026-03-11")]
    write_plainly(lake, articles, "one")
    before = rows(lake)
    write_plainly(lake, articles, "two")
    assert rows(lake) == before


def test_the_order_of_rows_and_the_size_of_files_change_nothing(tmp_path: Path) -> None:
    """The same runs give the same stories, whichever run brings which row."""
    made = [one for one in made_articles() if one.story.startswith("id-f")]
    found = []
    for seed in range(2):
        lake = Lake(str(tmp_path / str(seed)))
        parts = [made[:20], made[20:40], made[40:]]
        for number, part in enumerate(parts):
            shuffled = sorted(part, key=lambda _: draw.random()) if (draw := chance(seed)) else part
            write_plainly(
                lake,
                [_article(one) for one in shuffled],
                f"run{number}",
                max_buffer_bytes=1 << (12 + 8 * seed),
                started_at=NOW + timedelta(hours=number),
            )
        kept = ("story_id", "story_relation", "story_of", "story_similarity")
        found.append({name: [row[one] for one in kept] for name, row in rows(lake).items()})
    assert found[0] == found[1]
    assert len({story for story, *_ in found[0].values()}) < len(made) / 2


def chance(seed: int) -> random.Random:
    """Return repeatable chance."""
    return random.Random(seed)  # noqa: S311


def _article(one: MadeArticle) -> Article:
    return dated(one.id, one.text, str(one.published), headline=one.title)


def test_rows_of_older_versions_are_left_alone(tmp_path: Path) -> None:
    """A lake without the columns gets stories for what comes from now on."""
    shutil.copytree(Path(__file__).parents[3] / "lakes" / "v3", tmp_path / "lake")
    lake = Lake(str(tmp_path / "lake"))
    write_plainly(lake, [dated("a", BREAK), dated("b", REWORDED)], "new")
    found = rows(lake)
    assert found["b"]["story_id"] == found["a"]["story_id"]
    assert sum(row["story_id"] is None for row in found.values()) == 4
    assert verify(lake).faults == ()
