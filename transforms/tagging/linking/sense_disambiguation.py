"""Names that mean something else in some company: "negara bagian Washington" is no city."""

import functools
import re
import tomllib
from collections.abc import Set
from dataclasses import dataclass

from warta.transforms.tagging.entity_types import PLACE
from warta.transforms.tagging.ner.gazetteer import TABLES, Row

SENSES = TABLES / "words" / "senses.toml"
NEAR = 40
"""Letters looked at before a name and after it."""


@dataclass(frozen=True, slots=True)
class Sense:
    """Another meaning of a name, and what must be around it; see the head of senses.toml."""

    row: Row
    instead_of: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    among: frozenset[str] = frozenset()
    unless: frozenset[str] = frozenset()

    def holds(self, before: str, after: str, company: Set[str | None]) -> bool:
        """Return whether all that the sense asks for is there."""
        return (
            (not self.before or before.endswith(self.before))
            and (not self.after or after.startswith(self.after))
            and (not self.among or not self.among.isdisjoint(company))
            and self.unless.isdisjoint(company)
        )


def has_senses(surface: str) -> bool:
    """Return whether a name has more than one meaning here."""
    return surface in _senses()


def disambiguate(row: Row, surface: str, before: str, after: str, company: Set[str | None]) -> Row:
    """Return what a name means where it occurs.

    Args:
      row: what the tables take it for.
      surface: the name.
      before: the text up to it.
      after: the text after it.
      company: Wikidata ids of the known names of the article.
    """
    left, right = before[-NEAR:].rstrip().lower(), after[:NEAR].lower()
    right = right if right[:1] == "," else right.lstrip()
    for sense in _senses()[surface]:
        if sense.instead_of == row.wikidata_id and sense.holds(left, right, company):
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
    before = text[max(0, start - _LONGEST) : start - 1].rpartition(" ")[2]
    return before[:1].isupper() and before.lower() in _followed()


def needed_country(surface: str) -> str | None:
    """Return the country that an article must name for a place's name to mean the place."""
    return _with_country().get(surface)


@functools.cache
def _with_country() -> dict[str, str]:
    countries = tomllib.loads(SENSES.read_text(encoding="utf-8"))["with_country"]
    return {form: qid for name, qid in countries.items() for form in (name, name.upper())}


@functools.cache
def _goes_on() -> re.Pattern[str]:
    # In capitals or with capitals: "JAKARTA FAIR", "Jakarta Fair".
    written = {
        form
        for words in tomllib.loads(SENSES.read_text(encoding="utf-8"))["goes_on_with"]
        for form in (words.title(), words.upper())
    }
    ends = "|".join(map(re.escape, sorted(written)))
    return re.compile(rf"(?: [A-Z][\w'-]+){{0,2}} (?:{ends})\b")


@functools.cache
def _followed() -> frozenset[str]:
    return frozenset(tomllib.loads(SENSES.read_text(encoding="utf-8"))["follows"])


_MARKS = "\n\"'“‘("
_LONGEST = 12
"""Letters looked at before a place: a blank more than the longest of those words."""


@functools.cache
def _of_people() -> frozenset[str]:
    return frozenset(tomllib.loads(SENSES.read_text(encoding="utf-8"))["of_people"])


@functools.cache
def _senses() -> dict[str, list[Sense]]:
    found: dict[str, list[Sense]] = {}
    for cells in tomllib.loads(SENSES.read_text(encoding="utf-8"))["sense"]:
        kind = cells.get("type", PLACE.value)
        row = Row(cells["name"], kind, cells["wikidata_id"], (), SENSES.name)
        sense = Sense(
            row,
            cells["instead_of"],
            tuple(cells.get("before", ())),
            tuple(cells.get("behind", ())),
            frozenset(cells.get("among", ())),
            frozenset(cells.get("unless", ())),
        )
        found.setdefault(cells["surface"], []).append(sense)
    return found
