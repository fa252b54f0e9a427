"""Make rows of a gazetteer of the lines of a Wikidata JSON dump.

The dump is one array of items, an item a line (https://www.wikidata.org/wiki/Help:Database_download
and Wikibase's JSON documentation). Read are labels, aliases, the statements "instance of" (P31) and
the number of sitelinks, which shows how well known an item is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from warta.transforms.core.errors import DumpError
from warta.transforms.tagging.entity_types import ORGANISATION, PERSON, PLACE
from warta.transforms.tagging.ner.gazetteer import Row
from warta.transforms.tagging.ner.word_tables import Rules

CLASSES: Mapping[str, str] = {
    "Q5": PERSON.value,  # human
    "Q6256": PLACE.value,  # country
    "Q3624078": PLACE.value,  # sovereign state
    "Q35657": PLACE.value,  # state of the United States
    "Q5098": PLACE.value,  # province of Indonesia
    "Q3191695": PLACE.value,  # regency of Indonesia
    "Q3199141": PLACE.value,  # city of Indonesia
    "Q515": PLACE.value,  # city
    "Q1549591": PLACE.value,  # big city
    "Q5119": PLACE.value,  # capital
    "Q3957": PLACE.value,  # town
    "Q23442": PLACE.value,  # island
    "Q8502": PLACE.value,  # mountain
    "Q4022": PLACE.value,  # river
    "Q165": PLACE.value,  # sea
    "Q1248784": PLACE.value,  # airport
    "Q483110": PLACE.value,  # stadium
    "Q43229": ORGANISATION.value,  # organisation
    "Q484652": ORGANISATION.value,  # international organisation
    "Q327333": ORGANISATION.value,  # government agency
    "Q192350": ORGANISATION.value,  # ministry
    "Q7278": ORGANISATION.value,  # political party
    "Q4830453": ORGANISATION.value,  # business
    "Q476028": ORGANISATION.value,  # football club
    "Q3918": ORGANISATION.value,  # university
    "Q11032": ORGANISATION.value,  # newspaper
    "Q192283": ORGANISATION.value,  # news agency
}
"""Classes that are read unless others are asked for, each with our type."""
INSTANCE_OF = "P31"
SHORTEST = 2
"""Letters of the shortest name taken."""
LONGEST = 80
"""Letters of the longest name taken: longer ones are titles of works and lists."""
MOST_ALIASES = 40


@dataclass(frozen=True, slots=True)
class Item:
    """An item of the dump that is wanted."""

    row: Row
    sitelinks: int


def read_item(
    line: bytes,
    classes: Mapping[str, str],
    languages: Sequence[str],
    everyday: Sequence[Rules] = (),
) -> Item | None:
    """Return the item of a dump's line, where it is of a wanted class and has a name.

    Args:
      line: One line, with or without the comma at its end; brackets of the array are not items.
      classes: Wikidata id of a class -> our type.
      languages: Whose labels and aliases are names, in order: the first label is the row's name.
      everyday: Rules whose counted words show which single words are everyday ones, and no names.

    Raises:
      DumpError: The line is not an item.
    """
    stripped = line.strip().removesuffix(b",")
    if stripped in (b"", b"[", b"]"):
        return None
    try:
        item = orjson.loads(stripped)
        kind = next((classes[qid] for qid in _instances(item) if qid in classes), None)
        names = _names(item, languages) if kind else []
        kept = list(dict.fromkeys(name for name in names if _is_name(name, everyday)))
        qid, sitelinks = item["id"], len(item.get("sitelinks") or ())
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise DumpError(f"no item: {error}") from error
    if kind is None or not kept or not _is_item_id(qid):
        return None
    aliases = tuple(kept[1 : MOST_ALIASES + 1])
    return Item(Row(kept[0], kind, qid, aliases, f"Wikidata {qid}"), sitelinks)


def _instances(item: Any) -> Iterator[str]:
    for statement in (item.get("claims") or {}).get(INSTANCE_OF, ()):
        # "some value" and "no value" have no datavalue.
        value = statement["mainsnak"].get("datavalue")
        if value and statement.get("rank") != "deprecated":
            target = value["value"]
            # Dumps of before 2017 give the number alone.
            yield target.get("id") or f"Q{target['numeric-id']}"


def _names(item: Any, languages: Sequence[str]) -> list[str]:
    # PHP writes an empty map as an empty list.
    labels, aliases = item.get("labels") or {}, item.get("aliases") or {}
    first = [labels[language]["value"] for language in languages if language in labels]
    others = [alias["value"] for language in languages for alias in aliases.get(language, ())]
    return [*first, *others]


def _is_name(name: str, everyday: Sequence[Rules]) -> bool:
    if not SHORTEST <= len(name) <= LONGEST or not name.isprintable() or "|" in name:
        return False
    if not any(letter.isupper() for letter in name):
        return False
    return " " in name or name.isupper() or not any(_is_everyday(name, own) for own in everyday)


def _is_everyday(name: str, rules: Rules) -> bool:
    count = rules.count(name.lower())
    return count.lower > count.person + count.organisation + count.place


def _is_item_id(qid: object) -> bool:
    return isinstance(qid, str) and qid[:1] == "Q" and qid[1:].isdecimal()
