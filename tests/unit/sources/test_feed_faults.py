"""What publishing systems do wrong in feeds, and what is read of it."""

from typing import Any

import orjson
import pytest

from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Reject, Source, SourceItem
from warta.transforms.sources.feed import parse_feed
from warta.transforms.sources.feed_entries import Origin
from warta.transforms.sources.feed_links import absolute_link, feed_base

NAMESPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:atom="http://www.w3.org/2005/Atom" '
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    'xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0" '
    'xmlns:prism="http://prismstandard.org/namespaces/1.2/basic/"'
)
ATOM = 'xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/"'
HOME = "https://lembah.example/"
FETCHED = "https://umpan.example/kabar/rss.xml"
TEXT = "Petani kopi di lembah memanen lebih awal karena hujan turun sejak pekan lalu."
SHORT = "Kopi dipanen lebih awal."
CAPTION = "Foto: petani menjemur biji kopi di halaman gudang. " * 9


def rss(*items: str, head: str = f"<title>Kabar Lembah</title><link>{HOME}</link>") -> bytes:
    body = "".join(f"<item>{item}</item>" for item in items)
    return f'<rss version="2.0" {NAMESPACES}><channel>{head}{body}</channel></rss>'.encode()


def atom(*entries: str, head: str = "<title>Kabar Lembah</title>", base: str = "") -> bytes:
    body = "".join(f"<entry>{entry}</entry>" for entry in entries)
    return f"<feed {ATOM} {base}>{head}{body}</feed>".encode()


def rdf(item: str) -> bytes:
    return (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        f'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel '
        f'rdf:about="{HOME}"><title>Kabar Lembah</title><link>{HOME}</link></channel>{item}'
        "</rdf:RDF>"
    ).encode()


def read(data: bytes, uri: str = "/data/a.xml", charset: str | None = None) -> list[SourceItem]:
    origin = Origin(Source("x"), uri, charset=charset)
    rows: list[SourceItem | Reject] = list(parse_feed(data, origin, InputLimits()))
    return [row for row in rows if isinstance(row, SourceItem)]


def one(data: bytes, uri: str = "/data/a.xml", charset: str | None = None) -> SourceItem:
    (item,) = read(data, uri, charset)
    return item


def json_feed(*items: dict[str, Any], **fields: Any) -> bytes:
    stated = {"version": "https://jsonfeed.org/version/1.1", "home_page_url": HOME}
    return orjson.dumps({**stated, **fields, "items": list(items)})


PICTURE = f'<media:content url="a.jpg"><media:description>{CAPTION}</media:description>'


@pytest.mark.parametrize(
    "item",
    [
        f"{PICTURE}</media:content><description>{TEXT}</description>",
        f"<description>{TEXT}</description>{PICTURE}</media:content>",
        f"<content:encoded>{TEXT}</content:encoded>{PICTURE}</media:content>",
        f"{PICTURE}<media:title>{CAPTION}</media:title></media:content>"
        f"<content:encoded>{TEXT}</content:encoded><description>{SHORT}</description>",
        f"<media:group>{PICTURE}</media:content></media:group><description>{TEXT}</description>",
        f'<media:description type="plain">{CAPTION}</media:description>'
        f"<description>{TEXT}</description>",
        f"<description>{TEXT}</description><media:group><media:description>{CAPTION}"
        "</media:description></media:group>",
        f"<description>{TEXT}</description><image><url>a.jpg</url><title>{CAPTION}</title>"
        f"<description>{CAPTION}</description></image>",
        f"<image><url>a.jpg</url><description>{CAPTION}</description></image>"
        f"<description>{TEXT}</description>",
        f"<description>{SHORT}</description><itunes:summary>{TEXT}</itunes:summary>",
        f"<description>{TEXT}</description>"
        f"<content:encoded>&lt;img src='a.jpg' alt='{CAPTION}'/&gt;</content:encoded>",
        # Not well formed: the other parser reads it.
        f"{PICTURE}</media:content><description>{TEXT}</description><b>",
    ],
)
def test_what_is_said_of_a_picture_is_not_the_text(item: str) -> None:
    """Captions, titles and descriptions of media, wherever they are and however long."""
    found = one(rss(f"<title>Panen</title>{item}"))
    assert (found.content, found.headline) == (TEXT, "Panen")


