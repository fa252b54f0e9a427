"""Dates as people and programs write them, in Indonesian, Malay and English.

What names no zone is in the source's zone, else in UTC when a machine wrote it (feed, JSON-LD,
meta, time) and of the precision "day" when a person did, since its hour cannot be placed. What has
the precision day or month is midnight UTC of the calendar day that the publisher wrote.
"""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from warta.transforms.cleaning.dates.patterns import (
    AGO,
    COMPACT,
    CTIME,
    DAY_FIRST,
    DAY_FIRST_TWELVE_HOURS,
    ENGLISH_DAY,
    HALF_DAY,
    ISO,
    ISO_ZONE,
    MONTH_FIRST,
    MONTH_YEAR,
    MONTHS,
    NUMBERS,
    UNIT_MINUTES,
    WEEKDAYS,
    YEAR,
    YESTERDAY,
)
from warta.transforms.cleaning.dates.zones import zone_after
from warta.transforms.core.epoch_time import read_epoch
from warta.transforms.core.languages import primary_subtag

_LABEL = re.compile(r"\A[^\W\d][^\d:]{2,20}:\s(?=\d{4}-\d\d-\d\d)")
"""As "Published: " before a date."""
MAX_RAW_CHARS = 120
"""Twice what a date with weekday, time and zone takes."""


class ImpossibleDateError(ValueError):
    """A date that no calendar or clock has: the 30th of February, the year 1."""


class DoubtfulDateError(ValueError):
    """A date that contradicts itself: a weekday that the day does not have."""


def has_full_date(line: str) -> bool:
    """Return whether a line holds day, month by name or number, and year."""
    if YEAR.search(line) is None:
        return False
    return any(pattern.search(line) for pattern in (DAY_FIRST, MONTH_FIRST, NUMBERS))


def parse_date(
    raw: str,
    *,
    zone: tzinfo | None = None,
    machine: bool = True,
    fetched: datetime | None = None,
    language: str | None = None,
) -> tuple[datetime, str] | None:
    """Return the moment that a written date names, in UTC, and its precision; else None.

    Args:
      raw: The date alone, as a feed, a page or a byline gives it.
      zone: What a date without a zone is in.
      machine: Whether a program wrote it: then a missing zone is UTC, else its hour is dropped.
      fetched: What "2 jam yang lalu" counts from; without it such dates are not read.
      language: BCP-47 of the article: settles 3/4/2025 and guides the fallback.

    Raises:
      ImpossibleDateError: The date is read and cannot be.
      DoubtfulDateError: Its weekday is another.
    """
    raw = " ".join(raw[: MAX_RAW_CHARS * 2].split())[:MAX_RAW_CHARS]
    raw = _LABEL.sub("", raw)
    iso = ISO.match(raw)
    if iso is not None:
        rest = _iso_zone(raw[iso.end() :])
        if rest is not None:
            return _assemble(iso.groupdict(), rest, zone, machine)
    counted = read_epoch(raw)
    if counted is not None:
        return counted, "second"
    compact = COMPACT.fullmatch(raw)
    if compact is not None:
        return _assemble(compact.groupdict(), compact["zone"] or "", zone, machine)
    for pattern in (CTIME, DAY_FIRST, MONTH_FIRST, NUMBERS):
        match = pattern.search(raw)
        if match is not None:
            parts = match.groupdict()
            if pattern is NUMBERS and not _order_days(parts, raw, zone, language):
                return None
            return _assemble(parts, parts.get("zone") or raw[match.end() :], zone, machine)
    month = MONTH_YEAR.fullmatch(raw)
    if month is not None:
        return _assemble(month.groupdict(), "", zone, machine)
    ago = AGO.search(raw)
    if ago is not None:
        minutes = _ago_minutes(ago)
    elif YESTERDAY.fullmatch(raw):
        minutes = 1440
    else:
        return _parse_with_libraries(raw, zone, machine, fetched, language)
    return _before(fetched, minutes, zone or UTC) if fetched else None


