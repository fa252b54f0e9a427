"""The tables of known names, and how they are matched."""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from warta.transforms.core.errors import GazetteerError
from warta.transforms.tagging.ner.gazetteer import TABLES, Gazetteer, Match, Row, read_table
from warta.transforms.tagging.ner.tokens import tokenise

SHIPPED = sorted(TABLES.glob("*.tsv"))
COMMON_WORDS = frozenset(
    [
        "ada",
        "agar",
        "akan",
        "anak",
        "and",
        "are",
        "atau",
        "baru",
        "batu",
        "bisa",
        "buku",
        "but",
        "dalam",
        "dan",
        "dari",
        "dunia",
        "for",
        "from",
        "great",
        "guru",
        "hari",
        "have",
        "home",
        "hukum",
        "ini",
        "itu",
        "jalan",
        "jika",
        "kami",
        "kantor",
        "kaya",
        "kita",
        "kota",
        "lain",
        "landak",
        "laut",
        "lebih",
        "malam",
        "may",
        "merdeka",
        "mereka",
        "most",
        "nasional",
        "negara",
        "new",
        "news",
        "not",
        "oleh",
        "one",
        "orang",
        "over",
        "pagi",
        "pasar",
        "people",
        "pilihan",
        "politik",
        "rakyat",
        "sama",
        "satu",
        "saya",
        "sehat",
        "some",
        "state",
        "sudah",
        "terkini",
        "that",
        "the",
        "they",
        "this",
        "tidak",
        "time",
        "tugas",
        "uang",
        "utama",
        "warga",
        "was",
        "when",
        "will",
        "with",
        "work",
        "yang",
        "year",
    ]
)


def shipped_rows() -> list[tuple[str, Row]]:
    return [
        (path.name, row)
        for path in SHIPPED
        for row in read_table(path.read_text(encoding="utf-8"), path.name)
    ]


def find(gazetteer: Gazetteer, text: str, *, exact: bool = False) -> list[Match]:
    tokens = tokenise(text)
    lowered = [word.lower() for word in tokens.words]
    found = []
    for index, word in enumerate(tokens.words):
        if word[:1].isupper():
            match = gazetteer.at(tokens, lowered, index, exact=exact)
            if match:
                found.append(match)
    return found


@pytest.fixture(scope="module")
def shipped() -> Gazetteer:
    return Gazetteer.load()


def test_every_shipped_row_is_whole_and_names_its_source() -> None:
    """Rows have a source, and no Wikidata id belongs to two names of one table."""
    owners: dict[tuple[str, str], set[str]] = defaultdict(set)
    for table, row in shipped_rows():
        assert row.source, row
        if row.wikidata_id:
            owners[table, row.wikidata_id].add(row.name)
    shared = {key: names for key, names in owners.items() if len(names) > 1}
    assert not shared


def test_one_name_of_one_type_has_one_id_in_all_tables() -> None:
    """Two tables may know a name, but never by two Wikidata ids."""
    ids: dict[tuple[str, str], set[str]] = defaultdict(set)
    for _, row in shipped_rows():
        for name in (row.name, *row.aliases):
            if row.wikidata_id:
                ids[name, row.type].add(row.wikidata_id)
    assert not {key: found for key, found in ids.items() if len(found) > 1}


def test_no_name_is_a_common_word() -> None:
    """A name that is an everyday word would be found in every article."""
    for table, row in shipped_rows():
        for name in (row.name, *row.aliases):
            if not name.isupper():
                assert name.lower() not in COMMON_WORDS, f"{table}: {name}"


def test_shipped_lists_stay_under_a_megabyte() -> None:
    """All tables that are matched in texts are small enough to read and to load fast."""
    files = [*TABLES.glob("*.*"), *(TABLES / "words").glob("*.*")]
    assert sum(path.stat().st_size for path in files) < 1_000_000


@pytest.mark.parametrize(
    ("name", "qid"),
    [
        ("Inggris", "Q145"),
        ("Prancis", "Q142"),
        ("Perancis", "Q142"),
        ("Kiev", "Q1899"),
        ("Kyiv", "Q1899"),
        ("AS", "Q30"),
        ("Amerika Serikat", "Q30"),
        ("London", "Q84"),
        ("Washington", "Q61"),
        ("Rusia", "Q159"),
        ("Ukraina", "Q212"),
        ("PBB", "Q1065"),
        ("NATO", "Q7184"),
        ("Uni Eropa", "Q458"),
        ("ASEAN", "Q7768"),
        ("Laut Hitam", "Q166"),
        ("Eropa", "Q46"),
        ("Timur Tengah", "Q7204"),
        ("Belanda", "Q55"),
        ("JAKARTA", "Q3630"),
    ],
)
def test_well_known_names_have_their_ids(shipped: Gazetteer, name: str, qid: str) -> None:
    """Names of the news lead to the entity that the news means."""
    row = shipped.lookup(name)
    assert row is not None
    assert row.wikidata_id == qid