def test_a_caption_alone_is_no_text_but_what_is_said_of_the_entry_is() -> None:
    """A photograph's caption is not its article; a video site writes its text there."""
    photo = one(rss(f"<title>Panen</title>{PICTURE}</media:content>"))
    assert (photo.content, photo.description) == ("", None)
    video = atom(f"<media:group><media:description>{TEXT}</media:description></media:group>")
    assert one(video).content == TEXT


def test_atoms_content_that_is_no_text_is_passed_over() -> None:
    """An image in base64 is longer than any summary."""
    entry = f'<summary>{TEXT}</summary><content type="image/png">{"aGFsbw==" * 99}</content>'
    assert one(atom(entry)).content == TEXT


@pytest.mark.parametrize(
    ("link", "base", "expected"),
    [
        ("https://a.example/1", HOME, "https://a.example/1"),
        ("/berita/1", HOME, "https://lembah.example/berita/1"),
        ("berita/1", HOME, "https://lembah.example/berita/1"),
        ("?p=1", f"{HOME}berita", "https://lembah.example/berita?p=1"),
        ("//a.example/1", HOME, "https://a.example/1"),
        ("//a.example/1", "http://b.example/", "http://a.example/1"),
        ("www.lembah.example/1", HOME, "https://www.lembah.example/1"),
        ("lembah.example/1", HOME, "https://lembah.example/1"),
        ("lembah.example:8080/1", HOME, "https://lembah.example:8080/1"),
        ("berita.html", HOME, "https://lembah.example/berita.html"),
        ("/berita/1", None, None),
        ("urn:uuid:1", HOME, None),
        ("tag:lembah.example,2026:1", HOME, None),
        ("javascript:void(0)", HOME, None),
        ("mailto:a@lembah.example", HOME, None),
        ("http://[::1", HOME, None),
        ("//[", HOME, None),
        ("[", "http://[::1", None),
        ("", HOME, None),
        (None, HOME, None),
    ],
)
def test_a_link_is_an_address_of_the_web_or_none(
    link: str | None, base: str | None, expected: str | None
) -> None:
    """Relative ones, hosts without a scheme, and names that only look like links."""
    assert absolute_link(link, base) == expected


def test_the_strongest_address_is_what_links_are_relative_to() -> None:
    """Each may be relative to those before it."""
    assert feed_base(FETCHED, None, "/kabar/") == "https://umpan.example/kabar/"
    assert feed_base(None, "/rss.xml", "/kabar/") is None


LINKED = "<link>berita/1</link>"


