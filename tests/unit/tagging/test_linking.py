"""Identities: who is one with whom, and under which id."""

import functools
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.waiting import PATIENCE_S
from warta.transforms.core.records import Entity, Mention
from warta.transforms.tagging.entities import EntityTagger, FieldSpan, Span
from warta.transforms.tagging.linking.link import link, local_entity_id
from warta.transforms.tagging.linking.names import introduced_acronyms
from warta.transforms.tagging.linking.normal_form import normal_form
from warta.transforms.tagging.linking.sense_disambiguation import _senses
from warta.transforms.tagging.ner.gazetteer import Gazetteer, Row

BODY = "article_body"


@functools.cache
def indonesian() -> EntityTagger:
    return EntityTagger.load("id")


def spans_of(text: str, *names: tuple[str, str]) -> list[Span]:
    """Finds each name, in order, after the one before it."""
    found, start = [], 0
    for surface, kind in names:
        start = text.index(surface, start)
        found.append(Span(start, start + len(surface), surface, kind, 0.9, "rule"))
        start += len(surface)
    return found


def linked(text: str, *names: tuple[str, str]) -> tuple[list[Mention], list[Entity]]:
    return link({BODY: text}, [FieldSpan(BODY, span) for span in spans_of(text, *names)])


def test_a_surname_counts_for_the_full_name() -> None:
    """One person, three mentions, named in full."""
    text = "Rina Maheswari bicara. Maheswari pergi. Rina pulang."
    names = [("Rina Maheswari", "person"), ("Maheswari", "person"), ("Rina", "person")]
    _, entities = linked(text, *names)
    assert [(entity.name, entity.mentions) for entity in entities] == [("Rina Maheswari", 3)]


def test_a_longer_spelling_of_a_person_takes_the_shorter() -> None:
    """First and last name are the same person as first, middle and last."""
    text = "Rina Maheswari bicara. Rina Ayu Maheswari pergi."
    _, entities = linked(text, ("Rina Maheswari", "person"), ("Rina Ayu Maheswari", "person"))
    assert [(entity.name, entity.mentions) for entity in entities] == [("Rina Ayu Maheswari", 2)]


def test_a_name_that_two_persons_share_stays_alone() -> None:
    """Nobody is guessed where two could be meant."""
    text = "Rina Saptono dan Wirya Saptono hadir. Saptono pulang."
    names = [("Rina Saptono", "person"), ("Wirya Saptono", "person"), ("Saptono", "person")]
    _, entities = linked(text, *names)
    assert {entity.name for entity in entities} == {"Rina Saptono", "Wirya Saptono", "Saptono"}


def test_an_acronym_in_brackets_is_the_name_before_it() -> None:
    """Name and acronym are one organisation, wherever the acronym comes again."""
    text = "Dewan Gula Nusa (DGN) rapat. DGN setuju."
    kind = "organisation"
    _, entities = linked(text, ("Dewan Gula Nusa", kind), ("DGN", kind), ("DGN", kind))
    assert [(entity.name, entity.mentions) for entity in entities] == [("Dewan Gula Nusa", 3)]


@pytest.mark.parametrize("bracket", ["(Jakarta)", "(35)", "(XQ)", "DGN"])
def test_other_brackets_introduce_nothing(bracket: str) -> None:
    """What does not abbreviate the name before it is not an acronym of it."""
    text = f"Dewan Gula Nusa {bracket} rapat."
    assert introduced_acronyms(text, spans_of(text, ("Dewan Gula Nusa", "organisation"))) == {}


def test_a_known_name_has_the_id_and_name_of_its_row() -> None:
    """Aliases are one entity, under the Wikidata id of the table."""
    row = Row("Negeri Awan", "place", "Q123456", ("NA",), "test")
    text = "Negeri Awan dan NA"
    spans = [
        FieldSpan(BODY, Span(0, 11, "Negeri Awan", "place", 1.0, "gazetteer", row)),
        FieldSpan(BODY, Span(16, 18, "NA", "place", 1.0, "gazetteer", row)),
    ]
    mentions, entities = link({BODY: text}, spans)
    assert entities == [Entity("Q123456", "Q123456", "Negeri Awan", "place", 2)]
    assert {mention.wikidata_id for mention in mentions} == {"Q123456"}


