"""Time zones of dates: by their names, by the publisher, and ones that nobody knows."""

import tomllib
from datetime import UTC, datetime, timedelta, timezone

import pytest

from warta.transforms.cleaning.dates.choose import (
    ZONES_FILE,
    publisher_zone,
    time_zone,
)
from warta.transforms.cleaning.dates.written import (
    parse_date,
)
from warta.transforms.cleaning.dates.zones import NAMES_FILE, area_zone, zone_after

JAKARTA = time_zone("Asia/Jakarta")


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


@pytest.mark.parametrize("name", [None, "", "Mars/Olympus", "../etc/passwd", "Asia/\0"])
def test_unknown_zones_are_none(name: str | None) -> None:
    """A wrong zone name is not an error of the article."""
    assert time_zone(name) is None