@pytest.mark.parametrize(
    ("data", "uri", "expected"),
    [
        (rss(LINKED), "/data/a.xml", f"{HOME}berita/1"),
        (rss(LINKED), FETCHED, f"{HOME}berita/1"),
        (rss(LINKED, head="<link>/</link>"), FETCHED, "https://umpan.example/berita/1"),
        (rss(LINKED, head=""), FETCHED, "https://umpan.example/kabar/berita/1"),
        (rss(LINKED, head=""), "/data/a.xml", None),
        (rss(LINKED, head=f'<atom:link rel="self" href="{FETCHED}"/>'), "/data/a.xml",
         "https://umpan.example/kabar/berita/1"),
        (rdf("<item><link>berita/1</link></item>"), FETCHED, f"{HOME}berita/1"),
        (rdf(f'<item rdf:about="{HOME}2"><title>A</title></item>'), FETCHED, f"{HOME}2"),
        (atom('<link href="1"/>', head=f'<link href="{HOME}x/"/>'), "/data/a.xml", f"{HOME}x/1"),
        (atom('<link href="1"/>', head=f'<link href="{HOME}"/>'), f"{HOME}umpan/a.atom",
         f"{HOME}umpan/1"),
        (atom('<link href="1"/>', head=f'<link href="{HOME}"/>'), FETCHED, f"{HOME}1"),
        (atom('<link href="1"/>', base=f'xml:base="{HOME}y/"'), FETCHED, f"{HOME}y/1"),
        (atom('<link href="1"/>', base='xml:base="/y/"', head=f'<link href="{HOME}"/>'), FETCHED,
         f"{HOME}y/1"),
        (json_feed({"id": "1", "url": "berita/1", "title": "A"}), FETCHED, f"{HOME}berita/1"),
        (json_feed({"id": "1", "url": "/1"}, home_page_url=None, feed_url=FETCHED), "/data/a.json",
         "https://umpan.example/1"),
        (json_feed({"id": f"{HOME}3", "title": "A"}), FETCHED, f"{HOME}3"),
        (json_feed({"id": "urn:3", "external_url": "https://b.example/1"}), FETCHED,
         "https://b.example/1"),
        (rss("<guid>kl-1</guid>"), FETCHED, None),
        (rss("<guid>48213</guid>"), FETCHED, None),
        (rss("<guid>urn:uuid:7</guid>"), FETCHED, None),
        (rss("<guid>/berita/1</guid>"), FETCHED, None),
        (rss(f"<guid>{HOME}g</guid>"), FETCHED, f"{HOME}g"),
        (rss(f'<guid isPermaLink="True">{HOME}g</guid>'), FETCHED, f"{HOME}g"),
        (rss(f'<guid isPermaLink="false">{HOME}g</guid>'), FETCHED, None),
        (rss(f'<guid isPermaLink="FALSE">{HOME}g</guid>'), FETCHED, None),
        (rss(f"<link></link><guid>{HOME}g</guid>"), FETCHED, f"{HOME}g"),
        (rss(f"<link/><guid>{HOME}g</guid>"), FETCHED, f"{HOME}g"),
        (rss(f"<guid>{HOME}g</guid><link>{HOME}l</link>"), FETCHED, f"{HOME}l"),
        (rss(f"<guid>{HOME}g</guid><link>{HOME}</link>"), FETCHED, f"{HOME}g"),
        (rss(f'<guid isPermaLink="false">{HOME}g</guid><link>{HOME}</link>'), FETCHED, HOME),
        (json_feed({"id": f"{HOME}g", "url": HOME, "title": "A"}), FETCHED, f"{HOME}g"),
        (rss("<link>javascript:void(0)</link><guid>kl-1</guid>"), FETCHED, None),
        (atom("<id>urn:uuid:7</id>"), FETCHED, None),
        (atom(f"<id>{HOME}i</id>"), FETCHED, f"{HOME}i"),
        (atom(f'<id>urn:1</id><link rel="alternate" type="text/plain" href="{HOME}t"/>'), FETCHED,
         f"{HOME}t"),
        (atom(f'<id>urn:1</id><link rel="enclosure" href="{HOME}t.mp3"/>'), FETCHED, None),
    ],
)  # fmt: skip
def test_where_an_entry_leads(data: bytes, uri: str, expected: str | None) -> None:
    """Relative links by the site's address, guids and ids only where they are addresses."""
    assert one(data, uri).url == expected


@pytest.mark.parametrize("name", ["feedburner:origLink", "fb:origLink"])
def test_the_original_link_is_taken(name: str) -> None:
    """After a service that counts clicks, under any prefix."""
    item = f"<link>https://klik.example/~r/1</link><{name}>{HOME}asli</{name}>"
    data = rss(item).replace(b"xmlns:feedburner", b"xmlns:" + name.partition(":")[0].encode())
    assert one(data).url == f"{HOME}asli"
    assert (
        one(data.replace(f"{HOME}asli".encode(), b"bukan alamat")).url
        == "https://klik.example/~r/1"
    )


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ('<source url="https://desa.example/rss">Suara Desa</source>', "Suara Desa"),
        ("<source>Suara Desa</source>", "Suara Desa"),
        ("<dc:publisher>Suara Desa</dc:publisher>", "Suara Desa"),
        ("<dc:source>Suara Desa</dc:source>", "Suara Desa"),
        ("<dc:source>https://desa.example/1</dc:source>", "Kabar Lembah"),
        ('<source url="https://desa.example/rss"/>', "Kabar Lembah"),
        ("", "Kabar Lembah"),
    ],
)
def test_an_aggregators_entry_has_its_own_publisher(item: str, expected: str) -> None:
    """By the elements that name it; the channel's otherwise."""
    assert one(rss(f"<title>Panen</title>{item}")).publisher_name == expected


def test_atoms_source_is_the_publisher_and_nothing_else_of_the_entry() -> None:
    """Its title, dates, links and authors are those of another feed."""
    source = (
        "<source><id>urn:s</id><title>Suara Desa</title><updated>2020-01-01T00:00:00Z</updated>"
        '<link href="https://desa.example/"/><author><name>Redaktur Desa</name></author></source>'
    )
    entry = f'{source}<title>Panen - Suara Desa</title><id>urn:1</id><link href="{HOME}1"/>'
    found = one(atom(f"{entry}<updated>2026-11-09T01:00:00Z</updated>"))
    assert (found.publisher_name, found.headline, found.url, found.authors) == (
        *("Suara Desa", "Panen", f"{HOME}1"),
        (),
    )
    assert (found.date_published, found.other_dates) == ("2026-11-09T01:00:00Z", ())


