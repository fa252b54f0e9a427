"""Charts as Vega-Lite specs: plain dictionaries, each for a wide screen and for a phone.

Values from the lake are only ever data in these specs, never field names, expressions or addresses.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

Spec = dict[str, Any]
Rows = Sequence[Mapping[str, Any]]
Draw = Callable[[bool], Spec]
"""Makes a chart, given whether it is for a wide screen."""

ACCENT, SECOND, THIRD = "#2f5f8f", "#b4601f", "#5b7f3b"
TEXT, MUTED, GRID, LAND = "#22262b", "#5a6068", "#dfe2e6", "#eceef0"
"""Colours in light; the page's style replaces each where it is dark."""
COLOURS = (ACCENT, SECOND, THIRD, TEXT, MUTED, GRID, LAND)

WIDE, NARROW = 820, 330
_LABEL = 170
_NARROW_LABEL = 110
_LEGEND = {"orient": "top", "title": None, "symbolType": "square", "offset": 4}


@dataclass(frozen=True, slots=True)
class MapPoint:
    """A place on the map."""

    name: str
    latitude: float
    longitude: float
    articles: int


def _config() -> Spec:
    return {
        "background": None,
        "font": "sans-serif",
        "aria": False,
        "padding": 2,
        "view": {"stroke": None},
        "axis": {
            "labelColor": MUTED,
            "titleColor": MUTED,
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "gridColor": GRID,
            "domainColor": GRID,
            "tickColor": GRID,
            "labelFontWeight": "normal",
        },
        "legend": {"labelColor": TEXT, "labelFontSize": 12, "symbolOpacity": 1},
        "header": {
            "labelColor": TEXT,
            "labelFontSize": 11,
            "labelAnchor": "start",
            "title": None,
            "labelFontWeight": "bold",
            "labelPadding": 4,
        },
        "text": {"fontSize": 12, "color": TEXT},
    }


def _spec(wide: bool, **more: Any) -> Spec:
    inner = (WIDE if wide else NARROW) - 8
    base = {"autosize": {"type": "fit", "contains": "padding"}, "width": inner}
    return {**base, "config": _config(), **more}


def _data(rows: Rows) -> Spec:
    return {"values": [{key: _plain(value) for key, value in row.items()} for row in rows]}


def _plain(value: Any) -> Any:
    """Return a value as JSON has it: a day as its local midnight, where the ticks of axes are."""
    return f"{value}T00:00:00" if isinstance(value, date) else value


def _days_axis(field: str, unit: str, wide: bool, padding: float = 0) -> Spec:
    formats = {"day": "%-d %b", "week": "%-d %b %y", "month": "%b %Y"}
    axis = {"title": None, "format": formats[unit], "grid": False, "labelOverlap": True}
    return {
        "field": field,
        "type": "temporal",
        "scale": {"padding": padding},
        "axis": {**axis, "tickCount": 8 if wide else 3},
    }


def articles_over_days(rows: Rows, unit: str, *, stories: bool) -> Draw:
    """Return stacked columns of originals and copies, and a line of stories where there are any."""
    columns = max(len(rows), 1)
    kinds = [
        {unit: row[unit], "kind": kind, "order": place, "articles": row[kind]}
        for row in rows
        for place, kind in enumerate(("originals", "copies"))
    ]

    def draw(wide: bool) -> Spec:
        band = max(1.5, ((WIDE if wide else NARROW) - 60) / columns * 0.72)
        bars = {
            "data": _data(kinds),
            "mark": {"type": "bar", "width": min(band, 40)},
            "encoding": {
                "x": _days_axis(unit, unit, wide, min(band, 40) * 0.7),
                "y": {
                    "field": "articles",
                    "type": "quantitative",
                    "title": "articles",
                    "stack": True,
                },
                "color": {
                    "field": "kind",
                    "type": "nominal",
                    "legend": _LEGEND,
                    "scale": {
                        "domain": ["originals", "copies", *(["stories"] if stories else [])],
                        "range": [ACCENT, SECOND, *([THIRD] if stories else [])],
                    },
                },
                "order": {"field": "order"},
            },
        }
        if not stories:
            return _spec(wide, height=220, **bars)
        line = {
            "data": _data([{**row, "kind": "stories"} for row in rows]),
            "mark": {"type": "line", "point": True, "strokeWidth": 2},
            "encoding": {
                "x": {"field": unit, "type": "temporal"},
                "y": {"field": "stories", "type": "quantitative"},
                "color": {"field": "kind", "type": "nominal"},
            },
        }
        return _spec(wide, height=220, layer=[bars, line])

    return draw


