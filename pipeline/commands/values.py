"""Types of options: numbers and spans of time that everything after them can work with."""

import math
import re
from typing import Any

import click

MOST = 10**12
"""Largest number taken: JSON, databases and brokers hold no more than 64 bits."""
MAX_SPAN_S = 100 * 365 * 86_400.0
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_PART = r"(\d+(?:\.\d+)?)([smhd])"


class Count(click.IntRange):
    """A whole number with a greatest value."""

    def __init__(self, least: int = 0, most: int = MOST) -> None:
        super().__init__(least, most)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Convert the value, or fail with a usage error."""
        number: int = click.INT.convert(value, param, ctx)
        if number > MOST:
            self.fail(f"{value} is more than {MOST:,}", param, ctx)
        return int(super().convert(value, param, ctx))

    def _describe_range(self) -> str:
        # That there is a bound at all concerns nobody who reads the help.
        return f"x>={self.min}" if self.max == MOST else super()._describe_range()


class Amount(click.FloatRange):
    """A number that is one: `nan` passes every comparison of a range."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Convert the value, or fail with a usage error."""
        number: float = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value!r} is not a number", param, ctx)
        return number


class Span(click.ParamType[float]):
    """A span of time, such as 90s, 15m, 1h30m or 2d; a bare number is seconds."""

    name = "span"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Convert the value to seconds, or fail with a usage error."""
        if isinstance(value, int | float):
            return float(value)
        text = str(value).strip().lower()
        if text.isdecimal():
            text += "s"
        if not re.fullmatch(f"(?:{_PART})+", text):
            self.fail(f"{value!r} is not a span of time such as 90s, 15m or 1h30m", param, ctx)
        seconds = sum(float(number) * _UNITS[unit] for number, unit in re.findall(_PART, text))
        if seconds > MAX_SPAN_S:
            self.fail("a span of time is a hundred years at most", param, ctx)
        return seconds
