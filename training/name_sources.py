"""Openly licensed tables of names with Wikidata ids, read as rows: a function a shape of table."""

import csv
import re
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from pathlib import Path

from warta.transforms.tagging.entity_types import ORGANISATION, PLACE
from warta.transforms.tagging.linking.known_entities import KnownEntity
from warta.transforms.tagging.linking.normal_form import normal_form
from warta.transforms.tagging.ner.candidates import INDONESIA
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
        if row["countryId"] == INDONESIA:
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


def _csv(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)
