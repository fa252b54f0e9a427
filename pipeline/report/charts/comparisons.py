"""Charts of names side by side: bars, and what came against what was expected."""

from collections.abc import Iterator

from warta.pipeline.report.charts.base import (
    ACCENT,
    BARE,
    COUNTS,
    LAND,
    LEGEND,
    LEGEND_HEIGHT,
    MUTED,
    SECOND,
    THIRD,
    Draw,
    Rows,
    Spec,
    data,
    frame,
    labels,
    widest,
)
from warta.pipeline.report.charts.matrix import by_sum

_LABEL, _NARROW_LABEL = 190, 130
"""Pixels of a name, at most."""
_BELOW = 42
"""Pixels of an axis with its title."""
_LINEAR_UP_TO = 20
"""Articles up to which names are compared on an even scale."""


def movers(rows: Rows) -> Draw:
    """Return a line from what was expected of each name to what came, a dot at the end of it.

    The scale is logarithmic where some names are in many articles: those in few would be one dot.
    """
    largest = max((max(row["recent"], row["expected"]) for row in rows), default=1)
    is_even = largest <= _LINEAR_UP_TO
    scale = {"type": "linear"} if is_even else {"type": "symlog", "constant": 1}
    title = "articles in the recent days" + ("" if is_even else ", on a logarithmic scale")

    def draw(wide: bool) -> Spec:
        names = labels([row["name"] for row in rows], _LABEL if wide else _NARROW_LABEL)
        shown = [
            {
                "recent": row["recent"],
                "expected": row["expected"],
                "label": name,
                "goes": "more" if row["recent"] >= row["expected"] else "fewer",
            }
            for name, row in zip(names, rows, strict=True)
        ]
        y = {
            "field": "label",
            "type": "nominal",
            "scale": {"domain": names},
            "axis": {**BARE, "grid": False, "offset": 8},
        }
        colour = {
            "field": "goes",
            "type": "nominal",
            "legend": {**LEGEND, "symbolType": "circle"},
            "scale": {"domain": ["more", "fewer"], "range": [ACCENT, SECOND]},
        }
        axis = {**COUNTS, "title": title if wide else title.replace("articles in the ", "")}
        axis |= {"tickCount": 5} if is_even else {"values": list(_powers(largest, wide))}
        x = {"type": "quantitative", "axis": axis, "scale": scale | {"domainMin": 0}}
        expected, recent = {"field": "expected", **x}, {"field": "recent", **x}
        return frame(
            wide,
            21 * len(names),
            left=widest(names) + 18,
            top=LEGEND_HEIGHT + 4,
            right=14,
            bottom=_BELOW,
            data=data(shown),
            layer=[
                {
                    "mark": {"type": "rule", "strokeWidth": 2, "opacity": 0.5},
                    "encoding": {"y": y, "x": expected, "x2": {"field": "recent"}, "color": colour},
                },
                {
                    "mark": {"type": "tick", "thickness": 2, "size": 10, "color": MUTED},
                    "encoding": {"y": y, "x": expected},
                },
                {
                    "mark": {"type": "circle", "size": 70, "opacity": 1},
                    "encoding": {"y": y, "x": recent, "color": colour},
                },
            ],
        )

    return draw


def _powers(largest: float, wide: bool) -> Iterator[int]:
    """Yield ticks of a logarithmic axis: 0, 1, 3, 10, 30 ... up to past the largest value."""
    yield 0
    tick = 1
    while True:
        yield tick
        if tick >= largest:
            return
        tick = tick * 10 if not wide else tick * 3 if str(tick)[0] == "1" else tick // 3 * 10


def bars(rows: Rows, label: str, value: str, second: str | None = None) -> Draw:
    """Return horizontal bars, longest first; `second` names the column of their parts."""
    order = by_sum(rows, label, value)

    def draw(wide: bool) -> Spec:
        names = labels(order, _LABEL if wide else _NARROW_LABEL)
        name_of = dict(zip(order, names, strict=True))
        encoding: Spec = {
            "y": {
                "field": "label",
                "type": "nominal",
                "scale": {"domain": names},
                "axis": {**BARE, "grid": False},
            },
            "x": {
                "field": value,
                "type": "quantitative",
                "axis": {**COUNTS, "title": "articles", "tickCount": 5 if wide else 3},
            },
        }
        if second:
            encoding["color"] = {
                "field": second,
                "type": "nominal",
                "legend": LEGEND,
                "scale": {"range": [ACCENT, SECOND, THIRD, MUTED, LAND]},
            }
        return frame(
            wide,
            22 * len(names),
            left=widest(names) + 12,
            top=LEGEND_HEIGHT if second else 4,
            right=24,
            bottom=_BELOW,
            data=data([{**row, "label": name_of[row[label]]} for row in rows]),
            mark={"type": "bar", "color": ACCENT, "height": 14},
            encoding=encoding,
        )

    return draw
