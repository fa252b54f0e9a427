"""Time zones as dates name them: offsets, letters, areas of the IANA database, and words."""

import functools
import re
import tomllib
from datetime import UTC, timedelta, timezone, tzinfo
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

NAMES_FILE = Path(__file__).parent.parent.parent / "data" / "zone_names.toml"
MAX_OFFSET_HOURS = 14
"""Clocks reach from UTC-12 to UTC+14."""
MAX_NAME_WORDS = 5

_OPENING = re.compile(r"\s?[(\[]?\s?")
_OFFSET = re.compile(
    r"(?:(?:GMT|UTC|UT)\s?)?(?P<sign>[+\u2212-])(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?(?!\d)"
)
_LETTERS = re.compile(r"[A-Z]{3}\d[A-Z]{3}\b|[A-Z]{2,5}\b|Z\b|[a-z]{3,4}\b")
_ALSO_WORDS = frozenset({"cat", "eat", "wat", "west", "wet"})
"""Letters of zones that are words too: in small letters they name no zone."""
_AREA = re.compile(r"[A-Za-z]+(?:[_-][A-Za-z]+)*(?:/[A-Za-z0-9_+-]+){1,2}")
_WORD = re.compile(r"[^\W\d_][\w.'’-]*\s?")
_SPOKEN = re.compile(r"\b(?:time|waktu)\b", re.I)
_UNKNOWN = re.compile(
    r"(?!(?i:read|reading|screen|run)\b)(?:[A-Z][\w.'’-]*\s){1,4}Time\b"
    r"|(?:local|your) time\b"
    r"|[Ww]aktu (?:setempat|lokal|tempatan|standar|piawai|musim|(?![Bb]aca\b|[Mm]embaca\b)[A-Z]\w+)"
)
"""What names a zone that is not known: its hour must not be taken for another zone's."""


class NamedZone(NamedTuple):
    """A zone that a date names."""

    zone: tzinfo | None
    """None: a name that is not known, so that the hour cannot be placed."""
    length: int
    """Code points that the name takes."""


def zone_after(text: str) -> NamedZone | None:
    """Return the time zone that is right after a time.

    Args:
      text: What follows the time, such as " WIB" or " (Asia/Jakarta) | Kabar".

    Returns:
      The zone, or None where nothing that names one follows.

    Example:
      >>> zone_after(" GMT+7")
      NamedZone(zone=datetime.timezone(datetime.timedelta(seconds=25200)), length=6)
    """
    opening = _OPENING.match(text)
    start = opening.end() if opening else 0
    rest = text[start:]
    found = rest and (
        _area(rest) or _words(rest) or _offset(rest) or _letters(rest) or _unknown(rest)
    )
    return NamedZone(found.zone, start + found.length) if found else None


def area_zone(name: str) -> tzinfo | None:
    """Return the zone of an IANA name in any case, None for what is not such a name.

    Example:
      >>> area_zone("asia/makassar")
      zoneinfo.ZoneInfo(key='Asia/Makassar')
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        known = _areas().get(name.casefold())
        return ZoneInfo(known) if known else None


def _area(rest: str) -> NamedZone | None:
    match = _AREA.match(rest)
    if match is None:
        return None
    zone = area_zone(match[0])
    # "Budi/Sari" after a time are two names; "Asia/Nowhere" is a zone that is not known.
    if zone is None and match[0].partition("/")[0].casefold() not in _regions():
        return None
    return NamedZone(zone, match.end())


def _words(rest: str) -> NamedZone | None:
    if not _SPOKEN.search(rest[:80]):
        return None
    ends, position = [], 0
    for _ in range(MAX_NAME_WORDS):
        word = _WORD.match(rest, position)
        if word is None:
            break
        position = word.end()
        ends.append(position)
    for end in reversed(ends):
        name = rest[:end].strip().rstrip(".")
        zone = _names().get(name.casefold())
        if zone is not None:
            return NamedZone(zone, len(name))
    return None


def _offset(rest: str) -> NamedZone | None:
    match = _OFFSET.match(rest)
    if match is None:
        return None
    hours, minutes = int(match["hours"]), int(match["minutes"] or 0)
    if hours > MAX_OFFSET_HOURS or minutes > 59:
        return NamedZone(None, match.end())
    distance = timedelta(hours=hours, minutes=minutes)
    return NamedZone(timezone(distance if match["sign"] == "+" else -distance), match.end())


def _letters(rest: str) -> NamedZone | None:
    match = _LETTERS.match(rest)
    if match is None:
        return None
    letters = match[0]
    zone = _known_letters().get(letters.upper()) if letters not in _ALSO_WORDS else None
    if zone is None and not letters.isalpha():
        zone = area_zone(letters)
    # Small letters are a word unless they are a zone's; capitals may be a zone that is not known.
    return NamedZone(zone, match.end()) if zone or letters.isupper() else None


def _unknown(rest: str) -> NamedZone | None:
    match = _UNKNOWN.match(rest)
    return NamedZone(None, match.end()) if match else None


@functools.cache
def _tables() -> tuple[dict[str, tzinfo], dict[str, tzinfo]]:
    tables = tomllib.loads(NAMES_FILE.read_text(encoding="utf-8"))
    names, letters = (
        {name: _zone(value) for name, value in tables[key].items()} for key in ("names", "letters")
    )
    return names, letters


def _names() -> dict[str, tzinfo]:
    return _tables()[0]


def _known_letters() -> dict[str, tzinfo]:
    return _tables()[1]


def _zone(value: str) -> tzinfo:
    """Return the zone of a table's cell: "+07:00" or an IANA name."""
    if value[0] not in "+-":
        return ZoneInfo(value)
    hours, minutes = int(value[1:3]), int(value[4:])
    distance = timedelta(hours=hours, minutes=minutes)
    return timezone(distance if value[0] == "+" else -distance) if distance else UTC


@functools.cache
def _areas() -> dict[str, str]:
    return {name.casefold(): name for name in available_timezones()}


@functools.cache
def _regions() -> frozenset[str]:
    return frozenset(name.partition("/")[0] for name in _areas() if "/" in name)
