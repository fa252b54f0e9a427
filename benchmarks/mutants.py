"""Samples of every format, changed as broken programs and hostile ones change them.

What is changed is the structure: elements, fields, headers and lengths, members of packed files.
The same seed and number give the same mutant.
"""

import base64
import bz2
import gzip
import json
import lzma
import random
import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import zstandard

SAMPLES = Path(__file__).parent.parent / "sample_data" / "sources"
_MAX_SAMPLE_BYTES = 30_000
"""Larger samples hold more of the same."""
_MAX_CHANGES = 6

_WORDS = (
    *(
        b"",
        b"\0",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"\xc3",
        b"\xed\xa0\xbd",
        b"\r",
        b"\r\n\r\n",
        b"\x1e",
    ),
    *(b"&", b"&amp;amp;", b"&#0;", b"&#xD800;", b"&#99999999;", b"&lt;p&gt;", b"]]>", b"<![CDATA["),
    *(b"<!--", b"-->", b"<", b">", b'"', b"'", b"\\", b"\\u", b"\\ud83d", b"{", b"}", b"[", b"]"),
    *(b",", b"NaN", b"-Infinity", b"null", b"1e999", b"9" * 400, b"<b>" * 300, b"<div>" * 700),
    *(b"<table>" * 60, b"[" * 2_000, b'{"a":' * 2_000, b" " * 5_000, b"\n" * 500, b"A" * 9_000),
    *(b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b'<?xml version="1.0" encoding="utf-16"?>', b"</html>"),
    *(b"WARC/1.0\r\n", b"Content-Length: -1\r\n", b"Content-Length: 99999999999\r\n"),
    *(b"2026-13-45", b"0001-01-01T00:00:00Z", b"/Date(1)/", b"99999999999999999999", b"(24/3)"),
    *("\u202e\u200b\ufeff".encode(), "é".encode("cp1252"), "日本語".encode("utf-16-le")),
)
"""What readers have stumbled over, put in anywhere."""

_ELEMENT = re.compile(rb"<(/?)([A-Za-z][\w:.-]*)([^<>]*)>")
_PIECES = {
    "xml": re.compile(rb"<[^<>]*>"),
    "html": re.compile(rb"<[^<>]*>"),
    "jsonl": re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{},:]|\n'),
    "json": re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{},:]'),
    "warc": re.compile(rb"[A-Za-z-]+:[^\r\n]*\r?\n|WARC/1\.[01]\r?\n|HTTP/1\.[01][^\r\n]*\r?\n"),
    "txt": re.compile(rb"\S+|\n"),
}
"""Format -> the pieces of its structure."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A file that readers take."""

    name: str
    format: str
    data: bytes
    """Unpacked."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A changed sample, as a file."""

    name: str
    data: bytes


@cache
def samples() -> tuple[Sample, ...]:
    """Return the project's samples, unpacked, and JSON in the shapes that they do not have."""
    found = [sample for path in sorted(SAMPLES.rglob("*")) if (sample := _sample(path))]
    lines = [one.data.splitlines() for one in found if one.format == "jsonl"]
    records = [json.loads(line) for part in lines[-1:] for line in part[:4] if line.strip()]
    shapes: dict[str, Any] = {
        "array": records,
        "answer": {"status": "ok", "articles": records},
        "hits": {"hits": {"hits": [{"_id": n, "_source": one} for n, one in enumerate(records)]}},
        "single": records[0],
    }
    made = [
        Sample(f"{name}.json", "json", json.dumps(value, indent=1).encode())
        for name, value in shapes.items()
    ]
    return (*found, *made)


def _sample(path: Path) -> Sample | None:
    packers: dict[str, Callable[[bytes], bytes]] = {
        ".gz": lambda data: zlib.decompressobj(31).decompress(data, _MAX_SAMPLE_BYTES * 4),
        ".zst": lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data),
    }
    if not path.is_file() or not path.stat().st_size:
        return None
    data, name = path.read_bytes(), path.name
    if path.suffix == ".gz" and ".warc" in name:
        data, name = gzip.decompress(data), path.stem
    elif path.suffix in packers:
        try:
            data, name = packers[path.suffix](data), path.stem
        except zlib.error:
            return None
    ending = Path(name).suffix.removeprefix(".")
    return Sample(name, ending, data[:_MAX_SAMPLE_BYTES]) if ending in _PIECES else None