def test_a_full_name_in_the_text_beats_a_famous_surname() -> None:
    """Another bearer of a known surname is not taken for the famous one."""
    row = Row("Wirya Saptono", "person", "Q123456", ("Saptono",), "test")
    text = "Rina Saptono datang. Saptono pulang."
    spans = spans_of(text, ("Rina Saptono", "person"))
    famous = Span(21, 28, "Saptono", "person", 1.0, "gazetteer", row)
    mentions, _ = link({BODY: text}, [FieldSpan(BODY, span) for span in [*spans, famous]])
    assert {mention.wikidata_id for mention in mentions} == {None}
    assert len({mention.entity_id for mention in mentions}) == 1


def test_one_id_a_name_and_type_whatever_its_writing() -> None:
    """Case, width and marks do not tell entities apart; types do."""
    assert local_entity_id("PT Bumi  Hijau", "organisation") == local_entity_id(
        "pt bumi-hijau", "organisation"
    )
    assert local_entity_id("Bumi", "organisation") != local_entity_id("Bumi", "place")
    assert normal_form("!!!") == "!!!"
    assert local_entity_id("\ud800", "person").startswith("x")


def test_ids_are_the_same_in_every_process() -> None:
    """An id is x and 16 hex digits, and does not depend on the process that made it."""
    code = (
        "from warta.transforms.tagging.linking.link import local_entity_id\n"
        "print(local_entity_id('Rina', 'person'))"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=PATIENCE_S
    )
    assert printed.stdout.strip() == local_entity_id("Rina", "person")
    assert len(local_entity_id("Rina", "person")) == 17


def test_mentions_and_entities_are_in_order() -> None:
    """Mentions by field and start, entities by number and name."""
    text = "Oslo, Bergen, Oslo, Arendal"
    spans = spans_of(text, *[(name, "place") for name in text.split(", ")])
    fields = [FieldSpan(BODY, span) for span in reversed(spans)]
    fields.insert(0, FieldSpan("headline", spans[0]))
    mentions, entities = link({BODY: text, "headline": "Oslo"}, fields)
    assert [(m.field, m.start) for m in mentions] == [
        *[(BODY, span.start) for span in spans],
        ("headline", 0),
    ]
    assert [entity.name for entity in entities] == ["Oslo", "Arendal", "Bergen"]


@pytest.mark.parametrize(
    ("text", "surface", "qid"),
    [
        ("Delegasi tiba di Inggris.", "Inggris", "Q145"),
        ("Presiden Prancis tiba.", "Prancis", "Q142"),
        ("Presiden Perancis tiba.", "Perancis", "Q142"),
        ("Rapat digelar di Kiev.", "Kiev", "Q1899"),
        ("Rapat digelar di Kyiv.", "Kyiv", "Q1899"),
        ("Pemerintah AS menolak.", "AS", "Q30"),
        ("Rapat digelar di London.", "London", "Q84"),
        ("Pabrik itu di London, Ontario.", "London", "Q92561"),
        ("Rapat digelar di Washington.", "Washington", "Q61"),
        ("Hutan di negara bagian Washington terbakar.", "Washington", "Q1223"),
        ("Pemilih di negara bagian New York antre.", "New York", "Q1384"),
        ("Rusia menuding Georgia.", "Georgia", "Q230"),
        ("Donald Trump kalah di Georgia, Amerika Serikat.", "Georgia", "Q1428"),
    ],
)
def test_places_are_linked_by_what_is_around_them(text: str, surface: str, qid: str) -> None:
    """Spellings of one place have one id; a name of two places means the one of its company."""
    tagged = [FieldSpan(BODY, span) for span in indonesian().mentions(text)]
    mentions, _ = link({BODY: text}, tagged)
    assert {m.wikidata_id for m in mentions if m.surface == surface} == {qid}


