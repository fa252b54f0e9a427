"""Debris before the first sentence of a line: captions, headlines, credits."""

import pytest

from warta.transforms.cleaning.text.boilerplate import remove_boilerplate

BODY = "Harga garam di tingkat petani turun dua pekan terakhir, kata Rahma Wulan."


@pytest.mark.parametrize(
    "lead",
    [
        "Rahma Wulan saat meninjau pasar garam di Tuban. (Foto: Bagas Wiratama/Kabar Contoh)",
        "Ilustrasi panen garam (Shutterstock)",
        "Petani memanen garam di Pesisir Awan [Kabarcontoh.com/Bagas]",
        "Ilustrasi - Petani memanen garam di Tuban. ANTARA FOTO/Bagas Wiratama/foc.",
        "Arsip foto - Petani memanen garam (ANTARA/Bagas Wiratama)",
    ],
)
@pytest.mark.parametrize("dateline", ["", "AWAN, KABARCONTOH.COM - ", "Tuban (ANTARA) - "])
def test_a_caption_that_opens_a_line_goes(lead: str, dateline: str) -> None:
    """Its credit shows where it ends; the dateline after it is taken as well."""
    cleaned = remove_boilerplate(f"{lead} {dateline}{BODY} Ia pulang.", "id", None)
    assert cleaned.body == f"{BODY} Ia pulang."
    assert "caption_at_start" in {span.rule for span in cleaned.removed}


@pytest.mark.parametrize(
    "lead",
    [
        "Petani Garam Menunggu Kemarau di Pesisir Utara",
        "Laporan Wartawan Kabarcontoh.com, Bagas Wiratama",
        "Ilustrasi - Petani memanen garam di Tuban. ANTARA/Bagas Wiratama",
    ],
)
def test_a_headline_or_a_credit_before_a_dateline_goes(lead: str) -> None:
    """The dateline begins the article."""
    for dateline in (
        "AWAN, KABARCONTOH.COM - ",
        "Jakarta Selatan (ANTARA) - ",
        "Tuban (ANTARA) - ",
    ):
        cleaned = remove_boilerplate(f"{lead} {dateline}{BODY}", "id", None)
        assert cleaned.body == BODY
        assert cleaned.dateline == dateline.removesuffix(" - ")


def test_hands_at_the_end_go_after_another_piece() -> None:
    """What is before them was taken out: they open what is left of the line."""
    hands = "Pewarta: Bagas Wiratama Editor: Sri Lestari COPYRIGHT © ANTARA 2026"
    text = f"{BODY} Baca Berita Lainnya di Google News {hands}"
    assert remove_boilerplate(text, "id", None).body == BODY


@pytest.mark.parametrize(
    "text",
    [
        f"{BODY} Petani itu pulang di sore hari (Foto: Bagas).",
        f"{BODY} AWAN, KABARCONTOH.COM - {BODY}",
        "Rahma Wulan (24) di pasar itu menjual garam. (Dok. Pasar) Ia pulang.",
        "Pasar Garam (Shutterstock",
    ],
)
def test_no_sentence_goes_with_what_follows_it(text: str) -> None:
    """What holds a sentence end is not a caption: only its credit may go."""
    removed = remove_boilerplate(text, "id", None).removed
    assert not {span.rule for span in removed} & {"before_dateline"}
    assert all("garam turun" not in span.text for span in removed)


def test_a_hyphen_joins_no_word_to_an_outlet() -> None:
    """After a domain a hyphen closes a dateline whose blanks are lost."""
    assert remove_boilerplate(f"AWAN, KABARCONTOH.com-{BODY}", "id", None).body == BODY
