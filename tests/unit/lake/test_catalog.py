"""Live files: what the commits list and have not replaced, whatever else is in the folders."""

import os
import shutil
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
import xxhash

from tests.support.lakes import article, bad, table_of, write_plainly
from warta.transforms.core.errors import LakeError
from warta.transforms.core.storage import to_json
from warta.transforms.lake.catalog import (
    Commit,
    in_sequence,
    live_files,
    parse_commit,
    parse_commit_file,
    read_snapshot,
)
from warta.transforms.lake.checkpoints import checkpoint_commits
from warta.transforms.lake.checksums import checksum_of_file, parse_document, seal
from warta.transforms.lake.commit import next_sequence
from warta.transforms.lake.storage import Lake

COMMIT: dict[str, Any] = {
    "counts": {"read": 1, "published": 1, "duplicates": 0, "rejected": 0},
    "committed_at": "2026-11-16T03:00:00+00:00",
    "files": [{"path": "articles/x", "table": "articles", "partition": "", "rows": 1, "bytes": 9}],
}


@pytest.fixture
def lake(lake: Lake) -> Lake:
    for number in range(4):
        articles = [article(f"a{number}"), article(f"b{number}", day="unknown")]
        write_plainly(lake, [*articles, bad(f"c{number}")], f"t{number}", small_files=3)
    return lake


def test_live_files_are_those_of_the_folders_of_a_tidy_lake(lake: Lake) -> None:
    """Rows, bytes and checksums are those of the files; days choose partitions."""
    files = live_files(lake, "articles")
    assert {file.path for file in files} == set(lake.files("articles", recursive=True))
    assert sum(file.rows for file in files) == table_of(lake, "articles").num_rows == 8
    for table in ("articles", "mentions", "rejects", "ids"):
        for file in live_files(lake, table):
            assert file.bytes == lake.size(file.path)
            assert file.checksum == checksum_of_file(lake.filesystem, lake.path(file.path))
    assert {file.partition for file in live_files(lake, "articles", {"unknown"})} == {"unknown"}
    assert read_snapshot(lake).partitions("articles") == ["2026-11-10", "unknown"]


def test_a_file_that_no_commit_lists_is_not_live(lake: Lake) -> None:
    """A run that was ended in its moves, and a copy that somebody made."""
    before = live_files(lake, "articles")
    stray = Path(lake.path(before[0].path)).with_name("stray.parquet")
    stray.write_bytes(Path(lake.path(before[0].path)).read_bytes())
    assert live_files(lake, "articles") == before


def test_a_checkpoint_changes_nothing_that_is_live(lake: Lake) -> None:
    """Also while the old commit files are still there beside it."""
    before = live_files(lake, "articles")
    old = {path: lake.read_json(path) for path in lake.files("_commits")}
    assert checkpoint_commits(lake, keep=2) == 2
    assert live_files(lake, "articles") == before
    for path, document in old.items():
        lake.write_json(path, document)
    assert live_files(lake, "articles") == before