def make_mutant(seed: int, number: int) -> Mutant:
    """Return a mutant; the same seed and number give the same one."""
    rng = random.Random(f"{seed}/{number}")  # noqa: S311  not for secrets
    sample = rng.choice(samples())
    data = sample.data
    if sample.format in ("json", "jsonl") and rng.random() < 0.5:
        data = _change_values(data, sample.format, rng)
    for _ in range(rng.randint(0 if data is not sample.data else 1, _MAX_CHANGES)):
        data = rng.choice(_CHANGES)(data, sample, rng)
    return _packed(data, sample, rng)


def _pieces(data: bytes, sample: Sample) -> list[tuple[int, int]]:
    return [match.span() for match in _PIECES[sample.format].finditer(data)]


def _span(data: bytes, sample: Sample, rng: random.Random) -> tuple[int, int]:
    """Return a stretch that begins and ends where pieces do; any stretch where there are none."""
    spans = _pieces(data, sample)
    if not spans or rng.random() < 0.2:
        start = rng.randint(0, len(data))
        return start, min(len(data), start + rng.randint(0, 2_000))
    first = rng.randrange(len(spans))
    last = min(len(spans) - 1, first + int(rng.expovariate(0.3)))
    return spans[first][0], spans[last][1]


def _drop(data: bytes, sample: Sample, rng: random.Random) -> bytes:
    start, end = _span(data, sample, rng)
    return data[:start] + data[end:]


def _repeat(data: bytes, sample: Sample, rng: random.Random) -> bytes:
    start, end = _span(data, sample, rng)
    times = min(rng.choice((2, 3, 50)), 1 + 20_000 // max(1, end - start))
    return data[:start] + data[start:end] * times + data[end:]


def _swap(data: bytes, sample: Sample, rng: random.Random) -> bytes:
    (a, b), (c, d) = sorted((_span(data, sample, rng), _span(data, sample, rng)))
    return data if c < b else data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:]


def _insert(data: bytes, sample: Sample, rng: random.Random) -> bytes:
    at = rng.choice(_span(data, sample, rng))
    return data[:at] + rng.choice(_WORDS) + data[at:]


def _replace(data: bytes, sample: Sample, rng: random.Random) -> bytes:
    start, end = _span(data, sample, rng)
    return data[:start] + rng.choice(_WORDS) + data[end:]


def _graft(data: bytes, sample: Sample, rng: random.Random) -> bytes:
    """Put a stretch of another sample in."""
    other = rng.choice(samples())
    start, end = _span(other.data, other, rng)
    at = rng.choice(_span(data, sample, rng))
    return data[:at] + other.data[start:end] + data[at:]


def _cut(data: bytes, sample: Sample, rng: random.Random) -> bytes:
    return data[: rng.randint(0, len(data))]


