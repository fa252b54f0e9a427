"""The sample data against themselves: they hold what EXPECTED.toml says, without the pipeline."""

import gzip
import html
import io
import json
import re
import runpy
import tomllib
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, date, datetime
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import feedparser
import pyarrow as pa
import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType

from warta.transforms.core.records import Source, SourceItem
from warta.transforms.core.rejections import REASONS

SAMPLES = Path(__file__).parent.parent.parent / "sample_data"
EXPECTED = tomllib.loads((SAMPLES / "EXPECTED.toml").read_text(encoding="utf-8"))
FILES: list[dict[str, Any]] = EXPECTED["file"]
ARTICLES: list[dict[str, Any]] = EXPECTED["article"]
SOURCES: list[dict[str, Any]] = tomllib.loads(
    (SAMPLES / "sources.toml").read_text(encoding="utf-8")
)["source"]

WEEKDAYS: dict[str, int] = {
    "Senin": 0, "Selasa": 1, "Rabu": 2, "Kamis": 3, "Jumat": 4, "Sabtu": 5, "Minggu": 6,
    "Monday": 0, "Tuesday": 1, "Wednesday": 2, "Thursday": 3, "Friday": 4, "Saturday": 5,
    "Sunday": 6, "Mon": 0, "Tue": 1, "Wed": 2, "Thu": 3, "Fri": 4, "Sat": 5, "Sun": 6,
}  # fmt: skip
STATED_DAY = re.compile(
    rf"\b({'|'.join(WEEKDAYS)}),? \(?(\d{{1,2}})(?:/11(?:/2026)?\)| Nov(?:ember)? 2026)"
)
ENGLISH_DATELINE = re.compile(r"Nov (\d{1,2}) \([A-Z][\w ]+\) - .*? on (\w+day)\b")


def unpack(path: Path) -> bytes:
    """A sample file -> its bytes, unpacked; of a truncated one, what is in front of the cut."""
    data = path.read_bytes()
    if path.suffix == ".gz":
        plain, unpacker = b"", zlib.decompressobj(31)
        while data:
            plain += unpacker.decompress(data)
            data = unpacker.unused_data
            unpacker = zlib.decompressobj(31)
        return plain
    if path.suffix == ".zst":
        packed = pa.CompressedInputStream(pa.BufferReader(data), "zstd")
        return bytes(packed.read())
    return data


def pages(path: Path) -> Iterator[str]:
    """A WARC file -> its HTML pages that were found (status 200)."""
    stream = io.BytesIO(path.read_bytes())
    for record in ArchiveIterator(stream, WarcRecordType.response, parse_http=False):
        record.parse_http(auto_decode="all")
        if record.http_content_type == "text/html" and record.http_headers.status_code == 200:
            yield record.reader.read().decode(record.http_charset or "utf-8")


def texts(path: Path) -> list[str]:
    """A sample file that is not broken -> the text of each of its records, tags taken out."""
    name = path.name.removesuffix(".gz").removesuffix(".zst")
    if name.endswith(".warc"):
        raw = list(pages(path))
    elif name.endswith(".jsonl"):
        raw = ["\n".join(map(str, flat(json.loads(line)))) for line in unpack(path).splitlines()]
    elif name.endswith(".json"):
        items = json.loads(path.read_bytes())["items"]
        raw = ["\n".join(map(str, flat(item))) for item in items]
    elif name.endswith(".xml"):
        feed = feedparser.parse(io.BytesIO(path.read_bytes()), sanitize_html=False)
        raw = ["\n".join(map(str, flat(entry))) for entry in feed.entries]
    else:
        raw = [unpack(path).decode("utf-8")]
    return [html.unescape(re.sub(r"<[^<>]+>", " ", html.unescape(text))) for text in raw]


def flat(value: object) -> Iterator[object]:
    """A JSON value -> every value in it that holds no other."""
    if isinstance(value, dict):
        for child in value.values():
            yield from flat(child)
    elif isinstance(value, list):
        for child in value:
            yield from flat(child)
    else:
        yield value


