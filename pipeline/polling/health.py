"""How the feeds that are followed fare: `warta feeds status`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from statistics import median

from warta.transforms.core.redaction import mask_secrets
from warta.transforms.lake.feed_state import read_feeds
from warta.transforms.lake.feed_statistics import FeedDay, read_feed_statistics, totals
from warta.transforms.lake.storage import Lake
from warta.transforms.polling.state import FeedState, from_row

DAYS = 28
"""So much of its own past a feed is held against: four weeks, since weekends differ."""
_RECENT_DAYS = 3
_MIN_RECENT = 5
"""Articles of the last days, and below, of the days before, that lengths are judged by."""
_MIN_PAST = 20
_STREAK = 3
_DROP = 0.2
"""Share of the usual number a day below which it is reported."""
_MIN_USUAL = 5
_SHRUNK = 0.5
_DATES_LOST = 0.3
_SILENT_GAPS = 4.0
"""So many usual gaps without anything new, and at least a day, are silence."""
_OVERDUE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Health:
    """One feed, as it is and as it was."""

    name: str
    feed_url: str
    succeeded_at: datetime | None
    new_entry_at: datetime | None
    next_poll_at: datetime | None
    error: str | None
    error_streak: int
    last_day: int
    """Articles of the last 24 hours."""
    usual_day: float | None
    """Median of the days before; None: not enough of them."""
    words: float | None
    """Mean length of the last days' bodies."""
    usual_words: float | None
    dated: float | None
    """Share of the last days' articles that have a date."""
    usual_dated: float | None
    remarks: tuple[str, ...]
    """What has changed for the worse, or fails."""


def feed_health(lake: Lake, now: datetime) -> list[Health]:
    """Return how the feeds of a lake fare, those with remarks first.

    Raises:
      LakeError: It is not a lake, or one of a newer version.
    """
    lake.check()
    states = [from_row(row) for row in read_feeds(lake)]
    statistics = read_feed_statistics(lake, now, DAYS)
    found = [
        judge(state, statistics.get(mask_secrets(state.feed_url), {}), now) for state in states
    ]
    return sorted(found, key=lambda one: (not one.remarks, one.name or one.feed_url))


def judge(state: FeedState, days: Mapping[int, FeedDay], now: datetime) -> Health:
    """Return how a feed fares, by its state and what came of it by day."""
    began = state.first_polled_at or now
    # The first poll brings all that a feed shows: no day like the others.
    age_days = min(DAYS, (now - began).days)
    recent, past = totals(days, 0, _RECENT_DAYS), totals(days, _RECENT_DAYS, age_days)
    counts = [days[day].articles if day in days else 0 for day in range(1, age_days)]
    enough = recent.articles >= _MIN_RECENT and past.articles >= _MIN_PAST
    health = Health(
        name=mask_secrets(state.name or state.feed_url),
        feed_url=mask_secrets(state.feed_url),
        succeeded_at=state.succeeded_at,
        new_entry_at=state.new_entry_at,
        next_poll_at=state.next_poll_at,
        error=state.error,
        error_streak=state.error_streak,
        last_day=totals(days, 0, 1).articles,
        usual_day=median(counts) if len(counts) >= _RECENT_DAYS else None,
        words=recent.words / recent.articles if recent.articles else None,
        usual_words=past.words / past.articles if enough else None,
        dated=recent.dated / recent.articles if recent.articles else None,
        usual_dated=past.dated / past.articles if enough else None,
        remarks=(),
    )
    checks = (_failing(state, now), _silent(state, health, now), _fewer(health), _shrunk(health))
    remarks = tuple(remark for remark in (*checks, _undated(health)) if remark)
    return replace(health, remarks=remarks)


def _failing(state: FeedState, now: datetime) -> str | None:
    if state.stopped_at is not None:
        return f"gone since {state.stopped_at:%Y-%m-%d} (410): remove it, or give its new URL"
    if state.error_streak >= _STREAK:
        return f"has failed {state.error_streak} times in a row: {state.error}"
    if state.error is not None and state.error_streak == 0:
        return f"is not read under our own rules: {state.error}"
    if state.next_poll_at is not None and now - state.next_poll_at > _OVERDUE:
        return f"was due {_span(now - state.next_poll_at)} ago: is no watch running?"
    return None


def _silent(state: FeedState, health: Health, now: datetime) -> str | None:
    if state.new_entry_at is None or state.error_streak >= _STREAK or state.entry_gap_s is None:
        return None
    quiet = now - state.new_entry_at
    gap_s = state.entry_gap_s
    if health.usual_day:
        gap_s = min(gap_s, 86_400 / health.usual_day)
    if quiet < timedelta(days=1) or quiet.total_seconds() < _SILENT_GAPS * gap_s:
        return None
    usual = f", usually {health.usual_day:,.0f} a day" if health.usual_day else ""
    return f"silent for {_span(quiet)}{usual}"


def _fewer(health: Health) -> str | None:
    usual = health.usual_day
    if usual is None or usual < _MIN_USUAL or not 0 < health.last_day < _DROP * usual:
        return None
    return f"{health.last_day:,} articles in a day, usually {usual:,.0f}"


def _shrunk(health: Health) -> str | None:
    if not health.words or not health.usual_words or health.words > _SHRUNK * health.usual_words:
        return None
    share = 1 - health.words / health.usual_words
    return f"bodies shrank by {share:.0%}: layout changed?"


def _undated(health: Health) -> str | None:
    if health.dated is None or health.usual_dated is None:
        return None
    if health.usual_dated - health.dated < _DATES_LOST:
        return None
    return f"{health.dated:.0%} of the articles have a date, usually {health.usual_dated:.0%}"


def render(found: Sequence[Health], now: datetime) -> str:
    """Return a line a feed, and after them what is to be looked at."""
    if not found:
        return "no feed was followed yet: warta watch follows them\n"
    head = ("feed", "success", "new", "errors", "last day", "usual", "words", "dated")
    rows = [head, *(_row(one, now) for one in found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    remarks = [f"{one.name}: {remark}" for one in found for remark in one.remarks]
    return "\n".join([*lines, *([""] if remarks else []), *remarks]) + "\n"


def _row(one: Health, now: datetime) -> tuple[str, ...]:
    return (
        one.name[:40],
        _ago(one.succeeded_at, now),
        _ago(one.new_entry_at, now),
        f"{one.error_streak:,}",
        f"{one.last_day:,}",
        "" if one.usual_day is None else f"{one.usual_day:,.0f}",
        "" if one.words is None else f"{one.words:,.0f}",
        "" if one.dated is None else f"{one.dated:.0%}",
    )


def _ago(at: datetime | None, now: datetime) -> str:
    return "never" if at is None else f"{_span(now - at)} ago"


def _span(span: timedelta) -> str:
    """Return a span of time in its largest unit."""
    seconds = max(0, int(span.total_seconds()))
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            count = seconds // length
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return f"{seconds} s"


def to_json(found: Sequence[Health]) -> str:
    """Return feeds as a JSON list, times in ISO 8601."""
    import orjson

    rows = [asdict(one) for one in found]
    return orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode() + "\n"


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)
