"""Dates and authors in a page's body count where they are the article's own."""

import pytest

from warta.transforms.cleaning.html.metadata import Metadata
from warta.transforms.cleaning.html.page import read_parsed
from warta.transforms.cleaning.html.parsing import parse_markup
from warta.transforms.core.options import InputLimits

TEXT = (
    "<p>Warga kampung nelayan memperbaiki tanggul yang jebol akibat gelombang pekan lalu.</p>"
    "<p>Kepala desa mengatakan pekerjaan selesai sebelum musim barat, dengan bantuan pelajar.</p>"
    "<p>Biaya ditanggung bersama oleh koperasi dan pemerintah daerah, kata bendahara desa itu.</p>"
)
TIME = '<time datetime="2026-03-02T10:00:00+07:00">2 Maret 2026</time>'
TITLE = '<a href="/lain">Panen garam tahun ini turun separuh karena hujan</a>'
OWN = "2026-03-02T10:00:00+07:00"


def read(body: str) -> Metadata:
    page = f"<html><body>{body}</body></html>"
    return read_parsed(parse_markup(page, InputLimits()), None)[1]


def days(body: str) -> list[str]:
    return [raw for _, raw in read(body).dates]


H1 = "<h1>Tanggul kampung nelayan diperbaiki</h1>"


@pytest.mark.parametrize(
    "body",
    [
        f"<main>{H1}<div class='meta'>{TIME}</div>{TEXT}</main>",
        f"<main>{H1}<div class='meta'><a href='/arsip'>{TIME}</a> oleh Sari</div>{TEXT}</main>",
        f"<article><header>{TIME}{H1}</header>{TEXT}</article>",
        f"<article><header><div>{TIME}</div>{H1}</header>{TEXT}</article>",
        f"<main>{H1}{TEXT}<p>Terbit {TIME}</p></main>".replace("<time", "<time pubdate"),
        f"<main>{H1}{TEXT}<div class='info'>{TIME}</div></main>",
        f"<article>{H1}{TEXT}<footer>Terbit {TIME}</footer></article>".replace(
            "<time", "<time class='published'"
        ),
        f"<main>{H1}<p>Muara (Kabar) {TIME} - {TEXT[3:]}</main>",
        f'<div itemscope itemtype="https://schema.org/NewsArticle">{H1}{TEXT}'
        f'<meta itemprop="datePublished" content="{OWN}"></div>',
        f'<main>{H1}{TEXT}</main><div itemscope itemtype="https://schema.org/NewsArticle">'
        f'<meta itemprop="datePublished" content="{OWN}"></div>',
        f'<main>{H1}<span property="schema:datePublished" content="{OWN}">Kini</span>{TEXT}</main>',
        f'<main>{H1}<abbr class="published" title="{OWN}">Senin</abbr>{TEXT}</main>',
    ],
)
def test_the_date_of_the_article_is_found(body: str) -> None:
    """Near the headline, at the end, in its footer, in microdata and RDFa."""
    assert days(body) == [OWN]


OTHERS = [
    f"<section id='comments'><div class='comment'>{TIME}<p>Syukurlah.</p></div></section>",
    f"<div class='q7'><b>Rudi</b> {TIME}<p>Syukurlah tanggul itu sudah berdiri lagi.</p></div>",
    f"<article class='comment-body'>{TIME}<p>Syukurlah.</p></article>",
    f"<div itemscope itemtype='https://schema.org/Comment'>{TIME}<p>Syukurlah.</p></div>",
    f"<div class='related'>{TIME} {TITLE}</div>",
    f"<div class='q7'>{TIME} {TITLE}</div>",
    f"<div class='q7'><span>{TIME}</span><h3>{TITLE}</h3></div>",
    f"<ul class='q7'><li>{TIME} {TITLE}</li><li>{TIME} {TITLE}</li></ul>",
    f"<article class='q7'><a href='/lain'><h2>Panen garam turun karena hujan</h2>{TIME}</a>"
    "</article>",
    f"<h2>Baca juga</h2><div><p>{TIME}</p><p>{TITLE}</p></div>",
    f"<aside>{TIME} {TITLE}</aside>",
    f"<aside>{TIME}</aside>",
    f"<footer>{TIME}</footer>",
    f"<div class='q7'>{TITLE}<span itemprop='datePublished'>2 Maret 2026</span></div>",
    f"<li itemprop='citation' itemscope itemtype='https://schema.org/Article'>"
    f"<meta itemprop='datePublished' content='{OWN}'>Buku lama.</li>",
    f"<div style='display:none'>{TIME}</div>",
    "<div itemscope itemtype='https://schema.org/NewsArticle'><h3 itemprop='headline'>Panen garam"
    f"</h3><meta itemprop='datePublished' content='{OWN}'></div>",
]


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize(
    "page", ["<main>{H1}{TEXT}</main>{other}", "<main>{H1}{TEXT}{other}</main>"]
)
def test_the_date_of_something_else_is_left(other: str, page: str) -> None:
    """Comments, teasers, sidebars and citations are dated too, wherever they are."""
    assert days(page.format(H1=H1, TEXT=TEXT, other=other)) == []


