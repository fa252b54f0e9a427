"""What publishing systems do wrong in the fields of an entry, and what is read of it."""

from typing import Any

import pytest

from tests.support.feeds import HOME, SHORT, TEXT, atom, json_feed, one, rss

CAPTION = "Foto: petani menjemur biji kopi di halaman gudang. " * 9


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
