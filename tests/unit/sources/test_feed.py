"""Feeds of every kind, and what only looks like one."""

from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Reference, Reject, Source, SourceItem
from warta.transforms.core.rejections import RejectedRecord
from warta.transforms.sources.feeds.entries import MAX_ENTRIES, Origin
from warta.transforms.sources.feeds.feed import parse_feed
from warta.transforms.sources.feeds.parser import parse_xml_feed
from warta.transforms.sources.readers import read_reference

ORIGIN = Origin(Source("x"), "/data/a.xml")

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
  xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom"><channel>
<title>Warta Pesisir</title><language>id</language>
<atom:link rel="self" href="https://sari:kata@pesisir.example/rss"/>
<item><title>Nelayan Pulang &amp; Melaut Lagi</title><link>https://pesisir.example/1</link>
<guid isPermaLink="false">pesisir-1</guid><dc:creator>Sari</dc:creator>
<pubDate>Senin, 9 Nov 2026 07:05 WIB</pubDate><category>ekonomi</category><category>laut</category>
<description>Ringkas.</description>
<content:encoded><![CDATA[<p>Isi <a href="/x">panjang</a> berita.</p><script>x</script>]]>
</content:encoded></item>
<item><description>Tanpa judul, tautan dan tanggal.</description></item>
</channel></rss>"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>Ledger</title>
<entry><id>tag:1</id><title>Rain</title><link href="https://ledger.example/1"/>
<author><name>A. Bee</name></author><author><name>C. Dee</name></author>
<published>2026-11-09T01:02:03Z</published><updated>2026-11-09T02:00:00Z</updated>
<content type="html">&lt;p&gt;It rained.&lt;/p&gt;</content></entry></feed>"""

RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
  xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="c"><title>Suara</title></channel>
<item rdf:about="https://suara.example/1"><title>Pasar</title><link>https://suara.example/1</link>
<description>Pasar dibuka.</description><dc:date>2026-11-09</dc:date></item></rdf:RDF>"""

RSS_091 = """<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN"
 "http://my.netscape.com/publish/formats/rss-0.91.dtd"><rss version="0.91"><channel>
<title>Lama</title><item><title>Satu</title><link>https://lama.example/1</link>
<description>Isi.</description></item></channel></rss>"""

JSON_FEED = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "Cakrawala",
    "language": "id",
    "feed_url": "https://cakrawala.example/feed.json",
    "authors": [{"name": "Redaksi"}],
    "items": [
        {
            "id": 7,
            "url": "https://cakrawala.example/7",
            "title": "Sawah",
            "content_html": "<p>Sawah panen.</p>",
            "summary": "Panen.",
            "date_published": "2026-11-09T07:00:00+07:00",
            "tags": ["tani", 3],
            "authors": [{"name": "Budi"}],
        },
        {"id": "8", "content_text": "Teks saja."},
        "bukan objek",
    ],
}


def parse(data: str | bytes, limits: InputLimits = InputLimits()) -> list[SourceItem | Reject]:  # noqa: B008
    raw = data.encode() if isinstance(data, str) else data
    return list(parse_feed(raw, ORIGIN, limits))


def items(data: str | bytes) -> list[SourceItem]:
    return [row for row in parse(data) if isinstance(row, SourceItem)]


def reason(data: str | bytes, limits: InputLimits = InputLimits()) -> str:  # noqa: B008
    with pytest.raises(RejectedRecord) as caught:
        parse(data, limits)
    return caught.value.reason


def test_an_rss_entry_keeps_the_words_of_its_source() -> None:
    """The longest body, the date as written, links untouched, scripts left for cleaning."""
    first, second = items(RSS)
    assert first.content == '<p>Isi <a href="/x">panjang</a> berita.</p><script>x</script>'
    assert (first.content_type, first.raw) == ("fragment", str(first.content).encode())
    assert (first.headline, first.url) == (
        "Nelayan Pulang & Melaut Lagi",
        "https://pesisir.example/1",
    )
    assert (first.source_record_id, first.description) == ("pesisir-1", "Ringkas.")
    assert first.date_published == "Senin, 9 Nov 2026 07:05 WIB"
    assert first.date_modified is None
    assert (first.authors, first.keywords) == (("Sari",), ("ekonomi", "laut"))
    assert (first.in_language, first.publisher_name) == ("id", "Warta Pesisir")
    assert first.feed_url == "https://pesisir.example/rss"
    assert (second.headline, second.url, second.date_published) == (None, None, None)
    assert second.content == "Tanpa judul, tautan dan tanggal."


