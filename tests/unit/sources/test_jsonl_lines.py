"""JSONL: lines in ranges and stripes, packed and cut off, broken and too long."""

import bz2
import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.reading import passed_over_at, records_at, records_of
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Reference, Reject, Source, SourceItem
from warta.transforms.sources.json.jsonl import parse_line
from warta.transforms.sources.listing import list_source
from warta.transforms.sources.readers import read_reference

LIMITS = InputLimits(max_record_bytes=2_000, reject_raw_bytes=100)
PACK: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "zst": zstandard.compress,
}


def summary(results: list[SourceItem | Reject]) -> list[tuple[str, str, bytes, int]]:
    return [
        (row.source_record_id, row.reason, row.raw, row.raw_length)
        if isinstance(row, Reject)
        else (row.source_record_id, "", row.raw, len(row.raw))
        for row in results
    ]


def read_all(path: Path, split_bytes: int, stripes: int = 1) -> list[SourceItem | Reject]:
    return records_at(path, LIMITS, split_bytes=split_bytes, stripes=stripes)


@pytest.mark.parametrize(
    ("line", "headlines"),
    [
        ('[{"title": "A", "body": "x"}, {"title": "B", "body": "y"}]', ["A", "B"]),
        ('{"title": "A", "body": "x"}{"title": "B", "body": "y"}', ["A", "B"]),
        ('{"articles": [{"title": "A", "body": "x"}, {"title": "B", "body": "y"}]}', ["A", "B"]),
        ('{"title": "A", "body": "x"},', ["A"]),
        ('"{\\"title\\": \\"A\\", \\"body\\": \\"x\\"}"', ["A"]),
    ],
)
def test_a_line_may_hold_several_records(line: str, headlines: list[str]) -> None:
    """Each is one with a place of its own."""
    rows = list(parse_line(line.encode(), Source("x"), "x", "@7", LIMITS))
    assert [getattr(row, "headline", None) for row in rows] == headlines
    assert len({row.source_record_id for row in rows}) == len(rows)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b'{"title": "x"', "bad_json"),
        (b'{"title": "x", "body"}', "bad_json"),
        (b"[" * 100_000, "bad_json"),
        (b'["title"]', "not_an_object"),
        (b"null", "not_an_object"),
        (b"3", "not_an_object"),
    ],
)
def test_a_bad_line_is_rejected_with_its_bytes(raw: bytes, reason: str) -> None:
    """Its reason, its place and its first bytes are kept."""
    (row,) = parse_line(raw, Source("x"), "x", "@7", LIMITS)
    assert isinstance(row, Reject)
    assert (row.stage, row.reason, row.source_record_id) == ("read", reason, "@7")
    assert (row.raw, row.raw_length) == (raw[:100], len(raw))


lines = st.lists(
    st.sampled_from(
        [b'{"body":"satu"}', b'{"body":"dua"}\r', b"", b"  \r", b"{", b"[1]", b'{"t":"' + b"x" * 90]
    )
    | st.integers(1_990, 2_010).map(lambda n: b"y" * n),
    max_size=30,
)


@settings(deadline=None, max_examples=100)
@given(lines, st.booleans(), st.integers(40, 3_000))
def test_ranges_together_hold_each_record_once(
    tmp_path_factory: pytest.TempPathFactory, parts: list[bytes], newline: bool, split: int
) -> None:
    """However a file is cut, its pieces give the records of the whole, in order."""
    path = tmp_path_factory.mktemp("ranges") / "a.jsonl"
    # By its first line it is known that lines are records.
    parts = [b'{"body":"awal"}', *parts]
    path.write_bytes(b"\n".join(parts) + (b"\n" if newline else b""))
    whole = summary(read_all(path, split_bytes=10**9))
    assert summary(read_all(path, split_bytes=split)) == whole
    if path.stat().st_size:
        expected = [part.rstrip(b"\r") for part in parts if part.strip()]
        assert [row[2][:100] for row in whole] == [part[:100] for part in expected]
        assert [row[3] for row in whole] == [len(part) for part in expected]


