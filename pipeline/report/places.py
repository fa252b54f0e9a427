"""Where places are, as far as openly licensed tables say (transforms/data/SOURCES.md)."""

import csv
import functools
import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

_FOLDER = files("warta.transforms").joinpath("data", "map")


@functools.cache
def coordinates() -> Mapping[str, tuple[float, float]]:
    """Return latitude and longitude in degrees by Wikidata id.

    Example:
      >>> coordinates()["Q10389"]
      (-6.95, 107.567)
    """
    text = _FOLDER.joinpath("coordinates.tsv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines(), delimiter="\t")
    return {row["wikidata_id"]: (float(row["latitude"]), float(row["longitude"])) for row in rows}


@functools.cache
def land() -> dict[str, Any]:
    """Return the outlines of the continents and islands, as TopoJSON (Natural Earth, 1:110m)."""
    return json.loads(_FOLDER.joinpath("land-110m.json").read_text(encoding="utf-8"))
