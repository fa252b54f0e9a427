"""Datelines: the place and agency before the first sentence, "Moskow (ANTARA) - ...".

Lists of agencies, outlets and places are in `transforms/data/datelines.toml`.
"""

import functools
import re
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

from warta.transforms.core.records import Place

LISTS = Path(__file__).parent.parent.parent / "data" / "datelines.toml"
MAX_HEAD_CHARS = 90
"""Enough for outlet, a place of three words, date and agency together."""

# The dash is followed by what begins a sentence: a capital, a quote or a number. A blank before it
# may be missing ("JAKARTA- "); after a hyphen it never is: "Jakarta-Bandung" is a word.
_DASH = re.compile(
    r"\.?\s?(?:--|[-–—]|\s\|)\s+(?=[\"'“‘(]{0,2}[A-Z0-9])|\s?[–—](?=[\"'“‘]?[A-Z])"
    # An outlet's domain ends so that a hyphen after it joins no word.
    r"|(?<=\.com)-(?=[A-Z])"
)
_SLASHED = re.compile(
    r"(?P<head>[^/\n]{2,60}?)[.,]?\s?/(?P<agency>[A-Z]{2,12})/\.?\s+(?=[\"“'A-Z0-9])"
)
"""'MOSCOW, March 24. /TASS/. ...'"""
_PLACE_AFTER = re.compile(
    r"(?P<place>[A-Z][A-Z .]{2,30}?)(?:\.\s+|\s?(?:--|[-–—])\s+)(?=[\"“'A-Z0-9])"
)
"""'SURYA.co.id | SURABAYA - ...', 'KONTAN.CO.ID - JAKARTA. ...'"""
_COLON = re.compile(r":\s+(?=[\"'“‘(]{0,2}[A-Z0-9])")
_PART = re.compile(r"\s*(?:\((?P<inside>[^()]{1,40})\)|(?P<plain>[^(),]{1,60}))\s*,?")
_DOMAIN = re.compile(
    r"[\w-]{2,30}(?:\.[\w-]{1,20}){0,2}\.(?:com?|id|net|org|news|tv|my|sg|info|online)", re.I
)
_DATE = re.compile(
    r"(?:[A-Z][a-z]{2,8}\.?,?\s)?(?:\d{1,2}[/.-]\d{1,2}(?:[/.-]\d{2,4})?|[A-Z][a-z]{2,8}\.? \d{1,2}"
    r"|\d{1,2} [A-Z][a-z]{2,8}\.?)(?: \d{4})?|\d{4}|(?:Sen|Sel|Rab|Kam|Jum|Sab|Ming)\w{1,3}"
    r"|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
)
_PLACE = re.compile(
    r"[^\W\d_][\w.'’-]{0,24}(?: (?:of |de |al-|el )?[^\W\d_][\w.'’-]{0,24}){0,3}"
    r"(?:/[^\W\d_]\w{2,20})?"
)
_SPLIT_WORDS = re.compile(r"([^\W\d_][\w.'’]*)")


@dataclass(frozen=True, slots=True)
class Dateline:
    """A dateline found at the start of a text; `length` counts its code points with the dash."""

    raw: str
    length: int
    place: Place | None
    agencies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Lists:
    agencies: dict[str, str]
    outlets: frozenset[str]
    places: frozenset[str]
    capitals: frozenset[str]


@functools.cache
def _lists() -> _Lists:
    table = tomllib.loads(LISTS.read_text(encoding="utf-8"))
    return _Lists(
        agencies={alias: name for name, all_ in table["agencies"].items() for alias in all_},
        outlets=frozenset(name.casefold() for name in table["outlets"]["names"]),
        places=frozenset(name.casefold() for name in table["places"]["names"]),
        capitals=frozenset(table["places"]["capitals"]),
    )


def agency_name(credit: str) -> str:
    """Return an agency's usual name where it is listed, else the source as written."""
    credit = " ".join(credit.split())
    return _lists().agencies.get(credit.casefold(), credit)


def is_listed_place(name: str) -> bool:
    """Return whether a name is in the list of places."""
    return name.casefold() in _lists().places


def find_dateline(
    paragraph: str, publisher: str | None = None, *, proven: bool = False
) -> Dateline | None:
    """Return the dateline of an article's first paragraph, None where there is none.

    Every part before the dash must be known for what it is: an agency, an outlet (by list, by its
    domain, or equal to `publisher`), a date or a place. A place alone must be in capitals or in
    the list of places: "Messi - Ronaldo" is not a dateline.

    Args:
      paragraph: The first of the article.
      publisher: Name of the publisher, where it is known.
      proven: A place alone never counts: an agency or outlet must be there.
    """
    head = paragraph[: MAX_HEAD_CHARS + 4]
    slashed = _SLASHED.match(head) if "/" in head else None
    if slashed is not None:
        credited = f"{slashed['head']} ({slashed['agency']})"
        found = _read_head(credited, slashed.end(), publisher, proven=True)
        if found is not None:
            return replace(found, raw=slashed[0].strip())
    dash = _DASH.search(head)
    if dash is not None and dash.start() > 1:
        sure = proven or _opens_with_place(paragraph[dash.end() : dash.end() + 40])
        found = _read_head(head[: dash.start()], dash.end(), publisher, proven=sure)
        if found is not None:
            return _with_place_after(found, paragraph)
    # A colon closes a dateline only after an outlet or agency ("KBRN, Jakarta: ...") or a place in
    # capitals ("KUALA LUMPUR: ...").
    colon = _COLON.search(head)
    if colon is not None and colon.start() > 1:
        name = head[: colon.start()]
        is_place = name.isupper() and name.casefold() in _lists().places
        return _read_head(name, colon.end(), publisher, proven=not is_place)
    return None


