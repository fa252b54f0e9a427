"""What an article speaks of: which of several bearers of a name it can mean."""

import functools
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from warta.transforms.tagging.entity_types import ORGANISATION, PERSON
from warta.transforms.tagging.linking.clubs import (
    FOOTBALL,
    NamedClubs,
    is_club_nickname,
    is_led_to,
)
from warta.transforms.tagging.linking.known_entities import KnownEntity
from warta.transforms.tagging.ner.candidates import INDONESIA
from warta.transforms.tagging.ner.gazetteer import TABLES
from warta.transforms.tagging.ner.head_words import GIVEN_NAME_LISTED
from warta.transforms.tagging.ner.word_tables import load_rules

FIELDS = TABLES / "words" / "fields.toml"
NEAR = 150
"""Letters before and after a name in which words of a field are looked for."""
Place = tuple[str, int, int]
"""A name's field of the article, and its start and end there."""

_REGENCY = r"(?:kabupaten|kab\.?|bupati|pemkab|(?:ma|ka|waka)?polres(?:ta)?|pemerintah kabupaten)"
"""A "Polresta" without "Kota" after it is a large regency's: Cirebon's, Magelang's."""
_CITY = r"(?:kota|kotamadya|wali ?kota|pemkot|(?:ma|ka|waka)?polrestabes|pemerintah kota)"
_WITHIN = re.compile(
    r"(?:kecamatan|kec\.|desa|kelurahan)\s+(?:\w+\s+){0,2}\w+,?\s*$", re.IGNORECASE
)
_GREAT_CITIES = frozenset(
    (
        "bandung",
        "bekasi",
        "bogor",
        "cirebon",
        "jayapura",
        "kupang",
        "malang",
        "semarang",
    )
)
"""Cities that alone are meant by a name that a regency has too, where nothing says otherwise."""


_JAKARTA = re.compile(r"[.,]? Jakarta")
_IN_JAKARTA = frozenset(("kuningan", "manggarai", "sukabumi"))
"""Regencies whose names parts of Jakarta have too."""
_PLAIN_WORDS = frozenset(("metro",))
"""Names of cities that are words of other names too: "Polres Metro Bekasi"."""
_BRANCH_AFTER = re.compile(
    r"\s*(?:\([A-Z][\w ]{1,12}\)\s*)?(?:Kota|Kabupaten|Kab\.?|Provinsi|Daerah)\s+[A-Z]"
    r"|\s*(?:\(?[A-Z]{2,6}\)?\s+)?tingkat\s"
)
"""What comes after the name of a body that is a division's: "Komisi ... (KPU) Kota Awan"."""
ENGLAND, UNITED_KINGDOM = "Q21", "Q145"
"""Both are called "Inggris", which news takes for one."""
_OTHER_TEAMS = re.compile(r"\bu-?\d\d\b|\busia muda\b|\b(?:futsal|putri|wanita|women)\b")
"""What an article speaks of where a national team is another than the first one of men."""
REGENCIES = ("Kabupaten ", "Kota ")
"""What the names of regencies open with, and of cities."""
MOST_BEARERS = 4
"""Persons seen or listed with a word in their names, up to which it is a rare one."""
SHORTEST_RARE = 4
"""Letters of the shortest word that is a name of few: shorter ones are spelled in many ways."""


_REGENCY_BEFORE = re.compile(rf"\b{_REGENCY}\s+\Z")
_CITY_BEFORE = re.compile(rf"\b{_CITY}\s+\Z")
_AFTER = re.compile(r"\b(?P<city>\s+kota\b)?")
_LONGEST_BEFORE = 30
_DISTRICT_BEFORE = re.compile(r"\b(?:Kecamatan|Kelurahan|Kec\.) [A-Z]\w+ \Z")


class _Called(NamedTuple):
    """What an article calls a name."""

    regency: bool
    city: bool


