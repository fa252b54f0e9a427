"""What scrapers do to texts: words glued together, last letters lost."""

import pytest

from warta.transforms.cleaning.text.damage import LOOKED_AT, find_damage

WORDS = frozenset(
    (
        *("harga", "beras", "naik", "pedagang", "mengeluh", "pembeli", "pergi", "pasar", "sepi"),
        *("kota", "kabar", "siang", "pagi"),
    )
)


@pytest.mark.parametrize(
    ("text", "glued"),
    [
        ("Harga naik.Pedagang mengeluh. Pasar sepi.Pembeli pergi.", True),
        ("Kabar pagiPasar sepi, kabar siangKota sepi.", True),
        ("Harga naik. Pedagang mengeluh. Pasar sepi.", False),
        ("Harga naik.Pedagang mengeluh.", False),  # once: the writer's slip
        ("Video di YouTube dan TikTok, kata MasterChef.", False),
        ("Laman Kabar.com dan Pasar.id memuat harga.", False),
        ("Akun @PasarKota dan #KabarPagi ramai.", False),
        ("McTavish dan DeLange menemui O'Brien.", False),
        ("", False),
    ],
)
def test_words_are_glued_where_both_halves_are_words(text: str, glued: bool) -> None:
    """Two places make a finding; names of brands, accounts and domains make none."""
    assert bool(find_damage(text, WORDS.__contains__).glued) is glued


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("Banjir di Sumbersar. dan Wangunin. Warga Sumbersari dan Wanguning lega.", True),
        ("Harga bera. naik di pasa. siang ini.", True),
        ("Harga beras. Naik di pasar. Siang ini.", False),
        ("Kata Budiarto. Kata Wirawan. Kata Suhendra.", False),
        ("Harga bera. naik di pasar.", False),  # once
        ("Di Anwa. sepi, Anwa ramai, Anwar jauh. Di Siag. dan Siag dan Siaga.", False),
    ],
)
def test_letters_are_lost_where_a_letter_more_makes_a_word(text: str, cut: bool) -> None:
    """Names that no word continues, and words that are there without a stop too, are whole."""
    assert bool(find_damage(text, WORDS.__contains__).cut) is cut


def test_a_text_without_end_is_looked_at_up_to_a_bound() -> None:
    """What comes later is not read."""
    text = "Pasar sepi. " * LOOKED_AT + "Kabar pagiPasar sepi, kabar siangKota sepi."
    assert find_damage(text, WORDS.__contains__) == (None, None)
