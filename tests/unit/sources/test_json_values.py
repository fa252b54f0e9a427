"""Values of JSON files: arrays, documents, sequences and answers, whatever breaks one of them."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.reading import records_of
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import (
    PassedOver,
    Reject,
    Source,
    SourceItem,
    StoredReject,
)
from warta.transforms.core.reject_context import context_of_reference
from warta.transforms.core.rejections import RejectedRecord
from warta.transforms.sources.json import values as json_values
from warta.transforms.sources.json.head import (
    encoding_of,
    has_record_lines,
    in_utf8,
    looks_like_json,
)
from warta.transforms.sources.json.jsonl import read_values
from warta.transforms.sources.json.window import Value
from warta.transforms.sources.listing import list_source
from warta.transforms.sources.readers import read_reference
from warta.transforms.sources.replay import read_again

LIMITS = InputLimits(max_record_bytes=2_000, reject_raw_bytes=100)
SOURCE = Source("x")


def record(number: int, **more: object) -> dict[str, object]:
    address = f"https://kabar.example/{number}"
    return {"judul": f"Berita {number}", "url": address, "isi": f"Isi ke-{number}.", **more}


def chunks(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def read(data: bytes, size: int = 7, limits: InputLimits = LIMITS) -> list[SourceItem | Reject]:
    return list(read_values(chunks(data, size), SOURCE, "x", limits))


def outcomes(records: list[SourceItem | Reject]) -> list[str]:
    """Headlines of records, reasons of rejects."""
    return [row.reason if isinstance(row, Reject) else str(row.headline) for row in records]


ONE, TWO, THREE = (json.dumps(record(number)) for number in (1, 2, 3))
ALL = ["Berita 1", "Berita 2", "Berita 3"]


@pytest.mark.parametrize(
    "text",
    [
        f"[{ONE},{TWO},{THREE}]",
        f"[\n{ONE},\n{TWO},\n{THREE}\n]\n",
        f"[{ONE},{TWO},{THREE},]",
        f"[{ONE},,{TWO} {THREE}]",
        f"[{ONE}][{TWO},{THREE}]",
        f"[[{ONE},{TWO}],[{THREE}],[]]",
        f"{ONE}{TWO}{THREE}",
        f"{ONE},\n{TWO},\n{THREE},\n",
        f"\x1e{ONE}\n\x1e{TWO}\n\x1e{THREE}\n",
        f"\ufeff{ONE}\n\ufeff[{TWO}]\n{THREE}",
        "\n".join(json.dumps(record(number), indent=4) for number in (1, 2, 3)),
        json.dumps([record(number) for number in (1, 2, 3)], indent="\t"),
        f'{{"status": "ok", "articles": [{ONE}, {TWO}, {THREE}]}}',
        f'{{"data": {{"items": [{ONE}, {TWO}, {THREE}], "total": 3}}, "page": 1}}',
        f'{{"hits": {{"total": {{"value": 3}}, "hits": [{{"_id": "a", "_source": {ONE}}}, '
        f'{{"_source": {TWO}}}, {{"_source": {THREE}}}]}}, "took": 2}}',
        f'{{"data": {{"posts": {{"edges": [{{"node": {ONE}}}, {{"node": {TWO}}}, '
        f'{{"node": {THREE}}}]}}}}}}',
        f'{{"-Nx1": {ONE}, "-Nx2": {TWO}, "-Nx3": {THREE}}}',
        f'[{{"articles": [{ONE}]}}, {{"articles": [{TWO}, {THREE}]}}]',
        f'{{"pages": [{{"articles": [{ONE}]}}, {{"articles": [{TWO}, {THREE}]}}]}}',
        f'{{"2026-05-04": [{ONE}], "2026-05-05": [{TWO}, {THREE}]}}',
        f'{{"total_rows": 3, "rows": [{{"doc": {ONE}}}, {{"doc": {TWO}}}, {{"doc": {THREE}}}]}}',
    ],
)
@pytest.mark.parametrize("size", [1, 13, 100_000])
def test_every_framing_gives_the_records(text: str, size: int) -> None:
    """Arrays, documents in a row, sequences and answers, however they arrive in pieces."""
    assert outcomes(read(text.encode(), size)) == ALL


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f'[{ONE}, {{"judul": "tanpa isi"}}, {TWO}]', ["Berita 1", "tanpa isi", "Berita 2"]),
        (f"[{ONE}, 7, {TWO}]", ["Berita 1", "not_an_object", "Berita 2"]),
        (f'[{ONE}, {{"judul" "x"}}, {TWO}]', ["Berita 1", "bad_json", "Berita 2"]),
        # A quote is missing: all brackets after it are taken for text, up to the next record.
        (
            f'[{ONE}, {{"judul": "hilang, "isi": "kutip"}}, {TWO}, {THREE}]',
            ["Berita 1", "bad_json", "Berita 2", "Berita 3"],
        ),
        # A bracket is missing.
        (f'[{{"judul": "x", "isi": "y", {ONE}, {TWO}]', ["bad_json", "Berita 1", "Berita 2"]),
        (f'[{ONE}, {{"judul": "x", "tags": ["y"}}, {TWO}]', ["Berita 1", "bad_json", "Berita 2"]),
        (f"[{ONE}, {TWO[:30]}", ["Berita 1", "bad_json"]),
        (f"[{ONE},", ["Berita 1", "bad_json"]),
        (f"halo {ONE}", ["bad_json", "Berita 1"]),
    ],
)
@pytest.mark.parametrize("size", [1, 100_000])
def test_what_one_record_breaks_is_lost_alone(text: str, expected: list[str], size: int) -> None:
    """It is one reject, and the records around it are read."""
    assert outcomes(read(text.encode(), size)) == expected


@pytest.mark.parametrize("size", [1, 64, 100_000])
def test_a_record_over_the_limit_is_one_reject_and_the_next_one_is_read(size: int) -> None:
    """Of a long text only the beginning is kept, and its length is stated."""
    long = json.dumps(record(9, isi='x{[\\"' * 900))
    answers = (
        f"[{ONE}, {long}, {TWO}]",
        f'{{"articles": [{ONE}, {long}, {TWO}]}}',
        f"{ONE} {long} {TWO}",
    )
    for text in answers:
        rows = read(text.encode(), size)
        assert outcomes(rows) == ["Berita 1", "too_large", "Berita 2"]
        (rejected,) = (row for row in rows if isinstance(row, Reject))
        assert (rejected.raw, rejected.raw_length) == (long.encode()[:100], len(long))


@pytest.mark.parametrize("size", [1, 64, 100_000])
@pytest.mark.parametrize(
    "wrapper",
    [
        '{"status": "ok", "total": 90, "articles": [%s], "next": null}',
        '{"took": 1, "hits": {"total": {"value": 90, "relation": "eq"}, "hits": [%s]}}',
        '{"a": {"b": {"items": [%s]}}, "tags": [{"name": "x", "url": "https://a.example"}]}',
        '[{"articles": [%s]}]',
    ],
)
def test_an_answer_over_the_limit_is_read_record_by_record(wrapper: str, size: int) -> None:
    """No more than one record is held; what the answer says of itself is no record."""
    records = [record(number) for number in range(90)]
    text = wrapper % ",".join(map(json.dumps, records))
    assert len(text) > 2 * LIMITS.max_record_bytes
    assert outcomes(read(text.encode(), size)) == [one["judul"] for one in records]


def test_a_long_record_with_a_list_of_comments_is_one_reject() -> None:
    """What says that it is a record, by its text or its headline and address, is not entered."""
    comments = [{"text": f"Komentar {number} " * 9, "title": "x"} for number in range(30)]
    long = json.dumps({**record(1), "items": comments})
    unsaid = json.dumps({"id": 1, "comments": [{"text": "y" * 3_000}]})
    assert outcomes(read(f"[{long}, {TWO}]".encode())) == ["too_large", "Berita 2"]
    assert outcomes(read(f"[{unsaid}, {TWO}]".encode())) == ["too_large", "Berita 2"]


@settings(deadline=None, max_examples=200)
@given(
    st.lists(st.dictionaries(st.text(max_size=5), st.recursive(
        st.none() | st.integers() | st.text('{}[]",: \\\n', max_size=12),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
        max_leaves=6,
    ), max_size=4), max_size=6),
    st.sampled_from(["[%s]", "%s"]),
    st.sampled_from([",", "\n", " , \n"]),
    st.integers(1, 60),
)  # fmt: skip
def test_any_objects_are_found_whole(
    objects: list[dict[str, object]], frame: str, mark: str, size: int
) -> None:
    """Brackets and quotes within strings bound nothing."""
    objects = [{**one, "isi": "Isi."} for one in objects]
    data = (frame % mark.join(json.dumps(one, ensure_ascii=False) for one in objects)).encode()
    rows = read(data, size, InputLimits())
    assert [json.loads(row.raw) for row in rows] == objects


@pytest.mark.parametrize(
    "data",
    [b"[" * 200_000, b'{"a":' * 50_000, b'{"a":[' * 50_000, b'{"}{":{' * 30_000, b'"' * 9_999],
)
def test_hostile_nesting_ends(data: bytes) -> None:
    """It is a few rejects, and takes no more memory than the limit."""
    rows = read(data, 4_096)
    assert rows
    assert all(isinstance(row, Reject) for row in rows)


def test_a_record_after_very_many_open_brackets_is_found() -> None:
    """What is known to have no end is not looked through again from each bracket."""
    rows = read(b"{\n" * 60_000 + ONE.encode(), 4_096, InputLimits())
    assert outcomes(rows)[-1] == "Berita 1"
    assert sum(row.raw_length for row in rows if isinstance(row, Reject)) == 2 * 60_000


_PIECES = (
    *("{", "}", "[", "]", '"', ",", ":", " ", "\n", '"x"', '{"a":1', '{"a":{"b":2}', '{"u":"v"}\n'),
    '{"a":[1,{"c":3}]',
)


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(_PIECES), max_size=40).map("".join), st.integers(1, 60))
def test_what_has_no_end_is_cut_as_if_it_were_looked_through_again(text: str, size: int) -> None:
    """Whatever is broken in it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_values, "_with_next", lambda hold: ())
        wanted = values(text, size)
    assert values(text, size) == wanted


