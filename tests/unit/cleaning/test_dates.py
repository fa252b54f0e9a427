"""Dates: written forms, zones, weekdays that fix the year, and what is not believed."""

import tomllib
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation import dates as quality_dates
from warta.transforms.cleaning.dates.choose import (
    ZONES_FILE,
    Candidate,
    find_date,
    publisher_zone,
    read_date,
    time_zone,
    url_date,
)
from warta.transforms.cleaning.dates.text import text_date
from warta.transforms.cleaning.dates.written import (
    DoubtfulDateError,
    ImpossibleDateError,
    parse_date,
)
from warta.transforms.cleaning.dates.zones import NAMES_FILE, area_zone, zone_after
from warta.transforms.core.rejections import RejectedRecord

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
    ("written", "offset"),
    [
        ("Asia/Jakarta", 7),
        ("(Asia/Makassar)", 8),
        ("[Asia/Jayapura]", 9),
        ("asia/jakarta", 7),
        ("US/Eastern", -4),
        ("America/Argentina/Buenos_Aires", -3),
        ("Etc/GMT-7", 7),
        ("EST5EDT", -4),
        ("Western Indonesia Time", 7),
        ("(Central Indonesia Time)", 8),
        ("Waktu Indonesia Timur", 9),
        ("waktu Indonesia bagian barat", 7),
        ("SE Asia Standard Time", 7),
        ("Malaysia Time", 8),
        ("Eastern Daylight Time", -4),
        ("Eastern Standard Time", -5),
        ("Pacific Time", -7),
        ("GMT Standard Time", 1),
        ("Greenwich Mean Time", 0),
        ("Coordinated Universal Time", 0),
        ("Central European Summer Time", 2),
        ("India Standard Time", 5.5),
        ("edt", -4),
        ("ET", -4),
        ("wib", 7),
        ("GMT +7", 7),
        ("UTC +07:00", 7),
        ("GMT+0700 (Western Indonesia Time)", 7),
        ("-0330", -3.5),
    ],
)
@pytest.mark.parametrize(
    "form",
    ["Tue, 09 Jun 2026 20:40:00 {}", "2026-06-09 20:40:00 {}", "June 9, 2026 8:40:00 PM {}"],
)
def test_a_zone_by_its_name(form: str, written: str, offset: float) -> None:
    """Areas, long names and letters after a time place it, with the clocks of that day."""
    moment = datetime(2026, 6, 9, 20, 40, tzinfo=timezone(timedelta(hours=offset)))
    assert parse_date(form.format(written)) == (moment, "second")


def test_an_area_keeps_its_winter_clock() -> None:
    """The same name is another offset in January."""
    moment = datetime(2026, 1, 9, 13, tzinfo=UTC)
    assert parse_date("9 January 2026 08:00 Eastern Time") == (moment, "minute")
    assert parse_date("2026-01-09T08:00:00[America/New_York]") == (moment, "second")
    assert parse_date("Fri Jan 9 08:00:00 America/New_York 2026") == (moment, "second")
    assert parse_date("Fri Jan 9 20:00:00 GMT+07:00 2026") == (moment, "second")


@pytest.mark.parametrize(
    "name",
    ["Asia/Nowhere", "Northern Fjord Standard Time", "waktu setempat", "local time", "IST", "XYZT"],
)
def test_a_zone_that_is_not_known_leaves_the_day(name: str) -> None:
    """Its hour is not taken for UTC."""
    found = parse_date(f"9 June 2026 20:40 {name}")
    assert found == (datetime(2026, 6, 9, tzinfo=UTC), "day")


@pytest.mark.parametrize(
    "words",
    ["| Kabar", "oleh Sari/Bagas", "Waktu Baca 3 menit", "Reading Time: 3 min", "west side"],
)
def test_words_after_a_time_that_name_no_zone(words: str) -> None:
    """They do not cost the hour."""
    found = parse_date(f"9 Juni 2026 20:40 {words}", zone=JAKARTA)
    assert found == (datetime(2026, 6, 9, 13, 40, tzinfo=UTC), "minute")


def test_every_name_of_a_zone_is_read() -> None:
    """Names and letters of the table, in their own case and in capitals."""
    tables = tomllib.loads(NAMES_FILE.read_text(encoding="utf-8"))
    for name, value in (tables["names"] | tables["letters"]).items():
        for written in (name, name.upper()):
            named = zone_after(f" ({written})")
            assert named is not None
            assert named.zone is not None, name
        if value[0] not in "+-":
            assert area_zone(value) is not None