def whole_files() -> list[dict[str, Any]]:
    """The expected files without a reject in them."""
    return [file for file in FILES if not file["rejects"]]


def shingles(text: str) -> set[tuple[str, ...]]:
    """A text -> its 5-word shingles."""
    words = text.split()
    return {tuple(words[at : at + 5]) for at in range(len(words) - 4)}


def records_with(ends: str, path: str) -> list[str]:
    """The records of a file in which a body ends so."""
    return [text for text in texts(SAMPLES / path) if ends in text]


def test_every_sample_file_is_expected_and_there() -> None:
    """EXPECTED.toml and the folder name the same files."""
    there = {p.relative_to(SAMPLES).as_posix() for p in (SAMPLES / "sources").rglob("*.*")}
    assert there == {file["path"] for file in FILES}


def test_the_samples_stay_small() -> None:
    """All of sample_data is under 1.5 MB."""
    assert sum(p.stat().st_size for p in SAMPLES.rglob("*") if p.is_file()) < 1_500_000


def test_the_totals_are_the_sums() -> None:
    """Records, articles and rejects add up, by file and by article."""
    total = EXPECTED["total"]
    assert total["records"] == total["articles"] + total["rejects"]
    assert total["records"] == sum(file["records"] for file in FILES)
    assert total["rejects"] == sum(len(file["rejects"]) for file in FILES)
    named = Counter(path for article in ARTICLES for path in article["files"])
    assert named == {file["path"]: file["articles"] for file in FILES if file["articles"]}
    copies = [d for d in EXPECTED["duplicate"] if d["kind"] in {"exact", "near", "version"}]
    assert total["distinct_articles"] == len(ARTICLES) - len(copies)
    dropped = [d for d in EXPECTED["duplicate"] if d["kind"] in {"same", "exact"}]
    assert total["exact_duplicates"] == len(dropped)


@pytest.mark.parametrize("file", whole_files(), ids=lambda file: file["path"])
def test_a_file_holds_as_many_records_as_expected(file: dict[str, Any]) -> None:
    """Plain parsers count the records that EXPECTED.toml states."""
    assert len(texts(SAMPLES / file["path"])) == file["records"]


@pytest.mark.parametrize("article", ARTICLES, ids=lambda article: article["headline"][:40])
def test_an_article_is_in_its_files_as_expected(article: dict[str, Any]) -> None:
    """Headline, URL, names and the end of the body are found in one record of each file."""
    for path in article["files"]:
        if path.startswith("sources/broken/"):
            text = unpack(SAMPLES / path).decode("utf-8").replace('\\"', '"')
            assert article["ends"] in text
        else:
            (text,) = records_with(article["ends"], path)
        if article.get("headline_in_source", True):
            assert article["headline"] in text
        assert all(name in text for name, _ in article["entities"])


def test_urls_are_stated_where_expected() -> None:
    """Each URL of EXPECTED.toml is in a file of its article, bare old pages excepted."""
    stated = {a["url"]: a["files"][0] for a in ARTICLES if a["url"]}
    missing = {
        url
        for url, path in stated.items()
        if url.encode() not in unpack(SAMPLES / path) and not path.endswith(".warc.gz")
    }
    bare_page = [
        a["url"] for a in ARTICLES if a["files"] == ["sources/html/pesisir-surat-botol.html"]
    ]
    assert missing == set(bare_page)


@pytest.mark.parametrize("file", whole_files(), ids=lambda file: file["path"])
def test_weekdays_agree_with_dates(file: dict[str, Any]) -> None:
    """Every date that is beside a weekday falls on it in November 2026."""
    for text in texts(SAMPLES / file["path"]):
        for weekday, day in STATED_DAY.findall(text):
            assert date(2026, 11, int(day)).weekday() == WEEKDAYS[weekday], (weekday, day)
        for day, weekday in ENGLISH_DATELINE.findall(text):
            assert date(2026, 11, int(day)).weekday() == WEEKDAYS[weekday], (weekday, day)


