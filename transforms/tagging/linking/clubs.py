"""Football clubs: their nicknames, and the names of cities that mean them."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from warta.transforms.tagging.entity_types import ORGANISATION
from warta.transforms.tagging.linking.known_entities import KnownEntity, known_entities, name_key
from warta.transforms.tagging.ner.candidates import INDONESIA

FOOTBALL = "football"
CLUBS = 2
"""From so many other clubs on, an article is about clubs."""
LONGEST_NICKNAME = 2
"""Words of a club's nickname: what has more of them is a name."""
SAME_START = 3
"""Letters that a short name shares with the long one: "Juve", of Juventus."""
_ARTICLES = frozenset(("el", "los", "the", "die", "il"))
"""They open the nicknames of clubs."""
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
_BEATEN = re.compile(
    r"\b(?:kalah|kekalahan|takluk|tumbang|keok|unggul|poin|lost|losing|loss|defeat)"
    r"\s+(?:\d+-\d+\s+)?(?:dari|from|to)\s+$",
    re.IGNORECASE,
)
"""Who beats a team, not where it comes from."""
_LONGEST_BEFORE = 30
"""Letters before a name in which a word says that it is a place."""


class NamedClubs(NamedTuple):
    """The clubs that an article names as organisations."""

    ids: frozenset[str]
    are_many: bool
    """Whether the article is about clubs."""
    has_name: bool
    """Whether one of them has another name than a nickname there."""


def named_clubs(organisations: Iterable[str]) -> NamedClubs:
    """Return the clubs among organisations.

    Args:
      organisations: Their names in one article.
    """
    found = [(name, club) for name in organisations for club in clubs_of(name)]
    ids = frozenset(club.wikidata_id for _, club in found)
    has_name = any(not is_club_nickname(name, club) for name, club in found)
    return NamedClubs(ids, len(ids) >= CLUBS, has_name)


def clubs_of(name: str) -> list[KnownEntity]:
    """Return the clubs that have a name."""
    return _football(known_entities().named(name, ORGANISATION))


def clubs_cut_off(name: str) -> list[KnownEntity]:
    """Return the clubs that have a name of one letter more."""
    return _football(known_entities().cut_off(name, ORGANISATION))


def club_abroad(bearers: Sequence[KnownEntity], named: NamedClubs) -> KnownEntity | None:
    """Return the one club abroad that an article about clubs can mean by a city's name.

    Args:
      bearers: Clubs that have the name.
      named: Those that the article names otherwise.

    Example:
      >>> club = KnownEntity("Kabut FC", ORGANISATION, "Q1", ("Kabut",), "", "Q2", FOOTBALL)
      >>> club_abroad([club], NamedClubs(frozenset(("Q3", "Q4")), True, True)).name
      'Kabut FC'
      >>> club_abroad([club], NamedClubs(frozenset(("Q1", "Q3")), True, True)) is None
      True
    """
    abroad = [club for club in bearers if club.country != INDONESIA]
    if len(abroad) != 1 or len(named.ids - {abroad[0].wikidata_id}) < CLUBS:
        return None
    return abroad[0]


def is_led_to(text: str, start: int) -> bool:
    """Return whether the words before the name of a city say that the place is meant.

    Example:
      >>> is_led_to("terbang ke Sevilla", 11), is_led_to("kalah dari Sevilla", 11)
      (True, False)
    """
    before = text[max(0, start - _LONGEST_BEFORE) : start]
    words = before.split()
    is_led = bool(words) and words[-1].lower() in _PLACE_BEFORE
    return is_led and not _BEATEN.search(before)


def is_club_nickname(name: str, club: KnownEntity) -> bool:
    """Return whether a name of a club is one that other things may have: "El Real".

    Example:
      >>> club = KnownEntity("Kabut FC", ORGANISATION, "Q1", ("El Awan",), "", field="football")
      >>> [is_club_nickname(name, club) for name in ("El Awan", "Si Biru", "Kabut", "KFC")]
      [True, True, False, False]
    """
    if club.field != FOOTBALL or club.type != ORGANISATION or name.isupper():
        return False
    words, own = _words_of(name), _words_of(club.name)
    if words[0] in _ARTICLES:
        return True
    return len(words) <= LONGEST_NICKNAME and not any(
        word[:SAME_START] == other[:SAME_START] for word in words for other in own
    )


def _words_of(name: str) -> list[str]:
    return name_key(name, "")[1:].split()


def _football(organisations: Iterable[KnownEntity]) -> list[KnownEntity]:
    return [one for one in organisations if one.field == FOOTBALL]