@pytest.mark.parametrize(
    ("headline", "expected"),
    [
        ("Panen - Suara Desa", "Panen"),
        ("Panen – Lembah | SUARA DESA", "Panen – Lembah"),
        ("Panen Suara Desa", "Panen Suara Desa"),
        ("Suara Desa", "Suara Desa"),
        ("Panen - Suara", "Panen - Suara"),
    ],
)
def test_a_headline_ends_before_its_publisher(headline: str, expected: str) -> None:
    """As aggregators write it, where the entry names the publisher."""
    item = f"<title>{headline}</title><source>Suara Desa</source>"
    assert one(rss(item)).headline == expected


@pytest.mark.parametrize(
    ("item", "published", "modified", "others"),
    [
        ("<pubDate>A</pubDate><dc:date>B</dc:date>", "A", "B", ("B",)),
        ("<dc:date>B</dc:date><pubDate>A</pubDate>", "A", "B", ("B",)),
        ("<pubDate>A</pubDate><pubDate>C</pubDate>", "C", None, ("A",)),
        ("<pubDate/><pubDate>C</pubDate>", "C", None, ()),
        ("<pubDate>A</pubDate><pubDate> </pubDate>", "A", None, ()),
        ("<atom:updated>B</atom:updated><atom:published>A</atom:published>", "A", "B", ("B",)),
        ("<dcterms:created>A</dcterms:created>", "A", None, ()),
        ("<dcterms:modified>B</dcterms:modified><dcterms:issued>A</dcterms:issued>", "A", "B",
         ("B",)),
        ("<prism:publicationDate>A</prism:publicationDate><dc:date>B</dc:date>", "A", "B", ("B",)),
        ("<date>A</date>", "A", None, ()),
        ("<dc:date>B</dc:date>", "B", None, ()),
        ("", None, None, ()),
    ],
)  # fmt: skip
def test_every_date_of_an_entry_is_kept(
    item: str, published: str | None, modified: str | None, others: tuple[str, ...]
) -> None:
    """What speaks of publication first; the rest is tried where that cannot be."""
    found = one(rss(item))
    assert (found.date_published, found.date_modified, found.other_dates) == (
        *(published, modified),
        others,
    )


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("<author>wati@lembah.photography (Wati Lestari)</author>",
         ("wati@lembah.photography (Wati Lestari)",)),
        ("<author>Wati &lt;wati@lembah.example&gt;</author>", ("Wati <wati@lembah.example>",)),
        ("<dc:creator>Wati</dc:creator><dc:creator>Joko</dc:creator>", ("Wati", "Joko")),
        ("<atom:author><atom:name>Wati</atom:name><atom:email>w@lembah.example</atom:email>"
         "</atom:author>", ("Wati",)),
        ("<dc:creator><![CDATA[Ma&#8217;arif]]></dc:creator>", ("Ma&#8217;arif",)),
        ("<itunes:author>Wati</itunes:author>", ("Wati",)),
        ("<author/>", ()),
        ("<itunes:owner><itunes:name>Lembah</itunes:name></itunes:owner>", ()),
    ],
)  # fmt: skip
def test_authors_come_as_they_are_written(item: str, expected: tuple[str, ...]) -> None:
    """Cleaning tells names from addresses, whatever the top-level domain."""
    assert one(rss(item)).authors == expected


BERITA = "Новости долины"
RUSSIAN = (
    '<?xml version="1.0" encoding="windows-1251"?><rss version="2.0"><channel><item>'
    f"<title>{BERITA}</title></item></channel></rss>"
)


@pytest.mark.parametrize(
    "before", [b"", b"\n\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n", b" \t\xef\xbb\xbf",
               b"Warning: include() in /var/www/a.php on line 3\n", b"<br />\n<b>Notice</b>: x\n"]
)  # fmt: skip
@pytest.mark.parametrize("encoding", ["windows-1251", "koi8-r", "iso-8859-5", "utf-8"])
def test_a_declared_encoding_counts_after_anything(before: bytes, encoding: str) -> None:
    """Blanks, a BOM or the warnings of a script come before the declaration."""
    data = before + RUSSIAN.replace("windows-1251", encoding).encode(encoding)
    assert one(data).headline == BERITA


