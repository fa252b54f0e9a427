"""Files that are one article each, and files that cannot be read."""

import bz2
import gzip
import os
import subprocess
import sys
from pathlib import Path

import pytest
import zstandard

from tests.support.reading import records_of
from tests.support.waiting import PATIENCE_S
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Reference, Reject, Source, SourceItem
from warta.transforms.sources.readers import read_reference

LIMITS = InputLimits(max_record_bytes=10_000, reject_raw_bytes=100)
TEXT = b"Warga membersihkan sungai.\n\nAir kembali jernih."


def read(path: Path, kind: str) -> SourceItem | Reject:
    (row,) = records_of(Reference(Source(""), str(path), kind), LIMITS)
    return row


@pytest.mark.parametrize(("kind", "content_type"), [("text", "text"), ("html", "page")])
@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a", TEXT),
        ("a.gz", gzip.compress(TEXT[:9], mtime=0) + gzip.compress(TEXT[9:], mtime=0)),
        ("a.bz2", bz2.compress(TEXT)),
        ("a.zst", zstandard.compress(TEXT)),
        ("plain-name", gzip.compress(TEXT, mtime=0)),
    ],
)
def test_a_file_is_one_article_of_its_own_bytes(
    tmp_path: Path, kind: str, content_type: str, name: str, data: bytes
) -> None:
    """Unpacked, undecoded: cleaning finds out the rest."""
    path = tmp_path / name
    path.write_bytes(data)
    item = read(path, kind)
    assert isinstance(item, SourceItem)
    assert (item.content, item.raw, item.content_type) == (TEXT, TEXT, content_type)
    assert (item.kind, item.source_uri, item.source_record_id) == (kind, str(path), "")
    assert (item.url, item.date_fetched) == (None, None)


@pytest.mark.parametrize("kind", ["feed", "jsonl", "text", "html", "warc"])
def test_an_empty_file_is_one_reject_of_any_kind(tmp_path: Path, kind: str) -> None:
    """It came in, so it goes out with a reason."""
    path = tmp_path / "a"
    path.write_bytes(b"")
    row = read(path, kind)
    assert isinstance(row, Reject)
    assert (row.reason, row.stage, row.raw_length) == ("empty", "read", 0)


@pytest.mark.parametrize("kind", ["feed", "jsonl", "text", "html", "warc"])
@pytest.mark.parametrize("what", ["gone", "folder", "scheme"])
def test_what_cannot_be_opened_is_unreadable(tmp_path: Path, kind: str, what: str) -> None:
    """A file that vanished since it was listed costs itself alone."""
    places = {"gone": tmp_path / "gone", "folder": tmp_path}
    uri = str(places.get(what, "nosuch://kunci:kata@x/y"))
    (row,) = read_reference(Reference(Source(""), uri, kind), LIMITS)
    assert isinstance(row, Reject)
    assert row.reason == "unreadable"
    assert row.error
    assert "kata" not in row.error + row.source_uri


@pytest.mark.parametrize(
    ("data", "reason", "length"),
    [
        (b"x" * 10_001, "too_large", 10_001),
        (gzip.compress(bytes(90_000), mtime=0), "too_large", 90_000),
        (gzip.compress(TEXT, mtime=0)[:-9], "truncated", None),
        (gzip.compress(b"", mtime=0) + b"\0", "empty", 0),
        (b"\x1f\x8b" + TEXT, "bad_compression", 0),
    ],
)
@pytest.mark.parametrize("kind", ["feed", "text", "html"])
def test_what_cannot_be_taken_whole_is_rejected_whole(
    tmp_path: Path, kind: str, data: bytes, reason: str, length: int | None
) -> None:
    """With its beginning and its unpacked length."""
    path = tmp_path / "a"
    path.write_bytes(data)
    row = read(path, kind)
    assert isinstance(row, Reject)
    assert row.reason == reason
    assert length is None or row.raw_length == length
    assert len(row.raw) == min(100, row.raw_length)


def test_a_bomb_is_counted_only_so_far(tmp_path: Path) -> None:
    """A file that unfolds forever is left after some multiples of the limit."""
    path = tmp_path / "a.html.gz"
    path.write_bytes(gzip.compress(bytes(50_000_000), 1, mtime=0))
    row = read(path, "html")
    assert isinstance(row, Reject)
    assert row.reason == "too_large"
    assert 160_000 < row.raw_length < 1_000_000


def test_a_location_may_be_a_file_uri(tmp_path: Path) -> None:
    """With its odd characters quoted."""
    path = tmp_path / "berita pagi.txt"
    path.write_bytes(TEXT)
    (row,) = read_reference(Reference(Source(""), path.as_uri(), "text"), LIMITS)
    assert isinstance(row, SourceItem)
    assert row.content == TEXT


@pytest.mark.parametrize("ending", ["jsonl", "jsonl.gz"])
def test_a_large_file_is_read_in_little_memory(tmp_path: Path, ending: str) -> None:
    """80 MB, one line of them 40 MB, are never in memory together."""
    path = tmp_path / f"a.{ending}"
    line = b'{"body": "' + b"isi " * 1_000 + b'"}\n'
    with gzip.open(path, "wb", 1) if ending.endswith("gz") else path.open("wb") as file:
        for _ in range(10_000):
            file.write(line)
        file.write(b"x" * 40_000_000 + b"\n" + line)
    script = f"""
import resource
from warta.transforms.sources.readers import read_reference
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Reference, Source
rows = read_reference(Reference(Source(""), {str(path)!r}, "jsonl"), InputLimits())
next(rows)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
count = sum(1 for _ in rows)
print(count, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ,
        timeout=PATIENCE_S,
    )
    count, grown_mb = map(int, done.stdout.split())
    assert count == 10_001
    assert grown_mb < 40


def test_the_way_of_a_text_needs_no_heavy_library() -> None:
    """A trial of one file does not wait for Arrow, HTTP or feed parsers to load."""
    script = """
import sys
from warta.transforms.sources.listing import list_source
from warta.transforms.sources.readers import read_reference
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Source
for reference in list_source(Source(sys.argv[1]), split_bytes=10**6, stripes=1):
    list(read_reference(reference, InputLimits()))
print([name for name in ("pyarrow", "aiohttp", "feedparser", "orjson", "fastwarc", "apache_beam")
       if name in sys.modules])
"""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            script,
            __file__,
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_S,
    )
    assert done.stdout.strip() == "[]"