@pytest.mark.parametrize(
    ("feed", "expected"),
    [
        (ATOM, ("Rain", "<p>It rained.</p>", "2026-11-09T01:02:03Z", ("A. Bee", "C. Dee"))),
        (RDF, ("Pasar", "Pasar dibuka.", "2026-11-09", ())),
        (RSS_091, ("Satu", "Isi.", None, ())),
        (ATOM.encode("utf-16"), ("Rain", "<p>It rained.</p>", "2026-11-09T01:02:03Z", None)),
        (f'<?xml version="1.0" encoding="UTF-16"?>{ATOM}'.encode("utf-16"), ("Rain",
         "<p>It rained.</p>", "2026-11-09T01:02:03Z", None)),
        (ATOM.replace("</entry></feed>", ""), ("Rain", "<p>It rained.</p>", None, None)),
    ],
)  # fmt: skip
def test_other_dialects_give_the_same_fields(
    feed: str | bytes, expected: tuple[str, str, str | None, tuple[str, ...] | None]
) -> None:
    """Atom, RDF, RSS 0.91, UTF-16 and a feed without its end."""
    (item,) = items(feed)
    headline, content, published, authors = expected
    assert (item.headline, item.content) == (headline, content)
    assert published is None or item.date_published == published
    assert authors is None or item.authors == authors


def test_a_json_feed_gives_the_same_fields() -> None:
    """Names of version 1.1; a number is an id; an entry that is not an object is a reject."""
    first, second, third = parse(orjson.dumps(JSON_FEED))
    assert isinstance(first, SourceItem)
    assert (first.content, first.content_type) == ("<p>Sawah panen.</p>", "fragment")
    assert (first.source_record_id, first.description) == ("7", "Panen.")
    assert (first.authors, first.keywords) == (("Budi",), ("tani",))
    assert first.feed_url == "https://cakrawala.example/feed.json"
    assert isinstance(second, SourceItem)
    assert (second.content, second.content_type) == ("Teks saja.", "text")
    assert second.authors == ("Redaksi",)
    assert isinstance(third, Reject)
    assert third.reason == "not_an_object"


@pytest.mark.parametrize(
    "data",
    [
        "not a feed at all",
        "<html><body><p>Halaman</p></body></html>",
        '{"items": []}',
        '{"version": "https://jsonfeed.org/version/1", "items": {}}',
        "{",
        b"\x00\xff\xfe",
        "<rss",
        b"  \n ",
    ],
)
def test_what_is_no_feed_is_refused(data: str | bytes) -> None:
    """Text, pages, other JSON, bytes."""
    assert reason(data) == "bad_feed"


def test_an_empty_feed_is_a_feed_without_records() -> None:
    """No entry, no reject."""
    assert parse('<rss version="2.0"><channel><title>x</title></channel></rss>') == []


BOMB = '<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>' + RSS_091.partition(">")[2]
LONG = f'<!DOCTYPE r [<!ENTITY a "{"ha" * 99}">]><rss version="2.0"></rss>'
NESTED = '<rss version="2.0"><channel><item>' + "<b>" * 100_000


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (BOMB, "bad_feed"),
        (LONG, "bad_feed"),
        (NESTED, "too_deep"),
        (NESTED.encode("utf-16"), "too_deep"),
        (NESTED.encode("utf-16-le"), "too_deep"),
        (NESTED.replace("<b>", "<b t='/>'>"), "too_deep"),
        ("<rss " + " ".join(f'a{n}="1"' for n in range(4_000)) + ">", "too_large"),
        ("<rss>" + "<b/>" * 500_001, "too_large"),
    ],
)
def test_what_would_cost_the_parser_minutes_never_reaches_it(
    data: str | bytes, expected: str
) -> None:
    """Entities that unfold, nesting that hides, attributes and tags without end."""
    assert reason(data) == expected


def test_nesting_inside_character_data_is_not_the_feeds_own() -> None:
    """CDATA and comments are text: cleaning has its own limit for them."""
    deep = "<b>" * 600
    (first, _) = items(RSS.replace("<p>Isi", deep).replace("<item>", f"<!--{deep}--><item>", 1))
    assert str(first.content).startswith(deep)


@pytest.mark.parametrize("form", ["xml", "json"])
def test_entries_over_the_limit_are_one_reject(form: str) -> None:
    """An endless feed gives its first entries, and says that there were more."""
    count = MAX_ENTRIES + 5
    xml = '<rss version="2.0"><channel>' + "<item><title>x</title></item>" * count
    json = {**JSON_FEED, "items": [{"id": "x"}] * count}
    *first, last = parse(xml if form == "xml" else orjson.dumps(json))
    assert (len(first), isinstance(last, Reject)) == (MAX_ENTRIES, True)
    assert getattr(last, "reason", "") == "too_large"


