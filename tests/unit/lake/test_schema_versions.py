"""Lakes of every released schema are read, added to and merged; a newer one is left alone."""

import shutil
from pathlib import Path

import pyarrow as pa
import pytest

from tests.support.commands import run, warta
from tests.support.lakes import rows_of
from warta.transforms.core.errors import LakeError
from warta.transforms.core.schema import SCHEMA_VERSION, TABLES, conform_to_schema
from warta.transforms.lake.layout import Lake
from warta.transforms.lake.verify import verify

LAKES = Path(__file__).parent.parent.parent / "lakes"
RELEASED = sorted(path.name for path in LAKES.glob("v*"))
PAGE = (
    Path(__file__).parent.parent.parent.parent / "sample_data/sources/html/pesisir-surat-botol.html"
)


def test_every_version_has_its_lake() -> None:
    """Whoever raises the version keeps a lake of the one before (docs/extending.md)."""
    assert [f"v{number}" for number in range(1, SCHEMA_VERSION)] == RELEASED


@pytest.fixture(params=RELEASED)
def lake(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of an old lake."""
    shutil.copytree(LAKES / request.param, tmp_path / "lake")
    return tmp_path / "lake"


def test_an_old_lake_is_sound_and_is_added_to(lake: Path) -> None:
    """Old rows stay as they were beside new ones; the lake is of today's version from then on."""
    assert verify(Lake(str(lake))).faults == ()
    before = {row["article_id"]: row for row in rows_of(lake, "articles")}
    run(lake, PAGE)
    assert verify(Lake(str(lake))).faults == ()
    assert Lake(str(lake)).check() == SCHEMA_VERSION
    after = rows_of(lake, "articles")
    assert len(after) == len(before) + 1
    for row in before.values():
        row["topics"] = [{**topic, "name_local": None} for topic in row["topics"]]
    old = [row for row in after if row["article_id"] in before]
    assert [{n: row[n] for n in before[row["article_id"]]} for row in old] == [
        before[row["article_id"]] for row in old
    ]


def test_an_old_lake_is_merged_into_todays_schema(lake: Path, tmp_path: Path) -> None:
    """Old and new files become one; columns that the old one lacked are null in its rows."""
    note = tmp_path / "note.txt"
    note.write_text("Catatan Desa\n\nWarga desa memanen padi lebih awal karena hujan turun.\n")
    run(lake, note)
    before = rows_of(lake, "articles")
    done = warta("compact", lake)
    assert done.returncode == 0, done.stderr
    assert "articles unknown" in done.stdout
    assert verify(Lake(str(lake))).faults == ()
    assert rows_of(lake, "articles") == before
    hashes = [row["record_hash"] for row in before if row["published_date"] == "unknown"]
    assert sorted(value is None for value in hashes) == [False, True, True]


def test_old_rejects_are_read_again(lake: Path, tmp_path: Path) -> None:
    """Without the context that newer ones have, by their bytes and names; then they are marked."""
    done = warta("replay", lake, "--reason", "bad_date", "--keep-bad-dates", "--workers", 1)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("2 read: 2 published")
    marked = [row for row in rows_of(lake, "rejects") if row["replayed_by"]]
    assert {row["reason"] for row in marked} == {"bad_date"}
    passed = {row.get("replay_of") for row in rows_of(lake, "articles")} - {None}
    assert {row["reject_id"] for row in marked} == passed
    assert verify(Lake(str(lake))).faults == ()


@pytest.mark.parametrize("command", [["run", PAGE, "--lake"], ["compact"], ["verify"], ["replay"]])
def test_a_lake_from_the_future_is_refused(tmp_path: Path, command: list[object]) -> None:
    """A lake of a newer schema is left alone, with a line that says what to do."""
    lake = Lake(str(tmp_path / "lake"))
    lake.create()
    lake.write_json("_lake.json", {"format": "warta", "schema_version": 99})
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
    for schema, _ in TABLES.values():
        assert conform_to_schema(schema.empty_table(), schema).equals(schema.empty_table())
