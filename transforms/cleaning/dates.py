"""When an article was published: the first candidate, in the order of trust, that is believed.

The order, and why: what the feed or record says of this very article; JSON-LD, meta, microdata and
`time`, which templates fill with more or less care; the URL, which is never edited; the byline; and
last the text, which only names days. Dates beyond a day after the run, or before the web, are not
believed; neither is a date whose weekday is another. The fetch day never stands in for a date.
"""

import calendar
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from transforms.cleaning.text_dates import text_date
from transforms.cleaning.written_dates import (
    DoubtfulDateError,
    ImpossibleDateError,
    has_full_date,
    parse_date,
)
from transforms.records import RejectedRecord

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""No news site is older than the web; epoch zero and year 1 are unset fields."""
AHEAD = timedelta(days=1)
"""How far beyond now a date is believed: zones reach 14 hours, clocks go wrong by minutes."""
MAX_BYLINE_CHARS = 100
BYLINE_LINES = 8
"""How many lines at the top and at the end of a text may be bylines."""

_URL_DATE = re.compile(
    r"/(?P<year>(?:19|20)\d{2})(?P<mark>[/-]?)(?P<month>0[1-9]|1[0-2])"
    r"(?:(?P=mark)(?P<day>0[1-9]|[12]\d|3[01]))?(?=/|-|$)"
)
_MODIFIED = re.compile(r"\b(?:diperbarui|diupdate|update|updated|modified|dikemas ?kini)\b", re.I)


class Candidate(NamedTuple):
    """A date as written, and where it stood: feed, jsonl, jsonld, meta, microdata, time."""

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


def time_zone(name: str | None) -> tzinfo | None:
    """IANA name -> zone; None for none or an unknown one."""
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
    """All that is known of an article's date -> the date that is believed, None where none is.

    Args:
      candidates: structured dates, most trusted first.
      text: the whole text before cleaning: bylines and days are looked for in it.
      now: the run's start, aware; later dates are not believed, nor those after `fetched`.
      url: may hold the day.
      zone: of dates that name none.
      fetched: when the article was fetched, aware.
      language: BCP-47, for the order of day and month.
      keep_bad_dates: None in place of a reject.

    Raises:
      RejectedRecord: "bad_date" where a structured date is impossible and no other is believed.
    """
    latest = min(now, fetched or now) + AHEAD
    impossible: Candidate | None = None
    vague: FoundDate | None = None
    for candidate in candidates:
        try:
            found = _read(candidate, zone, fetched, language)
        except DoubtfulDateError:
            continue
        except ImpossibleDateError:
            impossible = impossible or candidate
            continue
        if found is not None and not EARLIEST <= found.value <= latest:
            impossible = impossible or candidate
        elif found is not None and found.precision != "month":
            return found
        else:
            vague = vague or found
    for found in _unstructured(text, url, latest, zone, fetched, language):
        if found.precision == "month":
            vague = vague or found
        elif vague is None or _in_month(found.value, vague.value):
            return found
    if vague is None and impossible is not None and not keep_bad_dates:
        raise RejectedRecord("bad_date", f"{impossible.source}: {impossible.raw[:80]!r}")
    return vague


def _read(
    candidate: Candidate, zone: tzinfo | None, fetched: datetime | None, language: str | None
) -> FoundDate | None:
    parsed = parse_date(candidate.raw, zone=zone, fetched=fetched, language=language)
    return FoundDate(*parsed, *candidate) if parsed else None


def read_date(
    candidate: Candidate, *, now: datetime, zone: tzinfo | None = None, language: str | None = None
) -> FoundDate | None:
    """One structured date -> the date where it is believed, else None."""
    try:
        found = _read(candidate, zone, None, language)
    except (DoubtfulDateError, ImpossibleDateError):
        return None
    return found if found and EARLIEST <= found.value <= now + AHEAD else None


def _in_month(value: datetime, month: datetime) -> bool:
    return (value.year, value.month) == (month.year, month.month)


def _unstructured(
    text: str,
    url: str | None,
    latest: datetime,
    zone: tzinfo | None,
    fetched: datetime | None,
    language: str | None,
) -> Iterator[FoundDate]:
    """Believable dates from the URL, bylines and the text, in this order."""
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
    day = text_date(text, latest=latest.date(), fetched=fetched.date() if fetched else None)
    if day is not None:
        value = datetime.combine(day.day, time(), UTC)
        yield FoundDate(value, "day", "text" if day.full else "text_weekday", day.raw)


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
    """A URL with /2025/03/24/, /20250324/ or /2025/03/ in its path -> that day or month."""
    match = _URL_DATE.search(url[:2000])
    if match is None or (not match["mark"] and not match["day"]):
        return None
    year, month, day = int(match["year"]), int(match["month"]), int(match["day"] or 1)
    if day > calendar.monthrange(year, month)[1]:
        return None
    value = datetime(year, month, day, tzinfo=UTC)
    return FoundDate(value, "day" if match["day"] else "month", "url", match[0].strip("/"))