def test_the_weekday_patterns_find_dates() -> None:
    """The patterns of the test above are not dead letters."""
    everything = "\n".join(t for file in whole_files() for t in texts(SAMPLES / file["path"]))
    assert len(STATED_DAY.findall(everything)) > 60
    assert len(ENGLISH_DATELINE.findall(everything)) > 12


def test_published_dates_are_days_in_utc() -> None:
    """published_date follows from date_published, and is in the week of the samples."""
    for article in ARTICLES:
        if article["published_date"] == "unknown":
            assert "date_published" not in article
            continue
        stated = datetime.fromisoformat(article["date_published"])
        assert article["precision"] == ("time" if stated.tzinfo else "day")
        day = (stated.astimezone(UTC) if stated.tzinfo else stated).date()
        assert day.isoformat() == article["published_date"]
        assert date(2026, 11, 9) <= day <= date(2026, 11, 15)
    assert len({article["published_date"] for article in ARTICLES}) == 8


@pytest.mark.parametrize("language", ["id", "en"])
def test_all_topics_stand_in_both_languages(language: str) -> None:
    """Each of the 17 top-level IPTC Media Topics has an article."""
    found = {t for a in ARTICLES if a["language"] == language for t in a["topics"]}
    assert found == {f"{number:02d}000000" for number in range(1, 18)}


def test_there_are_enough_articles() -> None:
    """Forty Indonesian, two dozen English, five publishers, six other languages."""
    languages = Counter(article["language"] for article in ARTICLES)
    assert languages["id"] >= 40
    assert languages["en"] >= 24
    assert languages.keys() == {"id", "en", "ms", "jv", "su", "fr", "ar", "zh"}
    assert len({article["publisher"] for article in ARTICLES}) >= 5


@pytest.mark.parametrize("pair", EXPECTED["duplicate"], ids=lambda pair: pair["kind"])
def test_duplicates_are_as_alike_as_expected(pair: dict[str, Any]) -> None:
    """A retold event shares nothing, a copy most of its words, whatever is around it."""
    ends = {a["headline"]: a["ends"] for a in ARTICLES}
    (one,) = records_with(ends[pair["original"]], pair["original_file"])[:1]
    (two,) = records_with(ends[pair["copy"]], pair["copy_file"])[-1:]
    shared = shingles(one) & shingles(two)
    alike = len(shared) / min(len(shingles(one)), len(shingles(two)))
    assert (alike < 0.05) == (pair["kind"] == "retold")
    assert alike >= pair["jaccard"] - 0.3


def test_boilerplate_is_in_sources_and_in_no_body_end() -> None:
    """Each phrase that cleaning has to take out is there to be taken out."""
    everything = "\n".join(t for file in whole_files() for t in texts(SAMPLES / file["path"]))
    phrases = EXPECTED["boilerplate"]["phrases"]
    assert [phrase for phrase in phrases if phrase not in everything] == []
    assert not [a for a in ARTICLES for phrase in phrases if phrase in a["ends"]]


def test_the_config_covers_every_file_once() -> None:
    """Each sample file belongs to one source, by folder, glob or name; keys are those of Source."""
    for file in FILES:
        path = file["path"]
        owners = [
            s
            for s in SOURCES
            if fnmatch(path, s["location"]) or path.startswith(s["location"] + "/")
        ]
        assert len(owners) == 1, path
    known = {field.name for field in fields(Source)}
    assert all(source.keys() <= known for source in SOURCES)
    items = {field.name for field in fields(SourceItem)}
    assert all(source.get("fields", {}).keys() <= items for source in SOURCES)


def test_expected_rejects_have_known_reasons() -> None:
    """Only reasons of the contract are expected."""
    assert {reason for file in FILES for reason in file["rejects"]} <= REASONS.keys()


