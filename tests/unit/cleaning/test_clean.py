"""One item to one article: composition, merging, identity, rejects."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warta.transforms.cleaning.clean import _said_once, clean_article
from warta.transforms.core.ids import article_id, content_sha256, normalise, word_count
from warta.transforms.core.options import DEFAULT_CLEANING, CleaningOptions, InputLimits
from warta.transforms.core.records import (
    Article,
    Author,
    Place,
    Source,
    SourceItem,
)
from warta.transforms.core.rejections import RejectedRecord

NOW = datetime(2026, 11, 22, tzinfo=UTC)
LIMITS = InputLimits()
BODY = (
    "Pemerintah kota membuka pasar baru pada Senin (24/3) karena banyak pedagang ingin berjualan.\n"
    "Wali kota mengatakan bahwa pasar itu bisa menampung dua ratus pedagang dari desa sekitar."
)
JUNK = "Editor: Sri Lestari\nBerita Terkait\nJalan Desa Rusak"
TEXT = f"Pasar Baru Dibuka\n\nBANDUNG (ANTARA) - {BODY}\n{JUNK}"
PAGE = f"""<html lang="id"><head><title>Pasar Baru Dibuka - Kabar Contoh</title>
<link rel="canonical" href="https://contoh.id/2025/03/24/pasar-baru">
<meta property="article:published_time" content="2025-03-24T14:05:00+07:00">
<meta property="og:title" content="Pasar Baru Dibuka"><meta name="author" content="Tuti Wahyuni">
</head><body><article><h1>Pasar Baru Dibuka</h1>
{"".join(f"<p>{line}</p>" for line in BODY.splitlines() * 3)}</article></body></html>"""


def item(content: bytes | str, content_type: str = "text", **fields: object) -> SourceItem:
    """An item of a text source with the fields given."""
    base = SourceItem(Source("in"), "in/a.txt", "", "text", b"", content, content_type)
    return replace(base, **fields)  # type: ignore[arg-type]


def cleaned(content: bytes | str, content_type: str = "text", **fields: object) -> Article:
    """The article of such an item."""
    return clean_article(item(content, content_type, **fields), LIMITS, NOW)


def test_a_text_file_becomes_an_article() -> None:
    """Headline, dateline, byline, list and day are found, and the body is what is left."""
    article = cleaned(TEXT.encode())
    assert article.article_body == BODY
    assert article.headline == "Pasar Baru Dibuka"
    assert article.dateline == "BANDUNG (ANTARA)"
    assert article.location_created == Place("Bandung")
    assert article.info_sources == ("ANTARA",)
    assert article.authors == (Author("Sri Lestari", "editor"),)
    assert article.published_date == "2025-03-24"
    assert article.date_published == datetime(2025, 3, 24, tzinfo=UTC)
    assert article.date_published_precision == "day"
    assert article.date_published_source == "text_weekday"
    assert article.in_language == "id"
    assert article.extraction_method == "text"
    assert article.word_count == 28
    assert [span.rule for span in article.removed_spans] == [
        "headline", "dateline", "id_editor", "id_related_heading", "id_related_heading",
    ]  # fmt: skip


def test_a_page_states_of_itself() -> None:
    """Canonical URL, date, author and headline come from the page; the text from its article."""
    article = cleaned(PAGE, "page", kind="html", url="https://contoh.id/p?utm_source=x")
    assert article.canonical_url == "https://contoh.id/2025/03/24/pasar-baru"
    assert article.canonical_domain == "contoh.id"
    assert article.headline == "Pasar Baru Dibuka"
    assert article.date_published == datetime(2025, 3, 24, 7, 5, tzinfo=UTC)
    assert article.date_published_source == "meta"
    assert "Wali kota mengatakan" in article.article_body
    assert [author.name for author in article.authors] == ["Tuti Wahyuni"]


def test_the_items_own_words_go_first() -> None:
    """What a feed or record says of the article wins over what the page says."""
    article = cleaned(
        PAGE,
        "page",
        kind="feed",
        headline="Pasar <b>Baru</b>",
        authors=("Bima  Aji",),
        date_published="Tue, 25 Mar 2025 08:00:00 +0700",
        keywords=("pasar",),
        publisher_name="Kabar Contoh",
    )
    assert article.headline == "Pasar Baru"
    assert article.authors == (Author("Bima Aji"),)
    assert article.date_published == datetime(2025, 3, 25, 1, 0, tzinfo=UTC)
    assert article.date_published_source == "feed"
    assert article.keywords == ("pasar",)
    assert article.publisher_name == "Kabar Contoh"


def test_a_fragment_is_freed_of_its_markup() -> None:
    """The HTML of a feed's content gives paragraphs and no headline of its own."""
    markup = "".join(f"<p>{line}</p>" for line in BODY.splitlines())
    article = cleaned(markup, "fragment", kind="feed")
    assert article.article_body == BODY
    assert article.extraction_method == "fragment"
    assert article.headline is None


