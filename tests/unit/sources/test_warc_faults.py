"""WARC files that are cut off, broken or hostile: a fault costs its own record alone."""

import gzip
import io
import random
from pathlib import Path

import pytest

from tests.support.reading import passed_over_at
from tests.support.warc import LIMITS, PAGE, http, names, read, record, write
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Reject
from warta.transforms.sources.warc.members import frames_of_members


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("length", [0, 5, 90, 100_000, 10**12])
def test_after_a_false_length_the_rest_is_read(tmp_path: Path, packed: bool, length: int) -> None:
    """A record that is longer or shorter than it says costs itself alone."""
    path = write(
        tmp_path,
        record(http(PAGE), "a"),
        record(http(PAGE), "b", length=length),
        record(http(PAGE), "c"),
        record(http(PAGE), "d"),
        packed=packed,
    )
    rows = read(path)
    assert names(rows) == ["a", "bad_warc_record", "c", "d"]
    assert isinstance(rows[1], Reject)
    assert rows[1].raw.startswith(b"WARC/1.0\r\nWARC-Type")
    assert (
        len(record(http(PAGE), "b")) - 2 <= rows[1].raw_length <= len(record(http(PAGE), "b")) + 14
    )


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("missing", [20, 100, 300])
def test_good_records_before_a_cut_are_read(tmp_path: Path, packed: bool, missing: int) -> None:
    """A file that ends in the middle gives its whole records and one truncated reject."""
    body = bytes(range(32, 127)) * 4
    path = write(tmp_path, record(http(PAGE), "a"), record(http(body), "b"), packed=packed)
    path.write_bytes(path.read_bytes()[:-missing])
    assert names(read(path)) == ["a", "truncated"]


def test_a_broken_member_costs_itself_alone(tmp_path: Path) -> None:
    """After false packed data, and after junk, reading goes on with the next member."""
    members = [gzip.compress(record(http(PAGE), name)) for name in "abc"]
    broken = members[1][:60] + b"\xff" * 40 + members[1][100:]
    path = tmp_path / "a.warc.gz"
    path.write_bytes(members[0] + broken + members[2] + b"junk" + members[0] + bytes(9))
    assert names(read(path)) == ["a", "bad_compression", "c", "bad_compression", "a"]


def test_a_record_over_the_limit_is_reported_with_its_length(tmp_path: Path) -> None:
    """A huge page is a reject, a huge image nothing, a page that unpacks to too much a reject."""
    huge = http(b"x" * 300_000)
    bomb = http(gzip.compress(bytes(300_000), mtime=0), b"Content-Encoding: gzip")
    rows = read(
        write(
            tmp_path,
            record(huge, "a"),
            record(huge.replace(b"text/html", b"video/mp4"), "b"),
            record(bomb, "c"),
            record(http(PAGE), "d"),
        )
    )
    assert names(rows) == ["too_large", "too_large", "d"]
    assert isinstance(rows[0], Reject)
    assert (len(rows[0].raw), rows[0].raw_length > 300_000) == (64, True)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", ["empty"]),
        (b"\r\n\r\n", []),
        (b"nothing of the kind", ["bad_warc_record"]),
        (b"WARC/1.0\r\n\r\n", ["bad_warc_record"]),
        (b"WARC/1.0\r\nContent-Length: x\r\n\r\n", ["bad_warc_record"]),
        (b"junk\r\n\r\n" + record(http(PAGE), "a"), ["bad_warc_record", "a"]),
        (record(http(PAGE), "a").rstrip(), ["a"]),
    ],
)
def test_odd_files_are_reported_as_what_they_are(
    tmp_path: Path, data: bytes, expected: list[str]
) -> None:
    """No bytes, no records, and a last record without its line ends."""
    path = tmp_path / "a.warc"
    path.write_bytes(data)
    assert names(read(path)) == expected


def test_a_good_record_before_a_strange_member_is_kept(tmp_path: Path) -> None:
    """What another tool appended costs itself alone."""
    path = tmp_path / "a.warc.gz"
    strange = gzip.compress(b"catatan operator\n", mtime=0)
    packed = [gzip.compress(record(http(PAGE), name), mtime=0) for name in "ab"]
    path.write_bytes(packed[0] + strange + packed[1])
    assert names(read(path)) == ["a", "bad_warc_record", "b"]


def _mutate(data: bytes, choose: random.Random) -> bytes:
    """Some bytes changed, cut out, said twice or put in."""
    mutant = bytearray(data)
    for _ in range(choose.randint(1, 4)):
        at = choose.randrange(len(mutant))
        what = choose.randrange(4)
        if what == 0:
            mutant[at] = choose.randrange(256)
        elif what == 1:
            del mutant[at : at + choose.randint(1, 60)]
        elif what == 2:
            mutant[at:at] = mutant[at : at + choose.randint(1, 200)]
        else:
            mutant[at:at] = choose.choice([b"\n", b"\0", b"WARC/1.0\r\n", b"\x1f\x8b\x08\0"])
    return bytes(mutant)


@pytest.mark.parametrize("seed", range(40))
def test_whatever_is_broken_is_read_the_same_in_chunks(tmp_path: Path, seed: int) -> None:
    """Mutants of plain and packed files, also of blocks: each answers, and loses nothing more."""
    choose = random.Random(seed)  # noqa: S311  mutants, not secrets
    data = [record(http(PAGE), name) for name in "abcd"]
    if seed % 4 == 3:
        joined = b"".join(data)
        data = [joined[at : at + 250] for at in range(0, len(joined), 250)]
    packed = bool(seed % 2)
    path = write(tmp_path, b"x", packed=packed)
    sound = b"".join(gzip.compress(one, mtime=0) if packed else one for one in data)
    path.write_bytes(_mutate(sound, choose))
    whole = read(path)
    assert whole or passed_over_at(path, LIMITS)
    assert read(path, split_bytes=choose.randint(20, 300)) == whole


@pytest.mark.parametrize("split_bytes", [10**9, 300])
@pytest.mark.parametrize("length", [None, 3])
def test_records_without_blank_lines_between_them_are_read(
    tmp_path: Path, split_bytes: int, length: int | None
) -> None:
    """The next header begins where the length leads; a false length costs its own record alone."""
    records = [
        record(http(PAGE), "a")[:-4],
        record(http(PAGE), "b", length=length)[:-4],
        record(http(PAGE), "c")[:-4],
        record(http(PAGE), "d"),
    ]
    found = names(read(write(tmp_path, *records), split_bytes))
    assert found == ["a", "b" if length is None else "bad_warc_record", "c", "d"]


def test_junk_between_packed_records_is_kept_in_part() -> None:
    """However long it is: its length is stated."""
    member = gzip.compress(record(http(b"<p>Kapal berlabuh.</p>")))
    limits = InputLimits()
    for zeros, junk in ((0, b"x" * 300_000), (2 << 20, b"x")):
        data = member + bytes(zeros) + junk + member
        found = list(frames_of_members(io.BytesIO(data), 0, None, limits))
        assert [one.rejection is not None for one in found] == [False, True, False]
        assert found[1].length == zeros + len(junk)
        assert len(found[1].data) <= limits.reject_raw_bytes
