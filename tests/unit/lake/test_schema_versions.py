"""Lakes of every released schema are read, added to and merged; a newer one is left alone."""

import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.commands import run, warta
from tests.support.lakes import publish_table, rows_of
from warta.transforms.core.errors import LakeError
from warta.transforms.core.schema import SCHEMA_VERSION, TABLES, conform_to_schema
from warta.transforms.lake.catalog import live_files, read_snapshot
from warta.transforms.lake.layout import partition_path
from warta.transforms.lake.reading import open_dataset
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.verify.lake import verify

LAKES = Path(__file__).parent.parent.parent / "lakes"
RELEASED = sorted(path.name for path in LAKES.glob("v*"))
OLD_LAYOUT = ["v1", "v2"]
PAGE = (
    Path(__file__).parent.parent.parent.parent / "sample_data/sources/html/pesisir-surat-botol.html"
)


def test_every_version_has_its_lake() -> None:
    """A change that raises the version keeps a lake of it (docs/extending.md)."""
    assert [f"v{number}" for number in range(1, SCHEMA_VERSION + 1)] == RELEASED


@pytest.fixture(params=RELEASED)
def lake_version(request: pytest.FixtureRequest) -> str:
    """Names a lake."""
    return str(request.param)


@pytest.fixture
def lake(lake_version: str, tmp_path: Path) -> Lake:
    """A copy of an old lake."""
    shutil.copytree(LAKES / lake_version, tmp_path / "lake")
    return Lake(str(tmp_path / "lake"))


def test_an_old_lake_is_sound_and_is_added_to(lake: Lake, lake_path: Path) -> None:
    """Old rows stay as they were beside new ones; the lake is of today's version from then on."""
    assert verify(lake).faults == ()
    before = {row["article_id"]: row for row in rows_of(lake_path, "articles")}
    run(lake_path, PAGE)
    assert verify(lake).faults == ()
    assert lake.check() == SCHEMA_VERSION
    after = rows_of(lake_path, "articles")
    assert len(after) == len(before) + 1
    for row in before.values():
        row["topics"] = [{"name_local": None, **topic} for topic in row["topics"]]
    old = [row for row in after if row["article_id"] in before]
    assert [{n: row[n] for n in before[row["article_id"]]} for row in old] == [
        before[row["article_id"]] for row in old
    ]


def test_an_old_lake_is_added_to_in_its_own_layout(
    lake: Lake, lake_path: Path, lake_version: str
) -> None:
    """Its path key and its type of `minhash_bands`; columns are added as ever."""
    run(lake_path, PAGE)
    layout = 2 if lake_version in OLD_LAYOUT else 3
    folder = partition_path("articles", "unknown", layout_version=layout)
    assert all(path.startswith(folder) for path in _paths(lake, "articles", {"unknown"}))
    assert read_snapshot(lake).layouts() == {layout}
    for path in _paths(lake, "articles"):
        kind = pq.read_schema(lake.path(path)).field("minhash_bands").type.value_type
        assert kind == (pa.uint64() if layout == 2 else pa.int64())
    rows = open_dataset(lake.uri).to_table(columns=["minhash_bands"])
    assert rows["minhash_bands"].type.value_type == pa.int64()
    newest = max(lake_path.rglob("mentions/**/*.parquet"), key=lambda path: path.stat().st_mtime)
    assert pq.read_table(newest, partitioning=None)["ingested_at"].null_count == 0


@pytest.mark.parametrize("lake_version", OLD_LAYOUT)
def test_a_rewrite_brings_an_old_lake_to_todays_layout(lake: Lake, lake_path: Path) -> None:
    """The same rows under paths and types of today; mentions know when they came."""
    run(lake_path, PAGE)
    before = {table: _conformed(lake, table) for table in TABLES}
    done = warta("compact", lake.uri, "--rewrite")
    assert done.returncode == 0, done.stderr
    assert verify(lake).faults == ()
    assert lake.layout_version() == 3
    for path in lake_path.glob("*/*/*.parquet"):
        assert path.parent.name.startswith("day=")
    assert {table: _conformed(lake, table) for table in TABLES} == before
    mentions = open_dataset(lake.uri, "mentions").to_table()
    assert mentions["ingested_at"].null_count == 0
    run(lake_path, PAGE.with_name("kabar-haul-jombang.html"))
    assert verify(lake).faults == ()
    again = warta("compact", lake.uri, "--rewrite", "--quiet")
    assert again.returncode == 0, again.stderr


