"""When a feed is polled next, and what is remembered of a poll."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warta.transforms.polling.schedule import (
    MAX_RETRY_S,
    PollSchedule,
    backoff,
    freshness,
    interval,
    next_poll,
    observed_gap,
    retry_after,
    stated_period,
)
from warta.transforms.polling.state import (
    MAX_ENTRIES,
    Failed,
    FeedState,
    SeenEntry,
    Taken,
    after_failure,
    after_success,
    forget_future,
    from_row,
    remember,
    to_row,
)

NOW = datetime(2026, 11, 16, 3, 0, tzinfo=UTC)
SCHEDULE = PollSchedule(min_interval_s=300, max_interval_s=86_400, first_interval_s=1_800)


@pytest.mark.parametrize(
    ("stated", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("Mon, 16 Nov 2026 03:10:00 GMT", 600.0),
        ("Mon, 16 Nov 2026 02:00:00 GMT", 0.0),
        ("99999999999", None),
        ("9999999999", MAX_RETRY_S),
        ("Fri, 01 Jan 2100 00:00:00 GMT", MAX_RETRY_S),
        ("soon", None),
        ("-5", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(stated: str | None, seconds: float | None) -> None:
    """RFC 9110, 10.2.3; at most a week, and nothing odd."""
    assert retry_after(stated, NOW) == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"cache-control": "public, max-age=600"}, 600.0),
        ({"cache-control": "max-age=600", "age": "200"}, 400.0),
        ({"cache-control": "max-age=600, no-cache"}, None),
        ({"cache-control": "s-maxage=900"}, None),
        ({"cache-control": "private, max-age=0", "expires": "Mon, 16 Nov 2026 04:00:00 GMT"}, 0.0),
        ({"expires": "Mon, 16 Nov 2026 04:00:00 GMT"}, 3_600.0),
        (
            {"expires": "Mon, 16 Nov 2026 04:00:00 GMT", "date": "Mon, 16 Nov 2026 03:50:00 GMT"},
            600.0,
        ),
        ({"expires": "0"}, None),
        ({}, None),
    ],
)
def test_how_long_an_answer_is_fresh(headers: dict[str, str], seconds: float | None) -> None:
    """RFC 9111, 4.2.1: max-age without the answer's age, else Expires."""
    assert freshness(headers, NOW) == seconds


@pytest.mark.parametrize(
    ("ttl", "period", "frequency", "seconds"),
    [
        ("60", None, None, 3_600.0),
        (None, "hourly", "2", 1_800.0),
        (None, "daily", None, 86_400.0),
        ("15", "hourly", "1", 3_600.0),
        (None, "hourly", "0", 3_600.0),
        ("often", "sometimes", "x", None),
        (None, None, None, None),
    ],
)
def test_what_a_feed_says_of_its_updates(
    ttl: str | None, period: str | None, frequency: str | None, seconds: float | None
) -> None:
    """RSS's ttl and the syndication module; the longer of the two."""
    assert stated_period(ttl, period, frequency) == seconds


def test_the_interval_follows_the_feed_between_limits() -> None:
    """Half the time between two entries, never below a wish or a limit."""
    assert interval(None, None, SCHEDULE) == 1_800
    assert interval(7_200.0, None, SCHEDULE) == 3_600
    assert interval(60.0, None, SCHEDULE) == 300
    assert interval(1e9, None, SCHEDULE) == 86_400
    assert interval(60.0, 5_400.0, SCHEDULE) == 5_400
    assert interval(60.0, 1e9, SCHEDULE) == 86_400


def test_the_gap_between_entries_is_learnt() -> None:
    """Busy feeds shorten it, silence beyond the usual lengthens it, silence within says nothing."""
    gap = None
    for _ in range(10):
        gap = observed_gap(gap, elapsed_s=3_600, new=4, quiet_s=3_600, schedule=SCHEDULE)
    assert gap == pytest.approx(900)
    assert observed_gap(gap, elapsed_s=600, new=0, quiet_s=600, schedule=SCHEDULE) == gap
    longer = observed_gap(gap, elapsed_s=600, new=0, quiet_s=86_400, schedule=SCHEDULE)
    assert gap is not None
    assert longer is not None
    assert longer > 10 * gap
    assert observed_gap(None, elapsed_s=1_800, new=0, quiet_s=1_800, schedule=SCHEDULE) is None
    assert observed_gap(None, elapsed_s=1_800, new=0, quiet_s=90_000, schedule=SCHEDULE) == 90_000


@given(
    st.floats(1, 1e7),
    st.integers(0, 500),
    st.floats(0, 0.999),
    st.one_of(st.none(), st.floats(0, 1e7)),
)
def test_a_poll_is_never_too_early(
    gap_s: float, streak: int, chance: float, retry_s: float | None
) -> None:
    """Whatever happened, the next poll keeps the least interval and the server's word."""
    state = replace(FeedState("https://a.example/f"), entry_gap_s=gap_s, error_streak=streak)
    failed = after_failure(state, Failed("http_error", 503, retry_s), NOW, SCHEDULE, chance)
    assert failed.next_poll_at is not None
    wait = (failed.next_poll_at - NOW).total_seconds()
    # Times are kept to the microsecond.
    assert wait >= max(SCHEDULE.min_interval_s, retry_s or 0) - 1e-5
    assert wait <= max(SCHEDULE.max_interval_s, retry_s or 0) * (1 + SCHEDULE.jitter)
    assert backoff(gap_s, streak, SCHEDULE) <= SCHEDULE.max_interval_s
    assert next_poll(NOW, wait, SCHEDULE, chance) >= NOW + timedelta(seconds=wait)


