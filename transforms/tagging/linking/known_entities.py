"""Names with Wikidata ids: looked up once a name is found, so that they cost nothing before."""

import functools
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from warta.transforms.tagging.linking.normal_form import fold_name
from warta.transforms.tagging.ner.gazetteer import TABLES

WIKIDATA = TABLES / "wikidata"
MOST_SEEN = 20_000
"""Names of which what they led to is kept."""
LETTERS = "abcdefghijklmnopqrstuvwxyz"


class KnownEntity(NamedTuple):
    """A row of the tables of ids."""

    name: str
    type: str
    wikidata_id: str
    aliases: tuple[str, ...]
    source: str
    country: str = ""
    """Wikidata id of the country that it is in or belongs to."""
    field: str = ""
    """What a text must speak of where it names it; see `ArticleContext`. Empty: anything."""

    def line(self) -> str:
        """Return the row as a line of a table."""
        return "\t".join((*self[:3], "|".join(self.aliases), *self[4:]))


class KnownEntities:
    """All entities with ids, by the names that they have."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines: list[str] = []
        self._seen: dict[tuple[str, str], tuple[KnownEntity, ...]] = {}
        """What names that were looked up have led to: news repeats them."""
        self._at: dict[str, int | tuple[int, ...]] = {}
        """Type and normal form of a name -> which lines have it: most names have one."""
        for number, line in enumerate(lines):
            self._lines.append(line)
            name, kind, _, aliases, _ = line.split("\t", 4)
            for one in (name, *aliases.split("|")) if aliases else (name,):
                key = name_key(one, kind)
                before = self._at.get(key)
                if before is None:
                    self._at[key] = number
                else:
                    held = (before,) if isinstance(before, int) else before
                    self._at[key] = held if number in held else (*held, number)
        self._stems = frozenset(hash(key[:-1]) for key in self._at)
        """Names without their last letter, by hash: most names are the start of none."""

    @classmethod
    def load(cls, folder: Path = WIKIDATA) -> "KnownEntities":
        """Return the entities of the tables that warta ships."""
        return cls(
            line
            for file in sorted(folder.glob("*.tsv"))
            for line in file.read_text(encoding="utf-8").splitlines()[1:]
        )

    def named(self, name: str, kind: str) -> tuple[KnownEntity, ...]:
        """Return the entities of a type that have a name."""
        key = name, kind
        if key not in self._seen:
            if len(self._seen) >= MOST_SEEN:
                self._seen.clear()
            found = self._at.get(name_key(name, kind), ())
            entities = (found,) if isinstance(found, int) else found
            self._seen[key] = tuple(map(self._entity, entities))
        return self._seen[key]

    def cut_off(self, name: str, kind: str) -> tuple[KnownEntity, ...]:
        """Return the entities whose name lacks but its last letter, as scrapers leave it.

        Example:
          >>> [entity.name for entity in known_entities().cut_off("Kabupaten Merangi", "place")]
          ['Kabupaten Merangin']
        """
        if hash(name_key(name + LETTERS[0], kind)[:-1]) not in self._stems:
            return ()
        return tuple(one for letter in LETTERS for one in self.named(name + letter, kind))

    def _entity(self, number: int) -> KnownEntity:
        name, kind, qid, aliases, *rest = self._lines[number].split("\t")
        return KnownEntity(name, kind, qid, tuple(filter(None, aliases.split("|"))), *rest)


def name_key(name: str, kind: str) -> str:
    """Return what a name of a type is looked up by: case, marks and accents aside."""
    if not name.isascii():
        # Clubs and persons are written with their accents and without.
        apart = unicodedata.normalize("NFKD", name)
        name = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return f"{kind}:{fold_name(name)}"


@functools.cache
def known_entities() -> KnownEntities:
    """Return the entities of the tables that warta ships, read once in a process."""
    return KnownEntities.load()
