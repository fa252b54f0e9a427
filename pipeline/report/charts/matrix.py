"""Tables of squares: who took from whom, who writes of what."""

import math

from warta.pipeline.report.charts.base import (
    ACCENT,
    BARE,
    NARROW,
    WIDE,
    Draw,
    Rows,
    Spec,
    data,
    frame,
    labels,
    text_width,
    widest,
)

_LABEL, _NARROW_LABEL = 180, 120
"""Pixels of a name, at most."""
_STEP = 52.0
"""Pixels from one column to the next, at most."""
_ROW = 28
_SLANT = math.sin(math.pi / 4)


def matrix(rows: Rows, down: str, across: str, value: str, *, share: bool = False) -> Draw:
    """Return a table of squares, darker where the value is larger, with the value written in."""
    downs = by_sum(rows, down, value)
    acrosses = by_sum(rows, across, value)
    largest = max((row[value] for row in rows), default=1) or 1

    def draw(wide: bool) -> Spec:
        few, limit = (12, _LABEL) if wide else (6, _NARROW_LABEL)
        down_of = dict(zip(downs[:few], labels(downs[:few], limit), strict=True))
        across_of = dict(zip(acrosses[:few], labels(acrosses[:few], limit), strict=True))
        shown = [
            {
                value: row[value],
                "down": down_of[row[down]],
                "across": across_of[row[across]],
                "text": f"{row[value]:.0%}" if share else _short(row[value], wide),
            }
            for row in rows
            if row[down] in down_of and row[across] in across_of
        ]
        left = widest(list(down_of.values())) + 12
        right = text_width(list(across_of.values())[-1]) * _SLANT - 8 if across_of else 0
        right = max(right, 8)
        space = (WIDE if wide else NARROW) - left
        step = min(_STEP, (space - right) / max(len(across_of), 1))
        axis = {**BARE, "grid": False, "labelPadding": 6}
        names_down, names_across = list(down_of.values()), list(across_of.values())
        encoding: Spec = {
            "y": {
                "field": "down",
                "type": "nominal",
                "axis": axis,
                "scale": {"domain": names_down},
            },
            "x": {
                "field": "across",
                "type": "nominal",
                "axis": {**axis, "orient": "top", "labelAngle": -45},
                "scale": {"domain": names_across},
            },
        }
        opacity = {
            "field": value,
            "type": "quantitative",
            "legend": None,
            "scale": {"domain": [0, largest], "range": [0.06, 0.42]},
        }
        square = {"type": "rect", "color": ACCENT, "cornerRadius": 2}
        writing = {"type": "text", "fontSize": 11 if step > 40 else 10}
        made = frame(
            wide,
            _ROW * len(names_down),
            left=left,
            right=right,
            top=widest(names_across) * _SLANT + 14,
            bottom=4,
            data=data(shown),
            layer=[
                {"mark": square, "encoding": {**encoding, "opacity": opacity}},
                {"mark": writing, "encoding": {**encoding, "text": {"field": "text"}}},
            ],
        )
        return made | {"width": step * len(names_across)}

    return draw


def _short(number: int, wide: bool) -> str:
    """Return a number as it fits into a square."""
    if number < (100_000 if wide else 1_000):
        return f"{number:,}"
    return f"{number / 1000:.0f}k" if number >= 9_950 else f"{number / 1000:.1f}k"


def by_sum(rows: Rows, key: str, value: str) -> list[str]:
    """Return the values of a column, those with the largest sums first.

    Example:
      >>> by_sum([{"k": "a", "n": 1}, {"k": "b", "n": 2}], "k", "n")
      ['b', 'a']
    """
    sums: dict[str, float] = {}
    for row in rows:
        sums[row[key]] = sums.get(row[key], 0) + row[value]
    return sorted(sums, key=lambda name: (-sums[name], name))