def test_a_weekday_orders_slashes_in_an_english_text() -> None:
    """A weekday that fits one order decides; one that fits both says nothing."""
    latest = date(2026, 11, 22)
    found = text_date("The pier closed on Sunday, 11/8/2026.", latest=latest)
    assert found is not None
    assert found.day == date(2026, 11, 8)
    assert text_date("It closed on Wednesday, 3/12/2025.", latest=latest) is None
    indonesian = text_date("Dermaga ditutup pada Rabu (12/8/2026).", latest=latest)
    assert indonesian is not None
    assert indonesian.day == date(2026, 8, 12)


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


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Rapat berlangsung pada Senin (24/3).", "2025-03-24"),
        ("Pada Rabu (12/3) ia pergi. Sebelumnya, pada Selasa (11/3), ia datang.", "2025-03-12"),
        ("Kamis (28/12/2023) malam, dan Rabu (27/12) pagi.", "2023-12-28"),
        ("He spoke on Monday, March 24, after a long night.", "2025-03-24"),
        ("Senin, 24 Maret, kata dia.", "2025-03-24"),
        ("Sabtu, 6 Desember 2025, relawan tiba.", "2025-12-06"),
        ("Selasa (31/12) dan Rabu (1/1) menjadi hari libur.", "2025-01-01"),
        ("Ia tiba Senin (24/3). Sidang akan digelar pada Kamis (27/3).", "2025-03-24"),
        ("Sidang akan digelar pada Kamis (27/3).", None),
        ("Selasa (12/3/2025) tidak ada.", None),
        ("Senin (31/2) tidak ada.", None),
        ("Senin (24/3) dan Senin (25/3) tidak mungkin bersama.", None),
        ("Nomor 24/3 dan skor 2-1 pada Senin.", None),
        ("Pada 18 Agustus 2019 ia lahir.", None),
    ],
)
def test_the_day_in_the_text(text: str, day: str | None) -> None:
    """Weekday and day fix the year; the latest day that is not to come is the article's."""
    found = text_date(text, latest=NOW.date())
    assert (found.day.isoformat() if found else None) == day


def test_the_fetch_day_picks_the_nearest_year() -> None:
    """Fetched in 2014, Monday the 24th of March is 2014, not 2025."""
    found = text_date("Senin (24/3)", latest=date(2014, 3, 30), fetched=date(2014, 3, 29))
    assert found is not None
    assert found.day == date(2014, 3, 24)


@pytest.mark.parametrize(
    ("url", "value", "precision"),
    [
        ("https://contoh.id/2025/03/24/pasar", "2025-03-24", "day"),
        ("https://contoh.id/read/20250324/pasar", "2025-03-24", "day"),
        ("https://contoh.id/2025-03-24-pasar", "2025-03-24", "day"),
        ("https://contoh.id/2025/03/pasar", "2025-03-01", "month"),
        ("https://contoh.id/2025/02/31/pasar", None, None),
        ("https://contoh.id/202503/pasar", None, None),
        ("https://contoh.id/berita/1234/56", None, None),
    ],
)
def test_dates_in_urls(url: str, value: str | None, precision: str | None) -> None:
    """Folders of year, month and day are read; other numbers are not."""
    found = url_date(url)
    seen = (found.value.date().isoformat(), found.precision) if found else (None, None)
    assert seen == (value, precision)


def sources(*pairs: tuple[str, str]) -> list[Candidate]:
    """Candidates from pairs of source and raw text."""
    return [Candidate(*pair) for pair in pairs]


