"""Texts that stand for a value that is not there, wherever they come from."""

from datetime import UTC, datetime

import pytest

from warta.transforms.cleaning.clean import clean_article
from warta.transforms.core.absent import is_absent
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Author, Source, SourceItem

TEXT = "Kapal feri kembali berlayar dari dermaga lama sejak Senin pagi."
ITEM = SourceItem(
    source=Source("x"),
    source_uri="x",
    source_record_id="1",
    kind="feed",
    raw=b"",
    content=TEXT,
    content_type="text",
    headline="None",
    description="N/A",
    authors=("null", "N/A", "Sari Wulandari"),
    article_section="-",
    keywords=("null", "Feri"),
    publisher_name="undefined",
)


def test_they_are_no_names_and_no_words() -> None:
    """Of any source; a headline may be one."""
    article = clean_article(ITEM, InputLimits(), datetime(2026, 11, 22, tzinfo=UTC))
    assert article.authors == (Author("Sari Wulandari"),)
    assert (article.publisher_name, article.article_section, article.description) == (None,) * 3
    assert (article.keywords, article.headline) == (("Feri",), "None")


def test_a_count_in_the_json_ld_of_a_page_is_its_date() -> None:
    """As a number, in milliseconds."""
    page = (
        '<html><head><script type="application/ld+json">{"@type": "NewsArticle", "name": "Feri",'
        '"datePublished": 1777876215000, "author": {"name": "null"}}</script></head>'
        f"<body><article><h1>Feri</h1><p>{TEXT}</p><p>{TEXT}</p></article></body></html>"
    )
    item = SourceItem(Source("x"), "x", "1", "html", b"", page, "page")
    article = clean_article(item, InputLimits(), datetime(2026, 11, 22, tzinfo=UTC))
    assert article.date_published == datetime(2026, 5, 4, 6, 30, 15, tzinfo=UTC)
    assert article.authors == ()


@pytest.mark.parametrize("text", ["Nan Hardjo", "Null Island", "Na", "0", "nihil"])
def test_words_like_them_are_words(text: str) -> None:
    """Only the whole text counts."""
    assert is_absent(text) is (text == "Na")
