"""Dates as people and programs write them, in Indonesian, Malay and English.

What names no zone is in the source's zone, else in UTC when a machine wrote it (feed, JSON-LD,
meta, time) and of the precision "day" when a person did, since its hour cannot be placed. What has
the precision day or month is midnight UTC of the calendar day that the publisher wrote.
"""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime

from transforms.core.epoch_time import read_epoch

MAX_RAW_CHARS = 120
"""Twice what a date with weekday, time and zone takes."""

MONTHS: dict[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "januari january jan",
            "februari february pebruari feb",
            "maret march mac mar mrt",
            "april apr",
            "mei may",
            "juni june jun",
            "juli july julai jul",
            "agustus august ogos agu agt ags aug",
            "september sept sep",
            "oktober october okt oct",
            "november nopember nov nop",
            "desember december disember des dec dis",
        ),
        start=1,
    )
    for name in names.split()
}
WEEKDAYS: dict[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "senin isnin monday mon sen",
            "selasa tuesday tue tues sel",
            "rabu wednesday wed rab",
            "kamis khamis thursday thu thur thurs kam",
            "jumat jum'at jumaat friday fri jum",
            "sabtu saturday sat sab",
            "minggu ahad sunday sun min",
        )
    )
    for name in names.split()
}
_ZONE_HOURS = {
    "UTC": 0, "GMT": 0, "Z": 0, "UT": 0, "WIB": 7, "WITA": 8, "WIT": 9, "MYT": 8, "SGT": 8,
    "HKT": 8, "JST": 9, "KST": 9, "WAT": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "BST": 1,
    "EST": -5, "EDT": -4, "CDT": -5, "MDT": -6, "PST": -8, "PDT": -7, "AEST": 10, "AEDT": 11,
}  # fmt: skip
"""Abbreviations with one meaning in news; IST, CST and the like have several and are not read."""

_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_WEEKDAY = "|".join(sorted(WEEKDAYS, key=len, reverse=True))
_TIME = (
    r"(?:[\s,|T–—-]{0,4}(?:pukul|jam|at|pkl)?\.?\s{0,2}(?P<hour>\d{1,2})[:.](?P<minute>\d{2})"
    r"(?:[:.](?P<second>\d{2}))?(?:\.\d{1,9})?\s?(?P<half>[ap]\.?m\b\.?)?"
    r"\s?\(?(?P<zone>(?:GMT|UTC)?[+-]\d{1,2}(?::?\d{2})?|(?-i:[A-Z]{2,5}|Z|wib|wita|wit)\b)?)?"
)
_DAY_NAME = rf"(?:\b(?P<weekday>{_WEEKDAY})\b\.?,?\s{{0,2}}\(?)?"
_DAY_FIRST = re.compile(
    rf"{_DAY_NAME}(?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[\s./-]{{1,2}}(?P<month>{_MONTH})\b"
    rf"[\s.,/-]{{1,3}}(?P<year>\d{{4}})\b\)?{_TIME}",
    re.I,
)
_MONTH_FIRST = re.compile(
    rf"{_DAY_NAME}\b(?P<month>{_MONTH})\b\.?\s(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s"
    rf"(?P<year>\d{{4}})\b\)?{_TIME}",
    re.I,
)
_NUMBERS = re.compile(
    rf"{_DAY_NAME}(?<![\d/])(?P<day>\d{{1,2}})(?P<mark>[/.-])(?P<month>\d{{1,2}})(?P=mark)"
    rf"(?P<year>\d{{4}})\b\)?{_TIME}",
    re.I,
)
_ISO = re.compile(
    r"(?P<year>\d{4})[-/](?P<month>\d{2})(?:[-/](?P<day>\d{2})"
    r"(?:[T\s]\s?(?P<hour>\d{2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d{1,9})?)?"
    r"\s?(?P<zone>[A-Z]{1,4}|(?:GMT|UTC)?[+-]\d{2}(?::?\d{2})?|\d{2}:\d{2})?)?)?"
    r"(?:\[[\w/+-]{1,40}\])?"
)
"""With the plus before the offset lost where a form decoder took it for a blank."""
_COMPACT = re.compile(
    r"(?P<year>(?:19|20)\d{2})(?P<month>\d{2})(?P<day>\d{2})(?P<hour>\d{2})(?P<minute>\d{2})"
    r"(?:(?P<second>\d{2})(?:\d{3})?)?(?P<zone>Z)?"
)
"""Digits without marks, to the minute, the second or its thousandth."""
_CTIME = re.compile(
    rf"(?P<weekday>{_WEEKDAY})\s(?P<month>{_MONTH})\s(?P<day>\d{{1,2}})\s(?P<hour>\d{{2}}):"
    rf"(?P<minute>\d{{2}}):(?P<second>\d{{2}})\s(?:(?P<zone>[A-Z]{{2,5}})\s)?(?P<year>\d{{4}})",
    re.I,
)
"""As C and Java print a date: "Mon Mar 24 14:05:00 WIB 2025"."""
_YEAR = re.compile(r"(?:19|20)\d\d")
_MONTH_YEAR = re.compile(rf"(?P<month>{_MONTH})\.?,?\s(?P<year>\d{{4}})", re.I)
_ENGLISH_DAY = re.compile("(?:mon|tue|wed|thu|fri|sat|sun)", re.I)
_AGO = re.compile(
    r"(?P<count>\d{1,3}|an?|one|satu|se)[\s-]?(?P<unit>menit|minit|minutes?|mins?|jam|hours?|hrs?|hari|days?)"
    r"\s(?:yang )?(?:lalu|ago|lepas)",
    re.I,
)
_YESTERDAY = re.compile(r"(?:kemarin|semalam|yesterday)(?:,?\s(?:pukul\s)?\d{1,2}[.:]\d{2})?", re.I)
_UNIT_MINUTES = {"m": 1, "j": 60, "hour": 60, "hr": 60, "hari": 1440, "d": 1440}


