"""Patterns of dates as people and programs write them, in Indonesian, Malay and English."""

import re

MONTHS: dict[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "januari january jan",
            "februari february pebruari feb",
            "maret march mac mar mrt",
            "april apr",
            "mei may",
            "juni june jun",
            "juli july julai jul",
            "agustus august ogos agu agt ags aug",
            "september sept sep",
            "oktober october okt oct",
            "november nopember nov nop",
            "desember december disember des dec dis",
        ),
        start=1,
    )
    for name in names.split()
}
WEEKDAYS: dict[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "senin isnin monday mon sen",
            "selasa tuesday tue tues sel",
            "rabu wednesday wed rab",
            "kamis khamis thursday thu thur thurs kam",
            "jumat jum'at jumaat friday fri jum",
            "sabtu saturday sat sab",
            "minggu ahad sunday sun min",
        )
    )
    for name in names.split()
}
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_WEEKDAY = "|".join(sorted(WEEKDAYS, key=len, reverse=True))
_TIME = (
    r"(?:[\s,|T–—-]{0,4}(?:pukul|jam|at|pkl)?\.?\s{0,2}(?P<hour>\d{1,2})"
    r"(?:[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2}))?(?:\.\d{1,9})?"
    r"(?:\s?(?P<half>[ap]\.?m\b\.?|(?:pagi|siang|sore|petang|ptg|malam)\b))?"
    r"|\s?(?P<half_hour>[ap]\.?m\b\.?|(?:pagi|siang|sore|petang|ptg|malam)\b)))?"
)
"""A clock's time; a zone may follow it. "2 pm" needs no minutes."""
HALF_DAY = re.compile(r"\d\s?[ap]\.?m\b", re.I)
DAY_FIRST_TWELVE_HOURS = frozenset({"Asia/Kuala_Lumpur", "Asia/Singapore", "Asia/Brunei"})
"""Zones of newsrooms that write the day first and AM or PM too."""
_DAY_NAME = rf"(?:\b(?P<weekday>{_WEEKDAY})\b\.?,?\s{{0,2}}\(?)?"
DAY_FIRST = re.compile(
    rf"{_DAY_NAME}(?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[\s./-]{{1,2}}(?P<month>{_MONTH})\b"
    rf"[\s.,/-]{{1,3}}(?P<year>\d{{4}})\b\)?{_TIME}",
    re.I,
)
MONTH_FIRST = re.compile(
    rf"{_DAY_NAME}\b(?P<month>{_MONTH})\b\.?\s(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s"
    rf"(?P<year>\d{{4}})\b\)?{_TIME}",
    re.I,
)
NUMBERS = re.compile(
    rf"{_DAY_NAME}(?<![\d/])(?P<day>\d{{1,2}})(?P<mark>[/.-])(?P<month>\d{{1,2}})(?P=mark)"
    rf"(?P<year>\d{{4}})\b\)?{_TIME}",
    re.I,
)
ISO = re.compile(
    r"(?P<year>\d{4})[-/](?P<month>\d{2})(?:[-/](?P<day>\d{2})"
    r"(?:[Tt\s]\s?(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d{1,9})?)?"
    r"(?:\s?(?P<half>[AaPp]\.?[Mm]\b\.?))?)?)?"
)
ISO_ZONE = re.compile(r"\s?(?:(?P<offset>\d{2}:\d{2}))?(?:\s?\[(?P<area>[\w/+-]{1,40})\])?\)?")
"""What may follow: an offset whose plus a form decoder took for a blank, an area in brackets."""
COMPACT = re.compile(
    r"(?P<year>(?:19|20)\d{2})(?P<month>\d{2})(?P<day>\d{2})(?P<hour>\d{2})(?P<minute>\d{2})"
    r"(?:(?P<second>\d{2})(?:\d{3})?)?(?P<zone>Z)?"
)
"""Digits without marks, to the minute, the second or its thousandth."""
CTIME = re.compile(
    rf"(?P<weekday>{_WEEKDAY})\s(?P<month>{_MONTH})\s(?P<day>\d{{1,2}})\s(?P<hour>\d{{2}}):"
    rf"(?P<minute>\d{{2}}):(?P<second>\d{{2}})\s"
    r"(?:(?P<zone>[A-Z]{2,5}|(?:GMT|UTC)?[+-]\d{1,2}:?\d{2}|[A-Z]\w{1,20}/\w{1,30}"
    r"|[A-Z][a-z][\w ]{2,40} Time)\s)?"
    rf"(?P<year>\d{{4}})",
    re.I,
)
"""As C and Java print a date: "Mon Mar 24 14:05:00 WIB 2025"."""
YEAR = re.compile(r"(?:19|20)\d\d")
MONTH_YEAR = re.compile(rf"(?P<month>{_MONTH})\.?,?\s(?P<year>\d{{4}})", re.I)
ENGLISH_DAY = re.compile("(?:mon|tue|wed|thu|fri|sat|sun)", re.I)
AGO = re.compile(
    r"(?P<count>\d{1,3}|an?|one|satu|se)[\s-]?(?P<unit>menit|minit|minutes?|mins?|jam|hours?|hrs?|hari|days?)"
    r"\s(?:yang )?(?:lalu|ago|lepas)",
    re.I,
)
YESTERDAY = re.compile(r"(?:kemarin|semalam|yesterday)(?:,?\s(?:pukul\s)?\d{1,2}[.:]\d{2})?", re.I)
UNIT_MINUTES = {"m": 1, "j": 60, "hour": 60, "hr": 60, "hari": 1440, "d": 1440}
