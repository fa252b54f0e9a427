"""WARC files in pieces, and packed in blocks that are not records."""

import gzip
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.reading import passed_over_at, records_of
from tests.support.warc import LIMITS, PAGE, http, names, read, record, write
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Reference, Source
from warta.transforms.sources.warc.frames import Frame, frames_of_range
from warta.transforms.sources.warc.members import frames_of_members


def test_other_packings_of_a_warc_file_are_read(tmp_path: Path) -> None:
    """All records in one gzip member, and zstd."""
    data = b"".join(record(http(PAGE), name) for name in "abc")
    (tmp_path / "one.warc.gz").write_bytes(gzip.compress(data, mtime=0))
    (tmp_path / "two.warc.zst").write_bytes(zstandard.compress(data))
    assert names(read(tmp_path, split_bytes=50)) == ["a", "b", "c"] * 2


@pytest.mark.parametrize("split_bytes", [10**9, 100, 200])
def test_gzip_members_need_not_be_records(tmp_path: Path, split_bytes: int) -> None:
    """Empty ones are passed over; a record may go on in the members after its own."""
    whole = [record(http(PAGE), name) for name in "abcdef"]
    members = [
        b"", whole[0], b"", whole[1][:90], whole[1][90:250], b"", whole[1][250:],
        whole[2] + whole[3][:130], whole[3][130:] + whole[4], b"\r\n\r\n", whole[5], b"",
    ]  # fmt: skip
    path = tmp_path / "a.warc.gz"
    path.write_bytes(b"".join(gzip.compress(member, mtime=0) for member in members) + bytes(30))
    assert names(read(path, split_bytes)) == list("abcdef")
    assert passed_over_at(path, LIMITS, split_bytes=split_bytes) == {"empty_member": 4}


def test_a_file_of_blocks_is_read_across_them(tmp_path: Path) -> None:
    """As bgzip packs it: members of a fixed size, wherever records begin."""
    data = b"".join(record(http(PAGE), name) for name in "abcdefgh")
    blocks = (gzip.compress(data[at : at + 333], mtime=0) for at in range(0, len(data), 333))
    path = tmp_path / "a.warc.gz"
    path.write_bytes(b"".join(blocks))
    assert names(read(path)) == list("abcdefgh")
    assert names(read(path, split_bytes=300)) == list("abcdefgh")


blocks = st.one_of(
    st.binary(max_size=60).map(lambda body: (http(body), None)),
    st.binary(max_size=60).map(lambda body: (http(body), 3)),
    st.just((b"x", None)),
    st.just((http(b"\r\n\r\n\n\nWARC/1.0\r\n"), None)),
)


@settings(deadline=None, max_examples=60)
@given(st.lists(blocks, max_size=8), st.booleans(), st.integers(60, 2_000))
def test_ranges_together_hold_each_record_once(
    tmp_path_factory: pytest.TempPathFactory,
    parts: list[tuple[bytes, int | None]],
    packed: bool,
    split: int,
) -> None:
    """However a file is cut, its pieces give the rows of the whole, in order."""
    folder = tmp_path_factory.mktemp("ranges")
    records = [record(block, str(n), length=size) for n, (block, size) in enumerate(parts)]
    path = write(folder, record(http(PAGE), "first"), *records, packed=packed)
    whole = read(path)
    assert len(whole) == len(parts) + 1
    assert read(path, split_bytes=split) == whole


@pytest.mark.parametrize("packed", [False, True])
def test_a_cut_at_every_byte_loses_nothing(tmp_path: Path, packed: bool) -> None:
    """Two pieces, cut at each place in turn, hold what the whole holds."""
    path = write(tmp_path, *(record(http(PAGE), name) for name in "abc"), packed=packed)
    for at in range(1, path.stat().st_size, 3):
        rows = [
            row
            for start, end in ((0, at), (at, None))
            for row in records_of(Reference(Source(""), str(path), "warc", 0, start, end), LIMITS)
        ]
        assert names(rows) == ["a", "b", "c"]


class _Counted(io.BytesIO):
    """A file that counts what is read of it."""

    count = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.count += len(data)
        return data


@pytest.mark.parametrize("frames", [frames_of_members, frames_of_range])
def test_a_range_without_a_record_is_read_once(
    frames: Callable[[BinaryIO, int, int | None, InputLimits], Iterator[Frame]],
) -> None:
    """Gigabytes of nothing are cut into many ranges: each stops where the next begins."""
    file = _Counted(bytes(4 << 20))
    assert list(frames(file, 1 << 20, 2 << 20, InputLimits())) == []
    assert (1 << 20) <= file.count < (2 << 20)


def test_a_packed_record_at_the_end_of_a_range_belongs_to_it_alone() -> None:
    """Its first bytes are the last ones of the range, or the first ones of the next."""
    member = gzip.compress(record(http(b"<p>Kapal berlabuh.</p>")))
    for end in (99_999, 100_000, 100_001, 100_002):
        file = io.BytesIO(bytes(100_000) + member + bytes(9))
        before = list(frames_of_members(file, 1, end, InputLimits()))
        after = list(frames_of_members(file, end, None, InputLimits()))
        assert [len(before), len(after)] == ([1, 0] if end > 100_000 else [0, 1])
