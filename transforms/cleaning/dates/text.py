"""The day of an article by the dates in its text: "pada Senin (24/3)".

Only dates with a weekday count: that is how news marks the day of an event, and weekday and day
together fix the year without trusting any clock. The rule:

1. A full date counts if its weekday agrees with it.
2. A date without a year is put into the year nearest to the latest full date, else nearest to the
   day of fetching; with neither, into the latest year not in the future in which all such dates of
   the text agree with their weekdays and are within half a year of each other.
3. Dates after words like "akan" or "until" are still to come and do not count.
4. The latest of what remains is the best guess for the day of publication.
"""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from warta.transforms.cleaning.dates.patterns import ENGLISH_DAY, MONTHS, WEEKDAYS

CLUSTER_DAYS = 183
"""A date without a year is younger or nearer than that; the same day falls on the same weekday
again after five years at the earliest."""
MAX_TEXT_CHARS = 20_000
"""How much of a text is searched: datelines and days come early."""
MAX_TEXT_DATES = 40
EARLIEST_YEAR = 1990
LOOK_BACK_CHARS = 32
"""How far before its number a weekday is, "Minggu dini hari, September 12", and a date ends."""

_WEEKDAY = "|".join(sorted((name for name in WEEKDAYS if len(name) > 3), key=len, reverse=True))
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_DATE = re.compile(
    rf"\b(?P<weekday>{_WEEKDAY})\b(?:\s(?:pagi|siang|sore|petang|malam|dini hari))?,?\s?\(?"
    rf"(?:(?P<day>\d{{1,2}})(?:[/-](?P<number>\d{{1,2}})(?:[/-](?P<year>\d{{4}}|\d{{2}}))?\b(?![/-])\)?"
    rf"|\s(?P<name>{_MONTH})\b(?:\s(?P<year2>\d{{4}}))?\)?)"
    rf"|(?P<name3>{_MONTH})\b\.?\s(?P<day3>\d{{1,2}})\b(?:,\s(?P<year3>\d{{4}}))?)",
    re.I,
)
_NUMBER = re.compile(r"[0-9]{1,2}(?![0-9]|[.,][0-9])")
_INSIDE_NUMBER = frozenset("0123456789/.,-")
_TO_COME = re.compile(
    r"\b(?:akan|mendatang|besok|esok|nanti|depan|hingga|sampai|paling lambat|rencananya|dijadwalkan"
    r"|will|until|next|upcoming|scheduled|deadline|due)\b[^.!?]{0,60}$",
    re.I,
)


class _Mention(NamedTuple):
    """A date in the text: the days it can mean, latest first; one where the year is written."""

    days: tuple[date, ...]
    full: bool
    to_come: bool
    raw: str


class TextDate(NamedTuple):
    """The day that a text speaks of; `full`: with its year written out."""

    day: date
    full: bool
    raw: str


def text_date(text: str, *, latest: date, fetched: date | None = None) -> TextDate | None:
    """Return the likeliest day of a text's publication, None where its dates do not say.

    Args:
      text: The article, as it was before cleaning or after.
      latest: No day after it is believed.
      fetched: The day the article was fetched, where known.
    """
    mentions = [mention for mention in _mentions(text, latest) if mention.days]
    days = [mention.days[0] for mention in mentions if mention.full]
    short = [mention for mention in mentions if not mention.full]
    reference = max(days, default=fetched)
    if reference is not None:
        known = reference
        settled = {m: min(m.days, key=lambda day: abs(day - known)) for m in short}
    else:
        settled = _agree(short)
    settled |= {mention: mention.days[0] for mention in mentions if mention.full}
    past = [(day, mention) for mention, day in settled.items() if not mention.to_come]
    if not past:
        return None
    day, mention = max(past, key=lambda pair: (pair[0], pair[1].full))
    return TextDate(day, mention.full, mention.raw)


def _agree(short: list[_Mention]) -> dict[_Mention, date]:
    """Return the days of dates without a year, in the latest time in which all agree."""
    if not short:
        return {}
    span = timedelta(days=CLUSTER_DAYS)
    for anchor in short[0].days:
        near = {m: [day for day in m.days if abs(day - anchor) <= span] for m in short}
        if all(near.values()):
            return {mention: days[0] for mention, days in near.items()}
    return {}


def _mentions(text: str, latest: date) -> list[_Mention]:
    text = text[:MAX_TEXT_CHARS]
    found: list[_Mention] = []
    searched_to = 0
    for number in _NUMBER.finditer(text):
        if text[number.start() - 1 : number.start()] in _INSIDE_NUMBER:
            continue
        start = max(searched_to, number.start() - LOOK_BACK_CHARS)
        # A look at the last words is far cheaper than the whole pattern at each letter.
        words = text[start : number.start()].lower().split()[-4:]
        if number.start() < searched_to or not any(word.strip("(,.") in WEEKDAYS for word in words):
            continue
        match = _DATE.search(text, start, number.start() + LOOK_BACK_CHARS)
        if match is None:
            continue
        searched_to = match.end()
        to_come = _TO_COME.search(text, max(0, match.start() - 80), match.start()) is not None
        year, days = _days(match, latest)
        found.append(_Mention(days, year is not None, to_come, match[0].strip()))
        if len(found) == MAX_TEXT_DATES:
            break
    return found


def _days(match: re.Match[str], latest: date) -> tuple[int | None, tuple[date, ...]]:
    """Return a match's year if written, and the days that fit its weekday, latest first."""
    year_text = match["year"] or match["year2"] or match["year3"]
    year = int(year_text) + (2000 if len(year_text) == 2 else 0) if year_text else None
    name = match["name"] or match["name3"]
    month = MONTHS[name.lower()] if name else int(match["number"])
    day = int(match["day"] or match["day3"])
    years = [year] if year else range(latest.year, EARLIEST_YEAR - 1, -1)
    plain = _agreeing(match, years, month, day, latest)
    if name or not year or not ENGLISH_DAY.match(match["weekday"]):
        return year, plain
    # English has both orders of "Sunday, 11/8/2026": the weekday decides, where it can.
    swapped = _agreeing(match, years, day, month, latest)
    return year, () if plain and swapped and plain != swapped else plain or swapped


def _agreeing(
    match: re.Match[str], years: Iterable[int], month: int, day: int, latest: date
) -> tuple[date, ...]:
    """Return the believable days of these years on which the weekday of a match agrees."""
    weekday = WEEKDAYS[match["weekday"].lower()]
    days = []
    for year in years:
        try:
            moment = date(year, month, day)
        except ValueError:
            continue
        if moment.weekday() == weekday and date(EARLIEST_YEAR, 1, 1) <= moment <= latest:
            days.append(moment)
    return tuple(days)
