"""Persons, organisations and places in texts and in tokens."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warta.transforms.tagging.entities import EntityTagger
from warta.transforms.tagging.entity_types import ENTITY_TYPES


@pytest.fixture(scope="module")
def indonesian() -> EntityTagger:
    return EntityTagger.load("id")


@pytest.fixture(scope="module")
def english() -> EntityTagger:
    return EntityTagger.load("en")


def named(tagger: EntityTagger, text: str) -> list[tuple[str, str]]:
    return [(span.surface, span.type) for span in tagger.mentions(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Presiden Prancis Emmanuel Macron tiba di Riyadh.",
            [("Prancis", "place"), ("Emmanuel Macron", "person"), ("Riyadh", "place")],
        ),
        (
            "Menteri Pertahanan Jerman Hartmut Velden menolak usul itu.",
            [("Jerman", "place"), ("Hartmut Velden", "person")],
        ),
        (
            "Laporan Dinas Intelijen Luar Negeri Rusia dibantah.",
            [("Dinas Intelijen Luar Negeri Rusia", "organisation")],
        ),
        (
            "Pernyataan Istana Elysee menyebut Laut Hitam, NATO, dan Uni Eropa.",
            [
                ("Istana Elysee", "organisation"),
                ("Laut Hitam", "place"),
                ("NATO", "organisation"),
                ("Uni Eropa", "organisation"),
            ],
        ),
        (
            "Warga mengungsi ke Desa Sukaraja, Kecamatan Wanareja.",
            [("Desa Sukaraja", "place"), ("Kecamatan Wanareja", "place")],
        ),
        (
            "Berkas itu dikirim ke Pengadilan Negeri Cilembang oleh PT Surya Bahari Tbk.",
            [
                ("Pengadilan Negeri Cilembang", "organisation"),
                ("PT Surya Bahari Tbk", "organisation"),
            ],
        ),
        (
            "Rapat Kementerian Pemuliaan Benih dan Lahan ditunda.",
            [("Kementerian Pemuliaan Benih dan Lahan", "organisation")],
        ),
        (
            "Perundingan Rusia-AS berlangsung lama.",
            [("Rusia", "place"), ("AS", "place")],
        ),
        ("Juara Liga Inggris diarak keliling kota.", []),
        ("Pertemuan berlangsung pada Senin pagi. Sejumlah pejabat hadir.", []),
        ("Presiden akan hadir.", []),
        ("Sekutu-sekutu itu dan Kelompok-kelompok lain bubar.", []),
        ("", []),
    ],
)
def test_indonesian_names_are_found_with_their_types(
    indonesian: EntityTagger, text: str, expected: list[tuple[str, str]]
) -> None:
    """Titles stay outside a name, heads belong to it, plain words and events are none."""
    assert named(indonesian, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Prime Minister Alan Whitcombe met envoys in Geneva.",
            [("Alan Whitcombe", "person"), ("Geneva", "place")],
        ),
        (
            "Nora Ellwood of Bank Indonesia met officials of Bank Indonesia.",
            [
                ("Nora Ellwood", "person"),
                ("Bank Indonesia", "organisation"),
                ("Bank Indonesia", "organisation"),
            ],
        ),
        (
            "Maria Lestari of Greenwood University met Bank of America Corp officials.",
            [
                ("Maria Lestari", "person"),
                ("Greenwood University", "organisation"),
                ("Bank of America Corp", "organisation"),
            ],
        ),
        (
            "Officials of Bank Indonesia met the Bank of England.",
            [("Bank Indonesia", "organisation"), ("Bank of England", "organisation")],
        ),
        (
            "The University of Westmarch sued the United States.",
            [("University of Westmarch", "organisation"), ("United States", "place")],
        ),
        ("However, the storm passed on Monday.", []),
        (
            "The Washington Post's Nora Ellwood called Bank Indonesia’s governor.",
            [
                ("The Washington Post", "organisation"),
                ("Nora Ellwood", "person"),
                ("Bank Indonesia", "organisation"),
            ],
        ),
        (
            "Indonesia's forests burn near PALANGKA RAYA and Pematang Siantar.",
            [("Indonesia", "place"), ("PALANGKA RAYA", "place"), ("Pematang Siantar", "place")],
        ),
    ],
)
def test_english_names_are_found_with_their_types(
    english: EntityTagger, text: str, expected: list[tuple[str, str]]
) -> None:
    """English has rules of its own."""
    assert named(english, text) == expected


def test_a_part_of_a_full_name_is_that_person(indonesian: EntityTagger) -> None:
    """A name alone, at the head of a sentence, is typed by its full form elsewhere."""
    text = "Gubernur Wirya Saptono datang. Saptono membawa bantuan. Bantuan itu untuk warga."
    assert named(indonesian, text) == [("Wirya Saptono", "person"), ("Saptono", "person")]


def test_headings_name_only_what_the_body_names(indonesian: EntityTagger) -> None:
    """A line in title case makes no names of its own."""
    text = "Sidang Panjang Kasus Gudang Beras Jepang Usai\nSidang di Jepang itu ditutup."
    assert named(indonesian, text) == [("Jepang", "place"), ("Jepang", "place")]
    alone = "Sidang Panjang Kasus Gudang Beras Jepang Usai\nSidang itu ditutup."
    assert named(indonesian, alone) == []


def test_a_language_without_rules_gets_known_names_alone() -> None:
    """No rules of another language are let loose on it, and the method says so."""
    spans = EntityTagger.load("de").mentions("Der Minister Karl Aumann sprach in Berlin.")
    assert [(span.surface, span.method) for span in spans] == [("Berlin", "gazetteer")]


def test_malay_shares_the_indonesian_rules() -> None:
    """Malay news names persons and offices in nearly the same words."""
    spans = EntityTagger.load("ms-MY").mentions("Menteri Halim Suwandi berkata begitu.")
    assert [(span.surface, span.method) for span in spans] == [("Halim Suwandi", "rule")]


def test_labels_are_bio_and_one_a_token(indonesian: EntityTagger) -> None:
    """Tokens in, labels out: as many, in the given order."""
    sentences = [["Presiden", "Wirya", "Saptono", "ke", "Jepang", "."], [], ["hujan"]]
    assert indonesian.label(sentences) == [
        ["O", "B-person", "I-person", "O", "B-place", "O"],
        [],
        ["O"],
    ]


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=300) | st.text("Aa bB.-\n(\"')Di ", max_size=300))
def test_any_text_gives_ordered_spans_of_itself(text: str) -> None:
    """Whatever the text: spans are its own code points, in order, none over another."""
    for tagger in TAGGERS:
        end = 0
        for span in tagger.mentions(text):
            assert end <= span.start < span.end <= len(text)
            assert text[span.start : span.end] == span.surface
            assert span.type in ENTITY_TYPES
            assert 0 < span.score <= 1
            end = span.end


@settings(deadline=None, max_examples=50)
@given(st.lists(st.lists(st.text("AbD. -di", max_size=6), max_size=10), max_size=4))
def test_any_tokens_get_as_many_valid_labels(sentences: list[list[str]]) -> None:
    """I- follows B- or I- of its own type, for any tokens, empty ones too."""
    for sentence, labels in zip(sentences, TAGGERS[0].label(sentences), strict=True):
        assert len(sentence) == len(labels)
        for before, label in zip(["O", *labels], labels, strict=False):
            if label.startswith("I-"):
                assert before[2:] == label[2:]


def test_a_long_run_of_capitals_is_tagged() -> None:
    """A text of capitalised words alone ends, and in about the time of its length."""
    text = "Dinas Kementerian Dan Jalan Aa " * 4_000
    assert all(span.end <= len(text) for span in TAGGERS[0].mentions(text))


TAGGERS = tuple(EntityTagger.load(language) for language in ("id", "en", "sw"))


def test_a_users_row_is_found_after_of(tmp_path: Path) -> None:
    """A name of the user's own is not part of a longer one."""
    table = tmp_path / "own.tsv"
    table.write_text("Westmarch Institute\torganisation\tQ900900\t\n", encoding="utf-8")
    spans = EntityTagger.load("en", (str(table),)).mentions("Nora Ellwood of Westmarch Institute.")
    assert [(span.surface, span.type) for span in spans] == [
        ("Nora Ellwood", "person"),
        ("Westmarch Institute", "organisation"),
    ]
