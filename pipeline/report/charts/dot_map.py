"""A map of places: land, a dot for each, and the names that fit."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from warta.pipeline.report.charts.base import (
    ACCENT,
    GRID,
    LAND,
    NARROW,
    TEXT,
    WIDE,
    Draw,
    Spec,
    config,
    shorten,
    text_width,
)

_SIZE = 11
"""Of names on the map."""
_MOST_NAMES = 24
_NAME_WIDTH = 130
_LEAST_MARGIN = 4.0
"""Degrees around the points: a map of one town shows where it is."""
_NEAR_DEGREES = (50.0, 25.0)
"""Width and height of the part that is shown larger, at most: Indonesia has 46 and 17 degrees."""
_TALLEST = (0.62, 0.9)
"""Height of a map, at most, in its width: on a wide screen, on a phone."""


@dataclass(frozen=True, slots=True)
class MapPoint:
    """A place on the map."""

    name: str
    latitude: float
    longitude: float
    articles: int


class Box(NamedTuple):
    """A part of the world, in degrees."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, point: MapPoint) -> bool:
        """Return whether a place is in it."""
        return (
            self.west <= point.longitude <= self.east and self.south <= point.latitude <= self.north
        )


def surroundings(points: Sequence[MapPoint]) -> Box:
    """Return the part of the world that holds all points."""
    west, east = _with_margin([one.longitude for one in points], 360)
    south, north = _with_margin([one.latitude for one in points], 180)
    return Box(west, south, east, north)


def densest(points: Sequence[MapPoint]) -> Box | None:
    """Return a far smaller part of the world that holds most mentions; None: there is none.

    Example:
      >>> here = [MapPoint("Bandung", -6.9, 107.6, 90), MapPoint("Bogor", -6.6, 106.8, 60)]
      >>> densest(here) is None
      True
      >>> densest([*here, MapPoint("Lima", -12.0, -77.0, 1)]) == surroundings(here)
      True
    """
    west, east = _window([(one.longitude, one.articles) for one in points], _NEAR_DEGREES[0])
    columns = [one for one in points if west <= one.longitude <= east]
    south, north = _window([(one.latitude, one.articles) for one in columns], _NEAR_DEGREES[1])
    inside = [one for one in columns if south <= one.latitude <= north]
    total = sum(one.articles for one in points)
    if len(inside) < 2 or sum(one.articles for one in inside) < total / 2:
        return None
    near, all_ = surroundings(inside), surroundings(points)
    return near if near.east - near.west < (all_.east - all_.west) / 2 else None


def dot_map(points: Sequence[MapPoint], land: Mapping[str, Any], box: Box) -> Draw:
    """Return a map of a part of the world: land, a dot for each place, and the names that fit."""
    shown = sorted(
        (one for one in points if box.holds(one)), key=lambda one: (-one.articles, one.name)
    )
    values = [
        {"lat": one.latitude, "lon": one.longitude, "articles": one.articles} for one in shown
    ]

    def draw(wide: bool) -> Spec:
        canvas = _Canvas.of(box, wide)
        most, largest = (_MOST_NAMES, 500) if wide else (6, 260)
        placed = [canvas.place(one) for one in shown]
        names = list(_names(placed, canvas.width, canvas.height, most))
        return {
            "autosize": {"type": "none"},
            "padding": 2,
            "width": canvas.width,
            "height": canvas.height,
            "config": config(),
            "projection": canvas.projection(),
            "layer": [_land_layer(land), _dot_layer(values, largest), _name_layer(names)],
        }

    return draw


class _Placed(NamedTuple):
    """A place in the pixels of a map."""

    name: str
    x: float
    y: float


class _Canvas(NamedTuple):
    """A part of the world, and the pixels that it is drawn in."""

    part: Box
    width: float
    height: float

    @classmethod
    def of(cls, box: Box, wide: bool) -> "_Canvas":
        """Return where a part of the world is drawn, on a wide screen or on a phone."""
        width = (WIDE if wide else NARROW) - 4
        part = _widened(box, _TALLEST[0] if wide else _TALLEST[1])
        degree = width / (part.east - part.west)
        return cls(part, width, (part.north - part.south) * degree)

    @property
    def degree(self) -> float:
        """Return the pixels of a degree."""
        return self.width / (self.part.east - self.part.west)

    @property
    def middle(self) -> float:
        """Return the latitude half-way up."""
        return (self.part.north + self.part.south) / 2

    def place(self, point: MapPoint) -> _Placed:
        """Return a place in pixels."""
        x = (point.longitude - self.part.west) * self.degree
        return _Placed(
            point.name, x, self.height / 2 - (point.latitude - self.middle) * self.degree
        )

    def projection(self) -> Spec:
        """Return the same for Vega."""
        return {
            "type": "equirectangular",
            "scale": self.degree * 180 / 3.14159265,
            "center": [0, self.middle],
            "rotate": [-(self.part.east + self.part.west) / 2, 0, 0],
            "translate": [self.width / 2, self.height / 2],
            "clipExtent": [[0, 0], [self.width, self.height]],
        }