def _taken(**fields: object) -> Taken:
    return Taken(200, **{"etag": '"1"', "body_sha256": "a", **fields})  # type: ignore[arg-type]


def test_failures_double_the_wait_and_a_success_ends_them() -> None:
    """404, 5xx and silence: 1, 2, 4 times the usual; then as before."""
    state = after_success(FeedState("https://a.example/f"), _taken(), NOW, SCHEDULE, 0.0)
    waits = []
    for _ in range(8):
        state = after_failure(state, Failed("http_error: status 500", 500), NOW, SCHEDULE, 0.0)
        waits.append(state.interval_s)
    assert waits[:3] == [3_600, 7_200, 14_400]
    assert waits[-1] == 86_400
    assert (state.error_streak, state.error, state.etag) == (8, "http_error: status 500", '"1"')
    state = after_success(state, _taken(), NOW, SCHEDULE, 0.0)
    assert (state.error_streak, state.error, state.interval_s) == (0, None, 1_800)


def test_a_feed_that_is_gone_is_not_due_again() -> None:
    """410 stops it."""
    state = after_failure(
        FeedState("https://a.example/f"), Failed("x", 410, gone=True), NOW, SCHEDULE, 0.0
    )
    assert state.stopped_at == NOW
    assert not state.is_due(NOW + timedelta(days=999))


def test_a_move_is_forgotten_where_the_new_place_fails() -> None:
    """301 is remembered; three failures at the new place, and the old one is asked again."""
    state = after_success(
        FeedState("u"), _taken(moved_to="https://b.example/f"), NOW, SCHEDULE, 0.0
    )
    assert after_success(state, _taken(), NOW, SCHEDULE, 0.0).moved_to == "https://b.example/f"
    for streak in (1, 2, 3):
        state = after_failure(state, Failed("timeout"), NOW, SCHEDULE, 0.0)
        assert (state.moved_to is None) == (streak == 3)


def test_an_answer_that_was_not_taken_whole_is_asked_for_again() -> None:
    """Its validators are forgotten, and the wait is the least."""
    shown = (SeenEntry(1, 1),)
    state = after_success(FeedState("u"), _taken(shown=shown, whole=False), NOW, SCHEDULE, 0.0)
    assert (state.etag, state.body_sha256, state.interval_s) == (None, None, 300)


def test_a_304_keeps_what_the_feed_said_of_itself() -> None:
    """Ttl is in the body; Cache-Control comes with every answer."""
    first = _taken(shown=(SeenEntry(1, 1),), period_s=7_200.0, fresh_s=60.0)
    state = after_success(FeedState("u"), first, NOW, SCHEDULE, 0.0)
    state = after_success(state, Taken(304, 120.0, etag='"1"'), NOW, SCHEDULE, 0.0)
    assert (state.wish_s, state.interval_s) == (7_200, 7_200)


def test_entries_are_remembered_newest_first_and_bounded() -> None:
    """What is shown is always remembered, older ones as far as the limit allows."""
    shown = tuple(SeenEntry(key, 0) for key in range(MAX_ENTRIES - 1))
    before = (SeenEntry(0, 9), SeenEntry(-1, 0), SeenEntry(-2, 0))
    kept = remember(shown, before)
    assert kept == (*shown, SeenEntry(-1, 0))
    many = tuple(SeenEntry(key, 0) for key in range(MAX_ENTRIES + 5))
    assert remember(many, before) == many


def test_a_state_is_a_row_and_back() -> None:
    """Nothing is lost on the way; a row of an older schema has defaults."""
    state = after_success(
        FeedState("u", name="n"), _taken(shown=(SeenEntry(-5, 7, 2, True),)), NOW, SCHEDULE, 0.5
    )
    assert from_row(to_row(state)) == state
    assert from_row({"feed_url": "u", "polls": None}) == FeedState("u")


def test_a_clock_that_was_ahead_does_not_silence_a_feed() -> None:
    """Polled in 2100 by a wrong clock, it is due now; clocks set back by minutes change nothing."""
    ahead = NOW + timedelta(days=27_000)
    state = after_success(FeedState("f"), Taken(200, new=1), ahead, SCHEDULE, 0.5)
    assert not state.is_due(NOW)
    mended = forget_future(state, NOW)
    assert mended.is_due(NOW)
    assert mended.entries == 1
    again = after_success(mended, Taken(200, new=1), NOW, SCHEDULE, 0.5)
    assert again.entry_gap_s is None
    assert again.next_poll_at is not None
    assert again.next_poll_at < NOW + timedelta(days=1)
    near = after_success(FeedState("f"), Taken(200), NOW + timedelta(minutes=9), SCHEDULE, 0.5)
    assert forget_future(near, NOW) == near
