"""Names with Wikidata ids: who is meant, by what else the article says."""

import functools
from collections.abc import Iterator

import pytest

from warta.transforms.core.records import Mention
from warta.transforms.tagging.entities import EntityTagger, FieldSpan, Span
from warta.transforms.tagging.entity_types import ENTITY_TYPES
from warta.transforms.tagging.linking.known_entities import (
    WIKIDATA,
    KnownEntities,
    known_entities,
    name_key,
    pack,
)
from warta.transforms.tagging.linking.link import link

PERSON, ORGANISATION, PLACE = "person", "organisation", "place"


@functools.cache
def tagger() -> EntityTagger:
    return EntityTagger.load("id")


def linked(text: str, *names: tuple[str, str]) -> list[Mention]:
    """Link names of a text, each found after the one before it."""
    spans, start = [], 0
    for surface, kind in names:
        start = text.index(surface, start)
        span = Span(start, start + len(surface), surface, kind, 0.9, "crf")
        spans.append(FieldSpan("article_body", span))
        start += len(surface)
    return link({"article_body": text}, spans)[0]


def ids(text: str, *names: tuple[str, str]) -> list[str | None]:
    return [one.wikidata_id for one in linked(text, *names)]


def tagged(text: str) -> dict[str, str | None]:
    spans = [FieldSpan("article_body", span) for span in tagger().mentions(text)]
    return {one.surface: one.wikidata_id for one in link({"article_body": text}, spans)[0]}


@pytest.mark.parametrize(
    ("text", "qid"),
    [
        ("Banjir melanda Malang pada Senin.", "Q11445"),
        ("Bupati Malang datang. Banjir melanda Malang pada Senin.", "Q11095"),
        ("Wali Kota Malang datang. Banjir melanda Malang pada Senin.", "Q11445"),
        ("Warga Desa Karanganyar, Malang mengungsi.", None),
        ("Banjir melanda Pekalongan pada Senin.", None),
        ("Pemkab Pekalongan dan warga Pekalongan bersiap.", "Q10623"),
        ("Banjir melanda Solo pada Senin.", "Q4803"),
        ("Banjir melanda Surakarta pada Senin.", "Q4803"),
        ("Banjir melanda Karawang pada Senin.", "Q10375"),
        ("Warga Kuningan, Jakarta Selatan, mengungsi.", None),
        ("Warga menonton Bengawan Solo.", None),
        ("Tim Polresta Magelang ke lereng. Warga Magelang lega.", "Q10621"),
        ("Tim Polres Magelang Kota ke pasar. Warga Magelang lega.", "Q11017"),
        ("Kapolrestabes Semarang bicara. Warga Semarang lega.", "Q11025"),
        ("Kereta dari Jakarta berhenti di Manggarai.", None),
        ("Bupati Manggarai ke Jakarta. Warga Manggarai lega.", "Q14143"),
        ("Kapolres Metro Bekasi bicara di Metro.", None),
        ("Gempa terasa di Tangerang.", None),
    ],
)
def test_a_city_and_the_regency_around_it_are_told_apart(text: str, qid: str | None) -> None:
    """Offices and bodies of either decide; a great city is meant alone, any other has no id."""
    surface = next(
        name for name in (
            "Malang", "Pekalongan", "Solo", "Surakarta", "Karawang", "Kuningan", "Magelang",
            "Semarang", "Manggarai", "Metro", "Tangerang",
        )
        if name in text
    )  # fmt: skip
    start = text.rindex(surface)
    span = Span(start, start + len(surface), surface, PLACE, 0.9, "crf")
    (mention,), _ = link({"article_body": text}, [FieldSpan("article_body", span)])
    assert mention.wikidata_id == qid


@pytest.mark.parametrize(
    ("text", "name", "qid"),
    [
        ("Gubernur Ganjar Pranowo meresmikan pasar.", "Ganjar Pranowo", "Q12483474"),
        ("Anggota DPR Firman Soebagyo bicara.", "Firman Soebagyo", "Q12482480"),
        ("Tukang ojek Firman Soebagyo jatuh di sawah.", "Firman Soebagyo", None),
        ("Striker Harry Kane mencetak gol.", "Harry Kane", "Q969725"),
        ("Tukang kayu Harry Kane membuka toko.", "Harry Kane", None),
    ],
)
def test_a_namesake_has_no_id(text: str, name: str, qid: str | None) -> None:
    """A politician is near words of politics, a player near words of football."""
    if qid == "Q12482480":
        qid = known_entities().named(name, PERSON)[0].wikidata_id
    assert ids(text, (name, PERSON)) == [qid]


