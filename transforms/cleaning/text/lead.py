"""Debris before an article's first sentence, in the same line: captions, headlines, credits.

A scraper that joins paragraphs begins with what is above the text: "Rahma Wulan saat meninjau pasar
(Kabar Contoh/Bagas) AWAN, KABARCONTOH.COM - Harga ...". Where a credit closes a caption, or a
dateline of an outlet follows a title, the line surely begins there; else nothing goes.
"""

import re
from typing import NamedTuple

from warta.transforms.cleaning.text.dateline import find_dateline, is_listed_place
from warta.transforms.cleaning.text.shapes import is_title

MAX_LEAD_CHARS = 320
"""Of what is before the first sentence."""
MIN_LEAD_CHARS = 12
MAX_DATELINE_CHARS = 75
"""Between the first word of a dateline and its dash."""

_DOMAIN = r"[\w-]{2,30}\.(?:com|co\.id|id|co|net|tv|news|example)"
_CREDIT = re.compile(
    r"[(\[](?:(?:[Ff]oto|FOTO|[Dd]ok|[Ss]umber|[Ii]lustrasi|[Cc]redit|[Pp]hoto|Kredit [Ff]oto)"
    r"(?:\s?[.:/]|\s(?=[A-Z]))[^()\[\]\n]{2,80}|(?:[Ii]st|IST|[Ii]stimewa|[Ss]hutterstock|[Ff]reepik)"
    rf"|{_DOMAIN}(?:/[^()\[\]\n]{{2,60}})?"
    r"|(?:ANTARA(?: FOTO)?|AFP|REUTERS|AP)/[^()\[\]\n]{2,60})[)\]]"
    r"|\bANTARA(?: FOTO)?/[A-Z][\w'-]{1,20}(?: [A-Z][\w'-]{1,20}){0,3}(?:/[\w'-]{2,12}){1,3}\.?"
)
"""What closes a caption."""
_CREDIT_END = re.compile(
    r"(?:ANTARA(?: FOTO)?|REUTERS|AFP|AP|Xinhua)/(?:[A-Z][\w.'-]{1,20}[ /]?){1,4}\Z|[)\]]\Z"
)
"""What closes a caption before a dateline."""
_SENTENCE = re.compile(r"[a-z\d)”\"]{2}[.!?]\s+[\"“]?[A-Z]")
_CAPTION = re.compile(
    r"(?:Foto|Ilustrasi|Arsip|Dokumentasi|Tangkapan layar|Suasana|Potret|Gambar|Infografis)\b"
    r"|[^.!?\n]*\s(?:saat|ketika|usai|di|dalam|bersama|pada)\s"
)
"""What a caption begins with, or holds."""
_REPORT = re.compile(
    r"Laporan (?:[Ww]artawan|[Rr]eporter|[Kk]ontributor|[Jj]urnalis) [^\n]{3,80}\Z"
)
_OUTLET_DASH = re.compile(
    rf"(?:\([A-Z][\w ./]{{1,30}}\)|(?i:{_DOMAIN})(?:,? [A-Z][\w ]{{2,30}})?|, [A-Z]{{3}} Indonesia)"
    r"\s?(?:--|[-–—])\s?(?=[\"“A-Z0-9])"
)
"""The end of a dateline that names an agency or an outlet."""
_BREAK = re.compile(r"[\n\r\v\f\x85\u2028\u2029]")
_WORD_START = re.compile(r"(?<!\S)[A-Z(]")


class Lead(NamedTuple):
    """Debris at the beginning of a text: as far as code point `end`, by `rule`."""

    end: int
    rule: str


def find_lead(text: str, small_words: frozenset[str]) -> Lead | None:
    """Return the debris that a text's first line begins with, None where it begins with itself.

    Args:
      text: An article, its first line first.
      small_words: Words in small letters that titles may hold.

    Example:
      >>> text = "Rahma Wulan saat meninjau pasar (Foto: Bagas) Harga garam turun."
      >>> text[find_lead(text, frozenset()).end :]
      ' Harga garam turun.'
    """
    start = len(text) - len(text.lstrip())
    line = _BREAK.split(text[start : start + MAX_LEAD_CHARS + MAX_DATELINE_CHARS], maxsplit=1)[0]
    credit = _CREDIT.search(line, MIN_LEAD_CHARS, MAX_LEAD_CHARS)
    if credit is not None and line[credit.end() :].strip():
        before = line[: credit.start()]
        if _SENTENCE.search(before) is None and _CAPTION.match(before):
            return Lead(start + credit.end(), "caption_at_start")
    dash = _OUTLET_DASH.search(line)
    if dash is None or dash.end() < MIN_LEAD_CHARS:
        return None
    at = _dateline_start(line, dash.end())
    before = line[: at or 0].strip()
    if at and len(before) >= MIN_LEAD_CHARS and _is_debris(before, small_words):
        return Lead(start + at, "before_dateline")
    return None


def _dateline_start(line: str, end: int) -> int | None:
    """Return where the dateline begins whose dash ends at `end`.

    Words before it with a capital may be of its place, or not: a listed place is believed, else the
    last word, with those before it where all are in capitals.
    """
    start = placeless = None
    for word in _WORD_START.finditer(line, max(0, end - MAX_DATELINE_CHARS), end):
        found = find_dateline(line[word.start() :], proven=True)
        if found is None or word.start() + found.length < end:
            continue
        if found.place is None:
            placeless = word.start()
            continue
        if is_listed_place(found.place.name):
            return word.start()
        in_capitals = line[start : word.start()].isupper() if start is not None else False
        start = start if in_capitals else word.start()
    return placeless if start is None else start


def _is_debris(before: str, small_words: frozenset[str]) -> bool:
    if _REPORT.match(before):
        return True
    credited = _CREDIT_END.search(before)
    words = before[: credited.start()].rstrip(" .") if credited else before
    if _SENTENCE.search(words):
        return False
    return credited is not None or is_title(before, small_words)
