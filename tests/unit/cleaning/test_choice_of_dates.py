"""The date of an article: from its text, its URL or its metadata, and what is not believed."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation import dates as quality_dates
from warta.transforms.cleaning.dates.choose import (
    Candidate,
    find_date,
    read_date,
    url_date,
)
from warta.transforms.cleaning.dates.text import text_date
from warta.transforms.core.rejections import RejectedRecord

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


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
    """Impossible dates of modification are no reason to reject."""
    assert read_date(Candidate("meta", "0001-01-01"), now=NOW) is None
    assert read_date(Candidate("meta", "2025-02-30"), now=NOW) is None
    found = read_date(Candidate("meta", "2025-03-24T14:05:00Z"), now=NOW)
    assert found is not None
    assert found.value == datetime(2025, 3, 24, 14, 5, tzinfo=UTC)


def test_articles_get_their_moment() -> None:
    """Every form of the date set, read with all of the date code, gives its moment or none."""
    assert list(quality_dates.faults()) == []


@settings(deadline=None, max_examples=100)
@given(st.dates(date(1990, 1, 1), NOW.date()))
def test_weekday_and_day_find_the_year_again(day: date) -> None:
    """Any day written as weekday and day/month is found when the fetch day is near."""
    names = ["Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"]
    text = f"Pasar dibuka {names[day.weekday()]} ({day.day}/{day.month})."
    found = text_date(text, latest=NOW.date(), fetched=day)
    assert found is not None
    assert found.day == day