def test_a_foreign_minister_needs_the_country() -> None:
    """Ministers of other countries are meant where the article names theirs."""
    name = ("Arun Jaitley", PERSON)
    rows = known_entities().named(*name)
    assert [row.country for row in rows] == ["Q668"]
    assert tagged("Menteri Arun Jaitley tiba di India.")[name[0]] == rows[0].wikidata_id
    assert ids("Menteri Arun Jaitley tiba di Bandung.", name) == [None]


def test_short_names_follow_the_full_one_and_nicknames_stand_alone() -> None:
    """One person, one id, whichever of his names is written."""
    text = (
        "Presiden Joko Widodo tiba. Jokowi bicara. Gubernur Ganjar Pranowo setuju. Ganjar pulang."
    )
    found = tagged(text)
    assert found["Joko Widodo"] == found["Jokowi"] == "Q3318231"
    assert found["Ganjar Pranowo"] == found["Ganjar"] == "Q12483474"


def test_acronyms_and_their_long_forms_are_one_entity() -> None:
    """An alias has the id of its row, unless the article introduces the acronym for another."""
    text = "Partai Keadilan Sejahtera rapat. Kader PKS hadir."
    names = (("Partai Keadilan Sejahtera", ORGANISATION), ("PKS", ORGANISATION))
    assert ids(text, *names) == ["Q1511101", "Q1511101"]
    other = "Pasar Kue Sentosa (PKS) buka. PKS ramai."
    own = (("Pasar Kue Sentosa", ORGANISATION), ("PKS", ORGANISATION), ("PKS", ORGANISATION))
    assert ids(other, *own) == [None, None, None]
    (entity,) = {one.entity_id for one in linked(other, *own)}
    assert entity.startswith("x")


@pytest.mark.parametrize(
    ("text", "qid"),
    [
        ("Relawan PMI membawa tandu.", "Q3003251"),
        ("Relawan Palang Merah Indonesia (PMI) datang. Tenda PMI penuh.", "Q3003251"),
        ("Para Pekerja Migran Indonesia (PMI) pulang. Bandara menunggu PMI lagi.", None),
        ("Pelatihan Mandiri Informatika (PMI) dibuka. Peserta PMI senang.", None),
    ],
)
def test_an_acronym_that_is_short_for_something_else_has_no_id(text: str, qid: str | None) -> None:
    """The words before an acronym in brackets say what it means in that article."""
    start = text.rindex("PMI")
    span = Span(start, start + 3, "PMI", ORGANISATION, 0.9, "crf")
    (mention,), _ = link({"article_body": text}, [FieldSpan("article_body", span)])
    assert mention.wikidata_id == qid


def test_an_english_name_before_an_acronym_is_the_body_that_the_tables_name() -> None:
    """Tables have bodies of the world in Indonesian; their English names say nothing against it."""
    text = (
        "Data Office for the Coordination of Humanitarian Affairs (OCHA) terbit. Kata OCHA begitu."
    )
    (found,) = {one.wikidata_id for one in linked(text, ("OCHA", ORGANISATION))}
    assert found == "Q1065854"


def test_an_island_is_not_the_regency_on_it() -> None:
    """The regency is meant where the article has its office, and is named as such."""
    assert tagged("Kapal berlayar ke Belitung.")["Belitung"] is None
    text = "Kabupaten Malang dan warga Malang bersiap."
    spans = [FieldSpan("article_body", span) for span in tagger().mentions(text)]
    _, entities = link({"article_body": text}, spans)
    assert [(one.name, one.wikidata_id) for one in entities] == [("Kabupaten Malang", "Q11095")]


@pytest.mark.parametrize(
    ("text", "name", "qid"),
    [
        (
            "Chelsea dan Arsenal menang, Almeria kalah di liga. Gol dari Marseill. pun lahir.",
            "Marseill",
            None,
        ),
        (
            "Chelsea dan Arsenal menang di liga. Klub itu unggul atas Marseill. dua gol.",
            "Marseill",
            "Q132885",
        ),
        (
            "Chelsea dan Arsenal menang di liga. Mereka kalah 0-1 dari Almeria, dua gol.",
            "Almeria",
            "Q10407",
        ),
        ("Chelsea dan Arsenal unggul di liga, sedangkan Sevilla kalah.", "Sevilla", "Q10329"),
        ("Chelsea dan Arsenal terbang ke liga di Sevilla.", "Sevilla", None),
    ],
)
def test_a_city_is_its_club_among_clubs(text: str, name: str, qid: str | None) -> None:
    """In an article on clubs a city's name is its club's, but after "di" and "ke"."""
    names = [("Chelsea", ORGANISATION), ("Arsenal", ORGANISATION), (name, PLACE)]
    mention = linked(text, *names)[-1]
    assert (mention.type == ORGANISATION) is (qid is not None)
    if qid:
        assert mention.wikidata_id == qid