@pytest.mark.parametrize(
    ("text", "qids"),
    [
        ("Hasil pekan ini: Bologna 1-0 Lecce, di Italia.", {"Bologna": None, "Italia": "Q38"}),
        ("Laga berakhir 2-1 Madrid menang.", {"Madrid": None}),
        ("Mereka menang di Madrid 2-1.", {"Madrid": "Q2807"}),
        ("Indonesia 2-0 Malaysia.", {"Indonesia": "Q252", "Malaysia": "Q833"}),
        ("Pameran Jakarta 7-9 November ramai.", {"Jakarta": "Q3630"}),
        ("Warga menunggak PBB. Setiap wajib pajak diberi waktu.", {"PBB": None}),
        ("Warga membayar PBB di kelurahan.", {"PBB": None}),
        ("Sekjen PBB tiba di Jenewa.", {"PBB": "Q1065"}),
        ("Rina Sasmita, AS SDM Kapolri, hadir.", {"AS": None}),
    ],
)
def test_no_id_where_a_name_means_a_team_a_tax_or_an_office(
    text: str, qids: dict[str, str | None]
) -> None:
    tagged = [FieldSpan(BODY, span) for span in indonesian().mentions(text)]
    mentions, _ = link({BODY: text}, tagged)
    found = {m.surface: m.wikidata_id for m in mentions if m.surface in qids}
    assert found == qids


def test_senses_are_of_names_in_the_tables() -> None:
    """A sense replaces a meaning that the tables have, by another id, and asks for something."""
    known = Gazetteer.load()
    for surface, senses in _senses().items():
        row = known.lookup(surface)
        for sense in senses:
            assert row is not None
            assert sense.instead_of == row.wikidata_id != sense.row.wikidata_id
            assert sense.before or sense.after or sense.among or sense.said


def test_a_row_of_the_users_keeps_its_meaning(tmp_path: Path) -> None:
    """No sense of ours replaces an id that a user's own table gives."""
    table = tmp_path / "own.tsv"
    table.write_text("Washington\tplace\tQ900900\t\n", encoding="utf-8")
    text = "Kota di negara bagian Washington."
    tagged = [FieldSpan(BODY, s) for s in EntityTagger.load("id", (str(table),)).mentions(text)]
    assert [mention.wikidata_id for mention in link({BODY: text}, tagged)[0]] == ["Q900900"]


@pytest.mark.parametrize(
    ("text", "surface", "qid"),
    [
        ("Sidang di Mahkamah Agung berlangsung.", "Mahkamah Agung", "Q4200557"),
        ("Sidang di Mahkamah Agung, Jakarta.", "Mahkamah Agung", "Q4200557"),
        ("Sidang di Mahkamah Agung, Malang, kata dubes di Paris.", "Mahkamah Agung", "Q4200557"),
        ("Dari Paris dan Berlin: sidang di Mahkamah Agung.", "Mahkamah Agung", None),
        (
            "Kementerian Luar Negeri Rusia di Jakarta, kata wakil Rusia. Menurut pejabat "
            "Kementerian Luar Negeri, semua aman.",
            "Kementerian Luar Negeri",
            None,
        ),
    ],
)
def test_a_body_that_every_country_has_is_linked_at_home(
    text: str, surface: str, qid: str | None
) -> None:
    """Whose ministry is meant follows from the places of the article, or by its fuller name."""
    tagger = indonesian()
    mentions, _ = link({BODY: text}, [FieldSpan(BODY, span) for span in tagger.mentions(text)])
    assert [one.wikidata_id for one in mentions if one.surface == surface] == [qid]


@pytest.mark.parametrize(
    ("text", "qids"),
    [
        ("Ia belajar bahasa Jawa di Jawa.", [None, "Q3757"]),
        ("Kota Makassar Expo dibuka di Makassar.", [None, "Q14634"]),
        ("Warga ke Makassar Cup dari Makassar.", [None, "Q14634"]),
        ("Ia menang di All England, lalu pulang ke Makassar.", [None, "Q14634"]),
        ("Dinas UK. dan koperasi di Makassar.", [None, "Q14634"]),
        ("Menurut Leonardo Berlin, hujan turun di Berlin.", [None, None, "Q64"]),
        ("Gol CF Montreal dirayakan di Makassar.", [None, None, "Q14634"]),
        ("Pelaku tinggal di Padang Sidempuan sejak Mei.", ["Q5974"]),
        ("Gelandang Lima mencetak gol di Makassar.", [None, "Q14634"]),
        ("Ia terbang ke Lima, ibu kota Peru.", ["Q2868", "Q419"]),
        ("Anggota Kabinet Indonesia Maju itu pulang ke Indonesia.", [None, "Q252"]),
        ("Menurut laman Football London, hujan turun di London.", [None, "Q84"]),
        ("Kata Presiden Prancis Emmanuel Macron di Indonesia Senin.", ["Q142", "Q3052772", "Q252"]),
    ],
)
def test_a_place_that_is_part_of_something_else_has_no_id(
    text: str, qids: list[str | None]
) -> None:
    """A language, a cabinet or a newspaper is not the country or the city in its name."""
    tagger = indonesian()
    mentions, _ = link({BODY: text}, [FieldSpan(BODY, span) for span in tagger.mentions(text)])
    assert [one.wikidata_id for one in mentions] == qids


