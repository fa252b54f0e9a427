"""The builder of the tables of ids: what it takes, what it leaves, whose a name is."""

import re
from pathlib import Path

from training.gazetteer import CONFIRMED, label_rows, merged
from training.hand_made_names import with_hand_made, without_wrong_names
from training.labels import labels
from training.labels import rows as labelled_rows
from training.name_sources import (
    brand_rows,
    club_rows,
    regency_rows,
    state_rows,
    table_rows,
)
from warta.transforms.tagging.linking.known_entities import KnownEntity
from warta.transforms.tagging.ner.gazetteer import Row


def written(folder: Path, text: str) -> Path:
    file = folder / "table.csv"
    file.write_text(text, encoding="utf-8")
    return file


def names(rows: list[KnownEntity]) -> dict[str, tuple[str, ...]]:
    return {row.wikidata_id: (row.name, *row.aliases) for row in rows}


def test_clubs_have_short_names_that_no_other_has(tmp_path: Path) -> None:
    """Of two clubs the one in a great league is meant; youth and women's teams are left out."""
    table = (
        "wikidata_id,name,country\nQ1,FC Kabut,Spain\nQ2,Kabut SC,Peru\nQ3,Embun F.C.,Peru\n"
        "Q4,FC Kabut U-19,Spain\nQ5,Madura F.C.,Indonesia\n"
    )
    found = names(list(club_rows([written(tmp_path, table)], {"Madura"})))
    assert found == {
        "Q1": ("FC Kabut", "Kabut"),
        "Q2": ("Kabut SC",),
        "Q3": ("Embun F.C.", "Embun"),
        "Q5": ("Madura F.C.",),
    }


def test_brands_are_no_everyday_words(tmp_path: Path) -> None:
    """Shops and operators are taken, stops of buses and plain words are not."""
    table = (
        "wikidata_id,name,tree,countries\nQ1,Kabutmart,brands/shop/x,id\n"
        "Q2,Orang,brands/shop/x,id\nQ3,Kabutbus,transit/route/bus,id\n"
    )
    assert names(list(brand_rows(written(tmp_path, table)))) == {"Q1": ("Kabutmart",)}


def test_regencies_and_cities_share_the_bare_name(tmp_path: Path) -> None:
    """A bare name is both; each has a full name of its own."""
    table = "id,name,geonamesId,place,countryId\nQ1,Awan,1,TOWN,Q252\nQ2,Awan,2,CITY,Q252\n"
    assert names(list(regency_rows(written(tmp_path, table)))) == {
        "Q1": ("Kabupaten Awan", "Kab Awan", "Awan"),
        "Q2": ("Kota Awan", "Kotamadya Awan", "Awan"),
    }


def test_divisions_that_share_a_name_are_left_out(tmp_path: Path) -> None:
    """A name of two divisions of the world means neither."""
    head = "id,name,capitalId,capitalName,countryId\n"
    table = f"{head}Q1,Tengah,Q5,Kabut,Q9\nQ2,Tengah,Q6,Embun,Q8\nQ3,Jawa,Q7,Solo,Q252\n"
    rows = list(state_rows(written(tmp_path, table)))
    assert [(row.wikidata_id, row.country) for row in rows] == [("Q5", "Q9"), ("Q6", "Q8")]


def test_names_written_by_hand_join_the_row_that_they_mean() -> None:
    """By id, or by a name that one row alone has; a hand-made row with an id is a row itself."""
    rows = [
        KnownEntity("Badan Awan", "organisation", "Q1", (), "s"),
        KnownEntity("Rina Kabut", "person", "Q2", ("Kabut",), "s", field="politics"),
        KnownEntity("Kabut", "person", "Q3", (), "s", field="politics"),
    ]
    hand = [
        ("state_bodies", Row("Badan Awan Nasional", "organisation", None, ("Badan Awan",), "h")),
        ("people", Row("Rina Kabut", "person", "Q2", ("Bu Rina",), "h")),
        ("people", Row("Kabut", "person", None, (), "h")),
        ("clubs", Row("Persawan", "organisation", "Q4", (), "h")),
    ]
    found = {row.wikidata_id: row for row in with_hand_made(rows, hand)}
    assert (found["Q1"].name, found["Q1"].aliases) == ("Badan Awan Nasional", ("Badan Awan",))
    assert (found["Q2"].aliases, found["Q2"].field) == (("Bu Rina", "Kabut"), "")
    assert found["Q3"].field == "politics"
    assert found["Q4"].field == "football"


def test_an_id_of_two_sources_is_one_row() -> None:
    """With the names of both."""
    one = KnownEntity("Awan", "place", "Q1", (), "s")
    two = KnownEntity("Pulau Awan", "place", "Q1", ("Awan",), "t")
    assert merged([[one], [two]]) == [one._replace(aliases=("Pulau Awan",))]


def test_a_wrong_name_of_a_source_is_left_out() -> None:
    """A row that the table of wrong names has whole, and one name of another."""
    rows = [
        KnownEntity("Walmart", "organisation", "Q62606411", (), "s"),
        KnownEntity("Columbia University", "organisation", "Q49088", ("King's College",), "s"),
        KnownEntity("Kabut", "organisation", "Q1", (), "s"),
    ]
    assert names(list(without_wrong_names(rows))) == {
        "Q49088": ("Columbia University",),
        "Q1": ("Kabut",),
    }


def test_labels_name_what_no_other_table_has() -> None:
    """An id or a name that is taken stays as it is; national teams are called "Timnas" too."""
    known = [
        KnownEntity("Rockets", "organisation", "Q161345", (), "s"),
        KnownEntity("Boston Celtics", "organisation", "Q1", (), "s"),
    ]
    found = names(list(label_rows(known)))
    assert "Q161345" not in found
    assert "Boston Celtics" not in {name for one in found.values() for name in one}
    assert "Timnas Argentina" in found["Q79800"]


def test_labels_are_taken_of_bodies_that_texts_of_two_sets_name() -> None:
    """No plain words, no namesakes, no body that every country has; persons are asked for."""
    entity = '{{"entity_id": "{}", "name": "{}", "type": "{}"}}'.format
    lines = [
        entity("Q1", "Kabut Steel Works", "Q43229"),
        entity("Q2", "Embun Motors", "Q43229"),
        entity("Q3", "Embun Motors", "Q43229"),
        entity("Q4", "Lady Gaga", "Q215627"),
        entity("Q5", "Ministry of Fog", "Q43229"),
        entity("Q6", "Rina Kabut", "Q215627"),
    ]
    text = ", ".join(lines)
    once = entity("Q7", "Awan Airlines", "Q43229")
    files = [("a.rss-500.x.jsonl", f"{text}, {once}"), ("a.kore50.x.jsonl", text)]
    found = {row.wikidata_id: row.type for row in labelled_rows(labels(files), {"Q6": "person"})}
    assert found == {"Q1": "organisation", "Q4": "person", "Q6": "person"}


def test_ids_of_hand_linked_news_have_a_licensed_source() -> None:
    """Each row says who has the id too, and how often it was linked: from three times on."""
    for row in table_rows(CONFIRMED):
        linked = re.match(r"ELEVATE-ID, linked by hand (\d+) times", row.source)
        assert linked is None or int(linked.group(1)) >= 3, row
        assert linked or re.search(r"CC0|Apache-2.0|MIT", row.source), row
        # A collection without a licence confirms what another has, and gives nothing alone.
        assert "X-FACTR" not in row.source or row.source.startswith("ELEVATE-ID"), row