@pytest.mark.parametrize(
    ("text", "surface", "qid"),
    [
        ("Rapat berlangsung di Kabupaten Karawan. Jawa Barat.", "Kabupaten Karawan", "Q10375"),
        ("Rapat berlangsung di Kabupaten Karawan lagi.", "Kabupaten Karawan", None),
    ],
)
def test_a_name_that_lost_its_last_letter_before_a_stop_is_known(
    text: str, surface: str, qid: str | None
) -> None:
    """Scrapers that take a comma and the letter before it for a stop leave such names."""
    assert ids(text, (surface, PLACE)) == [qid]


def test_such_a_name_is_found_too() -> None:
    """The tagger finds it as one name, without a word of its neighbours."""
    found = tagged("Rapat berlangsung di Jakarta Selata. Senin pagi. Warga kembali ke Indonesi.")
    assert found == {"Jakarta Selata": "Q10114", "Indonesi": "Q252"}


@pytest.mark.parametrize(
    "text",
    [
        "Daftar film asal Indonesia tayang.",
        "Ajang Ekonomi Indonesia dibuka.",
        "Kabar Ratusan Turis Kunjungi Indonesia Lewat Batam.",
    ],
)
def test_a_country_beside_a_plain_word_keeps_its_id(text: str) -> None:
    """Words with a capital for another reason make no longer name of a place."""
    assert tagged(text)["Indonesia"] == "Q252"


def shipped() -> Iterator[tuple[str, list[str]]]:
    for file in sorted(WIKIDATA.glob("*.tsv")):
        for line in file.read_text(encoding="utf-8").splitlines()[1:]:
            yield file.stem, line.split("\t")


def test_every_shipped_row_is_whole() -> None:
    """A row has a name, the type of its table, one id that no other row has, and a source."""
    seen = set()
    for table, (name, kind, qid, _, source, country, field) in shipped():
        assert name
        assert kind == table
        assert kind in ENTITY_TYPES
        assert source, name
        assert field in ("", "politics", "football", "education", "abroad", "national team")
        for one in filter(None, (qid, country)):
            assert one[0] == "Q"
            assert one[1:].isdecimal()
        assert (qid, kind) not in seen
        seen.add((qid, kind))


def test_shipped_tables_stay_small() -> None:
    """All together are under five megabytes, and are looked up by any spelling."""
    assert sum(file.stat().st_size for file in WIKIDATA.iterdir()) < 5_000_000
    for name in ("Atlético Madrid", "Atletico Madrid", "ATLETICO-MADRID"):
        assert [one.wikidata_id for one in known_entities().named(name, ORGANISATION)] == ["Q8701"]


def test_two_bearers_of_a_name_are_both_returned() -> None:
    """Which one is meant is not for the table to say."""
    rows = ["Awan\tplace\tQ1\tKota Kabut\tt\t\t", "Awan\tplace\tQ2\t\tt\t\t"]
    table = KnownEntities(pack(rows))
    assert [one.wikidata_id for one in table.named("awan", PLACE)] == ["Q1", "Q2"]
    assert [one.wikidata_id for one in table.named("Kota-Kabut", PLACE)] == ["Q1"]
    assert table.named("Awan", PERSON) == ()


def test_every_name_of_the_tables_leads_to_its_rows_in_their_order() -> None:
    """What is looked up by hashes is what a walk over the tables finds."""
    named: dict[tuple[str, str], list[str]] = {}
    for file in sorted(WIKIDATA.glob("*.tsv")):
        for line in file.read_text(encoding="utf-8").splitlines()[1:]:
            name, kind, qid, aliases, *_ = line.split("\t")
            for one in dict.fromkeys((name, *filter(None, aliases.split("|")))):
                named.setdefault((name_key(one, kind), kind), []).append(qid)
    table = known_entities()
    for (key, kind), qids in named.items():
        found = [one.wikidata_id for one in table.named(key.partition(":")[2], kind)]
        assert found == list(dict.fromkeys(qids))


