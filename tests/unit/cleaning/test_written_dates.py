"""Dates as they are written: forms, languages, orders of day and month, and what is not a date."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warta.transforms.cleaning.dates.choose import (
    time_zone,
)
from warta.transforms.cleaning.dates.written import (
    DoubtfulDateError,
    ImpossibleDateError,
    parse_date,
)

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
JAKARTA = time_zone("Asia/Jakarta")


@pytest.mark.parametrize(
    ("raw", "value", "precision"),
    [
        ("2025-03-24T14:05:00Z", "2025-03-24T14:05:00", "second"),
        ("2025-03-24T14:05:00.123456+07:00", "2025-03-24T07:05:00", "second"),
        ("2025-03-24T14:05+0700", "2025-03-24T07:05:00", "minute"),
        ("2025-03-24 14:05:00 WIB", "2025-03-24T07:05:00", "second"),
        ("2025-03-24T14:05:00+07:00[Asia/Jakarta]", "2025-03-24T07:05:00", "second"),
        ("20250324T140500Z", "2025-03-24T14:05:00", "second"),
        ("1742825100000000", "2025-03-24T14:05:00", "second"),
        ("1.7428251e12", "2025-03-24T14:05:00", "second"),
        ("/Date(1742825100000+0700)/", "2025-03-24T14:05:00", "second"),
        ("20250324140500", "2025-03-24T14:05:00", "second"),
        ("202503241405", "2025-03-24T14:05:00", "minute"),
        ("2025-03-24", "2025-03-24T00:00:00", "day"),
        ("2025/03/24", "2025-03-24T00:00:00", "day"),
        ("2025-03", "2025-03-01T00:00:00", "month"),
        ("Maret 2025", "2025-03-01T00:00:00", "month"),
        ("Mon, 24 Mar 2025 14:05:00 +0700", "2025-03-24T07:05:00", "second"),
        ("Mon, 24 Mar 2025 14:05:00 GMT", "2025-03-24T14:05:00", "second"),
        ("Senin, 24 Mar 2025 07:05:10 WIB", "2025-03-24T00:05:10", "second"),
        ("24 Maret 2025 14:05 WIB", "2025-03-24T07:05:00", "minute"),
        ("Senin, 24 Maret 2025 | 14.05 WITA", "2025-03-24T06:05:00", "minute"),
        ("24 Maret 2025 pukul 00.30 WIT", "2025-03-23T15:30:00", "minute"),
        ("Isnin, 24 Mac 2025 2:05 pm MYT", "2025-03-24T06:05:00", "minute"),
        ("March 24, 2025 2:05 PM EDT", "2025-03-24T18:05:00", "minute"),
        ("Monday, March 24, 2025", "2025-03-24T00:00:00", "day"),
        ("Rabu (12/3/2025)", "2025-03-12T00:00:00", "day"),
        ("Monday 3/10/2025", "2025-03-10T00:00:00", "day"),
        ("Friday 3/10/2025", "2025-10-03T00:00:00", "day"),
        ("24/03/2025 14:05 WIB", "2025-03-24T07:05:00", "minute"),
        ("24-Mar-2025", "2025-03-24T00:00:00", "day"),
        ("1742825100", "2025-03-24T14:05:00", "second"),
        ("1742825100000", "2025-03-24T14:05:00", "second"),
        ("Sun Mar 23 14:05:00 2025", "2025-03-23T14:05:00", "second"),
        ("Mon Mar 24 2025 14:05:00 GMT+0700 (WIB)", "2025-03-24T07:05:00", "second"),
        ("Senin, 24 Maret 2025 - 14:05 wib", "2025-03-24T07:05:00", "minute"),
        ("Mon Mar 24 14:05:00 WIB 2025", "2025-03-24T07:05:00", "second"),
        ("2025-03-24T14:05:00 07:00", "2025-03-24T07:05:00", "second"),
        ("24 Maret 2025 14:05 -07:00", "2025-03-24T21:05:00", "minute"),
        ("Jumat, 24 Januari 2025 14:05 XYZT", "2025-01-24T00:00:00", "day"),
    ],
)
def test_written_dates(raw: str, value: str, precision: str) -> None:
    """Indonesian, Malay, English and machine forms give the moment in UTC and its precision."""
    assert parse_date(raw) == (datetime.fromisoformat(value).replace(tzinfo=UTC), precision)


def test_a_missing_zone_is_the_sources_own() -> None:
    """Without a zone the source's counts; else machines mean UTC and people's hours are dropped."""
    raw = "24 Maret 2025 14:05"
    assert parse_date(raw, zone=JAKARTA) == (datetime(2025, 3, 24, 7, 5, tzinfo=UTC), "minute")
    assert parse_date(raw) == (datetime(2025, 3, 24, 14, 5, tzinfo=UTC), "minute")
    assert parse_date(raw, machine=False) == (datetime(2025, 3, 24, tzinfo=UTC), "day")


def test_the_order_of_day_and_month() -> None:
    """3/4 is April in Indonesian, not known in English, and clear where one is beyond 12."""
    assert parse_date("3/4/2025", language="id") == (datetime(2025, 4, 3, tzinfo=UTC), "day")
    assert parse_date("3/4/2025", language="en") is None
    assert parse_date("Wednesday 3/12/2025") is None  # the 3rd of December was one too
    assert parse_date("3/24/2025", language="en") == (datetime(2025, 3, 24, tzinfo=UTC), "day")


@pytest.mark.parametrize(
    ("raw", "day"),
    [
        ("6/9/2026 4:15:20 PM", "2026-06-09"),
        ("06/09/2026 04:15 am", "2026-06-09"),
        ("6/9/2026, 4:15:20\u202fPM", "2026-06-09"),
        ("6/9/2026 4 p.m.", "2026-06-09"),
        ("4:15 PM 6/9/2026", "2026-06-09"),
        ("6/9/26 4:15 PM", "2026-06-09"),
        ("19/6/2026 4:15 PM", "2026-06-19"),
        ("6/19/2026 4:15 PM", "2026-06-19"),
        ("Minggu, 6/9/2026 4:15 PM", "2026-09-06"),
        ("Tuesday 6/9/2026 4:15 PM", "2026-06-09"),
        ("6-9-2026 4:15 PM", "2026-09-06"),
        ("6.9.2026 4:15 PM", "2026-09-06"),
        ("6/9/2026 16:15", "2026-09-06"),
        ("2026/06/09 4:15 PM", "2026-06-09"),
        ("2026-06-09 04:15:20 PM", "2026-06-09"),
    ],
)
def test_am_and_pm_say_the_order_of_day_and_month(raw: str, day: str) -> None:
    """After slashes they are American English; a weekday or a day beyond 12 says more."""
    found = parse_date(raw, language="id")
    assert found is not None
    assert found[0].date() == date.fromisoformat(day)


@pytest.mark.parametrize(("language", "zone"), [("ms", None), ("en", "Asia/Kuala_Lumpur")])
def test_where_both_orders_go_with_am_and_pm_none_is_taken(language: str, zone: str | None) -> None:
    """Malaysian newsrooms write the day first and a twelve-hour clock: no date is better."""
    raw = "6/9/2026 4:15 PM"
    assert parse_date(raw, language=language, zone=time_zone(zone)) is None
    assert parse_date("19/6/2026 4:15 PM", language=language, zone=time_zone(zone)) is not None


def test_am_and_pm_give_the_hour() -> None:
    """Twelve is the first hour of its half of the day, and an hour needs no minutes."""
    clocks = {"12:05 AM": 0, "12:05 PM": 12, "1 pm": 13, "11:59 a.m.": 11, "4:15 p.m.": 16}
    for written, hour in clocks.items():
        found = parse_date(f"6/19/2026 {written}")
        assert found is not None
        assert found[0].hour == hour


@pytest.mark.parametrize(
    ("raw", "value", "precision"),
    [
        ("2 jam yang lalu", "2026-11-22T00:00:00", "day"),
        ("15 minutes ago", "2026-11-22T07:45:00", "minute"),
        ("3 hari lalu", "2026-11-19T00:00:00", "day"),
        ("satu jam yang lalu", "2026-11-22T00:00:00", "day"),
        ("semenit lalu", "2026-11-22T07:59:00", "minute"),
        ("Kemarin", "2026-11-21T00:00:00", "day"),
        ("kemarin, 14.05", "2026-11-21T00:00:00", "day"),
        ("yesterday", "2026-11-21T00:00:00", "day"),
    ],
)
def test_relative_dates_need_the_fetch_time(raw: str, value: str, precision: str) -> None:
    """So long ago is counted from the fetch time and not read without one."""
    expected = (datetime.fromisoformat(value).replace(tzinfo=UTC), precision)
    assert parse_date(raw, fetched=NOW) == expected
    assert parse_date(raw) is None


@pytest.mark.parametrize("raw", ["", "kemarin sore", "-", "12345", "99", "Rp 2.500 per kilo"])
def test_what_is_no_date_is_not_read(raw: str) -> None:
    """Words, short numbers and prices give nothing."""
    assert parse_date(raw) is None


def test_other_languages_go_to_the_library() -> None:
    """A French date is read by dateparser, with the precision it is written with."""
    found = parse_date("24 mars 2025 14:05", language="fr")
    assert found == (datetime(2025, 3, 24, 14, 5, tzinfo=UTC), "minute")


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        ("2025-02-30", ImpossibleDateError),
        ("31 November 2025", ImpossibleDateError),
        ("24 Maret 2025 25:10 WIB", ImpossibleDateError),
        ("0000-01-01", ImpossibleDateError),
        ("Selasa, 24 Maret 2025", DoubtfulDateError),
    ],
)
def test_impossible_and_doubtful_dates(raw: str, error: type[ValueError]) -> None:
    """No calendar has the first four; the last contradicts itself."""
    with pytest.raises(error):
        parse_date(raw)


DATE_LIKE = st.text(alphabet="0123456789-/:.,TZ+ WIBSeninMar()apm", max_size=60)


@settings(deadline=None, max_examples=100)
@given(DATE_LIKE | st.text(max_size=40))
def test_any_string_is_borne(raw: str) -> None:
    """Whatever is in a date field, the answer is a date in UTC, none, or one of two errors."""
    try:
        found = parse_date(raw, fetched=NOW, language="id")
    except (ImpossibleDateError, DoubtfulDateError):
        return
    assert found is None or found[0].tzinfo is UTC


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("1 Okt 2026, 4:00 petang MYT", "2026-10-01T08:00:00+00:00"),
        ("1 Oktober 2026 pukul 7.30 malam WIB", "2026-10-01T12:30:00+00:00"),
        ("1 Oktober 2026 pukul 11.00 siang WIB", "2026-10-01T04:00:00+00:00"),
        ("1 Oktober 2026 pukul 15.00 sore WIB", "2026-10-01T08:00:00+00:00"),
        ("03.10.2026 08:00 UTC", "2026-10-03T08:00:00+00:00"),
        ("Published: 2026-10-01T08:00:00Z", "2026-10-01T08:00:00+00:00"),
    ],
)
def test_words_for_the_half_of_a_day_dots_and_labels_are_read(written: str, moment: str) -> None:
    found = parse_date(written)
    assert found is not None
    assert found[0].isoformat() == moment