def test_the_users_word_on_a_source_counts() -> None:
    """Publisher and time zone of the source are taken, the zone for dates that name none."""
    source = Source("in", publisher="Kabar Contoh", time_zone="Asia/Makassar")
    article = cleaned(
        TEXT, source=source, publisher_name="x", kind="jsonl", date_published="2025-03-24 07:30"
    )
    assert article.publisher_name == "Kabar Contoh"
    assert article.date_published == datetime(2025, 3, 23, 23, 30, tzinfo=UTC)
    assert article.published_date == "2025-03-23"


def test_without_any_date_the_day_is_unknown() -> None:
    """The fetch day never stands in for a date."""
    article = cleaned("Pasar desa itu ramai sekali sejak pagi hari.", date_fetched=NOW)
    assert article.published_date == "unknown"
    assert article.date_published is None


@pytest.mark.parametrize(
    ("content", "fields", "reason"),
    [
        ("", {}, "no_body"),
        (" \n ", {}, "no_body"),
        ("-\n- -", {}, "no_body"),
        ("Halo dunia.", {}, "too_short"),
        (TEXT.replace("(24/3)", ""), {"date_published": "0001-01-01"}, "bad_date"),
        (b"Pasar\x00 desa\x00 itu ramai sekali.", {}, "nul_bytes"),
    ],
)
def test_rejects_name_their_reason(
    content: bytes | str, fields: dict[str, str], reason: str
) -> None:
    """What cannot be an article is a reject with one of the known reasons."""
    with pytest.raises(RejectedRecord) as rejection:
        clean_article(item(content, "text", **fields), LIMITS, NOW)
    assert rejection.value.reason == reason


def test_bad_dates_can_be_kept() -> None:
    """With keep_bad_dates the article is published without a date."""
    bad = item(TEXT.replace("(24/3)", ""), date_published="2231-01-01")
    options = CleaningOptions(keep_bad_dates=True)
    article = clean_article(bad, LIMITS, NOW, options)
    assert article.published_date == "unknown"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Pasar  baru,\ndibuka!", "pasar BARU dibuka"),
        ("“Kami” — kata Rusdi…", '"Kami" - kata Rusdi...'),
        ("cafe\u0301", "caf\u00e9"),
        ("हिन्दी, में", "हिन्दी में"),
    ],
)
def test_the_hash_sees_words_alone(one: str, other: str) -> None:
    """Case, blanks, punctuation and composed letters do not change the content's hash."""
    assert content_sha256(one) == content_sha256(other)


@pytest.mark.parametrize(("one", "other"), [("pasar baru", "pasarbaru"), ("कि", "की"), ("a", "b")])
def test_the_hash_keeps_words_apart(one: str, other: str) -> None:
    """Word boundaries and vowel signs count."""
    assert content_sha256(one) != content_sha256(other)


def test_ids_are_the_same_for_ever() -> None:
    """An id is a fact of the lake: these values must never change."""
    by_url = "bd6dc24b1ff071e9df7e4f967c51e68f"
    assert article_id("https://contoh.id/pasar", "x") == by_url
    assert article_id("http://contoh.id/pasar", "y") == by_url
    by_content = "1c5e71ed5614f0357db36041f06cf000"
    assert article_id(None, content_sha256("Pasar baru dibuka.")) == by_content


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 0), ("Pasar baru", 2), ("kata-kata", 2), ("Rp2.500", 2), ("हिन्दी में", 2),
     ("東京で祭り", 5), ("\ud800 a", 1), ("—", 0)],
)  # fmt: skip
def test_words_are_runs_of_letters_and_digits(text: str, count: int) -> None:
    """Punctuation parts words; each Han or kana sign counts as one."""
    assert word_count(text) == count


@settings(deadline=None, max_examples=100)
@given(st.text(st.characters(), max_size=200))
def test_normalising_twice_changes_nothing(text: str) -> None:
    """The normal form is its own normal form, for any text."""
    once = normalise(text)
    assert normalise(once) == once