@pytest.mark.parametrize(
    ("candidates", "text", "url", "source", "day"),
    [
        ([("feed", "2025-03-24"), ("jsonld", "2025-03-25")], "", None, "feed", "2025-03-24"),
        ([("feed", "0001-01-01"), ("jsonld", "2025-03-25")], "", None, "jsonld", "2025-03-25"),
        ([("feed", "2231-01-01"), ("meta", "2025-03-25")], "", None, "meta", "2025-03-25"),
        ([("feed", "Selasa, 24 Maret 2025")], "", "https://a.id/2025/03/24/b", "url", "2025-03-24"),
        ([("meta", "2025-02-30")], "Hari itu, Senin (24/3).", None, "text_weekday", "2025-03-24"),
        ([], "Senin, 24 Maret 2025 14:05 WIB\nPasar dibuka.", None, "byline", "2025-03-24"),
        ([], "Pasar dibuka Rabu (12/3/2025).", None, "text", "2025-03-12"),
        ([("feed", "2025-03")], "Pasar dibuka Senin (24/3).", None, "text_weekday", "2025-03-24"),
        ([("feed", "2024-07")], "Pasar dibuka Senin (24/3).", None, "feed", "2024-07-01"),
    ],
)
def test_the_first_believable_candidate_wins(
    candidates: list[tuple[str, str]], text: str, url: str | None, source: str, day: str
) -> None:
    """Candidates are asked in order of trust; what cannot be is passed over."""
    found = find_date(sources(*candidates), text, now=NOW, url=url)
    assert found is not None
    assert (found.source, found.value.date().isoformat()) == (source, day)


@pytest.mark.parametrize("raw", ["0001-01-01T00:00:00Z", "2231-05-01", "2025-02-30", "1970-01-01"])
def test_an_impossible_date_without_another_is_a_reject(raw: str) -> None:
    """The only stated date is impossible: bad_date, or no date where the user asks for it."""
    with pytest.raises(RejectedRecord) as rejection:
        find_date(sources(("feed", raw)), "Pasar dibuka.", now=NOW)
    assert rejection.value.reason == "bad_date"
    assert find_date(sources(("feed", raw)), "", now=NOW, keep_bad_dates=True) is None


@pytest.mark.parametrize("raw", ["", "kemarin", "Selasa, 24 Maret 2025"])
def test_an_unread_or_doubtful_date_is_no_reject(raw: str) -> None:
    """What is not read, or contradicts itself, leaves the article without a date."""
    assert find_date(sources(("feed", raw)), "Pasar dibuka.", now=NOW) is None


def test_nothing_later_than_the_fetch_is_believed() -> None:
    """A date after the day of fetching is not the article's."""
    fetched = datetime(2025, 3, 25, tzinfo=UTC)
    with pytest.raises(RejectedRecord):
        find_date(sources(("feed", "2025-04-01")), "", now=NOW, fetched=fetched)


def test_a_modification_date_is_read_or_left() -> None:
    """Impossible dates of modification are no rejection."""
    assert read_date(Candidate("meta", "0001-01-01"), now=NOW) is None
    assert read_date(Candidate("meta", "2025-02-30"), now=NOW) is None
    found = read_date(Candidate("meta", "2025-03-24T14:05:00Z"), now=NOW)
    assert found is not None
    assert found.value == datetime(2025, 3, 24, 14, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("domain", "zone"),
    [
        ("news.detik.com", "Asia/Jakarta"),
        ("kabar.example.id", "Asia/Jakarta"),
        ("makassar.tribunnews.com", "Asia/Makassar"),
        ("jubi.id", "Asia/Jayapura"),
        ("thestar.com.my", "Asia/Kuala_Lumpur"),
        ("notdetik.com", None),
        ("example.org", None),
        ("", None),
        (None, None),
    ],
)
def test_publishers_have_zones(domain: str | None, zone: str | None) -> None:
    """The longest ending of the host name that is listed decides."""
    assert publisher_zone(domain) == time_zone(zone)


def test_the_listed_zones_exist() -> None:
    """Every name in time_zones.toml is one of the IANA database."""
    zones = tomllib.loads(ZONES_FILE.read_text(encoding="utf-8"))["domains"]
    assert {name: zone for name, zone in zones.items() if time_zone(zone) is None} == {}


def test_articles_get_their_moment() -> None:
    """Every form of the date set, read with all of the date code, gives its moment or none."""
    assert list(quality_dates.faults()) == []


@pytest.mark.parametrize("name", [None, "", "Mars/Olympus", "../etc/passwd", "Asia/\0"])
def test_unknown_zones_are_none(name: str | None) -> None:
    """A wrong zone name is not an error of the article."""
    assert time_zone(name) is None


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


@settings(deadline=None, max_examples=100)
@given(st.dates(date(1990, 1, 1), NOW.date()))
def test_weekday_and_day_find_the_year_again(day: date) -> None:
    """Any day written as weekday and day/month is found when the fetch day is near."""
    names = ["Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"]
    text = f"Pasar dibuka {names[day.weekday()]} ({day.day}/{day.month})."
    found = text_date(text, latest=NOW.date(), fetched=day)
    assert found is not None
    assert found.day == day


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