def values(text: str, size: int) -> list[tuple[Value, str]]:
    """Return the values of JSON that comes in pieces of so many bytes, faults as text."""
    data = text.encode()
    chunks = (data[at : at + size] for at in range(0, len(data), size))
    split = json_values.Splitter(chunks, InputLimits(), lambda head: False)
    return [(one._replace(failure=None), str(one.failure)) for one in split]


def test_a_packed_file_that_is_cut_off_gives_what_is_before(tmp_path: Path) -> None:
    """The records are read, and the fault is one reject."""
    path = tmp_path / "a.json.gz"
    body = json.dumps([record(number) for number in range(2_000)]).encode()
    path.write_bytes(gzip.compress(body)[:-900])
    (reference,) = list_source(Source(str(path)), split_bytes=10**9, stripes=1)
    *found, last = outcomes(records_of(reference, InputLimits()))
    assert found == [f"Berita {number}" for number in range(len(found))]
    assert (len(found) > 1_000, last) == (True, "truncated")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a", "a.gz", "a.zst"])
@pytest.mark.parametrize("text", [f"[{ONE},{TWO}]", f"{ONE}\n{TWO}\n"])
def test_other_encodings_and_names_are_read_alike(
    tmp_path: Path, encoding: str, name: str, text: str
) -> None:
    """Of plain and packed files, cut or whole, with or without a name that says JSON."""
    path = tmp_path / name
    data = text.encode(encoding)
    if path.suffix == ".gz":
        data = gzip.compress(data)
    elif path.suffix == ".zst":
        data = zstandard.compress(data)
    path.write_bytes(data)
    for split_bytes in (10, 10**9):
        listing = list_source(Source(str(path)), split_bytes=split_bytes, stripes=2)
        rows = [row for one in listing for row in records_of(one, InputLimits())]
        assert sorted(outcomes(rows)) == ALL[:2]