@settings(deadline=None, max_examples=100)
@given(
    st.binary(max_size=200) | st.text(st.characters(), max_size=200).map(lambda t: f"{BODY} {t}")
)
def test_every_item_is_an_article_or_a_reject(content: bytes | str) -> None:
    """Whatever the content, one of the two comes out, and spans are exact."""
    try:
        article = cleaned(content)
    except RejectedRecord:
        return
    assert article.article_body.strip()
    assert article.word_count >= DEFAULT_CLEANING.min_words


@pytest.mark.parametrize(
    ("stated", "others", "expected"),
    [
        ("2037-11-09T08:00:00Z", ("2026-11-09T08:00:00Z",), "2026-11-09T08:00:00+00:00"),
        ("kemarin dulu", ("2026-11-09T08:00:00Z",), "2026-11-09T08:00:00+00:00"),
        ("1970-01-01", ("2037-01-01", "2026-11-09"), "2026-11-09T00:00:00+00:00"),
        # A day that can be is not refined by the hour of a change.
        ("2026-11-08", ("2026-11-08T21:00:00Z",), "2026-11-08T00:00:00+00:00"),
        (None, ("2026-11-09T08:00:00Z",), "2026-11-09T08:00:00+00:00"),
    ],
)
def test_another_date_counts_where_the_first_cannot_be(
    stated: str | None, others: tuple[str, ...], expected: str
) -> None:
    """In the source's order; the first that can be is taken as it is."""
    article = cleaned(BODY, kind="feed", date_published=stated, other_dates=others)
    assert article.date_published is not None
    assert (article.date_published.isoformat(), article.date_published_source) == (expected, "feed")


def test_a_record_without_a_possible_date_is_rejected_for_the_first() -> None:
    """Also where it states several."""
    with pytest.raises(RejectedRecord) as caught:
        cleaned(
            "Hujan turun di lima desa.", date_published="2037-01-01", other_dates=("1970-01-01",)
        )
    assert (caught.value.reason, "2037" in caught.value.detail) == ("bad_date", True)


def test_an_identity_distinguishes_articles_at_one_address() -> None:
    """The address stays as it is."""
    first, second = (
        cleaned(BODY, url="https://contoh.example/", identity=name) for name in ("a", "b")
    )
    plain = cleaned(BODY, url="https://contoh.example/")
    assert len({first.article_id, second.article_id, plain.article_id}) == 3
    assert first.canonical_url == second.canonical_url == "https://contoh.example/"
    assert plain.article_id == article_id("https://contoh.example/", "")


def test_names_and_keywords_are_plain_text() -> None:
    """Entities and markup of every field that is a name."""
    article = cleaned(
        BODY,
        headline="Pasar &amp; <b>Terminal</b>",
        publisher_name="<i>Suara</i> &amp;amp; Desa",
        article_section="Ekonomi &amp; Bisnis",
        keywords=("Jum&#8217;at", "<b>pasar</b>", "pasar", "<br>"),
        authors=("Ma&#8217;arif Lubis &amp; Wati Lestari", "Suara &amp; Desa"),
    )
    assert (article.headline, article.publisher_name) == ("Pasar & Terminal", "Suara & Desa")
    assert (article.article_section, article.keywords) == ("Ekonomi & Bisnis", ("Jum’at", "pasar"))
    assert [author.name for author in article.authors] == ["Ma’arif Lubis", "Wati Lestari"]


@pytest.mark.parametrize(
    ("stated", "raw"),
    [("Minggu, 9 November 2026", "Minggu, 9 November 2026"), (None, None), ("segera", None)],
)
def test_a_date_that_contradicts_itself_is_kept_as_it_is_written(
    stated: str | None, raw: str | None
) -> None:
    """9 November 2026 is a Monday: the article has no date, and says why; others have no word."""
    body = BODY.replace("Senin (24/3)", "hari itu")
    article = cleaned(body, kind="jsonl", date_published=stated)
    assert (article.date_published, article.published_date) == (None, "unknown")
    assert article.date_published_source is None
    assert article.date_published_raw == raw


def test_a_text_that_is_there_twice_is_said_once() -> None:
    lines = [f"Warga ke-{n} menanam bakau di tepi muara sejak pagi. " * 3 for n in range(4)]
    assert _said_once("\n\n".join(["Lede.", *lines, *lines])) == "\n".join(["Lede.", *lines])
    verses = "Air pasang.\nAir surut.\n" * 2
    assert _said_once(verses) == verses
