"""Build the tables of Wikidata ids that ship: `make gazetteer`.

Reads openly licensed tables of names with ids (SOURCES.md names each, with its licence) from
`gaz-wikidata` in the folder of data, and writes `transforms/data/gazetteer/wikidata/*.tsv`. Names
and aliases written by hand are in the tables beside that folder, and are not touched.

Run it: python -m training.gazetteer [DATA]
"""

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from training.hand_made_names import (
    hand_made_rows,
    more_names,
    with_hand_made,
    without_wrong_names,
)
from training.name_sources import (
    brand_rows,
    club_rows,
    province_rows,
    regency_rows,
    state_rows,
    table_rows,
)
from warta.transforms.tagging.entity_types import ORGANISATION, PERSON, PLACE
from warta.transforms.tagging.linking.known_entities import WIKIDATA, KnownEntity
from warta.transforms.tagging.ner.gazetteer import Row

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
NATIONAL_TEAM = re.compile(r"^(.+) national (?:association )?football team$")
CONFIRMED = Path(__file__).parent / "confirmed_names.tsv"
"""Ids of hand-linked news that a licensed source has too: SOURCES.md says which were taken."""
MORE_CLUBS = Path(__file__).parent / "more_clubs.csv"
"""Clubs of countries that the table in the folder of data does not have."""
LABELS = Path(__file__).parent / "wikidata_labels.tsv"
"""Made by training/labels.py."""


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


def _of_type(rows: Iterable[KnownEntity], kind: str) -> list[KnownEntity]:
    return [row for row in rows if row.type == kind]


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


def _greater_places(hand_made: Iterable[tuple[str, Row]]) -> set[str]:
    tables = ("indonesian_places", "regions", "countries")
    rows = [row for table, row in hand_made if table in tables]
    return {name for row in rows for name in (row.name, *row.aliases)}


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
