"""Credits as sources write them, and the persons in them."""

import pytest

from warta.transforms.cleaning.stated_authors import persons


@pytest.mark.parametrize(
    ("credit", "expected"),
    [
        ("Wati Lestari", ["Wati Lestari"]),
        ("wati@suaradesa.example (Wati Lestari)", ["Wati Lestari"]),
        ("Wati Lestari <wati@suaradesa.example>", ["Wati Lestari"]),
        ("Wati Lestari &lt;wati@suaradesa.example&gt;", ["Wati Lestari"]),
        ("Wati Lestari (wati.l+berita@mail.suaradesa.photography)", ["Wati Lestari"]),
        ("mailto:wati@suaradesa.example", []),
        ("wati@suaradesa.example", []),
        ("wati@a.b.c.d.e.suaradesa.example (Wati Lestari)", ["Wati Lestari"]),
        ("wati@redaksi (Wati Lestari)", ["Wati Lestari"]),
        ('<a href="mailto:wati@suaradesa.example">Wati Lestari</a>', ["Wati Lestari"]),
        ("suaradesa.example", []),
        ("wati at suaradesa.example", []),
        ("wati [at] suaradesa.example", []),
        ('"Wati Lestari" <wati@suaradesa.example>', ["Wati Lestari"]),
        ("www.suaradesa.photography", []),
        ("Ma&#8217;arif Lubis", ["Ma’arif Lubis"]),
        ("Wati Lestari &amp; Ma&rsquo;arif Lubis", ["Wati Lestari", "Ma’arif Lubis"]),
        ("Wati Lestari &amp;amp; Joko Purnomo", ["Wati Lestari", "Joko Purnomo"]),
        ("<b>Oleh:</b> Wati Lestari", ["Wati Lestari"]),
        ("Reporter: Wati&nbsp;Lestari; Editor: Joko Purnomo", ["Wati Lestari", "Joko Purnomo"]),
        ("Wati Lestari, M.Si", ["Wati Lestari"]),
        ("J.K. Purnomo", ["J.K. Purnomo"]),
        ("Suara Desa", []),
    ],
)
def test_persons_are_found_in_a_credit(credit: str, expected: list[str]) -> None:
    """Entities and markup are resolved before a credit is split; addresses are not persons."""
    assert [author.name for author in persons([credit], "Suara Desa")] == expected
