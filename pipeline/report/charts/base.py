"""What all charts share: colours, geometry, labels that fit, ticks on days.

Charts are Vega-Lite specs: plain dictionaries, each for a wide screen and for a phone. Values from
the lake are only ever data in them, never field names, expressions or addresses. Their geometry is
fixed here and not left to the library, whose font is not the reader's: labels are cut to the width
that they take in the widest usual font.
"""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

Spec = dict[str, Any]
Rows = Sequence[Mapping[str, Any]]
Draw = Callable[[bool], Spec]
"""Makes a chart, given whether it is for a wide screen."""

ACCENT, SECOND, THIRD = "#2f5f8f", "#b4601f", "#5b7f3b"
TEXT, MUTED, GRID, LAND = "#22262b", "#5a6068", "#dfe2e6", "#eceef0"
"""Colours in light; the page's style replaces each where it is dark."""

WIDE, NARROW = 824, 350
"""Width of a drawing, in pixels."""
SIZE = 12
"""Of labels, in pixels."""
LEGEND_HEIGHT = 24
LEGEND = {"orient": "top", "title": None, "symbolType": "square", "offset": 6}
BARE = {"labelColor": TEXT, "domain": False, "ticks": False, "labelLimit": 0, "title": None}
"""Of an axis of names."""
COUNTS = {"format": ",d", "tickMinStep": 1}
"""Of an axis of numbers of articles."""
_EM = {"narrow": 0.34, "slim": 0.41, "wide": 1.0, "capital": 0.73, "usual": 0.64}
"""Widths of DejaVu Sans, the widest of the usual fonts, in its size."""
_NARROW_LETTERS = frozenset("iljIJ.,:;'|!")
_SLIM_LETTERS = frozenset('ftr()[]-/" ')
_WIDE_LETTERS = frozenset("mwMW@%…")
_BOLD = 1.13
_SAME = "\u200b"
"""Nothing to see: makes equal labels different, which would share a line."""


def config(**more: Any) -> Spec:
    """Return the looks that all charts have."""
    return {
        "background": None,
        "font": "sans-serif",
        "aria": False,
        "view": {"stroke": None},
        "axis": {
            "labelColor": MUTED,
            "titleColor": MUTED,
            "labelFontSize": SIZE,
            "titleFontSize": SIZE,
            "titleFontWeight": "normal",
            "gridColor": GRID,
            "domainColor": GRID,
            "tickColor": GRID,
            "labelFontWeight": "normal",
        },
        "legend": {"labelColor": TEXT, "labelFontSize": SIZE, "symbolOpacity": 1},
        "text": {"fontSize": SIZE, "color": TEXT},
        **more,
    }


def frame(
    wide: bool,
    height: float,
    *,
    left: float = 4,
    top: float = 6,
    right: float = 8,
    bottom: float = 24,
    **more: Any,
) -> Spec:
    """Return a spec of fixed geometry: what is drawn beside the axes has the pixels given."""
    return {
        "autosize": {"type": "none"},
        "padding": {"left": left, "top": top, "right": right, "bottom": bottom},
        "width": inner_width(wide, left, right),
        "height": height,
        "config": config(),
        **more,
    }


def inner_width(wide: bool, left: float, right: float) -> float:
    """Return the width between the axes."""
    return (WIDE if wide else NARROW) - left - right


def data(rows: Rows) -> Spec:
    """Return rows as the data of a spec."""
    return {"values": [{key: _plain(value) for key, value in row.items()} for row in rows]}


def _plain(value: Any) -> Any:
    """Return a value as JSON has it: a day as its local midnight, where the ticks of axes are."""
    return f"{value}T00:00:00" if isinstance(value, date) else value


def text_width(text: str, size: float = SIZE, *, bold: bool = False) -> float:
    """Return the pixels that a text takes in a wide font.

    Example:
      >>> text_width("mm"), text_width("")
      (24.0, 0.0)
    """
    return sum(map(_em, text), 0.0) * size * (_BOLD if bold else 1)


def shorten(text: str, width: float, size: float = SIZE, *, bold: bool = False) -> str:
    """Return a text that takes at most so many pixels.

    Example:
      >>> shorten("Harian Cakrawala", 80), shorten("Kabar", 80)
      ('Harian Ca…', 'Kabar')
    """
    if text_width(text, size, bold=bold) <= width:
        return text
    left = width / (size * (_BOLD if bold else 1)) - _EM["wide"]
    kept = []
    for letter in text:
        left -= _em(letter)
        if left < 0:
            break
        kept.append(letter)
    return "".join(kept).rstrip() + "…"


def labels(names: Sequence[str], width: float, size: float = SIZE) -> list[str]:
    """Return a label for each name, cut to a width; no two are the same.

    Example:
      >>> len(set(labels(["Harian Cakrawala Timur", "Harian Cakrawala Barat"], 90)))
      2
    """
    seen: set[str] = set()
    made = []
    for name in names:
        label = shorten(name, width, size)
        while label in seen:
            label += _SAME
        seen.add(label)
        made.append(label)
    return made


def widest(texts: Sequence[str], size: float = SIZE) -> float:
    """Return the pixels of the longest of some labels."""
    return max((text_width(text, size) for text in texts), default=0.0)


def _em(letter: str) -> float:
    if letter in _NARROW_LETTERS:
        return _EM["narrow"]
    if letter in _SLIM_LETTERS:
        return _EM["slim"]
    if letter in _WIDE_LETTERS:
        return _EM["wide"]
    if letter.isascii():
        return _EM["capital" if letter.isupper() or not letter.isalnum() else "usual"]
    if unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0.0
    return _EM["wide" if unicodedata.east_asian_width(letter) in "WF" else "capital"]


def counts_width(rows: Rows, *keys: str) -> float:
    """Return the pixels beside an axis of numbers of articles."""
    largest = max((sum(row[key] for key in keys) for row in rows), default=0)
    return text_width(f"{int(largest * 1.2):,}") + 10


def buckets(first: date, last: date, unit: str) -> list[date]:
    """Return the days, weeks or months from one to another, as their first days.

    Example:
      >>> [str(one) for one in buckets(date(2026, 11, 1), date(2027, 1, 1), "month")]
      ['2026-11-01', '2026-12-01', '2027-01-01']
    """
    found = []
    day = first
    while day <= last:
        found.append(day)
        if unit == "month":
            day = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        else:
            day += timedelta(days=7 if unit == "week" else 1)
    return found


def days_axis(
    field: str,
    unit: str,
    days: Sequence[date],
    width: float,
    padding: float,
    *,
    flush: bool = False,
) -> Spec:
    """Return the axis of days, weeks or months, with labels that do not touch.

    Args:
      field: Of the rows.
      unit: Day, week or month.
      days: The first day of each bucket, from first to last.
      width: Of the axis.
      padding: At both its ends.
      flush: Whether its first and last label stay within its ends.
    """
    has_year = bool(days) and days[0].year != days[-1].year
    form = "%b %Y" if unit == "month" else "%-d %b %y" if has_year else "%-d %b"
    space = text_width("30 May 26" if has_year else "30 May") + 14
    fitting = max(1, int(width // space))
    step = -(-len(days) // fitting) or 1
    ticks = list(days[::step])
    if fitting == 2 and len(days) > 2:
        ticks = [days[0], days[-1]]
    return {
        "field": field,
        "type": "temporal",
        "scale": {"padding": padding},
        "axis": {
            "title": None,
            "format": form,
            "grid": False,
            "labelFlush": padding + 2 if flush else False,
            "labelLimit": 0,
            "values": [{"year": one.year, "month": one.month, "date": one.day} for one in ticks],
        },
    }
