"""JSON as it is found: what strict parsers refuse, and what nobody can read."""

import pytest

from warta.transforms.core.lenient_json import loads


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b'{"n": NaN, "p": Infinity, "m": -Infinity}', {"n": None, "p": None, "m": None}),
        (b'{"t": "raw\ttab\nand\x01"}', {"t": "raw\ttab\nand\x01"}),
        (rb'{"t": "half \ud83d of \ud83d\ude00 \udc00"}', {"t": "half \ufffd of 😀 \ufffd"}),
        (b'{"t": "\xed\xa0\xbd\xed\xb8\x80"}', {"t": "😀"}),
        (b'{"t": "p\xe9p\xe9"}', {"t": "pépé"}),
        ('{"t": "pépé '.encode() + b'\xff"}', {"t": "pépé \ufffd"}),
        (b'{"l": [1, 2, ], "t": "a, ]",}', {"l": [1, 2], "t": "a, ]"}),
        (b'{"a": 1,, "b": 2};', {"a": 1, "b": 2}),
        (rb'{"t": "it\'s \x41 \/"}', {"t": "it's x41 /"}),
        (b'{"a": None, "b": True, "c": undefined}', {"a": None, "b": True, "c": None}),
        (
            b'{"d": ISODate("2026-05-04T06:30:15Z"), "i": ObjectId(\'ab\'), "n": NumberLong(7)}',
            {"d": "2026-05-04T06:30:15Z", "i": "ab", "n": 7},
        ),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b'{"n": ' + b"9" * 5_000 + b', "t": "x\ty"}', {"n": float("inf"), "t": "x\ty"}),
    ],
)
def test_what_programs_break_is_mended(data: bytes, value: object) -> None:
    """The record is read, and texts are not changed by the mending."""
    assert loads(data) == value


@pytest.mark.parametrize(
    "data", [b"", b"halo", b'{"a": "b', b'{"a" "b"}', b"[" * 5_000, b'{"a":' * 5_000, b"NULL"]
)
def test_what_is_no_json_is_refused(data: bytes) -> None:
    """With the strict parser's words."""
    with pytest.raises(ValueError, match=r"line|JSON"):
        loads(data)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (
            b'{"a": 007, "b": +1.50, "c": .5, "d": 5., "e": 0x1F, "f": -0}',
            {"a": 7, "b": 1.5, "c": 0.5, "d": 5, "e": 31, "f": 0},
        ),
        (b'{"a": "x // y /* z */", /* note */ "b": 1} // end', {"a": "x // y /* z */", "b": 1}),
    ],
)
def test_numbers_and_comments_of_javascript_are_read(written: bytes, value: object) -> None:
    assert loads(written) == value
