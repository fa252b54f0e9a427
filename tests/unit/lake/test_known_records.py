"""What was read before is known: by record, by content, and however far its date has moved."""

import random
from dataclasses import replace
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.lakes import article, bad, table_of, words, write_plainly
from warta.transforms.core.ids import record_hash
from warta.transforms.core.records import Article, Source, SourceItem
from warta.transforms.lake.article_index import MAX_FILES, days_of
from warta.transforms.lake.known_records import KnownArticles
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.verify.lake import verify

ITEM = SourceItem(
    source=Source("dump.jsonl", language="id"),
    source_uri="dump.jsonl",
    source_record_id="@0",
    kind="jsonl",
    raw=b"{}",
    content="Warga panen padi.",
    content_type="text",
    url="https://berita.example/panen",
)


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"source_uri": "again.jsonl", "source_record_id": "@9", "raw": b"{ }"}, True),
        ({"date_fetched": datetime(2026, 11, 9, tzinfo=UTC), "http_status": 200}, True),
        ({"content": b"Warga panen padi."}, True),
        ({"content": "Warga panen jagung."}, False),
        ({"url": "https://berita.example/lain"}, False),
        ({"date_published": "2026-11-09"}, False),
        ({"headline": "Panen"}, False),
        ({"source": Source("dump.jsonl", language="ms")}, False),
    ],
)
def test_a_record_is_known_by_what_makes_its_article(change: dict[str, object], same: bool) -> None:
    """Where and when it was read does not count; what it says does."""
    changed = replace(ITEM, **change)  # type: ignore[arg-type]
    assert (record_hash(changed, "1") == record_hash(ITEM, "1")) is same


def test_another_version_of_the_readers_reads_anew() -> None:
    """What a new version makes of a record is not taken for known."""
    assert record_hash(ITEM, "1") != record_hash(ITEM, "2")
    assert -(2**63) <= record_hash(ITEM, "1") < 2**63


def test_the_memory_knows_the_rows_of_the_days_it_looked_at(lake: Lake) -> None:
    """An article by id and content on its own day; then every record of that day."""
    made = [article(f"a{n}", record_hash=n - 5) for n in range(10)]
    write_plainly(lake, [*made, article("other", day="2026-11-11", record_hash=99)], "t1")
    known = KnownArticles(lake)
    assert not known.has_record(3)
    first = made[0]
    assert known.has_article(first.article_id, first.content_sha256, "2026-11-10")
    assert not known.has_article(first.article_id, made[1].content_sha256, "2026-11-10")
    assert not known.has_article(first.article_id, first.content_sha256, "2026-11-11")
    assert not known.has_article(first.article_id, first.content_sha256, "2027-01-01")
    assert [n for n in range(-10, 100) if known.has_record(n)] == [*range(-5, 5), 99]


def test_the_memory_is_bounded(lake: Lake) -> None:
    """A day that is too large is not looked at, and older days are forgotten for newer ones."""
    days = [f"2026-11-{10 + n}" for n in range(4)]
    rows = [article(f"a{n}-{day}", day=day, record_hash=n) for day in days for n in range(3)]
    write_plainly(lake, rows, "t1")
    known = KnownArticles(lake, max_rows=7)
    for row in rows:
        assert known.has_article(row.article_id, row.content_sha256, row.published_date)
    assert len(known._days) <= 2
    small = KnownArticles(lake, max_rows=2)
    assert not small.has_article(rows[0].article_id, rows[0].content_sha256, days[0])


def _versions(lake: Lake) -> list[tuple[str, int]]:
    rows = table_of(lake, "articles").to_pylist()
    return sorted((row["published_date"], row["version"]) for row in rows)


def test_the_memory_reads_files_that_were_merged_since_they_were_listed(lake: Lake) -> None:
    """A window is committed while others are read: what it replaced is kept for an hour."""
    write_plainly(lake, [article("a"), article("other", day="2026-11-11")], "1")
    write_plainly(lake, [article("c")], "c")
    memory = KnownArticles(lake)
    known, other = article("a"), article("other", day="2026-11-11")
    assert memory.has_article(other.article_id, other.content_sha256, "2026-11-11")
    write_plainly(lake, [article("b")], "2", small_files=2)
    assert len(list(lake.files("_replaced", recursive=True))) > 0
    assert memory.has_article(known.article_id, known.content_sha256, "2026-11-10")


