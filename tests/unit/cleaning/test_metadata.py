"""What pages state about themselves is read, whichever way they state it."""

import json

import pytest

from warta.transforms.cleaning.html.metadata import Metadata
from warta.transforms.cleaning.html.page import read_parsed
from warta.transforms.cleaning.html.parsing import parse_markup
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Author

URL = "https://warta.example.id/read/1/panen-raya"


def read(head: str, body: str = "") -> Metadata:
    page = f"<html lang='id'><head>{head}</head><body>{body}</body></html>"
    return read_parsed(parse_markup(page, InputLimits()), URL)[1]


def linked(value: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(value)}</script>'


ARTICLE = {
    "@context": "https://schema.org",
    "@type": "NewsArticle",
    "headline": "Panen raya di lereng Merbabu",
    "description": "Petani panen lebih awal.",
    "datePublished": "2025-03-24T07:05:00+07:00",
    "dateModified": "2025-03-24T09:00:00+07:00",
    "author": [{"@type": "Person", "name": "Sari Wulandari"}, {"name": "Budi Hartono"}],
    "editor": {"@type": "Person", "name": "Tono Wijaya"},
    "publisher": {"@type": "Organization", "name": "Warta Contoh"},
    "articleSection": ["Ekonomi", "Daerah"],
    "keywords": "panen, petani,panen",
    "inLanguage": "id-ID",
    "articleBody": "Petani di lereng Merbabu panen lebih awal tahun ini.",
}


@pytest.mark.parametrize(
    "value",
    [
        ARTICLE,
        [{"@type": "Organization", "name": "Warta Contoh"}, ARTICLE],
        {"@graph": [{"@type": "WebPage", "datePublished": "2020-01-01"}, ARTICLE]},
        {"@type": "WebPage", "mainEntity": ARTICLE},
        {**ARTICLE, "@type": ["Article", "NewsArticle"]},
    ],
)
def test_linked_data_is_read_wherever_it_hangs(value: object) -> None:
    """An article alone, in a list, in a @graph and in a page gives the same fields."""
    found = read(linked(value))
    assert found.headline == ARTICLE["headline"]
    assert found.description == ARTICLE["description"]
    assert found.authors == (
        Author("Sari Wulandari"),
        Author("Budi Hartono"),
        Author("Tono Wijaya", "editor"),
    )
    assert found.dates[0] == ("jsonld", ARTICLE["datePublished"])
    assert found.modified == (("jsonld", ARTICLE["dateModified"]),)
    assert found.publisher_name == "Warta Contoh"
    assert found.article_section == "Ekonomi"
    assert found.keywords == ("panen", "petani")
    assert found.language == "id"
    assert found.article_body == ARTICLE["articleBody"]


@pytest.mark.parametrize(
    ("text", "headline"),
    [
        ('{"@type":"NewsArticle","headline":"Satu",}', "Satu"),
        ('<!-- {"@type":"NewsArticle","headline":"Satu"} -->', "Satu"),
        ('{"@type":"NewsArticle","headline":"Satu","description":"dua\nbaris"}', "Satu"),
        ('{"@type":"NewsArticle","headline":"Satu"};', "Satu"),
        ('{"@type":"NewsArticle","headline":', None),
        ('[{"@type":"NewsArticle","headline":"Satu"}', "Satu"),
        ('{"@type":"NewsArticle","headline":"Satu","description":"kata "dua" itu"}', "Satu"),
        ('{"@type":["NewsArticle"],"headline":"Satu","articleBody":"tidak selesai', "Satu"),
        ('{"@type":"NewsArticle",\n// catatan\n"headline":"Satu"}', "Satu"),
        ('{"@type":"Organization","headline":"Satu",,}', None),
        ("[" * 100_000, None),
        ('{"@type":{"a":1},"headline":["x"]}', None),
        ('{"@type":"NewsArticle","headline":{"a":1},"author":7,"keywords":{"a":[]}}', None),
    ],
)
def test_broken_linked_data_is_survived(text: str, headline: str | None) -> None:
    """What can be mended is read; what cannot is passed over."""
    assert read(f'<script type="application/ld+json">{text}</script>').headline == headline


