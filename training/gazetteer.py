"""Build the tables of Wikidata ids that ship: `make gazetteer`.

Reads openly licensed tables of names with ids (SOURCES.md names each, with its licence) from
`gaz-wikidata` in the folder of data, and writes `transforms/data/gazetteer/wikidata/*.tsv`. Names
and aliases written by hand are in the tables beside that folder, and are not touched.

Run it: python -m training.gazetteer [DATA]
"""

import csv
import re
import sys
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from pathlib import Path

from warta.transforms.tagging.entity_types import ORGANISATION, PERSON, PLACE
from warta.transforms.tagging.linking.known_entities import WIKIDATA, KnownEntity, name_key
from warta.transforms.tagging.linking.normal_form import normal_form
from warta.transforms.tagging.ner.gazetteer import TABLES, Row, read_table
from warta.transforms.tagging.ner.word_tables import TABLE_NAMES, load_rules

COUNTRIES = {
    "australia-cabinet": "Q408",
    "canada-cabinet": "Q16",
    "china-ministers": "Q148",
    "egypt-ministers": "Q79",
    "france-cabinet": "Q142",
    "india-ministers": "Q668",
    "iran-ministers": "Q794",
    "iraq-ministers": "Q796",
    "israel-ministers": "Q801",
    "italy-ministers": "Q38",
    "japan-ministers": "Q17",
    "myanmar-ministers": "Q836",
    "pakistan-ministers": "Q843",
    "philippines-ministers": "Q928",
    "russia-cabinet": "Q159",
    "saudi-ministers": "Q851",
    "south-korea-ministers": "Q884",
    "spain-ministers": "Q29",
    "taiwan": "Q865",
    "timor-leste-ministers": "Q574",
    "turkey-ministers": "Q43",
    "ukraine-cabinet": "Q212",
    "united-kingdom-cabinet": "Q145",
    "us-cabinet": "Q30",
    "vietnam": "Q881",
}
"""The last part of a source's name -> the country whose politicians it lists."""
FIELDS = {
    "persons_indonesia": "politics",
    "persons_malaysia": "politics",
    "persons_singapore": "politics",
    "persons_world": "politics",
    "persons_football": "football",
    "universities": "education",
    "research_and_health_bodies": "education",
}
"""Table -> the field that a text must speak of where it names one of its rows."""
ORGANISATIONS = (
    "state_bodies",
    "parties",
    "international_bodies",
    "universities",
    "research_and_health_bodies",
)
PLACES = ("world_cities", "airports", "indonesian_towns_islands", "sites_and_waters")
PERSONS = (
    "persons_indonesia",
    "persons_malaysia",
    "persons_singapore",
    "persons_world",
    "persons_football",
    "celebrities",
)
LEAGUES = ("Indonesia", "England", "United Kingdom", "Spain", "Italy", "Germany", "France")
"""Of clubs that share a short name, those of these countries are meant."""
_TEAM_WORDS = re.compile(
    r"\b(?:A\.?F\.?C|C\.?F\.?C|F\.?C|C\.?F|S\.?C|A\.?C|A\.?S|S\.?S\.?C|U\.?D|R\.?C\.?D|B\.?C|U\.?S|S\.?V"
    r"|V\.?f\.?[LB]|T\.?S\.?G|F\.?K|N\.?K|S\.?K|C\.?D|R\.?C|O\.?G\.?C|L\.?O\.?S\.?C|P\.?S|1\.|04|05|0?9"
    r"|18\d\d|19\d\d|Balompié|Calcio|Club|de Fútbol|Unión Deportiva)(?=\W|$)\.?"
)
NO_CLUBS = frozenset(
    (
        "Europa",
        "Liga",
        "Star",
        "Union",
        "United",
        "City",
        "Sporting",
        "Racing",
        "Real",
        "Nacional",
        "National",
        "Batavia",
        "Charlotte",
        "College",
        "Dejan",
        "Dragon",
        "Institute",
        "Jurong",
        "Kaya",
        "Korea",
        "Laga",
        "Martapura",
        "Noah",
        "PLUS",
        "Penjara",
        "Reading",
        "Ultimate",
    )
)
"""Short names of clubs that mean something else in most news."""
_OTHER_TEAMS = re.compile(
    r"\b(?:II|B|C|U-?\d\d|Women|Femen\w*|Féminin\w*|Ladies|Putri|W|Reserves?|Youth"
    r"|Atlètic|Castilla|Next Gen|Youth Sector)$"
    r"|\bWomen\b|\bU-\d\d|\bUnder-\d\d|\bW\.F\.C"
)
NATIONAL_TEAM = re.compile(r"^(.+) national (?:association )?football team$")
MORE_NAMES = Path(__file__).parent / "more_names.tsv"
CONFIRMED = Path(__file__).parent / "confirmed_names.tsv"
"""Ids of hand-linked news that a licensed source has too: SOURCES.md says which were taken."""
MORE_CLUBS = Path(__file__).parent / "more_clubs.csv"
"""Clubs of countries that the table in the folder of data does not have."""
LABELS = Path(__file__).parent / "wikidata_labels.tsv"
"""Made by training/labels.py."""
WRONG_NAMES = Path(__file__).parent / "wrong_names.tsv"
"""What a source calls an entity, though another's is meant: the second source is beside it."""
SHORTEST_BRAND = 4
WELL_KNOWN = ("Q30", "Q145", "Q408", "Q833")
"""Countries whose divisions are named without the country."""
LISTED = 3
"""From so many listed persons on, a place's name is a person's too."""


