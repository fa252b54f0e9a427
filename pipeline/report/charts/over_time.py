"""Charts over days, weeks or months."""

from collections.abc import Mapping
from datetime import date

from warta.pipeline.report.charts.base import (
    ACCENT,
    BARE,
    COUNTS,
    LEGEND,
    LEGEND_HEIGHT,
    NARROW,
    SECOND,
    TEXT,
    THIRD,
    WIDE,
    Draw,
    Rows,
    Spec,
    buckets,
    config,
    counts_width,
    data,
    days_axis,
    frame,
    inner_width,
    labels,
    shorten,
    widest,
)

_HEADLINE = 330
"""Pixels of a headline beside its timeline."""
_LARGEST_DOT = 420
_HEADING = 11
"""Size of the heading of a small chart."""


def articles_over_days(rows: Rows, unit: str, *, stories: bool) -> Draw:
    """Return stacked columns of originals and copies, and a line of stories where there are any."""
    days = _buckets(rows, unit)
    kinds = [
        {unit: row[unit], "kind": kind, "order": place, "articles": row[kind]}
        for row in rows
        for place, kind in enumerate(("originals", "copies"))
    ]

    def draw(wide: bool) -> Spec:
        left = counts_width(rows, "originals", "copies")
        width = inner_width(wide, left, 8)
        band = min(max(1.5, width / max(len(days), 1) * 0.72), 40)
        x = days_axis(unit, unit, days, width, band * 0.7)
        bars: Spec = {
            "data": data(kinds),
            "mark": {"type": "bar", "width": band},
            "encoding": {
                "x": x,
                "y": {
                    "field": "articles",
                    "type": "quantitative",
                    "axis": {**COUNTS, "title": None, "tickCount": 5},
                    "stack": True,
                },
                "color": {
                    "field": "kind",
                    "type": "nominal",
                    "legend": LEGEND,
                    "scale": {
                        "domain": ["originals", "copies", *(["stories"] if stories else [])],
                        "range": [ACCENT, SECOND, *([THIRD] if stories else [])],
                    },
                },
                "order": {"field": "order"},
            },
        }
        if not stories:
            return frame(wide, 220, left=left, top=LEGEND_HEIGHT, **bars)
        line = {
            "data": data([{**row, "kind": "stories"} for row in rows]),
            "mark": {"type": "line", "point": True, "strokeWidth": 2},
            "encoding": {
                "x": {"field": unit, "type": "temporal"},
                "y": {"field": "stories", "type": "quantitative"},
                "color": {"field": "kind", "type": "nominal"},
            },
        }
        return frame(wide, 220, left=left, top=LEGEND_HEIGHT, layer=[bars, line])

    return draw


def small_multiples(rows: Rows, facet: str, unit: str) -> Draw:
    """Return a small column chart for each value of `facet`, the same scale for all."""
    days = _buckets(rows, unit)
    names = list(dict.fromkeys(row[facet] for row in rows))
    largest = max((row["articles"] for row in rows), default=0)
    ticks = {"values": [0, 1]} if largest <= 1 else {"tickCount": 2}

    def draw(wide: bool) -> Spec:
        across, gap = (4, 24) if wide else (2, 16)
        left = counts_width(rows, "articles")
        width = ((WIDE if wide else NARROW) - left - 10 - gap * (across - 1)) / across
        band = max(1.0, min(14.0, width / max(len(days), 1) * 0.75))
        heading = dict(
            zip(names, [shorten(one, width, _HEADING, bold=True) for one in names], strict=True)
        )
        shown = [{**row, facet: heading[row[facet]]} for row in rows]
        header = {
            "labelColor": TEXT,
            "labelFontSize": _HEADING,
            "labelAnchor": "start",
            "title": None,
            "labelFontWeight": "bold",
            "labelPadding": 4,
            "labelLimit": 0,
        }
        chart = {
            "mark": {"type": "bar", "width": band, "color": ACCENT},
            "width": width,
            "height": 70,
            "encoding": {
                "x": days_axis(unit, unit, days, width, band * 0.7, flush=True),
                "y": {
                    "field": "articles",
                    "type": "quantitative",
                    "axis": {**COUNTS, "title": None, **ticks},
                },
            },
        }
        return {
            "data": data(shown),
            "facet": {"field": facet, "type": "nominal", "header": header},
            "columns": across,
            "spacing": {"row": 14, "column": gap},
            "spec": chart,
            "config": config(padding={"left": 2, "top": 2, "bottom": 2, "right": 8}),
        }

    return draw


def timelines(rows: Rows, titles: Mapping[str, str]) -> Draw:
    """Return a line of dots for each story: a dot a day, larger with its articles.

    Args:
      rows: story_id, day, articles.
      titles: What each story is called, in the order of the lines.
    """
    kept = [row for row in rows if row["story_id"] in titles]
    days = _buckets(kept, "day", "day")
    dated = {row["story_id"] for row in kept}
    titles = {key: title for key, title in titles.items() if key in dated}

    def draw(wide: bool) -> Spec:
        names = labels(list(titles.values()), _HEADLINE if wide else NARROW - 20)
        title_of = dict(zip(titles, names, strict=True))
        left = widest(names) + 14 if wide else 8
        y = {
            "field": "title",
            "type": "nominal",
            "sort": names,
            "axis": {**BARE, "grid": True, "labels": wide},
        }
        dots: Spec = {
            "mark": {"type": "circle", "color": ACCENT, "opacity": 0.85},
            "encoding": {
                "y": y,
                "x": days_axis("day", "day", days, inner_width(wide, left, 14), 12),
                "size": {
                    "field": "articles",
                    "type": "quantitative",
                    "scale": {"range": [30, _LARGEST_DOT if wide else _LARGEST_DOT / 2]},
                    "legend": None,
                },
            },
        }
        shown = data([{**row, "title": title_of[row["story_id"]]} for row in kept])
        if wide:
            return frame(wide, 30 * len(names), left=left, right=14, data=shown, **dots)
        # On a phone the headline is above its line, which has all the width then.
        above = {
            "data": {"values": [{"title": name} for name in names]},
            "mark": {"type": "text", "align": "left", "dy": -16, "dx": -4},
            "encoding": {"y": y, "x": {"value": 0}, "text": {"field": "title"}},
        }
        layer = [{"data": shown, **dots}, above]
        return frame(wide, 42 * len(names), left=left, right=14, layer=layer)

    return draw


def _buckets(rows: Rows, unit: str, field: str = "") -> list[date]:
    found = [row[field or unit] for row in rows]
    return buckets(min(found), max(found), unit) if found else []