def _with_place_after(found: Dateline, paragraph: str) -> Dateline:
    """Return a dateline of an outlet alone, with the place that some put after its dash."""
    place_after = _PLACE_AFTER.match(paragraph, found.length, found.length + MAX_HEAD_CHARS)
    if found.place is not None or found.agencies or place_after is None:
        return found
    place = place_after["place"].strip()
    if place.casefold() not in _lists().places:
        return found
    raw = paragraph[: place_after.end("place")].strip()
    return Dateline(raw, place_after.end(), Place(normal_case(place)), ())


def _read_head(head: str, length: int, publisher: str | None, *, proven: bool) -> Dateline | None:
    """Return the dateline that the words before a dash are, None where they are none."""
    lists = _lists()
    agencies: list[str] = []
    places: list[str] = []
    outlet = False
    position = 0
    while position < len(head):
        part = _PART.match(head, position)
        if part is None:
            return None
        position = part.end()
        name = " ".join((part["inside"] or part["plain"]).split()).strip(" /")
        first, _, rest = name.partition(" ")
        if rest and _DOMAIN.fullmatch(first.rstrip(".")):
            # The comma is often forgotten: "Liputan6.com Jakarta -".
            outlet, name = True, rest
        folded = name.casefold()
        credited = [lists.agencies.get(chunk) for chunk in (folded, *folded.split("/"))]
        known_credits = [agency for agency in credited if agency]
        if known_credits and (part["inside"] or len(folded) > 3):
            agencies.extend(known_credits[:1] if credited[0] else known_credits)
        elif _is_outlet(name, publisher):
            outlet = True
        elif _DATE.fullmatch(name):
            continue
        elif part["plain"] and _PLACE.fullmatch(name) and name[0].isupper():
            places.append(name)
        elif name:
            return None
    known = bool(agencies) or outlet
    if not known and len(places) == 2 and _is_outlet_beside(places):
        outlet = known = True
        places.pop()
    if not known and (proven or not _is_alone(places)):
        return None
    if len(places) > 2 or (known and any(_is_wordy(place) for place in places)):
        return None
    place = Place(normal_case(", ".join(places))) if places else None
    return Dateline(head.strip(), length, place, tuple(dict.fromkeys(agencies)))


def _opens_with_place(text: str) -> bool:
    """Return whether a text begins with a listed place: "Jakarta - Bandung" is a route."""
    words = [word.strip(",.") for word in text.casefold().split()[:2]]
    return any(" ".join(words[:count]) in _lists().places for count in (1, 2))


def _is_outlet(name: str, publisher: str | None) -> bool:
    folded = name.casefold()
    if folded in _lists().outlets or _DOMAIN.fullmatch(name):
        return True
    return publisher is not None and folded == publisher.casefold()


def _is_outlet_beside(places: list[str]) -> bool:
    """Return whether the second of two "places" is an unlisted outlet: "JAKARTA, DDTCNews"."""
    first, second = places
    is_place = first.isupper() and first.casefold() in _lists().places
    # Capitals inside a word are a brand's, not a place's.
    return is_place and re.search(r"[a-z][A-Z]|[A-Z]{2}[a-z]", second) is not None


def _is_wordy(place: str) -> bool:
    """Return whether a "place" holds a word in small letters, as a sentence does: "Polisi kata"."""
    return any(word[0].islower() for word in place.split() if word not in {"of", "de", "el"})


def _is_alone(places: list[str]) -> bool:
    """Return whether places without agency or outlet are sure enough to open an article."""
    if not places:
        return False
    whole = ", ".join(places)
    if whole.casefold() in _lists().places or places[0].casefold() in _lists().places:
        return not any(_is_wordy(place) for place in places)
    letters = sum(map(str.isalpha, places[0]))
    return whole.isupper() and letters >= 5


def normal_case(name: str) -> str:
    """Return a place in normal case: "New York" for "NEW YORK", "DKI Jakarta" too."""
    if not name.isupper():
        return name
    capitals = _lists().capitals

    def lower(word: re.Match[str]) -> str:
        return word[0] if word[0] in capitals else word[0].capitalize()

    return _SPLIT_WORDS.sub(lower, name)