class ImpossibleDateError(ValueError):
    """A date that no calendar or clock has: the 30th of February, the year 1."""


class DoubtfulDateError(ValueError):
    """A date that contradicts itself: a weekday that the day does not have."""


def has_full_date(line: str) -> bool:
    """Whether a line holds day, month by name or number, and year."""
    if _YEAR.search(line) is None:
        return False
    return any(pattern.search(line) for pattern in (_DAY_FIRST, _MONTH_FIRST, _NUMBERS))


def parse_date(
    raw: str,
    *,
    zone: tzinfo | None = None,
    machine: bool = True,
    fetched: datetime | None = None,
    language: str | None = None,
) -> tuple[datetime, str] | None:
    """A written date -> (aware UTC, precision); None where no date is read.

    Args:
      raw: the date alone, as a feed, a page or a byline gives it.
      zone: what a date without a zone is in.
      machine: whether a program wrote it: then a missing zone is UTC, else its hour is dropped.
      fetched: what "2 jam yang lalu" counts from; without it such dates are not read.
      language: BCP-47 of the article: settles 3/4/2025 and guides the fallback.

    Raises:
      ImpossibleDateError: the date is read and cannot be.
      DoubtfulDateError: its weekday is another.
    """
    raw = " ".join(raw[: MAX_RAW_CHARS * 2].split())[:MAX_RAW_CHARS]
    iso = _ISO.fullmatch(raw)
    if iso is not None:
        return _assemble(iso.groupdict(), zone, machine)
    counted = read_epoch(raw)
    if counted is not None:
        return counted, "second"
    compact = _COMPACT.fullmatch(raw)
    if compact is not None:
        return _assemble(compact.groupdict(), zone, machine)
    for pattern in (_CTIME, _DAY_FIRST, _MONTH_FIRST, _NUMBERS):
        match = pattern.search(raw)
        if match is not None:
            parts = match.groupdict()
            if pattern is _NUMBERS and not _day_first(parts, language):
                return None
            return _assemble(parts, zone, machine)
    month = _MONTH_YEAR.fullmatch(raw)
    if month is not None:
        return _assemble(month.groupdict(), zone, machine)
    ago = _AGO.search(raw)
    if ago is not None:
        minutes = _ago_minutes(ago)
    elif _YESTERDAY.fullmatch(raw):
        minutes = 1440
    else:
        return _parse_with_libraries(raw, zone, machine, fetched, language)
    return _before(fetched, minutes, zone or UTC) if fetched else None


def _day_first(parts: dict[str, str | None], language: str | None) -> bool:
    """Whether the order of 3/4/2025 is settled; swaps the parts where the month stands first."""
    first, second = int(parts["day"] or 0), int(parts["month"] or 0)
    if second > 12 >= first or (second <= 12 and _weekday_swaps(parts, first, second)):
        parts["day"], parts["month"] = parts["month"], parts["day"]
        return True
    # English has both orders; weekdays of other languages tell that the day stands first.
    foreign = bool(parts["weekday"]) and not _ENGLISH_DAY.match(parts["weekday"] or "")
    settled = foreign or first > 12 or first == second or _only_plain(parts, first, second)
    return settled or (language or "en").split("-")[0] != "en"


