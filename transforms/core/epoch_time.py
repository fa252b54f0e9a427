"""Moments as programs count them: seconds since 1970, in all the units and forms in use."""

import re
from datetime import UTC, datetime, timedelta

_NUMBER = re.compile(r"@?([+-]?\d{1,20}(?:\.\d{1,30})?(?:[eE][+-]?\d{1,2})?)")
_DOT_NET = re.compile(
    r"\\?/?(?:new\s)?Date\(\s*([+-]?\d{1,18})\s*(?:[+-]\d{4})?\s*\)\\?/?", re.IGNORECASE
)
"""As ASP.NET, and JavaScript, write it: milliseconds; a zone there does not move the moment."""
_COMPACT = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(?:\d{3})?")
"""20261109080000 is not a count of milliseconds."""

_UNITS = ((1e8, 1e11, 1.0), (1e11, 1e14, 1e-3), (1e14, 1e17, 1e-6), (1e17, 1e20, 1e-9))
"""From, to, and seconds of the unit: of 1973 to 5138, each magnitude has but one unit."""
_TICKS = (6.3e17, 6.45e17)
"""Counts of .NET (100 ns since year 1) of 1997 to 2044; as nanoseconds they were of 1990."""
_TICKS_AT_1970 = 621_355_968_000_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_epoch(raw: str) -> datetime | None:
    """Return the moment that a count since 1970 stands for; None for what is not such a count.

    Args:
      raw: Seconds, milliseconds, microseconds or nanoseconds, distinguished by their magnitude;
        whole, with a fraction or with an exponent; or `/Date(1794211200000+0700)/`.

    Returns:
      Aware, UTC, whole seconds.

    Example:
      >>> read_epoch("1794211200000000")
      datetime.datetime(2026, 11, 9, 8, 0, tzinfo=datetime.timezone.utc)
    """
    raw = raw.strip()
    written = _DOT_NET.fullmatch(raw)
    if written is not None:
        return _moment(float(written[1]) / 1000)
    number = _NUMBER.fullmatch(raw)
    if number is None or _is_compact(raw):
        return None
    value = float(number[1])
    if _TICKS[0] <= value < _TICKS[1]:
        return _moment((value - _TICKS_AT_1970) / 1e7)
    unit = next((unit for low, high, unit in _UNITS if low <= value < high), None)
    return None if unit is None else _moment(value * unit)


def _is_compact(raw: str) -> bool:
    """Return whether digits are year, month, day, hour and minute."""
    parts = _COMPACT.fullmatch(raw)
    if parts is None:
        return False
    try:
        datetime(*(int(part) for part in parts.groups() if part))  # type: ignore[arg-type]
    except ValueError:
        return False
    return True


def _moment(seconds: float) -> datetime | None:
    try:
        return _EPOCH + timedelta(seconds=int(seconds))
    except OverflowError:
        return None