def test_json_under_the_name_of_a_text_is_no_prose(tmp_path: Path) -> None:
    """Its records are read, and its rejects again as JSON; a user may insist that it is a text."""
    path = tmp_path / "dump.txt"
    path.write_text(f'[{ONE}, {{"judul" "x"}}, {TWO}]')
    (reference,) = list_source(Source(str(path)), split_bytes=10**9, stripes=1)
    rows = records_of(reference, LIMITS)
    assert outcomes(rows) == ["Berita 1", "bad_json", "Berita 2"]
    (rejected,) = (row for row in rows if isinstance(row, Reject))
    stored = StoredReject("id1", replace(rejected, context=context_of_reference(reference)))
    assert outcomes(list(read_again([stored], {}, LIMITS))) == ["bad_json"]
    (said,) = list_source(Source(str(path), kind="text"), split_bytes=10**9, stripes=1)
    (text,) = records_of(said, LIMITS)
    assert isinstance(text, SourceItem)
    assert text.kind == "text"


def test_a_large_array_is_not_cut_and_large_lines_are(tmp_path: Path) -> None:
    """Cutting needs lines; stripes of a packed array share its records."""
    many = [record(number) for number in range(900)]
    files = {
        "array.jsonl": json.dumps(many).encode(),
        "lines.json": b"\n".join(json.dumps(one).encode() for one in many),
        "array.json.gz": gzip.compress(json.dumps(many).encode()),
    }
    counts = {}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        listing = list_source(Source(str(tmp_path / name)), split_bytes=1_000, stripes=3)
        rows = [row for one in listing for row in records_of(one, InputLimits())]
        assert sorted(outcomes(rows)) == sorted(str(one["judul"]) for one in many)
        counts[name] = len(listing)
    assert (counts["array.jsonl"], counts["array.json.gz"]) == (1, 3)
    assert counts["lines.json"] > 3


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'{"a": 1}\n{"b"', True),
        (b'\n\n{"a": 1}', True),
        (b'{"a": \n{"b": 1}\n', True),
        (b'{"a": [\n  {"b": 1}\n]}', False),
        (b'[{"a": 1},\n{"b": 1}\n]', False),
        (b'{"a": 1},\n{"b": 1},\n', True),
        (b'{"a": 1}{"b": 1}\n', False),
        (b"", False),
    ],
)
def test_lines_are_records_where_one_is(data: bytes, expected: bool) -> None:
    """Lines of an indented document are none, also where one is an object."""
    assert has_record_lines(data) is expected


