"""Where entries of feeds lead, and which of them are one article."""

import pytest

from tests.support.feeds import FETCHED, HOME, SHORT, TEXT, atom, json_feed, one, rdf, read, rss
from warta.transforms.sources.feeds.links import absolute_link, feed_base


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
