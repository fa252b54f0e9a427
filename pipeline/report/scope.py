"""What part of a lake a report is about, and the span of days that its charts show."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from warta.transforms.lake.layout import UNKNOWN_DAY

_OUTLIERS = 0.01
"""Share of the articles at each end of time that charts leave out: one wrong date is no decade."""
_DAYS_BY_DAY = 45
_DAYS_BY_WEEK = 400
_RECENT_DAYS = 7
_PAST_SPANS = 8
"""The past that names are compared with is so many times as long as the recent days."""
_MOVERS_DAYS = 3
"""Days that a lake must span for names to rise or fall."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The articles that a report is about; None: all."""

    since: date | None = None
    until: date | None = None
    """The last day, inclusive."""
    publisher: str | None = None

    def condition(self) -> str:
        """Return the condition on `articles`, in SQL; empty where there is none.

        Example:
          >>> Scope(publisher="O'Brien").condition()
          "publisher_name = 'O''Brien'"
        """
        parts = self._days("published_date")
        if self.publisher is not None:
            parts.append(f"publisher_name = {quoted(self.publisher)}")
        return " AND ".join(parts)

    def reject_condition(self) -> str:
        """Return the condition on `rejects`: rejects have a day, and no publisher."""
        return " AND ".join(self._days("rejected_date"))

    def describe(self) -> str:
        """Return the scope in words; empty where it is the whole lake.

        Example:
          >>> Scope(until=date(2026, 11, 9), publisher="Kabar").describe()
          'until 2026-11-09, published by Kabar'
        """
        parts = [
            f"since {self.since}" if self.since else "",
            f"until {self.until}" if self.until else "",
            f"published by {self.publisher}" if self.publisher is not None else "",
        ]
        return ", ".join(filter(None, parts))

    def _days(self, column: str) -> list[str]:
        parts = []
        if self.since:
            parts.append(f"{column} >= '{self.since}'")
        if self.until:
            parts.append(f"{column} <= '{self.until}'")
        return [*parts, f"{column} <> '{UNKNOWN_DAY}'"] if parts else []


@dataclass(frozen=True, slots=True)
class Period:
    """The days that charts over time show, and how they count them together."""

    first: date
    last: date
    unit: str
    """day, week or month."""
    recent_since: date | None
    """First of the recent days; None: too few days to compare."""
    past_since: date | None
    """First of the days that the recent ones are compared with."""

    @property
    def bucket(self) -> str:
        """Return the SQL that gives the first day of an article's bucket."""
        if self.unit == "day":
            return "CAST(published_date AS DATE)"
        return f"CAST(date_trunc('{self.unit}', CAST(published_date AS DATE)) AS DATE)"

    @property
    def condition(self) -> str:
        """Return the SQL that is true for an article of these days."""
        return f"published_date BETWEEN '{self.first}' AND '{self.last}'"


def choose_period(days: Mapping[str, int], *, whole: bool = False) -> Period | None:
    """Return the span of days to show.

    Args:
      days: Articles by published_date.
      whole: Whether the user chose the days: then none is left out as an outlier.

    Returns:
      The span, or None where no article has a date.

    Example:
      >>> choose_period({"2026-11-09": 3, "2026-11-10": 2, "unknown": 1}).unit
      'day'
    """
    dated = sorted((date.fromisoformat(day), count) for day, count in days.items() if _is_day(day))
    if not dated:
        return None
    spare = 0 if whole else int(sum(count for _, count in dated) * _OUTLIERS)
    first = _without_tail(dated, spare)
    last = _without_tail(dated[::-1], spare)
    length = (last - first).days + 1
    unit = "day" if length <= _DAYS_BY_DAY else "week" if length <= _DAYS_BY_WEEK else "month"
    if length < _MOVERS_DAYS:
        return Period(first, last, unit, None, None)
    recent = min(_RECENT_DAYS, max(1, length // 3))
    recent_since = last - timedelta(days=recent - 1)
    past_since = max(first, recent_since - timedelta(days=recent * _PAST_SPANS))
    return Period(first, last, unit, recent_since, past_since)


def quoted(text: str) -> str:
    """Return a text as a literal of SQL.

    Example:
      >>> quoted("it's")
      "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


def _is_day(day: str) -> bool:
    try:
        date.fromisoformat(day)
    except ValueError:
        return False
    return True


def _without_tail(days: list[tuple[date, int]], spare: int) -> date:
    """Return the first day that is not among the first `spare` articles."""
    for day, count in days:
        spare -= count
        if spare < 0:
            return day
    return days[-1][0]