def test_meta_tags_stand_in_for_linked_data() -> None:
    """OpenGraph and named meta tags give the same fields when there is no JSON-LD."""
    found = read(
        '<meta property="og:title" content="Panen raya di lereng Merbabu - Warta Contoh">'
        '<meta property="og:site_name" content="Warta Contoh">'
        '<meta name="description" content="Petani panen.">'
        '<meta property="article:published_time" content="2025-03-24T07:05:00+07:00">'
        '<meta property="article:modified_time" content="2025-03-25">'
        '<meta name="author" content="Oleh: Sari Wulandari dan Budi Hartono">'
        '<meta name="content_editor" content="Tono Wijaya">'
        '<meta property="article:section" content="Ekonomi">'
        '<meta name="keywords" content="panen, petani">'
        '<link rel="canonical" href="/read/1/panen-raya?utm_source=x">'
    )
    assert found.headline == "Panen raya di lereng Merbabu"
    assert found.publisher_name == "Warta Contoh"
    assert found.description == "Petani panen."
    assert found.dates == (("meta", "2025-03-24T07:05:00+07:00"),)
    assert found.modified == (("meta", "2025-03-25"),)
    assert found.authors == (
        Author("Sari Wulandari"),
        Author("Budi Hartono"),
        Author("Tono Wijaya", "editor"),
    )
    assert found.article_section == "Ekonomi"
    assert found.keywords == ("panen", "petani")
    assert found.canonical_url == URL


def test_dates_come_in_order_of_trust() -> None:
    """JSON-LD comes before meta, microdata and time, and no date comes twice."""
    found = read(
        '<meta name="pubdate" content="2025-03-22">' + linked({**ARTICLE, "dateModified": None}),
        '<time datetime="2025-03-20">x</time><time datetime="2025-03-22">x</time>'
        '<span itemprop="datePublished" content="2025-03-21">x</span>',
    )
    assert found.dates == (
        ("jsonld", ARTICLE["datePublished"]),
        ("meta", "2025-03-22"),
        ("microdata", "2025-03-21"),
        ("time", "2025-03-20"),
    )
    assert found.modified == ()


@pytest.mark.parametrize(
    ("title", "headline"),
    [
        ("Panen raya | Warta Contoh", "Panen raya"),
        ("Panen raya - warta contoh", "Panen raya"),
        ("Warta Contoh - Panen raya", "Panen raya"),
        ("Panen raya - Sawah menguning", "Panen raya - Sawah menguning"),
        ("Panen raya: sawah menguning", "Panen raya: sawah menguning"),
        ("Warta Contoh: Panen raya", "Panen raya"),
        ("Panen raya - Halaman 2 - Warta Contoh", "Panen raya"),
        ("Panen raya Halaman all", "Panen raya"),
        ("Panen raya - WartaContoh.com", "Panen raya"),
        ("Panen raya di halaman 2 rumah", "Panen raya di halaman 2 rumah"),
    ],
)
def test_headline_goes_without_the_site(title: str, headline: str) -> None:
    """The site's name is cut from a title; a dash inside a headline stays."""
    head = f'<title>{title}</title><meta property="og:site_name" content="Warta Contoh">'
    assert read(head).headline == headline


def test_without_a_name_the_host_names_the_site() -> None:
    """The brand in the host's name is enough to know the end of a title."""
    assert read("<title>Panen raya - Example News</title>").headline == "Panen raya"
    assert read("<title>Panen raya - Sawah</title>").headline == "Panen raya - Sawah"


def test_the_heading_of_the_page_settles_the_headline() -> None:
    """Where a part of the title is in <h1>, that is the headline."""
    found = read("<title>Panen raya - Sawah | Ekonomi</title>", "<h1>Panen raya - Sawah</h1>")
    assert found.headline == "Panen raya - Sawah"


@pytest.mark.parametrize(
    ("stated", "authors"),
    [
        ("By Jane Doe", (Author("Jane Doe"),)),
        ("Penulis: Sari Wulandari; Editor: Tono Wijaya",
         (Author("Sari Wulandari"), Author("Tono Wijaya", "editor"))),
        ("Reporter: Budi Hartono", (Author("Budi Hartono", "reporter"),)),
        ("redaksi@warta.example.id", ()),
        ("https://www.facebook.com/warta", ()),
        ("Warta Contoh", ()),
        ("Sari Wulandari (sari@warta.example.id)", (Author("Sari Wulandari"),)),
        ("Sari Wulandari - Warta Contoh", (Author("Sari Wulandari"),)),
        ("Dr. Sari Wulandari, M.Si", (Author("Dr. Sari Wulandari"),)),
        ("Jane Doe, Reuters", (Author("Jane Doe"),)),
        ("WARTA.com/SARI WULANDARI", (Author("SARI WULANDARI"),)),
        ("Pewarta: Sari Wulandari | Editor: Tono Wijaya",
         (Author("Sari Wulandari", "reporter"), Author("Tono Wijaya", "editor"))),
        ("Associated Press", ()),
        ("wartaFinance", ()),
        ("Tim Redaksi", ()),
        ("admin", ()),
        ("Editorial Team", ()),
        ("Bylina Kovač", (Author("Bylina Kovač"),)),
        ("Seorang penulis yang senang berjalan kaki di pagi hari buta", ()),
    ],
)  # fmt: skip
def test_authors_are_persons(stated: str, authors: tuple[Author, ...]) -> None:
    """Names without labels; newsrooms, addresses, the publisher and sentences are not persons."""
    head = '<meta property="og:site_name" content="Warta Contoh">'
    assert read(f'{head}<meta name="author" content="{stated}">').authors == authors