def _iso_zone(rest: str) -> str | None:
    """Return how the zone of an ISO date is written, None where something else follows it."""
    if not rest:
        return ""
    bare = ISO_ZONE.fullmatch(rest)
    if bare is not None:
        return f"+{bare['offset']}" if bare["offset"] else bare["area"] or ""
    named = zone_after(rest)
    return rest if named and ISO_ZONE.fullmatch(rest[named.length :]) else None


def _order_days(
    parts: dict[str, str | None], raw: str, zone: tzinfo | None, language: str | None
) -> bool:
    """Settle the order of 3/4/2025 in `parts`, swapped where the month comes first.

    A day beyond 12 settles it, then a weekday, then AM or PM after slashes: that is how programs
    set to American English write dates. Else the language does.

    Returns:
      False where it cannot be known.
    """
    first, second = int(parts["day"] or 0), int(parts["month"] or 0)
    swaps = second > 12 >= first or (second <= 12 and _weekday_swaps(parts, first, second))
    if not swaps:
        # English has both orders; weekdays of other languages show that the day is first.
        foreign = bool(parts["weekday"]) and not ENGLISH_DAY.match(parts["weekday"] or "")
        if foreign or first > 12 or first == second or _only_plain(parts, first, second):
            return True
        if parts["mark"] == "." and not HALF_DAY.search(raw):
            # Nobody writes the month first with dots.
            return True
        if parts["mark"] != "/" or not HALF_DAY.search(raw):
            return _primary(language) != "en"
        if _primary(language) == "ms" or _named_zone_key(zone) in DAY_FIRST_TWELVE_HOURS:
            return False
    parts["day"], parts["month"] = parts["month"], parts["day"]
    return True


def _primary(language: str | None) -> str:
    return primary_subtag(language or "en")


def _named_zone_key(zone: tzinfo | None) -> str:
    return zone.key if isinstance(zone, ZoneInfo) else ""


def _only_plain(parts: dict[str, str | None], day: int, month: int) -> bool:
    """Return whether the weekday written agrees with day/month alone."""
    return _weekday_swaps({**parts, "day": str(month), "month": str(day)}, month, day)


def _weekday_swaps(parts: dict[str, str | None], first: int, second: int) -> bool:
    """Return whether the weekday written agrees with month/day alone."""
    if not parts["weekday"]:
        return False
    year, weekday = int(parts["year"] or 0), WEEKDAYS[parts["weekday"].lower()]
    try:
        swapped, plain = datetime(year, first, second), datetime(year, second, first)
    except ValueError:
        return False
    return swapped.weekday() == weekday != plain.weekday()


def _assemble(
    parts: dict[str, str | None], after: str, zone: tzinfo | None, machine: bool
) -> tuple[datetime, str]:
    """Return the moment that matched parts of a date name, aware in UTC, and its precision.

    Args:
      parts: Groups of one of the patterns.
      after: What follows the time: a zone, or anything else.
      zone: What a date without a zone is in.
      machine: Whether a program wrote it.
    """
    month = (parts["month"] or "").lower()
    numbers = [int(parts["year"] or 0), MONTHS.get(month) or int(month), int(parts.get("day") or 1)]
    try:
        day = datetime(*numbers, tzinfo=UTC)  # type: ignore[misc, arg-type]
    except ValueError as error:
        raise ImpossibleDateError(str(error)) from error
    weekday = (parts.get("weekday") or "").lower()
    if weekday and WEEKDAYS[weekday] != day.weekday():
        raise DoubtfulDateError(f"{day.date()} is not a {weekday}")
    if parts.get("hour") is None:
        return day, "day" if parts.get("day") else "month"
    named = zone_after(after)
    offset = named.zone if named else zone or (UTC if machine else None)
    if offset is None:
        return day, "day"
    hour = int(parts["hour"] or 0)
    if half := (parts.get("half") or parts.get("half_hour") or "").lower():
        hour = _hour_of_day(hour, half)
    try:
        local = day.replace(
            hour=hour,
            minute=int(parts["minute"] or 0),
            second=min(int(parts["second"] or 0), 59),
            tzinfo=offset,
        )
        return local.astimezone(UTC), "second" if parts["second"] else "minute"
    except (ValueError, OverflowError) as error:
        raise ImpossibleDateError(str(error)) from error


