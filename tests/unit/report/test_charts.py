"""Charts keep their words within their frame, and small values in sight."""

import itertools
from datetime import date, timedelta

import pytest

from warta.pipeline.report.charts.base import NARROW, buckets, days_axis, labels, text_width
from warta.pipeline.report.charts.comparisons import movers
from warta.pipeline.report.charts.dot_map import MapPoint, densest, dot_map, surroundings
from warta.pipeline.report.charts.matrix import matrix
from warta.pipeline.report.charts.over_time import timelines

FIRST = date(2026, 11, 9)


@pytest.mark.parametrize("name", ["W" * 80, "i" * 200, "\u0642" * 90, "\u65e5" * 40, ""])
def test_labels_fit_and_differ(name: str) -> None:
    """Names that begin alike are two lines still."""
    made = labels([name, name, f"{name}x"], 120)
    assert len(set(made)) == 3
    assert all(text_width(one) <= 120 for one in made)


@pytest.mark.parametrize("days", [1, 2, 3, 7, 44, 200])
@pytest.mark.parametrize("width", [70, 300, 700])
def test_ticks_are_days_that_differ_and_have_space(days: int, width: float) -> None:
    """No day is written twice, however few there are, and none on another."""
    span = buckets(FIRST, FIRST + timedelta(days=days - 1), "day")
    ticks = days_axis("day", "day", span, width, 4)["axis"]["values"]
    named = [(one["month"], one["date"]) for one in ticks]
    assert len(set(named)) == len(named)
    assert named[0] == (11, 9)
    assert len(named) * text_width("30 May") <= max(width, text_width("30 May"))


@pytest.mark.parametrize(
    ("largest", "scale"), [(3, "linear"), (20, "linear"), (21, "symlog"), (90_000, "symlog")]
)
def test_names_in_few_articles_are_seen_beside_those_in_many(largest: int, scale: str) -> None:
    """The scale is logarithmic where it has to be, and says so."""
    rows = [
        {"name": "Sinta", "recent": 3, "expected": 0.5},
        {"name": "Ratna", "recent": largest, "expected": largest / 2},
    ]
    x = movers(rows)(True)["layer"][0]["encoding"]["x"]
    assert x["scale"]["type"] == scale
    assert ("logarithmic" in x["axis"]["title"]) == (scale == "symlog")
    ticks = x["axis"].get("values", [])
    assert ticks == sorted(set(ticks))


def test_a_story_without_dates_has_no_line() -> None:
    """Its row would be empty."""
    rows = [{"story_id": "b", "day": FIRST, "articles": 2}]
    for wide in (True, False):
        spec = timelines(rows, {"a": "1. Undated", "b": "2. Dated"})(wide)
        assert "Undated" not in str(spec)


def test_numbers_fit_into_squares_on_a_phone() -> None:
    """The table below has them in full."""
    rows = [{"a": f"P{n}", "b": f"P{n}", "n": 4_321 * (n + 1)} for n in range(12)]
    spec = matrix(rows, "a", "b", "n")(False)
    texts = [row["text"] for row in spec["data"]["values"]]
    assert texts[-1] == "52k"
    assert max(text_width(text, 10) for text in texts) < spec["width"] / 6
    assert spec["width"] < NARROW


def test_names_on_a_map_are_not_on_one_another() -> None:
    """Of towns close to each other, the larger is named."""
    points = [
        MapPoint(f"Kabupaten Contoh {n}", -7 + n / 900, 110 + n / 700, 100 - n) for n in range(60)
    ]
    spec = dot_map(points, {}, surroundings(points))(True)
    names = spec["layer"][2]["data"]["values"]
    assert 1 <= len(names) < 10
    for one, other in itertools.combinations(names, 2):
        is_beside = abs(one["left"] - other["left"]) >= text_width(one["name"], 11) - 1
        assert is_beside or abs(one["middle"] - other["middle"]) >= 14


def test_a_dense_part_of_a_wide_map_is_shown_larger() -> None:
    """Java in a map of the world; of two halves of the world, neither."""
    java = [MapPoint(f"Kota {n}", -7.0, 107.0 + n, 10) for n in range(6)]
    far = [MapPoint(f"Far {n}", 40.0, -100.0 + n, 10) for n in range(6)]
    near = densest([*java, *far[:2]])
    assert near is not None
    assert near.west > 100
    assert all(near.holds(point) for point in java)
    assert densest([*java, *far, MapPoint("Oslo", 60.0, 10.0, 10)]) is None
