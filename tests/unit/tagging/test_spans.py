"""Where names end: units within bodies, divisions of places, teams, persons beside bodies."""

import pytest

from warta.transforms.tagging.entities import EntityTagger

PERSON, ORGANISATION, PLACE = "person", "organisation", "place"


@pytest.fixture(scope="module")
def indonesian() -> EntityTagger:
    return EntityTagger.load("id")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            "Propam Polda Jawa Timur memeriksa tiga anggota.",
            [("Propam Polda Jawa Timur", ORGANISATION)],
        ),
        (
            "Anggota Direktorat Tindak Pidana Siber Bareskrim Polri hadir.",
            [("Direktorat Tindak Pidana Siber Bareskrim Polri", ORGANISATION)],
        ),
        (
            "Rapat itu dihadiri Pemerintah Kabupaten Deli Serdang.",
            [("Pemerintah Kabupaten Deli Serdang", ORGANISATION)],
        ),
        (
            "Warga Kecamatan Medan Timur menemui M. Wahyu.",
            [("Kecamatan Medan Timur", PLACE), ("M. Wahyu", PERSON)],
        ),
        (
            "Kemarin New York Knicks menang atas San Antonio Spurs.",
            [("New York Knicks", ORGANISATION), ("San Antonio Spurs", ORGANISATION)],
        ),
        (
            "Hadir pula KPU Bagas Wiratama kemarin.",
            [("KPU", ORGANISATION), ("Bagas Wiratama", PERSON)],
        ),
        ("Rapat KPU Bali ditunda.", [("KPU Bali", ORGANISATION)]),
        (
            "Ketua DPRD Kabupaten Awan, I Made Suparta, pulang.",
            [("DPRD Kabupaten Awan", ORGANISATION), ("I Made Suparta", PERSON)],
        ),
    ],
)
def test_a_name_goes_as_far_as_it_is_one(
    indonesian: EntityTagger, text: str, names: list[tuple[str, str]]
) -> None:
    """A unit is one name with its body, a division with its place, a person is none with theirs."""
    assert [(span.surface, span.type) for span in indonesian.mentions(text)] == names
