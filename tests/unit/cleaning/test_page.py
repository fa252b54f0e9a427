"""Pages give their article and nothing else; hostile markup is refused before it is parsed."""

import html
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warta.transforms.cleaning.html.page import Page, parse_fragment, parse_page
from warta.transforms.core.options import InputLimits
from warta.transforms.core.rejections import RejectedRecord

LIMITS = InputLimits()
FIRST = "Petani di lereng Merbabu memanen cabai dua pekan lebih awal karena hujan berhenti."
SECOND = "Harga di pasar turun, kata Sari Wulandari, pedagang yang sudah berjualan sejak 1998."
THIRD = "Pemerintah kabupaten menyiapkan gudang pendingin agar panen tidak terbuang percuma."
STORY = f"<p>{FIRST}</p><p>{SECOND}</p><h2>Gudang baru</h2><p>{THIRD}</p>"
LINES = [FIRST, SECOND, "Gudang baru", THIRD]
OTHER = "Warga desa sebelah menggelar lomba perahu di waduk pada akhir pekan yang cerah."

TEASERS = "".join(
    f"<div class=kartu><h4><a href=/{n}>Lomba perahu ke-{n} di waduk</a></h4><p>Ramai.</p></div>"
    for n in range(3)
)


def parse(markup: bytes | str, charset: str | None = None, limits: InputLimits = LIMITS) -> Page:
    return parse_page(markup, charset=charset, url="https://a.example.id/1", limits=limits)


def reason_of(markup: bytes | str, limits: InputLimits = LIMITS) -> str:
    with pytest.raises(RejectedRecord) as caught:
        parse(markup, limits=limits)
    return caught.value.reason


@pytest.mark.parametrize(
    "body",
    [
        STORY,
        f"<article>{STORY}</article>",
        f'<div itemprop="articleBody">{STORY}</div>',
        f"<nav><a href=/>Beranda</a></nav><main>{STORY}</main><footer>Hak cipta 2025</footer>",
        f"<h1>Panen</h1><div class=read__content>{STORY}</div><div class=terkini>{OTHER}</div>",
        f'<div>{STORY}<div class="baca-juga"><p>{OTHER}</p></div></div>',
        f'<div>{STORY}</div><div id="komentar"><p>{OTHER}</p><p>{OTHER}</p></div>',
        f'<div>{STORY}</div><div class="artikelTerkait"><p>{OTHER}</p></div>',
        f'<body class="has-sidebar"><article class="tag-share">{STORY}</article></body>',
        f"<form><div>{STORY}</div></form>",
        f"<div>{STORY}<ul><li><a href=/2>Lomba perahu</a></li></ul></div>",
        f"<div>{STORY}</div><script>var a = '<p>{OTHER}</p>';</script><!-- <p>{OTHER} -->",
        f"<p>{FIRST}<br><br>{SECOND}</p><h2>Gudang baru</h2>{THIRD}",
        f"<div><div><p>{FIRST}</p></div><div><p>{SECOND}</p></div>"
        f"<h2>Gudang baru</h2><p>{THIRD}</p></div>",
        # teasers that repeat, with a title that is a link
        f"<div>{STORY}{TEASERS}</div>",
        f"<div>{STORY}<div class=x1><h3>Das könnte Sie auch interessieren</h3><p>{OTHER}</p>"
        f"</div></div>",
        f"<div><p>{FIRST}</p><p>{SECOND}</p><h4>Lesen Sie auch:</h4><a href=/2>Lomba perahu</a>"
        f"<h2>Gudang baru</h2><p>{THIRD}</p></div>",
        f"<div>{STORY}<form><p>Tulis alamat surel Anda.</p></form></div>",
        # bylines and labels around the text
        f"<div><div>Oleh Sari Wulandari</div><div>24 Maret 2025</div>{STORY}<h3>Bagikan</h3></div>",
        f"<div>Sari Wulandari, Bambang Hartono | Senin, 24 Maret 2025 - 13:30 WIB{STORY}</div>",
        f'<div class="hidden-xs">{STORY}</div>',
        # captions by their credits
        f"<div><div>Panen cabai di lereng Merbabu. © AFP / SARI WULANDARI</div>{STORY}</div>",
        f"<div>{STORY}<div>Petani memilah cabai di gudang (Foto: Sari Wulandari)</div></div>",
        f"<div><div>KABAR.com/SARI WULANDARI Petani memilah cabai di gudang.</div>{STORY}</div>",
        f'<div><h1 class="x" "y="0">Panen raya</h1>{STORY}</div>',
    ],
)
def test_the_article_comes_without_what_is_around_it(body: str) -> None:
    """Markers, class words, links and weights lead to the same four lines."""
    page = parse(f"<html><body>{body}</body></html>")
    assert page.text.split("\n") == LINES
    assert page.method == "resiliparse"