@pytest.mark.parametrize(
    ("data", "charset"),
    [
        (RUSSIAN.encode("utf-8"), None),
        (RUSSIAN.encode("utf-16"), None),
        (("\n " + RUSSIAN).encode("utf-16-le"), None),
        (("\n " + RUSSIAN).encode("utf-16-be"), None),
        (RUSSIAN.encode("utf-32"), None),
        (RUSSIAN.partition("?>")[2].encode("windows-1251"), "windows-1251"),
        (RUSSIAN.encode("windows-1251"), "utf-8"),
        (RUSSIAN.replace("windows-1251", "utf-8").encode("windows-1251"), "windows-1251"),
        (RUSSIAN.replace('"', "'").upper().replace(BERITA.upper(), BERITA).encode("windows-1251"),
         None),
    ],
)  # fmt: skip
def test_an_encoding_is_found_where_it_is_stated_falsely(data: bytes, charset: str | None) -> None:
    """UTF-8 and what begins like UTF-16 prove themselves; a server may know the rest."""
    assert one(data, charset=charset).headline == BERITA


def test_one_entry_in_another_encoding_spoils_no_other() -> None:
    """A feed made of feeds: some bytes of Windows-1252 in much UTF-8."""
    data = rss(f"<title>{BERITA} {'é' * 99}</title>", "<title>Caf?</title>")
    first, second = read(data.replace(b"Caf?", b"Caf\xe9"))
    assert (str(first.headline)[:14], second.headline) == (BERITA, "Café")


def test_japanese_in_seven_bits_is_decoded() -> None:
    """ISO-2022-JP is ASCII to whoever does not read what it declares."""
    text = RUSSIAN.replace("windows-1251", "ISO-2022-JP").replace(BERITA, "谷の珈琲")
    assert one(text.encode("iso-2022-jp")).headline == "谷の珈琲"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("R&D Kopi", "R&D Kopi"),
        ("Kopi & Teh", "Kopi & Teh"),
        ("Kopi &amp; Teh", "Kopi & Teh"),
        ("Kopi &amp Teh", "Kopi & Teh"),
        ("A&B; C", "A&B; C"),
        ("A&&B", "A&&B"),
        ("caf&eacute;", "café"),
        ("kopi&nbsp;teh", "kopi\xa0teh"),
        ("kopi &hellip; teh", "kopi … teh"),
        ("kopi &#8211; teh", "kopi – teh"),
        ("kopi &#8211 teh", "kopi – teh"),
        ("kopi &#x2013; teh", "kopi – teh"),
        ("kopi &copy=1", "kopi &copy=1"),
        ("kopi < teh", "kopi < teh"),
        ("kopi <3 teh", "kopi <3 teh"),
        ("kopi\x0bteh\x00", "kopiteh"),
        ("<![CDATA[R&D]]>", "R&D"),
        ("<![CDATA[R&D]]> & kopi", "R&D & kopi"),
    ],
)
@pytest.mark.parametrize("end", ["", "<b>"])
def test_a_bare_ampersand_is_a_character(written: str, expected: str, end: str) -> None:
    """In feeds that are well formed but for it, and in others."""
    data = rss(f"<title>{written}</title>{end}")
    assert one(data).headline == expected


@pytest.mark.parametrize(
    "link",
    ["https://lembah.example/a?id=5&page=2&copy=1", "https://lembah.example/a?x=1&lt=2&amp=3",
     "https://lembah.example/a?reg=1&region=2&deg=3"],
)  # fmt: skip
@pytest.mark.parametrize("escaped", [False, True])
def test_a_link_keeps_its_query(link: str, escaped: bool) -> None:
    """Names of parameters that are names of entities too."""
    written = link.replace("&", "&amp;") if escaped else link
    assert one(rss(f"<link>{written}</link>")).url == link
    assert one(atom(f'<link href="{written}"/>')).url == link


def test_entities_of_a_doctype_are_resolved() -> None:
    """Those that stand for a letter; the document type itself is not parsed."""
    doctype = b'<!DOCTYPE rss [<!ENTITY kopi "\xe2\x98\x95"> <!ENTITY e "&#233;">]>'
    assert one(doctype + rss("<title>&kopi; caf&e;</title>")).headline == "☕ café"


def identities(data: bytes, uri: str = FETCHED) -> list[bool]:
    return [item.identity is not None for item in read(data, uri)]