def _flip(data: bytes, sample: Sample, rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(min(len(data), rng.randint(1, 8))):
        changed[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(changed)


def _rename(data: bytes, sample: Sample, rng: random.Random) -> bytes:
    """Give elements another name, or fields the name of others."""
    names = sorted({match[2] for match in _ELEMENT.finditer(data)}) or [b"title", b"text", b"url"]
    old, new = rng.choice(names), rng.choice(names)
    return data.replace(old, new, rng.choice((1, 2, -1)))


def _number(data: bytes, sample: Sample, rng: random.Random) -> bytes:
    """Change a length, a date, a status."""
    found = list(re.finditer(rb"\d+", data))
    if not found:
        return data
    start, end = rng.choice(found).span()
    new = rng.choice((0, 1, int(data[start:end][:15]) + rng.randint(-3, 3), 10**12, -1))
    return data[:start] + str(new).encode() + data[end:]


def _recode(data: bytes, sample: Sample, rng: random.Random) -> bytes:
    encoding = rng.choice(("utf-16", "utf-16-be", "utf-32", "cp1252", "utf-8-sig", "shift_jis"))
    return data.decode("utf-8", "replace").encode(encoding, "replace")


_CHANGES: Sequence[Callable[[bytes, Sample, random.Random], bytes]] = (
    *(_drop, _repeat, _swap, _insert, _insert, _replace, _replace, _graft, _cut, _flip, _rename),
    *(_number, _recode),
)


def _change_values(data: bytes, form: str, rng: random.Random) -> bytes:
    """Change values of JSON, and write it again: sound JSON with odd values and shapes."""
    try:
        if form == "json":
            return json.dumps(_changed(json.loads(data), rng, 0)).encode("utf-8", "surrogatepass")
        lines = data.splitlines()
        at = rng.randrange(len(lines))
        changed = json.dumps(_changed(json.loads(lines[at]), rng, 0)).encode()
        return b"\n".join((*lines[:at], changed, *lines[at + 1 :]))
    except ValueError:
        return data


_VALUES: tuple[Any, ...] = (
    *(
        None,
        True,
        0,
        -1,
        1.5,
        10**30,
        float("nan"),
        float("inf"),
        "",
        "null",
        "\ud83d",
        "\0",
        [],
        {},
    ),
    *(
        [[]],
        [{}],
        {"": None},
        "<p>a</p>",
        "&lt;p&gt;a&lt;/p&gt;",
        "x" * 9_000,
        "{}",
        '{"text": "a"}',
    ),
    *(
        1_794_211_200_000,
        "/Date(9)/",
        "0000-00-00",
        ["a", 1, None, {"name": ["b"]}],
        "https://[::1",
    ),
)


def _changed(value: Any, rng: random.Random, depth: int) -> Any:
    if rng.random() < 0.12:
        return rng.choice(_VALUES)
    if rng.random() < 0.04:
        wrapped: Any = value
        for _ in range(rng.choice((1, 2, 40))):
            wrapped = rng.choice(([wrapped], {"data": wrapped}, {"items": [wrapped]}))
        return wrapped
    if isinstance(value, list):
        return [_changed(one, rng, depth + 1) for one in value]
    if isinstance(value, dict):
        names = [*value, "content", "text", "items", "authors", "date", "_source", "url", "title"]
        return {
            rng.choice(names) if rng.random() < 0.1 else key: _changed(one, rng, depth + 1)
            for key, one in value.items()
        }
    return value


def _packed(data: bytes, sample: Sample, rng: random.Random) -> Mutant:
    """Name a mutant, pack it at times, and break the packing at times."""
    packers: dict[str, Callable[[bytes], bytes]] = {
        ".gz": lambda raw: gzip.compress(raw, 1, mtime=0),
        ".zst": zstandard.ZstdCompressor(level=1).compress,
        ".bz2": bz2.compress,
        ".xz": lambda raw: lzma.compress(raw, preset=0),
    }
    name = sample.name if rng.random() < 0.8 else rng.choice(("a", "a.json", "a.xml", "a.html"))
    if rng.random() < 0.7:
        return Mutant(name, data)
    ending = rng.choice(sorted(packers))
    cut = rng.randint(0, len(data))
    parts = [data] if rng.random() < 0.6 else [data[:cut], b"", data[cut:]]
    packed = b"".join(packers[ending](part) for part in parts)
    for _ in range(rng.choice((0, 0, 1, 2))):
        packed = rng.choice((_cut, _flip, _drop, _insert))(packed, sample, rng)
    return Mutant(name + (ending if rng.random() < 0.8 else ""), packed)


def show(mutant: Mutant) -> str:
    """Return a mutant in a form that can be pasted."""
    return f"{mutant.name} {base64.b85encode(zlib.compress(mutant.data)).decode()[:400]}"
