"""A lake whose commit files have no checksums yet is read, added to, compacted and verified.

tests/lakes/plain-commits was written by two runs: an article of 10 November with a second version
and a near copy, one without a date, a reject; its article index is there.
"""

import shutil
from pathlib import Path

import pytest

from tests.support.lakes import article, bad, table_of, words, write_plainly
from warta.pipeline.maintenance import compact_lake
from warta.transforms.lake.article_index import missing_ids
from warta.transforms.lake.commit import read_commit
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.verify.lake import verify

KEPT = Path(__file__).parent.parent.parent / "lakes" / "plain-commits"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A copy of the lake."""
    shutil.copytree(KEPT, tmp_path / "lake")
    return Lake(str(tmp_path / "lake"))


def _rows(lake: Lake) -> list[dict[str, object]]:
    # Columns of later versions are in a file or not, and null in both.
    rows = [
        {name: value for name, value in row.items() if value is not None}
        for row in table_of(lake, "articles").to_pylist()
    ]
    return sorted(rows, key=lambda row: (row["article_id"], row["version"]))


def test_what_the_lake_has_is_known(lake: Lake) -> None:
    """The same articles and rejects again change no row."""
    assert verify(lake).faults == ()
    before = _rows(lake)
    assert [row["version"] for row in before].count(2) == 1
    write_plainly(lake, [article("banjir"), article("panen", day="unknown"), bad("rusak")], "third")
    document = read_commit(lake, "third")
    assert document is not None
    assert document["counts"] == {"read": 3, "published": 0, "duplicates": 2, "rejected": 1}
    assert document["rejects_known"] == 1
    assert _rows(lake) == before
    assert verify(lake).faults == ()


def test_the_lake_is_added_to(lake: Lake) -> None:
    """Versions go on, also on another day, by the index; copies point at the old original."""
    body = article("panen").article_body
    rows = [
        article("panen", body=words(80, "panen raya"), day="2026-03-01"),
        article("kutipan", body=body + " Selesai.", day="2026-11-12"),
    ]
    write_plainly(lake, rows, "third")
    added = {row["article_id"]: row for row in _rows(lake) if row["run_id"] == "run-third"}
    assert added[rows[0].article_id]["version"] == 2
    assert added[rows[1].article_id]["duplicate_of"] == rows[0].article_id
    assert missing_ids(lake) == 0
    assert verify(lake).faults == ()


def test_the_lake_is_compacted(lake: Lake) -> None:
    """Its small files become one a day and table, with the same rows."""
    before = _rows(lake)
    done = compact_lake(lake.uri, target_mb=128, grace_s=0, wait_s=0, report=lambda _: None)
    assert (done.merged_files, done.into_files) == (4, 2)
    assert _rows(lake) == before
    assert verify(lake).faults == ()
