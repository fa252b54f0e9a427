"""What an article speaks of: which of several bearers of a name it can mean."""

import functools
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence

from warta.transforms.tagging.linking.known_entities import KnownEntity
from warta.transforms.tagging.ner.gazetteer import TABLES

FIELDS = TABLES / "words" / "fields.toml"
NEAR = 150
"""Letters before and after a name in which words of a field are looked for."""
Place = tuple[str, int, int]
"""A name's field of the article, and its start and end there."""

_REGENCY = r"(?:kabupaten|kab\.?|bupati|pemkab|polres|pemerintah kabupaten)"
_CITY = r"(?:kota|kotamadya|wali ?kota|pemkot|polresta|polrestabes|pemerintah kota)"
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
        "sukabumi",
        "tangerang",
    )
)
"""Cities that alone are meant by a name that a regency has too, where nothing says otherwise."""


_JAKARTA = re.compile(r"[.,]? Jakarta")
_PLACE_BEFORE = frozenset(
    (
        "di",
        "ke",
        "dari",
        "kota",
        "asal",
        "wilayah",
        "bandara",
        "in",
        "to",
        "from",
        "at",
        "near",
        "city",
    )
)
INDONESIA = "Q252"
CLUBS = 2
"""From so many other clubs on, an article is about clubs."""


class ArticleContext:
    """Decides between the bearers of a name by what else an article says.

    Args:
      texts: field -> its text.
      countries: Wikidata ids of the countries that the article names, or places of.
    """

    def __init__(self, texts: Mapping[str, str], countries: Iterable[str]) -> None:
        self._texts = texts
        self._countries = frozenset(countries)

    def meant(
        self, bearers: Sequence[KnownEntity], name: str, places: Sequence[Place]
    ) -> KnownEntity | None:
        """Return the one bearer of a name that the article can mean, None where none or several.

        Args:
          bearers: entities of that name.
          name: the name.
          places: where the article has it.
        """
        fitting = [one for one in bearers if self._fits(one, places)]
        if all(_is_regency(one) for one in fitting) and self._is_in_jakarta(places):
            return None
        if len({one.wikidata_id for one in fitting}) == 1:
            return fitting[0]
        return self._regency_or_city(fitting, name, places) if len(fitting) == 2 else None

    def is_club(self, place: Place) -> bool:
        """Return whether a city's name means its football club: "Barca kalah dari Sevilla".

        Args:
          place: where the name is, in an article that names other clubs.
        """
        at, start, _ = place
        before = self._texts[at][max(0, start - 12) : start].split()
        led_to = bool(before) and before[-1].lower() in _PLACE_BEFORE
        return not led_to and self._speaks_of("football", (place,))

    def _is_in_jakarta(self, places: Sequence[Place]) -> bool:
        """Return whether Jakarta follows: "Kuningan, Jakarta" is no regency of West Java."""
        return any(_JAKARTA.match(self._texts[at], end) for at, _, end in places)

    def _fits(self, entity: KnownEntity, places: Sequence[Place]) -> bool:
        if not entity.field:
            return True
        if entity.field == "abroad":
            return entity.country in self._countries
        if entity.field == "politics" and entity.country not in ("", INDONESIA):
            return entity.country in self._countries
        return self._speaks_of(entity.field, places)

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
        regency, city = (
            any(cue.search(text) for text in self._texts.values()) for cue in _cues(name)
        )
        if regency != city:
            return kinds["Kabupaten" if regency else "Kota"]
        if name.lower() not in _GREAT_CITIES or regency:
            return None
        if any(
            _WITHIN.search(self._texts[at][max(0, start - 60) : start]) for at, start, _ in places
        ):
            return None
        return kinds["Kota"]


def _is_regency(entity: KnownEntity) -> bool:
    return entity.name.startswith(("Kabupaten ", "Kota ")) and entity.country == INDONESIA


@functools.cache
def _fields() -> dict[str, re.Pattern[str]]:
    words = tomllib.loads(FIELDS.read_text(encoding="utf-8"))
    return {
        field: re.compile(rf"\b(?:{'|'.join(forms)})\b", re.IGNORECASE)
        for field, forms in words.items()
    }


@functools.lru_cache(maxsize=1000)
def _cues(name: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    own = re.escape(name)
    return (
        re.compile(rf"\b{_REGENCY}\s+{own}\b", re.IGNORECASE),
        re.compile(rf"\b{_CITY}\s+{own}\b|\b{_REGENCY}\s+{own}\s+kota\b", re.IGNORECASE),
    )