@pytest.mark.parametrize("other", [other for other in OTHERS if "lain" in other])
def test_the_date_of_a_teaser_above_the_text_is_left(other: str) -> None:
    """Teasers float between headline and text, where the article's own date may be."""
    assert days(f"<main>{H1}{other}{TEXT}</main>") == []


def test_a_time_in_a_sentence_is_no_date_of_publication() -> None:
    """The text may mark a day that it speaks of."""
    text = TEXT.replace("pekan lalu", f"pada {TIME} pekan lalu")
    assert days(f"<main>{H1}{TEXT}{text}</main>") == []


def test_a_clock_above_the_page_is_no_date_of_publication() -> None:
    """The day of the visit is shown above the navigation."""
    assert days(f"<div class='bar'>{TIME}</div><div><main>{H1}{TEXT}</main></div>") == []


@pytest.mark.parametrize(
    "stated",
    [
        f"<p>Diperbarui: {TIME}</p>",
        f"<p>{TIME}</p>".replace("<time", "<time class='updated'"),
        f'<meta itemprop="dateModified" content="{OWN}">',
    ],
)
def test_a_date_of_change_is_none_of_publication(stated: str) -> None:
    """Words, classes and microdata say which of the two it is."""
    found = read(f"<main>{H1}{stated}{TEXT}</main>")
    assert found.dates == ()
    assert [raw for _, raw in found.modified] == [OWN]


@pytest.mark.parametrize(
    ("stated", "names"),
    [
        ('<a rel="author" href="/s">Sari Wulandari</a>', ["Sari Wulandari"]),
        (
            '<div itemprop="author" itemscope itemtype="https://schema.org/Person">'
            '<span itemprop="name">Sari Wulandari</span> <span>wartawan utama</span></div>',
            ["Sari Wulandari"],
        ),
        ('<meta itemprop="author" content="Sari O&amp;#8217;Moss">', ["Sari O’Moss"]),
        (
            '<div itemprop="author" itemscope itemtype="https://schema.org/Organization">'
            '<span itemprop="name">Balai Kabar</span></div>',
            [],
        ),
    ],
)
def test_the_author_of_the_article_is_found(stated: str, names: list[str]) -> None:
    """By link and by microdata; organisations are not authors."""
    found = read(f"<main>{H1}<div>{stated}</div>{TEXT}</main>")
    assert [author.name for author in found.authors] == names


@pytest.mark.parametrize(
    "other",
    [
        f'<div class="related">{TITLE} <a rel="author" href="/g">Gilang Samudra</a></div>',
        f'<div class="q7">{TITLE} <a rel="author" href="/g">Gilang Samudra</a></div>',
        '<div itemscope itemtype="https://schema.org/Comment"><b itemprop="author">Rudi</b></div>',
        '<ol class="commentlist"><li><span itemprop="author">Rudi Hartono</span></li></ol>',
    ],
)
def test_the_author_of_something_else_is_left(other: str) -> None:
    """Those of comments and of other articles are not the article's."""
    assert read(f"<main>{H1}{TEXT}{other}</main>").authors == ()