def test_a_lede_above_the_body_is_kept() -> None:
    """A sentence between headline and body belongs to the article; a byline does not."""
    lede = "Hujan yang berhenti lebih cepat membuat kebun di lereng gunung siap dipanen."
    page = parse(
        f"<h1>Panen</h1><h2>{lede}</h2><div class=tools>Bagikan</div>"
        f'<div class="article-body">{STORY}</div>'
    )
    assert page.text.split("\n") == [lede, *LINES]


def test_a_lede_beside_the_headline_is_kept() -> None:
    """A box called header is not junk where the headline and the lede are in it."""
    lede = "Hujan yang berhenti lebih cepat membuat kebun di lereng gunung siap dipanen."
    page = parse(
        f"<article><div class=article-header><h1>Panen</h1><p>{lede}</p><p>Sari, Merbabu</p></div>"
        f"<div>{STORY}</div></article>"
    )
    assert page.text.split("\n") == [lede, *LINES]


def test_repeated_boxes_without_linked_titles_are_the_article() -> None:
    """Paragraphs of one make are not teasers; nor are teasers that are most of the page."""
    page = parse("".join(f"<div class=par><p>{line}</p></div>" for line in (FIRST, SECOND, THIRD)))
    assert page.text.split("\n") == [FIRST, SECOND, THIRD]
    assert parse(f"<div>{TEASERS.replace('Ramai.', OTHER)}</div>").text.count(OTHER) == 3


def test_what_follows_a_list_inside_the_article_is_kept() -> None:
    """A heading of a list takes the links below it and nothing that reads like an article."""
    below = SENTENCES[:2]
    page = parse(f"<div>{STORY}<h3>Related</h3><p>{below[0]}</p><p>{below[1]}</p></div>")
    assert page.text.split("\n")[-2:] == below


def test_a_line_with_the_date_is_not_text_but_is_not_lost() -> None:
    """A date between headline and article leaves the text; it can still date the article."""
    page = parse(f"<h1>Panen</h1><div class=meta>Senin, 24 Maret 2025</div><div>{STORY}</div>")
    assert page.text.split("\n") == LINES
    assert page.bylines == ("Senin, 24 Maret 2025",)


def test_inline_markup_and_references_are_read_as_text() -> None:
    """Links and emphasis inside a sentence stay in it; references are resolved once."""
    page = parse(
        f"<p>Menteri <a href=/x>Sri&nbsp;Lestari</a> dan <b>PT A&amp;B</b> menulis &amp;lt; di "
        f"papan, lalu pergi ke ladang bersama warga.</p>{STORY}"
    )
    assert page.text.split("\n")[0].startswith("Menteri Sri Lestari dan PT A&B menulis &lt; di")


def test_a_headline_repeated_in_the_body_is_left_out() -> None:
    """The headline has a column of its own."""
    page = parse(f"<title>Panen Raya</title><div><h2>Panen raya</h2>{STORY}</div>")
    assert page.headline == "Panen Raya"
    assert page.text.split("\n") == LINES


def test_a_page_filled_by_scripts_gives_its_stated_body() -> None:
    """Where the tree holds little, articleBody of the JSON-LD is the article."""
    stated = f"{FIRST} {SECOND} {THIRD}"
    page = parse(
        '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Panen", '
        f'"articleBody": "<p>{stated}</p>"}}</script><div id=root>Memuat halaman</div>'
    )
    assert (page.text, page.method) == (stated, "jsonld")