@pytest.mark.parametrize("at", range(10, 26))
def test_a_cut_anywhere_around_a_line_end_loses_nothing(tmp_path: Path, at: int) -> None:
    """A line belongs to the range of its first byte, also when a range begins just there."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"body":"satu"}\r\n{"body":"dua"}\n{"body":"tiga"}')
    rows = [
        row
        for start, end in ((0, at), (at, None))
        for row in read_reference(Reference(Source(""), str(path), "jsonl", 0, start, end), LIMITS)
    ]
    assert [(row.source_record_id, getattr(row, "content", "")) for row in rows] == [
        ("@0", "satu"),
        ("@17", "dua"),
        ("@32", "tiga"),
    ]


@pytest.mark.parametrize("ending", sorted(PACK))
def test_stripes_of_a_packed_file_hold_each_line_once(tmp_path: Path, ending: str) -> None:
    """Every stripe unpacks the file and keeps other blocks of lines."""
    path = tmp_path / f"a.jsonl.{ending}"
    data = b"".join(b'{"body":"nomor %d"}\n' % number for number in range(2_000))
    path.write_bytes(PACK[ending](data))
    whole = summary(read_all(path, split_bytes=10**9))
    shared = list_source(Source(str(path)), split_bytes=100, stripes=3)
    chunks = [summary(records_of(one, LIMITS)) for one in shared]
    assert [row[0] for row in whole] == [f"line {number + 1}" for number in range(2_000)]
    assert sorted(row for chunk in chunks for row in chunk) == sorted(whole)
    assert [len(chunk) > 500 for chunk in chunks] == [True, True, True]


def test_a_line_over_the_limit_is_rejected_and_the_next_one_read(tmp_path: Path) -> None:
    """Its beginning and its true length are kept."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"body":"' + b"x" * 1_000_000 + b'"}\n{"body":"dua"}\n')
    huge, good = read_all(path, 10**9)
    assert isinstance(huge, Reject)
    assert (huge.reason, len(huge.raw), huge.raw_length) == ("too_large", 100, 1_000_011)
    assert good.source_record_id == "@1000012"


def test_a_byte_order_mark_is_no_part_of_the_first_record(tmp_path: Path) -> None:
    """A file as Windows tools write it reads like any other."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"body":"satu"}\r\n')
    assert [getattr(row, "content", "") for row in read_all(path, 10**9)] == ["satu"]


@pytest.mark.parametrize("stripes", [1, 3])
@pytest.mark.parametrize("ending", ["gz", "zst"])
def test_lines_before_a_cut_are_read_and_the_cut_is_reported_once(
    tmp_path: Path, ending: str, stripes: int
) -> None:
    """A file cut off in the middle gives its whole lines and one truncated reject."""
    path = tmp_path / f"a.jsonl.{ending}"
    data = b"".join(b'{"body":"nomor %d %s"}\n' % (n, b"%x" % n**9) for n in range(20_000))
    packed = PACK[ending](data)
    path.write_bytes(packed[: len(packed) // 2])
    rows = read_all(path, 100 if stripes > 1 else 10**9, stripes)
    faults = [row for row in rows if isinstance(row, Reject)]
    good = {row.raw for row in rows if isinstance(row, SourceItem)}
    assert [fault.reason for fault in faults] == ["truncated"]
    assert faults[0].source_record_id == f"line {len(good) + 1}"
    assert len(good) > 3_000
    assert good == set(data.split(b"\n")[: len(good)])


def test_false_packed_data_are_reported_as_such(tmp_path: Path) -> None:
    """A .gz that is not gzip is one bad_compression, not a hundred bad lines."""
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(b"not gzip\n" * 100)
    assert [getattr(row, "reason", "") for row in read_all(path, 10**9)] == ["bad_compression"]


def test_a_line_that_lists_nothing_is_counted(tmp_path: Path) -> None:
    """An answer of an API without results is passed over by name, beside lines with records."""
    path = tmp_path / "answers.jsonl"
    path.write_text('{"response": {"results": []}}\n{"title": "T", "body": "Kapal berlabuh."}\n')
    assert passed_over_at(path, LIMITS) == {"no_records": 1}