def test_commit_files_are_read_once(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look at a lake of thousands of commits costs a listing, and what is new."""
    read: list[str] = []
    read_bytes = Lake.read_bytes

    def count(lake: Lake, name: str) -> bytes:
        if name.startswith("_commits/"):
            read.append(name)
        return read_bytes(lake, name)

    for path in lake.files("_commits"):
        os.utime(lake.path(path), (1e9, 1e9))
    monkeypatch.setattr(Lake, "read_bytes", count)
    before = live_files(lake, "articles")
    assert len(read) == 4
    assert live_files(lake, "articles") == before
    assert len(read) == 4
    write_plainly(lake, [article("new")], "t9")
    read.clear()
    assert len(live_files(lake, "articles")) == len(before) + 1
    assert read == ["_commits/t9.json"]


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"{}", b'{"files": 3}', b"\xff\xfe", None])
def test_a_damaged_commit_file_is_never_passed_over(lake: Lake, data: bytes | None) -> None:
    """Empty, cut, another thing, or one changed digit: an error that names it and the way out."""
    path = Path(lake.path("_commits/t1.json"))
    path.write_bytes(
        path.read_bytes().replace(b'"rows": 1', b'"rows": 7') if data is None else data
    )
    with pytest.raises(LakeError, match=r"_commits/t1\.json is damaged: .*verify --repair"):
        live_files(lake, "articles")


@pytest.mark.parametrize(
    "change",
    [
        lambda commit: commit.pop("counts"),
        lambda commit: commit.update(counts={"read": "1"}),
        lambda commit: commit.update(files={}),
        lambda commit: commit["files"].append(None),
        lambda commit: commit["files"][0].pop("bytes"),
        lambda commit: commit.update(replaced=[3]),
        lambda commit: commit.update(committed_at=None),
    ],
)
def test_what_is_no_commit_file_is_refused(change: Callable[[dict[str, Any]], object]) -> None:
    """Each field that readers use is there and of its kind; others are free."""
    document = {**COMMIT, "files": [dict(COMMIT["files"][0])], "passed_over": {"source": 1}}
    assert parse_commit("_commits/t.json", document).files[0].rows == 1
    change(document)
    with pytest.raises(ValueError, match="it is not a commit file"):
        parse_commit("_commits/t.json", document)


def test_a_listed_file_takes_little_memory() -> None:
    """A checkpoint lists hundreds of thousands: reading one takes no objects of all its files."""
    listed = [
        {
            "path": f"articles/day=2026-{number % 12 + 1:02}-11/{number:020x}-0-abcdef12.parquet",
            "table": "articles",
            "partition": f"2026-{number % 12 + 1:02}-11",
            "rows": 1000 + number,
            "bytes": 100_000 + number,
            "xxh3": f"{number:016x}",
        }
        for number in range(5000)
    ]
    data = to_json(seal({**COMMIT, "files": listed}))
    del listed
    tracemalloc.start()
    try:
        commit = parse_commit_file("_commits/t.json", data)
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert commit.files[4999].checksum == f"{4999:016x}"
    assert kept / 5000 < 450
    assert peak / 5000 < 700


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"b": [], "a": {"d": 1, "c": [{"y": 2.5, "x": None}]}, "ä": "\u2028"},
        {"files": [{"path": f"p{number}", "bytes": number} for number in range(5)], "é": True},
        {"odd": ["a\ud800", {"\udcff": 1}]},
    ],
)
def test_the_checksum_of_a_document_is_of_its_text_with_sorted_keys(
    document: dict[str, Any],
) -> None:
    """As of all lakes that were written; a list may be converted as it is read."""
    read_back = orjson.loads(to_json(document))
    text = orjson.dumps(read_back, option=orjson.OPT_SORT_KEYS)
    sealed = to_json(seal(document))
    assert orjson.loads(sealed)["xxh3"] == xxhash.xxh3_64_hexdigest(text)
    assert parse_document(sealed) == read_back
    counted = {**read_back, "files": [2] * len(document.get("files", ()))}
    assert {"files": [], **parse_document(sealed, {"files": len})} == counted


def _commit(name: str, time: int, **fields: Any) -> Commit:
    document = {**COMMIT, "committed_at": f"2026-11-16T03:00:{time:02}+00:00", **fields}
    return parse_commit(f"_commits/{name}.json", document)


@pytest.mark.parametrize(
    ("commits", "numbers"),
    [
        # Commits without numbers are counted by their time, a checkpoint as what it stands for.
        ([_commit("a", 2), _commit("b", 1), _commit("c", 3)], {"b": 1, "a": 2, "c": 3}),
        ([_commit("b", 2), _commit("a", 1, rolled_up=7)], {"a": 7, "b": 8}),
        # Numbered ones keep their number, also after the clock was set back.
        ([_commit("a", 9), _commit("b", 1, sequence=2)], {"a": 1, "b": 2}),
        # A checkpoint of the first two of four.
        (
            [
                _commit("x", 2, rolled_up=2, sequence=2, covers="_commits/b.json"),
                _commit("c", 3),
                _commit("d", 4, sequence=4),
            ],
            {"x": 2, "c": 3, "d": 4},
        ),
        # The same, ended before the second was taken away, and c of the same moment as it.
        (
            [
                _commit("x", 2, rolled_up=2, sequence=2, covers="_commits/b.json"),
                _commit("b", 2),
                _commit("c", 2),
            ],
            {"b": 2, "x": 2, "c": 3},
        ),
    ],
)
def test_commits_are_numbered(commits: list[Commit], numbers: dict[str, int]) -> None:
    """Whatever order they are listed in; numbers stay when old commits become a checkpoint."""
    for listed in (commits, commits[::-1]):
        found = in_sequence(listed)
        assert {Path(one.path).stem: one.sequence for one in found} == numbers
        assert [one.sequence for one in found] == sorted(numbers.values())


def test_each_commit_has_the_next_number(lake: Lake) -> None:
    """Also after a checkpoint, and beside a plan that is not carried out yet."""
    assert [one.sequence for one in read_snapshot(lake).commits] == [1, 2, 3, 4]
    checkpoint_commits(lake, keep=2)
    assert [one.sequence for one in read_snapshot(lake).commits] == [2, 3, 4]
    plan = {"commit": {"token": "t7", "sequence": 5, "files": []}, "moves": {}}
    lake.write_json("_commits/t7.pending", plan)
    assert next_sequence(lake) == 6
    lake.discard("_commits/t7.pending")
    write_plainly(lake, [article("later")], "t5")
    assert read_snapshot(lake).last_sequence == 5


def test_an_old_lake_goes_on_counting(tmp_path: Path) -> None:
    """Its two commits have no numbers: the next is the third."""
    shutil.copytree(Path(__file__).parents[2] / "lakes" / "v2", tmp_path / "lake")
    lake = Lake(str(tmp_path / "lake"))
    write_plainly(lake, [article("later")], "t5")
    assert lake.read_json("_commits/t5.json")["sequence"] == 3
    assert [one.sequence for one in read_snapshot(lake).commits] == [1, 2, 3]