@pytest.mark.parametrize("text", ["as roda patah", "As roda", "ma", "Ma", "di kota", "jakarta"])
def test_acronyms_and_names_need_their_capitals(shipped: Gazetteer, text: str) -> None:
    """A short acronym matches in capitals alone, any other name with a capital."""
    assert find(shipped, text) == []


def test_the_longest_name_wins_and_words_stay_whole() -> None:
    """A name inside a longer known one, or inside a word, is not found at its place."""
    rows = [Row("Laut", "place", None, (), "t"), Row("Laut Hijau", "place", None, (), "t")]
    gazetteer = Gazetteer(iter(rows))
    assert [match.row.name for match in find(gazetteer, "Di Laut Hijau")] == ["Laut Hijau"]
    assert [match.row.name for match in find(gazetteer, "Laut Merah")] == ["Laut"]
    assert find(gazetteer, "Lautan Hijau") == []


def test_a_name_whose_lowering_changes_its_length_is_matched() -> None:
    """Lower case may be longer than what it was made of: offsets do not care."""
    gazetteer = Gazetteer(iter([Row("İzmir", "place", None, (), "t")]))
    (match,) = find(gazetteer, "Gempa di İzmir")
    assert (match.first, match.last) == (2, 3)


def test_exact_matching_takes_names_as_written() -> None:
    """Where no rules of a language help, case must agree throughout."""
    gazetteer = Gazetteer(iter([Row("Garda Laut", "organisation", None, (), "t")]))
    assert find(gazetteer, "GARDA LAUT", exact=True) == []
    assert len(find(gazetteer, "Garda Laut", exact=True)) == 1


def test_a_users_table_wins_over_the_shipped_ones(tmp_path: Path) -> None:
    """The same name in a user's file has the user's type and id."""
    file = tmp_path / "own.tsv"
    file.write_text("London\torganisation\tQ999999\tSi Kabut|LDN\n", encoding="utf-8")
    gazetteer = Gazetteer.load((str(file),))
    for name in ("London", "Si Kabut", "LDN"):
        row = gazetteer.lookup(name)
        assert row is not None
        assert (row.type, row.wikidata_id) == ("organisation", "Q999999")


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ("Kota Awan\tcity\t\t", "type 'city'"),
        ("Kota Awan\tplace\t145\t", "'145' is not a Wikidata id"),
        ("\tplace\tQ1\t", "no name"),
        ("Kata " * 200 + "\tplace", "a name of 999 characters; at most 400"),
        ("Kota Awan\tplace\t\t" + "a" * 401, "a name of 401 characters"),
    ],
)
def test_a_wrong_row_is_named_with_its_line(tmp_path: Path, table: str, complaint: str) -> None:
    """What is wrong with a table is said with its file and line."""
    file = tmp_path / "own.tsv"
    file.write_text(f"# mine\n{table}\n", encoding="utf-8")
    with pytest.raises(GazetteerError, match=re.escape(f"line 2: {complaint}")):
        Gazetteer.load((str(file),))


def test_a_table_that_is_not_there_is_said_in_one_line(tmp_path: Path) -> None:
    """A missing file is the user's to mend: no traceback from a library."""
    with pytest.raises(GazetteerError, match=r"none\.tsv"):
        Gazetteer.load((str(tmp_path / "none.tsv"),))


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/urandom"])
def test_a_table_without_an_end_is_refused(device: str) -> None:
    """A device given by mistake shows itself in its first bytes."""
    with pytest.raises(GazetteerError, match="no table of UTF-8 text"):
        Gazetteer.load((device,))


def test_packed_tables_hold_what_the_readable_ones_hold() -> None:
    """Each name of the tables leads to the same row, from the cache and from the tables."""
    built = Gazetteer(row for path in sorted(TABLES.glob("*.tsv")) for row in _rows_of(path))
    packed = Gazetteer.unpack(built.pack())
    for path in TABLES.glob("*.tsv"):
        for row in _rows_of(path):
            for name in (row.name, *row.aliases):
                assert packed.lookup(name) == built.lookup(name)
                assert packed.lookup(name[:-1]) == built.lookup(name[:-1])


def _rows_of(path: Path) -> Iterator[Row]:
    return read_table(path.read_text(encoding="utf-8"), path.name)
