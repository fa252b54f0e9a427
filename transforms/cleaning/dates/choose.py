"""When an article was published: the first candidate, in the order of trust, that is believed.

The order, and why: what the feed or record says of this very article; JSON-LD, meta, microdata and
`time`, which templates fill with more or less care; the URL, which is never edited; the byline; and
last the text, which only names days. A date that names no more than its day is refined by a later
one that names an hour of it. Dates beyond a day after the run, or before the web, are not believed;
neither is a date whose weekday is another. The fetch day never stands in for a date.
"""

import calendar
import functools
import itertools
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from warta.transforms.cleaning.dates.text import text_date
from warta.transforms.cleaning.dates.written import (
    DoubtfulDateError,
    ImpossibleDateError,
    has_full_date,
    parse_date,
)
from warta.transforms.core.rejections import RejectedRecord

ZONES_FILE = Path(__file__).parent.parent.parent / "data" / "time_zones.toml"

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""No news site is older than the web; the zero of Unix time and year 1 are unset fields."""
AHEAD = timedelta(days=1)
"""How far beyond now a date is believed: zones reach 14 hours, clocks go wrong by minutes."""
HALF_DAY_ANYWHERE = timedelta(hours=26)
"""From noon UTC of a calendar day to where the day begins or ends in the farthest zone."""
MAX_BYLINE_CHARS = 100
BYLINE_LINES = 8
"""How many lines at the top and at the end of a text may be bylines."""

_URL_DATE = re.compile(
    r"/(?P<year>(?:19|20)\d{2})(?P<mark>[/-]?)(?P<month>0[1-9]|1[0-2])"
    r"(?:(?P=mark)(?P<day>0[1-9]|[12]\d|3[01]))?(?=/|-|$)"
)
_MODIFIED = re.compile(r"\b(?:diperbarui|diupdate|update|updated|modified|dikemas ?kini)\b", re.I)


class Candidate(NamedTuple):
    """A date as written, and where it was: feed, jsonl, jsonld, meta, microdata, time."""

    source: str
    raw: str


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date that is believed. `value` is aware, UTC."""

    value: datetime
    precision: str
    """second, minute, day or month."""
    source: str
    """Of the candidate, or url, byline, text, text_weekday."""
    raw: str


@functools.cache
def _zones() -> dict[str, str]:
    return dict(tomllib.loads(ZONES_FILE.read_text(encoding="utf-8"))["domains"])


def publisher_zone(domain: str | None) -> tzinfo | None:
    """Return the zone that a host's publisher sits in, None for most hosts."""
    labels = (domain or "").split(".")
    endings = (".".join(labels[start:]) for start in range(len(labels)))
    return time_zone(next((_zones()[end] for end in endings if end in _zones()), None))


def time_zone(name: str | None) -> tzinfo | None:
    """Return the zone of an IANA name, None for no name or an unknown one."""
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def find_date(
    candidates: Iterable[Candidate],
    text: str,
    *,
    now: datetime,
    url: str | None = None,
    zone: tzinfo | None = None,
    fetched: datetime | None = None,
    language: str | None = None,
    keep_bad_dates: bool = False,
) -> FoundDate | None:
    """Return the date that is believed of an article, None where none is.

    Args:
      candidates: Structured dates, most trusted first.
      text: The whole text before cleaning: bylines and days are looked for in it.
      now: The run's start, aware; later dates are not believed, nor those after `fetched`.
      url: May hold the day.
      zone: Of dates that name none.
      fetched: When the article was fetched, aware.
      language: BCP-47, for the order of day and month.
      keep_bad_dates: None in place of a reject.

    Raises:
      RejectedRecord: "bad_date" where a structured date is impossible and no other is believed.
    """
    latest = min(now, fetched or now) + AHEAD
    impossible: list[Candidate] = []
    stated = _stated(candidates, latest, zone, fetched, language, impossible)
    found, vague = _first_fine(stated, _written(text, url, latest, zone, language))
    if found is None:
        day = _text_day(text, latest, fetched)
        found = day if day and (vague is None or _in_month(day.value, vague.value)) else vague
    if found is None and impossible and not keep_bad_dates:
        first = impossible[0]
        raise RejectedRecord("bad_date", f"{first.source}: {first.raw[:80]!r}")
    return found


def disbelieved_date(
    candidates: Iterable[Candidate], *, zone: tzinfo | None = None, language: str | None = None
) -> str | None:
    """Return the first structured date that contradicts itself by its weekday, as it is written.

    For an article of which no date is believed: it says why it has none.

    Args:
      candidates: Structured dates, most trusted first.
      zone: Of dates that name none.
      language: BCP-47, for the order of day and month.

    Example:
      >>> disbelieved_date([Candidate("jsonld", "Sunday, 9 November 2026")])
      'Sunday, 9 November 2026'
    """
    for candidate in candidates:
        try:
            parse_date(candidate.raw, zone=zone, language=language)
        except DoubtfulDateError:
            return candidate.raw
        except ImpossibleDateError:
            continue
    return None