@pytest.mark.parametrize(
    ("meta", "encoding", "charset"),
    [
        ('<meta charset="utf-8">', "utf-8", None),
        ('<meta charset="utf-8">', "cp1252", None),
        ('<meta charset="windows-1252">', "cp1252", None),
        ('<meta http-equiv="Content-Type" content="text/html; charset=utf-16">', "utf-8", None),
        ("", "utf-8", "iso-8859-1"),
    ],
)
def test_bytes_are_decoded_by_what_they_are(meta: str, encoding: str, charset: str | None) -> None:
    """Headers and meta tags are hints: false ones do no harm."""
    body = f"<p>“{FIRST}” – kata Sari</p>{STORY}"
    page = parse(f"<head>{meta}</head><body>{body}".encode(encoding), charset)
    assert page.text.startswith(f"“{FIRST}” – kata Sari")


def test_a_stray_nul_is_passed_over() -> None:
    """A few NULs in a page are dropped, as browsers do; many mean binary data."""
    page = f"<div>{STORY}</div><!--{'x' * 20_000}-->".encode()
    assert parse(page.replace(b"Gudang", b"Gud\0ang", 1)).text.split("\n") == LINES
    assert reason_of(page.replace(b"x", b"\0")) == "nul_bytes"


@pytest.mark.parametrize(
    ("markup", "reason"),
    [
        ("", "no_body"),
        ("<html><body></body></html>", "no_body"),
        ("<nav><a href=/>Beranda</a></nav>", "no_body"),
        ("<div>" * 100_000, "too_deep"),
        ("<span>" * 100_000, "too_deep"),
        ("<b>" * 100_000, "too_deep"),
        ("<div>" * 600 + STORY + "</div>" * 600, "too_deep"),
        ("</b>" * 1000 + "<div>" * 100_000, "too_deep"),
        ("<div></span>" * 100_000, "too_deep"),
        ("<li><div>" * 100_000, "too_deep"),
        ("<div>" * 600 + "<script " * 300_000, "too_deep"),
        ("<div>" * 600 + "<!--" * 300_000, "too_deep"),
        ("<nav>" + "<a b='" * 200_001 + "'>Beranda", "too_deep"),
        ("<x-1><x-2>" * 100_000, "too_deep"),
        ("<p>" + "".join(f"<b id={n}>" for n in range(60)) + "</p><p>x" * 20_000, "bad_markup"),
        ("<div " + " ".join(f"a{n}=1" for n in range(50_000)) + ">", "bad_markup"),
        ("<p>a" * 500_001, "bad_markup"),
        ("x" * 10_000_001, "too_large"),
        (b"x" * 10_000_001, "too_large"),
    ],
)
def test_hostile_markup_is_refused(markup: bytes | str, reason: str) -> None:
    """Size, depth and what parsers choke on are found before the parser sees them."""
    assert reason_of(markup) == reason


@pytest.mark.parametrize(
    "noise",
    [
        "<p>baris" * 2000,
        "<br><img src=x><hr>" * 2000,
        "<ul>" + "<li>butir" * 2000 + "</ul>",
        "<table>" + "<tr><td>a" * 2000 + "</table>",
        "<DIV><B>x</B></DIV>" * 2000,
        "<script>" + "if(a<b && c<d){e<f}" * 2000 + "</script>",
        "<script>var t='" + "<div><span>" * 2000 + "';</script>",
        "<!-- " + "<div>" * 2000 + " -->",
        f'<div data-state="{"a = 1 " * 5000}"></div>',
    ],
)
def test_long_flat_pages_pass(noise: str) -> None:
    """Elements that close by themselves, scripts and comments nest nothing."""
    text = parse(f"<article>{STORY}</article><aside>{noise}</aside>").text
    assert text.split("\n") == LINES


def test_a_fragment_is_all_text() -> None:
    """A feed's body is not searched for an article: every paragraph stays."""
    text = parse_fragment(
        "<p>Satu <a href=/>dua</a>.</p>tiga<br/>empat<ul><li>lima</li></ul><script>x</script>",
        limits=LIMITS,
    )
    assert text == "Satu dua.\ntiga\nempat\nlima"


@pytest.mark.parametrize("markup", ["", " \n ", "<p></p>", "<!-- -->"])
def test_an_empty_fragment_is_an_empty_text(markup: str) -> None:
    """To have no text is not a fault of a fragment: its entry may have other fields."""
    assert parse_fragment(markup, limits=LIMITS) == ""


