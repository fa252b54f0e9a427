"""Datelines: the usual forms come off, sentences with a dash in them do not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warta.transforms.cleaning.text.boilerplate import remove_boilerplate
from warta.transforms.cleaning.text.dateline import agency_name, find_dateline, normal_case

REST = "Pemerintah kota membuka pasar baru pada awal pekan ini."


@pytest.mark.parametrize(
    ("head", "place", "agencies"),
    [
        ("Moskow (ANTARA) - ", "Moskow", ("ANTARA",)),
        ("Jakarta (ANTARA News) -- ", "Jakarta", ("ANTARA",)),
        ("Jakarta, 24/3 (ANTARA) - ", "Jakarta", ("ANTARA",)),
        ("Beijing (ANTARA/Xinhua) - ", "Beijing", ("Xinhua",)),
        ("London (Reuters/AFP) – ", "London", ("Reuters", "AFP")),
        ("JAKARTA, KOMPAS.com - ", "Jakarta", ()),
        ("KOMPAS.com – ", None, ()),
        ("Suara.com - ", None, ()),
        ("Bersua – ", None, ()),
        ("TEMPO.CO, Jakarta - ", "Jakarta", ()),
        ("Liputan6.com, Jakarta - ", "Jakarta", ()),
        ("Liputan6.com Jakarta - ", "Jakarta", ()),
        ("REPUBLIKA.CO.ID, JAKARTA -- ", "Jakarta", ()),
        ("TRIBUN-CONTOH.COM, TANJUNG BARAT - ", "Tanjung Barat", ()),
        ("Jakarta, CNN Indonesia -- ", "Jakarta", ()),
        ("Bisnis.com, JAKARTA — ", "Jakarta", ()),
        ("KBRN, Jakarta: ", "Jakarta", ()),
        ("JAKARTA - ", "Jakarta", ()),
        ("JAKARTA— ", "Jakarta", ()),
        ("BANDUNG BARAT - ", "Bandung Barat", ()),
        ("Jakarta - ", "Jakarta", ()),
        ("BALI - ", "Bali", ()),
        ("LONDON, March 24 (Reuters) - ", "London", ("Reuters",)),
        ("BEIJING, Nov. 22 (Xinhua) -- ", "Beijing", ("Xinhua",)),
        ("KUALA LUMPUR, 24 Mac (Bernama) -- ", "Kuala Lumpur", ("Bernama",)),
        ("WASHINGTON (AP) — ", "Washington", ("AP",)),
        ("WASHINGTON, D.C. (AP) — ", "Washington, D.C.", ("AP",)),
        ("PARIS (AFP) - ", "Paris", ("AFP",)),
        ("(Reuters) - ", None, ("Reuters",)),
        ("NEW YORK — ", "New York", ()),
        ("TEMPO.CO , Jakarta - ", "Jakarta", ()),
        ("REPUBLIKA.CO.ID,JAKARTA -- ", "Jakarta", ()),
        ("TRIBUNNEWS.COM, JAKARTA – ", "Jakarta", ()),
        ("BANDUNG, (PR).- ", "Bandung", ()),
        ("SURYA.co.id | SURABAYA - ", "Surabaya", ()),
        ("KONTAN.CO.ID - JAKARTA. ", "Jakarta", ()),
        ("JAKARTA, DDTCNews - ", "Jakarta", ()),
        ("Jakarta, VIVA - ", "Jakarta", ()),
        ("tirto.id - ", None, ()),
        ("ANTARA - ", None, ("ANTARA",)),
        ("KUALA LUMPUR: ", "Kuala Lumpur", ()),
        ("MOSCOW, March 24. /TASS/. ", "Moscow", ("TASS",)),
        ("GAZA/CAIRO, March 24 (Reuters) - ", "Gaza/Cairo", ("Reuters",)),
        ("March 24 (Reuters) - ", None, ("Reuters",)),
        ("SEOUL, March 24 (Yonhap) -- ", "Seoul", ("Yonhap",)),
    ],
)
def test_datelines_come_off(head: str, place: str | None, agencies: tuple[str, ...]) -> None:
    """Place in normal case, agencies by their usual name, and the dash gone from the body."""
    found = find_dateline(head + REST)
    assert found is not None
    assert (found.place.name if found.place else None, found.agencies) == (place, agencies)
    cleaned = remove_boilerplate(head + REST, "id", None)
    assert cleaned.body == REST
    assert cleaned.dateline == found.raw
    assert cleaned.removed[0].rule == "dateline"


@pytest.mark.parametrize(
    "sentence",
    [
        "Messi - Ronaldo bertemu lagi di final yang digelar malam ini.",
        "Jakarta - Bandung kini ditempuh dalam setengah jam dengan kereta cepat.",
        "Komisi Contoh Indonesia (KCI) - Lembaga itu menolak tuduhan tersebut.",
        "Polisi kata warga - Tidak datang sampai pagi hari itu.",
        "Pria itu - Rusdi namanya - mengaku bersalah di depan hakim.",
        "Dua hal penting: Presiden datang dan pasar dibuka kembali.",
        "Ia berkata: Kami tidak akan pergi dari sini.",
        "KPK - Polri menandatangani nota kesepahaman baru kemarin.",
        "The mayor - Nora Ellwood - opened the bridge.",
        "Jakarta-Bandung ditempuh setengah jam.",
        "Jakarta: Kota itu kembali macet pada pagi hari.",
        "PERINGATAN: Air naik lagi malam ini.",
        "Rapat dan/atau /ABC/. Semua hadir pada pagi hari itu.",
        "",
        " - ",
        "- Beras",
    ],
)
def test_sentences_keep_their_dashes(sentence: str) -> None:
    """What is not surely place, agency, outlet or date before the dash is not a dateline."""
    assert find_dateline(sentence) is None


def test_a_publisher_opens_its_own_dateline() -> None:
    """A name that no list holds is known where the publisher bears it."""
    text = f"Warta Contoh – {REST}"
    assert remove_boilerplate(text, "id", None).dateline is None
    assert remove_boilerplate(text, "id", None, "Warta Contoh").body == REST


def test_a_dateline_below_a_caption() -> None:
    """Under another line only a dateline with an outlet or agency is taken."""
    caption = "Suasana pasar pada pagi hari"
    cleaned = remove_boilerplate(f"{caption}\nBANDUNG (ANTARA) - {REST}", "id", None)
    assert cleaned.body == f"{caption}\n{REST}"
    text = f"{caption}\nBANDUNG - {REST}"
    assert remove_boilerplate(text, "id", None).body == text


def test_a_dateline_alone_is_left() -> None:
    """Where nothing would be left of the paragraph, nothing is taken."""
    assert remove_boilerplate("JAKARTA, KOMPAS.com - ", "id", None).body == "JAKARTA, KOMPAS.com -"


@pytest.mark.parametrize(
    ("written", "name"),
    [("NEW YORK", "New York"), ("DKI JAKARTA", "DKI Jakarta"), ("Moskow", "Moskow"),
     ("WASHINGTON, D.C.", "Washington, D.C."), ("KULON-PROGO", "Kulon-Progo")],
)  # fmt: skip
def test_places_in_normal_case(written: str, name: str) -> None:
    """Capitals are lowered word by word, but for what is always written in them."""
    assert normal_case(written) == name


@pytest.mark.parametrize(
    ("credit", "name"), [("antara", "ANTARA"), ("Kabar  Contoh", "Kabar Contoh")]
)
def test_agencies_by_their_usual_name(credit: str, name: str) -> None:
    """Listed agencies get one spelling, others stay as written."""
    assert agency_name(credit) == name


@settings(deadline=None, max_examples=100)
@given(st.text(alphabet='JAKRT aik(),.-–—:/"A1\n', max_size=120))
def test_any_text_is_borne(text: str) -> None:
    """A dateline found is never longer than the text, and begins it."""
    found = find_dateline(text)
    if found is not None:
        assert 0 < found.length <= len(text)
        assert text[: found.length].strip().startswith(found.raw)