def test_a_reject_of_an_array_is_read_again_from_its_bytes_or_its_place(tmp_path: Path) -> None:
    """What was kept whole is parsed again; what was cut is found at its source."""
    path = tmp_path / "a.json"
    long = record(2, isi="kata " * 900)
    path.write_text(json.dumps([record(1), long, record(3)]), encoding="utf-8")
    (reference,) = list_source(Source(str(path)), split_bytes=10**9, stripes=1)
    rows = records_of(reference, LIMITS)
    assert outcomes(rows) == ["Berita 1", "too_large", "Berita 3"]
    (rejected,) = (row for row in rows if isinstance(row, Reject))
    stored = StoredReject("id1", replace(rejected, context=context_of_reference(reference)))
    (again,) = read_again([stored], {}, InputLimits())
    assert outcomes([again]) == ["Berita 2"]
    assert again.replay_of == "id1"


@pytest.mark.parametrize(
    "table",
    [
        {"judul": {"0": "A", "1": "B"}, "isi": {"0": "x", "1": "y"}},
        {"columns": ["judul", "isi"], "index": [0, 1], "data": [["A", "x"], ["B", "y"]]},
    ],
)
def test_a_table_by_columns_is_read_by_rows(table: dict[str, object]) -> None:
    """As pandas writes it; each row has a place of its own."""
    rows = read(json.dumps(table).encode())
    assert outcomes(rows) == ["A", "B"]
    assert [row.source_record_id for row in rows] == ["@0#1", "@0#2"]


def test_lines_that_name_the_next_record_are_passed_over(tmp_path: Path) -> None:
    """Of Elasticsearch's bulk format; a record of one field is not one of them."""
    path = tmp_path / "bulk.jsonl"
    action = '{"index": {"_index": "news", "_id": "7"}}'
    path.write_text(f'{action}\n{ONE}\n{action}\n{TWO}\n{{"index": {{"isi": "x"}}}}\n')
    (reference,) = list_source(Source(str(path)), split_bytes=10**9, stripes=1)
    rows = list(read_reference(reference, LIMITS))
    passed = [row for row in rows if isinstance(row, PassedOver)]
    assert [row.reason for row in passed] == ["index_action", "index_action"]
    assert len(rows) == 5


def test_a_fault_of_the_file_is_reported_once() -> None:
    """After the values before it."""

    def failing() -> Iterator[bytes]:
        yield f"[{ONE}, {TWO}".encode()
        raise RejectedRecord("truncated", "cut")

    rows = list(read_values(failing(), SOURCE, "x", LIMITS))
    assert outcomes(rows) == ["Berita 1", "Berita 2", "truncated"]


def test_prose_is_no_json() -> None:
    """A bracket at its beginning does not make it."""
    assert not looks_like_json(b"[Foto] Nelayan melaut lagi.")
    assert not looks_like_json(b"{{templat}} Nelayan melaut lagi.")
    assert encoding_of(b"[Foto] Nelayan") is None
    assert b"".join(in_utf8(iter([b"a"]), None)) == b"a"
    assert next(in_utf8(iter(["é".encode("utf-16")]), "utf-16")) == "é".encode()