@pytest.mark.parametrize("lake_version", ["v2"])
def test_files_of_another_layout_are_never_committed(lake: Lake) -> None:
    """A run that began before a rewrite and would end after it."""
    rows = pa.table({"x": [1]})
    with pytest.raises(LakeError, match="has another layout than the lake"):
        publish_table(lake, "articles", "2026-11-10", rows)


def _paths(lake: Lake, table: str, days: set[str] | None = None) -> list[str]:
    return [file.path for file in live_files(lake, table, days)]


def _conformed(lake: Lake, table: str) -> list[str]:
    schema = TABLES[table].schema
    rows = open_dataset(lake.uri, table).to_table(
        columns=[name for name in schema.names if table != "mentions" or name != "ingested_at"]
    )
    return sorted(repr(row) for row in rows.to_pylist())


def test_an_old_lake_is_merged_into_todays_schema(
    lake: Lake, lake_path: Path, lake_version: str, tmp_path: Path
) -> None:
    """Old and new files become one; columns that the old one lacked are null in its rows."""
    note = tmp_path / "note.txt"
    note.write_text("Catatan Desa\n\nWarga desa memanen padi lebih awal karena hujan turun.\n")
    run(lake_path, note)
    before = rows_of(lake_path, "articles")
    done = warta("compact", lake.uri)
    assert done.returncode == 0, done.stderr
    assert "articles unknown" in done.stdout
    assert verify(lake).faults == ()
    assert rows_of(lake_path, "articles") == before
    hashes = [row["record_hash"] for row in before if row["published_date"] == "unknown"]
    lacking = [False, True, True] if lake_version == "v1" else [False, False, False]
    assert sorted(value is None for value in hashes) == lacking


def test_old_rejects_are_read_again(lake: Lake, lake_path: Path, tmp_path: Path) -> None:
    """Without the context that newer ones have, by their bytes and names; then they are marked."""
    done = warta("replay", lake.uri, "--reason", "bad_date", "--keep-bad-dates", "--workers", 1)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("2 read: 2 published")
    marked = [row for row in rows_of(lake_path, "rejects") if row["replayed_by"]]
    assert {row["reason"] for row in marked} == {"bad_date"}
    passed = {row.get("replay_of") for row in rows_of(lake_path, "articles")} - {None}
    assert {row["reject_id"] for row in marked} == passed
    assert verify(lake).faults == ()


@pytest.mark.parametrize("command", [["run", PAGE, "--lake"], ["compact"], ["verify"], ["replay"]])
def test_a_lake_from_the_future_is_refused(tmp_path: Path, command: list[object]) -> None:
    """A lake of a newer schema is left alone, with a line that says what to do."""
    lake = Lake(str(tmp_path / "lake"))
    lake.create()
    lake.write_json("_lake.json", {"format": "warta", "schema_version": 99, "layout_version": 98})
    done = warta(*command, lake.uri)
    assert done.returncode == 2
    assert "upgrade warta" in done.stderr
    assert done.stderr.count("\n") == 1
    with pytest.raises(LakeError, match="upgrade warta"):
        lake.create()


def test_rows_are_brought_up_by_name() -> None:
    """New columns are null, also inside structs; order and values stay."""
    old = pa.table({"b": [[{"x": 1}]], "a": ["one"]})
    inner = pa.struct([("x", pa.int64()), ("y", pa.string())])
    new = pa.schema([("a", pa.string()), ("b", pa.list_(inner)), ("c", pa.float32())])
    assert conform_to_schema(old, new).to_pylist() == [
        {"a": "one", "b": [{"x": 1, "y": None}], "c": None}
    ]
    for schema in (table.schema for table in TABLES.values()):
        assert conform_to_schema(schema.empty_table(), schema).equals(schema.empty_table())