def _land_layer(land: Mapping[str, Any]) -> Spec:
    format_ = {"type": "topojson", "feature": "land"}
    outline = {"type": "geoshape", "fill": LAND, "stroke": GRID, "strokeWidth": 0.7}
    return {"data": {"values": land, "format": format_}, "mark": outline}


def _dot_layer(values: Sequence[Spec], largest: int) -> Spec:
    """Return a dot for each place, the largest of so many square pixels."""
    dot = {"type": "circle", "color": ACCENT, "opacity": 0.6, "clip": True}
    size = {
        "field": "articles",
        "type": "quantitative",
        "legend": None,
        "scale": {"type": "sqrt", "range": [12, largest], "zero": True},
    }
    return {
        "data": {"values": values},
        "mark": {**dot, "stroke": ACCENT, "strokeWidth": 1},
        "encoding": {
            "longitude": {"field": "lon", "type": "quantitative"},
            "latitude": {"field": "lat", "type": "quantitative"},
            "size": size,
        },
    }


def _name_layer(names: Sequence[Spec]) -> Spec:
    return {
        "data": {"values": names},
        "mark": {"type": "text", "fontSize": _SIZE, "color": TEXT, "align": "left"},
        "encoding": {
            "x": {"field": "left", "type": "quantitative", "scale": None},
            "y": {"field": "middle", "type": "quantitative", "scale": None},
            "text": {"field": "name", "type": "nominal"},
        },
    }


def _names(placed: Sequence[_Placed], width: float, height: float, most: int) -> Iterator[Spec]:
    """Yield the names of the largest dots that have space beside them, and where they start."""
    taken: list[tuple[float, float, float, float]] = []
    found = 0
    for point in placed:
        name = shorten(point.name, _NAME_WIDTH, _SIZE)
        long = text_width(name, _SIZE)
        right_of, left_of, over = point.x + 12, point.x - long - 12, point.x - long / 2
        beside = (
            (right_of, point.y),
            (over, point.y - 16),
            (left_of, point.y),
            (over, point.y + 16),
        )
        for left, middle in beside:
            box = (left, middle - 7, left + long, middle + 7)
            is_inside = box[0] >= 0 and box[1] >= 0 and box[2] <= width and box[3] <= height
            if is_inside and not any(_overlap(box, other) for other in taken):
                taken.append(box)
                yield {"name": name, "left": left, "middle": middle}
                found += 1
                break
        # No name is on a dot that is larger than its own.
        taken.append((point.x - 6, point.y - 6, point.x + 6, point.y + 6))
        if found == most:
            return


def _widened(box: Box, tallest: float) -> Box:
    """Return a part of the world that is not taller than a map may be."""
    more = (box.north - box.south) / tallest - (box.east - box.west)
    if more <= 0:
        return box
    return Box(box.west - more / 2, box.south, box.east + more / 2, box.north)


def _overlap(
    one: tuple[float, float, float, float], other: tuple[float, float, float, float]
) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _window(values: Sequence[tuple[float, int]], span: float) -> tuple[float, float]:
    """Return the ends of the part of a line, so long at most, that holds the largest weights."""
    ordered = sorted(values)
    best = (0, 0.0, 0.0)
    start = weight = 0
    for value, more in ordered:
        weight += more
        while value - ordered[start][0] > span:
            weight -= ordered[start][1]
            start += 1
        best = max(best, (weight, ordered[start][0], value))
    return best[1], best[2]


def _with_margin(values: Sequence[float], most: float) -> tuple[float, float]:
    """Return the ends of what a map shows: the points, a margin, and never a speck alone."""
    low, high = min(values), max(values)
    margin = max((high - low) * 0.08, _LEAST_MARGIN)
    return max(low - margin, -most / 2), min(high + margin, most / 2)