_TOKENS = st.sampled_from(
    ["<p>", "</p>", "<div class='x", "<div class='related'>", "</div>", "<!--", "-->", "<script>",
     "</script>", "<table><td>", "<svg>", "<a href=", "&amp;", "&#0;", "<", ">", '"', "'", "\0",
     "<h1>", FIRST, "<template>", "<select><option>", "<frameset>", "</body>", "]]>", "\ud800"]
)  # fmt: skip


@settings(deadline=None, max_examples=100)
@given(st.lists(_TOKENS, max_size=40).map("".join) | st.text(max_size=200))
def test_any_markup_gives_a_page_or_a_rejection(markup: str) -> None:
    """Broken markup of any kind raises nothing but a rejection."""
    try:
        text = parse(markup).text
    except RejectedRecord as rejection:
        text = rejection.reason
    assert text.strip()


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=300))
def test_any_bytes_give_a_page_or_a_rejection(data: bytes) -> None:
    """The same for bytes."""
    try:
        text = parse(b"<p>" + data).text
    except RejectedRecord as rejection:
        text = rejection.reason
    assert text.strip()


SENTENCES = [
    "Perahu wisata di Teluk Sunyi berhenti beroperasi selama sepekan karena gelombang tinggi.",
    "Nakhoda diminta menambatkan kapal di dermaga dalam dan memeriksa mesin sebelum berlayar lagi.",
    "Wisatawan yang sudah membayar dapat menjadwalkan ulang perjalanan tanpa biaya apa pun.",
    "Syahbandar memantau cuaca setiap tiga jam dan mengumumkan hasilnya lewat pengeras suara.",
]
WHOLE = "".join(f"<p>{one}</p>" for one in SENTENCES)


def article_of(body: str, head: str = "") -> str:
    page = f"<html><head>{head}</head><body><h1>Perahu berhenti</h1>{body}</body></html>"
    return parse_page(page, charset=None, url=None, limits=InputLimits()).text


@pytest.mark.parametrize("times", [0, 1, 2])
def test_a_stated_body_is_read_however_often_it_was_escaped(times: int) -> None:
    """Markup in JSON-LD, plain or escaped, is not text."""
    stated = WHOLE
    for _ in range(times):
        stated = html.escape(stated, quote=False)
    head = json.dumps({"@type": "NewsArticle", "headline": "Perahu", "articleBody": stated})
    text = article_of("", f'<script type="application/ld+json">{head}</script>')
    assert text.split("\n") == SENTENCES


@pytest.mark.parametrize("tag", ["noscript", "NOSCRIPT", "template"])
def test_an_article_for_readers_without_scripts_is_read(tag: str) -> None:
    """Where the page has no other text."""
    assert article_of(f"<div id='app'></div><{tag}>{WHOLE}</{tag}>").split("\n") == SENTENCES


@pytest.mark.parametrize("body", ["", f"<article>{WHOLE}</article>"])
def test_a_request_to_switch_scripts_on_is_no_article(body: str) -> None:
    """What is in noscript is left where it is short, or the page has an article."""
    asked = "<noscript><p>Situs ini memerlukan JavaScript. Aktifkan dahulu.</p></noscript>"
    if not body:
        with pytest.raises(RejectedRecord, match="no_body"):
            article_of(asked)
    else:
        assert article_of(asked + body).split("\n") == SENTENCES


def test_a_sentence_that_is_a_link_is_text_inside_the_article() -> None:
    """Between sentences; below the last one, and without a full stop, it leads elsewhere."""
    long = SENTENCES[2].replace(" apa pun", " apa pun, kata pengelola dermaga")
    linked = f"<p><a href='/a'>{long}</a></p>"
    title = f"<p><a href='/b'>{long[:-1]}</a></p>"
    first, last = f"<p>{SENTENCES[0]}</p>", f"<p>{SENTENCES[3]}</p>"
    text = article_of(f"<main>{first}{linked}{title}{last}{linked}</main>")
    assert text.split("\n") == [SENTENCES[0], long, SENTENCES[3]]


def test_a_long_fragment_without_tags_is_a_text() -> None:
    """What is before the first tag is not a tag, however many words it has."""
    text = " ".join(["Kapal penyeberangan kembali berlayar."] * 400)
    assert parse_fragment(text, limits=LIMITS) == text
    assert parse_fragment(f"{text}<br>Selesai.", limits=LIMITS) == f"{text}\nSelesai."