def brand_rows(file: Path) -> Iterator[KnownEntity]:
    """Yield brands and operators; a name of one word that is an everyday one is left out."""
    everyday = [load_rules(language) for language in TABLE_NAMES]
    for row in _csv(file):
        name = row["name"].strip()
        kept = row["tree"].startswith(("brands/", "operators/")) and len(name) >= SHORTEST_BRAND
        words = name.lower().split()
        common = any(
            all(rules.count(word).lower + rules.count(word).other for word in words)
            for rules in everyday
        )
        if kept and not common and name[0].isupper():
            yield KnownEntity(
                name, ORGANISATION, row["wikidata_id"], (), "name-suggestion-index (BSD)"
            )


def club_rows(files: Iterable[Path], places: Container[str]) -> Iterator[KnownEntity]:
    """Yield first teams of men, with their names without the words that clubs have in common."""
    rows = [row for file in files for row in _csv(file) if not _OTHER_TEAMS.search(row["name"])]
    short = {row["wikidata_id"]: _short_name(row["name"]) for row in rows}
    holders: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        holders[normal_form(short[row["wikidata_id"]])].add(row["wikidata_id"])
    first_league = {row["wikidata_id"] for row in rows if row["country"] in LEAGUES}
    for row in rows:
        qid, alias = row["wikidata_id"], short[row["wikidata_id"]]
        rivals = holders[normal_form(alias)]
        meant = rivals if len(rivals) == 1 else rivals & first_league
        # "Madura" alone is the island, whatever a club of that name is called.
        place = alias in places or alias in NO_CLUBS
        aliases = (alias,) if meant == {qid} and alias != row["name"] and not place else ()
        yield KnownEntity(row["name"], ORGANISATION, qid, aliases, "reep (CC0)", field="football")


def _short_name(name: str) -> str:
    bare = re.sub(r"\s+", " ", _TEAM_WORDS.sub(" ", name)).strip(" .-")
    return bare if len(bare) >= SHORTEST_BRAND else name


def regency_rows(file: Path) -> Iterator[KnownEntity]:
    """Yield regencies as "Kabupaten X" and cities as "Kota X"; both are called X too."""
    for row in _csv(file):
        bare = row["name"].removeprefix("Kota ").removeprefix("Kabupaten ")
        is_city = row["place"] != "TOWN"
        kinds = ("Kota", "Kotamadya") if is_city else ("Kabupaten", "Kab")
        name, *aliases = (f"{kind} {bare}" for kind in kinds)
        yield KnownEntity(
            name, PLACE, row["id"], (*aliases, bare), "soluvas/opendata (CC0)", row["countryId"]
        )


def province_rows(file: Path) -> Iterator[KnownEntity]:
    """Yield the provinces of Indonesia."""
    for row in _csv(file):
        names = (f"Provinsi {row['name_id']}",)
        source = "soluvas/opendata (CC0)"
        yield KnownEntity(row["name_id"], PLACE, row["id"], names, source, row["countryId"])