def entry(link: str, guid: str = "", title: str = "", text: str = "") -> str:
    fields = (("link", link), ("guid", guid), ("title", title), ("description", text))
    return "".join(f"<{name}>{value}</{name}>" for name, value in fields if value)


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        # The front page is the page of no article, however many lead to it.
        ([entry(HOME, "a", "Satu")], [True]),
        ([entry("/", "a", "Satu"), entry(HOME, "b", "Dua")], [True, True]),
        ([entry(f"{HOME}?utm_source=rss", "a", "Satu")], [True]),
        ([entry(HOME, "", "Satu"), entry(HOME, "", "Dua")], [True, True]),
        ([entry(HOME, "", "", TEXT), entry(HOME, "", "", SHORT)], [True, True]),
        # Several at one place.
        ([entry("/langsung", "a", "Satu"), entry("/langsung", "b", "Dua")], [True, True]),
        ([entry("/langsung#1", "", "Satu"), entry("/langsung#2", "", "Dua")], [True, True]),
        ([entry("/langsung#1", "", "Kini"), entry("/langsung#2", "", "Kini")], [True, True]),
        ([entry("/langsung", "", "Satu"), entry("/langsung", "", "Dua")], [True, True]),
        # One article.
        ([entry("/satu", "a", "Satu")], [False]),
        ([entry("/satu#komentar", "a", "Satu")], [False]),
        ([entry("/satu", "a", "Satu"), entry("/dua", "b", "Dua")], [False, False]),
        ([entry("/satu", "a", "Satu"), entry("/satu", "a", "Satu Lagi")], [False, False]),
        ([entry("/satu", "a", "Satu"), entry("/satu", "b", "SATU")], [False, False]),
        ([entry("/p?id=1", "a", "Satu"), entry("/p?id=2", "b", "Dua")], [False, False]),
    ],
)
def test_entries_at_one_address_are_distinguished(items: list[str], expected: list[bool]) -> None:
    """By id, fragment or headline; two with one headline are versions of one article."""
    data = rss(*items)
    assert identities(data) == expected
    named = [item.identity for item in read(data, FETCHED) if item.identity]
    assert len(set(named)) == len(named)


def test_atom_and_json_entries_are_distinguished_too() -> None:
    """The same in other formats."""
    entries = [f'<id>urn:{n}</id><title>{n}</title><link href="{HOME}x"/>' for n in range(3)]
    assert identities(atom(*entries)) == [True] * 3
    items = [{"id": f"{n}", "title": f"{n}", "url": f"{HOME}x"} for n in range(3)]
    assert identities(json_feed(*items)) == [True] * 3


@pytest.mark.parametrize(
    "version",
    ["1.1", "1", 1, 1.1, "jsonfeed.org/version/1", "http://jsonfeed.org/version/1.1/", "", None,
     "https://www.jsonfeed.org/version/1", "v1"],
)  # fmt: skip
def test_a_json_feed_is_one_by_its_fields(version: object) -> None:
    """Whatever it says of its version."""
    item = one(json_feed({"id": "1", "title": "Panen", "content_text": TEXT}, version=version))
    assert (item.headline, item.content) == ("Panen", TEXT)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"author": "Wati"}, ("Wati",)),
        ({"authors": ["Wati", "Joko"]}, ("Wati", "Joko")),
        ({"author": {"name": "Wati"}}, ("Wati",)),
        ({"authors": [{"name": "Wati"}, {"url": "https://a.example"}]}, ("Wati",)),
        ({"authors": []}, ("Redaksi",)),
        ({"author": 3}, ()),
    ],
)
def test_authors_of_a_json_feed(fields: dict[str, Any], expected: tuple[str, ...]) -> None:
    """Objects, texts, lists of either; the feed's own where the entry names none."""
    assert one(json_feed({"id": "1", **fields}, authors=[{"name": "Redaksi"}])).authors == expected


@pytest.mark.parametrize(
    "data",
    [
        b"\n\xef\xbb\xbf " + json_feed({"id": 1, "content_text": TEXT}),
        json_feed({"id": 1, "content_text": TEXT}).decode().encode("utf-16"),
        json_feed({"id": 1, "content_text": TEXT}).replace(b"1,", b"1" * 30 + b","),
        json_feed({"id": 1, "content_text": TEXT}).replace(b'"id":1', b'"id":NaN'),
    ],
)
def test_a_json_feed_is_read_however_it_is_written(data: bytes) -> None:
    """Marks and blanks before it, other encodings, numbers that strict JSON or 64 bits lack."""
    assert one(data).content == TEXT


def test_html_of_a_json_feed_is_taken_before_a_padded_text() -> None:
    """Blanks are nothing to read."""
    bodies = {"content_html": f"<p>{TEXT}</p>", "content_text": TEXT + " " * 999}
    assert one(json_feed({"id": "1", **bodies})).content == f"<p>{TEXT}</p>"
