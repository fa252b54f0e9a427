"""JSON-LD is read however sites write it, and only that of the page's own article counts."""

import json

import pytest

from warta.transforms.cleaning.html.linked_data import LinkedData
from warta.transforms.cleaning.html.metadata import Metadata
from warta.transforms.cleaning.html.page import read_parsed
from warta.transforms.cleaning.html.parsing import parse_markup
from warta.transforms.cleaning.html.script_json import parse_json
from warta.transforms.core.options import InputLimits

URL = "https://suara-lembah.example/2026/pasar-terapung"
HEAD = (
    f'<link rel="canonical" href="{URL}"><title>Pasar terapung dibuka lagi - Suara Lembah</title>'
)
BODY = "<h1>Pasar terapung dibuka lagi</h1><p>Pedagang kembali berjualan sejak pagi di sungai.</p>"
OWN = {
    "@type": "NewsArticle",
    "headline": "Pasar terapung dibuka lagi",
    "url": URL,
    "datePublished": "2026-05-04T08:00:00+07:00",
    "author": {"@type": "Person", "name": "Laras Pambudi"},
}
OTHER = {
    "@type": "NewsArticle",
    "headline": "Jembatan gantung putus diterjang banjir",
    "url": "https://suara-lembah.example/2025/jembatan-gantung",
    "datePublished": "2025-12-01T08:00:00+07:00",
    "author": {"@type": "Person", "name": "Gilang Samudra"},
}


def read(*scripts: object, head: str = HEAD, body: str = BODY) -> Metadata:
    marked = "".join(
        f'<script type="application/ld+json">{one if isinstance(one, str) else json.dumps(one)}'
        "</script>"
        for one in scripts
    )
    page = f"<html><head>{head}{marked}</head><body>{body}</body></html>"
    return read_parsed(parse_markup(page, InputLimits()), URL)[1]


def names(found: Metadata) -> list[str]:
    return [author.name for author in found.authors]


PERSON = {"@type": "Person", "@id": "#laras", "name": "Laras Pambudi"}
DESK = {"@type": "NewsMediaOrganization", "@id": "#desk", "name": "Suara Lembah"}


@pytest.mark.parametrize(
    "scripts",
    [
        [{"@graph": [{**OWN, "author": {"@id": "#laras"}}, PERSON]}],
        [{"@graph": [PERSON, {**OWN, "author": [{"@id": "#laras"}]}]}],
        [{**OWN, "author": {"@id": "#laras"}}, PERSON],
        [{**OWN, "author": {"@id": "#laras", "@type": "Person"}}, {"@graph": [PERSON]}],
        [{**OWN, "author": {"@id": "#laras", "name": "Laras Pambudi"}}, {"@id": "#laras"}],
        [{**OWN, "author": "#laras"}, PERSON],
        [{**OWN, "author": {"@id": f"{URL}#laras"}}, PERSON],
        [{**OWN, "author": {"@id": "#laras"}}, {**PERSON, "@id": f"{URL}#laras"}],
        [{**OWN, "author": {"@list": [{"@id": "#laras"}]}}, PERSON],
        [{**OWN, "author": {"type": "Person", "id": "#laras"}}, PERSON],
        [{**OWN, "author": [[{"@type": "Person", "name": ["Laras Pambudi"]}]]}],
        [{**OWN, "author": [[["Laras Pambudi"]]]}],
        [{**OWN, "author": {"@type": "Person", "name": {"@value": "Laras Pambudi"}}}],
        [{**OWN, "author": {"givenName": "Laras", "familyName": "Pambudi"}}],
        [{**OWN, "author": {"name": "", "givenName": "Laras", "familyName": "Pambudi"}}],
        [{**OWN, "author": {"@type": ["Person", "Organization"], "name": "Laras Pambudi"}}],
        [{**OWN, "author": {"@type": "Role", "author": {"name": "Laras Pambudi"}}}],
        [{**OWN, "author": None, "creator": {"@type": "Person", "name": "Laras Pambudi"}}],
        [{**OWN, "author": [DESK, {"@type": "Person", "name": "Laras Pambudi"}]}],
        [{f"schema:{name}" if name[0] != "@" else name: value for name, value in OWN.items()}],
    ],
)
def test_the_author_is_found_however_it_is_written(scripts: list[object]) -> None:
    """By reference, in nested lists, by parts of the name, in roles and in other vocabularies."""
    assert names(read(*scripts)) == ["Laras Pambudi"]


def test_several_authors_keep_their_order() -> None:
    """Nested lists, strings and parts of names are read from left to right."""
    authors = [[{"name": ["Laras Pambudi", "Gilang Samudra"]}], "Tio Rahman", {"givenName": "Ayu"}]
    assert names(read({**OWN, "author": authors})) == [
        "Laras Pambudi",
        "Gilang Samudra",
        "Tio Rahman",
        "Ayu",
    ]


@pytest.mark.parametrize(
    "value",
    [
        {"@id": "#desk"},
        "#desk",
        [{"@id": "#desk"}],
        "Suara Lembah",
        {"@type": "Organization", "name": "Suara Lembah"},
        {"@type": "Organization", "name": [{"@value": "Suara Lembah"}]},
    ],
)
def test_the_publisher_is_found_however_it_is_written(value: object) -> None:
    """By reference, as a string and as an object."""
    assert read({**OWN, "publisher": value}, DESK).publisher_name == "Suara Lembah"