def state_rows(file: Path) -> Iterator[KnownEntity]:
    """Yield first-level divisions of the world, and their capitals, whose names no two share."""
    everyday = load_rules("id")
    places: dict[str, dict[str, str]] = defaultdict(dict)
    for row in _csv(file):
        if row["countryId"] == "Q252":
            continue
        for qid, name in ((row["id"], row["name"]), (row["capitalId"], row["capitalName"])):
            if qid and name and len(name) >= SHORTEST_BRAND and not name.startswith("Q"):
                places[name][qid] = row["countryId"]
    for name, ids in places.items():
        if len(ids) == 1:
            ((qid, country),) = ids.items()
            well_known = country in WELL_KNOWN and everyday.count(name.lower()).listed < LISTED
            field = "" if well_known else "abroad"
            yield KnownEntity(name, PLACE, qid, (), "soluvas/opendata (CC0)", country, field)


def table_rows(file: Path) -> Iterator[KnownEntity]:
    """Yield the rows of a table in the columns of the gazetteer."""
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            place = row["source"].rpartition("/")[2]
            yield KnownEntity(
                row["name"],
                row["type"],
                row["wikidata_id"],
                tuple(filter(None, row["aliases"].split("|"))),
                row["source"],
                row["country"] or COUNTRIES.get(place, ""),
                row.get("field") or FIELDS.get(file.stem, ""),
            )


def label_rows(known: Iterable[KnownEntity]) -> Iterator[KnownEntity]:
    """Yield the labels of what no other table has, whose names nothing there has.

    National teams have their Indonesian names too.
    """
    rows = list(known)
    ids = {row.wikidata_id for row in rows}
    taken = {key for row in rows for key in row.name_keys()}
    countries = {
        name: row.name
        for table, row in hand_made_rows()
        if table == "countries"
        for name in (row.name, *row.aliases)
    }
    for row in table_rows(LABELS):
        if row.wikidata_id in ids or row.name_keys() & taken:
            continue
        team = NATIONAL_TEAM.search(row.name)
        country = countries.get(team.group(1)) if team else None
        names = (f"Timnas {country}", f"Tim Nasional {country}") if country else ()
        yield row._replace(aliases=names)


def without_wrong_names(rows: Iterable[KnownEntity]) -> Iterator[KnownEntity]:
    """Yield the rows without the names in the table of wrong ones; no name is left: no row."""
    with WRONG_NAMES.open(encoding="utf-8", newline="") as lines:
        wrong = {(row["wikidata_id"], row["name"]) for row in csv.DictReader(lines, delimiter="\t")}
    for row in rows:
        kept = [one for one in (row.name, *row.aliases) if (row.wikidata_id, one) not in wrong]
        if kept and (row.wikidata_id, "") not in wrong:
            yield row._replace(name=kept[0], aliases=tuple(kept[1:]))


def _of_type(rows: Iterable[KnownEntity], kind: str) -> list[KnownEntity]:
    return [row for row in rows if row.type == kind]