@pytest.mark.parametrize(
    ("text", "surface", "qid"),
    [
        ("Penyidik KPK memeriksa dua saksi.", "KPK", "Q3273955"),
        ("Rekapitulasi di KPU selesai malam ini.", "KPU", "Q14917369"),
        (
            "Komisi Pemilihan Umum (KPU) Kota Magelang membuka kotak suara.",
            "Komisi Pemilihan Umum",
            None,
        ),
        (
            "Petugas Badan Narkotika Nasional Kabupaten Sleman datang.",
            "Badan Narkotika Nasional",
            None,
        ),
    ],
)
def test_a_body_of_a_division_is_not_the_one_of_the_state(
    text: str, surface: str, qid: str | None
) -> None:
    """What comes after the name says whose commission it is."""
    assert ids(text, (surface, ORGANISATION)) == [qid]


def test_a_misspelt_long_form_is_the_body_that_its_acronym_names() -> None:
    """A letter too many in "Pemeberantasan" makes no other commission."""
    text = "Komisi Pemeberantasan Korupsi (KPK) memanggil dua saksi. Jubir KPK hadir."
    assert tagged(text)["KPK"] == "Q3273955"


def test_a_ministry_whose_acronym_is_named_is_the_one_at_home() -> None:
    """All places of the article lie abroad, and yet "Kemenkeu" is Indonesia's."""
    text = "Utang ke Jepang turun, kata Kementerian Keuangan (Kemenkeu)."
    assert tagged(text)["Kementerian Keuangan"] == "Q12490741"
    other = "Utang ke Jepang turun, kata Kementerian Keuangan."
    assert tagged(other)["Kementerian Keuangan"] is None


@pytest.mark.parametrize(
    ("text", "qid"),
    [
        ("Warga Kecamatan Sibolga Sambas mengungsi.", None),
        ("Warga Kecamatan Selakau, Sambas mengungsi.", "Q14164"),
    ],
)
def test_the_end_of_a_district_is_no_regency(text: str, qid: str | None) -> None:
    """Districts have names of two words too."""
    assert ids(text, ("Sambas", PLACE)) == [qid]


def test_a_footballer_is_told_by_the_clubs_of_the_article() -> None:
    """No word of football is near, but two clubs are."""
    far = "Ia tidak bicara banyak soal itu. " * 8
    text = f"Chelsea menghadapi Arsenal. {far}Harry Maguire datang. {far}"
    clubs = ("Chelsea", ORGANISATION), ("Arsenal", ORGANISATION)
    assert ids(text, *clubs, ("Harry Maguire", PERSON))[-1] == "Q165772"
    assert ids(f"{far}Harry Maguire datang. {far}", ("Harry Maguire", PERSON)) == [None]


@pytest.mark.parametrize(
    ("text", "surface", "qid"),
    [
        (
            "Warga Indonesia melapor ke Kementerian Kesehatan Republik Indonesia.",
            "Kementerian Kesehatan Republik Indonesia",
            "Q12490745",
        ),
        ("Data Kementerian Perdagangan RI terbit.", "Kementerian Perdagangan RI", "Q13093886"),
        ("Data Kementerian Awan RI terbit.", "Kementerian Awan RI", None),
    ],
)
def test_the_state_at_the_end_of_a_body_makes_no_other(
    text: str, surface: str, qid: str | None
) -> None:
    """Names in the tables have no "RI" and no "Republik Indonesia": both are left out."""
    assert ids(text, (surface, ORGANISATION)) == [qid]


def test_a_regency_that_says_so_is_no_part_of_a_longer_name() -> None:
    """Whatever capitals are about it: "Inspektur Kabupaten ... Tridarma"."""
    text = "Inspektur Kabupaten Malang Tridarma membenarkan hal itu."
    assert tagged(text)["Kabupaten Malang"] == "Q11095"


def test_an_airport_has_its_short_name() -> None:
    """News calls it "Soetta"."""
    assert tagged("Pesawat mendarat di Bandara Soetta semalam.")["Bandara Soetta"] == "Q749497"


def test_a_name_without_its_last_letter_is_the_whole_one_of_the_article() -> None:
    """Scrapers lose it before a stop; what is there at other places too is a name of its own."""
    text = "Rangga Wisesa tiba. Kabar itu dari Rangga Wises. Ia senang."
    one, other = linked(text, ("Rangga Wisesa", PERSON), ("Rangga Wises", PERSON))
    assert one.entity_id == other.entity_id
    text = "Rangga Wisesa tiba. Kabar itu dari Rangga Wises kemarin."
    one, other = linked(text, ("Rangga Wisesa", PERSON), ("Rangga Wises", PERSON))
    assert one.entity_id != other.entity_id