def test_broken_lines_are_broken() -> None:
    """One line is not JSON, one is not an object, the rest are records."""
    first, cut, array, last = unpack(SAMPLES / "sources/broken/broken-lines.jsonl").splitlines()
    with pytest.raises(json.JSONDecodeError):
        json.loads(cut)
    assert [type(json.loads(line)) for line in (first, array, last)] == [dict, list, dict]


def test_odd_records_are_odd() -> None:
    """Two impossible years, a body of one word, a record without body, and a good one."""
    lines = unpack(SAMPLES / "sources/broken/odd-records.jsonl").splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row["date"][:4] for row in rows] == ["0001", "2231", "2026", "2026", "2026"]
    assert [len(row.get("text", "").split()) > 5 for row in rows] == [
        True,
        True,
        False,
        False,
        True,
    ]


def test_the_truncated_file_ends_after_three_good_records() -> None:
    """Three lines can be read, then the data end without their end marker."""
    path = SAMPLES / "sources/broken/truncated.jsonl.gz"
    *good, rest = unpack(path).split(b"\n")
    assert [bool(json.loads(line)) for line in good] == [True, True, True]
    assert rest not in (SAMPLES / "originals/truncated.jsonl").read_bytes().splitlines()
    with pytest.raises(EOFError):
        gzip.decompress(path.read_bytes())


def test_the_corrupt_file_cannot_be_unpacked() -> None:
    """The first block after the gzip header is of no kind that exists."""
    with pytest.raises(zlib.error):
        unpack(SAMPLES / "sources/broken/corrupt.jsonl.gz")


def test_the_false_length_reaches_into_the_next_record() -> None:
    """The record states more bytes than are between it and its neighbour's start."""
    data = (SAMPLES / "sources/broken/false-length.warc").read_bytes()
    _, _, broken, good = data.split(b"WARC/1.1\r\n")
    head, block = broken.split(b"\r\n\r\n", 1)
    stated = int(head.rsplit(b"Content-Length: ", 1)[1])
    assert len(block) < stated < len(block) + len(good)


@pytest.mark.parametrize(
    ("name", "size", "tags"),
    [("huge-page.html.gz", 50_000_000, 0), ("deep-page.html.gz", 1_000_000, 100_000)],
)
def test_hostile_pages_are_as_large_and_deep_as_said(name: str, size: int, tags: int) -> None:
    """A few KB packed, 50 MB or 100,000 nested tags unpacked."""
    packed = SAMPLES / "sources/broken" / name
    page = unpack(packed)
    assert len(page) >= size
    assert page.count(b"<div>") == tags
    assert packed.stat().st_size < 200_000


def test_bytes_that_are_no_text() -> None:
    """Garbage decodes in no usual encoding, NUL bytes and nothing at all are what they say."""
    garbage = (SAMPLES / "sources/broken/garbage.txt").read_bytes()
    assert b"\0" not in garbage
    for encoding in ("utf-8", "utf-16", "cp1252", "shift_jis", "gb18030", "euc-kr", "big5"):
        with pytest.raises(UnicodeDecodeError):
            garbage.decode(encoding)
    assert b"\0" in (SAMPLES / "sources/broken/nul-bytes.txt").read_bytes()
    assert (SAMPLES / "sources/broken/empty.txt").read_bytes() == b""


def test_the_feed_that_is_none() -> None:
    """Feedparser finds no version and no entry in it."""
    feed = feedparser.parse(io.BytesIO(unpack(SAMPLES / "sources/broken/not-a-feed.xml")))
    assert (feed.bozo, feed.version, feed.entries) == (1, "", [])


@pytest.mark.skipif("ng" in zlib.ZLIB_RUNTIME_VERSION, reason="zlib-ng packs to other bytes")
def test_build_makes_the_same_bytes_again() -> None:
    """build.py renders every derived file byte for byte as it is here."""
    built = dict(runpy.run_path(str(SAMPLES / "build.py"))["render"]())
    assert len(built) == 14
    for name, data in built.items():
        assert data == (SAMPLES / "sources" / name).read_bytes(), name