def small_multiples(rows: Rows, facet: str, unit: str) -> Draw:
    """Return a small column chart for each value of `facet`, the same scale for all."""
    last = max((row[unit] for row in rows), default=None)
    first = min((row[unit] for row in rows), default=None)
    days = (last - first).days + 1 if first and last else 1
    units = {"day": days, "week": days // 7 + 1, "month": days // 30 + 1}

    def draw(wide: bool) -> Spec:
        across = 4 if wide else 2
        width = (WIDE - 4 * 26 - 30) / 4 if wide else (NARROW - 2 * 16 - 40) / 2
        band = max(1.0, min(14.0, width / units[unit] * 0.75))
        x = _days_axis(unit, unit, False, band * 0.7)
        x["axis"] = {**x["axis"], "tickCount": 2 if wide else 1}
        chart = {
            "mark": {"type": "bar", "width": band, "color": ACCENT},
            "width": width,
            "height": 70,
            "encoding": {
                "x": x,
                "y": {
                    "field": "articles",
                    "type": "quantitative",
                    "title": None,
                    "axis": {"tickCount": 2},
                },
            },
        }
        return {
            "data": _data(rows),
            "facet": {"field": facet, "type": "nominal", "header": {"labelLimit": width}},
            "columns": across,
            "spacing": {"row": 14, "column": 22 if wide else 12},
            "spec": chart,
            "config": _config(),
        }

    return draw


def matrix(rows: Rows, down: str, across: str, value: str, *, share: bool = False) -> Draw:
    """Return a table of squares, darker where the value is larger, with the value written in."""
    downs = _by_sum(rows, down, value)
    acrosses = _by_sum(rows, across, value)
    largest = max((row[value] for row in rows), default=1) or 1

    def draw(wide: bool) -> Spec:
        few = 12 if wide else 6
        kept = [row for row in rows if row[down] in downs[:few] and row[across] in acrosses[:few]]
        label = _LABEL if wide else _NARROW_LABEL
        shown = min(len(acrosses), few)
        step = min(52.0, ((WIDE if wide else NARROW) - label - 24) / max(shown, 1))
        axis = {"grid": False, "domain": False, "ticks": False, "labelColor": TEXT}
        encoding: Spec = {
            "y": {
                "field": down,
                "type": "nominal",
                "title": None,
                "sort": downs,
                "axis": {**axis, "labelLimit": label},
            },
            "x": {
                "field": across,
                "type": "nominal",
                "title": None,
                "sort": acrosses,
                "axis": {**axis, "orient": "top", "labelAngle": -45, "labelLimit": label},
            },
        }
        number = {"field": value, "type": "quantitative", "format": ".0%" if share else ",d"}
        return {
            "data": _data(kept),
            "config": _config() | {"padding": {"left": 2, "top": 2, "bottom": 2, "right": 24}},
            "width": {"step": step},
            "height": {"step": 28},
            "layer": [
                {
                    "mark": {"type": "rect", "color": ACCENT, "cornerRadius": 2},
                    "encoding": {
                        **encoding,
                        "opacity": {
                            "field": value,
                            "type": "quantitative",
                            "legend": None,
                            "scale": {"domain": [0, largest], "range": [0.06, 0.42]},
                        },
                    },
                },
                {
                    "mark": {"type": "text", "fontSize": 11 if wide else 10},
                    "encoding": {**encoding, "text": number},
                },
            ],
        }

    return draw


def _by_sum(rows: Rows, key: str, value: str) -> list[str]:
    sums: dict[str, float] = {}
    for row in rows:
        sums[row[key]] = sums.get(row[key], 0) + row[value]
    return sorted(sums, key=lambda name: (-sums[name], name))


def movers(rows: Rows) -> Draw:
    """Return a line from what was expected of each name to what came, a dot at the end of it."""
    names = [_unique(row, place) for place, row in enumerate(rows)]
    shown = [
        {**row, "label": name, "goes": "more" if row["recent"] >= row["expected"] else "fewer"}
        for name, row in zip(names, rows, strict=True)
    ]

    def draw(wide: bool) -> Spec:
        y = {
            "field": "label",
            "type": "nominal",
            "title": None,
            "sort": names,
            "axis": {
                "labelColor": TEXT,
                "labelLimit": _LABEL if wide else _NARROW_LABEL,
                "domain": False,
                "ticks": False,
                "grid": False,
                "offset": 8,
            },
        }
        colour = {
            "field": "goes",
            "type": "nominal",
            "legend": {**_LEGEND, "symbolType": "circle"},
            "scale": {"domain": ["more", "fewer"], "range": [ACCENT, SECOND]},
        }
        x = {
            "type": "quantitative",
            "title": "articles in the recent days",
            "axis": {"tickCount": 5},
        }
        return _spec(
            wide,
            height={"step": 21},
            data=_data(shown),
            layer=[
                {
                    "mark": {"type": "rule", "strokeWidth": 2, "opacity": 0.5},
                    "encoding": {
                        "y": y,
                        "x": {"field": "expected", **x},
                        "x2": {"field": "recent"},
                        "color": colour,
                    },
                },
                {
                    "mark": {"type": "tick", "thickness": 2, "size": 10, "color": MUTED},
                    "encoding": {"y": y, "x": {"field": "expected", **x}},
                },
                {
                    "mark": {"type": "circle", "size": 70, "opacity": 1},
                    "encoding": {"y": y, "x": {"field": "recent", **x}, "color": colour},
                },
            ],
        )

    return draw


def _unique(row: Mapping[str, Any], place: int) -> str:
    """Return a name that no other row has: two persons may share one, and would share a line."""
    return f"{row['name']}{chr(0x200B) * place}"


def timelines(rows: Rows, titles: Mapping[str, str]) -> Draw:
    """Return a line of dots for each story: a dot a day, larger with its articles."""
    order = list(titles)
    shown = [{**row, "title": titles[row["story_id"]]} for row in rows if row["story_id"] in titles]

    def draw(wide: bool) -> Spec:
        y = {
            "field": "title",
            "type": "nominal",
            "title": None,
            "sort": [titles[key] for key in order],
            "axis": {
                "labelColor": TEXT,
                "labelLimit": 330 if wide else 140,
                "domain": False,
                "ticks": False,
                "grid": True,
            },
        }
        return _spec(
            wide,
            height={"step": 30},
            data=_data(shown),
            mark={"type": "circle", "color": ACCENT, "opacity": 0.85},
            encoding={
                "y": y,
                "x": _days_axis("day", "day", wide, 12),
                "size": {
                    "field": "articles",
                    "type": "quantitative",
                    "scale": {"range": [30, 420]},
                    "legend": None,
                },
            },
        )

    return draw


def bars(rows: Rows, label: str, value: str, second: str | None = None) -> Draw:
    """Return horizontal bars, longest first; `second` names the column of their parts."""
    order = _by_sum(rows, label, value)

    def draw(wide: bool) -> Spec:
        encoding: Spec = {
            "y": {
                "field": label,
                "type": "nominal",
                "title": None,
                "sort": order,
                "axis": {
                    "labelColor": TEXT,
                    "labelLimit": _LABEL if wide else _NARROW_LABEL,
                    "domain": False,
                    "ticks": False,
                },
            },
            "x": {
                "field": value,
                "type": "quantitative",
                "title": "articles",
                "axis": {"tickCount": 5},
            },
        }
        if second:
            encoding["color"] = {
                "field": second,
                "type": "nominal",
                "legend": _LEGEND,
                "scale": {"range": [ACCENT, SECOND, THIRD, MUTED, LAND]},
            }
        return _spec(
            wide,
            height={"step": 22},
            data=_data(rows),
            mark={"type": "bar", "color": ACCENT, "height": 14},
            encoding=encoding,
        )

    return draw


def dot_map(points: Sequence[MapPoint], land: Mapping[str, Any]) -> Draw:
    """Return a map of the points' surroundings: land, and a dot for each place."""
    west, east = _margins([point.longitude for point in points], 360)
    south, north = _margins([point.latitude for point in points], 180)
    values = [
        {"name": one.name, "lat": one.latitude, "lon": one.longitude, "articles": one.articles}
        for one in sorted(points, key=lambda one: (-one.articles, one.name))
    ]

    def draw(wide: bool) -> Spec:
        width = WIDE - 12 if wide else NARROW - 12
        degrees = 180 / 3.14159265
        scale = width / (east - west) * degrees
        height = min(width * 0.62, (north - south) / (east - west) * width)
        middle = (north + south) / 2
        projection = {
            "type": "equirectangular",
            "scale": scale,
            "center": [0, middle],
            "rotate": [-(east + west) / 2, 0, 0],
            "translate": [width / 2, height / 2],
            "clipExtent": [[0, 0], [width, height]],
        }
        place = {
            "longitude": {"field": "lon", "type": "quantitative"},
            "latitude": {"field": "lat", "type": "quantitative"},
        }
        size = {
            "field": "articles",
            "type": "quantitative",
            "legend": None,
            "scale": {"type": "sqrt", "range": [12, 500 if wide else 260], "zero": True},
        }
        return {
            "width": width,
            "height": height,
            "config": _config(),
            "projection": projection,
            "layer": [
                {
                    "data": {
                        "values": land,
                        "format": {"type": "topojson", "feature": "land"},
                    },
                    "mark": {"type": "geoshape", "fill": LAND, "stroke": GRID, "strokeWidth": 0.7},
                },
                {
                    "data": {"values": values},
                    "mark": {
                        "type": "circle",
                        "color": ACCENT,
                        "opacity": 0.6,
                        "clip": True,
                        "stroke": ACCENT,
                        "strokeWidth": 1,
                    },
                    "encoding": {**place, "size": size},
                },
                {
                    "data": {"values": values[: 12 if wide else 5]},
                    "mark": {
                        "type": "text",
                        "dy": -11,
                        "fontSize": 11,
                        "color": TEXT,
                        "clip": True,
                        "limit": 120,
                    },
                    "encoding": {**place, "text": {"field": "name", "type": "nominal"}},
                },
            ],
        }

    return draw


def _margins(values: Sequence[float], most: float) -> tuple[float, float]:
    """Return the ends of what a map shows: the points, a margin, and never a speck alone."""
    low, high = min(values), max(values)
    margin = max((high - low) * 0.08, 4.0)
    low, high = max(low - margin, -most / 2), min(high + margin, most / 2)
    return low, high