def _csv(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def merged(groups: Iterable[Iterable[KnownEntity]]) -> list[KnownEntity]:
    """Return one row an id: the first, with the names of all."""
    rows: dict[str, KnownEntity] = {}
    for row in (row for group in groups for row in group):
        first = rows.setdefault(row.wikidata_id, row)
        if first is not row and first.type == row.type:
            names = dict.fromkeys((*first.aliases, row.name, *row.aliases))
            names.pop(first.name, None)
            rows[row.wikidata_id] = first._replace(aliases=tuple(names))
    return sorted(rows.values(), key=lambda row: (row.name, row.wikidata_id))


def with_hand_made(
    rows: list[KnownEntity], hand_made: Iterable[tuple[str, Row]]
) -> list[KnownEntity]:
    """Return the rows with the names that tables written by hand have for them, and their rows.

    Who is in the table of people written by hand is known wherever the name occurs.
    """
    by_id = {row.wikidata_id: row for row in rows}
    holders: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rows:
        for name in (row.name, *row.aliases):
            holders[row.type, _squeezed(name)].add(row.wikidata_id)
    for table, hand in hand_made:
        names = (hand.name, *hand.aliases)
        meant = {hand.wikidata_id} if hand.wikidata_id else set()
        for name in () if meant else names:
            meant |= holders[hand.type, _squeezed(name)]
        if len(meant) != 1 and table == "indonesian_places":
            # Its bare name is a city's too.
            meant = holders[hand.type, _squeezed(hand.name)]
        if len(meant) != 1:
            continue
        (qid,) = map(str, meant)
        if qid not in by_id and table == MORE_NAMES.stem:
            raise SystemExit(f"{MORE_NAMES.name}: no table has {qid}")
        if qid not in by_id:
            field = "football" if table == "clubs" else ""
            country = hand.country or ""
            by_id[qid] = KnownEntity(hand.name, hand.type, qid, (), hand.source, country, field)
        row = by_id[qid]
        if row.type != hand.type:
            continue
        is_regency = row.name.startswith(("Kabupaten ", "Kota ")) and table != "indonesian_places"
        title = row.name if is_regency or table == MORE_NAMES.stem else hand.name
        if table == MORE_NAMES.stem:
            _take_names(by_id, names, qid)
        merged_names = dict.fromkeys((*names, row.name, *row.aliases))
        merged_names.pop(title)
        free = table == "people" and row.field == "politics"
        by_id[qid] = row._replace(
            name=title, aliases=tuple(merged_names), field="" if free else row.field
        )
    return sorted(by_id.values(), key=lambda row: (row.name, row.wikidata_id))


def _take_names(by_id: dict[str, KnownEntity], names: Iterable[str], owner: str) -> None:
    """Take names from all entities but one: written by hand, they are its own."""
    own = {_plain(name) for name in names}
    for qid, row in by_id.items():
        if qid != owner and any(_plain(alias) in own for alias in row.aliases):
            kept = tuple(alias for alias in row.aliases if _plain(alias) not in own)
            by_id[qid] = row._replace(aliases=kept)


def _plain(name: str) -> str:
    return name_key(name, "")


def _squeezed(name: str) -> str:
    return normal_form(name).replace(" ", "")


def more_names() -> Iterator[tuple[str, Row]]:
    """Yield names written by hand for entities whose ids are in the tables."""
    with MORE_NAMES.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            first, *others = row["names"].split("|")
            yield MORE_NAMES.stem, Row(first, row["type"], row["wikidata_id"], tuple(others), "")


def _greater_places(hand_made: Iterable[tuple[str, Row]]) -> set[str]:
    tables = ("indonesian_places", "regions", "countries")
    rows = [row for table, row in hand_made if table in tables]
    return {name for row in rows for name in (row.name, *row.aliases)}


def hand_made_rows() -> Iterator[tuple[str, Row]]:
    """Yield the rows of the tables written by hand, each with its table's name."""
    for path in sorted(TABLES.glob("*.tsv")):
        for row in read_table(path.read_text(encoding="utf-8"), path.name):
            yield path.stem, row


def build(data: Path) -> dict[str, list[KnownEntity]]:
    """Return the rows of each table that ships, from the tables in a folder."""
    files = data / "gaz-wikidata"
    tables = files / "tables"
    hand_made = list(hand_made_rows())
    confirmed = list(table_rows(CONFIRMED))
    found = {
        PERSON.value: merged(
            [
                *(table_rows(tables / f"{name}.tsv") for name in PERSONS),
                _of_type(confirmed, PERSON),
            ]
        ),
        ORGANISATION.value: merged(
            [
                *(table_rows(tables / f"{name}.tsv") for name in ORGANISATIONS),
                _of_type(confirmed, ORGANISATION),
                club_rows((files / "football-teams.csv", MORE_CLUBS), _greater_places(hand_made)),
                brand_rows(files / "brands.csv"),
            ]
        ),
        PLACE.value: merged(
            [
                province_rows(files / "id-provinces.csv"),
                regency_rows(files / "id-regencies-cities.csv"),
                *(table_rows(tables / f"{name}.tsv") for name in PLACES),
                _of_type(confirmed, PLACE),
                state_rows(files / "world-states.csv"),
            ]
        ),
    }
    for kind, rows in found.items():
        own = [one for one in hand_made if one[1].type == kind]
        known = with_hand_made(list(without_wrong_names(rows)), own)
        labelled = merged([known, (row for row in label_rows(known) if row.type == kind)])
        more = [one for one in more_names() if one[1].type == kind]
        found[kind] = list(without_wrong_names(with_hand_made(labelled, more)))
    return found


def main() -> None:
    """Write the tables and say how many rows each has."""
    data = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data")
    if not (data / "gaz-wikidata").is_dir():
        sys.exit(f"no folder gaz-wikidata in {data}: give the folder that has it")
    WIKIDATA.mkdir(exist_ok=True)
    for name, rows in build(data).items():
        own = [row for row in rows if row.type == name]
        lines = ["\t".join(KnownEntity._fields), *map(KnownEntity.line, own)]
        (WIKIDATA / f"{name}.tsv").write_text("\n".join([*lines, ""]), encoding="utf-8")
        print(f"{name:<14}{len(own):>7} rows")


if __name__ == "__main__":
    main()