def test_an_organisation_is_no_author() -> None:
    """A JSON-LD author of type Organization gives way to a person named elsewhere."""
    value = {**ARTICLE, "author": {"@type": "Organization", "name": "Kantor"}, "editor": None}
    found = read(linked(value), '<a rel="author">Sari Wulandari</a>')
    assert found.authors == (Author("Sari Wulandari"),)


def test_a_canonical_link_to_the_front_page_is_not_believed() -> None:
    """Some sites name their front page as canonical for every article."""
    assert read('<link rel="canonical" href="https://warta.example.id/">').canonical_url == URL


def test_a_page_that_states_nothing_has_no_metadata() -> None:
    """Nothing is made up: only the URL it came from is known."""
    found = read_parsed(parse_markup("<p>Hanya teks.</p>", InputLimits()), None)[1]
    assert found == Metadata(None, None, None, (), (), (), None, (), None, None, None)


def test_every_author_of_the_meta_tags_counts() -> None:
    """One tag an author; an address among them names nobody."""
    found = read(
        '<meta name="author" content="Sari Wulandari"><meta name="author" content="Budi Hartono">'
        '<meta name="author" content="https://warta.example.id/penulis/sari">'
    )
    assert found.authors == (Author("Sari Wulandari"), Author("Budi Hartono"))


@pytest.mark.parametrize(
    "name",
    [
        *("datePublished", "DCTERMS.issued", "og:published_time", "article:post_time"),
        *("publish_date", "citation_publication_date", "cXenseParse:recs:publishtime"),
    ],
)
def test_dates_of_publication_go_by_many_names(name: str) -> None:
    page = read(f'<meta name="{name}" content="2026-11-09T08:00:00Z">')
    assert page.dates == (("meta", "2026-11-09T08:00:00Z"),)


def test_a_second_date_of_linked_data_is_kept_for_when_the_first_is_impossible() -> None:
    stated = {"@type": "NewsArticle", "datePublished": "0001-01-01", "dateCreated": "2026-11-09"}
    assert read(linked(stated)).dates == (("jsonld", "0001-01-01"), ("jsonld", "2026-11-09"))


@pytest.mark.parametrize(
    "graph",
    [
        [
            {"author": {"@type": "Person", "url": "https://kabar.example/tara"}},
            {"@type": "Person", "url": "https://kabar.example/tara", "name": "Tara Oswin"},
        ],
        [
            {"author": {"@id": "/#/people/tara"}},
            {"@type": "Person", "@id": "https://kabar.example/#/people/tara", "name": "Tara Oswin"},
        ],
        [{"author": {"@type": "Person", "alternateName": "Tara Oswin"}}],
    ],
)
def test_an_author_without_a_name_is_named_by_what_is_the_same(
    graph: list[dict[str, object]],
) -> None:
    graph[0] |= {"@type": "NewsArticle", "headline": "Pasar ikan pindah"}
    assert read(linked({"@graph": graph})).authors == (Author("Tara Oswin", ""),)


@pytest.mark.parametrize(
    "graph",
    [
        [{}, {"@type": "WebSite", "name": "Kabar Teluk"}],
        [{"sourceOrganization": {"@type": "NewsMediaOrganization", "name": "Kabar Teluk"}}],
        [
            {"isPartOf": {"@id": "#page"}},
            {"@type": "WebPage", "@id": "#page", "isPartOf": {"@id": "#site"}},
            {"@type": "WebSite", "@id": "#site", "publisher": {"name": "Kabar Teluk"}},
        ],
    ],
)
def test_without_a_publisher_the_site_names_it(graph: list[dict[str, object]]) -> None:
    graph[0] |= {"@type": "NewsArticle", "headline": "Pasar ikan pindah"}
    assert read(linked({"@graph": graph})).publisher_name == "Kabar Teluk"
