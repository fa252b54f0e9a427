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
            "Surat itu ditulis olehBadan Pusat Statistik di Kota Bandung.",
            [("Badan Pusat Statistik", ORGANISATION), ("Kota Bandung", PLACE)],
        ),
        (
            "Kapal itu bersandar di Pangkalan TNI AL kemarin.",
            [("Pangkalan TNI AL", ORGANISATION)],
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
            "Ketua KPU Hasyim Asyari hadir.",
            [("KPU", ORGANISATION), ("Hasyim Asyari", PERSON)],
        ),
        (
            "Drama itu dibintangi Rangga Wisesa Dinda Prameswari Bagus Hartawan sejak awal.",
            [
                ("Rangga Wisesa", PERSON),
                ("Dinda Prameswari", PERSON),
                ("Bagus Hartawan", PERSON),
            ],
        ),
        ("Ia menemui A. Rizal di rumah.", [("A. Rizal", PERSON)]),
        (
            "Pengusaha Hartono Wibisana alias Cak Ton tiba. Cak Ton senang.",
            [("Hartono Wibisana", PERSON), ("Cak Ton", PERSON), ("Cak Ton", PERSON)],
        ),
        (
            "Pria yang akrab disapa Gendon itu tiba. Gendon lalu bernyanyi.",
            [("Gendon", PERSON), ("Gendon", PERSON)],
        ),
        ("Rumah di RT 03/RW 05 terbakar.", []),
        (
            "Hal itu diakui NRK Dannis Wirasaputra kemarin.",
            [("NRK", ORGANISATION), ("Dannis Wirasaputra", PERSON)],
        ),
        ("Polisi menyita Honda Zevra hitam.", [("Honda", ORGANISATION)]),
        ("Polisi menyita Subaru Zevra hitam.", [("Subaru", ORGANISATION)]),
        ("Mobil bernomor DK 1432 MK itu disita.", []),
        ("Kata Chief Executive Officer Rangga Wisesa, laba naik.", [("Rangga Wisesa", PERSON)]),
        ("Dirjen Pajak Suryo Wiratno bicara.", [("Suryo Wiratno", PERSON)]),
        ("Laga dimulai pukul 19.00 WIB.San Antonio unggul.", [("San Antonio", PLACE)]),
        ("Hujan turun di Bandung.Warga mengungsi.", [("Bandung", PLACE)]),
        ("Hal itu dikutip dari Tribunnews.com kemarin.", [("Tribunnews.com", ORGANISATION)]),
        (
            "Film Bayang Senja karya sutradara Rangga Wisesa tayang Kamis.",
            [("Rangga Wisesa", PERSON)],
        ),
        (
            "Ketua DPRD Kabupaten Awan, I Made Suparta, pulang.",
            [("DPRD Kabupaten Awan", ORGANISATION), ("I Made Suparta", PERSON)],
        ),
    ],
)
def test_a_name_goes_as_far_as_it_is_one(
    indonesian: EntityTagger, text: str, names: list[tuple[str, str]]
) -> None:
    """A unit is one name with its body, a division with its place, a person is two with theirs."""
    assert [(span.surface, span.type) for span in indonesian.mentions(text)] == names


@pytest.mark.parametrize(
    ("text", "persons"),
    [
        ("Polisi menangkap dua orang berinisial SR (34) dan RK (29).", ["SR", "RK"]),
        ("Keempatnya, yakni RN (25), RF (30), MW (19), dan MA (40), ditahan.",
         ["RN", "RF", "MW", "MA"]),
        ("Guru berinisial AP diperiksa. Menurut AP, itu tidak benar.", ["AP", "AP"]),
        ("Tersangka SR mengaku. SR ditahan bersama korban DPS.", ["SR", "SR", "DPS"]),
        ("Hakim MA bicara tentang tersangka KPK.", []),
        ("Kursi terbanyak diraih PKS (50) dan PAN (44).", []),
    ],
)  # fmt: skip
def test_initials_of_suspects_are_persons(
    indonesian: EntityTagger, text: str, persons: list[str]
) -> None:
    """An age or "berinisial" beside them says so, wherever they come again; bodies stay bodies."""
    found = [span for span in indonesian.mentions(text) if span.type == PERSON]
    assert [span.surface for span in found] == persons
    assert all(span.row is None for span in found)


@pytest.mark.parametrize(
    "text",
    [
        "Prakiraan Cuaca hari ini: hujan.",
        "Para Petani dan Nelayan meminta bantuan. Menurut Petani, harga naik.",
        "Perubahan Iklim mengancam.",
        "Kepala Bidang Tanaman Pangan bicara.",
    ],
)
def test_plain_words_with_a_capital_are_no_names(indonesian: EntityTagger, text: str) -> None:
    """Headings and captions write them so."""
    assert indonesian.mentions(text) == []


def test_a_person_of_a_known_body_is_apart_from_it() -> None:
    """An "of" leads from a person to a body; within a body's name it does not."""
    english = EntityTagger.load("en")
    for text, names in (
        ("John Marsh of Reuters reported.", ["John Marsh", "Reuters"]),
        ("Perry Warjiyo of Bank Indonesia spoke.", ["Perry Warjiyo", "Bank Indonesia"]),
        ("The Bank of England agreed.", ["Bank of England"]),
    ):
        assert [span.surface for span in english.mentions(text)] == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            "Menteri Besar Selangor Datuk Seri Halim Osman tiba di Ipoh.",
            [("Selangor", PLACE), ("Halim Osman", PERSON), ("Ipoh", PLACE)],
        ),
        (
            "Suruhanjaya Air Malaysia menahan Encik Lim Wei Chong.",
            [("Suruhanjaya Air Malaysia", ORGANISATION), ("Lim Wei Chong", PERSON)],
        ),
        ("Api padam di Lebuhraya Pasir Biru pada Isnin.", [("Lebuhraya Pasir Biru", PLACE)]),
    ],
)
def test_malay_has_titles_and_heads_of_its_own(text: str, names: list[tuple[str, str]]) -> None:
    """Its words are added to those that it shares with Indonesian."""
    malay = EntityTagger.load("ms")
    assert [(span.surface, span.type) for span in malay.mentions(text)] == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            "Kuasa hukum itu, Milano Lubis, hadir. Menurut Milano, sidang ditunda.",
            [("Milano Lubis", PERSON), ("Milano", PERSON)],
        ),
        ("Pesawat tiba di Milano Selasa.", [("Milano", PLACE)]),
        (
            "Kuasa hukum itu, Milano Lubis, hadir. Ia lahir di Milano.",
            [("Milano Lubis", PERSON), ("Milano", PLACE)],
        ),
        ("Wali Kota Solo Teguh bicara.", [("Solo", PLACE), ("Teguh", PERSON)]),
    ],
)
def test_a_city_abroad_before_a_surname_is_a_given_name(
    indonesian: EntityTagger, text: str, names: list[tuple[str, str]]
) -> None:
    """And the city where the text says "di" before it, and wherever nobody has that name."""
    assert [(span.surface, span.type) for span in indonesian.mentions(text)] == names