def _only_plain(parts: dict[str, str | None], day: int, month: int) -> bool:
    """Whether the weekday written agrees with day/month alone."""
    return _weekday_swaps({**parts, "day": str(month), "month": str(day)}, month, day)


def _weekday_swaps(parts: dict[str, str | None], first: int, second: int) -> bool:
    """Whether the weekday written agrees with month/day alone."""
    if not parts["weekday"]:
        return False
    year, weekday = int(parts["year"] or 0), WEEKDAYS[parts["weekday"].lower()]
    try:
        swapped, plain = datetime(year, first, second), datetime(year, second, first)
    except ValueError:
        return False
    return swapped.weekday() == weekday != plain.weekday()


def _assemble(
    parts: dict[str, str | None], zone: tzinfo | None, machine: bool
) -> tuple[datetime, str]:
    """Parts of a date as matched -> (aware UTC, precision)."""
    month = (parts["month"] or "").lower()
    numbers = [int(parts["year"] or 0), MONTHS.get(month) or int(month), int(parts.get("day") or 1)]
    try:
        day = datetime(*numbers, tzinfo=UTC)  # type: ignore[misc, arg-type]
    except ValueError as error:
        raise ImpossibleDateError(str(error)) from error
    weekday = (parts.get("weekday") or "").lower()
    if weekday and WEEKDAYS[weekday] != day.weekday():
        raise DoubtfulDateError(f"{day.date()} is no {weekday}")
    if parts.get("hour") is None:
        return day, "day" if parts.get("day") else "month"
    offset = _offset(parts.get("zone"), zone, machine)
    if offset is None:
        return day, "day"
    hour = int(parts["hour"] or 0)
    if half := (parts.get("half") or "").lower():
        hour = hour % 12 + (12 if half.startswith("p") else 0)
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


def _offset(written: str | None, zone: tzinfo | None, machine: bool) -> tzinfo | None:
    """The zone written behind a time -> tzinfo; None where the hour cannot be placed."""
    if not written:
        return zone or (UTC if machine else None)
    name = written.upper()
    if name in _ZONE_HOURS:
        return timezone(timedelta(hours=_ZONE_HOURS[name]))
    digits = re.sub(r"[^\d]", "", name)
    if not digits:
        return None
    hours, minutes = (int(digits[:-2]), int(digits[-2:])) if len(digits) > 2 else (int(digits), 0)
    sign = -1 if "-" in name else 1
    if hours > 14 or minutes > 59:
        return None
    return timezone(sign * timedelta(hours=hours, minutes=minutes))


def _ago_minutes(ago: re.Match[str]) -> int:
    count = int(ago["count"]) if ago["count"].isdigit() else 1
    unit = ago["unit"].lower()
    return count * next(size for start, size in _UNIT_MINUTES.items() if unit.startswith(start))


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
    """What the patterns miss: fromisoformat (basic and week dates), RFC 2822, then dateparser."""
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

    tag = (language or "en").split("-")[0]
    languages = [known for known in dict.fromkeys((tag, "en")) if known in language_order]
    settings = {
        "PARSERS": ["absolute-time"],
        "REQUIRE_PARTS": ["day", "month", "year"],
        "RELATIVE_BASE": (fetched or datetime(1990, 1, 1)).replace(tzinfo=None),
        "DATE_ORDER": "MDY" if tag == "en" else "DMY",
    }
    try:
        found = dateparser.parse(raw, languages=languages, settings=settings)
    except (ValueError, OverflowError):
        return None
    return found


def _place(value: datetime, raw: str, zone: tzinfo | None, machine: bool) -> tuple[datetime, str]:
    """A datetime from a library -> (aware UTC, precision as far as `raw` writes it)."""
    timed = re.search(r"\d[:.h]\d{2}|T\d{4}", raw)
    offset = value.tzinfo or zone or (UTC if machine else None)
    if timed is None or offset is None:
        return datetime(value.year, value.month, value.day, tzinfo=UTC), "day"
    try:
        moment = value.replace(tzinfo=offset, microsecond=0).astimezone(UTC)
    except OverflowError as error:
        raise ImpossibleDateError(str(error)) from error
    return moment, "second" if re.search(r"\d:\d{2}:\d{2}|T\d{6}", raw) else "minute"
