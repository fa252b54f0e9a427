"""When a feed is asked again: what its server wishes, how often it changes, how often it failed.

Pure arithmetic. Times are aware datetimes, spans are seconds.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_PERIODS_S = {
    "hourly": 3_600.0,
    "daily": 86_400.0,
    "weekly": 604_800.0,
    "monthly": 2_592_000.0,
    "yearly": 31_536_000.0,
}
"""RSS 1.0's module syndication: sy:updatePeriod."""
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,10})", re.I)
_SMOOTHING = 0.3
"""Weight of the newest observation: five polls after a feed has changed its config, so has ours."""
_POLLS_A_GAP = 2.0
"""Polls between two entries: an article then waits a quarter of its feed's gap on average."""
_MAX_DOUBLINGS = 12
MAX_RETRY_S = 7 * 86_400.0
"""A longer Retry-After is a mistake of the server."""


@dataclass(frozen=True, slots=True)
class PollSchedule:
    """The limits within which feeds are polled, in seconds."""

    min_interval_s: float = 300.0
    max_interval_s: float = 86_400.0
    """Also the most that a server's wish for rare visits counts for."""
    first_interval_s: float = 1_800.0
    """Between the first poll and the second, while nothing is known."""
    jitter: float = 0.1
    """So much is added at most, as a share, so that feeds do not come in step."""


def observed_gap(
    gap_s: float | None, *, elapsed_s: float, new: int, quiet_s: float, schedule: PollSchedule
) -> float | None:
    """Mean time between two new entries of a feed, after one more poll.

    Args:
      gap_s: What it was; None: not known yet.
      elapsed_s: Since the poll before.
      new: Entries that were new at this poll.
      quiet_s: Since the last poll that brought something new.
      schedule: How long a feed is given before its silence counts.
    """
    if new:
        seen_s = max(elapsed_s, 1.0) / new
    elif quiet_s <= (_POLLS_A_GAP * schedule.first_interval_s if gap_s is None else gap_s):
        # Nothing new within the usual time says nothing.
        return gap_s
    else:
        seen_s = quiet_s
    return seen_s if gap_s is None else (1 - _SMOOTHING) * gap_s + _SMOOTHING * seen_s


def interval(gap_s: float | None, wish_s: float | None, schedule: PollSchedule) -> float:
    """Return the time to the next poll, of the gap between entries and the server's wish.

    The wish takes precedence over the feed's own changes, up to the schedule's longest interval.

    Args:
      gap_s: Mean time between two new entries, in seconds; None: not known yet.
      wish_s: Least time that feed and server ask for, in seconds; None: they ask for none.
      schedule: The limits of polling.

    Returns:
      Seconds.
    """
    own = schedule.first_interval_s if gap_s is None else gap_s / _POLLS_A_GAP
    return min(max(own, wish_s or 0.0, schedule.min_interval_s), schedule.max_interval_s)


def backoff(interval_s: float, streak: int, schedule: PollSchedule) -> float:
    """Return the time to the next poll after failed ones: twice as long after each.

    Args:
      interval_s: The usual time between two polls, in seconds.
      streak: How many have failed in a row, the last just now.
      schedule: The limits of polling.

    Returns:
      Seconds.
    """
    doubled = max(interval_s, schedule.min_interval_s) * 2.0 ** min(streak, _MAX_DOUBLINGS)
    return min(doubled, schedule.max_interval_s)


def next_poll(now: datetime, interval_s: float, schedule: PollSchedule, chance: float) -> datetime:
    """Return the next poll: never before the interval is over.

    Args:
      now: Of the poll just made.
      interval_s: Least time to the next.
      schedule: How much may be added.
      chance: A random number of [0, 1).
    """
    return now + timedelta(seconds=interval_s * (1 + schedule.jitter * chance))


def retry_after(stated: str | None, now: datetime) -> float | None:
    """Return the seconds of a Retry-After (RFC 9110, 10.2.3); None for none, or an odd one."""
    if not stated:
        return None
    stated = stated.strip()
    if re.fullmatch(r"\d{1,10}", stated):
        return min(float(stated), MAX_RETRY_S)
    at = _date(stated)
    return None if at is None else min(max((at - now).total_seconds(), 0.0), MAX_RETRY_S)


def freshness(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds that an answer is fresh by its word (RFC 9111, 4.2.1); None: no word."""
    control = headers.get("cache-control", "")
    if re.search(r"\bno-(?:cache|store)\b", control, re.I):
        return None
    if stated := _MAX_AGE.search(control):
        age = headers.get("age", "").strip()
        return max(0.0, float(stated[1]) - (float(age) if re.fullmatch(r"\d{1,10}", age) else 0.0))
    expires = _date(headers.get("expires", ""))
    if expires is None:
        return None
    return max(0.0, (expires - (_date(headers.get("date", "")) or now)).total_seconds())


def stated_period(ttl: str | None, period: str | None, frequency: str | None) -> float | None:
    """Return the seconds between two updates that a feed states; None for none, or nonsense.

    Args:
      ttl: RSS's, in minutes.
      period: sy:updatePeriod.
      frequency: sy:updateFrequency, times a period.
    """
    wishes = []
    if ttl and re.fullmatch(r"\s*\d{1,7}\s*", ttl):
        wishes.append(float(ttl) * 60)
    if (length := _PERIODS_S.get((period or "").strip().lower())) is not None:
        times = (frequency or "").strip()
        wishes.append(length / max(1, int(times) if re.fullmatch(r"\d{1,6}", times) else 1))
    return max(wishes, default=None)


def _date(stated: str) -> datetime | None:
    # It brings sockets with it, and all commands import this module.
    from email.utils import parsedate_to_datetime

    try:
        at = parsedate_to_datetime(stated)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at
