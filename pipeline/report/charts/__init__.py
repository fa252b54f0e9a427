"""Charts as Vega-Lite specs, each for a wide screen and for a phone."""
