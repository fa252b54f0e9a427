"""A table of known names from a Wikidata dump."""

import bz2
import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warta.pipeline.cli import main
from warta.transforms.core.errors import DumpError
from warta.transforms.tagging.entities import EntityTagger
from warta.transforms.tagging.ner.gazetteer import read_table
from warta.transforms.tagging.ner.wikidata import CLASSES, read_item
from warta.transforms.tagging.ner.word_tables import load_rules

Json = dict[str, Any]


def item(
    qid: str,
    classes: list[str],
    labels: dict[str, str],
    aliases: dict[str, list[str]] | None = None,
    links: int = 10,
    rank: str = "normal",
) -> Json:
    """An item as the dumps write it, with what is not read left out."""
    return {
        "type": "item",
        "id": qid,
        "labels": {tag: {"language": tag, "value": text} for tag, text in labels.items()},
        "descriptions": [],
        "aliases": {
            tag: [{"language": tag, "value": text} for text in texts]
            for tag, texts in (aliases or {}).items()
        },
        "claims": {"P31": [statement(name, rank) for name in classes]},
        "sitelinks": {f"w{n}wiki": {"site": f"w{n}wiki", "title": qid} for n in range(links)},
        "lastrevid": 1,
    }


def statement(qid: str, rank: str = "normal") -> Json:
    value = {"entity-type": "item", "numeric-id": int(qid[1:]), "id": qid}
    snak = {"snaktype": "value", "property": "P31", "datavalue": {"value": value, "type": "x"}}
    return {"mainsnak": snak, "type": "statement", "id": f"{qid}$1", "rank": rank}


ITEMS = [
    item("Q900001", ["Q5"], {"en": "Harto Nagaya", "id": "Harto Nagaya"}, {"en": ["H. Nagaya"]}),
    item("Q900002", ["Q515"], {"en": "Velmora", "de": "Velmoren"}, {"id": ["Kota Velmora"]}, 30),
    item("Q900003", ["Q7889"], {"en": "Some Game"}),
    item("Q900004", ["Q5"], {"en": "Nobody Known"}, links=1),
    item("Q900005", ["Q5"], {"ja": "春人"}),
    item("Q900006", ["Q4830453", "Q5"], {"id": "PT Lautan Senja"}, {"id": ["Lautan|Senja", "LS"]}),
    item("Q900007", ["Q5"], {"en": "Old Class"}, rank="deprecated"),
    item("Q900008", ["Q515"], {"id": "Dengan"}, {"en": ["Dengan City"]}),
]
LINES = [b"[", *(orjson.dumps(one) + b"," for one in ITEMS), b"{broken,", b"]", b""]
ROWS = [
    ("Velmora", "place", "Q900002", ("Kota Velmora",)),
    ("Harto Nagaya", "person", "Q900001", ("H. Nagaya",)),
    ("PT Lautan Senja", "organisation", "Q900006", ("LS",)),
    ("Dengan City", "place", "Q900008", ()),
]
"""The best known first, then as they come; an everyday word is not a name."""


