"""A kind of input that another package adds: one module, known to every command."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.lakes import table_of
from tests.support.waiting import PATIENCE_S
from warta.transforms.lake.storage import Lake

READER = '''
"""Bulletins: a headline and a text on each line, with SIGN between them."""

from dataclasses import replace

from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Reference, Reject
from warta.transforms.core.rejections import RejectedRecord
from warta.transforms.core.records import Source, SourceItem
from warta.transforms.core.rejections import reject
from warta.transforms.sources.registry import Reader, Records

SIGN = "SIGN"


def parse(raw: bytes, source: Source, uri: str, place: str, limits: InputLimits) -> Records:
    headline, sign, text = raw.decode().partition(SIGN)
    if sign:
        yield SourceItem(
            source=source, source_uri=uri, source_record_id=place, kind="bulletin", raw=raw,
            content=text.strip(), content_type="text", headline=headline.strip(),
        )
    else:
        yield reject("read", RejectedRecord("no_body", "no sign"), uri, place, raw, limits)


def read(reference: Reference, uri: str, limits: InputLimits) -> Records:
    with open(reference.path, "rb") as file:
        for number, line in enumerate(file, 1):
            yield from parse(line.rstrip(), reference.source, uri, f"line {number}", limits)


def reparse(row: Reject, source: Source, limits: InputLimits) -> Records:
    return parse(row.raw, source, row.source_uri, row.source_record_id, limits)


BULLETIN = Reader(
    name="bulletin",
    label="bulletin",
    read=read,
    suffixes=(".bulletin",),
    sniff=lambda head: head.startswith(b"BULETIN"),
    reparse=reparse,
)
'''

LINES = """\
BULETIN Panen garam :: Petani garam di Teluk Sagara memanen lebih awal karena kemarau panjang.
Pelabuhan baru == Kapal pertama bersandar di dermaga baru Tanjung Lawang pada Selasa pagi.
Pasar malam :: Pasar malam kembali dibuka di alun-alun kota sesudah dua tahun tertutup rapat.
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A folder with the module and what pip leaves of it when it is installed."""
    folder = tmp_path / "installed"
    info = folder / "bulletins-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: bulletins\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[warta.readers]\nbulletin = bulletins:BULLETIN\n")
    (folder / "bulletins.py").write_text(READER.replace('"SIGN"', '"::"'))
    return folder


def call(package: Path, *arguments: object) -> str:
    """What a command says that must succeed."""
    command = [sys.executable, "-m", "warta", *map(str, arguments)]
    paths = os.pathsep.join([str(package), str(Path(__file__).parent.parent.parent)])
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE_S, check=False,
        env={**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def headlines(lake: Path) -> list[str]:
    rows = table_of(Lake(str(lake)), "articles").to_pylist()
    return sorted(str(row["headline"]) for row in rows)


def test_a_custom_kind_is_read_broken_and_replayed(package: Path, tmp_path: Path) -> None:
    """By its ending and by its first bytes, in worker processes, and out of rejects."""
    inputs, lake = tmp_path / "inbox", tmp_path / "lake"
    inputs.mkdir()
    (inputs / "november.bulletin").write_text(LINES, encoding="utf-8")
    (inputs / "desember").write_text(LINES.splitlines()[0] + "\n", encoding="utf-8")
    out = call(package, "run", inputs, "--lake", lake, "--workers", 2, "--strict")
    assert "4 read: 2 published, 1 duplicates, 1 rejected" in out
    assert headlines(lake) == ["BULETIN Panen garam", "Pasar malam"]
    (package / "bulletins.py").write_text(READER.replace('"SIGN"', '"=="'))
    out = call(package, "replay", lake, "--workers", 1)
    assert "1 read: 1 published" in out
    assert headlines(lake) == ["BULETIN Panen garam", "Pasar malam", "Pelabuhan baru"]