class ArticleContext:
    """Decides between the bearers of a name by what else an article says.

    Args:
      texts: field -> its text.
      countries: Wikidata ids of the countries that the article names, or places of.
      clubs: The clubs that it names.
    """

    def __init__(
        self, texts: Mapping[str, str], countries: Iterable[str], clubs: NamedClubs
    ) -> None:
        self._texts = texts
        self._countries = frozenset(countries)
        self._clubs = clubs
        self._small: list[str] = []

    def meant(
        self, bearers: Sequence[KnownEntity], name: str, places: Sequence[Place]
    ) -> KnownEntity | None:
        """Return the one bearer of a name that the article can mean, None where none or several.

        Args:
          bearers: entities of that name.
          name: the name.
          places: where the article has it.
        """
        alone = len(bearers) == 1
        fitting = [one for one in bearers if self._fits(one, name, places, alone=alone)]
        if any(_is_state_body(one) for one in fitting) and self._is_branch(places):
            return None
        if not fitting:
            return None
        if all(is_regency(one) for one in fitting) and self._is_district(name, places):
            return None
        if all(is_regency(one) for one in fitting) and self._is_elsewhere(
            name, fitting[0].name, places
        ):
            return None
        if len({one.wikidata_id for one in fitting}) == 1:
            return fitting[0]
        if {one.wikidata_id for one in fitting} == {ENGLAND, UNITED_KINGDOM}:
            return next(one for one in fitting if one.wikidata_id == UNITED_KINGDOM)
        return self._regency_or_city(fitting, name, places) if len(fitting) == 2 else None

    def _is_branch(self, places: Sequence[Place]) -> bool:
        """Return whether a body is here one of a division, which the article names after it."""
        return any(_BRANCH_AFTER.match(self._texts[at], end) for at, _, end in places)

    def is_club(self, place: Place) -> bool:
        """Return whether a city's name means its football club: "Barca kalah dari Sevilla".

        Args:
          place: where the name is, in an article that names other clubs.
        """
        at, start, _ = place
        return not is_led_to(self._texts[at], start) and self._speaks_of(FOOTBALL, (place,))

    def _is_elsewhere(self, name: str, whole: str, places: Sequence[Place]) -> bool:
        """Return whether the name of a regency is here that of another place.

        "Kuningan, Jakarta" is no regency of West Java, and Manggarai has a station in Jakarta.

        Args:
          name: as written, maybe without its last letter.
          whole: the regency's name.
          places: where the article has it.
        """
        if any(_JAKARTA.match(self._texts[at], end) for at, _, end in places):
            return True
        if name.lower() in _PLAIN_WORDS:
            return not self._is_called(name).city
        shared = whole.partition(" ")[2].lower() in _IN_JAKARTA and any(
            "Jakarta" in one for one in self._texts.values()
        )
        return shared and not any(self._is_called(name))

    def _is_district(self, name: str, places: Sequence[Place]) -> bool:
        """Return whether a name ends that of a district: "Kecamatan Sibolga Sambas"."""
        return not name.startswith(REGENCIES) and any(
            _DISTRICT_BEFORE.search(self._texts[at], max(0, start - _LONGEST_BEFORE), start)
            for at, start, _ in places
        )

    def names_regency(self, name: str) -> bool:
        """Return whether the article has a regency of that name: its regent, police or office."""
        return self._is_called(name).regency

    def _is_called(self, name: str) -> "_Called":
        """Return whether words before a name anywhere in the article say which of two it is."""
        own = name.lower()
        found = [_called(text, own) for text in self._lowered()]
        return _Called(any(one.regency for one in found), any(one.city for one in found))

    def _lowered(self) -> Sequence[str]:
        if not self._small:
            self._small = [text.lower() for text in self._texts.values()]
        return self._small

    def _fits(
        self, entity: KnownEntity, name: str, places: Sequence[Place], *, alone: bool
    ) -> bool:
        if not entity.field:
            return True
        if self._is_only_bearer(entity, name, alone=alone):
            return True
        if not self._clubs.has_name and is_club_nickname(name, entity):
            return False
        if entity.field == "national team":
            return not any(_OTHER_TEAMS.search(text) for text in self._lowered())
        if entity.field == "abroad":
            return entity.country in self._countries
        if entity.field == "politics" and entity.country not in ("", INDONESIA):
            return entity.country in self._countries
        if entity.field == FOOTBALL and entity.type == PERSON and self._clubs.are_many:
            # Among so many clubs a footballer's full name is the footballer's.
            return True
        return self._speaks_of(entity.field, places)

    @staticmethod
    def _is_only_bearer(entity: KnownEntity, name: str, *, alone: bool) -> bool:
        """Return whether nobody else is likely to have a person's full name."""
        at_home = entity.country in ("", INDONESIA)
        return alone and at_home and entity.type == PERSON and is_rare_name(name)

    def _speaks_of(self, field: str, places: Sequence[Place]) -> bool:
        cues = _fields()[field]
        return any(
            cues.search(self._texts[at], max(0, start - NEAR), start)
            or cues.search(self._texts[at], end, end + NEAR)
            for at, start, end in places
        )

    def _regency_or_city(
        self, bearers: Sequence[KnownEntity], name: str, places: Sequence[Place]
    ) -> KnownEntity | None:
        """Return whether "Malang" is the city or the regency around it."""
        kinds = {one.name.partition(" ")[0]: one for one in bearers}
        if set(kinds) != {"Kabupaten", "Kota"}:
            return None
        regency, city = self._is_called(name)
        if regency != city:
            return kinds["Kabupaten" if regency else "Kota"]
        if name.lower() not in _GREAT_CITIES or regency:
            return None
        if any(
            _WITHIN.search(self._texts[at][max(0, start - 60) : start]) for at, start, _ in places
        ):
            return None
        return kinds["Kota"]