@pytest.mark.parametrize("value", ["https://suara-lembah.example", {"@id": "#nobody"}, 7, [], {}])
def test_an_address_is_no_publisher(value: object) -> None:
    """What names nobody leaves the name of the site."""
    head = HEAD + '<meta property="og:site_name" content="Lembah &amp;amp; Hulu">'
    assert read({**OWN, "publisher": value}, head=head).publisher_name == "Lembah & Hulu"


def test_references_in_a_circle_end() -> None:
    """Objects that name each other do not make an endless loop."""
    circle = {"@type": "Role", "@id": "#a", "author": {"@id": "#a"}}
    assert names(read({**OWN, "author": {"@id": "#a"}}, circle)) == []


LIST = {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": OTHER}]}


@pytest.mark.parametrize(
    "scripts",
    [
        [OTHER, OWN],
        [[OTHER, OWN]],
        [{"@graph": [OTHER, OWN]}],
        [LIST, OWN],
        [{**OTHER, "url": None, "mainEntityOfPage": OTHER["url"]}, OWN],
        [{**OTHER, "url": None}, OWN],
        [{**OTHER, "headline": None}, OWN],
        [OTHER, {**OWN, "headline": None}],
        [OTHER, {**OWN, "url": None}],
        [OTHER, {**OWN, "url": None, "mainEntityOfPage": {"@type": "WebPage", "@id": URL}}],
        [OTHER, {**OWN, "url": None, "@id": f"{URL}#article", "headline": "Pasar"}],
        [OTHER, {**OWN, "url": "/2026/pasar-terapung/?utm_source=x"}],
        [OTHER, {**OWN, "@type": "ReportageNewsArticle"}],
        [OTHER, {**OWN, "@type": ["Article", "BlogPosting"]}],
        [{**OWN, "liveBlogUpdate": [OTHER], "@type": "LiveBlogPosting"}],
        [{"@type": "WebPage", "hasPart": [OTHER], "mainEntity": OWN}],
    ],
)
def test_of_several_stories_the_pages_own_counts(scripts: list[object]) -> None:
    """Address and headline tell the own article, wherever it is."""
    found = read(*scripts)
    assert names(found) == ["Laras Pambudi"]
    assert found.dates[0] == ("jsonld", "2026-05-04T08:00:00+07:00")
    assert found.headline == "Pasar terapung dibuka lagi"


@pytest.mark.parametrize("only", [OTHER, {**OTHER, "url": None}, LIST])
def test_another_story_alone_is_not_taken(only: object) -> None:
    """A page whose JSON-LD is about another story has no date of it."""
    found = read(only)
    assert (found.authors, found.dates, found.article_body) == ((), (), None)


@pytest.mark.parametrize(
    "only",
    [
        {**OWN, "url": "https://cermin.example/pasar-terapung"},
        {**OWN, "headline": "Pasar terapung kembali ramai"},
        {**OWN, "url": None, "headline": None},
        {**OWN, "url": "https://suara-lembah.example/"},
    ],
)
def test_one_sign_of_another_story_is_a_slip(only: object) -> None:
    """A mirror's address, or a second headline of the same story, does not lose the article."""
    assert names(read(only)) == ["Laras Pambudi"]


def test_what_one_object_leaves_out_another_of_the_story_says() -> None:
    """Two plugins describe one article; the fields of both are used."""
    found = read({**OWN, "author": None}, {**OWN, "@type": "Article", "datePublished": None})
    assert names(found) == ["Laras Pambudi"]
    assert found.dates[0] == ("jsonld", "2026-05-04T08:00:00+07:00")


def test_entities_and_markup_leave_the_fields() -> None:
    """Names, keywords, section and publisher are plain text, and are split after that."""
    found = read(
        {
            **OWN,
            "author": "Ma&#8217;ruf &amp;amp; Anak",
            "publisher": {"name": "Suara &amp; <b>Lembah</b>"},
            "keywords": ["Jum&#8217;at", "Ikan &amp; Garam"],
            "articleSection": "Ekonomi &amp; Bisnis",
            "description": "Kata &quot;pagi&quot;.",
        }
    )
    assert names(found) == ["Ma’ruf", "Anak"]
    assert found.publisher_name == "Suara & Lembah"
    assert found.keywords == ("Jum’at", "Ikan & Garam")
    assert found.article_section == "Ekonomi & Bisnis"
    assert found.description == 'Kata "pagi".'


PLAIN = json.dumps(OWN)


@pytest.mark.parametrize(
    "text",
    [
        f"<!-- {PLAIN} -->",
        f"//<![CDATA[\n{PLAIN}\n//]]>",
        f"/*<![CDATA[*/{PLAIN}/*]]>*/",
        f"<!--//--><![CDATA[//><!--\n{PLAIN}\n//--><!]]>",
        f"\ufeff{PLAIN};",
        f"{PLAIN}{json.dumps(OTHER)}",
        f"{PLAIN},\n{json.dumps(OTHER)}",
        PLAIN.replace('"', "&quot;"),
        PLAIN.replace('"', "&#34;"),
        PLAIN.replace("dibuka lagi", "dibuka\n\tlagi"),
        PLAIN.replace("Pasar terapung", "Pasar \\'terapung\\'"),
        PLAIN[:-1] + ', "description": "Kata "pagi" itu"}',
        PLAIN[:-1] + ', "articleBody": "tidak selesai',
    ],
)
def test_json_is_mended(text: str) -> None:
    """Marks of comments and CDATA, several values, entities and stray quotes lose no author."""
    assert names(read(text)) == ["Laras Pambudi"]


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 50_000, "{" * 100_000, "", "-->", '"'])
def test_json_beyond_repair_gives_no_article(text: str) -> None:
    """Hostile and empty scripts are passed over."""
    assert LinkedData([parse_json(text)]).nodes == []
