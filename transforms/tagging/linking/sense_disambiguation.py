"""Names that mean something else in some company: "negara bagian Washington" is no city."""

import functools
import re
import tomllib
from collections.abc import Iterable, Set
from dataclasses import dataclass
from typing import Any

from warta.transforms.tagging.entity_types import PLACE
from warta.transforms.tagging.ner.gazetteer import TABLES, Row

SENSES = TABLES / "words" / "senses.toml"
NEAR = 40
"""Letters looked at before a name and after it."""
LONGEST_CUT_SHORT = 3
"""Letters of an acronym that is some body's by chance when it has lost its last one."""


@dataclass(frozen=True, slots=True)
class Sense:
    """Another meaning of a name, and what must be around it; see the head of senses.toml."""

    row: Row
    instead_of: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    among: frozenset[str] = frozenset()
    unless: frozenset[str] = frozenset()
    said: frozenset[str] = frozenset()

    def holds(self, before: str, after: str, company: Set[str | None], said: Set[str]) -> bool:
        """Return whether all that the sense asks for is there."""
        return (
            (not self.before or before.endswith(self.before))
            and (not self.after or after.startswith(self.after))
            and (not self.among or not self.among.isdisjoint(company))
            and (not self.said or not self.said.isdisjoint(said))
            and self.unless.isdisjoint(company)
        )


def has_senses(surface: str) -> bool:
    """Return whether a name has more than one meaning here."""
    return surface in _senses()


def words_said(texts: Iterable[str]) -> frozenset[str]:
    """Return which words that senses ask for an article says."""
    lowered = [text.lower() for text in texts]
    asked = {word for senses in _senses().values() for sense in senses for word in sense.said}
    return frozenset(word for word in asked if any(word in text for text in lowered))


def has_no_id(row: Row) -> bool:
    """Return whether a row is a sense that no table has an id for."""
    return row.source == SENSES.name and row.wikidata_id is None


def disambiguate(
    row: Row,
    surface: str,
    before: str,
    after: str,
    company: Set[str | None],
    said: Set[str] = frozenset(),
) -> Row:
    """Return what a name means where it occurs.

    Args:
      row: what the tables take it for.
      surface: the name.
      before: the text up to it.
      after: the text after it.
      company: Wikidata ids of the known names of the article.
      said: words that senses ask for and the article says.
    """
    left, right = before[-NEAR:].rstrip().lower(), after[:NEAR].lower()
    right = right if right[:1] == "," else right.lstrip()
    for sense in _senses()[surface]:
        if sense.instead_of == row.wikidata_id and sense.holds(left, right, company, said):
            return sense.row
    return row


def is_of_people(text: str, start: int) -> bool:
    """Return whether the place at `start` means a language or a people: "bahasa Jawa"."""
    before = text[max(0, start - _LONGEST) : start].rpartition(" ")[0].rpartition(" ")[2]
    return before.lstrip(_MARKS).lower() in _of_people()


def is_part_of_name(text: str, start: int, end: int) -> bool:
    """Return whether the place at [start, end) is part of a name of something else.

    Example:
      >>> is_part_of_name("Jakarta Fair dibuka.", 0, 7), is_part_of_name("Jakarta Selatan", 0, 7)
      (True, False)
    """
    if text[end : end + 1] == " " and text[end + 1 : end + 2].isupper():
        return _goes_on().match(text, end) is not None
    if text[start - 1 : start] != " ":
        return False
    before = text[max(0, start - _LONGEST) : start - 1].split()[-1:]
    return bool(before) and before[0][:1].isupper() and before[0].lower() in _followed()


def is_cut_short(text: str, start: int, end: int) -> bool:
    """Return whether the acronym at [start, end) is the rest of a longer one: "UK. dan".

    Scrapers that take the last letter with a comma leave a stop in the middle of a sentence.

    Example:
      >>> is_cut_short("UK. dan koperasi", 0, 2), is_cut_short("UK. Dan koperasi", 0, 2)
      (True, False)
    """
    return (
        end - start <= LONGEST_CUT_SHORT
        and text[start - 1 : start] != "("  # the bracket after it was lost
        and text[end : end + 2] == ". "
        and text[end + 2 : end + 3].islower()
        and text[start:end].isupper()
    )


def is_in_score(text: str, start: int, end: int) -> bool:
    """Return whether the city at [start, end) is a team: a score is right after or before it.

    Example:
      >>> is_in_score("Bologna 1-0 Lecce", 0, 7), is_in_score("Bologna 1-3 Mei", 0, 7)
      (True, False)
    """
    if text[end + 1 : end + 2].isdigit() and _SCORE_AFTER.match(text, end):
        return _IN_PLACE.search(text, max(0, start - _LONGEST), start) is None
    if not text[max(0, start - 2) : start - 1].isdigit():
        return False
    return _SCORE_BEFORE.search(text, max(0, start - _LONGEST), start) is not None


def needed_country(surface: str) -> str | None:
    """Return the country that an article must name for a place's name to mean the place."""
    return _with_country().get(surface)


@functools.cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(SENSES.read_text(encoding="utf-8"))


@functools.cache
def _with_country() -> dict[str, str]:
    countries = _tables()["with_country"]
    return {form: qid for name, qid in countries.items() for form in (name, name.upper())}


@functools.cache
def _goes_on() -> re.Pattern[str]:
    # In capitals or with capitals: "JAKARTA FAIR", "Jakarta Fair".
    written = {
        form for words in _tables()["goes_on_with"] for form in (words.title(), words.upper())
    }
    ends = "|".join(map(re.escape, sorted(written)))
    return re.compile(rf"(?: [A-Z][\w'-]+){{0,2}} (?:{ends})\b")


@functools.cache
def _followed() -> frozenset[str]:
    return frozenset(_tables()["follows"])


_MARKS = "\n\"'“‘("
_SCORE_AFTER = re.compile(
    r" \d{1,3}[-–]\d{1,3}(?![\w%-]|[/.,]\d| (?:jan|feb|mar|apr|may|mei|jun|jul|aug|agu|sep|oct|okt|"
    r"nov|dec|des)[a-z]*\b)",
    re.IGNORECASE,
)
"""A score, no days of a month: "Awan Expo di Jakarta 7-9 November"."""
_SCORE_BEFORE = re.compile(r"(?<![\w/.,-])\d{1,3}[-–]\d{1,3} \Z")
_IN_PLACE = re.compile(r"\b(?:di|ke|in|at|near) \Z", re.IGNORECASE)
"""Before the city itself, whatever follows it."""
_LONGEST = 12
"""Letters looked at before a place: a blank more than the longest of those words."""


@functools.cache
def _of_people() -> frozenset[str]:
    return frozenset(_tables()["of_people"])


@functools.cache
def _senses() -> dict[str, list[Sense]]:
    found: dict[str, list[Sense]] = {}
    for cells in _tables()["sense"]:
        kind = cells.get("type", PLACE.value)
        row = Row(cells["name"], kind, cells.get("wikidata_id"), (), SENSES.name)
        sense = Sense(
            row,
            cells["instead_of"],
            tuple(cells.get("before", ())),
            tuple(cells.get("after", ())),
            frozenset(cells.get("among", ())),
            frozenset(cells.get("unless", ())),
            frozenset(cells.get("said", ())),
        )
        found.setdefault(cells["surface"], []).append(sense)
    return found