def _first_fine(
    stated: Iterable[FoundDate], written: Iterable[FoundDate]
) -> tuple[FoundDate | None, FoundDate | None]:
    """Return the date to take, and the first that is but a month.

    The first that names a day or more is taken; where it names no more than the day, a later one
    that names an hour of that day.
    """
    day: FoundDate | None = None
    vague: FoundDate | None = None
    # Lazily: a moment in the first statement is all that is mostly read.
    tagged = itertools.chain(
        zip(itertools.repeat(True), stated), zip(itertools.repeat(False), written)
    )
    for is_stated, found in tagged:
        if found.precision == "month":
            vague = vague or found
        elif day is not None:
            if found.precision != "day" and _is_of_day(found.value, day.value):
                return found, vague
        elif is_stated or vague is None or _in_month(found.value, vague.value):
            if found.precision != "day":
                return found, vague
            day = found
    return day, vague


def _is_of_day(moment: datetime, day: datetime) -> bool:
    """Return whether a moment is in a calendar day of some zone."""
    noon = day + timedelta(hours=12)
    return abs(moment - noon) <= HALF_DAY_ANYWHERE


def _stated(
    candidates: Iterable[Candidate],
    latest: datetime,
    zone: tzinfo | None,
    fetched: datetime | None,
    language: str | None,
    impossible: list[Candidate],
) -> Iterator[FoundDate]:
    """Believable dates among the structured; those that cannot be are added to `impossible`."""
    for candidate in candidates:
        try:
            found = _read(candidate, zone, fetched, language)
        except DoubtfulDateError:
            continue
        except ImpossibleDateError:
            impossible.append(candidate)
            continue
        if found is not None and EARLIEST <= found.value <= latest:
            yield found
        elif found is not None:
            impossible.append(candidate)


def _read(
    candidate: Candidate, zone: tzinfo | None, fetched: datetime | None, language: str | None
) -> FoundDate | None:
    parsed = parse_date(candidate.raw, zone=zone, fetched=fetched, language=language)
    return FoundDate(*parsed, *candidate) if parsed else None


def read_date(
    candidate: Candidate, *, now: datetime, zone: tzinfo | None = None, language: str | None = None
) -> FoundDate | None:
    """Return one structured date where it is believed, else None.

    Args:
      candidate: The date as it is stated, and where.
      now: Later dates are not believed, aware.
      zone: Of dates that name none; None: not known.
      language: BCP-47 of the article, for names of months and the order of day and month.
    """
    try:
        found = _read(candidate, zone, None, language)
    except (DoubtfulDateError, ImpossibleDateError):
        return None
    return found if found and EARLIEST <= found.value <= now + AHEAD else None


def _in_month(value: datetime, month: datetime) -> bool:
    return (value.year, value.month) == (month.year, month.month)


def _written(
    text: str, url: str | None, latest: datetime, zone: tzinfo | None, language: str | None
) -> Iterator[FoundDate]:
    """Return believable dates from the URL and bylines, in this order."""
    found = url_date(url) if url else None
    if found is not None and EARLIEST <= found.value <= latest:
        yield found
    for line in _byline_lines(text):
        try:
            parsed = parse_date(line, zone=zone, machine=False, language=language)
        except (DoubtfulDateError, ImpossibleDateError):
            continue
        if parsed is not None and EARLIEST <= parsed[0] <= latest:
            yield FoundDate(*parsed, "byline", line)


def _text_day(text: str, latest: datetime, fetched: datetime | None) -> FoundDate | None:
    """Return the day that the text itself speaks of."""
    day = text_date(text, latest=latest.date(), fetched=fetched.date() if fetched else None)
    if day is None:
        return None
    value = datetime.combine(day.day, time(), UTC)
    return FoundDate(value, "day", "text" if day.full else "text_weekday", day.raw)


def _byline_lines(text: str) -> Iterator[str]:
    """Short lines at the top and the end that hold a full date and are not about an update."""
    head = text[: BYLINE_LINES * 200].split("\n")[:BYLINE_LINES]
    tail = text[max(len(text) - BYLINE_LINES * 200, BYLINE_LINES * 200) :].split("\n")[
        -BYLINE_LINES:
    ]
    for line in (*head, *tail):
        short = line.strip()
        if not 8 <= len(short) <= MAX_BYLINE_CHARS or short.endswith((".", '"', "”")):
            continue
        if has_full_date(short) and not _MODIFIED.search(short):
            yield short


def url_date(url: str) -> FoundDate | None:
    """Return the day or month in a URL's path: /2025/03/24/, /20250324/ or /2025/03/."""
    match = _URL_DATE.search(url[:2000])
    if match is None or (not match["mark"] and not match["day"]):
        return None
    year, month, day = int(match["year"]), int(match["month"]), int(match["day"] or 1)
    if day > calendar.monthrange(year, month)[1]:
        return None
    value = datetime(year, month, day, tzinfo=UTC)
    return FoundDate(value, "day" if match["day"] else "month", "url", match[0].strip("/"))