def test_a_file_that_is_no_feed_is_rejected_with_its_bytes(tmp_path: Path) -> None:
    """One reject a file, with its beginning."""
    path = tmp_path / "a.xml"
    path.write_bytes(b"bukan umpan")
    (row,) = read_reference(Reference(Source(""), str(path), "feed"), InputLimits())
    assert isinstance(row, Reject)
    assert (row.reason, row.raw, row.source_uri) == ("bad_feed", b"bukan umpan", str(path))


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("&#xD800;", "\ufffd"),
        ("&#x110000;", "\ufffd"),
        ("&#0;", "\ufffd"),
        ("&#99999999999999;", "\ufffd"),
        ("&#x1F600;", "\U0001f600"),
        ("&#233;", "\xe9"),
    ],
)
@pytest.mark.parametrize("broken", ["", "&x;"])
def test_a_reference_to_no_character_spoils_nothing(
    reference: str, expected: str, broken: str
) -> None:
    """In a feed that is well formed and in one that is not."""
    first, _ = items(RSS.replace("Nelayan", f"Kapal {reference}{broken} Nelayan"))
    assert str(first.headline).startswith(f"Kapal {expected}")


def test_an_encoding_that_nobody_has_is_passed_over() -> None:
    """What is declared does not choose a decoder of Python's that is not a text encoding."""
    first, _ = items(RSS.replace("UTF-8", "punycode"))
    assert first.headline == "Nelayan Pulang & Melaut Lagi"


chunks = st.lists(
    st.sampled_from(
        ["<rss version='2.0'>", "<channel>", "<item>", "</item>", "<title>", "</title>", "]]>",
         "<![CDATA[", "<!--", "-->", "&amp;", "&x;", "<?x ", "<content:encoded>", "<link href='",
         "{", "\0", "<pubDate>", "Sel, 10 Nov 2026", "<entry", " xml:lang='id'", "<category>",
         "teks", "\ud83d"]
    ),
    max_size=25,
)  # fmt: skip


@settings(deadline=None, max_examples=100)
@given(chunks)
def test_a_broken_feed_gives_records_or_a_rejection(parts: list[str]) -> None:
    """Nothing but RejectedRecord comes out of a mangled feed."""
    data = ("<rss version='2.0'><channel><item>" + "".join(parts)).encode("utf-8", "surrogatepass")
    rows: list[SourceItem | Reject] = []
    outcome = "bad_feed"
    try:
        rows = parse(data)
    except RejectedRecord as rejection:
        outcome = rejection.reason
    assert outcome == "bad_feed"
    assert all(isinstance(row, SourceItem) for row in rows)


@pytest.mark.parametrize("name", ["tags", "authors", "content", "links", "summary_detail"])
def test_an_element_named_like_a_list_of_the_parser_is_harmless(name: str) -> None:
    """A feed may hold <tags>a, b</tags> and the like, which feedparser puts over its own lists."""
    first, _ = items(RSS.replace("</item>", f"<{name}>teks</{name}></item>"))
    assert first.headline == "Nelayan Pulang & Melaut Lagi"


def test_an_error_inside_the_parser_is_a_rejection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mangled feeds make feedparser raise KeyError and others."""

    def fail(*_: object, **__: object) -> None:
        raise KeyError("textinput")

    monkeypatch.setattr("warta.transforms.sources.feeds.parser.parse_xml_feed", fail)
    assert reason(RSS) == "bad_feed"


def test_what_is_noted_of_one_text_is_of_no_other() -> None:
    """A copy of a text's details is its own: later texts change their own alone."""
    items = "".join(
        f"<item><title>Judul {one}</title><description>&lt;b&gt;Isi {one}&lt;/b&gt;</description>"
        f"<content:encoded xml:lang='{one}'>Teks {one}</content:encoded></item>"
        for one in ("id", "en")
    )
    data = (
        "<rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel>"
        f"{items}</channel></rss>"
    ).encode()
    entries = parse_xml_feed(data).entries
    noted = [
        (entry["title_detail"]["value"], entry["summary_detail"]["type"], entry["content"][0])
        for entry in entries
    ]
    assert [(title, kind, dict(text)) for title, kind, text in noted] == [
        (
            f"Judul {one}",
            "text/html",
            {"type": "text/html", "language": one, "base": "", "value": f"Teks {one}"},
        )
        for one in ("id", "en")
    ]