def _hour_of_day(hour: int, half: str) -> int:
    """Return the hour that a clock of twelve hours shows, by AM and PM or words such as sore.

    Example:
      >>> [_hour_of_day(*one) for one in ((4, "petang"), (11, "siang"), (12, "malam"), (7, "pagi"))]
      [16, 11, 0, 7]
    """
    if hour > 12:
        return hour
    late = half.startswith(("pm", "p.m")) or half in ("sore", "petang", "ptg")
    late |= half == "siang" and hour not in (10, 11)
    late |= half == "malam" and 6 <= hour < 12
    return hour % 12 + (12 if late else 0)


def _ago_minutes(ago: re.Match[str]) -> int:
    count = int(ago["count"]) if ago["count"].isdigit() else 1
    unit = ago["unit"].lower()
    return count * next(size for start, size in UNIT_MINUTES.items() if unit.startswith(start))


def _before(fetched: datetime, minutes: int, zone: tzinfo) -> tuple[datetime, str]:
    """So long before `fetched`; whole hours and days give the calendar day in `zone`."""
    moment = fetched - timedelta(minutes=minutes)
    if minutes % 60 == 0:
        # "2 hours ago" is rounded: the minute is not known, the day mostly is.
        local = moment.astimezone(zone)
        return datetime(local.year, local.month, local.day, tzinfo=UTC), "day"
    return moment.astimezone(UTC).replace(second=0, microsecond=0), "minute"


def _parse_with_libraries(
    raw: str, zone: tzinfo | None, machine: bool, fetched: datetime | None, language: str | None
) -> tuple[datetime, str] | None:
    """Return what patterns miss: by fromisoformat (basic, week dates), RFC 2822, dateparser."""
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            value = read(raw)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        return _place(value, raw, zone, machine)
    if len(raw) > 60 or not re.search(r"\d", raw):
        return None
    value_or_none = _parse_with_dateparser(raw, fetched, language)
    return None if value_or_none is None else _place(value_or_none, raw, zone, machine)


def _parse_with_dateparser(
    raw: str, fetched: datetime | None, language: str | None
) -> datetime | None:
    import dateparser  # here: 300 ms that hardly any article needs
    from dateparser.data.languages_info import language_order

    tag = _primary(language)
    languages = [known for known in dict.fromkeys((tag, "en")) if known in language_order]
    settings = {
        "PARSERS": ["absolute-time"],
        "REQUIRE_PARTS": ["day", "month", "year"],
        "RELATIVE_BASE": (fetched or datetime(1990, 1, 1)).replace(tzinfo=None),
        "DATE_ORDER": "MDY" if tag == "en" or _is_american(raw, tag) else "DMY",
    }
    try:
        found = dateparser.parse(raw, languages=languages, settings=settings)
    except (ValueError, OverflowError):
        return None
    return found


def _is_american(raw: str, tag: str) -> bool:
    """Return whether slashes and AM or PM say that the month comes first."""
    return tag != "ms" and "/" in raw and HALF_DAY.search(raw) is not None


def _place(value: datetime, raw: str, zone: tzinfo | None, machine: bool) -> tuple[datetime, str]:
    """Return a library's datetime in UTC, with the precision that `raw` is written with."""
    timed = re.search(r"\d[:.h]\d{2}|T\d{4}", raw)
    offset = value.tzinfo or zone or (UTC if machine else None)
    if timed is None or offset is None:
        return datetime(value.year, value.month, value.day, tzinfo=UTC), "day"
    try:
        moment = value.replace(tzinfo=offset, microsecond=0).astimezone(UTC)
    except OverflowError as error:
        raise ImpossibleDateError(str(error)) from error
    return moment, "second" if re.search(r"\d:\d{2}:\d{2}|T\d{6}", raw) else "minute"