def test_ids_of_any_form_are_counted(lake: Lake) -> None:
    """Ids that others gave are not our hashes: they are compared all the same."""
    ids = ["a" * 32, "f" * 16, "page/7", "zz" * 16, "A" * 40, "", "kabar é"]
    for number, of_runs in enumerate((ids[:2], ids, ids[::-1])):
        rows = [
            article(name or "none", article_id=name, body=words(60, f"{name}{number}"))
            for name in of_runs
        ]
        write_plainly(lake, rows, f"t{number}", small_files=2)
    found = table_of(lake, "articles").to_pylist()
    versions: dict[str, list[int]] = {name: [] for name in ids}
    for row in sorted(found, key=lambda row: row["version"]):
        versions[row["article_id"]].append(row["version"])
    assert versions == {name: [1, 2, 3] if name in ids[:2] else [1, 2] for name in ids}
    assert verify(lake).faults == ()


def test_files_of_ids_are_merged_before_they_are_many(lake: Lake) -> None:
    """After many runs there are few of them, and they still know every article."""
    made = []
    for number in range(MAX_FILES + 3):
        made.append(article(f"a{number}", day=f"20{10 + number}-01-01"))
        write_plainly(lake, [made[-1]], f"t{number}")
    assert len(list(lake.files("_ids"))) <= MAX_FILES
    ids = pa.chunked_array([[row.article_id for row in made]])
    assert days_of(lake, ids) == {row.published_date for row in made}
    assert days_of(lake, pa.chunked_array([["0" * 32]])) == set()
    assert verify(lake).faults == ()


def test_a_run_of_rejects_alone_needs_no_ids(lake: Lake) -> None:
    """No article, no file of ids, and no fault."""
    write_plainly(lake, [bad("b")], "t1")
    assert list(lake.files("_ids")) == []
    assert verify(lake).faults == ()


@settings(max_examples=12, deadline=None)
@given(st.randoms(use_true_random=False))
def test_any_history_of_runs_holds_each_article_once(
    tmp_path_factory: pytest.TempPathFactory, choose: random.Random
) -> None:
    """Articles come again, changed, moved and copied, in any order: the lake keeps its promises."""
    lake = Lake(str(tmp_path_factory.mktemp("lake")))
    seen: set[tuple[str, str]] = set()
    for number in range(4):
        rows = [_some_article(choose) for _ in range(choose.randint(0, 6))]
        seen |= {(row.article_id, row.content_sha256) for row in rows}
        write_plainly(lake, rows, f"t{number}", small_files=choose.choice([0, 2]))
    there = table_of(lake, "articles").to_pylist() if seen else []
    assert sorted((row["article_id"], row["content_sha256"]) for row in there) == sorted(seen)
    assert verify(lake).faults == ()


def _some_article(choose: random.Random) -> Article:
    day = choose.choice(["2026-11-10", "2026-11-11", "2024-01-05", "unknown"])
    name = choose.choice("abc")
    return article(name, body=words(60, choose.choice([name, "shared", "other"])), day=day)


def test_an_article_stays_in_the_story_of_its_first_version(lake: Lake) -> None:
    """The first was a copy, the second is original: who copies that one joins the same story."""
    shared, own = words(60, "kebun"), words(60, "ubah")
    rows = [
        article("b", body=shared),
        article("a", body=shared, day="2026-11-11"),
        article("a", body=own, day="2026-11-12"),
    ]
    write_plainly(lake, rows, "t1")
    write_plainly(lake, [article("c", body=own, day="2026-11-13")], "t2")

    b, a, c = (article(name).article_id for name in "bac")
    found = sorted(table_of(lake, "articles").to_pylist(), key=lambda row: row["published_date"])
    assert [(row["article_id"], row["version"], row["duplicate_of"]) for row in found] == [
        (b, 1, None), (a, 1, b), (a, 2, None), (c, 1, a),
    ]  # fmt: skip
    assert {row["story_id"] for row in found} == {b}
    counted = max(table_of(lake, "stories").to_pylist(), key=lambda row: row["version"])
    assert (counted["story_id"], counted["articles"]) == (b, 3)
    assert verify(lake).faults == ()
