"""Markup and line breaks that were escaped once too often, and texts that speak of them."""

from datetime import UTC, datetime

import pytest

from warta.transforms.cleaning.clean import clean_article
from warta.transforms.cleaning.text.escaped import find_escaped_markup, resolve_escapes
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Source, SourceItem
from warta.transforms.sources.json.jsonl import content_type_of

ONE = "Kapal feri kembali berlayar dari dermaga lama sejak Senin pagi."
TWO = "Kepala pelabuhan menyebut tiga kapal lain menyusul pekan depan."


def body(content: str, content_type: str = "") -> str:
    """The clean body of a record with this content."""
    item = SourceItem(
        source=Source("x"),
        source_uri="x",
        source_record_id="1",
        kind="jsonl",
        raw=b"",
        content=content,
        content_type=content_type or content_type_of(content),
    )
    return clean_article(item, InputLimits(), datetime(2026, 11, 22, tzinfo=UTC)).article_body


@pytest.mark.parametrize(
    "content",
    [
        f"&lt;p&gt;{ONE}&lt;/p&gt;&lt;p&gt;{TWO}&lt;/p&gt;",
        f"&amp;lt;p&amp;gt;{ONE}&amp;lt;/p&amp;gt;&amp;lt;p&amp;gt;{TWO}&amp;lt;/p&amp;gt;",
        f"&#60;p&#62;{ONE}&#60;/p&#62;\n&#x3C;p class=&quot;x&quot;&#x3E;{TWO}&#60;/p&#62;",
        f"<div>&lt;p&gt;{ONE}&lt;/p&gt;\n&lt;p&gt;{TWO}&lt;/p&gt;</div>",
        f"<p>&lt;p&gt;{ONE}&lt;/p&gt;</p><p>&lt;p&gt;{TWO}&lt;/p&gt;</p>",
        f"{ONE}&lt;br&gt;&lt;br /&gt;{TWO}",
        f"&lt;strong&gt;{ONE}&lt;/strong&gt;\n{TWO}",
        f"&lt;div&gt;&amp;lt;p&amp;gt;{ONE}&amp;lt;/p&amp;gt;{TWO}&lt;/div&gt;",
        f"<![CDATA[<p>{ONE}</p><p>{TWO}</p>]]>",
        f"{ONE}\\n\\n{TWO}",
        f"{ONE}\\r\\n{TWO}",
    ],
)
def test_markup_escaped_once_too_often_is_markup(content: str) -> None:
    """Whatever escaped it, and how often, the paragraphs come out."""
    assert body(content) == f"{ONE}\n{TWO}"


def test_an_escaped_link_leaves_its_words() -> None:
    """Tags with addresses are not words of a text."""
    content = f"{ONE} Baca &lt;a href=&quot;https://kabar.example/2&quot;&gt;jadwal&lt;/a&gt; baru."
    assert body(content) == f"{ONE} Baca jadwal baru."


def test_an_escaped_page_is_read_as_a_page() -> None:
    """Its navigation and title are not text of the article."""
    page = (
        f"<!DOCTYPE html><html><head><title>Feri</title></head><body><nav>Beranda</nav>"
        f"<article><p>{ONE}</p><p>{TWO}</p></article></body></html>"
    )
    escaped = page.replace("<", "&lt;").replace(">", "&gt;")
    assert body(escaped) == f"{ONE}\n{TWO}"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (f"<p>Murid menulis &lt;b&gt; di depan kata. {ONE}</p>", "<b>"),
        (f"Murid menulis &lt;b&gt; di depan kata. {ONE}", "<b>"),
        (f"Murid menulis &lt;i&gt;kata&lt;/i&gt; di papan. {ONE}", "<i>kata</i>"),
        (f'Tag "&lt;br&gt;" memutus baris. {ONE}', "<br>"),
        (f"&lt;p&gt; dan &lt;/p&gt; mengapit paragraf. {ONE}", "<p> dan </p>"),
        (f"<p>{ONE}</p><pre>&lt;p&gt;Isi.&lt;/p&gt;</pre><p>{TWO}</p>", "<p>Isi.</p>"),
        (f"<p>Tautan ditulis &lt;a href=&quot;https://a.example&quot;&gt;. {ONE}</p>", "<a href="),
        (f"&lt;p&gt;Murid menulis &amp;lt;b&amp;gt; di papan. {ONE}&lt;/p&gt;", "<b> di papan"),
        (f"Jika x &lt; y dan y &gt; z. {ONE}", "x < y dan y > z"),
        (f"Baris baru ditulis \\n di berkas. {ONE}", "\\n di berkas"),
    ],
)
def test_a_text_that_speaks_of_tags_keeps_them(content: str, expected: str) -> None:
    """A lone tag, a short example, code in real markup: words of the article."""
    assert expected in body(content)


@pytest.mark.parametrize("text", ["<" * 50_000, "<p" * 50_000, "<a href='" * 9_999, "&lt;p" * 999])
def test_hostile_text_is_no_markup(text: str) -> None:
    """It is looked at once, not once a bracket."""
    assert find_escaped_markup(text, within_markup=False) is None


def test_escapes_beside_real_breaks_are_text() -> None:
    """Where JSON was read rightly, a backslash is a backslash."""
    assert resolve_escapes("a.\\nb.\nc.\\n") == "a.\\nb.\nc.\\n"
    assert resolve_escapes('a.\\n\\n\\"b\\" \\u00e9.') == 'a.\n\n"b" é.'


def test_tags_that_json_escaped_once_more_are_resolved() -> None:
    assert resolve_escapes(r"\u003cp\u003eAir surut.\u003c/p\u003e") == "<p>Air surut.</p>"
    assert resolve_escapes(r"Tulis \u003c di depan angka.") == r"Tulis \u003c di depan angka."
