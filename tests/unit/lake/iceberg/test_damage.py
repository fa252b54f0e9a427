"""Damaged Iceberg tables are named, and rebuilt, by a repair or on demand."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.iceberg import check_agrees
from tests.support.lakes import article, write_plainly
from tests.support.waiting import free_port
from warta.pipeline.maintenance import planned_repair, repair_lake
from warta.transforms.core.errors import LakeError
from warta.transforms.lake.catalog import read_snapshot
from warta.transforms.lake.iceberg import maintenance, status
from warta.transforms.lake.iceberg.settings import read_version
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.verify.lake import verify

pytest.importorskip("pyiceberg", reason="Iceberg tables need pip install 'warta[iceberg]'")


def _damage_hint(lake: Lake) -> None:
    Path(lake.path("_iceberg/articles/metadata/version-hint.text")).write_text("x\n")


def _lose_version(lake: Lake) -> None:
    Path(lake.path("_iceberg/articles/metadata/v1.metadata.json")).unlink()


def _cut_version(lake: Lake) -> None:
    Path(lake.path("_iceberg/articles/metadata/v1.metadata.json")).write_text("{")


def _lose_manifest(lake: Lake) -> None:
    next(Path(lake.path("_iceberg/articles/metadata")).glob("*-m0.avro")).unlink()


def _garble_manifest(lake: Lake) -> None:
    for manifest in Path(lake.path("_iceberg/articles/metadata")).glob("*.avro"):
        data = bytearray(manifest.read_bytes())
        # Its header: no UTF-8, and a length that cannot be.
        data[8:60] = b"\xf0" * 52
        manifest.write_bytes(data)


def _point_back(lake: Lake) -> None:
    write_plainly(lake, [article("c")], "t2")
    Path(lake.path("_iceberg/articles/metadata/version-hint.text")).write_text("1")


@pytest.mark.parametrize(
    "damage",
    [_damage_hint, _lose_version, _cut_version, _lose_manifest, _garble_manifest, _point_back],
)
def test_verify_names_damage_and_rebuild_mends_it(
    lake: Lake, damage: Callable[[Lake], None]
) -> None:
    """Hint, metadata and commits are compared with each other."""
    damage(lake)
    faults = verify(lake).faults
    assert faults
    assert all("_iceberg" in fault.location or "Iceberg" in fault.what for fault in faults)
    maintenance.rebuild(lake)
    check_agrees(lake)


def _hint_of_many_digits(lake: Lake) -> None:
    Path(lake.path("_iceberg/articles/metadata/version-hint.text")).write_text("9" * 5000)


def _hint_is_a_pipe(lake: Lake) -> None:
    hint = Path(lake.path("_iceberg/articles/metadata/version-hint.text"))
    hint.unlink()
    os.mkfifo(hint)


def _hint_is_a_folder(lake: Lake) -> None:
    hint = Path(lake.path("_iceberg/articles/metadata/version-hint.text"))
    hint.unlink()
    hint.mkdir()


def _garble_settings(lake: Lake) -> None:
    Path(lake.path("_iceberg/catalog.json")).write_bytes(b"\xff{")


@pytest.mark.parametrize(
    "damage",
    [
        _damage_hint,
        _hint_of_many_digits,
        _hint_is_a_pipe,
        _hint_is_a_folder,
        _garble_settings,
        _lose_version,
        _cut_version,
        _lose_manifest,
        _garble_manifest,
        _point_back,
    ],
)
def test_a_repair_makes_damaged_tables_anew(lake: Lake, damage: Callable[[Lake], None]) -> None:
    """In one step with all else, and the lake is written again after it."""
    damage(lake)
    assert [step.rebuilds_tables for step in planned_repair(lake.uri, verify(lake))] == [True]
    _, found = repair_lake(lake.uri, 0)
    assert found.faults == ()
    write_plainly(lake, [article("z")], "after")
    check_agrees(lake)


def test_a_repair_takes_no_catalog_from_the_original(lake: Lake) -> None:
    """The tables of a lake that was copied name files elsewhere: that is for its owner to say."""
    copy = Lake(f"{lake.uri}-copy")
    shutil.copytree(lake.uri, copy.uri)
    _damage_hint(copy)
    assert planned_repair(copy.uri, verify(copy)) == []
    with pytest.raises(LakeError, match="moved or copied, `warta catalog rebuild"):
        repair_lake(copy.uri, 0)


def test_a_damaged_manifest_is_one_line(lake: Lake) -> None:
    """For readers of the tables, and for writers."""
    _garble_manifest(lake)
    with pytest.raises(LakeError, match="`warta catalog rebuild"):
        status.status(lake)


def test_a_damaged_file_is_named_when_tables_are_made_anew(lake: Lake) -> None:
    """Its footer cannot be read: one line, and the way out."""
    (path,) = read_snapshot(lake).paths("rejects")
    Path(lake.path(path)).write_bytes(b"")
    with pytest.raises(LakeError, match=r"is damaged: .*`warta verify --repair"):
        maintenance.rebuild(lake)


def test_a_store_that_does_not_answer_is_no_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tables may well be sound: a repair would rebuild them."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    away = Lake(f"s3://news/lake?scheme=http&endpoint_override=127.0.0.1:{free_port()}")
    with pytest.raises(OSError, match="news"):
        read_version(away, "articles")
    with pytest.raises(OSError, match="news"):
        status.damage(away)


def test_a_folder_in_the_place_of_the_pointer_is_damage(lake: Lake) -> None:
    """Of a disk, an error is of the file."""
    hint = Path(lake.path("_iceberg", "articles", "metadata", "version-hint.text"))
    hint.unlink()
    hint.mkdir()
    with pytest.raises(LakeError, match=r"version-hint\.text is damaged"):
        read_version(lake, "articles")
    assert status.damage(lake) is not None
