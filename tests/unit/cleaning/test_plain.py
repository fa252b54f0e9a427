"""Fields that hold entities or markup become the words that were meant."""

import pytest

from warta.transforms.cleaning.text.plain import MAX_PLAIN_CHARS, plain_text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Pasar Pagi Buka", "Pasar Pagi Buka"),
        ("  Pasar\n  Pagi ", "Pasar Pagi"),
        ("Sayur &amp; Buah", "Sayur & Buah"),
        ("Sayur &amp;amp; Buah", "Sayur & Buah"),
        ("Jum&#8217;at", "Jum’at"),
        ("Jum&#x2019;at", "Jum’at"),
        ("Warung&nbsp;Kopi", "Warung Kopi"),
        ("R&D di Desa", "R&D di Desa"),
        ("<b>Suara</b> Desa", "Suara Desa"),
        ("<strong>Suara</strong>Desa", "SuaraDesa"),
        ("Suara<br>Desa", "Suara Desa"),
        ("<p>Suara</p><p>Desa</p>", "Suara Desa"),
        ("<P CLASS='x'>Suara</P>", "Suara"),
        ('<a href="https://desa.example/?a=1&b=2" title="x > y">Suara</a>', "Suara"),
        ("<em>Suara &lt; Desa</em>", "Suara < Desa"),
        ("Suara<!-- catatan --> Desa", "Suara Desa"),
        ("<script>alert(1)</script>Suara", "Suara"),
        ("<style>b { color: red }</style>Suara", "Suara"),
        ("<![CDATA[Suara Desa]]>", "Suara Desa"),
        ("Suhu < 3 derajat", "Suhu < 3 derajat"),
        ("Pohon <ditanam> lagi", "Pohon <ditanam> lagi"),
        ("Wati <wati@desa.example>", "Wati <wati@desa.example>"),
        ("Mengenal tag &lt;b&gt; di kelas", "Mengenal tag <b> di kelas"),
        ("&lt;b&gt;Suara&lt;/b&gt; Desa", "Suara Desa"),
        ("&amp;lt;i&amp;gt;Suara&amp;lt;/i&amp;gt;", "Suara"),
        ("Suara&lt;br/&gt;Desa", "Suara Desa"),
        ("", ""),
        ("<p></p>", ""),
    ],
)
def test_a_field_is_read_as_it_was_meant(value: str, expected: str) -> None:
    """Markup goes, entities are resolved, escaped characters stay."""
    assert plain_text(value) == expected


@pytest.mark.parametrize(
    "piece", ["<b ", '<b "', "<!--", "<script>", "<b '\"", "</b", "&lt;b ", "<style><script>", "<"]
)
def test_hostile_fields_are_read_in_linear_time(piece: str) -> None:
    """Tags, quotes and comments that never end; what is far too long is cut."""
    assert len(plain_text(piece * 200_000)) <= MAX_PLAIN_CHARS