def test_a_city_is_a_club_among_clubs() -> None:
    """What else the article names tells them apart; the type follows the meaning."""
    for text, wanted in (
        ("Chelsea mengalahkan Liverpool kemarin.", ("organisation", "Q1130849")),
        ("Hujan turun di Liverpool kemarin.", ("place", "Q24826")),
    ):
        spans = [FieldSpan(BODY, span) for span in indonesian().mentions(text)]
        mentions, _ = link({BODY: text}, spans)
        found = {one.surface: (one.type, one.wikidata_id) for one in mentions}
        assert found["Liverpool"] == wanted


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        ("Hartono Wibisana alias Tonjang tiba. Tonjang senang.", {"Hartono Wibisana": 3}),
        (
            "Hartono Wibisana, yang akrab disapa Tonjang, tiba. Kata Tonjang begitu.",
            {"Hartono Wibisana": 3},
        ),
        ("Hartono Wibisana dan Tonjang tiba.", {"Hartono Wibisana": 1, "Tonjang": 1}),
        ("Hartono Wibisana menyapa Tonjang.", {"Hartono Wibisana": 1, "Tonjang": 1}),
    ],
)
def test_a_nickname_that_the_text_introduces_is_that_person(
    text: str, entities: dict[str, int]
) -> None:
    """Wherever it comes again it is the one whom the text has given it to."""
    names = [("Hartono Wibisana", "person"), *[("Tonjang", "person")] * text.count("Tonjang")]
    _, found = linked(text, *names)
    assert {one.name: one.mentions for one in found} == entities


@pytest.mark.parametrize(
    ("text", "qid"),
    [
        ("Timnas Argentina menang di Doha.", "Q79800"),
        ("Timnas Argentina menang di Piala Dunia U-20.", None),
    ],
)
def test_a_national_team_is_the_first_one_of_men(text: str, qid: str | None) -> None:
    """Where the article speaks of youths, no id is better than the wrong one."""
    mentions, _ = linked(text, ("Timnas Argentina", "organisation"))
    assert mentions[0].wikidata_id == qid


@pytest.mark.parametrize(
    ("text", "qid"),
    [
        ("Kedai El Real membuat gol dari gula, kata pemain El Real.", None),
        ("Kedai Setan Merah dekat stadion.", None),
        ("Getafe menahan El Real tanpa gol di liga.", "Q8682"),
        ("Real Madrid menang. Gol kedua El Real dicetak bek.", "Q8682"),
        ("Gol Real Madrid dicetak bek.", "Q8682"),
    ],
)
def test_a_nickname_is_a_club_among_clubs(text: str, qid: str | None) -> None:
    """Hotels and stalls have such names too."""
    clubs = ("El Real", "Setan Merah", "Getafe", "Real Madrid")
    found = sorted((text.rindex(club), club) for club in clubs if club in text)
    mentions, _ = linked(text, *((club, "organisation") for _, club in found))
    assert mentions[-1].wikidata_id == qid or qid in {one.wikidata_id for one in mentions}
    assert qid or not any(one.wikidata_id for one in mentions)


@pytest.mark.parametrize(
    ("name", "qid"),
    [
        ("Venna Melinda", "Q17410716"),
        ("Loris Karius", "Q339252"),
        ("Ferry Irawan", None),  # a name of many
    ],
)
def test_a_full_name_of_few_needs_no_words_of_its_field(name: str, qid: str | None) -> None:
    """A person who is called so is the one in the tables."""
    text = f"{name} menanam mawar di teras."
    mentions, _ = linked(text, (name, "person"))
    assert mentions[0].wikidata_id == qid


def test_a_name_in_capitals_that_places_alone_have_is_a_place() -> None:
    """An English dateline in the middle of a text is not a person."""
    text = "Two fled. PALANGKA RAYA, Nov 3 - RINA SASMITA stayed."
    mentions, _ = linked(text, ("PALANGKA RAYA", "person"), ("RINA SASMITA", "person"))
    assert [(one.type, one.wikidata_id) for one in mentions] == [
        ("place", "Q14409"),
        ("person", None),
    ]
