"""Iceberg tables are switched on and off, gain columns, and forget old metadata."""

import shutil
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from tests.support.iceberg import check_agrees, open_table
from tests.support.lakes import article, write_plainly
from warta.transforms.core.errors import LakeError
from warta.transforms.core.schema import TABLES
from warta.transforms.lake.iceberg import maintenance, protocol, status
from warta.transforms.lake.iceberg.versions import read_table
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.verify.lake import verify

pytest.importorskip("pyiceberg", reason="Iceberg tables need pip install 'warta[iceberg]'")

from pyiceberg.schema import Schema

from warta.transforms.lake.iceberg import tables

LATER = datetime.now(UTC) + timedelta(hours=2)


def test_a_lake_of_an_older_layout_has_to_be_rewritten_first(tmp_path: Path) -> None:
    """Its files have neither ids nor one partition key: readers would take them for damage."""
    old = Lake(str(shutil.copytree("tests/lakes/v2", tmp_path / "old")))
    with pytest.raises(LakeError, match=r"`warta compact .* --rewrite` first"):
        maintenance.enable(old)
    assert not old.exists("_iceberg")


def test_without_pyiceberg_a_writer_says_what_to_type(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tables must not fall behind without a word; a lake without them needs no pyiceberg."""
    for name in [name for name in sys.modules if name.startswith("pyiceberg")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "warta.transforms.lake.iceberg.tables")
    monkeypatch.delattr("warta.transforms.lake.iceberg.tables", raising=False)
    monkeypatch.setitem(sys.modules, "pyiceberg", None)
    with pytest.raises(LakeError, match=r"pip install 'warta\[iceberg\]'"):
        protocol.check_writable(lake)
    plain = Lake(f"{lake.uri}-plain")
    write_plainly(plain, [article("a")], "t1")
    assert verify(plain).faults == ()


def test_old_metadata_is_expired(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """What no version needs goes after an hour; the table stays readable."""
    monkeypatch.setattr(tables, "KEEP_SNAPSHOTS", 3)
    for number in range(4):
        write_plainly(lake, [article(f"c{number}")], f"c{number}")
        assert len(open_table(lake).snapshots()) == min(number + 2, 3)
    write_plainly(lake, [article("d")], "merging", small_files=3)
    assert maintenance.expire_metadata(lake, datetime.now(UTC)) == 0
    assert maintenance.expire_metadata(lake, LATER) > 20
    check_agrees(lake)
    left = list(lake.files("_iceberg/articles/metadata"))
    assert len(left) <= 6, left


def test_tables_take_new_columns_and_refuse_other_ids(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A column that a definition adds is added; an id that means another column is never read."""
    metadata = read_table(lake, "rejects", 1)
    rejects = TABLES["rejects"]
    schema = rejects.schema
    newer = pa.field("severity", pa.string(), metadata={"PARQUET:field_id": "14"})
    monkeypatch.setitem(TABLES, "rejects", replace(rejects, schema=schema.append(newer)))
    evolved = tables.evolve(lake, "rejects", metadata)
    assert evolved.schema().find_field("severity").field_id == 14
    assert evolved.last_column_id == 14
    assert tables.evolve(lake, "rejects", evolved) is evolved
    wrong = schema.field("context").with_metadata({"PARQUET:field_id": "13"})
    other = schema.field("replayed_by").with_metadata({"PARQUET:field_id": "12"})
    fields = [*list(schema)[:-2], wrong, other]
    monkeypatch.setitem(TABLES, "rejects", replace(rejects, schema=pa.schema(fields)))
    with pytest.raises(LakeError, match="has context: string under the id 12"):
        tables.evolve(lake, "rejects", metadata)


def test_ids_are_those_of_the_schema() -> None:
    """Every id of a definition, nested ones too, is an id of the table; none is used twice."""
    for table, defined in TABLES.items():
        made: Schema = tables.schema_of(table)
        assert len(set(made.field_ids)) == len(made.field_ids)
        for field in defined.schema:
            number = int(field.metadata[b"PARQUET:field_id"])
            assert made.find_field(field.name).field_id == number


def test_disabling_leaves_no_trace(lake: Lake) -> None:
    """The data is as it was, and writers do without."""
    maintenance.disable(lake)
    assert not lake.exists("_iceberg")
    write_plainly(lake, [article("c")], "t2")
    assert verify(lake).faults == ()
    with pytest.raises(LakeError, match="has no Iceberg tables: `warta catalog enable"):
        status.status(lake)