@pytest.fixture(params=["dump.json", "dump.json.gz", "dump.json.bz2"])
def dump(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A small dump in the real format, packed in each way."""
    path = tmp_path / str(request.param)
    packers: dict[str, Callable[[bytes], bytes]] = {".gz": gzip.compress, ".bz2": bz2.compress}
    path.write_bytes(packers.get(path.suffix, bytes)(b"\n".join(LINES)))
    return path


def rows(path: Path) -> list[tuple[str, str, str | None, tuple[str, ...]]]:
    table = read_table(path.read_text(encoding="utf-8"), path.name)
    return [(row.name, row.type, row.wikidata_id, row.aliases) for row in table]


def test_a_dump_becomes_a_table(dump: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By class and language, the best known first; broken lines are counted and passed over."""
    table = dump.with_name("known.tsv")
    assert main(["gazetteer", "build", str(dump), "--output", str(table)]) == 0
    assert rows(table) == ROWS
    assert "4 wanted, 1 unreadable; 4 rows" in capsys.readouterr().out


def test_the_table_is_one_for_the_tagger(tmp_path: Path) -> None:
    """What was built is what --gazetteer reads."""
    dump, table = tmp_path / "dump.json", tmp_path / "known.tsv"
    dump.write_bytes(b"\n".join(LINES))
    assert main(["gazetteer", "build", str(dump), "--output", str(table), "--quiet"]) == 0
    spans = EntityTagger.load("id", (str(table),)).mentions("Kapal itu berlabuh di Velmora.")
    assert [(span.surface, span.row and span.row.wikidata_id) for span in spans] == [
        ("Velmora", "Q900002")
    ]


def test_classes_languages_and_bounds_are_as_asked(tmp_path: Path) -> None:
    """Other classes and languages, fewer rows: those with most sitelinks stay."""
    dump, table = tmp_path / "dump.json", tmp_path / "known.tsv"
    dump.write_bytes(b"\n".join(LINES))
    words = ["gazetteer", "build", str(dump), "--output", str(table), "--quiet"]
    assert main([*words, "--language", "de", "--class", "Q515=place"]) == 0
    assert rows(table) == [("Velmoren", "place", "Q900002", ())]
    assert main([*words, "--limit", "1"]) == 0
    assert rows(table) == ROWS[:1]
    assert main([*words, "--min-sitelinks", "0", "--class", "Q5=person"]) == 0
    assert [row[0] for row in rows(table)] == ["Harto Nagaya", "PT Lautan Senja", "Nobody Known"]


def test_a_dump_that_is_cut_off_leaves_no_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Half a dump is an error, and the table of before stays."""
    dump, table = tmp_path / "dump.json.gz", tmp_path / "known.tsv"
    table.write_text("before", encoding="utf-8")
    dump.write_bytes(gzip.compress(b"\n".join(LINES))[:-20])
    assert main(["gazetteer", "build", str(dump), "--output", str(table), "--quiet"]) == 1
    assert "dump.json.gz" in capsys.readouterr().err
    assert table.read_text(encoding="utf-8") == "before"
    assert main(["gazetteer", "build", str(tmp_path / "none"), "--output", str(table)]) == 1


@pytest.mark.parametrize("word", ["Q5", "person", "Q5=event", "5=person", "Q=person"])
def test_a_class_that_cannot_be_read_is_wrong_usage(word: str, tmp_path: Path) -> None:
    """Exit status 2, before anything is read."""
    assert main(["gazetteer", "build", str(tmp_path / "none"), "--class", word]) == 2


@pytest.mark.parametrize("line", [b"", b"[", b"]", b"  ]  "])
def test_brackets_of_the_dump_are_no_items(line: bytes) -> None:
    """Nor are they errors."""
    assert read_item(line, CLASSES, ("id",)) is None


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"[]",
        b"7",
        b'{"id": "Q1", "claims": {"P31": [7]}}',
        orjson.dumps(ITEMS[0] | {"labels": {"id": {"value": 7}}}),
        orjson.dumps(ITEMS[0] | {"labels": {"id": {"value": None}}}),
        orjson.dumps(ITEMS[0] | {"aliases": {"id": [{"value": 7}]}}),
    ],
)
def test_what_is_no_item_is_an_error(line: bytes) -> None:
    """A line of another shape is distinguished from one that is not wanted."""
    with pytest.raises(DumpError):
        read_item(line, CLASSES, ("id",))


EVERYDAY = [load_rules("id")]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=10,
)


@settings(deadline=None)
@given(st.sampled_from(["id", "labels", "aliases", "claims", "sitelinks"]), JSON)
def test_an_item_of_any_shape_is_read_or_refused(key: str, value: object) -> None:
    """Whatever is in place of a part: a row, nothing, or a DumpError."""
    given_item = ITEMS[0] | {key: value}
    try:
        found = read_item(orjson.dumps(given_item), CLASSES, ("id", "en"), EVERYDAY)
    except DumpError:
        return
    if found:
        assert found.row.type == "person"
        assert "\t" not in found.row.name
