"""Charts as Vega-Lite specs, each for a wide screen and for a phone."""

from warta.pipeline.report.charts.base import Draw, Spec
from warta.pipeline.report.charts.comparisons import bars, movers
from warta.pipeline.report.charts.dot_map import MapPoint, densest, dot_map, surroundings
from warta.pipeline.report.charts.matrix import matrix
from warta.pipeline.report.charts.over_time import articles_over_days, small_multiples, timelines

__all__ = [
    "Draw",
    "MapPoint",
    "Spec",
    "articles_over_days",
    "bars",
    "densest",
    "dot_map",
    "matrix",
    "movers",
    "small_multiples",
    "surroundings",
    "timelines",
]