def is_regency(entity: KnownEntity) -> bool:
    """Return whether an entity is a regency or a city of Indonesia."""
    return entity.name.startswith(REGENCIES) and entity.country == INDONESIA


def is_rare_name(name: str) -> bool:
    """Return whether hardly any listed person has one of the words of a full name.

    Example:
      >>> is_rare_name("Venna Melinda"), is_rare_name("Agus Susanto"), is_rare_name("Venna")
      (True, False, False)
    """
    words = name.lower().split()
    return len(words) > 1 and all(map(_is_rare, words))


def is_surname(text: str, start: int) -> bool:
    """Return whether a city abroad at `start` ends a person's name: "Leonardo Medina".

    Example:
      >>> is_surname("Pelatih Leonardo Medina", 17), is_surname("Warga Medina", 6)
      (True, False)
    """
    if text[start - 1 : start] != " ":
        return False
    before = text[max(0, start - _LONGEST_BEFORE) : start - 1].split()[-1:]
    return bool(before) and before[0][0].isupper() and _is_given_name(before[0].lower())


@functools.lru_cache(maxsize=1 << 12)
def _is_given_name(word: str) -> bool:
    count = load_rules("id").count(word)
    seen = count.organisation + count.place + count.other + count.lower
    return count.listed >= GIVEN_NAME_LISTED and count.person >= seen


@functools.lru_cache(maxsize=1 << 12)
def _is_rare(word: str) -> bool:
    count = load_rules("id").count(word)
    return (
        len(word) >= SHORTEST_RARE
        and count.listed + count.person <= MOST_BEARERS
        and not (count.lower or count.other)
    )


def _is_state_body(entity: KnownEntity) -> bool:
    return entity.type == ORGANISATION and entity.country == INDONESIA and not entity.field


def _called(text: str, name: str) -> _Called:
    """Return what a text in small letters calls a name in small letters."""
    regency = city = False
    at = text.find(name)
    while at >= 0:
        after = _AFTER.match(text, at + len(name))
        if after:
            start = max(0, at - _LONGEST_BEFORE)
            if _REGENCY_BEFORE.search(text, start, at):
                # "Polres Magelang Kota" is the city's.
                city, regency = (True, regency) if after["city"] else (city, True)
            city = city or _CITY_BEFORE.search(text, start, at) is not None
        at = text.find(name, at + 1)
    return _Called(regency, city)


@functools.cache
def _fields() -> dict[str, re.Pattern[str]]:
    words = tomllib.loads(FIELDS.read_text(encoding="utf-8"))
    return {
        field: re.compile(rf"\b(?:{'|'.join(forms)})\b", re.IGNORECASE)
        for field, forms in words.items()
    }
